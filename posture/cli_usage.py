"""What is wrong with a command line, in the user's language: Typer says it in English only."""

from __future__ import annotations

import re

from typer.exceptions import TyperException

from posture.reasons import technical
from posture.text import say

_OURS = re.compile(r"Invalid value: (?P<text>.+)", re.DOTALL)
"""Raised by a command of ours, without a parameter: its words are in the user's language already."""
_FOR = r"Invalid value for '(?P<name>.+?)': .*"
_SENTENCES = tuple(
    (re.compile(pattern, re.DOTALL), key)
    for pattern, key in (
        (r"No such command '(?P<name>.+?)'\. Did you mean (?P<near>.+?)\?", "command_near"),
        (r"No such command '(?P<name>.+?)'", "command"),
        (r"No such option: (?P<name>\S+) \(Possible options: (?P<near>.+)\)", "option_near"),
        (r"No such option: (?P<name>\S+?) Did you mean (?P<near>.+?)\?", "option_near"),
        (r"No such option: (?P<name>\S+)", "option"),
        (r"Missing (?:argument|option|parameter) '(?P<name>.+?)'", "missing"),
        (r"Option '(?P<name>.+?)' requires (?:an argument|\d+ arguments)", "no_value"),
        (r"Got unexpected extra argument(?:s|\(s\))? \((?P<name>.+)\)", "too_many"),
        (rf"{_FOR}is not one of (?P<near>.+?)\.?$", "choice"),
        (rf"{_FOR}should be a valid (?:number|integer)", "number"),
        (rf"{_FOR}greater than or equal to (?P<limit>\S+)", "at_least"),
        (rf"{_FOR}less than or equal to (?P<limit>\S+)", "at_most"),
        (rf"{_FOR}does not exist", "not_there"),
        (rf"{_FOR}does not match the formats? '%Y-%m-%d'", "day"),
    )
)  # fmt: skip


def usage_text(error: TyperException, language: str) -> str:
    """The mistake as a sentence; what is not among the known ones as Typer says it, labelled as technical."""
    said = error.format_message()
    if ours := _OURS.fullmatch(said):
        return ours["text"]
    if language == "en":
        return said
    for pattern, key in _SENTENCES:
        if found := pattern.match(said):
            return say(f"cli.wrong.{key}", language, **found.groupdict())
    return say("cli.wrong.other", language, detail=technical(said))
