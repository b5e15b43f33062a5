"""Offers as staff keep them."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.audiences import queries as audiences
from siyu.commerce.goods.keeping import good_in
from siyu.commerce.offers.model import Draft, Offer, Stage, checked
from siyu.commerce.tables import offers
from siyu.people.merges import kept_person
from siyu.storage import BadInput, Conflict, NotFound, Stores

ROWS_MAX = 500
OFFERS_MAX = 20_000
OPEN_MAX = 2_000
"""Offers of one product, and of all goods, that are looked at for a price: the newest."""
VIEW = [offers.c[name] for name in Offer.__dataclass_fields__]


def list_offers(
    stores: Stores,
    words: str = "",
    *,
    stage: str = "",
    to: str = "",
    good: int | None = None,
    before: int | None = None,
    rows_max: int = ROWS_MAX,
) -> list[Offer]:
    """Offers, the newest first."""
    query = sa.select(*VIEW).where(*_asked(words, stage, to, good)).order_by(offers.c.id.desc())
    if before is not None:
        query = query.where(offers.c.id < before)
    with stores.ledger.read() as conn:
        return [Offer(*row) for row in conn.execute(query.limit(min(rows_max, ROWS_MAX)))]


def count_offers(stores: Stores, words: str = "", *, stage: str = "", to: str = "", good: int | None = None) -> int:
    """How many."""
    query = sa.select(sa.func.count()).select_from(offers).where(*_asked(words, stage, to, good))
    with stores.ledger.read() as conn:
        return conn.execute(query).scalar_one()


def get_offer(stores: Stores, offer: int) -> Offer:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return offer_in(conn, offer)


def offer_in(conn: Connection, offer: int) -> Offer:
    """Raises :class:`NotFound`."""
    row = conn.execute(sa.select(*VIEW).where(offers.c.id == offer)).one_or_none()
    if row is None:
        raise NotFound("no_offer", f"没有编号为 {offer} 的优惠。", f"There is no offer {offer}.")
    return Offer(*row)


def offers_of(conn: Connection, good: int) -> list[Offer]:
    """Those that could be of this product and are on, the newest first."""
    mine = sa.or_(offers.c.good == good, offers.c.good.is_(None))
    query = sa.select(*VIEW).where(mine, offers.c.stage == "on").order_by(offers.c.id.desc()).limit(OPEN_MAX)
    return [Offer(*row) for row in conn.execute(query)]


def add_offer(stores: Stores, by: str, draft: Draft) -> Offer:
    """Raises :class:`BadInput` by field."""
    wanted = _known(stores, checked(draft))
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        if conn.execute(sa.select(sa.func.count()).select_from(offers)).scalar_one() >= OFFERS_MAX:
            raise BadInput("offers_many", f"最多 {OFFERS_MAX} 个优惠。", f"At most {OFFERS_MAX} offers.", field="name")
        _there(conn, wanted)
        row: dict[str, Any] = {**asdict(wanted), "stage": "on", "created": now, "changed": now, "by": by}
        return Offer(*conn.execute(sa.insert(offers).values(row).returning(*VIEW)).one())


def change_offer(stores: Stores, offer: int, draft: Draft) -> Offer:
    """All of it anew. Raises :class:`BadInput`, :class:`NotFound`, :class:`Conflict` (it ended, or more were taken)."""
    wanted = _known(stores, checked(draft))
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        found = offer_in(conn, offer)
        if found.stage == "ended":
            raise Conflict("offer_ended", "已结束的优惠不能修改。", "An offer that ended is changed no more.")
        if wanted.stock is not None and wanted.stock < found.taken:
            raise Conflict(
                "offer_taken",
                f"已有 {found.taken} 份被领走，数量不能更少。",
                f"{found.taken} are taken: there can't be fewer.",
                field="stock",
            )
        if (wanted.kind, wanted.good) != (found.kind, found.good) and found.taken:
            raise Conflict("offer_used", "已有人使用，请另建一个。", "People use it: make another one.", field="kind")
        _there(conn, wanted)
        same = offers.c.id == offer
        conn.execute(sa.update(offers).where(same).values({**asdict(wanted), "changed": now}))
        return offer_in(conn, offer)


def set_stage(stores: Stores, offer: int, stage: Stage) -> Offer:
    """On, paused, or ended for good. Raises :class:`NotFound`, :class:`Conflict` for what ended."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        found = offer_in(conn, offer)
        if found.stage == stage:
            return found
        if found.stage == "ended":
            raise Conflict("offer_ended", "已结束，请另建一个。", "It ended: make another one.")
        conn.execute(sa.update(offers).where(offers.c.id == offer).values(stage=stage, changed=now))
        return replace(found, stage=stage, changed=now)


def draft_of(offer: Offer) -> Draft:
    """What was written of it."""
    return Draft(**{name: getattr(offer, name) for name in Draft.__dataclass_fields__})


def _known(stores: Stores, draft: Draft) -> Draft:
    if draft.to == "audience":
        try:
            audiences.get(stores, int(draft.whom))
        except NotFound as unknown:
            raise BadInput("offer_field", unknown.zh, unknown.en, field="whom") from unknown
    return draft


def _there(conn: Connection, draft: Draft) -> None:
    try:
        if draft.good is not None:
            good_in(conn, draft.good)
    except NotFound as unknown:
        raise BadInput("offer_field", unknown.zh, unknown.en, field="good") from unknown
    try:
        if draft.to == "person":
            kept_person(conn, int(draft.whom))
    except NotFound as unknown:
        raise BadInput("offer_field", unknown.zh, unknown.en, field="whom") from unknown


def _asked(words: str, stage: str, to: str, good: int | None) -> list[sa.ColumnElement[bool]]:
    within = (offers.c.name, offers.c.note, offers.c.whom)
    found: list[sa.ColumnElement[bool]] = [
        sa.or_(*(column.icontains(word, autoescape=True) for column in within)) for word in words.split()[:5]
    ]
    if stage:
        found.append(offers.c.stage == stage)
    if to:
        found.append(offers.c.to == to)
    if good is not None:
        found.append(offers.c.good == good)
    return found
