"""Alembic runs this to migrate; the connection comes from references.database.migrate()."""

from alembic import context

connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    # Two commands that open a new database at once must not both create it.
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7305)")
context.configure(connection=connection, transactional_ddl=False)
context.run_migrations()
