"""Gaze and expression on made-up faces with known scores: values, reasons, sides, sampling rates, verdicts."""

from dataclasses import replace

import numpy as np
import pytest

from posture.findings import Reason, Verdict, View
from posture.judge import Gates, judge, timing
from posture.library import ActiveCriterion, load_library
from posture.measures import MEASURES
from tests.face_player import (
    AHEAD,
    LEFT_EYES,
    NEUTRAL,
    PHONE,
    RIGHT_EYES,
    SMILE,
    UNSEEN,
    film,
    measured,
    mirrored,
    scene_of,
    value,
)

LIBRARY = load_library()


def test_every_base_is_part_of_the_neutral():
    bases = {"smile_raw": 0.1, "eye_squint_raw": 0.1, "eye_aperture_raw": 0.3, "stern_raw": 0.1, "eye_yaw_raw_deg": 0.0,
             "eye_pitch_raw_deg": -3.0, "head_yaw_deg": 0.0}  # fmt: skip
    assert {name: NEUTRAL[name] for name in bases} == pytest.approx(bases, abs=0.001)


FACE = [n for n, m in MEASURES.items() if m.compute.__module__ == "posture.measures.face"]
MOUTH = {"smile_raw", "eye_squint_raw", "eye_aperture_raw", "stern_raw", "smile", "smile_asymmetry", "smile_eyes",
         "smile_frozen_s", "stern", "mouth_open", "yawn_s"}  # fmt: skip


def reasons(found):
    assert np.isnan(found.value[found.reason != 0]).all()
    assert np.isfinite(found.value[found.reason == 0]).all()
    return {(None, *Reason)[code] for code in found.reason}


@pytest.mark.parametrize("name", FACE)
def test_an_unseen_or_small_face_is_not_measured_and_a_photo_has_no_durations(name):
    assert reasons(measured(name, (UNSEEN, 12))) == {Reason.FACE_NOT_SEEN}
    assert reasons(measured(name, (SMILE, 12), eyes_px=20)) == {Reason.TOO_SMALL}
    assert reasons(measured(name, (SMILE, 12), eyes_px=30)) == ({Reason.TOO_SMALL} if name in MOUTH else {None})
    assert reasons(measured(name, (SMILE, 12), eyes_px=60)) == {None}
    lasts = name.endswith("_s") or name in ("eyes_closed_share", "gaze_share", "side_glance_deg", "look_round_turns",
                                            "scan_sweep_deg")  # fmt: skip
    assert reasons(measured(name, (SMILE, 0.1))) == ({Reason.TOO_SHORT} if lasts else {None})


@pytest.mark.parametrize("name", FACE)
def test_what_needs_a_neutral_says_so(name):
    needs = {"smile_eyes", "stern", "gaze_pitch_deg", "gaze_off_deg", "gaze_share", "gaze_unbroken_s",
             "look_round_turns", "look_down_s"}  # fmt: skip
    assert reasons(measured(name, (SMILE, 12), neutral={"smile_raw": 0.1})) == (
        {Reason.NO_NEUTRAL} if name in needs else {None}
    )


def test_smile_is_more_than_the_neutral_s():
    assert value("smile_raw", (SMILE, 1)) == pytest.approx(0.7)
    assert value("smile", (SMILE, 1)) == pytest.approx(0.6)
    assert value("smile", (SMILE, 1), neutral={}) == pytest.approx(0.7)
    assert value("smile", ({"mouth_smile": 0.1}, 1)) == pytest.approx(0.0)


def test_an_uneven_smile_is_uneven_on_either_side_and_no_smile_is_neither():
    for sides in ((0.8, 0.4), (0.4, 0.8)):
        assert value("smile_asymmetry", ({"mouth_smile": sides}, 1)) == pytest.approx(0.4)
    assert value("smile_asymmetry", ({"mouth_smile": 0.6}, 1)) == 0
    assert reasons(measured("smile_asymmetry", ({"mouth_smile": (0.5, 0.0)}, 1))) == {Reason.POSE_NOT_HELD}


