"""A profile of one's own made by changing single norms: whether each can be judged so, and the file's text.

A draft is the content of an own profile file, as YAML has it. Nothing is written before `write_profile`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from posture.errors import ReferenceFileError
from posture.findings import Severity
from posture.library import ActiveCriterion, Library, load_library
from posture.library_files import load_files
from posture.profiles import PROFILES, check_parsed, merged, own_profiles, price_problems
from posture.reference_draft import flow, one_line
from posture.reference_files import (
    Problem,
    decoded,
    parse,
    parse_text,
    problems_of,
    reference_dir,
    user_poses_dir,
)
from posture.references import Criterion, Override, Profile, Variant

Draft = dict[str, Any]
_PLAIN = ("target", "points", "points_serious", "cap", "severity", "advisory", "min_duration_s")


@dataclass(frozen=True)
class Change:
    """One norm as somebody wants it, in the unit of its measure.

    on : whether it is judged at all. low, high, serious_low, serious_high : None for no limit on that side.
    points, points_serious : None for what the severity costs. cap : None for none.
    """

    on: bool
    target: float | None
    low: float | None
    high: float | None
    serious_low: float | None
    serious_high: float | None
    points: float | None
    points_serious: float | None
    cap: float | None
    severity: Severity
    advisory: bool
    min_duration_s: float


@dataclass(frozen=True)
class Row:
    """One norm as a draft has it.

    usual : as it is in the profile that the draft starts from. criterion : the norm in that profile. mistakes : why it
    cannot be like that, with any of them the draft cannot be used. active : with errors and the views in which it
    cannot be judged; None while there are mistakes.
    """

    criterion: Criterion
    usual: Change
    change: Change
    mistakes: tuple[Problem, ...]
    active: ActiveCriterion | None

    @property
    def changed(self) -> bool:
        return self.change != self.usual


def start_draft(profile: str, extra: Path | None = None) -> Draft:
    """The content of the own profile of that name, or a new one based on the shipped profile of that name.

    Raises
    ------
    ReferenceFileError
        There is no such profile, or it has mistakes.
    """
    for path in own_profiles(extra):
        if path.stem == profile:
            load_library(profile, extra)
            return dict(parse(path).content)
    base = load_library(profile, extra).profile
    identifier, number = f"my_{profile}", 2
    while PROFILES.own_path(identifier, extra).exists():
        identifier, number = f"my_{profile}_{number}", number + 1
    return {
        "id": identifier,
        "names": base.names.model_dump(),
        "description": base.description.model_dump(),
        "based_on": profile,
    }


def named(draft: Draft, identifier: str, zh: str, en: str) -> Draft:
    """The draft under this id and these names; an empty one is taken from the other language.

    Raises
    ------
    ReferenceFileError
        There is no name, or the id is not allowed or belongs to a shipped profile.
    """
    zh, en = one_line(zh), one_line(en)
    if not (zh or en):
        raise ReferenceFileError("references.edit.no_name")
    PROFILES.require_own_identifier(identifier)
    return draft | {"id": identifier, "names": {"zh": zh or en, "en": en or zh}}


def library_of(draft: Draft, extra: Path | None = None, variant: Variant = "any") -> Library:
    """The library as the draft has it; raises ReferenceProblems with every mistake in the draft."""
    return replace(load_library(extra=extra, variant=variant), profile=checked(draft, extra)[0])


def base_library(draft: Draft, extra: Path | None = None, variant: Variant = "any") -> Library:
    """The library that the draft's changes to norms start from; raises as `library_of`."""
    return library_of({k: v for k, v in draft.items() if k not in ("override", "without")}, extra, variant)


def checked(draft: Draft, extra: Path | None = None) -> tuple[Profile, list[Problem]]:
    """The draft's profile, and its limits that are smaller than the error; raises ReferenceProblems."""
    folder = extra or user_poses_dir()
    parsed = parse_text(profile_text(draft), f"{draft.get('id', '')}.yaml")
    return check_parsed(parsed, load_files(reference_dir(), folder if folder.is_dir() else None))


def imported(data: bytes, file: str, extra: Path | None = None) -> Draft:
    """The draft in a profile file; raises ReferenceProblems when it has mistakes."""
    parsed = parse_text(decoded(data, file), file)
    folder = extra or user_poses_dir()
    check_parsed(parsed, load_files(reference_dir(), folder if folder.is_dir() else None))
    return dict(parsed.content)


def change_of(criterion: Criterion, on: bool = True) -> Change:
    """The norm as it is."""
    serious = criterion.serious.model_dump() if criterion.serious else {}
    return Change(
        on=on, low=criterion.allowed.low, high=criterion.allowed.high, serious_low=serious.get("low"),
        serious_high=serious.get("high"), **{name: getattr(criterion, name) for name in _PLAIN},
    )  # fmt: skip


