"""Making, changing and ending acquisition links (documents 97297, 97298)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.accounts import usable_account
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.failures import PlatformError
from siyu.channels.wecom.acquisition.tables import wecom_acquisition_links as table
from siyu.channels.wecom.acquisition.tables import wecom_link_customers as came
from siyu.channels.wecom.fields import is_identifier
from siyu.channels.wecom.platform import WECOM
from siyu.channels.wecom.tables import wecom_links as told
from siyu.storage import BadInput, Conflict, NotFound, Stores

NAME_CHARACTERS_MAX = 30
RANGE_MAX = 500
CHANNEL_BYTES_MAX = 64
LINKS_MAX = 500
"""Shown of an installation; the platform counts how many there may be."""
NO_SUCH_LINK = 40058
PREFERENCES: Mapping[int, tuple[str, str]] = {
    0: ("轮流分配", "by turns"),
    1: ("有客户关系的成员优先", "whom the visitor knows first"),
    2: ("优先指定成员", "named members first"),
}
STATES: Mapping[str, tuple[str, str]] = {
    "calling": ("等待平台确认", "waiting for the platform"),
    "there": ("可用", "works"),
    "unavailable": ("不可用", "does not work"),
    "refused": ("未建成", "not made"),
    "gone": ("已删除", "deleted"),
}


@dataclass(frozen=True)
class Draft:
    """A link as it is wished. ``members`` and ``departments``: whom visitors are led to; ``preferred``: of them first;
    ``skip_verify``: they are friends at once."""

    name: str
    members: Sequence[str] = ()
    departments: Sequence[int] = ()
    preferred: Sequence[str] = ()
    skip_verify: bool = True


@dataclass(frozen=True)
class Link:
    """A link. ``state``: see ``STATES``. ``came`` and ``chatted``: people who became friends by it, and those of them
    who wrote; ``opened`` and ``asked`` as far as addresses with a channel tell."""

    id: int
    account: int
    link: str | None
    name: str
    url: str
    members: list[str]
    departments: list[int]
    preferred: dict[str, Any]
    skip_verify: bool
    state: str
    called: datetime
    created: datetime | None
    by: str
    read: datetime | None
    opened: int = 0
    asked: int = 0
    came: int = 0
    chatted: int = 0
    channels: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def first(self) -> list[str]:
        """Members who are preferred by name."""
        return [str(each) for each in self.preferred.get("priority_userid_list") or []]

    def address(self, channel: str = "") -> str:
        """What people open; ``channel`` comes back with them. Raises :class:`BadInput`."""
        if not channel or not self.url:
            return self.url
        if len(channel.encode()) > CHANNEL_BYTES_MAX:
            raise BadInput(
                "link_channel_long",
                f"渠道标识最多 {CHANNEL_BYTES_MAX} 字节（约 21 个汉字）。",
                f"A channel has at most {CHANNEL_BYTES_MAX} bytes.",
                field="channel",
            )
        return f"{self.url}?customer_channel={quote(channel, safe='')}"

    def deep_address(self, channel: str = "") -> str:
        """The same, for a page or an advertisement: opens WeChat."""
        whole = self.address(channel)
        return f"weixin://biz/ww/profile/{quote(whole, safe='')}" if whole else ""


_COLUMNS = [table.c[name] for name in list(Link.__dataclass_fields__)[:14]]


def make_link(stores: Stores, exchange: Exchange, by: str, account: int, draft: Draft) -> int:
    """Have a link made; its number. The row stands before the call, so a link whose answer was lost is found again.

    Raises :class:`BadInput`, :class:`Conflict`, :class:`PlatformError`.
    """
    client, draft, now = _client(stores, exchange, account), checked(draft), stores.clock.now()
    with stores.ledger.write() as conn:
        _free(conn, account, draft.name)
        values = {**_kept(draft), "account": account, "state": "calling", "called": now, "by": by}
        number = int(conn.execute(sa.insert(table).values(values).returning(table.c.id)).scalar_one())
    try:
        answer = client.call("acquisition/create_link", body=_body(draft))["link"]
    except PlatformError as error:
        if not error.unknown:
            _change(stores, number, state="refused")
        raise
    created = datetime.fromtimestamp(int(answer.get("create_time") or now.timestamp()), UTC)
    _change(stores, number, state="there", link=str(answer["link_id"]), url=str(answer["url"]), created=created)
    return number


def change_link(stores: Stores, exchange: Exchange, number: int, draft: Draft) -> None:
    """Change name and range at the platform, then here: repeated, it is the same link. Raises as above."""
    found, draft = _there(stores, number), checked(draft)
    with stores.ledger.read() as conn:
        _free(conn, found.account, draft.name, but=number)
    body = {"link_id": found.link, **_body(draft)}
    _client(stores, exchange, found.account).call("acquisition/update_link", body=body)
    _change(stores, number, **_kept(draft))


def remove_link(stores: Stores, exchange: Exchange, number: int) -> None:
    """End it: nobody comes by it any more. Who came stays. Raises as above."""
    found = get_link(stores, number)
    if found.state == "calling":
        raise Conflict(
            "link_awaited",
            "平台还没有确认这个链接，请先点“读取”。",
            "The platform has not confirmed this link yet; have the links read first.",
        )
    if found.link and found.state == "there":
        client = _client(stores, exchange, found.account)
        try:
            client.call("acquisition/delete_link", body={"link_id": found.link})
        except PlatformError as error:
            if error.platform_code != NO_SUCH_LINK:
                raise
    _change(stores, number, state="gone")


def list_links(stores: Stores, account: int | None = None, *, words: str = "", gone: bool = False) -> list[Link]:
    """Links that there are, the newest first; ``gone``: those too that are no more."""
    query = sa.select(*_COLUMNS).order_by(table.c.id.desc()).limit(LINKS_MAX)
    if account is not None:
        query = query.where(table.c.account == account)
    if not gone:
        query = query.where(table.c.state.in_(("calling", "there")))
    if words:
        query = query.where(table.c.name.icontains(words, autoescape=True))
    with stores.ledger.read() as conn:
        return _with_figures(conn, [Link(*row) for row in conn.execute(query)])


def get_link(stores: Stores, number: int) -> Link:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(*_COLUMNS).where(table.c.id == number)).one_or_none()
        if row is None:
            raise NotFound("link_not_found", f"没有编号为 {number} 的获客链接。", f"There is no link {number}.")
        return _with_figures(conn, [Link(*row)])[0]


def statistic(stores: Stores, exchange: Exchange, number: int, days: int) -> tuple[int, int]:
    """Who opened a link and who became a friend by it, by the platform's count of the last ``days`` (30 at most)."""
    found, now = _there(stores, number), int(stores.clock.now().timestamp())
    body = {"link_id": found.link, "start_time": now - days * 86_400, "end_time": now}
    answer = _client(stores, exchange, found.account).call("acquisition/statistic", body=body)
    return int(answer.get("click_link_customer_cnt") or 0), int(answer.get("new_customer_cnt") or 0)


