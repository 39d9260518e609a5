"""Why something failed, in the user's language: the one place where messages of the system and of libraries, which are
English, become words. What has no words stays as it is, labelled as technical."""

from __future__ import annotations

import errno
import json
import re
import tomllib

import yaml

from posture.text import Phrase

_INVALID_MEDIA = 1094995529
"""FFmpeg's number for data that it cannot make sense of."""
_BY_NUMBER = {
    errno.ENOENT: "missing",
    errno.EACCES: "no_permission",
    errno.EPERM: "no_permission",
    errno.EROFS: "read_only",
    errno.EISDIR: "is_folder",
    errno.ENOTDIR: "no_folder",
    errno.EEXIST: "exists",
    errno.ENOTEMPTY: "not_empty",
    errno.ENOSPC: "full",
    getattr(errno, "EDQUOT", errno.ENOSPC): "full",
    errno.EFBIG: "file_too_large",
    errno.ENAMETOOLONG: "name_too_long",
    errno.EINVAL: "bad_name",
    errno.ELOOP: "loop",
    errno.EBUSY: "in_use",
    errno.ETXTBSY: "in_use",
    errno.EIO: "device",
    errno.EMFILE: "too_many_open",
    errno.ENFILE: "too_many_open",
    errno.ENOMEM: "memory",
    errno.ECONNREFUSED: "refused",
    errno.ETIMEDOUT: "timeout",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    _INVALID_MEDIA: "invalid_media",
}
_TOML_LINE = re.compile(r"\(at line (\d+), column \d+\)")


def why(error: BaseException) -> Phrase:
    """The reason in words, to be put into a sentence."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        return Phrase.of("reasons.yaml_line", line=mark.line + 1) if mark else Phrase.of("reasons.yaml")
    if isinstance(error, tomllib.TOMLDecodeError):
        line = _TOML_LINE.search(str(error))
        return Phrase.of("reasons.toml_line", line=line[1]) if line else Phrase.of("reasons.toml")
    if isinstance(error, json.JSONDecodeError):
        return Phrase.of("reasons.json_line", line=error.lineno)
    if isinstance(error, UnicodeDecodeError):
        return Phrase.of("reasons.not_utf8")
    if isinstance(error, yaml.YAMLError):
        return Phrase.of("reasons.yaml")
    if isinstance(error, MemoryError):
        return Phrase.of("reasons.memory")
    known = _BY_NUMBER.get(getattr(error, "errno", None) or 0)
    if known is None and isinstance(error, TimeoutError):
        known = "timeout"
    if known is None and "truncated" in str(error).lower():
        known = "cut_off"
    return Phrase.of(f"reasons.{known}") if known else technical(getattr(error, "strerror", None) or error)


def technical(detail: object) -> Phrase:
    """A message that cannot be told otherwise, as it is; of an exception without words its kind."""
    text = str(detail).strip() or type(detail).__name__
    return Phrase.of("reasons.technical", detail=text)
