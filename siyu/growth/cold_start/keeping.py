"""Invite lists kept by staff: who is on them, their links, how far each one came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.audiences import queries as audiences
from siyu.growth.codes import reading
from siyu.growth.codes.tables import scan_places
from siyu.growth.cold_start.model import PEOPLE_MAX, Invite, InviteList, ListDraft, checked
from siyu.growth.cold_start.tables import cold_invites, cold_lists
from siyu.growth.purses.givers import GIVERS
from siyu.growth.purses.tables import purses
from siyu.growth.visitors import links
from siyu.growth.visitors.tables import visitor_devices
from siyu.people.tables import people
from siyu.storage import BadInput, Conflict, NotFound, Stores, insert_into, sent

ROWS_MAX = 200
PAGE_MAX = 500
_LIST = [cold_lists.c[name] for name in InviteList.__dataclass_fields__]
INVITE = [cold_invites.c[name] for name in Invite.__dataclass_fields__]


@dataclass(frozen=True, slots=True)
class Progress:
    """Of one list: on it; have their link; came to the page by name; did what was asked; have the benefit. ``short``:
    did it, and the purse had too little left."""

    people: int = 0
    invited: int = 0
    opened: int = 0
    done: int = 0
    granted: int = 0
    short: int = 0


@dataclass(frozen=True, slots=True)
class Added:
    """``added`` now; ``there``: were on the list; ``unknown``: there is no such person, or they are erased."""

    added: int
    there: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Linked:
    """An invitation with the path of its link, good for 30 days from now on the first device that opens it."""

    invite: Invite
    path: str


def list_lists(stores: Stores) -> list[InviteList]:
    """All there are (at most ``ROWS_MAX``), the newest first."""
    with stores.ledger.read() as conn:
        rows = conn.execute(sa.select(*_LIST).order_by(cold_lists.c.id.desc()).limit(ROWS_MAX))
        return [InviteList(*row) for row in rows]


def get_list(stores: Stores, number: int) -> InviteList:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return _one(conn, number)


def add_list(stores: Stores, by: str, draft: ListDraft) -> InviteList:
    """Raises :class:`BadInput`, :class:`NotFound` (its live code)."""
    values = _values(checked(draft))
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        if conn.execute(sa.select(sa.func.count()).select_from(cold_lists)).scalar_one() >= ROWS_MAX:
            raise BadInput("cold_many", f"最多 {ROWS_MAX} 张名单。", f"At most {ROWS_MAX} lists.", field="name")
        _fits(conn, values)
        made = sa.insert(cold_lists).values(**values, stage="draft", created=now, changed=now, by=by)
        return InviteList(*conn.execute(made.returning(*_LIST)).one())


def change_list(stores: Stores, number: int, draft: ListDraft) -> InviteList:
    """Change a draft: what was promised with a link stays. Raises :class:`BadInput`, :class:`NotFound`,
    :class:`Conflict`."""
    values = _values(checked(draft))
    with stores.ledger.write() as conn:
        if _one(conn, number).stage != "draft":
            raise Conflict(
                "cold_started", "名单已启用，权益不能再改。", "It is live: what was promised can't be changed."
            )
        _fits(conn, values)
        values["changed"] = stores.clock.now()
        conn.execute(sa.update(cold_lists).where(cold_lists.c.id == number).values(values))
        return _one(conn, number)


def start(stores: Stores, number: int) -> InviteList:
    """From here on links are given out. Raises :class:`NotFound`, :class:`Conflict` (its live code is not in use, or
    it was started)."""
    found = get_list(stores, number)
    if reading.get_code(stores, found.code).stage != "live":
        raise Conflict("cold_code", "请先启用它的活码。", "Put its live code to use first.")
    return _turn(stores, number, "draft", "live")


def end(stores: Stores, number: int) -> InviteList:
    """Who did not do it by now gets nothing more; what was granted stays. Raises :class:`NotFound`,
    :class:`Conflict`."""
    return _turn(stores, number, "live", "ended")


def add_people(stores: Stores, number: int, persons: Sequence[int]) -> Added:
    """Put persons on a list, once each whatever they were merged from. Raises :class:`BadInput` (too many),
    :class:`NotFound`, :class:`Conflict` (it has ended)."""
    wanted = sorted(set(persons))
    if len(wanted) > PEOPLE_MAX:
        raise _too_many()
    with stores.ledger.write() as conn:
        if _one(conn, number).stage == "ended":
            raise Conflict("cold_ended", "名单已结束。", "It has ended.")
        asked = sent(conn, person=(sa.BigInteger, wanted))
        alive = sa.select(people.c.kept).where(people.c.person.in_(sa.select(asked.c.person)), people.c.gone.is_(None))
        nodes = list(conn.execute(alive).scalars())
        known = set(nodes)
        mine = cold_invites.c.list == number
        there = set(conn.execute(_kept_of(mine)).scalars())
        new = sorted(known - there)
        if len(there) + len(new) > PEOPLE_MAX:
            raise _too_many()
        if new:
            rows = [{"list": number, "person": person} for person in new]
            conn.execute(insert_into(conn, cold_invites).on_conflict_do_nothing(), rows)
        return Added(len(new), len(known) - len(new), len(wanted) - len(nodes))


def add_audience(stores: Stores, number: int, audience: int) -> Added:
    """Everybody who is in an audience now. Raises as :func:`add_people` does, and :class:`NotFound` for no such
    audience."""
    members = audiences.members(stores, audience)
    if len(members) > PEOPLE_MAX:
        raise _too_many()
    return add_people(stores, number, [int(person) for person in members])


def take_off(stores: Stores, number: int, person: int) -> None:
    """Somebody who was not invited yet. Raises :class:`NotFound`, :class:`Conflict` (they have their link)."""
    mine = sa.and_(cold_invites.c.list == number, cold_invites.c.person == person)
    with stores.ledger.write() as conn:
        row = conn.execute(sa.select(cold_invites.c.invited).where(mine)).one_or_none()
        if row is None:
            raise NotFound("not_on_list", "名单上没有这位客户。", "They are not on this list.")
        if row.invited is not None:
            raise Conflict("cold_invited", "链接已经给出，不能移除。", "They have their link.")
        conn.execute(sa.delete(cold_invites).where(mine))


def give_links(stores: Stores, number: int, after: int = 0, limit: int = 50) -> list[Linked]:
    """Links of a page of the list (invitations above ``after``), to be handed to them: from now on they are invited.
    Asking again gives links to the same invitations. Raises :class:`NotFound`, :class:`Conflict` (it is not live)."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        found = _one(conn, number)
        if found.stage != "live":
            raise Conflict("cold_not_live", "名单启用后才能给出链接。", "Links are given out while it is live.")
        mine = sa.and_(cold_invites.c.list == number, cold_invites.c.id > after)
        page = sa.select(cold_invites.c.id).where(mine).order_by(cold_invites.c.id).limit(min(limit, PAGE_MAX))
        numbers = list(conn.execute(page).scalars())
        new = sa.and_(cold_invites.c.id.in_(numbers), cold_invites.c.invited.is_(None))
        conn.execute(sa.update(cold_invites).where(new).values(invited=now))
        rows = conn.execute(sa.select(*INVITE).where(cold_invites.c.id.in_(numbers)).order_by(cold_invites.c.id))
        invites = [Invite(*row) for row in rows]
        slug = reading.code_in(conn, found.code).slug
    tokens = {each.id: links.token_for(stores.home, each.person, now, each.mark) for each in invites}
    return [Linked(each, f"/c/{slug}?{links.PARAMETER}={tokens[each.id]}") for each in invites]


