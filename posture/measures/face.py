"""Gaze and expression: from the face model's blendshape scores (0..1), its head rotation and its eyelid points.

Directions are degrees, positive to the own left and up. Where nothing else is said a function gives (T,) values, NaN
where the face was not seen. Scores differ from face to face, so most measures compare with the person's own neutral.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from posture.findings import Reason
from posture.geometry import (
    Windows,
    distance,
    rolling_median,
    stretches,
    usual_step_s,
)
from posture.landmarks import FACE_POINTS, Array
from posture.measures.common import (
    FRONT,
    FRONT_OBLIQUE,
    SHOULDERS,
    WRISTS,
    change,
    small_from_front,
)
from posture.measures.head import LEAST_FACE_PX
from posture.measures.held_hand import hand_holds
from posture.measures.registry import N_FACE, Scene, Series, measure, once_per_scene

LEAST_MOUTH_PX = 40.0
"""Least distance of the outer eye corners, in pixels, for smile and mouth (own choice); LEAST_FACE_PX for the gaze."""
SMILE_FROM, UNEVEN_FROM, SMILE_GAP_S = 0.35, 0.30, 0.5
"""Smile score above the neutral, raw score of one that can be uneven, longest break in a smile (own choices)."""
SQUINT_RISE, APERTURE_DROP = 0.08, 0.08
"""Eyes join a smile: rise of the squint score, or drop of the eyelid aperture as a share of the neutral's."""
YAWN_FROM, YAWN_UP_TO_S, CLOSED_FROM, BLINK_UP_TO_S = 0.55, 6.0, 0.5, 0.5
"""jawOpen score of a yawn (open for longer it is talking, singing or held open), eyeBlink score of closed eyes (closed
for no longer it is a blink, in which the eyes look nowhere); own choices."""
EYE_YAW_DEG, EYE_PITCH_DEG, AHEAD_WITHIN_DEG = 35.0, 30.0, 20.0
"""Turn of the eyes at score 1 (docs/accuracy.md: fitted, no other factor was better), and the largest head yaw of a
neutral that is taken for the client's direction, past which the camera's is (own choice)."""
CONE_YAW_DEG, CONE_UP_DEG, CONE_DOWN_DEG, LOOK_ERROR_DEG = 10.0, 8.0, 12.0, 6.0
"""The client's face cone (norms.md gaze_zone: 10 and 8 degrees; down is an own choice); a gaze outside it by no more
than the measuring error counts as a look at the client (own choice)."""
SHARE_WINDOW_S, LEAST_GAZE_S, LEAST_LIDS_S, LOOK_BREAK_S = 20.0, 8.0, 10.0, 0.3
HEAD_STILL_DEG_PER_S, HEAD_WINDOW_S, LEAST_HEAD_S = 6.0, 1.0, 0.4
ROUND_DEG, ROUND_WINDOW_S, LEAST_ROUND_S = 25.0, 10.0, 5.0
SCAN_WINDOW_S, SCAN_SMOOTH_S, LEAST_SCAN_S = 2.0, 0.3, 1.0
"""Windows, least seconds seen in them, the shortest break that ends a look, and limits (own choices)."""
HEAD_DOWN_DEG, HEAD_UP_S = 22.0, 0.5
"""Head of who holds a phone (own choices); the hand: measures/held_hand.py."""
_PITCH, _YAW, _TINY_S = 0, 1, 1e-6
Flags = NDArray[np.bool_]


class Blend(IntEnum):
    """Columns of MediaPipe's blendshapes, the subject's left; the right is the next one. JAW_OPEN has no sides."""

    BROW_DOWN = 1
    EYE_BLINK = 9
    EYE_LOOK_DOWN = 11
    EYE_LOOK_IN = 13
    EYE_LOOK_OUT = 15
    EYE_LOOK_UP = 17
    EYE_SQUINT = 19
    JAW_OPEN = 25
    MOUTH_FROWN = 30
    MOUTH_PRESS = 36
    MOUTH_SMILE = 44


def _both(scene: Scene, left: Blend) -> Array:
    """(T, 2) scores of the subject's left and right."""
    return scene.track.blendshapes[:, left : left + 2].astype(float)


def _apart_px(scene: Scene, a: int, b: int) -> Array:
    """(T,) distance of two points of the face mesh in pixels."""
    one, other = (scene.track.face_px[:, FACE_POINTS.index(number)].astype(float) for number in (a, b))
    return distance(one, other)


