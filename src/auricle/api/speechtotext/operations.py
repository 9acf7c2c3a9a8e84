"""The operations: the one place that knows what exists.

Routes, their description at /docs and the page on compatibility are made from it or compared with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import Enum

from auricle.api.speechtotext import (
    bodies,
    copies,
    datasets,
    deliveries,
    endpoints,
    evaluations,
    health,
    logs,
    models,
    projects,
    transcriptions,
    uploads,
    web_hooks,
)
from auricle.api.speechtotext.answers import Answer
from auricle.api.speechtotext.calls import Call
from auricle.api.speechtotext.versions import BOTH, ONLY_3_1, ONLY_3_2, Version
from auricle.identity.caller import Right

Handler = Callable[[Call], Answer]


class Content(Enum):
    """The types of body that operations take."""

    NONE = ()
    JSON = ("application/json",)
    CHANGE = ("application/json", "application/merge-patch+json")
    BYTES = ("application/octet-stream",)
    FORM = ("multipart/form-data",)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What a method at a path does, who may do it, and how it is answered when it succeeds."""

    id: str
    method: str
    path: str  # with parameters in braces
    right: Right
    answer: Handler
    summary: str
    statuses: tuple[int, ...] = (200,)
    content: Content = Content.NONE
    body: type[bodies.Body] | None = None
    query: tuple[str, ...] = ()
    versions: Collection[Version] = BOTH
    also: tuple[str, ...] = ()  # other paths that clients use
    ours: bool = False  # an addition to the published API

    @property
    def templates(self) -> Sequence[str]:
        """Every path that it is found at."""
        return (self.path, *self.also)


_PAGE = ("skip", "top", "filter")
_VALIDITY = ("sasValidityInSeconds",)
_LOGS = ("sasValidityInSeconds", "skipToken", "top")


def _get(id: str, path: str, answer: Handler, summary: str, query: tuple[str, ...] = ()) -> Operation:
    return Operation(id=id, method="GET", path=path, right=Right.READ, answer=answer, summary=summary, query=query)


def _create(id: str, path: str, answer: Handler, summary: str, body: type[bodies.Body]) -> Operation:
    return Operation(
        id=id,
        method="POST",
        path=path,
        right=Right.WRITE,
        answer=answer,
        summary=summary,
        statuses=(201,),
        content=Content.JSON,
        body=body,
    )


def _update(id: str, path: str, answer: Handler, summary: str, body: type[bodies.Body]) -> Operation:
    return Operation(
        id=id,
        method="PATCH",
        path=path,
        right=Right.WRITE,
        answer=answer,
        summary=summary,
        content=Content.CHANGE,
        body=body,
    )


def _delete(
    id: str, path: str, answer: Handler, summary: str, *, status: int = 204, query: tuple[str, ...] = ()
) -> Operation:
    return Operation(
        id=id,
        method="DELETE",
        path=path,
        right=Right.WRITE,
        answer=answer,
        summary=summary,
        statuses=(status,),
        query=query,
    )


_DATASETS = (
    _get("Datasets_ListSupportedLocales", "/datasets/locales", datasets.locales, "Which kinds each locale takes"),
    _get("Datasets_List", "/datasets", datasets.list_datasets, "List datasets", _PAGE),
    _create(
        "Datasets_Create",
        "/datasets",
        datasets.create,
        "Make a dataset of an address, or for blocks",
        bodies.NewDataset,
    ),
    _get("Datasets_Get", "/datasets/{id}", datasets.get, "Show a dataset"),
    _update("Datasets_Update", "/datasets/{id}", datasets.update, "Change a dataset", bodies.LocalUpdate),
    _delete("Datasets_Delete", "/datasets/{id}", datasets.delete, "Delete a dataset"),
    _get("Datasets_GetBlocks", "/datasets/{id}/blocks", datasets.list_blocks, "List the blocks that were uploaded"),
    Operation(
        id="Datasets_UploadBlock",
        method="PUT",
        path="/datasets/{id}/blocks",
        right=Right.WRITE,
        answer=datasets.upload_block,
        summary="Upload a block of at most 8 MiB",
        statuses=(201,),
        content=Content.BYTES,
        query=("blockid",),
    ),
    Operation(
        id="Datasets_Upload",
        method="POST",
        path="/datasets/upload",
        right=Right.WRITE,
        answer=uploads.upload,
        summary="Make a dataset of a form with its file",
        statuses=(201,),
        content=Content.FORM,
    ),
    Operation(
        id="Datasets_CommitBlocks",
        method="POST",
        path="/datasets/{id}/blocks:commit",
        right=Right.WRITE,
        answer=datasets.commit_blocks,
        summary="Put the blocks in order and begin the import",
        content=Content.JSON,
    ),
    _get("Datasets_ListFiles", "/datasets/{id}/files", datasets.list_files, "List files", _VALIDITY + _PAGE),
    _get("Datasets_GetFile", "/datasets/{id}/files/{fileId}", datasets.get_file, "Show a file", _VALIDITY),
)

