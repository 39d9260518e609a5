"""A live session on stick people: verdicts, cues, hold, calibration, ghost, what is drawn; no models and no threads."""

import numpy as np
import pytest

from posture.errors import ReferenceFileError
from posture.finder import PersonFound
from posture.findings import Reason, Verdict, View
from posture.landmarks import TRACK_ARRAYS, Pose
from posture.library import load_library
from posture.live.engine import Analysed
from posture.live.framing import Framing, brightness, framing
from posture.live.lessons import LessonStep, lesson_of_move, lesson_of_pose
from posture.live.moment import JointState, calibrate, judge_moment
from posture.live.overlay import Drawn, drawn
from posture.live.practice import Event, Phase
from posture.live.session import SIDE_PX, TOLD_S, LiveSession
from posture.live.smoothing import OneEuro
from posture.report.draw import FAULT
from tests.arm_player import arm_points, played
from tests.stick_figure import Stick, stick_track

UPRIGHT = Stick()
CROOKED = Stick(shoulder_tilt=12)
PICTURE = np.full((1000, 1000, 3), 120, np.uint8)


def no_looker():
    raise AssertionError("no picture is handed in here")


@pytest.fixture(scope="module")
def library():
    return load_library()


class Camera:
    """Hands a session what an engine would find, ten times a second."""

    def __init__(self, library, what="stand_hands_sides", keep=None):
        lesson = lesson_of_pose(what, library) if what in library.poses else lesson_of_move(what, library)
        self.session = LiveSession(no_looker, library, lesson, keep=keep)
        self.time_s = 0.0

    def film(self, seconds, stick, picture=PICTURE, **how):
        n = round(seconds * 10)
        return self.play(stick_track(stick, n, **how) if stick is not None else None, n, picture)

    def play(self, track, n, picture=PICTURE):
        for i in range(n):
            self.time_s += 0.1
            people = []
            if track is not None:
                people = [PersonFound({name: getattr(track, name)[i] for name in TRACK_ARRAYS}, 1.0)]
            self.session._now_s = self.time_s
            self.session._first_s = self.session._first_s or self.time_s
            self.session.seen(Analysed(picture, self.time_s, people))
            self.session.think()
        return self.session.snapshot()


def test_the_first_verdict_comes_within_a_second_and_a_half(library):
    camera = Camera(library)
    assert camera.film(0.5, UPRIGHT).first_verdict_s is None, "half a second is no evidence"
    assert camera.film(1.0, UPRIGHT).first_verdict_s <= 1.5


def test_from_stepping_in_to_a_held_pose_with_a_fault_between(library):
    camera = Camera(library)
    assert camera.film(1, None).framing == Framing.NOBODY
    assert camera.film(1, UPRIGHT).practice.phase == Phase.COUNTDOWN
    camera.film(6, UPRIGHT)
    good = camera.film(4, UPRIGHT)
    assert good.practice.phase == Phase.HOLD and good.practice.calibrated and good.practice.counting
    assert good.cue.criterion is None and good.moment.similarity > 85
    bad = camera.film(4, CROOKED)
    assert bad.cue.criterion == "shoulders_level" and not bad.practice.counting
    assert bad.speech.criterion == "shoulders_level"
    assert bad.moment.joints[Pose.LEFT_SHOULDER] == JointState.FAULT
    again = camera.film(4, UPRIGHT)
    assert again.cue.criterion is None and again.practice.counting
    assert again.practice.held_s > good.practice.held_s
    assert again.best["stand_hands_sides"].image is PICTURE


def gesture(library, kind):
    """Somebody who stands, makes the gesture with the right hand for two seconds and lets the arm hang again."""
    rest = {side: arm_points(library.poses["stand_hands_sides"].joints, side, side) for side in ("left", "right")}
    held = rest | {"right": arm_points(library.gestures[kind].shapes[0], "right", "right")}
    return played([(rest, 1.0), (held, 0.8), (held, 2.0), (rest, 0.8), (rest, 1.5)]).track


def bowing(angle_deg, chin_up=False):
    """From the side, two seconds upright before and one after; `chin_up`: the head stays level."""
    down, up = np.linspace(0, angle_deg, 10), np.linspace(angle_deg, 0, 12)
    lean = np.concatenate([np.zeros(20), down, np.full(10, angle_deg), up, np.zeros(10)])
    track = stick_track([Stick(trunk_forward=float(a)) for a in lean], yaw_deg=90.0)
    neck = track.pose_px[:, [Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER], :2].mean(1)
    # The stick's head stays level by itself.
    for t, a in enumerate(np.radians(0 * lean if chin_up else lean)):
        turn = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
        head = track.pose_px[t, : Pose.LEFT_SHOULDER, :2]
        track.pose_px[t, : Pose.LEFT_SHOULDER, :2] = (head - neck[t]) @ turn.T + neck[t]
    return track


