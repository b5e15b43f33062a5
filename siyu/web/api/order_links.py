"""The API of order links: kept, handed out, opened by a shop's own mini program, followed to the order."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from siyu.commerce.links import attributing, command, keeping, opening
from siyu.commerce.links.command import (
    OrderLinkAnswer,
    OrderLinksAnswer,
    OwnLinksAnswer,
    PathsAnswer,
    WentAnswer,
)
from siyu.commerce.links.counting import By
from siyu.commerce.links.model import NAME_CHARACTERS_MAX, PLACE_CHARACTERS_MAX, WORD_CHARACTERS_MAX, Draft
from siyu.commerce.links.opening import Opening, Visitor
from siyu.commerce.offers.command import PriceAnswer, offer_told, others_told
from siyu.growth.period import span_of
from siyu.reach.carried import carriers
from siyu.staff.model import Actor
from siyu.storage import NotFound, Stores
from siyu.web.current import note
from siyu.web.forms import WHOLE_MAX
from siyu.web.paging import Id, Limit
from siyu.web.routes import also, api_acts, api_read, api_write

Number = Annotated[int, msgspec.Meta(ge=1, le=WHOLE_MAX)]
Word = Annotated[str, msgspec.Meta(max_length=WORD_CHARACTERS_MAX)]
Mark = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class OrderLinkBody(msgspec.Struct, forbid_unknown_fields=True):
    """A link. `place_kind` with `place`: the show or group it is put up in; `mini_app` with `mini_page`: of a card."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS_MAX)]
    good: Number
    place_kind: Literal["", "live", "group"] = ""
    place: Annotated[str, msgspec.Meta(max_length=PLACE_CHARACTERS_MAX)] = ""
    channel: Word = ""
    staff: Word = ""
    url: Annotated[str, msgspec.Meta(max_length=1_000)] = ""
    mini_app: Word = ""
    mini_page: Annotated[str, msgspec.Meta(max_length=PLACE_CHARACTERS_MAX)] = ""
    ends: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class PersonsBody(msgspec.Struct, forbid_unknown_fields=True):
    """For whom."""

    persons: Annotated[list[Number], msgspec.Meta(min_length=1, max_length=keeping.PERSONS_MAX)]


class MarkBody(msgspec.Struct, forbid_unknown_fields=True):
    """The `mark` that a mini program was opened with, and the `person` who opened it, as the shop's own sign-in knows
    them."""

    mark: Mark
    person: Number


class OrderedBody(msgspec.Struct, forbid_unknown_fields=True):
    """The shop's number of the order."""

    order: Annotated[str, msgspec.Meta(min_length=1, max_length=attributing.ORDER_CHARACTERS_MAX)]


class OrderedAnswer(msgspec.Struct, frozen=True):
    """`fresh`: nobody had said so before."""

    fresh: bool


class SeenAnswer(msgspec.Struct, frozen=True):
    """What they see. `own`: the mark was made for them; `forwarded`: for somebody else: the public price."""

    price: PriceAnswer
    own: bool
    forwarded: bool


@api_read("/api/order-links", "goods.read")
def list_all(
    stores: Stores,
    words: str = "",
    stage: str = "",
    good: int | None = None,
    before: int | None = None,
    limit: Limit = 50,
) -> OrderLinksAnswer:
    """A page of links, the newest first."""
    place = None if before is None else max(0, min(before, WHOLE_MAX))
    of = None if good is None else max(0, min(good, WHOLE_MAX))
    return command.links_told(stores, words[:200], stage, of, place, limit)


@api_write("POST", "/api/order-links", "goods.write", audits="order_link_added")
def add(stores: Stores, actor: Actor, data: OrderLinkBody) -> OrderLinkAnswer:
    """Make a link; it is on at once."""
    made = keeping.add_link(stores, actor.tag, _draft(data))
    note(f"order_link:{made.id}", name=made.name)
    return command.link_told(stores, made)


@api_read("/api/order-links/paths", "goods.read")
def paths(
    stores: Stores, first: date | None = None, last: date | None = None, by: By = "all", link: int | None = None
) -> PathsAnswer:
    """How far paths came that began within these days (the last 30 where nothing is said): message, delivered, opened,
    offer seen, went to shop, ordered, paid, returned; by link, offer, message, staff, channel or product."""
    begins, ends = span_of(stores, first, last)
    of = None if link is None else max(0, min(link, WHOLE_MAX))
    return command.paths_told(stores, begins, ends, by, of, carriers(stores, of))