_LOG_PATHS = ("/endpoints/{id}/files/logs", "/endpoints/base/{locale}/files/logs")
_ENDPOINTS = (
    _get("Endpoints_ListSupportedLocales", "/endpoints/locales", projects.locales, "List locales"),
    _get("Endpoints_List", "/endpoints", endpoints.list_endpoints, "List endpoints", _PAGE),
    _create("Endpoints_Create", "/endpoints", endpoints.create, "Deploy a model", bodies.NewEndpoint),
    _get("Endpoints_Get", "/endpoints/{id}", endpoints.get, "Show an endpoint"),
    _delete("Endpoints_Delete", "/endpoints/{id}", endpoints.delete, "Delete an endpoint"),
    _update("Endpoints_Update", "/endpoints/{id}", endpoints.update, "Change an endpoint", bodies.EndpointUpdate),
    _get("Endpoints_ListLogs", _LOG_PATHS[0], logs.list_logs, "List logs", _LOGS),
    _delete("Endpoints_DeleteLogs", _LOG_PATHS[0], logs.delete_logs, "Delete logs", status=202, query=("endDate",)),
    _get("Endpoints_GetLog", _LOG_PATHS[0] + "/{logId}", logs.get_log, "Show a log", _VALIDITY),
    _delete("Endpoints_DeleteLog", _LOG_PATHS[0] + "/{logId}", logs.delete_log, "Delete a log"),
    _get("Endpoints_ListBaseModelLogs", _LOG_PATHS[1], logs.list_base_logs, "List logs of base models", _LOGS),
    _delete(
        "Endpoints_DeleteBaseModelLogs",
        _LOG_PATHS[1],
        logs.delete_base_logs,
        "Delete logs of base models",
        status=202,
        query=("endDate",),
    ),
    _get("Endpoints_GetBaseModelLog", _LOG_PATHS[1] + "/{logId}", logs.get_base_log, "Show a log", _VALIDITY),
    _delete("Endpoints_DeleteBaseModelLog", _LOG_PATHS[1] + "/{logId}", logs.delete_base_log, "Delete a log"),
)

_EVALUATIONS = (
    _get("Evaluations_ListSupportedLocales", "/evaluations/locales", projects.locales, "List locales"),
    _get("Evaluations_List", "/evaluations", evaluations.list_evaluations, "List evaluations", _PAGE),
    _create("Evaluations_Create", "/evaluations", evaluations.create, "Compare two models", bodies.NewEvaluation),
    _get("Evaluations_ListFiles", "/evaluations/{id}/files", evaluations.list_files, "List files", _VALIDITY + _PAGE),
    _get("Evaluations_GetFile", "/evaluations/{id}/files/{fileId}", evaluations.get_file, "Show a file", _VALIDITY),
    _get("Evaluations_Get", "/evaluations/{id}", evaluations.get, "Show an evaluation"),
    _update("Evaluations_Update", "/evaluations/{id}", evaluations.update, "Change an evaluation", bodies.LocalUpdate),
    _delete("Evaluations_Delete", "/evaluations/{id}", evaluations.delete, "Delete an evaluation"),
)

