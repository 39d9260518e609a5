"""Parts of queries that several of them share: which recordings, their newest analyses, whom a score is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, or_, select
from sqlalchemy.sql.selectable import ScalarSelect

from posture.findings import Role
from posture.survey.records import DecisionKind, State
from posture.survey.tables import analysis, decision, judged_person, person_name, recording


@dataclass(frozen=True)
class Filter:
    """Which recordings: None takes all. `state` narrows to one state."""

    unit: str | None = None
    outlet: str | None = None
    window: str | None = None
    round: str | None = None
    state: State | None = None


EVERYTHING = Filter()


def conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    """The filter over `recording`."""
    asked = {name: getattr(wanted, name) for name in ("unit", "outlet", "window", "round", "state")}
    return [recording.c[name] == value for name, value in asked.items() if value is not None]


def latest() -> Subquery:
    """(recording_id, analysis_id) of the newest analysis of each recording."""
    newest = func.max(analysis.c.id).label("analysis_id")
    return select(analysis.c.recording_id, newest).group_by(analysis.c.recording_id).subquery("latest")


def last_decision(recording_id: Any) -> ScalarSelect[Any]:
    """Id of the newest decision on the recording (a number or a column), comments aside."""
    here = (decision.c.recording_id == recording_id) & (decision.c.kind != DecisionKind.COMMENT)
    return select(func.max(decision.c.id)).where(here).correlate_except(decision).scalar_subquery()


def judged(wanted: Filter, only: list[int] | None = None) -> Select[Any]:
    """Everybody in the newest analyses of the wanted recordings, with role and name, and whether the recording is
    about them.

    It is about the people named as clerks; where none is named, about whoever without another role was seen longest.
    Columns: those of the place, `duration_s`, `recording_id`, `analysis_id`, `person`, `seen_s`, `name`, `role`,
    `subject`, `score`, `grade`, `coverage`, `reviewed` (whether scores after people's decisions are at hand),
    `reviewed_score` and so on.
    """
    new, j, named = latest(), judged_person, person_name
    clerks = func.sum(case((named.c.role == Role.CLERK, 1), else_=0)).over(partition_by=j.c.analysis_id)
    nth = func.row_number().over(
        partition_by=j.c.analysis_id,
        order_by=(case((named.c.role.is_(None), 0), else_=1), j.c.seen_s.desc(), j.c.person),
    )
    unnamed_longest = and_(clerks == 0, nth == 1, named.c.role.is_(None))
    fresh = and_(j.c.reviewed_upto.is_not(None), j.c.reviewed_upto == last_decision(new.c.recording_id))
    asked = (
        select(
            *(recording.c[name] for name in ("unit", "outlet", "window", "round")),
            recording.c.duration_s,
            new.c.recording_id,
            *(j.c[name] for name in ("analysis_id", "person", "seen_s", "score", "grade", "coverage")),
            *(j.c[name] for name in ("reviewed_score", "reviewed_grade", "reviewed_coverage")),
            named.c.name,
            named.c.role,
            case((or_(named.c.role == Role.CLERK, unnamed_longest), 1), else_=0).label("subject"),
            case((fresh, 1), else_=0).label("reviewed"),
        )
        .join(new, new.c.analysis_id == j.c.analysis_id)
        .join(recording, recording.c.id == new.c.recording_id)
        .outerjoin(named, and_(named.c.recording_id == new.c.recording_id, named.c.person == j.c.person))
        .where(*conditions(wanted))
    )
    return asked if only is None else asked.where(recording.c.id.in_(only))
