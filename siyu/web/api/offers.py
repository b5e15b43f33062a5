"""The API of offers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from siyu.commerce.goods.model import CENTS_MAX
from siyu.commerce.offers import command, keeping
from siyu.commerce.offers.command import OfferAnswer, OffersAnswer, PriceAnswer
from siyu.commerce.offers.model import (
    NAME_CHARACTERS_MAX,
    NOTE_CHARACTERS_MAX,
    STOCK_MAX,
    WHOM_CHARACTERS_MAX,
    Draft,
    Kind,
    To,
)
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.forms import WHOLE_MAX
from siyu.web.paging import Id, Limit
from siyu.web.routes import api_acts, api_ask, api_read, api_write

Number = Annotated[int, msgspec.Meta(ge=1, le=WHOLE_MAX)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class OfferBody(msgspec.Struct, forbid_unknown_fields=True):
    """An offer. A `price` needs `good` and `cents`, a `coupon` the number of its kind; `whom` by `to`."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS_MAX)]
    kind: Kind
    to: To
    whom: Annotated[str, msgspec.Meta(max_length=WHOM_CHARACTERS_MAX)] = ""
    good: Number | None = None
    cents: Annotated[int, msgspec.Meta(ge=0, le=CENTS_MAX)] | None = None
    coupon: Number | None = None
    begins: Moment | None = None
    ends: Moment | None = None
    stock: Annotated[int, msgspec.Meta(ge=1, le=STOCK_MAX)] | None = None
    note: Annotated[str, msgspec.Meta(max_length=NOTE_CHARACTERS_MAX)] = ""


class PriceBody(msgspec.Struct, forbid_unknown_fields=True):
    """Whose price is asked for: of a product, for a person (nobody: the public's), in a live show or group."""

    good: Number
    person: Number | None = None
    live: Annotated[str, msgspec.Meta(max_length=WHOM_CHARACTERS_MAX)] = ""
    group: Annotated[str, msgspec.Meta(max_length=WHOM_CHARACTERS_MAX)] = ""


@api_read("/api/offers", "goods.read")
def list_all(
    stores: Stores,
    words: str = "",
    stage: str = "",
    good: int | None = None,
    before: int | None = None,
    limit: Limit = 50,
) -> OffersAnswer:
    """A page of offers, the newest first; of one product with `good`."""
    place = None if before is None else max(0, min(before, WHOLE_MAX))
    of = None if good is None else max(0, min(good, WHOLE_MAX))
    return command.offers_told(stores, words[:200], stage, of, place, limit)


@api_write("POST", "/api/offers", "goods.write", audits="offer_added")
def add(stores: Stores, actor: Actor, data: OfferBody) -> OfferAnswer:
    """Make an offer; it is on from its beginning."""
    made = keeping.add_offer(stores, actor.tag, _draft(data))
    note(f"offer:{made.id}", name=made.name)
    return command.offer_told(made)


@api_read("/api/offers/{offer:int}", "goods.read")
def one(stores: Stores, offer: Id) -> OfferAnswer:
    """One offer."""
    return command.offer_told(keeping.get_offer(stores, offer))


@api_write("PUT", "/api/offers/{offer:int}", "goods.write", audits="offer_changed", about="offer:{offer}")
def change(stores: Stores, offer: Id, data: OfferBody) -> OfferAnswer:
    """All of it anew."""
    return command.offer_told(keeping.change_offer(stores, offer, _draft(data)))


offer_acts = api_acts("/api/offers/{offer:int}", "goods.write", about="offer:{offer}")


@offer_acts("pause", "offer_paused")
def pause(stores: Stores, offer: Id) -> OfferAnswer:
    """Nobody gets it until it goes on."""
    return command.offer_told(keeping.set_stage(stores, offer, "paused"))


@offer_acts("resume", "offer_resumed")
def resume(stores: Stores, offer: Id) -> OfferAnswer:
    """It goes on."""
    return command.offer_told(keeping.set_stage(stores, offer, "on"))


@offer_acts("end", "offer_ended")
def end(stores: Stores, offer: Id) -> OfferAnswer:
    """Over for good; its figures stay."""
    return command.offer_told(keeping.set_stage(stores, offer, "ended"))


@api_ask("/api/offers/best", "goods.read")
def best(stores: Stores, data: PriceBody) -> PriceAnswer:
    """What a product costs a person now, by which offer, and why not by the others. Ask at the moment you show it."""
    return command.price_told(stores, data.good, data.person, live=data.live, group=data.group)


def _draft(data: OfferBody) -> Draft:
    return Draft(**{name: getattr(data, name) for name in OfferBody.__struct_fields__})


ROUTES = [list_all, add, one, change, pause, resume, end, best]
