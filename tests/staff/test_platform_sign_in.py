"""Members of staff whom a platform vouches for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from siyu.staff import actions, audit, queries
from siyu.staff.model import SYSTEM
from siyu.staff.passwords import matches
from siyu.staff.platform_sign_in import LASTS, NO_PASSWORD, Vouched, enter, signed_in
from siyu.storage import ManualClock, NotAllowed, Stores


def entered(stores: Stores, userid: str = "ZhangSan", account: int = 3, name: str = "张三") -> Vouched:
    found = signed_in(stores, enter(stores, account=account, userid=userid, name=name, role="adviser"))
    assert found is not None
    return found


def test_who_comes_first_becomes_staff_and_stays_the_same_one(each_stores: Stores) -> None:
    first, again = entered(each_stores), entered(each_stores)
    assert (first.account, first.userid, first.member.name, first.member.role) == (3, "ZhangSan", "张三", "adviser")
    assert again.member.id == first.member.id
    acted = [row.action for row in audit.entries(each_stores.ledger)]
    assert sorted(acted) == ["signed_in_by_platform", "signed_in_by_platform", "staff_added_by_platform"]


def test_one_user_id_at_two_accounts_is_two_people(stores: Stores) -> None:
    assert entered(stores, account=3).member.id != entered(stores, account=4).member.id
    assert entered(stores, "zhangsan").member.id != entered(stores, "ZhangSan").member.id


@pytest.mark.parametrize("userid", ["a" * 64, "张三", "_x", "a b@c"])
def test_whatever_a_user_id_looks_like_it_gets_a_login(stores: Stores, userid: str) -> None:
    login = entered(stores, userid, name="").member.login
    assert (login.isascii(), len(login) <= 64) == (True, True)


def test_a_sign_in_ends_by_itself(stores: Stores) -> None:
    token = enter(stores, account=3, userid="li", name="", role="adviser")
    clock = stores.clock
    assert isinstance(clock, ManualClock)
    clock.advance(LASTS - timedelta(seconds=1))
    assert signed_in(stores, token) is not None
    clock.advance(timedelta(seconds=2))
    assert signed_in(stores, token) is None


def test_whose_access_was_ended_is_out_at_once_and_for_good(each_stores: Stores) -> None:
    token = enter(each_stores, account=3, userid="li", name="", role="adviser")
    (member,) = queries.members(each_stores)
    actions.disable_member(each_stores, SYSTEM, member.id)
    assert signed_in(each_stores, token) is None
    with pytest.raises(NotAllowed):
        enter(each_stores, account=3, userid="li", name="", role="adviser")


def test_the_staff_pages_role_counts_from_then_on(stores: Stores) -> None:
    member = entered(stores).member
    actions.change_member(stores, SYSTEM, member.id, name="张三", role="analyst")
    assert entered(stores).member.role == "analyst"


def test_nobody_signs_in_with_a_password_of_theirs(stores: Stores) -> None:
    login = entered(stores).member.login
    for password in ("", NO_PASSWORD, "!!!!!!!!!!!!"):
        assert not matches(NO_PASSWORD, password)
        with pytest.raises(NotAllowed):
            actions.sign_in(stores, login, password, "")
