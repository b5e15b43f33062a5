"""Moments, customer service, acquisition links, transfers: their windows, limits and refusals."""

from __future__ import annotations

from typing import Any

import pytest

from tests.platform_worlds import Listener, Shop

C = "externalcontact"


@pytest.fixture
def account(shop: Shop) -> dict[str, str]:
    return {"open_kfid": shop.call("kf/account/add", name="客服")["open_kfid"]}


def moment_of(shop: Shop, **wish: Any) -> str:
    job = shop.call(f"{C}/add_moment_task", {"text": {"content": "新品"}, **wish})["jobid"]
    return shop.ask(f"{C}/get_moment_task_result", jobid=job)["result"]["moment_id"]


def test_a_moment_is_a_job_first_and_waits_for_members_then(shop: Shop) -> None:
    friend = shop.befriend("zhangsan")
    shop.door.post("manners", moment_seconds=30)
    job = shop.call(f"{C}/add_moment_task", text={"content": "新品"})["jobid"]
    assert shop.ask(f"{C}/get_moment_task_result", jobid=job)["status"] == 1
    shop.door.post("clock", move_seconds=30)
    done = shop.ask(f"{C}/get_moment_task_result", jobid=job)
    assert done["status"] == 3
    part = {"moment_id": done["result"]["moment_id"], "userid": "zhangsan"}
    assert shop.call(f"{C}/get_moment_send_result", part)["errcode"] == 41062
    assert shop.act("publish", **part) == {"reached": 1}
    assert shop.call(f"{C}/get_moment_send_result", part)["customer_list"] == [{"external_userid": friend}]
    assert shop.delivered()[-1]["kind"] == "moment"


def test_a_customer_sees_so_many_moments_a_day(shop: Shop) -> None:
    shop.befriend("zhangsan")
    shop.door.post("manners", moments_per_day=2)
    reached = [shop.act("publish", moment_id=moment_of(shop), userid="zhangsan")["reached"] for _ in range(3)]
    assert reached == [1, 1, 0]


def test_ten_moments_a_minute_are_enough(shop: Shop) -> None:
    codes = [shop.call(f"{C}/add_moment_task", text={"content": "新品"})["errcode"] for _ in range(11)]
    assert codes == [0] * 10 + [45009]


def test_a_cancelled_moment_is_not_published(shop: Shop) -> None:
    shop.befriend("zhangsan")
    moment = moment_of(shop)
    shop.call(f"{C}/cancel_moment_task", moment_id=moment)
    assert shop.act("publish", moment_id=moment, userid="zhangsan") == {"reached": 0}


def say(shop: Shop, account: dict[str, str], **wish: Any) -> str:
    return shop.act("kf_say", **account, **{"text": "在吗", **wish})["external_userid"]


def send(shop: Shop, account: dict[str, str], to: str) -> int:
    return shop.call("kf/send_msg", account, touser=to, msgtype="text", text={"content": "在"})["errcode"]


def test_five_messages_after_the_customers_last_words(shop: Shop, account: dict[str, str]) -> None:
    visitor = say(shop, account)
    assert [send(shop, account, visitor) for _ in range(6)] == [0] * 5 + [95001]
    say(shop, account, external_userid=visitor)
    assert send(shop, account, visitor) == 0


def test_the_window_closes_after_48_hours(shop: Shop, account: dict[str, str]) -> None:
    visitor = say(shop, account)
    shop.door.post("clock", move_seconds=48 * 3600 - 1)
    assert send(shop, account, visitor) == 0
    shop.door.post("clock", move_seconds=1)
    assert send(shop, account, visitor) == 95002


def test_a_human_takes_over_and_ends(shop: Shop, account: dict[str, str]) -> None:
    visitor = say(shop, account)
    shop.call("kf/servicer/add", account, userid_list=["lisi"])
    move = {**account, "external_userid": visitor}

    def to(state: int, servicer: str = "") -> int:
        answer = shop.call("kf/service_state/trans", move, service_state=state, servicer_userid=servicer)
        return answer["errcode"]

    assert [to(3, "zhangsan"), to(3, "lisi"), to(1), send(shop, account, visitor)] == [95014, 0, 95016, 95018]
    assert [to(4), to(3, "lisi")] == [0, 95013]


def test_messages_are_read_by_cursor_even_through_empty_pages(
    shop: Shop, account: dict[str, str], listener: Listener
) -> None:
    for number in range(7):
        say(shop, account, text=str(number))
    told = shop.heard(listener)[-1]
    assert (told["Event"], told["OpenKfId"]) == ("kf_msg_or_event", account["open_kfid"])
    shop.door.post("manners", empty_pages=2)
    texts: list[str] = []
    cursor, more, empty = "", 1, 0
    while more:
        asked = {"token": told["Token"], "cursor": cursor, "limit": 2, **account}
        page = shop.call("kf/sync_msg", asked)
        texts += [each["text"]["content"] for each in page["msg_list"]]
        cursor, more = page["next_cursor"], page["has_more"]
        empty += not page["msg_list"]
    assert texts == [str(number) for number in range(7)]
    assert empty > 0
    shop.door.post("clock", move_seconds=600)
    assert shop.call("kf/sync_msg", account, token=told["Token"])["errcode"] == 95007


def test_a_welcome_code_of_the_service_is_good_once_for_twenty_seconds(shop: Shop, account: dict[str, str]) -> None:
    visitor = shop.act("kf_enter", **account)["external_userid"]
    shop.act("kf_enter", **account, external_userid=visitor)
    first, second = (each["event"] for each in shop.call("kf/sync_msg", account)["msg_list"])
    assert "welcome_code" not in second
    hello = {"code": first["welcome_code"], "msgtype": "text", "text": {"content": "欢迎"}}
    assert [shop.call("kf/send_msg_on_event", hello)["errcode"] for _ in range(2)] == [0, 40029]


