"""Which of a platform's tags is which of ours; missing ones are made where the owner says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.accounts import get_account
from siyu.people.tables import tag_groups, tags
from siyu.people.tags import NAME_CHARACTERS_MAX
from siyu.reach.tagging.following import BY_CHANNEL
from siyu.reach.tagging.sides import Side, Theirs
from siyu.reach.tagging.tables import tag_choices, tag_links
from siyu.storage import BadInput, NotFound, Stores, insert_into


@dataclass(frozen=True, slots=True)
class Choice:
    """Whether tags that are missing ``here``, or ``there``, are made by themselves."""

    here: bool = False
    there: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One tag of the platform's and the one of ours that it is, if any; ``group`` "" where it has no groups."""

    outside: str
    group: str
    name: str
    tag: int | None
    tag_name: str


@dataclass(frozen=True, slots=True)
class Table:
    """All of an account's tags; ours that have no counterpart there; what waits to be marked and what failed."""

    rows: Sequence[Row]
    ours_alone: Sequence[tuple[int, str, str]]  # number, group, name
    choice: Choice
    waiting: int
    failed: int
    side: Side


def table_of(stores: Stores, account: int) -> Table:
    """Raises :class:`NotFound`, :class:`BadInput` for an account without tags."""
    side = side_of(stores, account)
    with stores.ledger.read() as conn:
        linked = dict(
            conn.execute(sa.select(tag_links.c.outside, tag_links.c.tag).where(tag_links.c.account == account))
            .tuples()
            .all()
        )
        ours = {
            row.id: (row.group_name, row.name)
            for row in conn.execute(
                sa.select(tags.c.id, tag_groups.c.name.label("group_name"), tags.c.name)
                .join(tag_groups, tag_groups.c.id == tags.c.group)
                .where(tags.c.archived.is_(None))
                .order_by(tag_groups.c.place, tags.c.id)
            )
        }
        rows = [_row(each, linked.get(each.outside), ours) for each in side.theirs(conn, account)]
        counts = side.marks(conn, account)
        choice = choice_of(conn, account)
    alone = [(number, *names) for number, names in ours.items() if number not in linked.values()]
    return Table(rows, alone, choice, counts.get("waiting", 0), counts.get("failed", 0), side)


def side_of(stores: Stores, account: int) -> Side:
    """The side of an account. Raises :class:`NotFound`, :class:`BadInput` for an account without tags."""
    found = BY_CHANNEL.get(get_account(stores, account).channel)
    if found is None:
        raise BadInput(
            "account_has_no_tags",
            "只有企业微信和公众号账号有标签。",
            "Only WeCom and official accounts have tags.",
            field="account",
        )
    return found


def _row(theirs: Theirs, tag: int | None, ours: dict[int, tuple[str, str]]) -> Row:
    named = "：".join(ours[tag]) if tag in ours else ""
    return Row(theirs.outside, theirs.group, theirs.name, tag if tag in ours else None, named)


def choice_of(conn: Connection, account: int) -> Choice:
    """What the owner chose."""
    row = conn.execute(sa.select(tag_choices).where(tag_choices.c.account == account)).one_or_none()
    return Choice() if row is None else Choice(row.here, row.there)


def choose(stores: Stores, account: int, choice: Choice) -> None:
    """Say whether missing tags are made here and there. Raises :class:`NotFound`, :class:`BadInput`."""
    side_of(stores, account)
    values = {"here": choice.here, "there": choice.there}
    with stores.ledger.write() as conn:
        chosen = insert_into(conn, tag_choices).values(account=account, **values)
        conn.execute(chosen.on_conflict_do_update(index_elements=["account"], set_=values))


