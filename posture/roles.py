"""What people in a recording are there for: clerk, client, or somebody who only passes.

By a region that the user drew once for a fixed camera, else by place and behaviour. Where neither tells, nothing is
claimed: that person is judged like everybody. Pure numpy; thresholds are own choices, made to err on the side of
judging.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from posture.camera import lower_body_hidden
from posture.errors import UnusableInputError
from posture.findings import Role, View
from posture.geometry import rolling_median, stretches
from posture.landmarks import Array, Track
from posture.measures import Scene
from posture.people import BODY_POINTS, body_sizes_px
from posture.reasons import why

STOPS_S = 2.0
"""Who stands still for this long does not only walk through."""
PASSES_WITHIN_S = 15.0
"""Who only walks through is not seen for longer than this."""
STAYS_S = 5.0
"""Only where somebody else stays for this long is a person who walks through not meant: a practice of walking shows
nobody else."""
_WAY_BS = 3.0
"""Least way of somebody who walks through, in body sizes (a shoulder width, about 0.4 m)."""
_STILL_BS_PER_S = 0.35
_GROWTH_PER_S = 0.15
"""Somebody still moves less than this, and grows by less than this share (walks up to the camera): walkers make 3 body
sizes a second, or grow by a quarter."""
_AT_A_COUNTER = 0.8
"""Least share of the time that a counter hides the legs of a clerk."""
_MOST_OF_THE_TIME = 0.5
_NEAR_BS = 5.0
"""A client comes at least so near to a clerk, in the clerk's body sizes (2 m)."""
_COMES_AFTER_S = 1.0
"""Clients come later than the recording's start or leave before its end by this much."""
_LEAST_AREA = 1e-4
"""A region smaller than this share of the picture has no room for the middle of anybody (own choice)."""
_STRIPS = 2000
_IN_REGION, _OUTSIDE_REGION = 0.5, 0.1
_SMOOTH_S = 0.5
_GAP_S = 1.0

Region = tuple[tuple[float, float], ...]
"""Corners of a polygon, x and y as shares 0..1 of the picture's width and height from its left upper corner."""


@dataclass(frozen=True)
class Standing:
    """A person's role and why; None where nothing is claimed. `reason` is a key below `report.role_reason`."""

    role: Role | None
    reason: str

    @property
    def scored(self) -> bool:
        """Norms are the clerk's: known clients and people who pass are not judged by them."""
        return self.role in (None, Role.CLERK)


_UNSURE = Standing(None, "unsure")


@dataclass(frozen=True)
class _Behaviour:
    """What a person does: longest time standing still, way in body sizes, how long seen, from when to when, share of
    the time behind a counter and seen from behind; places (T, 2) and size in pixels."""

    still_s: float
    way_bs: float
    start_s: float
    end_s: float
    at_counter: float
    from_behind: float
    time_s: Array
    place_px: Array
    still: NDArray[np.bool_]
    size_px: float

    @property
    def seen_s(self) -> float:
        return self.end_s - self.start_s

    @property
    def passes(self) -> bool:
        return self.still_s < STOPS_S and self.seen_s < PASSES_WITHIN_S and self.way_bs >= _WAY_BS


def parse_region(text: str) -> Region:
    """A region from `x,y,x,y` (two opposite corners), `x,y,x,y,x,y,...` (a polygon), or the path of a YAML or JSON
    file with `clerk_region: [[x, y], ...]`. Shares of the picture, 0..1.

    Raises
    ------
    UnusableInputError
        It is neither, or as `region_of`.
    """
    path = Path(text)
    try:
        if path.suffix.lower() in (".yaml", ".yml", ".json"):
            read = yaml.safe_load(path.read_text(encoding="utf-8"))["clerk_region"]
            corners = [(float(x), float(y)) for x, y in read]
        else:
            numbers = [float(part) for part in text.split(",")]
            corners = list(zip(numbers[::2], numbers[1::2], strict=True))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UnusableInputError("roles.errors.no_file", path=path, detail=why(error)) from error
    except (ValueError, TypeError, KeyError) as error:
        raise UnusableInputError("roles.errors.region", region=text) from error
    return region_of(corners, text)