def test_who_wants_no_messages_gets_none(shop: Shop, account: dict[str, str]) -> None:
    visitor = say(shop, account)
    shop.act("kf_reject", **account, external_userid=visitor)
    assert send(shop, account, visitor) == 95026


def test_a_link_brings_friends_until_the_quota_is_used_up(shop: Shop, listener: Listener) -> None:
    shop.door.post("corp", corpid=shop.corpid, agentid=shop.agentid, quota=2, quota_total=2)
    path = f"{C}/customer_acquisition"
    url = shop.call(f"{path}/create_link", link_name="抖音", range={"user_list": ["zhangsan", "lisi"]})["link"]["url"]
    came = [shop.act("link", url=f"{url}?customer_channel=A", channel="A", unionid=f"o{number}") for number in range(3)]
    assert [each["added"] for each in came] == [True, True, False]
    assert shop.ask(f"{path}_quota")["balance"] == 0
    told = [each["ChangeType"] for each in shop.heard(listener)]
    assert told == ["friend_request", "add_external_contact"] * 2 + ["balance_exhausted"]
    shop.door.post("clock", move_seconds=60)
    first = {"userid": came[0]["userid"], "external_userid": came[0]["external_userid"]}
    shop.act("chat", **first)
    shop.act("chat", **first)
    assert [each["ChangeType"] for each in shop.heard(listener)][5:] == ["customer_start_chat"]
    one = shop.ask(f"{C}/get", external_userid=first["external_userid"])["follow_user"][0]
    assert (one["state"], one["add_way"]) == ("A", 16)


def test_a_customer_who_says_nothing_has_a_new_adviser_after_a_day(shop: Shop, listener: Listener) -> None:
    friend = shop.befriend("zhangsan", state="s")
    wish = {"handover_userid": "zhangsan", "takeover_userid": "lisi"}
    handed = shop.call(f"{C}/transfer_customer", wish, external_userid=[friend, "wm_stranger"])["customer"]
    assert [each["errcode"] for each in handed] == [0, 40096]
    assert shop.call(f"{C}/transfer_customer", wish, external_userid=[friend])["customer"][0]["errcode"] == 40100
    assert shop.call(f"{C}/transfer_result", wish)["customer"][0]["status"] == 2
    shop.door.post("clock", move_seconds=86_400)
    assert shop.call(f"{C}/transfer_result", wish)["customer"][0]["status"] == 1
    told = shop.heard(listener)[1:]
    assert [(each["ChangeType"], each["UserID"], each.get("Source")) for each in told] == [
        ("del_external_contact", "zhangsan", "DELETE_BY_TRANSFER"),
        ("add_external_contact", "lisi", None),
    ]
    assert [each["userid"] for each in shop.ask(f"{C}/get", external_userid=friend)["follow_user"]] == ["lisi"]


def test_a_customer_may_refuse_and_an_adviser_may_be_full(shop: Shop, listener: Listener) -> None:
    refuses, late = shop.befriend("zhangsan"), shop.befriend("zhangsan")
    shop.hire("wangwu", customers_max=0)
    wish = {"handover_userid": "zhangsan", "takeover_userid": "wangwu"}
    shop.call(f"{C}/transfer_customer", wish, external_userid=[refuses, late])
    shop.act("refuse_transfer", external_userid=refuses)
    shop.door.post("clock", move_seconds=86_400)
    assert [each["status"] for each in shop.call(f"{C}/transfer_result", wish)["customer"]] == [3, 4]
    reasons = [each["FailReason"] for each in shop.heard(listener) if each["ChangeType"] == "transfer_fail"]
    assert reasons == ["customer_refused", "customer_limit_exceed"]


def test_customers_and_groups_of_who_left_wait_for_somebody(shop: Shop) -> None:
    friend = shop.befriend("zhangsan")
    chat = shop.act("open_group", owner="zhangsan")["chat_id"]
    wish = {"handover_userid": "zhangsan", "takeover_userid": "lisi"}
    groups = {"chat_id_list": [chat], "new_owner": "lisi"}
    assert shop.call(f"{C}/resigned/transfer_customer", wish, external_userid=[friend])["errcode"] == 40097
    assert shop.call(f"{C}/groupchat/transfer", groups)["failed_chat_list"][0]["errcode"] == 90500
    shop.door.post("dismiss", userid="zhangsan")
    assert [each["external_userid"] for each in shop.call(f"{C}/get_unassigned_list")["info"]] == [friend]
    shop.call(f"{C}/resigned/transfer_customer", wish, external_userid=[friend])
    shop.door.post("clock", move_seconds=86_400)
    assert shop.call(f"{C}/get_unassigned_list")["info"] == []
    assert shop.call(f"{C}/groupchat/transfer", groups)["failed_chat_list"] == []
    assert shop.call(f"{C}/groupchat/get", chat_id=chat)["group_chat"]["owner"] == "lisi"


def test_nobody_is_handed_on_more_than_twice_in_90_days(shop: Shop) -> None:
    friend = shop.befriend("zhangsan")
    codes: list[int] = []
    for one, other in (("zhangsan", "lisi"), ("lisi", "zhangsan"), ("zhangsan", "lisi")):
        wish = {"handover_userid": one, "takeover_userid": other, "external_userid": [friend]}
        codes.append(shop.call(f"{C}/transfer_customer", wish)["customer"][0]["errcode"])
        shop.door.post("clock", move_seconds=86_400)
    assert codes == [0, 0, 40128]
