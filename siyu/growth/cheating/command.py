"""What ``siyu review …``, ``siyu campaign limits`` and the API answer of reviews. Amounts in the smallest unit."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from siyu.growth.cheating import reviewing
from siyu.growth.cheating.model import Limits, words_of
from siyu.growth.cheating.reviewing import Case
from siyu.storage import BadInput, Stores


class ReasonAnswer(msgspec.Struct, frozen=True):
    """Why points were given, in both languages."""

    key: str
    points: int
    zh: str
    en: str


class ReviewAnswer(msgspec.Struct, frozen=True):
    """A person of a campaign against whom something speaks. `score`: 0 to 100; `waits`: currency → units of rewards
    that wait for a decision. `watched`: below the campaign's mark, nothing waits."""

    id: int
    campaign: int
    name: str
    person: int
    score: int
    reasons: list[ReasonAnswer]
    stage: Literal["watched", "open", "released", "dropped"]
    at: datetime
    changed: datetime
    decided: datetime | None
    by: str
    why: str
    waits: dict[str, int]


class ReviewsAnswer(msgspec.Struct, frozen=True):
    """A page of reviews, the newest first. `next`: give it as `before`; null at the end."""

    reviews: list[ReviewAnswer]
    next: int | None


class ReviewFigures(msgspec.Struct, frozen=True):
    """Currency → units of rewards that were `held` for review in all; of these `waits`, `released` (paid after all),
    `saved` (dropped). `refused`: acts that passed a limit, by sort; `cases` by stage."""

    held: dict[str, int]
    waits: dict[str, int]
    released: dict[str, int]
    saved: dict[str, int]
    refused: dict[str, int]
    cases: dict[str, int]


class LimitsAnswer(msgspec.Struct, frozen=True):
    """Of a campaign; 0: no limit. People a device and pay account (in all) and an address (a day), helps a person and
    day; rewards wait for review from a score of `review_from`, all of them for `wait_hours`, money for
    `money_wait_hours` where that is longer."""

    campaign: int
    device_people: int
    address_people: int
    account_people: int
    person_helps: int
    review_from: int
    wait_hours: int
    money_wait_hours: int


def told(stores: Stores, review: int) -> ReviewAnswer:
    """One. Raises :class:`NotFound`."""
    return answer_of(reviewing.get_case(stores, review))


def answer_of(case: Case) -> ReviewAnswer:
    """A case as it is told."""
    values = {name: getattr(case, name) for name in ReviewAnswer.__struct_fields__ if name not in ("reasons", "waits")}
    reasons = [ReasonAnswer(each.key, each.points, *words_of(each)) for each in case.reasons]
    return ReviewAnswer(**values, reasons=reasons, waits=dict(case.waits))


def page_told(stores: Stores, stage: str, campaign: int | None, before: int | None, limit: int) -> ReviewsAnswer:
    """A page of them; ``stage`` "" or "all": of any."""
    found = reviewing.list_cases(stores, "" if stage == "all" else stage, campaign, before, limit + 1)
    following = found[limit - 1].id if len(found) > limit else None
    return ReviewsAnswer([answer_of(each) for each in found[:limit]], following)


def figures_told(stores: Stores, campaign: int | None) -> ReviewFigures:
    """Of one campaign, or of all."""
    found = reviewing.figures_of(stores, campaign)
    return ReviewFigures(**{name: dict(getattr(found, name)) for name in ReviewFigures.__struct_fields__})


def limits_told(stores: Stores, campaign: int) -> LimitsAnswer:
    """Raises :class:`NotFound`."""
    return LimitsAnswer(campaign, **msgspec.structs.asdict(reviewing.get_limits(stores, campaign)))


def set_limits(stores: Stores, by: str, campaign: int, changes: dict[str, int]) -> LimitsAnswer:
    """Change some of them. Raises :class:`NotFound`, :class:`BadInput`."""
    before = msgspec.structs.asdict(reviewing.get_limits(stores, campaign))
    try:
        limits = msgspec.convert(before | changes, Limits, strict=True)
    except msgspec.ValidationError as error:
        field = str(error).rpartition("`$.")[2].rstrip("`")
        raise BadInput("limits_unfit", f"限额不合要求：{error}", f"Not fit: {error}", field=field) from None
    reviewing.set_limits(stores, by, campaign, limits)
    return limits_told(stores, campaign)