def _of_face(scene: Scene, value: Array, least_px: float) -> Series:
    """`value` with FACE_NOT_SEEN where it is NaN, and TOO_SMALL where the outer eye corners are nearer than that."""
    with np.errstate(invalid="ignore"):
        small = _apart_px(scene, 33, 263) < least_px
    reason = np.where(small, np.int8(Reason.TOO_SMALL.code), np.int8(0))
    reason[~np.isfinite(value)] = Reason.FACE_NOT_SEEN.code
    return Series(np.where(small, np.nan, value), reason)


def _from(base: Series, value: Array, why: Reason = Reason.TOO_SHORT) -> Series:
    """`value` where `base` has one; else the reason of `base`, and `why` where `value` alone is NaN."""
    seen = np.isfinite(base.value)
    reason = np.where(seen & ~np.isfinite(value), np.int8(why.code), base.reason)
    return Series(np.where(seen, value, np.nan), reason)


def _less_neutral(scene: Scene, name: str, raw: Series) -> Series:
    """`raw` less the neutral of the base measure `name`; as it is where there is no neutral."""
    return change(scene, name, raw, ratio=False) if name in scene.neutral else raw


def _reaches(value: Array, limit: float) -> Flags:
    """(T,) whether the value is that large; not where it is NaN."""
    with np.errstate(invalid="ignore"):
        return np.asarray(value >= limit, bool)


def _head(scene: Scene, axis: int) -> Series:
    return _of_face(scene, scene.track.face_rotation_deg[:, axis].astype(float), LEAST_FACE_PX)


def _nodded(scene: Scene) -> Series:
    """Pitch of the head against the own neutral, enlarged."""
    head = change(scene, "head_pitch_deg", _head(scene, _PITCH), ratio=False)
    return _from(head, scene.pitch_gain * head.value)


def _seconds(time_s: Array, flag: Flags, window_s: float) -> Array:
    """(T,) seconds of the flagged samples in a centred window; a sample stands for at most two usual steps."""
    step = usual_step_s(time_s)
    weight = np.minimum(np.diff(time_s, append=time_s[-1:] + step), 2 * step)
    return Windows(time_s, window_s).sum(weight * flag)


def _share(time_s: Array, seen: Series, flag: Flags, least_s: float) -> Series:
    """Flagged share of the seconds seen within SHARE_WINDOW_S; TOO_SHORT where less than `least_s` were seen."""
    seen_s = _seconds(time_s, np.isfinite(seen.value), SHARE_WINDOW_S)
    share = _seconds(time_s, flag & np.isfinite(seen.value), SHARE_WINDOW_S) / np.maximum(seen_s, _TINY_S)
    return _from(seen, np.where(seen_s >= least_s - _TINY_S, share, np.nan))


def _lasting_s(time_s: Array, flag: Flags, bridge_s: float = 0.0, whole: bool = False) -> Array:
    """(T,) seconds since the flagged stretch began, or its `whole` length; 0 outside, NaN in a photo.

    Breaks up to `bridge_s` do not end a stretch; neighbours belong together however uneven the steps.
    """
    found = np.full(len(time_s), 0.0 if len(time_s) > 1 else np.nan)
    step_s = usual_step_s(time_s)
    bridge_s += step_s + _TINY_S
    for first, last in stretches(flag, time_s, max(bridge_s, 2 * step_s + _TINY_S), bridge_s):
        end_s = time_s[last] + step_s if whole else time_s[first : last + 1]
        found[first : last + 1] += end_s - time_s[first]
    return found


@measure("smile_raw", "ratio", FRONT, (N_FACE,))
def smile_raw(scene: Scene) -> Series:
    """Mean mouthSmile score 0..1, a base of relative measures."""
    return _of_face(scene, _both(scene, Blend.MOUTH_SMILE).mean(1), LEAST_MOUTH_PX)


@measure("eye_squint_raw", "ratio", FRONT, (N_FACE,))
def eye_squint_raw(scene: Scene) -> Series:
    """Mean eyeSquint score 0..1, a base of relative measures."""
    return _of_face(scene, _both(scene, Blend.EYE_SQUINT).mean(1), LEAST_MOUTH_PX)


@measure("eye_aperture_raw", "ratio", FRONT, (N_FACE,))
def eye_aperture_raw(scene: Scene) -> Series:
    """Gap of the eyelids by the width of the eye, mean of both eyes, a base of relative measures."""
    right = _apart_px(scene, 159, 145) / _apart_px(scene, 33, 133)
    left = _apart_px(scene, 386, 374) / _apart_px(scene, 263, 362)
    return _of_face(scene, (left + right) / 2, LEAST_MOUTH_PX)


