"""Made-up faces with known scores, as Tracks and Scenes."""

from dataclasses import replace

import numpy as np

from posture.findings import View
from posture.landmarks import FACE_POINTS, Pose, empty_track
from posture.measures import MEASURES, NEUTRAL_MEASURES, Scene
from posture.measures.face import Blend
from tests import stick_figure

STANDING = stick_figure.stick_track(stick_figure.Stick())
SHOULDERS_PX = STANDING.pose_px[0, [Pose.LEFT_SHOULDER, Pose.RIGHT_SHOULDER], :2].mean(0)
WIDTH_PX = 100.0
PARTNERS = {33: 263, 133: 362, 159: 386, 145: 374, 234: 454, 61: 291, 78: 308, 468: 473}
UNSEEN = {"seen": False}


def film(*pieces, fps=10.0, eyes_px=60.0):
    """A Track of (what, seconds) pieces.

    `what`: scores by blendshape name, one number or (left, right); `pitch`, `yaw` of the head; `aperture` of the lids;
    `below`: wrists below the shoulders in shoulder widths, None unseen; `speed` of the wrists; `seen`: whether the face
    was.
    """
    counts = [max(round(seconds * fps), 1) for _, seconds in pieces]
    n = sum(counts)
    track = empty_track(1, np.arange(n) / fps, np.arange(n), STANDING.image_size)
    track.pose_px[:], track.pose_m[:], track.visibility[:] = STANDING.pose_px[0], STANDING.pose_m[0], 1.0
    start = 0
    for (what, _), count in zip(pieces, counts, strict=True):
        _fill(track, slice(start, start + count), dict(what), eyes_px)
        start += count
    return track


def _fill(track, here, what, eyes_px):
    seen, aperture = what.pop("seen", True), what.pop("aperture", 0.30)
    pitch, yaw = what.pop("pitch", 0.0), what.pop("yaw", 0.0)
    below, speed = what.pop("below", (1.2, 1.2)), what.pop("speed", 0.0)
    for wrist, sideways, down in zip((Pose.LEFT_WRIST, Pose.RIGHT_WRIST), (0.2, -0.2), below, strict=True):
        x = sideways + speed * (track.time_s[here] - track.time_s[here][0])
        track.pose_px[here, wrist, 0] = SHOULDERS_PX[0] + WIDTH_PX * x
        track.pose_px[here, wrist, 1] = SHOULDERS_PX[1] + WIDTH_PX * (np.nan if down is None else down)
        track.pose_px[here, wrist, 0] += np.nan if down is None else 0.0
    if not seen:
        return
    track.face_rotation_deg[here] = (pitch, yaw, 0.0)
    track.blendshapes[here] = 0.0
    for name, score in what.items():
        shape = Blend[name.upper()]
        both = score if isinstance(score, tuple) else (score, score)
        track.blendshapes[here, shape] = both[0]
        if shape != Blend.JAW_OPEN:
            track.blendshapes[here, shape + 1] = both[1]
    eye = 0.3 * eyes_px
    points = {33: (0, 0), 133: (eye, 0), 159: (eye / 2, -aperture * eye / 2), 145: (eye / 2, aperture * eye / 2)}
    for number, (x, y) in points.items():
        track.face_px[here, FACE_POINTS.index(number)] = (500 - eyes_px / 2 + x, 200 + y)
        track.face_px[here, FACE_POINTS.index(PARTNERS[number])] = (500 + eyes_px / 2 - x, 200 + y)


def scene_of(track, neutral=None, view=View.FRONT):
    n = len(track)
    return Scene(track, np.full(n, view, object), np.zeros(n), neutral=NEUTRAL if neutral is None else neutral)


def neutral_of(**what):
    scene = scene_of(film((what, 1)), neutral={})
    return {name: float(MEASURES[name].compute(scene).value[0]) for name in NEUTRAL_MEASURES}


def measured(name, *pieces, fps=10.0, eyes_px=60.0, neutral=None):
    return MEASURES[name].compute(scene_of(film(*pieces, fps=fps, eyes_px=eyes_px), neutral))


def value(name, *pieces, at=None, **how):
    """The value at a time, by default in the middle."""
    found = measured(name, *pieces, **how)
    i = len(found.value) // 2 if at is None else round(at * how.get("fps", 10.0))
    return float(found.value[i])


def mirrored(track):
    other = stick_figure.mirrored(track)
    scores, face = track.blendshapes.copy(), track.face_px.copy()
    for left in Blend:
        if left != Blend.JAW_OPEN:
            scores[:, [left, left + 1]] = scores[:, [left + 1, left]]
    for a, b in PARTNERS.items():
        pair = [FACE_POINTS.index(a), FACE_POINTS.index(b)]
        face[:, pair] = face[:, pair[::-1]]
    face[..., 0] = track.image_size[0] - face[..., 0]
    return replace(other, blendshapes=scores, face_px=face)


NEUTRAL = {}
NEUTRAL = neutral_of(mouth_smile=0.1, eye_squint=0.1, brow_down=0.1, eye_look_down=0.1)
LEFT_EYES = {"eye_look_out": (0.8, 0.0), "eye_look_in": (0.0, 0.8), "eye_look_down": 0.1}
RIGHT_EYES = {"eye_look_out": (0.0, 0.8), "eye_look_in": (0.8, 0.0), "eye_look_down": 0.1}
AHEAD = {"eye_look_down": 0.1}
SMILE = {"mouth_smile": 0.7, "eye_squint": 0.1}
PHONE = {"pitch": -30, "below": (0.7, 1.2)}
