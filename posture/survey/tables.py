"""The tables of the store, as SQLAlchemy Core describes them. The revisions in `migrations/` create them.

`result` stands apart from `analysis` so that lists do not page through its JSON. Floats that are not known are NULL:
SQLite has no NaN. JSON is text, written by `records`, because PostgreSQL's own JSON type refuses NaN.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from posture.findings import Role, Severity, Verdict, View
from posture.survey.records import DecisionKind, Origin, State


class Moment(TypeDecorator[datetime]):
    """A moment with its time zone; kept in UTC, because SQLite forgets time zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"expected a moment with a time zone, got {value!r}")
        return value.astimezone(UTC).replace(tzinfo=None) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None else None


class Enumerated(TypeDecorator[Any]):
    """A StrEnum as its text."""

    impl = String
    cache_ok = True

    def __init__(self, kind: type, length: int = 20) -> None:
        super().__init__(length)
        self.kind = kind

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return str(self.kind(value)) if value is not None else None

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return self.kind(value) if value is not None else None


_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
META = MetaData(naming_convention=_NAMING)
recording = Table(
    "recording",
    META,
    Column("id", Integer, primary_key=True),
    Column("path", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("unit", String(200), nullable=False),
    Column("outlet", String(200), nullable=False),
    Column("window", String(200), nullable=False),
    Column("round", String(200), nullable=False),
    Column("recorded_on", Date),
    Column("starts_at", DateTime),
    Column("duration_s", Double),
    Column("state", Enumerated(State), nullable=False),
    Column("failure_key", String(200)),
    Column("failure_values", Text),
    Column("added_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("owner", String(200)),
    Column("renewed", Integer, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Index("uq_recording_sha256", "sha256", unique=True),
    Index(None, "unit", "outlet", "window", "round"),
    Index(None, "round"),
    Index(None, "state", "attempts", "id"),
)
analysis = Table(
    "analysis",
    META,
    Column("id", Integer, primary_key=True),
    Column("recording_id", ForeignKey("recording.id"), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("software", String(50), nullable=False),
    Column("models_sha256", String(64), nullable=False),
    Column("norms_sha256", String(64), nullable=False),
    Column("profile", Text, nullable=False),
    Column("variant", String(20), nullable=False),
    Column("pose", Text, nullable=False),
    Column("options", Text, nullable=False),
    Column("landmark_path", Text),
    Index(None, "recording_id", "id"),
)
result = Table(
    "result",
    META,
    Column("analysis_id", ForeignKey("analysis.id"), primary_key=True),
    Column("json", Text, nullable=False),
)
judged_person = Table(
    "judged_person",
    META,
    Column("analysis_id", ForeignKey("analysis.id"), primary_key=True),
    Column("person", Integer, primary_key=True),
    Column("seen_s", Double, nullable=False),
    Column("height_px", Double),
    Column("score", Double),
    Column("grade", String(20)),
    Column("coverage", Double, nullable=False),
    Column("reviewed_score", Double),
    Column("reviewed_grade", String(20)),
    Column("reviewed_coverage", Double),
    Column("reviewed_upto", Integer),
)
criterion_verdict = Table(
    "criterion_verdict",
    META,
    Column("analysis_id", ForeignKey("analysis.id"), primary_key=True),
    Column("person", Integer, primary_key=True),
    Column("criterion", String(100), primary_key=True),
    Column("verdict", Enumerated(Verdict), nullable=False),
    Column("assessable_s", Double, nullable=False),
    Column("deviation_s", Double, nullable=False),
    Column("deviations", Integer, nullable=False),
    sqlite_with_rowid=False,
)
finding_key = Table(
    "finding_key",
    META,
    Column("id", Integer, primary_key=True),
    Column("recording_id", ForeignKey("recording.id"), nullable=False),
    Column("origin", Enumerated(Origin), nullable=False),
    Column("person", Integer, nullable=False),
    Column("criterion", String(100), nullable=False),
    Index(None, "recording_id"),
)
finding = Table(
    "finding",
    META,
    Column("id", Integer, primary_key=True),
    Column("analysis_id", ForeignKey("analysis.id"), nullable=False),
    Column("key", ForeignKey("finding_key.id"), nullable=False),
    Column("person", Integer, nullable=False),
    Column("criterion", String(100), nullable=False),
    Column("start_s", Double, nullable=False),
    Column("end_s", Double, nullable=False),
    Column("worst_s", Double, nullable=False),
    Column("value", Double),
    Column("error", Double),
    Column("allowed_low", Double),
    Column("allowed_high", Double),
    Column("target", Double),
    Column("severity", Enumerated(Severity), nullable=False),
    Column("view", Enumerated(View), nullable=False),
    Column("points", Double, nullable=False),
    Column("times", Integer, nullable=False),
    Column("price", Double, nullable=False),
    Column("move", String(100)),
    Column("follows_from", String(100)),
    Index(None, "analysis_id"),
    Index(None, "key"),
)
added_finding = Table(
    "added_finding",
    META,
    Column("key", ForeignKey("finding_key.id"), primary_key=True),
    Column("start_s", Double, nullable=False),
    Column("end_s", Double, nullable=False),
    Column("severity", Enumerated(Severity), nullable=False),
    sqlite_with_rowid=False,
)
decision = Table(
    "decision",
    META,
    Column("id", Integer, primary_key=True),
    Column("recording_id", ForeignKey("recording.id"), nullable=False),
    Column("key", ForeignKey("finding_key.id"), nullable=False),
    Column("finding_id", ForeignKey("finding.id")),
    Column("who", String(200), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("kind", Enumerated(DecisionKind), nullable=False),
    Column("text", Text, nullable=False),
    Index(None, "recording_id", "id"),
)
person_name = Table(
    "person_name",
    META,
    Column("recording_id", ForeignKey("recording.id"), primary_key=True),
    Column("person", Integer, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("role", Enumerated(Role)),
    Column("who", String(200), nullable=False),
    Column("named_at", Moment, nullable=False),
    sqlite_with_rowid=False,
)
blind_score = Table(
    "blind_score",
    META,
    Column("id", Integer, primary_key=True),
    Column("recording_id", ForeignKey("recording.id"), nullable=False),
    Column("person", Integer, nullable=False),
    Column("criterion", String(100), nullable=False),
    Column("verdict", Enumerated(Verdict), nullable=False),
    Column("who", String(200), nullable=False),
    Column("made_at", Moment, nullable=False),
    Index(None, "recording_id", "id"),
)

APPEND_ONLY = (finding_key, added_finding, decision, blind_score)
"""What people judged: rows come and stay as they are. Triggers of the database refuse anything else, too."""
