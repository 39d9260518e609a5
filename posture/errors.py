"""Errors a user can do something about: each is one clear sentence in both languages."""

from __future__ import annotations

from posture.text import say


class PostureError(Exception):
    """Base of all errors that end in a sentence instead of a traceback.

    `key` names the sentence in the text catalogues, `values` fill its placeholders. `str(error)` is English.
    """

    def __init__(self, key: str, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(say(key, "en", **values))

    def __reduce__(self) -> tuple[object, ...]:
        """Workers in other processes hand their errors back pickled."""
        return _restored, (type(self), self.args, self.__dict__)

    def in_language(self, language: str) -> str:
        """The sentence in `zh` or `en`."""
        return say(self.key, language, **self.values)


def _restored(kind: type[PostureError], args: tuple[object, ...], fields: dict[str, object]) -> PostureError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(fields)
    return error


class UnusableInputError(PostureError):
    """A recording or photo that cannot be opened or holds no picture."""


class ModelError(PostureError):
    """A model bundle is missing, damaged or cannot be installed."""


class ReferenceFileError(PostureError):
    """A reference pose or profile file has a mistake."""


class OutputError(PostureError):
    """A report or other result cannot be written where it was asked for."""


class StoreError(PostureError):
    """The store of recordings and decisions cannot be used, or does not hold or accept what was asked."""
