"""Callbacks of every kind that the platforms' documents name, field by field, as XML and as JSON.

Names and fields are the platforms'; the values are made up. ``KNOWN`` are kinds that mean something to the product,
all others it keeps and shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from xml.etree import ElementTree

AT = 1_403_610_513
MEMBER, FRIEND, CHAT = "zhangsan", "woAJ2GCAAAXtWyujaWJHDDGi0mACHAAA", "wrOgQhDgAAMYQiS5ol9G7gK9JVAAAA"

Fields = Mapping[str, Any]
_BOTH: Fields = {"UserID": MEMBER, "ExternalUserID": FRIEND}
_MOVED: Fields = {
    "MemChangeCnt": "2",
    "MemChangeList": {"Item": ["wmOgQhDgAAuXFJGwbve4g4iXknfOAAAA", "wmOgQhDgAAuXFJGwbve4g4iXknfOBBBB"]},
    "LastMemVer": "9c3f97c2ada667dfb5f6d03308d963e1",
    "CurMemVer": "71217227bbd112ecfe3a49c482195cb4",
}
_MEMBER: Fields = {
    "UserID": MEMBER,
    "Name": "张三",
    "Department": "1,2,3",
    "MainDepartment": "1",
    "IsLeaderInDept": "1,0,0",
    "Position": "产品经理",
    "Mobile": "16400000001",
    "Gender": "1",
    "Email": "zhangsan@example.com",
    "Status": "1",
    "Avatar": "http://example.com/a.png",
    "Alias": "zs",
    "Telephone": "020-123456",
    "Address": "广州",
    "ExtAttr": {
        "Item": [
            {"Name": "爱好", "Type": "0", "Text": {"Value": "旅游"}},
            {"Name": "卡号", "Type": "1", "Web": {"Title": "企业", "Url": "https://example.com"}},
        ]
    },
}
_LISTED = [{"TemplateId": "t1", "SubscribeStatusString": "accept", "PopupScene": "0"}]
_SENT = [{"TemplateId": "t1", "MsgID": "1864323726461255680", "ErrorCode": "0", "ErrorStatus": "success"}]

WECOM: Mapping[str, Fields] = {
    "change_external_contact.add_external_contact": {**_BOTH, "State": "teststate", "WelcomeCode": "WELCOMECODE"},
    "change_external_contact.edit_external_contact": {**_BOTH, "State": "teststate"},
    "change_external_contact.add_half_external_contact": {**_BOTH, "State": "teststate", "WelcomeCode": "WELCOMECODE"},
    "change_external_contact.del_external_contact": {**_BOTH, "Source": "DELETE_BY_TRANSFER"},
    "change_external_contact.del_follow_user": _BOTH,
    "change_external_contact.transfer_fail": {"FailReason": "customer_refused", **_BOTH},
    "change_external_contact.msg_audit_approved": {**_BOTH, "WelcomeCode": "WELCOMECODE"},
    "change_external_chat.create": {"ChatId": CHAT},
    "change_external_chat.update": {
        "ChatId": CHAT,
        "UpdateDetail": "add_member",
        "JoinScene": "3",
        "QuitScene": "0",
        **_MOVED,
    },
    "change_external_chat.dismiss": {"ChatId": CHAT},
    "change_external_tag.create": {"Id": "TAG_ID", "TagType": "tag"},
    "change_external_tag.update": {"Id": "TAG_ID", "TagType": "tag"},
    "change_external_tag.delete": {"Id": "GROUP_ID", "TagType": "tag_group"},
    "change_external_tag.shuffle": {"Id": "TAG_ID", "StrategyId": "STRATEGY_ID"},
    "customer_acquisition.open_profile": {"LinkId": "cawcdea7783d7330c6", "State": "STATE"},
    "customer_acquisition.friend_request": {"LinkId": "cawcdea7783d7330c6", "State": "STATE"},
    "customer_acquisition.customer_start_chat": _BOTH,
    "customer_acquisition.balance_increased": {},
    "customer_acquisition.balance_low": {},
    "customer_acquisition.balance_exhausted": {},
    "customer_acquisition.quota_expire_soon": {"ExpireTime": "1689171577", "ExpireQuotaNum": "100"},
    "customer_acquisition.link_unavailable": {"LinkId": "cawcdea7783d7330c6"},
    "customer_acquisition.delete_link": {"LinkId": "cawcdea7783d7330c6"},
    "kf_msg_or_event": {"Token": "ENCApHxnGDNAVNY4AaSJKj4Tb5mwsEMzxhFmHVGcra996NR", "OpenKfId": "wkxxxxxxx"},
    "kf_account_auth_change": {"AuthAddOpenKfId": ["wkxxxx1", "wkxxxx3"], "AuthDelOpenKfId": "wkxxxx2"},
    "change_contact.create_user": _MEMBER,
    "change_contact.update_user": {**_MEMBER, "NewUserID": "zhangsan001"},
    "change_contact.delete_user": {"UserID": MEMBER},
    "change_contact.create_party": {"Id": "2", "Name": "张三", "ParentId": "1", "Order": "1"},
    "change_contact.update_party": {"Id": "2", "Name": "张三", "ParentId": "1"},
    "change_contact.delete_party": {"Id": "2"},
    # kept, and not made anything of
    "change_contact.update_tag": {
        "TagId": "1",
        "AddUserItems": "zhangsan,lisi",
        "DelUserItems": "zhangsan1,lisi1",
        "AddPartyItems": "1,2",
        "DelPartyItems": "3,4",
    },
    "msgaudit_notify": {"AgentID": "2000004"},
    "upload_media_job_finish": {"JobId": "jobid_S0MrnndvRG5fadSlLwiBqiDDbM143UqTmKP3152FZk4"},
    "batch_job_result": {"BatchJob": {"JobId": "S0Mr", "JobType": "sync_user", "ErrCode": "0", "ErrMsg": "ok"}},
    "living_status_change": {"LivingId": "LIVINGID", "Status": "1"},
    "enter_agent": {"EventKey": "", "AgentID": "1"},
}

WECHAT: Mapping[str, Fields] = {
    "subscribe": {"EventKey": "qrscene_123123", "Ticket": "TICKET"},
    "unsubscribe": {"EventKey": ""},
    "SCAN": {"EventKey": "SCENE_VALUE", "Ticket": "TICKET"},
    "CLICK": {"EventKey": "EVENTKEY"},
    "VIEW": {"EventKey": "www.example.com"},
    "TEMPLATESENDJOBFINISH": {"MsgID": "200163836", "Status": "failed:user block"},
    "MASSSENDJOBFINISH": {
        "MsgID": "1000001625",
        "Status": "err(30003)",
        "TotalCount": "0",
        "FilterCount": "0",
        "SentCount": "0",
        "ErrorCount": "0",
    },
    "subscribe_msg_popup_event": {"SubscribeMsgPopupEvent": {"List": _LISTED}},
    "subscribe_msg_change_event": {"SubscribeMsgChangeEvent": {"List": _LISTED}},
    "subscribe_msg_sent_event": {"SubscribeMsgSentEvent": {"List": _SENT}},
    "user_authorization_revoke": {"OpenID": "oABC", "AppID": "wx1", "RevokeInfo": "301"},
    "user_enter_tempsession": {"SessionFrom": "sessionFrom"},
    # orders of WeChat's own shops: kept
    "channels_ec_order_pay": {"order_info": {"order_id": "3705115058471208928", "pay_time": "1658509200"}},
    "channels_ec_order_cancel": {"order_info": {"order_id": "3705115058471208928", "cancel_type": "1"}},
    "channels_ec_aftersale_update": {
        "finder_shop_aftersale_status_update": {"status": "USER", "after_sale_order_id": "1", "order_id": "2"}
    },
    "channels_ec_vip_user_auto_add": {
        "info": {"shop_appid": "wx1", "outer_userid": "u", "identity": "1", "add_time": "1658509200"}
    },
}

_SAID: Fields = {
    "conversation_short_id": "@c1",
    "server_message_id": "@m1",
    "conversation_type": 1,
    "create_time": 1_681_303_285_997,
    "message_type": "text",
    "text": "你好",
    "item_id": "@i1",
    "scene_type": "profile",
    "user_infos": [{"open_id": "u1", "nick_name": "昵称", "avatar": "https://example.com/a.png"}],
    "source": "短视频",
}
_CARD = [
    {"label": "姓名", "value": "林晓"},
    {"label": "手机号", "value": "16400000001"},
    {"label": "城市", "value": "北京"},
]
DOUYIN: Mapping[str, Fields] = {
    "im_receive_msg": {**_SAID, "message_type": "retain_consult_card", "card_status": 1, "card_data": _CARD},
    "im_send_msg": _SAID,
    "im_group_receive_msg": {**_SAID, "conversation_type": 2},
    "im_group_send_msg": {**_SAID, "conversation_type": 2},
    "im_enter_direct_msg": {**_SAID, "data-im-extra": "", "query": "", "path": ""},
    "im_recall_msg": {"conversation_short_id": "@c1", "server_message_id": "@m1"},
    "im_authorize": {
        "create_time": 1_681_303_285_997,
        "expire_time": 1_681_389_685,
        "update_time": 1_681_303_285,
        "operation_type": 1,
        "auth_status": 1,
        "source": "x",
        "data_im_extra": "",
        "query": "",
        "path": "",
    },
    "group_fans_event": {"open_id": "u1", "im_group_id": "g1", "group_type": 1, "create_group_type": 1},
    "enter_group_audit_change": {"apply_id": "a", "apply_status": 1, "group_id": "g1", "user_nicker": "昵称"},
    "new_follow_action": {"action_type": 1, "action_time": 1_681_303_285},
    "new_video_digg": {"action_type": 1, "action_time": 1_681_303_285, "item_id": "i1"},
    "item_comment_reply": {
        "comment_id": "c",
        "comment_user_id": "u1",
        "content": "好用吗",
        "create_time": 1_681_303_285,
        "digg_count": 0,
        "reply_comment_total": 0,
        "reply_to_comment_id": "",
        "reply_to_item_id": "i1",
        "at_user_id": "",
    },
    "dial_phone": {},
    "website_contact": {},
    "personal_tab_contact": {},
    "authorize": {"scopes": ["im.direct_message"]},
    "unauthorize": {"scopes": ["im.direct_message"]},
    "union_auth_info_for_b": {"c_client_key": "c", "c_open_id": "u1", "b_client_key": "b", "b_open_id": "b1"},
    "union_auth_info_for_c": {"c_client_key": "c", "c_open_id": "u1", "b_client_key": "b", "b_open_id": "b1"},
}


class Sample(NamedTuple):
    """``platform`` by its channel's name; ``kind`` as the receiver names it."""

    platform: str
    kind: str
    body: bytes


