"""The tables. Every row but a resource's own belongs to one resource and goes with it.

`sequence` orders rows by their making, which second-granular times cannot; ids are UUIDs and mean nothing.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

from auricle.store.columns import Moment, State

ID = 36  # characters of a UUID
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)


def _sequence() -> Column[int]:
    return Column("sequence", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)


def _owned(name: str, *columns: Column[object]) -> Table:
    """A table whose rows belong to a resource; its rows are found by id or in the order of their making."""
    return Table(
        name,
        metadata,
        _sequence(),
        Column("id", String(ID), nullable=False, unique=True),
        Column("resource_id", String(ID), ForeignKey("resources.id", ondelete="CASCADE"), nullable=False),
        Column("created_at", Moment, nullable=False),
        *columns,
        Index(None, "resource_id", "sequence"),
        sqlite_autoincrement=True,
    )


def _named() -> list[Column[object]]:
    return [
        Column("display_name", Text, nullable=False),
        Column("description", Text),
        Column("custom_properties", JSON, nullable=False),
    ]


def _working() -> list[Column[object]]:
    return [
        Column("status", State, nullable=False),
        Column("last_action_at", Moment, nullable=False),
        Column("error_code", String(64)),
        Column("error_message", Text),
    ]


def _local() -> list[Column[object]]:
    return [
        Column("locale", String(32), nullable=False),
        Column("project_id", String(ID), ForeignKey("projects.id", ondelete="SET NULL"), index=True),
    ]


resources = Table(
    "resources",
    metadata,
    _sequence(),
    Column("id", String(ID), nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("name", String(64), nullable=False, unique=True),
    Column("region", String(64), nullable=False),
    Column("tier", String(8), nullable=False),
    Column("key1_sealed", Text, nullable=False),
    Column("key1_digest", String(64), nullable=False, unique=True),
    Column("key2_sealed", Text, nullable=False),
    Column("key2_digest", String(64), nullable=False, unique=True),
    sqlite_autoincrement=True,
)

role_assignments = _owned(
    "role_assignments",
    Column("principal", String(256), nullable=False, index=True),
    Column("role", String(64), nullable=False),
)

audit = Table(
    "audit",
    metadata,
    _sequence(),
    Column("at", Moment, nullable=False),
    # No foreign key: what was done to a resource is known after it is gone.
    Column("resource_id", String(ID), index=True),
    Column("actor", String(256), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject_id", String(ID)),
    Column("detail", JSON),
    sqlite_autoincrement=True,
)

projects = _owned("projects", *_named(), Column("locale", String(32), nullable=False))

datasets = _owned(
    "datasets",
    *_named(),
    *_working(),
    *_local(),
    Column("kind", String(32), nullable=False),
    Column("text_normalisation", String(16), nullable=False),
    Column("source", String(16), nullable=False),
    Column("content_url_sealed", Text),
    Column("accepted_lines", Integer),
    Column("rejected_lines", Integer),
    Column("duration_s", Float),
)

blocks = _owned(
    "blocks",
    Column("dataset_id", String(ID), ForeignKey("datasets.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(128), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("blob", Text, nullable=False),
    Column("committed_at_position", Integer),
)
Index(None, blocks.c.dataset_id, blocks.c.name)

models = _owned(
    "models",
    *_named(),
    *_working(),
    *_local(),
    Column("base_model_id", String(ID), nullable=False),
    Column("dataset_ids", JSON, nullable=False),
    Column("text", Text),
    Column("weight_percent", Integer),
    Column("transcription_until", Moment, nullable=False),
)

evaluations = _owned(
    "evaluations",
    *_named(),
    *_working(),
    *_local(),
    Column("model1_id", String(ID), nullable=False),
    Column("model2_id", String(ID), nullable=False),
    Column("dataset_id", String(ID), nullable=False),
    Column("transcription1_id", String(ID), nullable=False),
    Column("transcription2_id", String(ID), nullable=False),
    Column("results", JSON),
)

endpoints = _owned(
    "endpoints",
    *_named(),
    *_working(),
    *_local(),
    Column("model_id", String(ID), nullable=False),
    Column("text", Text),
    Column("logging_enabled", Boolean, nullable=False),
    Column("time_to_live_s", Integer),
)

transcriptions = _owned(
    "transcriptions",
    *_named(),
    *_working(),
    *_local(),
    Column("model_id", String(ID), nullable=False),
    Column("dataset_id", String(ID)),
    Column("evaluation_id", String(ID)),
    Column("content_sealed", Text),
    Column("options", JSON, nullable=False),
    Column("time_to_live_s", Integer),
    Column("duration_s", Float),
)

web_hooks = _owned(
    "web_hooks",
    *_named(),
    *_working(),
    Column("web_url", Text, nullable=False),
    Column("events", JSON, nullable=False),
    Column("secret_sealed", Text),
    Column("api_version", String(16), nullable=False),
    Column("base_url", Text, nullable=False),
)

deliveries = _owned(
    "deliveries",
    Column("hook_id", String(ID), ForeignKey("web_hooks.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("event", String(64), nullable=False),
    Column("subject_id", String(ID)),
    Column("body", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("last_attempt_at", Moment),
    Column("next_attempt_at", Moment),
    Column("answer_status", Integer),
    Column("problem", Text),
)
Index(None, deliveries.c.created_at)

files = _owned(
    "files",
    Column("parent_id", String(ID), nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("duration_s", Float),
    Column("container", String(64), nullable=False),
    Column("blob", Text, nullable=False),
)
Index(None, files.c.parent_id, files.c.sequence)

operations = _owned(
    "operations",
    *_working(),
    Column("model_id", String(ID), nullable=False),
    Column("target_resource_id", String(ID), nullable=False),
    Column("target_model_id", String(ID), nullable=False),
)

copy_authorizations = _owned(
    "copy_authorizations",
    Column("source_resource_id", String(ID), nullable=False),
    Column("expires_at", Moment, nullable=False),
)

uploads = _owned("uploads", Column("container", String(64), nullable=False), Column("blob", Text, nullable=False))

jobs = _owned(
    "jobs",
    Column("kind", String(64), nullable=False),
    Column("subject_id", String(ID), nullable=False, index=True),
    Column("payload", JSON, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("owner", String(128)),
    Column("lease_until", Moment),
    Column("progress", Float, nullable=False),
    Column("problem", Text),
)
Index(None, jobs.c.kind, jobs.c.due_at)
