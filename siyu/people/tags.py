"""Tags in groups: what they are, and who has them since when, from where and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from siyu.jobs import handles, schedule
from siyu.jobs.model import Job
from siyu.people import actions, families, inheritance
from siyu.people.tables import person_tags, tag_groups, tags
from siyu.storage import CHUNK_ROWS, BadInput, NotFound, Stores, insert_into, sent

NAME_CHARACTERS_MAX = 30
ORIGINS: Mapping[str, tuple[str, str]] = {
    "hand": ("手动", "by hand"),
    "rule": ("规则", "by rule"),
    "import": ("导入", "import"),
    "api": ("接口", "API"),
    "event": ("事件", "event"),
    "merge": ("合并带入", "from a merge"),
    "journey": ("旅程", "journey"),
    "wecom": ("企业微信", "WeCom"),
    "official_account": ("公众号", "official account"),
}


@dataclass(frozen=True, slots=True)
class Tag:
    id: int
    group: int
    group_name: str
    exclusive: bool  # at most one of its group
    name: str
    archived: datetime | None
    people: int = 0


def make_group(stores: Stores, name: str, exclusive: bool = False) -> int:
    """A new group of tags. Raises :class:`BadInput` where the name is taken or unfit."""
    name = _fit(name)
    with stores.ledger.write() as conn:
        if conn.execute(sa.select(tag_groups.c.id).where(tag_groups.c.name == name)).first() is not None:
            raise _taken()
        place = conn.execute(sa.select(sa.func.count()).select_from(tag_groups)).scalar_one()
        made = sa.insert(tag_groups).values(name=name, exclusive=exclusive, place=place).returning(tag_groups.c.id)
        return conn.execute(made).scalar_one()


def make_tag(stores: Stores, group: int, name: str) -> int:
    """A new tag in a group; an archived one of that name comes back. Raises :class:`BadInput`, :class:`NotFound`."""
    name = _fit(name)
    with stores.ledger.write() as conn:
        if conn.execute(sa.select(tag_groups.c.id).where(tag_groups.c.id == group)).first() is None:
            raise NotFound("no_tag_group", "没有这个标签组。", "There is no such group of tags.", field="group")
        found = conn.execute(sa.select(tags).where(tags.c.group == group, tags.c.name == name)).one_or_none()
        if found is not None and found.archived is None:
            raise _taken()
        if found is not None:
            conn.execute(sa.update(tags).where(tags.c.id == found.id).values(archived=None))
            return found.id
        made = sa.insert(tags).values(group=group, name=name, created=stores.clock.now()).returning(tags.c.id)
        return conn.execute(made).scalar_one()


def rename_tag(stores: Stores, tag: int, name: str) -> None:
    """Give a tag another name. Raises :class:`NotFound`; :class:`BadInput` where its group has that name."""
    name = _fit(name)
    with stores.ledger.write() as conn:
        group = conn.execute(sa.select(tags.c.group).where(tags.c.id == tag)).scalar_one_or_none()
        if group is None:
            raise _no_tag()
        if conn.execute(
            sa.select(tags.c.id).where(tags.c.group == group, tags.c.name == name, tags.c.id != tag)
        ).first():
            raise _taken()
        conn.execute(sa.update(tags).where(tags.c.id == tag).values(name=name))


def archive_tag(stores: Stores, tag: int, archived: bool = True) -> None:
    """Take a tag out of use; who has it keeps it, and it can come back."""
    with stores.ledger.write() as conn:
        moment = stores.clock.now() if archived else None
        if not conn.execute(sa.update(tags).where(tags.c.id == tag).values(archived=moment)).rowcount:
            raise _no_tag()


def _fit(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= NAME_CHARACTERS_MAX or not name.isprintable():
        raise BadInput(
            "bad_name",
            f"名称须为 1 到 {NAME_CHARACTERS_MAX} 个字。",
            f"The name needs 1 to {NAME_CHARACTERS_MAX} characters.",
            field="name",
        )
    return name


def _taken() -> BadInput:
    return BadInput("name_taken", "这个名称已存在。", "This name exists already.", field="name")


def _no_tag() -> NotFound:
    return NotFound("no_tag", "没有这个标签。", "There is no such tag.", field="tag")


def all_tags(conn: Connection, *, counted: bool = False, archived: bool = False) -> list[Tag]:
    """Every tag with its group, in order. ``counted`` adds how many (kept) persons have it."""
    held: dict[int, int] = {}
    if counted:
        counts = sa.select(person_tags.c.tag, sa.func.count()).group_by(person_tags.c.tag)
        held = dict(conn.execute(counts).tuples().all())
    rows = conn.execute(
        sa.select(tags.c.id, tags.c.group, tag_groups.c.name, tag_groups.c.exclusive, tags.c.name, tags.c.archived)
        .join(tag_groups, tag_groups.c.id == tags.c.group)
        .where(sa.true() if archived else tags.c.archived.is_(None))
        .order_by(tag_groups.c.place, tag_groups.c.id, tags.c.id)
    )
    return [Tag(*row, people=held.get(row.id, 0)) for row in rows]


def all_groups(conn: Connection) -> Sequence[RowMapping]:
    """Every group of tags, in its order."""
    return conn.execute(sa.select(tag_groups).order_by(tag_groups.c.place, tag_groups.c.id)).mappings().all()


def add_tag(
    stores: Stores,
    by: str,
    person: int,
    tag: int,
    *,
    origin: str = "hand",
    detail: str = "",
    expires: datetime | None = None,
) -> None:
    """Give one person a tag. Raises :class:`NotFound`, :class:`BadInput` (expiry in the past)."""
    now = stores.clock.now()
    if expires is not None and expires <= now:
        raise BadInput("expired", "到期时间已过。", "The expiry lies in the past.", field="expires")
    with stores.ledger.write() as conn:
        kept = actions.require_person(conn, person)
        give_tags(conn, now, by, [(kept, tag)], origin=origin, detail=detail, expires=expires)


def give_tags(
    conn: Connection,
    now: datetime,
    by: str,
    pairs: Sequence[tuple[int, int]],
    *,
    origin: str,
    detail: str = "",
    expires: datetime | None = None,
) -> None:
    """(person, tag) by set, at most ``CHUNK_ROWS``. In an exclusive group the new tag replaces the old one.

    Given again: the expiry is the new one, origin and moment stay those of the first time.
    """
    known = {each.id: each for each in all_tags(conn, archived=True)}
    if any(tag not in known for _, tag in pairs):
        raise _no_tag()
    pairs = list(dict.fromkeys(pairs))
    for group in {known[tag].group for _, tag in pairs if known[tag].exclusive}:
        of_group = [tag.id for tag in known.values() if tag.group == group]
        for tag in of_group:
            taking = [person for person, new in pairs if new != tag and new in of_group]
            _take(conn, now, by, taking, tag, known[tag].name, "exclusive")
    had = _holders(conn, pairs)
    new = [pair for pair in pairs if pair not in had]
    row = {"at": now, "origin": origin, "detail": detail, "by": by, "expires": expires}
    statement = insert_into(conn, person_tags)
    conn.execute(
        statement.on_conflict_do_update(index_elements=["person", "tag"], set_={"expires": statement.excluded.expires}),
        [{"person": person, "tag": tag, **row} for person, tag in pairs],
    )
    actions.append_own(
        conn,
        [
            {
                "message_id": f"tag-{tag}-{person}-{now.timestamp():.3f}",
                "time": now,
                "name": "tag_added",
                "person": person,
                "properties": {"tag": tag, "tag_name": known[tag].name, "origin": origin, "detail": detail, "by": by},
            }
            for person, tag in new
        ],
    )
    families.mark_changed(conn, now, sorted({person for person, _ in pairs}))


def _holders(conn: Connection, pairs: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    if not pairs:
        return set()
    asked = sent(
        conn, person=(sa.BigInteger, [pair[0] for pair in pairs]), tag=(sa.BigInteger, [pair[1] for pair in pairs])
    )
    held = sa.and_(person_tags.c.person == asked.c.person, person_tags.c.tag == asked.c.tag)
    rows = conn.execute(sa.select(asked.c.person, asked.c.tag).join_from(asked, person_tags, held))
    return set(rows.tuples().all())


def remove_tag(stores: Stores, by: str, person: int, tag: int) -> None:
    """Take a tag from a person, whichever of its nodes has it. Removing one that is not there changes nothing."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        kept = actions.require_person(conn, person)
        name = conn.execute(sa.select(tags.c.name).where(tags.c.id == tag)).scalar_one_or_none()
        if name is None:
            raise _no_tag()
        _take(conn, now, by, [kept], tag, name, "hand")


