"""What stands below every person, kept up by set: how many, how deep, and what was granted to them.

``kin`` follows from the facts (``referrals``), from merges and from rewards. Whoever changes one of these names the
nodes in ``kin_changes``, in the same transaction; here they are worked out, a batch a transaction. What is new walks up
together, a generation a statement. A person that several nodes make up has the earliest fact whose inviter is not
themselves or below them; nothing is lost, so undoing a merge puts it back.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from siyu.growth.purses.granted import cents_of
from siyu.growth.referral.bringing import lock
from siyu.growth.referral.rehanging import rehang
from siyu.growth.referral.tables import kin, kin_changes, referrals
from siyu.jobs.turns import keep_doing
from siyu.people import families
from siyu.people.tables import people
from siyu.storage import Stores, insert_into, sent

BATCH = 5_000
IDLE_SECONDS = 1.0


class Counting:
    """The loop that keeps ``kin`` up, one in the installation."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def run_forever(self, stopped: threading.Event) -> None:
        """Until ``stopped``."""
        keep_doing(lambda: 0.0 if count(self._stores) else IDLE_SECONDS, stopped, "kin")


def count(stores: Stores) -> int:
    """Work out a batch of what is new; how many nodes it was. Where nothing is, nothing is written."""
    with stores.ledger.read() as conn:
        if conn.execute(sa.select(kin_changes.c.id).limit(1)).first() is None:
            return 0
    with stores.ledger.write() as conn:
        lock(conn)
        rows = conn.execute(sa.select(kin_changes).order_by(kin_changes.c.id).limit(BATCH)).all()
        if rows:
            whole = families.members_of(conn, {row.person for row in rows})
            parted = {row.person for row in rows if row.parted}
            aside = {kept for kept, nodes in whole.items() if len(nodes) > 1 or parted.intersection(nodes)}
            aside |= _grow(conn, [kept for kept in whole if kept not in aside])
            rehang(conn, sorted(aside))
            numbers = sent(conn, id=(sa.BigInteger, [row.id for row in rows]))
            conn.execute(sa.delete(kin_changes).where(kin_changes.c.id.in_(sa.select(numbers.c.id))))
    return len(rows)


@dataclass
class _Sum:
    """What one person is to get added: people below, generations below at least, cents below, brought themselves."""

    size: int = 0
    deepest: int = 0
    cents: int = 0
    direct: int = 0


def _grow(conn: Connection, persons: Sequence[int]) -> set[int]:
    """Those of one node: new ones are hung up, and what was granted is counted. Those that hung elsewhere before are
    not touched, and answered."""
    asked = sent(conn, person=(sa.BigInteger, list(persons)))
    theirs = people.alias()
    hangs = sa.select(asked.c.person, theirs.c.kept.label("wanted"), kin.c.person.label("known"), kin.c.inviter)
    hangs = hangs.add_columns(kin.c.own).select_from(
        asked.outerjoin(referrals, referrals.c.person == asked.c.person)
        .outerjoin(theirs, theirs.c.person == referrals.c.inviter)
        .outerjoin(kin, kin.c.person == asked.c.person)
    )
    rows = conn.execute(hangs).all()
    own = cents_of(conn, [row.person for row in rows])
    new = [row for row in rows if row.known is None and row.wanted is not None and row.wanted != row.person]
    later = {row.person for row in rows if row.known is not None and row.wanted != row.inviter}
    later |= {row.person for row in rows if row.known is None and row.wanted is None}
    later |= {row.person for row in rows if row.wanted == row.person}
    sums: dict[int, _Sum] = defaultdict(_Sum)
    _insert_new(conn, new, own)
    for row in new:
        each = sums[row.wanted]
        each.size, each.direct, each.deepest = each.size + 1, each.direct + 1, 1
        each.cents += own.get(row.person, 0)
    for row in rows:
        more = own.get(row.person, 0) - (row.own or 0)
        if row.known is not None and row.person not in later and more:
            conn.execute(sa.update(kin).where(kin.c.person == row.person).values(own=kin.c.own + more))
            if row.inviter is not None:
                sums[row.inviter].cents += more
    walk_up(conn, sums)
    return later


def _insert_new(conn: Connection, new: Sequence[Row[tuple[int, int]]], own: Mapping[int, int]) -> None:
    """Their rows, and those of inviters that nobody brought."""
    if not new:
        return
    came = [row.person for row in new]
    rows = sent(
        conn,
        person=(sa.BigInteger, came),
        inviter=(sa.BigInteger, [row.wanted for row in new]),
        own=(sa.BigInteger, [own.get(person, 0) for person in came]),
    )
    insert = sa.insert(kin).from_select(
        ["person", "inviter", "edge", "own"], sa.select(rows.c.person, rows.c.inviter, rows.c.person, rows.c.own)
    )
    conn.execute(insert)
    inviters = sorted({row.wanted for row in new} - set(came))
    theirs = cents_of_families(conn, inviters)
    above = [{"person": person, "own": theirs.get(person, 0)} for person in inviters]
    for first in range(0, len(above), 1_000):
        part = above[first : first + 1_000]
        conn.execute(insert_into(conn, kin).values(part).on_conflict_do_nothing(index_elements=["person"]))


def cents_of_families(conn: Connection, persons: Sequence[int]) -> dict[int, int]:
    """What was granted to these persons, all nodes of each."""
    whole = families.members_of(conn, persons)
    own = cents_of(conn, [node for nodes in whole.values() for node in nodes])
    return {kept: sum(own.get(node, 0) for node in nodes) for kept, nodes in whole.items()}


def walk_up(conn: Connection, sums: Mapping[int, _Sum]) -> None:
    """Add to these persons and to everybody above them: two statements a generation, however many there are."""
    while sums:
        persons = list(sums)
        more = sent(
            conn,
            person=(sa.BigInteger, persons),
            size=(sa.BigInteger, [sums[each].size for each in persons]),
            deepest=(sa.BigInteger, [sums[each].deepest for each in persons]),
            cents=(sa.BigInteger, [sums[each].cents for each in persons]),
            direct=(sa.BigInteger, [sums[each].direct for each in persons]),
        )
        deeper = sa.case((kin.c.deepest < more.c.deepest, more.c.deepest), else_=kin.c.deepest)
        conn.execute(
            sa.update(kin)
            .where(kin.c.person == more.c.person)
            .values(
                size=kin.c.size + more.c.size,
                deepest=deeper,
                cents=kin.c.cents + more.c.cents,
                direct=kin.c.direct + more.c.direct,
            )
        )
        above = sa.select(kin.c.person, kin.c.inviter).join(more, more.c.person == kin.c.person)
        next_sums: dict[int, _Sum] = defaultdict(_Sum)
        for person, inviter in conn.execute(above.where(kin.c.inviter.is_not(None))):
            came, up = sums[person], next_sums[inviter]
            up.size, up.cents = up.size + came.size, up.cents + came.cents
            up.deepest = max(up.deepest, came.deepest + 1 if came.deepest else 0)
        sums = next_sums
