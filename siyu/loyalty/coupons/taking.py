"""Taking coupons: by set, once for a key, never beyond stock, budget or what a person may have.

The kinds' rows are locked in the order of their numbers (PostgreSQL; SQLite has one writer) before anything is
decided, so that what is left is what it says. Behind that stand the checks of the tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.jobs import preferences
from siyu.loyalty.coupons.model import (
    KEY_CHARACTERS_MAX,
    Kind,
    Refusal,
    Refused,
    Take,
    Taken,
    most_cents,
    new_code,
)
from siyu.loyalty.coupons.stacking import Terms
from siyu.loyalty.coupons.steps import Step, note
from siyu.loyalty.coupons.tables import coupon_kinds, coupons
from siyu.people.actions import append_own
from siyu.people.tables import people
from siyu.storage import CHUNK_ROWS, insert_into, sent
from siyu.storage.ledger import to_millis

KEPT = ("key", "kind", "person", "nth", "code", "begins", "ends", "why", "by")
VIEW = [coupons.c[name] for name in ("key", "id", "kind", "person", "code", "begins", "ends")]


def take(conn: Connection, now: datetime, wishes: Sequence[Take]) -> list[Taken | Refused]:
    """Give these (at most ``CHUNK_ROWS``), in their order, as far as each kind goes; an answer for each.

    A key that is there already, or stands twice among the wishes, is the same coupon. Raises :class:`ValueError` for a
    key that says nothing or too much.
    """
    if len(wishes) > CHUNK_ROWS:
        raise ValueError("too many at once")
    if any(not 0 < len(wish.key) <= KEY_CHARACTERS_MAX for wish in wishes):
        raise ValueError("a coupon needs a key that says its reason")
    first = {wish.key: wish for wish in reversed(wishes)}
    kinds = locked(conn, {wish.kind for wish in first.values()})
    known = _by_keys(conn, list(first))
    asked = [wish for key in dict.fromkeys(wish.key for wish in wishes) if key not in known and (wish := first[key])]
    fitting, refused = _decided(now, kinds, _had(conn, asked), asked)
    made = _made(conn, now, kinds, fitting)
    known |= _by_keys(conn, [wish.key for wish, _ in fitting if wish.key not in made])  # of another kind, meanwhile
    answers: list[Taken | Refused] = []
    for wish in wishes:
        if wish.key in made:
            answers.append(made[wish.key])
            known[wish.key] = replace(made.pop(wish.key), new=False)
        elif wish.key in known:
            answers.append(known[wish.key])
        else:
            answers.append(Refused(wish.key, refused[wish.key]))
    return answers


def locked(conn: Connection, numbers: set[int]) -> dict[int, Kind]:
    """These kinds, nobody else's until the transaction ends."""
    query = sa.select(coupon_kinds).where(coupon_kinds.c.id.in_(sorted(numbers))).order_by(coupon_kinds.c.id)
    return {row.id: kind_of(row) for row in conn.execute(query.with_for_update())}


def kind_of(row: sa.Row[Any]) -> Kind:
    """A row of ``coupon_kinds``."""
    columns: dict[str, Any] = {name: getattr(row, name) for name in Kind.__dataclass_fields__}
    columns["terms"] = msgspec.convert(row.terms, Terms)
    return Kind(**columns)


def _by_keys(conn: Connection, keys: Sequence[str]) -> dict[str, Taken]:
    if not keys:
        return {}
    asked = sent(conn, key=(sa.Text, list(keys)))
    query = sa.select(*VIEW).where(coupons.c.key.in_(sa.select(asked.c.key)))
    return {row.key: Taken(*row, new=False) for row in conn.execute(query)}


def numbers_of(conn: Connection, keys: Sequence[str]) -> dict[int, str]:
    """The coupons that were taken under these keys, with their stages."""
    asked = sent(conn, key=(sa.Text, list(keys)))
    query = sa.select(coupons.c.id, coupons.c.stage).where(coupons.c.key.in_(sa.select(asked.c.key)))
    return {row.id: row.stage for row in conn.execute(query)}


Had = tuple[dict[int, int], Counter[tuple[int, int]], Counter[tuple[int, int]]]
"""Node → kept person, of those who are there; (kind, kept person) → how many they have had; (kind, node) → the last
number of one."""


def _had(conn: Connection, wishes: Sequence[Take]) -> Had:
    """What the persons of these wishes have had already, all their nodes together. Taken back ones don't count."""
    persons = sent(conn, person=(sa.BigInteger, sorted({wish.person for wish in wishes})))
    whose = sa.select(people.c.person, people.c.kept).where(
        people.c.person.in_(sa.select(persons.c.person)), people.c.gone.is_(None)
    )
    kept = {row.person: row.kept for row in conn.execute(whose)}
    asked = sent(conn, kept=(sa.BigInteger, sorted(set(kept.values()))))
    numbers = sent(conn, kind=(sa.BigInteger, sorted({wish.kind for wish in wishes})))
    counts = sa.func.count().filter(coupons.c.stage != "taken_back")
    query = (
        sa.select(coupons.c.kind, people.c.kept, people.c.person, counts, sa.func.max(coupons.c.nth))
        .select_from(asked)
        .join(people, people.c.kept == asked.c.kept)
        .join(coupons, coupons.c.person == people.c.person)
        .where(coupons.c.kind.in_(sa.select(numbers.c.kind)))
        .group_by(coupons.c.kind, people.c.kept, people.c.person)
    )
    had, last = Counter[tuple[int, int]](), Counter[tuple[int, int]]()
    for kind, owner, node, many, nth in conn.execute(query):
        had[kind, owner] += many
        last[kind, node] = nth
    return kept, had, last


