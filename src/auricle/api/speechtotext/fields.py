"""The properties that the filters of lists know, by kind, and the columns they stand for."""

from __future__ import annotations

from auricle.adaptation.kinds import DatasetKind
from auricle.api.speechtotext.filters import Field, Type

_NAMED = {
    "displayName": Field(column="display_name"),
    "description": Field(column="description"),
    "createdDateTime": Field(column="created_at", type=Type.MOMENT),
}
_WORKING = {
    "lastActionDateTime": Field(column="last_action_at", type=Type.MOMENT),
    "status": Field(column="status", type=Type.STATUS),
}
_LOCALE = {"locale": Field(column="locale")}

PROJECT = _NAMED | _LOCALE
ENTITY = _NAMED | _WORKING | _LOCALE  # models, base ones too, evaluations, endpoints and transcriptions
DATASET = ENTITY | {
    "kind": Field(column="kind", type=Type.CHOICE, choices={kind.value: kind.value for kind in DatasetKind})
}
WEB_HOOK = _NAMED | _WORKING | {"webUrl": Field(column="web_url")}
_FILE_KINDS = (
    "DatasetReport",
    "Audio",
    "LanguageData",
    "PronunciationData",
    "AcousticDataArchive",
    "AcousticDataTranscriptionV2",
    "Transcription",
    "TranscriptionReport",
    "EvaluationDetails",
    "ModelReport",
    "OutputFormattingData",
)
FILE = {
    "name": Field(column="name"),
    "createdDateTime": Field(column="created_at", type=Type.MOMENT),
    "kind": Field(column="kind", type=Type.CHOICE, choices={kind: kind for kind in _FILE_KINDS}),
}
