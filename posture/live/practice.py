"""The course of a practice session: countdown, calibration, then one step after another: poses held still, movements
made several times. No clock of its own: every time comes from outside, so that it can be tested and replayed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from posture.live.steps import Made, Step, StepResult

PRESENT_S = 0.3
"""The countdown begins when somebody has been there for this long."""
COUNTDOWN_S = 3.0
CALIBRATION_S = 3.0
REST_S = 3.0
"""Between two steps."""
LOST_S = 2.0
"""Out of the pose for longer than this the hold begins anew (own choice); for less the timer stands still."""
_LONGEST_STEP_S = 0.5
"""Time without a verdict for longer than this does not count as held."""
STEADY_SW = 0.06
"""Largest sway that counts as steady: the limit of the criterion stand_no_sway."""


class Phase(StrEnum):
    WAITING = "waiting"
    """Nobody there yet."""
    COUNTDOWN = "countdown"
    CALIBRATION = "calibration"
    HOLD = "hold"
    MOVE = "move"
    """A movement is to be made."""
    REST = "rest"
    DONE = "done"


class Event(StrEnum):
    """What has just happened and may be told by voice."""

    COUNTDOWN = "countdown"
    CALIBRATION = "calibration"
    CALIBRATE_NOW = "calibrate_now"
    """The calibration's seconds are over: work it out and call `calibrated`."""
    CALIBRATION_FAILED = "calibration_failed"
    POSE = "pose"
    """The next pose is to be taken."""
    MOVE = "move"
    """The next movement is to be made."""
    MADE_RIGHT = "made_right"
    """The movement was made as it should be, and once more is wanted."""
    STEP_DONE = "step_done"
    DONE = "done"


@dataclass(frozen=True)
class Seen:
    """One judged moment: is anybody there, is the pose held, its similarity, which counting faults last, the sway,
    and the movements of the last seconds that are over."""

    time_s: float
    present: bool
    held: bool = False
    similarity: float | None = None
    faults: tuple[str, ...] = ()
    sway_sw: float | None = None
    made: tuple[Made, ...] = ()


@dataclass(frozen=True)
class PracticeState:
    """What a page shows. `remaining_s` of the present countdown, calibration or rest; `counting` while the hold timer
    runs; `steady` None when unknown. Of a movement `right` of `times` are made, `last` is the newest of this step,
    of whatever kind."""

    phase: Phase
    step: int
    steps: int
    what: str
    hold_s: float
    held_s: float
    remaining_s: float
    counting: bool
    steady: bool | None
    calibrated: bool
    times: int = 0
    right: int = 0
    last: Made | None = None

    @property
    def share(self) -> float:
        """How much of the step is done, 0..1."""
        return self.right / self.times if self.times else self.held_s / self.hold_s