def test_eyes_join_a_smile_by_squinting_or_by_narrow_lids():
    assert value("smile_eyes", (SMILE, 1)) == 0
    assert value("smile_eyes", (SMILE | {"eye_squint": 0.19}, 1)) == 1
    assert value("smile_eyes", (SMILE | {"eye_squint": 0.17}, 1)) == 0
    assert value("smile_eyes", (SMILE | {"aperture": 0.27}, 1)) == 1
    assert value("smile_eyes", (SMILE | {"aperture": 0.285}, 1)) == 0
    assert value("smile_eyes", (SMILE | {"aperture": 0.36}, 1)) == 0
    assert reasons(measured("smile_eyes", ({"mouth_smile": 0.4, "eye_squint": 0.5}, 1))) == {Reason.POSE_NOT_HELD}


@pytest.mark.parametrize("fps", [5.0, 25.0])
def test_a_smile_lasts_through_short_gaps_only(fps):
    found = measured(
        "smile_frozen_s", (AHEAD, 2), (SMILE, 4), (AHEAD, 0.4), (SMILE, 4), (AHEAD, 2), (SMILE, 3), fps=fps
    )
    at = {t: found.value[round(t * fps)] for t in (1, 4, 6.2, 10, 11.6, 14)}
    expected = {1: 0, 4: 2, 6.2: 4.2, 10: 8, 11.6: 0, 14: 1.6}
    assert at == pytest.approx(expected, abs=0.05)
    lost = measured("smile_frozen_s", (SMILE, 4), (UNSEEN, 1), (SMILE, 4), fps=fps)
    assert np.nanmax(lost.value) < 4.01 and reasons(lost) == {None, Reason.FACE_NOT_SEEN}


LIMITS = [
    # measure, what counts just so and for how many seconds, what just does not
    ("smile_frozen_s", [({"mouth_smile": 0.46}, 3)], [({"mouth_smile": 0.44}, 3)]),
    ("smile_frozen_s", [(SMILE, 2), (AHEAD, 0.5), (SMILE, 2)], [(SMILE, 2), (AHEAD, 0.6), (SMILE, 2)]),
    ("look_down_s", [(PHONE, 2), (AHEAD, 0.5), (PHONE, 2)], [(PHONE, 2), (AHEAD, 0.6), (PHONE, 2)]),
    ("look_down_s", [(PHONE | {"pitch": -22.5}, 3)], [(PHONE | {"pitch": -21.5}, 3)]),
    ("look_down_s", [(PHONE | {"speed": 0.3}, 3)], [(PHONE | {"speed": 0.4}, 3)]),
    ("look_down_s", [(PHONE | {"below": (0.35, 1.9)}, 3)], [(PHONE | {"below": (0.25, 1.9)}, 3)]),
    ("look_down_s", [(PHONE | {"below": (0.1, 1.55)}, 3)], [(PHONE | {"below": (0.1, 1.65)}, 3)]),
    ("look_down_s", [(PHONE | {"below": (0.9, 1.2)}, 3)], [(PHONE | {"below": (1.0, 1.2)}, 3)]),
    ("yawn_s", [({"jaw_open": 0.56}, 5.9)], [({"jaw_open": 0.54}, 5.9)]),
    ("yawn_s", [({"jaw_open": 0.6}, 6.0)], [({"jaw_open": 0.6}, 6.2)]),
    ("eyes_closed_share", [({"eye_blink": 0.52}, 12)], [({"eye_blink": 0.48}, 12)]),
]


@pytest.mark.parametrize(("name", "inside", "outside"), LIMITS)
def test_limits_are_where_they_were_ordered(name, inside, outside):
    assert measured(name, *inside).value[-2] > 1.2 * measured(name, *outside).value[-2]


def test_an_uneven_smile_begins_at_a_mean_score_of_three_tenths():
    assert value("smile_asymmetry", ({"mouth_smile": (0.42, 0.20)}, 1)) == pytest.approx(0.22)
    assert reasons(measured("smile_asymmetry", ({"mouth_smile": (0.38, 0.20)}, 1))) == {Reason.POSE_NOT_HELD}


