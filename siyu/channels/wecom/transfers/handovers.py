"""Recording what is to be handed over, and saying how far it is. The calls are made by the job (``moving.py``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.accounts import usable_account
from siyu.channels.wecom.failures import FAILURES
from siyu.channels.wecom.fields import is_identifier
from siyu.channels.wecom.platform import WECOM
from siyu.channels.wecom.tables import wecom_contacts, wecom_groups, wecom_members
from siyu.channels.wecom.transfers.tables import wecom_handover_items as items
from siyu.channels.wecom.transfers.tables import wecom_handovers as table
from siyu.channels.wecom.transfers.tables import wecom_unassigned
from siyu.jobs import enqueue
from siyu.storage import BadInput, NotFound, Stores, insert_into, sent

MOVE = "wecom_hand_over"
ITEMS_MAX = 20_000
"""Of one kind in one hand-over."""
MESSAGE_CHARACTERS_MAX = 200
AGAIN, TIMES_MAX = timedelta(days=90), 2
"""A customer, and a group of somebody who stays, is handed on so often in so many days."""
TOO_OFTEN: Mapping[str, int] = {"customer": 40128, "group": 90508}
OPEN = ("recorded", "calling", "waiting")
COUNTED = ("calling", "waiting", "done")
STATES: Mapping[str, tuple[str, str]] = {
    "recorded": ("排队中", "in the queue"),
    "calling": ("正在确认", "being confirmed"),
    "waiting": ("等待生效（客户 24 小时内可拒绝）", "waiting (a customer may refuse within 24 hours)"),
    "done": ("已转接", "handed over"),
    "refused": ("客户拒绝", "refused by the customer"),
    "full": ("接替成员客户数已满", "the taker is full"),
    "failed": ("未能转接", "failed"),
    "unsettled": ("平台没有给出结果", "the platform never said"),
    "withdrawn": ("已撤回", "withdrawn"),
}


@dataclass(frozen=True)
class Wish:
    """What is to be handed over. ``left``: the giver has left the company. ``customers`` and ``groups``: ids, or None
    for all that the giver has. ``message``: what customers are told, where the giver stays."""

    giver: str
    taker: str
    left: bool = False
    customers: Sequence[str] | None = None
    groups: Sequence[str] | None = ()
    message: str = ""


@dataclass(frozen=True)
class Handover:
    """``counts``: by kind and state."""

    id: int
    account: int
    giver: str
    taker: str
    left: bool
    message: str
    at: datetime
    by: str
    counts: Mapping[tuple[str, str], int]

    def many(self, *states: str) -> int:
        """Customers and groups in these states, in any where none is named."""
        return sum(count for (_, state), count in self.counts.items() if not states or state in states)

    @property
    def open(self) -> int:
        return self.many(*OPEN)


@dataclass(frozen=True)
class Item:
    """One customer or group."""

    kind: str
    item: str
    state: str
    code: int | None
    called: datetime | None
    settled: datetime | None

    @property
    def reason(self) -> tuple[str, str]:
        """Why it failed, Chinese and English; empty where it did not."""
        if self.code is None:
            return "", ""
        known = FAILURES.get(self.code)
        return (known.zh, known.en) if known else (f"平台错误码 {self.code}。", f"Code {self.code} of the platform.")


@dataclass(frozen=True)
class Holding:
    """What a member could hand over now; ``held``: customers who were handed on too often lately."""

    userid: str
    name: str
    customers: int
    groups: int
    held: int


def hand_over(stores: Stores, by: str, account: int, wish: Wish) -> int:
    """Record a hand-over, to begin at once in the background; its number.

    Raises :class:`NotFound`, :class:`BadInput`.
    """
    if usable_account(stores, account).channel != WECOM.name:
        raise BadInput(
            "account_cannot_hand_over", "只有企业微信账号可以转接。", "Only WeCom accounts hand over.", field="account"
        )
    giver, taker, message = wish.giver.strip(), wish.taker.strip(), wish.message.strip()
    _check(giver, taker, message)
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        _check_taker(conn, account, taker)
        chosen = {
            "customer": _chosen(conn, _customers(account, giver, left=wish.left), wish.customers, "customers"),
            "group": _chosen(conn, _groups(account, giver), wish.groups, "groups"),
        }
        if not any(chosen.values()):
            raise BadInput(
                "nothing_to_hand_over",
                "这位成员没有可转接的客户或群；离职成员请先读取待分配名单。",
                "This member has nobody to hand over; of one who left, have the list read first.",
                field="giver",
            )
        values = {"giver": giver, "taker": taker, "left": wish.left, "message": "" if wish.left else message}
        row = sa.insert(table).values(account=account, at=now, by=by, **values).returning(table.c.id)
        number = int(conn.execute(row).scalar_one())
        for kind, ids in chosen.items():
            _record(conn, account, number, kind, ids)
        ask_to_move(conn, account, now)
    return number


def withdraw(stores: Stores, number: int) -> int:
    """Withdraw what the platform was not told of yet; how many. Raises :class:`NotFound`."""
    get_handover(stores, number)
    values = {"state": "withdrawn", "settled": stores.clock.now()}
    with stores.ledger.write() as conn:
        mine = sa.and_(items.c.handover == number, items.c.state == "recorded")
        return conn.execute(sa.update(items).where(mine).values(**values)).rowcount


def ask_to_move(conn: Connection, account: int, now: datetime) -> int:
    """Have the job of an account run; its number."""
    return enqueue(conn, MOVE, {"account": account}, now=now, key=f"{MOVE}:{account}", again=True)


def list_handovers(stores: Stores, *, before: int | None = None, rows_max: int = 50) -> list[Handover]:
    """The newest first, from behind ``before`` on."""
    query = sa.select(table).order_by(table.c.id.desc()).limit(rows_max)
    if before is not None:
        query = query.where(table.c.id < before)
    with stores.ledger.read() as conn:
        return _counted(conn, list(conn.execute(query)))


def get_handover(stores: Stores, number: int) -> Handover:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        found = _counted(conn, list(conn.execute(sa.select(table).where(table.c.id == number))))
    if not found:
        raise NotFound("handover_not_found", f"没有编号为 {number} 的转接。", f"There is no hand-over {number}.")
    return found[0]


def items_of(
    stores: Stores, number: int, *, state: str = "", after: tuple[str, str] | None = None, rows_max: int = 50
) -> list[Item]:
    """Customers and groups of a hand-over, by kind and id, from behind ``after`` on."""
    columns = [items.c[name] for name in Item.__dataclass_fields__]
    query = sa.select(*columns).where(items.c.handover == number).order_by(items.c.kind, items.c.item).limit(rows_max)
    if state:
        query = query.where(items.c.state == state)
    if after is not None:
        query = query.where(sa.tuple_(items.c.kind, items.c.item) > sa.tuple_(*map(sa.literal, after)))
    with stores.ledger.read() as conn:
        return [Item(*row) for row in conn.execute(query)]


def holding(stores: Stores, account: int, giver: str, *, left: bool) -> Holding:
    """What a member could hand over, and how many customers the platform's limit holds back."""
    with stores.ledger.read() as conn:
        customers = _customers(account, giver, left=left).subquery()
        groups = _groups(account, giver).subquery()
        often = too_often(account, "customer", stores.clock.now())
        held = sa.select(sa.func.count()).select_from(customers).where(customers.c.id.in_(often))
        name = sa.select(wecom_members.c.name).where(
            wecom_members.c.account == account, wecom_members.c.userid == giver
        )
        return Holding(
            giver,
            conn.execute(name).scalar() or "",
            conn.execute(sa.select(sa.func.count()).select_from(customers)).scalar_one(),
            conn.execute(sa.select(sa.func.count()).select_from(groups)).scalar_one(),
            conn.execute(held).scalar_one(),
        )


