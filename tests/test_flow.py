"""The service flow: alignment, verdicts on the sub-steps, contacts, principles, SOFTEN, files, reports."""

import random
import re
from dataclasses import replace
from io import StringIO
from itertools import product

import numpy as np
import pytest
from rich.console import Console

from posture.check import CheckOptions, judge_observation
from posture.findings import CueSeen, Move, Reason, Role, StepVerdict
from posture.flow.align import Fit, align
from posture.flow.contacts import Visit, guessed_roles, visits
from posture.flow.evidence import Evidence, _leads_to, evidence
from posture.flow.files import CUES, load_flow, read_flow
from posture.flow.judge import judge_contact, order_share
from posture.flow.recognise import find_contacts
from posture.flow.soften import principles, soften
from posture.landmarks import Observation, Pose, Speech, Stretch
from posture.library import load_library
from posture.reference_files import ReferenceProblems, reference_dir
from posture.report import flow as told
from posture.report import flow_lanes
from posture.report.console import print_summary
from posture.report.html import render_html
from posture.report.json_file import to_json
from posture.report.labels import Report
from tests.service_play import RISE_SW, client_track, person_track, scene, steps

FLOW = load_flow()
VISIT = Visit(2, 4.0, 36.0, 6.0, 12.0, 30.0, 34.0)
FAULTLESS = [
    ("look", 6.5), ("stand_up", 7.0), ("nod", 8.5), ("seat_gesture", 9.5), ("sit_down", 12.0), ("listen", 13.5),
    ("exchange", 14.0), ("work", 16.0), ("look_up", 20.0), ("work", 22.0), ("exchange", 28.0), ("stand_up", 31.0),
    ("bow", 33.0),
]  # fmt: skip


def seen(cues, hidden=()):
    """Evidence of cues of a second each; what is `hidden` could not have been seen."""
    time_s = np.arange(400) / 10
    found = tuple(
        CueSeen(c, t, t + 1.0, "both" if c == "exchange" else "") for c, t in sorted(cues, key=lambda x: x[1])
    )
    return Evidence(found, {c: np.full(400, c not in hidden) for c in CUES}, time_s)


def verdicts(cues, hidden=(), visit=VISIT):
    return {r.sub_step: r for r in judge_contact(FLOW, seen(cues, hidden), visit)}


def without(*cues):
    return [c for c in FAULTLESS if c not in cues]


def test_a_faultless_service():
    found = verdicts(FAULTLESS)
    optional = {"prepare_check", "handle_leave", "close_ask"}
    assert {name for name, r in found.items() if r.verdict is StepVerdict.NOT_DUE} == optional
    assert all(r.verdict is StepVerdict.SEEN for name, r in found.items() if name not in optional)
    assert found["prepare_receive"].time_s == 14.0 and found["close_return"].time_s == 28.0
    assert [c.cue for c in found["greet_stand"].cues] == ["stand_up", "nod"]
    assert order_share(tuple(found.values())) == 1.0


@pytest.mark.parametrize(
    "gone, sub_step",
    [
        ([("look", 6.5)], "greet_look"), ([("seat_gesture", 9.5)], "greet_seat"), ([("listen", 13.5)], "prepare_ask"),
        ([("stand_up", 7.0), ("nod", 8.5)], "greet_stand"), ([("stand_up", 31.0), ("bow", 33.0)], "close_farewell"),
        ([("work", 16.0), ("work", 22.0)], "handle_focus"), ([("exchange", 28.0)], "close_return"),
        ([("exchange", 14.0)], "prepare_receive"),
    ],
)  # fmt: skip
def test_a_missing_step_is_named_and_the_others_keep_their_verdict(gone, sub_step):
    found = verdicts(without(*gone))
    assert [n for n, r in found.items() if r.verdict is StepVerdict.MISSING] == [sub_step]
    assert found[sub_step].lacking and order_share(tuple(found.values())) < 1.0


