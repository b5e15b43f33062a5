"""Rules for sensitive words: made once whatever happens, and as the platform has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from siyu.channels.platform.failures import PlatformError
from siyu.channels.wecom.word_rules import reading, rules, tasks
from siyu.channels.wecom.word_rules.rules import Draft
from siyu.jobs import enqueue, run_due
from siyu.storage import BadInput, Conflict, Stores
from tests.channels.wecom.simulated import Simulated, simulated

JOBS = tasks  # known once it is imported
C = "externalcontact"


@pytest.fixture
def world(stores: Stores) -> Iterator[Simulated]:
    with simulated(stores, "li", "wang") as made:
        yield made


@pytest.fixture
def each_world(each_stores: Stores) -> Iterator[Simulated]:
    with simulated(each_stores, "li", "wang") as made:
        yield made


def draft(name: str = "飞单", **more: Any) -> Draft:
    return Draft(name, **{"words": ["加我微信"], "members": ["li"], **more})


def make(world: Simulated, name: str = "飞单", **more: Any) -> int:
    return rules.make_rule(world.stores, world.exchange, "staff:1", world.account, draft(name, **more))


def read(world: Simulated) -> None:
    reading.ask_to_read(world.stores, world.account)
    run_due(world.stores)


def at_platform(world: Simulated, number: int) -> dict[str, Any]:
    return world.shop.call(f"{C}/get_intercept_rule", rule_id=rules.get_rule(world.stores, number).rule)


def says(world: Simulated, userid: str, text: str) -> dict[str, Any]:
    friend = world.shop.befriend(userid)
    return world.shop.act("chat", userid=userid, external_userid=friend, by="member", text=text)


def test_a_rule_stops_its_words_for_its_members(each_world: Simulated) -> None:
    number = make(each_world, kinds=["phone"])
    assert rules.get_rule(each_world.stores, number).state == "there"
    assert says(each_world, "li", "加我微信") == says(each_world, "li", "13800000001") == {"stopped": True}
    assert says(each_world, "wang", "加我微信") == {}


def test_a_change_holds_at_the_platform(world: Simulated) -> None:
    number = make(world, kinds=["phone"])
    changed = draft("私下收款", words=["转我"], kinds=["email"], blocks=False, members=["wang"], departments=[1])
    rules.change_rule(world.stores, world.exchange, number, changed)
    told = at_platform(world, number)["rule"]
    assert (told["rule_name"], told["word_list"], told["intercept_type"]) == ("私下收款", ["转我"], 2)
    assert told["extra_rule"] == {"semantics_list": [2]}
    assert told["applicable_range"] == {"user_list": ["wang"], "department_list": [1]}
    kept = rules.get_rule(world.stores, number)
    assert (kept.name, kept.kinds, kept.blocks, kept.members, kept.departments) == (
        "私下收款",
        ["email"],
        False,
        ["wang"],
        [1],
    )


def test_a_change_is_made_against_what_the_platform_has_by_now(world: Simulated) -> None:
    number = make(world)
    by_hand = {"add_applicable_range": {"user_list": ["wang"]}}
    world.shop.call(f"{C}/update_intercept_rule", by_hand, rule_id=rules.get_rule(world.stores, number).rule)
    rules.change_rule(world.stores, world.exchange, number, draft())
    assert at_platform(world, number)["rule"]["applicable_range"]["user_list"] == ["li"]


def test_a_rule_that_was_removed_in_wecoms_console_can_not_be_changed(world: Simulated) -> None:
    number = make(world)
    world.shop.call(f"{C}/del_intercept_rule", rule_id=rules.get_rule(world.stores, number).rule)
    with pytest.raises(Conflict):
        rules.change_rule(world.stores, world.exchange, number, draft("新名"))
    assert rules.get_rule(world.stores, number).state == "gone"


def test_every_night_rules_are_read_of_accounts_that_have_some(world: Simulated) -> None:
    def tonight() -> int:
        with world.stores.ledger.write() as conn:
            enqueue(conn, tasks.ALL, {}, now=world.clock.now())
        run_due(world.stores)
        return world.calls("get_intercept_rule_list")

    assert tonight() == 0
    make(world)
    assert tonight() == 1


def test_an_end_holds_at_the_platform_and_twice_is_once(world: Simulated) -> None:
    number = make(world)
    told = rules.get_rule(world.stores, number).rule
    world.shop.call(f"{C}/del_intercept_rule", rule_id=told)
    rules.remove_rule(world.stores, world.exchange, number)
    rules.remove_rule(world.stores, world.exchange, number)
    assert rules.list_rules(world.stores) == []


def test_a_rule_whose_answer_was_lost_is_recognised_and_not_made_twice(each_world: Simulated) -> None:
    each_world.loses_answers("add_intercept_rule")
    with pytest.raises(PlatformError) as error:
        make(each_world)
    assert error.value.unknown
    with pytest.raises(Conflict):
        make(each_world)
    read(each_world)
    (rule,) = rules.list_rules(each_world.stores)
    assert (rule.state, rule.by) == ("there", "staff:1")
    assert len(each_world.shop.ask(f"{C}/get_intercept_rule_list")["rule_list"]) == 1


def test_a_rule_that_surely_is_not_there_was_not_made(world: Simulated) -> None:
    number = make(world)
    world.shop.call(f"{C}/del_intercept_rule", rule_id=rules.get_rule(world.stores, number).rule)
    with world.stores.ledger.write() as conn:
        conn.execute(rules.table.update().values(state="calling", rule=None))
    world.move(minutes=4)
    read(world)
    assert rules.get_rule(world.stores, number).state == "refused"


def test_what_was_done_in_wecoms_console_is_taken_over(world: Simulated) -> None:
    body = {"rule_name": "后台建的", "word_list": ["返现"], "intercept_type": 2, "semantics_list": [3]}
    whose = {"applicable_range": {"department_list": [1]}}
    number = world.shop.call(f"{C}/add_intercept_rule", body, **whose)["rule_id"]
    read(world)
    (rule,) = rules.list_rules(world.stores)
    assert (rule.name, rule.words, rule.kinds, rule.blocks) == ("后台建的", ["返现"], ["red_packet"], False)
    assert (rule.departments, rule.by) == ([1], "")
    world.shop.call(f"{C}/del_intercept_rule", rule_id=number)
    world.move(minutes=4)
    read(world)
    assert rules.get_rule(world.stores, rule.id).state == "gone"


def test_rules_are_found_by_what_they_stop(world: Simulated) -> None:
    make(world)
    make(world, "红包", words=[], kinds=["red_packet"])
    assert [each.name for each in rules.list_rules(world.stores, words="微信")] == ["飞单"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": "字" * 21}, "name"),
        ({"words": ["字" * 33]}, "words"),
        ({"words": [f"词{each}" for each in range(301)]}, "words"),
        ({"words": []}, "words"),
        ({"kinds": ["voice"]}, "words"),
        ({"members": []}, "members"),
        ({"members": [f"m{each}" for each in range(1_001)]}, "members"),
    ],
)
def test_what_a_rule_may_not_be_is_said_before_the_platform_is_asked(
    world: Simulated, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput) as error:
        make(world, **more)
    assert error.value.field == field
    assert world.calls("add_intercept_rule") == 0
