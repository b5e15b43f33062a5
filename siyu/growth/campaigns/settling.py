"""What becomes of a contribution that waited, once its friend did what was asked: counted, or refused with its reason.

What happened before the friend took part does not count, nor what the campaign does not ask for (another group, other
goods, too small an order). One deed counts once in a campaign, and a person once for an effort, whatever they were
known as when they took part; where the effort is over by then, the contribution is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.campaigns import narrowing, writing
from siyu.growth.campaigns.acting import seed_of
from siyu.growth.campaigns.mechanic import Act, Refused
from siyu.growth.campaigns.model import Campaign, Contribution, Effort, Wish
from siyu.growth.campaigns.reading import CONTRIBUTION, EFFORT, campaigns_of
from siyu.growth.campaigns.store import Store
from siyu.growth.campaigns.tables import campaigns, contributions, efforts
from siyu.growth.campaigns.writing import Counted
from siyu.growth.referral import bringing
from siyu.growth.visitors import devices
from siyu.people.tables import people
from siyu.storage import Stores, sent


@dataclass(frozen=True, slots=True)
class Did:
    """A person (a node) did what somebody may wait for. ``ask``: what it was; ``mark``: the same whenever this is told;
    ``cents`` of an ``order``, and its ``goods`` by number and by name; ``state`` of the code they came by."""

    person: int
    ask: str
    at: datetime
    mark: str = ""
    order: str = ""
    cents: int = 0
    state: str = ""
    goods: Collection[str] = ()

    @property
    def deed(self) -> str:
        """What counts once: an order, however often it is told, else the event."""
        return f"order {self.order}" if self.order else self.mark


def settle(stores: Stores, did: Sequence[Did]) -> int:
    """Count, or refuse, what waited for these; how many."""
    with stores.ledger.write() as conn:
        kept = devices.kept(conn, {each.person for each in did})
        theirs = [replace(each, person=kept[each.person]) for each in did if each.person in kept]
        waiting = _waiting(conn, theirs)
        found = _locked(conn, {each.effort for each in waiting})
        waiting = _still(conn, waiting)
        if not waiting:
            return 0
        known = campaigns_of(conn, {effort.campaign for effort in found.values()})
        round_ = _Round.read(conn, stores.clock.now(), stores.home, known, found, waiting)
        round_.run(waiting, theirs)
        writing.settle(conn, round_.now, round_.settled)
        writing.update_efforts(conn, [round_.efforts[number] for number in {each.effort.id for each in round_.settled}])
        round_.store.write()
        return len(round_.settled)


def _waiting(conn: Connection, did: Sequence[Did]) -> list[Contribution]:
    """What waits for these people, whatever node took part."""
    asked = sent(conn, person=(sa.BigInteger, sorted({each.person for each in did})))
    query = (
        sa.select(*CONTRIBUTION)
        .join(people, people.c.person == contributions.c.person)
        .join(asked, asked.c.person == people.c.kept)
        .join(campaigns, campaigns.c.id == contributions.c.campaign)
        .where(contributions.c.stage == "waits", campaigns.c.ask.in_(sorted({each.ask for each in did})))
        .order_by(contributions.c.id)
    )
    return [Contribution(*row) for row in conn.execute(query)]


def _locked(conn: Connection, numbers: Iterable[int]) -> dict[int, Effort]:
    asked = sa.select(sent(conn, id=(sa.BigInteger, sorted(numbers))).c.id)
    query = sa.select(*EFFORT).where(efforts.c.id.in_(asked)).order_by(efforts.c.id).with_for_update()
    return {row.id: Effort(*row) for row in conn.execute(query)}


def _still(conn: Connection, waiting: Sequence[Contribution]) -> list[Contribution]:
    """Those that nobody settled before their efforts were locked."""
    asked = sa.select(sent(conn, id=(sa.BigInteger, [each.id for each in waiting])).c.id)
    table = contributions.c
    still = set(conn.execute(sa.select(table.id).where(table.id.in_(asked), table.stage == "waits")).scalars())
    return [each for each in waiting if each.id in still]


@dataclass
class _Round:
    """What is known of the people, efforts and campaigns of one transaction."""

    conn: Connection
    now: datetime
    home: Path
    campaigns: Mapping[int, Campaign]
    efforts: dict[int, Effort]
    kept: Mapping[int, int]  # node → person
    seen: Mapping[int, datetime]  # node → when we first saw its person; nobody who is gone
    ways: Mapping[int, Collection[str]]  # campaign → states of the codes behind its door, where it asks for them
    spent: set[tuple[int, str]]  # (campaign, deed) that counted
    turns: set[tuple[int, int, str]]  # (effort, person, turn) that counted
    store: Store
    settled: list[Counted] = field(default_factory=list[Counted])

    @classmethod
    def read(
        cls,
        conn: Connection,
        now: datetime,
        home: Path,
        known: Mapping[int, Campaign],
        found: dict[int, Effort],
        waiting: Sequence[Contribution],
    ) -> _Round:
        nodes = {each.person for each in waiting}
        kept = devices.kept(conn, nodes | {effort.person for effort in found.values()})
        seen = bringing.first_seen(conn, nodes | {effort.person for effort in found.values()})
        spent, turns = _counted(conn, known, found, {kept[node] for node in nodes if node in kept})
        ways = narrowing.states_of(conn, known.values())
        return cls(conn, now, home, known, found, kept, seen, ways, spent, turns, Store(conn, now, known))

    def run(self, waiting: Sequence[Contribution], did: Sequence[Did]) -> None:
        """Each contribution takes the first deed of its person that it may."""
        of: dict[tuple[int, str], list[Did]] = {}
        for each in did:
            of.setdefault((each.person, each.ask), []).append(each)
        for contribution in waiting:
            campaign = self.campaigns[contribution.campaign]
            mine = of.get((self.kept.get(contribution.person, 0), campaign.ask), [])
            first = next((each for each in mine if self._fits(campaign, contribution, each)), None)
            if first is not None:
                self._settle(campaign, contribution, first)

    def _fits(self, campaign: Campaign, contribution: Contribution, what: Did) -> bool:
        fresh = what.at >= contribution.at and (campaign.id, what.deed) not in self.spent
        return fresh and narrowing.fits(campaign.only, self.ways.get(campaign.id), what.state, what.goods, what.cents)

    def _settle(self, campaign: Campaign, contribution: Contribution, what: Did) -> None:
        counted = self._one(campaign, self.efforts[contribution.effort], contribution, what)
        self.efforts[contribution.effort] = counted.effort
        self.settled.append(counted)
        if counted.stage == "counted":
            self.spent.add((campaign.id, what.deed))
            self.turns.add((contribution.effort, what.person, contribution.turn))

    def _one(self, campaign: Campaign, effort: Effort, contribution: Contribution, what: Did) -> Counted:
        data = dict(contribution.data)
        if what.order:
            data |= {"order": what.order, "paid_cents": str(what.cents)}
        wish = Wish(campaign.id, contribution.person, contribution.once, effort.slug, contribution.kind, data=data)
        starter = self.kept.get(effort.person) == what.person
        seen = self.seen.get(contribution.person)
        new = contribution.new_person and not starter and seen is not None and seen >= effort.opened
        who, turn = contribution.person, contribution.turn
        told = Counted(campaign, effort, wish, who, turn, new, starter, number=contribution.id)
        why = self._refusal(campaign, effort, told, what)
        if why:
            return replace(told, stage="refused", why=why)
        seed = seed_of(self.home, campaign, effort.slug)
        made = Act(wish.kind, what.person, what.at, seed, data, new_person=new, starter=starter, nth=effort.nth)
        state: Any = msgspec.convert(effort.state, campaign.plays.state)
        try:
            step = campaign.plays.contribute(campaign.ruled, state, made)
        except Refused as refused:
            return replace(told, stage="refused", why=str(refused.args[0]) if refused.args else "")
        now = self.store.settle(campaign, effort, step)
        return replace(told, effort=now, stage="counted", why=self.store.said or step.said)

    def _refusal(self, campaign: Campaign, effort: Effort, told: Counted, what: Did) -> str:
        """What the mechanic need not be asked about."""
        over = effort.stage != "open" or (effort.ends is not None and effort.ends <= what.at)
        if over or effort.person not in self.seen:
            return "closed"
        if told.starter and not campaign.plays.must_ask(campaign.ruled):
            return "self"
        return "helped_before" if (effort.id, what.person, told.turn) in self.turns else ""


def _counted(
    conn: Connection, known: Mapping[int, Campaign], found: Mapping[int, Effort], persons: Collection[int]
) -> tuple[set[tuple[int, str]], set[tuple[int, int, str]]]:
    """What counted of these persons before: orders by campaign, turns by effort."""
    asked = sent(conn, person=(sa.BigInteger, sorted(persons)))
    table = contributions.c
    query = (
        sa.select(table.campaign, table.effort, people.c.kept, table.turn, table.data)
        .join(people, people.c.person == table.person)
        .join(asked, asked.c.person == people.c.kept)
        .where(table.stage == "counted", table.campaign.in_(sorted(known)))
    )
    spent: set[tuple[int, str]] = set()
    turns: set[tuple[int, int, str]] = set()
    for row in conn.execute(query):
        if row.data.get("order"):
            spent.add((row.campaign, f"order {row.data['order']}"))
        if row.effort in found:
            turns.add((row.effort, row.kept, row.turn))
    return spent, turns
