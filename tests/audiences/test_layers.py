"""Layers: who is in which, what moves them, what is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from siyu.audiences import layers
from siyu.audiences.model import parse
from siyu.audiences.tasks import compute_first_layers
from siyu.jobs import Job
from siyu.storage import BadInput, ManualClock, Stores
from tests.audiences.shop import add_people, happened, settle


def layer_of(stores: Stores, person: int, scheme: str) -> str | None:
    with stores.ledger.read() as conn:
        return layers.layers_of(conn, [person]).get(person, {}).get(scheme)


@pytest.mark.parametrize(
    ("orders", "layer"),
    [
        ([], "prospect"),
        ([10], "new"),
        ([60], "active"),
        ([5, 40, 50, 60], "loyal"),
        ([100, 200], "sleeping"),
        ([200], "lost"),
    ],
)
def test_the_lifecycle_goes_by_orders(stores: Stores, orders: list[int], layer: str) -> None:
    (one,) = add_people(stores, 1)
    for days in orders:
        happened(stores, one, days_ago=days)

    layers.compute(stores, "lifecycle")

    assert layer_of(stores, one, "lifecycle") == layer


def test_a_change_of_layer_is_told_and_reaches_the_projection(each_stores: Stores) -> None:
    clock = each_stores.clock
    assert isinstance(clock, ManualClock)
    (one,) = add_people(each_stores, 1)
    happened(each_stores, one, days_ago=1)
    assert layers.compute(each_stores, "lifecycle") == 1
    settle(each_stores)

    clock.advance(timedelta(days=100))
    assert layers.compute(each_stores, "lifecycle") == 1
    settle(each_stores)

    told = each_stores.events.rows(
        "SELECT person, properties.`from`.:String, properties.to.:String FROM events WHERE name = 'layer_changed'"
    )
    assert told == [(one, "new", "sleeping")]
    assert layers.distribution(each_stores, "lifecycle") == {"sleeping": 1}


def test_nothing_changes_when_nothing_changed(stores: Stores) -> None:
    add_people(stores, 2)
    layers.compute(stores, "lifecycle")
    settle(stores)

    assert layers.compute(stores, "lifecycle") == 0


def test_thresholds_are_the_operators(stores: Stores) -> None:
    (one,) = add_people(stores, 1)
    happened(stores, one, amount=600)
    layers.change(stores, "spending", {"high_amount": 500, "potential_amount": 100})

    layers.compute(stores, "spending")

    assert layer_of(stores, one, "spending") == "high"


def test_thresholds_have_to_rise(stores: Stores) -> None:
    with pytest.raises(BadInput) as refused:
        layers.change(stores, "lifecycle", {"sleeping_days": 300})

    assert refused.value.field == "sleeping_days"


@pytest.mark.parametrize(
    ("due", "scene"), [("2026-03-01", "pregnancy"), ("2025-10-01", "infant"), ("2021-01-01", "child"), ("soon", None)]
)
def test_life_scenes_move_by_the_due_date(stores: Stores, due: str, scene: str | None) -> None:
    (one,) = add_people(stores, 1, attributes={"due_date": due})

    layers.compute(stores, "scene")

    assert layer_of(stores, one, "scene") == scene


def test_rfm_puts_buyers_into_segments(stores: Stores) -> None:
    found = add_people(stores, 5)
    for place, one in enumerate(found):
        for order in range(place + 1):
            happened(stores, one, days_ago=100 - 20 * place + order, amount=100)

    layers.compute(stores, "rfm")

    assert layer_of(stores, found[0], "rfm") == "lost"
    assert layer_of(stores, found[4], "rfm") == "champions"


def test_a_scheme_of_ones_own_takes_the_first_layer_that_fits(stores: Stores) -> None:
    one, two = add_people(stores, 2)
    happened(stores, one)
    everybody, bought = parse({"type": "all", "rules": []}), parse({"type": "did", "event": "order_paid"})
    layers.add_own(
        stores, "mine", "我的", "Mine", [("buyer", "买家", "Buyer", bought), ("rest", "其他", "", everybody)]
    )

    layers.compute(stores, "mine")

    assert (layer_of(stores, one, "mine"), layer_of(stores, two, "mine")) == ("buyer", "rest")


def test_all_enabled_schemes_are_worked_out(stores: Stores) -> None:
    add_people(stores, 1)
    layers.change(stores, "loyalty", {}, enabled=False)

    assert set(layers.compute_all(stores)["changed"]) == {"lifecycle", "spending", "rfm", "scene"}


def test_a_new_shop_has_its_layers_without_waiting(stores: Stores) -> None:
    compute_first_layers(stores, Job(1, "compute_first_layers", {}))
    assert layers.distribution(stores, "lifecycle") == {}
    add_people(stores, 2)

    compute_first_layers(stores, Job(2, "compute_first_layers", {}))
    settle(stores)

    assert layers.distribution(stores, "lifecycle") == {"prospect": 2}
    with stores.ledger.read() as conn:
        assert all(each.computed for each in layers.schemes(conn))


@pytest.mark.parametrize(
    ("name", "amount", "layer"),
    [("order_returned", 200, "potential"), ("order_amended", 300, "high"), ("order_returned", 600, "ordinary")],
)
def test_spending_is_net_of_returns_with_what_was_added_later(
    stores: Stores, name: str, amount: int, layer: str
) -> None:
    (one,) = add_people(stores, 1)
    happened(stores, one, amount=600)
    happened(stores, one, name, amount=amount)
    layers.change(stores, "spending", {"high_amount": 800 if name == "order_amended" else 500, "potential_amount": 100})

    layers.compute(stores, "spending")

    assert layer_of(stores, one, "spending") == layer


def test_spending_and_the_figure_net_sales_are_one_meaning() -> None:
    from siyu.audiences.layers.built_in import BUILT_IN
    from siyu.insight.figures import sales
    from siyu.storage.eventlog_schema import MONEY_EVENTS, NET

    spending = next(each for each in BUILT_IN if each.key == "spending")
    assert spending.sql is not None
    said = spending.sql({"high_amount": 2, "potential_amount": 1}, ManualClock().now())
    assert NET in said
    assert MONEY_EVENTS in said
    assert sales.NET is NET


def test_a_scheme_taken_away_leaves_the_projection_too(each_stores: Stores) -> None:
    (one,) = add_people(each_stores, 1)
    layers.add_own(each_stores, "mine", "我的", "Mine", [("all", "所有", "All", parse({"type": "all", "rules": []}))])
    layers.compute(each_stores, "mine")
    settle(each_stores)
    assert layers.distribution(each_stores, "mine") == {"all": 1}

    layers.remove_own(each_stores, "mine")
    settle(each_stores)

    assert layers.distribution(each_stores, "mine") == {"": 1}
    assert layer_of(each_stores, one, "mine") is None