def with_change(draft: Draft, base: Library, name: str, change: Change) -> Draft:
    """The draft with the norm `name` like that. Only what differs from `base` (see `base_library`) is written."""
    usual = change_of(base.all_criteria()[name])
    own: Draft = {k: v for k, v in _mapping(_overrides(draft).get(name)).items() if k == "variant"}
    if (change.low, change.high) != (usual.low, usual.high):
        own["allowed"] = {"low": change.low, "high": change.high}
    serious = (change.serious_low, change.serious_high)
    if serious != (usual.serious_low, usual.serious_high):
        own["serious"] = None if serious == (None, None) else {"low": serious[0], "high": serious[1]}
    own |= {k: getattr(change, k) for k in _PLAIN if getattr(change, k) != getattr(usual, k)}
    overrides = {k: v for k, v in _overrides(draft).items() if k != name} | ({name: own} if own else {})
    without = [one for one in _without(draft, base) if one != name] + ([] if change.on else [name])
    rest = {k: v for k, v in draft.items() if k not in ("override", "without")}
    if sorted(without) != sorted(base.profile.without):
        rest["without"] = without
    return rest | ({"override": overrides} if overrides else {})


def rows(draft: Draft, base: Library, names: Iterable[str]) -> list[Row]:
    """The norms of these ids as the draft has them. Mistakes are told with their row, not raised."""
    loaded, usual, without = _raw(base), base.all_criteria(), _without(draft, base)
    overrides = _overrides(draft)
    return [_row(loaded[name], usual[name], _mapping(overrides.get(name)), name not in without, base) for name in names]


def _row(raw: Criterion, usual: Criterion, own: Draft, on: bool, base: Library) -> Row:
    before = base.profile.override.get(raw.id)
    fields = merged(before.model_dump(mode="json", exclude_unset=True) if before else {}, own)
    start = change_of(usual, raw.id not in base.profile.without)
    parsed = parse_text(f"{raw.id}: {flow(fields)}\n", f"{base.profile.id}.yaml")
    try:
        criterion = Override.model_validate(fields).of(raw)
    except ValidationError as error:
        problems = problems_of(error, parsed, (raw.id,))
        return Row(usual, start, _as_written(usual, fields, on), tuple(problems), None)
    mistakes = tuple(price_problems(criterion, base.profile, parsed, (raw.id,)))
    return Row(usual, start, change_of(criterion, on), mistakes, None if mistakes else base.judged(criterion))


def _as_written(usual: Criterion, fields: Draft, on: bool) -> Change:
    """What a draft says although it contradicts itself."""
    change = change_of(usual, on)
    plain = {k: fields[k] for k in _PLAIN if k in fields}
    for limits, low, high in (("allowed", "low", "high"), ("serious", "serious_low", "serious_high")):
        if limits in fields:
            given = _mapping(fields[limits])
            plain |= {low: given.get("low"), high: given.get("high")}
    if "severity" in plain:
        plain["severity"] = Severity(plain["severity"])
    return replace(change, **plain)


def _raw(library: Library) -> dict[str, Criterion]:
    """The norms without any profile's changes."""
    return replace(library, profile=library.profile.model_copy(update={"override": {}})).all_criteria()


def _overrides(draft: Draft) -> dict[str, Any]:
    return _mapping(draft.get("override"))


def _without(draft: Draft, base: Library) -> list[str]:
    return list(draft.get("without", base.profile.without))


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


_BLOCKS = ("description", "override", "scoring")


def profile_text(draft: Draft) -> str:
    """The draft as YAML that is as easy to read and edit as the profiles that come with the program."""
    order = [f for f in Profile.model_fields if f in draft]
    order += [f for f in draft if f not in order]
    lines: list[str] = []
    for name in order:
        value = draft[name]
        if name in _BLOCKS and isinstance(value, Mapping) and value:
            lines += [f"{name}:", *(f"  {key}: {flow(_plain(one))}" for key, one in value.items())]
        else:
            lines.append(f"{name}: {flow(_plain(value))}")
    return "\n".join(lines) + "\n"


def _plain(value: Any) -> Any:
    """Whole numbers as such, tuples as lists, for `flow`."""
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, (list, tuple)) else value


def write_profile(draft: Draft, overwrite: bool = False, extra: Path | None = None) -> Path:
    """Write the draft into the user's own profiles, whole or not at all; it is offered from then on.

    Raises
    ------
    ReferenceFileError, OutputError
        It has mistakes or the name of a shipped profile, there is one of that name already, or the folder cannot be
        written to.
    """
    names = _mapping(draft.get("names"))
    draft = named(draft, str(draft.get("id", "")), str(names.get("zh", "")), str(names.get("en", "")))
    checked(draft, extra)
    return PROFILES.write(draft["id"], profile_text(draft), overwrite, extra)


def delete_profile(profile: str, extra: Path | None = None) -> None:
    """Delete an own profile; one that is gone already is no error."""
    for path in own_profiles(extra):
        if path.stem == profile:
            path.unlink(missing_ok=True)
