"""Order links: whose price is shown to whom, codes that come back, and nobody fooled by a changed link."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.commerce.goods import keeping as catalogue
from siyu.commerce.links import attributing, keeping, opening
from siyu.commerce.links.counting import count
from siyu.commerce.links.model import LASTS, PLACES, Draft, Named, OrderLink, mark_of, read
from siyu.commerce.links.opening import Opening, Visitor
from siyu.commerce.offers import keeping as offers
from siyu.commerce.offers.model import Draft as Offering
from siyu.commerce.tables import offer_claims, offer_orders
from siyu.jobs.turns import run_until_empty
from siyu.people import actions
from siyu.people.drain import Drain
from siyu.storage import BadInput, Conflict, ManualClock, NotFound, Stores
from tests.commerce.test_goods import order
from tests.examples import examples
from tests.people.calls import drained, track

KEY = b"k" * 32


@examples(300)
@given(st.binary(max_size=80), st.integers(0, 47), st.sampled_from("ABCabc019-_=% é\0"))
def test_a_changed_mark_is_no_mark(noise: bytes, place: int, letter: str) -> None:
    now = ManualClock().now()
    mark = mark_of(KEY, 3, 7, 11, now)
    assert read(KEY, mark, now) == Named(3, 7, 11)
    changed = mark[:place] + letter + mark[place + 1 :]
    if changed != mark:
        assert read(KEY, changed, now) is None
    for strange in (noise.decode("latin-1"), mark + letter, mark[:-1], mark + "=", letter + mark, ""):
        assert read(KEY, strange, now) is None
    assert read(b"x" * 32, mark, now) is None


def test_a_mark_names_its_person_for_some_time() -> None:
    now = ManualClock().now()
    mark = mark_of(KEY, 3, 7, 11, now)
    told = read(KEY, mark, now + LASTS + timedelta(days=1))
    assert told is not None
    assert told.old
    public = read(KEY, mark_of(KEY, 3), now + timedelta(days=9_999))
    assert public == Named(3, 0, 0)


def a_shop(stores: Stores, **more: Any) -> OrderLink:
    """Two people, a cream with the public price of 100 and one for person 1 alone, and a link."""
    drained(stores, track("u1", "page_viewed"), track("u2", "page_viewed"))
    good = catalogue.add_good(stores, "staff:1", "S1", {"cents": 10_000, "url": "https://shop.test/p?id=1"})
    offers.add_offer(
        stores, "staff:1", Offering("她的", "price", "person", "1", good.id, 7_000, stock=more.pop("stock", None))
    )
    return keeping.add_link(stores, "staff:1", Draft("群发", good.id, **more))


def look(stores: Stores, named: Named, visitor: Visitor) -> Opening:
    return opening.look(stores, named, visitor)


def events(stores: Stores, where: str = "name LIKE 'offer%'") -> list[tuple[str, int]]:
    run_until_empty(Drain(stores).step)
    rows = stores.events.rows(f"SELECT name, person FROM events WHERE {where} ORDER BY name, person")
    return [(str(row[0]), int(row[1])) for row in rows]


def test_a_forwarded_link_shows_the_public_price_and_is_told_once(each_stores: Stores) -> None:
    stores = each_stores
    link = a_shop(stores)
    named = Named(link.id, 1, 5)
    mine = look(stores, named, Visitor(1, own=True, sure=1))
    theirs = look(stores, named, Visitor(2, sure=2))
    assert (mine.choice.cents, mine.forwarded) == (7_000, False)
    assert (theirs.choice.cents, theirs.choice.offer, theirs.forwarded) == (10_000, None, True)
    for found in (mine, theirs, theirs):
        opening.opened(stores, found)
    assert events(stores) == [("offer_forwarded", 1), ("offer_opened", 1), ("offer_opened", 2)]


def test_an_old_link_is_a_public_one_and_nobody_forwarded_it(stores: Stores) -> None:
    link = a_shop(stores)
    found = look(stores, Named(link.id, 1, 5, old=True), Visitor(2, sure=2))
    assert (found.choice.cents, found.forwarded) == (10_000, False)


def test_going_again_gives_the_same_code_and_takes_of_the_stock_once(each_stores: Stores) -> None:
    stores = each_stores
    link = a_shop(stores, stock=1)
    mine = look(stores, Named(link.id, 1, 5), Visitor(1, own=True, sure=1))
    one, again = opening.go(stores, mine), opening.go(stores, mine)
    assert one.code == again.code
    assert one.address.startswith("https://shop.test/p?id=1&siyu_claim=" + one.code)
    assert offers.list_offers(stores)[0].taken == 1
    other = look(stores, Named(link.id, 1, 6), Visitor(1, own=True, sure=1))
    assert other.choice.cents == 10_000, "sold out: the public price"
    with pytest.raises(Conflict):
        opening.go(stores, replace(mine, named=Named(link.id, 1, 7)))


def test_what_nobody_ordered_goes_back_into_the_stock(each_stores: Stores) -> None:
    stores = each_stores
    link = a_shop(stores, stock=1)
    mine = look(stores, Named(link.id, 1, 5), Visitor(1, own=True, sure=1))
    code = opening.go(stores, mine).code
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(hours=25))
    assert attributing.lapse(stores) == 1
    assert attributing.lapse(stores) == 0
    assert offers.list_offers(stores)[0].taken == 0
    assert opening.go(stores, look(stores, Named(link.id, 1, 5), Visitor(1, own=True, sure=1))).code == code
    assert offers.list_offers(stores)[0].taken == 1


def follow(stores: Stores) -> None:
    run_until_empty(Drain(stores).step)
    run_until_empty(lambda: attributing.follow(stores))
    run_until_empty(Drain(stores).step)


def attributed(stores: Stores) -> list[tuple[str, int, str, int, int]]:
    with stores.ledger.read() as conn:
        rows = conn.execute(offer_orders.select().order_by(offer_orders.c.order))
        return [(row.order, row.claim, row.how, row.cents, row.kept) for row in rows]


def claims_of(stores: Stores) -> dict[str, int]:
    with stores.ledger.read() as conn:
        return {row.code: row.id for row in conn.execute(offer_claims.select())}


def test_an_order_is_of_the_code_that_came_back_whoever_pays(each_stores: Stores) -> None:
    stores = each_stores
    link = a_shop(stores)
    attributing.follow(stores)
    code = opening.go(stores, look(stores, Named(link.id, 1, 5), Visitor(1, own=True, sure=1))).code
    attributing.follow(stores)
    now = stores.clock.now()
    drained(stores, order("u2", "A1", now, ("S9", "别的", "50.00"), claim=code.lower()))
    drained(stores, order("u1", "A2", now, ("S1", "面霜", "70.00")))
    follow(stores)
    claim = claims_of(stores)[code]
    assert attributed(stores) == [("A1", claim, "code", 5_000, 5_000)], "a claim is of one order"
    told = [("offer_ordered", 1), ("offer_paid", 1), ("offer_went", 1)]
    assert events(stores) == told
    follow(stores)
    assert events(stores) == told


def test_without_a_code_person_and_goods_within_a_week_say_it(each_stores: Stores) -> None:
    stores = each_stores
    link = a_shop(stores)
    attributing.follow(stores)
    opening.go(stores, look(stores, Named(link.id, 1, 5), Visitor(1, own=True, sure=1)))
    attributing.follow(stores)
    now = stores.clock.now()
    drained(stores, order("u2", "A0", now, ("S1", "面霜", "1")), order("u1", "A1", now, ("S2", "别的", "1")))
    follow(stores)
    assert attributed(stores) == []
    drained(stores, order("u1", "A2", now + timedelta(minutes=1), ("S1", "面霜", "70.00")))
    follow(stores)
    assert [row[0:1] + row[2:] for row in attributed(stores)] == [("A2", "goods", 7_000, 7_000)]


def test_the_shop_may_say_beforehand_which_order_a_code_became(each_stores: Stores) -> None:
    stores = each_stores
    link = a_shop(stores)
    attributing.follow(stores)
    code = opening.go(stores, look(stores, Named(link.id, 1, 5), Visitor(1, own=True, sure=1))).code
    assert attributing.ordered(stores, code, "A1")
    assert not attributing.ordered(stores, code, "A1")
    with pytest.raises(NotFound):
        attributing.ordered(stores, "NOSUCHCODE", "A1")
    drained(stores, order("u2", "A1", stores.clock.now(), ("S9", "x", "3.00")))
    follow(stores)
    assert [row[2] for row in attributed(stores)] == ["code"]


def test_what_is_returned_is_told_when_it_is(stores: Stores) -> None:
    link = a_shop(stores)
    attributing.follow(stores)
    code = opening.go(stores, look(stores, Named(link.id, 1, 5), Visitor(1, own=True, sure=1))).code
    now = stores.clock.now()
    drained(stores, order("u1", "A1", now, ("S1", "面霜", "70.00"), claim=code))
    follow(stores)
    back = {"order_id": "A1", "refund_id": "R1", "total": "20.00"}
    drained(stores, track("u1", "Order Refunded", timestamp=(now + timedelta(hours=1)).isoformat(), properties=back))
    follow(stores)
    assert [row[3:] for row in attributed(stores)] == [(7_000, 5_000)]
    (counted,) = count(stores, now - timedelta(days=1), now + timedelta(days=1))
    assert counted.reached == (1, 1, 1, 1, 1, 1, 1, 1)


def test_who_does_not_want_to_be_followed_is_not(stores: Stores) -> None:
    link = a_shop(stores)
    actions.set_profile(stores, "staff:1", 1, {"no_profiling": True})
    found = look(stores, Named(link.id, 1, 5), Visitor(1, own=True, sure=1))
    opening.opened(stores, found)
    opening.seen(stores, found)
    opening.go(stores, found)
    opening.opened(stores, look(stores, Named(link.id, 1, 5), Visitor(2, sure=2)))
    assert events(stores) == [("offer_opened", 2)]


def test_links_are_handed_out_by_hand_to_people_who_are_there(stores: Stores) -> None:
    link = a_shop(stores)
    given = keeping.hand_out(stores, link.id, [1, 2, 1])
    assert sorted(given) == [1, 2]
    assert keeping.named(stores, given[1].removeprefix(keeping.PATH)) == Named(link.id, 1, 0)
    keeping.hand_out(stores, link.id, [1])
    assert events(stores) == [("offer_sent", 1), ("offer_sent", 2)]
    with pytest.raises(BadInput):
        keeping.hand_out(stores, link.id, [1, 99])


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": ""}, "name"),
        ({"good": 99}, "good"),
        ({"place_kind": "live"}, "place"),
        ({"place": "周五"}, "place"),
        ({"url": "javascript:1"}, "url"),
        ({"mini_app": "wx1"}, "mini_page"),
        ({"mini_app": "wx1", "mini_page": "p?x=1"}, "mini_page"),
    ],
)
def test_what_is_wrong_with_a_link_is_said_by_field(stores: Stores, said: dict[str, Any], field: str) -> None:
    link = a_shop(stores)
    assert set(PLACES) == {"", "live", "group"}
    with pytest.raises(BadInput) as refused:
        keeping.change_link(stores, link.id, replace(keeping.draft_of(link), **said))
    assert refused.value.field == field
