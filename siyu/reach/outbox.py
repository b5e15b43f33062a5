"""Writes messages into the outbox, by set: one statement a chunk, the guard inside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.people.tables import merges, own_events, people
from siyu.reach.arrived import counts_no_more, may_have_arrived
from siyu.reach.guard import ALREADY, Guard, Wish, candidates, candidates_of, decided
from siyu.reach.rules import QUIET_HOURS
from siyu.reach.rules.bars import passing
from siyu.reach.tables import broadcasts, outbox
from siyu.storage import Instant, Latest, Prepared, gathered, json_object, sent

SOURCE = "siyu"
INTEND_LOCK = 7_201
CLAIM_LOCK = 7_202
"""Keys of PostgreSQL's advisory locks; SQLite has one writer anyway."""

MERGE_LAG = timedelta(hours=1)
"""An audience is read from the event log, which hears of a merge a little later than the ledger."""

HELD = ("held", "holdout")

_INSERTS: Latest[Prepared] = Latest()
_EVENTS: Latest[sa.Insert] = Latest()
"""Of the last chunk: to put such a statement together takes as long as SQLite needs for a sixth of it (measured)."""
_PERSON = {"person": sa.BigInteger}
_NEWEST = sa.select(sa.func.coalesce(sa.func.max(outbox.c.id), 0))
_CHANGES = sa.select(sa.func.changes())
_LAST_MERGE = sa.select(merges.c.at).order_by(merges.c.id.desc()).limit(1)
_ZONED = sa.select(people.c.person).where(people.c.timezone.is_not(None)).limit(1)
_JOURNEY = sa.select(broadcasts.c.journey, broadcasts.c.node).where(
    broadcasts.c.id == sa.bindparam("sender"), broadcasts.c.journey.is_not(None)
)
GONE = "gone"


@dataclass(frozen=True, slots=True)
class Intention:
    """What is written for each person of a chunk. ``run``: the how-manieth time that they are in the journey whose
    message it is. For those whom the guard holds for a reason in ``asked_again`` nothing is written, so that they may
    be asked for once more later."""

    broadcast: int
    wish: Wish
    installation: str  # the middle of every delivery id
    frozen: datetime  # when the audience's members were taken down
    run: int = 1
    asked_again: frozenset[str] = frozenset()


def intend(
    conn: Connection, guard: Guard, intention: Intention, persons: Iterable[int], held_out: Iterable[int]
) -> None:
    """Write one chunk (at most ``CHUNK_ROWS`` kept persons) in the caller's transaction. Again changes nothing."""
    _write(conn, guard, intention, list(persons), held_out, _merged_since(conn, intention.frozen))


def intend_and_tell(conn: Connection, guard: Guard, intention: Intention, persons: Sequence[int]) -> dict[int, str]:
    """As :func:`intend` of any nodes: who of them does not get it, and why (``GONE``: the number of nobody). The
    message of all others is on its way, or has been since an earlier call. Two nodes of one person have one answer.

    In the order of work: what was written now is read where it is held, and else only counted; who had a message
    before is told by the outbox; only of the rest the guard is asked again (its caps count other messages, so its
    answer is the same).
    """
    merged = conn.execute(sa.select(merges.c.id).limit(1)).first() is not None  # they may be nodes of long ago
    before, written = _write(conn, guard, intention, persons, (), merged)
    kept_of = _kept_of(conn, persons) if merged else {}
    wanted = set(kept_of.values()) if merged else set(persons)
    told = _held_now(conn, intention, before)
    if written < len(wanted):
        told |= _not_written_now(conn, guard, intention, wanted.difference(_now_written(conn, intention, before)))
    if not merged:
        return told
    nobody = dict.fromkeys(set(persons).difference(kept_of), GONE)
    return {node: told[kept] for node, kept in kept_of.items() if kept in told} | nobody


def _not_written_now(conn: Connection, guard: Guard, intention: Intention, persons: Iterable[int]) -> dict[int, str]:
    """Who of these, for whom nothing was written now, does not get it, and why."""
    known = _written_before(conn, intention, sorted(persons))
    told = {person: reason for person, reason in known.items() if reason is not None}
    missing = sorted(set(persons).difference(known))
    if missing:
        answer = decided(guard, intention.wish, candidates(conn, guard, intention.wish, missing, ()))
        rows = conn.execute(sa.select(answer.c.person, sa.func.coalesce(answer.c.reason, ALREADY)))
        told |= dict.fromkeys(missing, GONE) | {int(person): str(reason) for person, reason in rows}
    return told


