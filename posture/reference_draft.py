"""The reference file of a recorded pose: its criteria, its text, its name, and writing it."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import yaml

from posture.errors import ReferenceFileError
from posture.files import atomic_path, make_folder_of
from posture.findings import View
from posture.landmarks import Array
from posture.library import AUTO, Library
from posture.library_files import load_files
from posture.measures import MEASURES
from posture.reference_files import parse, read
from posture.references import Criterion, ReferencePose, Threshold, Words
from posture.text import LANGUAGES, say

FORM_MEASURES = (
    "wrist_gap_sw", "hands_height_tl", "hands_height_sw", "hands_offset_sw", "left_arm_sideways_deg",
    "right_arm_sideways_deg", "left_arm_forward_deg", "right_arm_forward_deg", "left_elbow_deg", "right_elbow_deg",
    "elbow_min_deg", "knee_gap_sw", "ankle_gap_sw", "heel_gap_sw", "toe_out_deg", "knee_min_deg",
)  # fmt: skip
"""Measures of arms, hands and legs that make a pose: limits are proposed for these."""
MOST_ELBOW_ERROR_DEG = 15.0
"""Elbows are proposed only in views in which they are measured better than this (own choice)."""
SPREADS, ERRORS = 2.5, 1.25
"""A tolerance is at least this many standard deviations of the stretch and measuring errors (own choices)."""
LEAST_TOLERANCE = {"deg": 8.0, "sw": 0.12, "tl": 0.10}
"""Least tolerance by unit: nobody repeats a pose more exactly (own choices)."""
_SIGNED = ("toe_out_deg", "hands_height_tl", "hands_height_sw")
_LONGEST_IDENTIFIER = 60


@dataclass(frozen=True)
class Measured:
    """A measure over the stretch: the values that were assessable and its error there (view and moment together)."""

    values: Array
    error: float


@dataclass(frozen=True)
class Proposal:
    """A criterion with what it was proposed from."""

    criterion: Criterion
    mean: float
    spread: float
    samples: int


@dataclass(frozen=True)
class Unmeasured:
    """A measure of the form for which nothing was proposed, and why.

    limited : a norm that was taken over limits it already; wrong_view : it cannot be measured from that side;
    too_coarse : its error is too large there; not_visible : it was not seen in at least half of the stretch.
    """

    measure: str
    reason: Literal["limited", "wrong_view", "too_coarse", "not_visible"]


@dataclass(frozen=True)
class Inherited:
    """What a recorded pose takes over from the one it is like, and what its model did not keep to."""

    include: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    left_out: tuple[Criterion, ...]
    limited: frozenset[str]
    """Measures that are limited already in the view of the recording."""


def inherit(
    like: ReferencePose, library: Library, identifier: str, view: View, measured: Callable[[str], Measured | None]
) -> Inherited:
    """Sets that the model kept to as a whole; of the others, and of the pose's own criteria, those it did keep to.

    Of a set that does not fit as a whole nothing about arms, hands and legs stays: that is proposed anew.
    """
    as_judged, include, left_out = library.all_criteria(), [], []
    copies: list[Criterion] = []
    limiting: list[Criterion] = []

    def fits(criterion: Criterion) -> bool:
        judged = as_judged[criterion.id]
        found = None if judged.moves or view not in judged.views else measured(judged.measure)
        if found is None or criterion.id in library.profile.without or not library.fits(judged):
            return True
        low, high = (-math.inf if judged.allowed.low is None else judged.allowed.low), judged.allowed.high
        value = float(np.median(found.values))
        return low - found.error <= value <= (math.inf if high is None else high) + found.error

    groups = [(name, library.sets[name].criteria) for name in like.include] + [("", like.criteria)]
    for name, criteria in groups:
        misfits = [c for c in criteria if not fits(c)]
        left_out += misfits
        keep = [c for c in criteria if not misfits or (c not in misfits and c.measure not in FORM_MEASURES)]
        limiting += keep
        if name and not misfits:
            include.append(name)
        else:
            copies += keep
    new_ids = {c.id: f"{identifier}_{c.id.removeprefix(like.id + '_')}" for c in copies}
    copied = tuple(
        c.model_copy(update={"id": new_ids[c.id], "follows_from": tuple(new_ids.get(f, f) for f in c.follows_from)})
        for c in copies
    )
    limited = frozenset(c.measure for c in limiting if view in c.views and not c.moves and c.variant == "any")
    return Inherited(tuple(include), copied, tuple(left_out), limited)


def propose(
    identifier: str, library: Library, view: View, limited: frozenset[str], origin: str,
    measured: Callable[[str], Measured | None],
) -> tuple[tuple[Proposal, ...], tuple[Unmeasured, ...]]:  # fmt: skip
    """A criterion for every measure of the form that was assessable and is not limited already; and the others."""
    proposals, others = [], []
    hips = measured("hands_height_tl") is not None
    for name in FORM_MEASURES:
        if name == ("hands_height_sw" if hips else "hands_height_tl") and name not in limited:
            continue  # the other one says the same
        known, found = library.errors.get(name, {}).get(view), measured(name)
        if name in limited:
            others.append(Unmeasured(name, "limited"))
        elif known is None:
            others.append(Unmeasured(name, "wrong_view"))
        elif "elbow" in name and known > MOST_ELBOW_ERROR_DEG:
            others.append(Unmeasured(name, "too_coarse"))
        elif found is None:
            others.append(Unmeasured(name, "not_visible"))
        else:
            proposals.append(_proposal(identifier, name, found, view, origin))
    return tuple(proposals), tuple(others)


def _proposal(identifier: str, name: str, found: Measured, view: View, origin: str) -> Proposal:
    """Limits about the median. A limit that no value can pass (a distance under 0) is left out."""
    unit = MEASURES[name].unit
    digits = 1 if unit == "deg" else 2
    mean, spread, n = float(np.mean(found.values)), float(np.std(found.values)), len(found.values)
    target = round(float(np.median(found.values)), digits) + 0.0
    wanted = max(SPREADS * spread, ERRORS * found.error, LEAST_TOLERANCE[unit])
    tolerance = math.ceil(wanted * 10**digits - 1e-6) / 10**digits
    low: float | None = round(target - tolerance, digits)
    high: float | None = round(target + tolerance, digits)
    if name not in _SIGNED and low is not None and low <= 0:
        low = None
    if unit == "deg" and name not in _SIGNED and high is not None and high >= 180 and low is not None:
        high = None
    cue, reason = told(name, target)
    criterion = Criterion(
        id=f"{identifier}_{name}",
        title=_words(f"measures.name.{name}"),
        measure=name,
        target=target,
        allowed=Threshold(low=low, high=high),
        views=(view,),
        cue=cue,
        reason=reason,
        sources=("OWN",),
        own_choice=True,
        note=f"recorded from {origin}, mean {mean:.3g}, spread {spread:.2g}, {n} samples",
    )
    return Proposal(criterion, mean, spread, n)


def told(measure: str, target: float) -> tuple[Words, Words]:
    """What a proposed criterion says to do, and why."""
    put_in = (measure, MEASURES[measure].unit, f"{target:g}")
    return _words("references.record.cue", *put_in), _words("references.record.reason", *put_in)


def _words(key: str, measure: str = "", unit: str = "", value: str = "") -> Words:
    """The text `key` in both languages, with the measure's name and a value in its unit put in."""
    texts = {}
    for language in LANGUAGES:
        put_in = {}
        if measure:
            put_in["name"] = say(f"measures.name.{measure}", language)
            put_in["value"] = say(f"measures.unit.{unit}", language, value=value)
        texts[language] = say(key, language, **put_in)
    return Words(**texts)


