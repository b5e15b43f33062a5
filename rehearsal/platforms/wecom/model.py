"""What a simulated WeCom remembers: one frozen row per thing. Times are epoch seconds."""

from __future__ import annotations

from typing import Any

import msgspec


class App(msgspec.Struct, frozen=True):
    """A self-built app: its secret gives tokens, its callback address hears what happens. ``ips``: empty trusts all."""

    agentid: int
    secret: str
    url: str = ""
    token: str = ""
    aes_key: str = ""
    ips: tuple[str, ...] = ()
    may_contact: bool = True
    """Listed under 可调用接口的应用; else 48002."""


class CorpRow(msgspec.Struct, frozen=True):
    corpid: str
    name: str
    created: int
    customers_max: int = 50_000
    subject: str = ""
    """Corps of one subject know a WeChat user by the same unionid."""
    signed_in: str = ""
    """The member who opens sign-in pages, if one was chosen."""
    quota: int = 1000
    """New friends that acquisition links may still bring."""
    quota_total: int = 1000


class Department(msgspec.Struct, frozen=True):
    id: int
    name: str
    parentid: int = 0
    order: int = 1


class Member(msgspec.Struct, frozen=True):
    """``contact``: may have customers; ``active``: has signed in and is verified; ``left``: since when gone."""

    userid: str
    name: str
    department: tuple[int, ...] = (1,)
    mobile: str = ""
    position: str = ""
    gender: str = "0"
    email: str = ""
    contact: bool = True
    active: bool = True
    left: int = 0
    customers_max: int = 5000


class Customer(msgspec.Struct, frozen=True):
    """``type`` 1 WeChat user, 2 WeCom user of another corp."""

    external_userid: str
    name: str
    type: int = 1
    gender: int = 0
    unionid: str = ""
    avatar: str = ""
    corp_name: str = ""
    position: str = ""


class Follow(msgspec.Struct, frozen=True):
    """One member and one customer. ``bond``: *both*; *half* (the member has not added back); *one_way* (the customer
    deleted the member). When the member deletes the customer, the row goes. ``slot``: place in the member's list."""

    userid: str
    external_userid: str
    createtime: int
    add_way: int = 0
    bond: str = "both"
    state: str = ""
    remark: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    oper_userid: str = ""
    remark_corp_name: str = ""
    remark_mobiles: tuple[str, ...] = ()
    channels: str = ""
    blocked: bool = False
    last: int = 0
    """When they last wrote to each other."""
    slot: int = 0


class TagGroup(msgspec.Struct, frozen=True):
    id: str
    name: str
    create_time: int
    order: int = 0


class Tag(msgspec.Struct, frozen=True):
    id: str
    group: str
    name: str
    create_time: int
    order: int = 0
    agentid: int = 0
    """Which app made it; others may not change it. 0: made in the console."""


class ContactWay(msgspec.Struct, frozen=True):
    config_id: str
    created: int
    type: int
    scene: int
    style: int = 0
    remark: str = ""
    skip_verify: bool = True
    state: str = ""
    user: tuple[str, ...] = ()
    party: tuple[int, ...] = ()
    is_temp: bool = False
    expires_in: int = 604_800
    chat_expires_in: int = 86_400
    unionid: str = ""
    is_exclusive: bool = False
    mark_source: bool = True
    conclusions: dict[str, Any] = {}
    used: int = 0


class Welcome(msgspec.Struct, frozen=True):
    code: str
    userid: str
    external_userid: str
    until: float
    used: bool = False


class Delivery(msgspec.Struct, frozen=True):
    """Something that reached customers (or groups, or staff): what the people of a rehearsal read."""

    number: int
    time: int
    kind: str
    userid: str
    to: tuple[str, ...]
    content: dict[str, Any]
    reference: str = ""


class Media(msgspec.Struct, frozen=True):
    media_id: str
    type: str
    filename: str
    content: bytes
    created: int
    until: float
    use: str = "temporary"
    """*temporary*, *moments*, *album* or *permanent* (an address)."""


class DayCount(msgspec.Struct, frozen=True):
    """What a member did in a day, for statistics."""

    new_contact: int = 0
    new_apply: int = 0
    lost: int = 0


class Talk(msgspec.Struct, frozen=True):
    """What a member and a customer wrote to each other in a day. Epoch seconds; 0: never."""

    asked: int = 0
    """When the customer began it; 0 where the member did."""
    answered: int = 0
    """When the member wrote first."""
    messages: int = 0
    """Of the member."""


class GroupDay(msgspec.Struct, frozen=True):
    """What was written in a group in a day, and by whom."""

    messages: int = 0
    who: tuple[str, ...] = ()
