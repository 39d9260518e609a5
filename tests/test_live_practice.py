"""The course of a practice session, cues, lessons, progress: all with times from outside."""

import json
import sqlite3
import stat
from datetime import datetime

import pytest

from posture.cli import reference_validate
from posture.errors import OutputError
from posture.library import load_library
from posture.live.cues import PRAISE_S, SAY_AGAIN_S, SHOWN_S, CueChooser
from posture.live.lessons import (
    Lesson,
    LessonStep,
    description,
    lesson_of_move,
    lesson_of_pose,
    load_lessons,
    movements,
    names,
    step_of,
)
from posture.live.practice import (
    CALIBRATION_S,
    COUNTDOWN_S,
    LOST_S,
    Event,
    Phase,
    Practice,
    Seen,
)
from posture.live.progress import ProgressStore, by_day
from posture.live.steps import Made, Step, StepResult, Summary
from posture.reference_files import ReferenceProblems


class Course:
    """A practice of holds in seconds, or of any steps, and its clock: a judged moment every 0.2 s."""

    def __init__(self, *steps, calibrated=True):
        steps = [s if isinstance(s, Step) else Step(f"pose{i}", s) for i, s in enumerate(steps)]
        self.practice = Practice(steps, calibrated)
        self.time_s = 0.0
        self.events = []

    def go(self, seconds, **seen):
        seen = {"present": True, "held": True, "similarity": 90.0} | seen
        for _ in range(round(seconds / 0.2)):
            self.time_s += 0.2
            self.events += self.practice.update(Seen(self.time_s, **seen))
        return self.practice.state()


def test_countdown_calibration_and_then_the_pose():
    course = Course(10, calibrated=False)
    assert course.go(5, present=False).phase == Phase.WAITING
    assert course.go(1).phase == Phase.COUNTDOWN
    state = course.go(COUNTDOWN_S)
    assert state.phase == Phase.CALIBRATION and 0 < state.remaining_s <= CALIBRATION_S
    course.go(CALIBRATION_S)
    assert course.events[-1] == Event.CALIBRATE_NOW
    assert course.practice.calibrated(True) == [Event.POSE]
    state = course.practice.state()
    assert state.phase == Phase.HOLD and state.calibrated


def test_a_calibration_that_was_no_good_begins_anew():
    course = Course(10, calibrated=False)
    course.go(1 + COUNTDOWN_S + CALIBRATION_S)
    assert course.practice.calibrated(False) == [Event.CALIBRATION_FAILED]
    state = course.practice.state()
    assert state.phase == Phase.CALIBRATION and state.remaining_s == pytest.approx(CALIBRATION_S)
    assert not state.calibrated


def test_who_leaves_during_the_countdown_is_waited_for():
    course = Course(10, calibrated=False)
    course.go(2)
    assert course.go(1, present=False).phase == Phase.WAITING


def test_calibration_can_be_left_out_and_made_again():
    course = Course(10, calibrated=False)
    course.go(1)
    assert course.practice.skip_calibration() == [Event.POSE]
    assert not course.practice.state().calibrated
    course.practice.recalibrate()
    assert course.practice.state().phase == Phase.WAITING


def test_the_hold_is_timed_and_done():
    course = Course(5)
    state = course.go(4)
    assert state.phase == Phase.HOLD and state.counting and 2.5 < state.held_s < 4
    assert course.go(2.5).phase == Phase.DONE
    assert course.events[-2:] == [Event.STEP_DONE, Event.DONE]
    result = course.practice.results[0]
    assert result.done and result.longest_s == 5 and result.tries == 1


def test_a_fault_stops_the_timer_without_losing_what_was_held():
    course = Course(20)
    before = course.go(5)
    during = course.go(6, faults=("shoulders_level",))
    assert not during.counting and during.held_s == before.held_s
    assert course.go(2).held_s > before.held_s
    assert course.practice.results[0].fault_s["shoulders_level"] == pytest.approx(6, abs=0.3)


def test_leaving_the_pose_for_long_begins_anew_but_the_longest_hold_stays():
    course = Course(20)
    course.go(6)
    kept = course.go(LOST_S - 0.4, held=False).held_s
    assert kept > 4
    assert course.go(3, held=False).held_s == 0
    course.go(3)
    result = course.practice.results[0]
    assert result.longest_s == pytest.approx(kept) and result.tries == 2


