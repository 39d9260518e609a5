"""One performance compared with its reference: too fast, too short, too small, and where its form differs most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posture.drill.align import Alignment, align, levels
from posture.drill.files import Limits
from posture.drill.motion import CHANGE, RATE_PER_S, SMOOTH_S, Performance, Why, part_of
from posture.findings import Verdict
from posture.geometry import rolling_median
from posture.landmarks import Array

PHASES = {"going": ("set_off", "arrive"), "hold": ("arrive", "leave"), "return": ("leave", "back")}
SAME_FORM_APART = 0.20
"""Performances farther apart than this, in shares of the movement, are another movement or begin and end elsewhere:
nothing in time goes with anything (own choice; rendered people 0.14 in 95 %, with other rests 0.40)."""
ON_THE_WAY_S = 0.10
"""An angle that is changing is off by what it does in this time (docs/accuracy.md)."""


@dataclass(frozen=True)
class Finding:
    """One aspect: seconds of a phase (`going`, `hold`, `return`), the angle of a channel at the hold (`peak`), or where
    the form differs most on the way (`form`).

    own, reference, difference : seconds or degrees; the difference of an angle is positive when the own movement is
    larger in the reference's direction. at_s : time in the own recording. why : why there is no verdict.
    way : `too_fast`, `too_slow`, `too_short`, `too_long`, `too_small`, `too_large`, `differs`, or nothing.
    """

    aspect: str
    verdict: Verdict
    channel: str = ""
    own: float = float("nan")
    reference: float = float("nan")
    difference: float = float("nan")
    error: float = float("nan")
    allowed: float = float("nan")
    at_s: float = float("nan")
    way: str = ""
    why: Why | None = None


@dataclass(frozen=True)
class Comparison:
    """What became of one performance. refusal : why nothing could be compared.

    tempo : by phase, the reference's length by the own one, over 1 is faster.
    behind_s : by moment, how much later it comes than in the reference, both counted from setting off.
    """

    own: Performance
    mirrored: bool
    findings: tuple[Finding, ...] = ()
    tempo: dict[str, float] | None = None
    behind_s: dict[str, float] | None = None
    alignment: Alignment | None = None
    refusal: Why | None = None

    @property
    def deviations(self) -> list[Finding]:
        return [f for f in self.findings if f.verdict == Verdict.DEVIATION]


def compare(reference: Performance, own: Performance, limits: Limits, mirrored: bool = False) -> Comparison:
    """The own performance compared with the reference. `mirrored` says that the reference was turned round for it."""
    refusal = reference.refusal() or own.unseen() or (Why.OTHER_VIEW if own.view != reference.view else None)
    channels = [c for c in reference.timing() if c in own.known()]
    if refusal is None and not channels:
        refusal = Why.NOT_VISIBLE
    if refusal is not None:
        return Comparison(own, mirrored, refusal=refusal)
    laid = align(reference, own, channels)
    if laid.apart > SAME_FORM_APART:
        return Comparison(own, mirrored, alignment=laid, refusal=Why.OTHER_FORM)
    own_s, reference_s = laid.own_s, laid.moments_s
    lengths = {p: (own_s[b] - own_s[a], reference_s[b] - reference_s[a]) for p, (a, b) in PHASES.items()}
    phases = [p for p in PHASES if p == "going" or reference.kind != CHANGE]
    findings = [_length(phase, *lengths[phase], laid, limits) for phase in phases]
    findings += [
        _peak(reference, own, channel, laid, limits)
        for channel in reference.moving()
        if _angle_limits(channel, reference, limits)
    ]
    findings += _form(reference, own, laid, limits)
    return Comparison(
        own, mirrored, tuple(findings),
        {p: lengths[p][1] / lengths[p][0] if lengths[p][0] > 0 else float("nan") for p in phases},
        {m: (laid.own_s[m] - laid.own_s["set_off"]) - (laid.moments_s[m] - laid.moments_s["set_off"])
         for m in laid.moments_s},
        laid,
    )  # fmt: skip


def _length(phase: str, own_s: float, reference_s: float, laid: Alignment, limits: Limits) -> Finding:
    at_s = laid.own_s[PHASES[phase][0]]
    error = getattr(limits.errors, f"{phase}_s")
    if not np.isfinite(own_s) or not np.isfinite(reference_s):
        return Finding(phase, Verdict.NOT_ASSESSABLE, at_s=at_s, error=error, why=Why.CUT_OFF)
    span = {"going": limits.allowed.going, "hold": limits.allowed.hold, "return": limits.allowed.back}[phase]
    allowed, difference = span.of(reference_s), own_s - reference_s
    ways = ("too_short", "too_long") if phase == "hold" else ("too_fast", "too_slow")
    verdict, why = verdict_of(difference, allowed, error)
    way = ways[difference > 0] if verdict == Verdict.DEVIATION else ""
    return Finding(phase, verdict, "", own_s, reference_s, difference, error, allowed, at_s, way, why)


def verdict_of(difference: float, allowed: float, error: float) -> tuple[Verdict, Why | None]:
    """Past the limit by more than the error is a deviation, by less is borderline; an error over the limit says
    nothing."""
    if error > allowed + 1e-9:
        return Verdict.NOT_ASSESSABLE, Why.ERROR_TOO_LARGE
    excess = abs(difference) - allowed
    return (Verdict.DEVIATION if excess > error else Verdict.BORDERLINE if excess > 0 else Verdict.OK), None


def _angle_limits(channel: str, performance: Performance, limits: Limits) -> tuple[float, float] | None:
    """Allowed difference and error of an angle, None where it is not measured from that side."""
    part = part_of(channel)
    error = limits.errors.angle_deg.get(performance.view, {}).get(part)  # type: ignore[call-overload]
    return None if error is None else (limits.allowed.angle_deg[part], error)  # type: ignore[index]


def _turned(channel: str, difference: Array | float) -> Array:
    """The difference of two directions is at most half a turn."""
    return np.mod(difference + 180.0, 360.0) - 180.0 if part_of(channel) == "forearm" else np.asarray(difference)


def _held(own: Performance, channel: str, reference: Performance, laid: Alignment) -> float:
    """Median angle in degrees of what goes with the reference's hold; NaN where it is unknown."""
    time_s = reference.time_s[laid.path[:, 0]]
    inside = (time_s >= reference.hold_start_s - 1e-9) & (time_s <= reference.hold_end_s + 1.0 / RATE_PER_S)
    values = own.values[channel][np.unique(laid.path[inside, 1])]
    values = values[np.isfinite(values)]
    return float(np.median(values)) if len(values) else float("nan")