def test_half_of_a_sub_step_is_incomplete():
    assert verdicts(without(("stand_up", 31.0)))["close_farewell"].lacking == ("stand_up",)
    assert verdicts(without(("nod", 8.5)))["greet_stand"].verdict is StepVerdict.PARTIAL


STANDING = [c for c in FAULTLESS if c not in (("stand_up", 31.0), ("bow", 33.0))] + [("standing", 30.0)]
"""A clerk who stands already when the client rises, and does not nod then."""


def farewell(cues, work=(), visit=VISIT):
    found = seen(cues)
    more = tuple(CueSeen("work", a, b) for a, b in work)
    found = replace(found, cues=tuple(sorted((*found.cues, *more), key=lambda c: c.start_s)))
    return {r.sub_step: r for r in judge_contact(FLOW, found, visit)}["close_farewell"]


@pytest.mark.parametrize(
    "nod_s, work, told",
    [
        (33.0, (), StepVerdict.SEEN), (33.0, [(22.0, 31.0)], StepVerdict.SEEN),
        (29.0, [(22.0, 33.0)], StepVerdict.PARTIAL), (29.5, [(22.0, 29.0), (31.0, 33.0)], StepVerdict.PARTIAL),
        (23.0, (), StepVerdict.PARTIAL),
    ],
    ids=["at the farewell", "after the work", "at work", "between work and work", "long before"],
)  # fmt: skip
def test_a_nod_at_work_sees_nobody_off(nod_s, work, told):
    found = farewell([*STANDING, ("nod", nod_s)], work)
    assert found.verdict is told and (found.lacking == ("bow",)) == (told is StepVerdict.PARTIAL)


def test_who_rises_long_before_they_leave_is_seen_off_when_they_leave():
    rose_early = replace(VISIT, rises_s=22.0)
    cues = [c for c in STANDING if c[0] != "standing"] + [("standing", 22.0)]
    assert farewell([*cues, ("nod", 23.0)], visit=rose_early).lacking == ("bow",)
    assert farewell([*cues, ("nod", 33.0)], visit=rose_early).verdict is StepVerdict.SEEN


def test_a_client_who_is_still_there_at_the_end_is_seen_off_by_nobody_and_that_is_no_fault():
    stays = replace(VISIT, rises_s=None, leaves_s=None, end_s=39.9)
    for cues in (STANDING, [*STANDING, ("nod", 36.0), ("stand_up", 35.0)]):
        found = farewell(cues, visit=stays)
        assert (found.verdict, found.why, found.cues) == (StepVerdict.NOT_DUE, "not_left", ())


def test_a_look_that_leads_to_a_hand_over_is_no_look_up_from_work():
    looks, gives = CueSeen("listen", 20.0, 20.8), [CueSeen("exchange", 21.0, 22.5, "both")]
    assert _leads_to(looks, gives) and not _leads_to(looks, [CueSeen("exchange", 24.0, 25.0)])


def test_swapped_steps_are_out_of_order():
    swapped = [*without(("exchange", 14.0)), ("exchange", 7.9)]
    found = verdicts(swapped)
    wrong = {n: r for n, r in found.items() if r.verdict is StepVerdict.OUT_OF_ORDER}
    assert list(wrong) == ["prepare_receive"] and wrong["prepare_receive"].time_s == 7.9
    assert found["close_return"].verdict is StepVerdict.SEEN


def test_repeated_steps_count_once():
    found = verdicts([*FAULTLESS, ("nod", 8.9), ("seat_gesture", 10.6)])
    assert found["greet_seat"].repeats == 1 and found["greet_stand"].repeats == 1
    assert all(r.verdict in (StepVerdict.SEEN, StepVerdict.NOT_DUE) for r in found.values())


@pytest.mark.parametrize(
    "was, late, sub_step, by",
    [
        (("look", 6.5), ("look", 10.0), "greet_look", 2.0),
        (("stand_up", 31.0), ("stand_up", 34.2), "close_farewell", 1.2),
    ],
)
def test_late_by_how_much(was, late, sub_step, by):
    cues = [late if c == was else c for c in FAULTLESS]
    if sub_step == "greet_look":
        cues = [(c, t + 3.5 if 7.0 <= t < 14.0 else t) for c, t in cues if c != "look"] + [late]
    found = verdicts(cues)[sub_step]
    assert found.verdict is StepVerdict.LATE and found.late_by_s == pytest.approx(by)


