"""The API of ready journeys: the gallery, and a draft from one."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from siyu.channels.registry import Channels
from siyu.reach.broadcasts import CHANNELS_MAX
from siyu.reach.journeys import command
from siyu.reach.journeys.command import JourneyDetail
from siyu.reach.journeys.ready.command import ReadyJourneys, ready_told
from siyu.reach.journeys.ready.taking import begin_from
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.routes import api_read, api_write


class BeginBody(msgspec.Struct, forbid_unknown_fields=True):
    """`key`: of the ready journey. `accounts`: by which its messages go, the preferred first. `language` of titles and
    notes; messages are in Chinese."""

    key: Annotated[str, msgspec.Meta(max_length=50)]
    accounts: Annotated[list[Annotated[int, msgspec.Meta(ge=1, lt=2**53)]], msgspec.Meta(max_length=CHANNELS_MAX)] = []
    language: Literal["zh", "en"] = "zh"


@api_read("/api/journeys/ready", "journeys.read", tags=["journeys"])
def ready(stores: Stores) -> ReadyJourneys:
    """Every ready journey, with its steps in words."""
    return ready_told(stores)


@api_write("POST", "/api/journeys/ready", "journeys.write", audits="journey_drafted", tags=["journeys"])
def begin(stores: Stores, channels: Channels, actor: Actor, data: BeginBody) -> JourneyDetail:
    """Keep a ready journey as a draft."""
    number = begin_from(stores, channels, actor.tag, data.key, data.accounts, data.language)
    note(f"journey:{number}", ready=data.key)
    return command.told(stores, number)


ROUTES = [ready, begin]