def test_stern_is_the_largest_of_brow_corners_and_lips_above_the_neutral():
    for name in ("brow_down", "mouth_frown", "mouth_press"):
        assert value("stern_raw", ({name: (0.5, 0.7)}, 1)) == pytest.approx(0.6)
        assert value("stern", ({name: 0.6}, 1)) == pytest.approx(0.5)
    assert value("stern", ({"brow_down": 0.1}, 1)) == pytest.approx(0)


@pytest.mark.parametrize("fps", [5.0, 25.0])
def test_a_yawn_has_its_length_at_every_sample_and_a_long_open_mouth_is_none(fps):
    found = measured("yawn_s", ({}, 2), ({"jaw_open": 0.7}, 3), ({}, 2), ({"jaw_open": 0.7}, 8), fps=fps).value
    inside = slice(round(2 * fps), round(5 * fps))
    assert found[inside] == pytest.approx(3.0)
    assert not np.delete(found, np.arange(inside.start, inside.stop)).any()
    assert value("mouth_open", ({"jaw_open": 0.7}, 1)) == pytest.approx(0.7)
    assert not measured("yawn_s", ({"jaw_open": 0.5}, 3), fps=fps).value.any()


def test_uneven_steps_do_not_cut_a_yawn():
    track = film(({"jaw_open": 0.7}, 4))
    uneven = replace(track, time_s=track.time_s + np.where(np.arange(40) % 2, 0.03, 0.0))
    assert MEASURES["yawn_s"].compute(scene_of(uneven)).value == pytest.approx(4.0, abs=0.1)


@pytest.mark.parametrize("fps", [5.0, 25.0])
def test_closed_eyes_are_counted_in_time(fps):
    shut = {"eye_blink": 0.8}
    found = measured("eyes_closed_share", *[({}, 1.2), (shut, 0.8)] * 15, fps=fps)
    assert found.value == pytest.approx(0.4, abs=0.05)
    assert value("eyes_closed_share", (AHEAD, 30)) == 0
    assert reasons(measured("eyes_closed_share", (shut, 9), fps=fps)) == {Reason.TOO_SHORT}
    half = measured("eyes_closed_share", (shut, 5), (UNSEEN, 10), (AHEAD, 5), fps=fps)
    assert half.value[round(3 * fps)] != half.value[round(3 * fps)], "5 s seen of 13 are too few"


@pytest.mark.parametrize(("eyes", "sign"), [(LEFT_EYES, 1), (RIGHT_EYES, -1), (AHEAD, 0)])
def test_eyes_turned_left_are_positive(eyes, sign):
    assert value("eye_yaw_deg", (eyes, 1)) == pytest.approx(sign * 28)
    track = film((eyes | {"yaw": 12 * sign}, 1))
    for name, known in (("eye_yaw_deg", 28), ("gaze_yaw_deg", 40), ("eye_yaw_raw_deg", 28)):
        plain, other = (MEASURES[name].compute(scene_of(t)).value[0] for t in (track, mirrored(track)))
        assert plain == pytest.approx(sign * known) and other == pytest.approx(-plain)


@pytest.mark.parametrize("name", FACE)
def test_a_mirror_changes_signs_of_directions_only(name):
    what = LEFT_EYES | {"yaw": 8, "pitch": -5, "mouth_smile": (0.7, 0.5), "below": (0.7, 1.0), "jaw_open": 0.6}
    track = film((what, 12))
    plain, other = (MEASURES[name].compute(scene_of(t)).value for t in (track, mirrored(track)))
    sign = -1 if "yaw" in name else 1
    assert other == pytest.approx(sign * plain, nan_ok=True, abs=1e-3)


