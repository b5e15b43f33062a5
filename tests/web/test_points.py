"""Points in the console, over the API and on the command line."""

from __future__ import annotations

import json
import re

import pytest

from siyu.cli import run_command
from siyu.loyalty.points.auditing import audit
from siyu.loyalty.points.earning import rules
from siyu.loyalty.points.earning.model import EventRule, OrderRule
from siyu.loyalty.points.queries import balances
from siyu.people.projection import project_all
from siyu.storage import Stores
from tests.people.calls import drained, track
from tests.web.conftest import Console

PAGES = ("/points", "/points/rules", "/points/rules/new", "/points/people", "/points/liability")


@pytest.fixture
def shop(console: Console, stores: Stores) -> Console:
    drained(stores, track("u1", "Came", at=stores.clock.now()))
    project_all(stores)
    return console.sign_in()


def available(stores: Stores, person: int = 1) -> int:
    with stores.ledger.read() as conn:
        return balances(conn, stores.clock.now(), [person])[person].available


def test_each_page_opens_before_there_is_anything(shop: Console) -> None:
    for path in PAGES:
        assert shop.get(path).status_code == 200
    assert "/points/rules/new" in shop.get("/points").text


def test_a_rule_is_tried_begun_followed_and_ended(shop: Console, stores: Stores) -> None:
    given = {"sort": "order", "name": "消费积分", "rate": "1.5", "weekdays": "3"}
    tried = shop.post("/points/rules/try", given)
    assert "每付 1 元得 1.5 分；只在周三。" in tried.text
    with stores.ledger.read() as conn:
        assert rules.all_rules(conn) == []
    shop.post("/points/rules/new", given)
    assert "每付 1 元得 1.5 分" in shop.get("/points/rules").text
    assert 'value="1.5"' in shop.get("/points/rules/1/follow").text
    event = {"sort": "event", "name": "签到", "event": "signed_in", "points": "5", "times_a_day": "1"}
    shop.post("/points/rules/1/follow", event)
    with stores.ledger.read() as conn:
        second, first = rules.all_rules(conn)
    assert isinstance(second.rule, EventRule)
    assert isinstance(first.rule, OrderRule)
    assert first.ends == second.begins
    shop.post("/points/rules/2/end")
    assert "没有生效的规则" in shop.get("/points/rules").text


@pytest.mark.parametrize(
    "bad",
    [{"name": ""}, {"rate": "0"}, {"rate": "0.001"}, {"first": "x"}, {"sort": "event", "event": "", "points": "5"}],
)
def test_a_rule_that_is_unfit_keeps_its_values_and_says_why(shop: Console, bad: dict[str, str]) -> None:
    answer = shop.post("/points/rules/new", {"sort": "order", "name": "消费", "rate": "1", "but": "礼品卡", **bad})
    assert answer.status_code == 422
    assert "礼品卡" in answer.text


def test_points_are_given_by_hand_once_and_undone(shop: Console, stores: Stores) -> None:
    page = shop.get("/points/people/1").text
    (mark,) = re.findall(r'name="mark" value="(\w+)"', page)
    given = {"act": "earn", "points": "50", "why": "补发漏记", "mark": mark}
    shop.post("/points/people/1/hand", given)
    shop.post("/points/people/1/hand", given)
    assert available(stores) == 50
    short = shop.post("/points/people/1/hand", {"act": "spend", "points": "60", "why": "更正", "mark": "other"})
    assert short.status_code == 422
    assert "可用 50" in short.text
    page = shop.get("/points/people/1").text
    assert "补发漏记" in page
    shop.post("/points/postings/1/undo")
    assert (available(stores), audit(stores)) == (0, [])
    assert "/points/postings/1/undo" not in shop.get("/points/people/1").text
    assert "发放或扣减积分" in shop.get("/settings/audit").text


def test_people_are_found_and_their_page_shows_points(shop: Console, stores: Stores) -> None:
    run_command(stores, ["points", "post", "earn", "--person", "1", "--points", "70", "--key", "k", "--why", "补"])
    assert "/points/people/1" in shop.get("/points/people").text
    assert "/points/people/1" in shop.get("/points/people?q=%231").text
    assert "/points/people/1" not in shop.get("/points/people?q=%232").text
    assert "/points/people/1" in shop.get("/people/1").text
    then = shop.get("/points/people/1?at=2020-01-01%2000:00").text
    assert "按当时已记的账" in then
    assert shop.get("/points/people/1?at=x").status_code == 200


def test_the_report_is_downloaded(shop: Console, stores: Stores) -> None:
    run_command(stores, ["points", "post", "earn", "--person", "1", "--points", "70", "--key", "k", "--why", "补"])
    assert "70" in shop.get("/points/liability").text
    table = shop.get("/points/liability.csv").text
    assert table.splitlines()[-1].split(",")[-3] == "70"
    assert shop.get("/points/liability.xlsx").content[:2] == b"PK"
    assert shop.get("/points/liability?first=2026-02-01&last=2026-01-01").status_code == 422
    assert shop.get("/points/liability.csv?first=x").status_code == 400


def test_commands_say_what_the_pages_say(stores: Stores) -> None:
    drained(stores, track("u1", "Came", at=stores.clock.now()))

    def told(*words: str) -> dict[str, object]:
        status, out, err = run_command(stores, ["points", *words, "--json"])
        assert status == 0, err
        return json.loads(out)

    post = ("post", "earn", "--person", "1", "--points", "70", "--key", "k", "--why", "补")
    assert told(*post)["new"] is True
    assert told(*post)["new"] is False
    assert told("overview")["outstanding"] == 70
    assert told("show", "1")["points"]["available"] == 70  # pyright: ignore[reportIndexIssue]
    assert told("audit")["faults"] == []
    rule = json.dumps({"type": "order", "name": "消费"})
    assert told("try", rule)["points"] == 0
    assert told("begin", rule)["zh"] == "每付 1 元得 1 分。"
    assert told("end", "1")["ends"] is not None
    assert told("liability")["whole"]["closing"] == 70  # pyright: ignore[reportIndexIssue]
    assert told("undo", "1")["new"] is True
    assert run_command(stores, ["points", "begin", "{}"])[0] != 0
