"""Errors that users can do something about."""

import pickle

from posture.errors import UnusableInputError
from posture.reference_files import Problem, ReferenceProblems


def test_errors_come_back_from_other_processes_as_they_are():
    problem = Problem("a.yaml", 3, "criteria", "unknown_source", (("found", "X"), ("near", "Y")))
    for error in (UnusableInputError("video.errors.not_found", path="x.mp4"), ReferenceProblems([problem])):
        back = pickle.loads(pickle.dumps(error))
        assert type(back) is type(error) and str(back) == str(error)
        assert back.in_language("zh") == error.in_language("zh")
