"""What a promoter earned in a campaign: by order, with what waits until when, and what came back.

A friend's name is theirs: a promoter sees its first letter, of somebody whom they brought themselves, and nothing of
whom their friends brought. What was bought, and its number, is told to nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.campaigns.model import Campaign
from siyu.growth.mechanics.commission.model import Level
from siyu.growth.mechanics.commission.tables import commission_sales
from siyu.growth.purses.tables import rewards
from siyu.growth.visitors import devices
from siyu.people.finding import names_of
from siyu.storage import Stores, sent

SALES_MAX = 100
HELD, GOT, BACK = ("held",), ("granted", "paid"), ("dropped", "taken_back")
HIDDEN = "**"


@dataclass(slots=True)
class Sale:
    """An order: ``friend`` is "" for somebody whose name is not told; cents by what became of them. ``until``: when
    what waits is given."""

    at: datetime
    level: Level
    friend: str = ""
    held: int = 0
    got: int = 0
    back: int = 0
    until: datetime | None = None


@dataclass(slots=True)
class Earned:
    """The newest orders, and what they come to in all: ``held``, ``got`` and ``back`` in cents."""

    sales: Sequence[Sale] = ()
    sums: dict[str, int] = field(default_factory=lambda: {"held": 0, "got": 0, "back": 0})


def earned_by(stores: Stores, campaign: Campaign, nodes: Sequence[int]) -> Earned:
    """What a person (all nodes given) earned."""
    before = f"{campaign.id}:order:"
    table = rewards.c
    with stores.ledger.read() as conn:
        asked = sent(conn, person=(sa.BigInteger, sorted(nodes)))
        mine = sa.and_(table.person.in_(sa.select(asked.c.person)), table.key >= before, table.key < before + "~")
        query = sa.select(table.key, table.amount, table.stage, table.due, table.at).where(mine)
        rows = conn.execute(query.order_by(table.id.desc())).all()
        orders = _orders(conn, campaign, {str(row.key).removeprefix(before).split(":")[0] for row in rows})
    sales: dict[tuple[str, Level], Sale] = {}
    buyers: dict[tuple[str, Level], int] = {}
    earned = Earned()
    for row in rows:
        mark, _, told, _ = str(row.key).removeprefix(before).split(":")
        level: Level = 1 if told == "1" else 2
        buyer, at = orders.get(mark, (0, row.at))
        sale = sales.setdefault((mark, level), Sale(at, level))
        buyers[mark, level] = buyer
        sort = "held" if row.stage in HELD else "got" if row.stage in GOT else "back"
        setattr(sale, sort, getattr(sale, sort) + row.amount)
        earned.sums[sort] += row.amount
        if row.stage in HELD and row.due is not None:
            sale.until = max(row.due, sale.until or row.due)
    shown = sorted(sales, key=lambda key: sales[key].at, reverse=True)[:SALES_MAX]
    names = _first_letters(stores, {buyers[key] for key in shown if key[1] == 1})
    for key in shown:
        sales[key].friend = names.get(buyers[key], "") if key[1] == 1 else ""
    earned.sales = [sales[key] for key in shown]
    return earned


def _orders(conn: Connection, campaign: Campaign, marks: Iterable[str]) -> dict[str, tuple[int, datetime]]:
    """Mark → the buyer's person, and when it was paid."""
    table = commission_sales.c
    asked = sa.select(sent(conn, mark=(sa.Text, sorted(marks))).c.mark)
    query = sa.select(table.mark, table.buyer, table.at).where(table.campaign == campaign.id, table.mark.in_(asked))
    rows = conn.execute(query).all()
    kept = devices.kept(conn, {row.buyer for row in rows})
    return {row.mark: (kept[row.buyer], row.at) for row in rows if row.buyer in kept}


def _first_letters(stores: Stores, persons: Iterable[int]) -> dict[int, str]:
    return {person: name[0] + HIDDEN for person, name in names_of(stores, persons).items() if name}