def checked(draft: Draft) -> Draft:
    """The draft as it may be sent. Raises :class:`BadInput`."""
    name = draft.name.strip()
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX or not name.isprintable():
        words = f"名称须为 1 到 {NAME_CHARACTERS_MAX} 个字。", f"A name has 1 to {NAME_CHARACTERS_MAX} characters."
        raise BadInput("link_name", *words, field="name")
    members = list(dict.fromkeys(each.strip() for each in draft.members if each.strip()))
    departments = list(dict.fromkeys(draft.departments))
    if not (members or departments) or len(members) > RANGE_MAX or not all(map(is_identifier, members)):
        raise BadInput(
            "link_range",
            f"请选择接待的成员或部门，部门展开后最多 {RANGE_MAX} 人。",
            f"Say which members or departments people are led to: {RANGE_MAX} people at most.",
            field="members",
        )
    preferred = list(dict.fromkeys(each.strip() for each in draft.preferred if each.strip()))
    if not set(preferred) <= set(members) and not departments:
        raise BadInput(
            "link_preferred",
            "优先成员须在接待范围内。",
            "Whom to prefer has to be among whom people are led to.",
            field="preferred",
        )
    return Draft(name, members, departments, preferred, draft.skip_verify)


def _body(draft: Draft) -> dict[str, Any]:
    body: dict[str, Any] = {
        "link_name": draft.name,
        "range": {"user_list": list(draft.members), "department_list": list(draft.departments)},
        "skip_verify": draft.skip_verify,
        "mark_source": True,
    }
    return body | {"priority_option": _priority(draft)}


