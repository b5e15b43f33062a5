"""What a campaign did so far, from the ledger: every jump from the page to a friend who counts, and what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from siyu.growth.campaigns import seeing
from siyu.growth.campaigns.model import Campaign
from siyu.growth.campaigns.tables import campaign_stocks, contributions, efforts
from siyu.growth.purses.model import Purse
from siyu.growth.purses.tables import purses, rewards
from siyu.storage import Stores

STEPS: Mapping[str, tuple[str, str]] = {
    "came": ("看到活动页", "Saw the campaign's page"),
    "starters": ("发起", "Started one"),
    "friends": ("朋友打开链接", "Friends who opened a link"),
    "acted": ("朋友参与", "Friends who took part"),
    "counted": ("朋友计入", "Friends who counted"),
    "new": ("其中新客户", "Of these, new people"),
}
"""The jumps, in order: devices for ``came`` and ``friends``, persons for the others."""


@dataclass(frozen=True, slots=True)
class Figures:
    """``steps``: by the keys of :data:`STEPS`. ``efforts``: by stage; ``contributions``: by stage. ``short``: efforts
    for which nothing was left to give. ``granted``: currency → smallest units that were held, granted or paid and not
    taken back."""

    steps: dict[str, int]
    efforts: dict[str, int]
    contributions: dict[str, int]
    short: int
    granted: dict[str, int]

    @property
    def cents_a_newcomer(self) -> float | None:
        """Money per new person; None where nobody is new."""
        return self.granted.get("yuan", 0) / self.steps["new"] if self.steps["new"] else None

    @property
    def shares(self) -> dict[str, float | None]:
        """Step → its share of the step before, None where that was nobody."""
        keys = list(STEPS)
        pairs = zip(keys[1:], keys, strict=False)
        return {each: self.steps[each] / self.steps[before] if self.steps[before] else None for each, before in pairs}


def figures_of(stores: Stores, campaign: Campaign) -> Figures:
    """As they are now."""
    seen = seeing.counted(stores, campaign.id)
    effort, done = efforts.c, contributions.c
    friend = sa.and_(done.effort == effort.id, done.person != effort.person)
    persons = sa.func.count(sa.distinct(done.person))
    counts = done.stage == "counted"
    helping = sa.select(
        persons.filter(done.stage != "refused").label("acted"),
        persons.filter(counts).label("counted"),
        persons.filter(counts, done.new_person).label("new"),
    ).select_from(contributions.join(efforts, friend))
    with stores.ledger.read() as conn:
        by_stage = sa.select(effort.stage, sa.func.count()).where(effort.campaign == campaign.id)
        stages = dict(conn.execute(by_stage.group_by(effort.stage)).tuples().all())
        mine = sa.select(sa.func.count(sa.distinct(effort.person))).where(effort.campaign == campaign.id)
        starters = conn.execute(mine).scalar_one()
        none = sa.cast(effort.short, sa.Text).not_in(("[]", "null"))
        short = conn.execute(sa.select(sa.func.count()).where(effort.campaign == campaign.id, none)).scalar_one()
        friends = conn.execute(helping.where(done.campaign == campaign.id)).one()
        told = sa.select(done.stage, sa.func.count()).where(done.campaign == campaign.id).group_by(done.stage)
        acts = dict(conn.execute(told).tuples().all())
        money = (
            sa.select(purses.c.currency, sa.func.sum(rewards.c.amount))
            .join(purses, purses.c.id == rewards.c.purse)
            .where(rewards.c.campaign == campaign.slug, rewards.c.stage.in_(("held", "granted", "paid")))
            .where(rewards.c.purse.in_(sorted(campaign.purses.values())))
            .group_by(purses.c.currency)
        )
        granted = {currency: int(units) for currency, units in conn.execute(money)}
    steps = {
        "came": seen["came"],
        "starters": starters,
        "friends": seen["friends"],
        "acted": friends.acted,
        "counted": friends.counted,
        "new": friends.new,
    }
    return Figures(steps, stages, acts, short, granted)


def stocks_of(stores: Stores, campaign: Campaign) -> list[tuple[str, int, int]]:
    """(Name, how many there were, how many were taken) of what the rules count."""
    table = campaign_stocks.c
    query = sa.select(table.name, table.total, table.taken).where(table.campaign == campaign.id).order_by(table.name)
    with stores.ledger.read() as conn:
        return list(conn.execute(query).tuples().all())


def purses_of(stores: Stores, campaign: Campaign) -> list[Purse]:
    """From which its rewards are taken."""
    view = [purses.c[name] for name in Purse.__dataclass_fields__]
    query = sa.select(*view).where(purses.c.id.in_(sorted(campaign.purses.values()))).order_by(purses.c.id)
    with stores.ledger.read() as conn:
        return [Purse(*row) for row in conn.execute(query)]
