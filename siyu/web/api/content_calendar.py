"""The API of the content calendar."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from litestar.params import QueryParameter

from siyu.content.calendar import command, keeping
from siyu.content.calendar.command import CalendarAnswer, MovedAnswer, PlanAnswer
from siyu.content.calendar.model import BRIEF_CHARACTERS_MAX, TITLE_CHARACTERS_MAX, Draft
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.forms import WHOLE_MAX
from siyu.web.paging import Id
from siyu.web.routes import api_act, api_read, api_write

Month = Annotated[str, QueryParameter(max_length=7, description="A month, such as 2026-11.")]


class PlanBody(msgspec.Struct, forbid_unknown_fields=True):
    """A plan. With a `piece` its title and classes may be left out: they are the piece's."""

    day: date
    channel: Literal["broadcast", "group_post", "moment", "article", "live"]
    title: Annotated[str, msgspec.Meta(max_length=TITLE_CHARACTERS_MAX)] = ""
    brief: Annotated[str, msgspec.Meta(max_length=BRIEF_CHARACTERS_MAX)] = ""
    piece: Annotated[int, msgspec.Meta(ge=1, le=WHOLE_MAX)] | None = None
    tone: Literal["useful", "promotional"] = "useful"
    pillar: Literal["brand", "ugc", "interactive"] = "brand"
    lasting: Literal["evergreen", "topical"] = "evergreen"
    question: Literal["why_kind", "why_this", "what_i_get"] = "what_i_get"
    value: Literal["knowledge", "benefit", "feeling"] = "knowledge"

    def draft(self) -> Draft:
        values: dict[str, Any] = {name: getattr(self, name) for name in self.__struct_fields__}
        return Draft(**values)


class MoveBody(msgspec.Struct, forbid_unknown_fields=True):
    """To which day."""

    day: date


@api_read("/api/content/calendar", "content.read")
def month(stores: Stores, month: Month) -> CalendarAnswer:
    """A month: plans, festivals and days off, what really went, the mix and its warnings."""
    return command.month_told(stores, month)


@api_write("POST", "/api/content/plans", "content.write", audits="content_plan_added")
def add(stores: Stores, actor: Actor, data: PlanBody) -> PlanAnswer:
    """Plan something."""
    number = keeping.add_plan(stores, actor.tag, data.draft())
    note(f"content_plan:{number}", name=data.title)
    return command.plan_told(stores, number)


@api_read("/api/content/plans/{plan:int}", "content.read")
def one(stores: Stores, plan: Id) -> PlanAnswer:
    """One plan."""
    return command.plan_told(stores, plan)


@api_write(
    "PUT", "/api/content/plans/{plan:int}", "content.write", audits="content_plan_changed", about="content_plan:{plan}"
)
def change(stores: Stores, plan: Id, data: PlanBody) -> PlanAnswer:
    """Write a plan anew."""
    keeping.change_plan(stores, plan, data.draft())
    return command.plan_told(stores, plan)


@api_write(
    "POST",
    "/api/content/plans/{plan:int}/move",
    "content.write",
    audits="content_plan_moved",
    about="content_plan:{plan}",
    status_code=200,
)
def move(stores: Stores, plan: Id, data: MoveBody) -> MovedAnswer:
    """To another day; the answer says where it stood."""
    return MovedAnswer(plan, keeping.move_plan(stores, plan, data.day), data.day)


@api_write(
    "DELETE",
    "/api/content/plans/{plan:int}",
    "content.write",
    audits="content_plan_removed",
    about="content_plan:{plan}",
)
def remove(stores: Stores, plan: Id) -> None:
    """Take a plan out; it can be put back."""
    keeping.remove_plan(stores, plan)


@api_act(
    "/api/content/plans/{plan:int}/restore",
    "content.write",
    audits="content_plan_restored",
    about="content_plan:{plan}",
)
def restore(stores: Stores, plan: Id) -> PlanAnswer:
    """Put a plan back."""
    keeping.restore_plan(stores, plan)
    return command.plan_told(stores, plan)


ROUTES = [month, add, one, change, move, remove, restore]
