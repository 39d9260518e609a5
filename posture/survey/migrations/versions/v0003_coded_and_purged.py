"""Events that people coded elsewhere, and what was deleted of recordings when.

A revision says what was, and stays as it is when `tables` moves on: it imports nothing of ours.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_APPEND_ONLY = ("coded_event", "purge")


def upgrade() -> None:
    op.create_table(
        "coded_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("criterion", sa.String(100), nullable=False),
        sa.Column("start_s", sa.Double(), nullable=False),
        sa.Column("end_s", sa.Double(), nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coded_event")),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], name=op.f("fk_coded_event_recording_id")),
    )
    op.create_index(op.f("ix_coded_event_recording_id_id"), "coded_event", ["recording_id", "id"])
    op.create_table(
        "purge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("what", sa.String(200), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purge")),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], name=op.f("fk_purge_recording_id")),
    )
    op.create_index(op.f("ix_purge_recording_id_id"), "purge", ["recording_id", "id"])
    _keep()


def _keep() -> None:
    """Rows come and stay as they are; the function is that of the first revision."""
    dialect = op.get_bind().dialect.name
    for table in _APPEND_ONLY:
        if dialect == "sqlite":
            for deed in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END"
                )
        elif dialect == "postgresql":
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION posture_append_only()"
            )