_MODELS = (
    _get("Models_ListSupportedLocales", "/models/locales", projects.locales, "List locales"),
    _get("Models_ListCustomModels", "/models", models.list_models, "List custom models", _PAGE),
    _create("Models_Create", "/models", models.create, "Train a model", bodies.NewModel),
    _get("Models_ListBaseModels", "/models/base", models.list_base_models, "List base models", _PAGE),
    _get("Models_GetCustomModel", "/models/{id}", models.get, "Show a model"),
    _update("Models_Update", "/models/{id}", models.update, "Change a model", bodies.LocalUpdate),
    _delete("Models_Delete", "/models/{id}", models.delete, "Delete a model"),
    _get("Models_GetBaseModel", "/models/base/{id}", models.get_base_model, "Show a base model"),
    Operation(
        id="Models_Copy",
        method="POST",
        path="/models/{id}:copy",
        right=Right.WRITE,
        answer=copies.copy,
        summary="Copy a model to another resource",
        statuses=(202,),
        content=Content.JSON,
        body=bodies.CopyByAuthorization,
        versions=ONLY_3_2,
        also=("/models/{id}:copyto", "/models/{id}/copyto"),
    ),
    Operation(
        id="Models_CopyTo",
        method="POST",
        path="/models/{id}:copyto",
        right=Right.WRITE,
        answer=copies.copy_to,
        summary="Copy a model to the resource of a key",
        statuses=(201,),
        content=Content.JSON,
        body=bodies.CopyByKey,
        versions=ONLY_3_1,
        also=("/models/{id}/copyto",),
    ),
    Operation(
        id="Models_AuthorizeCopy",
        method="POST",
        path="/models:authorizecopy",
        right=Right.WRITE,
        answer=copies.authorize,
        summary="Allow another resource to copy a model to this one",
        content=Content.JSON,
        body=bodies.CopyAuthorization,
        versions=ONLY_3_2,
    ),
    _get(
        "Models_GetCustomModelManifest", "/models/{id}/manifest", models.manifest, "Show what it consists of", _VALIDITY
    ),
    _get(
        "Models_GetBaseModelManifest",
        "/models/base/{id}/manifest",
        models.base_manifest,
        "Show what it consists of",
        _VALIDITY,
    ),
    _get("Models_ListFiles", "/models/{id}/files", models.list_files, "List files", _VALIDITY + _PAGE),
    _get("Models_GetFile", "/models/{id}/files/{fileId}", models.get_file, "Show a file", _VALIDITY),
    Operation(
        id="Operations_GetModelCopy",
        method="GET",
        path="/operations/models/copy/{id}",
        right=Right.READ,
        answer=copies.get_operation,
        summary="Show how far a copy is",
        versions=ONLY_3_2,
    ),
)

_PROJECTS = (
    _get("Projects_ListSupportedLocales", "/projects/locales", projects.locales, "List locales"),
    _get("Projects_List", "/projects", projects.list_projects, "List projects", _PAGE),
    _create("Projects_Create", "/projects", projects.create, "Make a project", bodies.NewProject),
    _get("Projects_Get", "/projects/{id}", projects.get, "Show a project"),
    _update("Projects_Update", "/projects/{id}", projects.update, "Change a project", bodies.Update),
    _delete("Projects_Delete", "/projects/{id}", projects.delete, "Delete a project"),
    _get(
        "Projects_ListEvaluations", "/projects/{id}/evaluations", evaluations.list_of_project, "List evaluations", _PAGE
    ),
    _get("Projects_ListDatasets", "/projects/{id}/datasets", datasets.list_of_project, "List datasets", _PAGE),
    _get("Projects_ListEndpoints", "/projects/{id}/endpoints", endpoints.list_of_project, "List endpoints", _PAGE),
    _get("Projects_ListModels", "/projects/{id}/models", models.list_of_project, "List models", _PAGE),
    _get(
        "Projects_ListTranscriptions",
        "/projects/{id}/transcriptions",
        transcriptions.list_of_project,
        "List transcriptions",
        _PAGE,
    ),
)

