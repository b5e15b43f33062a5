"""Recording moments, and saying what became of them. The calls are made by the job (``publishing.py``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.engine import Connection

from siyu.channels.accounts import usable_account
from siyu.channels.media import get_medium
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.wecom.fields import is_identifier
from siyu.channels.wecom.moments.tables import wecom_moment_parts as parts
from siyu.channels.wecom.moments.tables import wecom_moment_people as people
from siyu.channels.wecom.moments.tables import wecom_moments as table
from siyu.channels.wecom.platform import WECOM
from siyu.channels.wecom.weekly import require_room_for_moment
from siyu.jobs import enqueue
from siyu.storage import BadInput, Conflict, NotFound, Stores

PUBLISH = "wecom_publish_moments"
TEXT_CHARACTERS_MAX = 2_000
PICTURES_MAX = 9
TITLE_BYTES_MAX = 64
MEMBERS_MAX = 1_000
"""Named one by one; departments, or nobody named, mean more."""
STATES: Mapping[str, tuple[str, str]] = {
    "recorded": ("排队中", "in the queue"),
    "calling": ("等待平台确认", "waiting for the platform"),
    "making": ("平台正在创建", "being made by the platform"),
    "waiting": ("员工可发表", "members may publish it"),
    "done": ("已结束", "over"),
    "refused": ("平台拒绝", "refused"),
    "unsettled": ("平台没有给出结果", "the platform never said"),
    "cancelled": ("已停止", "cancelled"),
}
KINDS: Mapping[str, tuple[str, str]] = {
    "reached": ("看到的客户", "reached"),
    "like": ("点赞", "likes"),
    "comment": ("评论", "comments"),
}


@dataclass(frozen=True)
class Draft:
    """A text and attachments of one kind: up to nine pictures, one film, or one link with a picture. ``members`` and
    ``departments``: who is to publish it, nobody named: everybody; ``tags``: ids of WeCom's, none: every customer."""

    text: str
    attachments: Sequence[Mapping[str, str]] = ()
    members: Sequence[str] = ()
    departments: Sequence[int] = ()
    tags: Sequence[str] = ()


class Moment(Struct, frozen=True):
    """A moment. ``state``: recorded, calling, making, waiting, done, refused, unsettled, cancelled; ``invalid``: what
    the platform left out; ``members_all`` and ``published``: members who have to publish it and who did; ``reached``,
    ``likes``, ``comments``: customers."""

    id: int
    account: int
    text: str
    attachments: list[dict[str, str]]
    members: list[str]
    departments: list[int]
    tags: list[str]
    state: str
    reason: dict[str, Any] | None
    invalid: dict[str, list[Any]]
    at: datetime
    by: str
    members_all: int
    published: int
    reached: int
    likes: int
    comments: int


class Met(Struct, frozen=True):
    """A customer. ``kind``: reached, like or comment; ``at``: the last time of a like or comment."""

    kind: str
    external_userid: str
    userid: str
    at: datetime | None


_COLUMNS = [table.c[name] for name in Moment.__struct_fields__[:12]]


def post(stores: Stores, by: str, account: int, draft: Draft) -> int:
    """Record a moment; the platform is told in the background, and members publish it. Its number.

    Raises :class:`NotFound`, :class:`BadInput`; :class:`Conflict` where its customers are shown enough this week.
    """
    _wecom(stores, account)
    values = _checked(stores, draft)
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        require_room_for_moment(conn, account, draft.tags, now)
        row = {**values, "account": account, "state": "recorded", "invalid": {}, "at": now, "by": by, "next": now}
        number = int(conn.execute(sa.insert(table).values(row).returning(table.c.id)).scalar_one())
        ask_to_publish(conn, account, now)
    return number


def cancel(stores: Stores, exchange: Exchange, number: int) -> None:
    """What no member has published yet will not be; what is published stays. Raises :class:`Conflict`."""
    with stores.ledger.write() as conn:
        mine = sa.and_(table.c.id == number, table.c.state == "recorded")
        if conn.execute(sa.update(table).where(mine).values(state="cancelled", next=None)).rowcount:
            return
        row = conn.execute(sa.select(table).where(table.c.id == number)).one_or_none()
    if row is None:
        raise _none(number)
    if not row.moment_id or row.state != "waiting":
        words = "现在不能停止，请稍后再试。", "It can't be cancelled now; try later."
        raise Conflict("moment_not_cancellable", *words)
    client = PlatformClient(exchange, usable_account(stores, row.account), WECOM)
    client.call("cancel_moment_task", body={"moment_id": row.moment_id})
    with stores.ledger.write() as conn:
        conn.execute(sa.update(table).where(table.c.id == number).values(state="cancelled"))


def ask_to_publish(conn: Connection, account: int, now: datetime) -> int:
    """Have the job of an account run; its number."""
    return enqueue(conn, PUBLISH, {"account": account}, now=now, key=f"{PUBLISH}:{account}", again=True)


def list_moments(stores: Stores, *, before: int | None = None, words: str = "", rows_max: int = 50) -> list[Moment]:
    """The newest first, from behind ``before`` on."""
    query = sa.select(*_COLUMNS).order_by(table.c.id.desc()).limit(rows_max)
    if before is not None:
        query = query.where(table.c.id < before)
    if words:
        query = query.where(table.c.text.icontains(words, autoescape=True))
    with stores.ledger.read() as conn:
        return _counted(conn, conn.execute(query).all())


def get_moment(stores: Stores, number: int) -> Moment:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        rows = conn.execute(sa.select(*_COLUMNS).where(table.c.id == number)).all()
        if not rows:
            raise _none(number)
        return _counted(conn, rows)[0]


