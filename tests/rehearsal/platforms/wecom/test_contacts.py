"""Members, customers, tags, contact ways, welcome messages: what WeCom answers and tells."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.platform_worlds import AES_KEY, CORP, HTTP, TOKEN, Listener, Shop, opened, wecom_running
from tests.rehearsal.platforms.wecom.conftest import NOW

CONTACT = "externalcontact"


def codes(*answers: dict[str, Any]) -> list[int]:
    return [each["errcode"] for each in answers]


def test_a_wrong_corp_and_a_wrong_secret_are_told_apart(shop: Shop) -> None:
    def gettoken(corpid: str, secret: str) -> int:
        query = {"corpid": corpid, "corpsecret": secret}
        return HTTP.get(f"{shop.url}/cgi-bin/gettoken", params=query).json()["errcode"]

    assert [gettoken(CORP, shop.secret), gettoken("ww_other", shop.secret), gettoken(CORP, "guess")] == [
        0,
        40013,
        40001,
    ]


def test_calls_from_elsewhere_and_without_token_are_refused_in_the_platforms_words(shop: Shop) -> None:
    shop.door.post("corp", corpid=CORP, agentid=shop.agentid, ips=["10.1.2.3"])
    refused = shop.ask(f"{CONTACT}/get_follow_user_list")
    assert refused["errcode"] == 60020
    assert "from ip: 127.0.0.1," in refused["errmsg"]
    assert HTTP.get(f"{shop.url}/cgi-bin/user/get").json()["errcode"] == 41001


def test_an_app_that_may_not_call_is_48002(shop: Shop) -> None:
    shop.door.post("corp", corpid=CORP, agentid=shop.agentid, may_contact=False)
    assert codes(shop.ask(f"{CONTACT}/get_follow_user_list"), shop.ask("user/get", userid="lisi")) == [48002, 0]


def test_departments_and_members(shop: Shop) -> None:
    shop.door.post("departments", departments=[{"id": 2, "name": "门店"}, {"id": 3, "name": "静安", "parentid": 2}])
    shop.hire("wangwu", name="王五", department=[3])
    assert [each["id"] for each in shop.ask("department/list", id="2")["department"]] == [2, 3]
    inside = shop.ask("user/list", department_id="2", fetch_child="1")["userlist"]
    assert [(each["userid"], each["name"], each["main_department"]) for each in inside] == [("wangwu", "王五", 3)]
    assert shop.ask("user/simplelist", department_id="2")["userlist"] == []
    assert shop.call("user/list_id", limit=2)["dept_user"][1] == {"userid": "lisi", "department": 1}
    shop.door.post("dismiss", userid="wangwu")
    assert codes(shop.ask("user/get", userid="wangwu"), shop.ask("user/get", userid="nobody")) == [40003, 60111]


def test_a_customer_scans_and_is_known(shop: Shop, listener: Listener) -> None:
    way = shop.call(f"{CONTACT}/add_contact_way", type=2, scene=2, state="门店海报", user=["zhangsan", "lisi"])
    added = [shop.act("add", code=way["qr_code"], name=f"客户{number}", unionid=f"o{number}") for number in range(3)]
    assert [each["userid"] for each in added] == ["zhangsan", "lisi", "zhangsan"]
    told = shop.heard(listener)
    assert [(each["ChangeType"], each["UserID"], each["State"]) for each in told] == [
        ("add_external_contact", userid, "门店海报") for userid in ("zhangsan", "lisi", "zhangsan")
    ]
    one = shop.ask(f"{CONTACT}/get", external_userid=added[0]["external_userid"])
    assert (one["external_contact"]["name"], one["external_contact"]["unionid"]) == ("客户0", "o0")
    follow = one["follow_user"][0]
    assert (follow["userid"], follow["state"], follow["add_way"], follow["tags"]) == ("zhangsan", "门店海报", 1, [])
    assert len(shop.ask(f"{CONTACT}/list", userid="zhangsan")["external_userid"]) == 2


def test_a_member_without_customers_is_84061(shop: Shop) -> None:
    assert shop.ask(f"{CONTACT}/list", userid="lisi")["errcode"] == 84061


def test_all_customers_are_found_page_by_page_even_when_some_leave_between(shop: Shop) -> None:
    friends = [shop.befriend(("zhangsan", "lisi")[number % 2]) for number in range(11)]
    shop.door.post("manners", empty_pages=3)
    found: list[str] = []
    cursor, pages = "", 0
    while pages == 0 or cursor:
        answer = shop.call(f"{CONTACT}/batch/get_by_user", userid_list=["zhangsan", "lisi"], cursor=cursor, limit=2)
        found += [each["external_contact"]["external_userid"] for each in answer["external_contact_list"]]
        cursor, pages = answer["next_cursor"], pages + 1
        if pages == 2:
            shop.act("drop", userid="zhangsan", external_userid=friends[0])
            shop.act("drop", userid="lisi", external_userid=friends[9])
    assert sorted(found) == sorted(set(friends) - {friends[9]})
    assert pages > 6  # some of them empty


def test_remarks_and_tags_belong_to_one_member_and_one_customer(shop: Shop) -> None:
    friend = shop.befriend("zhangsan", name="林晓")
    shop.befriend("lisi", external_userid=friend)
    tag = shop.call(f"{CONTACT}/add_corp_tag", group_name="肤质", tag=[{"name": "干皮"}])["tag_group"]["tag"][0]["id"]
    pair = {"userid": "zhangsan", "external_userid": friend}
    assert codes(
        shop.call(f"{CONTACT}/mark_tag", pair, add_tag=[tag]),
        shop.call(f"{CONTACT}/remark", pair, remark="林姐", remark_mobiles=["16400000002"]),
        shop.call(f"{CONTACT}/mark_tag", pair),
        shop.call(f"{CONTACT}/mark_tag", pair, add_tag=["et_none"]),
        shop.call(f"{CONTACT}/remark", pair, remark="长" * 21),
    ) == [0, 0, 40058, 40068, 40058]
    mine, other = shop.ask(f"{CONTACT}/get", external_userid=friend)["follow_user"]
    assert mine["tags"] == [{"group_name": "肤质", "tag_name": "干皮", "tag_id": tag, "type": 1}]
    assert (mine["remark"], mine["remark_mobiles"]) == ("林姐", ["16400000002"])
    assert (other["tags"], other["remark"]) == ([], "")


@pytest.mark.parametrize("echo", [False, True])
def test_what_the_api_changes_is_told_or_not_as_is_wished(shop: Shop, listener: Listener, echo: bool) -> None:
    friend = shop.befriend("zhangsan")
    shop.door.post("manners", echo=echo)
    shop.call(f"{CONTACT}/remark", userid="zhangsan", external_userid=friend, remark="林姐")
    told = [each["ChangeType"] for each in shop.heard(listener)]
    assert told == ["add_external_contact", *(["edit_external_contact"] if echo else [])]


def test_tags_of_the_library(shop: Shop, listener: Listener) -> None:
    group = shop.call(
        f"{CONTACT}/add_corp_tag", group_name="肤质", tag=[{"name": "干皮", "order": 1}, {"name": "油皮", "order": 2}]
    )
    again = shop.call(f"{CONTACT}/add_corp_tag", group_name="肤质", tag=[{"name": "干皮"}, {"name": "敏感"}])
    assert again["tag_group"]["group_id"] == group["tag_group"]["group_id"]
    assert [each["name"] for each in again["tag_group"]["tag"]] == ["敏感"]
    library = shop.call(f"{CONTACT}/get_corp_tag_list")["tag_group"]
    assert [each["name"] for each in library[0]["tag"]] == ["油皮", "干皮", "敏感"]
    made = shop.door.post("tags", groups=[{"name": "来源", "tags": ["门店"]}])["tags"]["门店"]
    assert shop.heard(listener)[-1] | {"Id": made, "TagType": "tag", "ChangeType": "create"} == shop.heard(listener)[-1]
    first = library[0]["tag"][0]["id"]
    assert codes(
        shop.call(f"{CONTACT}/edit_corp_tag", id=first, name="混油"),
        shop.call(f"{CONTACT}/edit_corp_tag", id=first, name="干皮"),
        shop.call(f"{CONTACT}/edit_corp_tag", id=made, name="线下"),
        shop.call(f"{CONTACT}/del_corp_tag", tag_id=[each["id"] for each in library[0]["tag"]]),
        shop.call(f"{CONTACT}/del_corp_tag", tag_id=[first]),
    ) == [0, 40071, 301002, 0, 40068]
    assert [each["group_name"] for each in shop.call(f"{CONTACT}/get_corp_tag_list")["tag_group"]] == ["来源"]


def test_a_deleted_tag_is_on_nobody(shop: Shop) -> None:
    friend = shop.befriend("zhangsan")
    tag = shop.call(f"{CONTACT}/add_corp_tag", group_name="肤质", tag=[{"name": "干皮"}])["tag_group"]["tag"][0]["id"]
    shop.call(f"{CONTACT}/mark_tag", userid="zhangsan", external_userid=friend, add_tag=[tag])
    shop.call(f"{CONTACT}/del_corp_tag", tag_id=[tag])
    found = shop.call(f"{CONTACT}/batch/get_by_user", userid_list=["zhangsan"])["external_contact_list"]
    assert found[0]["follow_info"]["tag_id"] == []


def test_a_contact_way_is_read_changed_listed_and_deleted(shop: Shop) -> None:
    made = shop.call(f"{CONTACT}/add_contact_way", type=1, scene=2, user=["zhangsan"], state="a", remark="海报")[
        "config_id"
    ]
    shop.call(f"{CONTACT}/update_contact_way", config_id=made, user=["lisi"], state="b")
    told = shop.call(f"{CONTACT}/get_contact_way", config_id=made)["contact_way"]
    assert (told["user"], told["state"], told["remark"], told["type"]) == (["lisi"], "b", "海报", 1)
    assert shop.call(f"{CONTACT}/list_contact_way")["contact_way"] == [{"config_id": made}]
    assert codes(
        shop.call(f"{CONTACT}/del_contact_way", config_id=made),
        shop.call(f"{CONTACT}/get_contact_way", config_id=made),
        shop.call(f"{CONTACT}/get_contact_way"),
    ) == [0, 41044, 41043]


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"scene": 2, "user": ["zhangsan"]}, 41037),
        ({"type": 3, "scene": 2, "user": ["zhangsan"]}, 41038),
        ({"type": 1, "scene": 9, "user": ["zhangsan"]}, 41040),
        ({"type": 1, "scene": 2, "user": ["zhangsan", "lisi"]}, 40058),
        ({"type": 2, "scene": 2, "user": ["nobody"]}, 60111),
        ({"type": 2, "scene": 2, "user": ["sleeper"]}, 41054),
        ({"type": 2, "scene": 2, "user": [f"u{number}" for number in range(101)]}, 41041),
        ({"type": 2, "scene": 2, "user": ["zhangsan"], "state": "长" * 31}, 40058),
        ({"type": 2, "scene": 2, "user": ["zhangsan"], "is_temp": True}, 40058),
    ],
)
def test_a_bad_contact_way_is_refused(shop: Shop, wish: dict[str, Any], code: int) -> None:
    shop.hire("sleeper", active=False)
    assert shop.call(f"{CONTACT}/add_contact_way", wish)["errcode"] == code


def test_an_exclusive_way_leads_back_to_the_member_one_has(shop: Shop) -> None:
    wish = {"type": 2, "scene": 2, "user": ["zhangsan", "lisi"], "is_exclusive": True}
    way = shop.call(f"{CONTACT}/add_contact_way", wish)["config_id"]
    first = shop.act("add", code=way, unionid="o1")
    assert shop.act("add", code=way, unionid="o1") == {**first, "added": False}


def welcome_of(shop: Shop, listener: Listener) -> str:
    return shop.heard(listener)[-1]["WelcomeCode"]


def test_a_welcome_is_sent_once(shop: Shop, listener: Listener) -> None:
    friend = shop.befriend("zhangsan")
    code = welcome_of(shop, listener)
    hello = {"welcome_code": code, "text": {"content": "欢迎"}}
    sent = [shop.call(f"{CONTACT}/send_welcome_msg", hello) for _ in range(2)]
    assert codes(*sent) == [0, 41051]
    (delivery,) = shop.delivered()
    assert (delivery["kind"], delivery["userid"], delivery["to"]) == ("welcome", "zhangsan", [friend])
    assert delivery["content"]["text"] == {"content": "欢迎"}


def test_a_welcome_code_lives_twenty_seconds(shop: Shop, listener: Listener) -> None:
    shop.befriend("zhangsan")
    shop.befriend("zhangsan")
    first, second = (each["WelcomeCode"] for each in shop.heard(listener))
    shop.door.post("clock", move_seconds=19.9)
    assert shop.call(f"{CONTACT}/send_welcome_msg", welcome_code=first, text={"content": "早"})["errcode"] == 0
    shop.door.post("clock", move_seconds=0.1)
    assert shop.call(f"{CONTACT}/send_welcome_msg", welcome_code=second, text={"content": "晚"})["errcode"] == 41050
    assert shop.call(f"{CONTACT}/send_welcome_msg", welcome_code="guess", text={"content": "晚"})["errcode"] == 41050


def test_who_is_chatting_already_gets_no_welcome(shop: Shop, listener: Listener) -> None:
    friend = shop.befriend("zhangsan")
    shop.door.post("clock", move_seconds=1)
    shop.act("chat", userid="zhangsan", external_userid=friend)
    answer = shop.call(f"{CONTACT}/send_welcome_msg", welcome_code=welcome_of(shop, listener), text={"content": "晚"})
    assert answer["errcode"] == 41051


def test_half_a_friend_becomes_whole_with_one_welcome(shop: Shop, listener: Listener) -> None:
    friend = shop.befriend("zhangsan", half=True, state="s")
    assert shop.ask(f"{CONTACT}/list", userid="zhangsan")["errcode"] == 84061
    shop.befriend("zhangsan", external_userid=friend)
    told = [(each["ChangeType"], "WelcomeCode" in each, each["State"]) for each in shop.heard(listener)]
    assert told == [("add_half_external_contact", True, "s"), ("add_external_contact", False, "s")]


def test_deleting_in_both_directions(shop: Shop, listener: Listener) -> None:
    friend, other = shop.befriend("zhangsan"), shop.befriend("zhangsan")
    shop.act("delete", userid="zhangsan", external_userid=friend)
    shop.act("drop", userid="zhangsan", external_userid=other)
    assert [each["ChangeType"] for each in shop.heard(listener)][2:] == ["del_follow_user", "del_external_contact"]
    pair = {"userid": "zhangsan", "remark": "还在"}
    assert codes(
        shop.call(f"{CONTACT}/remark", pair, external_userid=friend),  # the customer left: calls go on working
        shop.call(f"{CONTACT}/remark", pair, external_userid=other),
        shop.ask(f"{CONTACT}/get", external_userid=other),
    ) == [0, 84061, 84061]
    again = shop.act("add", userid="zhangsan", external_userid=friend)
    assert again["added"]
    assert "WelcomeCode" in shop.heard(listener)[-1]


def test_an_address_for_callbacks_is_checked_first(shop: Shop, listener: Listener) -> None:
    def answer(path: str, query: dict[str, str], body: bytes) -> tuple[int, bytes]:
        from rehearsal.platforms.core.envelope import Envelope

        return 200, Envelope(TOKEN, AES_KEY, CORP).open(query["echostr"]) if path == "/right" else b"hello"

    listener.answer = answer
    to = {"token": TOKEN, "aes_key": AES_KEY}
    assert shop.door.post("callback", url=f"{listener.url}/wrong", **to)["verified"] is False
    assert shop.door.post("callback", url=f"{listener.url}/right", **to)["verified"] is True


def test_a_retry_carries_the_same_words(shop: Shop, listener: Listener) -> None:
    statuses = [500, 200]
    listener.answer = lambda path, query, body: (statuses.pop(0), b"")
    shop.befriend("zhangsan")
    shop.door.post("settle")
    first, second = listener.heard
    assert first[2] != second[2]
    assert opened(CORP, first[1], first[2]) == opened(CORP, second[1], second[2])


def test_a_member_signs_in(shop: Shop) -> None:
    query = {"appid": CORP, "redirect_uri": "http://127.0.0.1/back?a=1", "state": "S", "scope": "snsapi_privateinfo"}
    page = HTTP.get(f"{shop.url}/connect/oauth2/authorize", params=query)
    assert "zhangsan" in page.text
    back = HTTP.get(f"{shop.url}/connect/oauth2/authorize", params={**query, "member": "zhangsan"})
    asked = parse_qs(urlsplit(back.headers["location"]).query)
    assert (asked["a"], asked["state"]) == (["1"], ["S"])
    who = shop.ask("auth/getuserinfo", code=asked["code"][0])
    assert who["userid"] == "zhangsan"
    assert shop.call("auth/getuserdetail", user_ticket=who["user_ticket"])["mobile"] == "16400000001"
    assert shop.ask("auth/getuserinfo", code=asked["code"][0])["errcode"] == 40029
    customer = HTTP.get(f"{shop.url}/connect/oauth2/authorize", params={**query, "external_userid": "wm1"})
    came = parse_qs(urlsplit(customer.headers["location"]).query)["code"][0]
    assert shop.ask("auth/getuserinfo", code=came)["external_userid"] == "wm1"
    outsider = shop.door.post("code", external_userid="wm1", openid="o1")["code"]
    assert shop.ask("auth/getuserinfo", code=outsider) == {
        "errcode": 0,
        "errmsg": "ok",
        "openid": "o1",
        "external_userid": "wm1",
    }


def test_tickets_for_the_side_bar(shop: Shop) -> None:
    corp, app = shop.ask("get_jsapi_ticket"), shop.ask("ticket/get", type="agent_config")
    assert corp["ticket"] != app["ticket"]
    assert shop.ask("get_jsapi_ticket")["ticket"] == corp["ticket"]


def test_many_customers_at_once(shop: Shop) -> None:
    filled = shop.door.post("populate", members=3, customers=700, tags=30, tags_each=4)
    assert (filled["customers"], filled["tags"]) == (700, 30)
    page = shop.call(f"{CONTACT}/batch/get_by_user", userid_list=["adviser0000"], limit=100)
    assert len(page["external_contact_list"]) == 100
    assert all(len(each["follow_info"]["tag_id"]) == 4 for each in page["external_contact_list"])


def test_the_same_person_has_the_same_id_in_a_corp_and_another_elsewhere() -> None:
    with wecom_running(NOW, 0.0) as platform:
        here, there = Shop(platform, "ww_here", "s1"), Shop(platform, "ww_there", "s2")
        for each in (here, there):
            each.hire("zhangsan", "lisi")
        first = here.befriend("zhangsan", unionid="o1")
        assert here.befriend("lisi", unionid="o1") == first != there.befriend("zhangsan", unionid="o1")
