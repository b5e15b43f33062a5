"""What somebody does with points themselves: once for its key, refused with a cause, undone by a posting against it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from siyu.loyalty.points import forgetting
from siyu.loyalty.points.auditing import audit, last_proof, prove
from siyu.loyalty.points.by_hand import do, undo
from siyu.loyalty.points.tables import point_accounts, point_postings
from siyu.storage import BadInput, Conflict, NotFound, Stores
from tests.loyalty.points.test_following import has
from tests.people.calls import drained, track


@pytest.fixture
def shop(each_stores: Stores) -> Stores:
    drained(each_stores, track("u1", "Came", at=each_stores.clock.now()))
    return each_stores


def test_giving_twice_by_one_key_gives_once(shop: Stores) -> None:
    first = do(shop, "staff:1", "earn", "k1", "补发", person=1, points=50)
    again = do(shop, "staff:1", "earn", "k1", "补发", person=1, points=50)
    assert (first.new, again.new, again.posting, has(shop).available) == (True, False, first.posting, 50)


def test_more_than_there_is_can_not_be_taken(shop: Stores) -> None:
    do(shop, "staff:1", "earn", "k1", "补发", person=1, points=50)
    with pytest.raises(Conflict, match="50"):
        do(shop, "staff:1", "spend", "k2", "更正", person=1, points=51)
    assert has(shop).available == 50


def test_what_was_done_is_undone_once(shop: Stores) -> None:
    given = do(shop, "staff:1", "earn", "k1", "补发", person=1, points=50)
    taken = do(shop, "staff:1", "spend", "k2", "更正", person=1, points=20)
    assert taken.posting is not None
    assert given.posting is not None
    assert undo(shop, "staff:1", taken.posting).new
    assert not undo(shop, "staff:1", taken.posting).new
    assert has(shop).available == 50
    undo(shop, "staff:1", given.posting)
    assert (has(shop).available, audit(shop)) == (0, [])


def test_a_hold_is_captured_or_released_by_its_key(shop: Stores) -> None:
    do(shop, "key:1", "earn", "k1", "补发", person=1, points=50)
    do(shop, "key:1", "hold", "k2", "下单抵扣", person=1, points=30)
    assert (has(shop).available, has(shop).held) == (20, 30)
    do(shop, "key:1", "release", "k3", "取消", of="hand:k2")
    assert (has(shop).available, has(shop).held) == (50, 0)
    with pytest.raises(Conflict):
        do(shop, "key:1", "capture", "k4", "付款", of="hand:k2")


@pytest.mark.parametrize(
    "what",
    [{"person": 1}, {"points": 5}, {"person": 1, "points": 0}, {"person": 1, "points": 10**12}],
)
def test_what_is_unfit_is_said(shop: Stores, what: dict[str, int]) -> None:
    with pytest.raises(BadInput):
        do(shop, "staff:1", "earn", "k1", "补发", **what)


def test_nobody_gets_points_who_is_not_there(shop: Stores) -> None:
    with pytest.raises(NotFound):
        do(shop, "staff:1", "earn", "k1", "补发", person=99, points=5)


def test_who_is_erased_keeps_the_books_without_what_staff_wrote(shop: Stores) -> None:
    do(shop, "staff:1", "earn", "k1", "因为生病补发", person=1, points=50)
    with shop.ledger.write() as conn:
        forgetting.forget_people(conn, shop.clock.now(), [1])
        assert conn.execute(sa.select(point_postings.c.why)).scalars().all() == [""]
    assert (has(shop).available, audit(shop)) == (50, [])


def test_a_fault_is_found_at_night_and_stays_until_it_is_gone(shop: Stores) -> None:
    do(shop, "staff:1", "earn", "k1", "补发", person=1, points=50)
    assert prove(shop) == []
    with shop.ledger.write() as conn:
        conn.execute(sa.update(point_accounts).where(point_accounts.c.kind == "person").values(balance=51))
    prove(shop)
    proof = last_proof(shop)
    assert proof is not None
    assert {(fault.law, fault.kept, fault.entries) for fault in proof.faults} == {
        ("balance", 51, 50),
        ("lots of a person", 51, 50),
    }
