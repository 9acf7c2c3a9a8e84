"""Drafts with what every test would say alike."""

from __future__ import annotations

from typing import Any

from auricle.adaptation.kinds import DatasetKind
from auricle.custom.drafts import DatasetDraft, ProjectDraft


def dataset(kind: DatasetKind = DatasetKind.LANGUAGE, **changes: Any) -> DatasetDraft:
    fields: dict[str, Any] = {"display_name": "Coffee orders", "locale": "en-US", "kind": kind}
    return DatasetDraft(**fields | changes)


def project(**changes: Any) -> ProjectDraft:
    fields: dict[str, Any] = {"display_name": "Coffee", "locale": "en-US"}
    return ProjectDraft(**fields | changes)
