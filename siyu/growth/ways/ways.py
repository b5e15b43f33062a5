"""Codes at WeCom: made, changed, removed, listed. What is decided is on disk before the platform is called."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from siyu.channels.platform.exchange import Exchange
from siyu.channels.wecom.codes import Way, client_of
from siyu.growth.ways import carrying, tagging
from siyu.growth.ways.model import TAGS_MAX, KeptWay, WayDraft, check
from siyu.growth.ways.tables import wecom_ways as table
from siyu.people.tables import tags as tags_table
from siyu.reach.welcomes import name_code
from siyu.storage import BadInput, Conflict, NotFound, Stores

ROWS_MAX = 500
_VIEW = [table.c[name] for name in KeptWay.__dataclass_fields__]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which codes: ``words`` in name, state or remark; ``removed`` ones beside the others; the numbers below
    ``before``, the newest first."""

    words: str = ""
    kind: str = ""
    account: int | None = None
    removed: bool = False
    before: int | None = None
    rows_max: int = 50


def add_way(stores: Stores, exchange: Exchange, by: str, draft: WayDraft) -> KeptWay:
    """Keep a code and have it made.

    Raises :class:`BadInput`. What the platform says is in the code: *live*; *refused*, to be mended and tried again;
    *making* where no answer came, until it was looked up.
    """
    state = draft.state.strip() or f"c{secrets.token_hex(4)}"
    now = stores.clock.now()
    check(draft, state, now)
    _ = client_of(stores, exchange, draft.account)
    place = tagging.present_place(stores)
    with stores.ledger.write() as conn:
        if conn.execute(sa.select(table.c.id).where(table.c.state == state)).first() is not None:
            raise BadInput(
                "state_taken",
                "这个渠道标识已被另一个渠道码使用（包括已删除的）。",
                "Another code has this state already, or had it.",
                field="state",
            )
        _check_tags(conn, draft.tags)
        tagging.begin_at(conn, place)
        values = {
            "account": draft.account,
            "kind": draft.kind,
            "state": state,
            "way": msgspec.to_builtins(draft.way),
            "stage": "making",
            "next": now,
            "created": now,
            "by": by,
            **_own(draft, now),
        }
        number = conn.execute(sa.insert(table).values(values).returning(table.c.id)).scalar_one()
        name_code(conn, now, by, state, draft.welcome)
    carrying.carry_out(stores, exchange, number)
    return get_way(stores, number)


def change_way(stores: Stores, exchange: Exchange, by: str, code: int, draft: WayDraft) -> KeptWay:
    """Change what may be changed. Where the platform refuses it, it stays as it was there, and says why (``problem``).
    Raises :class:`NotFound`, :class:`BadInput`, :class:`Conflict`."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        row = _claimed(conn, code, ("live", "changing", "refused"))
        check(draft, row.state, now)
        _check_tags(conn, draft.tags, row.tags)
        name_code(conn, now, by, row.state, draft.welcome)
        values = _own(draft, now)
        wanted = msgspec.to_builtins(_still_resting(draft.way, row.way))
        if row.stage == "refused":
            values |= {"way": wanted, "stage": "making", "called": None, "problem": None, "next": now}
        elif row.wanted is not None or wanted != msgspec.to_builtins(_way(row.way)):
            values |= {"wanted": wanted, "stage": "changing", "problem": None, "next": now}
        conn.execute(sa.update(table).where(table.c.id == code).values(**values))
    carrying.carry_out(stores, exchange, code)
    return get_way(stores, code)


def remove_way(stores: Stores, exchange: Exchange, code: int) -> KeptWay:
    """Remove it at the platform: who scans it gets nowhere. Its row and figures stay. Raises :class:`NotFound`,
    :class:`Conflict`."""
    with stores.ledger.write() as conn:
        row = _claimed(conn, code, ("live", "changing", "refused", "unknown", "removing"))
        now = stores.clock.now()
        if row.config_id is None:  # as far as anybody knows it is not there
            values: dict[str, Any] = {"stage": "removed", "ended": now, "next": None}
        else:
            values = {"stage": "removing", "wanted": None, "problem": None, "next": now}
        conn.execute(sa.update(table).where(table.c.id == code).values(**values, changed=now))
    carrying.carry_out(stores, exchange, code)
    return get_way(stores, code)


def try_again(stores: Stores, exchange: Exchange, code: int) -> KeptWay:
    """Have one made that was refused, or whose making had no answer and can't be looked up: a group code that nobody
    uses may then remain at WeCom. Raises :class:`NotFound`, :class:`Conflict`."""
    with stores.ledger.write() as conn:
        _claimed(conn, code, ("refused", "unknown"))
        now = stores.clock.now()
        values = {"stage": "making", "called": None, "problem": None, "next": now, "changed": now}
        conn.execute(sa.update(table).where(table.c.id == code).values(**values))
    carrying.carry_out(stores, exchange, code)
    return get_way(stores, code)


def working_ways(conn: Connection, states: Sequence[str]) -> dict[str, bool]:
    """Of these states, those that there is a code of → whether it has not been removed."""
    query = sa.select(table.c.state, table.c.ended).where(table.c.state.in_(list(states)))
    return {row.state: row.ended is None for row in conn.execute(query)}


def get_way(stores: Stores, code: int) -> KeptWay:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(*_VIEW).where(table.c.id == code)).one_or_none()
    if row is None:
        raise _not_found(code)
    return _read(row)


def way_of_state(stores: Stores, state: str) -> KeptWay | None:
    """The code that has this state, or had it."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(*_VIEW).where(table.c.state == state)).one_or_none()
    return None if row is None else _read(row)


