"""``/m/e/…/poster``: who started something saves their own poster; nobody else is shown who they are."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from siyu.channels import channels_of
from siyu.growth.campaigns import keeping as campaigns
from siyu.growth.posters import keeping
from siyu.growth.posters.model import STARTS, Draft
from siyu.growth.visitors import links
from siyu.growth.visitors.recognising import recognise, recognise_all
from siyu.people import actions
from siyu.people.identity import normalise
from siyu.people.resolving import resolve
from siyu.storage import Stores
from siyu.web.app import create_app
from siyu.web.mobile import who
from siyu.web.mobile.pages import posters
from siyu.web.mobile.shared import DRAWINGS_PER_MINUTE
from siyu.web.outside import Outside
from tests.growth.campaigns.playing import some_people, started
from tests.growth.test_pictures import decoded, picture, seen
from tests.web.mobile.test_campaigns import key_in, opened, phone

PAGE_BYTES_MAX = 100_000


@pytest.fixture
def site(stores: Stores) -> Iterator[Any]:
    channels = channels_of(stores)
    yield create_app(stores, outside=Outside(channels=channels))
    channels.close()


def offered(stores: Stores, **more: Any) -> Any:
    campaign = started(stores, **more)
    poster = keeping.add_poster(stores, "cli", Draft("春日", STARTS["phone"]))
    keeping.choose(stores, campaign.id, poster.id)
    return campaign


def test_the_code_on_a_poster_is_the_inviters_own_and_who_scans_it_counts_for_them(stores: Stores, site: Any) -> None:
    campaign = offered(stores, rules={"helpers": 1, "title": "杯子"})
    one, friend = phone(site), phone(site)
    path = opened(one, campaign)
    assert f'href="{path}/poster"' in one.get(path).text
    page = one.get(f"{path}/poster")
    assert "长按图片保存" in page.text
    assert len(page.content) < PAGE_BYTES_MAX
    got = one.get(f"{path}/poster.jpg")
    assert got.headers["content-type"] == "image/jpeg"
    assert "private" in got.headers["cache-control"]
    (link,) = decoded(seen(got.content, "jpg"))
    assert link == f"http://siyu.test{path}"
    done = friend.post(link, data={"once": key_in(friend.get(link).text)})
    assert "1 / 1" in done.text


def test_nobody_else_sees_somebodys_poster_nor_a_robot(stores: Stores, site: Any) -> None:
    one, other = phone(site), phone(site)
    path = opened(one, offered(stores))
    assert "保存我的海报" not in other.get(path).text
    assert other.get(f"{path}/poster", follow_redirects=False).headers["location"] == path
    assert other.get(f"{path}/poster.jpg").status_code == 404
    assert one.get(f"{path}/poster.jpg", headers={"user-agent": "bingbot"}).status_code == 404


def test_without_a_chosen_poster_or_after_the_end_there_is_none(stores: Stores, site: Any) -> None:
    one = phone(site)
    campaign = offered(stores)
    path = opened(one, campaign)
    keeping.choose(stores, campaign.id, None)
    assert "保存我的海报" not in one.get(path).text
    assert one.get(f"{path}/poster.jpg").status_code == 404
    keeping.choose(stores, campaign.id, 1)
    assert one.get(f"{path}/poster.jpg").status_code == 200
    campaigns.end(stores, campaign.id)
    assert one.get(f"{path}/poster.jpg").status_code == 404


def test_people_choose_how_they_are_shown(stores: Stores, site: Any) -> None:
    (person,) = some_people(stores, 1)
    actions.set_profile(stores, "cli", person, {"name": "王小雨"})
    campaign, one = offered(stores), phone(site)
    one.get(f"/m/{campaign.slug}?me={links.token_for(stores.home, person, stores.clock.now())}")
    path = opened(one, campaign) + "/poster"
    page = one.get(path).text
    assert 'value="王小雨"' in page
    named = one.get(f"{path}.jpg").content
    plain = one.get(f"{path}.jpg?plain=1").content
    assert named != plain
    portrait = "data:image/jpeg;base64," + base64.b64encode(picture((320, 320), "JPEG")).decode()
    done = one.post(path, data={"once": key_in(page), "name": "小雨", "portrait": portrait}, follow_redirects=False)
    assert (done.status_code, done.headers["location"]) == (303, path)
    face = keeping.face_of(stores, person)
    assert (face.name, face.picture is not None) == ("小雨", True)
    assert one.get(f"{path}.jpg").content not in (named, plain)
    assert one.get(f"{path}.jpg?plain=1").content == plain
    page = one.get(path).text
    assert "清除名字和头像" in page
    one.post(path, data={"once": key_in(page.rpartition("<form")[2]), "act": "clear"})
    assert keeping.face_of(stores, person) == keeping.Face("王小雨", None)


def test_who_is_not_surely_the_starter_neither_sees_nor_changes_how_they_are_shown(stores: Stores, site: Any) -> None:
    campaign, one = offered(stores), phone(site)
    path = opened(one, campaign)
    key = key_in(one.get(f"{path}/poster").text)
    device = who.device_in(stores.home, one.cookies.get(who.COOKIE) or "")
    with stores.ledger.write() as conn:  # whoever added an adviser by a link that was shown here
        recognise_all(conn, stores.clock.now(), {device: (("external_userid", "wm1"),)}, certain=False)
        (person,) = resolve(conn, stores.clock.now(), "test", [(normalise("external_userid", "wm1"),)])
    assert "保存我的海报" not in one.get(path).text
    assert "请在微信里打开" in one.get(f"{path}/poster").text
    assert one.get(f"{path}/poster.jpg").status_code == 404
    assert "请在微信里打开" in one.post(f"{path}/poster", data={"once": key, "name": "小雨"}).text
    assert keeping.face_of(stores, person).name == ""
    assert recognise(stores, device, (("external_userid", "wm1"),))
    assert one.get(f"{path}/poster.jpg").status_code == 200


def test_a_made_up_host_draws_nothing_anew_and_the_code_leads_to_the_public_address(
    stores: Stores, drawings: list[str]
) -> None:
    channels = channels_of(stores)
    one = phone(create_app(stores, outside=Outside(channels=channels, public_url="https://shop.example/")))
    path = opened(one, offered(stores))
    for host in ("siyu.test", "evil.example", "a.example"):
        assert one.get(f"{path}/poster.jpg", headers={"host": host}).content == b"drawn"
    assert drawings == [f"https://shop.example{path}"]
    channels.close()


def test_a_device_has_only_so_many_posters_drawn_a_minute(stores: Stores, site: Any, drawings: list[str]) -> None:
    one = phone(site)
    path = opened(one, offered(stores))
    answers: list[int] = []
    for number in range(DRAWINGS_PER_MINUTE + 1):
        keeping.set_face(stores, keeping.SELF, 1, name=f"小{number}", picture=None, pixels_max=1)
        answers.append(one.get(f"{path}/poster.jpg").status_code)
    assert answers == [200] * DRAWINGS_PER_MINUTE + [429]
    assert len(drawings) == DRAWINGS_PER_MINUTE


def test_only_two_posters_are_drawn_at_once_and_others_are_told_to_come_again(
    stores: Stores, site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posters, "WAITS_SECONDS", 0.01)
    campaign = offered(stores)
    phones = [phone(site) for _ in range(3)]
    left = [(each, opened(each, campaign)) for each in phones]
    answers: list[Any] = []

    def draw(*_: Any) -> bytes:
        """While one is drawn the next is asked for."""
        return came() or b"drawn"

    def came() -> None:
        one, path = left.pop()
        answers.append(one.get(f"{path}/poster.jpg"))

    monkeypatch.setattr(posters, "drawn", draw)
    came()
    assert [answer.status_code for answer in answers] == [503, 200, 200]
    assert "请过一会儿再打开" in answers[0].text


@pytest.fixture
def drawings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The links on what was drawn; drawing costs nothing here."""
    done: list[str] = []
    monkeypatch.setattr(posters, "drawn", lambda stores, poster, link, face: (done.append(link), b"drawn")[1])
    return done


@pytest.mark.parametrize("given", [{"name": "😀"}, {"name": "字" * 21}, {"portrait": "?"}, {"portrait": "AAAA"}])
def test_what_can_not_be_printed_is_said_and_nothing_changes(stores: Stores, site: Any, given: dict[str, str]) -> None:
    one = phone(site)
    path = opened(one, offered(stores)) + "/poster"
    answer = one.post(path, data={"once": key_in(one.get(path).text), **given})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
