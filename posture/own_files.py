"""Files of one kind that come with the program, and the user's own beside them: found by name or by path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from posture.errors import ReferenceFileError
from posture.files import atomic_path, make_folder_of
from posture.reference_files import reference_dir, text_of, user_poses_dir

_SUFFIXES = (".yaml", ".yml")
_LONGEST_IDENTIFIER = 60


def is_path(name: str) -> bool:
    """Whether a file is given by its path and not by its name."""
    return name.endswith(_SUFFIXES)


def whole_path(name: str) -> str:
    """A path as it is understood from every folder; a name as it is."""
    return str(Path(name).expanduser().resolve()) if is_path(name) else name


@dataclass(frozen=True)
class Kind:
    """Files in the folder `folder` of the program's reference files and of the user's own, each known by the name of
    its file. `missing` and `twice` are the sentences for a name that nobody has and for one that both have."""

    folder: str
    missing: str
    twice: str

    def shipped(self) -> list[Path]:
        """The files that come with the program."""
        return sorted((reference_dir() / self.folder).glob("*.yaml"))

    def own_folder(self, extra: Path | None = None) -> Path:
        """The user's own folder, in `extra` or where own files usually are; it need not exist."""
        return (extra or user_poses_dir()) / self.folder

    def own(self, extra: Path | None = None) -> list[Path]:
        """The files in the user's own folder."""
        return sorted(self.own_folder(extra).glob("*.yaml"))

    def own_path(self, name: str, extra: Path | None = None) -> Path:
        """Where an own file of that name is or would be."""
        return self.own_folder(extra) / f"{name}.yaml"

    def names(self, extra: Path | None = None) -> list[str]:
        """All names, sorted."""
        return sorted({path.stem for path in (*self.shipped(), *self.own(extra))})

    def path_of(self, name: str, extra: Path | None = None) -> Path:
        """The file of that name, or at that path; ReferenceFileError when there is none, and as `require_distinct`."""
        self.require_distinct(extra)
        known = {path.stem: path for path in (*self.shipped(), *self.own(extra))}
        path = Path(name).expanduser() if is_path(name) else known.get(name)
        if path is None or not path.is_file():
            raise ReferenceFileError(self.missing, name=name, known=", ".join(sorted(known)))
        return path

    def require_distinct(self, extra: Path | None = None) -> None:
        """Raise ReferenceFileError when an own file has the name of a shipped one: which is meant would be unclear."""
        shipped = {path.stem for path in self.shipped()}
        for path in self.own(extra):
            if path.stem in shipped:
                raise ReferenceFileError(self.twice, name=path.stem, path=path)

    def require_own_identifier(self, identifier: str) -> None:
        """Raise ReferenceFileError when an own file cannot go by that name."""
        if len(identifier) > _LONGEST_IDENTIFIER or not re.fullmatch(r"[a-z][a-z0-9_]*", identifier):
            one_line = " ".join(identifier.split())
            raise ReferenceFileError("references.edit.bad_id", id=one_line, most=_LONGEST_IDENTIFIER)
        if identifier in {path.stem for path in self.shipped()}:
            raise ReferenceFileError("references.edit.shipped", id=identifier)

    def write(self, identifier: str, text: str, overwrite: bool = False, extra: Path | None = None) -> Path:
        """Write an own file of that name, whole or not at all.

        Raises
        ------
        ReferenceFileError, OutputError
            There is one of that name already, or the folder cannot be written to.
        """
        path = self.own_path(identifier, extra)
        if path.exists() and not overwrite:
            raise ReferenceFileError("references.edit.exists", id=identifier)
        make_folder_of(path)
        with atomic_path(path) as partial:
            partial.write_text(text, encoding="utf-8")
        return path

    def copy(self, name: str, identifier: str, overwrite: bool = False, extra: Path | None = None) -> Path:
        """Start an own file as a copy of the one of that name: as it is, comments included, under an id of its own.

        Raises
        ------
        ReferenceFileError, OutputError
            As `path_of`, `reference_files.text_of`, `require_own_identifier` and `write`.
        """
        text = text_of(self.path_of(name, extra))
        self.require_own_identifier(identifier)
        # YAML takes `on` and the like for no text.
        plain = identifier if yaml.safe_load(identifier) == identifier else f'"{identifier}"'
        return self.write(identifier, re.sub(r"(?m)^id:.*$", f"id: {plain}", text, count=1), overwrite, extra)