class Practice:
    """Call `update` with every judged moment, in the order of time."""

    def __init__(self, steps: Sequence[Step], calibrated: bool = False) -> None:
        if not steps:
            raise ValueError("expected at least one step")
        self.steps = tuple(steps)
        self.results = [StepResult(s.what, s.hold_s, times=s.times) for s in steps]
        self.phase = Phase.WAITING
        self.is_calibrated = calibrated
        self._step = 0
        self._held_s = 0.0
        self._counting = False
        self._steady: bool | None = None
        self._until_s = 0.0
        self._now_s: float | None = None
        self._present_since_s: float | None = None
        self._held_at_s: float | None = None
        self._improved = False
        self._seen_until_s = -np.inf
        self._last: Made | None = None

    @property
    def what(self) -> str:
        """The pose or movement that is practised now."""
        return self.steps[self._step].what

    def took_best(self) -> bool:
        """Whether the last moment was the best of its step so far."""
        return self._improved

    def state(self) -> PracticeState:
        step, now_s = self.steps[self._step], self._now_s or 0.0
        waits = self.phase in (Phase.COUNTDOWN, Phase.CALIBRATION, Phase.REST)
        return PracticeState(
            self.phase, self._step, len(self.steps), step.what, step.hold_s, self._held_s,
            max(0.0, self._until_s - now_s) if waits else 0.0, self._counting, self._steady, self.is_calibrated,
            step.times, self.results[self._step].right, self._last,
        )  # fmt: skip

    def recalibrate(self) -> None:
        """Calibrate again before going on; the step of the moment begins anew."""
        if self.phase != Phase.DONE:
            self.phase, self.is_calibrated = Phase.WAITING, False
            self._present_since_s, self._counting, self._held_s = None, False, 0.0

    def skip_calibration(self) -> list[Event]:
        """Go on without the own neutral: what compares with it stays not assessable."""
        if self.phase in (Phase.WAITING, Phase.COUNTDOWN, Phase.CALIBRATION):
            return self._begin_step(self._now_s or 0.0)
        return []

    def calibrated(self, good: bool) -> list[Event]:
        """The answer to `CALIBRATE_NOW`; when it was no good the seconds begin anew."""
        if self.phase != Phase.CALIBRATION:
            return []
        if good:
            self.is_calibrated = True
            return self._begin_step(self._now_s or 0.0)
        self._until_s = (self._now_s or 0.0) + CALIBRATION_S
        return [Event.CALIBRATION_FAILED]

    def update(self, seen: Seen) -> list[Event]:
        """Go on to `seen.time_s`; what happened by that."""
        last_s, self._now_s = self._now_s, seen.time_s
        passed_s = min(seen.time_s - last_s, _LONGEST_STEP_S) if last_s is not None else 0.0
        if passed_s < 0:
            raise ValueError("expected times that do not go back")
        self._improved = False
        self._steady = None if seen.sway_sw is None else seen.sway_sw <= STEADY_SW
        if self.phase == Phase.WAITING:
            return self._wait(seen)
        if self.phase in (Phase.COUNTDOWN, Phase.CALIBRATION) and not seen.present:
            self.phase, self._present_since_s = Phase.WAITING, None
        elif self.phase == Phase.HOLD:
            return self._hold(seen, passed_s)
        elif self.phase == Phase.MOVE:
            return self._move(seen)
        elif self.phase != Phase.DONE and seen.time_s >= self._until_s:
            return self._time_is_up(seen.time_s)
        return []

    def _wait(self, seen: Seen) -> list[Event]:
        if not seen.present:
            self._present_since_s = None
            return []
        if self._present_since_s is None:
            self._present_since_s = seen.time_s
        if seen.time_s - self._present_since_s < PRESENT_S:
            return []
        if self.is_calibrated:
            return self._begin_step(seen.time_s)
        self.phase, self._until_s = Phase.COUNTDOWN, seen.time_s + COUNTDOWN_S
        return [Event.COUNTDOWN]

    def _time_is_up(self, now_s: float) -> list[Event]:
        if self.phase == Phase.COUNTDOWN:
            self.phase, self._until_s = Phase.CALIBRATION, now_s + CALIBRATION_S
            return [Event.CALIBRATION]
        if self.phase == Phase.CALIBRATION:
            return [Event.CALIBRATE_NOW]
        self._step += 1
        return self._begin_step(now_s)

    def _begin_step(self, now_s: float) -> list[Event]:
        self._held_s, self._held_at_s, self._counting = 0.0, None, False
        self._seen_until_s, self._last = now_s, None
        if self.steps[self._step].times:
            self.phase = Phase.MOVE
            return [Event.MOVE]
        self.phase = Phase.HOLD
        return [Event.POSE]

    def _move(self, seen: Seen) -> list[Event]:
        step, result, events = self.steps[self._step], self.results[self._step], []
        for made in seen.made:
            # The same movement is seen again and again while it is in the window, its ends a little different.
            if made.peak_s <= self._seen_until_s:
                continue
            self._seen_until_s, self._last = made.end_s, made
            if made.kind != step.what:
                continue
            result.tries += 1
            for criterion in made.faults:
                result.add_fault(criterion, made.end_s - made.start_s)
            if made.right:
                result.right += 1
                # Bows have nothing to be similar to: the first right one is shown.
                self._improved |= made.similarity is None and result.right == 1
                self._note_best(result, made.similarity)
                events = self._step_done(seen.time_s) if result.right == step.times else [Event.MADE_RIGHT]
                if self.phase != Phase.MOVE:
                    break
        return events

    def _step_done(self, now_s: float) -> list[Event]:
        self.results[self._step].done, self._counting = True, False
        if self._step + 1 == len(self.steps):
            self.phase = Phase.DONE
            return [Event.STEP_DONE, Event.DONE]
        self.phase, self._until_s = Phase.REST, now_s + REST_S
        return [Event.STEP_DONE]

    def _hold(self, seen: Seen, passed_s: float) -> list[Event]:
        result, was_counting = self.results[self._step], self._counting
        in_pose = seen.present and seen.held
        if in_pose:
            self._held_at_s = seen.time_s
        elif self._held_at_s is not None and seen.time_s - self._held_at_s > LOST_S:
            self._held_s, self._held_at_s = 0.0, None
        for criterion in seen.faults:
            result.add_fault(criterion, passed_s)
        self._counting = in_pose and not seen.faults
        if not self._counting:
            return []
        if self._held_s == 0.0 and not was_counting:
            result.tries += 1
        if was_counting:
            self._held_s += passed_s
            result.longest_s = max(result.longest_s, min(self._held_s, result.hold_s))
        self._note_best(result, seen.similarity)
        return self._step_done(seen.time_s) if self._held_s >= result.hold_s else []

    def _note_best(self, result: StepResult, similarity: float | None) -> None:
        best = -np.inf if result.best_similarity is None else result.best_similarity
        if similarity is not None and similarity > best:
            result.best_similarity, self._improved = similarity, True