@measure("stern_raw", "ratio", FRONT, (N_FACE,))
def stern_raw(scene: Scene) -> Series:
    """Largest of the mean browDown, mouthFrown and mouthPress scores 0..1, a base of relative measures."""
    parts = [_both(scene, one).mean(1) for one in (Blend.BROW_DOWN, Blend.MOUTH_FROWN, Blend.MOUTH_PRESS)]
    return _of_face(scene, np.max(parts, 0), LEAST_MOUTH_PX)


@measure("smile", "ratio", FRONT, (N_FACE,), relative=True)
def smile(scene: Scene) -> Series:
    """Smile score above the neutral's; the raw one where there is no neutral."""
    return _less_neutral(scene, "smile_raw", smile_raw(scene))


@measure("smile_asymmetry", "ratio", FRONT, (N_FACE,))
def smile_asymmetry(scene: Scene) -> Series:
    """Difference of the left and the right smile score, 0 even; POSE_NOT_HELD without a smile."""
    raw, both = smile_raw(scene), _both(scene, Blend.MOUTH_SMILE)
    uneven = np.where(_reaches(raw.value, UNEVEN_FROM), np.abs(both[:, 0] - both[:, 1]), np.nan)
    return _from(raw, uneven, Reason.POSE_NOT_HELD)


@measure("smile_eyes", "ratio", FRONT, (N_FACE,), relative=True)
def smile_eyes(scene: Scene) -> Series:
    """1 where the eyes join the smile, 0 where they do not; POSE_NOT_HELD without a smile."""
    smiling = smile(scene)
    squint = change(scene, "eye_squint_raw", eye_squint_raw(scene), ratio=False).value
    aperture = change(scene, "eye_aperture_raw", eye_aperture_raw(scene), ratio=True).value
    joined = _reaches(squint, SQUINT_RISE) | _reaches(-aperture, APERTURE_DROP - 1)
    asked = _from(smiling, np.where(_reaches(smiling.value, SMILE_FROM), 1.0, np.nan), Reason.POSE_NOT_HELD)
    return _from(asked, np.where(np.isfinite(squint + aperture), joined, np.nan), Reason.NO_NEUTRAL)


@measure("smile_frozen_s", "s", FRONT, (N_FACE,), relative=True)
def smile_frozen_s(scene: Scene) -> Series:
    """Seconds that an unbroken smile has lasted, 0 without one."""
    found = smile(scene)
    return _from(found, _lasting_s(scene.track.time_s, _reaches(found.value, SMILE_FROM), SMILE_GAP_S))


@measure("stern", "ratio", FRONT, (N_FACE,), relative=True)
def stern(scene: Scene) -> Series:
    """How far brows are drawn down, mouth corners too, or lips pressed: largest score above the neutral's."""
    return change(scene, "stern_raw", stern_raw(scene), ratio=False)


@measure("mouth_open", "ratio", FRONT, (N_FACE,))
def mouth_open(scene: Scene) -> Series:
    """jawOpen score 0..1."""
    return _of_face(scene, scene.track.blendshapes[:, Blend.JAW_OPEN].astype(float), LEAST_MOUTH_PX)


@measure("yawn_s", "s", FRONT, (N_FACE,))
def yawn_s(scene: Scene) -> Series:
    """Length in seconds of the stretch of a wide open mouth that a sample lies in; 0 outside and when too long."""
    found = mouth_open(scene)
    length = _lasting_s(scene.track.time_s, _reaches(found.value, YAWN_FROM), whole=True)
    return _from(found, np.where(length > YAWN_UP_TO_S + _TINY_S, 0.0, length))


def _closed(scene: Scene) -> Flags:
    return _reaches(_both(scene, Blend.EYE_BLINK).mean(1), CLOSED_FROM)


@measure("eyes_closed_share", "ratio", FRONT, (N_FACE,))
def eyes_closed_share(scene: Scene) -> Series:
    """Share of 20 s in which the eyes were closed (PERCLOS)."""
    found = _of_face(scene, _both(scene, Blend.EYE_BLINK).mean(1), LEAST_FACE_PX)
    return _share(scene.track.time_s, found, _closed(scene), LEAST_LIDS_S)


