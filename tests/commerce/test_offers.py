"""Offers: for whom, from when until when, how many; and which is best for a person, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.commerce.goods import keeping as catalogue
from siyu.commerce.offers import asking, keeping
from siyu.commerce.offers.model import NARROW, TO, Draft, Offer, Who, best, fits, shut
from siyu.people import actions
from siyu.storage import BadInput, Conflict, Stores
from tests.examples import examples
from tests.people.calls import drained, track

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def an_offer(number: int, **said: Any) -> Offer:
    base = Offer(
        number, "价", "price", 1, 5_000, None, "everybody", "", None, None, None, 0, "on", "", NOW, NOW, "staff:1"
    )
    return replace(base, **said)


WHOM = {"person": "7", "audience": "3", "attribute": "tier=金", "group": "g1", "live": "周五", "everybody": ""}
some = st.builds(
    lambda number, to, other, cents, begins, ends, stage, taken: an_offer(
        number, to=to, whom=WHOM[to] if not other else ("99" if to in ("person", "audience") else "x=y"),
        cents=cents, begins=NOW + timedelta(hours=begins), ends=NOW + timedelta(hours=ends), stage=stage,
        stock=1, taken=taken,
    ),
    st.integers(1, 10**6), st.sampled_from(sorted(TO)), st.booleans(), st.integers(1, 12) , st.integers(-2, 1),
    st.integers(-1, 3), st.sampled_from(["on", "on", "on", "paused", "ended"]), st.integers(0, 1),
)  # fmt: skip
THEM = Who(frozenset({7}), {"tier": "金"}, frozenset({3}), frozenset({"g1"}), "周五")


@examples(300)
@given(st.lists(some, max_size=8, unique_by=lambda offer: offer.id), st.sampled_from([THEM, Who()]))
def test_the_best_is_what_looking_at_all_of_them_finds(offers: list[Offer], who: Who) -> None:
    choice = best(offers, 1, 10, who, NOW)
    able = [each for each in offers if fits(each, who) and not shut(each, NOW) and (each.cents or 0) < 10]
    assert (choice.offer is None) == (not able)
    if choice.offer is not None:
        assert choice.cents == min(each.cents for each in able if each.cents is not None)
        same = [each for each in able if each.cents == choice.cents]
        assert NARROW[choice.offer.to] == min(NARROW[each.to] for each in same)
    assert sorted([each.id for each, _ in choice.others] + ([choice.offer.id] if choice.offer else [])) == sorted(
        each.id for each in offers
    ), "every other has its reason"


def test_an_offer_for_somebody_else_tells_nothing_of_itself() -> None:
    choice = best([an_offer(1, to="person", whom="8", stage="paused")], 1, 9_900, THEM, NOW)
    assert [why for _, why in choice.others] == ["not_for_them"]
    assert choice.cents == 9_900


def test_a_coupon_is_worth_what_its_desk_says() -> None:
    coupon = an_offer(1, kind="coupon", cents=None, coupon=4, good=None)
    chosen = best([coupon, an_offer(2, cents=8_000)], 1, 10_000, Who(), NOW, lambda kind, cents: 2_500)
    assert (chosen.offer, chosen.cents) == (coupon, 7_500)
    assert best([coupon], 1, None, Who(), NOW).others[0][1] == "no_price"


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (Draft("", "price", "everybody", good=1, cents=1), "name"),
        (Draft("x", "price", "everybody", cents=1), "good"),
        (Draft("x", "price", "everybody", good=1), "cents"),
        (Draft("x", "coupon", "everybody"), "coupon"),
        (Draft("x", "price", "person", whom="ab", good=1, cents=1), "whom"),
        (Draft("x", "price", "attribute", whom="tier", good=1, cents=1), "whom"),
        (Draft("x", "price", "audience", whom="9", good=1, cents=1), "whom"),
        (Draft("x", "price", "person", whom="999", good=1, cents=1), "whom"),
        (Draft("x", "price", "everybody", good=99, cents=1), "good"),
        (Draft("x", "price", "everybody", good=1, cents=1, begins=NOW, ends=NOW), "ends"),
        (Draft("x", "price", "everybody", good=1, cents=1, stock=0), "stock"),
    ],
)
def test_what_is_wrong_is_refused_by_field(stores: Stores, draft: Draft, field: str) -> None:
    catalogue.add_good(stores, "staff:1", "S1", {"cents": 10_000})
    with pytest.raises(BadInput) as refused:
        keeping.add_offer(stores, "staff:1", draft)
    assert refused.value.field == field


def test_a_price_is_asked_with_what_is_known_of_the_person(each_stores: Stores) -> None:
    stores = each_stores
    drained(stores, track("u1", "page_viewed"), track("u2", "page_viewed"))
    good = catalogue.add_good(stores, "staff:1", "S1", {"cents": 10_000}).id
    actions.set_profile(stores, "staff:1", 1, {"tier": "金"})
    keeping.add_offer(stores, "staff:1", Draft("金卡", "price", "attribute", "tier=金", good, 8_000))
    keeping.add_offer(stores, "staff:1", Draft("她的", "price", "person", "2", good, 7_000))
    keeping.add_offer(stores, "staff:1", Draft("直播", "price", "live", "周五", good, 9_000))

    def cents(person: int | None, **where: str) -> int | None:
        return asking.ask(stores, good, person, **where)[1].cents

    assert (cents(1), cents(2), cents(None), cents(None, live="周五"), cents(1, live="周五")) == (
        8_000, 7_000, 10_000, 9_000, 8_000,
    )  # fmt: skip


def test_what_ended_is_over_for_good_and_stock_never_falls_below_what_is_taken(stores: Stores) -> None:
    good = catalogue.add_good(stores, "staff:1", "S1", {"cents": 10_000}).id
    offer = keeping.add_offer(stores, "staff:1", Draft("价", "price", "everybody", "", good, 8_000, stock=5))
    assert keeping.set_stage(stores, offer.id, "paused").stage == "paused"
    assert keeping.set_stage(stores, offer.id, "on").stage == "on"
    keeping.set_stage(stores, offer.id, "ended")
    with pytest.raises(Conflict):
        keeping.set_stage(stores, offer.id, "on")
    with pytest.raises(Conflict):
        keeping.change_offer(stores, offer.id, keeping.draft_of(offer))


def test_an_audience_counts_as_it_was_when_last_brought_up_to_date(stores: Stores) -> None:
    assert asking.audiences_of(stores, [1, 2], 7) == frozenset()
    stores.events.command(
        "INSERT INTO audience_states (audience, version, leaf, computed, members) "
        "SELECT 1, v, 0, now64(3), groupBitmapState(toUInt32(p)) FROM "
        "(SELECT 1 AS v, 7 AS p UNION ALL SELECT 2, 8) GROUP BY v"
    )
    assert asking.audiences_of(stores, [1, 2], 7) == frozenset()
    assert asking.audiences_of(stores, [1, 2], 8) == frozenset({1})
