"""What ``siyu offer …`` and the API answer of offers."""

from __future__ import annotations

from datetime import datetime

import msgspec

from siyu.commerce.offers import asking, keeping
from siyu.commerce.offers.model import WHY_NOT, Choice, Kind, Offer, Stage, To
from siyu.storage import Stores


class OfferAnswer(msgspec.Struct, frozen=True):
    """One offer. `kind`: `price` (`cents` is what it costs then) or `coupon` (its kind). `to`, `whom`: `everybody`;
    `live` (the name of a show); `group` (its id); `attribute` (`tier=gold`); `audience`, `person` (a number). `taken`:
    how many went to the shop with it, of `stock` (null: no end)."""

    id: int
    name: str
    kind: Kind
    good: int | None
    cents: int | None
    coupon: int | None
    to: To
    whom: str
    begins: datetime | None
    ends: datetime | None
    stock: int | None
    taken: int
    stage: Stage
    note: str
    created: datetime
    changed: datetime


class OffersAnswer(msgspec.Struct, frozen=True):
    """A page of offers, the newest first. `next`: give it as `before`; null at the end."""

    offers: list[OfferAnswer]
    next: int | None


class OtherAnswer(msgspec.Struct, frozen=True):
    """An offer that was not chosen, and why, in both languages."""

    offer: int
    name: str
    why: str
    zh: str
    en: str


class PriceAnswer(msgspec.Struct, frozen=True):
    """What is best for a person now: `cents` with the `offer` (null: the public price), `public` what everybody pays;
    of every `others` why it is not this one."""

    good: int
    key: str
    title: str
    cents: int | None
    public: int | None
    offer: OfferAnswer | None
    others: list[OtherAnswer]


def offer_told(offer: Offer) -> OfferAnswer:
    """One."""
    return OfferAnswer(**{name: getattr(offer, name) for name in OfferAnswer.__struct_fields__})


def offers_told(
    stores: Stores,
    words: str = "",
    stage: str = "",
    good: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> OffersAnswer:
    """A page of them."""
    rows_max = max(1, min(limit, keeping.ROWS_MAX - 1))
    found = keeping.list_offers(stores, words, stage=stage, good=good, before=before, rows_max=rows_max + 1)
    shown = found[:rows_max]
    return OffersAnswer([offer_told(each) for each in shown], shown[-1].id if len(found) > len(shown) else None)


def price_told(stores: Stores, good: int, person: int | None = None, *, live: str = "", group: str = "") -> PriceAnswer:
    """What is best for them. Raises :class:`NotFound`."""
    found, choice = asking.ask(stores, good, person, live=live, group=group)
    chosen = None if choice.offer is None else offer_told(choice.offer)
    return PriceAnswer(found.id, found.key, found.title, choice.cents, choice.public, chosen, others_told(choice))


def others_told(choice: Choice) -> list[OtherAnswer]:
    """Why not the others."""
    return [OtherAnswer(offer.id, offer.name, why, *WHY_NOT[why]) for offer, why in choice.others]
