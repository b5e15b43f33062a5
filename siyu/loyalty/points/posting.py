"""Writing postings: a group of wishes in one transaction, decided in memory by the book, stored by set.

A group costs about ten statements, for one wish as for hundreds. On PostgreSQL the persons' accounts are locked in
the order of their numbers before anything is read of them; SQLite has one writer. The checks of the tables stand
behind both. A key that two groups have at the same moment makes the later one fail whole; tried again, it is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from siyu.loyalty.points import statements
from siyu.loyalty.points.model import (
    EXPIRED,
    UNWRITTEN,
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
from siyu.storage import CHUNK_ROWS
from siyu.storage.ledger import from_millis, to_millis

OF_A_PERSON = ("person", "held", "owed")
KEPT = (*OF_A_PERSON, "budget")
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
    persons |= {
        entry.account.of for each in past.values() for entry in each.entries if entry.account.kind in OF_A_PERSON
    }
    families = _families(conn, persons)
    nodes = sorted({node for family in families.values() for node in family})
    budgets = sorted({number for wish in wishes if (number := getattr(wish, "budget", None)) is not None})
    balances = _locked(conn, nodes, budgets)
    if conn.dialect.name == "postgresql":  # what others wrote while this one waited for the locks
        past = _past(conn, referred)
    rows = statements.KNOWN.rows(conn, asked={"key": [wish.key for wish in wishes]})
    known = {row.key: row.id for row in rows}
    standing = {entry.lot for each in past.values() for entry in each.entries if entry.lot}
    book = Book(now, families, balances, _lots(conn, nodes, standing), past)
    balances_before, left_before = dict(balances), {number: lot.left for number, lot in book.lots.items()}
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
    if not drawn:
        return outcomes
    first = {wish.key: wish for wish in reversed(wishes)}
    numbers = _write(conn, now, [(first[key], each) for key, each in drawn.items()])
    left_before |= {each.number: each.lot.left for each in drawn.values() if each.lot is not None}
    _write_what_is_left(conn, book, balances_before, left_before, numbers)
    written = {key: numbers[each.number] for key, each in drawn.items()}
    return [
        Outcome(each.key, written.get(each.key, each.posting), each.new, each.refused, each.there) for each in outcomes
    ]


def _past(conn: Connection, keys: set[str]) -> dict[str, Past]:
    """Postings by key, each with its entries and those of what came of it."""
    if not keys:
        return {}
    rows = statements.KNOWN.rows(conn, asked={"key": sorted(keys)})
    found = {row.id: (row.key, Past(row.id, row.kind, [])) for row in rows}
    asked = {"id": list(found)}
    for row in statements.CAME_OF.rows(conn, asked=asked):
        found[row.first][1].entries.append(Entry(Account(row.kind, row.of), row.lot, row.points))
    for row in statements.EXPIRED_OF.rows(conn, asked=asked):
        found[row.id][1].entries.append(Entry(EXPIRED, row.id, -row.points))
    return dict(found.values())


def _families(conn: Connection, persons: set[int]) -> dict[int, list[int]]:
    """Person → the nodes that are they, themselves first."""
    found = {person: [person] for person in persons}
    for row in statements.FAMILIES.rows(conn, asked={"person": sorted(persons)}):
        if row.node != row.person:
            found[row.person].append(row.node)
    return found


def _locked(conn: Connection, nodes: Sequence[int], budgets: Sequence[int]) -> dict[Account, int]:
    """The balances of these, nobody else's until the transaction ends."""
    asked = {
        "kind": [kind for kind in OF_A_PERSON for _ in nodes] + ["budget"] * len(budgets),
        "of": [*nodes, *nodes, *nodes, *budgets],
    }
    if conn.dialect.name == "postgresql":
        statements.ACCOUNTS_OPENED.rows(conn, asked=asked)
    return {Account(row.kind, row.of): row.balance for row in statements.ACCOUNTS.rows(conn, asked=asked)}


def _lots(conn: Connection, nodes: Sequence[int], standing: set[int]) -> dict[int, Lot]:
    """What these may spend, and the lots named."""
    found = {row.lot: _lot(*row) for row in statements.LOTS_OF.rows(conn, asked={"of": nodes})}
    if missing := sorted(standing - found.keys()):
        found |= {row.lot: _lot(*row) for row in statements.LOTS_NAMED.rows(conn, asked={"lot": missing})}
    return found


