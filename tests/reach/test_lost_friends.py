"""Who left their advisers is heard of when it is more than usual, or somebody who matters: once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from siyu.audiences.tables import person_layers
from siyu.insight.today import todos
from siyu.jobs.turns import run_until_empty
from siyu.people import tags
from siyu.people.drain import Drain
from siyu.people.tables import identifiers
from siyu.reach.lost_friends import rules, watching
from siyu.reach.lost_friends.rules import Draft
from siyu.reach.lost_friends.watching import Alert
from siyu.storage import BadInput, Conflict, NotFound, Stores
from tests.channels.wecom.simulated import Simulated, simulated


@pytest.fixture
def world(stores: Stores) -> Iterator[Simulated]:
    with simulated(stores, "li", "wang") as made:
        yield made


@pytest.fixture
def each_world(each_stores: Stores) -> Iterator[Simulated]:
    with simulated(each_stores, "li", "wang") as made:
        yield made


def settle(world: Simulated) -> int:
    """What the platform told becomes events, and is looked at; how many alerts are new."""
    world.hear()
    run_until_empty(Drain(world.stores).step)
    return watching.watch(world.stores)


def wish(world: Simulated, kind: str, least: int = 0, **more: int | str) -> int:
    number = rules.add_rule(world.stores, "staff:1", Draft(kind, least, **more))  # pyright: ignore[reportArgumentType]
    watching.watch(world.stores)
    return number


def leave(world: Simulated, userid: str, many: int = 1) -> list[str]:
    """So many new customers leave that adviser."""
    friends = [world.shop.befriend(userid) for _ in range(many)]
    for friend in friends:
        world.shop.act("delete", userid=userid, external_userid=friend)
    return friends


def alerts(world: Simulated) -> list[Alert]:
    return list(reversed(watching.list_alerts(world.stores)))


def person_of(world: Simulated, customer: str) -> int:
    with world.stores.ledger.read() as conn:
        mine = sa.and_(identifiers.c.kind == "external_userid", identifiers.c.value == customer)
        return conn.execute(sa.select(identifiers.c.person).where(mine)).scalar_one()


def tick(world: Simulated, **time_passes: float) -> None:
    passed = timedelta(**time_passes)
    world.clock.advance(passed)
    world.platform.door.post("clock", move_seconds=passed.total_seconds())


def test_so_many_of_one_adviser_in_a_day_are_told_once(each_world: Simulated) -> None:
    wish(each_world, "adviser", 3)
    leave(each_world, "li", 2)
    leave(each_world, "wang", 2)
    assert settle(each_world) == 0
    leave(each_world, "li")
    assert settle(each_world) == 1
    (alert,) = alerts(each_world)
    assert (alert.staff, alert.many, alert.person, alert.seen) == ("li", 3, 0, None)
    assert alert.zh == "同一员工一天流失 3 位及以上"
    leave(each_world, "li")
    assert settle(each_world) == 0
    assert [each.many for each in alerts(each_world)] == [4]


def test_so_many_of_the_whole_shop_are_counted_by_person(world: Simulated) -> None:
    wish(world, "shop", 3)
    (both,) = leave(world, "li")
    world.shop.befriend("wang", external_userid=both)
    world.shop.act("delete", userid="wang", external_userid=both)
    leave(world, "wang")
    assert settle(world) == 0
    leave(world, "li")
    assert settle(world) == 1
    assert [(each.staff, each.many) for each in alerts(world)] == [("", 3)]


def test_every_day_is_counted_by_itself(world: Simulated) -> None:
    wish(world, "shop", 2)
    leave(world, "li")
    settle(world)
    tick(world, days=1)
    leave(world, "li")
    assert settle(world) == 0
    leave(world, "li")
    assert settle(world) == 1


def test_who_has_the_tag_is_told_by_name_and_others_are_not(each_world: Simulated) -> None:
    tag = tags.make_tag(each_world.stores, tags.make_group(each_world.stores, "等级"), "VIP")
    wish(each_world, "tag", tag=tag)
    friend = each_world.shop.befriend("li")
    settle(each_world)
    tags.add_tag(each_world.stores, "staff:1", person_of(each_world, friend), tag)
    leave(each_world, "li")
    each_world.shop.act("delete", userid="li", external_userid=friend)
    assert settle(each_world) == 1
    (alert,) = alerts(each_world)
    assert (alert.person, alert.staff, alert.en) == (
        person_of(each_world, friend),
        "li",
        "Somebody with the tag VIP left",
    )
    assert settle(each_world) == 0


def test_who_is_in_the_layer_is_told(world: Simulated) -> None:
    wish(world, "layer", scheme="lifecycle", layer="active")
    friend = world.shop.befriend("li")
    settle(world)
    row = {"person": person_of(world, friend), "scheme": "lifecycle", "layer": "active", "since": world.clock.now()}
    with world.stores.ledger.write() as conn:
        conn.execute(sa.insert(person_layers).values(row))
    world.shop.act("delete", userid="li", external_userid=friend)
    leave(world, "li")
    assert settle(world) == 1
    assert [each.person for each in alerts(world)] == [person_of(world, friend)]


def test_what_happened_before_anybody_wished_to_hear_is_no_news(world: Simulated) -> None:
    leave(world, "li", 3)
    settle(world)
    wish(world, "shop", 1)
    assert settle(world) == 0
    leave(world, "li")
    assert settle(world) == 1


def test_what_becomes_known_days_later_is_no_news(world: Simulated) -> None:
    wish(world, "shop", 1)
    leave(world, "li")
    world.clock.advance(timedelta(days=3))
    assert settle(world) == 0


def test_who_was_removed_by_an_adviser_has_not_left(world: Simulated) -> None:
    wish(world, "shop", 1)
    friend = world.shop.befriend("li")
    world.shop.act("drop", userid="li", external_userid=friend)
    assert settle(world) == 0


def test_the_home_page_tells_until_somebody_has_seen_it(world: Simulated) -> None:
    wish(world, "shop", 1)
    leave(world, "li")
    settle(world)
    assert [each.count for each in todos(world.stores) if each.kind == "lost_friends"] == [1]
    assert watching.see(world.stores, "staff:1", [99]) == 0
    assert watching.see(world.stores, "staff:1") == 1
    assert [each for each in todos(world.stores) if each.kind == "lost_friends"] == []
    assert watching.list_alerts(world.stores, unseen=True) == []
    assert [each.seen_by for each in alerts(world)] == ["staff:1"]


def test_a_rule_that_is_removed_raises_nothing_more_and_its_alerts_stay(world: Simulated) -> None:
    number = wish(world, "shop", 1)
    leave(world, "li")
    settle(world)
    rules.remove_rule(world.stores, number)
    tick(world, days=1)
    leave(world, "li")
    assert settle(world) == 0
    assert [each.zh for each in alerts(world)] == ["全店一天流失 1 位及以上"]
    with pytest.raises(NotFound):
        rules.get_rule(world.stores, number)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (Draft("shop"), "least"),
        (Draft("adviser", 100_001), "least"),
        (Draft("tag", tag=7), "tag"),
        (Draft("layer", scheme="lifecycle", layer="nowhere"), "layer"),
        (Draft("layer", scheme="nothing", layer="active"), "layer"),
        (Draft("weather"), "kind"),
    ],
)
def test_what_a_rule_may_not_be_is_said_at_its_field(stores: Stores, draft: Draft, field: str) -> None:
    with pytest.raises(BadInput) as error:
        rules.add_rule(stores, "staff:1", draft)
    assert error.value.field == field


def test_the_same_rule_is_not_made_twice(stores: Stores) -> None:
    number = rules.add_rule(stores, "staff:1", Draft("shop", 5))
    other = rules.add_rule(stores, "staff:1", Draft("shop", 6))
    with pytest.raises(Conflict):
        rules.change_rule(stores, other, Draft("shop", 5))
    rules.change_rule(stores, number, Draft("shop", 5))
    assert [each.least for each in rules.list_rules(stores)] == [5, 6]