def leavers(stores: Stores, account: int) -> list[tuple[str, datetime, int]]:
    """Members who left and whose customers wait for somebody: id, when they left, how many; most first."""
    listed, many = wecom_unassigned.c, sa.func.count().label("many")
    query = sa.select(listed.userid, sa.func.min(listed.left), many).where(listed.account == account)
    with stores.ledger.read() as conn:
        rows = conn.execute(query.group_by(listed.userid).order_by(many.desc(), listed.userid).limit(500))
        return [(row[0], row[1], row[2]) for row in rows]


def too_often(account: int, kind: str, now: datetime) -> sa.Select[tuple[str]]:
    """SQL: what was handed on as often as the platform allows in 90 days."""
    lately = sa.and_(items.c.account == account, items.c.kind == kind, items.c.called > now - AGAIN)
    chosen = sa.select(items.c.item).where(lately, items.c.state.in_(COUNTED))
    return chosen.group_by(items.c.item).having(sa.func.count() >= TIMES_MAX)


# --- inside


def _customers(account: int, giver: str, *, left: bool) -> sa.Select[tuple[str]]:
    if left:
        listed = wecom_unassigned.c
        return sa.select(listed.external_userid.label("id")).where(listed.account == account, listed.userid == giver)
    known = wecom_contacts.c
    mine = sa.and_(known.account == account, known.userid == giver, known.state == "friend")
    return sa.select(known.external_userid.label("id")).where(mine)