def test_eyes_raised_are_positive_and_the_neutral_s_own_are_taken_out():
    assert value("eye_pitch_raw_deg", ({"eye_look_up": 0.5}, 1)) == pytest.approx(15)
    assert value("eye_pitch_deg", ({"eye_look_up": 0.5}, 1)) == pytest.approx(18)
    assert value("eye_pitch_deg", ({"eye_look_down": 0.5}, 1)) == pytest.approx(-12)
    assert value("eye_pitch_deg", ({"eye_look_down": 0.5}, 1), neutral={}) == pytest.approx(-15)


def test_in_a_blink_the_eyes_look_nowhere_and_when_shut_for_long_they_are_down():
    shut = {"eye_blink": 0.9, "eye_look_down": 0.9}
    blink = measured("eye_pitch_deg", (AHEAD, 2), (shut, 0.3), (AHEAD, 2))
    assert reasons(blink) == {None, Reason.NOT_VISIBLE} and np.nanmin(blink.value) > -0.1
    for seconds, lowest in ((0.5, 0.0), (0.6, -24)):
        found = measured("eye_pitch_deg", (AHEAD, 2), (shut, seconds), (AHEAD, 2)).value
        assert np.nanmin(found) == pytest.approx(lowest, abs=0.01)


def test_the_gaze_is_head_and_eyes_against_a_neutral_that_faces_the_client():
    aside, far = NEUTRAL | {"head_yaw_deg": 15.0}, NEUTRAL | {"head_yaw_deg": 30.0}
    turned = (LEFT_EYES | {"yaw": 10, "pitch": -5}, 1)
    assert value("gaze_yaw_deg", turned) == pytest.approx(38)
    assert value("gaze_yaw_deg", turned, neutral=aside) == pytest.approx(23)
    assert value("gaze_yaw_deg", turned, neutral=far) == pytest.approx(38), "somebody who looks elsewhere is no measure"
    assert value("gaze_yaw_deg", turned, neutral={}) == pytest.approx(38)
    low = NEUTRAL | {"head_pitch_deg": -12.0}
    assert value("gaze_pitch_deg", turned, neutral=low) == pytest.approx(7)


OFF = [
    # yaw, pitch, degrees outside 10 to each side, 8 up, 12 down
    (0, 0, 0), (9, 7, 0), (-9, -11, 0), (25, 0, 15), (-25, 0, 15), (0, 18, 10), (0, -32, 20), (30, -20, 20),
    (-12, 30, 22),
]  # fmt: skip


@pytest.mark.parametrize(("yaw", "pitch", "off"), OFF)
def test_how_far_the_gaze_is_off(yaw, pitch, off):
    assert value("gaze_off_deg", (AHEAD | {"yaw": yaw, "pitch": pitch}, 1)) == pytest.approx(off, abs=1e-4)


AWAY = AHEAD | {"yaw": 40}


@pytest.mark.parametrize("fps", [5.0, 25.0])
def test_the_share_of_looks_in_time(fps):
    found = measured("gaze_share", *[(AHEAD, 1), (AWAY, 3)] * 10, fps=fps).value
    assert found[round(20 * fps)] == pytest.approx(0.25, abs=0.03)
    assert value("gaze_share", (AHEAD | {"yaw": 15}, 20), fps=fps) == 1, "outside the cone by less than the error"
    assert value("gaze_share", (AHEAD | {"yaw": 17}, 20), fps=fps) == 0
    assert reasons(measured("gaze_share", (AHEAD, 7), fps=fps)) == {Reason.TOO_SHORT}


@pytest.mark.parametrize("fps", [5.0, 25.0])
def test_a_look_is_broken_by_looking_away_and_not_by_a_twitch(fps):
    found = measured("gaze_unbroken_s", (AHEAD, 5), (AWAY, 0.2), (AHEAD, 5), (AWAY, 0.4), (AHEAD, 5), fps=fps).value
    at = {t: found[round(t * fps)] for t in (4, 9, 10.4, 14.6)}
    assert at == pytest.approx({4: 4, 9: 9, 10.4: 0, 14.6: 4}, abs=0.05)


