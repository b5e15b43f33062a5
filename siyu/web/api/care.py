"""The API of care: programmes, their calendar, what they brought."""

from __future__ import annotations

from typing import Annotated

import msgspec

from siyu.loyalty.care import command, keeping
from siyu.loyalty.care.command import CalendarAnswer, CareAnswer, CaresAnswer, EffectAnswer
from siyu.loyalty.care.model import Care
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.paging import Id
from siyu.web.routes import api_acts, api_read, api_write

Days = Annotated[int, msgspec.Meta(ge=1, le=60)]


@api_read("/api/care", "tier.read")
def list_all(stores: Stores) -> CaresAnswer:
    """Every programme, the newest first."""
    return command.all_told(stores)


@api_write("POST", "/api/care", "tier.write", audits="care_added")
def add(stores: Stores, actor: Actor, data: Care) -> CareAnswer:
    """Keep a draft."""
    number = keeping.add(stores, actor.tag, data)
    note(f"care:{number}", name=data.name)
    return command.one_told(stores, number)


@api_read("/api/care/{care:int}", "tier.read")
def one(stores: Stores, care: Id) -> CareAnswer:
    """One programme."""
    return command.one_told(stores, care)


@api_write("PUT", "/api/care/{care:int}", "tier.write", audits="care_changed", about="care:{care}")
def change(stores: Stores, care: Id, data: Care) -> CareAnswer:
    """Change one; its kind, gift and hold-out stay once somebody was thought of."""
    keeping.change(stores, care, data)
    return command.one_told(stores, care)


acts = api_acts("/api/care/{care:int}", "tier.write", about="care:{care}")


@acts("start", "care_started")
def start(stores: Stores, care: Id) -> CareAnswer:
    """Go on every morning, from today."""
    keeping.set_stage(stores, care, "live")
    return command.one_told(stores, care)


@acts("pause", "care_paused")
def pause(stores: Stores, care: Id) -> CareAnswer:
    """Let it rest."""
    keeping.set_stage(stores, care, "paused")
    return command.one_told(stores, care)


@api_read("/api/care/{care:int}/effect", "tier.read")
def effect(stores: Stores, care: Id) -> EffectAnswer:
    """Who got something beside who was held out."""
    return command.effect_told(stores, care)


@api_read("/api/care-calendar", "tier.read")
def calendar(stores: Stores, days: Days = 14) -> CalendarAnswer:
    """How many each live programme is for on the next days."""
    return command.calendar_told(stores, days)


ROUTES = [list_all, add, one, change, start, pause, effect, calendar]
