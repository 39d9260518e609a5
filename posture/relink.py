"""Who is who, looked at once more when the whole recording is known.

While a recording is observed a number is given with what came before only: where two people meet, a number may go over
to the other one, or somebody who was hidden gets a new one. Here tracks are cut where that may have happened, which is
where a body suddenly is another one while somebody else is near, and the pieces are joined again so that all of them
together fit best: place and motion before and after, size and shape. Nothing about appearance is used.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posture.geometry import distance
from posture.landmarks import Array, Track
from posture.people import (
    AHEAD_S,
    BODY_POINTS,
    MOVING_SPREAD,
    SIZE_SPREAD,
    SPREAD_PER_S,
    body_sizes_px,
    centred,
    height_of_trunk_px,
    similarities,
    similarity,
)

Numbers = dict[int, NDArray[np.integer]]
"""By the number of a track, (T,) the number that each of its samples should have."""
GAP_S = 0.35
"""Unseen for longer, somebody may come back as another one (own choice)."""
MEMORY_S = 3.0
"""Pieces further apart are not joined (own choice): who comes back later is told while observing, where less is known
of others who came meanwhile."""
_NEAR_SIZES, _NEAR_S = 1.6, 1.0
"""Somebody is near who is within so many body sizes and seconds (own choices)."""
_SUDDEN = 0.45
"""A body less like the one of the sample before than this may be another one (own choice)."""
_OTHER_SIZE, _SIZE_SAMPLES = 0.25, 5
"""So much, as a logarithm, the trunk's medians of so many samples before and after differ where it is another's (own
choice: a fifth; bending down changes it more slowly, and alone)."""
_USUAL_STEP_S = 0.1
"""People move on by so much more in a longer gap."""
_END_S = 0.5
"""The end of a piece is told by its last moments: one sample may be put wrong."""
_SPEED_SPREAD = 3.0
"""Body sizes per second by which somebody may begin or stop walking (own choice: walking is four)."""
_LEAST = 4
"""Samples of a piece that tells anything (own choice)."""
_SHAPE_WEIGHT = 3.0
_STAYS = 1.5
"""What a piece that went on under the same number is preferred by (own choice)."""
_NOBODY = 4.0
"""A link that fits worse than this (a squared distance, half of it) is none (own choice)."""


@dataclass(frozen=True)
class _End:
    """How somebody was in the first or last moments of a piece."""

    time_s: float
    centre: Array
    speed_px_per_s: Array
    size_px: float
    trunk_px: float
    shape: Array


@dataclass(frozen=True)
class _Piece:
    """Samples `first` to `last` of a track."""

    track: int
    first: int
    last: int
    start: _End
    end: _End

    def __len__(self) -> int:
        return self.last - self.first + 1


def relinked(tracks: Sequence[Track]) -> Numbers:
    """The number of every sample; people keep the number that most of the first piece of theirs had."""
    if len(tracks) < 2:
        return {t.person: np.full(len(t), t.person) for t in tracks}
    centres = [np.nanmedian(t.pose_px[:, BODY_POINTS, :2], axis=1) for t in tracks]
    sizes = [body_sizes_px(t.pose_px) for t in tracks]
    pieces = [p for k in range(len(tracks)) for p in _pieces(k, tracks, centres, sizes)]
    numbers = {t.person: np.zeros(len(t), int) for t in tracks}
    taken: set[int] = set()
    for chain in _with_short_ones(_chains([p for p in pieces if len(p) >= _LEAST]), pieces):
        own = [tracks[p.track].person for p in chain]
        number = next((n for n in own if n not in taken), max(taken | set(numbers)) + 1)
        taken.add(number)
        for piece in chain:
            numbers[tracks[piece.track].person][piece.first : piece.last + 1] = number
    return numbers


def _pieces(k: int, tracks: Sequence[Track], centres: list[Array], sizes: list[Array]) -> list[_Piece]:
    track = tracks[k]
    cuts = [i for i in _sudden(track) if _is_near_another(k, i, tracks, centres, sizes)]
    firsts, lasts = [0, *(i + 1 for i in cuts)], [*cuts, len(track) - 1]
    return [
        _Piece(k, a, b, _end(track, centres[k], sizes[k], a, b, False), _end(track, centres[k], sizes[k], a, b, True))
        for a, b in zip(firsts, lasts, strict=True)
    ]


def _sudden(track: Track) -> list[int]:
    """Samples after which the body is suddenly another one, or was not seen for a while."""
    gap_s = np.diff(track.time_s)
    before, after = track.pose_px[:-1], track.pose_px[1:]
    place = similarities(before, after, MOVING_SPREAD * np.fmax(1.0, gap_s / _USUAL_STEP_S))
    shape = similarities(centred(before), centred(after), MOVING_SPREAD)
    sudden = (gap_s > GAP_S) | (place < _SUDDEN) | (shape < _SUDDEN)
    return sorted({int(i) for i in np.flatnonzero(sudden)} | set(_other_sizes(track)))


def _other_sizes(track: Track) -> list[int]:
    """Samples after which the trunk is of another size for longer."""
    trunk = np.log(height_of_trunk_px(track.pose_px))
    n = _SIZE_SAMPLES
    if len(trunk) < 2 * n:
        return []
    windows = np.median(np.lib.stride_tricks.sliding_window_view(trunk, n), axis=1)
    step = np.abs(windows[n:] - windows[:-n])  # step[k]: samples k..k+n-1 against the n after them
    found = []
    for k in np.flatnonzero(step >= _OTHER_SIZE):
        if step[k] == step[max(k - n, 0) : k + n + 1].max():
            found.append(int(k) + n - 1)
    return found


def _is_near_another(k: int, i: int, tracks: Sequence[Track], centres: list[Array], sizes: list[Array]) -> bool:
    """Whether somebody else is near about the time between samples `i` and `i + 1` of track `k`."""
    start_s, end_s = tracks[k].time_s[i] - _NEAR_S, tracks[k].time_s[i + 1] + _NEAR_S
    for other, track in enumerate(tracks):
        here = slice(*np.searchsorted(track.time_s, (start_s, end_s)))
        if other == k or here.start == here.stop:
            continue
        size = max(sizes[k][i], sizes[k][i + 1], float(sizes[other][here].max()))
        for mine in (centres[k][i], centres[k][i + 1]):
            if distance(centres[other][here], mine).min() <= _NEAR_SIZES * size:
                return True
    return False


def _end(track: Track, centre: Array, sizes: Array, first: int, last: int, at_end: bool) -> _End:
    time_s = track.time_s[first : last + 1]
    near = time_s >= time_s[-1] - _END_S if at_end else time_s <= time_s[0] + _END_S
    rows = first + np.flatnonzero(near)
    poses = track.pose_px[rows]
    speed = np.zeros(2)
    if len(rows) >= 3:
        speed = np.polyfit(track.time_s[rows], centre[rows], 1)[0]
    return _End(
        float(time_s[-1] if at_end else time_s[0]),
        np.median(centre[rows[-3:] if at_end else rows[:3]], axis=0),
        speed,
        float(np.median(sizes[rows])),
        float(np.median(height_of_trunk_px(poses))),
        np.median(centred(poses), axis=0),
    )


def _cost(before: _End, after: _End, same: bool) -> float:
    """Half a squared distance: how badly one piece goes on as another, infinite when it cannot."""
    gap_s = after.time_s - before.time_s
    if gap_s <= 0 or (gap_s > MEMORY_S and not same):
        return math.inf
    size = max(before.size_px, after.size_px)
    ahead_s = min(gap_s, AHEAD_S)
    forward = before.centre + before.speed_px_per_s * ahead_s - after.centre
    backward = after.centre - after.speed_px_per_s * ahead_s - before.centre
    moved = (np.linalg.norm(forward) + np.linalg.norm(backward)) / 2
    apart = min(moved, np.linalg.norm(after.centre - before.centre)) / (size * (MOVING_SPREAD + SPREAD_PER_S * gap_s))
    faster = np.linalg.norm(after.speed_px_per_s - before.speed_px_per_s) / (size * _SPEED_SPREAD)
    sizes = math.log(after.trunk_px / before.trunk_px) / SIZE_SPREAD
    shape = similarity(before.shape, after.shape, MOVING_SPREAD)
    return 0.5 * float(apart**2 + faster**2) + 0.5 * sizes**2 + _SHAPE_WEIGHT * (1.0 - shape) - _STAYS * same


def _chains(pieces: list[_Piece]) -> list[list[_Piece]]:
    """The pieces of each person in the order of time: the links with the least sum of costs."""
    from scipy.optimize import linear_sum_assignment

    n = len(pieces)
    cost = np.full((2 * n, 2 * n), np.inf)
    for i, before in enumerate(pieces):
        for k, after in enumerate(pieces):
            if i != k:
                same = before.track == after.track and after.first == before.last + 1
                cost[i, k] = _cost(before.end, after.start, same)
    cost[cost > _NOBODY] = np.inf
    # Every piece may also be the last of its person, or the first.
    cost[:n, n:] = np.where(np.eye(n, dtype=bool), _NOBODY / 2, np.inf)
    cost[n:, :n] = np.where(np.eye(n, dtype=bool), _NOBODY / 2, np.inf)
    cost[n:, n:] = 0.0
    rows, columns = linear_sum_assignment(np.where(np.isfinite(cost), cost, 1e6))
    following = {int(r): int(c) for r, c in zip(rows, columns, strict=True) if r < n and c < n}
    firsts = sorted(set(range(n)) - set(following.values()), key=lambda i: (pieces[i].start.time_s, pieces[i].track))
    chains = []
    for i in firsts:
        chain = [i]
        while chain[-1] in following:
            chain.append(following[chain[-1]])
        chains.append([pieces[j] for j in chain])
    return chains


def _with_short_ones(chains: list[list[_Piece]], pieces: list[_Piece]) -> list[list[_Piece]]:
    """The chains with the short pieces that lie between two of the same track; every other one is somebody's own."""
    chain_of = {(p.track, p.first): chain for chain in chains for p in chain}
    alone = []
    for track in {p.track for p in pieces}:
        own = [p for p in pieces if p.track == track]
        for i, piece in enumerate(own):
            if len(piece) >= _LEAST:
                continue
            before = next((chain_of[p.track, p.first] for p in reversed(own[:i]) if len(p) >= _LEAST), None)
            after = next((chain_of[p.track, p.first] for p in own[i + 1 :] if len(p) >= _LEAST), None)
            known = before if before is not None else after
            if known is not None and (after is None or after is known) and not _at_the_same_time(piece, known):
                known.append(piece)
            else:
                alone.append([piece])
    return chains + alone


def _at_the_same_time(piece: _Piece, chain: list[_Piece]) -> bool:
    return any(p.start.time_s <= piece.end.time_s and piece.start.time_s <= p.end.time_s for p in chain)