@pytest.mark.parametrize("fps", [5.0, 25.0])
def test_a_side_glance_needs_a_still_head(fps):
    assert value("side_glance_deg", (LEFT_EYES, 4), fps=fps) == pytest.approx(28)
    assert value("side_glance_deg", (RIGHT_EYES, 4), fps=fps) == pytest.approx(28)
    assert value("side_glance_deg", (AHEAD, 4), fps=fps) == 0
    for speed, glance in ((5.5, 28), (6.5, 0)):
        track = film((LEFT_EYES, 4), fps=fps)
        track.face_rotation_deg[:, 1] = speed * track.time_s
        assert MEASURES["side_glance_deg"].compute(scene_of(track)).value == pytest.approx(glance)


LEFT, RIGHT = {"yaw": 35}, {"yaw": -35}


@pytest.mark.parametrize("fps", [5.0, 25.0])
def test_turns_from_side_to_side_are_counted_once_each(fps):
    def most(*pieces, **how):
        return np.nanmax(measured("look_round_turns", *pieces, fps=fps, **how).value)

    assert most((AHEAD, 5), (LEFT, 1), (RIGHT, 1), (LEFT, 1), (RIGHT, 1), (AHEAD, 5)) == 3
    assert most((AHEAD, 5), (LEFT, 1), ({"yaw": 20}, 1), (LEFT, 1), (AHEAD, 1), (LEFT, 1), (AHEAD, 5)) == 0
    assert most((AHEAD, 5), (LEFT, 1), ({"yaw": -20}, 1), (LEFT, 1), ({"yaw": -20}, 1), (AHEAD, 5)) == 0
    assert most((LEFT, 6), (RIGHT, 6), (LEFT, 6), (RIGHT, 6)) == 2, "within 10 s"
    turned = NEUTRAL | {"head_yaw_deg": 15.0}
    assert most((LEFT, 2), (RIGHT, 2), (LEFT, 4), neutral=turned) == 0, "20 to the left of the own neutral is not 25"
    assert reasons(measured("look_round_turns", (LEFT, 2), (RIGHT, 2), fps=fps)) == {Reason.TOO_SHORT}


@pytest.mark.parametrize("fps", [5.0, 25.0])
def test_looking_down_at_a_hand_that_holds_still(fps):
    found = measured("look_down_s", ({}, 2), (PHONE, 4), ({}, 0.4), (PHONE, 4), ({}, 2), fps=fps).value
    assert [found[round(t * fps)] for t in (1, 4, 9.4, 11.6)] == pytest.approx([0, 2, 7.4, 0], abs=0.05)


NO_PHONE = [
    ("head not low enough", PHONE | {"pitch": -20}),
    ("writes", PHONE | {"speed": 0.6}),
    ("both hands on a desk", PHONE | {"below": (1.1, 1.2)}),
    ("both hands hang", PHONE | {"below": (1.9, 1.9)}),
    ("hands at the face", PHONE | {"below": (0.1, 0.1)}),
    ("head up, hands unseen", {"below": (None, None)}),
]


@pytest.mark.parametrize(("why", "what"), NO_PHONE)
def test_it_is_no_phone(why, what):
    found = measured("look_down_s", (what, 3))
    assert reasons(found) == {None} and not found.value.any(), why


@pytest.mark.parametrize("below", [(0.7, 1.2), (1.2, 0.7), (0.7, None), (0.7, 0.7), (0.9, 1.5)])
def test_it_may_be_a_phone(below):
    assert measured("look_down_s", (PHONE | {"below": below}, 3)).value[-1] == pytest.approx(2.9, abs=0.35)


@pytest.mark.parametrize("below", [(None, None), (1.2, None), (None, 1.2)])
def test_a_hidden_hand_under_a_lowered_head_is_not_known(below):
    assert reasons(measured("look_down_s", (PHONE | {"below": below}, 3))) == {Reason.NOT_VISIBLE}


def sweep(fps, path):
    """Scan of the gaze: head pitch through the (second, degrees) points."""
    track = film((AHEAD, 8), fps=fps)
    track.face_rotation_deg[:, 0] = np.interp(track.time_s, *zip(*path, strict=True))
    return MEASURES["scan_sweep_deg"].compute(scene_of(track))