def test_within_the_measuring_error_nothing_is_late():
    cues = [
        ("stand_up", 33.4) if c == ("stand_up", 31.0) else ("bow", 34.0) if c == ("bow", 33.0) else c for c in FAULTLESS
    ]
    assert verdicts(cues)["close_farewell"].verdict is StepVerdict.SEEN


def test_what_could_not_be_seen_is_not_missing():
    found = verdicts([], hidden=CUES)
    assert not [r for r in found.values() if r.verdict is StepVerdict.MISSING]
    assert found["greet_look"].why == "not_visible" and order_share(tuple(found.values())) is None
    blind = verdicts(without(("nod", 8.5)), hidden=("bow", "nod", "hand_raise", "smile"))["greet_stand"]
    assert blind.verdict is StepVerdict.SEEN and blind.unseen == ("bow",)


def test_one_hand_is_told_and_hidden_hands_are_left_open():
    for hands, verdict in (("one", StepVerdict.PARTIAL), ("", StepVerdict.SEEN), ("both", StepVerdict.SEEN)):
        found = seen(FAULTLESS)
        cues = tuple(replace(c, hands=hands) if c.cue == "exchange" else c for c in found.cues)
        results = {r.sub_step: r for r in judge_contact(FLOW, replace(found, cues=cues), VISIT)}
        assert results["prepare_receive"].verdict is verdict
        assert ("both_hands" in results["prepare_receive"].unseen) == (hands == "")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_was_done_in_a_manner_that_was_not_seen_is_not_told_as_done(language):
    one = checked()
    (contact,) = one.result.contacts
    hidden = tuple(replace(s, unseen=("both_hands",)) if s.cues else s for s in contact.sub_steps)
    late = replace(hidden[0], verdict=StepVerdict.LATE)
    contact = replace(contact, sub_steps=(late, *hidden[1:]))
    report = Report(replace(one, result=replace(one.result, contacts=(contact,))), language)
    rows = {r["id"]: r for r in told.rows(report, contact)}
    words = {"zh": "做了，方式无法评定", "en": "seen, manner not assessable"}[language]
    taken = rows["prepare_receive"]
    assert (taken["sign"], taken["verdict_text"]) == ("?", words) and taken["remark"] and not taken["cue"]
    assert rows[late.sub_step]["sign"] == "◷", "what is known to be wrong stays"
    labels = {b.sub_step: (b.labels[0][0], b.colour) for b in told.lanes(report, contact)[1] if b.sub_step}
    assert labels["prepare_receive"] == ("?", told.VERDICT_COLOUR[StepVerdict.NOT_ASSESSABLE])
    assert "✓" not in {sign for sign, _ in labels.values()}


def test_nods_are_counted_once_for_the_movements_and_for_soften():
    clerk = scene(a_service()[0])
    nods = [Move("nod", "nod", 1, t, t + 0.3, t + 0.5, t + 0.8, count=n) for t, n in ((2.0, 1), (9.0, 2), (20.0, 1))]
    clerk = replace(clerk, moves=(*clerk.moves, *nods))
    assert soften(clerk, VISIT, None)[-1].count == 3, "the first was before the client came"


def test_a_phone_spoils_the_work():
    found = verdicts([*FAULTLESS, ("phone", 24.0)])["handle_focus"]
    assert found.verdict is StepVerdict.PARTIAL and found.lacking == ("phone",)


