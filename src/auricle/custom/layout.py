"""Where the blobs of a dataset lie: `AcousticData/<dataset>/<guid>.zip` and the like, so that one prefix has them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auricle.adaptation.kinds import DatasetKind
from auricle.custom.entities import new_id
from auricle.custom.erasing import Place
from auricle.store.records import Dataset

_UPLOADS = "Uploads"  # where content lies whose kind the sender told too late


@dataclass(frozen=True, kw_only=True)
class Form:
    """What the content of one kind looks like."""

    folder: str
    suffix: str


FORMS = {
    DatasetKind.LANGUAGE: Form(folder="LanguageData", suffix=".txt"),
    DatasetKind.LANGUAGE_MARKDOWN: Form(folder="LanguageData", suffix=".md"),
    DatasetKind.ACOUSTIC: Form(folder="AcousticData", suffix=".zip"),
    DatasetKind.AUDIO_FILES: Form(folder="AcousticData", suffix=".zip"),
    DatasetKind.PRONUNCIATION: Form(folder="PronunciationData", suffix=".txt"),
    DatasetKind.OUTPUT_FORMATTING: Form(folder="OutputFormattingData", suffix=".md"),
}


def prefix(dataset: Dataset) -> str:
    """What the names of its blobs begin with."""
    return f"{FORMS[DatasetKind(dataset.kind)].folder}/{dataset.id}/"


def places(dataset: Dataset) -> Sequence[Place]:
    """Everywhere that something of it may lie."""
    return [Place(prefix=prefix(dataset)), Place(prefix=f"{_UPLOADS}/{dataset.id}/")]


def upload_blob(id: str, kind: DatasetKind | None) -> str:
    """The name of what is received for the dataset that will have this id."""
    if kind is None:
        return f"{_UPLOADS}/{id}/{new_id()}"
    return f"{FORMS[kind].folder}/{id}/{new_id()}{FORMS[kind].suffix}"


def block_blob(dataset: Dataset, block_id: str) -> str:
    """The name of one of its blocks."""
    return f"{prefix(dataset)}blocks/{block_id}"


def fits(blob: str, kind: DatasetKind) -> bool:
    """Whether what was received under this name may become a dataset of this kind."""
    return blob.partition("/")[0] in {_UPLOADS, FORMS[kind].folder}