def invites_of(stores: Stores, number: int, after: int = 0, limit: int = 50) -> list[Invite]:
    """A page of the list, in the order in which they were put on it. Raises :class:`NotFound`."""
    mine = sa.and_(cold_invites.c.list == number, cold_invites.c.id > after)
    with stores.ledger.read() as conn:
        _one(conn, number)
        page = sa.select(*INVITE).where(mine).order_by(cold_invites.c.id).limit(min(limit, PAGE_MAX + 1))
        return [Invite(*row) for row in conn.execute(page)]


def progress_of(stores: Stores, numbers: Sequence[int]) -> dict[int, Progress]:
    """Of several lists."""
    invite, chosen = cold_invites.c, cold_invites.c.list.in_(list(numbers))
    pays = cold_lists.c.reward != ""

    def many(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.sum(sa.case((condition, 1), else_=0))

    query = (
        sa.select(
            invite.list,
            sa.func.count(),
            many(invite.invited.is_not(None)),
            many(_opened()),
            many(invite.done.is_not(None)),
            many(invite.granted.is_not(None)),
            many(sa.and_(invite.done.is_not(None), invite.granted.is_(None), pays)),
        )
        .join(cold_lists, cold_lists.c.id == invite.list)
        .where(chosen)
        .group_by(invite.list)
    )
    with stores.ledger.read() as conn:
        found = {row[0]: Progress(*(int(value) for value in row[1:])) for row in conn.execute(query)}
    return {number: found.get(number, Progress()) for number in numbers}


def _opened() -> sa.ColumnElement[bool]:
    """They came to the page of their list's live code as themselves: they have a place there since they were invited,
    or a device became theirs since."""
    node, sibling = people.alias("node"), people.alias("sibling")
    family = (
        sa.select(sibling.c.person)
        .join(node, node.c.kept == sibling.c.kept)
        .where(node.c.person == cold_invites.c.person)
        .correlate(cold_invites)
    )
    invite = cold_invites.c
    placed = sa.exists().where(
        scan_places.c.code == cold_lists.c.code, scan_places.c.person.in_(family), scan_places.c.at >= invite.invited
    )
    bound = sa.exists().where(
        visitor_devices.c.person.in_(family),
        visitor_devices.c.link.is_not(None),
        visitor_devices.c.at >= invite.invited,
    )
    return sa.or_(placed, bound)


def _kept_of(which: sa.ColumnElement[bool]) -> sa.Select[tuple[int]]:
    return sa.select(people.c.kept).join(cold_invites, cold_invites.c.person == people.c.person).where(which)


def _turn(stores: Stores, number: int, before: str, after: str) -> InviteList:
    with stores.ledger.write() as conn:
        found = _one(conn, number)
        if found.stage != before:
            raise Conflict("cold_stage", "名单现在不能这样做。", "This can't be done with it now.", stage=found.stage)
        values = {"stage": after, "changed": stores.clock.now()}
        conn.execute(sa.update(cold_lists).where(cold_lists.c.id == number).values(values))
        return _one(conn, number)


def _values(draft: ListDraft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in ListDraft.__dataclass_fields__}


def _fits(conn: Connection, values: dict[str, Any]) -> None:
    reading.code_in(conn, values["code"])
    if not values["reward"]:
        return
    row = conn.execute(
        sa.select(purses.c.currency, purses.c.closed).where(purses.c.id == values["purse"])
    ).one_or_none()
    if row is None or row.closed is not None or row.currency != GIVERS[values["reward"]].currency:
        raise BadInput(
            "cold_purse",
            "请选一个启用中、单位相符的预算。",
            "Choose a purse that is open and of the benefit's unit.",
            field="purse",
        )


def _one(conn: Connection, number: int) -> InviteList:
    row = conn.execute(sa.select(*_LIST).where(cold_lists.c.id == number)).one_or_none()
    if row is None:
        raise NotFound("no_cold_list", f"没有编号为 {number} 的邀请名单。", f"There is no invite list {number}.")
    return InviteList(*row)


def _too_many() -> BadInput:
    return BadInput(
        "cold_people", f"一张名单最多 {PEOPLE_MAX} 人。", f"A list has at most {PEOPLE_MAX} people.", field="persons"
    )
