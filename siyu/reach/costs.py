"""What messages cost: before they are sent, by what each person would get; afterwards, by the prices that held then.

A platform that bills by pieces (a long text message is several) is reckoned by a sample: how many pieces a message had,
on average.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels import Channels
from siyu.channels.prices import PARTS, prices_now, spans
from siyu.channels.protocol import About
from siyu.channels.tables import accounts
from siyu.jobs import preferences
from siyu.reach.content import fields_read, write
from siyu.reach.fields import load
from siyu.reach.guard import Way
from siyu.reach.tables import attempts, broadcasts, outbox
from siyu.storage import BadInput, Stores

SAMPLE = 50
"""Messages whose pieces are looked at."""
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Cost:
    """Messages through one account. ``price`` of one as billed, now (None: nobody said, so ``amount`` is None too);
    ``pieces``: as how many a message is billed, on average; ``billed``: the platform bills messages at all."""

    account: int
    name: str
    messages: int
    price: Decimal | None
    pieces: Decimal
    amount: Decimal | None
    billed: bool

    @property
    def known(self) -> Decimal:
        """The amount, 0 where it is not known."""
        return self.amount or Decimal(0)

    @property
    def worth_telling(self) -> bool:
        """A price was entered that is not 0, or one is lacking."""
        return bool(self.amount) or bool(self.price) or (self.billed and self.price is None)


def total(found: Sequence[Cost]) -> Decimal:
    """Of those whose price is known."""
    return sum((each.known for each in found), Decimal(0))


def lacking(found: Sequence[Cost]) -> list[str]:
    """Names of accounts that the platform bills and nobody entered a price for."""
    return [each.name for each in found if each.billed and each.price is None]


def planned(
    stores: Stores,
    channels: Channels,
    messages: Mapping[int, int],
    pieces: Mapping[int, Decimal] | None = None,
) -> list[Cost]:
    """What so many ``messages`` by account would cost at today's prices; ``pieces`` by account, 1 where it is not
    said."""
    known = pieces or {}
    with stores.ledger.read() as conn:
        prices = prices_now(conn)
        return [
            _cost(row, channels, messages[row.id], prices.get(row.id), known.get(row.id, Decimal(1)), None)
            for row in _accounts(conn, list(messages))
        ]


def pieces_of(
    stores: Stores, ways: Sequence[Way], content: Mapping[str, Mapping[str, str]], persons: Sequence[int]
) -> dict[int, Decimal]:
    """As how many messages one is billed, by account: the average over some of these kept persons. Only of ways whose
    platform bills by pieces."""
    found: dict[int, Decimal] = {}
    language = str(preferences.get(stores, "language"))
    for way in ways:
        about, parts = way.channel, content.get(way.channel.name, {})
        if about.look is None or not persons:
            continue
        try:
            roots = fields_read(about.parts, parts, about.name, language)
            known = load(stores, list(persons)[:SAMPLE], roots)
            looks = [_pieces(about, write(about.parts, parts, fields, language).parts) for fields in known.values()]
        except BadInput:  # content that is not finished: its own problem says so
            continue
        found[way.account] = _average(looks)
    return found


def spent(stores: Stores, channels: Channels, senders: Sequence[int]) -> list[Cost]:
    """What was accepted of these senders' messages (broadcasts, or steps of a journey), by account, each at the price
    that held when it was."""
    if not senders:
        return []
    with stores.ledger.read() as conn:
        paid = _paid(conn, channels, senders)
        if not paid:  # nothing is counted for what costs nothing
            return []
        ours = (outbox.c.broadcast.in_(list(senders)), outbox.c.state == "accepted", outbox.c.account.in_(paid))
        worth = sa.func.sum(_worth(conn, list(paid)))
        query = sa.select(outbox.c.account, sa.func.count(), worth).where(*ours).group_by(outbox.c.account)
        many = {account: (int(count), Decimal(int(parts)) / PARTS) for account, count, parts in conn.execute(query)}
        prices = prices_now(conn)
        found: list[Cost] = []
        for number in (number for number in paid if number in many):
            count, amount = many[number]
            pieces = _pieces_sent(conn, channels, paid[number], senders)
            found.append(_cost(paid[number], channels, count, prices.get(number), pieces, amount * pieces))
        return found


def _paid(conn: Connection, channels: Channels, senders: Sequence[int]) -> dict[int, sa.Row[Any]]:
    """The accounts of these senders that cost something, or whose price is lacking."""
    chosen = conn.execute(sa.select(broadcasts.c.channels).where(broadcasts.c.id.in_(list(senders)))).scalars()
    rows = _accounts(conn, sorted({int(number) for numbers in chosen for number in numbers}))
    dear = {span.account for span in spans(conn, [row.id for row in rows]) if span.price}
    return {row.id: row for row in rows if row.id in dear or channels[row.channel].about.billed}


def senders_of_journey(conn: Connection, journey: int, version: int | None = None) -> list[int]:
    """The standing senders of a journey's messages, of all its versions or of one."""
    which = [broadcasts.c.journey == journey]
    if version is not None:
        which.append(broadcasts.c.journey_version == version)
    return list(conn.execute(sa.select(broadcasts.c.id).where(*which)).scalars())