def test_a_gesture_practised_live_is_counted_when_it_was_the_right_one(library):
    camera = Camera(library, "near_guide")
    track = gesture(library, "near_guide")
    camera.play(track, 8)
    camera.session.skip_calibration()
    now = camera.play(track, len(track))
    assert now.practice.phase == Phase.MOVE and now.practice.right == 1 and now.practice.last.similarity > 80
    assert now.speech.event == Event.MADE_RIGHT and now.cue.criterion is None
    assert now.moment.ghost_px is not None and now.best["near_guide"].similarity == now.practice.last.similarity
    ghost, own = now.moment.ghost_px, track.pose_px[-1]
    assert ghost[Pose.RIGHT_WRIST, 1] < own[Pose.RIGHT_WRIST, 1] - 50, (
        "the ghost shows the gesture, not the hanging arm"
    )
    other = gesture(library, "hand_raise")
    now = camera.play(other, len(other))
    assert now.practice.right == 1 and now.practice.last.kind == "hand_raise"
    assert camera.play(gesture(library, "near_guide"), len(track)).practice.right == 2
    assert camera.play(gesture(library, "near_guide"), len(track)).practice.phase == Phase.DONE


def test_what_was_wrong_with_a_bow_is_told_for_some_seconds(library):
    camera = Camera(library, "bow")
    camera.film(8, UPRIGHT)  # calibrated facing the camera
    assert camera.session.calibration is not None
    assert camera.film(2, UPRIGHT).framing == Framing.TURN_SIDE
    turning = [stick_track(UPRIGHT, 2, yaw_deg=yaw) for yaw in range(0, 91, 10)]
    for some in turning:
        camera.play(some, 2)
    stiff = bowing(30, chin_up=True)
    now = camera.play(stiff, len(stiff))
    assert now.framing is None and now.practice.last.kind == "bow" and now.practice.right == 0
    assert now.cue.criterion == "bow_straight_back" == now.practice.last.faults[0]
    assert JointState.FAULT in camera.session._drawn_now(camera.time_s).joints.values()
    assert camera.film(TOLD_S + 1, UPRIGHT, yaw_deg=90.0).cue.criterion is None
    good = bowing(30)
    now = camera.play(good, len(good))
    assert now.practice.right == 1 and now.practice.last.right and now.best["bow"].similarity is None


def test_while_a_movement_is_practised_the_posture_is_no_matter(library):
    moment = judge_moment(stick_track(CROOKED, 60), "near_guide", library, None)
    assert not moment.faults and not moment.counting and not moment.joints
    assert all(library.all_criteria()[c.criterion].moves for c in moment.criteria)


def test_a_lesson_with_an_unknown_movement_is_one_sentence(library):
    lesson = lesson_of_move("bow", library).model_copy(update={"steps": (LessonStep(move="somersault"),)})
    with pytest.raises(ReferenceFileError, match="somersault"):
        LiveSession(no_looker, library, lesson)


def test_without_calibration_what_needs_the_own_neutral_is_not_assessable(library):
    camera = Camera(library)
    camera.film(1, UPRIGHT)
    camera.session.skip_calibration()
    now = camera.film(6, UPRIGHT)
    head = next(c for c in now.moment.criteria if c.criterion == "head_not_down")
    assert (head.verdict, head.reason) != (Verdict.OK, None)
    assert head.verdict == Verdict.NOT_ASSESSABLE
    slump = next(c for c in now.moment.criteria if c.criterion == "head_and_chest_up")
    assert (slump.verdict, slump.reason) == (Verdict.NOT_ASSESSABLE, Reason.NO_NEUTRAL)


def test_slumping_for_long_is_not_taken_for_the_own_neutral(library):
    camera = Camera(library)
    camera.film(8, UPRIGHT)
    slumped = Stick(neck_length=0.28)
    now = camera.film(20, slumped)  # longer than the window: nothing upright is left in it
    assert "head_and_chest_up" in now.moment.counting


