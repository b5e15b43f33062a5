"""Recording posts to groups, calling them back, and saying what became of them. The calls are the job's
(``handing_over.py``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.engine import Connection

from siyu.channels.accounts import usable_account
from siyu.channels.attachments import media_in, read_attachments
from siyu.channels.media import require_media
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.protocol import Account
from siyu.channels.wecom.fields import is_identifier
from siyu.channels.wecom.group_posts.limits import held_because, owner_of, used
from siyu.channels.wecom.group_posts.tables import wecom_group_post_items as items
from siyu.channels.wecom.group_posts.tables import wecom_group_posts as table
from siyu.channels.wecom.group_posts.tables import wecom_group_tasks as tasks
from siyu.channels.wecom.mass_tasks import TEXT_BYTES_MAX, hash_of, keep_texts, noted_reminder
from siyu.channels.wecom.platform import WECOM
from siyu.channels.wecom.sending_tables import wecom_texts
from siyu.channels.wecom.tables import wecom_groups
from siyu.channels.wecom.weekly import GROUP_POSTS_WEEK
from siyu.jobs import enqueue, preferences
from siyu.storage import BadInput, Conflict, NotFound, Stores, insert_into, sent

HAND_OVER = "wecom_post_to_groups"
GROUPS_MAX = 10_000
"""In one post."""
STATES: Mapping[str, tuple[str, str]] = {
    "recorded": ("等待开始", "waiting to begin"),
    "open": ("进行中", "under way"),
    "done": ("已结束", "over"),
    "cancelled": ("已取消", "cancelled"),
}
ITEM_STATES: Mapping[str, tuple[str, str]] = {
    "recorded": ("等待开始", "waiting to begin"),
    "gathered": ("等待创建任务", "waiting for a task"),
    "handed": ("等群主确认", "waiting for its owner"),
    "sent": ("已送出", "sent"),
    "held": ("未发", "held"),
    "refused": ("未送出", "not sent"),
    "withdrawn": ("已撤回", "withdrawn"),
}
TASK_STATES: Mapping[str, tuple[str, str]] = {
    "making": ("正在创建", "being made"),
    "waiting": ("待确认", "waiting"),
    "sending": ("已确认", "confirmed"),
    "withdrawing": ("正在撤回", "being called back"),
    "done": ("已结束", "over"),
}


@dataclass(frozen=True)
class Draft:
    """``groups``: by chat id; none: all groups of ``owners``, and where these are none too, all groups of the account.
    ``starts``: not before; None for at once."""

    text: str
    attachments: Sequence[Mapping[str, str]] = ()
    groups: Sequence[str] = ()
    owners: Sequence[str] = ()
    starts: datetime | None = None


class GroupForecast(Struct, frozen=True):
    """What would become of it now: groups reached, owners who have to confirm, groups held by reason."""

    reached: int
    owners: int
    held: dict[str, int]


class GroupPost(Struct, frozen=True):
    """A post to groups. ``state``: recorded, open, done, cancelled; ``counts``: groups by what became of them
    (recorded, gathered, handed, sent, held, refused, withdrawn); ``waiting``: owners who have not confirmed."""

    id: int
    account: int
    text: str
    attachments: list[dict[str, str]]
    state: str
    starts: datetime
    at: datetime
    by: str
    finished: datetime | None
    groups: int
    counts: dict[str, int]
    waiting: int


class GroupItem(Struct, frozen=True):
    """One group of a post, with its name as last read. ``sender``: its owner; ``reason``: why it did not get it."""

    chat_id: str
    name: str
    sender: str
    state: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class KnownGroup:
    """A group that there is, as last read; ``today``, ``month``: how many mass messages it had."""

    chat_id: str
    name: str
    owner: str
    today: int = 0
    month: int = 0


class OwnerTask(Struct, frozen=True):
    """What one owner has to confirm. ``state``: making, waiting, sending, withdrawing, done; ``open``: groups of it
    that are not settled."""

    id: int
    sender: str
    groups: int
    open: int
    state: str
    handed: datetime | None
    confirmed: datetime | None
    reminders: int


def known_groups(stores: Stores, account: int, rows_max: int = 500) -> list[KnownGroup]:
    """Groups of an account by owner and name."""
    group = wecom_groups.c
    mine = sa.and_(group.account == account, group.dismissed.is_(None))
    had = used(account, group.chat_id, stores.clock.now())
    query = sa.select(group.chat_id, group.name, group.owner, *had).where(mine)
    with stores.ledger.read() as conn:
        rows = conn.execute(query.order_by(group.owner, group.name, group.chat_id).limit(rows_max))
        return [KnownGroup(*row) for row in rows]


def forecast(stores: Stores, account: int, draft: Draft) -> GroupForecast:
    """What would become of it if it were posted now. Raises as :func:`post` does."""
    ready = _wecom(stores, account)
    with stores.ledger.read() as conn:
        chosen = _chosen(conn, account, draft)
        most = int(preferences.get(conn, GROUP_POSTS_WEEK))
        reason = held_because(account, ready.settings, _begins(stores, draft), chosen.c.chat_id, most)
        owner = owner_of(account, chosen.c.chat_id)
        asked = sa.select(reason.label("reason"), owner.label("owner")).select_from(chosen).subquery()
        query = sa.select(asked.c.reason, sa.func.count(), sa.func.count(sa.distinct(asked.c.owner)))
        rows = conn.execute(query.group_by(asked.c.reason)).all()
    reached = next(((many, owners) for reason, many, owners in rows if reason is None), (0, 0))
    return GroupForecast(*reached, {reason: many for reason, many, _ in rows if reason is not None})


def post(stores: Stores, by: str, account: int, draft: Draft) -> int:
    """Record a post; tasks are made in the background, and owners confirm them. Its number.

    Raises :class:`NotFound`, :class:`BadInput`.
    """
    _wecom(stores, account)
    said, now = _checked(stores, draft), stores.clock.now()
    starts = _begins(stores, draft)
    with stores.ledger.write() as conn:
        chosen = _chosen(conn, account, draft)
        hashed = hash_of(said)
        keep_texts(conn, {hashed: said})
        values = {"account": account, "text": hashed, "state": "recorded", "starts": starts, "at": now, "by": by}
        number = int(conn.execute(sa.insert(table).values(**values, next=starts).returning(table.c.id)).scalar_one())
        fixed: dict[str, Any] = {
            "post": sa.literal(number, sa.BigInteger),
            "account": sa.literal(account, sa.BigInteger),
            "at": sa.literal(now, items.c.at.type),
            "state": sa.literal("recorded"),
        }
        rows = sa.select(chosen.c.chat_id, *fixed.values())
        conn.execute(insert_into(conn, items).from_select(["chat_id", *fixed], rows))
        if starts <= now:
            ask_to_hand_over(conn, account, now)
    return number


def cancel(stores: Stores, number: int) -> None:
    """Call back what has not gone out; again does nothing. Raises :class:`NotFound`, :class:`Conflict`."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        found = conn.execute(sa.select(table).where(table.c.id == number)).one_or_none()
        if found is None:
            raise _none(number)
        if found.state == "done":
            raise Conflict("group_post_over", "这次群发已经结束。", "This post is over.")
        if found.state == "cancelled":
            return
        mine = sa.and_(items.c.post == number, items.c.state.in_(("recorded", "gathered")))
        conn.execute(sa.update(items).where(mine).values(state="withdrawn", at=now))
        open_ones = sa.and_(tasks.c.post == number, tasks.c.next.is_not(None))
        conn.execute(sa.update(tasks).where(open_ones).values(withdrawn=True, next=now))
        conn.execute(sa.update(table).where(table.c.id == number).values(state="cancelled", next=None, finished=now))
        ask_to_hand_over(conn, found.account, now)


