"""How far people come on an entry path."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from siyu.audiences.conditions.sequence import Step
from siyu.growth.paths import keeping
from siyu.growth.paths.model import PRESETS, STEPS_MAX, PathDraft, checked
from siyu.growth.touchpoints.keeping import add_touchpoint
from siyu.growth.touchpoints.model import Mark
from siyu.insight.paths import figures_of
from siyu.storage import BadInput, ManualClock, NotFound, Stores
from tests.insight.world import START, Happened, store

DAY = START.date()


def a_draft(**more: Any) -> PathDraft:
    return PathDraft("进群到下单", "group_joined", [Step("product_viewed"), Step("order_paid")], **more)


def walked(person: int, state: str, *steps: str, apart: float = 1) -> list[Happened]:
    entry = Happened(person, "group_joined", 1, properties={"channel_state": state})
    return [entry, *(Happened(person, name, 1 + apart * place) for place, name in enumerate(steps, 1))]


def test_each_step_says_how_many_came_so_far_and_how_many_stopped(each_stores: Stores) -> None:
    stores = each_stores
    path = keeping.add_path(stores, "test", a_draft(days=2))
    store(
        stores.events,
        [
            *walked(1, "door", "product_viewed", "order_paid"),
            *walked(2, "door", "product_viewed"),
            *walked(3, "card", "order_paid"),
            *walked(4, "card", "product_viewed", "order_paid", apart=40),
        ],
    )
    found = figures_of(stores, path, DAY, DAY)
    assert found.funnel is not None
    assert [(each.people, each.stopped) for each in found.funnel.steps] == [(4, 1), (3, 2), (1, 1)]
    assert found.funnel.steps[2].share_of_previous == round(1 / 3, 6)
    assert found.scans is None
    assert found.open
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(days=90))
    assert not figures_of(stores, path, DAY, DAY).open


def test_a_path_of_a_touchpoint_is_of_those_who_came_by_it(stores: Stores) -> None:
    door = add_touchpoint(stores, "test", "门店", "counter", marks=[Mark("state", "door")])
    path = keeping.add_path(stores, "test", a_draft(touchpoint=door.id))
    store(stores.events, [*walked(1, "door", "product_viewed"), *walked(2, "card", "product_viewed")])
    found = figures_of(stores, path, DAY, DAY)
    assert found.funnel is not None
    assert [each.people for each in found.funnel.steps] == [1, 1, 0]


def test_a_path_to_which_nothing_leads_yet_has_no_figures(stores: Stores) -> None:
    bare = add_touchpoint(stores, "test", "门店", "counter")
    path = keeping.add_path(stores, "test", a_draft(touchpoint=bare.id))
    assert figures_of(stores, path, DAY, DAY).funnel is None
    with pytest.raises(BadInput):
        figures_of(stores, path, DAY, DAY - timedelta(days=1))
    for far in (date.min, date.max):
        with pytest.raises(BadInput):
            figures_of(stores, path, None, far)


def test_a_path_is_changed_and_removed(stores: Stores) -> None:
    path = keeping.add_path(stores, "test", a_draft())
    changed = keeping.change_path(stores, path.id, PathDraft("新", "friend_added", [Step("order_paid")], 7))
    assert (changed.entry, changed.steps, changed.days) == ("friend_added", (Step("order_paid"),), 7)
    assert keeping.list_paths(stores) == [changed]
    keeping.remove_path(stores, path.id)
    with pytest.raises(NotFound):
        keeping.get_path(stores, path.id)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": " "}, "name"),
        ({"entry": "order_paid"}, "entry"),
        ({"steps": []}, "steps"),
        ({"steps": [Step("order_paid")] * (STEPS_MAX + 1)}, "steps"),
        ({"steps": [Step("")]}, "steps[0].event"),
        ({"days": 0}, "days"),
        ({"touchpoint": 1, "code": 1}, "code"),
    ],
)
def test_a_path_that_can_not_be_is_refused_at_its_field(more: dict[str, Any], field: str) -> None:
    given: dict[str, Any] = {"name": "路径", "entry": "friend_added", "steps": [Step("order_paid")], **more}
    with pytest.raises(BadInput) as refused:
        checked(PathDraft(**given))
    assert refused.value.field == field


def test_usual_paths_can_be_kept_as_they_are() -> None:
    for words, entry, steps in PRESETS.values():
        assert checked(PathDraft(words[0], entry, [Step(event) for event in steps])).entry == entry