def test_leaving_asks_for_a_notice_and_long_work_for_a_look():
    found = verdicts([*without(("look_up", 20.0)), ("left", 23.5)])
    assert found["handle_leave"].verdict is StepVerdict.MISSING
    assert found["handle_attend"].why == "too_short"
    long_visit = Visit(2, 4.0, 120.0, 6.0, 12.0, 110.0, 118.0)
    cues = [("look", 6.5), ("work", 16.0), ("work", 70.0)]
    time_s = np.arange(1200) / 10
    found = Evidence(seen(cues).cues, {c: np.ones(1200, bool) for c in CUES}, time_s)
    results = {r.sub_step: r for r in judge_contact(FLOW, found, long_visit)}
    assert results["handle_attend"].verdict is StepVerdict.MISSING


def test_without_a_client_nothing_is_missing_or_late():
    found = verdicts(without(("seat_gesture", 9.5)), visit=Visit(None, 0.0, 40.0))
    assert {r.verdict for r in found.values()} == {StepVerdict.SEEN, StepVerdict.NOT_DUE, StepVerdict.NOT_ASSESSABLE}
    assert found["greet_seat"].why == "no_client"
    slow = [("seat_gesture", 13.0) if c == ("seat_gesture", 9.5) else c for c in FAULTLESS]
    assert verdicts(slow)["greet_seat"].late_by_s == pytest.approx(1.0), "after the clerk's own rising"
    assert verdicts(slow, visit=Visit(None, 0.0, 40.0))["greet_seat"] == replace(
        verdicts(slow)["greet_seat"], verdict=StepVerdict.SEEN, late_by_s=None
    )


def heard(speech, *where):
    """Somebody speaks from a to b; there is sound where told, else for the whole forty seconds."""
    return Speech(tuple(Stretch(a, b, 1.0) for a, b in speech), where or ((0.0, 40.0),))


def test_the_share_of_speech_is_that_of_what_was_heard():
    clerk = scene(a_service()[0])

    def tone(speech):
        item = soften(clerk, VISIT, speech)[3]
        return item.share, item.assessed_s, item.count

    length_s = VISIT.end_s - VISIT.start_s
    assert tone(heard([(7.0, 9.0)])) == (pytest.approx(2 / length_s), pytest.approx(length_s), 1)
    assert tone(heard([(7.0, 9.0)], (0.0, 14.0))) == (pytest.approx(0.2), pytest.approx(14 - VISIT.start_s), 1)
    assert tone(heard([], (0.0, 5.0)))[0] is None
    assert tone(None) == (None, 0.0, None) == tone(replace(heard([]), reason="silent"))


def test_look_once_stand_twice_speak_three_times():
    results = judge_contact(FLOW, seen(FAULTLESS), VISIT)
    speech = [(7.0, 8.0), (15.0, 16.0), (33.0, 34.0)]
    assert [(p.id, p.done, p.wanted) for p in principles(FLOW, results, VISIT, heard(speech))] == [
        ("look", 1, 1), ("stand", 2, 2), ("ask", 3, 3)
    ]  # fmt: skip
    assert principles(FLOW, results, VISIT, heard(speech[:1]))[2].done == 1
    assert principles(FLOW, results, VISIT, heard([]))[2].done == 0
    assert principles(FLOW, results, VISIT, heard([], (0.0, 20.0)))[2].done is None, "the sound ends before the contact"
    assert principles(FLOW, results, VISIT, heard(speech, (0.0, 8.5), (14.0, 17.0), (32.0, 35.0)))[2].done == 3
    assert principles(FLOW, results, VISIT, replace(heard([]), reason="no_sound"))[2].done is None
    assert principles(FLOW, results, VISIT, None)[2].done is None, "no sound"
    seated = judge_contact(FLOW, seen(without(("stand_up", 31.0))), VISIT)
    assert principles(FLOW, seated, VISIT, None)[1].done == 1
    blind = judge_contact(FLOW, seen([], hidden=CUES), VISIT)
    assert [p.done for p in principles(FLOW, blind, VISIT, None)] == [None, None, None]


def best_by_trying(fits):
    """The largest sum of weights of first placements in order, by trying everything."""
    best = 0.0
    for chosen in product(*([None, *options] for options in fits)):
        last, met, gain = -1, set(), 0.0
        for fit in chosen:
            if fit is None:
                continue
            if fit.sub_step < last:
                break
            last = fit.sub_step
            gain += 0.0 if (fit.sub_step, fit.group) in met else fit.weight
            met.add((fit.sub_step, fit.group))
        else:
            best = max(best, gain)
    return best


