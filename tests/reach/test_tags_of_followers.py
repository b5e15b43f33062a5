"""Tags go both ways between here and an official account, through the same machinery as WeCom's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

import siyu.channels.official_account.marking
import siyu.reach.tagging.tasks
from siyu.channels.official_account.asking import ask_to_read_again
from siyu.channels.wechat.tables import wechat_tag_marks
from siyu.jobs import enqueue, run_due
from siyu.jobs.turns import run_until_empty
from siyu.people import news, tags
from siyu.people.drain import Drain
from siyu.people.tables import identifiers, person_tags
from siyu.reach.tagging import links
from siyu.reach.tagging.command import link_named, table_told
from siyu.reach.tagging.links import Choice
from siyu.storage import BadInput, ManualClock, Stores
from tests.channels.wechat.shop import APP, SECRET, Shop, a_shop
from tests.platform_worlds import HTTP

assert siyu.channels.official_account.marking
assert siyu.reach.tagging.tasks
TAGGING = "/cgi-bin/tags/members/batchtagging"
ANNA = "o0000000"


@pytest.fixture
def shop(stores: Stores) -> Iterator[Shop]:
    yield from a_shop(stores, "official_account")


@pytest.fixture
def each_shop(each_stores: Stores) -> Iterator[Shop]:
    yield from a_shop(each_stores, "official_account")


def console(shop: Shop, path: str, **body: object) -> dict[str, object]:
    """Somebody changes tags in the platform's own console."""
    asked = {"grant_type": "client_credential", "appid": APP, "secret": SECRET}
    token = HTTP.post(f"{shop.platform.url}/cgi-bin/stable_token", json=asked).json()["access_token"]
    return HTTP.post(f"{shop.platform.url}/cgi-bin/{path}", params={"access_token": token}, json=body).json()


def read(shop: Shop) -> None:
    with shop.stores.ledger.write() as conn:
        ask_to_read_again(conn, shop.account)
    passes(shop)


def passes(shop: Shop, seconds: int = 60) -> None:
    """Time, and everything that is done in it."""
    stores = shop.stores
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(seconds=seconds))
    shop.platform.door.post("clock", move_seconds=seconds)
    for _ in range(3):
        run_due(stores)
        run_until_empty(Drain(stores).step)
        news.give_places(stores)
        with stores.ledger.write() as conn:
            enqueue(conn, "sync_tags", {}, now=stores.clock.now(), key="test:sync_tags")
        run_due(stores)


def begun(shop: Shop, *, here: bool = True, there: bool = False, people: int = 2) -> None:
    """Followers, one tag there (金卡) which the first of them has."""
    shop.platform.door.post("followers", app_id=APP, count=people)
    gold = console(shop, "tags/create", tag={"name": "金卡"})["tag"]
    assert isinstance(gold, dict)
    console(shop, "tags/members/batchtagging", tagid=gold["id"], openid_list=[ANNA])
    links.choose(shop.stores, shop.account, Choice(here, there))
    read(shop)
    passes(shop)


def person(stores: Stores, openid: str) -> int:
    with stores.ledger.read() as conn:
        return conn.execute(sa.select(identifiers.c.person).where(identifiers.c.value == openid)).scalar_one()


def held(stores: Stores, openid: str = ANNA) -> dict[str, str]:
    with stores.ledger.read() as conn:
        names = {each.id: each.name for each in tags.all_tags(conn)}
        rows = conn.execute(sa.select(person_tags).where(person_tags.c.person == person(stores, openid)))
        return {names[row.tag]: row.origin for row in rows}


def there(shop: Shop, openid: str = ANNA) -> list[str]:
    """Names of the tags that the platform says somebody has."""
    asked = {"grant_type": "client_credential", "appid": APP, "secret": SECRET}
    token = HTTP.post(f"{shop.platform.url}/cgi-bin/stable_token", json=asked).json()["access_token"]
    query = {"access_token": token}
    names = {
        each["id"]: each["name"]
        for each in HTTP.get(f"{shop.platform.url}/cgi-bin/tags/get", params=query).json()["tags"]
    }
    body = {"user_list": [{"openid": openid, "lang": "zh_CN"}]}
    (found,) = HTTP.post(f"{shop.platform.url}/cgi-bin/user/info/batchget", params=query, json=body).json()[
        "user_info_list"
    ]
    return sorted(names[each] for each in found["tagid_list"])


def tag_here(stores: Stores, name: str) -> int:
    with stores.ledger.read() as conn:
        return next(each.id for each in tags.all_tags(conn) if each.name == name)


def test_tags_of_the_account_are_made_here_and_given_where_the_owner_says_so(each_shop: Shop) -> None:
    begun(each_shop)
    (row,) = links.table_of(each_shop.stores, each_shop.account).rows
    assert (row.group, row.name, row.tag_name) == ("", "金卡", "公众号：金卡")
    assert held(each_shop.stores) == {"金卡": "official_account"}
    assert held(each_shop.stores, "o0000001") == {}