def _of_this(intention: Intention, before: Any) -> sa.ColumnElement[bool]:
    """SQL: the rows just written, which are the newest; "+ 0" keeps the planner from walking the whole broadcast."""
    return sa.and_(outbox.c.id > before, (outbox.c.broadcast + 0) == intention.broadcast)


def _held_now(conn: Connection, intention: Intention, before: int) -> dict[int, str]:
    held = sa.select(outbox.c.person, outbox.c.reason).where(_of_this(intention, before), outbox.c.state.in_(HELD))
    return dict(zip(*gathered(conn, held), strict=True))


def _now_written(conn: Connection, intention: Intention, before: int) -> list[int]:
    (persons,) = gathered(conn, sa.select(outbox.c.person).where(_of_this(intention, before)))
    return persons


def _kept_of(conn: Connection, persons: Sequence[int]) -> dict[int, int]:
    asked = sent(conn, person=(sa.BigInteger, list(persons)))
    rows = conn.execute(sa.select(people.c.person, people.c.kept).join(asked, asked.c.person == people.c.person))
    return {int(node): int(kept) for node, kept in rows}


def _written_before(conn: Connection, intention: Intention, persons: Sequence[int]) -> dict[int, str | None]:
    asked = sent(conn, person=(sa.BigInteger, list(persons)))
    mine = sa.and_((outbox.c.broadcast + 0) == intention.broadcast, outbox.c.run == intention.run)
    rows = conn.execute(
        sa.select(outbox.c.person, outbox.c.state, outbox.c.reason)
        .join(asked, asked.c.person == outbox.c.person)
        .where(mine)
    )
    return {row.person: row.reason if row.state in HELD else None for row in rows}


def _write(
    conn: Connection,
    guard: Guard,
    intention: Intention,
    persons: Sequence[int],
    held_out: Iterable[int],
    merged: bool,
) -> tuple[int, int]:
    """Write the rows: the number of the last one before them, and how many they are."""
    if conn.dialect.name == "postgresql":
        # Caps count what other broadcasts have taken: two writers side by side would not see each other's.
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(INTEND_LOCK)))
    before = conn.execute(_NEWEST).scalar_one()
    zones = _zones_named(conn, persons)
    insert = _INSERTS.get(
        (guard, intention, zones, merged),
        lambda: Prepared(
            lambda given, out: _insert(guard, intention, zones, given, out, merged=merged), given=_PERSON, out=_PERSON
        ),
    )
    given, out = {"person": sorted(persons)}, {"person": list(held_out)}
    many = insert.execute(conn, given=given, out=out).rowcount
    if conn.dialect.name == "sqlite":  # whose driver counts no rows of statements that begin with WITH
        many = conn.execute(_CHANGES).scalar_one()
    _tell_of_held(conn, intention, before)
    return before, many


def _insert(
    guard: Guard,
    intention: Intention,
    zones: Sequence[str],
    given: sa.FromClause,
    out: sa.FromClause,
    *,
    merged: bool,
) -> sa.Insert:
    """The one statement that writes a chunk: of the persons ``given``, some of them held ``out``."""
    wish = intention.wish
    answer = decided(guard, wish, candidates_of(guard, wish, given, out, as_given=not merged))
    way = sa.func.coalesce(answer.c.way, 0)
    later = passing(wish.ways[0].channel, wish.now)
    waits = answer.c.reason.in_(sorted(later))
    open_way = sa.or_(answer.c.reason.is_(None), waits) if later else answer.c.reason.is_(None)
    due, delayed = _when(guard, wish, answer.c.zone, way, zones)
    if later:  # over a quota of the day or the month: it goes when the next begins
        moments = [(answer.c.reason == reason, sa.literal(until, Instant)) for reason, until in sorted(later.items())]
        due = sa.case(*moments, else_=due)
        delayed = sa.case((waits, answer.c.reason), else_=delayed)
    columns: dict[str, Any] = {
        "broadcast": sa.literal(intention.broadcast),
        "person": answer.c.person,
        "channel": _by_way(way, [each.channel.name for each in wish.ways], sa.Text),
        "account": _by_way(way, [each.account for each in wish.ways], sa.BigInteger),
        "kind": sa.literal(wish.kind),
        "tone": sa.literal(wish.tone),
        "state": sa.case((open_way, "due"), (answer.c.reason == "holdout", "holdout"), else_="held"),
        "reason": sa.case((open_way, delayed), else_=answer.c.reason),
        "priority": sa.literal(wish.rank),
        "due": due,
        "decided": sa.literal(wish.now, Instant),
        "counted": sa.case((open_way, due), else_=sa.null()),
        "run": sa.literal(intention.run),
    }
    # As words behind the SELECT, where SQLAlchemy keeps what it compiled; each chunk's ON CONFLICT of its own making is
    # compiled anew. SQLite reads it wrongly without a WHERE.
    rows = sa.select(*columns.values()).where(sa.true()).suffix_with("ON CONFLICT DO NOTHING")
    if merged:
        rows = rows.where(sa.not_(_another_node_is_in(intention, answer.c.person)))
    if intention.asked_again:
        rows = rows.where(sa.or_(open_way, answer.c.reason.not_in(sorted(intention.asked_again))))
    return sa.insert(outbox).from_select(list(columns), rows)


