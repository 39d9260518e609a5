"""One trainee before one camera: engine, verdict, course of practice, cues and best moment together.

`show` is called with every picture of the camera and never waits; everything else happens in the engine's threads; a
page reads `snapshot` whenever it likes. Sessions share nothing, so that two people at one server do not meet.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.camera import SEEN_FROM
from posture.check import Calibration
from posture.errors import ReferenceFileError
from posture.findings import Verdict
from posture.landmarks import Array, Track
from posture.library import Library
from posture.live.cues import Cue, CueChooser
from posture.live.engine import Analysed, EngineStats, LiveEngine, Looker
from posture.live.framing import Framing, brightness, framing
from posture.live.lessons import BODY_MOVES, Lesson, movements, step_of
from posture.live.moment import JointState, Moment, Standing, calibrate, joint_states, judge_moment
from posture.live.overlay import Drawn, drawn
from posture.live.practice import Event, Phase, Practice, PracticeState, Seen
from posture.live.smoothing import OneEuro
from posture.live.steps import Summary
from posture.live.window import Trainee

Image = NDArray[np.uint8]
JUDGE_EVERY_S = 0.2
SIDE_PX = 640
"""Browsers change the size of the picture as line and machine allow; pixels have to mean the same throughout."""
_SHOWN_FOR_S = 1.0
"""A skeleton is not drawn longer than this after it was found."""
_GONE_S = 1.0
_LEAST_SAMPLES = 3
_LEAST_KEPT_S = 5.0
"""A session of less than this is not kept: somebody only had a look."""
_FEET_FROM = 23
TOLD_S = 5.0
"""What was wrong with a movement is told for this long, or until the next one (own choice)."""
_RECENT = 30
"""Pictures kept for the best moment, one a verdict: a movement is found when it is over."""


@dataclass(frozen=True)
class Speech:
    """Something to say aloud: a number that rises, an event or the criterion whose cue it is."""

    number: int = 0
    event: Event | None = None
    criterion: str | None = None


@dataclass(frozen=True)
class BestMoment:
    """The best moment of a pose or movement: the picture (H, W, 3) RGB as the camera saw it, its skeleton, states of
    its joints and similarity, where there is anything to be similar to."""

    what: str
    image: Image
    pose_px: Array
    joints: dict[int, JointState]
    similarity: float | None


@dataclass(frozen=True)
class LiveSnapshot:
    """Everything a page shows at one time. `time_s`: of the newest result, `picture_s`: of the newest picture, on the
    clock of the pictures and movements."""

    time_s: float
    picture_s: float
    stats: EngineStats
    practice: PracticeState
    moment: Moment | None
    cue: Cue
    framing: Framing | None
    others: int
    """People in the picture besides the trainee."""
    speech: Speech
    best: dict[str, BestMoment]
    summary: Summary
    calibration_failed: bool
    first_verdict_s: float | None
    """Seconds from the first picture to the first verdict."""


class LiveSession:
    """Owns the engine; `close` gives everything back and hands the summary to `keep`.

    Raises
    ------
    ReferenceFileError
        The lesson names a pose or movement that the library lacks.
    """

    def __init__(
        self,
        make_looker: Callable[[], Looker],
        library: Library,
        lesson: Lesson,
        threads: int = 2,
        keep: Callable[[Summary], None] | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        for one in lesson.steps:
            if one.pose:
                library.require_pose(one.pose)
            elif one.what not in movements(library):
                raise ReferenceFileError("live.errors.no_move", move=one.what, known=", ".join(movements(library)))
        self.library, self.lesson, self.calibration = library, lesson, calibration
        self._keep = keep
        self._practice = Practice([step_of(s, library) for s in lesson.steps], calibration is not None)
        self._wants_feet = {p.id for p in library.poses.values() if p.kind == "standing"}
        self._trainee, self._smooth, self._cues = Trainee(), OneEuro(), CueChooser()
        self._lock = threading.Lock()
        self._judging = threading.Lock()
        self._shown: tuple[float, Array] | None = None
        self._newest: Analysed | None = None
        self._raw: tuple[Array, Array] | None = None
        self._first_s: float | None = None
        self._now_s = self._analysed_s = 0.0
        self._judged_s = -np.inf
        self._moment: Moment | None = None
        self._cue, self._speech = Cue(), Speech()
        self._framing: Framing | None = None
        self._best: dict[str, BestMoment] = {}
        self._recent: deque[tuple[float, Image, Array]] = deque(maxlen=_RECENT)
        self._calibration_failed = False
        self._first_verdict_s: float | None = None
        self._others = 0
        self._ended = self._handed_over = False
        self._engine = LiveEngine(make_looker, self, threads)

    # -- called by the camera's side ---------------------------------------------------------------------------

    def warm_up(self) -> None:
        """Make the landmarkers before the first picture comes."""
        self._engine.warm_up()

    def show(self, image: Image, time_s: float, mirror: bool = True) -> Image:
        """Hand in a picture (H, W, 3) RGB and get it back with the newest result drawn on it, its longer side
        `SIDE_PX`. Never waits."""
        image = _sized(image)
        self._engine.submit(image, time_s)
        with self._lock:
            self._first_s = time_s if self._first_s is None else self._first_s
            self._now_s = time_s
            what = self._drawn_now(time_s)
        return drawn(image, what, mirror)

    @property
    def ended(self) -> bool:
        return self._ended

    def close(self) -> None:
        """End the engine and hand the summary over. May be called from any thread and again."""
        with self._lock:
            self._ended = True
        self._engine.close()
        self._hand_over()

    def _hand_over(self) -> None:
        """Give the summary to whoever keeps it, once: when the lesson is done, else when the session ends."""
        with self._lock:
            first, self._handed_over = not self._handed_over, True
            summary = self._summary()
        if first and self._keep is not None and summary.duration_s >= _LEAST_KEPT_S:
            self._keep(summary)

    # -- called by the page --------------------------------------------------------------------------------------

    def snapshot(self) -> LiveSnapshot:
        stats = self._engine.snapshot()
        with self._lock:
            return LiveSnapshot(
                self._analysed_s, self._now_s, stats, self._practice.state(), self._moment, self._cue, self._framing,
                self._others, self._speech, dict(self._best), self._summary(), self._calibration_failed,
                self._first_verdict_s,
            )  # fmt: skip

    def recalibrate(self) -> None:
        """Take the own neutral again."""
        with self._lock:
            self.calibration = None
            self._practice.recalibrate()

    def skip_calibration(self) -> None:
        with self._lock:
            self._tell(self._practice.skip_calibration())

    # -- called by the engine ------------------------------------------------------------------------------------

    def expected_px(self, time_s: float) -> Array | None:
        with self._lock:
            return self._trainee.expected_px(time_s)

    def seen(self, picture: Analysed) -> None:
        size = (picture.image.shape[1], picture.image.shape[0])
        with self._lock:
            self._analysed_s = picture.time_s
            before = self._trainee.person
            one = self._trainee.add(picture.time_s, picture.people, size)
            if before is not None and self._trainee.person != before:
                # Somebody else, or back after a while: the neutral may be another person's.
                self.calibration, self._moment = None, None
                self._practice.recalibrate()
            self._others = len(picture.people) - (one is not None)
            if one is not None:
                self._newest = picture
                self._raw = (one.pose_px, one.arrays["visibility"])
                points = np.where(self._unseen(one.arrays, size)[:, None], np.nan, one.pose_px[:, :2])
                self._shown = (picture.time_s, self._smooth(picture.time_s, points))

    def think(self) -> None:
        """Judge the last seconds, when it is time and nobody else is at it."""
        if not self._judging.acquire(blocking=False):
            return
        try:
            with self._lock:
                # The time of the last result, not of the last picture: on a slow machine nobody vanishes by that.
                now_s = self._analysed_s
                if self._ended or now_s - self._judged_s < JUDGE_EVERY_S:
                    return
                self._judged_s = now_s
                here = self._shown is not None and now_s - self._shown[0] <= _GONE_S
                track = self._trainee.track() if here else None
                what, calibration, newest, raw = self._practice.what, self.calibration, self._newest, self._raw
            moment = None
            if track is not None and len(track) >= _LEAST_SAMPLES:
                moment = judge_moment(track, what, self.library, calibration)
            luma = brightness(newest.image) if newest is not None else 255.0
            if self._take(now_s, moment, track, newest, raw if here else None, luma):
                self._hand_over()
        finally:
            self._judging.release()

    # -- within ----------------------------------------------------------------------------------------------------

    def _unseen(self, arrays: dict[str, Array], size: tuple[int, int]) -> NDArray[np.bool_]:
        """(33,) joints not to be drawn: outside, unsure, or hidden with the legs as the last verdict found."""
        xy = arrays["pose_px"][:, :2]
        unseen: NDArray[np.bool_] = (arrays["visibility"] < SEEN_FROM) | (xy < 0).any(1) | (xy > size).any(1)
        if self._moment is not None and self._moment.legs_hidden:
            unseen[_FEET_FROM:] = True
        return unseen

    def _take(
        self,
        now_s: float,
        moment: Moment | None,
        track: Track | None,
        newest: Analysed | None,
        raw: tuple[Array, Array] | None,
        luma: float,
    ) -> bool:
        """Go on by one judged moment; whether the lesson is done by that."""
        with self._lock:
            if moment is not None and moment.assessed and self._first_verdict_s is None and self._first_s is not None:
                self._first_verdict_s = now_s - self._first_s
            self._moment = moment
            size = (newest.image.shape[1], newest.image.shape[0]) if newest is not None else (0, 0)
            what = self._practice.what
            pose_px, visibility = raw or (None, None)
            self._framing = framing(
                pose_px, visibility, size, luma, what in self._wants_feet, moment.view if moment else None,
                what in BODY_MOVES and self._practice.phase == Phase.MOVE,
            )  # fmt: skip
            if newest is not None and raw is not None:
                shown = self._shown[1] if self._shown is not None else raw[0]
                self._recent.append((newest.time_s, newest.image, shown))
            events = self._practice.update(_seen(now_s, raw is not None, moment))
            if Event.CALIBRATE_NOW in events:
                events = self._calibrated(track)
            self._tell(events)
            holding = moment if self._practice.phase == Phase.HOLD else None
            self._cue = self._cues.update(now_s, self._broken(moment), holding.right if holding else ())
            if self._cue.say:
                self._speech = Speech(self._speech.number + 1, criterion=self._cue.criterion)
            if self._practice.took_best() and moment is not None:
                self._keep_best(what, moment)
            return Event.DONE in events

    def _broken(self, moment: Moment | None) -> list[str]:
        """Criteria to be told of now: broken at this moment or, where a movement is practised, by the last one."""
        state = self._practice.state()
        if state.phase == Phase.MOVE:
            last = state.last
            told = last is not None and last.kind == state.what and self._analysed_s - last.end_s <= TOLD_S
            return list(last.faults) if last is not None and told else []
        return [d.criterion for d in moment.faults] if moment and state.phase == Phase.HOLD else []

    def _keep_best(self, what: str, moment: Moment) -> None:
        last = self._practice.state().last
        at_s = last.peak_s if last is not None else moment.time_s
        if self._recent:
            _, image, pose_px = min(self._recent, key=lambda one: abs(one[0] - at_s))
            similarity = last.similarity if last is not None else moment.similarity
            self._best[what] = BestMoment(what, image, pose_px, moment.joints, similarity)

    def _calibrated(self, track: Track | None) -> list[Event]:
        # Whoever stood calm in the countdown already has shown the neutral by that.
        self.calibration = calibrate(track) if track is not None else None
        self._calibration_failed = self.calibration is None
        return self._practice.calibrated(self.calibration is not None)

    def _tell(self, events: list[Event]) -> None:
        for event in events:
            self._speech = Speech(self._speech.number + 1, event=event)

    def _drawn_now(self, time_s: float) -> Drawn:
        shown = self._shown if self._shown is not None and time_s - self._shown[0] <= _SHOWN_FOR_S else None
        state, moment = self._practice.state(), self._moment
        joints = dict(moment.joints) if moment and shown else {}
        if state.phase == Phase.MOVE and shown:
            broken = [Standing(name, Verdict.DEVIATION) for name in self._broken(moment)]
            joints = joint_states(broken, self.library)
        what = Drawn(None if shown is None else shown[1], joints)
        if state.phase == Phase.HOLD:
            ghost = moment.ghost_px if moment else None
            left = int(np.ceil(state.hold_s - state.held_s))
            return replace(what, ghost_px=ghost, timer=(state.share, left), timer_runs=state.counting)
        if state.phase == Phase.MOVE:
            ghost = moment.ghost_px if moment else None
            return replace(what, ghost_px=ghost, timer=(state.share, state.times - state.right), timer_runs=True)
        if state.phase in (Phase.COUNTDOWN, Phase.CALIBRATION, Phase.REST):
            return replace(what, timer=(0.0, int(np.ceil(state.remaining_s))), timer_runs=True)
        return what

    def _summary(self) -> Summary:
        duration_s = self._now_s - self._first_s if self._first_s is not None else 0.0
        tried = [r for i, r in enumerate(self._practice.results) if i <= self._practice.state().step]
        return Summary(self.lesson.id, duration_s, tuple(replace(r, fault_s=dict(r.fault_s)) for r in tried))


def _seen(now_s: float, present: bool, moment: Moment | None) -> Seen:
    if moment is None:
        return Seen(now_s, present)
    return Seen(now_s, present, moment.held, moment.similarity, moment.counting, moment.sway_sw, moment.made)


def _sized(image: Image) -> Image:
    height, width = image.shape[:2]
    scale = SIDE_PX / max(height, width)
    if scale == 1.0:
        return image
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    size = (round(width * scale), round(height * scale))
    return np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)
