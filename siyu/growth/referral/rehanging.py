"""Where a person of several nodes hangs: after a merge, after it was undone."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.purses.granted import cents_of
from siyu.growth.referral.tables import kin, referrals
from siyu.people import families
from siyu.people.tables import people
from siyu.storage import insert_into, sent


def rehang(conn: Connection, persons: Sequence[int]) -> None:
    """Work out kept persons anew from the facts, and who hung or shall hang below.

    Taken off first, the person is a root, so nothing that is hung below can be above; then they are hung where the
    earliest fact says that does not lead back to themselves.
    """
    if not persons:
        return
    waiting, seen = sorted(persons, reverse=True), set[int]()
    while waiting:
        kept = waiting.pop()
        if kept not in seen:
            seen.add(kept)
            waiting += _one(conn, kept)
    for kept in conn.execute(sa.select(kin.c.person).where(kin.c.looped).order_by(kin.c.person)).scalars().all():
        _one(conn, kept)  # what led back to them may not any more


def _one(conn: Connection, kept: int) -> list[int]:
    """One person; those whose own facts may count now."""
    nodes = families.members_of(conn, [kept]).get(kept, [])
    if not nodes:
        return []
    held = sa.select(kin.c.person, kin.c.inviter).where(kin.c.person.in_(nodes) | kin.c.edge.in_(nodes))
    found = conn.execute(held).all()
    rows = [row for row in found if row.person in nodes]
    parted = [row.person for row in found if row.person not in nodes]  # hung by a fact that is not theirs any more
    for row in found:
        if row.inviter is not None:
            _take_off(conn, [row.person], row.inviter)
    own = sum(cents_of(conn, nodes).values())
    conn.execute(
        insert_into(conn, kin)
        .values(person=kept, own=own)
        .on_conflict_do_update(index_elements=["person"], set_={"own": own})
    )
    others = [row.person for row in rows if row.person != kept]
    conn.execute(sa.update(kin).where(kin.c.inviter.in_(others)).values(inviter=kept))
    conn.execute(sa.delete(kin).where(kin.c.person.in_(others)))
    strangers = _gather(conn, kept, nodes)
    _refresh(conn, kept)
    _hang(conn, kept, nodes)
    alone = sa.select(kin.c.person).where(
        kin.c.person == kept, kin.c.inviter.is_(None), kin.c.direct == 0, kin.c.looped.is_(False)
    )
    if conn.execute(alone).first() is not None:
        conn.execute(sa.delete(kin).where(kin.c.person == kept))
    return parted + strangers + _stranded(conn, nodes)


def _take_off(conn: Connection, persons: Sequence[int], inviter: int) -> None:
    """These no longer hang below ``inviter``."""
    which = kin.c.person.in_(persons)
    sums = sa.select(sa.func.count(), sa.func.sum(kin.c.size + 1), sa.func.sum(kin.c.own + kin.c.cents)).where(which)
    many, size, cents = conn.execute(sums).one()
    conn.execute(sa.update(kin).where(which).values(inviter=None, edge=None))
    _add(conn, inviter, -int(many), -int(size), -int(cents))


def _add(conn: Connection, inviter: int, direct: int, size: int, cents: int) -> None:
    """Count below ``inviter`` and everybody above; how deep it is there is looked up."""
    above = chain(conn, inviter)
    conn.execute(
        sa.update(kin).where(kin.c.person.in_(above)).values(size=kin.c.size + size, cents=kin.c.cents + cents)
    )
    conn.execute(sa.update(kin).where(kin.c.person == inviter).values(direct=kin.c.direct + direct))
    for each in above:
        below = sa.select(sa.func.max(kin.c.deepest)).where(kin.c.inviter == each)
        found = conn.execute(below).scalar_one()
        conn.execute(sa.update(kin).where(kin.c.person == each).values(deepest=0 if found is None else found + 1))


def chain(conn: Connection, person: int) -> list[int]:
    """The person, who brought them, who brought those, and so on up."""
    start = sa.select(kin.c.person, kin.c.inviter, sa.literal(0).label("step")).where(kin.c.person == person)
    up = start.cte("up", recursive=True)
    above = sa.select(kin.c.person, kin.c.inviter, up.c.step + 1).join(up, kin.c.person == up.c.inviter)
    up = up.union_all(above)
    return list(conn.execute(sa.select(up.c.person).order_by(up.c.step)).scalars())


def _gather(conn: Connection, kept: int, nodes: Sequence[int]) -> list[int]:
    """Hang below the person who was brought by one of the nodes, and hung below somebody else (before an undo); take
    off, and answer, who hung below by a fact of a node that is not theirs any more."""
    mine = sa.select(referrals.c.person).where(referrals.c.inviter.in_(nodes))
    elsewhere = sa.select(kin.c.person, kin.c.inviter, kin.c.edge).where(kin.c.edge.in_(mine), kin.c.inviter != kept)
    for row in conn.execute(elsewhere).all():
        _take_off(conn, [row.person], row.inviter)
        conn.execute(sa.update(kin).where(kin.c.person == row.person).values(inviter=kept, edge=row.edge))
    strangers = sa.select(kin.c.person).where(kin.c.inviter == kept, kin.c.edge.not_in(mine))
    found = list(conn.execute(strangers).scalars())
    if found:
        conn.execute(sa.update(kin).where(kin.c.person.in_(found)).values(inviter=None, edge=None))
    return found


def _refresh(conn: Connection, person: int) -> None:
    """A root's figures, from those that hang below."""
    below = sa.select(
        sa.func.count(),
        sa.func.coalesce(sa.func.sum(kin.c.size + 1), 0),
        sa.func.coalesce(sa.func.max(kin.c.deepest) + 1, 0),
        sa.func.coalesce(sa.func.sum(kin.c.own + kin.c.cents), 0),
    ).where(kin.c.inviter == person)
    direct, size, deepest, cents = (int(each) for each in conn.execute(below).one())
    values = {"direct": direct, "size": size, "deepest": deepest, "cents": cents}
    conn.execute(sa.update(kin).where(kin.c.person == person).values(**values))