@pytest.mark.parametrize("seed", range(40))
def test_the_alignment_keeps_the_order_and_is_the_best_there_is(seed):
    rng = random.Random(seed)
    fits = [
        [Fit(rng.randrange(5), rng.randrange(2), rng.choice((1.0, 0.8))) for _ in range(rng.randrange(3))]
        for _ in range(rng.randrange(1, 7))
    ]
    placed = align(fits)
    used = [p for p in placed if p is not None]
    assert [p[0] for p in used] == sorted(p[0] for p in used)
    weight = {}
    for options, place in zip(fits, placed, strict=True):
        if place is not None:
            assert place in [(f.sub_step, f.group) for f in options]
            own = max(f.weight for f in options if (f.sub_step, f.group) == place)
            weight.setdefault(place, own)
    assert sum(weight.values()) == pytest.approx(best_by_trying(fits), abs=0.01)


def test_in_order_everything_is_placed_and_nothing_is_placed_of_nothing():
    assert align([[Fit(i, 0)] for i in range(12)]) == [(i, 0) for i in range(12)]
    assert align([]) == [] and align([[], []]) == [None, None]


def a_service(hands_at=((15.0, 16.5), (26.0, 27.5)), rise=((7.0, RISE_SW), (12.5, 0.0), (30.8, RISE_SW))):
    down = steps([(5.8, 0.0), (17.5, -22.0), (25.0, 0.0)], -22.0, 0.3)
    down += [(32.5, 0.0), (33.0, -14.0), (33.4, -14.0), (33.9, 0.0), (40.0, 0.0)]
    clerk = person_track(steps(list(rise)), None, down, hands_at=list(hands_at))
    writes = slice(180, 250)
    for wrist in (Pose.LEFT_WRIST, Pose.RIGHT_WRIST):
        clerk.pose_px[writes, wrist, 0] += 60.0 * np.sin(np.arange(70) * 0.6)
    return clerk, client_track(hands_at=list(hands_at))


def test_a_clients_visit_has_its_moments():
    (visit,) = visits(scene(client_track()))
    assert visit.arrival_s == pytest.approx(6.0, abs=0.5) and visit.leaves_s == pytest.approx(34.0, abs=0.5)
    assert visit.sits_s == pytest.approx(12.0, abs=0.4) and visit.rises_s == pytest.approx(30.0, abs=0.4)
    passing = person_track(None, [(0, -400), (8, 900)], seconds=8.0)
    assert visits(scene(passing)) == []


def test_roles_are_guessed_only_where_somebody_is_behind_a_counter():
    clerk, client = (scene(t) for t in a_service())
    assert guessed_roles([client, clerk]) == {1: "clerk", 2: "client"}
    assert guessed_roles([client]) == {} and find_contacts([client]) == ()


def test_cues_of_two_stick_people():
    clerk, client = (scene(t) for t in a_service())
    (visit,) = visits(client)
    found = evidence(clerk, client, visit)
    hands = found.of("exchange")
    assert [round(c.start_s) for c in hands] == [15, 26] and [c.hands for c in hands] == ["both", "both"]
    assert [round(c.start_s) for c in found.of("stand_up")] == [7, 31]
    assert [c for c in found.of("work") if 17 < c.start_s < 18.5 and 24 < c.end_s < 26]
    assert found.of("look")[0].start_s == pytest.approx(5.9, abs=0.4)
    assert [c for c in found.of("nod") if 32 < c.start_s < 34]


def checked(speech=None, tracks=None, **options):
    tracks = a_service() if tracks is None else tracks
    observation = Observation(
        tuple(tracks), "service.mp4", "ab" * 32, (1000, 1000), "video", 40.0, np.arange(400) / 10,
        provenance={"settings": '{"fps": 10.0}'},
        speech=None if speech is None else heard(speech),
    )  # fmt: skip
    return judge_observation(observation, load_library(), CheckOptions(**options))


