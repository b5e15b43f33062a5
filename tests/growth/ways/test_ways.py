"""Codes at WeCom, over HTTP against a simulated WeCom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
import sqlalchemy as sa

from siyu.audiences.queries import get as audience_of
from siyu.channels.accounts import open_account
from siyu.channels.wecom.codes import Way
from siyu.channels.wecom.tables import wecom_group_members
from siyu.growth.ways import ways
from siyu.growth.ways.audience import make_audience
from siyu.growth.ways.command import draft_of
from siyu.growth.ways.figures import counts_of, figures_of
from siyu.growth.ways.model import WayDraft
from siyu.growth.ways.tables import wecom_ways
from siyu.growth.ways.turning import turn
from siyu.growth.ways.ways import Wanted, change_way, get_way, list_ways, remove_way, try_again
from siyu.people import tags
from siyu.people.tables import person_tags
from siyu.reach.welcomes import WelcomeDraft, add_welcome, get_welcome
from siyu.storage import BadInput, Conflict, Stores
from tests.growth.way_shop import ADD, ADD_JOIN, WayShop, a_way_shop

HOOK = {"url": "http://127.0.0.1:9/x"}
TO_ZHANG = Way(users=("zhangsan",))


@pytest.fixture
def shop(stores: Stores) -> Iterator[WayShop]:
    yield from a_way_shop(stores)


@pytest.fixture
def each_shop(each_stores: Stores) -> Iterator[WayShop]:
    yield from a_way_shop(each_stores)


# --- made, changed, removed


def test_a_code_is_live_at_once_and_says_whom_it_leads_to(each_shop: WayShop) -> None:
    shop = each_shop
    code = shop.make(state="door", way=Way(remark="门口", users=("zhangsan", "lisi"), skip_verify=False))
    assert (code.stage, code.state, code.qr.startswith("https://")) == ("live", "door", True)
    there = shop.way(code)
    assert (there["state"], there["remark"], there["user"], there["skip_verify"]) == (
        "door",
        "门口",
        ["zhangsan", "lisi"],
        False,
    )


def test_a_state_is_made_up_where_none_is_given(shop: WayShop) -> None:
    one, two = shop.make(way=TO_ZHANG), shop.make(way=TO_ZHANG)
    assert one.state != two.state
    assert shop.way(one)["state"] == one.state


def test_a_state_is_used_once_for_ever(shop: WayShop) -> None:
    code = shop.make(state="door", way=TO_ZHANG)
    remove_way(shop.stores, shop.exchange, code.id)
    with pytest.raises(BadInput) as refused:
        shop.make(state="door", way=TO_ZHANG)
    assert (refused.value.code, refused.value.field) == ("state_taken", "state")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"way": Way()}, "users"),
        ({"way": TO_ZHANG, "state": "a b"}, "state"),
        ({"way": TO_ZHANG, "state": "x" * 31}, "state"),
        ({"way": TO_ZHANG, "name": " "}, "name"),
        ({"way": Way(remark="长" * 31, users=("zhangsan",))}, "remark"),
        ({"way": TO_ZHANG, "tags": (99,)}, "tags"),
        ({"way": TO_ZHANG, "welcome": 99}, "welcome"),
        ({"way": Way(), "kind": "join"}, "groups"),
        ({"way": Way(users=tuple(f"u{number}" for number in range(101)))}, "users"),
        ({"way": Way(groups=tuple(f"wr{number}" for number in range(6))), "kind": "join"}, "groups"),
    ],
)
def test_what_is_unfit_is_refused_before_wecom_is_asked(shop: WayShop, more: dict[str, object], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        shop.make(**more)  # pyright: ignore[reportArgumentType]
    assert refused.value.field == field
    assert (list_ways(shop.stores, Wanted()), shop.calls(ADD)) == ([], 0)


def test_what_wecom_refuses_is_kept_with_its_reason_and_can_be_mended(shop: WayShop) -> None:
    code = shop.make(way=Way(users=("nobody",)))
    assert (code.stage, code.problem is not None and code.problem["code"]) == ("refused", "platform_60111")
    mended = change_way(shop.stores, shop.exchange, "test", code.id, replace(draft_of(code, None), way=TO_ZHANG))
    assert (mended.stage, mended.problem, shop.way(mended)["user"]) == ("live", None, ["zhangsan"])


def test_changing_one_changes_it_at_wecom(shop: WayShop) -> None:
    code = shop.make(way=TO_ZHANG)
    wished = replace(draft_of(code, None), name="新名字", way=Way(users=("lisi",)))
    changed = change_way(shop.stores, shop.exchange, "test", code.id, wished)
    assert (changed.stage, changed.name, shop.way(changed)["user"]) == ("live", "新名字", ["lisi"])


def test_a_change_that_wecom_refuses_leaves_it_as_it_was_there(shop: WayShop) -> None:
    code = shop.make(way=TO_ZHANG)
    wished = replace(draft_of(code, None), way=Way(users=("nobody",)))
    changed = change_way(shop.stores, shop.exchange, "test", code.id, wished)
    assert (changed.stage, changed.way, changed.wanted) == ("live", TO_ZHANG, None)
    assert changed.problem is not None


def test_a_change_without_an_answer_is_told_again(shop: WayShop) -> None:
    code = shop.make(way=TO_ZHANG)
    shop.platform.door.post("faults", rules=[{"kind": "cut", "path": ADD.replace("add", "update"), "times": 9}])
    wished = replace(draft_of(code, None), way=Way(users=("lisi",)))
    assert change_way(shop.stores, shop.exchange, "test", code.id, wished).stage == "changing"
    shop.platform.door.post("faults", rules=[])
    shop.move(seconds=60)
    shop.carry_on()
    assert (get_way(shop.stores, code.id).stage, shop.way(code)["user"]) == ("live", ["lisi"])


def test_a_removed_code_is_gone_there_and_stays_here(shop: WayShop) -> None:
    code = shop.make(way=TO_ZHANG)
    gone = remove_way(shop.stores, shop.exchange, code.id)
    assert (gone.stage, shop.ways()) == ("removed", [])
    assert list_ways(shop.stores, Wanted()) == []
    assert [each.id for each in list_ways(shop.stores, Wanted(removed=True))] == [code.id]
    with pytest.raises(Conflict):
        change_way(shop.stores, shop.exchange, "test", code.id, draft_of(code, None))


def test_removing_what_somebody_removed_in_wecoms_own_console_is_no_error(shop: WayShop) -> None:
    code = shop.make(way=TO_ZHANG)
    shop.shop.call("externalcontact/del_contact_way", config_id=code.config_id)
    assert remove_way(shop.stores, shop.exchange, code.id).stage == "removed"


def test_a_code_that_expired_is_removed(shop: WayShop) -> None:
    code = shop.make(way=TO_ZHANG, expires=shop.stores.clock.now().replace(microsecond=0) + a_day())
    shop.move(hours=23)
    shop.carry_on()
    assert get_way(shop.stores, code.id).stage == "live"
    shop.move(hours=2)
    shop.carry_on()
    assert (get_way(shop.stores, code.id).stage, shop.ways()) == ("removed", [])


def a_day() -> timedelta:
    return timedelta(days=1)


# --- a call without an answer


def test_a_code_whose_making_had_no_answer_is_found_by_its_state_and_not_doubled(each_shop: WayShop) -> None:
    shop = each_shop
    other = shop.make(way=TO_ZHANG)
    shop.fault(ADD, kind="cut", applied=True)
    code = shop.make(state="lost", way=TO_ZHANG)
    assert (code.stage, code.config_id) == ("making", None)
    shop.move(seconds=60)
    shop.carry_on()
    found = get_way(shop.stores, code.id)
    assert (found.stage, shop.way(found)["state"]) == ("live", "lost")
    assert sorted(shop.ways()) == sorted([str(other.config_id), str(found.config_id)])


def test_one_that_surely_was_not_made_is_made_then(shop: WayShop) -> None:
    shop.fault(ADD, kind="cut")
    code = shop.make(way=TO_ZHANG)
    shop.move(seconds=60)
    shop.carry_on()
    assert (get_way(shop.stores, code.id).stage, shop.ways()) == ("making", [])
    shop.move(seconds=180)
    shop.carry_on()
    made = get_way(shop.stores, code.id)
    assert (made.stage, shop.ways()) == ("live", [made.config_id])


def test_a_process_that_died_in_the_call_leaves_a_code_that_is_looked_up(shop: WayShop) -> None:
    shop.fault(ADD, kind="cut", applied=True)
    code = shop.make(way=TO_ZHANG)
    with shop.stores.ledger.write() as conn:  # as it was on disk while the call was out
        values = {"next": shop.stores.clock.now(), "problem": None}
        conn.execute(sa.update(wecom_ways).where(wecom_ways.c.id == code.id).values(**values))
    shop.carry_on()
    assert (get_way(shop.stores, code.id).stage, len(shop.ways())) == ("live", 1)


def test_a_group_code_without_an_answer_waits_for_a_person(shop: WayShop) -> None:
    chat = shop.shop.act("open_group", owner="zhangsan", name="会员群")["chat_id"]
    shop.fault(ADD_JOIN, kind="cut", applied=True)
    code = shop.make(kind="join", way=Way(groups=(chat,)))
    assert code.stage == "unknown"
    before = shop.calls(ADD_JOIN)
    shop.move(hours=1)
    shop.carry_on()
    assert (get_way(shop.stores, code.id).stage, shop.calls(ADD_JOIN)) == ("unknown", before)
    assert try_again(shop.stores, shop.exchange, code.id).stage == "live"


# --- what comes of it


def test_who_comes_through_it_is_counted_by_day_and_adviser(each_shop: WayShop) -> None:
    shop = each_shop
    code = shop.make(state="door", way=Way(users=("zhangsan", "lisi")))
    first = [shop.shop.befriend("zhangsan", code=code.config_id) for _ in range(2)]
    shop.shop.befriend("lisi")  # not through it
    shop.taken_in()
    shop.move(days=1)
    shop.shop.befriend("lisi", code=code.config_id)
    shop.shop.act("delete", userid="zhangsan", external_userid=first[0])
    shop.taken_in()
    found = figures_of(shop.stores, code)
    assert (found.total.added, found.total.left, found.total.stayed) == (3, 1, 2)
    assert [(whom, count.added, count.left) for whom, count in found.whom] == [("zhangsan", 2, 1), ("lisi", 1, 0)]
    assert [(count.added, count.left) for _, count in found.days][-2:] == [(2, 1), (1, 0)]
    assert counts_of(shop.stores, [code])[code.id] == found.total


def test_whoever_comes_back_is_still_there(shop: WayShop) -> None:
    code = shop.make(way=TO_ZHANG)
    friend = shop.shop.befriend("zhangsan", code=code.config_id)
    shop.move(minutes=5)
    shop.shop.act("delete", userid="zhangsan", external_userid=friend)
    shop.move(minutes=5)
    shop.shop.befriend("zhangsan", code=code.config_id, external_userid=friend)
    shop.taken_in()
    total = figures_of(shop.stores, code).total
    assert (total.added, total.left) == (1, 0)


def test_a_group_code_is_live_at_once_with_its_picture(shop: WayShop) -> None:
    chat = shop.shop.act("open_group", owner="zhangsan", name="会员群")["chat_id"]
    code = shop.make(kind="join", state="club", way=Way(groups=(chat,)))
    assert (code.stage, code.qr.startswith("https://")) == ("live", True)


def open_group(shop: WayShop, name: str = "会员群") -> str:
    return shop.shop.act("open_group", owner="zhangsan", name=name)["chat_id"]


def test_who_joins_through_a_group_code_is_counted_and_tagged(each_shop: WayShop) -> None:
    shop = each_shop
    tag = tags.make_tag(shop.stores, tags.make_group(shop.stores, "来源"), "社群")
    chat = open_group(shop)
    code = shop.make(kind="join", state="club", way=Way(groups=(chat,)), tags=(tag,))
    through = shop.shop.act("join", code=code.config_id)["external_userid"]
    invited = shop.shop.act("invite", chat_id=chat)["external_userid"]
    shop.taken_in()
    shop.groups_read()
    found = figures_of(shop.stores, code)
    assert [(whom, count.added, count.left) for whom, count in found.whom] == [(chat, 1, 0)]
    assert (held(shop, through), held(shop, invited)) == ({tag}, set())
    shop.shop.act("leave", chat_id=chat, external_userid=through)
    shop.taken_in()
    total = figures_of(shop.stores, code).total
    assert (total.added, total.left) == (1, 1)


def test_everybody_of_a_rush_through_a_group_code_is_counted_once(shop: WayShop) -> None:
    code = shop.make(kind="join", way=Way(groups=(open_group(shop),)))
    for _ in range(12):
        shop.shop.act("join", code=code.config_id)
    shop.taken_in()
    shop.groups_read()
    shop.groups_read()
    assert figures_of(shop.stores, code).total.added == 12


# --- what the platform allows (platform-facts J.9, J.10)


def test_changing_one_thing_of_a_code_tells_all_of_its_members_again(shop: WayShop) -> None:
    code = shop.make(way=Way(users=("zhangsan", "lisi")))
    wished = replace(draft_of(code, None), way=Way(remark="新备注", users=code.way.users))
    change_way(shop.stores, shop.exchange, "test", code.id, wished)
    assert (shop.way(code)["remark"], shop.way(code)["user"]) == ("新备注", ["zhangsan", "lisi"])


def test_a_codes_handle_is_kept_before_its_picture_is_there_to_show(shop: WayShop) -> None:
    path = ADD_JOIN.replace("add", "get")
    shop.platform.door.post("faults", rules=[{"kind": "cut", "path": path, "times": 9}])
    code = shop.make(kind="join", way=Way(groups=(open_group(shop),)))
    assert (code.stage, code.config_id is not None, code.qr) == ("live", True, "")
    shop.platform.door.post("faults", rules=[])
    shop.move(seconds=60)
    shop.carry_on()
    assert get_way(shop.stores, code.id).qr.startswith("https://")


@pytest.mark.parametrize(
    ("more", "path", "field"),
    [
        ({"way": Way(users=tuple(f"u{number}" for number in range(101)))}, ADD, "users"),
        ({"kind": "join", "way": Way(groups=tuple(f"wr{number}" for number in range(6)))}, ADD_JOIN, "groups"),
    ],
    ids=["101 members", "6 groups"],
)
def test_more_than_wecom_takes_is_refused_here(shop: WayShop, more: dict[str, object], path: str, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        shop.make(**more)  # pyright: ignore[reportArgumentType]
    assert (refused.value.field, shop.calls(path)) == (field, 0)


def test_a_group_code_leads_past_a_group_that_is_full_enough_and_back_when_some_left(each_shop: WayShop) -> None:
    shop = each_shop
    one, two = open_group(shop, "一群"), open_group(shop, "二群")
    code = shop.make(kind="join", way=Way(groups=(one, two)))
    shop.seats(one, 180)
    assert turn(shop.stores) == 1
    shop.carry_on()
    assert shop.join_way(code)["chat_id_list"] == [two]
    assert get_way(shop.stores, code.id).way.groups == (one, two)
    assert turn(shop.stores) == 0
    with shop.stores.ledger.write() as conn:
        first = sa.and_(wecom_group_members.c.chat_id == one, wecom_group_members.c.member == "m0")
        conn.execute(sa.update(wecom_group_members).where(first).values(left=shop.stores.clock.now()))
    assert turn(shop.stores) == 1
    shop.carry_on()
    assert shop.join_way(code)["chat_id_list"] == [one, two]


def test_where_all_groups_are_full_wecom_founds_the_next(shop: WayShop) -> None:
    one = open_group(shop)
    shop.make(kind="join", way=Way(groups=(one,)))
    shop.seats(one, 200)
    assert turn(shop.stores) == 0


def test_a_group_that_wecom_founded_stays_behind_the_code_when_it_is_changed(shop: WayShop) -> None:
    shop.platform.door.post("manners", group_scan_max=2)
    one = open_group(shop)
    code = shop.make(kind="join", way=Way(groups=(one,), room_name="会员群", room_number=2))
    for _ in range(2):
        shop.shop.act("join", code=code.config_id)
    (founded,) = set(shop.join_way(code)["chat_id_list"]) - {one}
    wished = replace(draft_of(code, None), way=replace_remark(code.way))
    changed = change_way(shop.stores, shop.exchange, "test", code.id, wished)
    there = shop.join_way(code)
    assert (there["remark"], there["chat_id_list"], there["room_base_id"]) == ("新备注", [one, founded], 3)
    assert changed.way.groups == (one, founded)


def replace_remark(way: Way) -> Way:
    return msgspec.structs.replace(way, remark="新备注")


def held(shop: WayShop, external_userid: str) -> set[int]:
    with shop.stores.ledger.read() as conn:
        query = sa.select(person_tags.c.tag).where(person_tags.c.person == shop.person(external_userid))
        return set(conn.execute(query).scalars())


def test_who_comes_through_it_gets_its_tags_and_nobody_else(each_shop: WayShop) -> None:
    shop = each_shop
    tag = tags.make_tag(shop.stores, tags.make_group(shop.stores, "来源"), "门店")
    code = shop.make(way=TO_ZHANG, tags=(tag,))
    through = shop.shop.befriend("zhangsan", code=code.config_id)
    beside = shop.shop.befriend("zhangsan")
    shop.taken_in()
    assert (held(shop, through), held(shop, beside)) == ({tag}, set())


def test_a_tag_that_was_taken_away_does_not_come_back(shop: WayShop) -> None:
    tag = tags.make_tag(shop.stores, tags.make_group(shop.stores, "来源"), "门店")
    code = shop.make(way=TO_ZHANG, tags=(tag,))
    through = shop.shop.befriend("zhangsan", code=code.config_id)
    shop.taken_in()
    tags.remove_tag(shop.stores, "test", shop.person(through), tag)
    shop.taken_in()
    assert held(shop, through) == set()


def test_a_welcome_that_names_codes_can_name_this_one_too(shop: WayShop) -> None:
    rule = add_welcome(shop.stores, "test", WelcomeDraft("门店", "欢迎", channels=("old",)))
    code = shop.make(state="door", way=TO_ZHANG, welcome=rule)
    assert list(get_welcome(shop.stores, rule).draft.channels) == ["old", "door"]
    change_way(shop.stores, shop.exchange, "test", code.id, draft_of(code, None))
    assert list(get_welcome(shop.stores, rule).draft.channels) == ["old"]


def test_a_welcome_for_everybody_stays_for_everybody(shop: WayShop) -> None:
    rule = add_welcome(shop.stores, "test", WelcomeDraft("新人", "欢迎"))
    with pytest.raises(BadInput, match="names no codes"):
        shop.make(way=TO_ZHANG, welcome=rule)
    only = add_welcome(shop.stores, "test", WelcomeDraft("门店", "欢迎", channels=("door",)))
    code = shop.make(state="door", way=TO_ZHANG, welcome=only)
    with pytest.raises(BadInput, match="only code"):
        change_way(shop.stores, shop.exchange, "test", code.id, draft_of(code, None))


def test_its_audience_is_a_rule_about_its_state(shop: WayShop) -> None:
    code = shop.make(state="door", way=TO_ZHANG)
    audience = audience_of(shop.stores, make_audience(shop.stores, "test", code))
    assert (audience.kind, audience.name) == ("live", "来自渠道码「门店」")


def test_lists_are_searched_and_paged(shop: WayShop) -> None:
    made = [shop.make(f"店 {number}", state=f"s{number}", way=TO_ZHANG) for number in range(3)]
    shop.make("海报", way=Way(remark="展会_1", users=("lisi",)))
    assert [each.name for each in list_ways(shop.stores, Wanted("展会_"))] == ["海报"]
    page = list_ways(shop.stores, Wanted("店", rows_max=2))
    assert [each.id for each in page] == [made[2].id, made[1].id]
    rest = list_ways(shop.stores, Wanted("店", before=page[-1].id))
    assert [each.id for each in rest] == [made[0].id]
    assert ways.count_ways(shop.stores, Wanted("店")) == 3


def test_only_a_wecom_account_has_codes(shop: WayShop) -> None:
    other, _ = open_account(shop.stores, shop.channels, channel="webhook", name="钩子", settings=HOOK)
    with pytest.raises(BadInput) as refused:
        ways.add_way(shop.stores, shop.exchange, "test", WayDraft("x", other, way=TO_ZHANG))
    assert refused.value.field == "account"
