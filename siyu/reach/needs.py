"""What messages that are meant to be sent would need of platforms' limits: by account and day, beside what is allowed
and used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from siyu.channels.allowances import Allowance
from siyu.reach import quotas
from siyu.storage import Stores

DAYS_A_MONTH = 30


@dataclass(frozen=True)
class Limit:
    """A limit of a platform beside what would be needed of it in its period; ``may``: all that it lets through in a
    whole period. ``enough`` is None where the period is no day or month, so that nothing can be said."""

    allowance: Allowance
    need: int
    may: int
    enough: bool | None


@dataclass(frozen=True)
class Need:
    """Messages of one account: in all, by local day, on the busiest day, and over 30 days at the same rate."""

    account: int
    messages: int
    busiest: int
    month: int
    days: Mapping[str, int]
    limits: Sequence[Limit]


def needs_of(stores: Stores, days: Mapping[int, Mapping[str, int]], span_days: int) -> list[Need]:
    """``days``: messages by account and local day, within ``span_days``."""
    standing = {each.account: each.allowances for each in quotas.standing(stores, list(days))}
    found: list[Need] = []
    for account, by_day in days.items():
        messages, busiest = sum(by_day.values()), max(by_day.values(), default=0)
        month = round(messages * DAYS_A_MONTH / max(span_days, 1))
        limits = [_limit(each, busiest, month) for each in standing.get(account, ()) if each.mass]
        found.append(Need(account, messages, busiest, month, by_day, limits))
    return found


def _limit(allowance: Allowance, busiest: int, month: int) -> Limit:
    may = (allowance.each or 0) * allowance.receivers
    if allowance.period == "today":
        return Limit(allowance, busiest, may, busiest <= may)
    if allowance.period == "month":
        return Limit(allowance, month, may, month <= may)
    return Limit(allowance, month, allowance.left, None)
