"""Reading the YAML files of `reference_poses/`: each mistake is named with file, line, field and what was expected."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from posture.errors import ReferenceFileError
from posture.files import data_dir
from posture.reasons import technical, why
from posture.text import say

Model = TypeVar("Model", bound=BaseModel)
_MOST_SHOWN = 12
USER_POSES_VARIABLE = "POSTURE_REFERENCE_DIR"
LARGEST_BYTES = 1_000_000
"""No reference file is this large (own choice): it is another kind of file, and YAML is slow to read."""
_MOST_FIELDS = 20_000
"""Aliases count each time they are used, so that a few lines of them are not taken for a small file."""


@dataclass(frozen=True)
class Problem:
    """One mistake in a file: `key` names the sentence, `field` is a path like `criteria.2.allowed.low`."""

    file: str
    line: int
    field: str
    key: str
    values: tuple[tuple[str, object], ...] = ()

    def in_language(self, language: str) -> str:
        text = say(f"references.problems.{self.key}", language, **dict(self.values))
        return say("references.problem", language, file=self.file, line=self.line, field=self.field or "-", text=text)


class ReferenceProblems(ReferenceFileError):
    """All mistakes found in reference files at once."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems, key=lambda p: (p.file, p.line))
        super().__init__("references.errors.invalid", count=len(problems), problems=self._lines("en"))

    def _lines(self, language: str) -> str:
        shown = [p.in_language(language) for p in self.problems[:_MOST_SHOWN]]
        return "\n".join(f"  {s}" for s in shown)

    def in_language(self, language: str) -> str:
        return say(self.key, language, count=len(self.problems), problems=self._lines(language))


def reference_dir() -> Path:
    """`reference_poses/` of the checkout, or its copy inside an installed package."""
    package = Path(str(resources.files("posture")))
    installed = package / "_reference_poses"
    return installed if installed.is_dir() else package.parent / "reference_poses"


