"""Fixtures that several test files share."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from posture import models
from posture.survey.store import Store, open_store
from tests.survey_data import postgresql, postgresql_programs

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"

# Set when this file is imported: test files load the library before any fixture is asked for. Nobody writes there.
_NO_POSES = tempfile.TemporaryDirectory(prefix="posture-no-own-poses-")
os.environ["POSTURE_REFERENCE_DIR"] = _NO_POSES.name


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A browser, a server and a camera on a busy machine may miss each other once; the summary tells what was run
    again."""
    again = config.pluginmanager.hasplugin("rerunfailures")
    for item in items:
        if again and item.path.name.endswith("_browser.py"):
            item.add_marker(pytest.mark.flaky(reruns=2))


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


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a PostgreSQL server of the tests' own, with `{name}` for the database's."""
    pytest.importorskip("psycopg", reason="the driver psycopg is not installed (extra `postgresql`)")
    programs = postgresql_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed here: neither initdb on PATH nor in /usr/lib/postgresql")
    # Not pytest's folder: another user has to get in, and a socket's path has to be short.
    with tempfile.TemporaryDirectory(prefix="pg-") as folder, postgresql(programs, Path(folder)) as address:
        yield address


@pytest.fixture
def postgresql_address(postgresql_server: str) -> Iterator[str]:
    """An empty database."""
    name = f"t{secrets.token_hex(6)}"
    admin = make_url(postgresql_server.format(name="postgres")).set(drivername="postgresql+psycopg")
    engine = create_engine(admin, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield postgresql_server.format(name=name)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store may be made, of both kinds that are promised to work."""
    if request.param == "sqlite":
        return str(tmp_path / "store.sqlite")
    address: str = request.getfixturevalue("postgresql_address")
    return address


@pytest.fixture
def store(store_address: str) -> Iterator[Store]:
    with open_store(store_address) as opened:
        yield opened
