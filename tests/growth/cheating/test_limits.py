"""Limits per device, address, pay account and person hold in the transaction of the act, on both engines."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from siyu.growth.campaigns import acting
from siyu.growth.campaigns.model import Wish
from siyu.growth.campaigns.tables import contributions
from siyu.growth.cheating import reviewing
from siyu.growth.cheating.limiting import Asking, Seats, fingerprint
from siyu.growth.cheating.model import Limits, Sort
from siyu.growth.cheating.tables import limit_counts
from siyu.storage import ManualClock, Stores
from siyu.storage.together import Together
from tests.growth.campaigns.playing import play, some_people, started

MANY = {"helpers": 50, "title": "杯子"}


@pytest.mark.parametrize(("sort", "limit"), [("device", "device_people"), ("address", "address_people"),
                                             ("account", "account_people")])  # fmt: skip
def test_only_so_many_people_take_part_on_one_device_address_or_account(
    each_stores: Stores, sort: Sort, limit: str
) -> None:
    starter, *friends = some_people(each_stores, 5)
    campaign = started(each_stores, rules=MANY)
    reviewing.set_limits(each_stores, "staff:1", campaign.id, Limits(**{limit: 2}))
    opened = play(each_stores, campaign, starter, **{sort: "one"})
    assert opened.effort is not None
    slug = opened.effort.slug
    said = [play(each_stores, campaign, each, slug, once=f"k-{each}", **{sort: "one"}).said for each in friends[:2]]
    assert said == ["helped_now", f"limit_{sort}"]  # the starter has the other seat
    assert play(each_stores, campaign, friends[1], slug, once="k-other", **{sort: "two"}).said == "helped_now"
    assert play(each_stores, campaign, friends[2], slug, once="k-none").said == "helped_now"


def test_a_group_of_acts_in_one_transaction_passes_no_limit(each_stores: Stores) -> None:
    starter, *friends = some_people(each_stores, 8)
    campaign = started(each_stores, rules=MANY)
    reviewing.set_limits(each_stores, "staff:1", campaign.id, Limits(device_people=3))
    opened = play(each_stores, campaign, starter)
    assert opened.effort is not None
    wishes = [Wish(campaign.id, each, f"k-{each}", opened.effort.slug, device="phone") for each in friends]
    states = [each.state for each in acting.act(each_stores, wishes)]
    assert states == ["counted"] * 3 + ["refused"] * 4
    again = [each.state for each in acting.act(each_stores, wishes)]
    assert again == ["same"] * 3 + ["refused"] * 4
    with each_stores.ledger.read() as conn:
        assert conn.execute(sa.select(limit_counts.c.taken).where(limit_counts.c.sort == "device")).scalars().all() == [
            3
        ]
        why = conn.execute(sa.select(contributions.c.why).where(contributions.c.stage == "refused")).scalars().all()
    assert why == ["limit_device"] * 4


def test_many_at_once_pass_no_limit(each_stores: Stores) -> None:
    starter, *friends = some_people(each_stores, 40)
    campaign = started(each_stores, rules=MANY, places=["mini_program"])  # at a counter many use one tablet
    opened = play(each_stores, campaign, starter)
    assert opened.effort is not None
    slug = opened.effort.slug
    together = Together[Wish, acting.Outcome](lambda wishes: acting.act(each_stores, wishes), "taps")
    taps = [together.take(Wish(campaign.id, each, f"k-{each}", slug, device="phone")) for each in friends]
    states = [tap.result().state for tap in taps]
    together.close()
    assert states.count("counted") == Limits().device_people


def test_who_took_a_seat_elsewhere_meanwhile_makes_the_transaction_fail(each_stores: Stores) -> None:
    (one, two) = some_people(each_stores, 2)
    campaign = started(each_stores)
    reviewing.set_limits(each_stores, "staff:1", campaign.id, Limits(device_people=1))
    now = each_stores.clock.now()
    asking = [Asking(campaign.id, each, device="phone") for each in (one, two)]
    with each_stores.ledger.write() as conn:
        early = Seats.read(conn, now, asking)
        late = Seats.read(conn, now, asking)
        early.take(asking[0])
        late.take(asking[1])
        assert early.write()
        assert not late.write()


def test_a_person_helps_so_many_efforts_a_day_and_more_tomorrow(each_stores: Stores) -> None:
    helper, *starters = some_people(each_stores, 4)
    campaign = started(each_stores, rules=MANY | {"hours": 0})
    reviewing.set_limits(each_stores, "staff:1", campaign.id, Limits(person_helps=2))
    slugs = [
        slug for each in starters if (effort := play(each_stores, campaign, each).effort) and (slug := effort.slug)
    ]
    assert [play(each_stores, campaign, helper, slug).said for slug in slugs] == [
        "helped_now",
        "helped_now",
        "limit_person",
    ]
    assert isinstance(each_stores.clock, ManualClock)
    each_stores.clock.advance(timedelta(days=1))
    assert play(each_stores, campaign, helper, slugs[2], once="tomorrow").said == "helped_now"


def test_nothing_is_limited_where_it_is_nought(stores: Stores) -> None:
    starter, *friends = some_people(stores, 12)
    campaign = started(stores, rules=MANY)
    reviewing.set_limits(stores, "staff:1", campaign.id, Limits(device_people=0))
    opened = play(stores, campaign, starter)
    assert opened.effort is not None
    slug = opened.effort.slug
    said = {play(stores, campaign, each, slug, once=f"k-{each}", device="phone").said for each in friends}
    assert said == {"helped_now"}


def test_an_address_is_kept_as_a_fingerprint_of_this_installation(stores: Stores) -> None:
    mark = fingerprint(stores.home, "address", "203.0.113.9")
    assert mark == fingerprint(stores.home, "address", "203.0.113.9")
    assert mark != fingerprint(stores.home, "account", "203.0.113.9")
    assert fingerprint(stores.home, "address", "") == ""
