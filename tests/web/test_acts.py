"""What a route does is on record before it is done."""

from __future__ import annotations

from typing import Any

import pytest

from siyu.people import write_keys
from siyu.staff import acts, audit
from siyu.storage import Stores
from tests.web.conftest import Console


def _rows(stores: Stores) -> list[tuple[str, str]]:
    return [(row.action, row.detail.get("outcome", "done")) for row in audit.entries(stores.ledger)]


def test_an_act_whose_row_was_not_written_is_found_again(
    console: Console, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = console.key()

    def crash(*_: Any, **__: Any) -> None:
        raise SystemError

    with monkeypatch.context() as patch:
        patch.setattr(acts, "end", crash)
        console.http.post("/api/write-keys", json={"name": "site", "source": "web", "kind": "server"}, headers=key)
    assert _rows(stores) == []
    acts.settle_left(stores, stores.clock.now())
    assert _rows(stores) == [("write_key_created", "unknown")]


def test_a_fault_in_the_middle_is_on_record(console: Console, stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: Any, **__: Any) -> None:
        raise SystemError

    monkeypatch.setattr(write_keys, "create", crash)
    answer = console.http.post(
        "/api/write-keys", json={"name": "site", "source": "web", "kind": "server"}, headers=console.key()
    )
    assert answer.status_code == 500
    assert _rows(stores) == [("write_key_created", "failed")]


def test_a_refused_form_leaves_no_row(console: Console, stores: Stores) -> None:
    answer = console.http.post(
        "/api/write-keys", json={"name": "", "source": "web", "kind": "server"}, headers=console.key()
    )
    assert answer.status_code == 400
    assert _rows(stores) == []
