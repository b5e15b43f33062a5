"""Mass messages, files, groups, join ways: what waits for staff, what reaches whom, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.platform_worlds import HTTP, Listener, Shop

CONTACT = "externalcontact"
HELLO = {"content": "上新了"}


def mass(shop: Shop, **wish: Any) -> dict[str, Any]:
    return shop.call(f"{CONTACT}/add_msg_template", {"text": HELLO, **wish})


def results(shop: Shop, msgid: str, userid: str = "zhangsan") -> dict[str, int]:
    told = shop.call(f"{CONTACT}/get_groupmsg_send_result", msgid=msgid, userid=userid)["send_list"]
    return {each.get("external_userid") or each["chat_id"]: each["status"] for each in told}


def test_a_mass_message_waits_for_the_member_who_confirms_it(shop: Shop) -> None:
    friend = shop.befriend("zhangsan")
    task = mass(shop, sender="zhangsan", external_userid=[friend, "wm_stranger"])
    assert task["fail_list"] == ["wm_stranger"]
    asked = {"msgid": task["msgid"]}
    assert shop.call(f"{CONTACT}/get_groupmsg_task", asked)["task_list"] == [{"userid": "zhangsan", "status": 0}]
    assert results(shop, task["msgid"]) == {friend: 0}
    assert shop.delivered() == []
    assert shop.act("confirm", msgid=task["msgid"], userid="zhangsan") == {"sent": 1}
    assert shop.act("confirm", msgid=task["msgid"], userid="zhangsan") == {"sent": 0}
    (sender,) = shop.call(f"{CONTACT}/get_groupmsg_task", asked)["task_list"]
    assert (sender["status"], sender["send_time"]) == (2, 1_790_000_000)
    assert results(shop, task["msgid"]) == {friend: 1}
    (delivery,) = shop.delivered()
    assert (delivery["kind"], delivery["to"], delivery["content"]["text"]) == ("mass", [friend], HELLO)


def test_who_left_and_who_had_enough_is_told_after_sending(shop: Shop) -> None:
    left, had, blocks = (shop.befriend("zhangsan") for _ in range(3))
    first = mass(shop, sender="zhangsan", external_userid=[had])["msgid"]
    shop.act("confirm", msgid=first, userid="zhangsan")
    second = mass(shop, sender="zhangsan", external_userid=[left, had, blocks])["msgid"]
    shop.act("delete", userid="zhangsan", external_userid=left)
    shop.act("block", userid="zhangsan", external_userid=blocks)
    shop.act("confirm", msgid=second, userid="zhangsan")
    assert results(shop, second) == {left: 2, had: 3, blocks: 1}
    assert shop.delivered()[-1]["to"] == []  # who blocks sees nothing, and nobody is told


def test_a_customer_gets_as_many_a_month_as_it_has_days(shop: Shop) -> None:
    friend = shop.befriend("zhangsan")
    shop.door.post("manners", mass_per_day=0)
    last: list[int] = []
    for _ in range(31):
        task = mass(shop, sender="zhangsan", external_userid=[friend])["msgid"]
        shop.act("confirm", msgid=task, userid="zhangsan")
        last.append(results(shop, task)[friend])
    assert last == [1] * 30 + [3]  # September


def test_without_a_sender_the_one_who_wrote_last_sends(shop: Shop) -> None:
    friend = shop.befriend("zhangsan")
    shop.befriend("lisi", external_userid=friend)
    shop.door.post("clock", move_seconds=5)
    shop.act("chat", userid="zhangsan", external_userid=friend)
    task = mass(shop, external_userid=[friend])["msgid"]
    assert [each["userid"] for each in shop.call(f"{CONTACT}/get_groupmsg_task", msgid=task)["task_list"]] == [
        "zhangsan"
    ]


def test_tags_choose_receivers_one_of_each_list(shop: Shop) -> None:
    made = shop.door.post("tags", groups=[{"name": "肤质", "tags": ["干", "油"]}, {"name": "城市", "tags": ["沪"]}])[
        "tags"
    ]
    dry, oily, both = (shop.befriend("zhangsan") for _ in range(3))
    for friend, names in ((dry, "干"), (oily, "油"), (both, "油沪")):
        shop.act("edit", userid="zhangsan", external_userid=friend, tags=[made[each] for each in names])
    filters = {"group_list": [{"tag_list": [made["干"], made["油"]]}, {"tag_list": [made["沪"]]}]}
    task = mass(shop, sender="zhangsan", tag_filter=filters)["msgid"]
    assert list(results(shop, task)) == [both]


def test_nobody_to_send_to_and_too_many_are_refused(shop: Shop) -> None:
    assert mass(shop, external_userid=["wm_stranger"])["errcode"] == 41048
    assert mass(shop, external_userid=[f"wm{number}" for number in range(10_001)])["errcode"] == 40058
    assert mass(shop)["errcode"] == 40058
    friend = shop.befriend("zhangsan")
    assert mass(shop, external_userid=[friend], text={"content": "长" * 1334})["errcode"] == 40058
    image = {"msgtype": "image", "image": {"media_id": "never uploaded"}}
    assert mass(shop, external_userid=[friend], attachments=[image])["errcode"] == 40007


def test_a_young_task_is_still_being_dispatched(shop: Shop) -> None:
    shop.door.post("manners", mass_dispatch_seconds=10)
    friend = shop.befriend("zhangsan")
    task = mass(shop, external_userid=[friend])["msgid"]
    asked = {"msgid": task}
    assert shop.call(f"{CONTACT}/get_groupmsg_task", asked)["errcode"] == 41063
    shop.door.post("clock", move_seconds=10)
    assert shop.call(f"{CONTACT}/get_groupmsg_task", asked)["errcode"] == 0
    assert shop.call(f"{CONTACT}/get_groupmsg_task", msgid="guess")["errcode"] == 41047


def test_reminding_three_times_a_day_and_cancelling(shop: Shop) -> None:
    task = mass(shop, external_userid=[shop.befriend("zhangsan")])["msgid"]
    reminded = [shop.call(f"{CONTACT}/remind_groupmsg_send", msgid=task)["errcode"] for _ in range(4)]
    assert reminded == [0, 0, 0, 41094]
    shop.door.post("clock", move_seconds=86_401)
    assert shop.call(f"{CONTACT}/remind_groupmsg_send", msgid=task)["errcode"] == 0
    cancelled = [shop.call(f"{CONTACT}/cancel_groupmsg_send", msgid=task)["errcode"] for _ in range(2)]
    assert cancelled == [0, 0]
    assert shop.act("confirm", msgid=task, userid="zhangsan") == {"sent": 0}
    assert shop.call(f"{CONTACT}/remind_groupmsg_send", msgid=task)["errcode"] == 41093


def test_staff_confirm_after_hours_or_never(shop: Shop) -> None:
    shop.hire(*(f"u{number}" for number in range(40)))
    shop.door.post("manners", staff_confirm=0.5, staff_hours=4)
    friends = [shop.befriend(f"u{number}") for number in range(40)]
    task = mass(shop, external_userid=friends)["msgid"]

    def sent() -> int:
        told = shop.call(f"{CONTACT}/get_groupmsg_task", msgid=task)["task_list"]
        return sum(1 for each in told if each["status"] == 2)

    assert sent() == 0
    shop.door.post("clock", move_seconds=2 * 3600)
    soon = sent()
    shop.door.post("clock", move_seconds=1_000_000)
    assert 0 < soon < sent() < 40


def test_tasks_are_listed(shop: Shop) -> None:
    made = [mass(shop, external_userid=[shop.befriend("zhangsan")])["msgid"] for _ in range(3)]
    asked = {
        "chat_type": "single",
        "start_time": 1_789_999_000,
        "end_time": 1_790_000_001,
        "filter_type": 2,
        "limit": 2,
    }
    first = shop.call(f"{CONTACT}/get_groupmsg_list_v2", asked)
    second = shop.call(f"{CONTACT}/get_groupmsg_list_v2", asked, cursor=first["next_cursor"])
    assert [each["msgid"] for each in first["group_msg_list"] + second["group_msg_list"]] == made
    assert second["next_cursor"] == ""


def test_a_file_is_good_for_three_days(shop: Shop) -> None:
    media = shop.upload("image", b"\xff\xd8\x00picture")
    got = HTTP.get(f"{shop.url}/cgi-bin/media/get", params={"access_token": shop.token, "media_id": media})
    assert got.content == b"\xff\xd8\x00picture"
    friend = shop.befriend("zhangsan")
    image = [{"msgtype": "image", "image": {"media_id": media}}]
    assert mass(shop, external_userid=[friend], attachments=image)["errcode"] == 0
    shop.door.post("clock", move_seconds=3 * 86_400)
    assert mass(shop, external_userid=[friend], attachments=image)["errcode"] == 40007


@pytest.mark.parametrize(
    ("kind", "size", "code"), [("image", 5, 40006), ("voice", 2_000_001, 40006), ("song", 9, 40004)]
)
def test_bad_files_are_refused(shop: Shop, kind: str, size: int, code: int) -> None:
    files = {"media": ("a.bin", b"x" * size, "application/octet-stream")}
    query = {"access_token": shop.token, "type": kind}
    assert HTTP.post(f"{shop.url}/cgi-bin/media/upload", params=query, files=files).json()["errcode"] == code


def test_a_lasting_picture_may_be_sent_by_its_address(shop: Shop) -> None:
    files = {"media": ("a.png", b"x" * 100, "image/png")}
    query = {"access_token": shop.token}
    url = HTTP.post(f"{shop.url}/cgi-bin/media/uploadimg", params=query, files=files).json()["url"]
    friend = shop.befriend("zhangsan")
    codes = [
        mass(shop, external_userid=[friend], attachments=[{"msgtype": "image", "image": {"pic_url": each}}])["errcode"]
        for each in (url, "https://elsewhere/a.png")
    ]
    assert codes == [0, 40058]


def test_people_come_and_go_in_a_group_and_the_callback_says_who(shop: Shop, listener: Listener) -> None:
    chat = shop.act("open_group", owner="zhangsan", name="静安老客")["chat_id"]
    friend = shop.befriend("zhangsan", name="林晓", unionid="o1")
    shop.act("invite", chat_id=chat, external_userid=friend)
    shown = shop.call(f"{CONTACT}/groupchat/get", chat_id=chat, need_name=1)["group_chat"]
    assert [(each["userid"], each["type"]) for each in shown["member_list"]] == [("zhangsan", 1), (friend, 2)]
    seat = shown["member_list"][1]
    assert (seat["name"], seat["unionid"], seat["invitor"]) == ("林晓", "o1", {"userid": "zhangsan"})
    shop.act("leave", chat_id=chat, external_userid=friend)
    told = [each for each in shop.heard(listener) if each["Event"] == "change_external_chat"]
    assert [each.get("UpdateDetail", each["ChangeType"]) for each in told] == ["create", "add_member", "del_member"]
    assert (told[1]["MemChangeList"], told[1]["MemChangeCnt"]) == (friend, "1")
    assert told[1]["CurMemVer"] == told[2]["LastMemVer"] == shown["member_version"]


def test_a_group_may_be_shown_as_it_was_for_a_moment(shop: Shop) -> None:
    shop.door.post("manners", group_lag_seconds=3)
    chat = shop.act("open_group", owner="zhangsan")["chat_id"]
    shop.act("join", chat_id=chat)

    def size() -> int:
        return len(shop.call(f"{CONTACT}/groupchat/get", chat_id=chat)["group_chat"]["member_list"])

    assert size() == 1
    shop.door.post("clock", move_seconds=3)
    assert size() == 2


def test_a_full_group_gives_way_to_a_new_one(shop: Shop) -> None:
    shop.door.post("manners", group_scan_max=3)
    chat = shop.act("open_group", owner="zhangsan", name="福利群")["chat_id"]
    wish = {"scene": 2, "chat_id_list": [chat], "auto_create_room": 1, "room_base_name": "福利群", "room_base_id": 2}
    way = shop.call(f"{CONTACT}/groupchat/add_join_way", wish, state="海报")["config_id"]
    shown = shop.call(f"{CONTACT}/groupchat/get_join_way", config_id=way)["join_way"]
    where = [shop.act("join", code=shown["qr_code"])["chat_id"] for _ in range(4)]
    assert where[0] == where[1] == chat != where[2] == where[3]
    made = shop.call(f"{CONTACT}/groupchat/get", chat_id=where[2])["group_chat"]
    assert (made["name"], made["owner"]) == ("福利群2", "zhangsan")
    assert (made["member_list"][1]["state"], made["member_list"][1]["join_scene"]) == ("海报", 3)
    assert shop.call(f"{CONTACT}/groupchat/get_join_way", config_id=way)["join_way"]["chat_id_list"] == [chat, where[2]]


def test_a_join_way_has_five_groups_at_most(shop: Shop) -> None:
    chats = [shop.act("open_group", owner="zhangsan")["chat_id"] for _ in range(6)]
    add = f"{CONTACT}/groupchat/add_join_way"
    assert [shop.call(add, scene=2, chat_id_list=chats[:size])["errcode"] for size in (5, 6)] == [0, 41091]
    assert shop.call(add, scene=2, chat_id_list=["wr_none"])["errcode"] == 40050


def test_groups_are_listed_and_counted(shop: Shop) -> None:
    mine = [shop.act("open_group", owner="zhangsan")["chat_id"] for _ in range(3)]
    shop.act("open_group", owner="lisi")
    asked = {"owner_filter": {"userid_list": ["zhangsan"]}, "limit": 2}
    first = shop.call(f"{CONTACT}/groupchat/list", asked)
    second = shop.call(f"{CONTACT}/groupchat/list", asked, cursor=first["next_cursor"])
    assert [each["chat_id"] for each in first["group_chat_list"] + second["group_chat_list"]] == mine
    counted = shop.call(f"{CONTACT}/groupchat/statistic", day_begin_time=1_790_000_000)
    assert [(each["owner"], each["data"]["new_chat_cnt"]) for each in counted["items"]] == [
        ("zhangsan", 3),
        ("lisi", 1),
    ]


def test_a_mass_message_to_groups(shop: Shop) -> None:
    mine = [shop.act("open_group", owner="zhangsan")["chat_id"] for _ in range(2)]
    other = shop.act("open_group", owner="lisi")["chat_id"]
    task = mass(shop, chat_type="group", sender="zhangsan", chat_id_list=[*mine, other])
    assert task["fail_list"] == [other]
    shop.act("dismiss_group", chat_id=mine[1])
    shop.act("confirm", msgid=task["msgid"], userid="zhangsan")
    assert results(shop, task["msgid"]) == {mine[0]: 1, mine[1]: 2}
    assert shop.delivered()[-1]["kind"] == "mass_group"


def test_group_welcome_templates(shop: Shop) -> None:
    add = f"{CONTACT}/group_welcome_template"
    made = shop.call(f"{add}/add", text={"content": "欢迎%NICKNAME%"})["template_id"]
    shop.call(f"{add}/edit", template_id=made, text={"content": "你好"})
    assert shop.call(f"{add}/get", template_id=made)["text"] == {"content": "你好"}
    shop.call(f"{add}/del", template_id=made)
    assert shop.call(f"{add}/get", template_id=made)["errcode"] == 40058
