"""Groups, tags, directory, acquisition and service accounts: what is told, once, by time, in whatever order."""

from __future__ import annotations

import itertools
import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from siyu.channels.platform.applier import strange_callbacks
from siyu.channels.wecom.callbacks import WecomReceiver
from siyu.channels.wecom.tables import (
    wecom_balances,
    wecom_contacts,
    wecom_departments,
    wecom_group_members,
    wecom_groups,
    wecom_kf_pulls,
    wecom_links,
    wecom_members,
    wecom_reads,
    wecom_tags,
)
from siyu.channels.wecom.wanted import settled
from siyu.jobs import find
from siyu.storage import Stores
from tests.channels.wecom.samples import event
from tests.channels.wecom.told import an_account, applied, change

SAMPLES = Path(os.environ.get("SIYU_REAL_DATA", "../shared/data")) / "wecom" / "events"
CHAT = "wrOgQhDgAAMYQiS5ol9G7gK9JVAAAA"
ANNA, BEN = "wmOgQhDgAAuXFJGwbve4g4iXknfOAAAA", "wmOgQhDgAAuXFJGwbve4g4iXknfOBBBB"


def rows(stores: Stores, table: sa.Table) -> list[Any]:
    with stores.ledger.read() as conn:
        return list(conn.execute(sa.select(table).order_by(*table.primary_key.columns)))


def told(stores: Stores) -> list[tuple[str, str]]:
    calls = [call for row in stores.inbox.after(0, 10_000) for call in json.loads(row.body)["batch"]]
    return [(call["event"], call["context"]["externalIds"][0]["id"]) for call in calls]


def after(stores: Stores, seconds: int) -> datetime:
    return stores.clock.now() + timedelta(seconds=seconds)


def moved(at: datetime, detail: str, *who: str, last: str = "", current: str = "", scene: int = 0) -> bytes:
    return event(
        "change_external_chat.update",
        at,
        ChatId=CHAT,
        UpdateDetail=detail,
        JoinScene=scene,
        QuitScene=1,
        MemChangeCnt=len(who),
        MemChangeList=who,
        LastMemVer=last,
        CurMemVer=current,
    )


def test_who_joins_and_leaves_a_group_has_it_in_their_life(each_stores: Stores) -> None:
    stores = each_stores
    account = an_account(stores)
    applied(stores, account, moved(after(stores, 0), "add_member", ANNA, BEN, "zhangsan"))
    applied(stores, account, moved(after(stores, 9), "del_member", BEN))
    assert told(stores) == [("group_joined", ANNA), ("group_joined", BEN), ("group_left", BEN)]
    seats = {row.member: (row.customer, row.left is None) for row in rows(stores, wecom_group_members)}
    assert seats == {ANNA: (True, True), BEN: (True, False), "zhangsan": (False, True)}


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_later_word_on_a_seat_counts(stores: Stores, order: tuple[int, ...]) -> None:
    account = an_account(stores)
    life = [
        moved(after(stores, 0), "add_member", ANNA),
        moved(after(stores, 10), "del_member", ANNA),
        moved(after(stores, 20), "add_member", ANNA),
    ]
    for place in order:
        applied(stores, account, life[place])
    (seat,) = rows(stores, wecom_group_members)
    assert (seat.left, seat.told) == (None, after(stores, 20))
    assert [name for name, _ in told(stores)].count("group_left") == 1


def test_a_change_that_fits_the_known_version_needs_no_reading(stores: Stores) -> None:
    account = an_account(stores)
    applied(stores, account, event("change_external_chat.create", after(stores, 0), ChatId=CHAT))
    (group,) = rows(stores, wecom_groups)
    assert group.reread == settled(after(stores, 0))
    with stores.ledger.write() as conn:
        conn.execute(sa.update(wecom_groups).values(version="v1", read=after(stores, 1), reread=None))
    applied(stores, account, moved(after(stores, 2), "add_member", ANNA, last="v1", current="v2"))
    assert (rows(stores, wecom_groups)[0].version, rows(stores, wecom_groups)[0].reread) == ("v2", None)
    applied(stores, account, moved(after(stores, 3), "add_member", BEN, last="v7", current="v8"))
    assert rows(stores, wecom_groups)[0].reread == settled(after(stores, 3))


