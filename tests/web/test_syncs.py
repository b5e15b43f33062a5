"""A sync is begun, watched and stopped by page, by API and by command line alike."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest

from siyu.cli import account_commands
from siyu.cli.command import Call
from siyu.jobs import run_due
from siyu.staff import audit
from siyu.storage import Stores
from tests.channels.platform.simulator import Simulator
from tests.channels.wecom.company import Company, serving
from tests.channels.wecom.told import an_account
from tests.web.conftest import Console


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    company = Company()
    company.add("li", "wmOgQhDgAAuXFJGwbve4g4iXknfOAAAA")
    with serving(company) as simulator:
        yield simulator


def test_the_api_begins_tells_and_records(stores: Stores, console: Console, simulator: Simulator) -> None:
    account, key = an_account(stores, base_url=simulator.url), console.key()
    begun = console.http.post(f"/api/accounts/{account}/sync", json={}, headers=key)
    assert (begun.status_code, begun.json()["state"]) == (200, "waiting")
    run_due(stores)
    told = console.http.get(f"/api/accounts/{account}/sync", headers=key).json()
    assert (told["state"], told["counts"]["contacts"]) == ("done", 1)
    assert set(told["ended"]) >= {"tags", "members", "contacts", "groups"}
    assert "sync_started" in {row.action for row in audit.entries(stores.ledger)}


def test_the_page_begins_shows_and_stops(stores: Stores, console: Console, simulator: Simulator) -> None:
    account = an_account(stores, base_url=simulator.url)
    page = f"/settings/accounts/{account}"
    console.sign_in()
    assert "尚未全部读取" in console.get(page).text
    assert console.post(f"{page}/sync").status_code < 400
    assert "同步中" in console.get(page).text
    assert console.post(f"{page}/sync/cancel").status_code < 400
    assert "立即同步" in console.get(page).text


def test_the_command_line_reads_to_the_end(stores: Stores, simulator: Simulator, tmp_path: Path) -> None:
    account = an_account(stores, base_url=simulator.url)
    asked = Call(stores, Namespace(account=str(account), only=["members", "contacts"]), tmp_path, lambda *_: None)
    told = account_commands.sync(asked)
    assert (told["state"], told["counts"]["contacts"]) == ("done", 1)
    assert account_commands.sync_status(asked) == told
