"""What is seen of players, what waits because of it, and what a decision does, on both engines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from siyu.growth.campaigns import clock, keeping
from siyu.growth.campaigns.model import Campaign
from siyu.growth.cheating import holding, reviewing
from siyu.growth.cheating.doubles import doubled_among, doubles_of
from siyu.growth.cheating.forgetting import forget_people
from siyu.growth.cheating.model import Limits
from siyu.growth.cheating.scoring import score_campaign
from siyu.growth.cheating.tables import campaign_limits, limit_seats, suspicions
from siyu.growth.purses import granting
from siyu.growth.purses import keeping as purses
from siyu.growth.purses.tables import rewards
from siyu.people.merges import merge
from siyu.storage import Conflict, ManualClock, Stores
from tests.growth.campaigns.playing import granted, play, some_people, started, wanted
from tests.reach.world import log

MANY = {"helpers": 8, "title": "杯子", "friend_title": "小样", "hours": 0}


@pytest.fixture(autouse=True)
def kept_under_review() -> None:
    granting.also_asked(holding.keep_under_review)


def crowd(stores: Stores, campaign: Campaign, many: int, **where: Any) -> tuple[int, list[int]]:
    """Somebody starts, and so many new people help from the same place."""
    (boss,) = some_people(stores, 1)
    wait(stores, minutes=1)
    opened = play(stores, campaign, boss, **where)
    assert opened.effort is not None
    wait(stores, minutes=1)
    friends = some_people(stores, many)
    for each in friends:
        play(stores, campaign, each, opened.effort.slug, once=f"help-{each}", **where)
    wait(stores, hours=25)
    return boss, friends


def wait(stores: Stores, **time: float) -> None:
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(**time))


def slow(stores: Stores, **more: Any) -> Campaign:
    """A campaign whose rewards wait two days."""
    campaign = started(stores, rules=MANY, pieces=500, each=5, **more)
    reviewing.set_limits(stores, "staff:1", campaign.id, Limits(wait_hours=48, device_people=0))
    return campaign


def stages(stores: Stores, person: int) -> list[tuple[str, str]]:
    return [(title, stage) for who, title, stage in granted(stores) if who == person]


def keys(stores: Stores, person: int) -> set[str]:
    cases = reviewing.list_cases(stores, "")
    return {reason.key for case in cases if case.person == person for reason in case.reasons}


def test_money_waits_a_day_unless_somebody_says_otherwise_and_is_told(stores: Stores) -> None:
    rules = {"helpers": 1, "title": "红包", "kind": "money", "amount": 500}
    drafted = keeping.draft(stores, "staff:1", wanted(stores, rules=rules))
    things = keeping.draft(stores, "staff:1", wanted(stores))
    assert [
        reviewing.get_limits(stores, each.id).waits(money=money) for each, money in ((drafted, True), (things, False))
    ] == [24, 0]
    assert _said(stores, drafted.id) == []
    limits = reviewing.get_limits(stores, drafted.id)
    reviewing.set_limits(stores, "staff:1", drafted.id, msgspec.structs.replace(limits, money_wait_hours=0))
    assert _said(stores, drafted.id) == ["warn"]
    reviewing.set_limits(stores, "staff:1", drafted.id, limits)
    campaign = keeping.start(stores, drafted.id)
    boss, friend = some_people(stores, 2)
    opened = play(stores, campaign, boss)
    assert opened.effort is not None
    play(stores, campaign, friend, opened.effort.slug)
    assert stages(stores, boss) == [("红包", "held")]
    wait(stores, hours=24)
    assert granting.release_due(stores) == 1
    assert stages(stores, boss) == [("红包", "granted")]


def test_one_person_with_many_browsers_is_held_and_so_is_whom_they_helped(each_stores: Stores) -> None:
    campaign = slow(each_stores)
    boss, friends = crowd(each_stores, campaign, 3)
    merge(each_stores, "staff:1", friends[0], friends[1])
    score_campaign(each_stores, campaign.id)
    assert keys(each_stores, boss) == keys(each_stores, friends[0]) == {"doubled"}
    assert sorted(case.person for case in reviewing.list_cases(each_stores)) == [boss, friends[0]]
    wait(each_stores, hours=48)
    granting.release_due(each_stores)
    found = [stage for each in friends for _, stage in stages(each_stores, each)]
    assert found == ["held", "held", "granted"]
    with each_stores.ledger.read() as conn:
        asked = {(campaign.slug, each) for each in (boss, *friends)}
        assert doubled_among(conn, asked) == {(campaign.slug, each) for each in (boss, *friends[:2])}
        assert doubled_among(conn, {("", boss)}) == set()


def test_who_helps_or_starts_as_somebody_else_is_seen(stores: Stores) -> None:
    campaign = started(stores, rules=MANY, pieces=500)
    boss, friends = crowd(stores, campaign, 2)
    (other,) = some_people(stores, 1)
    play(stores, campaign, other, once="open-too")
    with stores.ledger.read() as conn:
        assert doubles_of(conn, campaign.id) == {}
    merge(stores, "staff:1", boss, other)  # may start one, and has two
    with stores.ledger.read() as conn:
        assert doubles_of(conn, campaign.id) == {boss: 2}
        assert doubles_of(conn, campaign.id, friends) == {}
    campaign = started(stores, rules=MANY, pieces=500)
    boss, friends = crowd(stores, campaign, 2)
    merge(stores, "staff:1", boss, friends[0])
    with stores.ledger.read() as conn:
        assert doubles_of(conn, campaign.id) == {boss: 2}


def _said(stores: Stores, campaign: int) -> list[str]:
    """Of what is said before a campaign starts: about money that does not wait."""
    return [each.severity for each in keeping.findings(stores, campaign) if "limits" in each.en and "Money" in each.en]


def test_a_farm_behind_one_address_is_held_and_friends_at_home_are_not(each_stores: Stores) -> None:
    campaign = slow(each_stores)
    boss, workers = crowd(each_stores, campaign, 8, address="farm")
    honest, family = crowd(each_stores, campaign, 3, address="home")
    assert score_campaign(each_stores, campaign.id)["suspects"] == 9
    assert keys(each_stores, boss) == {"hollow", "one_address", "burst"}
    assert keys(each_stores, workers[0]) == {"patron"}
    assert keys(each_stores, honest) == keys(each_stores, family[0]) == set()
    wait(each_stores, hours=49)
    while clock.tick(each_stores):
        pass
    assert stages(each_stores, boss) == [("杯子", "held")]
    assert stages(each_stores, workers[0]) == [("小样", "held")]
    assert stages(each_stores, family[0]) == [("小样", "granted")]


def test_new_people_have_time_to_start_something_before_anything_is_concluded(each_stores: Stores) -> None:
    campaign = slow(each_stores)
    host, guests = crowd(each_stores, campaign, 8, address="hall")
    for each in guests[:3]:
        play(each_stores, campaign, each)
    assert score_campaign(each_stores, campaign.id)["suspects"] == 0
    assert keys(each_stores, host) == set()


def test_many_accounts_on_one_device_are_seen(each_stores: Stores) -> None:
    campaign = slow(each_stores)
    boss, accounts = crowd(each_stores, campaign, 6, device="cheap")
    score_campaign(each_stores, campaign.id)
    assert keys(each_stores, boss) >= {"shared_device", "own_helpers"}
    assert keys(each_stores, accounts[3]) >= {"shared_device"}


def test_a_tablet_on_which_everybody_acts_for_somebody_else_says_nothing(each_stores: Stores) -> None:
    campaign = slow(each_stores)
    hosts = [crowd(each_stores, campaign, 2, device="counter")[0] for _ in range(5)]
    assert score_campaign(each_stores, campaign.id)["scored"] == 0
    assert all(keys(each_stores, host) == set() for host in hosts)


def test_only_money_waits_in_a_campaign_that_gives_money_and_things(stores: Stores) -> None:
    limits = Limits()
    assert (limits.waits(money=True), limits.waits(money=False)) == (24, 0)
    assert Limits(wait_hours=48).waits(money=True) == 48


def test_limits_set_before_money_waited_for_itself_mean_what_they_did(stores: Stores) -> None:
    campaign = started(stores)
    reviewing.set_limits(stores, "staff:1", campaign.id, Limits())
    with stores.ledger.write() as conn:
        conn.execute(sa.update(campaign_limits).values(limits={"wait_hours": 0}))
    assert reviewing.get_limits(stores, campaign.id).waits(money=True) == 0


def test_who_has_written_to_us_is_not_hollow(each_stores: Stores) -> None:
    campaign = slow(each_stores)
    boss, guests = crowd(each_stores, campaign, 8, address="office")
    log(each_stores, "customer_wrote", guests[:3], each_stores.clock.now())
    score_campaign(each_stores, campaign.id)
    assert keys(each_stores, boss) == set()


def test_one_pay_account_of_three_is_seen(each_stores: Stores) -> None:
    campaign = slow(each_stores)
    reviewing.set_limits(each_stores, "staff:1", campaign.id, Limits(account_people=0, wait_hours=24))
    boss, _ = crowd(each_stores, campaign, 2, account="acct")
    score_campaign(each_stores, campaign.id)
    assert keys(each_stores, boss) == {"shared_account"}


def test_a_ring_is_seen_and_two_friends_who_help_each_other_are_not(each_stores: Stores) -> None:
    campaign = slow(each_stores)
    people = some_people(each_stores, 8)
    ring, pair = people[:6], people[6:]
    for group in (ring, pair):
        slugs = {each: effort.slug for each in group if (effort := play(each_stores, campaign, each).effort)}
        for starter, slug in slugs.items():
            for each in group:
                if each != starter:
                    play(each_stores, campaign, each, slug)
    score_campaign(each_stores, campaign.id)
    assert all("ring" in keys(each_stores, each) for each in ring)
    assert all(keys(each_stores, each) == set() for each in pair)


def test_who_brings_friends_that_leave_at_once_waits_and_so_do_they(each_stores: Stores) -> None:
    campaign = slow(each_stores)
    boss, friends = crowd(each_stores, campaign, 4)
    now = each_stores.clock.now()
    log(each_stores, "friend_added", friends, now)
    log(each_stores, "friend_lost", friends[:3], now + timedelta(hours=5))
    log(each_stores, "friend_lost", friends[3:], now + timedelta(days=9))
    wait(each_stores, hours=6)
    score_campaign(each_stores, campaign.id)
    assert keys(each_stores, boss) == {"left_at_once"}
    assert keys(each_stores, friends[0]) == {"gone", "patron"}
    assert keys(each_stores, friends[3]) == {"patron"}  # stayed, and has done nothing of their own


def test_released_rewards_go_on_and_later_ones_are_not_held(each_stores: Stores) -> None:
    campaign = slow(each_stores)
    boss, _ = crowd(each_stores, campaign, 8, address="hall")
    score_campaign(each_stores, campaign.id)
    (case,) = [each for each in reviewing.list_cases(each_stores) if each.person == boss]
    assert case.waits == {"pieces": 1}
    released = reviewing.release(each_stores, "staff:1", case.id, "会场")
    assert (released.stage, released.waits, released.by) == ("released", {}, "staff:1")
    assert stages(each_stores, boss) == [("杯子", "held")]  # until the day that all rewards wait is over
    wait(each_stores, hours=49)
    while clock.tick(each_stores):
        pass
    assert stages(each_stores, boss) == [("杯子", "granted")]
    score_campaign(each_stores, campaign.id)
    assert reviewing.get_case(each_stores, case.id).stage == "released"


def test_dropped_rewards_go_back_to_the_purse_and_later_ones_wait_again(each_stores: Stores) -> None:
    campaign = slow(each_stores)
    purse = campaign.purses["pieces"]
    boss, _ = crowd(each_stores, campaign, 8, address="farm")
    score_campaign(each_stores, campaign.id)
    left = purses.get_purse(each_stores, purse).left
    (case,) = [each for each in reviewing.list_cases(each_stores) if each.person == boss]
    reviewing.drop(each_stores, "staff:1", case.id, "批量新号")
    assert stages(each_stores, boss) == [("杯子", "dropped")]
    assert purses.get_purse(each_stores, purse).left == left + 1
    found = reviewing.figures_of(each_stores, campaign.id)
    assert (found.held, found.saved, found.waits) == ({"pieces": 9}, {"pieces": 1}, {"pieces": 8})
    again = play(each_stores, campaign, boss)
    assert again.effort is not None
    for each in some_people(each_stores, 8):
        play(each_stores, campaign, each, again.effort.slug)
    assert stages(each_stores, boss) == [("杯子", "dropped"), ("杯子", "held")]
    assert reviewing.get_case(each_stores, case.id).waits == {"pieces": 1}


def test_a_drop_is_undone_by_releasing_and_a_release_by_dropping(each_stores: Stores) -> None:
    campaign = slow(each_stores)
    boss, _ = crowd(each_stores, campaign, 8, address="farm")
    score_campaign(each_stores, campaign.id)
    left = purses.get_purse(each_stores, campaign.purses["pieces"]).left
    (case,) = reviewing.cases_of(each_stores, [boss])
    reviewing.release(each_stores, "staff:1", case.id)
    reviewing.drop(each_stores, "staff:1", case.id)  # before its two days were over
    assert stages(each_stores, boss) == [("杯子", "dropped")]
    for _ in range(2):
        reviewing.release(each_stores, "staff:2", case.id, "看错了")
    assert stages(each_stores, boss) == [("杯子", "dropped"), ("杯子", "granted")]
    assert purses.get_purse(each_stores, campaign.purses["pieces"]).left == left
    found = reviewing.figures_of(each_stores)
    assert (found.released, found.saved) == ({"pieces": 1}, {})


def test_what_was_granted_and_not_given_can_be_taken_back_with_the_rest(each_stores: Stores) -> None:
    campaign = started(each_stores, rules=MANY, pieces=500)
    boss, _ = crowd(each_stores, campaign, 8, address="farm")
    assert stages(each_stores, boss) == [("杯子", "granted")]  # nothing waits in this campaign
    score_campaign(each_stores, campaign.id)
    (case,) = [each for each in reviewing.list_cases(each_stores) if each.person == boss]
    reviewing.drop(each_stores, "staff:1", case.id, "批量新号", take_back=True)
    assert stages(each_stores, boss) == [("杯子", "taken_back")]
    assert reviewing.figures_of(each_stores).saved == {"pieces": 1}


def test_the_system_lets_nothing_go_that_is_under_review_and_staff_may(each_stores: Stores) -> None:
    campaign = slow(each_stores)
    boss, _ = crowd(each_stores, campaign, 8, address="farm")
    score_campaign(each_stores, campaign.id)
    now = each_stores.clock.now()
    with each_stores.ledger.write() as conn:
        number = conn.execute(sa.select(rewards.c.id).where(rewards.c.person == boss)).scalar_one()
        assert granting.release(conn, now, "system", [number]) == []
    assert purses.settle(each_stores, "staff:1", number, "granted").stage == "granted"
    assert reviewing.figures_of(each_stores).released == {"pieces": 1}
    with pytest.raises(Conflict):
        purses.settle(each_stores, "staff:1", number, "dropped")


def test_what_the_system_would_have_let_go_is_granted_at_once_when_it_is_released(each_stores: Stores) -> None:
    campaign = slow(each_stores)
    boss, _ = crowd(each_stores, campaign, 8, address="hall")
    score_campaign(each_stores, campaign.id)
    wait(each_stores, days=3)
    (case,) = [each for each in reviewing.list_cases(each_stores) if each.person == boss]
    reviewing.release(each_stores, "staff:1", case.id)
    assert stages(each_stores, boss) == [("杯子", "granted")]


def test_a_score_is_taken_again_without_a_second_case(each_stores: Stores) -> None:
    campaign = slow(each_stores)
    crowd(each_stores, campaign, 8, address="farm")
    first = score_campaign(each_stores, campaign.id)
    again = score_campaign(each_stores, campaign.id)
    assert (first["held"], again["held"]) == (9, 0)
    assert first["scored"] == again["scored"] == len(reviewing.list_cases(each_stores, ""))


def test_who_is_erased_leaves_no_seat_and_no_reason(each_stores: Stores) -> None:
    campaign = slow(each_stores)
    boss, _ = crowd(each_stores, campaign, 8, address="farm", device="phone")
    score_campaign(each_stores, campaign.id)
    with each_stores.ledger.write() as conn:
        forget_people(conn, each_stores.clock.now(), [boss])
        assert (
            conn.execute(sa.select(limit_seats).where(limit_seats.c.sort != "person", limit_seats.c.seat == boss)).all()
            == []
        )
        assert conn.execute(sa.select(suspicions.c.reasons).where(suspicions.c.person == boss)).scalar() == []