def _lot(lot: int, of: int, left: int, expires: int | None) -> Lot:
    return Lot(lot, of, left, None if expires is None else from_millis(expires))


def _write(conn: Connection, now: datetime, drawn: Sequence[tuple[Wish, Drawn]]) -> dict[int, int]:
    """Write postings and their entries, and the lots and holds they make; the number that each came to have."""
    numbers: dict[int, int] = {}
    at_once: list[tuple[Wish, Drawn]] = []
    for wish, each in drawn:  # what came of a posting of the same group needs its number
        if each.of is not None and each.of >= UNWRITTEN and each.of not in numbers:
            numbers |= _write_postings(conn, now, at_once, numbers)
            at_once = []
        at_once.append((wish, each))
    numbers |= _write_postings(conn, now, at_once, numbers)
    entries = [(numbers[each.number], entry) for _, each in drawn for entry in each.entries]
    statements.ENTERED.rows(
        conn,
        new={
            "posting": [posting for posting, _ in entries],
            "kind": [entry.account.kind for _, entry in entries],
            "of": [entry.account.of for _, entry in entries],
            "lot": [numbers.get(entry.lot, entry.lot) for _, entry in entries],
            "points": [entry.points for _, entry in entries],
        },
    )
    if lots := [(numbers[lot.lot], lot) for _, each in drawn if (lot := each.lot) is not None]:
        statements.LOTS_MADE.rows(
            conn,
            new={
                "lot": [number for number, _ in lots],
                "of": [lot.of for _, lot in lots],
                "points": [lot.left for _, lot in lots],
                "expires": [None if lot.expires is None else to_millis(lot.expires) for _, lot in lots],
            },
        )
    if holds := [(each, until) for _, each in drawn if (until := each.until) is not None]:
        statements.HELD.rows(
            conn,
            new={
                "hold": [numbers[each.number] for each, _ in holds],
                "left": [_held(each.entries) for each, _ in holds],
                "until": [to_millis(until) for _, until in holds],
            },
        )
    return numbers


def _write_postings(
    conn: Connection, now: datetime, drawn: Sequence[tuple[Wish, Drawn]], numbers: Mapping[int, int]
) -> dict[int, int]:
    rows = statements.POSTED.rows(
        conn,
        {"now": to_millis(now)},
        new={
            "key": [wish.key for wish, _ in drawn],
            "kind": [each.kind for _, each in drawn],
            "of": [each.of if each.of is None else numbers.get(each.of, each.of) for _, each in drawn],
            "why": [wish.why for wish, _ in drawn],
            "by": [wish.by for wish, _ in drawn],
        },
    )
    by_key = {row.key: row.id for row in rows}
    return {each.number: by_key[wish.key] for wish, each in drawn}


def _held(entries: Iterable[Entry]) -> int:
    return sum(entry.points for entry in entries if entry.account.kind == "held")


def _write_what_is_left(
    conn: Connection,
    book: Book,
    balances: Mapping[Account, int],
    left: Mapping[int, int],
    numbers: Mapping[int, int],
) -> None:
    """Have balances, lots and holds say what the entries now add up to."""
    changed = {
        account: balance
        for account, balance in book.balances.items()
        if account.kind in KEPT and balance != balances.get(account)
    }
    there = {account: balance for account, balance in changed.items() if account in balances}
    for statement, some in (
        (statements.BALANCED, there),
        (statements.ACCOUNTS_MADE, {account: changed[account] for account in changed.keys() - there.keys()}),
    ):
        if some:
            columns = {"kind": [account.kind for account in some], "of": [account.of for account in some]}
            statement.rows(conn, new={**columns, "balance": list(some.values())})
    lots = {numbers.get(number, number): lot.left for number, lot in book.lots.items() if lot.left != left[number]}
    if lots:
        statements.LOTS_LEFT.rows(conn, new={"lot": list(lots), "left": list(lots.values())})
    holds = {numbers.get(each.number, each.number): each for each in book.past.values() if each.kind == "held"}
    if holds:
        rests = [_held(each.entries) for each in holds.values()]
        statements.HOLDS_LEFT.rows(conn, new={"hold": list(holds), "left": rests})
