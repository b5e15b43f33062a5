"""Who opens an order link, what they are shown, and going on to the shop with a code.

A mark names the person it was made for. On anybody else's device it is a forwarded link: they see the public price, are
counted as somebody of their own, and learn nothing of whom it was for.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.commerce.goods.model import Good
from siyu.commerce.links import keeping
from siyu.commerce.links.model import HOLD, Named, OrderLink, trail
from siyu.commerce.offers import asking
from siyu.commerce.offers.model import Choice
from siyu.commerce.tables import offer_claims, offers
from siyu.people import actions
from siyu.people.merges import kept_person
from siyu.people.tables import people
from siyu.storage import Conflict, Stores, insert_into

PARAMETER = "siyu_claim"
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LETTERS = 12


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who opens it. ``own``: it is the person that the mark names, surely; ``sure``: who it surely is (None: nobody
    known); ``node``: under whom what they do is counted."""

    node: int
    own: bool = False
    sure: int | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """A link as one visitor sees it. ``forwarded``: its mark names somebody else; ``old``: the mark names nobody any
    more; ``tracked``: what they do is written down."""

    link: OrderLink
    good: Good
    choice: Choice
    named: Named
    visitor: Visitor
    forwarded: bool
    tracked: bool

    @property
    def trail(self) -> str:
        """Of this visitor's own path."""
        return trail(self.link.id, self.visitor.node, self.named.message)

    @property
    def address(self) -> str:
        """The shop's page; "" where nobody told of one."""
        return self.link.url or self.good.url

    def facts(self, **more: object) -> dict[str, object]:
        """What every event of this path says."""
        mine = Named(self.link.id, self.visitor.node, self.named.message)
        offer = self.choice.offer
        told = {"offer": offer.id, "offer_name": offer.name} if offer is not None else {}
        return keeping.facts(self.link, mine, forwarded=int(self.forwarded), cents=self.choice.cents, **told, **more)


@dataclass(frozen=True, slots=True)
class Claim:
    """Going to the shop: the ``code`` that should come back in the order, and the shop's page with it."""

    code: str
    address: str
    cents: int | None


def look(stores: Stores, named: Named, visitor: Visitor) -> Opening:
    """What they see. Writes nothing. Raises :class:`~siyu.storage.NotFound`, :class:`Conflict` where it is off."""
    link = keeping.get_link(stores, named.link)
    if link.shut(stores.clock.now()):
        raise Conflict("link_shut", "这个链接已经结束。", "This link has ended.")
    forwarded = bool(named.person) and not named.old and not visitor.own
    whose = None if forwarded else named.person if visitor.own else visitor.sure
    live = link.place if link.place_kind == "live" else ""
    group = link.place if link.place_kind == "group" else ""
    good, choice = asking.ask(stores, link.good, whose, live=live, group=group)
    with stores.ledger.read() as conn:
        tracked = not objects(conn, [visitor.node])
    return Opening(link, good, choice, named, visitor, forwarded, tracked)


def opened(stores: Stores, opening: Opening) -> None:
    """They opened it: an event, at most one a minute; a forwarding is also told of who passed it on, once."""
    if not opening.tracked:
        return
    now = stores.clock.now()
    rows = [_row(opening, "offer_opened", now, _minute(now))]
    named, visitor = opening.named, opening.visitor
    if opening.forwarded:
        rows.append(
            {
                "message_id": f"offer_forwarded-{named.trail}-{visitor.node}",
                "time": now,
                "name": "offer_forwarded",
                "person": named.person,
                "properties": keeping.facts(opening.link, named, to=visitor.node),
            }
        )
    with stores.ledger.write() as conn:
        if opening.forwarded and (objects(conn, [named.person]) or not _there(conn, named.person)):
            rows = rows[:1]
        actions.append_own(conn, rows)


def seen(stores: Stores, opening: Opening) -> None:
    """The offer stood before their eyes."""
    if opening.tracked:
        now = stores.clock.now()
        with stores.ledger.write() as conn:
            actions.append_own(conn, [_row(opening, "offer_seen", now, _minute(now))])