def _when(
    guard: Guard, wish: Wish, zone: sa.ColumnElement[Any], way: sa.ColumnElement[int], zones: Sequence[str]
) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    """SQL: when a message is due, by the quiet hours of its way and the person's zone, and its reason where that is
    later. What is the same for everybody is said once: to ask of each cost a tenth of the statement (measured)."""
    now = sa.literal(wish.now, Instant)
    quiet = [_quiet_ends(guard, wish, each.channel.name, zone, zones) for each in wish.ways]
    if all(ends is None for ends in quiet):
        return now, sa.cast(sa.null(), sa.Text)
    nobody = sa.cast(sa.null(), Instant)
    ends = [nobody if each is None else each for each in quiet]
    until = ends[0] if len(ends) == 1 else sa.case(*[(way == place, each) for place, each in enumerate(ends)])
    delayed = sa.case((until.is_not(None), sa.literal(QUIET_HOURS.name, sa.Text)), else_=sa.null())
    return sa.func.coalesce(until, now, type_=Instant), delayed


def _zones_named(conn: Connection, persons: Iterable[int]) -> list[str]:
    """The time zones that the profiles of these kept persons name."""
    if conn.execute(_ZONED).first() is None:
        return []
    asked = sent(conn, person=(sa.BigInteger, list(persons)))
    node, kept = people.alias(), people.alias()
    named = kept.c.timezone
    query = (
        sa.select(named)
        .select_from(asked)
        .join(node, node.c.person == asked.c.person)
        .join(kept, kept.c.person == node.c.kept)
        .where(named.is_not(None))
        .distinct()
    )
    return [str(name) for name in conn.execute(query).scalars()]


def _quiet_ends(
    guard: Guard, wish: Wish, channel: str, zone: sa.ColumnElement[Any], zones: Sequence[str]
) -> sa.ColumnElement[Any] | None:
    """SQL: when the quiet hours end for a person of a zone (null: the shop's), null for whom it is not quiet. None: for
    nobody is it.

    Zones in which they end at one moment share a branch, so that there are as many as there are hours at most.
    """
    shop = guard.quiet_until(wish.now, channel, wish.kind)
    ends: dict[datetime | None, list[str]] = {}
    for name in zones:
        ends.setdefault(guard.quiet_until(wish.now, channel, wish.kind, name), []).append(name)
    nobody = sa.cast(sa.null(), Instant)
    branches = [
        (zone.in_(names), nobody if until is None else sa.literal(until, Instant))
        for until, names in ends.items()
        if until != shop
    ]
    if shop is None and not branches:
        return None
    otherwise = nobody if shop is None else sa.literal(shop, Instant)
    return sa.case(*branches, else_=otherwise) if branches else otherwise


def change(
    conn: Connection, numbers: Sequence[int], which: sa.ColumnElement[bool], values: Mapping[str, Any]
) -> Sequence[int]:
    """Change those of these messages of which ``which`` (still) holds: their numbers.

    SQLite has one writer, so they are read before (:func:`~siyu.storage.gathered`): ``RETURNING`` gives up the
    interpreter at every row, which beside threads that compose cost more than the whole statement (measured).
    """
    asked = sent(conn, id=(sa.BigInteger, list(numbers)))
    mine = sa.and_(outbox.c.id.in_(sa.select(asked.c.id)), which)
    changed = sa.update(outbox).values(**values)
    if conn.dialect.name != "sqlite":
        return list(conn.execute(changed.where(mine).returning(outbox.c.id)).scalars())
    (found,) = gathered(conn, sa.select(outbox.c.id).where(mine))
    if found:
        still = sent(conn, id=(sa.BigInteger, found))
        conn.execute(changed.where(outbox.c.id.in_(sa.select(still.c.id))))
    return found


def give_up(conn: Connection, which: sa.ColumnElement[bool], *, state: str, reason: str, now: datetime) -> int:
    """Messages that wait are not sent any more: how many. One that was tried without an answer may have arrived: it is
    *unknown*, and counts."""
    silent = may_have_arrived(outbox)
    values = {
        "state": sa.case((silent, "unknown"), else_=state),
        "reason": sa.case((silent, "no_answer"), else_=reason),
        "counted": counts_no_more(outbox),
        "settled": now,
    }
    return conn.execute(sa.update(outbox).where(which, outbox.c.state == "due").values(**values)).rowcount