def test_a_moving_trainee_is_not_calibrated(library):
    camera = Camera(library)
    swinging = [Stick(trunk_side=14 * np.sin(i / 2.5)) for i in range(80)]
    now = camera.film(8, swinging)
    assert now.practice.phase == Phase.CALIBRATION and now.calibration_failed
    assert now.speech.event == Event.CALIBRATION_FAILED
    assert calibrate(stick_track(UPRIGHT, 30)) is not None


def test_somebody_else_is_calibrated_anew(library):
    camera = Camera(library)
    camera.film(8, UPRIGHT)
    assert camera.session.calibration is not None
    camera.film(4, None)
    now = camera.film(1, UPRIGHT, at_px=(250.0, 450.0))
    assert camera.session.calibration is None
    assert now.practice.phase in (Phase.WAITING, Phase.COUNTDOWN) and not now.practice.calibrated


def test_the_same_posture_gets_the_same_verdict_as_in_a_recording(library):
    moment = judge_moment(stick_track(CROOKED, 60), "stand_hands_sides", library, None)
    worst = next(d for d in moment.faults if d.criterion == "shoulders_level")
    assert abs(worst.value) == pytest.approx(12, abs=1.5)
    assert moment.counting[0] == moment.faults[0].criterion
    assert moment.view == View.FRONT


def test_a_fault_that_is_over_is_right_again(library):
    sticks = [CROOKED] * 40 + [UPRIGHT] * 40
    moment = judge_moment(stick_track(sticks), "stand_hands_sides", library, None)
    assert "shoulders_level" not in moment.counting
    assert next(c.verdict for c in moment.criteria if c.criterion == "shoulders_level") == Verdict.OK


def test_a_fault_that_is_no_longer_seen_is_not_taken_for_right(library):
    both = (Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER)
    track = stick_track([CROOKED] * 60)
    track.visibility[45:, list(both)] = 0.0
    moment = judge_moment(track, "stand_hands_sides", library, None)
    one = next(c for c in moment.criteria if c.criterion == "shoulders_level")
    assert (one.verdict, one.reason) == (Verdict.NOT_ASSESSABLE, Reason.NOT_VISIBLE)
    assert "shoulders_level" not in moment.right


def test_the_ghost_has_the_own_size_and_the_place_of_the_own_hips(library):
    for scale in (60.0, 100.0):
        track = stick_track(UPRIGHT, 20, width_px=scale)
        ghost = judge_moment(track, "stand_hands_sides", library, None).ghost_px
        own = track.pose_px[-1, :, :2]
        for joint in (Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER, Pose.LEFT_HIP, Pose.RIGHT_HIP):
            assert np.linalg.norm(ghost[joint] - own[joint]) < 0.12 * scale, joint.name
        assert abs(ghost[Pose.LEFT_ANKLE, 1] - own[Pose.LEFT_ANKLE, 1]) < 0.15 * scale


def test_the_ghost_stays_upright_beside_a_leaning_body(library):
    known = calibrate(stick_track(UPRIGHT, 30))
    ghost = judge_moment(stick_track(Stick(trunk_side=15), 20), "stand_hands_sides", library, known).ghost_px
    shoulders = ghost[[Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER]].mean(0)
    hips = ghost[[Pose.LEFT_HIP, Pose.RIGHT_HIP]].mean(0)
    assert abs(shoulders[0] - hips[0]) < 3


def test_behind_a_counter_the_ghost_has_no_legs(library):
    hidden = tuple(p for p in Pose if p >= Pose.LEFT_HIP)
    moment = judge_moment(stick_track(UPRIGHT, 20, unseen=hidden), "sit_forearms_on_desk", library, None)
    assert np.isnan(moment.ghost_px[Pose.LEFT_KNEE :]).all() and np.isfinite(moment.ghost_px[Pose.LEFT_SHOULDER]).all()
    assert moment.legs_hidden


def person_at(scale, at_px=(320.0, 260.0)):
    track = stick_track(UPRIGHT, 1, width_px=scale, at_px=at_px, image_size=(640, 480))
    return track.pose_px[0], track.visibility[0]


