"""What the command line and the API answer of what a journey will need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, convert, to_builtins

from siyu.channels import Channels, channels_of
from siyu.reach.cost_command import CostsAnswer, costs_told
from siyu.reach.journeys import drafts
from siyu.reach.journeys.command import ProblemAnswer
from siyu.reach.journeys.forecasting import forecast, problems_of_needs
from siyu.reach.journeys.rehearsal_command import NeedAnswer
from siyu.storage import Stores


class StepExpected(Struct, frozen=True):
    """A message: `share` of those who come in that come to it; `reach` by account and `causes` (unreachable, month,
    today, closed, guard) why not, as shares of those who come to it: as things will be when somebody who comes in now
    can be there at the earliest."""

    node: str
    kind: str
    share: float
    reach: dict[str, float]
    causes: dict[str, float]


class UseExpected(Struct, frozen=True):
    """Messages of one kind through one account: `a_day` on average, on the busiest day."""

    account: int
    kind: str
    a_day: float
    busiest: int


class JourneyForecast(Struct, frozen=True):
    """What a draft will need: as often as somebody would have come in during the last `days` (`entered`). `at_most`:
    which way people go at its branches is not known, so every way counts all of them; a rehearsal says more. `beside`:
    messages a day of other running journeys by account; `needs`: with these, beside the platforms' limits; `cost` of 30
    days; `problems`: what will not be allowed, at its step."""

    days: int
    entered: int
    at_most: bool
    uses: list[UseExpected]
    steps: list[StepExpected]
    beside: dict[str, float]
    needs: list[NeedAnswer]
    cost: CostsAnswer
    problems: list[ProblemAnswer]


def forecast_told(stores: Stores, channels: Channels, journey: int) -> JourneyForecast:
    """Of a journey's draft. Raises :class:`NotFound`."""
    found = forecast(stores, channels, drafts.get(stores, journey).draft, journey)
    return JourneyForecast(
        found.days,
        found.entered,
        found.at_most,
        [convert(each, UseExpected, from_attributes=True) for each in found.uses],
        [
            StepExpected(
                each.node,
                each.kind,
                each.share,
                {str(account): share for account, share in each.reach.items()},
                dict(each.causes),
            )
            for each in found.steps
        ],
        {str(account): many for account, many in found.beside.items()},
        [NeedAnswer.of(each) for each in found.needs],
        costs_told(found.costs),
        [convert(each, ProblemAnswer, from_attributes=True) for each in problems_of_needs(found)],
    )


def shown(stores: Stores, journey: int) -> Mapping[str, Any]:
    """:class:`JourneyForecast` as plain data. Raises :class:`NotFound`."""
    channels = channels_of(stores)
    try:
        return to_builtins(forecast_told(stores, channels, journey))
    finally:
        channels.close()
