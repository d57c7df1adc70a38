"""Runs the versions over the connection that ``server.store.migrate`` has opened a transaction on."""

from alembic import context

from server.store.correction_tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite can change tables within a transaction; Alembic has to be told.
    transactional_ddl=True,
)
context.run_migrations()
