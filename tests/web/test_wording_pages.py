"""Wording and the content calendar in the console, over the API and on the command line."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from siyu.audiences import actions as audiences
from siyu.content.calendar import keeping, reading
from siyu.content.calendar.model import Draft
from siyu.content.wording import words
from siyu.staff import audit
from siyu.storage import Stores
from tests.content.library import a_piece
from tests.published import answered
from tests.reach.world import World
from tests.web.conftest import Console, SignedIn

NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))
PLAN = {
    "day": "2026-11-22",
    "channel": "moment",
    "title": "买家秀",
    "brief": "",
    "piece": "",
    "tone": "useful",
    "pillar": "ugc",
    "lasting": "evergreen",
    "question": "what_i_get",
    "value": "feeling",
}


def test_a_text_is_checked_as_it_is_typed(signed_in: SignedIn) -> None:
    console = signed_in("operator")
    shown = console.post(
        "/content/wording/check", {"content.sms.text": "全网最低价！！！", "content.sms.link": "最佳"}
    ).text
    assert "全网最低价" in shown
    assert "广告法 第九条" in shown
    assert "！！！" in shown
    assert "最佳" not in shown
    assert "没有发现问题" in console.post("/content/wording/check", {"text": "晚上好呀"}).text
    assert "开始写" in console.post("/content/wording/check", {"text": ""}).text


def test_a_word_of_the_shop_is_added_and_removed_on_its_page(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    assert "还没有本店自己的词" in console.get("/content/wording").text
    assert console.post("/content/wording/words", {"list": "jargon", "word": ""}).status_code == 422
    added = console.post("/content/wording/words", {"list": "jargon", "word": "盘货", "instead": "看看货，挑一挑"})
    assert added.status_code == 303
    (word,) = words.all_words(stores)
    assert word.draft.instead == ("看看货", "挑一挑")
    assert "盘货" in console.get("/content/wording?list=jargon").text
    assert "盘货" in console.post("/content/wording/check", {"text": "来盘货"}).text
    console.post(f"/content/wording/words/{word.id}/remove")
    assert words.all_words(stores) == []
    assert {"wording_word_added", "wording_word_removed"} <= set(audit.actions_seen(stores.ledger))


def test_who_only_reads_changes_nothing(stores: Stores, signed_in: SignedIn) -> None:
    plan = keeping.add_plan(stores, "staff:1", Draft(date(2026, 11, 2), "moment", "买家秀"))
    console = signed_in("analyst")
    assert console.get("/content/calendar?month=2026-11").status_code == 200
    assert console.post("/content/plans/new", PLAN).status_code == 403
    assert console.post(f"/content/plans/{plan}/move", {"day": "2026-11-03"}).status_code == 403
    assert console.post("/content/wording/words", {"list": "jargon", "word": "盘货"}).status_code == 403


@pytest.fixture
def shop(stores: Stores) -> World:
    """One person in an audience of everybody."""
    world = World(stores, [])
    world.add(1)
    audiences.create(stores, "test", "全部", audiences.parse_rule({"type": "all", "rules": []}))
    return world


def broadcast(console: Console, text: str) -> tuple[int, dict[str, str]]:
    """A draft made through the API; its number, and the headers to go on with."""
    key = console.key()
    account = {"channel": "webhook", "name": "网关", "settings": {"url": "http://127.0.0.1:9/"}}
    made = console.http.post("/api/accounts", json=account, headers=key).json()["id"]
    body = {"name": "新品", "audience": 1, "channels": [made], "content": {"webhook": {"text": text}}}
    return console.http.post("/api/broadcasts", json=body, headers=key).json()["id"], key


def test_a_broadcast_with_forbidden_words_goes_only_with_a_reason_that_the_log_keeps(
    stores: Stores, shop: World, signed_in: SignedIn
) -> None:
    console = signed_in("owner")
    number, _ = broadcast(console, "最佳面膜到了")
    page = console.get(f"/broadcasts/{number}").text
    assert "广告法" in page
    assert 'name="reason"' in page
    assert console.post(f"/broadcasts/{number}/start", {"reason": ""}).status_code in (400, 422)
    assert console.post(f"/broadcasts/{number}/start", {"reason": "“最佳”是奖项名称"}).status_code == 303
    (act,) = audit.entries(stores.ledger, action="broadcast_started")
    assert act.detail["reason"] == "“最佳”是奖项名称"


def test_advice_stops_nothing(shop: World, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    number, _ = broadcast(console, "冲鸭！！！面膜 8 折")
    page = console.get(f"/broadcasts/{number}").text
    assert "像在喊" in page
    assert 'name="reason"' not in page
    assert console.post(f"/broadcasts/{number}/start").status_code == 303


def test_over_the_api_too_a_reason_is_asked_for(shop: World, console: Console) -> None:
    number, key = broadcast(console, "最佳面膜到了")
    refused = console.http.post(f"/api/broadcasts/{number}/start", headers=key)
    assert "wording_reason" in refused.text
    reason = {"reason": "“最佳”是奖项名称"}
    assert console.http.post(f"/api/broadcasts/{number}/start", params=reason, headers=key).status_code == 200


def test_a_month_shows_plans_festivals_and_warnings_with_their_fix(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    empty = console.get("/content/calendar?month=2026-11").text
    assert "双11" in empty
    assert "这个月还没有计划" in empty
    made = console.post("/content/plans/new", PLAN)
    assert made.headers["location"] == "/content/calendar?month=2026-11"
    page = console.get("/content/calendar?month=2026-11").text
    assert "买家秀" in page
    assert "排一条「知识」" in page
    assert "/content/plans/new?day=" in page
    assert console.get("/content/calendar?month=junk").status_code == 200


def test_a_fix_opens_the_form_as_it_should_be(signed_in: SignedIn) -> None:
    page = signed_in("owner").get("/content/plans/new?day=2026-11-09&pillar=interactive").text
    assert 'value="2026-11-09"' in page
    assert '<option value="interactive" selected>' in page


def test_a_plan_moves_with_a_way_back_and_is_taken_out_with_another(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    plan = keeping.add_plan(stores, "staff:1", Draft(date(2026, 11, 2), "moment", "买家秀"))
    moved = console.post(f"/content/plans/{plan}/move", {"day": "2026-11-05"}, **{"HX-Request": "true"})
    assert f"/content/plans/{plan}/move?day=2026-11-02" in moved.headers["HX-Trigger"]
    console.post(f"/content/plans/{plan}/move?day=2026-11-02")
    assert reading.get_plan(stores, plan).draft.day == date(2026, 11, 2)
    assert console.post(f"/content/plans/{plan}/move", {"day": "heute"}).status_code in (400, 422)
    console.post(f"/content/plans/{plan}/remove")
    assert reading.plans_between(stores, *NOVEMBER) == []
    console.post(f"/content/plans/{plan}/restore")
    assert len(reading.plans_between(stores, *NOVEMBER)) == 1
    console.post(f"/content/plans/{plan}/done")
    assert reading.get_plan(stores, plan).done == "sent"


def test_a_plan_of_a_piece_has_its_title_and_classes(stores: Stores, signed_in: SignedIn) -> None:
    piece = a_piece(stores, pillar="ugc", title="晒单合集")
    signed_in("owner").post("/content/plans/new", {**PLAN, "title": "", "piece": str(piece.id), "pillar": "brand"})
    (plan,) = reading.plans_between(stores, *NOVEMBER)
    assert (plan.draft.title, plan.draft.pillar) == ("晒单合集", "ugc")


def test_the_shops_own_days_are_kept_and_the_file_is_downloaded(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    console.post("/content/calendar/days", {"day": "2026-11-20", "name": "店庆", "yearly": "1"})
    assert "店庆" in console.get("/content/calendar?month=2027-11").text
    (day,) = reading.own_days(stores)
    console.post(f"/content/calendar/days/{day.id}/remove")
    assert reading.own_days(stores) == []
    today = stores.clock.now().date()
    keeping.add_plan(stores, "staff:1", Draft(today, "moment", "买家秀"))
    file = console.get("/content/calendar.ics")
    assert file.headers["content-type"].startswith("text/calendar")
    assert "买家秀" in file.text


@pytest.mark.parametrize(
    ("line", "schema"),
    [
        ("wording check 全网最低价", "wording-check"),
        ("wording words", "wording-words"),
        ("wording add jargon 盘货 --instead 看看货", "wording-word"),
        ("calendar show 2026-11", "calendar"),
        ("calendar add 2026-11-22 moment 买家秀", "calendar-plan"),
    ],
)
def test_the_command_line_tells_what_the_api_tells(stores: Stores, line: str, schema: str) -> None:
    answered(stores, line, schema)


def test_the_api_keeps_words_and_plans(stores: Stores, console: Console) -> None:
    key = console.key()

    def call(method: str, path: str, body: Any = None) -> Any:
        answer = console.http.request(method, f"/api/content/{path}", json=body, headers=key)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    word = call("POST", "wording/words", {"kind": "jargon", "word": "盘货"})
    assert call("POST", "wording/check", {"text": "来盘货"})["findings"][0]["rule"] == f"own.{word['id']}"
    assert call("GET", "wording/words")["words"] == [word]
    call("DELETE", f"wording/words/{word['id']}")
    assert any(rule["law"] for rule in call("GET", "wording/rules")["rules"])
    plan = call("POST", "plans", {"day": "2026-11-22", "channel": "moment", "title": "买家秀"})
    moved = call("POST", f"plans/{plan['id']}/move", {"day": "2026-11-23"})
    assert moved == {"id": plan["id"], "was": "2026-11-22", "day": "2026-11-23"}
    changed = {"day": "2026-11-23", "channel": "moment", "title": "晒单"}
    assert call("PUT", f"plans/{plan['id']}", changed)["title"] == "晒单"
    assert call("GET", "calendar?month=2026-11")["plans"][0]["id"] == plan["id"]
    call("DELETE", f"plans/{plan['id']}")
    assert call("POST", f"plans/{plan['id']}/restore")["id"] == plan["id"]
