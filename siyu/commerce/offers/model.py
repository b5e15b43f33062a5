"""What an offer is, whom it is for, and which is best for a person. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from siyu.commerce.goods.model import CENTS_MAX
from siyu.storage import BadInput

NAME_CHARACTERS_MAX = 60
WHOM_CHARACTERS_MAX = 120
NOTE_CHARACTERS_MAX = 300
STOCK_MAX = 10**9

Kind = Literal["price", "coupon"]
To = Literal["person", "audience", "attribute", "group", "live", "everybody"]
Stage = Literal["on", "paused", "ended"]

KINDS: Mapping[str, tuple[str, str]] = {"price": ("专属价", "A price"), "coupon": ("优惠券", "A coupon")}
STAGES: Mapping[str, tuple[str, str]] = {
    "on": ("进行中", "On"),
    "paused": ("暂停", "Paused"),
    "ended": ("已结束", "Ended"),
}
TO: Mapping[str, tuple[str, str]] = {
    "person": ("一位客户", "One person"),
    "audience": ("一个人群", "An audience"),
    "attribute": ("有某个属性的客户（如等级）", "People with an attribute (such as a tier)"),
    "group": ("一个群", "A group"),
    "live": ("一场直播", "A live show"),
    "everybody": ("所有人", "Everybody"),
}
"""Whom an offer is for, the narrowest first: of two that cost the same, the narrower is chosen."""
NARROW = {to: place for place, to in enumerate(TO)}

WHY_NOT: Mapping[str, tuple[str, str]] = {
    "paused": ("已暂停", "paused"),
    "ended": ("已结束", "over"),
    "not_begun": ("还没开始", "not begun"),
    "sold_out": ("已抢完", "nothing left"),
    "other_goods": ("不是这件商品的", "of other goods"),
    "not_for_them": ("不是给这位客户的", "not for them"),
    "no_price": ("商品没有价格，算不出优惠", "the product has no price to take it off"),
    "not_worth": ("不比公开价便宜", "no less than the public price"),
    "dearer": ("比选中的贵", "dearer than the one chosen"),
    "wider": ("同价，但范围更宽", "the same price, but for more people"),
    "later": ("同价同范围，但结束更晚", "the same, and lasts longer"),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer. ``whom`` by ``to``: the name of a live show, a group's id, ``attribute=value``, the number of an
    audience or of a person."""

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
    by: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody writes of an offer."""

    name: str
    kind: Kind
    to: To
    whom: str = ""
    good: int | None = None
    cents: int | None = None
    coupon: int | None = None
    begins: datetime | None = None
    ends: datetime | None = None
    stock: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks for a price: all nodes of a person (none: nobody known), what is known of them, and where the link they
    came by was put up."""

    nodes: frozenset[int] = frozenset()
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    audiences: frozenset[int] = frozenset()
    groups: frozenset[str] = frozenset()
    live: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is best: the ``offer`` (None: the public price), what it costs then, what everybody pays, and of every other
    offer why it is not this one (a key of :data:`WHY_NOT`)."""

    offer: Offer | None
    cents: int | None
    public: int | None
    others: Sequence[tuple[Offer, str]]


Worth = Callable[[int, int], int]
"""What a kind of coupon takes off a price, in cents."""


def nothing(coupon: int, cents: int) -> int:
    """A coupon of which nobody knows what it is worth."""
    del coupon, cents
    return 0


def fits(offer: Offer, who: Who) -> bool:
    """Whether an offer is for them."""
    if offer.to == "everybody":
        return True
    if offer.to == "live":
        return offer.whom == who.live
    if offer.to == "group":
        return offer.whom in who.groups
    if offer.to == "attribute":
        name, _, value = offer.whom.partition("=")
        return who.attributes.get(name.strip()) == value.strip()
    if offer.to == "audience":
        return int(offer.whom) in who.audiences
    return int(offer.whom) in who.nodes


def shut(offer: Offer, now: datetime) -> str:
    """Why nobody gets it now (a key of :data:`WHY_NOT`); "" where it is open."""
    if offer.stage != "on":
        return offer.stage
    if offer.begins is not None and now < offer.begins:
        return "not_begun"
    if offer.ends is not None and now >= offer.ends:
        return "ended"
    return "sold_out" if offer.stock is not None and offer.taken >= offer.stock else ""


def best(
    offers: Sequence[Offer], good: int, public: int | None, who: Who, now: datetime, worth: Worth = nothing
) -> Choice:
    """The offer that costs them least. Of equals the narrower; then the one that ends first; then the older."""
    others: list[tuple[Offer, str]] = []
    open_to: list[tuple[tuple[int, int, float, int], Offer]] = []
    for offer in offers:
        why = _why_not(offer, good, public, who, now)
        if why:
            others.append((offer, why))
            continue
        cents = offer.cents if offer.kind == "price" else max(0, (public or 0) - worth(offer.coupon or 0, public or 0))
        assert cents is not None
        if public is not None and cents >= public:
            others.append((offer, "not_worth"))
            continue
        ends = offer.ends.timestamp() if offer.ends is not None else float("inf")
        open_to.append(((cents, NARROW[offer.to], ends, offer.id), offer))
    open_to.sort(key=lambda each: each[0])
    if not open_to:
        return Choice(None, public, public, others)
    (first, chosen), rest = open_to[0], open_to[1:]
    for place, offer in rest:
        others.append((offer, "dearer" if place[0] > first[0] else "wider" if place[1] > first[1] else "later"))
    return Choice(chosen, first[0], public, others)


def _why_not(offer: Offer, good: int, public: int | None, who: Who, now: datetime) -> str:
    if offer.good is not None and offer.good != good:
        return "other_goods"
    if not fits(offer, who):
        return "not_for_them"  # before the others: nobody learns what is on for somebody else
    why = shut(offer, now)
    if why:
        return why
    return "no_price" if offer.kind == "coupon" and public is None else ""


def checked(draft: Draft) -> Draft:
    """The draft as it is kept. Raises :class:`BadInput` by field."""
    name, whom, note = draft.name.strip(), draft.whom.strip(), draft.note.strip()
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX:
        raise _bad("name", f"名称须 1 到 {NAME_CHARACTERS_MAX} 字", f"A name has 1 to {NAME_CHARACTERS_MAX} characters")
    if draft.kind not in KINDS or draft.to not in TO:
        raise _bad("to", "请选择给谁", "Choose for whom it is")
    if draft.kind == "price":
        if draft.good is None:
            raise _bad("good", "请选择商品", "Choose the product")
        if draft.cents is None or not 0 <= draft.cents <= CENTS_MAX:
            raise _bad("cents", "请填写价格", "Give the price")
    elif draft.coupon is None or draft.coupon < 1:
        raise _bad("coupon", "请选择券种", "Choose the kind of coupon")
    if draft.stock is not None and not 1 <= draft.stock <= STOCK_MAX:
        raise _bad("stock", "数量须大于 0", "There is at least one")
    if draft.begins and draft.ends and draft.begins >= draft.ends:
        raise _bad("ends", "结束须晚于开始", "It ends after it begins")
    if len(whom) > WHOM_CHARACTERS_MAX or len(note) > NOTE_CHARACTERS_MAX:
        raise _bad("whom", "内容太长", "Too long")
    price = draft.kind == "price"
    return Draft(
        name,
        draft.kind,
        draft.to,
        _whom(draft.to, whom),
        draft.good,
        draft.cents if price else None,
        None if price else draft.coupon,
        draft.begins,
        draft.ends,
        draft.stock,
        note,
    )


def _whom(to: To, whom: str) -> str:
    if to == "everybody":
        return ""
    if not whom:
        raise _bad("whom", "请写明给谁", "Say for whom it is")
    if to in ("audience", "person"):
        if not (whom.isascii() and whom.isdigit() and len(whom) <= 15 and int(whom)):
            raise _bad("whom", "请填写编号", "Give a number")
        return str(int(whom))
    if to == "attribute":
        name, sign, value = (part.strip() for part in whom.partition("="))
        if not (name and sign and value):
            raise _bad("whom", "请写成 属性=值，如 tier=金卡", "Write attribute=value, such as tier=gold")
        return f"{name}={value}"
    return whom


def _bad(field: str, zh: str, en: str) -> BadInput:
    return BadInput("offer_field", f"{zh}。", f"{en}.", field=field)