def take_tags(conn: Connection, now: datetime, by: str, pairs: Sequence[tuple[int, int]], why: str) -> None:
    """Take (kept person, tag) by set, at most ``CHUNK_ROWS``; what is not there changes nothing."""
    names = {each.id: each.name for each in all_tags(conn, archived=True)} if pairs else {}
    of_tag: dict[int, list[int]] = {}
    for person, tag in pairs:
        of_tag.setdefault(tag, []).append(person)
    for tag, persons in of_tag.items():
        if tag in names:
            _take(conn, now, by, persons, tag, names[tag], why)


def _take(conn: Connection, now: datetime, by: str, persons: Sequence[int], tag: int, name: str, why: str) -> None:
    """Take a tag from kept persons and from all their nodes, or a merge would show it again."""
    if not persons:
        return
    whole = families.members_of(conn, persons)
    kept_of = {node: kept for kept, nodes in whole.items() for node in nodes}
    nodes = sa.select(sent(conn, person=(sa.BigInteger, list(kept_of))).c.person)
    taken = conn.execute(
        sa.delete(person_tags)
        .where(person_tags.c.tag == tag, person_tags.c.person.in_(nodes))
        .returning(person_tags.c.person)
    )
    lost = sorted({kept_of[node] for node in taken.scalars()})
    _tell_lost(conn, now, by, [(person, tag, name) for person in lost], why)


