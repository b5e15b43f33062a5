"""How WeCom's answers and callbacks are built: keys and JSON types, in our own words. ``key?`` may be missing."""

from __future__ import annotations

from typing import Any

S, N, B = str, int, bool
OK: dict[str, Any] = {"errcode": N, "errmsg": S}
TEXT = {"content": S}
LINK = {"title": S, "picurl?": S, "desc?": S, "url": S}
PROGRAM = {"title": S, "pic_media_id": S, "appid": S, "page": S}
ATTACHMENT = {
    "msgtype": S,
    "image?": {"media_id?": S, "pic_url?": S},
    "link?": LINK,
    "miniprogram?": PROGRAM,
    "video?": {"media_id": S},
    "file?": {"media_id": S},
}
ATTRIBUTE = {
    "type": N,
    "name": S,
    "text?": {"value": S},
    "web?": {"url": S, "title": S},
    "miniprogram?": {"appid": S, "pagepath": S, "title": S},
}
CONTACT = {
    "external_userid": S,
    "name": S,
    "type": N,
    "avatar": S,
    "gender": N,
    "unionid?": S,
    "position?": S,
    "corp_name?": S,
    "corp_full_name?": S,
    "external_profile?": {"external_attr": [ATTRIBUTE]},
    # of schools alone
    "foreign_key?": S,
    "is_subscribe?": N,
    "subscriber_info?": {"tag_id": [S], "remark_mobiles": [S], "remark": S},
}
FOLLOW = {
    "userid": S,
    "remark": S,
    "description": S,
    "createtime": N,
    "remark_corp_name?": S,
    "remark_mobiles?": [S],
    "oper_userid": S,
    "add_way": N,
    "state?": S,
    "wechat_channels?": {"nickname": S, "source?": N},
}
TAG = {"id": S, "name": S, "create_time": N, "order": N, "deleted?": B}
TAG_GROUP = {"group_id": S, "group_name": S, "create_time": N, "order": N, "deleted?": B, "tag": [TAG]}
MEMBER = {
    "userid": S,
    "name": S,
    "department": [N],
    "order": [N],
    "position": S,
    "mobile": S,
    "gender": S,
    "email": S,
    "is_leader_in_dept": [N],
    "direct_leader": [S],
    "avatar": S,
    "thumb_avatar": S,
    "telephone": S,
    "alias": S,
    "address": S,
    "open_userid": S,
    "main_department": N,
    "english_name?": S,
    "extattr": {"attrs": [ATTRIBUTE]},
    "status": N,
    "qr_code": S,
    "external_position": S,
    "external_profile": {
        "external_corp_name": S,
        "wechat_channels?": {"nickname": S, "status": N},
        "external_attr": [ATTRIBUTE],
    },
}
WAY = {
    "config_id": S,
    "type": N,
    "scene": N,
    "style?": N,
    "remark": S,
    "skip_verify": B,
    "state": S,
    "qr_code?": S,
    "user": [S],
    "party": [N],
    "is_temp": B,
    "expires_in?": N,
    "chat_expires_in?": N,
    "unionid?": S,
    "mark_source": B,
    "conclusions?": {"text?": TEXT, "image?": {"pic_url": S}, "link?": LINK, "miniprogram?": PROGRAM},
}
SEAT = {
    "userid": S,
    "type": N,
    "join_time": N,
    "join_scene": N,
    "state?": S,
    "invitor?": {"userid": S},
    "unionid?": S,
    "group_nickname": S,
    "name?": S,
}
GROUP_NUMBERS = dict.fromkeys(
    (
        "new_chat_cnt",
        "chat_total",
        "chat_has_msg",
        "new_member_cnt",
        "member_total",
        "member_has_msg",
        "msg_total",
        "migrate_trainee_chat_cnt",
    ),
    N,
)
SAID = {"userid?": S, "external_userid?": S, "create_time": N}
PAGE = {**OK, "next_cursor": S}
HANDED = {**OK, "customer": [{"external_userid": S, "errcode": N}]}
HANDED_RESULT = {**PAGE, "customer": [{"external_userid": S, "status": N, "takeover_time": N}]}
FAILED_CHATS = {**OK, "failed_chat_list": [{"chat_id": S, "errcode": N, "errmsg": S}]}
SERVICERS = {**OK, "result_list": [{"userid?": S, "department_id?": N, "errcode": N, "errmsg": S}]}
KF_EVENT = {
    "event_type": S,
    "open_kfid": S,
    "external_userid?": S,
    "scene?": S,
    "scene_param?": S,
    "welcome_code?": S,
    "recall_msgid?": S,
    "servicer_userid?": S,
    "change_type?": N,
    "old_servicer_userid?": S,
    "new_servicer_userid?": S,
    "msg_code?": S,
    "reject_switch?": N,
}
KF_PRODUCT = dict.fromkeys(("product_id", "head_img", "title", "shop_nickname", "shop_head_img"), S)
KF_ORDER = dict.fromkeys(("order_id", "product_titles", "price_wording", "state", "image_url", "shop_nickname"), S)
KF_ITEM = {"send_time": N, "msgtype": S, "sender_name": S, "msg_content": S}
KF_MESSAGE = {
    "msgid?": S,
    "open_kfid?": S,
    "external_userid?": S,
    "send_time?": N,
    "origin?": N,
    "servicer_userid?": S,
    "msgtype": S,
    "text?": {"content": S, "menu_id?": S},
    "event?": KF_EVENT,
    "channels_shop_product?": {**KF_PRODUCT, "sales_price": N},
    "channels_shop_order?": KF_ORDER,
    "channels?": {"sub_type": N, "nickname": S, "title": S},
    "merged_msg?": {"title": S, "item": [KF_ITEM]},
}