def test_a_tag_set_here_is_set_there_once_and_taken_there_when_taken_here(each_shop: Shop) -> None:
    shop = each_shop
    begun(shop)
    stores, gold = shop.stores, tag_here(shop.stores, "金卡")
    tags.add_tag(stores, "staff:1", person(stores, "o0000001"), gold)
    passes(shop)
    assert there(shop, "o0000001") == ["金卡"]
    calls = shop.calls(TAGGING)
    read(shop)  # its echo says nothing new
    passes(shop)
    assert shop.calls(TAGGING) == calls
    assert held(stores, "o0000001") == {"金卡": "hand"}
    tags.remove_tag(stores, "staff:1", person(stores, ANNA), gold)
    passes(shop)
    assert there(shop) == []
    assert held(stores) == {}


def test_what_the_console_takes_away_is_taken_here(shop: Shop) -> None:
    begun(shop)
    row = links.table_of(shop.stores, shop.account).rows[0]
    console(shop, "tags/members/batchuntagging", tagid=int(row.outside), openid_list=[ANNA])
    read(shop)
    assert held(shop.stores) == {}


def test_who_left_and_came_back_keeps_their_tags_here(shop: Shop) -> None:
    begun(shop)
    shop.happens("unfollows", openid=ANNA)
    shop.move(hours=1)
    shop.happens("follows", openid=ANNA)
    passes(shop)
    assert there(shop) == []
    assert held(shop.stores) == {"金卡": "official_account"}


def test_fifty_followers_go_in_one_call_and_who_left_meanwhile_holds_up_nobody(shop: Shop) -> None:
    begun(shop, people=60)
    stores, gold = shop.stores, tag_here(shop.stores, "金卡")
    before = shop.calls(TAGGING)
    shop.platform.door.post("app", app_id=APP, callback="")  # what happens now is not told
    shop.platform.door.post("unfollows", app_id=APP, openid="o0000007")
    for number in range(1, 60):
        tags.add_tag(stores, "staff:1", person(stores, f"o{number:07}"), gold)
    passes(shop)
    table = table_told(stores, shop.account)
    assert (table.waiting, table.failed) == (0, 1)
    assert there(shop, "o0000059") == there(shop, "o0000001") == ["金卡"]
    assert shop.calls(TAGGING) - before <= 2 + 2 * 6  # two calls, and the halves down to the one
    with stores.ledger.read() as conn:
        failed = conn.execute(sa.select(wechat_tag_marks.c.openid).where(wechat_tag_marks.c.state == "failed"))
        assert failed.scalars().all() == ["o0000007"]


def test_who_has_as_many_tags_as_the_platform_allows_is_not_asked_for(shop: Shop) -> None:
    begun(shop)
    for number in range(19):
        made = console(shop, "tags/create", tag={"name": f"t{number}"})["tag"]
        assert isinstance(made, dict)
        console(shop, "tags/members/batchtagging", tagid=made["id"], openid_list=["o0000001"])
    silver = console(shop, "tags/create", tag={"name": "银卡"})["tag"]
    assert isinstance(silver, dict)
    console(shop, "tags/members/batchtagging", tagid=silver["id"], openid_list=["o0000001"])
    read(shop)
    before = shop.calls(TAGGING)
    tags.add_tag(shop.stores, "staff:1", person(shop.stores, "o0000001"), tag_here(shop.stores, "金卡"))
    passes(shop)
    assert shop.calls(TAGGING) == before
    assert table_told(shop.stores, shop.account).failed == 1


def test_tags_that_are_only_here_are_made_there_as_far_as_there_is_room(shop: Shop) -> None:
    group = tags.make_group(shop.stores, "等级")
    tags.make_tag(shop.stores, group, "铂金")
    tags.make_tag(shop.stores, group, "名字长得公众号放不下的那一种标签")  # more than 30 bytes
    begun(shop, there=True)
    assert {row.name for row in links.table_of(shop.stores, shop.account).rows} == {"金卡", "铂金"}
    calls = shop.calls("/cgi-bin/tags/get")
    passes(shop)
    assert shop.calls("/cgi-bin/tags/get") == calls  # what can't be made is not tried again every minute


def test_tags_are_linked_by_name_and_a_name_of_two_is_not_guessed(shop: Shop) -> None:
    begun(shop, here=False)
    stores = shop.stores
    one, other = (tags.make_tag(stores, tags.make_group(stores, name), "金卡") for name in ("甲", "乙"))
    passes(shop)
    assert [row.tag for row in links.table_of(stores, shop.account).rows] == [None]
    with pytest.raises(BadInput, match="金卡"):
        link_named(stores, "cli", shop.account, "金卡", "金卡")
    assert [pair.tag for pair in link_named(stores, "cli", shop.account, "金卡", "乙：金卡").pairs] == [other]
    passes(shop)
    assert held(stores) == {"金卡": "official_account"}
    assert one != other