def test_a_gap_without_verdicts_is_not_counted_as_held():
    course = Course(60)
    before = course.go(3).held_s
    course.time_s += 30
    assert course.go(0.2).held_s - before <= 0.5 + 1e-9


def test_the_lesson_goes_on_after_a_rest():
    course = Course(2, 3)
    assert course.go(3.5).phase == Phase.REST
    state = course.go(3.2)
    assert state.phase == Phase.HOLD and state.step == 1 and state.what == "pose1"
    assert course.go(4).phase == Phase.DONE


BOW = Step("bow", times=2)


def made(end_s, kind="bow", **more):
    return Made(kind, end_s - 2.0, end_s - 1.0, end_s, **more)


def test_a_movement_made_right_so_many_times_is_a_step_done():
    course = Course(BOW, 5)
    assert course.go(1).phase == Phase.MOVE and course.events == [Event.MOVE]
    first = made(4.0)
    course.go(4.4)
    state = course.go(0.2, made=(first,))
    assert (state.right, state.times, state.last, state.share) == (1, 2, first, 0.5)
    assert course.events[-1] == Event.MADE_RIGHT and course.practice.took_best()
    # While it stays in the window its ends move a little: it is still the same one.
    assert course.go(3, made=(made(4.06),)).right == 1
    state = course.go(0.2, made=(made(4.06), made(8.0)))
    assert state.right == 2 and state.phase == Phase.REST and course.events[-1] == Event.STEP_DONE
    result = course.practice.results[0]
    assert result.done and result.tries == 2 and result.share == 1 and result.longest_s == 0
    assert course.go(4).phase == Phase.HOLD


def test_what_was_made_wrong_unseen_or_something_else_does_not_count():
    course = Course(BOW)
    course.go(1)
    state = course.go(0.2, made=(made(3.5, faults=("bow_pause",)),))
    assert state.right == 0 and state.last.faults == ("bow_pause",) and state.phase == Phase.MOVE
    state = course.go(0.2, made=(made(6.0, judged=False),))
    assert state.right == 0 and not state.last.right
    state = course.go(0.2, made=(made(9.0, kind="nod"),))
    assert state.right == 0 and state.last.kind == "nod"
    result = course.practice.results[0]
    assert result.tries == 2 and result.fault_s == {"bow_pause": 2.0} and not result.done and result.share == 0


def test_movements_from_before_the_step_are_none_of_it():
    course = Course(2, BOW)
    before = made(2.0)
    course.go(7.5, made=(before,))
    assert course.practice.state().phase == Phase.MOVE
    assert course.go(1, made=(before,)).last is None


def test_the_best_movement_is_the_most_similar_right_one():
    course = Course(Step("near_guide", times=3))
    course.go(1)
    told = []
    for end_s, similarity, faults in ((4, 80.0, ()), (8, 95.0, ("near_guide_height",)), (12, 70.0, ()), (16, 90.0, ())):
        course.time_s = end_s
        course.go(0.2, made=(made(end_s, "near_guide", similarity=similarity, faults=faults),))
        told.append(course.practice.took_best())
    assert told == [True, False, False, True]
    assert course.practice.results[0].best_similarity == 90 and course.practice.results[0].done


def test_the_best_moment_is_told_once_and_only_while_all_is_right():
    practice = Practice([Step("pose", 30)], calibrated=True)
    seen = [
        (0.2, 50, (), False),  # nobody there for long enough yet
        (0.6, 50, (), False),  # the pose is to be taken from now on
        (0.8, 80, (), True),
        (1.0, 79, (), False),
        (1.2, 99, ("head_level",), False),
        (1.4, 85, (), True),
    ]
    for time_s, similarity, faults, best in seen:
        practice.update(Seen(time_s, True, True, similarity, faults))
        assert practice.took_best() == best, time_s
    assert practice.results[0].best_similarity == 85


def test_steadiness_is_told_when_known():
    course = Course(30)
    assert course.go(1).steady is None
    assert course.go(1, sway_sw=0.02).steady is True
    assert course.go(1, sway_sw=0.2).steady is False


def test_times_that_go_back_and_lessons_without_steps_are_errors():
    practice = Practice([Step("pose", 3)])
    practice.update(Seen(5.0, True))
    with pytest.raises(ValueError, match="go back"):
        practice.update(Seen(4.0, True))
    with pytest.raises(ValueError, match="step"):
        Practice([])


