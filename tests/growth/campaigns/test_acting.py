"""What anybody does in a campaign: once, in order, and never more than there is."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
import sqlalchemy as sa

from siyu.growth.campaigns import acting, clock, following, keeping, reading, sealing
from siyu.growth.campaigns.acting import Outcome, Wish
from siyu.growth.campaigns.tables import campaigns, contributions
from siyu.growth.purses import keeping as purses
from siyu.growth.referral.tables import referrals
from siyu.people import merges
from siyu.people.tables import own_events, people
from siyu.storage import BadInput, Conflict, ManualClock, Stores
from siyu.storage.together import Together
from tests.growth.campaigns.playing import granted, play, some_people, started, wanted
from tests.people.calls import drained, track

PRIZES = {"prizes": [{"name": name, "odds": 1, "stock": 4, "value_cents": 1} for name in ("面膜", "小样")]}


def edges(stores: Stores) -> list[tuple[int, int]]:
    with stores.ledger.read() as conn:
        return list(conn.execute(sa.select(referrals.c.inviter, referrals.c.person)).tuples().all())


def slug_of(outcome: Outcome) -> str:
    assert outcome.effort is not None
    return outcome.effort.slug


def short_of(outcome: Outcome) -> list[str]:
    assert outcome.effort is not None
    return outcome.effort.short


def wait(stores: Stores, **time: float) -> None:
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(**time))


def test_an_effort_is_opened_helped_and_rewarded_and_who_was_new_is_brought(each_stores: Stores) -> None:
    starter, old = some_people(each_stores, 2)
    campaign = started(each_stores)
    wait(each_stores, seconds=1)
    opened = play(each_stores, campaign, starter)
    assert opened.effort is not None
    slug = opened.effort.slug
    (new,) = some_people(each_stores, 1)
    assert play(each_stores, campaign, old, slug).said == "helped_now"
    done = play(each_stores, campaign, new, slug)
    assert (done.state, done.said) == ("counted", "done")
    assert done.effort is not None
    assert (done.effort.stage, done.effort.have, done.effort.need) == ("done", 2, 2)
    assert granted(each_stores) == [(starter, "杯子", "granted")]
    assert edges(each_stores) == [(starter, new)]
    with each_stores.ledger.read() as conn:
        names = conn.execute(sa.select(own_events.c.name).order_by(own_events.c.id)).scalars().all()
    assert sorted(names) == [
        "brought",
        "effort_done",
        "effort_helped",
        "effort_helped",
        "effort_opened",
        "reward_granted",
    ]


def test_the_same_act_again_is_the_same_act(each_stores: Stores) -> None:
    starter, friend, late = some_people(each_stores, 3)
    campaign = started(each_stores)
    tap = Wish(campaign.id, starter, "k1")
    first, second, third = acting.act(each_stores, [tap, tap, Wish(campaign.id, starter, "k2")])
    assert first.effort == second.effort == third.effort
    assert first.effort is not None
    assert (first.state, third.state) == ("opened", "same")
    slug = first.effort.slug
    help_it = Wish(campaign.id, friend, "k3", slug)
    answers = acting.act(each_stores, [help_it, help_it, Wish(campaign.id, friend, "k4", slug)])
    assert [each.state for each in answers] == ["counted", "counted", "same"]
    (replayed,) = acting.act(each_stores, [help_it])
    assert (replayed.state, replayed.said) == ("same", "helped_now")
    assert play(each_stores, campaign, late, slug).said == "done"
    assert granted(each_stores) == [(starter, "杯子", "granted")]


def test_oneself_a_closed_effort_and_an_unknown_one_are_refused_in_words(each_stores: Stores) -> None:
    starter, one, two, three = some_people(each_stores, 4)
    campaign = started(each_stores)
    slug = slug_of(play(each_stores, campaign, starter))
    assert play(each_stores, campaign, starter, slug).said == "own"
    play(each_stores, campaign, one, slug)
    play(each_stores, campaign, two, slug)
    for outcome, said in [
        (play(each_stores, campaign, three, slug), "closed"),
        (play(each_stores, campaign, three, "nothing"), "no_effort"),
        (play(each_stores, campaign, 999), "no_person"),
        (play(each_stores, campaign, starter, once="again"), "each"),
    ]:
        assert (outcome.state, outcome.said) == ("refused", said)
        assert all(outcome.words)
    with each_stores.ledger.read() as conn:
        refused = conn.execute(sa.select(contributions.c.why).where(contributions.c.stage == "refused")).scalars()
        assert list(refused) == ["own"]


def test_somebody_merged_is_one_person(stores: Stores) -> None:
    starter, twin, friend, other = some_people(stores, 4)
    campaign = started(stores)
    slug = slug_of(play(stores, campaign, twin))
    merges.merge(stores, "staff:1", starter, twin)
    assert play(stores, campaign, starter, slug).said == "own"
    assert play(stores, campaign, starter).said == "started"
    merges.merge(stores, "staff:1", friend, other)
    assert play(stores, campaign, other, slug).state == "counted"
    assert play(stores, campaign, friend, slug).state == "same"


def test_when_the_purse_is_empty_nothing_is_granted_and_that_is_noted(each_stores: Stores) -> None:
    campaign = started(each_stores, pieces=1, rules={"helpers": 1, "title": "杯子"})
    one, two, friend = some_people(each_stores, 3)
    wishes = [Wish(campaign.id, person, f"o{person}") for person in (one, two)]
    slugs = [slug_of(each) for each in acting.act(each_stores, wishes)]
    helped = acting.act(each_stores, [Wish(campaign.id, friend, f"h{slug}", slug) for slug in slugs])
    assert [short_of(each) for each in helped] == [[], ["done"]]
    assert granted(each_stores) == [(one, "杯子", "granted")]


def test_what_must_be_done_first_waits_for_it(stores: Stores) -> None:
    drained(stores, track("u1", "page_viewed", at=stores.clock.now()))
    campaign = started(stores, "invite", ask="order", door="https://shop.example.com/")
    following.follow(stores)  # from here on
    wait(stores, seconds=1)
    slug = slug_of(play(stores, campaign, 1))
    drained(stores, track("u2", "page_viewed", at=stores.clock.now()))
    drained(stores, track("u3", "page_viewed", at=stores.clock.now()))
    assert play(stores, campaign, 2, slug).state == "waits"
    assert play(stores, campaign, 3, slug).state == "waits"
    assert play(stores, campaign, 3, slug, once="again").state == "same"
    wait(stores, minutes=1)
    drained(stores, track("u2", "Order Completed", at=stores.clock.now(), properties={"order_id": "a1", "total": 59}))
    assert clock.tick(stores) == 0
    while following.follow(stores):
        pass
    effort = reading.effort_at(stores, slug)
    assert effort is not None
    assert (effort.have, effort.need) == (1, 2)
    assert edges(stores) == [(1, 2)]
    stages = [each.stage for each in reading.contributions_to(stores, effort.id)]
    assert stages == ["waits", "counted"]


def test_time_ends_campaigns_and_efforts_and_lets_go_what_waited(each_stores: Stores) -> None:
    starter, *friends = some_people(each_stores, 3)
    rules: dict[str, Any] = {"rungs": [{"friends": 2, "title": "面膜"}], "held_days": 3}
    campaign = started(each_stores, "invite", rules=rules)
    slug = slug_of(play(each_stores, campaign, starter))
    with each_stores.ledger.write() as conn:  # they come after they were invited
        conn.execute(sa.update(people).where(people.c.person.in_(friends)).values(created=each_stores.clock.now()))
    for friend in friends:
        play(each_stores, campaign, friend, slug)
    assert granted(each_stores) == [(starter, "面膜", "held")]
    assert clock.tick(each_stores) == 0
    wait(each_stores, days=3)
    assert clock.tick(each_stores) == 1
    assert granted(each_stores) == [(starter, "面膜", "granted")]
    second = slug_of(play(each_stores, campaign, friends[0]))
    wait(each_stores, days=4)
    assert play(each_stores, campaign, starter, second).said == "ended"
    assert clock.tick(each_stores) == 2
    ended = reading.effort_at(each_stores, second)
    assert ended is not None
    assert ended.stage == "expired"
    assert reading.get_campaign(each_stores, campaign.id).stage == "ended"


def test_only_adults_may_take_part_where_it_says_so(stores: Stores) -> None:
    person, child = some_people(stores, 2)
    campaign = started(stores, adults=True)
    with stores.ledger.write() as conn:
        conn.execute(sa.update(people).where(people.c.person == child).values(minor=True))
    assert play(stores, campaign, person).said == "adults"
    assert play(stores, campaign, child, adult=True).said == "minor"
    assert play(stores, campaign, person, adult=True).state == "opened"


@pytest.mark.parametrize(
    ("more", "field", "source"),
    [
        ({"sponsor": ""}, "sponsor", "《广告法》"),
        ({"ends": None}, "ends", "公布期限"),
        ({"text_zh": "转发到朋友圈即可领取"}, "text_zh", "外部链接"),
        ({"places": ["wechat"], "accept_risk": True}, "ask", "外部链接"),
        ({"places": ["wechat"], "ask": "add", "door": "/c/x"}, "risk_taken", "外部链接"),
        ({"places": []}, "places", ""),
        ({"ask": "order"}, "door", ""),
        ({"purses": {}}, "purses.pieces", ""),
        ({"pieces": 1, "rules": {"helpers": 2, "title": "杯子", "amount": 5}}, "purses.pieces", ""),
        ({"rules": {"helpers": 2, "title": " "}}, "rules.title", ""),
        ({"mechanic": "lottery", "rules": PRIZES, "pieces": 6, "adults": True}, "purses.pieces", "公布的一致"),
    ],
)
def test_law_and_platform_are_asked_before_it_starts(
    stores: Stores, more: dict[str, Any], field: str, source: str
) -> None:
    drafted = keeping.draft(stores, "staff:1", wanted(stores, **more))
    stops = [each for each in keeping.findings(stores, drafted.id) if each.severity == "stop"]
    assert [each.field for each in stops] == [field]
    assert source in stops[0].source
    with pytest.raises(BadInput) as error:
        keeping.start(stores, drafted.id)
    assert error.value.field == field


def test_what_was_promised_at_the_start_stays(stores: Stores) -> None:
    wish = wanted(stores)
    drafted = keeping.draft(stores, "staff:1", wish)
    keeping.start(stores, drafted.id)
    fields = {name: getattr(wish, name) for name in wish.__struct_fields__}
    with pytest.raises(Conflict, match="start"):
        keeping.change(
            stores, "staff:1", drafted.id, keeping.Wanted(**fields | {"rules": {"helpers": 9, "title": "x"}})
        )
    sooner = stores.clock.now() + timedelta(hours=1)
    with pytest.raises(Conflict, match="later"):
        keeping.change(stores, "staff:1", drafted.id, keeping.Wanted(**fields | {"ends": sooner}))
    with pytest.raises(BadInput, match="sharing"):
        keeping.change(stores, "staff:1", drafted.id, keeping.Wanted(**fields | {"text_zh": "转发到朋友圈即可领取"}))
    longer = stores.clock.now() + timedelta(days=30)
    changed = keeping.change(stores, "staff:1", drafted.id, keeping.Wanted(**fields | {"name": "新名", "ends": longer}))
    assert (changed.name, changed.ends, changed.rules["helpers"]) == ("新名", longer, 2)


@pytest.mark.parametrize("door", ["http://x", "javascript:alert(1)", "//x.example.com", "https://[", "/m/x"])
def test_friends_are_led_to_safe_places_alone(stores: Stores, door: str) -> None:
    with pytest.raises(BadInput) as error:
        keeping.draft(stores, "staff:1", wanted(stores, door=door))
    assert error.value.field == "door"


def test_a_campaign_rests_goes_on_and_ends(stores: Stores) -> None:
    (person,) = some_people(stores, 1)
    campaign = started(stores)
    keeping.pause(stores, campaign.id, paused=True)
    assert play(stores, campaign, person).said == "paused"
    keeping.pause(stores, campaign.id, paused=False)
    assert play(stores, campaign, person).state == "opened"
    keeping.end(stores, campaign.id)
    with pytest.raises(Conflict):
        keeping.pause(stores, campaign.id, paused=False)
    assert clock.tick(stores) == 1


def test_many_at_once_take_exactly_what_there_is(stores: Stores) -> None:
    """Through the group commit, from many threads: 40 efforts for 7 prizes."""
    campaign = started(stores, pieces=7, rules={"helpers": 1, "title": "杯子"})
    *starters, friend = some_people(stores, 41)
    together = Together[Wish, Outcome](lambda wishes: acting.act(stores, wishes), "test-acts")
    opening = [together.take(Wish(campaign.id, person, f"o{person}")) for person in starters]
    slugs = [slug_of(each.result(30)) for each in opening]
    helping = [together.take(Wish(campaign.id, friend, f"h{slug}", slug)) for slug in slugs for _ in range(2)]
    assert all(each.result(30).state == "counted" for each in helping)
    together.close()
    assert len(granted(stores)) == 7
    purse = purses.get_purse(stores, campaign.purses["pieces"])
    assert (purse.left, purse.spent) == (0, 7)
    with stores.ledger.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(campaigns)).scalar_one() == 1


def test_the_secret_of_draws_is_sealed_in_the_ledger_and_one_from_before_becomes_so(each_stores: Stores) -> None:
    stores = each_stores
    campaign = started(stores)
    secret = sealing.opened(stores.home, campaign.secret)
    assert sha256(secret).hexdigest() == campaign.secret_hash
    with stores.ledger.write() as conn:
        assert secret.hex() not in str(conn.execute(sa.select(campaigns)).one())
        conn.execute(sa.update(campaigns).values(secret=secret.hex()))
    before = acting.seed_of(stores.home, reading.get_campaign(stores, campaign.id), "slug")
    assert (sealing.seal_all(stores), sealing.seal_all(stores)) == (1, 0)
    again = reading.get_campaign(stores, campaign.id)
    assert again.secret.startswith("sealed:")
    assert acting.seed_of(stores.home, again, "slug") == before, "what follows from it stays"
    assert sealing.shown(stores.home, again) == ""
    assert sealing.shown(stores.home, keeping.end(stores, campaign.id)) == secret.hex()
