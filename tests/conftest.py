"""Fixtures that several test files share."""

from __future__ import annotations

from pathlib import Path

import pytest

from posture import models

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"


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
