"""What the simulated WeCom counts of members and groups by day, and what it keeps members from writing."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.platforms.wecom.corp import day_of
from tests.platform_worlds import Shop
from tests.rehearsal.platforms.wecom.conftest import NOW

C = "externalcontact"
TODAY, DAY = day_of(int(NOW)), 86_400


def counted(shop: Shop, *userids: str, back: int = 0) -> list[dict[str, Any]]:
    days = {"start_time": TODAY - back * DAY, "end_time": TODAY}
    return shop.call(f"{C}/get_user_behavior_data", days, userid=list(userids))["behavior_data"]


def chat(shop: Shop, userid: str, friend: str, by: str = "customer", **more: Any) -> dict[str, Any]:
    return shop.act("chat", userid=userid, external_userid=friend, by=by, **more)


def test_a_members_day_is_counted_from_what_happened(shop: Shop) -> None:
    answered, waits, lost = (shop.befriend("zhangsan") for _ in range(3))
    chat(shop, "zhangsan", answered)
    chat(shop, "zhangsan", waits)
    shop.door.post("clock", move_seconds=240)
    chat(shop, "zhangsan", answered, "member", text="在")
    chat(shop, "zhangsan", answered, "member", text="您说")
    shop.act("delete", userid="zhangsan", external_userid=lost)
    assert counted(shop, "zhangsan") == [
        {
            "stat_time": TODAY,
            "chat_cnt": 1,
            "message_cnt": 2,
            "reply_percentage": 50.0,
            "avg_reply_time": 4,
            "negative_feedback_cnt": 1,
            "new_apply_cnt": 3,
            "new_contact_cnt": 3,
        }
    ]


def test_a_day_without_conversations_has_no_share_of_replies(shop: Shop) -> None:
    (yesterday, _) = counted(shop, "zhangsan", back=1)
    assert (yesterday["stat_time"], yesterday["chat_cnt"]) == (TODAY - DAY, 0)
    assert not {"reply_percentage", "avg_reply_time"} & set(yesterday)


def test_several_members_are_one_sum(shop: Shop) -> None:
    shop.befriend("zhangsan")
    shop.befriend("lisi")
    assert [each["new_contact_cnt"] for each in counted(shop, "zhangsan", "lisi")] == [2]


@pytest.mark.parametrize(("back", "code"), [(29, 0), (30, 40058)])
def test_a_call_spans_thirty_days(shop: Shop, back: int, code: int) -> None:
    days = {"start_time": TODAY - back * DAY, "end_time": TODAY}
    assert shop.call(f"{C}/get_user_behavior_data", days, userid=["lisi"])["errcode"] == code


def test_nothing_is_known_of_more_than_half_a_year_ago(shop: Shop) -> None:
    long_ago = TODAY - 181 * DAY
    days = {"start_time": long_ago, "end_time": long_ago}
    assert shop.call(f"{C}/get_user_behavior_data", days, userid=["lisi"])["errcode"] == 40058
    assert shop.call(f"{C}/groupchat/statistic", day_begin_time=long_ago)["errcode"] == 40058


def test_groups_are_counted_by_day(shop: Shop) -> None:
    group = shop.act("open_group", owner="zhangsan")["chat_id"]
    shop.act("invite", chat_id=group)
    shop.act("talk", chat_id=group, who="wm_a", count=3)
    shop.door.post("clock", move_seconds=DAY)
    shop.act("talk", chat_id=group, who="wm_b")
    asked = {"day_begin_time": TODAY, "day_end_time": TODAY + DAY, "owner_filter": {"userid_list": ["zhangsan"]}}
    first, second = (each["data"] for each in shop.call(f"{C}/groupchat/statistic_group_by_day", asked)["items"])
    assert (first["new_chat_cnt"], first["new_member_cnt"], first["member_total"], first["msg_total"]) == (1, 2, 2, 3)
    assert (second["new_chat_cnt"], second["new_member_cnt"], second["msg_total"]) == (0, 0, 1)
    (whole,) = (each["data"] for each in shop.call(f"{C}/groupchat/statistic", asked)["items"])
    assert (whole["member_has_msg"], whole["msg_total"]) == (2, 4)


def rule(shop: Shop, **changes: Any) -> dict[str, Any]:
    body = {
        "rule_name": "飞单",
        "word_list": ["加我微信"],
        "intercept_type": 1,
        "applicable_range": {"user_list": ["zhangsan"]},
    }
    return shop.call(f"{C}/add_intercept_rule", {**body, **changes})


def test_a_rule_keeps_its_members_from_writing_its_words(shop: Shop) -> None:
    rule(shop, semantics_list=[1])
    mine, other = shop.befriend("zhangsan"), shop.befriend("lisi")
    for text in ("加我微信吧", "打 13800000001"):
        assert chat(shop, "zhangsan", mine, "member", text=text) == {"stopped": True}
    assert chat(shop, "lisi", other, "member", text="加我微信吧") == {}
    assert [each["kind"] for each in shop.delivered()] == ["chat"]


def test_a_rule_that_warns_lets_the_words_through(shop: Shop) -> None:
    rule(shop, intercept_type=2)
    assert chat(shop, "zhangsan", shop.befriend("zhangsan"), "member", text="加我微信吧") == {}


def test_the_range_of_a_rule_grows_and_shrinks(shop: Shop) -> None:
    number = rule(shop)["rule_id"]
    change = {"add_applicable_range": {"user_list": ["lisi"]}, "remove_applicable_range": {"user_list": ["zhangsan"]}}
    shop.call(f"{C}/update_intercept_rule", change, rule_id=number, extra_rule={"semantics_list": [2]})
    told = shop.call(f"{C}/get_intercept_rule", rule_id=number)["rule"]
    assert (told["applicable_range"]["user_list"], told["word_list"]) == (["lisi"], ["加我微信"])
    assert told["extra_rule"] == {"semantics_list": [2]}
    shop.call(f"{C}/del_intercept_rule", rule_id=number)
    assert shop.call(f"{C}/get_intercept_rule", rule_id=number)["errcode"] == 41070


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"rule_name": "字" * 21}, 41077),
        ({"word_list": ["字" * 33]}, 41068),
        ({"word_list": [f"词{each}" for each in range(301)]}, 41068),
        ({"semantics_list": [4]}, 41084),
        ({"applicable_range": {}}, 41076),
        ({"applicable_range": {"user_list": ["nobody"]}}, 60111),
    ],
)
def test_what_a_rule_may_not_be(shop: Shop, changes: dict[str, Any], code: int) -> None:
    assert rule(shop, **changes)["errcode"] == code


def test_a_hundred_rules_are_enough(shop: Shop) -> None:
    for place in range(100):
        rule(shop, rule_name=f"规则{place}")
    assert rule(shop)["errcode"] == 41069
