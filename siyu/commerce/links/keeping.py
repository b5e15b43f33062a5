"""Order links as staff keep them, and their marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels import keyring
from siyu.commerce.goods.keeping import good_in
from siyu.commerce.links.model import Draft, Named, OrderLink, Stage, checked, mark_of, read
from siyu.commerce.tables import order_links
from siyu.people import actions
from siyu.people.tables import people
from siyu.storage import BadInput, NotFound, Stores, sent

ROWS_MAX = 500
LINKS_MAX = 50_000
PERSONS_MAX = 1_000
VIEW = [order_links.c[name] for name in OrderLink.__dataclass_fields__]
PATH = "/m/g/"
"""Of its page on the phone; the mark follows."""


@lru_cache(maxsize=16)
def key_of(home: Path) -> bytes:
    """What marks of order links of this installation are signed with."""
    return keyring(home).derive("order-links")


def path_of(stores: Stores, link: int) -> str:
    """The page of a link, for everybody; in a message, whoever follows it is led to their own."""
    return PATH + mark_of(key_of(stores.home), link)


def own_path(stores: Stores, link: int, person: int, message: int = 0) -> str:
    """The page of a link for one person (a node), as it stands in one message."""
    return PATH + mark_of(key_of(stores.home), link, person, message, stores.clock.now())


def named(stores: Stores, mark: str) -> Named | None:
    """What a mark says; None for one that was not made here."""
    return read(key_of(stores.home), mark, stores.clock.now())


def list_links(
    stores: Stores,
    words: str = "",
    *,
    stage: str = "",
    good: int | None = None,
    before: int | None = None,
    rows_max: int = ROWS_MAX,
) -> list[OrderLink]:
    """Links, the newest first."""
    query = sa.select(*VIEW).where(*_asked(words, stage, good)).order_by(order_links.c.id.desc())
    if before is not None:
        query = query.where(order_links.c.id < before)
    with stores.ledger.read() as conn:
        return [OrderLink(*row) for row in conn.execute(query.limit(min(rows_max, ROWS_MAX)))]


def count_links(stores: Stores, words: str = "", *, stage: str = "", good: int | None = None) -> int:
    """How many."""
    query = sa.select(sa.func.count()).select_from(order_links).where(*_asked(words, stage, good))
    with stores.ledger.read() as conn:
        return conn.execute(query).scalar_one()


def get_link(stores: Stores, link: int) -> OrderLink:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return link_in(conn, link)


def link_in(conn: Connection, link: int) -> OrderLink:
    """Raises :class:`NotFound`."""
    row = conn.execute(sa.select(*VIEW).where(order_links.c.id == link)).one_or_none()
    if row is None:
        raise NotFound("no_order_link", f"没有编号为 {link} 的链接。", f"There is no link {link}.")
    return OrderLink(*row)


def add_link(stores: Stores, by: str, draft: Draft) -> OrderLink:
    """Raises :class:`BadInput` by field."""
    wanted = checked(draft)
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        if (conn.execute(sa.select(sa.func.max(order_links.c.id))).scalar() or 0) >= LINKS_MAX:
            raise BadInput("links_many", f"最多 {LINKS_MAX} 个链接。", f"At most {LINKS_MAX} links.", field="name")
        _good_there(conn, wanted)
        row: dict[str, Any] = {**asdict(wanted), "stage": "on", "created": now, "changed": now, "by": by}
        return OrderLink(*conn.execute(sa.insert(order_links).values(row).returning(*VIEW)).one())


def change_link(stores: Stores, link: int, draft: Draft) -> OrderLink:
    """All of it anew; its address stays. Raises :class:`BadInput`, :class:`NotFound`."""
    wanted = checked(draft)
    with stores.ledger.write() as conn:
        link_in(conn, link)
        _good_there(conn, wanted)
        values = {**asdict(wanted), "changed": stores.clock.now()}
        conn.execute(sa.update(order_links).where(order_links.c.id == link).values(values))
        return link_in(conn, link)


def set_stage(stores: Stores, link: int, stage: Stage) -> OrderLink:
    """On or off; figures stay. Raises :class:`NotFound`."""
    with stores.ledger.write() as conn:
        link_in(conn, link)
        values = {"stage": stage, "changed": stores.clock.now()}
        conn.execute(sa.update(order_links).where(order_links.c.id == link).values(values))
        return link_in(conn, link)


def hand_out(stores: Stores, link: int, persons: Sequence[int]) -> dict[int, str]:
    """Person → their own page, to be sent by hand: their path begins here. Asking again gives pages of the same path.
    Raises :class:`NotFound`, :class:`BadInput` for too many, or somebody who is not there."""
    wanted = sorted(set(persons))
    if not 1 <= len(wanted) <= PERSONS_MAX:
        raise BadInput(
            "link_persons", f"须选 1 至 {PERSONS_MAX} 位客户。", f"1 to {PERSONS_MAX} people.", field="persons"
        )
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        found = link_in(conn, link)
        asked = sent(conn, person=(sa.BigInteger, wanted))
        there = sa.select(people.c.person).join(asked, asked.c.person == people.c.person).where(people.c.gone.is_(None))
        alive = set(conn.execute(there).scalars())
        lost = next((each for each in wanted if each not in alive), None)
        if lost is not None:
            raise BadInput(
                "person_unknown", f"没有编号为 {lost} 的客户。", f"There is no person {lost}.", field="persons"
            )
        rows = [
            {
                "message_id": f"offer_sent-{link}-{person}",
                "time": now,
                "name": "offer_sent",
                "person": person,
                "properties": facts(found, Named(link, person, 0)),
            }
            for person in wanted
        ]
        actions.append_own(conn, rows)
    return {person: own_path(stores, link, person) for person in wanted}


def facts(link: OrderLink, named: Named, **more: object) -> dict[str, object]:
    """What every event of a path says."""
    told = {
        "trail": named.trail,
        "link": link.id,
        "link_name": link.name,
        "good": link.good,
        "message": named.message,
        "channel": link.channel,
        "staff": link.staff,
        **more,
    }
    return {name: value for name, value in told.items() if value not in ("", None)}


def draft_of(link: OrderLink) -> Draft:
    """What was written of it."""
    return Draft(**{name: getattr(link, name) for name in Draft.__dataclass_fields__})


def _good_there(conn: Connection, draft: Draft) -> None:
    try:
        good_in(conn, draft.good)
    except NotFound as unknown:
        raise BadInput("link_field", unknown.zh, unknown.en, field="good") from unknown


def _asked(words: str, stage: str, good: int | None) -> list[sa.ColumnElement[bool]]:
    within = (order_links.c.name, order_links.c.place, order_links.c.channel, order_links.c.staff)
    found: list[sa.ColumnElement[bool]] = [
        sa.or_(*(column.icontains(word, autoescape=True) for column in within)) for word in words.split()[:5]
    ]
    if stage:
        found.append(order_links.c.stage == stage)
    if good is not None:
        found.append(order_links.c.good == good)
    return found