def _tell_lost(conn: Connection, now: datetime, by: str, lost: Sequence[tuple[int, int, str]], why: str) -> None:
    actions.append_own(
        conn,
        [
            {
                "message_id": f"untag-{tag}-{person}-{now.timestamp():.3f}",
                "time": now,
                "name": "tag_removed",
                "person": person,
                "properties": {"tag": tag, "tag_name": name, "origin": why, "by": by},
            }
            for person, tag, name in lost
        ],
    )
    families.mark_changed(conn, now, sorted({person for person, _, _ in lost}))


@handles("expire_tags")
def expire_tags(stores: Stores, job: Job) -> dict[str, Any]:
    """Take away tags whose time is over, in chunks."""
    gone = 0
    while True:
        now = stores.clock.now()
        with stores.ledger.write() as conn:
            rows = conn.execute(
                sa.select(person_tags.c.person, person_tags.c.tag, tags.c.name, person_tags.c.origin)
                .join(tags, tags.c.id == person_tags.c.tag)
                .where(person_tags.c.expires <= now)
                .limit(CHUNK_ROWS)
            ).all()
            if not rows:
                return {"expired": gone}
            asked = sent(
                conn, person=(sa.BigInteger, [row[0] for row in rows]), tag=(sa.BigInteger, [row[1] for row in rows])
            )
            conn.execute(
                sa.delete(person_tags).where(
                    sa.tuple_(person_tags.c.person, person_tags.c.tag).in_(sa.select(asked.c.person, asked.c.tag))
                )
            )
            own = [(row[0], row[1], row[2]) for row in rows if row[3] != inheritance.INHERITED]
            _tell_lost(conn, now, "system", own, "expired")
            families.mark_changed(conn, now, sorted({row[0] for row in rows}))
        gone += len(rows)
        job.progress(gone, None, "expiring")


schedule("expire_tags", "*/5 * * * *", "expire_tags")