def _priority(draft: Draft) -> dict[str, Any]:
    return {"priority_type": 2, "priority_userid_list": list(draft.preferred)} if draft.preferred else {}


def _kept(draft: Draft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "members": list(draft.members),
        "departments": list(draft.departments),
        "preferred": _priority(draft),
        "skip_verify": draft.skip_verify,
    }


def _free(conn: Connection, account: int, name: str, but: int = 0) -> None:
    """A name stands for one link of an account: by it a link without an answer is recognised."""
    same = sa.and_(table.c.account == account, table.c.name == name, table.c.state.in_(("calling", "there")))
    if conn.execute(sa.select(table.c.id).where(same, table.c.id != but).limit(1)).first():
        raise Conflict(
            "link_name_taken",
            "已有同名的获客链接，请换一个名称。",
            "There is a link of this name already; choose another.",
            field="name",
        )


def _with_figures(conn: Connection, links: list[Link]) -> list[Link]:
    names = [each.link for each in links if each.link]
    heard = {(row.account, row.link): row for row in conn.execute(sa.select(told).where(told.c.link.in_(names))).all()}
    counts = sa.select(
        came.c.account, came.c.link, came.c.channel, sa.func.count().label("came"), _CHATTED.label("chatted")
    ).where(came.c.link.in_(names))
    rows = conn.execute(counts.group_by(came.c.account, came.c.link, came.c.channel)).all()
    found: list[Link] = []
    for each in links:
        mine = [row for row in rows if (row.account, row.link) == (each.account, each.link)]
        of = heard.get((each.account, each.link or ""))
        state = "unavailable" if of is not None and of.unavailable and each.state == "there" else each.state
        figures: dict[str, Any] = {
            "state": state,
            "opened": 0 if of is None else of.opened,
            "asked": 0 if of is None else of.asked,
            "came": sum(row.came for row in mine),
            "chatted": sum(row.chatted for row in mine),
            "channels": {row.channel: row.came for row in mine},
        }
        found.append(Link(**{**each.__dict__, **figures}))
    return found


_CHATTED = sa.func.coalesce(sa.func.sum(sa.case((came.c.chatted == 1, 1), else_=0)), 0)


def _there(stores: Stores, number: int) -> Link:
    found = get_link(stores, number)
    if not found.link or found.state not in ("there", "unavailable"):
        raise Conflict("link_not_there", "这个获客链接在平台上不可用。", "This link is not at the platform.")
    return found


def _client(stores: Stores, exchange: Exchange, account: int) -> PlatformClient:
    ready = usable_account(stores, account)
    if ready.channel != WECOM.name:
        raise BadInput(
            "account_no_links", "只有企业微信账号有获客链接。", "Only WeCom accounts have such links.", field="account"
        )
    return PlatformClient(exchange, ready, WECOM)


def _change(stores: Stores, number: int, **values: Any) -> None:
    with stores.ledger.write() as conn:
        conn.execute(sa.update(table).where(table.c.id == number).values(**values))
