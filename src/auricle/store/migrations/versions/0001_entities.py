"""Resources, entities, files, jobs, deliveries and audit."""

from alembic import op

from auricle.store.tables import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table."""
    metadata.create_all(op.get_bind())
