"""How long points last, as the shop set it."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy.engine import Connection

from siyu.jobs import preferences
from siyu.jobs.preferences import Preference
from siyu.loyalty.points.earning.model import DAYS_MAX, Ends, Lasting
from siyu.storage import Stores

DEFAULT = Lasting()
YEARS_MAX = 10


def _between(low: int, high: int) -> Any:
    return lambda value: low <= value <= high


preferences.register(
    Preference(
        "points_end",
        DEFAULT.ends,
        "积分有效期",
        "How long points last",
        "只影响以后获得的积分；到期前可在积分概览里看到有多少。",
        "For points that are earned from now on; the overview shows how many end soon.",
        choices={
            "year_end": ("到若干年后的年底", "To the end of a year"),
            "after_days": ("获得后若干天", "So many days"),
            "never": ("永久有效", "For ever"),
        },
        group="points",
    )
)
preferences.register(
    Preference(
        "points_years",
        DEFAULT.full_years,
        "年底到期：满几年",
        "End of the year: after how many full years",
        "1 表示次年年底到期。",
        "1: at the end of the next year.",
        check=_between(0, YEARS_MAX),
        group="points",
    )
)
preferences.register(
    Preference(
        "points_days",
        DEFAULT.days,
        "按天到期：多少天",
        "Days: how many",
        "获得当天不算。",
        "The day on which they are earned does not count.",
        check=_between(1, DAYS_MAX),
        group="points",
    )
)
preferences.register(
    Preference(
        "points_a_yuan",
        10,
        "多少积分抵 1 元",
        "How many points are worth a yuan",
        "用来估算未兑换积分的价值，如 500 积分换 50 元填 10。",
        "What points that are not spent yet are reckoned at: where 500 points buy 50 yuan, 10.",
        check=_between(1, 1_000_000),
        group="points",
    )
)


def of(source: Stores | Connection) -> Lasting:
    """The shop's rule."""
    ends, years, days = (preferences.get(source, name) for name in ("points_end", "points_years", "points_days"))
    return Lasting(ends=cast(Ends, ends), days=days, full_years=years)


def points_a_yuan(source: Stores | Connection) -> int:
    """How many points are reckoned as a yuan."""
    return int(preferences.get(source, "points_a_yuan"))
