"""What people answer by following a signed link: opened, clicked, unsubscribed, and back again."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from siyu.people import actions as people_actions
from siyu.people import consents
from siyu.reach import cooling
from siyu.reach.links import TEST_MESSAGE, Links, Purpose, installation_name
from siyu.reach.outbox import delivery_id, journey_of
from siyu.reach.tables import attempts, outbox
from siyu.storage import NotFound, Stores

NOTICE = "unsubscribe-page-1"
OPENED_AGAIN_SECONDS = 60
"""A picture asked for again within a minute is one opening: mail programs fetch it several times."""


def opened(stores: Stores, links: Links, token: str) -> None:
    """A message's picture was asked for: an event, at most one a minute. Unknown tokens are silently nothing."""
    found = links.read("o", token)
    if found is None or found[0] == TEST_MESSAGE:
        return
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        row = _message(conn, found[0])
        if row is not None:
            minute = int(now.timestamp()) // OPENED_AGAIN_SECONDS
            _tell(stores, conn, "message_opened", row, now, f"{row.id}-{minute}", {})  # the same id counts once


def clicked(stores: Stores, links: Links, token: str) -> str:
    """A link was followed: an event per tap; the address it leads to, which was in the message that was sent.

    Raises :class:`NotFound` for a token that leads nowhere.
    """
    found = links.read("l", token)
    if found is None:
        raise _nowhere()
    message, place = found
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        row = _message(conn, message)
        content = conn.execute(
            sa.select(attempts.c.content).where(attempts.c.message == message).order_by(attempts.c.id.desc()).limit(1)
        ).scalar()
        addresses: Sequence[str] = (content or {}).get("links", [])
        if row is None or place >= len(addresses):
            raise _nowhere()
        _tell(stores, conn, "message_clicked", row, now, secrets.token_hex(8), {"url": addresses[place]})
    return addresses[place]


def whose(stores: Stores, links: Links, token: str) -> tuple[int, int] | None:
    """The message a followed link stands in, and the person it was for; None for the link of a test."""
    found = links.read("l", token)
    with stores.ledger.read() as conn:
        row = None if found is None else _message(conn, found[0])
    return None if row is None else (row.id, row.person)


def channel_of(stores: Stores, links: Links, token: str) -> str | None:
    """Which channel an unsubscribe link speaks of; None for the link of a test. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        row = _of_token(conn, links, "u", token)
    return None if row is None else str(row.channel)


def unsubscribe(stores: Stores, links: Links, token: str, *, everywhere: bool = False) -> str | None:
    """One tap: no more marketing by this channel (or by any). Again changes nothing. Raises :class:`NotFound`."""
    return _consent(stores, links, token, given=False, everywhere=everywhere)


def subscribe_again(stores: Stores, links: Links, token: str) -> str | None:
    """Changed their mind, on the same page."""
    return _consent(stores, links, token, given=True, everywhere=False)


def _consent(stores: Stores, links: Links, token: str, *, given: bool, everywhere: bool) -> str | None:
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        row = _of_token(conn, links, "u", token)
        if row is None:
            return None
        person = people_actions.require_person(conn, row.person)
        channel = "any" if everywhere else row.channel
        statement = consents.Statement(person, "marketing", channel, given, now, NOTICE, f"message {row.id}", "person")
        consents.record(conn, now, [statement])
        if given:
            cooling.forget_who_came_back(conn, now)
        else:
            cooling.note(conn, [(person, "unsubscribed", str(row.channel), now)])
            _tell(stores, conn, "unsubscribed", row, now, secrets.token_hex(8), {})
    return str(row.channel)


def _of_token(conn: Connection, links: Links, purpose: Purpose, token: str) -> Row[Any] | None:
    found = links.read(purpose, token)
    if found is None:
        raise _nowhere()
    if found[0] == TEST_MESSAGE:
        return None
    row = _message(conn, found[0])
    if row is None:
        raise _nowhere()
    return row


def _message(conn: Connection, message: int) -> Row[Any] | None:
    return conn.execute(sa.select(outbox).where(outbox.c.id == message)).one_or_none()


def _tell(
    stores: Stores, conn: Connection, name: str, row: Row[Any], now: datetime, unique: str, more: dict[str, Any]
) -> None:
    properties = {
        "delivery_id": delivery_id(installation_name(stores.home), row.id),
        "broadcast": row.broadcast,
        "channel": row.channel,
        **more,
    }
    if journey := journey_of(conn, row.broadcast):
        properties |= {**journey, "run": row.run}
    people_actions.append_own(
        conn,
        [
            {
                "message_id": f"{name}-{unique}",
                "time": now,
                "name": name,
                "person": row.person,
                "properties": properties,
            }
        ],
    )


def _nowhere() -> NotFound:
    return NotFound("link_unknown", "这个链接无效或已损坏。", "This link is not valid.")