@measure("eye_yaw_raw_deg", "deg", FRONT_OBLIQUE, (N_FACE,))
def eye_yaw_raw_deg(scene: Scene) -> Series:
    """Turn of the eyes in the head, positive to the own left, a base of relative measures."""
    out, towards_nose = _both(scene, Blend.EYE_LOOK_OUT), _both(scene, Blend.EYE_LOOK_IN)
    left = (out[:, 0] + towards_nose[:, 1] - towards_nose[:, 0] - out[:, 1]) / 2
    return _of_face(scene, EYE_YAW_DEG * left, LEAST_FACE_PX)


@measure("eye_pitch_raw_deg", "deg", FRONT_OBLIQUE, (N_FACE,))
def eye_pitch_raw_deg(scene: Scene) -> Series:
    """Raise of the eyes in the head, positive up, a base of relative measures."""
    up = _both(scene, Blend.EYE_LOOK_UP).mean(1) - _both(scene, Blend.EYE_LOOK_DOWN).mean(1)
    return _of_face(scene, EYE_PITCH_DEG * up, LEAST_FACE_PX)


@once_per_scene
def _blinks(scene: Scene) -> Flags:
    closed = _closed(scene)
    return closed & ~(_lasting_s(scene.track.time_s, closed, whole=True) > BLINK_UP_TO_S + _TINY_S)


def _eyes(scene: Scene, name: str, raw: Series) -> Series:
    """`raw` less the neutral's where there is one; NOT_VISIBLE in a blink, when the lids drag the score along."""
    turn = _less_neutral(scene, name, raw)
    return _from(turn, np.where(_blinks(scene), np.nan, turn.value), Reason.NOT_VISIBLE)


@measure("eye_yaw_deg", "deg", FRONT_OBLIQUE, (N_FACE,), relative=True)
def eye_yaw_deg(scene: Scene) -> Series:
    """Turn of the eyes in the head against the neutral's; positive to the own left."""
    return _eyes(scene, "eye_yaw_raw_deg", eye_yaw_raw_deg(scene))


@measure("eye_pitch_deg", "deg", FRONT_OBLIQUE, (N_FACE,), relative=True)
def eye_pitch_deg(scene: Scene) -> Series:
    """Raise of the eyes in the head against the neutral's; positive up."""
    return _eyes(scene, "eye_pitch_raw_deg", eye_pitch_raw_deg(scene))


@measure("gaze_yaw_deg", "deg", FRONT_OBLIQUE, (N_FACE,), relative=True)
def gaze_yaw_deg(scene: Scene) -> Series:
    """Direction of the gaze against the neutral head's, or the camera's when that looks elsewhere or is missing."""
    ahead = scene.neutral.get("head_yaw_deg", 0.0)
    ahead = ahead if abs(ahead) <= AHEAD_WITHIN_DEG else 0.0
    eyes = eye_yaw_deg(scene)
    return _from(eyes, _head(scene, _YAW).value + eyes.value - ahead, Reason.FACE_NOT_SEEN)


@measure("gaze_pitch_deg", "deg", FRONT_OBLIQUE, (N_FACE,), relative=True)
def gaze_pitch_deg(scene: Scene) -> Series:
    """Direction of the gaze against the neutral head's; positive up."""
    eyes, head = eye_pitch_deg(scene), _nodded(scene)
    return _from(head, head.value + eyes.value, Reason.NOT_VISIBLE)


@measure("gaze_off_deg", "deg", FRONT_OBLIQUE, (N_FACE,), relative=True)
def gaze_off_deg(scene: Scene) -> Series:
    """How far the gaze is outside the client's face cone, 0 inside."""
    yaw, pitch = gaze_yaw_deg(scene).value, gaze_pitch_deg(scene)
    aside, up, down = np.abs(yaw) - CONE_YAW_DEG, pitch.value - CONE_UP_DEG, -CONE_DOWN_DEG - pitch.value
    return _from(pitch, np.maximum.reduce([aside, up, down, np.zeros(len(yaw))]), Reason.FACE_NOT_SEEN)


@measure("gaze_share", "ratio", FRONT_OBLIQUE, (N_FACE,), relative=True)
def gaze_share(scene: Scene) -> Series:
    """Share of 20 s in which the client was looked at."""
    off = gaze_off_deg(scene)
    return _share(scene.track.time_s, off, _reaches(-off.value, -LOOK_ERROR_DEG), LEAST_GAZE_S)


@measure("gaze_unbroken_s", "s", FRONT_OBLIQUE, (N_FACE,), relative=True)
def gaze_unbroken_s(scene: Scene) -> Series:
    """Seconds that the look at the client has lasted without a break, 0 while looking elsewhere."""
    off = gaze_off_deg(scene)
    return _from(off, _lasting_s(scene.track.time_s, _reaches(-off.value, -LOOK_ERROR_DEG), LOOK_BREAK_S - 1e-3))


