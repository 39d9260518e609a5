"""Which files the results of several recordings go to: one of its own for each, decided before any work begins."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from posture.errors import OutputError
from posture.files import probe_writable

_MOST_BYTES = 150
"""What a label may have of the 255 bytes of a file name: the rest is for the name asked for and suffixes."""
_VIDEO_SUFFIXES = (".mp4", ".m4v", ".mov")
_OF_A_PERSON = re.compile(r"(-person\d+)+$")


def labels_apart(paths: Sequence[Path]) -> list[str]:
    """A name for each recording that no other one has, upper and lower case taken for the same.

    The stem where no other has it; else, for all who share it, the least that tells them apart of the whole name and
    the folders above. A number is the last resort: for the same file given twice, or names that differ by case only.
    """
    places = [Path(os.path.abspath(path)) for path in paths]
    groups: dict[str, list[int]] = {}
    for i, place in enumerate(places):
        groups.setdefault(_key(place.stem), []).append(i)
    labels, taken = [""] * len(paths), set[str]()
    for members in sorted(groups.values(), key=len):  # who is alone keeps the plain stem
        label_of = _label_apart([places[i] for i in members])
        for i in members:
            labels[i] = _free(_cut(label_of(places[i])), taken)
            taken.add(_key(labels[i]))
    return labels


def _key(label: str) -> str:
    """Equal for labels whose files could be the same: by case, Unicode form, or as one person's file of another."""
    return _OF_A_PERSON.sub("", unicodedata.normalize("NFC", unicodedata.normalize("NFC", label).casefold()))


def _label_apart(places: Sequence[Path]) -> Callable[[Path], str]:
    """The shortest way of naming under which all the different places have different names, or most of them."""
    if len(places) == 1:
        return lambda place: place.stem

    def different(way: Callable[[Path], str]) -> int:
        return len({_key(way(place)) for place in places})

    deepest = max(len(place.parts) for place in places)
    ways = [_way(above, whole) for above in range(deepest) for whole in (False, True)]
    return max(ways, key=different)  # the first of the best


def _way(above: int, whole: bool) -> Callable[[Path], str]:
    def label(place: Path) -> str:
        folders = place.parent.parts[1:][-above:] if above else ()
        return "-".join([*folders, place.name if whole else place.stem])

    return label


def _cut(label: str) -> str:
    return label.encode("utf-8", "surrogateescape")[:_MOST_BYTES].decode("utf-8", "ignore") or "_"


def _free(label: str, taken: set[str]) -> str:
    numbered, number = label, 1
    while _key(numbered) in taken:
        number += 1
        numbered = f"{label}-{number}"
    return numbered


def targets_of(wanted: Mapping[str, Path | None], paths: Sequence[Path]) -> list[dict[str, Path]]:
    """Per recording the file of each result that is wanted: with several, the recording's label stands before the
    suffix."""
    asked = {kind: target for kind, target in wanted.items() if target is not None}
    if len(paths) <= 1:
        return [dict(asked) for _ in paths]
    return [
        {kind: target.with_name(f"{target.stem}-{label}{target.suffix}") for kind, target in asked.items()}
        for label in labels_apart(paths)
    ]


def subtitles_of(video: Path) -> Path:
    """Where the subtitles of a video go: beside it, named like it."""
    if video.suffix.lower() in _VIDEO_SUFFIXES:
        return video.with_suffix(".vtt")
    return video.with_name(f"{video.name}.vtt")


def require_targets(targets: Sequence[Mapping[str, Path]], inputs: Iterable[Path]) -> None:
    """Complain about a wrong target before minutes of work, not after.

    Raises
    ------
    OutputError
        Two results would go into the same file, one into an input, or it cannot be written there.
    """
    kept = {one for path in inputs if (one := _on_disk(path)) is not None}
    taken: set[str] = set()
    for path in (path for files in targets for path in _with_subtitles(files)):
        require_new(path, taken)
        if _on_disk(path) in kept:
            raise OutputError("files.errors.is_input", path=path)
        probe_writable(path)


def require_new(path: Path, taken: set[str]) -> None:
    """OutputError where another result of the same run goes to that file; else it counts as taken."""
    key = _key_of_file(path)
    if key in taken:
        raise OutputError("files.errors.same_target", path=path)
    taken.add(key)


def require_no_input(path: Path, inputs: Iterable[Path]) -> None:
    """OutputError where the result would be written over something that it is made from."""
    there = _on_disk(path)
    if there is not None and any(_on_disk(one) == there for one in inputs):
        raise OutputError("files.errors.is_input", path=path)


def _on_disk(path: Path) -> tuple[int, int] | None:
    """The same for all names of one file; None where there is none, or no file could be called so."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def _with_subtitles(files: Mapping[str, Path]) -> list[Path]:
    return [*files.values(), *(subtitles_of(path) for kind, path in files.items() if kind == "video")]


def _key_of_file(path: Path) -> str:
    whole = unicodedata.normalize("NFC", os.path.realpath(path))
    return unicodedata.normalize("NFC", whole.casefold())
