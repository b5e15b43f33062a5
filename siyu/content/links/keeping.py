"""Content links as staff keep them, and their addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels import keyring
from siyu.content.links.model import ContentLink, Draft, Named, Stage, checked, mark_of, read
from siyu.content.links.tables import content_links
from siyu.people.tables import people
from siyu.storage import BadInput, NotFound, Stores, sent

ROWS_MAX = 500
LINKS_MAX = 50_000
PERSONS_MAX = 1_000
PATH = "/m/t/"
VIEW = [content_links.c[name] for name in ContentLink.__dataclass_fields__]


@lru_cache(maxsize=16)
def key_of(home: Path) -> bytes:
    """What marks of content links of this installation are signed with."""
    return keyring(home).derive("content-links")


def path_of(stores: Stores, named: Named) -> str:
    """The page of a mark."""
    return PATH + mark_of(key_of(stores.home), named)


def named(stores: Stores, mark: str) -> Named | None:
    """What a mark says; None for one that was not made here."""
    return read(key_of(stores.home), mark)


def own_path(stores: Stores, path: str, person: int, message: int) -> str | None:
    """The same page for one person, as it stands in one message; None for a path that is none of ours."""
    found = named(stores, path.removeprefix(PATH))
    return None if found is None else path_of(stores, Named(found.link, 0, person, message))


def list_links(
    stores: Stores, words: str = "", *, before: int | None = None, rows_max: int = ROWS_MAX
) -> list[ContentLink]:
    """Links, the newest first."""
    query = sa.select(*VIEW).where(*_asked(words)).order_by(content_links.c.id.desc())
    if before is not None:
        query = query.where(content_links.c.id < before)
    with stores.ledger.read() as conn:
        return [ContentLink(*row) for row in conn.execute(query.limit(min(rows_max, ROWS_MAX)))]


def count_links(stores: Stores, words: str = "") -> int:
    """How many."""
    with stores.ledger.read() as conn:
        return conn.execute(sa.select(sa.func.count()).select_from(content_links).where(*_asked(words))).scalar_one()


def get_link(stores: Stores, link: int) -> ContentLink:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return link_in(conn, link)


def link_in(conn: Connection, link: int) -> ContentLink:
    """Raises :class:`NotFound`."""
    row = conn.execute(sa.select(*VIEW).where(content_links.c.id == link)).one_or_none()
    if row is None:
        raise NotFound("no_content_link", f"没有编号为 {link} 的内容链接。", f"There is no content link {link}.")
    return ContentLink(*row)


def add_link(stores: Stores, by: str, draft: Draft) -> ContentLink:
    """Raises :class:`BadInput` by field."""
    now = stores.clock.now()
    row: dict[str, Any] = {**asdict(checked(draft)), "stage": "on", "created": now, "changed": now, "by": by}
    with stores.ledger.write() as conn:
        if (conn.execute(sa.select(sa.func.max(content_links.c.id))).scalar() or 0) >= LINKS_MAX:
            raise BadInput("links_many", f"最多 {LINKS_MAX} 个链接。", f"At most {LINKS_MAX} links.", field="title")
        return ContentLink(*conn.execute(sa.insert(content_links).values(row).returning(*VIEW)).one())


def change_link(stores: Stores, link: int, draft: Draft) -> ContentLink:
    """All of it anew; its addresses stay. Raises :class:`BadInput`, :class:`NotFound`."""
    values = {**asdict(checked(draft)), "changed": stores.clock.now()}
    with stores.ledger.write() as conn:
        link_in(conn, link)
        conn.execute(sa.update(content_links).where(content_links.c.id == link).values(values))
        return link_in(conn, link)


def set_stage(stores: Stores, link: int, stage: Stage) -> ContentLink:
    """On or off; figures stay. Raises :class:`NotFound`."""
    with stores.ledger.write() as conn:
        link_in(conn, link)
        values = {"stage": stage, "changed": stores.clock.now()}
        conn.execute(sa.update(content_links).where(content_links.c.id == link).values(values))
        return link_in(conn, link)


def own_paths(stores: Stores, link: int, persons: Sequence[int]) -> dict[int, str]:
    """Person → their own page, to be sent by hand. Raises :class:`NotFound`, :class:`BadInput`."""
    wanted = sorted(set(persons))
    if not 1 <= len(wanted) <= PERSONS_MAX:
        raise BadInput(
            "link_persons", f"须选 1 至 {PERSONS_MAX} 位客户。", f"1 to {PERSONS_MAX} people.", field="persons"
        )
    with stores.ledger.read() as conn:
        link_in(conn, link)
        asked = sent(conn, person=(sa.BigInteger, wanted))
        there = sa.select(people.c.person).join(asked, asked.c.person == people.c.person).where(people.c.gone.is_(None))
        alive = set(conn.execute(there).scalars())
    lost = next((each for each in wanted if each not in alive), None)
    if lost is not None:
        raise BadInput("person_unknown", f"没有编号为 {lost} 的客户。", f"There is no person {lost}.", field="persons")
    return {person: path_of(stores, Named(link, 0, person)) for person in wanted}


def draft_of(link: ContentLink) -> Draft:
    """What was written of it."""
    return Draft(**{name: getattr(link, name) for name in Draft.__dataclass_fields__})


def _asked(words: str) -> list[sa.ColumnElement[bool]]:
    return [content_links.c.title.icontains(word, autoescape=True) for word in words.split()[:5]]
