"""Reading who follows: in pages, resumable, each read once, those who are gone noticed."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.channels.official_account import reading as module
from siyu.channels.official_account.asking import ask_to_list
from siyu.channels.wechat.tables import wechat_readings, wechat_tags, wechat_users
from tests.channels.wechat.shop import APP, SECRET, Shop
from tests.platform_worlds import HTTP

LIST_PATH, INFO_PATH = "/cgi-bin/user/get", "/cgi-bin/user/info/batchget"


def listed(shop: Shop) -> None:
    with shop.stores.ledger.write() as conn:
        ask_to_list(conn, shop.account)
    shop.work()


def states(shop: Shop) -> dict[str, int]:
    with shop.stores.ledger.read() as conn:
        rows = conn.execute(sa.select(wechat_users.c.state, sa.func.count()).group_by(wechat_users.c.state))
        return dict(rows.tuples().all())


def test_every_follower_is_read_with_their_union_id(each_shop: Shop) -> None:
    shop = each_shop
    shop.platform.door.post("followers", app_id=APP, count=250)
    listed(shop)
    assert states(shop) == {"following": 250}
    assert shop.calls(INFO_PATH) == 3
    assert sum(kind == "unionid" for kind, _ in shop.known()) == 250
    with shop.stores.ledger.read() as conn:
        assert conn.execute(sa.select(wechat_readings.c.listed)).scalar_one() == 250
        assert not conn.execute(sa.select(wechat_users.c.openid).where(wechat_users.c.stale == sa.true())).all()
    listed(shop)
    assert shop.calls(INFO_PATH) == 3  # nothing new is known of anybody


def test_whoever_is_not_on_the_list_any_more_has_left(shop: Shop) -> None:
    shop.platform.door.post("followers", app_id=APP, count=3)
    listed(shop)
    shop.platform.door.post("app", app_id=APP, callback="")  # what happens now is not told
    shop.platform.door.post("unfollows", app_id=APP, openid="o0000001")
    shop.move(hours=1)
    listed(shop)
    assert states(shop) == {"following": 2, "left": 1}
    assert shop.user("o0000001").state == "left"


def test_a_reading_that_was_broken_off_goes_on_where_it_was(shop: Shop) -> None:
    shop.platform.door.post("followers", app_id=APP, count=10_050, unions=False)
    shop.platform.door.post("faults", rules=[{"kind": "code", "code": 48001, "path": LIST_PATH, "skip": 1}])
    listed(shop)  # the second page fails, the job is put off
    with shop.stores.ledger.read() as conn:
        row = conn.execute(sa.select(wechat_readings)).one()
    assert (row.listed, row.cursor, row.finished) == (10_000, "o0009999", None)
    shop.platform.door.post("faults", rules=[])
    shop.platform.door.post("calls")
    with module.Reader(shop.stores, shop.account) as reader:
        assert reader.list_followers(_Quiet()) == 10_050  # pyright: ignore
    assert shop.calls(LIST_PATH) == 2  # the rest, and the empty page at the end


def test_tags_of_the_platform_are_known(shop: Shop) -> None:
    shop.platform.door.post("followers", app_id=APP, count=1)
    with module.Reader(shop.stores, shop.account) as reader:
        own = {"grant_type": "client_credential", "appid": APP, "secret": SECRET}
        token = HTTP.post(f"{shop.platform.url}/cgi-bin/stable_token", json=own).json()["access_token"]
        made = {"tag": {"name": "敏感肌"}}
        HTTP.post(f"{shop.platform.url}/cgi-bin/tags/create", params={"access_token": token}, json=made)
        assert reader.read_tags() == 1
    with shop.stores.ledger.read() as conn:
        assert [row.name for row in conn.execute(wechat_tags.select())] == ["敏感肌"]


class _Quiet:
    def progress(self, *_: object) -> None:
        return None
