"""What messages cost: a price an account, from a moment on; before sending, and of what was sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from rehearsal.platforms.core.running import Running
from siyu.channels.prices import PRICE_MAX, price_of, prices_now, read_price, set_price, spans
from siyu.reach import costs
from siyu.reach.cost_command import costs_told, of_broadcast
from siyu.reach.intending import count_broadcast
from siyu.storage import BadInput, ManualClock, NotFound, Stores
from tests.channels.sms.shop import a_shop, sms_world
from tests.reach.test_sms import CONTENT, Texting
from tests.reach.world import NOON, World

__all__ = ["sms_world"]

HOUR = timedelta(hours=1)


@pytest.fixture
def world(each_stores: Stores) -> World:
    return World(each_stores)


@pytest.fixture
def texting(stores: Stores, sms_world: Running) -> Iterator[Texting]:
    assert isinstance(stores.clock, ManualClock)
    stores.clock.at = NOON
    for shop in a_shop(stores, sms_world):
        yield Texting(stores, shop)


def priced(world: World, price: str) -> None:
    set_price(world.stores, "staff:1", world.accounts[0], Decimal(price))


def sent_to(world: World, many: int) -> int:
    """A broadcast to so many new people."""
    world.persons.clear()
    world.add(many)
    broadcast = world.started()
    world.deliver()
    return broadcast


def cost(world: World, broadcast: int) -> Decimal:
    return costs.total(of_broadcast(world.stores, world.channels, broadcast))


@pytest.mark.parametrize("given", ["", "ein", "-0.01", "0.00001", "NaN", "Infinity", str(PRICE_MAX + 1)])
def test_what_is_no_price_is_refused_at_its_field(given: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_price(given)
    assert refused.value.field == "price"


def test_a_price_holds_from_its_moment_on_and_the_first_one_for_all_before(world: World) -> None:
    account = world.accounts[0]
    assert price_of(world.stores, account) is None
    priced(world, "0.045")
    world.clock.at += HOUR
    changed = world.clock.now()
    priced(world, "0.05")
    priced(world, "0.05")
    with world.stores.ledger.read() as conn:
        assert prices_now(conn) == {account: Decimal("0.05")}
        assert [(each.since < NOON, each.until, each.price) for each in spans(conn)] == [
            (True, changed, Decimal("0.045")),
            (False, None, Decimal("0.05")),
        ]
    with pytest.raises(NotFound):
        set_price(world.stores, "staff:1", 99, Decimal(1))


def test_what_was_sent_keeps_the_price_of_then(world: World) -> None:
    early = sent_to(world, 3)
    priced(world, "0.1")
    world.clock.at += HOUR
    priced(world, "0.25")
    late = sent_to(world, 2)
    assert (cost(world, early), cost(world, late)) == (Decimal("0.30"), Decimal("0.50"))


def test_where_nothing_costs_anything_nothing_is_told(world: World) -> None:
    broadcast = sent_to(world, 1)
    assert of_broadcast(world.stores, world.channels, broadcast) == []
    priced(world, "0")
    assert costs_told(of_broadcast(world.stores, world.channels, broadcast)).accounts == []


def test_held_messages_cost_nothing_before_or_after(world: World) -> None:
    priced(world, "0.1")
    world.add(2)
    world.add(1, consent=None)
    broadcast = world.started()
    counted = count_broadcast(world.stores, world.channels, world.members, broadcast)
    assert costs.total(counted.costs) == Decimal("0.20")
    world.deliver()
    assert cost(world, broadcast) == Decimal("0.20")


def test_a_long_text_message_is_paid_for_in_pieces(texting: Texting) -> None:
    world = texting.world
    texting.add("13800138000", name="林晓")
    set_price(world.stores, "staff:1", texting.shop.number, Decimal("0.05"))
    content = {**CONTENT, "template_text": "${name}" + "好" * 80 + "拒收请回复R"}
    broadcast = texting.started(content)
    counted = count_broadcast(world.stores, world.channels, world.members, broadcast)
    (expected,) = counted.costs
    assert (expected.pieces, expected.amount) == (2, Decimal("0.10"))
    texting.deliver()
    assert cost(world, broadcast) == Decimal("0.10")


def test_an_account_that_is_billed_and_has_no_price_is_named(texting: Texting) -> None:
    texting.add("13800138000")
    broadcast = texting.started()
    told = costs_told(count_broadcast(texting.stores, texting.world.channels, texting.world.members, broadcast).costs)
    (each,) = told.accounts
    assert (told.amount, told.lacking, each.amount) == (Decimal(0), [each.name], None)
