"""Run by Alembic: the revisions, in the transaction of the connection that `schema` hands over."""

from alembic import context

from posture.survey.schema import VERSION_TABLE
from posture.survey.tables import META

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=META,
    version_table=VERSION_TABLE,
    render_as_batch=True,  # SQLite changes a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