@pytest.mark.parametrize("fps", [5.0, 25.0])
def test_a_scan_goes_down_and_up_again_within_two_seconds(fps):
    assert sweep(fps, [(3, 0), (3.8, -40), (4.6, 0)]).value.max() == pytest.approx(40, abs=6)
    assert sweep(fps, [(3, 0), (3.8, -40), (4.6, -20)]).value.max() == pytest.approx(20, abs=6)
    assert sweep(fps, [(3, 0), (4, -40)]).value.max() == 0, "down only"
    assert sweep(fps, [(3, 0), (4, 40), (5, 0)]).value.max() < 2, "up and down"
    assert sweep(fps, [(2, 0), (4, -40), (6, 0)]).value.max() == pytest.approx(20, abs=3), "slowly"
    eyes = measured("scan_sweep_deg", (AHEAD, 4), ({"eye_look_down": 0.9}, 0.8), (AHEAD, 4), fps=fps)
    assert eyes.value.max() == pytest.approx(24)
    blinks = [(AHEAD, 2), ({"eye_blink": 0.9, "eye_look_down": 0.9}, 0.2)] * 4
    assert np.nanmax(measured("scan_sweep_deg", *blinks, fps=fps).value) < 1


# Verdicts with the shipped limits and errors: criterion, deviation, right, not assessable and why.
VERDICTS = [
    ("gaze_on_client", [(AWAY, 30)], [(AHEAD, 4), (AWAY, 3)] * 5, [(AHEAD, 5)], Reason.TOO_SHORT),
    ("gaze_not_staring", [(AHEAD, 85)], [(AHEAD, 40), (AWAY, 1), (AHEAD, 40)], [(UNSEEN, 9)], Reason.FACE_NOT_SEEN),
    ("no_side_glance", [(AHEAD, 3), ({"eye_look_out": (0.9, 0.0), "eye_look_in": (0.0, 0.9)}, 3)],
     [(AHEAD, 3), ({"eye_look_out": (0.5, 0.0), "eye_look_in": (0.0, 0.5)}, 1), (AHEAD, 3)],
     [(UNSEEN, 9)], Reason.FACE_NOT_SEEN),
    ("smile_even", [({"mouth_smile": (0.8, 0.4)}, 3)], [({"mouth_smile": (0.7, 0.6)}, 3)], [(AHEAD, 9)],
     Reason.POSE_NOT_HELD),
    ("smile_not_frozen", [(SMILE, 20)], [(SMILE, 10), (AHEAD, 3), (SMILE, 10)], [(UNSEEN, 9)], Reason.FACE_NOT_SEEN),
    ("face_pleasant", [({"brow_down": 0.8}, 5)], [(AHEAD, 5), ({"brow_down": 0.8}, 2), (AHEAD, 5)], [(UNSEEN, 9)],
     Reason.FACE_NOT_SEEN),
    ("taboo_yawn", [(AHEAD, 5), ({"jaw_open": 0.8}, 3), (AHEAD, 5)], [(AHEAD, 5), ({"jaw_open": 0.8}, 1), (AHEAD, 5)],
     [(UNSEEN, 9)], Reason.FACE_NOT_SEEN),
    ("taboo_doze", [({"eye_blink": 0.9}, 30)], [(AHEAD, 3), ({"eye_blink": 0.9}, 0.3)] * 9, [({"eye_blink": 0.9}, 9)],
     Reason.TOO_SHORT),
    ("taboo_look_round", [(AHEAD, 4), *[(LEFT, 1), (RIGHT, 1)] * 3, (AHEAD, 4)],
     [(AHEAD, 4), (LEFT, 2), (RIGHT, 2), (AHEAD, 4)], [(LEFT, 1), (RIGHT, 1)], Reason.TOO_SHORT),
    ("taboo_phone", [(AHEAD, 2), (PHONE, 9)], [(AHEAD, 4), (PHONE, 4), (AHEAD, 4)],
     [(PHONE | {"below": (None, None)}, 9)], Reason.NOT_VISIBLE),
]  # fmt: skip


