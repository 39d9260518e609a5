"""Names of the landmarks, `Track`: one person's landmarks over time, and `Speech`: when somebody spoke.

Axis order is always `(time, landmark, axis)`. Picture coordinates are pixels of the analysed picture, x to
the right and y **down**; world coordinates are MediaPipe's metres with its axes (x right in the picture, y
down, z away from the camera), origin between the hips. Left and right are the subject's. NaN means "not
seen" everywhere, from the landmark to the verdict.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


class Pose(IntEnum):
    """The 33 points of MediaPipe's pose model."""

    NOSE = 0
    LEFT_EYE_INNER = 1
    LEFT_EYE = 2
    LEFT_EYE_OUTER = 3
    RIGHT_EYE_INNER = 4
    RIGHT_EYE = 5
    RIGHT_EYE_OUTER = 6
    LEFT_EAR = 7
    RIGHT_EAR = 8
    MOUTH_LEFT = 9
    MOUTH_RIGHT = 10
    LEFT_SHOULDER = 11
    RIGHT_SHOULDER = 12
    LEFT_ELBOW = 13
    RIGHT_ELBOW = 14
    LEFT_WRIST = 15
    RIGHT_WRIST = 16
    LEFT_PINKY = 17
    RIGHT_PINKY = 18
    LEFT_INDEX = 19
    RIGHT_INDEX = 20
    LEFT_THUMB = 21
    RIGHT_THUMB = 22
    LEFT_HIP = 23
    RIGHT_HIP = 24
    LEFT_KNEE = 25
    RIGHT_KNEE = 26
    LEFT_ANKLE = 27
    RIGHT_ANKLE = 28
    LEFT_HEEL = 29
    RIGHT_HEEL = 30
    LEFT_FOOT_INDEX = 31
    RIGHT_FOOT_INDEX = 32


N_POSE = len(Pose)
N_HAND = 21
LEFT, RIGHT = 0, 1
"""Index of the subject's left and right hand on the hand axis."""

FACE_POINTS: tuple[int, ...] = (
    1,
    10,
    152,
    234,
    454,  # nose tip, forehead, chin, right and left cheek edge
    33,
    133,
    159,
    145,
    263,
    362,
    386,
    374,  # eye corners and lids, right then left
    61,
    291,
    78,
    308,
    13,
    14,
    0,
    17,  # mouth corners outer/inner, lips inner/outer
    468,
    473,  # iris centres
)
"""Numbers, in MediaPipe's 478-point face mesh, of the face points that a `Track` keeps."""
N_BLENDSHAPES = 52


@dataclass(frozen=True)
class Track:
    """One person's landmarks over time. T samples, NaN where not seen.

    Attributes
    ----------
    person : number of the person in the recording, from 1.
    time_s : (T,) presentation time in seconds from the first picture of the recording, increasing.
    frame_index : (T,) number of the picture in the file; a label, never used as time.
    pose_px : (T, 33, 3) x, y in pixels of the analysed picture; z on the scale of x.
    visibility : (T, 33) the model's own 0..1; 0 where the person was not found.
    pose_m : (T, 33, 3) world coordinates in metres.
    hands_px : (T, 2, 21, 3) subject's left, right hand in pixels.
    face_rotation_deg : (T, 3) head pitch (positive up), yaw (positive to the own left), roll (positive
        towards the own left shoulder) from the face model, relative to looking into the camera.
    face_px : (T, len(FACE_POINTS), 2) in pixels, columns in the order of `FACE_POINTS`.
    blendshapes : (T, 52) MediaPipe's face blendshape scores 0..1.
    image_size : (width, height) of the analysed picture in pixels, pixels square.
    """

    person: int
    time_s: Array
    frame_index: NDArray[np.integer]
    pose_px: Array
    visibility: Array
    pose_m: Array
    hands_px: Array
    face_rotation_deg: Array
    face_px: Array
    blendshapes: Array
    image_size: tuple[int, int]

    def __post_init__(self) -> None:
        n = len(self.time_s)
        for name, tail in TRACK_SHAPES.items():
            shape = np.shape(getattr(self, name))
            if shape != (n, *tail):
                raise ValueError(f"expected {name} of shape {(n, *tail)}, got {shape}")
        if n and not np.all(np.diff(self.time_s) > 0):
            raise ValueError("expected increasing time_s")

    def __len__(self) -> int:
        return len(self.time_s)

    @property
    def found(self) -> NDArray[np.bool_]:
        """(T,) whether the person was found in the sample."""
        return np.isfinite(self.pose_px[:, Pose.NOSE, 0])

    def part(self, keep: slice | NDArray[np.bool_]) -> Track:
        """The samples selected by a slice or mask, as a new Track."""
        arrays = {f: getattr(self, f)[keep] for f in ("time_s", "frame_index", *TRACK_ARRAYS)}
        return replace(self, **arrays)