def _peak(reference: Performance, own: Performance, channel: str, laid: Alignment, limits: Limits) -> Finding:
    at_s = float(np.nanmean([laid.own_s["arrive"], laid.own_s["leave"]]))
    known = _angle_limits(channel, reference, limits)
    rest, held, _ = levels(reference, channel)
    here = _held(own, channel, reference, laid) if channel in own.known() else float("nan")
    if known is None or not np.isfinite(here):
        return Finding("peak", Verdict.NOT_ASSESSABLE, channel, reference=held, at_s=at_s, why=Why.NOT_VISIBLE)
    allowed, error = known
    difference = float(_turned(channel, here - held)) * (1.0 if held >= rest else -1.0)
    verdict, why = verdict_of(difference, allowed, error)
    way = ("too_small", "too_large")[difference > 0] if verdict == Verdict.DEVIATION else ""
    return Finding("peak", verdict, channel, here, held, difference, error, allowed, at_s, way, why)


def _form(reference: Performance, own: Performance, laid: Alignment, limits: Limits) -> list[Finding]:
    """Where, over all angles known in both, the way differs most beyond what is allowed; holds are judged apart."""
    rows = np.arange(laid.path[0, 0], laid.path[-1, 0] + 1)
    columns = np.array([laid.path[laid.path[:, 0] == row, 1].mean() for row in rows])
    time_s = reference.time_s[rows]
    own_s = np.interp(columns, np.arange(len(own.time_s)), own.time_s)
    holding = (time_s >= laid.moments_s["arrive"]) & (time_s <= laid.moments_s["leave"])
    worst: tuple[float, Finding] | None = None
    for channel in reference.known():
        known = _angle_limits(channel, reference, limits)
        if known is None or channel not in own.known():
            continue
        there, here = reference.values[channel][rows], np.interp(own_s, own.time_s, own.values[channel])
        off = rolling_median(time_s, _turned(channel, here - there), SMOOTH_S)
        error = known[1] + ON_THE_WAY_S * np.abs(np.gradient(there)) * RATE_PER_S
        excess = np.where(holding & (channel in reference.moving()), np.nan, np.abs(off) - known[0] - error)
        if not np.isfinite(excess).any():
            continue
        i = int(np.nanargmax(excess))
        verdict, _ = verdict_of(float(off[i]), known[0], min(float(error[i]), known[0]))
        verdict = Verdict.BORDERLINE if verdict == Verdict.DEVIATION and excess[i] <= 0 else verdict
        way = "differs" if verdict == Verdict.DEVIATION else ""
        found = Finding(
            "form", verdict, channel, float(here[i]), float(there[i]), float(off[i]), float(error[i]), known[0],
            float(own_s[i]), way,
        )  # fmt: skip
        if worst is None or excess[i] > worst[0]:
            worst = (float(excess[i]), found)
    return [worst[1]] if worst else []
