"""The API of reviews (who is suspected of cheating in a campaign, and what waits), and of a campaign's limits."""

from __future__ import annotations

from typing import Annotated

import msgspec

from siyu.growth.cheating import command, reviewing
from siyu.growth.cheating.command import LimitsAnswer, ReviewAnswer, ReviewFigures, ReviewsAnswer
from siyu.growth.cheating.model import PEOPLE_MAX, SCORE_MAX
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.api.ways import Word
from siyu.web.current import note
from siyu.web.paging import Id, Limit
from siyu.web.routes import api_act, api_read, api_write

Most = Annotated[int, msgspec.Meta(ge=0, le=PEOPLE_MAX)]


class ReleaseBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why they are in the right."""

    why: Word = ""


class DropBody(msgspec.Struct, forbid_unknown_fields=True):
    """`take_back`: what was granted in the campaign and not given yet is taken back, too."""

    why: Word = ""
    take_back: bool = False


class LimitsBody(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays as it is; 0: no limit."""

    device_people: Most | None = None
    address_people: Most | None = None
    account_people: Most | None = None
    person_helps: Most | None = None
    review_from: Annotated[int, msgspec.Meta(ge=1, le=SCORE_MAX)] | None = None
    wait_hours: Annotated[int, msgspec.Meta(ge=0, le=24 * 30)] | None = None
    money_wait_hours: Annotated[int, msgspec.Meta(ge=0, le=24 * 30)] | None = None


@api_read("/api/reviews", "campaign.read")
def list_all(
    stores: Stores, stage: str = "open", campaign: int | None = None, before: int | None = None, limit: Limit = 50
) -> ReviewsAnswer:
    """Who is to be reviewed, the newest first; `stage`: `open`, `watched`, `released`, `dropped` or `all`."""
    return command.page_told(stores, stage[:20], campaign, before, limit)


@api_read("/api/reviews/figures", "campaign.read")
def figures(stores: Stores, campaign: int | None = None) -> ReviewFigures:
    """What was held, paid and saved."""
    return command.figures_told(stores, campaign)


@api_read("/api/reviews/{review:int}", "campaign.read")
def one(stores: Stores, review: Id) -> ReviewAnswer:
    """One with its reasons."""
    return command.told(stores, review)


@api_act("/api/reviews/{review:int}/release", "purse.write", audits="review_released", about="review:{review}")
def release(stores: Stores, actor: Actor, review: Id, data: ReleaseBody) -> ReviewAnswer:
    """In the person's favour: what waits goes on, and no score holds their rewards in this campaign again."""
    return command.answer_of(reviewing.release(stores, actor.tag, review, data.why))


@api_act("/api/reviews/{review:int}/drop", "purse.write", audits="review_dropped", about="review:{review}")
def drop(stores: Stores, actor: Actor, review: Id, data: DropBody) -> ReviewAnswer:
    """Against the person: what waits goes back to its purse. What comes later waits for review again."""
    return command.answer_of(reviewing.drop(stores, actor.tag, review, data.why, take_back=data.take_back))


@api_read("/api/campaigns/{campaign:int}/limits", "campaign.read")
def limits(stores: Stores, campaign: Id) -> LimitsAnswer:
    """The limits of a campaign."""
    return command.limits_told(stores, campaign)


@api_write(
    "PUT", "/api/campaigns/{campaign:int}/limits", "campaign.write", audits="limits_set", about="campaign:{campaign}"
)
def set_limits(stores: Stores, actor: Actor, campaign: Id, data: LimitsBody) -> LimitsAnswer:
    """Set some of them, also while it runs."""
    changes = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not None}
    note(f"campaign:{campaign}", **changes)
    return command.set_limits(stores, actor.tag, campaign, changes)


ROUTES = [list_all, figures, one, release, drop, limits, set_limits]