def silent_members(stores: Stores, number: int, rows_max: int = 200) -> list[str]:
    """Members who have not published it yet."""
    mine = sa.and_(parts.c.moment == number, sa.not_(parts.c.published))
    with stores.ledger.read() as conn:
        query = sa.select(parts.c.userid).where(mine).order_by(parts.c.userid).limit(rows_max)
        return list(conn.execute(query).scalars())


def people_of(
    stores: Stores, number: int, *, kind: str = "", after: tuple[str, str, str] | None = None, rows_max: int = 50
) -> list[Met]:
    """Customers by kind and id, from behind ``after`` on."""
    columns = [people.c[name] for name in Met.__struct_fields__]
    keys = (people.c.kind, people.c.external_userid, people.c.userid)
    query = sa.select(*columns).where(people.c.moment == number).order_by(*keys).limit(rows_max)
    if kind:
        query = query.where(people.c.kind == kind)
    if after is not None:
        query = query.where(sa.tuple_(*keys) > sa.tuple_(*map(sa.literal, after)))
    with stores.ledger.read() as conn:
        return [Met(*row) for row in conn.execute(query)]


def _wecom(stores: Stores, account: int) -> None:
    if usable_account(stores, account).channel != WECOM.name:
        words = "只有企业微信账号可以发朋友圈。", "Only WeCom accounts post moments."
        raise BadInput("account_no_moments", *words, field="account")


def _checked(stores: Stores, draft: Draft) -> dict[str, Any]:
    text = draft.text.strip()
    members = list(dict.fromkeys(each.strip() for each in draft.members if each.strip()))
    tags = list(dict.fromkeys(each.strip() for each in draft.tags if each.strip()))
    if not text and not draft.attachments:
        raise BadInput("moment_empty", "请写文字或选附件。", "Write a text or choose an attachment.", field="text")
    if len(text) > TEXT_CHARACTERS_MAX:
        words = f"文字最多 {TEXT_CHARACTERS_MAX:,} 字。", f"A text has at most {TEXT_CHARACTERS_MAX:,} characters."
        raise BadInput("moment_text_long", *words, field="text")
    if len(members) > MEMBERS_MAX or not all(map(is_identifier, members)):
        words = f"最多填 {MEMBERS_MAX:,} 位成员的账号。", f"Name at most {MEMBERS_MAX:,} members by their user ids."
        raise BadInput("moment_members", *words, field="members")
    if not all(map(is_identifier, tags)):
        raise BadInput("moment_tags", "标签编号不正确。", "A tag's id is wrong.", field="tags")
    attachments = [dict(each) for each in draft.attachments]
    _check_attachments(stores, attachments)
    return {
        "text": text,
        "attachments": attachments,
        "members": members,
        "departments": list(dict.fromkeys(draft.departments)),
        "tags": tags,
    }


def _check_attachments(stores: Stores, attachments: Sequence[Mapping[str, str]]) -> None:
    kinds = {each.get("kind", "") for each in attachments}
    if len(kinds) > 1 or kinds - {"image", "video", "link"}:
        words = "附件只能是同一种：图片、视频或链接。", "Attachments are of one kind: pictures, a film or a link."
        raise BadInput("moment_attachments", *words, field="attachments")
    if len(attachments) > (PICTURES_MAX if kinds == {"image"} else 1):
        words = (
            f"最多 {PICTURES_MAX} 张图片，或 1 个视频、1 个链接。",
            f"{PICTURES_MAX} pictures, or a film, or a link.",
        )
        raise BadInput("moment_attachments", *words, field="attachments")
    for each in attachments:
        try:
            medium, _ = get_medium(stores, each.get("medium", ""))
        except NotFound as error:
            raise BadInput(error.code, error.zh, error.en, field="attachments") from None
        wanted = "image" if each["kind"] == "link" else each["kind"]
        link_fits = each["kind"] != "link" or (
            each.get("url", "").startswith(("https://", "http://"))
            and 1 <= len(each.get("title", "").encode()) <= TITLE_BYTES_MAX
        )
        if medium.kind != wanted or not link_fits:
            words = "附件缺内容，或素材不是这一种。", "An attachment lacks something, or its medium is of another kind."
            raise BadInput("moment_attachments", *words, field="attachments")


def _counted(conn: Connection, rows: Sequence[sa.Row[Any]]) -> list[Moment]:
    numbers = [row.id for row in rows]
    of_parts = sa.select(parts.c.moment, parts.c.published, sa.func.count()).where(parts.c.moment.in_(numbers))
    told = {
        (row[0], bool(row[1])): row[2] for row in conn.execute(of_parts.group_by(parts.c.moment, parts.c.published))
    }
    of_people = sa.select(people.c.moment, people.c.kind, sa.func.count()).where(people.c.moment.in_(numbers))
    met = {(row[0], row[1]): row[2] for row in conn.execute(of_people.group_by(people.c.moment, people.c.kind))}
    found: list[Moment] = []
    for row in rows:
        done = told.get((row.id, True), 0)
        moment = Moment(
            *row,
            members_all=done + told.get((row.id, False), 0),
            published=done,
            reached=met.get((row.id, "reached"), 0),
            likes=met.get((row.id, "like"), 0),
            comments=met.get((row.id, "comment"), 0),
        )
        found.append(moment)
    return found


def _none(number: int) -> NotFound:
    return NotFound("moment_not_found", f"没有编号为 {number} 的朋友圈。", f"There is no moment {number}.")