def _worth(conn: Connection, accounts_used: Sequence[int]) -> sa.ColumnElement[int]:
    """SQL: what a message cost when it was settled, in ten-thousandths; 0 where no price is known."""
    cases: list[tuple[sa.ColumnElement[bool], int]] = []
    for span in spans(conn, accounts_used):
        when = [outbox.c.account == span.account, outbox.c.settled >= span.since]
        if span.until is not None:
            when.append(outbox.c.settled < span.until)
        cases.append((sa.and_(*when), int(span.price * PARTS)))
    return sa.case(*cases, else_=0) if cases else sa.literal(0)


def _pieces_sent(conn: Connection, channels: Channels, row: sa.Row[Any], senders: Sequence[int]) -> Decimal:
    """As how many the latest messages were billed, on average."""
    about = channels[row.channel].speaking(row.id, row.settings, {})
    if about.look is None:
        return Decimal(1)
    query = (
        sa.select(attempts.c.content)
        .join(outbox, outbox.c.id == attempts.c.message)
        .where(outbox.c.broadcast.in_(list(senders)), outbox.c.state == "accepted", outbox.c.account == row.id)
        .where(attempts.c.outcome == "accepted", attempts.c.content.is_not(None))
        .order_by(outbox.c.id.desc())
        .limit(SAMPLE)
    )
    return _average(
        [_pieces(about, content["parts"]) for content in conn.execute(query).scalars() if "parts" in content]
    )


def _pieces(about: About, written: Mapping[str, str]) -> int:
    look = about.look(written) if about.look is not None else None
    return 1 if look is None else look.pieces


def _average(pieces: Sequence[int]) -> Decimal:
    return Decimal(sum(pieces)) / len(pieces) if pieces else Decimal(1)


def _accounts(conn: Connection, numbers: Sequence[int]) -> Sequence[sa.Row[Any]]:
    query = sa.select(accounts.c.id, accounts.c.name, accounts.c.channel, accounts.c.settings)
    return conn.execute(query.where(accounts.c.id.in_(list(numbers))).order_by(accounts.c.id)).all()


def _cost(
    row: sa.Row[Any],
    channels: Channels,
    messages: int,
    price: Decimal | None,
    pieces: Decimal,
    amount: Decimal | None,
) -> Cost:
    """``amount`` None: reckoned from the price."""
    if amount is None and price is not None:
        amount = price * pieces * messages
    if price is None:
        amount = None
    rounded = None if amount is None else amount.quantize(CENT, ROUND_HALF_UP)
    billed = channels[row.channel].about.billed
    return Cost(row.id, row.name, messages, price, pieces, rounded, billed)