def test_who_comes_by_a_code_is_told_once_the_group_was_read(stores: Stores) -> None:
    account = an_account(stores)
    applied(stores, account, moved(after(stores, 2), "add_member", ANNA, last="", current="v2", scene=3))
    assert told(stores) == []
    assert rows(stores, wecom_groups)[0].reread == settled(after(stores, 2))
    assert rows(stores, wecom_group_members)[0].untold


def test_a_joining_by_a_code_is_read_though_it_fits_the_known_version(stores: Stores) -> None:
    account = an_account(stores)
    applied(stores, account, event("change_external_chat.create", after(stores, 0), ChatId=CHAT))
    with stores.ledger.write() as conn:
        conn.execute(sa.update(wecom_groups).values(version="v1", read=after(stores, 1), reread=None))
    applied(stores, account, moved(after(stores, 2), "add_member", ANNA, last="v1", current="v2", scene=3))
    (group,) = rows(stores, wecom_groups)
    assert (group.version, group.reread) == ("v2", settled(after(stores, 2)))


@pytest.mark.parametrize("end", ["left", "dismissed"])
def test_who_came_by_a_code_and_was_gone_before_the_group_was_read_is_told_without_it(
    each_stores: Stores, end: str
) -> None:
    stores = each_stores
    account = an_account(stores)
    applied(stores, account, moved(after(stores, 0), "add_member", ANNA, scene=3))
    if end == "left":
        applied(stores, account, moved(after(stores, 1), "del_member", ANNA))
        assert told(stores) == [("group_joined", ANNA), ("group_left", ANNA)]
    else:
        applied(stores, account, event("change_external_chat.dismiss", after(stores, 1), ChatId=CHAT))
        assert told(stores) == [("group_joined", ANNA)]
    assert not rows(stores, wecom_group_members)[0].untold


def test_a_dismissed_group_is_empty(stores: Stores) -> None:
    account = an_account(stores)
    applied(stores, account, moved(after(stores, 0), "add_member", ANNA))
    applied(stores, account, event("change_external_chat.dismiss", after(stores, 5), ChatId=CHAT))
    assert rows(stores, wecom_groups)[0].dismissed == after(stores, 5)
    assert rows(stores, wecom_group_members)[0].left == after(stores, 5)


def test_a_deleted_tag_is_gone_at_once_and_any_other_change_has_the_library_read(each_stores: Stores) -> None:
    stores = each_stores
    account = an_account(stores)
    with stores.ledger.write() as conn:
        for tag, group in (("et1", "g1"), ("et2", "g1"), ("et3", "g2")):
            known = {"account": account, "id": tag, "name": tag, "group": group, "group_name": group}
            conn.execute(sa.insert(wecom_tags).values(told=after(stores, 0), **known))
    deleted = event("change_external_tag.delete", after(stores, 1), Id="g1", TagType="tag_group")
    applied(stores, account, deleted, event("change_external_tag.delete", after(stores, 2), Id="et3", TagType="tag"))
    assert [row.gone is not None for row in rows(stores, wecom_tags)] == [True, True, True]
    assert rows(stores, wecom_reads) == []
    applied(stores, account, event("change_external_tag.shuffle", after(stores, 3), Id=""))
    assert rows(stores, wecom_reads)[0].wanted == settled(after(stores, 3))
    assert [job.arguments for job in find(stores, names=["wecom_reread"])] == [{"account": account}]


def test_members_come_change_and_leave(each_stores: Stores) -> None:
    stores = each_stores
    account = an_account(stores)
    made = event("change_contact.create_user", after(stores, 0), UserID="li", Name="李", Department="1,2", Status=1)
    moved_on = event("change_contact.update_user", after(stores, 5), UserID="li", Position="店长")
    applied(stores, account, moved_on, made)
    (member,) = rows(stores, wecom_members)
    assert (member.name, member.position, member.departments, member.active) == ("李", "店长", "1,2", True)
    applied(stores, account, event("change_contact.delete_user", after(stores, 9), UserID="li"))
    assert rows(stores, wecom_members)[0].gone == after(stores, 9)


