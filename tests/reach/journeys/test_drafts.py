"""Journeys as they are being written."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from siyu.reach.journeys import drafts
from siyu.reach.journeys.tables import journeys
from siyu.storage import BadInput, Conflict, ManualClock, NotFound, Stores
from tests.reach.journeys.documents import WELCOME, journey, wait


def test_a_draft_is_kept_as_it_was_written(each_stores: Stores) -> None:
    stores = each_stores
    number = drafts.create(stores, "staff:1", journey())
    found = drafts.get(stores, number)
    assert (found.draft, found.name, found.state, found.version) == (journey(), WELCOME["name"], "draft", None)
    assert (found.by, found.archived) == ("staff:1", None)
    with pytest.raises(NotFound):
        drafts.get(stores, number + 1)


def test_of_two_who_change_it_the_later_one_is_told(stores: Stores) -> None:
    number = drafts.create(stores, "staff:1", journey())
    seen = drafts.get(stores, number).changed
    changed = drafts.revise(stores, number, journey(wait("a")), seen)
    assert changed == drafts.get(stores, number).changed > seen
    with pytest.raises(Conflict) as refused:
        drafts.revise(stores, number, journey(wait("b")), seen)
    assert refused.value.code == "journey_changed"
    assert drafts.get(stores, number).draft == journey(wait("a"))
    drafts.revise(stores, number, journey(wait("b")), changed)


def test_a_copy_goes_its_own_way(stores: Stores) -> None:
    first = drafts.create(stores, "staff:1", journey(name="长" * 100))
    second = drafts.copy(stores, "staff:2", first)
    made, original = drafts.get(stores, second), drafts.get(stores, first)
    assert (made.name, made.by, made.state) == ("长" * 95 + " · 副本", "staff:2", "draft")
    assert (made.draft.nodes, made.salt == original.salt) == (original.draft.nodes, False)


def test_put_away_it_is_not_changed_until_it_is_brought_back(stores: Stores) -> None:
    number = drafts.create(stores, "staff:1", journey())
    drafts.archive(stores, number)
    with pytest.raises(Conflict):
        drafts.revise(stores, number, journey(wait("a")))
    drafts.restore(stores, number)
    drafts.revise(stores, number, journey(wait("a")))
    with stores.ledger.write() as conn:
        conn.execute(sa.update(journeys).values(state="running"))
    with pytest.raises(Conflict) as refused:
        drafts.archive(stores, number)
    assert refused.value.code == "journey_under_way"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "  "}, "journey_name"),
        ({"name": "长" * 101}, "journey_name"),
        ({"nodes": [wait(str(n)) for n in range(201)]}, "journey_too_many_nodes"),
        ({"note": "长" * 200_000}, "journey_too_large"),
    ],
)
def test_what_can_not_be_kept_is_refused(stores: Stores, changes: dict[str, object], code: str) -> None:
    with pytest.raises(BadInput) as refused:
        drafts.create(stores, "staff:1", journey(**changes))
    assert refused.value.code == code


def test_changed_within_a_moment_it_is_still_told_apart(stores: Stores) -> None:
    assert isinstance(stores.clock, ManualClock)
    stores.clock.at += timedelta(microseconds=400)
    number = drafts.create(stores, "staff:1", journey())
    moments = [drafts.revise(stores, number, journey()) for _ in range(3)]
    assert len(set(moments)) == 3
    drafts.revise(stores, number, journey(), drafts.get(stores, number).changed)