def test_the_flow_is_told_of_whom_somebody_calls_clerk_and_client():
    whole = checked().result
    assert checked(told_roles=((1, Role.CLERK),)).result.contacts == whole.contacts, "agreeing changes nothing"
    swapped = checked(told_roles=((1, Role.CLIENT), (2, Role.CLERK))).result
    assert {(c.clerk, c.client) for c in swapped.contacts} == {(2, 1)}
    assert [p.scored for p in swapped.people] == [False, True]
    assert checked(told_roles=((1, Role.BYSTANDER), (2, Role.BYSTANDER))).result.contacts == ()


def test_a_whole_check_tells_the_contact():
    (contact,) = checked().result.contacts
    assert (contact.clerk, contact.client) == (1, 2)
    by_id = {s.sub_step: s.verdict for s in contact.sub_steps}
    assert by_id["greet_look"] is StepVerdict.SEEN and by_id["close_farewell"] is StepVerdict.SEEN
    assert by_id["prepare_receive"] is StepVerdict.SEEN and by_id["close_return"] is StepVerdict.SEEN
    assert by_id["handle_focus"] is not StepVerdict.MISSING
    letters = {i.id: i for i in contact.soften}
    assert list(letters) == ["smile", "open", "lean", "tone", "eyes", "nod"]
    assert letters["smile"].share is None and letters["tone"].share is None and 0 < letters["eyes"].share < 1


def head_not_down(tracks):
    (clerk,) = (p for p in checked(tracks=tracks).result.people if p.person == 1)
    return next(r for r in clerk.results if r.criterion == "head_not_down")


def test_one_moment_is_not_told_right_as_work_and_wrong_as_posture():
    clerk, client = a_service()
    alone, serving = head_not_down([clerk]), head_not_down([clerk, client])
    assert [d for d in alone.deviations if d.start_s < 20 < d.end_s], "of whom no client is seen it may be slumping"
    assert not [d for d in serving.deviations if d.start_s < 25 and d.end_s > 17.5]
    assert serving.not_assessable_s[Reason.AT_WORK] == pytest.approx(7.5, abs=1.5)


def test_no_flow_of_a_photo_or_of_people_without_a_counter():
    clerk, client = a_service()
    photo = Observation((clerk.part(slice(100, 101)),), "a.jpg", "", (1000, 1000), "photo", 0.0, np.zeros(1))
    assert judge_observation(photo, load_library(), CheckOptions()).result.contacts == ()
    settings = {"settings": '{"fps": 10.0}'}
    alone = Observation((client,), "a.mp4", "", (1000, 1000), "video", 40.0, client.time_s, provenance=settings)
    assert judge_observation(alone, load_library(), CheckOptions()).result.contacts == ()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_reports_tell_the_flow(language, tmp_path):
    report = Report(checked(speech=[(7.0, 8.0)]), language, tmp_path / "gone.mp4")
    out = StringIO()
    print_summary(report, Console(file=out, width=160))
    page = render_html(report)
    for words in {"zh": ("双手接件", "看一眼", "次接待"), "en": ("take the papers", "look once", "Contact 1")}[
        language
    ]:
        assert words in out.getvalue() and words in page
    (contact,) = to_json(report)["contacts"]
    assert len(contact["sub_steps"]) == 12 and contact["flow"] == "window_service"
    (found,) = report.checked.result.contacts
    anchors = [b.sub_step for b in told.lanes(report, found)[1] if b.sub_step]
    assert anchors and all(f'id="c{round(found.start_s * 10)}-{a}"' in page for a in anchors)
    spec = flow_lanes.lane_chart(report, found)
    lanes = spec["encoding"]["y"]["sort"]
    assert len(lanes) == 7 and {v["lane"] for v in spec["data"]["values"]} <= set(lanes)
    assert all(v["start"] <= v["end"] for v in spec["data"]["values"])
    steps = [v for v in spec["data"]["values"] if v["lane"] in lanes[3:]]
    numbered = [v for v in steps if v["label"]]
    assert len(numbered) > 0.7 * len(steps), "short bars carry a number where a name has no room"
    names = [r["sub_step"] for r in told.rows(report, found)]
    numbers = [re.search(r"\d+", v["label"]).group() for v in numbered]
    assert all(any(name.startswith(f"{n}. ") for name in names) for n in numbers), "the table says what it means"
    legend = flow_lanes.legend_html(report, found)
    assert legend in page and all(v["label"] in legend for v in spec["data"]["values"] if v["lane"] not in lanes[3:])


