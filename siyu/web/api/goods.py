"""The API of the catalogue."""

from __future__ import annotations

from typing import Annotated

import msgspec

from siyu.commerce.goods import command, keeping
from siyu.commerce.goods.command import CycleAnswer, GoodAnswer, GoodsAnswer, SoldAnswer, ToldAnswer
from siyu.commerce.goods.model import (
    ADDRESS_CHARACTERS_MAX,
    BATCH_MAX,
    CATEGORY_CHARACTERS_MAX,
    CENTS_MAX,
    CYCLE_DAYS_MAX,
    KEY_CHARACTERS_MAX,
    NAME_CHARACTERS_MAX,
    SUITS_CHARACTERS_MAX,
)
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.forms import WHOLE_MAX
from siyu.web.paging import Id, Limit
from siyu.web.routes import api_act, api_read, api_write

Address = Annotated[str, msgspec.Meta(max_length=ADDRESS_CHARACTERS_MAX)]
Cents = Annotated[int, msgspec.Meta(ge=0, le=CENTS_MAX)]
Days = Annotated[int, msgspec.Meta(ge=1, le=CYCLE_DAYS_MAX)]


class GoodFields(msgspec.Struct, forbid_unknown_fields=True):
    """What is said of goods; what is left out stays as it is."""

    name: Annotated[str, msgspec.Meta(max_length=NAME_CHARACTERS_MAX)] | msgspec.UnsetType = msgspec.UNSET
    category: Annotated[str, msgspec.Meta(max_length=CATEGORY_CHARACTERS_MAX)] | msgspec.UnsetType = msgspec.UNSET
    cents: Cents | msgspec.UnsetType | None = msgspec.UNSET
    cycle_days: Days | msgspec.UnsetType | None = msgspec.UNSET
    suits: Annotated[str, msgspec.Meta(max_length=SUITS_CHARACTERS_MAX)] | msgspec.UnsetType = msgspec.UNSET
    picture: Address | msgspec.UnsetType = msgspec.UNSET
    url: Address | msgspec.UnsetType = msgspec.UNSET
    on_sale: bool | msgspec.UnsetType = msgspec.UNSET


class GoodBody(GoodFields, forbid_unknown_fields=True, kw_only=True):
    """Goods by the shop's own number."""

    key: Annotated[str, msgspec.Meta(min_length=1, max_length=KEY_CHARACTERS_MAX)]


class GoodsBody(msgspec.Struct, forbid_unknown_fields=True):
    """A batch."""

    goods: Annotated[list[GoodBody], msgspec.Meta(min_length=1, max_length=BATCH_MAX)]


@api_read("/api/goods", "goods.read")
def list_all(
    stores: Stores, words: str = "", category: str = "", sale: str = "", before: int | None = None, limit: Limit = 50
) -> GoodsAnswer:
    """A page of the catalogue, the newest first. `sale`: `on` or `off`."""
    place = None if before is None else max(0, min(before, WHOLE_MAX))
    return command.goods_told(stores, words[:200], category, sale, place, limit)


@api_write("PUT", "/api/goods", "goods.write", audits="goods_told", status_code=200)
def tell(stores: Stores, actor: Actor, data: GoodsBody) -> ToldAnswer:
    """Tell of up to 1,000 goods: new ones are added, known ones changed; the same again changes nothing. Fields that
    staff wrote by hand stay theirs, and the answer names them."""
    told = keeping.tell(stores, actor.tag, "api", [msgspec.to_builtins(each) for each in data.goods])
    note("goods", added=told.added, changed=told.changed)
    return command.told_told(told)


@api_read("/api/goods/{good:int}", "goods.read")
def one(stores: Stores, good: Id) -> GoodAnswer:
    """One."""
    return command.good_told(keeping.get_good(stores, good))


@api_write("PATCH", "/api/goods/{good:int}", "goods.write", audits="good_changed", about="good:{good}")
def change(stores: Stores, actor: Actor, good: Id, data: GoodFields) -> GoodAnswer:
    """Change fields as staff do: what is written here is written over by no feed, until it is given back."""
    found, _ = keeping.change_good(stores, actor.tag, good, msgspec.to_builtins(data))
    return command.good_told(found)


@api_act("/api/goods/{good:int}/give-back", "goods.write", audits="good_given_back", about="good:{good}")
def give_back(stores: Stores, actor: Actor, good: Id) -> GoodAnswer:
    """Let the shop's own data say again what staff wrote."""
    found, _ = keeping.give_back(stores, actor.tag, good)
    return command.good_told(found)


@api_read("/api/goods/{good:int}/sold", "goods.read")
def sold(stores: Stores, good: Id) -> SoldAnswer:
    """What sold of it in the last 30 days."""
    return command.sold_told(stores, good)


@api_read("/api/goods/{good:int}/cycle", "goods.read")
def cycle(stores: Stores, good: Id) -> CycleAnswer:
    """How long it lasts, by what people bought again; said only where 20 people did."""
    return command.cycle_told(stores, good)


ROUTES = [list_all, tell, one, change, give_back, sold, cycle]
