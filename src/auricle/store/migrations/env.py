"""Where Alembic enters: it migrates over the connection that `store.database` hands it."""

from alembic import context

from auricle.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