@pytest.mark.parametrize(
    ("scale", "at_px", "luma", "feet", "view", "expected"),
    [
        (70, (320, 230), 120, True, View.FRONT, None),
        (25, (320, 230), 120, True, View.FRONT, Framing.TOO_FAR),
        (400, (320, 400), 120, False, View.FRONT, Framing.TOO_NEAR),
        (120, (320, 380), 120, True, View.FRONT, Framing.CUT_OFF),
        (120, (320, 380), 120, False, View.FRONT, None),
        (70, (320, 230), 20, True, View.FRONT, Framing.TOO_DARK),
        (70, (320, 230), 120, True, View.OBLIQUE, Framing.TURNED),
        (70, (320, 230), 120, True, View.SIDE, None),
    ],
)
def test_what_the_picture_lacks_is_named(scale, at_px, luma, feet, view, expected):
    assert framing(*person_at(scale, at_px), (640, 480), luma, feet, view) == expected


@pytest.mark.parametrize(("view", "expected"), [(View.SIDE, None), (View.FRONT, Framing.TURN_SIDE), (None, None)])
def test_who_practises_what_is_judged_from_the_side_is_asked_to_turn(view, expected):
    assert framing(*person_at(70), (640, 480), 120, False, view, wants_side=True) == expected


def test_nobody_in_the_dark_is_first_of_all_dark():
    assert framing(None, None, (640, 480), 10, True) == Framing.TOO_DARK
    assert framing(None, None, (640, 480), 120, True) == Framing.NOBODY
    assert brightness(np.full((80, 80, 3), 200, np.uint8)) == pytest.approx(200)


def test_the_picture_is_shown_like_a_mirror_and_the_timer_is_not():
    image = np.zeros((480, 640, 3), np.uint8)
    image[:, :100] = 255
    shown = drawn(image, Drawn())
    assert shown[0, -1, 0] == 255 and shown[0, 0, 0] == 0 and image[0, 0, 0] == 255
    assert (drawn(image, Drawn(), mirror=False) == image).all()
    dark = np.zeros((480, 640, 3), np.uint8)
    timer = Drawn(timer=(0.4, 7), timer_runs=True)
    assert (drawn(dark, timer, True) == drawn(dark, timer, False)).all(), "numbers can be read either way"


def test_states_of_joints_differ_in_shape_too():
    pose, _ = person_at(90, (320, 260))
    arm = (Pose.LEFT_SHOULDER, Pose.LEFT_ELBOW, Pose.LEFT_WRIST)
    shapes = []
    for state in JointState:
        grey = drawn(np.zeros((480, 640, 3), np.uint8), Drawn(pose, dict.fromkeys(arm, state)), False).any(2)
        shapes.append(int(grey[:, 300:].sum()))
    assert len(set(shapes)) == len(shapes), "told apart without any colour"
    faulty = drawn(np.zeros((480, 640, 3), np.uint8), Drawn(pose, dict.fromkeys(arm, JointState.FAULT)), False)
    assert (faulty == FAULT).all(2).any()


def test_pictures_of_every_size_become_the_same_size(library):
    session = LiveSession(no_looker, library, lesson_of_pose("sit_upright", library))
    session.close()  # no landmarkers needed here
    for height, width in ((240, 320), (720, 1280), (480, 640), (640, 480)):
        shown = session.show(np.zeros((height, width, 3), np.uint8), 1.0)
        assert max(shown.shape) == SIDE_PX
        assert shown.shape[1] / shown.shape[0] == pytest.approx(width / height, rel=0.01)


def test_the_summary_is_handed_over_once_and_only_of_a_real_session(library):
    kept = []
    camera = Camera(library, keep=kept.append)
    camera.film(2, UPRIGHT)
    camera.session.close()
    assert kept == []
    camera = Camera(library, keep=kept.append)
    camera.film(12, UPRIGHT)
    camera.session.close()
    camera.session.close()
    assert len(kept) == 1 and kept[0].steps[0].longest_s > 0 and not kept[0].done


def test_drawn_points_do_not_tremble_and_do_not_lag():
    rng = np.random.default_rng(1)
    still, noise = np.full((33, 2), 200.0), rng.normal(0, 1.5, (60, 33, 2))
    smooth = OneEuro()
    found = np.array([smooth(i / 25, still + noise[i]) for i in range(60)])
    assert found[20:].std(0).mean() < 0.6 * noise[20:].std(0).mean()
    smooth = OneEuro()
    moved = [smooth(i / 25, np.full((33, 2), 20.0 * i)) for i in range(25)]
    assert 20.0 * 24 - moved[-1][0, 0] < 3 * 20.0, "at most three pictures behind a quick movement"
    gap = smooth(5.0, np.full((33, 2), 7.0))
    assert (gap == 7.0).all(), "after a gap it begins anew"
    nothing = smooth(5.04, np.full((33, 2), np.nan))
    assert np.isnan(nothing).all()