def go(stores: Stores, opening: Opening) -> Claim:
    """Go on to the shop with a code, which holds a part of the offer's stock; again gives the same code. Raises
    :class:`Conflict` where the offer was taken by others meanwhile, or the shop's page is not known."""
    if not opening.address:
        raise Conflict(
            "link_no_shop", "还没有购买地址，请联系店铺。", "The shop's page is not known: please ask the shop."
        )
    now = stores.clock.now()
    offer = opening.choice.offer
    key = {"trail": opening.trail, "offer": 0 if offer is None else offer.id}
    row: dict[str, Any] = {
        **key,
        "code": "".join(secrets.choice(_LETTERS) for _ in range(CODE_LETTERS)),
        "link": opening.link.id,
        "good": opening.good.id,
        "person": opening.visitor.node,
        "message": opening.named.message,
        "forwarded": opening.forwarded,
        "cents": opening.choice.cents,
        "stage": "held",
        "at": now,
        "holds": now + HOLD,
    }
    table = offer_claims.c
    same = sa.and_(table.trail == key["trail"], table.offer == key["offer"])
    with stores.ledger.hurry(), stores.ledger.write() as conn:
        adding = insert_into(conn, offer_claims).on_conflict_do_nothing(index_elements=["trail", "offer"])
        fresh = conn.execute(adding.values(row).returning(table.id)).first() is not None
        claim = conn.execute(sa.select(offer_claims).where(same).with_for_update()).one()
        if fresh or claim.stage == "lapsed":
            _take(conn, 0 if offer is None else offer.id)
        if claim.stage != "ordered":
            again = {"stage": "held", "at": now, "holds": now + HOLD, "cents": opening.choice.cents}
            conn.execute(sa.update(offer_claims).where(same).values(again))
        if opening.tracked:
            actions.append_own(conn, [_row(opening, "offer_went", now, _minute(now))])
    return Claim(claim.code, shop_address(opening, claim.code), opening.choice.cents)


def _take(conn: Connection, offer: int) -> None:
    """One of the stock, where there is one: the condition stands in the statement that counts."""
    if not offer:
        return
    table = offers.c
    left = sa.or_(table.stock.is_(None), table.taken < table.stock)
    taking = sa.update(offers).where(table.id == offer, table.stage == "on", left).values(taken=table.taken + 1)
    if not conn.execute(taking).rowcount:
        raise Conflict(
            "offer_gone", "刚刚被抢完，请刷新看现在的价格。", "Just sold out: open it again for the price now."
        )


def shop_address(opening: Opening, code: str) -> str:
    """The shop's page with the code, and with the marks that its own statistics read."""
    parts = urlsplit(opening.address)
    ours = {
        PARAMETER: code,
        "utm_source": "siyu",
        "utm_medium": opening.link.channel or "link",
        "utm_campaign": opening.link.name,
        "utm_content": str(opening.link.id),
    }
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in ours]
    return urlunsplit(parts._replace(query=urlencode([*kept, *ours.items()])))


def kept_of(stores: Stores, person: int) -> int:
    """The person a node belongs to now. Raises :class:`~siyu.storage.NotFound`."""
    with stores.ledger.read() as conn:
        return kept_person(conn, person)


def objects(conn: Connection, nodes: Sequence[int]) -> bool:
    """Whether somebody of these does not want to be followed."""
    kept = sa.select(people.c.kept).where(people.c.person.in_(nodes))
    query = sa.select(people.c.person).where(people.c.kept.in_(kept), people.c.no_profiling.is_(True))
    return conn.execute(query.limit(1)).first() is not None


def _there(conn: Connection, node: int) -> bool:
    return (
        conn.execute(sa.select(people.c.person).where(people.c.person == node, people.c.gone.is_(None))).first()
        is not None
    )


def _row(opening: Opening, name: str, now: datetime, unique: str) -> dict[str, Any]:
    offer = opening.choice.offer
    return {
        "message_id": f"{name}-{opening.trail}-{0 if offer is None else offer.id}-{unique}",
        "time": now,
        "name": name,
        "person": opening.visitor.node,
        "properties": opening.facts(),
    }


def _minute(now: datetime) -> str:
    return str(int(now.timestamp()) // 60)
