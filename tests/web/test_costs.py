"""Prices and what comes of them on pages and over the API; what a draft will need, as its pages say it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from siyu.channels import channels_of
from siyu.channels.accounts import open_account
from siyu.channels.prices import price_of
from siyu.reach import cost_command
from siyu.reach.journeys import drafts
from siyu.reach.journeys.model import parse
from siyu.staff.tables import audit
from siyu.storage import Stores
from tests.web.conftest import Console, SignedIn


def an_account(stores: Stores) -> int:
    channels = channels_of(stores)
    settings = {"url": "http://127.0.0.1:9/hook"}
    number, _ = open_account(stores, channels, channel="webhook", name="回调", settings=settings)
    channels.close()
    return number


def a_draft(stores: Stores, account: int) -> int:
    hello = {"type": "message", "id": "hello", "channels": [account], "content": {"webhook": {"text": "你好"}}}
    document: dict[str, Any] = {"name": "旅程", "trigger": {"type": "by_hand"}, "start": "hello", "nodes": [hello]}
    return drafts.create(stores, "staff:1", parse(document))


def test_a_price_is_entered_on_the_accounts_page_and_noted(signed_in: SignedIn, stores: Stores) -> None:
    console, account = signed_in("owner"), an_account(stores)
    page = f"/settings/accounts/{account}"
    assert console.post(f"{page}/price", {"price": "0.045"}).status_code == 303
    assert price_of(stores, account) == Decimal("0.045")
    assert 'value="0.045"' in console.get(page).text
    wrong = console.post(f"{page}/price", {"price": "much"})
    assert wrong.status_code == 422
    assert "最多 4 位小数" in wrong.text
    with stores.ledger.read() as conn:
        noted = conn.execute(sa.select(audit.c.subject).where(audit.c.action == "account_price_set")).scalars().all()
    assert noted == [f"account:{account}"]


def test_a_price_over_the_api_and_by_whom(console: Console, stores: Stores) -> None:
    account = an_account(stores)
    url = f"/api/accounts/{account}"
    told = console.http.put(f"{url}/price", json={"price": "0.05"}, headers=console.key()).json()
    assert told["price"] == "0.05"
    assert console.http.get(url, headers=console.key("analyst")).json()["price"] == "0.05"
    refused = console.http.put(f"{url}/price", json={"price": "-1"}, headers=console.key())
    assert (refused.status_code, refused.json()["error"]["field"]) == (400, "price")
    assert console.http.put(f"{url}/price", json={"price": "1"}, headers=console.key("operator")).status_code == 403


def test_what_a_broadcast_cost_over_the_api_and_on_the_command_line(console: Console, stores: Stores) -> None:
    draft = {"name": "提醒", "audience": 1, "channels": [an_account(stores)]}
    number = console.http.post("/api/broadcasts", json=draft, headers=console.key()).json()["id"]
    told = console.http.get(f"/api/broadcasts/{number}/cost", headers=console.key("analyst")).json()
    assert told == {"amount": "0", "accounts": [], "lacking": []}
    assert cost_command.broadcast_cost(stores, number) == told
    assert console.http.get("/api/broadcasts/99/cost", headers=console.key()).status_code == 404


def test_what_a_draft_will_need_is_a_part_of_the_publishing_page_and_asked_by_the_editor(
    signed_in: SignedIn, stores: Stores
) -> None:
    console, number = signed_in("operator"), a_draft(stores, an_account(stores))
    assert f'hx-get="/journeys/{number}/forecast"' in console.get(f"/journeys/{number}/publish").text
    assert "没有人会进来" in console.get(f"/journeys/{number}/forecast").text
    assert console.get(f"/journeys/{number}/forecast/problems").json() == []
    told = console.http.get(f"/api/journeys/{number}/forecast", headers=console.key()).json()
    assert (told["entered"], told["uses"], told["cost"]["amount"]) == (0, [], "0")
    assert console.http.get(f"/api/journeys/{number}/cost", headers=console.key()).json()["accounts"] == []