def _decided(
    now: datetime, kinds: Mapping[int, Kind], had: Had, wishes: Sequence[Take]
) -> tuple[list[tuple[Take, int]], dict[str, Refusal]]:
    """The wishes that fit, each with its number among its person's of the kind; why the others don't."""
    kept, having, last = had
    taken, promised = Counter[int](), Counter[int]()
    fitting: list[tuple[Take, int]] = []
    refused: dict[str, Refusal] = {}
    for wish in wishes:
        kind = kinds.get(wish.kind)
        owner = kept.get(wish.person)
        if kind is None or owner is None:
            refused[wish.key] = "unknown" if kind is None else "gone"
            continue
        many = having[wish.kind, owner]
        why = kind.refuses(now) or _beyond(kind, many, taken[kind.id], promised[kind.id])
        if why is not None:
            refused[wish.key] = why
            continue
        having[wish.kind, owner] += 1
        last[wish.kind, wish.person] += 1
        taken[kind.id] += 1
        promised[kind.id] += most_cents(kind.terms) or 0
        fitting.append((wish, last[wish.kind, wish.person]))
    return fitting, refused


def _beyond(kind: Kind, had: int, taken: int, promised: int) -> Refusal | None:
    """What one more would be too many of; ``taken`` and ``promised``: by wishes before it."""
    if kind.per_person is not None and had >= kind.per_person:
        return "limit"
    if kind.left is not None and kind.left <= taken:
        return "stock"
    most = most_cents(kind.terms) or 0
    if kind.budget_cents is not None and kind.spent_cents + kind.promised_cents + promised + most > kind.budget_cents:
        return "budget"
    return None


def _made(
    conn: Connection, now: datetime, kinds: Mapping[int, Kind], wishes: Sequence[tuple[Take, int]]
) -> dict[str, Taken]:
    """Write them; by key."""
    if not wishes:
        return {}
    zone = preferences.timezone(conn)
    lasting = {number: kinds[number].lasts(now, zone) for number in {wish.kind for wish, _ in wishes}}
    rows = sent(
        conn,
        key=(sa.Text, [wish.key for wish, _ in wishes]),
        kind=(sa.BigInteger, [wish.kind for wish, _ in wishes]),
        person=(sa.BigInteger, [wish.person for wish, _ in wishes]),
        nth=(sa.Integer, [nth for _, nth in wishes]),
        code=(sa.Text, [new_code() for _ in wishes]),
        begins=(sa.BigInteger, [to_millis(lasting[wish.kind][0]) for wish, _ in wishes]),
        ends=(sa.BigInteger, [to_millis(lasting[wish.kind][1]) for wish, _ in wishes]),
        why=(sa.Text, [wish.why for wish, _ in wishes]),
        by=(sa.Text, [wish.by for wish, _ in wishes]),
    )
    typed = {name: sa.type_coerce(rows.c[name], coupons.c[name].type) for name in KEPT}
    columns = {**typed, "stage": sa.literal("open"), "taken": sa.literal(now, coupons.c.taken.type)}
    insert = insert_into(conn, coupons).from_select(list(columns), sa.select(*columns.values()).where(sa.true()))
    insert = insert.on_conflict_do_nothing(index_elements=["key"]).returning(*VIEW)
    made = {row.key: Taken(*row, new=True) for row in conn.execute(insert)}
    _count(conn, kinds, made)
    first = {wish.key: wish for wish, _ in wishes}
    note(conn, now, [Step(each.coupon, "taken", by=first[key].by, why=first[key].why) for key, each in made.items()])
    append_own(conn, [_event(now, kinds[each.kind], each) for each in made.values()])
    return made


def _count(conn: Connection, kinds: Mapping[int, Kind], made: Mapping[str, Taken]) -> None:
    many = Counter(each.kind for each in made.values())
    for number in sorted(many):
        taken, promised = many[number], (most_cents(kinds[number].terms) or 0) * many[number]
        table = coupon_kinds.c
        there = sa.and_(table.id == number, sa.or_(table.stock.is_(None), table.taken + taken <= table.stock))
        more = {"taken": table.taken + taken, "promised_cents": table.promised_cents + promised}
        if conn.execute(sa.update(coupon_kinds).where(there).values(more)).rowcount != 1:
            raise RuntimeError(f"more of coupon kind {number} than there are")


def _event(now: datetime, kind: Kind, taken: Taken) -> dict[str, Any]:
    return {
        "message_id": f"coupon-{taken.coupon}-taken",
        "time": now,
        "name": "coupon_taken",
        "person": taken.person,
        "properties": {"coupon": taken.coupon, "kind": kind.id, "title": kind.name, "ends": taken.ends.isoformat()},
    }
