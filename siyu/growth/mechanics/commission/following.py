"""Commission on paid orders, followed in the news: granted, held through the return window, taken back by the line.

Whatever happened to an order (paid, returned in part, told twice, told late), all that was told of it is read again and
the rewards are made to be what is owed now. So it can be done again at any time, and in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.campaigns.model import Campaign
from siyu.growth.campaigns.reading import CAMPAIGN
from siyu.growth.campaigns.tables import campaigns, efforts
from siyu.growth.mechanics.commission.model import Due, Level, Rules, settle
from siyu.growth.mechanics.commission.tables import commission_sales
from siyu.growth.purses import granting
from siyu.growth.purses.model import Wanted
from siyu.growth.purses.tables import rewards
from siyu.growth.referral.queries import inviter_of
from siyu.jobs import handles, schedule
from siyu.jobs.model import Job
from siyu.jobs.tables import cursors
from siyu.jobs.turns import run_until_empty
from siyu.people import news
from siyu.people.tables import people
from siyu.people.told_orders import Order, orders_of
from siyu.storage import Stores, in_chunks, insert_into

JOB = CURSOR = MECHANIC = BY = "commission"
PIECES_A_STEP = 50
ORDERS_A_WRITE = 200
STANDS = ("held", "granted", "paid")


def follow(stores: Stores) -> int:
    """The next stored batches; how many."""
    if news.anything_new(stores):
        news.give_places(stores)
    with stores.ledger.read() as conn:
        place = conn.execute(sa.select(cursors.c.place).where(cursors.c.name == CURSOR)).scalar()
        table = campaigns.c
        query = sa.select(*CAMPAIGN).where(table.mechanic == MECHANIC, table.stage.in_(("live", "ended")))
        running = [Campaign(*row) for row in conn.execute(query.order_by(table.id))]
    if place is None or not running:
        _go_to(stores, news.last_place(stores))
        return 0
    pieces = news.pieces_after(stores, place, PIECES_A_STEP)
    if not pieces:
        return 0
    for chunk in in_chunks(orders_of(stores, [piece.batch for piece in pieces]), ORDERS_A_WRITE):
        with stores.ledger.write() as conn:
            _settle(conn, stores.clock.now(), running, chunk)
    _go_to(stores, pieces[-1].place)
    return len(pieces)


def _go_to(stores: Stores, place: int) -> None:
    with stores.ledger.write() as conn:
        row = insert_into(conn, cursors).values(name=CURSOR, place=place)
        conn.execute(row.on_conflict_do_update(index_elements=["name"], set_={"place": place}))


def _settle(conn: Connection, now: datetime, running: Sequence[Campaign], orders: Sequence[Order]) -> None:
    wishes: list[Wanted] = []
    sales: list[dict[str, Any]] = []
    back: list[int] = []
    for order in orders:
        above = _above(conn, order.buyer)
        for campaign in running:
            if not (campaign.begins and campaign.ends and campaign.begins <= order.at < campaign.ends):
                continue
            first, second = _promoters(conn, campaign, order.at, above)
            stands, gone = _granted(conn, campaign, order)
            rules: Rules = campaign.ruled
            change = settle(rules, first, second, order.kept, stands, gone)
            back += [stands[due] for due in change.back]
            if change.fresh:
                sales.append({"campaign": campaign.id, "mark": _mark_of(order), "buyer": order.buyer, "at": order.at})
            due_at = order.at + timedelta(days=rules.return_days)
            wishes += [_wanted(campaign, order, due, max(due_at, now)) for due in change.fresh]
    if sales:
        conn.execute(insert_into(conn, commission_sales).on_conflict_do_nothing(), sales)
    granting.drop(conn, now, BY, back, "退货")
    granting.take_back(conn, now, BY, back, "退货")
    granting.grant(conn, now, BY, wishes)


def _above(conn: Connection, buyer: int) -> tuple[int | None, int | None]:
    """Who brought the buyer, and who brought that one."""
    first = inviter_of(conn, buyer)
    second = None if first is None else inviter_of(conn, first)
    return first, None if second == buyer else second


def _promoters(
    conn: Connection, campaign: Campaign, at: datetime, above: Iterable[int | None]
) -> tuple[int | None, int | None]:
    """Of those above the buyer, who had joined by then; whoever had not earns nothing, and nobody moves up."""
    asked = [each for each in above if each is not None]
    query = (
        sa.select(people.c.kept)
        .join(efforts, efforts.c.person == people.c.person)
        .where(efforts.c.campaign == campaign.id, people.c.kept.in_(asked), efforts.c.opened <= at)
    )
    joined = set(conn.execute(query).scalars()) if asked else set[int]()
    first, second = (each if each in joined else None for each in above)
    return first, second


def _granted(conn: Connection, campaign: Campaign, order: Order) -> tuple[dict[Due, int], list[Due]]:
    """What was granted for an order: what of it stands → the reward's number, and what was dropped or taken back."""
    before = f"{_prefix(campaign, order)}:"
    table = rewards.c
    columns = (table.id, table.key, table.person, table.amount, table.stage)
    query = sa.select(*columns).where(table.key >= before, table.key < before + "~")
    lines = {_mark(name): name for name in order.kept}
    stands, gone = dict[Due, int](), list[Due]()
    for row in conn.execute(query):
        line, level, version = str(row.key).removeprefix(before).split(":")
        due = Due(lines.get(line, line), cast(Level, int(level)), row.person, row.amount, int(version))
        if row.stage in STANDS:
            stands[due] = row.id
        else:
            gone.append(due)
    return stands, gone


def _wanted(campaign: Campaign, order: Order, due: Due, at: datetime) -> Wanted:
    key = f"{_prefix(campaign, order)}:{_mark(due.line)}:{due.level}:{due.version}"
    kind = campaign.ruled.kind
    title = f"推荐佣金（{due.level} 级，订单 {order.number}）"
    return Wanted(key, campaign.purses["yuan"], due.person, kind, due.cents, title, campaign.slug, due=at)


def _prefix(campaign: Campaign, order: Order) -> str:
    return f"{campaign.id}:order:{_mark_of(order)}"


def _mark_of(order: Order) -> str:
    """Its own part of the keys of rewards."""
    return _mark(f"{order.source}/{order.number}")


def _mark(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:20]


@handles(JOB)
def mind(stores: Stores, job: Job) -> dict[str, Any]:
    """Make commissions what is owed now."""
    del job
    return {"batches": run_until_empty(lambda: follow(stores))}


schedule(JOB, "* * * * *", JOB)