def _hang(conn: Connection, kept: int, nodes: Sequence[int]) -> None:
    """Below the inviter of the earliest fact that leads to no circle."""
    theirs = people.alias()
    facts = (
        sa.select(referrals.c.person, theirs.c.kept)
        .join(theirs, theirs.c.person == referrals.c.inviter)
        .where(referrals.c.person.in_(nodes))
        .order_by(referrals.c.at, referrals.c.person)
    )
    looped = False
    for edge, inviter in conn.execute(facts).all():
        looped = looped or inviter != kept
        if inviter == kept or kept in chain(conn, inviter):
            continue
        whole = families.members_of(conn, [inviter])[inviter]
        own = sum(cents_of(conn, whole).values())
        conn.execute(
            insert_into(conn, kin).values(person=inviter, own=own).on_conflict_do_nothing(index_elements=["person"])
        )
        conn.execute(sa.update(kin).where(kin.c.person == kept).values(inviter=inviter, edge=edge, looped=False))
        row = conn.execute(sa.select(kin.c.size, kin.c.own, kin.c.cents).where(kin.c.person == kept)).one()
        _add(conn, inviter, 1, row.size + 1, row.own + row.cents)
        return
    conn.execute(sa.update(kin).where(kin.c.person == kept).values(looped=looped))


def _stranded(conn: Connection, nodes: Sequence[int]) -> list[int]:
    """Who was brought by one of the nodes and hangs nowhere."""
    asked = sent(conn, person=(sa.BigInteger, list(nodes)))
    brought = (
        sa.select(people.c.kept.distinct())
        .select_from(referrals.join(asked, asked.c.person == referrals.c.inviter))
        .join(people, people.c.person == referrals.c.person)
        .outerjoin(kin, kin.c.person == people.c.kept)
        .where(kin.c.inviter.is_(None), people.c.kept.not_in(nodes))
    )
    return list(conn.execute(brought).scalars())
