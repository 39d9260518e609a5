"""Who analyses a recording, when they last said so, and how often that came to nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Columns are added to the table as it is: copying it, as batches on SQLite do, would need foreign keys off.
    op.add_column("recording", sa.Column("owner", sa.String(200)))
    op.add_column("recording", sa.Column("renewed", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("recording", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
    op.drop_index("ix_recording_state", "recording")
    op.create_index("ix_recording_state_attempts_id", "recording", ["state", "attempts", "id"])
