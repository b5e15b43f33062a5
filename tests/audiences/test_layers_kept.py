"""Schemes of layers as they are kept: one's own, previews, taking away and bringing back."""

from __future__ import annotations

import pytest

from siyu.audiences import layers
from siyu.audiences.model import All, parse
from siyu.audiences.tasks import clear_layers
from siyu.jobs import Job
from siyu.jobs.queue import find
from siyu.storage import BadInput, NotFound, Stores
from tests.audiences.shop import add_people, happened, settle

BOUGHT = parse({"type": "did", "event": "order_paid"})
OWN = [("bought", "买过", "", BOUGHT), ("rest", "其余", "The rest", All(()))]


def test_a_preview_says_how_many_there_would_be_and_keeps_nothing(stores: Stores) -> None:
    one, _ = add_people(stores, 2)
    happened(stores, one, days_ago=100)

    assert layers.preview(stores, layers.own_scheme("mine", "我的", "", OWN)) == {"bought": 1, "rest": 1, "": 0}
    with stores.ledger.read() as conn:
        loose = layers.changed_scheme(conn, "lifecycle", {"sleeping_days": 120, "lost_days": 200})
        kept = layers.scheme(conn, "lifecycle")
    found = layers.preview(stores, loose)
    assert (found["active"], found["prospect"]) == (1, 1)
    assert layers.preview(stores, kept)["sleeping"] == 1
    assert kept.values["sleeping_days"] == 90


def test_the_preview_counts_what_the_computation_then_does(stores: Stores) -> None:
    people = add_people(stores, 3)
    happened(stores, people[0])
    with stores.ledger.read() as conn:
        rfm = layers.scheme(conn, "rfm")
    foreseen = layers.preview(stores, rfm)
    layers.compute(stores, "rfm")
    settle(stores)
    assert layers.distribution(stores, "rfm") == {layer: many for layer, many in foreseen.items() if many}


def test_a_scheme_taken_away_empties_and_comes_back_as_it_was(each_stores: Stores) -> None:
    one, two = add_people(each_stores, 2)
    happened(each_stores, one)
    layers.add_own(each_stores, "mine", "我的", "", OWN)
    layers.compute(each_stores, "mine")
    settle(each_stores)

    layers.remove_own(each_stores, "mine")
    with each_stores.ledger.read() as conn, pytest.raises(NotFound):
        layers.scheme(conn, "mine")
    (waiting,) = find(each_stores, names=[layers.CLEAR_JOB])
    assert clear_layers(each_stores, Job(waiting.id, waiting.name, waiting.arguments)) == {"cleared": 0}
    settle(each_stores)
    assert layers.distribution(each_stores, "mine") == {"": 2}

    assert [layer.key for layer in layers.restore(each_stores, "mine").layers] == ["bought", "rest"]
    layers.compute(each_stores, "mine")
    with each_stores.ledger.read() as conn:
        assert [(held.scheme, held.label) for held in layers.held_by(conn, two)] == [("mine", ("其余", "The rest"))]


def test_restoring_a_built_in_scheme_gives_its_first_limits(stores: Stores) -> None:
    layers.change(stores, "spending", {"high_amount": 9_000})
    assert layers.restore(stores, "spending").values["high_amount"] == 5_000


def test_what_was_never_taken_away_can_not_be_brought_back(stores: Stores) -> None:
    layers.add_own(stores, "mine", "我的", "", OWN)
    with pytest.raises(BadInput):
        layers.restore(stores, "mine")
    with pytest.raises(NotFound):
        layers.restore(stores, "nobody")


def test_a_person_is_shown_in_layers_that_are_worked_out(stores: Stores) -> None:
    (one,) = add_people(stores, 1)
    layers.compute(stores, "lifecycle")
    with stores.ledger.read() as conn:
        assert [held.label[0] for held in layers.held_by(conn, one)] == ["潜在"]
    layers.change(stores, "lifecycle", {}, enabled=False)
    with stores.ledger.read() as conn:
        assert layers.held_by(conn, one) == []