def user_poses_dir() -> Path:
    """The user's folder of own pose files, with own profiles in its folder `profiles`; it need not exist.
    POSTURE_REFERENCE_DIR goes first."""
    chosen = os.environ.get(USER_POSES_VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    return data_dir() / "reference_poses"


Place = tuple[str | int, ...]
"""Where in a file something stands: the fields and positions on the way to it."""


@dataclass(frozen=True)
class Parsed:
    """A YAML file's content and where each field stands."""

    file: str
    content: Any
    lines: dict[Place, int]

    def line_of(self, location: Place) -> int:
        """Line of a field, or of the nearest enclosing one that exists."""
        while location and location not in self.lines:
            location = location[:-1]
        return self.lines.get(location, 1)

    def problem(self, location: Place, key: str, **values: object) -> Problem:
        path = ".".join(str(part) for part in location)
        return Problem(self.file, self.line_of(location), path, key, tuple(values.items()))


def parse(path: Path) -> Parsed:
    """The YAML in `path`; raises ReferenceProblems when the file cannot be read or is not YAML."""
    return parse_text(text_of(path), path.name)


def text_of(path: Path) -> str:
    """The text of a reference file, as `decoded`.

    Raises
    ------
    ReferenceProblems
        The file cannot be read, is too large or no text.
    """
    try:
        raw = path.read_bytes() if path.stat().st_size <= LARGEST_BYTES else None
    except OSError as error:
        raise ReferenceProblems([Problem(path.name, 1, "", "unreadable", (("detail", why(error)),))]) from error
    if raw is None:
        raise ReferenceProblems([Problem(path.name, 1, "", "too_large")])
    return decoded(raw, path.name)


def decoded(raw: bytes, file: str) -> str:
    """The text of a reference file's bytes: UTF-8, with or without the mark that some editors put first. Raises
    ReferenceProblems, told of `file`, when they are no text."""
    at = raw.find(b"\0")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = error.start
    if at >= 0:
        raise ReferenceProblems([Problem(file, raw[:at].count(b"\n") + 1, "", "not_utf8")])
    return text.replace("\r\n", "\n")


def parse_text(text: str, file: str) -> Parsed:
    """The YAML in `text`; `file` is what mistakes in it are told of. Raises ReferenceProblems when it is not YAML, or
    when a field is there twice: YAML would silently take the last one."""
    lines: dict[Place, int] = {}
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
        twice = _note_lines(node, (), lines) if node is not None else []
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ReferenceProblems([Problem(file, line, "", "yaml")]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ReferenceProblems([Problem(file, 1, "", "yaml")]) from error
    except _TooManyFields as error:
        raise ReferenceProblems([Problem(file, 1, "", "too_large")]) from error
    if node is None:
        raise ReferenceProblems([Problem(file, 1, "", "empty_file")])
    if twice:
        raise ReferenceProblems([Problem(file, line, ".".join(map(str, place)), "twice") for place, line in twice])
    return Parsed(file, content, lines)


class _TooManyFields(Exception):
    pass


def _note_lines(node: yaml.Node, location: Place, lines: dict[Place, int]) -> list[tuple[Place, int]]:
    """Note where each field stands; fields that are there twice, with the line of the second."""
    twice: list[tuple[Place, int]] = []
    if len(lines) > _MOST_FIELDS:
        raise _TooManyFields
    lines.setdefault(location, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place, line = (*location, key.value), key.start_mark.line + 1
            if place in lines:
                twice.append((place, line))
            lines[place] = line
            twice += _note_lines(value, place, lines)
    elif isinstance(node, yaml.SequenceNode):
        for i, value in enumerate(node.value):
            twice += _note_lines(value, (*location, i), lines)
    return twice


def read(path: Path, model: type[Model]) -> tuple[Model, Parsed]:
    """The file as `model`, with the places of its fields.

    Raises
    ------
    ReferenceProblems
        With every mistake against the schema.
    """
    parsed = parse(path)
    return validated(parsed, model), parsed


def validated(parsed: Parsed, model: type[Model]) -> Model:
    """The content as `model`; raises ReferenceProblems as `read` does."""
    try:
        return model.model_validate(parsed.content)
    except ValidationError as error:
        raise ReferenceProblems(problems_of(error, parsed)) from error


def problems_of(error: ValidationError, parsed: Parsed, at: Place = ()) -> list[Problem]:
    """What pydantic complains about, in our words; `at` is where in the file the model stands."""
    details = [dict(detail) for detail in error.errors()]
    return [_problem(parsed, detail, at) for detail in details if not _only_follows(detail, details)]


def _only_follows(detail: dict[str, Any], details: list[dict[str, Any]]) -> bool:
    """Whether a list is said to be too short only because what is in it is wrong."""
    place = detail["loc"]
    inside = (other["loc"] for other in details if len(other["loc"]) > len(place))
    return detail["type"] == "too_short" and any(one[: len(place)] == place for one in inside)


_OWN = (
    "no_limit", "low_not_below_high", "target_missing", "target_outside", "serious_inside", "points_without_serious",
    "lengths_differ", "times_not_ordered", "unknown_channel",
    "pose_or_move",
)  # fmt: skip
_PYDANTIC = {
    "missing": "missing",
    "extra_forbidden": "unknown_field",
    "string_type": "not_text",
    "float_type": "not_number",
    "float_parsing": "not_number",
    "int_type": "not_number",
    "int_parsing": "not_number",
    "int_from_float": "not_number",
    "bool_type": "not_boolean",
    "bool_parsing": "not_boolean",
    "string_pattern_mismatch": "not_identifier",
    "string_too_short": "empty",
    "too_short": "empty",
    "model_type": "not_mapping",
    "model_attributes_type": "not_mapping",
    "dict_type": "not_mapping",
    "tuple_type": "not_list",
}
_BOUNDS = {"greater_than_equal": "ge", "greater_than": "gt", "less_than_equal": "le"}


def _problem(parsed: Parsed, detail: dict[str, Any], at: Place = ()) -> Problem:
    location = (*at, *(part for part in detail["loc"] if part != "[key]"))
    kind, found = detail["type"], detail.get("input")
    if kind == "value_error":
        name = str(detail["ctx"]["error"])
        return parsed.problem(location, name if name in _OWN else "other", detail=technical(detail["msg"]))
    if kind in _BOUNDS:
        return parsed.problem(location, kind, found=found, limit=f"{detail['ctx'][_BOUNDS[kind]]:g}")
    if kind in ("enum", "literal_error"):
        expected = ", ".join(re.findall(r"'([^']*)'", detail["ctx"]["expected"]))
        return parsed.problem(location, "not_one_of", found=found, expected=expected)
    if kind in _PYDANTIC:
        return parsed.problem(location, _PYDANTIC[kind], found=found)
    return parsed.problem(location, "other", detail=technical(detail["msg"]))
