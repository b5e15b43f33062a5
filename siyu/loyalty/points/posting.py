"""Writing postings: a group of wishes in one transaction, decided in memory by the book, stored by set.

A group costs about ten statements, for one wish as for hundreds. On PostgreSQL the persons' accounts are locked in
the order of their numbers before anything is read of them; SQLite has one writer. The checks of the tables stand
behind both. A key that two groups have at the same moment makes the later one fail whole; tried again, it is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.loyalty.points.model import (
    EXPIRED,
    Account,
    Book,
    Drawn,
    Earn,
    Entry,
    Hold,
    Lot,
    Past,
    Refusal,
    Refused,
    Spend,
    Wish,
)
from siyu.loyalty.points.tables import point_accounts, point_entries, point_holds, point_lots, point_postings
from siyu.people.tables import people
from siyu.storage import CHUNK_ROWS, in_chunks, insert_into, put_rows, sent
from siyu.storage.ledger import to_millis

KEPT = ("person", "held", "owed", "budget")
"""Kinds of accounts of which a balance is kept."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``posting``: its number; None where it was ``refused``. ``new``: not there before. ``there``: what there would
    have been."""

    key: str
    posting: int | None
    new: bool = False
    refused: Refusal | None = None
    there: int = 0


def post(conn: Connection, now: datetime, wishes: Sequence[Wish]) -> list[Outcome]:
    """Do these (at most ``CHUNK_ROWS``), one after another as far as each can be; an outcome for each.

    A key that is there already, or stands twice among the wishes, is done once.
    """
    if len(wishes) > CHUNK_ROWS:
        raise ValueError("too many at once")
    referred = {of for wish in wishes if (of := getattr(wish, "of", None)) is not None}
    past = _past(conn, referred)
    persons = {wish.person for wish in wishes if isinstance(wish, Earn | Spend | Hold)}
    persons |= {entry.account.of for each in past.values() for entry in each.entries if entry.account.kind in KEPT[:3]}
    families = _families(conn, persons)
    nodes = sorted({node for family in families.values() for node in family})
    budgets = sorted({number for wish in wishes if (number := getattr(wish, "budget", None)) is not None})
    balances = _locked(conn, nodes, budgets)
    if conn.dialect.name == "postgresql":  # what others wrote while this one waited for the locks
        past = _past(conn, referred)
    known = _known(conn, [wish.key for wish in wishes])
    standing = {entry.lot for each in past.values() for entry in each.entries if entry.lot}
    book = Book(now, families, balances, _lots(conn, nodes, standing), past)
    before = dict(balances), {number: lot.left for number, lot in book.lots.items()}
    drawn: dict[str, Drawn] = {}
    outcomes: list[Outcome] = []
    for wish in wishes:
        if wish.key in known or wish.key in drawn:
            outcomes.append(Outcome(wish.key, known.get(wish.key)))
            continue
        try:
            drawn[wish.key] = book.draw(wish)
            outcomes.append(Outcome(wish.key, None, new=True))
        except Refused as refusal:
            outcomes.append(Outcome(wish.key, None, refused=refusal.why, there=refusal.there))
    numbers = _write(conn, now, [(wish, drawn[wish.key]) for wish in _first_of_each(wishes, drawn)])
    _write_what_is_left(conn, book, *before, numbers)
    written = {key: numbers[each.number] for key, each in drawn.items()}
    return [
        Outcome(each.key, written.get(each.key, each.posting), each.new, each.refused, each.there) for each in outcomes
    ]


def _first_of_each(wishes: Sequence[Wish], drawn: dict[str, Drawn]) -> list[Wish]:
    first = {wish.key: wish for wish in reversed(wishes)}
    return [first[key] for key in drawn]


def _known(conn: Connection, keys: Sequence[str]) -> dict[str, int]:
    asked = sent(conn, key=(sa.Text, list(keys)))
    query = sa.select(point_postings.c.key, point_postings.c.id).join(asked, asked.c.key == point_postings.c.key)
    return {row.key: row.id for row in conn.execute(query)}


def _past(conn: Connection, keys: set[str]) -> dict[str, Past]:
    """Postings by key, each with its entries and those of what came of it."""
    if not keys:
        return {}
    asked = sent(conn, key=(sa.Text, sorted(keys)))
    query = sa.select(point_postings.c.key, point_postings.c.id, point_postings.c.kind)
    found = {
        row.id: (row.key, Past(row.id, row.kind, []))
        for row in conn.execute(query.join(asked, asked.c.key == point_postings.c.key))
    }
    numbers = sent(conn, id=(sa.BigInteger, sorted(found)))
    of_one = sa.select(point_postings.c.id.label("posting"), numbers.c.id.label("root")).join(
        numbers, numbers.c.id == point_postings.c.id
    )
    since = sa.select(point_postings.c.id, numbers.c.id).join(numbers, numbers.c.id == point_postings.c.of)
    both = sa.union_all(of_one, since).subquery("both")
    entries = sa.select(both.c.root, *point_entries.c).join(point_entries, point_entries.c.posting == both.c.posting)
    for row in conn.execute(entries):
        found[row.root][1].entries.append(Entry(Account(row.kind, row.of), row.lot, row.points))
    # what of a lot expired went with others' in one posting: it is read off the person's side
    made = sa.select(numbers.c.id, point_lots.c.of).join(point_lots, point_lots.c.lot == numbers.c.id).subquery("made")
    mine = sa.and_(point_entries.c.kind == "person", point_entries.c.of == made.c.of, point_entries.c.lot == made.c.id)
    expired = (
        sa.select(made.c.id, point_entries.c.points)
        .join(point_entries, mine)
        .join(point_postings, point_postings.c.id == point_entries.c.posting)
        .where(point_postings.c.kind == "expired")
    )
    for row in conn.execute(expired):
        found[row.id][1].entries.append(Entry(EXPIRED, row.id, -row.points))
    return dict(found.values())


def _families(conn: Connection, persons: set[int]) -> dict[int, list[int]]:
    """Person → the nodes that are they, themselves first."""
    if not persons:
        return {}
    asked = sent(conn, person=(sa.BigInteger, sorted(persons)))
    given, node = people.alias("given"), people.alias("node")
    query = (
        sa.select(asked.c.person, node.c.person.label("node"))
        .select_from(asked)
        .join(given, given.c.person == asked.c.person)
        .join(node, node.c.kept == given.c.kept)
    )
    found: dict[int, list[int]] = {person: [person] for person in persons}
    for person, member in sorted(tuple(row) for row in conn.execute(query)):
        if member != person:
            found[person].append(member)
    return found


def _locked(conn: Connection, nodes: Sequence[int], budgets: Sequence[int]) -> dict[Account, int]:
    """The balances of these, locked until the transaction ends."""
    asked = sent(
        conn,
        kind=(sa.Text, [kind for kind in KEPT[:3] for _ in nodes] + ["budget"] * len(budgets)),
        of=(sa.BigInteger, [*nodes, *nodes, *nodes, *budgets]),
    )
    mine = sa.and_(asked.c.kind == point_accounts.c.kind, asked.c.of == point_accounts.c.of)
    if conn.dialect.name == "postgresql":
        insert = insert_into(conn, point_accounts).from_select(["kind", "of"], sa.select(asked.c.kind, asked.c.of))
        conn.execute(insert.on_conflict_do_nothing())
    query = sa.select(point_accounts).join(asked, mine).order_by(point_accounts.c.kind, point_accounts.c.of)
    rows = conn.execute(query.with_for_update(of=point_accounts))
    return {Account(row.kind, row.of): row.balance for row in rows}


def _lots(conn: Connection, nodes: Sequence[int], standing: set[int]) -> dict[int, Lot]:
    """What these may spend, and the lots named."""
    columns = [point_lots.c[name] for name in Lot._fields]
    mine = sent(conn, of=(sa.BigInteger, list(nodes)))
    query = sa.select(*columns).where(point_lots.c.of.in_(sa.select(mine.c.of)), point_lots.c.left > 0)
    found = {row.lot: Lot(*row) for row in conn.execute(query)}
    if missing := sorted(standing - found.keys()):
        named = sent(conn, lot=(sa.BigInteger, missing))
        found |= {
            row.lot: Lot(*row) for row in conn.execute(sa.select(*columns).join(named, named.c.lot == point_lots.c.lot))
        }
    return found


def _write(conn: Connection, now: datetime, drawn: Sequence[tuple[Wish, Drawn]]) -> dict[int, int]:
    """Write postings and their entries, and the lots and holds they make; the number that each came to have."""
    numbers: dict[int, int] = {}
    for chunk in in_chunks(drawn, 1_000):
        rows: list[dict[str, Any]] = [
            {
                "key": wish.key,
                "kind": each.kind,
                "of": None if each.of is None else numbers.get(each.of, each.of),
                "at": now,
                "why": wish.why,
                "by": wish.by,
            }
            for wish, each in chunk
        ]
        insert = sa.insert(point_postings).returning(point_postings.c.id, sort_by_parameter_order=True)
        written = conn.execute(insert, rows).scalars().all()
        numbers |= {each.number: int(number) for (_, each), number in zip(chunk, written, strict=True)}
    entries = [(numbers[each.number], entry) for _, each in drawn for entry in each.entries]
    if entries:
        put_rows(
            conn,
            insert_into(conn, point_entries),
            {
                "posting": (sa.BigInteger, [posting for posting, _ in entries]),
                "kind": (sa.Text, [entry.account.kind for _, entry in entries]),
                "of": (sa.BigInteger, [entry.account.of for _, entry in entries]),
                "lot": (sa.BigInteger, [numbers.get(entry.lot, entry.lot) for _, entry in entries]),
                "points": (sa.BigInteger, [entry.points for _, entry in entries]),
            },
        )
    lots = [(numbers[each.number], each.lot) for _, each in drawn if each.lot is not None]
    if lots:
        put_rows(
            conn,
            insert_into(conn, point_lots),
            {
                "lot": (sa.BigInteger, [number for number, _ in lots]),
                "of": (sa.BigInteger, [lot.of for _, lot in lots]),
                "points": (sa.BigInteger, [lot.left for _, lot in lots]),
                "left": (sa.BigInteger, [lot.left for _, lot in lots]),
                "expires": (
                    sa.BigInteger,
                    [None if lot.expires is None else to_millis(lot.expires) for _, lot in lots],
                ),
            },
        )
    holds = [(numbers[each.number], each) for _, each in drawn if each.until is not None]
    if holds:
        rows = [{"hold": number, "left": _held(each.entries), "until": each.until} for number, each in holds]
        conn.execute(sa.insert(point_holds), rows)
    return numbers


def _millis(moment: datetime | None) -> int | None:
    return None if moment is None else to_millis(moment)


def _held(entries: Iterable[Entry]) -> int:
    return sum(entry.points for entry in entries if entry.account.kind == "held")


def _write_what_is_left(
    conn: Connection, book: Book, balances: dict[Account, int], left: dict[int, int], numbers: dict[int, int]
) -> None:
    """Have balances, lots and holds say what the entries now add up to."""
    changed = [
        (account, balance)
        for account, balance in book.balances.items()
        if account.kind in KEPT and balance != balances.get(account)
    ]
    if changed:
        put_rows(
            conn,
            _upsert(conn, point_accounts, ["kind", "of"], "balance"),
            {
                "kind": (sa.Text, [account.kind for account, _ in changed]),
                "of": (sa.BigInteger, [account.of for account, _ in changed]),
                "balance": (sa.BigInteger, [balance for _, balance in changed]),
            },
        )
    lots = {numbers.get(number, number): lot.left for number, lot in book.lots.items() if lot.left != left.get(number)}
    if lots:
        given = sent(conn, lot=(sa.BigInteger, list(lots)), left=(sa.BigInteger, list(lots.values())))
        conn.execute(sa.update(point_lots).where(point_lots.c.lot == given.c.lot).values(left=given.c.left))
    taken: dict[int, int] = defaultdict(int)
    for each in book.past.values():
        if each.kind == "held":
            taken[numbers.get(each.number, each.number)] = _held(each.entries)
    if taken:
        given = sent(conn, hold=(sa.BigInteger, list(taken)), left=(sa.BigInteger, list(taken.values())))
        conn.execute(sa.update(point_holds).where(point_holds.c.hold == given.c.hold).values(left=given.c.left))


def _upsert(conn: Connection, table: sa.Table, keys: Sequence[str], column: str) -> Any:
    insert = insert_into(conn, table)
    return insert.on_conflict_do_update(index_elements=keys, set_={column: insert.excluded[column]})