def _turning_deg_per_s(time_s: Array, yaw: Array) -> Array:
    """(T,) change of the head's yaw between the ends of a centred second by their time apart; NaN if too short."""
    seen = np.isfinite(yaw)
    if seen.sum() < 2:
        return np.full(len(time_s), np.nan)
    when, angle, half = time_s[seen], yaw[seen], HEAD_WINDOW_S / 2 + _TINY_S
    first = np.minimum(np.searchsorted(when, time_s - half, "left"), len(when) - 1)
    last = np.maximum(np.searchsorted(when, time_s + half, "right") - 1, 0)
    span = when[last] - when[first]
    long_enough = span >= LEAST_HEAD_S - _TINY_S
    return np.where(long_enough, np.abs(angle[last] - angle[first]) / np.where(long_enough, span, 1.0), np.nan)


@measure("side_glance_deg", "deg", FRONT_OBLIQUE, (N_FACE,), relative=True)
def side_glance_deg(scene: Scene) -> Series:
    """How far the eyes are turned aside while the head is still, 0 while it turns."""
    eyes, turning = eye_yaw_deg(scene), _turning_deg_per_s(scene.track.time_s, _head(scene, _YAW).value)
    glance = np.where(_reaches(turning, HEAD_STILL_DEG_PER_S), 0.0, np.abs(eyes.value))
    return _from(eyes, np.where(np.isfinite(turning), glance, np.nan))


@measure("look_round_turns", "count", FRONT_OBLIQUE, (N_FACE,), relative=True)
def look_round_turns(scene: Scene) -> Series:
    """How often within 10 s the head went from one side to the other, each past 25 degrees from the neutral."""
    time_s = scene.track.time_s
    head = change(scene, "head_yaw_deg", _head(scene, _YAW), ratio=False)
    yaw = rolling_median(time_s, head.value, SCAN_SMOOTH_S)
    side = _reaches(yaw, ROUND_DEG).astype(int) - _reaches(-yaw, ROUND_DEG)
    passed = np.flatnonzero(side)
    turned = time_s[passed[1:][np.diff(side[passed]) != 0]]
    half = ROUND_WINDOW_S / 2 + _TINY_S
    count = np.searchsorted(turned, time_s + half, "right") - np.searchsorted(turned, time_s - half, "left")
    enough = _seconds(time_s, np.isfinite(head.value), ROUND_WINDOW_S) >= LEAST_ROUND_S - _TINY_S
    return _from(head, np.where(enough, count, np.nan))


@measure("look_down_s", "s", FRONT, (N_FACE, *SHOULDERS, *WRISTS), relative=True)
def look_down_s(scene: Scene) -> Series:
    """Seconds that the head has been down towards a still hand, 0 otherwise. Who writes or types moves the hands."""
    time_s, (holds, unsure), head = scene.track.time_s, hand_holds(scene), _nodded(scene)
    down = _reaches(-head.value, HEAD_DOWN_DEG)
    lasting = _lasting_s(time_s, down & holds, HEAD_UP_S)
    large = _from(_from(head, lasting), np.where(small_from_front(scene), np.nan, lasting), Reason.TOO_SMALL)
    return _from(large, np.where(down & unsure & (lasting == 0), np.nan, lasting), Reason.NOT_VISIBLE)


@measure("scan_sweep_deg", "deg", FRONT_OBLIQUE, (N_FACE,))
def scan_sweep_deg(scene: Scene) -> Series:
    """Largest sweep of the gaze down and up again within 2 s: the smaller of its two ways."""
    time_s, eyes, head = scene.track.time_s, eye_pitch_deg(scene), _head(scene, _PITCH).value
    pitch = rolling_median(time_s, scene.pitch_gain * head + eyes.value, SCAN_SMOOTH_S)
    low = Windows(time_s, SCAN_WINDOW_S).table(pitch)
    high = np.where(np.isfinite(low), low, -np.inf)
    before = np.maximum.accumulate(high, 1)
    after = np.maximum.accumulate(high[:, ::-1], 1)[:, ::-1]
    depth = np.where(np.isfinite(low), np.minimum(before, after) - low, 0.0)
    enough = _seconds(time_s, np.isfinite(pitch), SCAN_WINDOW_S) >= LEAST_SCAN_S - _TINY_S
    return _from(eyes, np.where(enough, depth.max(1, initial=0.0), np.nan))