def test_one_cue_at_a_time_long_enough_to_be_read():
    cues = CueChooser()
    assert cues.update(0.0, []).criterion is None
    first = cues.update(1.0, ["head"])
    assert first.criterion == "head" and first.say
    assert cues.update(1.5, ["shoulders", "head"]).criterion == "head", "the new one is more important, but later"
    assert cues.update(1.0 + SHOWN_S, ["shoulders", "head"]).criterion == "shoulders"
    assert cues.update(4.0, ["head"]).criterion == "head", "what is put right goes at once"


def test_praise_for_what_was_put_right():
    cues = CueChooser()
    cues.update(0.0, ["head"])
    assert cues.update(1.0, [], ["head"]).corrected
    assert not cues.update(1.0 + PRAISE_S, [], ["head"]).corrected
    cues.update(10.0, ["head"])
    assert not cues.update(11.0, [], ["shoulders"]).corrected, "the head is merely not seen any more"


def test_the_same_cue_is_not_said_without_end():
    cues = CueChooser()
    said = [t / 5 for t in range(5 * 30) if cues.update(t / 5, ["head"]).say]
    assert said == pytest.approx([0.0, SAY_AGAIN_S, 2 * SAY_AGAIN_S], abs=0.21)


def test_every_lesson_of_the_program_can_be_practised():
    library = load_library()
    lessons = load_lessons(library)
    assert {"first_steps", "standing_male", "at_the_window"} <= set(lessons)
    for lesson in lessons.values():
        for step in (s for s in lesson.steps if s.pose):
            pose = library.poses[step.pose]
            assert pose.variant in ("any", lesson.variant), f"{lesson.id}: {step.pose} is of the other form"
            assert step_of(step, library).hold_s > 0
    one = lesson_of_pose("sit_upright", library)
    assert step_of(one.steps[0], library) == Step("sit_upright", library.poses["sit_upright"].hold_s)


def test_every_gesture_and_bows_can_be_practised_with_words_in_both_languages():
    library = load_library()
    assert {"near_guide", "slant_seat", "wave_farewell", "give", "bow", "squat"} <= set(movements(library))
    assert "no_gesture" not in movements(library)
    for move in movements(library):
        assert step_of(lesson_of_move(move, library).steps[0], library) == Step(move, times=3)
        for told in (names(move, library), description(move, library)):
            assert len(told.zh) > 1 and len(told.en) > 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("steps: [{pose: no_such_pose}]", ("line 4", "no_such_pose")),
        ("steps: []", ("line 4", "steps")),
        ("steps: [{pose: sit_upright, hold_s: -3}]", ("line 4", "hold_s")),
        ("steps: [{pose: sit_upright, holds: 3}]", ("line 4", "holds")),
        ("steps: [{move: no_gesture}]", ("line 4", "no_gesture")),
        ("steps: [{move: bow, times: 0}]", ("line 4", "times")),
        ("steps: [{move: bow, times: often}]", ("line 4", "times", "number")),
        ("steps: [{move: bow, pose: sit_upright}]", ("line 4", "one thing")),
        ("steps: [{hold_s: 3}]", ("line 4", "one thing")),
        ("steps: [{move: bow, hold_s: 3}]", ("line 4", "one thing")),
        ("steps: [{pose: sit_upright, times: 3}]", ("line 4", "one thing")),
    ],
)
def test_mistakes_in_a_lesson_are_named_with_their_place(tmp_path, text, expected):
    head = 'id: mine\nnames: {zh: "我的", en: "mine"}\ndescription: {zh: "试", en: "try"}\n'
    (tmp_path / "mine.yaml").write_text(head + text + "\n", encoding="utf-8")
    with pytest.raises(ReferenceProblems) as problem:
        load_lessons(load_library(), [tmp_path])
    for part in ("mine.yaml", *expected):
        assert part in str(problem.value)
    assert "mine.yaml" in problem.value.in_language("zh")