ANSWERS: dict[str, dict[str, Any]] = {
    "Cgibin/GetToken": {**OK, "access_token": S, "expires_in": N},
    "Cgibin/GetApiDomainIp": {**OK, "ip_list": [S]},
    "Cgibin/GetJsapiTicket": {**OK, "ticket": S, "expires_in": N},
    "Cgibin/TicketGet": {**OK, "ticket": S, "expires_in": N},
    "User/Get": {**OK, **MEMBER},
    "User/List": {**OK, "userlist": [MEMBER]},
    "User/SimpleList": {**OK, "userlist": [{"userid": S, "name": S, "department": [N], "open_userid": S}]},
    "User/ListId": {**PAGE, "dept_user": [{"userid": S, "department": N}]},
    "User/GetUserId": {**OK, "userid": S},
    "GetFollowUserList": {**OK, "follow_user": [S]},
    "List": {**OK, "external_userid": [S]},
    "Get": {
        **OK,
        "external_contact": CONTACT,
        "follow_user": [{**FOLLOW, "tags?": [{"group_name": S, "tag_name": S, "tag_id": S, "type": N}]}],
        "next_cursor?": S,
    },
    "BatchGetByUser": {
        **PAGE,
        "external_contact_list": [{"external_contact": CONTACT, "follow_info": {**FOLLOW, "tag_id": [S]}}],
    },
    "CorpTag/GetCorpTagList": {**OK, "tag_group": [TAG_GROUP]},
    "CorpTag/AddCorpTag": {**OK, "tag_group": TAG_GROUP},
    "ContactWay/AddContactWay": {**OK, "config_id": S, "qr_code?": S},
    "ContactWay/GetContactWay": {**OK, "contact_way": WAY},
    "ContactWay/ListContactWay": {**OK, "contact_way": [{"config_id": S}], "next_cursor?": S},
    "GroupMessage/AddMessageTemplate": {**OK, "fail_list": [S], "msgid": S},
    "GroupMessage/GetGroupMessageListV2": {
        **PAGE,
        "group_msg_list": [
            {
                "msgid": S,
                "creator": S,
                "create_time": N,
                "create_type": N,
                "text": TEXT,
                "attachments": [ATTACHMENT],
            }
        ],
    },
    "GroupMessage/GetGroupMessageTask": {**PAGE, "task_list": [{"userid": S, "status": N, "send_time?": N}]},
    "GroupMessage/GetGroupMessageSendResult": {
        **PAGE,
        "send_list": [{"external_userid?": S, "chat_id?": S, "userid": S, "status": N, "send_time?": N}],
    },
    "GroupChat/List": {**OK, "group_chat_list": [{"chat_id": S, "status": N}], "next_cursor?": S},
    "GroupChat/Get": {
        **OK,
        "group_chat": {
            "chat_id": S,
            "name": S,
            "owner": S,
            "create_time": N,
            "notice": S,
            "member_list": [SEAT],
            "admin_list": [{"userid": S}],
            "member_version": S,
        },
    },
    "GroupChat/AddJoinWay": {**OK, "config_id": S},
    "GroupChat/GetJoinWay": {
        **OK,
        "join_way": {
            "config_id": S,
            "scene": N,
            "remark": S,
            "auto_create_room": N,
            "room_base_name": S,
            "room_base_id": N,
            "chat_id_list": [S],
            "qr_code": S,
            "state": S,
            "mark_source": B,
        },
    },
    "GroupChat/Statistics": {**OK, "total": N, "next_offset": N, "items": [{"owner": S, "data": GROUP_NUMBERS}]},
    "GroupChat/StatisticsGroupByDay": {**OK, "items": [{"stat_time": N, "data": GROUP_NUMBERS}]},
    "GetUserBehaviorData": {
        **OK,
        "behavior_data": [
            {
                "stat_time": N,
                "chat_cnt": N,
                "message_cnt": N,
                "reply_percentage?": (int, float),
                "avg_reply_time?": N,
                "negative_feedback_cnt": N,
                "new_apply_cnt": N,
                "new_contact_cnt": N,
            }
        ],
    },
    "InterceptRule/AddInterceptRule": {**OK, "rule_id": S},
    "InterceptRule/GetInterceptRuleList": {**OK, "rule_list": [{"rule_id": S, "rule_name": S, "create_time": N}]},
    "InterceptRule/GetInterceptRule": {
        **OK,
        "rule": {
            "rule_id": (str, int),
            "rule_name": S,
            "word_list": [S],
            "extra_rule": {"semantics_list": [N]},
            "intercept_type": N,
            "applicable_range": {"user_list": [S], "department_list": [N]},
        },
    },
    "GroupWelcome/TemplateAdd": {**OK, "template_id": S},
    "GroupWelcome/TemplateGet": {
        **OK,
        "text": TEXT,
        "image?": {"pic_url": S},
        "link?": LINK,
        "miniprogram?": PROGRAM,
        "file?": {"media_id": S},
        "video?": {"media_id": S},
    },
    "Moment/AddMomentTask": {**OK, "jobid": S},
    "Moment/GetMomentTaskResult": {
        **OK,
        "status": N,
        "type": S,
        "result?": {
            **OK,
            "moment_id": S,
            "invalid_sender_list": {"user_list": [S], "department_list": [N]},
            "invalid_external_contact_list": {"tag_list": [S]},
        },
    },
    "Moment/GetMomentList": {
        **PAGE,
        "moment_list": [
            {
                "moment_id": S,
                "creator": S,
                "create_time": N,
                "create_type": N,
                "visible_type": N,
                "text": TEXT,
                "image?": [{"media_id": S}],
                "video?": {"media_id": S, "thumb_media_id": S},
                "link?": {"title": S, "url": S},
                "location?": {"latitude": S, "longitude": S, "name": S},
            }
        ],
    },
    "Moment/GetMomentTask": {**PAGE, "task_list": [{"userid": S, "publish_status": N}]},
    "Moment/GetMomentCustomerList": {**PAGE, "customer_list": [{"userid": S, "external_userid": S}]},
    "Moment/GetMomentSendResult": {**PAGE, "customer_list": [{"external_userid": S}]},
    "Moment/GetMomentComments": {**OK, "comment_list": [SAID], "like_list": [SAID]},
    "Transfer/TransferCustomer": HANDED,
    "Transfer/TransferResult": HANDED_RESULT,
    "Transfer/ResignedTransferCustomer": HANDED,
    "Transfer/ResignedTransferResult": HANDED_RESULT,
    "GetUnassignedList": {
        **PAGE,
        "info": [{"handover_userid": S, "external_userid": S, "dimission_time": N}],
        "is_last": B,
    },
    "GroupChat/Transfer": FAILED_CHATS,
    "GroupChat/OnJobTransfer": FAILED_CHATS,
    "CustomerAcquisition/CreateLink": {**OK, "link": {"link_id": S, "link_name": S, "url": S, "create_time": N}},
    "CustomerAcquisition/ListLink": {**PAGE, "link_id_list": [S]},
    "CustomerAcquisition/Get": {
        **OK,
        "link": {"link_name": S, "url": S, "create_time": N, "skip_verify": B, "mark_source": B},
        "range": {"user_list": [S], "department_list": [N]},
        "priority_option?": {"priority_type": N, "priority_userid_list": [S]},
    },
    "CustomerAcquisition/Customer": {
        **PAGE,
        "customer_list": [{"external_userid": S, "userid": S, "chat_status": N, "state": S}],
    },
    "CustomerAcquisition/Quota": {
        **OK,
        "total": N,
        "balance": N,
        "quota_list": [{"expire_date": N, "balance": N}],
    },
    "CustomerAcquisition/Statistic": {**OK, "click_link_customer_cnt": N, "new_customer_cnt": N},
    "Media/Upload": {**OK, "type": S, "media_id": S, "created_at": S},
    "Media/UploadImage": {**OK, "url": S},
    "Kf/AccountAdd": {**OK, "open_kfid": S},
    "Kf/AccountList": {
        **OK,
        "account_list": [{"open_kfid": S, "name": S, "avatar": S, "manage_privilege": B}],
    },
    "Kf/AddContactWay": {**OK, "url": S},
    "Kf/ServicerAdd": SERVICERS,
    "Kf/ServicerDelete": SERVICERS,
    "Kf/ServicerList": {**OK, "servicer_list": [{"userid?": S, "status?": N, "department_id?": N}]},
    "Kf/SyncMessage": {**PAGE, "has_more": N, "msg_list": [KF_MESSAGE]},
    "Kf/SendMessage": {**OK, "msgid": S},
    "Kf/SendMessageOnEvent": {**OK, "msgid": S},
    "Kf/ServiceStateGet": {**OK, "service_state": N, "servicer_userid?": S},
    "Kf/ServiceStateTransfer": {**OK, "msg_code?": S},
    "Kf/CustomerBatchGet": {
        **OK,
        "customer_list": [
            {
                "external_userid": S,
                "nickname": S,
                "avatar": S,
                "gender": N,
                "unionid": S,
                "enter_session_context?": {
                    "scene": S,
                    "scene_param": S,
                    "wechat_channels?": {"nickname": S},
                },
            }
        ],
        "invalid_external_userid": [S],
    },
    "Kf/GetCorpQualification": {**OK, "wechat_channels_binding": B},
    "Message/Send": {
        **OK,
        "invaliduser": S,
        "invalidparty": S,
        "invalidtag": S,
        "unlicenseduser": S,
        "msgid": S,
        "response_code?": S,
    },
}
"""By family and call, as the samples of the data folder are named."""

