"""The API of the referral graph: who brought whom, K by day."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from siyu.growth.referral import command
from siyu.growth.referral.command import BroughtAnswer, KAnswer, PersonAnswer, TopAnswer
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.api.ways import Moment, Word
from siyu.web.current import note
from siyu.web.forms import WHOLE_MAX
from siyu.web.paging import CursorText, Id, Limit
from siyu.web.routes import api_read, api_write

Number = Annotated[int, msgspec.Meta(ge=1, le=WHOLE_MAX)]


class BringBody(msgspec.Struct, forbid_unknown_fields=True):
    """`inviter` brought `person` (who is new) at `at` (now, where it is not said)."""

    person: Number
    inviter: Number
    at: Moment | None = None
    campaign: Word = ""


@api_read("/api/referrals/k", "campaign.read")
def k(stores: Stores, first: date | None = None, last: date | None = None) -> KAnswer:
    """K and its parts, by day; the last 30 days where nothing is said."""
    return command.k_told(stores, first, last)


@api_read("/api/referrals/top", "campaign.read")
def top(
    stores: Stores, order: Literal["direct", "size", "deepest"] = "direct", cursor: CursorText = "", limit: Limit = 50
) -> TopAnswer:
    """Who brought the most."""
    return command.top_told(stores, order, cursor, limit)


@api_read("/api/referrals/people/{person:int}", "people.read")
def of_person(stores: Stores, person: Id, before: int | None = None, limit: Limit = 50) -> PersonAnswer:
    """A person's place in the graph, who is above them, whom they brought."""
    return command.person_told(stores, person, before, limit)


@api_write("POST", "/api/referrals", "campaign.act", audits="referral_told")
def bring(stores: Stores, actor: Actor, data: BringBody) -> BroughtAnswer:
    """Keep who brought whom, once and for ever. `state` says what became of it."""
    note(f"person:{data.person}", inviter=data.inviter)
    return command.bring(stores, actor.tag, data.person, data.inviter, data.at, data.campaign)


ROUTES = [k, top, of_person, bring]