def test_the_command_line_finds_mistakes_in_lessons(tmp_path):
    (tmp_path / "lessons").mkdir()
    head = 'id: mine\nnames: {zh: "我的", en: "mine"}\ndescription: {zh: "试", en: "try"}\n'
    (tmp_path / "lessons" / "mine.yaml").write_text(head + "steps: [{pose: nonsense}]\n", encoding="utf-8")
    with pytest.raises(ReferenceProblems, match="nonsense"):
        reference_validate(tmp_path)


def test_two_lessons_of_one_id_are_a_mistake(tmp_path):
    text = (
        'id: mine\nnames: {zh: "我的", en: "mine"}\ndescription: {zh: "试", en: "try"}\nsteps: [{pose: sit_upright}]\n'
    )
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ReferenceProblems, match=r"a\.yaml"):
        load_lessons(load_library(), [tmp_path])


def summary(held=20.0, wanted=30.0, **faults):
    return Summary("first_steps", 60.0, (StepResult("stand_front_fold", wanted, False, held, 2, 88.0, dict(faults)),))


def test_progress_is_kept_for_who_knows_name_and_code(tmp_path):
    store = ProgressStore("Li Na", "1234", tmp_path)
    assert store.sessions() == [] and not list(tmp_path.iterdir())
    store.add(datetime(2026, 11, 24, 9), "government_window", summary(20, head_level=3.0))
    store.add(datetime(2026, 11, 24, 10), "government_window", summary(30))
    store.add(datetime(2026, 11, 25, 9), "government_window", summary(30))
    again = ProgressStore(" li na ", "1234", tmp_path).sessions()
    assert [s.started.day for s in again] == [24, 24, 25]
    assert again[0].summary == summary(20, head_level=3.0)
    for name, code in (("Li Na", "12345"), ("Wang", "1234")):
        assert ProgressStore(name, code, tmp_path).sessions() == []
    days = by_day(again)
    assert [(d.day, d.sessions, d.held_s, d.fault_s) for d in days] == [
        ("2026-11-24", 2, 50.0, 3.0), ("2026-11-25", 1, 30.0, 0.0),
    ]  # fmt: skip
    assert days[0].share == pytest.approx(50 / 60)


def test_movements_made_right_are_progress_too_and_older_files_stay_readable(tmp_path):
    store = ProgressStore("Li Na", "1234", tmp_path)
    bows = StepResult("bow", times=4, tries=5, right=3)
    store.add(datetime(2026, 11, 24, 9), "government_window", Summary("bowing", 60.0, (bows,)))
    old = {"pose": "sit_upright", "hold_s": 20.0, "done": True, "longest_s": 20.0, "tries": 1, "best_similarity": 90.0}
    with sqlite3.connect(store.path) as database:
        database.execute(
            "INSERT INTO session (started, lesson, profile, duration_s, steps) VALUES (?, ?, ?, ?, ?)",
            ("2026-11-24T10:00:00", "at_the_window", "government_window", 60.0, json.dumps([old])),
        )
    kept = store.sessions()
    assert kept[0].summary.steps == (bows,) and kept[0].summary.right == 3
    assert kept[1].summary.steps[0].what == "sit_upright" and kept[1].summary.steps[0].done
    day = by_day(kept)[0]
    assert (day.held_s, day.right, day.share) == (20.0, 3, pytest.approx((0.75 + 1.0) / 2))


def test_the_file_is_private_tells_no_name_and_can_be_deleted(tmp_path):
    store = ProgressStore("Li Na", "1234", tmp_path / "practice")
    store.add(datetime(2026, 11, 24, 9), "government_window", summary())
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700
    assert "li" not in store.path.stem and b"Li Na" not in store.path.read_bytes()
    store.delete()
    assert store.sessions() == [] and not store.path.exists()


def test_no_name_or_a_short_code_opens_nothing(tmp_path):
    for name, code in (("", "1234"), ("Li", "12")):
        with pytest.raises(ValueError, match="code"):
            ProgressStore(name, code, tmp_path)


def test_a_folder_that_cannot_be_written_to_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    store = ProgressStore("Li Na", "1234", tmp_path / "file" / "practice")
    with pytest.raises(OutputError, match="POSTURE_DATA_DIR"):
        store.add(datetime(2026, 11, 24), "government_window", summary())


def test_a_lesson_is_a_strict_schema():
    with pytest.raises(ValueError, match="extra"):
        LessonStep(pose="sit_upright", sound=True)
    assert Lesson.model_fields["steps"].is_required()