def remind(stores: Stores, exchange: Exchange, number: int, task: int | None = None) -> int:
    """Remind one owner, or all of this post who have not confirmed; how many. Raises :class:`NotFound`,
    :class:`Conflict`, :class:`PlatformError`: of one task at once, of all where nobody could be reminded."""
    found = get_post(stores, number)
    client = PlatformClient(exchange, usable_account(stores, found.account), WECOM)
    known = tasks_of(stores, number)
    if task is not None and task not in [each.id for each in known]:
        raise NotFound("task_not_found", f"没有编号为 {task} 的任务。", f"There is no task {task}.")
    chosen = [each.id for each in known if each.state == "waiting"] if task is None else [task]
    reminded, refused = 0, None
    for each in chosen:
        try:
            client.call("remind_groupmsg_send", body={"msgid": noted_reminder(stores, tasks, found.account, each)})
            reminded += 1
        except Conflict as error:
            refused = error
    if refused is not None and not reminded:
        raise refused
    return reminded


def ask_to_hand_over(conn: Connection, account: int, now: datetime) -> int:
    """Have the job of an account run; its number."""
    return enqueue(conn, HAND_OVER, {"account": account}, now=now, key=f"{HAND_OVER}:{account}", again=True)


def list_posts(stores: Stores, *, before: int | None = None, words: str = "", rows_max: int = 50) -> list[GroupPost]:
    """The newest first, from behind ``before`` on; ``words``: part of the text."""
    query = _posts().order_by(table.c.id.desc()).limit(rows_max)
    if before is not None:
        query = query.where(table.c.id < before)
    if words:
        query = query.where(wecom_texts.c.text.icontains(words, autoescape=True))
    with stores.ledger.read() as conn:
        return _counted(conn, conn.execute(query).all())


