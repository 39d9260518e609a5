"""People's decisions on findings: kept side by side, carried over, counted by the product's own scoring."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace

import pytest

from posture.check import CheckOptions
from posture.errors import StoreError
from posture.findings import Severity, Verdict
from posture.scoring import score
from posture.survey.agreement import agreement
from posture.survey.analyses import load_result, save_analysis
from posture.survey.blind import (
    Pair,
    blind_scores,
    decided_by_both,
    disagreements,
    human_and_human,
    machine_and_human,
    raters,
    score_blind,
)
from posture.survey.decisions import add_finding, decide, findings_of
from posture.survey.queries import ReviewCount, people_scores, review_counts
from posture.survey.records import DecisionKind, Origin
from posture.survey.review import rescored, review
from posture.survey.scored import scored_recordings
from posture.survey.selection import EVERYTHING, Filter
from tests.survey_data import CRITERIA, LIBRARY, analysed, checked, deviation, person

CONFIRM, DISMISS, COMMENT = DecisionKind.CONFIRM, DecisionKind.DISMISS, DecisionKind.COMMENT
FOLDED = deviation("taboo_arms_crossed", 30, 40, severity=Severity.SERIOUS)


def only(store, analysis):
    (finding,) = findings_of(store, analysis)
    return finding


@contextmanager
def refused(key):
    with pytest.raises(StoreError) as caught:
        yield
    assert caught.value.key == f"survey.errors.{key}"


def test_each_person_s_latest_decision_is_theirs_and_the_latest_counts(store):
    _, made = analysed(store, person(1, deviation()))
    key = only(store, made).key
    assert only(store, made).current is None and not only(store, made).disputed
    decide(store, key, "李老师", CONFIRM)
    decide(store, key, "王老师", DISMISS, "是柜台的影子")
    decide(store, key, "李老师", COMMENT, "再看一遍")
    finding = only(store, made)
    assert finding.dismissed and finding.disputed and finding.current.who == "王老师"
    assert {who: d.kind for who, d in finding.by_person.items()} == {"李老师": CONFIRM, "王老师": DISMISS}
    assert [d.text for d in finding.decisions] == ["", "是柜台的影子", "再看一遍"]
    decide(store, key, " 王老师 ", CONFIRM)
    finding = only(store, made)
    assert not finding.dismissed and not finding.disputed and len(finding.decisions) == 4
    assert finding.deviation == deviation(points=1.0, times=1, price=1.0)


def test_a_reason_a_comment_and_a_name_are_required(store):
    recording, made = analysed(store, person(1, deviation()))
    key = only(store, made).key
    with refused("reason_missing"):
        decide(store, key, "李老师", DISMISS, "  ")
    with refused("comment_missing"):
        decide(store, key, "李老师", COMMENT)
    with refused("who_missing"):
        decide(store, key, " ", CONFIRM)
    with refused("no_finding"):
        decide(store, key + 1, "李老师", CONFIRM)
    with refused("bad_stretch"):
        add_finding(store, recording, 1, CRITERIA["head_level"], 5, 4, "李老师", "歪头")
    with refused("comment_missing"):
        add_finding(store, recording, 1, CRITERIA["head_level"], 4, 5, "李老师", "")
    with refused("no_recording"):
        add_finding(store, recording + 1, 1, CRITERIA["head_level"], 4, 5, "李老师", "歪头")
    assert len(findings_of(store, made)) == 1 and only(store, made).decisions == ()


def test_decisions_outlive_judging_again(store):
    recording, made = analysed(store, person(1, deviation(), FOLDED))
    shoulders = findings_of(store, made)[0]
    decide(store, shoulders.key, "李老师", DISMISS, "制服垫肩")
    again = save_analysis(store, recording, checked(person(1, deviation(end_s=15.5), FOLDED)), CheckOptions())
    first, second = findings_of(store, again)
    assert first.dismissed and not first.limits_changed and second.current is None
    stricter = deviation(allowed=(-3.0, 3.0))
    strict = save_analysis(store, recording, checked(person(1, stricter)), CheckOptions())
    assert only(store, strict).dismissed and only(store, strict).limits_changed
    decide(store, shoulders.key, "李老师", CONFIRM)
    assert not only(store, strict).limits_changed


def test_a_dismissal_of_a_short_stretch_does_not_cover_a_long_one(store):
    recording, made = analysed(store, person(1, deviation(end_s=12)))
    decide(store, only(store, made).key, "李老师", DISMISS, "转身")
    again = save_analysis(store, recording, checked(person(1, deviation(end_s=40))), CheckOptions())
    assert only(store, again).current is None


def test_dismissed_findings_cost_nothing_and_added_ones_their_points(store):
    recording, made = analysed(store, person(1, deviation(), FOLDED))
    before = load_result(store, made)
    assert before.people[0].score.value == pytest.approx(100 * (35 - 3) / 35)
    folded = next(f for f in findings_of(store, made) if f.criterion == "taboo_arms_crossed")
    decide(store, folded.key, "李老师", DISMISS, "在取文件")
    after = rescored(before, findings_of(store, made), LIBRARY).people[0]
    assert after.score.value == pytest.approx(100 * (35 - 1) / 35)
    verdicts = {r.criterion: r for r in after.results}
    assert verdicts["taboo_arms_crossed"].verdict is Verdict.OK
    assert verdicts["taboo_arms_crossed"].ok_s == pytest.approx(60.0)
    key = add_finding(store, recording, 1, CRITERIA["head_level"], 20, 25, "李老师", "歪头", Severity.SERIOUS)
    after = rescored(before, findings_of(store, made), LIBRARY).people[0]
    assert after.score.value == pytest.approx(100 * (35 - 1 - 2) / 35)
    added = next(r for r in after.results if r.criterion == "head_level")
    assert added.verdict is Verdict.DEVIATION and added.deviations[0].points == 2.0
    decide(store, key, "王老师", DISMISS, "看屏幕")
    after = rescored(before, findings_of(store, made), LIBRARY).people[0]
    assert after.score.value == pytest.approx(100 * (35 - 1) / 35)
    assert load_result(store, made) == before


def test_without_decisions_nothing_changes(store):
    _, made = analysed(store, person(1, deviation(), FOLDED), person(2))
    result = load_result(store, made)
    assert rescored(result, findings_of(store, made), LIBRARY) == result


def test_what_was_a_consequence_counts_when_its_cause_is_dismissed(store):
    lean = deviation("trunk_straight_sideways", 10, 16)
    _, made = analysed(store, person(1, lean, deviation("shoulders_level", 10, 16)))
    cause = next(f for f in findings_of(store, made) if f.criterion == "trunk_straight_sideways")
    decide(store, cause.key, "李老师", DISMISS, "镜头歪")
    after = rescored(load_result(store, made), findings_of(store, made), LIBRARY).people[0]
    tilt = next(r for r in after.results if r.criterion == "shoulders_level").deviations[0]
    assert tilt.follows_from is None and tilt.points == 1.0


def test_an_added_finding_of_a_criterion_that_was_not_judged(store):
    recording, made = analysed(store, person(1))
    other = next(c for c in CRITERIA.values() if c.category == "posture" and not c.advisory and c.id == "head_level")
    result = load_result(store, made)
    short = replace(result.people[0], results=tuple(r for r in result.people[0].results if r.criterion != other.id))
    add_finding(store, recording, 1, other, 5, 9, "李老师", "歪头")
    after = rescored(replace(result, people=(short,)), findings_of(store, made), LIBRARY).people[0]
    assert after.results[-1].criterion == other.id and after.results[-1].deviations[0].points > 0
    assert after.score == score(after.results, CRITERIA, LIBRARY.profile)


def test_a_criterion_that_the_norms_lost_is_told(store):
    _, made = analysed(store, person(1, deviation()))
    result = load_result(store, made)
    strange = replace(result.people[0].results[0], criterion="gone_by_now")
    broken = replace(result, people=(replace(result.people[0], results=(strange,)),))
    with refused("criterion_gone"):
        rescored(broken, findings_of(store, made), LIBRARY)


def test_lists_and_comparisons_use_the_reviewed_score_until_somebody_decides_again(store):
    recording, made = analysed(store, person(1, FOLDED))
    key = only(store, made).key
    review(store, recording, LIBRARY)
    assert not people_scores(store, recording)[0].reviewed
    decide(store, key, "李老师", DISMISS, "在取文件")
    assert not people_scores(store, recording)[0].reviewed
    review(store, recording, LIBRARY)
    (shown,) = people_scores(store, recording)
    assert shown.reviewed and shown.reviewed_score == 100.0 and shown.score == pytest.approx(100 * 33 / 35)
    (row,) = scored_recordings(store, EVERYTHING)
    assert row.score == 100.0 and row.reviewed
    (row,) = scored_recordings(store, EVERYTHING, machine_only=True)
    assert row.score == pytest.approx(100 * 33 / 35) and not row.reviewed
    decide(store, key, "王老师", COMMENT, "同意")
    assert people_scores(store, recording)[0].reviewed
    decide(store, key, "王老师", CONFIRM)
    assert not people_scores(store, recording)[0].reviewed
    (row,) = scored_recordings(store, EVERYTHING)
    assert row.score == pytest.approx(100 * 33 / 35)


def test_a_recording_without_analysis_cannot_be_reviewed(store):
    from posture.survey.recordings import add_recording
    from tests.survey_data import new

    with refused("not_analysed"):
        review(store, add_recording(store, new()).recording.id, LIBRARY)


def test_what_became_of_the_findings(store):
    recording, made = analysed(store, person(1, deviation(), FOLDED))
    one, two = findings_of(store, made)
    decide(store, one.key, "李老师", DISMISS, "影子")
    decide(store, one.key, "李老师", CONFIRM)
    decide(store, two.key, "李老师", DISMISS, "取文件")
    key = add_finding(store, recording, 1, CRITERIA["head_level"], 2, 4, "李老师", "歪头")
    assert findings_of(store, made)[0].key == key and findings_of(store, made)[0].origin is Origin.HUMAN
    assert review_counts(store) == [
        ReviewCount("head_level", 0, 0, 1),
        ReviewCount("shoulders_level", 1, 0, 0),
        ReviewCount("taboo_arms_crossed", 0, 1, 0),
    ]


def test_blind_scores_beside_the_machine_s(store):
    faults = [(deviation(),), (), (deviation(),), ()]
    recordings = [analysed(store, person(1, *d))[0] for d in faults]
    for recording, verdict in zip(recordings, ("deviation", "ok", "ok", "ok"), strict=True):
        score_blind(store, recording, 1, "王老师", {"shoulders_level": Verdict(verdict)})
        score_blind(store, recording, 1, "李老师", {"shoulders_level": Verdict.DEVIATION})
    score_blind(store, recordings[3], 1, "王老师", {"head_level": Verdict.NOT_ASSESSABLE})
    score_blind(store, recordings[2], 1, "李老师", {"shoulders_level": Verdict.BORDERLINE})
    assert raters(store) == ["李老师", "王老师"]
    assert blind_scores(store, "李老师", recording_id=recordings[2]) == {
        (recordings[2], 1, "shoulders_level"): Verdict.BORDERLINE
    }
    whole, head, shoulders = agreement(machine_and_human(store, "王老师"))
    assert (whole.criterion, head.criterion, shoulders.criterion) == (None, "head_level", "shoulders_level")
    assert (shoulders.both, shoulders.only_first, shoulders.only_second, shoulders.neither) == (1, 1, 0, 2)
    assert shoulders.kappa.observed == 0.75 and shoulders.kappa.kappa == pytest.approx(0.5)
    assert head.left_out == 1 and head.kappa.kappa is None and whole.left_out == 1
    two = agreement(human_and_human(store, "王老师", "李老师"))[0]
    assert (two.both, two.only_first, two.only_second, two.neither) == (1, 0, 2, 1)
    assert disagreements(store, None, "王老师") == [
        Pair(recordings[2], 1, "shoulders_level", Verdict.DEVIATION, Verdict.OK)
    ]
    assert [p.recording_id for p in disagreements(store, "王老师", "李老师")] == [recordings[1], recordings[3]]
    assert disagreements(store, "王老师", "李老师", Filter(unit="市税务局")) == []


def test_who_has_decided_on_the_machine_s_findings_is_not_blind(store):
    recording, made = analysed(store, person(1, deviation()))
    decide(store, only(store, made).key, "李老师", CONFIRM)
    with refused("not_blind"):
        score_blind(store, recording, 1, "李老师", {"shoulders_level": Verdict.OK})
    score_blind(store, recording, 1, "王老师", {"shoulders_level": Verdict.OK})
    assert raters(store) == ["王老师"]


def test_two_people_on_the_same_findings(store):
    _, made = analysed(store, person(1, deviation(), FOLDED))
    one, two = findings_of(store, made)
    for who in ("李老师", "王老师"):
        decide(store, one.key, who, CONFIRM)
    decide(store, two.key, "李老师", DISMISS, "取文件")
    assert decided_by_both(store, "李老师", "王老师") == {("shoulders_level", Verdict.DEVIATION, Verdict.DEVIATION): 1}
    decide(store, two.key, "王老师", CONFIRM)
    whole = agreement(decided_by_both(store, "李老师", "王老师"))[0]
    assert (whole.both, whole.only_second, whole.kappa.observed) == (1, 1, 0.5)
