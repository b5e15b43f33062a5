"""What campaigns did so far, from the ledger: every jump from the page to a friend who counts, the parts of K, how fast
and how deep it went, and what it cost. Any number of campaigns in the same few queries.

*K* of a campaign: new people per person who started. Its parts: *invitations* (a friend's device that opened somebody's
link for the first time) per starter, and how many of them became a new person. *cycle*: the median time from an
effort's opening to a new friend who counts in it. *generations*: new people by how many hands the campaign passed
through: the first were brought by people whom nobody brought in it. What an act makes of somebody is kept by node;
only generations are of persons, as they are today.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.campaigns.model import Campaign
from siyu.growth.campaigns.tables import campaign_stocks, campaign_visits, campaigns, contributions, efforts
from siyu.growth.purses.model import Purse
from siyu.growth.purses.tables import purses, rewards
from siyu.growth.referral.tables import referrals
from siyu.people.tables import people
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
BY_PAGE = (("came", "starters"), ("friends", "acted"))
"""The page that is seen, and what is done there: who acts by API never saw it."""
HANDS = ("came", "starters", "friends", "acted")
"""What people do on the way from a poster to a friend; then what is asked for, where it is more than a tap."""


@dataclass(frozen=True, slots=True)
class Figures:
    """``steps``: by the keys of :data:`STEPS`. ``efforts``: by stage; ``contributions``: by stage. ``short``: efforts
    for which nothing was left to give. ``granted``: currency → smallest units that were held, granted or paid and not
    taken back. ``looked``: devices that saw any page of it; ``inviters``: starters who brought somebody new; ``need``:
    what an effort needs, on average. ``generations``: new people, the first generation first."""

    steps: dict[str, int]
    efforts: dict[str, int]
    contributions: dict[str, int]
    short: int
    granted: dict[str, int]
    looked: int = 0
    invitations: int = 0
    inviters: int = 0
    need: float | None = None
    cycle_hours: float | None = None
    generations: tuple[int, ...] = ()

    @property
    def k(self) -> float | None:
        """New people per starter; None where nobody started."""
        return _per(self.steps["new"], self.steps["starters"])

    @property
    def invitations_each(self) -> float | None:
        return _per(self.invitations, self.steps["starters"])

    @property
    def conversion(self) -> float | None:
        """New people per invitation."""
        return _per(self.steps["new"], self.invitations)

    @property
    def cents_a_newcomer(self) -> float | None:
        """Money per new person; None where nobody is new."""
        return _per(self.granted.get("yuan", 0), self.steps["new"])

    @property
    def shares(self) -> dict[str, float | None]:
        """Step → its share of the step before, None where that was nobody, or where people went round the page."""
        keys = list(STEPS)
        pairs = zip(keys[1:], keys, strict=False)
        unknown = {key for pair in self._gone_round for key in pair}
        return {each: None if each in unknown else _per(self.steps[each], self.steps[before]) for each, before in pairs}

    @property
    def steepest(self) -> str:
        """The step at which most are lost: the smallest share of the step before; "" where nothing can be told. Where
        more acted than saw the page, they went round it (by API, say): nobody was lost there."""
        told = {key: share for key, share in self.shares.items() if share is not None and key != "new"}
        return min(told, key=lambda key: told[key]) if told else ""

    @property
    def elsewhere(self) -> bool:
        """Whether people took part without its pages."""
        return bool(self._gone_round)

    @property
    def _gone_round(self) -> list[tuple[str, str]]:
        return [(page, act) for page, act in BY_PAGE if self.steps[page] < self.steps[act]]


def _per(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def jumps_of(campaign: Campaign) -> int:
    """How many things people do from the poster until a friend counts (or, alone, until they are in)."""
    if campaign.plays.solo(campaign.ruled):
        return 2
    return len(HANDS) + (campaign.ask != "tap")


def figures_of(stores: Stores, campaign: Campaign) -> Figures:
    """Of one, as they are now."""
    return figures_by(stores, [campaign])[campaign.id]


def figures_by(stores: Stores, found: Sequence[Campaign]) -> dict[int, Figures]:
    """Number → figures as they are now."""
    numbers = sorted({each.id for each in found})
    with stores.ledger.read() as conn:
        seen = _seen(conn, numbers)
        stages = _stages(conn, efforts, numbers)
        acts = _stages(conn, contributions, numbers)
        begun = _begun(conn, numbers)
        friends = _friends(conn, numbers)
        cycles = _cycles(conn, numbers)
        generations = _generations(conn, numbers)
        granted = _granted(conn, found)
    none = (0, 0, 0, 0)
    answers: dict[int, Figures] = {}
    for number in numbers:
        came, opened, invitations, looked = seen.get(number, none)
        starters, short, need = begun.get(number, (0, 0, None))
        acted, counted, new, inviters = friends.get(number, none)
        steps = dict(zip(STEPS, (came, starters, opened, acted, counted, new), strict=True))
        answers[number] = Figures(
            *(steps, stages.get(number, {}), acts.get(number, {}), short, granted.get(number, {})),
            looked=looked,
            invitations=invitations,
            inviters=inviters,
            need=need,
            cycle_hours=cycles.get(number),
            generations=generations.get(number, ()),
        )
    return answers


def _seen(conn: Connection, numbers: Sequence[int]) -> dict[int, tuple[int, int, int, int]]:
    """Devices that saw the page; that saw somebody else's effort; how often the latter was new to one; all devices."""
    table = campaign_visits.c
    devices, theirs = sa.func.count(sa.distinct(table.device)), sa.and_(table.effort != 0, table.own.is_(False))
    query = sa.select(
        table.campaign,
        *(devices.filter(table.effort == 0), devices.filter(theirs), sa.func.count().filter(theirs), devices),
    )
    rows = conn.execute(query.where(table.campaign.in_(numbers)).group_by(table.campaign))
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}