def _groups(account: int, giver: str) -> sa.Select[tuple[str]]:
    known = wecom_groups.c
    mine = sa.and_(known.account == account, known.owner == giver, known.dismissed.is_(None))
    return sa.select(known.chat_id.label("id")).where(mine)


def _chosen(conn: Connection, theirs: sa.Select[tuple[str]], wished: Sequence[str] | None, field: str) -> list[str]:
    """Ids of what is wished, all of it the giver's. Raises :class:`BadInput`."""
    if wished is None:
        found = list(conn.execute(theirs.order_by("id").limit(ITEMS_MAX + 1)).scalars())
    else:
        asked = list(dict.fromkeys(each.strip() for each in wished if each.strip()))
        if len(asked) > ITEMS_MAX:
            raise _too_many(field)
        given = sent(conn, id=(sa.Text, asked))
        there = theirs.subquery()
        known = set(conn.execute(sa.select(there.c.id).where(there.c.id.in_(sa.select(given.c.id)))).scalars())
        missing = next((each for each in asked if each not in known), None)
        if missing is not None:
            raise BadInput(
                "not_the_givers",
                f"“{missing[:40]}”不是移交成员的，或还没有同步。",
                f"“{missing[:40]}” is not the giver's, or was not synced yet.",
                field=field,
            )
        found = asked
    if len(found) > ITEMS_MAX:
        raise _too_many(field)
    return found


def _too_many(field: str) -> BadInput:
    return BadInput(
        "too_many_to_hand_over",
        f"一次最多转接 {ITEMS_MAX:,} 个，请分几次。",
        f"At most {ITEMS_MAX:,} at once; do it in parts.",
        field=field,
    )


def _record(conn: Connection, account: int, number: int, kind: str, ids: Sequence[str]) -> None:
    if not ids:
        return
    given = sent(conn, item=(sa.Text, list(ids)))
    fixed: dict[str, Any] = {
        "handover": sa.literal(number, sa.BigInteger),
        "kind": sa.literal(kind),
        "account": sa.literal(account, sa.BigInteger),
        "state": sa.literal("recorded"),
    }
    chosen = sa.select(given.c.item, *fixed.values()).where(sa.true())
    conn.execute(insert_into(conn, items).from_select(["item", *fixed], chosen).on_conflict_do_nothing())


def _check(giver: str, taker: str, message: str) -> None:
    for value, field in ((giver, "giver"), (taker, "taker")):
        if not is_identifier(value):
            words = "请填写成员账号（userid）。", "Give the member's user id."
            raise BadInput("member_needed", *words, field=field)
    if giver == taker:
        known = FAILURES[40130]
        raise BadInput("same_member", known.zh, known.en, field="taker")
    if len(message) > MESSAGE_CHARACTERS_MAX:
        raise BadInput(
            "message_long",
            f"提示语最多 {MESSAGE_CHARACTERS_MAX} 字。",
            f"The message has at most {MESSAGE_CHARACTERS_MAX} characters.",
            field="message",
        )


def _check_taker(conn: Connection, account: int, taker: str) -> None:
    """A member who is known to have left takes nobody; one who is not known yet the platform judges."""
    mine = sa.and_(wecom_members.c.account == account, wecom_members.c.userid == taker)
    if conn.execute(sa.select(wecom_members.c.gone).where(mine)).scalar() is not None:
        known = FAILURES[40003]
        raise BadInput("taker_gone", known.zh, known.en, field="taker")


def _counted(conn: Connection, rows: Sequence[sa.Row[Any]]) -> list[Handover]:
    numbers = [row.id for row in rows]
    counts = sa.select(items.c.handover, items.c.kind, items.c.state, sa.func.count().label("many"))
    counts = counts.where(items.c.handover.in_(numbers)).group_by(items.c.handover, items.c.kind, items.c.state)
    found = conn.execute(counts).all()
    return [
        Handover(
            row.id,
            row.account,
            row.giver,
            row.taker,
            row.left,
            row.message,
            row.at,
            row.by,
            {(each.kind, each.state): each.many for each in found if each.handover == row.id},
        )
        for row in rows
    ]
