"""The doors at which platforms call: an account of each, bodies as it tells them, how it signs, and how to spoil them.

Bodies are plain: what is sealed, signed or wrapped once more on its way is so by :meth:`Door.post`. Signatures are
worked out here anew, by the rehearsal's own means, never by the product's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, cast
from urllib.parse import quote_plus, unquote_plus
from xml.etree import ElementTree

from rehearsal.platforms.core.envelope import Envelope
from rehearsal.platforms.ocean.fields import ads_clue, life_clue
from rehearsal.platforms.orders.shapes import SHAPES, Order
from rehearsal.platforms.sms.world import written

TOKEN, AES_KEY = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
SECRET = "whsec_" + "c2l5dS1ob3N0aWxlLXNlY3JldC1vZi10aGUtZG9vcnM="
CORP, APP = "ww_corp", "wx1234567890abcdef"
KEY, PASSWORD = "cid123", "csec456"
NONCE = "1372623149"
UNKNOWN = "invented_tomorrow"


@dataclass(frozen=True)
class Post:
    """One delivery as it goes over the wire."""

    body: bytes
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Door:
    """``bodies(at, mark)``: one of each known kind, told at that time (epoch seconds) by and about somebody with this
    mark (digits); ``unknown(at)``: of a kind that nobody knows, where there are kinds; ``signed(body, at)``: as its
    platform posts it; ``receiver``: to whom it is sealed, "" where nothing is."""

    platform: str
    settings: Mapping[str, str]
    bodies: Callable[[int, str], Sequence[bytes]]
    signed: Callable[[bytes, int], Post]
    unknown: Callable[[int], bytes] | None
    receiver: str = ""
    signs: bool = True
    """Whether the platform signs. Where it does not, all the proof there is lies in the address."""


def doors() -> tuple[Door, ...]:
    """All of them, by the name of their channel."""
    secret, shops = {"secret": SECRET}, {"client_id": KEY, "client_secret": PASSWORD}
    return (
        Door("wecom", _WECOM, _wecom, lambda body, at: sealed(body, at, CORP), _unknown_event, CORP),
        Door("official_account", _WECHAT, _official_account, _to_app, _unknown_event, APP),
        Door("miniprogram", _WECHAT, _miniprogram, _to_app, _unknown_event, APP),
        Door("douyin", _DOUYIN, _douyin, _douyin_signed, lambda at: _json(event=UNKNOWN, content={})),
        Door("ocean", _OCEAN, _ocean, _standard, None),
        Door("sms", _SMS, _sms, lambda body, at: Post(body), None, signs=False),
        Door("youzan", shops, _orders("youzan"), _youzan, lambda at: _json(type=UNKNOWN, version=at, msg={})),
        Door("douyin_shop", _SHOP, _orders("douyin_shop"), _shop, lambda at: _json(tag=UNKNOWN, msgId="1", data={})),
        Door("taobao", secret, _orders("taobao"), _taobao, lambda at: _json(topic=UNKNOWN, content={})),
        Door("shop", secret, _orders("shop"), _standard, lambda at: _json(type=UNKNOWN)),
    )


# --- what each tells

_WECOM = {
    "corp_id": CORP,
    "agent_id": "1000002",
    "secret": "the-app-secret",
    "callback_token": TOKEN,
    "callback_aes_key": AES_KEY,
    "base_url": "http://127.0.0.1:9",
}
_WECHAT = {
    "app_id": APP,
    "secret": "the-app-secret",
    "callback_token": TOKEN,
    "callback_aes_key": AES_KEY,
    "base_url": "http://127.0.0.1:9",
}
_SHOP = {"app_key": KEY, "app_secret": PASSWORD}
_DOUYIN = {"client_key": KEY, "client_secret": PASSWORD, "open_id": "b1", "refresh_token": "r"}
_SMS = {"access_key_id": KEY, "access_key_secret": PASSWORD, "sign_name": "汀屿美妆"}
_OCEAN = {
    "app_id": "1",
    "app_secret": "app-secret",
    "refresh_token": "r",
    "advertiser_ids": "10",
    "push_secret": SECRET,
}


def xml(at: int, **fields: object) -> bytes:
    """A flat message with lists of ``Item``s."""
    root = ElementTree.Element("xml")
    for name, value in {"ToUserName": CORP, "CreateTime": at, "MsgType": "event", **fields}.items():
        child = ElementTree.SubElement(root, name)
        if isinstance(value, tuple):
            for each in cast("tuple[str, ...]", value):
                ElementTree.SubElement(child, "Item").text = each
        else:
            child.text = str(value)
    return ElementTree.tostring(root)


def _json(**fields: Any) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode()


def _unknown_event(at: int) -> bytes:
    return xml(at, FromUserName="o1", Event=UNKNOWN)


def _wecom(at: int, mark: str) -> list[bytes]:
    def told(event: str, change: str, **more: object) -> bytes:
        return xml(at, FromUserName="sys", Event=event, ChangeType=change, **more)

    friend = {"UserID": f"zhang{mark}", "ExternalUserID": f"wm{mark}", "State": "s"}
    moved = {"MemChangeCnt": 1, "MemChangeList": (f"wm{mark}",), "LastMemVer": "a", "CurMemVer": "b"}
    chat = {"ChatId": f"wr{mark}"}
    return [
        told("change_external_contact", "add_external_contact", **friend, WelcomeCode=f"CODE{mark}"),
        told("change_external_contact", "edit_external_contact", **friend),
        told("change_external_chat", "create", **chat),
        told("change_external_chat", "update", **chat, UpdateDetail="add_member", JoinScene=3, **moved),
        told("change_external_tag", "create", Id=f"et{mark}", TagType="tag"),
        told("change_contact", "create_user", UserID=f"li{mark}", Name="李四", Department="1,2", Status=1),
        told("change_contact", "create_party", Id=mark, Name="门店", ParentId=1, Order=1),
        told("customer_acquisition", "friend_request", LinkId=f"ca{mark}", State="s"),
        told("customer_acquisition", "customer_start_chat", UserID=f"zhang{mark}", ExternalUserID=f"wm{mark}"),
        told("customer_acquisition", "quota_expire_soon", ExpireTime=at + 86_400, ExpireQuotaNum=20),
        xml(at, Event="kf_msg_or_event", Token="T", OpenKfId=f"wk{mark}"),
        xml(at, Event="kf_account_auth_change", AuthAddOpenKfId=f"wk{mark}"),
    ]


def _official_account(at: int, mark: str) -> list[bytes]:
    who = {"FromUserName": f"o{mark}"}
    counts = {"TotalCount": 3, "FilterCount": 3, "SentCount": 3, "ErrorCount": 0}
    return [
        xml(at, **who, Event="subscribe", EventKey="qrscene_s1", Ticket="T"),
        xml(at, **who, Event="SCAN", EventKey="s1", Ticket="T"),
        xml(at, **who, Event="CLICK", EventKey="menu"),
        xml(at, **who, MsgType="text", Content="你好", MsgId=f"2345678{mark}"),
        xml(at, **who, Event="TEMPLATESENDJOBFINISH", MsgID=f"2001{mark}", Status="failed:user block"),
        xml(at, **who, Event="MASSSENDJOBFINISH", MsgID=f"3001{mark}", Status="send success", **counts),
    ]


def _miniprogram(at: int, mark: str) -> list[bytes]:
    def told(**fields: Any) -> bytes:
        return _json(ToUserName="gh_1", FromUserName=f"o{mark}", CreateTime=at, **fields)

    agreed = [
        {"TemplateId": "tmpl", "SubscribeStatusString": "accept", "PopupScene": "0"},
        {"TemplateId": "tmpl2", "SubscribeStatusString": "reject", "PopupScene": "0"},
    ]
    became = {"TemplateId": "tmpl", "MsgID": f"77{mark}", "ErrorCode": "43101", "ErrorStatus": "refused"}
    return [
        told(MsgType="text", Content="在吗", MsgId=1),
        told(MsgType="event", Event="user_enter_tempsession", SessionFrom="首页"),
        told(MsgType="event", Event="subscribe_msg_popup_event", List=agreed),
        told(MsgType="event", Event="subscribe_msg_sent_event", List=became),
    ]


def _douyin(at: int, mark: str) -> list[bytes]:
    def told(event: str, **content: Any) -> bytes:
        whole = {"event": event, "client_key": KEY, "from_user_id": f"u{mark}", "to_user_id": "b1", "log_id": "l"}
        return _json(**whole, content={"create_time": at * 1000, **content})

    said = {"conversation_short_id": f"c{mark}", "conversation_type": 1, "scene_type": "profile"}
    card = [{"label": "姓名", "value": "林晓"}, {"label": "手机号", "value": f"1640000000{mark[-1]}"}]
    filled = {"message_type": "retain_consult_card", "card_id": "@72M", "card_status": 1, "card_data": card}
    allowed = {"expire_time": at + 86_400, "update_time": at, "operation_type": 1, "auth_status": 1}
    comment = {"comment_user_id": f"u{mark}", "comment_id": "x", "content": "好用吗", "reply_to_item_id": "i1"}
    return [
        told("im_receive_msg", **said, server_message_id=f"m1{mark}", message_type="text", text="你好"),
        told("im_receive_msg", **said, server_message_id=f"m2{mark}", **filled),
        told("im_enter_direct_msg", **said, server_message_id=f"m3{mark}"),
        told("im_authorize", **said, server_message_id=f"m4{mark}", **allowed),
        told("new_follow_action", action_type=1, action_time=at),
        told("item_comment_reply", **comment),
    ]


def _ocean(at: int, mark: str) -> list[bytes]:
    clues = (ads_clue(f"71{mark}", 10, at), life_clue(f"72{mark}", 11, at))
    return [_json(list=[clue]) for clue in clues]


def _sms(at: int, mark: str) -> list[bytes]:
    """Nothing is signed: who knows the address may tell."""
    phone, time = f"1380013800{mark[-1]}", written(at)
    sent = {"phone_number": phone, "send_time": time, "report_time": time, "sms_size": "1", "biz_id": f"9^{mark}"}
    reply = {"phone_number": phone, "send_time": time, "dest_code": "1234", "sign_name": "汀屿美妆"}
    return [
        _json(**sent, success=True, err_code="DELIVERED", err_msg="用户接收成功", out_id=f"d-1{mark}"),
        _json(**sent, success=False, err_code="IS_CLOSED", err_msg="关机", out_id=f"d-2{mark}"),
        _json(**reply, content="几点开门", sequence_id=1),
        _json(**reply, content="TD", sequence_id=2),
    ]


def _orders(platform: str) -> Callable[[int, str], list[bytes]]:
    """The messages of an order and its return, the last of them at that time."""

    def bodies(at: int, mark: str) -> list[bytes]:
        messages = SHAPES[platform](Order(f"9001{mark}", 12_345, f"buyer{mark}", (100,), False, at - 8 * 3_600))
        return [json.dumps(_opened(platform, each), ensure_ascii=False).encode() for each in messages]

    return bodies


def _opened(platform: str, message: Any) -> Any:
    """What is written as a text inside, as an object: so that it can be spoilt too."""
    if platform == "youzan":
        return {**message, "msg": json.loads(unquote_plus(message["msg"]))}
    return {**message, "content": json.loads(message["content"])} if platform == "taobao" else message


# --- how each signs


def sealed(body: bytes, at: int, receiver: str, token: str = TOKEN) -> Post:
    """As WeCom and WeChat in safe mode."""
    envelope = Envelope(token, AES_KEY, receiver)
    return in_envelope(envelope.seal(body, b"0123456789abcdef"), at, token)


def in_envelope(text: str, at: int, token: str = TOKEN) -> Post:
    """Anything as the sealed text, rightly signed."""
    query = Envelope(token, AES_KEY, "").query(text, at, NONCE)
    return Post(f"<xml><ToUserName>c</ToUserName><Encrypt><![CDATA[{text}]]></Encrypt></xml>".encode(), query)


def _to_app(body: bytes, at: int) -> Post:
    return sealed(body, at, APP)


def _douyin_signed(body: bytes, at: int) -> Post:
    signed = hashlib.sha1(PASSWORD.encode() + body).hexdigest()
    return Post(body, headers={"x-douyin-signature": signed, "msg-id": "1"})


def _standard(body: bytes, at: int) -> Post:
    """Standard Webhooks."""
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    signed = hmac.new(key, f"m1.{at}.".encode() + body, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(signed).decode()
    return Post(body, headers={"webhook-id": "m1", "webhook-timestamp": str(at), "webhook-signature": signature})


def _shop(body: bytes, at: int) -> Post:
    signed = hashlib.md5(KEY.encode() + body + PASSWORD.encode()).hexdigest()
    return Post(body, headers={"event-sign": signed, "app-id": KEY})


def _youzan(body: bytes, at: int) -> Post:
    document = _object(body)
    if document is None:
        return Post(body)
    message = quote_plus(json.dumps(document.get("msg")).encode())
    signed = hashlib.md5(f"{KEY}{message}{PASSWORD}".encode()).hexdigest()
    return Post(json.dumps({**document, "client_id": KEY, "msg": message, "sign": signed}).encode())


def _taobao(body: bytes, at: int) -> Post:
    document = _object(body)
    if document is None:
        return _standard(body, at)
    return _standard(json.dumps({**document, "content": json.dumps(document.get("content"))}).encode(), at)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


# --- how to spoil them

DEEP = json.loads('{"a":[' * 25 + "1" + "]}" * 25)

TEXTS: tuple[str, ...] = (
    "",
    " ",
    "²",
    "９９",
    "-1",
    "0",
    "null",
    "1e999999999",
    "1e-999999999",
    "NaN",
    "Infinity",
    "9" * 30,
    "9" * 4_000,
    "99999999999",
    "253402300800",
    "-62135596801",
    "2026-02-30 25:61:61",
    "9999-12-31T23:59:59.999999-23:59",
    "0001-01-01T00:00:00+23:59",
    "𝓤" * 3_000,
    "\u202e\u200d\ufeff",
    "👩‍👩‍👧‍👦" * 50,
    "'; DROP TABLE people; --",
    "{{7*7}}<script>alert(1)</script>",
    "]]>&amp;",
    "{",
    '{"a":',
    "{" * 5_000,
    "%00%ff",
    "../../etc/passwd",
)
VALUES: tuple[Any, ...] = (
    *TEXTS,
    "a\x00b",
    "\ud83d",
    "x\udc00y",
    None,
    True,
    False,
    0,
    -1,
    1.5,
    1e308,
    2**31,
    2**63,
    2**70,
    -(2**63) - 1,
    10**400,
    [],
    {},
    [None],
    [[]],
    {"": ""},
    {"a.b": {"c": 1}, "a": {"b.c": 2}},
    DEEP,
    ["x"] * 500,
)


def spoilt(chance: Random, body: bytes) -> bytes:
    """A valid body with something in it changed: a value, a name, a part of it, a byte."""
    if chance.random() < 0.15:
        return _bytes_spoilt(chance, body)
    document = _object(body) if body[:1] in (b"{", b"[") else None
    if document is not None:
        for _ in range(chance.choice((1, 1, 1, 2, 5))):
            document = _json_spoilt(chance, document)
        return json.dumps(document, ensure_ascii=chance.random() < 0.9).encode("utf-8", "surrogatepass")
    return _xml_spoilt(chance, body) if body[:1] == b"<" else _bytes_spoilt(chance, body)


def _bytes_spoilt(chance: Random, body: bytes) -> bytes:
    cut = chance.randrange(len(body) + 1)
    junk = bytes(chance.randrange(256) for _ in range(chance.randrange(4)))
    return chance.choice((body[:cut], body[cut:], body[:cut] + junk + body[cut:], body[:cut] + junk + body[cut + 3 :]))


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) inside."""
    found: list[tuple[Any, Any]] = []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inside in list(cast("Any", pairs)):
        found += [(value, key), *_places(inside)]
    return found


def _json_spoilt(chance: Random, document: dict[str, Any]) -> dict[str, Any]:
    fresh = json.loads(json.dumps(document))
    places = _places(fresh)
    if not places:
        return fresh
    container, key = chance.choice(places)
    how = chance.random()
    if how < 0.7:
        container[key] = chance.choice(VALUES)
    elif how < 0.85:
        del container[key]
    elif isinstance(container, dict):
        container[str(chance.choice(VALUES))[:50]] = container.pop(key)
    else:
        container.append(container[key])
    return fresh


def _xml_spoilt(chance: Random, body: bytes) -> bytes:
    root = ElementTree.fromstring(body)
    parents = {child: parent for parent in root.iter() for child in parent}
    if not parents:
        return body
    child = chance.choice(list(parents))
    how = chance.random()
    if how < 0.7:
        child.text = chance.choice(TEXTS)
    elif how < 0.8:
        parents[child].remove(child)
    elif how < 0.9:
        parents[child].append(child)
    else:
        ElementTree.SubElement(child, "Item").text = chance.choice(TEXTS)
    return ElementTree.tostring(root, "utf-8")
