"""Who is who, measured: how many people are found, ID switches and IDF1 on scenes of several people.

    python -m benchmarks.people_composed     # once: puts scenes together from the samples, a minute
    python -m benchmarks.people_set          # once: renders scenes, half an hour
    python -m benchmarks.people_crossings    # once: held-out scenes, a minute
    python -m benchmarks.identities [--clip NAME] [--held-out] [--real FOLDER]

In every picture found and true people are paired where their object keypoint similarity (the COCO keypoint task's, its
constants, on nine points of head and trunk) is at least `LEAST_OKS`: a pair of the picture before is kept when it still
is one, the others are assigned with the least sum of 1 - OKS (CLEAR MOT: Bernardin and Stiefelhagen 2008, doi
10.1155/2008/246309). An *ID switch* is a true person paired with another number than before. *IDF1* (Ristani et al.
2016, arXiv 1609.01775) is 2 IDTP / (true + found), with IDTP from the one-to-one assignment of whole tracks that agrees
in most pictures. A true person of whom less than a third of the nine points shows need not be found; who is found
there is not counted either. With `--real` the tracks of clips without truth are told: a person should be one number.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from benchmarks import people_composed, people_crossings, people_set
from posture.landmarks import Array, Observation, Pose
from posture.native import silence_native_stderr
from posture.observe import ObserveSettings, observe, without_ghosts
from posture.people import BODY_POINTS

LEAST_OKS = 0.5
_SHOWN = 1 / 3
_SIGMA = np.array([0.026, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.107, 0.107])
"""Standard deviations of annotators by BODY_POINTS, by the square root of the area (cocoapi, cocoeval.py)."""
_AREA_OF_BOX = 0.53
"""Body area by the area of its box (the factor used where COCO has no segmentation)."""


@dataclass(frozen=True)
class Picture:
    """People of one picture: `truth` (P, 33, 2) pixels, `shown` (P,) whether they must be found, `numbers` and `found`
    (F, 33, 2) of those found."""

    truth: Array
    shown: NDArray[np.bool_]
    numbers: list[int]
    found: Array


@dataclass
class Score:
    """Counts over a recording; `false` are found people who are nobody."""

    true: int = 0
    found: int = 0
    paired: int = 0
    false: int = 0
    switches: int = 0
    id_true: int = 0

    @property
    def idf1(self) -> float:
        """0..1, NaN for an empty recording."""
        return 2 * self.id_true / (self.true + self.found) if self.true + self.found else float("nan")

    @property
    def share_found(self) -> float:
        return self.paired / self.true if self.true else float("nan")

    def __add__(self, other: Score) -> Score:
        return Score(*(getattr(self, n) + getattr(other, n) for n in self.__dataclass_fields__))


def oks(truth_px: Array, found_px: Array) -> float:
    """Object keypoint similarity 0..1 of (33, 2) pixels over BODY_POINTS."""
    extent = np.ptp(truth_px, axis=0)
    area = _AREA_OF_BOX * float(extent[0] * extent[1])
    distance2 = ((truth_px - found_px)[BODY_POINTS] ** 2).sum(1)
    return float(np.exp(-distance2 / (2 * area * (2 * _SIGMA) ** 2)).mean())


def scored(pictures: list[Picture]) -> Score:
    """Counts over the pictures of one recording, in time order."""
    score = Score()
    last: dict[int, int] = {}
    together: dict[tuple[int, int], int] = {}
    for picture in pictures:
        alike = np.array([[oks(t, f) for f in picture.found] for t in picture.truth]).reshape(
            len(picture.truth), len(picture.numbers)
        )
        pairs = _pairs(alike, picture.numbers, last)
        ignored = {f for t, f in pairs.items() if not picture.shown[t]}
        score.true += int(picture.shown.sum())
        score.found += len(picture.numbers) - len(ignored)
        score.false += len(picture.numbers) - len(pairs)
        for person, column in pairs.items():
            number = picture.numbers[column]
            if picture.shown[person]:
                score.paired += 1
                together[person, number] = together.get((person, number), 0) + 1
                score.switches += last.get(person, number) != number
                last[person] = number
    score.id_true = _agreeing(together)
    return score


def _pairs(alike: Array, numbers: list[int], last: dict[int, int]) -> dict[int, int]:
    """True person (row) to found person (column)."""
    pairs: dict[int, int] = {}
    # The number may have been two people's, one after the other: it goes on as that of the one who is more like it.
    for person, number in sorted(last.items(), key=lambda one: -_likeness(alike, numbers, *one)):
        if _likeness(alike, numbers, person, number) >= LEAST_OKS and numbers.index(number) not in pairs.values():
            pairs[person] = numbers.index(number)
    rows = [r for r in range(alike.shape[0]) if r not in pairs]
    columns = [c for c in range(alike.shape[1]) if c not in pairs.values()]
    free = alike[np.ix_(rows, columns)]
    for r, c in zip(*linear_sum_assignment(np.where(free >= LEAST_OKS, 1 - free, 10.0)), strict=True):
        if free[r, c] >= LEAST_OKS:
            pairs[rows[r]] = columns[c]
    return pairs


def _likeness(alike: Array, numbers: list[int], person: int, number: int) -> float:
    return float(alike[person, numbers.index(number)]) if number in numbers else 0.0


def _agreeing(together: dict[tuple[int, int], int]) -> int:
    """Most pictures in which a one-to-one naming of true people by numbers agrees."""
    people, numbers = (sorted({key[k] for key in together}) for k in (0, 1))
    counts = np.array([[together.get((p, n), 0) for n in numbers] for p in people]).reshape(len(people), len(numbers))
    return int(counts[linear_sum_assignment(-counts)].sum())


def pictures_of(told: dict[str, Any], observation: Observation) -> list[Picture]:
    """What was true and what was found in every sample; the truth picture nearest in time."""
    frames = [person["frames"] for person in told["people"]]
    times = np.array(frames[0]["t"])
    names = [p.name.lower() for p in Pose]
    joints = np.stack([np.stack([np.array(f["joints2d_px"][n], float) for n in names], 1) for f in frames])
    hidden = np.array([[[int(d) for d in f["hidden"][names[p]]] for p in BODY_POINTS] for f in frames])
    shown = 1 - hidden.mean(1) >= _SHOWN
    rows = [
        (t.person, dict(zip(t.time_s[t.found], t.pose_px[t.found, :, :2], strict=True))) for t in observation.tracks
    ]
    pictures = []
    for time_s in observation.sample_times_s:
        k = int(np.argmin(np.abs(times - time_s)))
        here = [(person, poses[time_s]) for person, poses in rows if time_s in poses]
        found = np.array([pose for _, pose in here]).reshape(-1, len(Pose), 2)
        pictures.append(Picture(joints[:, k], shown[:, k], [person for person, _ in here], found))
    return pictures


def measured(clip: Path, settings: ObserveSettings) -> tuple[Score, float]:
    """The counts of a rendered clip and seconds of work by second of recording."""
    start = time.perf_counter()
    observation = observe(clip, settings, fresh=True)
    taken_s = time.perf_counter() - start
    told = json.loads(clip.with_suffix(".truth.json").read_text(encoding="utf-8"))
    return scored(pictures_of(told, without_ghosts(observation))), taken_s / observation.duration_s


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.identities", description=__doc__)
    parser.add_argument("--clip", action="append", help="only clips whose SET/NAME contains this")
    parser.add_argument("--real", type=Path, help="a folder with clips: tell their tracks instead")
    parser.add_argument("--held-out", action="store_true", help="the scenes by which no threshold was chosen instead")
    given = parser.parse_args()
    silence_native_stderr()
    settings = ObserveSettings(max_people=8, hands=False, face=False)
    if given.real:
        _tell_tracks(given.real, settings)
        return
    whole = Score()
    print(f"{'clip':32} true  found  false  switches  IDF1   work by length")
    for clip in clips(given.held_out):
        name = f"{clip.parent.name}/{clip.stem}"
        if given.clip and not any(part in name for part in given.clip):
            continue
        score, work = measured(clip, settings)
        whole += score
        print(f"{name:32} {_row(score)}   {work:.2f}", flush=True)
    print(f"{'all':32} {_row(whole)}")


def clips(held_out: bool = False) -> list[Path]:
    """Those scenes that are there: held-out ones, or those of both other sets."""
    sets = (people_crossings,) if held_out else (people_composed, people_set)
    wanted = [one.folder() / f"{name}.mp4" for one in sets for name in one.PLANS]
    return [clip for clip in wanted if clip.with_suffix(".truth.json").exists()]


def _row(score: Score) -> str:
    return f"{score.true:5} {score.share_found:6.3f} {score.false:5} {score.switches:7} {score.idf1:9.3f}"


def _tell_tracks(clips: Path, settings: ObserveSettings) -> None:
    for clip in sorted(p for p in clips.iterdir() if p.suffix in (".mp4", ".mov", ".avi")):
        observation = without_ghosts(observe(clip, settings, fresh=True))
        tracks = "  ".join(
            f"{t.person}: {t.time_s[0]:.1f}-{t.time_s[-1]:.1f} s, {t.found.sum()}" for t in observation.tracks
        )
        print(f"{clip.name} ({observation.duration_s:.1f} s, {len(observation.sample_times_s)} pictures): {tracks}")


if __name__ == "__main__":
    main()