def also_tag(conn: Connection, code: int, tag: int) -> None:
    """Who comes through it from now on gets this tag too; a code that has all the tags it may have stays as it is."""
    had: Sequence[int] = conn.execute(sa.select(table.c.tags).where(table.c.id == code)).scalar() or ()
    if tag not in had and len(had) < TAGS_MAX:
        conn.execute(sa.update(table).where(table.c.id == code).values(tags=[*had, tag]))


def list_ways(stores: Stores, wanted: Wanted) -> list[KeptWay]:
    """A page of codes, the newest first."""
    query = sa.select(*_VIEW).where(*_which(wanted))
    if wanted.before is not None:
        query = query.where(table.c.id < wanted.before)
    with stores.ledger.read() as conn:
        found = conn.execute(query.order_by(table.c.id.desc()).limit(min(wanted.rows_max, ROWS_MAX + 1)))
        return [_read(row) for row in found]


def count_ways(stores: Stores, wanted: Wanted) -> int:
    """How many there are on all pages."""
    with stores.ledger.read() as conn:
        return conn.execute(sa.select(sa.func.count()).select_from(table).where(*_which(wanted))).scalar_one()


def _which(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    which: list[sa.ColumnElement[bool]] = [] if wanted.removed else [table.c.stage != "removed"]
    if wanted.words:
        within = (table.c.name, table.c.state, table.c.way["remark"].as_string())
        which.append(sa.or_(*(column.icontains(wanted.words, autoescape=True) for column in within)))
    if wanted.kind:
        which.append(table.c.kind == wanted.kind)
    if wanted.account is not None:
        which.append(table.c.account == wanted.account)
    return which


def _own(draft: WayDraft, now: datetime) -> dict[str, Any]:
    """What only this side knows."""
    return {
        "name": draft.name.strip(),
        "tags": list(dict.fromkeys(draft.tags)),
        "expires": draft.expires,
        "changed": now,
    }


def _claimed(conn: Connection, code: int, stages: Sequence[str]) -> Row[Any]:
    """The row, if nobody is calling for it just now and it is in one of these stages."""
    row = conn.execute(sa.select(table).where(table.c.id == code)).one_or_none()
    if row is None:
        raise _not_found(code)
    machine = datetime.now(UTC)
    if row.busy_until is not None and row.busy_until > machine:
        raise Conflict("way_busy", "正在等企业微信应答，请稍后再试。", "WeCom is being asked about it; try again soon.")
    if row.stage not in stages:
        raise Conflict(
            "way_not_ready",
            "这个码现在不能这样操作：请先看它的状态。",
            "This can't be done to the code in its present state.",
            stage=row.stage,
        )
    return row


def _check_tags(conn: Connection, wished: Sequence[int], had: Sequence[int] = ()) -> None:
    new = set(wished) - set(had)
    known = tags_table.c
    found = conn.execute(sa.select(known.id).where(known.id.in_(new), known.archived.is_(None))).scalars()
    if new - set(found):
        raise BadInput("no_tag", "没有这个标签。", "There is no such tag.", field="tags")


def _read(row: Row[Any]) -> KeptWay:
    values = dict(zip(KeptWay.__dataclass_fields__, row, strict=True))
    read: dict[str, Any] = {
        **values,
        "way": _way(row.way),
        "wanted": None if row.wanted is None else _way(row.wanted),
        "tags": tuple(row.tags),
    }
    return KeptWay(**read)


def _still_resting(way: Way, before: Any) -> Way:
    """Which groups are full is not for the operator to say."""
    resting = tuple(each for each in _way(before).resting if each in way.groups)
    return msgspec.structs.replace(way, resting=() if len(resting) == len(way.groups) else resting)


def _way(told: Any) -> Way:
    return msgspec.convert(told, Way)


def _not_found(code: int) -> NotFound:
    return NotFound("way_not_found", f"没有编号为 {code} 的渠道码。", f"There is no code {code}.")
