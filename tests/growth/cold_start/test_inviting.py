"""The first people, invited by name: links, progress, the benefit once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from siyu.growth.codes.keeping import CodeDraft, add_code
from siyu.growth.codes.tables import live_codes
from siyu.growth.cold_start import keeping
from siyu.growth.cold_start.following import grant_due, note_done
from siyu.growth.cold_start.keeping import Added
from siyu.growth.cold_start.model import InviteList, ListDraft, mark_of
from siyu.growth.purses.keeping import open_purse, set_total
from siyu.growth.visitors import devices, links
from siyu.people.tables import people
from siyu.storage import BadInput, Conflict, NotFound, Stores
from tests.growth.referral.test_bringing import some_people
from tests.insight.world import Happened, merge, store


def a_code(stores: Stores, stage: str = "live") -> int:
    code = add_code(stores, "test", CodeDraft("首批客户", mode="turn", kind="staff")).id
    with stores.ledger.write() as conn:
        conn.execute(sa.update(live_codes).where(live_codes.c.id == code).values(stage=stage))
    return code


def a_list(stores: Stores, pieces: int = 10, **more: Any) -> InviteList:
    purse = open_purse(stores, "test", "首批礼", "pieces", Decimal(pieces)).id
    same: dict[str, Any] = {"reward": "goods", "amount": 1, "title": "小样", "purse": purse, "code": a_code(stores)}
    made = keeping.add_list(stores, "test", ListDraft("老客一百人", "core", **(same | more)))
    return keeping.start(stores, made.id)


def friends(stores: Stores, *persons: int, later: float = 1, prefix: str = "m") -> None:
    at = stores.clock.now() + timedelta(hours=later)
    store(stores.events, [Happened(person, "friend_added", at=at) for person in persons], prefix)


def followed(stores: Stores, of: InviteList) -> tuple[int, int]:
    return note_done(stores, of), grant_due(stores, of)


def test_who_does_what_was_asked_after_the_invitation_has_the_benefit_once(each_stores: Stores) -> None:
    stores = each_stores
    one, two, three, outsider = some_people(stores, 4)
    mine = a_list(stores)
    assert keeping.add_people(stores, mine.id, [one, two, three, 99_999]) == Added(3, 0, 1)
    assert keeping.add_people(stores, mine.id, [one]) == Added(0, 1, 0)
    friends(stores, three, later=-1, prefix="before")
    given = keeping.give_links(stores, mine.id)
    assert len(given) == 3
    friends(stores, one, outsider)
    assert followed(stores, mine) == (1, 1)
    assert followed(stores, mine) == (0, 0)
    found = keeping.progress_of(stores, [mine.id])[mine.id]
    assert (found.people, found.invited, found.done, found.granted, found.short) == (3, 3, 1, 1, 0)


def test_a_purse_that_is_too_short_grants_as_soon_as_it_has_been_filled_up(stores: Stores) -> None:
    persons = some_people(stores, 3)
    mine = a_list(stores, pieces=2)
    keeping.add_people(stores, mine.id, persons)
    keeping.give_links(stores, mine.id)
    friends(stores, *persons)
    assert followed(stores, mine) == (3, 2)
    assert keeping.progress_of(stores, [mine.id])[mine.id].short == 1
    assert mine.purse is not None
    set_total(stores, mine.purse, Decimal(3))
    assert followed(stores, mine) == (0, 1)
    assert keeping.progress_of(stores, [mine.id])[mine.id].short == 0


def test_a_link_names_its_person_is_the_same_link_again_and_shows_who_opened_it(each_stores: Stores) -> None:
    stores = each_stores
    one, two = some_people(stores, 2)
    mine = a_list(stores)
    keeping.add_people(stores, mine.id, [one, two])
    first, second = keeping.give_links(stores, mine.id)
    again, _ = keeping.give_links(stores, mine.id)
    assert again == first
    token = first.path.partition("?me=")[2]
    named = links.read(stores.home, token, stores.clock.now())
    assert named is not None
    assert (named.person, named.mark) == (one, f"{mark_of(first.invite.id):x}")
    assert second.path != first.path
    assert devices.bind_by_link(stores, "d1", named.person, named.mark)
    assert keeping.progress_of(stores, [mine.id])[mine.id].opened == 1


def test_two_invitations_that_became_one_person_are_one_benefit(stores: Stores) -> None:
    one, two = some_people(stores, 2)
    mine = a_list(stores)
    keeping.add_people(stores, mine.id, [one, two])
    keeping.give_links(stores, mine.id)
    with stores.ledger.write() as conn:
        conn.execute(sa.update(people).where(people.c.person == two).values(kept=one))
    merge(stores.events, [(two, one)])
    friends(stores, one, two)
    assert followed(stores, mine) == (1, 1)
    assert followed(stores, mine) == (0, 0)


def test_after_the_end_nobody_gets_anything_more_and_no_link(stores: Stores) -> None:
    (one,) = some_people(stores, 1)
    mine = a_list(stores)
    keeping.add_people(stores, mine.id, [one])
    keeping.give_links(stores, mine.id)
    keeping.end(stores, mine.id)
    friends(stores, one)
    note_done(stores, mine)
    assert keeping.progress_of(stores, [mine.id])[mine.id].done == 0
    with pytest.raises(Conflict):
        keeping.give_links(stores, mine.id)
    with pytest.raises(Conflict):
        keeping.add_people(stores, mine.id, [one])


def test_who_has_no_link_yet_can_be_taken_off(stores: Stores) -> None:
    one, two = some_people(stores, 2)
    mine = a_list(stores)
    keeping.add_people(stores, mine.id, [one, two])
    keeping.take_off(stores, mine.id, two)
    with pytest.raises(NotFound):
        keeping.take_off(stores, mine.id, two)
    keeping.give_links(stores, mine.id)
    with pytest.raises(Conflict):
        keeping.take_off(stores, mine.id, one)


def test_what_was_promised_stays_once_a_list_is_live(stores: Stores) -> None:
    mine = a_list(stores)
    with pytest.raises(Conflict):
        keeping.change_list(stores, mine.id, ListDraft("新", "koc", mine.code))
    draft = keeping.add_list(stores, "test", ListDraft("KOC", "koc", a_code(stores, "draft")))
    assert keeping.change_list(stores, draft.id, ListDraft("KOC", "koc", draft.code, "order")).ask == "order"
    with pytest.raises(Conflict) as refused:
        keeping.start(stores, draft.id)
    assert refused.value.code == "cold_code"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": ""}, "name"),
        ({"kind": "all"}, "kind"),
        ({"ask": "share"}, "ask"),
        ({"reward": "gold"}, "reward"),
        ({"amount": 0}, "amount"),
        ({"title": " "}, "title"),
        ({"purse": None}, "purse"),
        ({"reward": "money"}, "purse"),
    ],
)
def test_a_list_that_can_not_be_is_refused_at_its_field(stores: Stores, more: dict[str, Any], field: str) -> None:
    purse = open_purse(stores, "test", "礼", "pieces", Decimal(1)).id
    same: dict[str, Any] = {
        "name": "a",
        "kind": "core",
        "code": a_code(stores),
        "reward": "goods",
        "amount": 1,
        "title": "小样",
    }
    given: dict[str, Any] = same | {"purse": purse} | more
    with pytest.raises(BadInput) as refused:
        keeping.add_list(stores, "test", ListDraft(**given))
    assert refused.value.field == field
