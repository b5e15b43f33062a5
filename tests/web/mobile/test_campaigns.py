"""``/m/…``: a campaign played by two phones, and every dead end a page with a way on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from siyu.channels import channels_of
from siyu.growth.campaigns import figures, keeping
from siyu.growth.campaigns.model import Campaign
from siyu.growth.campaigns.tables import contributions, efforts
from siyu.growth.visitors import links
from siyu.people.tables import own_events
from siyu.storage import ManualClock, Stores
from siyu.web.app import create_app
from siyu.web.outside import Outside
from tests.growth.campaigns.playing import granted, some_people, started, wanted


@pytest.fixture
def site(stores: Stores) -> Iterator[Any]:
    channels = channels_of(stores)
    yield create_app(stores, outside=Outside(channels=channels))
    channels.close()


@pytest.fixture
def each_site(each_stores: Stores) -> Iterator[Any]:
    channels = channels_of(each_stores)
    yield create_app(each_stores, outside=Outside(channels=channels))
    channels.close()


def phone(site: Any) -> TestClient[Any]:
    return TestClient(site, base_url="http://siyu.test", raise_server_exceptions=False)


def key_in(page: str) -> str:
    found = re.search(r'name="once" value="([^"]+)"', page)
    assert found, page
    return found[1]


def opened(http: TestClient[Any], campaign: Campaign) -> str:
    """The path of the effort that this phone opens."""
    key = key_in(http.get(f"/m/{campaign.slug}").text)
    answer = http.post(f"/m/{campaign.slug}", data={"once": key}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0]


def test_two_phones_play_it_through(each_stores: Stores, each_site: Any) -> None:
    stores, site = each_stores, each_site
    campaign = started(stores, rules={"helpers": 1, "title": "杯子"}, text_en="Ask friends.")
    one, two = phone(site), phone(site)
    path = opened(one, campaign)
    mine = one.get(path).text
    assert "code.png" in mine
    assert 'name="once"' not in mine, "nobody helps themselves"
    assert one.get(f"{path}/code.png").content.startswith(b"\x89PNG")
    theirs = two.get(f"{path}?lang=en").text
    assert "Help them" in theirs
    done = two.post(path, data={"once": key_in(theirs)})
    assert "助力完成" in two.get(f"{path}?said=done&lang=zh").text
    assert "1 / 1" in done.text
    assert [title for _, title, _ in granted(stores)] == ["杯子"]
    found = figures.figures_of(stores, campaign)
    assert set(found.steps.values()) == {1}, "one at each step"
    assert (found.efforts, found.contributions, found.short) == ({"done": 1}, {"counted": 1}, 0)
    assert found.granted == {"pieces": 1}
    with stores.ledger.read() as conn:
        names = conn.execute(sa.select(own_events.c.name).order_by(own_events.c.id)).scalars().all()
    assert names.count("invited") == 1
    assert names.count("brought") == 1


def test_a_double_tap_the_back_button_and_a_replay_are_one_act(stores: Stores, site: Any) -> None:
    campaign = started(stores, each=5)
    one, two = phone(site), phone(site)
    form = {"once": key_in(one.get(f"/m/{campaign.slug}").text)}
    first = one.post(f"/m/{campaign.slug}", data=form, follow_redirects=False).headers["location"]
    assert one.post(f"/m/{campaign.slug}", data=form, follow_redirects=False).headers["location"] == first
    path = first.partition("?")[0]
    page = two.get(path).text
    for _ in range(3):
        assert two.post(path, data={"once": key_in(page)}).status_code == 200
    again = two.get(path).text
    assert 'name="once"' not in again.partition("我也要参加")[0], "who helped is not asked again"
    with stores.ledger.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(efforts)).scalar_one() == 1
        assert conn.execute(sa.select(sa.func.count()).select_from(contributions)).scalar_one() == 1


def test_oneself_on_another_device_is_oneself(stores: Stores, site: Any) -> None:
    (person,) = some_people(stores, 1)
    campaign = started(stores)
    one, two = phone(site), phone(site)
    for http in (one, two):
        assert (
            http.get(f"/m/{campaign.slug}?me={links.token_for(stores.home, person, stores.clock.now())}").status_code
            == 200
        )
    path = opened(one, campaign)
    key = key_in(phone(site).get(path).text)  # of somebody else's page
    assert two.post(path, data={"once": key}).status_code in (400, 403, 422)
    assert "code.png" in two.get(path).text


@pytest.mark.parametrize("path", ["/m/nothing", "/m/e/nothing", "/m/e/nothing/code.png", "/m/e/..", "/m/"])
def test_an_unknown_or_tampered_address_is_a_page_with_a_way_on(site: Any, path: str) -> None:
    answer = phone(site).get(path)
    assert answer.status_code == 404
    assert "没有这个页面" in answer.text


def test_a_draft_is_not_there_and_what_is_not_open_says_when(stores: Stores, site: Any) -> None:
    http = phone(site)
    draft = keeping.draft(stores, "staff:1", wanted(stores, slug="draft"))
    assert http.get("/m/draft").status_code == 404
    later = started(stores, begins=stores.clock.now() + timedelta(days=1))
    assert "还没有开始" in http.get(f"/m/{later.slug}").text
    keeping.start(stores, draft.id)
    path = opened(http, draft)
    keeping.pause(stores, draft.id, paused=True)
    assert "暂停" in http.get("/m/draft").text
    assert "暂停" in http.get(path).text
    assert 'name="once"' not in phone(site).get(path).text
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(days=8))
    assert "已经结束" in http.get("/m/draft").text
    over = phone(site)
    assert "活动已结束" in over.get(path).text
    assert granted(stores) == []


def test_a_form_that_was_on_the_page_when_it_ended_grants_nothing(stores: Stores, site: Any) -> None:
    campaign = started(stores, rules={"helpers": 1, "title": "杯子"})
    one, two = phone(site), phone(site)
    path = opened(one, campaign)
    key = key_in(two.get(path).text)
    start_key = key_in(two.get(f"/m/{campaign.slug}").text)
    keeping.end(stores, campaign.id)
    assert "活动已结束" in two.post(path, data={"once": key}).text
    assert "已经结束" in two.post(f"/m/{campaign.slug}", data={"once": start_key}).text
    assert granted(stores) == []


def test_what_must_be_done_first_leads_to_where_it_is_done(stores: Stores, site: Any) -> None:
    campaign = started(stores, "invite", ask="add", door="/c/shop")
    one, two = phone(site), phone(site)
    path = opened(one, campaign)
    page = two.post(path, data={"once": key_in(two.get(path).text)}).text
    assert 'href="/c/shop"' in page
    assert "还差一步" in page


def test_adults_say_so(stores: Stores, site: Any) -> None:
    campaign = started(stores, adults=True)
    http = phone(site)
    page = http.get(f"/m/{campaign.slug}").text
    assert 'name="adult"' in page
    refused = http.post(f"/m/{campaign.slug}", data={"once": key_in(page)})
    assert refused.status_code == 422
    assert "18 岁" in refused.text


def test_who_looks_for_a_preview_counts_for_nothing(stores: Stores, site: Any) -> None:
    campaign = started(stores)
    phone(site).get(f"/m/{campaign.slug}", headers={"user-agent": "WhatsBot/1.0"})
    assert figures.figures_of(stores, campaign).looked == 0
