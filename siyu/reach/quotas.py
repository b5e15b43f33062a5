"""What the platforms' own limits leave: of every account, of one person, and of a broadcast before it starts (R4).

A platform's limit is no rule of the guard, but who is over it is held all the same (``rules/bars.py``): so a count says
before sending whom nobody can reach at all, who has had a day's or a month's share, and whom no window is open to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels import Channels
from siyu.channels.allowances import Allowance
from siyu.channels.registry import allowing_of
from siyu.channels.tables import accounts
from siyu.people.tables import identifiers, people
from siyu.reach.guard import HOLDOUT
from siyu.storage import NotFound, Stores

CAUSES: Mapping[str, tuple[str, str]] = {
    "unreachable": (
        "联系不上（没有地址、不是好友或粉丝）",
        "can't be reached at all (no address, no friend or follower)",
    ),
    "month": ("本月的额度已用完，下月再发", "are over the month's quota: theirs waits for the next month"),
    "today": ("今天的额度已用完，明天再发", "are over today's quota: theirs waits until tomorrow"),
    "closed": ("没有打开的窗口或剩余的同意", "have no window open, or no consent left"),
    "guard": ("被分寸拦下", "are held by the guard"),
    "holdout": ("留作对照", "are held out"),
}
"""Why people of an audience do not get a broadcast, in the order in which they are told."""

CAUSE_OF: Mapping[str, str] = {
    "no_address": "unreachable",
    "erased": "unreachable",
    "wecom_no_adviser": "unreachable",
    "not_following": "unreachable",
    "mass_not_allowed": "unreachable",
    "wecom_quota_month": "month",
    "mass_quota": "month",
    "wecom_quota_day": "today",
    "window_closed": "closed",
    "no_grant": "closed",
    HOLDOUT: "holdout",
}
"""By reason; every other is the guard's."""


@dataclass(frozen=True)
class AccountQuota:
    """What one account may still send; ``account`` is its number."""

    account: int
    name: str
    channel: str
    allowances: Sequence[Allowance]


def told_apart(held: Mapping[str, int]) -> dict[str, int]:
    """People held, by cause (those of CAUSES that there are, in its order)."""
    found: dict[str, int] = {}
    for reason, many in held.items():
        cause = CAUSE_OF.get(reason, "guard")
        found[cause] = found.get(cause, 0) + many
    return {cause: found[cause] for cause in CAUSES if cause in found}


def standing(stores: Stores, only: Sequence[int] | None = None, at: datetime | None = None) -> list[AccountQuota]:
    """Of every account that is in use (or of ``only``), in their order; without those whose platform sets no limits.
    ``at``: as it will be then, by what is used already (now)."""
    with stores.ledger.read() as conn:
        return _asked(conn, _usable(conn, only), {}, at or stores.clock.now())


def of_person(stores: Stores, channels: Channels, person: int) -> list[AccountQuota]:
    """What one person may still get, by every account that has an address of theirs (merges applied). Raises
    :class:`NotFound`."""
    with stores.ledger.read() as conn:
        kept = conn.execute(sa.select(people.c.kept).where(people.c.person == person)).scalar()
        if kept is None:
            raise NotFound("person_not_found", f"没有编号为 {person} 的客户。", f"There is no person {person}.")
        node = sa.select(people.c.person).where(people.c.kept == kept)
        held = conn.execute(
            sa.select(identifiers.c.kind, identifiers.c.value).where(identifiers.c.person.in_(node))
        ).all()
        addresses: dict[int, list[str]] = {}
        rows = _usable(conn, None)
        for row in rows:
            kinds = channels[row.channel].speaking(row.id, row.settings, {}).address_kinds
            addresses[row.id] = [each.value for each in held if each.kind in kinds]
        return _asked(conn, [row for row in rows if addresses[row.id]], addresses, stores.clock.now())


def _usable(conn: Connection, only: Sequence[int] | None) -> list[sa.Row[Any]]:
    columns = (accounts.c.id, accounts.c.name, accounts.c.channel, accounts.c.settings)
    query = sa.select(*columns).where(accounts.c.disabled.is_(None), accounts.c.channel.in_(list(allowing_of())))
    if only is not None:
        query = query.where(accounts.c.id.in_(list(only)))
    return list(conn.execute(query.order_by(accounts.c.id)))


def _asked(
    conn: Connection, rows: Sequence[sa.Row[Any]], addresses: Mapping[int, Sequence[str]], at: datetime
) -> list[AccountQuota]:
    allowing = allowing_of()
    found: list[AccountQuota] = []
    for row in rows:
        told = allowing[row.channel](conn, row.id, row.settings, at, addresses.get(row.id))
        found.append(AccountQuota(row.id, row.name, row.channel, told))
    return found