TRACK_SHAPES: dict[str, tuple[int, ...]] = {
    "time_s": (),
    "frame_index": (),
    "pose_px": (N_POSE, 3),
    "visibility": (N_POSE,),
    "pose_m": (N_POSE, 3),
    "hands_px": (2, N_HAND, 3),
    "face_rotation_deg": (3,),
    "face_px": (len(FACE_POINTS), 2),
    "blendshapes": (N_BLENDSHAPES,),
}
TRACK_ARRAYS = tuple(name for name in TRACK_SHAPES if name not in ("time_s", "frame_index"))


def empty_track(person: int, time_s: Array, frame_index: NDArray[np.integer], image_size: tuple[int, int]) -> Track:
    """A Track in which nobody was seen, to be filled."""
    n = len(time_s)
    arrays = {
        name: np.full((n, *tail), 0.0 if name == "visibility" else np.nan, np.float32)
        for name, tail in TRACK_SHAPES.items()
        if name in TRACK_ARRAYS
    }
    return Track(
        person=person,
        time_s=np.asarray(time_s, float),
        frame_index=np.asarray(frame_index, np.int64),
        image_size=image_size,
        **arrays,
    )


@dataclass(frozen=True)
class Stretch:
    """Somebody speaks from `start_s` to `end_s`; `confidence` is the model's mean probability of speech, 0..1."""

    start_s: float
    end_s: float
    confidence: float


@dataclass(frozen=True)
class Speech:
    """When somebody spoke in a recording; who and what is never known. Times as those of a `Track`.

    Attributes
    ----------
    stretches : in time order, without overlaps.
    heard_s : (start, end) of the stretches that have sound at all: outside nothing is known.
    reason : why it cannot be told: `no_sound`, `silent`, `undecodable`, `no_model`; empty where it can.
    model : name and version of what listened, empty when nothing did.
    """

    stretches: tuple[Stretch, ...] = ()
    heard_s: tuple[tuple[float, float], ...] = ()
    reason: str = ""
    model: str = ""

    @property
    def total_s(self) -> float:
        return sum(s.end_s - s.start_s for s in self.stretches)

    def spoken_s(self, start_s: float, end_s: float) -> float | None:
        """Seconds of speech between two times; None where nothing is heard and not assessable.

        What was spoken in the heard part is told even where the rest has no sound; 0 only when all of it was heard.
        """
        if self.reason:
            return None
        spoken = sum(_common_s(s.start_s, s.end_s, start_s, end_s) for s in self.stretches)
        heard = sum(_common_s(a, b, start_s, end_s) for a, b in self.heard_s)
        return spoken if spoken > 0 or heard >= end_s - start_s - UNHEARD_S else None

    def between(self, start_s: float, end_s: float) -> Speech:
        """What was heard from `start_s` to `end_s`; times stay those of the recording."""
        cut = [replace(s, start_s=max(s.start_s, start_s), end_s=min(s.end_s, end_s)) for s in self.stretches]
        heard = [(max(a, start_s), min(b, end_s)) for a, b in self.heard_s]
        return replace(
            self,
            stretches=tuple(s for s in cut if s.end_s > s.start_s),
            heard_s=tuple((a, b) for a, b in heard if b > a),
        )


UNHEARD_S = 0.3
"""Sound may be missing for this long, as at the ends of a recording, before silence is in doubt (own choice)."""


def _common_s(start_s: float, end_s: float, other_start_s: float, other_end_s: float) -> float:
    return max(0.0, min(end_s, other_end_s) - max(start_s, other_start_s))


@dataclass(frozen=True)
class Observation:
    """All that was observed in one recording: its Tracks and where they come from."""

    tracks: tuple[Track, ...]
    source_name: str
    source_sha256: str
    image_size: tuple[int, int]
    kind: str
    """`video` or `photo`."""
    duration_s: float
    sample_times_s: Array
    """(N,) times of all analysed pictures, also those in which nobody was found."""
    damage: tuple[tuple[float, float, str], ...] = ()
    """Damaged stretches of the file: start, end in seconds, what was wrong."""
    provenance: dict[str, str] = field(default_factory=dict)
    """Software version, model hashes, settings."""
    speech: Speech | None = None
    """When somebody spoke; None when nobody has listened (photo, live, file of an older version)."""

    def between(self, start_s: float, end_s: float) -> Observation:
        """What was observed from `start_s` to `end_s`, both included; times stay those of the recording."""
        tracks = [t.part((t.time_s >= start_s) & (t.time_s <= end_s)) for t in self.tracks]
        times = self.sample_times_s[(self.sample_times_s >= start_s) & (self.sample_times_s <= end_s)]
        kept = tuple(t for t in tracks if len(t))
        speech = self.speech and self.speech.between(start_s, end_s)
        return replace(self, tracks=kept, duration_s=max(end_s - start_s, 0.0), sample_times_s=times, speech=speech)


assert {f.name for f in fields(Track)} >= set(TRACK_SHAPES)
