"""Whatever somebody tries, with every mechanic: a friendly page, and nothing granted twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from siyu.channels import channels_of
from siyu.growth.campaigns import clock, reading
from siyu.growth.campaigns.mechanic import MECHANICS
from siyu.growth.campaigns.model import Campaign
from siyu.growth.campaigns.tables import contributions, efforts
from siyu.growth.referral.tables import referrals
from siyu.growth.visitors import links
from siyu.people import erasure
from siyu.storage import ManualClock, Stores
from siyu.web.app import create_app
from siyu.web.outside import Outside
from tests.growth.campaigns.playing import HELP, INVITE, granted, some_people, started
from tests.growth.mechanics.samples import RULES
from tests.web.mobile.phones import Phone

PLAYED: Mapping[str, Mapping[str, Any]] = {"help": HELP, "invite": INVITE, **RULES}
OWN = {"lottery": "draw", "check_in": "check_in"}
"""What a starter does themselves."""


@pytest.fixture
def site(stores: Stores) -> Iterator[Any]:
    channels = channels_of(stores)
    yield create_app(stores, outside=Outside(channels=channels))
    channels.close()


def begun(stores: Stores, site: Any, name: str) -> tuple[Campaign, Phone, str]:
    campaign = started(stores, name, rules=PLAYED[name], adults=name == "lottery")
    starter = Phone(site)
    return campaign, starter, starter.begins(campaign, adult="1")


def friendly(answer: Any) -> bool:
    """A page of ours that says something and leads on, in whatever state."""
    return answer.status_code < 500 and "<main>" in answer.text and "Traceback" not in answer.text


def left(stores: Stores) -> tuple[Any, ...]:
    """All that may come of an act."""
    with stores.ledger.read() as conn:
        counts = [conn.execute(sa.select(sa.func.count()).select_from(each)).scalar() for each in (efforts, referrals)]
        of = sa.select(sa.func.count()).where(contributions.c.stage != "refused")
        return (sorted(granted(stores)), *counts, conn.execute(of).scalar())


def wait(stores: Stores, **time: float) -> None:
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(**time))


def test_every_mechanic_is_tried() -> None:
    assert set(PLAYED) == set(MECHANICS)


@pytest.mark.parametrize("name", PLAYED)
def test_whatever_somebody_tries(stores: Stores, site: Any, name: str) -> None:
    _tampers(stores, site, name)
    _replays(stores, site, name)
    _invites_themselves(stores, site, name)
    for how in ("erased", "late"):  # ended and paused: test_campaigns
        _comes_too_late(stores, site, name, how)


def _tampers(stores: Stores, site: Any, name: str) -> None:
    """Links and forms that were changed, cut, or made for another phone."""
    campaign, starter, path = begun(stores, site, name)
    before, friend, stranger = left(stores), Phone(site), Phone(site)
    slug = path.removeprefix("/m/e/")
    for wrong in (f"{slug}x", slug[:-1], slug.swapcase(), f"{slug}/x", f"{slug}%00", f"{slug}%0a", "a" * 300):
        answer = friend.http.get(f"/m/e/{wrong}")
        assert answer.status_code == 404, wrong
        assert friendly(answer)
    token = links.token_for(stores.home, 1, stores.clock.now())
    for query in (f"me={token[:-2]}AA", "me=1", "said=<script>alert"):
        answer = friend.http.get(f"{path}?{query}")
        assert friendly(answer), query
        assert "<script>alert" not in answer.text
    stranger.open(path)
    key = stranger.key()
    keys = ("", "x", key[:-1] + ("A" if key[-1] != "A" else "B"), key) if key else ("", "x")
    for forged in keys:  # the last is good, but of another phone
        assert friendly(friend.http.post(path, data={"once": forged, "adult": "1", "kind": "\0"}))
    assert friendly(friend.http.post(f"/m/{campaign.slug}", data={"once": keys[-1], "adult": "1"}))
    many = {"once": "x", **{f"f{number}": "x" * 500 for number in range(150)}}
    assert friendly(starter.http.post(path, data=many))
    assert left(stores) == before


def _replays(stores: Stores, site: Any, name: str) -> None:
    """Double taps, the back button, the link opened again; a clock of one's own."""
    _, starter, path = begun(stores, site, name)
    friend = Phone(site)
    friend.open(path)
    form = {"once": friend.key(), "adult": "1", "day": "2030-01-01", "at": "2030-01-01T00:00:00Z", "order": "x\0"}
    with ThreadPoolExecutor(3) as pool:  # the same form at once
        answers = list(pool.map(lambda _: friend.http.post(path, data=form), range(3)))
    assert all(map(friendly, answers))
    once = left(stores)
    assert friendly(friend.http.post(path, data=form)), "the back button"
    friend.open(path)
    again = friend.key(own=True)
    assert friendly(friend.http.post(path, data={**form, "once": again}) if again else friend.http.get(path))
    assert left(stores) == once, "the link opened again, and tapped again"
    starter.open(path)
    own = {"once": starter.key(), "adult": "1", "kind": OWN.get(name, "help")}
    if own["once"]:
        assert friendly(starter.http.post(path, data=own))
        after = left(stores)
        assert friendly(starter.http.post(path, data=own))
        assert left(stores) == after


def _invites_themselves(stores: Stores, site: Any, name: str) -> None:
    """On another phone of their own, and in a circle."""
    (person,) = some_people(stores, 1)
    wait(stores, seconds=1)
    campaign = started(stores, name, rules=PLAYED[name], adults=name == "lottery", each=1)
    one, two, other = Phone(site), Phone(site), Phone(site)
    for phone in (one, two):
        phone.open(f"/m/{campaign.slug}?me={links.token_for(stores.home, person, stores.clock.now())}")
    path = one.begins(campaign, adult="1")
    before = left(stores)
    two.open(path)
    key = two.key()
    if key and name not in OWN:
        assert friendly(two.http.post(path, data={"once": key, "adult": "1"}))
    assert left(stores) == before, "another phone of one's own is oneself"
    two.open(f"/m/{campaign.slug}")
    assert not two.key(), "the second phone has taken part too"
    other.open(path)
    other.press(adult="1")
    theirs = other.begins(campaign, adult="1")
    one.open(theirs)
    if one.key(own=True):
        one.press(adult="1")
    with stores.ledger.read() as conn:
        edges = {(row.inviter, row.person) for row in conn.execute(sa.select(referrals))}
    assert not {(person, inviter) for inviter, person in edges} & edges
    assert sum(person in edge for edge in edges) <= 1


def _comes_too_late(stores: Stores, site: Any, name: str, how: str) -> None:
    """With a form of before, when it is over, or who started it was erased."""
    campaign, starter, path = begun(stores, site, name)
    friend, late = Phone(site), Phone(site)
    friend.open(path)
    form = {"once": friend.key(), "adult": "1"}
    late.open(f"/m/{campaign.slug}")
    start = {"once": late.key(), "adult": "1"}
    if how == "late":
        wait(stores, days=8)
    else:
        effort = reading.effort_at(stores, path.removeprefix("/m/e/"))
        assert effort is not None
        erasure.erase(stores, "staff:1", effort.person)
    before = left(stores)
    assert friendly(friend.http.post(path, data=form))
    if how != "erased":
        assert friendly(late.http.post(f"/m/{campaign.slug}", data=start))
    for phone in (starter, friend, late):
        assert friendly(phone.http.get(path))
        assert friendly(phone.http.get(f"/m/{campaign.slug}"))
    assert left(stores) == before, how
    clock.expire(stores)
    expired = left(stores)
    clock.expire(stores)
    assert left(stores) == expired, how
