"""Fixtures that several test files share."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from posture import models

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"

# Set when this file is imported: test files load the library before any fixture is asked for. Nobody writes there.
_NO_POSES = tempfile.TemporaryDirectory(prefix="posture-no-own-poses-")
os.environ["POSTURE_REFERENCE_DIR"] = _NO_POSES.name


@pytest.fixture(scope="session", autouse=True)
def no_own_poses() -> Iterator[Path]:
    """The user's own reference poses have no part in tests: the folder for them is an empty one."""
    yield Path(_NO_POSES.name)
    _NO_POSES.cleanup()


@pytest.fixture(scope="session")
def bundles() -> dict[str, Path]:
    """The real models, fetched into the user's cache on first use."""
    return models.model_paths()


@pytest.fixture(scope="session")
def samples() -> Path:
    return ROOT / "samples"


@pytest.fixture(scope="session")
def footage() -> Path:
    folder = SHARED / "footage"
    if not folder.is_dir():
        pytest.skip("the real clips in ../shared/footage are not here")
    return folder


@pytest.fixture(scope="session")
def rendered() -> Path:
    folder = SHARED / "rendered"
    if not folder.is_dir():
        pytest.skip("the rendered clips in ../shared/rendered are not here")
    return folder