_TRANSCRIPTIONS = (
    _get("Transcriptions_ListSupportedLocales", "/transcriptions/locales", projects.locales, "List locales"),
    _get("Transcriptions_List", "/transcriptions", transcriptions.list_transcriptions, "List transcriptions", _PAGE),
    _create(
        "Transcriptions_Create",
        "/transcriptions",
        transcriptions.create,
        "Transcribe recordings",
        bodies.NewTranscription,
    ),
    _get("Transcriptions_Get", "/transcriptions/{id}", transcriptions.get, "Show a transcription"),
    _update(
        "Transcriptions_Update",
        "/transcriptions/{id}",
        transcriptions.update,
        "Change a transcription",
        bodies.LocalUpdate,
    ),
    _delete("Transcriptions_Delete", "/transcriptions/{id}", transcriptions.delete, "Delete a transcription"),
    _get(
        "Transcriptions_ListFiles",
        "/transcriptions/{id}/files",
        transcriptions.list_files,
        "List files",
        _VALIDITY + _PAGE,
    ),
    _get(
        "Transcriptions_GetFile",
        "/transcriptions/{id}/files/{fileId}",
        transcriptions.get_file,
        "Show a file",
        _VALIDITY,
    ),
)

_WEB_HOOKS = (
    _get("WebHooks_List", "/webhooks", web_hooks.list_web_hooks, "List web hooks", _PAGE),
    _create("WebHooks_Create", "/webhooks", web_hooks.create, "Register a web hook", bodies.NewWebHook),
    _get("WebHooks_Get", "/webhooks/{id}", web_hooks.get, "Show a web hook"),
    _update("WebHooks_Update", "/webhooks/{id}", web_hooks.update, "Change a web hook", bodies.WebHookUpdate),
    _delete("WebHooks_Delete", "/webhooks/{id}", web_hooks.delete, "Delete a web hook"),
    Operation(
        id="WebHooks_Ping",
        method="POST",
        path="/webhooks/{id}:ping",
        right=Right.WRITE,
        answer=web_hooks.ping,
        summary="Send the web hook to its address",
        statuses=(202,),
    ),
    Operation(
        id="WebHooks_Test",
        method="POST",
        path="/webhooks/{id}:test",
        right=Right.WRITE,
        answer=web_hooks.test,
        summary="Send what the web hook waits for",
        statuses=(202, 204),
    ),
)

_ADDITIONS = (
    Operation(
        id="WebHooks_ListDeliveries",
        method="GET",
        path="/webhooks/{id}/deliveries",
        right=Right.READ,
        answer=deliveries.list_deliveries,
        summary="List what a web hook was sent, and what became of it",
        query=("skip", "top", "state"),
        ours=True,
    ),
    Operation(
        id="WebHooks_GetDelivery",
        method="GET",
        path="/webhooks/{id}/deliveries/{deliveryId}",
        right=Right.READ,
        answer=deliveries.get_delivery,
        summary="Show one thing that a web hook was sent",
        ours=True,
    ),
    Operation(
        id="WebHooks_ReplayDelivery",
        method="POST",
        path="/webhooks/{id}/deliveries/{deliveryId}:replay",
        right=Right.WRITE,
        answer=deliveries.replay,
        summary="Send it again",
        statuses=(202,),
        ours=True,
    ),
)

_SERVICE = (
    Operation(
        id="ServiceHealth_Get",
        method="GET",
        path="/healthstatus",
        right=Right.READ,
        answer=health.get,
        summary="Show the service's health",
        versions=ONLY_3_1,
    ),
)

OPERATIONS: Sequence[Operation] = (
    *_DATASETS,
    *_ENDPOINTS,
    *_EVALUATIONS,
    *_MODELS,
    *_PROJECTS,
    *_TRANSCRIPTIONS,
    *_WEB_HOOKS,
    *_SERVICE,
    *_ADDITIONS,
)


def operations_of(version: Version) -> Sequence[Operation]:
    """The operations of a version."""
    return [operation for operation in OPERATIONS if version in operation.versions]