def verdict(criterion_id, track, neutral=None):
    criterion = LIBRARY.all_criteria()[criterion_id]
    active = ActiveCriterion(criterion, LIBRARY.errors[criterion.measure], ())
    scene, every = scene_of(track, neutral), np.ones(len(track), bool)
    found = LIBRARY.measured(criterion.measure, scene)
    return judge(active, found, scene.seen_from, timing(track.time_s, 0.1, False), Gates(every, every), 1)


def test_eyes_that_do_not_smile_are_borderline_because_the_error_is_as_large_as_the_limit():
    assert verdict("smile_with_eyes", film((SMILE, 5))).verdict == Verdict.BORDERLINE
    assert verdict("smile_with_eyes", film((SMILE | {"eye_squint": 0.3}, 5))).verdict == Verdict.OK
    assert set(verdict("smile_with_eyes", film((AHEAD, 9))).not_assessable_s) == {Reason.POSE_NOT_HELD}


def test_a_nod_that_the_face_model_shows_too_small_is_enlarged_for_the_gaze():
    low = film(({"pitch": -10}, 2))
    scene = replace(scene_of(low), head_pitch_factor=1.4)
    plain, enlarged = (MEASURES["gaze_pitch_deg"].compute(s).value for s in (scene_of(low), scene))
    assert np.median(enlarged - plain) == pytest.approx(-4.0)
    assert LIBRARY.head_pitch_factor == LIBRARY.corrections["head_pitch_change_deg"][View.FRONT].factor


@pytest.mark.parametrize(("criterion", "wrong", "right", "unknown", "reason"), VERDICTS, ids=[v[0] for v in VERDICTS])
def test_the_verdict_on_each_norm(criterion, wrong, right, unknown, reason):
    assert verdict(criterion, film(*wrong)).verdict == Verdict.DEVIATION
    assert verdict(criterion, film(*right)).verdict == Verdict.OK
    blind = verdict(criterion, film(*unknown))
    assert blind.verdict == Verdict.NOT_ASSESSABLE and set(blind.not_assessable_s) == {reason}


def test_the_verdict_on_looking_people_up_and_down():
    def of(depth, seconds):
        track = film((AHEAD, 8))
        track.face_rotation_deg[:, 0] = np.interp(track.time_s, [3, 3 + seconds / 2, 3 + seconds], [0, depth, 0])
        return verdict("taboo_scan", track).verdict

    assert of(-50, 1.0) == Verdict.DEVIATION
    assert of(-15, 1.0) == Verdict.OK
    assert of(-50, 5.0) == Verdict.OK
    assert verdict("taboo_scan", film((UNSEEN, 9))).verdict == Verdict.NOT_ASSESSABLE


@pytest.mark.parametrize("criterion", ["face_pleasant", "taboo_phone", "taboo_look_round", "gaze_on_client"])
def test_without_a_neutral_there_is_no_verdict(criterion):
    found = verdict(criterion, film((AWAY | PHONE | {"brow_down": 0.9}, 20)), neutral={"smile_raw": 0.1})
    assert found.verdict == Verdict.NOT_ASSESSABLE and set(found.not_assessable_s) == {Reason.NO_NEUTRAL}


def test_each_new_norm_has_its_category_and_counts_as_ordered():
    criteria = LIBRARY.all_criteria()
    for name in [v[0] for v in VERDICTS] + ["smile_with_eyes", "taboo_scan"]:
        assert criteria[name].category == ("taboo" if name.startswith("taboo_") else "expression")
    advisory = {n for n in [v[0] for v in VERDICTS] + ["smile_with_eyes", "taboo_scan"] if criteria[n].advisory}
    assert advisory == {"gaze_on_client", "gaze_not_staring", "smile_even", "smile_with_eyes", "face_pleasant",
                        "taboo_scan", "taboo_phone"}  # fmt: skip