def region_of(corners: Sequence[tuple[float, float]], text: str) -> Region:
    """The polygon with these corners, or the rectangle with two opposite ones; `text` is how it was given.

    Raises
    ------
    UnusableInputError
        It has fewer corners, lies outside of the picture, or has no area: nobody could stand in it.
    """
    if len(corners) == 2:
        (left, top), (right, bottom) = corners
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    if len(corners) < 3:
        raise UnusableInputError("roles.errors.region", region=text)
    if not all(0.0 <= value <= 1.0 for corner in corners for value in corner):
        raise UnusableInputError("roles.errors.outside", region=text)
    if _area(tuple(corners)) < _LEAST_AREA:
        raise UnusableInputError("roles.errors.no_area", region=text)
    return tuple(corners)


def _area(region: Region) -> float:
    """Share of the picture that lies in the polygon, which may cross itself; summed up over thin strips."""
    share = 0.0
    for y in (np.arange(_STRIPS) + 0.5) / _STRIPS:
        edges = zip(region, (*region[1:], region[0]), strict=True)
        x = sorted(ax + (bx - ax) * (y - ay) / (by - ay) for (ax, ay), (bx, by) in edges if (ay > y) != (by > y))
        share += sum(b - a for a, b in zip(x[::2], x[1::2], strict=True)) / _STRIPS
    return share


def roles(
    raw: Sequence[Track], scenes: Sequence[Scene], duration_s: float, region: Region | None = None,
    told: Mapping[int, Role] | None = None,
) -> list[Standing]:  # fmt: skip
    """The role of everybody in a recording (of `duration_s`; 0 for a photo), in their order.

    raw : tracks as observed; scenes : the same as the camera truly saw them; told : person to role where somebody said
    it, which goes before everything else. Where it is what would be found anyway, the reason is that, too.
    """
    told = told or {}
    found = _found(raw, scenes, duration_s, region, told)
    said = [told.get(track.person, one.role) for track, one in zip(raw, found, strict=True)]
    return [one if role == one.role else Standing(role, "told") for role, one in zip(said, found, strict=True)]


def _found(
    raw: Sequence[Track], scenes: Sequence[Scene], duration_s: float, region: Region | None, told: Mapping[int, Role]
) -> list[Standing]:
    """What place and behaviour tell of everybody, those who were told to be clerks taken for clerks."""
    if region is None and not duration_s:
        return [_UNSURE] * len(raw)
    does = [_behaviour(track, scene) for track, scene in zip(raw, scenes, strict=True)]
    if region is not None:
        return [_by_region(track, one, region) for track, one in zip(raw, does, strict=True)]
    clerks = [
        one for track, one in zip(raw, does, strict=True)
        if told.get(track.person, Role.CLERK) is Role.CLERK and (track.person in told or _is_clerk(one, duration_s))
    ]  # fmt: skip
    somebody_stays = any(one.still_s >= STAYS_S for one in does)
    return [_role(one, clerks, somebody_stays, duration_s) for one in does]


def _role(one: _Behaviour, clerks: list[_Behaviour], somebody_stays: bool, duration_s: float) -> Standing:
    if _is_clerk(one, duration_s):
        return Standing(Role.CLERK, "behind_counter")
    if one.passes and somebody_stays:
        return Standing(Role.BYSTANDER, "walks_through")
    comes_and_goes = one.start_s > _COMES_AFTER_S or one.end_s < duration_s - _COMES_AFTER_S
    at_window = any(_near(one, clerk) for clerk in clerks)
    if at_window and one.from_behind >= _MOST_OF_THE_TIME:
        # Whoever sits with the back to the camera hides their own knees: that is no counter before them.
        return Standing(Role.CLIENT, "seen_from_behind")
    if at_window and one.at_counter < 1 - _AT_A_COUNTER and comes_and_goes:
        return Standing(Role.CLIENT, "comes_and_goes")
    return _UNSURE