_ALWAYS = ("id", "title", "measure", "target", "allowed", "views", "min_duration_s", "severity", "cue", "reason",
           "sources")  # fmt: skip


def pose_text(pose: ReferencePose, comment: str) -> str:
    """The pose as YAML that is as easy to read and edit as the files that come with the program."""
    data = pose.model_dump(mode="json")
    lines = [f"# {comment}", f"id: {flow(pose.id)}", f"names: {flow(data['names'])}", f"kind: {pose.kind}"]
    lines += [f"variant: {pose.variant}", "description:"]
    lines += [f"  {language}: {flow(text)}" for language, text in data["description"].items()]
    lines += [f"include: {flow(data['include'])}", f"hold_s: {flow(pose.hold_s)}"]
    lines += [f"sources: {flow(data['sources'])}"]
    lines += ["criteria:"] if pose.criteria else []
    for criterion in pose.criteria:
        content = criterion.model_dump(mode="json")
        own = criterion.model_dump(exclude_defaults=True)
        fields = [k for k in content if content[k] is not None and (k in _ALWAYS or k in own)]
        block = [f"{k}: {flow(content[k])}" for k in fields]
        lines += [f"  - {block[0]}", *(f"    {line}" for line in block[1:])]
    lines.append("# Medians of the stretch: hip-centred, trunk length 1, x own left, y up, z forward.")
    lines.append("joints:")
    lines += [f"  {name}: {flow(point)}" for name, point in data["joints"].items()]
    return "\n".join(lines) + "\n"


