"""Keys with which a shop's pages and servers send events. Public by nature: they can add events, and read nothing."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from siyu.people.tables import write_keys
from siyu.storage import BadInput, Conflict, NotFound, Stores

HEARD_DAYS = timedelta(days=7)
_SOURCE = re.compile(r"[\w][\w.\-]{0,63}")


@dataclass(frozen=True, slots=True)
class WriteKey:
    id: int
    key: str
    name: str
    source: str  # becomes events.source
    created: datetime
    revoked: datetime | None


def create(stores: Stores, name: str, source: str, key: str | None = None) -> WriteKey:
    """A new key. ``source`` names where its events come from (letters, digits, ``_.-``). Raises :class:`BadInput`."""
    name, source = name.strip(), source.strip()
    if not 0 < len(name) <= 60:
        raise BadInput("bad_name", "名称须为 1 到 60 个字。", "The name needs 1 to 60 characters.", field="name")
    if not _SOURCE.fullmatch(source) or source == "siyu":
        raise BadInput(
            "bad_source",
            "来源须为 1 到 64 个字母、数字、汉字或 _ . -，且不能为 siyu。",
            "The source needs 1 to 64 letters, digits, _ . - and must not be siyu.",
            field="source",
        )
    row = {"key": key or secrets.token_urlsafe(24), "name": name, "source": source, "created": stores.clock.now()}
    with stores.ledger.write() as conn:
        if conn.execute(sa.select(write_keys.c.id).where(write_keys.c.key == row["key"])).first() is not None:
            raise Conflict("key_taken", "该写入密钥已存在。", "This write key exists already.", field="key")
        made = conn.execute(sa.insert(write_keys).values(**row).returning(write_keys)).one()
    return WriteKey(*made)


def revoke(stores: Stores, number: int) -> None:
    """Accept nothing more under a key. Raises :class:`NotFound`."""
    with stores.ledger.write() as conn:
        done = conn.execute(
            sa.update(write_keys)
            .where(write_keys.c.id == number, write_keys.c.revoked.is_(None))
            .values(revoked=stores.clock.now())
        )
        if not done.rowcount:
            raise NotFound("no_write_key", "没有这个写入密钥。", "There is no such write key.")


def all_of(stores: Stores) -> Sequence[WriteKey]:
    """Every write key, the oldest first; revoked ones too."""
    with stores.ledger.read() as conn:
        return [WriteKey(*row) for row in conn.execute(sa.select(write_keys).order_by(write_keys.c.id))]


def one(stores: Stores, number: int) -> WriteKey:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(write_keys).where(write_keys.c.id == number)).one_or_none()
    if row is None:
        raise NotFound("no_write_key", "没有这个写入密钥。", "There is no such write key.")
    return WriteKey(*row)


@dataclass(frozen=True, slots=True)
class Heard:
    """The newest event of a source, of the last days."""

    name: str
    received: datetime


def heard_from(stores: Stores, source: str) -> Heard | None:
    """What came in last from a source within :data:`HEARD_DAYS`; None where nothing did."""
    since = stores.clock.now() - HEARD_DAYS
    rows = stores.events.rows(
        "SELECT argMax(name, received), max(received) FROM events "
        "WHERE source = {source:String} AND time >= {since:DateTime64(3)} HAVING count() > 0",
        {"source": source, "since": since},
    )
    return Heard(str(rows[0][0]), rows[0][1]) if rows else None


def source_of(stores: Stores, key: str) -> str | None:
    """The source that a valid key writes as; None where it is unknown or revoked."""
    with stores.ledger.read() as conn:
        return conn.execute(
            sa.select(write_keys.c.source).where(write_keys.c.key == key, write_keys.c.revoked.is_(None))
        ).scalar_one_or_none()
