"""Everything a user reads, in Chinese and English: one TOML file per language and room.

`text/zh/report.toml` holds the Chinese texts with the keys `report.…`, and so on. Both languages have
the same keys and the same placeholders (checked by a test).
"""

from __future__ import annotations

import functools
import locale
import os
import tomllib
from dataclasses import dataclass
from importlib import resources

LANGUAGES = ("zh", "en")


@functools.cache
def catalogue(language: str) -> dict[str, str]:
    """All texts of one language, key `file.section.name` to text with `{placeholders}`."""
    if language not in LANGUAGES:
        raise ValueError(f"expected one of {LANGUAGES}, got {language!r}")
    texts: dict[str, str] = {}
    for entry in sorted(resources.files(__package__).joinpath(language).iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".toml"):
            _flatten(tomllib.loads(entry.read_text(encoding="utf-8")), entry.name[:-5], texts)
    return texts


def _flatten(node: dict[str, object], prefix: str, into: dict[str, str]) -> None:
    for name, value in node.items():
        key = f"{prefix}.{name}"
        if isinstance(value, dict):
            _flatten(value, key, into)
        else:
            into[key] = str(value)


@dataclass(frozen=True)
class Phrase:
    """A text inside another one, whose language is not known yet. `str` is English."""

    key: str
    values: tuple[tuple[str, object], ...] = ()

    @classmethod
    def of(cls, key: str, **values: object) -> Phrase:
        return cls(key, tuple(values.items()))

    def in_language(self, language: str) -> str:
        return say(self.key, language, **dict(self.values))

    def __str__(self) -> str:
        return self.in_language("en")


def say(key: str, language: str, **values: object) -> str:
    """The text of `key` in `language` with its placeholders filled, phrases in the same language; KeyError if there is
    no such text."""
    filled = {
        name: value.in_language(language) if isinstance(value, Phrase) else value for name, value in values.items()
    }
    return catalogue(language)[key].format(**filled)


def default_language() -> str:
    """`zh` when the environment asks for Chinese, else `en` (POSTURE_LANG goes before the locale)."""
    asked = os.environ.get("POSTURE_LANG") or os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES")
    asked = asked or os.environ.get("LANG") or (locale.getlocale()[0] or "")
    return "zh" if asked.lower().startswith(("zh", "chinese")) else "en"
