"""The statements of a group of postings, made once: a posting is small, and to put them together costs more than what
they do."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert

from siyu.loyalty.points.model import Lot
from siyu.loyalty.points.tables import point_accounts, point_entries, point_holds, point_lots, point_postings
from siyu.people.tables import people
from siyu.storage import Prepared

NUMBER, TEXT = sa.BigInteger, sa.Text


_LOT = [sa.type_coerce(point_lots.c[name], NUMBER).label(name) for name in Lot._fields]
"""``expires`` as it is kept."""


def _known(asked: Any) -> sa.Select[Any]:
    """Postings by key."""
    table = point_postings.c
    return sa.select(table.key, table.id, table.kind).join(asked, asked.c.key == table.key)


def _came_of(asked: Any) -> sa.Select[Any]:
    """Entries of postings and of what came of them, under the number of the first."""
    own = sa.select(asked.c.id.label("first"), asked.c.id.label("posting"))
    since = sa.select(asked.c.id, point_postings.c.id).join(point_postings, point_postings.c.of == asked.c.id)
    both = sa.union_all(own, since).subquery("both")
    return sa.select(both.c.first, *point_entries.c).join(point_entries, point_entries.c.posting == both.c.posting)


def _expired_of(asked: Any) -> sa.Select[Any]:
    """What expired of lots, taken off their persons: it went with others' in one posting."""
    made = sa.select(asked.c.id, point_lots.c.of).join(point_lots, point_lots.c.lot == asked.c.id).subquery("made")
    mine = sa.and_(point_entries.c.kind == "person", point_entries.c.of == made.c.of, point_entries.c.lot == made.c.id)
    return (
        sa.select(made.c.id, point_entries.c.points)
        .join(point_entries, mine)
        .join(point_postings, point_postings.c.id == point_entries.c.posting)
        .where(point_postings.c.kind == "expired")
    )


def _families(asked: Any) -> sa.Select[Any]:
    """Persons and the nodes that are they."""
    given, node = people.alias("given"), people.alias("node")
    return (
        sa.select(asked.c.person, node.c.person.label("node"))
        .select_from(asked)
        .join(given, given.c.person == asked.c.person)
        .join(node, node.c.kept == given.c.kept)
        .order_by(asked.c.person, node.c.person)
    )


def _accounts(asked: Any) -> sa.Select[Any]:
    """Balances, locked in the order of their accounts until the transaction ends (PostgreSQL)."""
    mine = sa.and_(asked.c.kind == point_accounts.c.kind, asked.c.of == point_accounts.c.of)
    query = sa.select(point_accounts).join(asked, mine).order_by(point_accounts.c.kind, point_accounts.c.of)
    return query.with_for_update(of=point_accounts)


def _accounts_opened(asked: Any) -> Any:
    """PostgreSQL: a row that is not there can't be locked."""
    insert = pg_insert(point_accounts).from_select(["kind", "of"], sa.select(asked.c.kind, asked.c.of))
    return insert.on_conflict_do_nothing()


def _lots_of(asked: Any) -> sa.Select[Any]:
    """Lots of nodes with something left."""
    return sa.select(*_LOT).join(asked, asked.c.of == point_lots.c.of).where(point_lots.c.left > 0)


def _lots_named(asked: Any) -> sa.Select[Any]:
    return sa.select(*_LOT).join(asked, asked.c.lot == point_lots.c.lot)


def _posted(new: Any) -> Any:
    columns = {**{name: new.c[name] for name in _POSTING}, "at": sa.bindparam("now", type_=NUMBER)}
    insert = sa.insert(point_postings).from_select(list(columns), sa.select(*columns.values()))
    return insert.returning(point_postings.c.id, point_postings.c.key)


def _entered(new: Any) -> Any:
    return sa.insert(point_entries).from_select(list(new.c.keys()), sa.select(*new.c))


def _lots_made(new: Any) -> Any:
    columns = {**dict(new.c.items()), "left": new.c.points}
    return sa.insert(point_lots).from_select(list(columns), sa.select(*columns.values()))


def _held(new: Any) -> Any:
    return sa.insert(point_holds).from_select(list(new.c.keys()), sa.select(*new.c))


def _lots_left(new: Any) -> Any:
    return sa.update(point_lots).where(point_lots.c.lot == new.c.lot).values(left=new.c.left)


def _holds_left(new: Any) -> Any:
    return sa.update(point_holds).where(point_holds.c.hold == new.c.hold).values(left=new.c.left)


def _balanced(new: Any) -> Any:
    mine = sa.and_(point_accounts.c.kind == new.c.kind, point_accounts.c.of == new.c.of)
    return sa.update(point_accounts).where(mine).values(balance=new.c.balance)


def _accounts_made(new: Any) -> Any:
    return sa.insert(point_accounts).from_select(list(new.c.keys()), sa.select(*new.c))


_ACCOUNT = {"kind": TEXT, "of": NUMBER}
_POSTING = {"key": TEXT, "kind": TEXT, "of": NUMBER, "why": TEXT, "by": TEXT}
KNOWN = Prepared(_known, plain=True, asked={"key": TEXT})
CAME_OF = Prepared(_came_of, plain=True, asked={"id": NUMBER})
EXPIRED_OF = Prepared(_expired_of, plain=True, asked={"id": NUMBER})
FAMILIES = Prepared(_families, plain=True, asked={"person": NUMBER})
ACCOUNTS = Prepared(_accounts, plain=True, asked=_ACCOUNT)
ACCOUNTS_OPENED = Prepared(_accounts_opened, plain=True, asked=_ACCOUNT)
LOTS_OF = Prepared(_lots_of, plain=True, asked={"of": NUMBER})
LOTS_NAMED = Prepared(_lots_named, plain=True, asked={"lot": NUMBER})
POSTED = Prepared(_posted, plain=True, new=_POSTING)
ENTERED = Prepared(_entered, plain=True, new={"posting": NUMBER, **_ACCOUNT, "lot": NUMBER, "points": NUMBER})
LOTS_MADE = Prepared(_lots_made, plain=True, new={"lot": NUMBER, "of": NUMBER, "points": NUMBER, "expires": NUMBER})
HELD = Prepared(_held, plain=True, new={"hold": NUMBER, "left": NUMBER, "until": NUMBER})
LOTS_LEFT = Prepared(_lots_left, plain=True, new={"lot": NUMBER, "left": NUMBER})
HOLDS_LEFT = Prepared(_holds_left, plain=True, new={"hold": NUMBER, "left": NUMBER})
_BALANCE = {**_ACCOUNT, "balance": NUMBER}
# in two, as what is known to an INSERT with a conflict clause is compiled anew each time (a fifth of a posting)
BALANCED = Prepared(_balanced, plain=True, new=_BALANCE)
ACCOUNTS_MADE = Prepared(_accounts_made, plain=True, new=_BALANCE)