def test_a_member_with_a_new_id_keeps_customers_and_seats(stores: Stores) -> None:
    account = an_account(stores)
    applied(stores, account, change("add_external_contact", after(stores, 0), user="old"))
    applied(stores, account, moved(after(stores, 0), "add_member", "old"))
    applied(stores, account, event("change_contact.update_user", after(stores, 2), UserID="old", NewUserID="new"))
    assert [row.userid for row in rows(stores, wecom_contacts)] == ["new"]
    assert [row.member for row in rows(stores, wecom_group_members)] == ["new"]
    assert [row.userid for row in rows(stores, wecom_members)] == ["new"]


def test_departments_come_change_and_go(stores: Stores) -> None:
    account = an_account(stores)
    applied(
        stores,
        account,
        event("change_contact.create_party", after(stores, 0), Id=2, Name="门店", ParentId=1, Order=5),
        event("change_contact.update_party", after(stores, 1), Id=2, Name="旗舰门店"),
        event("change_contact.delete_party", after(stores, 2), Id=3),
    )
    told_of = [(row.id, row.name, row.parent, row.gone is None) for row in rows(stores, wecom_departments)]
    assert told_of == [(2, "旗舰门店", 1, True), (3, "", None, False)]


def test_acquisition_is_counted_and_its_quota_watched(each_stores: Stores) -> None:
    stores = each_stores
    account = an_account(stores)
    visit = event("customer_acquisition.open_profile", after(stores, 0), LinkId="ca1", State="ad")
    applied(stores, account, visit, visit)
    applied(
        stores,
        account,
        event("customer_acquisition.friend_request", after(stores, 1), LinkId="ca1", State="ad"),
        event("customer_acquisition.customer_start_chat", after(stores, 2), UserID="li", ExternalUserID=ANNA),
        event("customer_acquisition.balance_exhausted", after(stores, 4)),
        event("customer_acquisition.balance_low", after(stores, 3)),
        event("customer_acquisition.quota_expire_soon", after(stores, 5), ExpireTime=1893456000, ExpireQuotaNum=200),
        event("customer_acquisition.link_unavailable", after(stores, 6), LinkId="ca1"),
    )
    (link,) = rows(stores, wecom_links)
    assert (link.opened, link.asked, link.unavailable) == (1, 1, after(stores, 6))
    (balance,) = rows(stores, wecom_balances)
    assert (balance.state, balance.expiring) == ("exhausted", 200)
    assert told(stores) == [("chat_started", ANNA)]


def test_a_service_account_has_something_to_pull(each_stores: Stores) -> None:
    stores = each_stores
    account = an_account(stores)
    new, old = (event("kf_msg_or_event", after(stores, at), Token=f"T{at}", OpenKfId="wk1") for at in (7, 3))
    applied(stores, account, new, old)
    applied(stores, account, event("kf_account_auth_change", after(stores, 8), AuthAddOpenKfId="wk1"))
    (pull,) = rows(stores, wecom_kf_pulls)
    assert (pull.token, pull.told, pull.allowed) == ("T7", after(stores, 7), True)


def test_an_owner_may_take_adding_for_a_consent(stores: Stores) -> None:
    account = an_account(stores, added_means_yes=True)
    applied(stores, account, change("add_external_contact", after(stores, 0), customer=ANNA))
    applied(stores, account, change("del_follow_user", after(stores, 5), customer=ANNA))
    assert [name for name, _ in told(stores)] == [
        "friend_added",
        "consent_given",
        "friend_lost",
        "consent_withdrawn",
    ]


def test_what_lacks_its_identifier_is_kept_and_shown(stores: Stores) -> None:
    account = an_account(stores)
    applied(stores, account, event("change_external_chat.create", after(stores, 0), ChatId=""))
    assert [each["name"] for each in strange_callbacks(stores)] == ["?"]


@pytest.mark.skipif(not SAMPLES.exists(), reason="SIYU_REAL_DATA does not name the folder with WeCom's samples")
def test_every_sample_of_the_platform_has_a_name() -> None:
    for sample in sorted(SAMPLES.rglob("*.xml")):
        name = WecomReceiver().read(sample.read_bytes()).name
        assert (name in WecomReceiver().known) == (sample.parent.name != "Message"), name
