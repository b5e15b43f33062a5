"""Tiers and care in the console, over the API and on the command line."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest

from siyu.jobs import run_due
from siyu.loyalty.tiers import keeping, settling
from siyu.loyalty.tiers.model import DEFAULT
from siyu.storage import Stores
from tests.loyalty.tiers.telling import PLAN, begun, bought
from tests.published import answered
from tests.web.conftest import Console, SignedIn


def fields(html: str) -> dict[str, Any]:
    """What a form on a page holds."""
    found: dict[str, Any] = {}

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            told = dict(attrs)
            name = told.get("name")
            if tag != "input" or not name or (told.get("type") == "checkbox" and "checked" not in told):
                return
            found[name] = told.get("value") or ""

    Reader().feed(html)
    return found


def test_the_default_plan_is_drafted_tried_and_begun_on_its_pages(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    assert "还没有生效的等级方案" in console.get("/tiers").text
    form = fields(console.get("/tiers/plans/new").text)
    assert form["tiers.1.name"] == "金卡"
    page = console.post("/tiers/plans/new", form | {"tiers.0.up": "0"})
    assert page.status_code == 422
    page = console.post("/tiers/plans/new", form | {"tiers.0.stay": "900"})
    assert "保级所需的成长值不能高于升级所需" in page.text
    console.post("/tiers/plans/new", form)
    with stores.ledger.read() as conn:
        assert keeping.get(conn, 1).plan == DEFAULT
    assert "近 365 天内" in console.get("/tiers/plans/1").text
    bought(stores, "u1", 2_500, "a1")
    console.post("/tiers/plans/1/try", {"months": "3"})
    run_due(stores)
    tried = console.get("/tiers/plans/1").text
    assert "折扣成本" in tried
    assert "正在试算" not in tried
    console.post("/tiers/plans/1/begin")
    run_due(stores)
    settling.work(stores)
    assert "金卡" in console.get("/tiers/people?tier=gold").text
    assert "启用了新的等级方案" in console.get("/tiers/changes").text
    assert "会员等级" in console.get("/people/1").text
    assert console.post("/tiers/plans/1/edit", form).status_code in (409, 422)


def test_who_may_only_look_changes_nothing(stores: Stores, signed_in: SignedIn) -> None:
    begun(stores)
    analyst = signed_in("analyst")
    assert analyst.get("/tiers").status_code == 200
    assert analyst.get("/tiers/plans/new").status_code == 403
    assert analyst.post("/tiers/plans/1/begin").status_code == 403


def test_a_shop_reads_the_discount_over_the_api(stores: Stores, console: Console) -> None:
    key = console.key("owner")
    assert console.http.get("/api/people/1/tier", headers=key).status_code == 404
    begun(stores)
    bought(stores, "u1", 120, "a1")
    told = console.http.get("/api/people/1/tier", headers=key).json()
    assert (told["tier"], told["rights"], told["next"], told["more_cents"]) == (
        "silver",
        {"discount": 5},
        "gold",
        38_000,
    )
    rows = console.http.get("/api/tiers", headers=key).json()["tiers"]
    assert [(row["key"], row["people"]) for row in rows] == [("gold", 0), ("silver", 1), ("", 0)]
    changes = console.http.get("/api/tier-changes?person=1", headers=key).json()
    assert [row["after"] for row in changes["changes"]] == ["silver"]
    body = {"plan": msgspec.to_builtins(PLAN), "note": "x"}
    made = console.http.post("/api/tier-plans", json=body, headers=key).json()
    assert made["stage"] == "draft"
    assert console.http.post(f"/api/tier-plans/{made['id']}/begin", headers=key).json()["stage"] == "in_force"


def test_tiers_and_care_on_the_command_line(stores: Stores) -> None:
    bought(stores, "u1", 2_500, "a1")
    assert answered(stores, "tier add --note 初版", "tier-plan")["stage"] == "draft"
    assert answered(stores, "tier try 1 --months 2", "tier-trial")["result"]["persons"] == 1
    assert answered(stores, "tier begin 1", "tier-plan")["stage"] == "in_force"
    settling.work(stores)
    assert answered(stores, "tier show 1", "tier")["tier"] == "gold"
    assert len(answered(stores, "tier list", "tier-list")["tiers"]) == 4
    assert answered(stores, "tier changes", "tier-changes")["changes"][0]["why"] == "plan"
    assert len(answered(stores, "tier plans", "tier-plans")["plans"]) == 1
    assert answered(stores, "tier plan 1", "tier-plan")["note"] == "初版"
    line = "care add 生日礼 --kind birthday --gift points --much 10 --budget 100"
    assert answered(stores, line, "care")["left"] == 100
    assert answered(stores, "care start 1", "care")["stage"] == "live"
    assert len(answered(stores, "care calendar --days 2", "care-calendar")["days"]) == 2
    assert answered(stores, "care effect 1", "care-effect")["waits"] == 0
    assert answered(stores, "care pause 1", "care")["stage"] == "paused"
    assert len(answered(stores, "care list", "care-list")["programs"]) == 1


def test_care_is_made_started_and_looked_at(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    assert "还没有关怀" in console.get("/care").text
    form = {
        "name": "生日礼",
        "kind": "birthday",
        "gift": "points",
        "much": "",
        "budget": "100",
        "hold_out": "10",
        "a_day": "5",
    }
    assert "送多少积分" in console.post("/care/new", form).text
    console.post("/care/new", form | {"much": "50"})
    assert "生日礼" in console.get("/care").text
    console.post("/care/1/start")
    assert "接下来两周" in console.get("/care").text
    assert "还不能比较" in console.get("/care/1").text
    key = console.key("owner")
    assert console.http.get("/api/care/1", headers=key).json()["left"] == 100
    assert console.http.get("/api/care/1/effect", headers=key).json()["waits"] == 0
    assert len(console.http.get("/api/care-calendar?days=3", headers=key).json()["days"]) == 3


@pytest.mark.parametrize("path", ["/tiers", "/care", "/tiers/people", "/tiers/changes", "/tiers/agents", "/care/new"])
def test_pages_speak_english_too(stores: Stores, console: Console, path: str) -> None:
    english = console.sign_in("owner", "en")
    text = english.get(path).text.partition("<main")[2]
    assert "等级方案" not in text
    assert "关怀" not in text