def _stages(conn: Connection, table: sa.Table, numbers: Sequence[int]) -> dict[int, dict[str, int]]:
    query = sa.select(table.c.campaign, table.c.stage, sa.func.count()).where(table.c.campaign.in_(numbers))
    answers: dict[int, dict[str, int]] = {}
    for campaign, stage, many in conn.execute(query.group_by(table.c.campaign, table.c.stage)):
        answers.setdefault(campaign, {})[stage] = many
    return answers


def _begun(conn: Connection, numbers: Sequence[int]) -> dict[int, tuple[int, int, float | None]]:
    """Starters, efforts that went short, what one needs on average."""
    effort = efforts.c
    short = sa.cast(effort.short, sa.Text).not_in(("[]", "null"))
    query = sa.select(
        effort.campaign,
        sa.func.count(sa.distinct(effort.person)),
        sa.func.count().filter(short),
        sa.func.avg(effort.need),
    )
    rows = conn.execute(query.where(effort.campaign.in_(numbers)).group_by(effort.campaign))
    return {campaign: (starters, many, float(need)) for campaign, starters, many, need in rows}


_HELPED = contributions.join(
    efforts, sa.and_(contributions.c.effort == efforts.c.id, contributions.c.person != efforts.c.person)
)
_COUNTS = contributions.c.stage == "counted"
_NEW = sa.and_(_COUNTS, contributions.c.new_person)


def _friends(conn: Connection, numbers: Sequence[int]) -> dict[int, tuple[int, int, int, int]]:
    """Friends who took part, who counted, who are new; starters who brought these."""
    persons = sa.func.count(sa.distinct(contributions.c.person))
    query = sa.select(
        contributions.c.campaign,
        persons.filter(contributions.c.stage != "refused"),
        persons.filter(_COUNTS),
        persons.filter(_NEW),
        sa.func.count(sa.distinct(efforts.c.person)).filter(_NEW),
    ).select_from(_HELPED)
    rows = conn.execute(query.where(contributions.c.campaign.in_(numbers)).group_by(contributions.c.campaign))
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}