WHO = {"UserID", "ExternalUserID"}
CALLBACKS: dict[str, tuple[set[str], set[str]]] = {
    "add_external_contact": (WHO, {"State", "WelcomeCode"}),
    "add_half_external_contact": (WHO, {"State", "WelcomeCode"}),
    "edit_external_contact": (WHO, {"State"}),
    "del_external_contact": (WHO, {"Source"}),
    "del_follow_user": (WHO, set()),
    "transfer_fail": (WHO | {"FailReason"}, set()),
    "msg_audit_approved": (WHO, {"WelcomeCode"}),
    "change_external_chat create": ({"ChatId"}, set()),
    "change_external_chat dismiss": ({"ChatId"}, set()),
    "change_external_chat update": (
        {"ChatId", "UpdateDetail"},
        {"JoinScene", "QuitScene", "MemChangeCnt", "MemChangeList", "LastMemVer", "CurMemVer"},
    ),
    "change_external_tag create": ({"Id", "TagType"}, set()),
    "change_external_tag update": ({"Id", "TagType"}, set()),
    "change_external_tag delete": ({"Id", "TagType"}, set()),
    "kf_msg_or_event": ({"Token", "OpenKfId"}, set()),
}
"""Of each callback, beside the envelope: the fields it must have and those it may have."""


def misfits(shape: Any, found: Any, where: str = "") -> list[str]:
    """Where something is not built as the shape says: a key missing or too many, another type."""
    if isinstance(shape, list):
        if not isinstance(found, list):
            return [f"{where}: no list"]
        return [each for item in found for each in misfits(shape[0], item, f"{where}[]")]
    if not isinstance(shape, dict):
        kinds = shape if isinstance(shape, tuple) else (shape,)
        wanted = " or ".join(each.__name__ for each in kinds)
        return [] if type(found) in kinds else [f"{where}: {type(found).__name__} instead of {wanted}"]
    if not isinstance(found, dict):
        return [f"{where}: no object"]
    known = {key.rstrip("?"): (inner, key.endswith("?")) for key, inner in shape.items()}
    wrong = [f"{where}.{key}: not in the shape" for key in found if key not in known]
    for key, (inner, optional) in known.items():
        if key in found:
            wrong += misfits(inner, found[key], f"{where}.{key}")
        elif not optional:
            wrong.append(f"{where}.{key}: missing")
    return wrong
