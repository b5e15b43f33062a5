"""K and its parts, by day."""

from __future__ import annotations

from datetime import timedelta

from siyu.growth.purses.givers import GIVERS
from siyu.growth.referral import bringing
from siyu.growth.referral.figures import k_by_day
from siyu.growth.referral.queries import brought_by, kin_of, top
from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.storage import ManualClock, Stores
from tests.growth.referral.test_bringing import counted
from tests.people.calls import drained, track


def test_k_is_how_many_the_newcomers_of_a_day_brought_within_a_week(stores: Stores) -> None:
    assert GIVERS
    begin = stores.clock.now()
    assert isinstance(stores.clock, ManualClock)
    drained(stores, *(track(f"u{number}", "page_viewed", at=begin) for number in range(4)))
    with stores.ledger.write() as conn:
        bringing.invite(conn, begin, [("i1", 1, "spring"), ("i2", 1, "spring"), ("i3", 2, "")])
        early = [bringing.Bringing(2, 1, begin + timedelta(days=2), "spring")]
        late = [bringing.Bringing(3, 2, begin + timedelta(days=9)), bringing.Bringing(4, 1, begin + timedelta(days=20))]
        assert [each.state for each in bringing.bring(conn, "system", "api", early + late)] == ["brought"] * 3
    run_until_empty(Drain(stores).step)
    stores.clock.advance(timedelta(days=25))
    found = k_by_day(stores)
    by_day = {each.day: each for each in found.days}
    first = by_day[begin.astimezone().date()]
    assert (first.newcomers, first.by_newcomers, first.k) == (4, 1, 0.25)
    assert (first.invitations, first.brought, first.conversion) == (3, 0, 0)
    assert first.cost_cents is None
    assert found.total.brought == 3
    assert found.total.k == 0.25
    assert sum(each.brought for each in found.days) == 3
    counted(stores)
    me, above = kin_of(stores, 3)
    assert (me.inviter, above, me.campaign) == (2, [2, 1], "")
    assert [each.person for each in brought_by(stores, 1)] == [4, 2]
    assert [(each.person, each.size) for each in top(stores, "size")] == [(1, 3), (2, 1)]
    assert [each.person for each in top(stores, "size", after=(3, 1))] == [2]