@api_read("/api/order-links/{link:int}", "goods.read")
def one(stores: Stores, link: Id) -> OrderLinkAnswer:
    """One link."""
    return command.link_told(stores, keeping.get_link(stores, link))


@api_write("PUT", "/api/order-links/{link:int}", "goods.write", audits="order_link_changed", about="order_link:{link}")
def change(stores: Stores, link: Id, data: OrderLinkBody) -> OrderLinkAnswer:
    """All of it anew; its address stays."""
    return command.link_told(stores, keeping.change_link(stores, link, _draft(data)))


link_acts = api_acts("/api/order-links/{link:int}", "goods.write", about="order_link:{link}")


@link_acts("turn-off", "order_link_off")
def turn_off(stores: Stores, link: Id) -> OrderLinkAnswer:
    """It leads nowhere until it is turned on."""
    return command.link_told(stores, keeping.set_stage(stores, link, "off"))


@link_acts("turn-on", "order_link_on")
def turn_on(stores: Stores, link: Id) -> OrderLinkAnswer:
    """It leads on again."""
    return command.link_told(stores, keeping.set_stage(stores, link, "on"))


@api_write(
    "POST",
    "/api/order-links/{link:int}/people",
    "goods.write",
    audits="order_links_given",
    about="order_link:{link}",
    guards=[also("people.write")],
    repeatable=False,  # a link names a person
    status_code=200,
)
def give(stores: Stores, link: Id, data: PersonsBody) -> OwnLinksAnswer:
    """Personal pages, to be sent by hand. Whoever opens one first is that person on their device: this takes
    `people.write` too."""
    given = keeping.hand_out(stores, link, data.persons)
    note(f"order_link:{link}", links=len(given))
    return command.own_told(keeping.get_link(stores, link), given)


@api_write(
    "POST", "/api/order-links/opened", "goods.write", audits=None, guards=[also("people.write")], status_code=200
)
def opened(stores: Stores, data: MarkBody) -> SeenAnswer:
    """A mini program was opened with a mark: what this person sees, which is counted as opened and seen. With anybody
    else's mark they see the public price."""
    found = _opening(stores, data)
    opening.opened(stores, found)
    opening.seen(stores, found)
    offer = None if found.choice.offer is None else offer_told(found.choice.offer)
    price = PriceAnswer(
        found.good.id,
        found.good.key,
        found.good.title,
        found.choice.cents,
        found.choice.public,
        offer,
        others_told(found.choice) if found.visitor.own else [],
    )
    return SeenAnswer(price, found.visitor.own, found.forwarded)


@api_write("POST", "/api/order-links/went", "goods.write", audits=None, guards=[also("people.write")], status_code=200)
def went(stores: Stores, data: MarkBody) -> WentAnswer:
    """They go on to order: a code that should come back in the order, as `claim`. Asking again gives the same."""
    claim = opening.go(stores, _opening(stores, data))
    return WentAnswer(claim.code, claim.address, claim.cents)


@api_write("POST", "/api/claims/{code:str}/ordered", "goods.write", audits=None, status_code=200)
def ordered(stores: Stores, code: str, data: OrderedBody) -> OrderedAnswer:
    """A code became this order, which is not paid yet: its payment is then known exactly."""
    return OrderedAnswer(attributing.ordered(stores, code, data.order))


def _opening(stores: Stores, data: MarkBody) -> Opening:
    named = keeping.named(stores, data.mark)
    if named is None:
        raise NotFound("link_unknown", "这个链接无效或已损坏。", "This link is not valid.", field="mark")
    person = opening.kept_of(stores, data.person)
    own = bool(named.person) and not named.old and opening.kept_of(stores, named.person) == person
    return opening.look(stores, named, Visitor(named.person if own else person, own=own, sure=person))


def _draft(data: OrderLinkBody) -> Draft:
    return Draft(**{name: getattr(data, name) for name in OrderLinkBody.__struct_fields__})


ROUTES = [list_all, add, paths, one, change, turn_off, turn_on, give, opened, went, ordered]
