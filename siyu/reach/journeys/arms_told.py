"""What the command line and the API answer of the arms of a split."""

from __future__ import annotations

from msgspec import Struct

from siyu.experiments.arms import Difference
from siyu.reach.journeys import command
from siyu.reach.journeys.arms import DAYS, MEASURES, Compared, compare
from siyu.storage import Stores


class ArmMeasure(Struct, frozen=True):
    """Of one arm: `part` of `whole` (people, or messages), `value` their share; `difference` from the first arm with
    its interval and `p`, null where it can't be told; `shows`: the interval leaves 0 out."""

    measure: str
    zh: str
    en: str
    part: int
    whole: int
    value: float | None
    difference: Difference | None
    shows: bool


class ArmAnswer(Struct, frozen=True):
    """One arm. `share`: percent that the lot gives it; `people`: all in it; `over`: those whose days are over, who
    are compared."""

    place: int
    title: str
    share: float
    people: int
    over: int
    measures: list[ArmMeasure]


class ArmsAnswer(Struct, frozen=True):
    """The arms of a split within `days` of it, each beside the first; intervals hold together with 95%. `uneven`: the
    arms are not as large as their shares say."""

    journey: int
    version: int
    node: str
    title: str
    days: int
    uneven: bool
    arms: list[ArmAnswer]


def arms_told(
    stores: Stores, journey: int, version: int | None = None, node: str | None = None, days: int = DAYS
) -> ArmsAnswer:
    """Of a version (None: the one that people come into). Raises :class:`BadInput`, :class:`NotFound`."""
    return _told(compare(stores, journey, command.version_of(stores, journey, version), node, days))


def _told(found: Compared) -> ArmsAnswer:
    return ArmsAnswer(
        found.journey,
        found.version,
        found.node,
        found.title,
        found.days,
        found.uneven,
        [
            ArmAnswer(
                arm.place,
                arm.title,
                arm.share,
                arm.people,
                arm.over,
                [
                    ArmMeasure(
                        each.key,
                        each.zh,
                        each.en,
                        figure.part,
                        figure.whole,
                        figure.value,
                        figure.difference,
                        figure.difference is not None and figure.difference.shows,
                    )
                    for each in MEASURES
                    for figure in (arm.figures[each.key],)
                ],
            )
            for arm in found.arms
        ],
    )
