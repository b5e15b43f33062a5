"""Keys with which a shop's pages and servers send events. They can add events, and read nothing.

A key in a page is public: whoever opens the page has it. So a key has a kind. With a ``page`` key one tells behaviour
(``page_calls.py`` says what that leaves out); with a ``server`` key, which is a secret, everything: it is shown once,
and only its digest is kept (it has 192 random bits, so nobody guesses it from that).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from siyu.people.tables import write_keys
from siyu.storage import BadInput, Conflict, NotFound, Stores

HEARD_DAYS = timedelta(days=7)
PREFIX_LETTERS = 6
_DIGEST = "sha256:"
_SOURCE = re.compile(r"[\w][\w.\-]{0,63}")
_OURS = frozenset({"siyu", "visitors", "form"})
"""Sources of the product's own."""

Kind = Literal["page", "server"]


class Meaning(NamedTuple):
    zh: str
    en: str
    may_zh: str
    may_en: str


KINDS: Mapping[Kind, Meaning] = {
    "page": Meaning(
        "页面密钥",
        "Page key",
        "放在网页、小程序、App 里，人人看得见，所以只能上报行为：浏览、收藏、加购和自定义事件。"
        "订单、退款、资料、手机号、同意、其他平台的身份标识都不收。",
        "Stands in a page, mini program or app, where anybody can read it; so it tells behaviour only: views, "
        "favourites, carts and events of your own. No orders, refunds, profiles, phones, consent or identifiers of "
        "other platforms.",
    ),
    "server": Meaning(
        "服务器密钥",
        "Server key",
        "只放在自己的服务器上，是秘密。能上报一切：订单与退款、资料与手机号、同意、各平台的身份标识、合并编号。",
        "A secret that stays on your own servers. It tells everything: orders and refunds, profiles and phones, "
        "consent, identifiers of every platform, ids that are one person.",
    ),
}


@dataclass(frozen=True, slots=True)
class WriteKey:
    """``key``: "" for a server's, except where it was made just now; ``prefix`` tells which it is."""

    id: int
    key: str
    name: str
    source: str  # becomes events.source
    kind: Kind
    created: datetime
    revoked: datetime | None
    before_kinds: bool  # made when keys had no kind, so it may stand in a page
    prefix: str


class Writer(NamedTuple):
    """Who a valid key writes as."""

    source: str
    kind: Kind


def create(stores: Stores, name: str, source: str, kind: str, key: str | None = None) -> WriteKey:
    """A new key of a kind. ``source`` names where its events come from (letters, digits, ``_.-``). Raises
    :class:`BadInput`, and :class:`Conflict` where keys of the other kind write as that source: with a page's key
    anybody could use up the message ids of the server's events."""
    name, source = name.strip(), source.strip()
    if not 0 < len(name) <= 60:
        raise BadInput("bad_name", "名称须为 1 到 60 个字。", "The name needs 1 to 60 characters.", field="name")
    if not _SOURCE.fullmatch(source) or source in _OURS:
        raise BadInput(
            "bad_source",
            "来源须为 1 到 64 个字母、数字、汉字或 _ . -，且不能为 siyu、visitors、form。",
            "The source needs 1 to 64 letters, digits, _ . - and must not be siyu, visitors or form.",
            field="source",
        )
    if kind not in KINDS:
        raise BadInput(
            "bad_kind",
            "请选择密钥的种类：page（页面密钥）或 server（服务器密钥）。",
            "Choose the kind of the key: page or server.",
            field="kind",
        )
    kind = cast(Kind, kind)
    key = key or secrets.token_urlsafe(24)
    row = {
        "key": key if kind == "page" else kept_as(key),
        "prefix": "" if kind == "page" else key[:PREFIX_LETTERS],
        "name": name,
        "source": source,
        "kind": kind,
        "created": stores.clock.now(),
    }
    with stores.ledger.write() as conn:
        _keep_sources_apart(conn, source, kind)
        if (
            conn.execute(sa.select(write_keys.c.id).where(write_keys.c.key.in_([key, kept_as(key)]))).first()
            is not None
        ):
            raise Conflict("key_taken", "该写入密钥已存在。", "This write key exists already.", field="key")
        made = conn.execute(sa.insert(write_keys).values(**row).returning(write_keys)).one()
    return replace(_read(made), key=key)


def kept_as(key: str) -> str:
    """What is kept of a server's key."""
    return f"{_DIGEST}{sha256(key.encode()).hexdigest()}"


def _read(row: Row[Any]) -> WriteKey:
    found = WriteKey(*row)
    return replace(found, key="") if found.key.startswith(_DIGEST) else found


def _keep_sources_apart(conn: Connection, source: str, kind: Kind) -> None:
    """A server's source was never a page's, and no page's is one that a server still uses."""
    other = "server" if kind == "page" else "page"
    found = sa.select(write_keys.c.id).where(write_keys.c.source == source, write_keys.c.kind == other)
    if kind == "page":
        found = found.where(write_keys.c.revoked.is_(None))
    if conn.execute(found.limit(1)).first() is not None:
        raise Conflict(
            "source_of_other_kind",
            f"来源“{source}”已用于{KINDS[other].zh}，页面与服务器须用不同的来源，请换一个名字。",
            f"The source “{source}” is that of a {other} key; pages and servers need their own: use another.",
            field="source",
        )


def narrow(stores: Stores, number: int) -> WriteKey:
    """Make a server key a page key, for good: one that stands in a page, or was made when keys had no kind. Raises
    :class:`NotFound`; :class:`Conflict` where another server key writes as the same source."""
    with stores.ledger.write() as conn:
        row = conn.execute(
            sa.update(write_keys)
            .where(write_keys.c.id == number, write_keys.c.revoked.is_(None), write_keys.c.kind == "server")
            .values(kind="page")
            .returning(write_keys)
        ).one_or_none()
        if row is None:
            raise NotFound("no_write_key", "没有这个可用的服务器密钥。", "There is no such server key in use.")
        _keep_sources_apart(conn, row.source, "page")
    return _read(row)


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
        return [_read(row) for row in conn.execute(sa.select(write_keys).order_by(write_keys.c.id))]


def one(stores: Stores, number: int) -> WriteKey:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(write_keys).where(write_keys.c.id == number)).one_or_none()
    if row is None:
        raise NotFound("no_write_key", "没有这个写入密钥。", "There is no such write key.")
    return _read(row)


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


def writer_of(stores: Stores, key: str) -> Writer | None:
    """Who a valid key writes as; None where it is unknown or revoked."""
    query = sa.select(write_keys.c.source, write_keys.c.kind).where(
        write_keys.c.key.in_([key, kept_as(key)]), write_keys.c.revoked.is_(None)
    )
    if key.startswith(_DIGEST):  # what is kept of a key is no key
        return None
    with stores.ledger.read() as conn:
        row = conn.execute(query).one_or_none()
    return None if row is None else Writer(row.source, row.kind)