def link(stores: Stores, by: str, account: int, outside: str, tag: int) -> None:
    """Say that the two are one tag; who has it on one side gets it on the other by and by.

    Raises :class:`NotFound`; :class:`BadInput` where one of them has a counterpart already.
    """
    side = side_of(stores, account)
    with stores.ledger.write() as conn:
        if all(each.outside != outside for each in side.theirs(conn, account)):
            raise NotFound(
                "no_outside_tag", f"{side.words[0]}没有这个标签。", f"{side.words[1]} has no such tag.", field="outside"
            )
        if conn.execute(sa.select(tags.c.id).where(tags.c.id == tag, tags.c.archived.is_(None))).first() is None:
            raise NotFound("no_tag", "没有这个标签。", "There is no such tag.", field="tag")
        if not join(conn, stores.clock.now(), by, account, outside, tag):
            raise BadInput(
                "tag_linked", "其中一个标签已有对应关系，请先取消。", "One of the two is linked already.", field="tag"
            )


def join(conn: Connection, now: datetime, by: str, account: int, outside: str, tag: int) -> bool:
    """Keep that the two are one; False where one of them is linked otherwise."""
    made = insert_into(conn, tag_links).values(
        account=account, outside=outside, tag=tag, since=now, by=by, inward="", outward=0
    )
    return conn.execute(made.on_conflict_do_nothing().returning(tag_links.c.tag)).first() is not None


def unlink(stores: Stores, account: int, outside: str) -> None:
    """They go separate ways from now on; who has them keeps them."""
    mine = sa.and_(tag_links.c.account == account, tag_links.c.outside == outside)
    with stores.ledger.write() as conn:
        if not conn.execute(sa.delete(tag_links).where(mine)).rowcount:
            raise NotFound("no_link", "没有这个对应关系。", "There is no such link.")


def match(conn: Connection, now: datetime, side: Side, account: int) -> int:
    """Link what has the same name in a group of the same name (or, where the platform has no groups, what has a name
    that one tag of ours has), and make here what is missing where that was chosen; how many were linked."""
    linked_already = set(conn.execute(sa.select(tag_links.c.outside).where(tag_links.c.account == account)).scalars())
    theirs = [each for each in side.theirs(conn, account) if each.outside not in linked_already]
    if not theirs:
        return 0
    found = conn.execute(
        sa.select(tag_groups.c.name.label("group_name"), tags.c.name, tags.c.id, tags.c.archived).join(
            tag_groups, tag_groups.c.id == tags.c.group
        )
    ).all()
    ours = {(row.group_name, row.name): row.id for row in found}
    by_name: dict[str, list[int]] = {}
    for row in found:
        if row.archived is None:
            by_name.setdefault(row.name, []).append(row.id)
    here = choice_of(conn, account).here
    linked = 0
    for each in theirs:
        group, name = _fit(each.group or side.group_here), _fit(each.name)
        tag = ours.get((group, name))
        if tag is None and not each.group and len(by_name.get(name, ())) == 1:
            tag = by_name[name][0]
        if tag is None and here and group and name:
            tag = ours[group, name] = _make(conn, now, group, name)
        linked += tag is not None and join(conn, now, side.origin, account, each.outside, tag)
    return linked


def _fit(name: str) -> str:
    return "".join(filter(str.isprintable, name)).strip()[:NAME_CHARACTERS_MAX]


def _make(conn: Connection, now: datetime, group: str, name: str) -> int:
    number = conn.execute(sa.select(tag_groups.c.id).where(tag_groups.c.name == group)).scalar_one_or_none()
    if number is None:
        place = conn.execute(sa.select(sa.func.count()).select_from(tag_groups)).scalar_one()
        made = sa.insert(tag_groups).values(name=group, exclusive=False, place=place)
        number = conn.execute(made.returning(tag_groups.c.id)).scalar_one()
    made = sa.insert(tags).values(group=number, name=name, created=now).returning(tags.c.id)
    return conn.execute(made).scalar_one()


def missing_there(stores: Stores, account: int) -> dict[str, list[str]]:
    """Group → names of our tags that the platform lacks."""
    found: dict[str, list[str]] = {}
    for _, group, name in table_of(stores, account).ours_alone:
        found.setdefault(group, []).append(name)
    return found
