"""Every answer and callback of the simulated WeCom is built like the platform's: same keys, same JSON types."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.platform_worlds import HTTP, Listener, Shop
from tests.rehearsal.platforms.wecom.shapes import ANSWERS, CALLBACKS, misfits

C, K = "externalcontact", "kf"
SAMPLES = Path(os.environ.get("SIYU_REAL_DATA", "../shared/data")) / "wecom"
ENVELOPE = {"ToUserName", "FromUserName", "CreateTime", "MsgType", "Event", "ChangeType"}
OUTER = {"SuiteId": "", "AuthCorpId": "ToUserName", "InfoType": "Event", "TimeStamp": "CreateTime"}
"""What third-party apps get in place of the envelope."""


def uploaded(shop: Shop, path: str, **query: str) -> dict[str, Any]:
    files = {"media": ("a.png", b"a picture", "image/png")}
    return HTTP.post(
        f"{shop.url}/cgi-bin/media/{path}", params={"access_token": shop.token, **query}, files=files
    ).json()


def a_day_of_everything(shop: Shop) -> dict[str, dict[str, Any]]:
    """One answer of each call, from a shop where a bit of everything has happened."""
    told: dict[str, dict[str, Any]] = {}
    query = {"corpid": shop.corpid, "corpsecret": shop.secret}
    told["Cgibin/GetToken"] = HTTP.get(f"{shop.url}/cgi-bin/gettoken", params=query).json()
    told["Cgibin/GetApiDomainIp"] = shop.ask("get_api_domain_ip")
    told["Cgibin/GetJsapiTicket"] = shop.ask("get_jsapi_ticket")
    told["Cgibin/TicketGet"] = shop.ask("ticket/get", type="agent_config")
    address_book(shop, told)
    friend = contacts(shop, told)
    groups(shop, told, friend)
    sending(shop, told, friend)
    moments(shop, told, friend)
    acquisition(shop, told)
    service(shop, told)
    work(shop, told)
    transfers(shop, told)
    return told


def address_book(shop: Shop, told: dict[str, dict[str, Any]]) -> None:
    told["User/Get"] = shop.ask("user/get", userid="lisi")
    told["User/List"] = shop.ask("user/list", department_id="1")
    told["User/SimpleList"] = shop.ask("user/simplelist", department_id="1")
    told["User/ListId"] = shop.call("user/list_id")
    told["User/GetUserId"] = shop.call("user/getuserid", mobile="16400000001")
    message = {"touser": "lisi|nobody", "msgtype": "text", "agentid": shop.agentid, "text": {"content": "请确认"}}
    told["Message/Send"] = shop.call("message/send", message)


def contacts(shop: Shop, told: dict[str, dict[str, Any]]) -> str:
    add_way = {
        "type": 1,
        "scene": 2,
        "user": ["zhangsan"],
        "state": "海报",
        "conclusions": {"text": {"content": "你好"}},
    }
    told["ContactWay/AddContactWay"] = way = shop.call(f"{C}/add_contact_way", add_way)
    told["ContactWay/GetContactWay"] = shop.call(f"{C}/get_contact_way", config_id=way["config_id"])
    told["ContactWay/ListContactWay"] = shop.call(f"{C}/list_contact_way")
    friend = shop.act("add", code=way["config_id"], unionid="o1")["external_userid"]
    shop.befriend("zhangsan", type=2, corp_name="腾讯", position="经理")
    told["CorpTag/AddCorpTag"] = tags = shop.call(f"{C}/add_corp_tag", group_name="肤质", tag=[{"name": "干皮"}])
    tag = tags["tag_group"]["tag"][0]["id"]
    shop.call(f"{C}/mark_tag", userid="zhangsan", external_userid=friend, add_tag=[tag])
    told["CorpTag/GetCorpTagList"] = shop.call(f"{C}/get_corp_tag_list")
    told["GetFollowUserList"] = shop.ask(f"{C}/get_follow_user_list")
    told["List"] = shop.ask(f"{C}/list", userid="zhangsan")
    told["Get"] = shop.ask(f"{C}/get", external_userid=friend)
    told["BatchGetByUser"] = shop.call(f"{C}/batch/get_by_user", userid_list=["zhangsan"])
    return friend


def groups(shop: Shop, told: dict[str, dict[str, Any]], friend: str) -> None:
    chat = shop.act("open_group", owner="zhangsan")["chat_id"]
    wish = {"scene": 2, "chat_id_list": [chat], "state": "海报", "room_base_name": "群"}
    told["GroupChat/AddJoinWay"] = way = shop.call(f"{C}/groupchat/add_join_way", wish)
    told["GroupChat/GetJoinWay"] = shop.call(f"{C}/groupchat/get_join_way", config_id=way["config_id"])
    shop.act("join", code=way["config_id"], external_userid=friend)
    shop.act("invite", chat_id=chat)
    told["GroupChat/List"] = shop.call(f"{C}/groupchat/list")
    told["GroupChat/Get"] = shop.call(f"{C}/groupchat/get", chat_id=chat, need_name=1)
    told["GroupChat/Statistics"] = shop.call(f"{C}/groupchat/statistic", day_begin_time=1_790_000_000)
    told["GroupChat/StatisticsGroupByDay"] = shop.call(
        f"{C}/groupchat/statistic_group_by_day", day_begin_time=1_790_000_000
    )
    media = {"image": {"media_id": shop.upload()}}
    template = shop.call(f"{C}/group_welcome_template/add", text={"content": "欢迎"}, **media)
    told["GroupWelcome/TemplateAdd"] = template
    told["GroupWelcome/TemplateGet"] = shop.call(f"{C}/group_welcome_template/get", template_id=template["template_id"])


def sending(shop: Shop, told: dict[str, dict[str, Any]], friend: str) -> None:
    told["Media/Upload"] = media = uploaded(shop, "upload", type="image")
    told["Media/UploadImage"] = uploaded(shop, "uploadimg")
    attachments = [
        {"msgtype": "image", "image": {"media_id": media["media_id"]}},
        {"msgtype": "link", "link": {"title": "新品", "picurl": "http://a/b.png", "desc": "看看", "url": "http://a"}},
    ]
    wish = {"external_userid": [friend, "wm_stranger"], "text": {"content": "上新"}, "attachments": attachments}
    told["GroupMessage/AddMessageTemplate"] = task = shop.call(f"{C}/add_msg_template", wish)
    shop.act("confirm", msgid=task["msgid"], userid="zhangsan")
    asked = {"chat_type": "single", "start_time": 1_789_990_000, "end_time": 1_790_001_000}
    told["GroupMessage/GetGroupMessageListV2"] = shop.call(f"{C}/get_groupmsg_list_v2", asked)
    told["GroupMessage/GetGroupMessageTask"] = shop.call(f"{C}/get_groupmsg_task", msgid=task["msgid"])
    result = shop.call(f"{C}/get_groupmsg_send_result", msgid=task["msgid"], userid="zhangsan")
    told["GroupMessage/GetGroupMessageSendResult"] = result


def moments(shop: Shop, told: dict[str, dict[str, Any]], friend: str) -> None:
    media = uploaded(shop, "upload_attachment", media_type="image", attachment_type="1")["media_id"]
    images = [{"msgtype": "image", "image": {"media_id": media}}]
    told["Moment/AddMomentTask"] = job = shop.call(f"{C}/add_moment_task", text={"content": "新品"}, attachments=images)
    told["Moment/GetMomentTaskResult"] = done = shop.ask(f"{C}/get_moment_task_result", jobid=job["jobid"])
    part = {"moment_id": done["result"]["moment_id"], "userid": "zhangsan"}
    shop.act("publish", **part)
    shop.act("comment", **part, external_userid=friend)
    shop.act("comment", **part, external_userid=friend, like=True)
    told["Moment/GetMomentList"] = shop.call(f"{C}/get_moment_list", start_time=1_789_990_000, end_time=1_790_001_000)
    told["Moment/GetMomentTask"] = shop.call(f"{C}/get_moment_task", moment_id=part["moment_id"])
    told["Moment/GetMomentCustomerList"] = shop.call(f"{C}/get_moment_customer_list", part)
    told["Moment/GetMomentSendResult"] = shop.call(f"{C}/get_moment_send_result", part)
    told["Moment/GetMomentComments"] = shop.call(f"{C}/get_moment_comments", part)


def acquisition(shop: Shop, told: dict[str, dict[str, Any]]) -> None:
    path = f"{C}/customer_acquisition"
    wish = {
        "link_name": "抖音",
        "range": {"user_list": ["lisi"]},
        "priority_option": {"priority_type": 2, "priority_userid_list": ["lisi"]},
    }
    told["CustomerAcquisition/CreateLink"] = link = shop.call(f"{path}/create_link", wish)
    asked = {"link_id": link["link"]["link_id"]}
    shop.act("link", url=link["link"]["url"], channel="A")
    told["CustomerAcquisition/ListLink"] = shop.call(f"{path}/list_link")
    told["CustomerAcquisition/Get"] = shop.call(f"{path}/get", asked)
    told["CustomerAcquisition/Customer"] = shop.call(f"{path}/customer", asked)
    told["CustomerAcquisition/Quota"] = shop.ask(f"{path}_quota")
    told["CustomerAcquisition/Statistic"] = shop.call(
        f"{path}/statistic", asked, start_time=1_789_990_000, end_time=1_790_001_000
    )


def service(shop: Shop, told: dict[str, dict[str, Any]]) -> None:
    told["Kf/AccountAdd"] = shop.call(f"{K}/account/add", name="客服", media_id="m")
    account = {"open_kfid": told["Kf/AccountAdd"]["open_kfid"]}
    told["Kf/AccountList"] = shop.call(f"{K}/account/list")
    told["Kf/AddContactWay"] = shop.call(f"{K}/add_contact_way", account, scene="a1")
    told["Kf/ServicerAdd"] = shop.call(f"{K}/servicer/add", account, userid_list=["lisi", "zhangsan"])
    told["Kf/ServicerDelete"] = shop.call(f"{K}/servicer/del", account, userid_list=["zhangsan"])
    told["Kf/ServicerList"] = shop.ask(f"{K}/servicer/list", **account)
    visitor = shop.act("kf_enter", **account, scene="a1", scene_param="p", unionid="o9")["external_userid"]
    shop.act("kf_say", **account, external_userid=visitor, text="在吗")
    told["Kf/SendMessage"] = shop.call(f"{K}/send_msg", account, touser=visitor, msgtype="text", text={"content": "在"})
    whom = {**account, "external_userid": visitor}
    told["Kf/ServiceStateTransfer"] = shop.call(
        f"{K}/service_state/trans", whom, service_state=3, servicer_userid="lisi"
    )
    told["Kf/ServiceStateGet"] = shop.call(f"{K}/service_state/get", whom)
    shop.act("kf_answer", **whom, userid="lisi", text="您好")
    shop.act("kf_reject", **whom)
    told["Kf/SyncMessage"] = read = shop.call(f"{K}/sync_msg", account)
    code = read["msg_list"][0]["event"]["welcome_code"]
    told["Kf/SendMessageOnEvent"] = shop.call(
        f"{K}/send_msg_on_event", code=code, msgtype="text", text={"content": "欢迎"}
    )
    asked = {"external_userid_list": [visitor, "wm_stranger"], "need_enter_session_context": 1}
    told["Kf/CustomerBatchGet"] = shop.call(f"{K}/customer/batchget", asked)
    told["Kf/GetCorpQualification"] = shop.ask(f"{K}/get_corp_qualification")


def work(shop: Shop, told: dict[str, dict[str, Any]]) -> None:
    friend = shop.befriend("lisi")
    shop.act("chat", userid="lisi", external_userid=friend)
    shop.act("chat", userid="lisi", external_userid=friend, by="member", text="您好")
    days = {"start_time": 1_789_920_000, "end_time": 1_789_920_000}
    told["GetUserBehaviorData"] = shop.call(f"{C}/get_user_behavior_data", days, userid=["lisi"])
    words = {"rule_name": "飞单", "word_list": ["加我微信"], "semantics_list": [3], "intercept_type": 1}
    whose = {"applicable_range": {"user_list": ["lisi"], "department_list": [1]}}
    told["InterceptRule/AddInterceptRule"] = rule = shop.call(f"{C}/add_intercept_rule", words, **whose)
    told["InterceptRule/GetInterceptRuleList"] = shop.ask(f"{C}/get_intercept_rule_list")
    told["InterceptRule/GetInterceptRule"] = shop.call(f"{C}/get_intercept_rule", rule_id=rule["rule_id"])


def transfers(shop: Shop, told: dict[str, dict[str, Any]]) -> None:
    shop.hire("wangwu", "leaver")
    one, other, third = shop.befriend("wangwu"), shop.befriend("leaver"), shop.befriend("leaver")
    chat = shop.act("open_group", owner="leaver")["chat_id"]
    stays = {"handover_userid": "wangwu", "takeover_userid": "lisi"}
    leaves = {"handover_userid": "leaver", "takeover_userid": "lisi"}
    told["Transfer/TransferCustomer"] = shop.call(f"{C}/transfer_customer", stays, external_userid=[one, "wm_stranger"])
    shop.act("refuse_transfer", external_userid=one)
    told["Transfer/TransferResult"] = shop.call(f"{C}/transfer_result", stays)
    told["GroupChat/Transfer"] = shop.call(f"{C}/groupchat/transfer", chat_id_list=[chat], new_owner="lisi")
    told["GroupChat/OnJobTransfer"] = shop.call(
        f"{C}/groupchat/onjob_transfer", chat_id_list=["wr_none"], new_owner="lisi"
    )
    shop.door.post("dismiss", userid="leaver")
    told["GetUnassignedList"] = shop.call(f"{C}/get_unassigned_list")
    told["Transfer/ResignedTransferCustomer"] = shop.call(
        f"{C}/resigned/transfer_customer", leaves, external_userid=[other, third]
    )
    shop.door.post("clock", move_seconds=86_400)
    told["Transfer/ResignedTransferResult"] = shop.call(f"{C}/resigned/transfer_result", leaves)


def test_every_answer_is_built_as_the_platform_builds_it(shop: Shop) -> None:
    told = a_day_of_everything(shop)
    assert set(told) == set(ANSWERS)
    assert {name: wrong for name, answer in told.items() if (wrong := misfits(ANSWERS[name], answer, name))} == {}
    assert all(_lists_are_filled(answer) for name, answer in told.items() if name not in _MAY_BE_EMPTY), told


_MAY_BE_EMPTY = {
    "User/Get",
    "User/List",
    "Get",
    "BatchGetByUser",
    "GroupChat/Get",
    "ContactWay/GetContactWay",
    "Moment/GetMomentTaskResult",
}
_MAY_BE_EMPTY |= {"CustomerAcquisition/Get"}


def _lists_are_filled(found: Any) -> bool:
    """An empty list would fit every shape."""
    if isinstance(found, list):
        return bool(found) and all(_lists_are_filled(each) for each in found)
    return not isinstance(found, dict) or all(_lists_are_filled(each) for each in found.values())


def test_every_callback_is_built_as_the_platform_builds_it(shop: Shop, listener: Listener) -> None:
    a_day_of_everything(shop)
    shop.door.post("manners", echo=True)
    friend = shop.befriend("zhangsan", half=True)
    shop.act("agree", userid="zhangsan", external_userid=friend)
    shop.act("edit", userid="zhangsan", external_userid=friend)
    shop.act("delete", userid="zhangsan", external_userid=friend)
    chat = shop.act("open_group", owner="zhangsan")["chat_id"]
    shop.act("dismiss_group", chat_id=chat)
    tag = shop.call(f"{C}/add_corp_tag", group_name="x", tag=[{"name": "y"}])["tag_group"]["tag"][0]["id"]
    shop.call(f"{C}/edit_corp_tag", id=tag, name="z")
    shop.call(f"{C}/del_corp_tag", tag_id=[tag])
    seen: set[str] = set()
    for fields in shop.heard(listener):
        name = name_of(fields)
        if name in CALLBACKS:
            seen.add(name)
            must, may = CALLBACKS[name]
            assert must <= set(fields) - ENVELOPE <= must | may, name
    # the customer of who left is taken over without a farewell, so that nothing of the day deletes
    assert set(CALLBACKS) - seen == {"del_external_contact"}


def name_of(fields: dict[str, str]) -> str:
    if fields["Event"] == "change_external_contact":
        return fields["ChangeType"]
    return f"{fields['Event']} {fields.get('ChangeType', '')}".strip()


def sample_of(name: str, samples: Path = SAMPLES) -> Path | None:
    """The file of the data folder with that answer: ``Moment/GetMomentTask`` is of the family of external contacts."""
    family, _, call = name.rpartition("/")
    place = "Cgibin" if family == "Cgibin" else f"Cgibin{family or 'ExternalContact'}"
    folder = samples / "api" / (place if (samples / "api" / place).exists() else "CgibinExternalContact")
    files = {_letters(path.stem): path for path in folder.rglob("*Response.json")}
    with_family = files.get(_letters(f"{folder.name}{family}{call}Response"))
    return with_family or files.get(_letters(f"{folder.name}{call}Response"))


def _letters(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


@pytest.mark.real_data
@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_the_platforms_own_samples_have_that_shape(name: str) -> None:
    if not SAMPLES.exists():
        pytest.skip("no wecom samples: set SIYU_REAL_DATA")
    path = sample_of(name)
    assert path is not None
    assert misfits(ANSWERS[name], json.loads(path.read_text("utf-8-sig")), name) == []


@pytest.mark.real_data
@pytest.mark.parametrize("kind", ["ExternalContact", "KfMessage"])
def test_the_platforms_own_callbacks_have_those_fields(kind: str) -> None:
    if not SAMPLES.exists():
        pytest.skip("no wecom samples: set SIYU_REAL_DATA")
    checked = 0
    for path in sorted((SAMPLES / "events" / kind).glob("*.xml")):
        root = ElementTree.fromstring(path.read_text("utf-8-sig"))
        fields = {OUTER.get(each.tag, each.tag): each.text or "" for each in root}
        name = name_of(fields)
        if name in CALLBACKS:
            must, may = CALLBACKS[name]
            assert must <= set(fields) - ENVELOPE - {""} <= must | may, path.name
            checked += 1
    assert checked
