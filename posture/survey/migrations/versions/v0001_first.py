"""The first form of the store.

A revision says what was, and stays as it is when `tables` moves on: it imports nothing of ours.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_APPEND_ONLY = ("finding_key", "added_finding", "decision", "blind_score")


def upgrade() -> None:
    _recordings()
    _analyses()
    _findings()
    _people()
    _keep_what_people_judged()


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer(), primary_key=True)


def _refers(name: str, to: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), sa.ForeignKey(to), **options)


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _text(name: str, length: int = 200) -> sa.Column[Any]:
    return _required(name, sa.String(length))


def _table(name: str, *columns: sa.Column[Any], rowid: bool = True) -> None:
    """A table whose constraints have the names of `tables`."""
    own = [c for c in columns if c.primary_key]
    for c in columns:
        for key in c.foreign_keys:
            key.name = op.f(f"fk_{name}_{c.name}")
    primary = sa.PrimaryKeyConstraint(*(c.name for c in own), name=op.f(f"pk_{name}"))
    op.create_table(name, *columns, primary, sqlite_with_rowid=rowid)


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def _recordings() -> None:
    _table(
        "recording",
        _id(),
        _required("path", sa.Text()),
        sa.Column("sha256", sa.String(64), nullable=False),
        _required("size_bytes", sa.BigInteger()),
        *(_text(name) for name in ("unit", "outlet", "window", "round")),
        sa.Column("recorded_on", sa.Date()),
        sa.Column("starts_at", sa.DateTime()),
        sa.Column("duration_s", sa.Double()),
        _text("state", 20),
        sa.Column("failure_key", sa.String(200)),
        sa.Column("failure_values", sa.Text()),
        _required("added_at", sa.DateTime()),
        sa.Column("started_at", sa.DateTime()),
        sa.Column("finished_at", sa.DateTime()),
    )
    op.create_index(op.f("uq_recording_sha256"), "recording", ["sha256"], unique=True)
    _index("recording", "unit", "outlet", "window", "round")
    _index("recording", "round")
    _index("recording", "state")


def _analyses() -> None:
    _table(
        "analysis",
        _id(),
        _refers("recording_id", "recording.id", nullable=False),
        _required("made_at", sa.DateTime()),
        _text("software", 50),
        _text("models_sha256", 64),
        _text("norms_sha256", 64),
        _required("profile", sa.Text()),
        _text("variant", 20),
        _required("pose", sa.Text()),
        _required("options", sa.Text()),
        sa.Column("landmark_path", sa.Text()),
    )
    _index("analysis", "recording_id", "id")
    _table("result", _refers("analysis_id", "analysis.id", primary_key=True), _required("json", sa.Text()))
    _table(
        "judged_person",
        _refers("analysis_id", "analysis.id", primary_key=True),
        sa.Column("person", sa.Integer(), primary_key=True),
        _required("seen_s", sa.Double()),
        sa.Column("height_px", sa.Double()),
        sa.Column("score", sa.Double()),
        sa.Column("grade", sa.String(20)),
        _required("coverage", sa.Double()),
        sa.Column("reviewed_score", sa.Double()),
        sa.Column("reviewed_grade", sa.String(20)),
        sa.Column("reviewed_coverage", sa.Double()),
        sa.Column("reviewed_upto", sa.Integer()),
    )
    _table(
        "criterion_verdict",
        _refers("analysis_id", "analysis.id", primary_key=True),
        sa.Column("person", sa.Integer(), primary_key=True),
        sa.Column("criterion", sa.String(100), primary_key=True),
        _text("verdict", 20),
        _required("assessable_s", sa.Double()),
        _required("deviation_s", sa.Double()),
        _required("deviations", sa.Integer()),
        rowid=False,
    )


def _findings() -> None:
    _table(
        "finding_key",
        _id(),
        _refers("recording_id", "recording.id", nullable=False),
        _text("origin", 20),
        _required("person", sa.Integer()),
        _text("criterion", 100),
    )
    _index("finding_key", "recording_id")
    _table(
        "finding",
        _id(),
        _refers("analysis_id", "analysis.id", nullable=False),
        _refers("key", "finding_key.id", nullable=False),
        _required("person", sa.Integer()),
        _text("criterion", 100),
        *(_required(name, sa.Double()) for name in ("start_s", "end_s", "worst_s")),
        *(sa.Column(name, sa.Double()) for name in ("value", "error", "allowed_low", "allowed_high", "target")),
        _text("severity", 20),
        _text("view", 20),
        _required("points", sa.Double()),
        _required("times", sa.Integer()),
        _required("price", sa.Double()),
        sa.Column("move", sa.String(100)),
        sa.Column("follows_from", sa.String(100)),
    )
    _index("finding", "analysis_id")
    _index("finding", "key")
    _table(
        "added_finding",
        _refers("key", "finding_key.id", primary_key=True),
        _required("start_s", sa.Double()),
        _required("end_s", sa.Double()),
        _text("severity", 20),
        rowid=False,
    )


def _people() -> None:
    _table(
        "decision",
        _id(),
        _refers("recording_id", "recording.id", nullable=False),
        _refers("key", "finding_key.id", nullable=False),
        _refers("finding_id", "finding.id"),
        _text("who"),
        _required("made_at", sa.DateTime()),
        _text("kind", 20),
        _required("text", sa.Text()),
    )
    _index("decision", "recording_id", "id")
    _table(
        "person_name",
        _refers("recording_id", "recording.id", primary_key=True),
        sa.Column("person", sa.Integer(), primary_key=True),
        _text("name"),
        sa.Column("role", sa.String(20)),
        _text("who"),
        _required("named_at", sa.DateTime()),
        rowid=False,
    )
    _table(
        "blind_score",
        _id(),
        _refers("recording_id", "recording.id", nullable=False),
        _required("person", sa.Integer()),
        _text("criterion", 100),
        _text("verdict", 20),
        _text("who"),
        _required("made_at", sa.DateTime()),
    )
    _index("blind_score", "recording_id", "id")


def _keep_what_people_judged() -> None:
    """Rows come and stay as they are, whichever program is at work."""
    dialect = op.get_bind().dialect.name
    if dialect == "postgresql":
        op.execute(
            "CREATE FUNCTION posture_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'append-only: %', TG_TABLE_NAME; END $$"
        )
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
