"""The one place that maps errors to this API's error object: `code` and `innerError.code` from its own lists only.

Who shows no valid key is answered as Azure's gateway does, in another shape: `{"error": {"code": "401", "message"}}`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from auricle.api.speechtotext.answers import Answer
from auricle.api.speechtotext.spelling import camel
from auricle.api.speechtotext.versions import Version
from auricle.errors import (
    AuricleError,
    IssuerUnavailable,
    ModelUnavailable,
    ShuttingDown,
    StoreUnavailable,
    TooBusy,
    Unauthorized,
)

_CODES = {  # by HTTP status; a code outside the API's list would break generated clients
    400: "InvalidRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "NotAllowed",
    408: "InvalidRequest",
    409: "Conflict",
    413: "InvalidRequest",
    415: "UnsupportedMediaType",
    422: "UnprocessableEntity",
    429: "TooManyRequests",
    500: "InternalServerError",
    501: "NotAllowed",  # the list has no word for what is not built yet
    502: "InternalCommunicationFailed",
    503: "ServiceUnavailable",
    507: "ServiceUnavailable",
}
DETAILS = frozenset(
    [
        "InvalidParameterValue",
        "InvalidRequestBodyFormat",
        "EmptyRequest",
        "MissingInputRecords",
        "InvalidDocument",
        "ModelVersionIncorrect",
        "InvalidDocumentBatch",
        "UnsupportedLanguageCode",
        "DataImportFailed",
        "InUseViolation",
        "InvalidLocale",
        "InvalidBaseModel",
        "InvalidAdaptationMapping",
        "InvalidDataset",
        "InvalidTest",
        "FailedDataset",
        "InvalidModel",
        "InvalidTranscription",
        "InvalidPayload",
        "InvalidParameter",
        "EndpointWithoutLogging",
        "InvalidPermissions",
        "InvalidPrerequisite",
        "InvalidProductId",
        "InvalidSubscription",
        "InvalidProject",
        "InvalidProjectKind",
        "InvalidRecordingsUri",
        "OnlyOneOfUrlsOrContainerOrDataset",
        "ExceededNumberOfRecordingsUris",
        "InvalidChannels",
        "ModelMismatch",
        "ProjectGenderMismatch",
        "ModelDeprecated",
        "ModelExists",
        "ModelNotDeployable",
        "EndpointNotUpdatable",
        "SingleDefaultEndpoint",
        "EndpointCannotBeDefault",
        "InvalidModelUri",
        "SubscriptionNotFound",
        "QuotaViolation",
        "UnsupportedDelta",
        "UnsupportedFilter",
        "UnsupportedPagination",
        "UnsupportedDynamicConfiguration",
        "UnsupportedOrderBy",
        "NoUtf8WithBom",
        "ModelDeploymentNotCompleteState",
        "SkuLimitsExist",
        "DeployingFailedModel",
        "UnsupportedTimeRange",
        "InvalidLogDate",
        "InvalidLogId",
        "InvalidLogStartTime",
        "InvalidLogEndTime",
        "InvalidTopForLogs",
        "InvalidSkipTokenForLogs",
        "DeleteNotAllowed",
        "Forbidden",
        "DeployNotAllowed",
        "UnexpectedError",
        "InvalidCollection",
        "InvalidCallbackUri",
        "InvalidSasValidityDuration",
        "InaccessibleCustomerStorage",
        "UnsupportedClassBasedAdaptation",
        "InvalidWebHookEventKind",
        "InvalidTimeToLive",
        "InvalidSourceAzureResourceId",
        "ModelCopyAuthorizationExpired",
    ]
)
_UNKNOWN_IN_3_1 = {
    "InvalidChannels": "InvalidPayload",
    "InvalidSourceAzureResourceId": "InvalidPayload",
    "ModelCopyAuthorizationExpired": "InvalidPermissions",
}
RETRY_UNAVAILABLE_S = 5


class MethodNotAllowed(AuricleError):
    """There is no such operation at this address."""

    code = "NotAllowed"
    http_status = 405

    def __init__(self, message: str, *, allowed: Iterable[str]) -> None:
        super().__init__(message)
        self.allowed = tuple(sorted(allowed))


def failure_answer(error: AuricleError, version: Version) -> Answer:
    """The answer to a request in which this went wrong."""
    if isinstance(error, Unauthorized):
        return Answer(status=401, content={"error": {"code": "401", "message": error.message}})
    return Answer(status=error.http_status, content=error_object(error, version), headers=_headers(error))


def error_object(error: AuricleError, version: Version) -> dict[str, Any]:
    """The error as the API spells it."""
    named: str | None = getattr(error, "target", None)
    target = named and camel(named)
    content: dict[str, Any] = {"code": _CODES.get(error.http_status, "InternalServerError"), "message": error.message}
    detail = _UNKNOWN_IN_3_1.get(error.detail or "", error.detail) if version is Version.V3_1 else error.detail
    if detail in DETAILS:
        content["innerError"] = {"code": detail, "message": error.message}
    if target:
        content["target"] = target
        if "innerError" in content:
            content["innerError"]["target"] = target
    return content


def _headers(error: AuricleError) -> dict[str, str]:
    if isinstance(error, TooBusy):
        return {"Retry-After": str(error.retry_after_s)}
    if isinstance(error, ShuttingDown | ModelUnavailable | StoreUnavailable | IssuerUnavailable):
        return {"Retry-After": str(RETRY_UNAVAILABLE_S)}
    if isinstance(error, MethodNotAllowed):
        return {"Allow": ", ".join(error.allowed)}
    return {}