def delivery_id(installation: str, message: int) -> str:
    """The message's own number at every platform, for ever."""
    return f"m-{installation}-{message}"


def read_delivery_id(installation: str, text: str) -> int | None:
    """The message of a delivery id; None where it isn't one of this installation's."""
    prefix = f"m-{installation}-"
    rest = text.removeprefix(prefix)
    return int(rest) if text.startswith(prefix) and rest.isdecimal() and len(rest) < 19 else None


def message_event(
    name: str, way: str, moment: sa.ColumnElement[Any], installation: str, extra: Mapping[str, Any]
) -> dict[str, Any]:
    """The columns of an own event about a row of the outbox, for ``insert(own_events).from_select``."""
    number = sa.cast(outbox.c.id, sa.Text)
    identity = sa.literal(f"m-{installation}-").concat(number)
    properties = {
        "delivery_id": identity,
        "broadcast": outbox.c.broadcast,
        "channel": outbox.c.channel,
        **extra,
    }
    return {
        "message_id": sa.literal(f"{name}-{installation}-").concat(number).concat(way),
        "time": moment,
        "name": sa.literal(name),
        "person": outbox.c.person,
        "source": sa.literal(SOURCE),
        "properties": properties,
    }


def append_message_events(
    conn: Connection, broadcast: int, columns: Mapping[str, Any], which: sa.ColumnElement[bool]
) -> None:
    """Append one own event for each row of the outbox that ``which`` names, all of one broadcast."""
    conn.execute(_events(conn, journey_of(conn, broadcast), columns, which))


def _events(
    conn: Connection, journey: Mapping[str, int | str], columns: Mapping[str, Any], which: sa.ColumnElement[bool]
) -> sa.Insert:
    ready = dict(columns)
    if journey:
        of_it = {name: sa.literal(value) for name, value in journey.items()}
        ready["properties"] = ready["properties"] | of_it | {"run": outbox.c.run}
    ready["properties"] = json_object(conn, ready["properties"])
    return sa.insert(own_events).from_select(list(ready), sa.select(*ready.values()).where(which))


def journey_of(conn: Connection, broadcast: int) -> dict[str, int | str]:
    """What an event says of the journey whose message it is about, beside the run; nothing where it is a broadcast."""
    row = conn.execute(_JOURNEY, {"sender": broadcast}).one_or_none()
    return {} if row is None else {"journey": row.journey, "node": row.node}


def _tell_of_held(conn: Connection, intention: Intention, before: int) -> None:
    journey = journey_of(conn, intention.broadcast)
    told = _EVENTS.get((conn.dialect.name, intention, journey), lambda: _events(conn, journey, *_held_of(intention)))
    conn.execute(told, {"before": before})


def _held_of(intention: Intention) -> tuple[dict[str, Any], sa.ColumnElement[bool]]:
    """The columns of the events of who was held, and which rows those are, behind the number ``before``."""
    moment = sa.literal(intention.wish.now, Instant)
    extra = {"reason": outbox.c.reason, "stage": sa.literal("intend")}
    columns = message_event("message_held", "", moment, intention.installation, extra)
    before = sa.bindparam("before", type_=sa.BigInteger)
    return columns, sa.and_(_of_this(intention, before), outbox.c.state.in_(HELD))


def _merged_since(conn: Connection, moment: datetime) -> bool:
    last = conn.execute(_LAST_MERGE).scalar()
    return last is not None and last >= moment - MERGE_LAG


def _another_node_is_in(intention: Intention, person: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Whether somebody who was merged with this person meanwhile has the message of this run already."""
    node, other = people.alias(), outbox.alias()
    # "+ 0": by the person's few messages, not through all of the broadcast's (SQLite has no statistics to know better).
    return (
        sa.exists()
        .where(node.c.kept == person, node.c.person != person)
        .where(other.c.person == node.c.person, (other.c.broadcast + 0) == intention.broadcast)
        .where(other.c.run == intention.run)
    )


def _by_way(way: sa.ColumnElement[int], values: list[Any], kind: Any) -> sa.ColumnElement[Any]:
    literals = [sa.null() if value is None else sa.literal(value, kind) for value in values]
    if len(literals) == 1:
        return sa.cast(literals[0], sa.Text) if kind is sa.Text else literals[0]
    return sa.case(*[(way == place, literal) for place, literal in enumerate(literals)])
