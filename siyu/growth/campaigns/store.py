"""What one transaction takes from stocks and purses, in the order of its acts, and how an effort stands after each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.campaigns.mechanic import Grant, Step
from siyu.growth.campaigns.model import Campaign, Effort
from siyu.growth.campaigns.tables import campaign_stocks
from siyu.growth.cheating import holding
from siyu.growth.purses import granting
from siyu.growth.purses.givers import GIVERS
from siyu.growth.purses.model import Stage, Wanted
from siyu.growth.purses.tables import purses, rewards

BY = "system"


class Raced(Exception):
    """Another process was quicker: read again."""


@dataclass
class Store:
    """Stocks and purses of some campaigns, locked when the first reward is due."""

    conn: Connection
    now: datetime
    campaigns: Mapping[int, Campaign]
    said: str = ""  # by the mechanic, instead of what its last step said, because something was gone
    wanted: list[Wanted] = field(default_factory=list[Wanted])
    moved: dict[Stage, list[str]] = field(default_factory=dict[Stage, list[str]])
    _stocks: dict[tuple[int, str], int] = field(default_factory=dict[tuple[int, str], int])
    _taken: dict[tuple[int, str], int] = field(default_factory=dict[tuple[int, str], int])
    _left: dict[int, int] | None = None

    def settle(self, campaign: Campaign, effort: Effort, step: Step[Any]) -> Effort:
        """The effort after a step. What can't be given is noted (``short``), or the mechanic says what then."""
        self.said = ""
        short = list(effort.short)
        for grant in step.grants:
            if self._take(campaign, effort, grant):
                continue
            if campaign.plays.short is None:
                short.append(grant.rung)
                continue
            step = campaign.plays.short(campaign.ruled, step.state, grant)
            self.said = step.said
            short += [each.rung for each in step.grants if not self._take(campaign, effort, each)]
        for move in step.moves:
            self.moved.setdefault(move.to, []).append(key_of(effort, move.rung))
        have, need = campaign.plays.need(campaign.ruled, step.state)
        return replace(
            effort,
            state=msgspec.to_builtins(step.state),
            have=have,
            need=need,
            short=short,
            stage="done" if step.done else effort.stage,
            ended=self.now if step.done else None,
        )

    def write(self) -> None:
        """Write what was taken. Raises :class:`RuntimeError` where a purse gave less than it had a moment ago."""
        for (campaign, name), many in sorted(self._taken.items()):
            table = campaign_stocks.c
            which = sa.and_(table.campaign == campaign, table.name == name, table.taken + many <= table.total)
            if (
                self.conn.execute(sa.update(campaign_stocks).where(which).values(taken=table.taken + many)).rowcount
                != 1
            ):
                raise Raced
        for outcome in holding.grant(self.conn, self.now, BY, self.wanted) if self.wanted else ():
            if outcome.short:
                raise RuntimeError(f"nothing was left for {outcome.key}")
        for stage, keys in self.moved.items():
            numbers = self.conn.execute(sa.select(rewards.c.id).where(rewards.c.key.in_(keys))).scalars().all()
            granting.move(self.conn, self.now, BY, numbers, stage)

    def _take(self, campaign: Campaign, effort: Effort, grant: Grant) -> bool:
        left = self._purses()
        purse = campaign.purses.get(GIVERS[grant.kind].currency, 0)
        if left.get(purse, 0) < grant.amount or not self._take_stock(campaign, grant.stock):
            return False
        left[purse] -= grant.amount
        due = self.now + timedelta(days=grant.held_days) if grant.held_days else None
        wish = Wanted(
            key_of(effort, grant.rung),
            *(purse, grant.person, grant.kind, grant.amount, grant.title, campaign.slug),
            held=grant.waits,
            due=due,
            why=grant.why,
        )
        self.wanted.append(wish)
        return True

    def _take_stock(self, campaign: Campaign, name: str) -> bool:
        if not name:
            return True
        key = (campaign.id, name)
        if self._stocks.get(key, 0) < 1:
            return False
        self._stocks[key] -= 1
        self._taken[key] = self._taken.get(key, 0) + 1
        return True

    def _purses(self) -> dict[int, int]:
        """Purse → what is left; the first asking locks stocks, then purses, each in their order."""
        if self._left is None:
            table = campaign_stocks.c
            stocks = sa.select(campaign_stocks).where(table.campaign.in_(sorted(self.campaigns)))
            for row in self.conn.execute(stocks.order_by(table.campaign, table.name).with_for_update()):
                self._stocks[row.campaign, row.name] = row.total - row.taken
            numbers = sorted({purse for campaign in self.campaigns.values() for purse in campaign.purses.values()})
            query = sa.select(purses).where(purses.c.id.in_(numbers)).order_by(purses.c.id).with_for_update()
            self._left = {
                row.id: 0 if row.closed is not None else row.total - row.held - row.spent
                for row in self.conn.execute(query)
            }
        return self._left


def key_of(effort: Effort, rung: str) -> str:
    """The reason of a reward, which is given once for it."""
    return f"{effort.campaign}:{effort.id}:{rung}"
