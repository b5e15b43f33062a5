"""What a journey will need of platforms, reckoned before it is published: from who would have come in during the last
days, how many of them come to each message, by which account the guard would let it go to them, and what the platforms
allow beside what other journeys send. The guard is asked of the moment at which somebody who comes in now would come to
the message at the earliest: what was sent last week stands in the way of today's, not of next month's.

Which way people go at a branch is not known before: unless the draft was rehearsed as it stands, every way is reckoned
with everybody, so that the figures are the most that can be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal

import numpy as np
import sqlalchemy as sa

from siyu.channels import Channels
from siyu.channels.tables import accounts
from siyu.jobs import preferences
from siyu.reach import costs, daily_use, quotas
from siyu.reach.broadcasts import ways_of
from siyu.reach.costs import Cost
from siyu.reach.daily_use import DAYS
from siyu.reach.guard import Counts, Wish, count, load_guard
from siyu.reach.journeys import nodes, rehearsals
from siyu.reach.journeys.engine.asking import Asking
from siyu.reach.journeys.engine.crowd import Numbers
from siyu.reach.journeys.findings import Problem, refusal
from siyu.reach.journeys.model import Journey, to_json
from siyu.reach.journeys.rehearsing import came
from siyu.reach.model import Draft
from siyu.reach.needs import DAYS_A_MONTH, Need, needs_of
from siyu.storage import BadInput, Stores
from siyu.storage.ledger import from_millis, to_millis

LOOKED_AT = 1_000
"""People of whom the guard is asked."""
SHORT_SHARE = 0.2
"""So many who can't get a message for a platform's quota or window are worth a word."""
LOST_SHARE = 0.5
"""So many whom nobody can reach at all."""
TODAY = "today"
MINUTES_A_DAY = 24 * 60
SHORT = ("month", "closed")
SPANS: Mapping[str, tuple[str, str]] = {
    "today": ("在最忙的一天", "on the busiest day"),
    "month": ("在 30 天里", "in 30 days"),
}
"""Of a limit: the days that its need is reckoned over."""


@dataclass(frozen=True, slots=True)
class Step:
    """A message. ``share``: of those who come in, how many come here (0 to 1); ``reach``: of those, how many would get
    it by each account; ``causes``: how many not, by what (:data:`~siyu.reach.quotas.CAUSES`)."""

    node: str
    title: str
    kind: str
    accounts: Sequence[int]
    share: float
    reach: Mapping[int, float]
    causes: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Use:
    """Messages of one kind through one account: on an average day, and on the busiest."""

    account: int
    kind: str
    a_day: float
    busiest: int


@dataclass(frozen=True)
class Forecast:
    """``entered``: how often somebody would have come in during the last ``days``; ``at_most``: ways of branches are
    not known; ``beside``: messages a day of other journeys, by account; ``needs``: with these; ``costs`` of 30 days."""

    days: int
    entered: int = 0
    at_most: bool = False
    steps: Sequence[Step] = ()
    uses: Sequence[Use] = ()
    beside: Mapping[int, float] = field(default_factory=dict[int, float])
    needs: Sequence[Need] = ()
    costs: Sequence[Cost] = ()
    names: Mapping[int, str] = field(default_factory=dict[int, str])

    @property
    def a_day(self) -> float:
        return self.entered / self.days


def forecast(stores: Stores, channels: Channels, journey: Journey, number: int | None = None) -> Forecast:
    """Of a document, finished or not. ``number``: the journey that it is of, whose own messages do not stand beside."""
    by_day, looked_at = _entries(stores, journey)
    entered = sum(by_day.values())
    shares, most = _shares(stores, journey, number)
    messages = [node for node in journey.nodes if isinstance(node, nodes.Message) and shares.get(node.id)]
    if not entered or not messages:
        return Forecast(DAYS, entered, most)
    delays = at_the_earliest(journey)
    steps: list[Step] = []
    pieces: dict[tuple[str, int], Decimal] = {}
    for node in messages:
        moment = stores.clock.now() + timedelta(minutes=delays.get(node.id, 0))
        step, billed = _step(stores, channels, journey, node, shares[node.id], looked_at, moment)
        steps.append(step)
        pieces |= {(node.id, account): each for account, each in billed.items()}
    beside = daily_use.of_journeys(stores, number)
    used = _accounts(steps)
    united = {account: _by_day(steps, account, by_day, beside.get(account, 0.0)) for account in used}
    return Forecast(
        DAYS,
        entered,
        most,
        steps,
        _uses(steps, by_day),
        {account: beside[account] for account in used if beside.get(account)},
        needs_of(stores, united, DAYS),
        _costs(stores, channels, steps, entered / DAYS, pieces),
        _names(stores, used),
    )


def _names(stores: Stores, used: Sequence[int]) -> dict[int, str]:
    with stores.ledger.read() as conn:
        query = sa.select(accounts.c.id, accounts.c.name).where(accounts.c.id.in_(list(used)))
        return dict(conn.execute(query).tuples().all())


# -- who comes in, and where they go -------------------------------------------------------------------------


def _entries(stores: Stores, journey: Journey) -> tuple[dict[str, int], Numbers]:
    """How often somebody would have come in, by local day (every one of the last), and some of these people: who meets
    the rule of entry today, once for ever or once a day."""
    zone, now = preferences.timezone(stores), stores.clock.now()
    today = now.astimezone(zone).date()
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    many, may = np.zeros(DAYS, dtype=np.int64), np.zeros(0, dtype=np.int64)
    wrong = [*refusal(lambda: journey.trigger.check(""), None), *refusal(lambda: journey.entry.check(""), None)]
    if not wrong:
        begins = np.array([to_millis(datetime.combine(day, time(), zone)) for day in days])
        persons, at, one_in = came(stores, journey, from_millis(int(begins[0])), now)
        day = np.maximum(np.searchsorted(begins, at, side="right") - 1, 0)
        if journey.entry.again == "never":
            day = day[np.unique(persons, return_index=True)[1]]  # the earliest comes first
        else:
            day = np.unique(persons * DAYS + day) % DAYS
        everybody = np.unique(persons)
        some = everybody[:: max(1, len(everybody) // LOOKED_AT)]
        may = some
        if journey.entry.rule is not None and len(some):
            may = some[Asking(stores).meeting(journey.entry.rule, some)]
        share = len(may) / len(some) if len(some) else 0.0
        many = np.round(np.bincount(day, minlength=DAYS) * one_in * share).astype(np.int64)
    return {each.isoformat(): int(number) for each, number in zip(days, many, strict=True)}, may


def _shares(stores: Stores, journey: Journey, number: int | None) -> tuple[dict[str, float], bool]:
    """Of those who come in, how many come to each step: as the last rehearsal of this very document found, else the
    most that can be; and whether it is that."""
    last = rehearsals.latest_found(stores, number) if number is not None else None
    figures = last.figures() if last is not None and to_json(last.document) == to_json(journey) else None
    if figures is not None and figures.entered:
        return {id: min(each.came / figures.entered, 1.0) for id, each in figures.nodes.items()}, False
    return at_most(journey)


def at_most(journey: Journey) -> tuple[dict[str, float], bool]:
    """The most of those who come in that can come to each step: all of them by each way of a branch, as many as a lot
    says by its arms; and whether there is such a branch."""
    shares = {node.id: 0.0 for node in journey.nodes}
    if journey.start not in shares:
        return shares, False
    split = {node.id: node for node in journey.nodes if isinstance(node, nodes.Split)}
    ways = [(node, way, to) for node, way, to in journey.edges() if to in shares]
    for _ in journey.nodes:  # the longest way has as many steps
        found = {id: 1.0 if id == journey.start else 0.0 for id in shares}
        for node, way, to in ways:
            part = split[node].arms[int(way)].share / 100 if node in split else 1.0
            found[to] = min(found[to] + shares[node] * part, 1.0)
        if found == shares:
            break
        shares = found
    parts = any(len(set(node.edges().values())) > 1 and node.id not in split for node in journey.nodes)
    return shares, parts


def at_the_earliest(journey: Journey) -> dict[str, int]:
    """After how many minutes somebody can come to each step that can be come to: by waits and time-outs alone."""
    if journey.start not in {node.id for node in journey.nodes}:
        return {}
    ways = [(node, _minutes(journey.node(node), way), to) for node, way, to in journey.edges() if to]
    found = {journey.start: 0}
    for _ in journey.nodes:  # the longest way has as many steps
        for node, minutes, to in ways:
            if node in found:
                found[to] = min(found.get(to, found[node] + minutes), found[node] + minutes)
    return found


def _minutes(node: nodes.Any, way: str) -> int:
    """How long whoever leaves a step this way has rested there at the least."""
    if isinstance(node, nodes.Wait):
        return node.minutes
    if isinstance(node, nodes.WaitUntil):
        return node.days * MINUTES_A_DAY
    if (isinstance(node, nodes.WaitEvent) and way == "timeout") or (isinstance(node, nodes.Task) and way == "late"):
        return node.minutes
    return 0


# -- what each message would do --------------------------------------------------------------------------------


def _step(
    stores: Stores,
    channels: Channels,
    journey: Journey,
    node: nodes.Message,
    share: float,
    persons: Numbers,
    moment: datetime,
) -> tuple[Step, dict[int, Decimal]]:
    """If they came to it at this moment. And as how many one of its messages is billed, by account."""
    draft = Draft(node.title or node.id, 0, node.channels, node.content, node.kind, node.tone)
    with stores.ledger.read() as conn:
        try:
            ways = ways_of(conn, channels, draft)
        except BadInput:  # an account that is not there is a problem of its own
            ways = []
        wish = Wish(node.kind, node.tone, ways, moment, journey.priority)
        guard = load_guard(conn, preferences.timezone(conn))
        said = count(conn, guard, wish, persons.tolist(), []) if ways and len(persons) else Counts()
    many = max(len(persons), 1)
    reach, causes = dict(said.reach), quotas.told_apart(said.held)
    if TODAY in causes:  # today's quota says nothing of another day
        first = ways[0].account
        reach[first] = reach.get(first, 0) + causes.pop(TODAY)
    step = Step(
        node.id,
        node.title or node.id,
        node.kind,
        node.channels,
        share,
        {account: reached / many for account, reached in reach.items()},
        {cause: held / many for cause, held in causes.items()},
    )
    return step, costs.pieces_of(stores, ways, node.content, persons[: costs.SAMPLE].tolist())


def _accounts(steps: Sequence[Step]) -> list[int]:
    return sorted({account for step in steps for account, share in step.reach.items() if share})


def _a_person(steps: Sequence[Step], account: int, kind: str | None = None) -> float:
    """Messages through an account for each who comes in."""
    return sum(step.share * step.reach.get(account, 0.0) for step in steps if kind in (None, step.kind))


def _by_day(steps: Sequence[Step], account: int, entered: Mapping[str, int], beside: float) -> dict[str, int]:
    """Messages through an account by day, with those of other journeys."""
    return {day: round(many * _a_person(steps, account) + beside) for day, many in entered.items()}


def _uses(steps: Sequence[Step], entered: Mapping[str, int]) -> list[Use]:
    found: list[Use] = []
    for account in _accounts(steps):
        for kind in dict.fromkeys(step.kind for step in steps if step.reach.get(account)):
            each = _a_person(steps, account, kind)
            found.append(Use(account, kind, sum(entered.values()) * each / DAYS, round(max(entered.values()) * each)))
    return found


def _costs(
    stores: Stores, channels: Channels, steps: Sequence[Step], a_day: float, pieces: Mapping[tuple[str, int], Decimal]
) -> list[Cost]:
    """Of 30 days."""
    messages: dict[int, int] = {}
    billed: dict[int, Decimal] = {}
    for step in steps:
        for account, share in step.reach.items():
            many = round(a_day * DAYS_A_MONTH * step.share * share)
            messages[account] = messages.get(account, 0) + many
            billed[account] = billed.get(account, Decimal(0)) + many * pieces.get((step.node, account), Decimal(1))
    average = {account: billed[account] / many for account, many in messages.items() if many}
    return costs.planned(stores, channels, messages, average)


# -- what platforms will not allow -----------------------------------------------------------------------------


def problems_of_needs(found: Forecast) -> list[Problem]:
    """What platforms will not allow, at the step that asks it of them: warnings."""
    return [each for step in found.steps for each in (*_over(found, step), *_short(step))]


def _over(found: Forecast, step: Step) -> Iterator[Problem]:
    for need in found.needs:
        for limit in need.limits:
            if limit.enough is not False or not step.reach.get(need.account):
                continue
            beside = round(found.beside.get(need.account, 0))
            zh = f"，其中其他旅程每天约 {beside} 条" if beside else ""
            en = f", {beside} a day of other journeys" if beside else ""
            span = SPANS[limit.allowance.period]
            most = ("最多", " up to") if found.at_most else ("", "")
            yield Problem(
                step.node,
                "journey_quota",
                f"账号「{found.names[need.account]}」的额度可能不够：按近 {found.days} 天进来的人，{limit.allowance.zh}"
                f"{span[0]}{most[0]}要 {limit.need} 条{zh}，平台最多 {limit.may} 条。可以换渠道、缩小人群或错开时间。",
                f"The quota of “{found.names[need.account]}” may not do: by who came in the last {found.days} days, "
                f"{limit.allowance.en} need{most[1]} {limit.need} {span[1]}{en}; the platform lets {limit.may} go. Use "
                "another channel, fewer people or other times.",
                "warning",
                "channels",
            )


def _short(step: Step) -> Iterator[Problem]:
    """Many who can't get it now."""
    short = {cause: step.causes[cause] for cause in SHORT if step.causes.get(cause)}
    lost = step.causes.get("unreachable", 0.0)
    told = short if sum(short.values()) >= SHORT_SHARE else {}
    told |= {"unreachable": lost} if lost >= LOST_SHARE else {}
    for cause, share in told.items():
        zh, en = quotas.CAUSES[cause]
        yield Problem(
            step.node,
            f"journey_{cause}",
            f"按现在的情况，走到这一步的人里约 {share:.0%} {zh}。",
            f"As things are, about {share:.0%} of those who come here {en}.",
            "warning",
            "channels",
        )