@pytest.mark.parametrize(
    "was, becomes, words",
    [
        ("needs: [[look]]", "needs: [[glance]]", "glance"),
        ("sources: [BK3, TOLL6]", "sources: [BK3, NOBODY]", "NOBODY"),
        ("limits: [{cue: look, after", "limits: [{cue: bow, after", "bow"),
        ("id: greet_stand", "id: greet_look", "greet_look"),
        ("within_s: 2}", "within_s: -2}", "-2"),
        ("phase: coming", "phase: sometime", "sometime"),
    ],
)
def test_mistakes_in_a_flow_file_are_named_with_their_line(tmp_path, was, becomes, words):
    text = (reference_dir() / "flows" / "window_service.yaml").read_text(encoding="utf-8")
    text = text.replace("id: window_service", "id: own")
    path = tmp_path / "own.yaml"
    path.write_text(text.replace(was, becomes, 1), encoding="utf-8")
    with pytest.raises(ReferenceProblems) as caught:
        read_flow(path)
    problem = caught.value.problems[0]
    line = text.split("\n").index(next(one for one in text.split("\n") if was in one)) + 1
    assert problem.line == line and words in problem.in_language("en")


def test_every_word_of_the_flow_exists():
    report = Report(checked(), "zh")
    for cue in (*CUES, "both_hands"):
        assert told.tell(report, f"cue.{cue}")
    for verdict in StepVerdict:
        assert told.tell(report, f"verdict.{verdict}") and told.VERDICT_SIGN[verdict] and told.VERDICT_COLOUR[verdict]
    for why in ("no_client", "not_visible", "optional", "no_occasion", "not_left", "too_short"):
        assert told.tell(report, f"why.{why}")
    for sub in FLOW.sub_steps:
        assert sub.names.zh and sub.cue.en


@pytest.mark.parametrize(("verdict", "count"), [(StepVerdict.LATE, 1), (StepVerdict.MISSING, 1), (StepVerdict.SEEN, 0)])
def test_the_summary_of_a_clerk_tells_of_the_flow_too(verdict, count):
    one = with_first_sub_step(checked(), verdict)
    clerk, client = one.result.people
    for language, words in (("en", "In the service flow 1 sub-step(s) were late"), ("zh", "服务流程中有 1 个小步晚了")):
        report = Report(one, language)
        assert (words in report.summary(clerk)) == bool(count) and bool(report.flow_summary()) == bool(count)
        assert not report.flow_summary(client.person)


def test_done_in_order_is_not_said_alone_where_something_was_late():
    for verdict, wanting in ((StepVerdict.SEEN, False), (StepVerdict.LATE, True), (StepVerdict.PARTIAL, True)):
        found = with_first_sub_step(checked(), verdict)
        for language, words in (("en", "; 1 late or incomplete"), ("zh", "；其中 1 个晚了或不完整")):
            said = told.order_text(Report(found, language), found.result.contacts[0])
            assert said.endswith(words) == wanting and "  " not in said


def with_first_sub_step(found, verdict):
    """The check, its only contact right but for the first sub-step's verdict."""
    (contact,) = found.result.contacts
    first, *others = contact.sub_steps
    steps = (replace(first, verdict=verdict), *(replace(s, verdict=StepVerdict.SEEN) for s in others))
    return replace(found, result=replace(found.result, contacts=(replace(contact, sub_steps=steps),)))