def samples() -> Iterator[Sample]:
    """All of them; what a platform writes both ways stands here both ways."""
    for kind, fields in WECOM.items():
        event, _, change = kind.partition(".")
        whole = {"ToUserName": "wx5823bf96d3bd56c7", "FromUserName": "sys", "CreateTime": str(AT), "MsgType": "event"}
        yield Sample(
            "wecom", kind, as_xml({**whole, "Event": event, **({"ChangeType": change} if change else {}), **fields})
        )
        suite = {"SuiteId": "ww1", "AuthCorpId": "wx5823bf96d3bd56c7", "InfoType": event, "TimeStamp": str(AT)}
        yield Sample("wecom", kind, as_xml({**suite, **({"ChangeType": change} if change else {}), **fields}))
    for platform in ("official_account", "miniprogram"):
        for kind, fields in WECHAT.items():
            whole = {"ToUserName": "gh_toUser", "FromUserName": "oABC", "CreateTime": str(AT), "MsgType": "event"}
            yield Sample(platform, kind.lower(), as_xml({**whole, "Event": kind, **fields}))
            yield Sample(platform, kind.lower(), as_json({**whole, "CreateTime": AT, "Event": kind, **fields}))
    for kind, fields in DOUYIN.items():
        whole = {"event": kind, "client_key": "k", "from_user_id": "u1", "to_user_id": "b1", "log_id": "l"}
        yield Sample("douyin", kind, as_json({**whole, "content": fields}))
        yield Sample("douyin", kind, as_json({**whole, "content": json.dumps(fields, ensure_ascii=False)}))


def as_json(fields: Fields) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode()


def as_xml(fields: Fields) -> bytes:
    root = ElementTree.Element("xml")
    _fill(root, fields)
    return ElementTree.tostring(root, "utf-8")


def _fill(element: ElementTree.Element, value: Any) -> None:
    if not isinstance(value, Mapping):
        element.text = str(value)
        return
    for name, inside in value.items():
        for each in inside if isinstance(inside, list) else [inside]:
            _fill(ElementTree.SubElement(element, name), each)
