"""What the form can offer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from siyu.audiences import catalogue
from siyu.storage import Stores
from tests.audiences.worlds import NOW, EventRecord, PersonRecord, World, store


@pytest.fixture(autouse=True)
def nothing_kept(stores: Stores) -> Iterator[None]:
    """The engine is one for all tests, so what is kept by it has to go."""
    catalogue.forget(stores)
    yield
    catalogue.forget(stores)


def test_it_offers_events_properties_and_values_that_were_seen(stores: Stores) -> None:
    events = [
        EventRecord(
            time=int(NOW.timestamp() * 1000), name="viewed", properties={"colour": colour, "price": 3, "a.b": True}
        )
        for colour in ("red", "red", "blue")
    ]
    person = PersonRecord(1, "2026-01-01", {"city": "上海", "birthday": ""}, attributes={"skin": "dry"}, events=events)
    store(stores.events, World((person, replace(person, person=3, events=())), ()))

    assert [(each.name, each.rows) for each in catalogue.events(stores)] == [("viewed", 3)]
    found = {each.path: each for each in catalogue.properties(stores, "viewed")}
    assert found["colour"].kinds == ("text",)
    assert found["colour"].values[0] == "red"
    assert (found["price"].kinds, found["a.b"].kinds) == (("number",), ("truth",))
    assert [each.path for each in catalogue.attributes(stores)] == ["skin"]
    assert catalogue.person_values(stores, "city") == ["上海"]


def test_it_is_kept_until_forgotten(stores: Stores) -> None:
    assert catalogue.events(stores) == []
    person = PersonRecord(1, "2026-01-01", {"birthday": ""}, events=[EventRecord(0, "late")])
    store(stores.events, World((person,), ()))

    assert catalogue.events(stores) == []
    catalogue.forget(stores)
    assert [each.name for each in catalogue.events(stores)] == ["late"]