def get_post(stores: Stores, number: int) -> GroupPost:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        rows = conn.execute(_posts().where(table.c.id == number)).all()
        if not rows:
            raise _none(number)
        return _counted(conn, rows)[0]


def items_of(
    stores: Stores, number: int, *, state: str = "", after: str | None = None, rows_max: int = 50
) -> list[GroupItem]:
    """Groups of a post by chat id, from behind ``after`` on."""
    group = sa.and_(wecom_groups.c.account == items.c.account, wecom_groups.c.chat_id == items.c.chat_id)
    name = sa.func.coalesce(wecom_groups.c.name, "").label("name")
    columns = (items.c.chat_id, name, items.c.sender, items.c.state, items.c.reason, items.c.at)
    query = sa.select(*columns).select_from(items.outerjoin(wecom_groups, group)).where(items.c.post == number)
    if state:
        query = query.where(items.c.state == state)
    if after is not None:
        query = query.where(items.c.chat_id > after)
    with stores.ledger.read() as conn:
        return [GroupItem(*row) for row in conn.execute(query.order_by(items.c.chat_id).limit(rows_max))]


def tasks_of(stores: Stores, number: int, rows_max: int = 500) -> list[OwnerTask]:
    """What owners have to confirm, the open ones first."""
    mine = sa.and_(items.c.task == tasks.c.id, items.c.state == "handed")
    left = sa.select(sa.func.count()).select_from(items).where(mine).scalar_subquery()
    query = sa.select(tasks, left.label("open")).where(tasks.c.post == number, tasks.c.size > 0)
    with stores.ledger.read() as conn:
        rows = conn.execute(query.order_by(tasks.c.next.is_(None), tasks.c.id).limit(rows_max)).all()
    return [
        OwnerTask(
            row.id,
            row.sender,
            row.size,
            row.open,
            "making" if row.state in ("calling", "asking") else row.state,
            row.called if row.msgid else None,
            row.confirmed,
            len(row.reminded),
        )
        for row in rows
    ]


def _posts() -> sa.Select[Any]:
    columns = [table.c[name] for name in ("state", "starts", "at", "by", "finished")]
    said = (table.c.id, table.c.account, wecom_texts.c.text, wecom_texts.c.attachments)
    return sa.select(*said, *columns).join(wecom_texts, wecom_texts.c.hash == table.c.text)