def flow(value: Any) -> str:
    """One value on one line of YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(v) for v in value) + "]"
    if isinstance(value, str):
        plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", value) and yaml.safe_load(value) == value
        return value if plain else json.dumps(value, ensure_ascii=False)
    if isinstance(value, float):
        return f"{value + 0.0:.6g}"
    return json.dumps(value)


def one_line(text: str) -> str:
    """The text without what YAML or UTF-8 cannot hold: line breaks, control characters, halves of characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def require_identifier(identifier: str, name: str, library: Library) -> None:
    """Raise ReferenceFileError unless a pose of one's own may be called that."""
    if not one_line(name):
        raise ReferenceFileError("references.record.errors.no_name")
    if len(identifier) > _LONGEST_IDENTIFIER or not re.fullmatch(r"[a-z][a-z0-9_]*", identifier):
        raise ReferenceFileError("references.record.errors.bad_id", id=one_line(identifier), most=_LONGEST_IDENTIFIER)
    shipped = {AUTO, *library.gestures, *library.poses} - set(library.own)
    if identifier in shipped:
        raise ReferenceFileError("references.record.errors.taken", id=identifier)


def free_identifier(name: str, folder: Path, library: Library) -> str:
    """An id made from the name's letters; `own_1`, `own_2` … the first free one where they are not Latin."""
    plain = unicodedata.normalize("NFKD", name)
    latin = not any(c.isalpha() and not c.isascii() for c in plain)
    words = re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)).lower())
    slug = "_".join(words)[: _LONGEST_IDENTIFIER - 4].strip("_")
    if latin and slug:
        return slug if slug[0].isalpha() else f"own_{slug}"
    number = 1
    while f"own_{number}" in library.poses or (folder / f"own_{number}.yaml").exists():
        number += 1
    return f"own_{number}"


def require_free(identifier: str, folder: Path, overwrite: bool = False) -> Path:
    """Where the pose is written; ReferenceFileError when a file there would be lost, or has this id already."""
    path = folder / f"{identifier}.yaml"
    if path.exists() and not overwrite:
        raise ReferenceFileError("references.record.errors.exists", path=path)
    others: Iterable[Path] = (p for p in sorted(folder.glob("*.yaml")) if p != path) if folder.is_dir() else ()
    for other in others:
        content = parse(other).content
        if isinstance(content, dict) and content.get("id") == identifier:
            raise ReferenceFileError("references.record.errors.taken_in", id=identifier, path=other)
    return path


def write_text(text: str, identifier: str, folder: Path, overwrite: bool) -> Path:
    """Write the file, whole or not at all. The library sees it from the next time it is loaded.

    Raises
    ------
    OutputError, ReferenceFileError
        The folder cannot be written to; the file is there already.
    """
    path = require_free(identifier, folder, overwrite)
    make_folder_of(path)
    with atomic_path(path) as partial:
        partial.write_text(text, encoding="utf-8")
        read(partial, ReferencePose)
    load_files.cache_clear()
    return path
