"""Efforts that a paid order gives the right to start: one each (a red packet after an order, say).

The news of a paid order leaves a ticket for its buyer in each campaign that runs then; who starts an effort uses one
up, in the same transaction. An order that comes back before its ticket was used gives none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.campaigns.model import Campaign
from siyu.growth.campaigns.reading import CAMPAIGN
from siyu.growth.campaigns.store import Raced
from siyu.growth.campaigns.tables import campaign_tickets, campaigns
from siyu.people.tables import people
from siyu.storage import Stores, insert_into, sent


@dataclass(frozen=True, slots=True)
class Told:
    """An order was paid, or (part of) it came back: ``order`` is its own for ever; ``person``: a node."""

    order: str
    person: int
    at: datetime
    cents: int
    back: bool = False


def asking(conn: Connection) -> list[Campaign]:
    """Campaigns that run and ask for an order of who starts."""
    query = sa.select(*CAMPAIGN).where(campaigns.c.stage.in_(("live", "paused"))).order_by(campaigns.c.id)
    return [found for row in conn.execute(query) if (found := Campaign(*row)).plays.ticket(found.ruled) is not None]


def take_in(stores: Stores, told: Sequence[Told]) -> None:
    """Leave tickets for these orders. Told again it changes nothing."""
    if not told:
        return
    with stores.ledger.write() as conn:
        table = campaign_tickets.c
        rows = [_row(campaign, each) for campaign in asking(conn) for each in told if _gives(campaign, each)]
        if rows:
            conn.execute(insert_into(conn, campaign_tickets).on_conflict_do_nothing(), rows)
        back = sorted({each.order for each in told if each.back})
        asked = sa.select(sent(conn, order=(sa.Text, back)).c.order)
        unused = sa.and_(table.order.in_(asked), table.effort.is_(None))
        conn.execute(sa.update(campaign_tickets).where(unused).values(void=True))


def _gives(campaign: Campaign, order: Told) -> bool:
    least = campaign.plays.ticket(campaign.ruled)
    if order.back or least is None or order.cents < least:
        return False
    begun = campaign.begins is None or campaign.begins <= order.at
    return begun and (campaign.ends is None or order.at < campaign.ends)


def _row(campaign: Campaign, order: Told) -> dict[str, object]:
    return {"campaign": campaign.id, "order": order.order, "person": order.person, "at": order.at, "void": False}


def left(stores: Stores, campaign: int, nodes: Sequence[int]) -> int:
    """How many a person (all nodes given) has."""
    table = campaign_tickets.c
    mine = sa.and_(table.campaign == campaign, table.person.in_(nodes), table.effort.is_(None), table.void.is_(False))
    with stores.ledger.read() as conn:
        return conn.execute(sa.select(sa.func.count()).where(mine)).scalar_one()


@dataclass
class Tickets:
    """Of some people, within one transaction: locked, so that each is used once."""

    conn: Connection
    _unused: dict[tuple[int, int], list[str]]

    @classmethod
    def read(cls, conn: Connection, known: Iterable[Campaign], persons: Collection[int]) -> Tickets:
        """Of these kept persons, in the campaigns among these that ask for one."""
        numbers = sorted({each.id for each in known if each.plays.ticket(each.ruled) is not None})
        unused: dict[tuple[int, int], list[str]] = {}
        for campaign, person, order in _of(conn, numbers, persons) if numbers else ():
            unused.setdefault((campaign, person), []).append(order)
        return cls(conn, unused)

    def has(self, campaign: Campaign, person: int) -> bool:
        """Whether they may start one: where no order is asked for, anybody may."""
        return campaign.plays.ticket(campaign.ruled) is None or bool(self._unused.get((campaign.id, person)))

    def use(self, campaign: Campaign, person: int, effort: int) -> None:
        """Use up their oldest. Raises :class:`Raced` where another process was quicker."""
        orders = self._unused.get((campaign.id, person))
        if campaign.plays.ticket(campaign.ruled) is None or not orders:
            return
        table = campaign_tickets.c
        which = sa.and_(table.campaign == campaign.id, table.order == orders.pop(0), table.effort.is_(None))
        if self.conn.execute(sa.update(campaign_tickets).where(which).values(effort=effort)).rowcount != 1:
            raise Raced


_KEPT = sa.select(people.c.person, people.c.kept)


def _of(conn: Connection, campaigns_: Sequence[int], persons: Collection[int]) -> list[tuple[int, int, str]]:
    """(Campaign, kept person, order) of tickets that are good, the oldest first."""
    table = campaign_tickets.c
    asked = sa.select(sent(conn, person=(sa.BigInteger, sorted(persons))).c.person)
    nodes = sa.select(people.c.person).where(people.c.kept.in_(asked))
    good = sa.and_(table.person.in_(nodes), table.effort.is_(None), table.void.is_(False))
    query = sa.select(table.campaign, table.person, table.order).where(table.campaign.in_(campaigns_), good)
    rows = conn.execute(query.order_by(table.at, table.order).with_for_update()).all()
    kept = {row.person: row.kept for row in conn.execute(_KEPT.where(people.c.person.in_([row[1] for row in rows])))}
    return [(row.campaign, kept[row.person], row.order) for row in rows]