def _counted(conn: Connection, rows: Sequence[sa.Row[Any]]) -> list[GroupPost]:
    numbers = [row.id for row in rows]
    of_items = sa.select(items.c.post, items.c.state, sa.func.count()).where(items.c.post.in_(numbers))
    counts: dict[int, dict[str, int]] = {}
    for number, state, many in conn.execute(of_items.group_by(items.c.post, items.c.state)):
        counts.setdefault(number, {})[state] = many
    waits = sa.and_(tasks.c.post.in_(numbers), tasks.c.state == "waiting", tasks.c.size > 0)
    of_tasks = sa.select(tasks.c.post, sa.func.count(sa.distinct(tasks.c.sender))).where(waits).group_by(tasks.c.post)
    waiting = dict(conn.execute(of_tasks).tuples().all())
    found: list[GroupPost] = []
    for row in rows:
        its = counts.get(row.id, {})
        found.append(GroupPost(*row, groups=sum(its.values()), counts=its, waiting=waiting.get(row.id, 0)))
    return found


def _begins(stores: Stores, draft: Draft) -> datetime:
    now = stores.clock.now()
    return max(draft.starts or now, now)


def _chosen(conn: Connection, account: int, draft: Draft) -> sa.Subquery:
    """SQL: the groups that a draft means. Raises :class:`BadInput`."""
    group = wecom_groups.c
    known = sa.select(group.chat_id).where(group.account == account)
    if draft.groups:
        if not all(map(is_identifier, draft.groups)):
            raise BadInput("group_ids", "群的编号不正确。", "A group's id is wrong.", field="groups")
        given = sent(conn, chat_id=(sa.Text, list(dict.fromkeys(draft.groups))))
        query = known.where(group.chat_id.in_(sa.select(given.c.chat_id)))
        missing = len(set(draft.groups)) - _how_many(conn, query)
        if missing:
            words = f"有 {missing} 个群不存在或还没有同步。", f"{missing} of the groups are not there or were not read."
            raise BadInput("group_unknown", *words, field="groups")
    else:
        query = known.where(group.dismissed.is_(None))
        if draft.owners:
            if not all(map(is_identifier, draft.owners)):
                raise BadInput("group_owners", "群主的账号不正确。", "An owner's user id is wrong.", field="owners")
            query = query.where(group.owner.in_(list(draft.owners)))
    many = _how_many(conn, query)
    if not many:
        words = "没有这样的群；先到账号页同步客户群。", "There is no such group; sync groups first."
        raise BadInput("groups_none", *words, field="groups")
    if many > GROUPS_MAX:
        words = f"一次最多 {GROUPS_MAX:,} 个群，请分几次。", f"At most {GROUPS_MAX:,} groups at once; post in parts."
        raise BadInput("groups_too_many", *words, field="groups")
    return query.subquery()


def _how_many(conn: Connection, query: sa.Select[Any]) -> int:
    return int(conn.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one())


def _checked(stores: Stores, draft: Draft) -> dict[str, Any]:
    text = draft.text.strip()
    attachments = read_attachments(draft.attachments)
    if not text and not attachments:
        words = "请写文字或加附件。", "Write a text or add an attachment."
        raise BadInput("group_post_empty", *words, field="text")
    if len(text.encode()) > TEXT_BYTES_MAX:
        words = (
            f"文字最多 {TEXT_BYTES_MAX:,} 字节（约 1,300 个汉字）。",
            f"A text has at most {TEXT_BYTES_MAX:,} bytes.",
        )
        raise BadInput("group_post_long", *words, field="text")
    with stores.ledger.read() as conn:
        require_media(conn, media_in(attachments))
    return {"text": text, "attachments": attachments}


def _wecom(stores: Stores, account: int) -> Account:
    ready = usable_account(stores, account)
    if ready.channel != WECOM.name:
        words = "只有企业微信账号可以群发到客户群。", "Only WeCom accounts post to groups."
        raise BadInput("account_no_groups", *words, field="account")
    return ready


def _none(number: int) -> NotFound:
    return NotFound("group_post_not_found", f"没有编号为 {number} 的社群群发。", f"There is no group post {number}.")
