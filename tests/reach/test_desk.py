"""An adviser's own customers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from siyu.people import actions
from siyu.reach.desk import customers_of
from siyu.storage import Stores
from tests.growth.way_shop import WayShop, a_way_shop


@pytest.fixture
def shop(each_stores: Stores) -> Iterator[WayShop]:
    yield from a_way_shop(each_stores)


def friend(shop: WayShop, userid: str, name: str) -> str:
    made = shop.shop.befriend(userid, name=name)
    shop.taken_in()
    actions.set_profile(shop.stores, "test", shop.person(made), {"name": name})
    shop.move(minutes=1)
    return made


def test_customers_are_an_advisers_own_the_latest_first_and_found_by_name(shop: WayShop) -> None:
    anna, bella = friend(shop, "zhangsan", "安娜"), friend(shop, "zhangsan", "Bella 100%")
    friend(shop, "lisi", "别人的")
    gone = friend(shop, "zhangsan", "走了")
    shop.shop.act("delete", userid="zhangsan", external_userid=gone)
    shop.taken_in()
    found = customers_of(shop.stores, shop.account, "zhangsan")
    assert [(each.external_userid, each.name) for each in found] == [(bella, "Bella 100%"), (anna, "安娜")]
    assert [each.person for each in found] == [shop.person(bella), shop.person(anna)]
    for words, names in (("bella", ["Bella 100%"]), ("100%", ["Bella 100%"]), ("%", ["Bella 100%"]), ("x", [])):
        assert [each.name for each in customers_of(shop.stores, shop.account, "zhangsan", words)] == names
    assert customers_of(shop.stores, shop.account + 1, "zhangsan") == []