def _by_region(track: Track, one: _Behaviour, region: Region) -> Standing:
    place = one.place_px / np.array(track.image_size)
    share = float(np.mean(inside(region, place))) if len(place) else 0.0
    if share >= _IN_REGION:
        return Standing(Role.CLERK, "in_region")
    if one.passes:
        return Standing(Role.BYSTANDER, "walks_through")
    return Standing(Role.CLIENT, "outside_region") if share <= _OUTSIDE_REGION else _UNSURE


def inside(region: Region, points: Array) -> NDArray[np.bool_]:
    """(N,) whether points (N, 2) lie in the polygon: a ray to the right crosses its edges an odd number of times."""
    x, y = points[:, 0], points[:, 1]
    within = np.zeros(len(points), bool)
    for (ax, ay), (bx, by) in zip(region, (*region[1:], region[0]), strict=True):
        crosses = (ay > y) != (by > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            within ^= crosses & (x < ax + (bx - ax) * (y - ay) / (by - ay))
    return within


def _is_clerk(one: _Behaviour, duration_s: float) -> bool:
    """Behind a counter, there most of the time, and mostly still."""
    here = one.seen_s >= _MOST_OF_THE_TIME * duration_s and one.from_behind < 1 - _AT_A_COUNTER
    return here and one.at_counter >= _AT_A_COUNTER and float(np.mean(one.still)) >= _AT_A_COUNTER


def _near(one: _Behaviour, clerk: _Behaviour) -> bool:
    """Whether somebody stood still near a clerk for as long as one does who does not only walk through."""
    at = np.median(clerk.place_px, axis=0)
    near = one.still & (np.abs(one.place_px[:, 0] - at[0]) <= _NEAR_BS * clerk.size_px)
    return _longest_s(near, one.time_s) >= STOPS_S


def _behaviour(track: Track, scene: Scene) -> _Behaviour:
    found = track.part(track.found)
    time_s = found.time_s
    place = np.median(found.pose_px[:, BODY_POINTS, :2], axis=1).astype(float)
    place = np.stack([rolling_median(time_s, place[:, k], _SMOOTH_S) for k in (0, 1)], 1)
    size = rolling_median(time_s, body_sizes_px(found.pose_px), 2 * _SMOOTH_S)
    usual = float(np.median(size)) if len(size) else 1.0
    still = _still(time_s, place, size)
    behind = scene.seen_from[View.BACK]
    return _Behaviour(
        still_s=_longest_s(still, time_s),
        way_bs=float(np.linalg.norm(np.ptp(place, axis=0))) / usual if len(place) else 0.0,
        start_s=float(track.time_s[0]),
        end_s=float(track.time_s[-1]),
        at_counter=float(np.mean(lower_body_hidden(found))) if len(place) else 0.0,
        from_behind=float(np.mean(behind)) if len(behind) else 0.0,
        time_s=time_s,
        place_px=place,
        still=still,
        size_px=usual,
    )


def _still(time_s: Array, place: Array, size: Array) -> NDArray[np.bool_]:
    """(T,) whether the person neither goes to the side nor comes or goes, over the second round each sample."""
    before, after = (
        np.interp(time_s + shift, time_s, np.arange(len(time_s))).round().astype(int) for shift in (-0.5, 0.5)
    )
    took = np.maximum(time_s[after] - time_s[before], 1e-3)
    moved = np.linalg.norm(place[after] - place[before], axis=1) / size / took
    grew = np.abs(np.log(size[after] / size[before])) / took
    still: NDArray[np.bool_] = (moved <= _STILL_BS_PER_S) & (grew <= _GROWTH_PER_S)
    return still


def _longest_s(flag: NDArray[np.bool_], time_s: Array) -> float:
    """The longest stretch in which the flag holds, in seconds."""
    return max((float(time_s[b] - time_s[a]) for a, b in stretches(flag, time_s, _GAP_S, 0.0)), default=0.0)