def _cycles(conn: Connection, numbers: Sequence[int]) -> dict[int, float]:
    """Hours, the median."""
    counted = sa.func.coalesce(contributions.c.settled, contributions.c.at)
    took = sa.type_coerce(counted, sa.BigInteger) - sa.type_coerce(efforts.c.opened, sa.BigInteger)
    each = (
        sa.select(
            contributions.c.campaign,
            took.label("took"),
            sa.func.row_number().over(partition_by=contributions.c.campaign, order_by=took).label("nth"),
            sa.func.count().over(partition_by=contributions.c.campaign).label("many"),
        )
        .select_from(_HELPED)
        .where(contributions.c.campaign.in_(numbers), _NEW)
        .subquery()
    )
    middle = sa.and_(each.c.nth * 2 >= each.c.many, each.c.nth * 2 <= each.c.many + 2)
    query = sa.select(each.c.campaign, sa.func.avg(each.c.took)).where(middle).group_by(each.c.campaign)
    return {campaign: float(ms) / 3_600_000 for campaign, ms in conn.execute(query)}


def _generations(conn: Connection, numbers: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """New people by generation. Of several facts about one person the earliest counts, so no walk comes back."""
    brought, bringing = people.alias(), people.alias()
    first = sa.func.row_number().over(
        partition_by=(campaigns.c.id, brought.c.kept), order_by=(referrals.c.at, referrals.c.person)
    )
    facts = (
        sa.select(
            campaigns.c.id.label("campaign"), brought.c.kept, bringing.c.kept.label("inviter"), first.label("nth")
        )
        .select_from(
            contributions.join(campaigns, campaigns.c.id == contributions.c.campaign)
            .join(referrals, _of_campaign())
            .join(brought, brought.c.person == referrals.c.person)
            .join(bringing, bringing.c.person == referrals.c.inviter)
        )
        .where(contributions.c.campaign.in_(numbers), _NEW)
        .subquery()
    )
    edges = sa.select(facts.c.campaign, facts.c.kept, facts.c.inviter).where(facts.c.nth == 1).cte("edges")
    above = edges.alias()
    root = ~sa.exists().where(above.c.campaign == edges.c.campaign, above.c.kept == edges.c.inviter)
    walk = (
        sa.select(edges.c.campaign, edges.c.kept, sa.literal(1).label("level")).where(root).cte("walk", recursive=True)
    )
    below = edges.alias()
    further = sa.select(below.c.campaign, below.c.kept, walk.c.level + 1).join_from(
        walk, below, sa.and_(below.c.campaign == walk.c.campaign, below.c.inviter == walk.c.kept)
    )
    walk = walk.union_all(further)
    query = sa.select(walk.c.campaign, walk.c.level, sa.func.count()).group_by(walk.c.campaign, walk.c.level)
    answers: dict[int, tuple[int, ...]] = {}
    for campaign, _, many in conn.execute(query.order_by(walk.c.campaign, walk.c.level)):
        answers[campaign] = (*answers.get(campaign, ()), many)
    return answers


def _of_campaign() -> sa.ColumnElement[bool]:
    return sa.and_(referrals.c.person == contributions.c.person, referrals.c.campaign == campaigns.c.slug)


def _granted(conn: Connection, found: Sequence[Campaign]) -> dict[int, dict[str, int]]:
    """Currency → smallest units, of the campaigns' own purses."""
    numbers = {each.slug: each for each in found}
    own = sorted({purse for each in found for purse in each.purses.values()})
    query = (
        sa.select(rewards.c.campaign, purses.c.id, purses.c.currency, sa.func.sum(rewards.c.amount))
        .join(purses, purses.c.id == rewards.c.purse)
        .where(rewards.c.campaign.in_(sorted(numbers)), rewards.c.stage.in_(("held", "granted", "paid")))
        .where(rewards.c.purse.in_(own))
        .group_by(rewards.c.campaign, purses.c.id, purses.c.currency)
    )
    answers: dict[int, dict[str, int]] = {}
    for slug, purse, currency, units in conn.execute(query):
        campaign = numbers[slug]
        if purse in campaign.purses.values():
            of = answers.setdefault(campaign.id, {})
            of[currency] = of.get(currency, 0) + int(units)
    return answers


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
