"""What ``siyu points …`` and the API answer of points."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Literal

import msgspec

from siyu.jobs import preferences
from siyu.loyalty.points import by_hand, figures
from siyu.loyalty.points.auditing import last_proof
from siyu.loyalty.points.by_hand import Act
from siyu.loyalty.points.earning import lasting, rules
from siyu.loyalty.points.earning.model import EventRule, OrderRule, Rule
from siyu.loyalty.points.earning.trying import tried
from siyu.loyalty.points.earning.words import sentence
from siyu.loyalty.points.posting import Outcome
from siyu.loyalty.points.statement import had, statement
from siyu.people.event_names import NAMES
from siyu.storage import BadInput, Stores

PERIOD_DAYS_MAX = 3_700


class PointsAnswer(msgspec.Struct, frozen=True):
    """What a person has: `available` may be spent now, `held` is set aside, `owed` is earned first. `ending` of them
    end at `ends`. `had`: what could be spent at the moment that was asked for."""

    person: int
    available: int
    held: int
    owed: int
    ends: datetime | None
    ending: int
    had: int | None = None


class SideAnswer(msgspec.Struct, frozen=True):
    """An entry of a posting. `lot`: the posting that made the points, which end at `ends`."""

    account: Literal["person", "held", "owed"]
    points: int
    lot: int
    ends: datetime | None


class LineAnswer(msgspec.Struct, frozen=True):
    """A posting as one person sees it. `change`: of what may be spent; `after`: what could be spent then."""

    id: int
    key: str
    kind: str
    at: datetime
    why: str
    by: str
    of: int | None
    change: int
    held: int
    owed: int
    after: int
    entries: list[SideAnswer]


class StatementAnswer(msgspec.Struct, frozen=True):
    """A page of postings, the newest first. `next`: give it as `before`; null at the end."""

    points: PointsAnswer
    postings: list[LineAnswer]
    next: int | None


class PostedAnswer(msgspec.Struct, frozen=True):
    """What was posted. `key`: names it in later calls (`of`); `new`: false where the key was there before."""

    posting: int
    key: str
    new: bool


class RuleAnswer(msgspec.Struct, frozen=True):
    """A rule of earning: it gives for what happens from `begins` until `ends`. `rate`: hundredths of a point a yuan."""

    id: int
    rule: OrderRule | EventRule
    zh: str
    en: str
    begins: datetime
    ends: datetime | None
    by: str


class RulesAnswer(msgspec.Struct, frozen=True):
    """All rules, the newest first."""

    rules: list[RuleAnswer]


class TriedAnswer(msgspec.Struct, frozen=True):
    """What a rule would have given in the last `days`. `times`: orders or doings."""

    zh: str
    en: str
    days: int
    points: int
    people: int
    times: int


class ProofAnswer(msgspec.Struct, frozen=True):
    """The last nightly proof. `faults`: what does not add up."""

    at: datetime
    postings: int
    faults: list[dict[str, Any]]


class OverviewAnswer(msgspec.Struct, frozen=True):
    """What is out now. `outstanding` = `available` + `held`; `worth_cents` at the shop's rate; `ending_30` and
    `ending_90` end within so many days."""

    available: int
    held: int
    outstanding: int
    owed: int
    people: int
    ending_30: int
    ending_90: int
    worth_cents: int
    proof: ProofAnswer | None


class SpanAnswer(msgspec.Struct, frozen=True):
    """A period: `closing` = `opening` + `earned` + `given_back` + `spent` + `taken_back` + `expired` (what went out is
    below zero). `owed_paid`: was earned besides and paid what was owed. `worth_cents`: of the closing."""

    begins: datetime
    ends: datetime
    opening: int
    earned: int
    given_back: int
    spent: int
    taken_back: int
    expired: int
    closing: int
    owed_paid: int
    worth_cents: int


class LiabilityAnswer(msgspec.Struct, frozen=True):
    """By month. `points_a_yuan`: how many points are reckoned as a yuan."""

    points_a_yuan: int
    months: list[SpanAnswer]
    whole: SpanAnswer


def points_told(stores: Stores, person: int, at: datetime | None = None) -> PointsAnswer:
    """What one has. Raises :class:`NotFound`."""
    found = statement(stores, person, None, 1)
    then = None if at is None else had(stores, person, at)
    return _points(found.person, found.balance, then)


def statement_told(stores: Stores, person: int, before: int | None, limit: int) -> StatementAnswer:
    """A page of one person's postings. Raises :class:`NotFound`."""
    found = statement(stores, person, before, limit + 1)
    following = found.lines[limit - 1].id if len(found.lines) > limit else None
    lines = [
        LineAnswer(
            **{name: getattr(line, name) for name in LineAnswer.__struct_fields__ if name != "entries"},
            entries=[msgspec.convert(side, SideAnswer, from_attributes=True) for side in line.sides],
        )
        for line in found.lines[:limit]
    ]
    return StatementAnswer(_points(found.person, found.balance, None), lines, following)


def _points(person: int, balance: Any, then: int | None) -> PointsAnswer:
    return PointsAnswer(person, balance.available, balance.held, balance.owed, balance.ends, balance.ending, then)


def do(
    stores: Stores,
    by: str,
    act: Act,
    key: str,
    why: str,
    *,
    person: int | None = None,
    points: int | None = None,
    of: str | None = None,
    minutes: int = 30,
) -> PostedAnswer:
    """See :func:`siyu.loyalty.points.by_hand.do`."""
    return _posted(by_hand.do(stores, by, act, key, why, person=person, points=points, of=of, minutes=minutes))


def undo(stores: Stores, by: str, posting: int) -> PostedAnswer:
    """Post what stands against one."""
    return _posted(by_hand.undo(stores, by, posting))


def _posted(outcome: Outcome) -> PostedAnswer:
    assert outcome.posting is not None
    return PostedAnswer(outcome.posting, outcome.key, outcome.new)


def rules_told(stores: Stores) -> RulesAnswer:
    """All of them."""
    with stores.ledger.read() as conn:
        return RulesAnswer([rule_told(each) for each in rules.all_rules(conn)])


def rule_told(kept: rules.Kept) -> RuleAnswer:
    zh, en = said(kept.rule)
    return RuleAnswer(kept.id, kept.rule, zh, en, kept.begins, kept.ends, kept.by)


def said(rule: Rule) -> tuple[str, str]:
    """A rule in Chinese and English, with the event called as everywhere."""
    known = NAMES.get(rule.event) if isinstance(rule, EventRule) else None
    return sentence(rule, None if known is None else (known.zh, known.en))


def begin(stores: Stores, by: str, rule: Rule, after: int | None = None) -> RuleAnswer:
    """From now on this gives; in the place of ``after``, where one is said."""
    number = rules.begin(stores, by, rule) if after is None else rules.follow_up(stores, by, after, rule)
    return rule_told(rules.get(stores, number))


def end(stores: Stores, number: int) -> RuleAnswer:
    """It gives no more. Raises :class:`NotFound`."""
    rules.end(stores, number)
    return rule_told(rules.get(stores, number))


def tried_told(stores: Stores, rule: Rule) -> TriedAnswer:
    """What it would have given."""
    zh, en = said(rule)
    found = tried(stores, rule)
    return TriedAnswer(zh, en, found.days, found.points, found.people, found.times)


def overview_told(stores: Stores) -> OverviewAnswer:
    """What is out now, and what the last proof found."""
    found = figures.overview(stores)
    return OverviewAnswer(
        found.available,
        found.held,
        found.outstanding,
        found.owed,
        found.people,
        found.ending[30],
        found.ending[90],
        worth_cents(found.outstanding, lasting.points_a_yuan(stores)),
        proof_told(stores),
    )


def proof_told(stores: Stores) -> ProofAnswer | None:
    """The last one, where there was one."""
    found = last_proof(stores)
    return (
        None if found is None else ProofAnswer(found.at, found.postings, [msgspec.to_builtins(f) for f in found.faults])
    )


def liability_told(stores: Stores, first: date | None = None, last: date | None = None) -> LiabilityAnswer:
    """By month from the day ``first`` to ``last``, both within; this year, where nothing is said. Raises
    :class:`BadInput`."""
    today = stores.clock.now().astimezone(preferences.timezone(stores)).date()
    last = today if last is None else min(last, today)
    first = date(last.year, 1, 1) if first is None else first
    if first > last or (last - first).days > PERIOD_DAYS_MAX:
        raise BadInput(
            "period_unfit",
            "起始日期应不晚于结束日期，且不超过十年。",
            "A period begins before it ends and lasts ten years at most.",
            field="first",
        )
    rate = lasting.points_a_yuan(stores)
    found = figures.movements(stores, bounds_of(stores, first, last))
    whole = figures.Movement(found[0].begins, found[-1].ends, opening=found[0].opening, closing=found[-1].closing)
    for name in ("earned", "given_back", "spent", "taken_back", "expired", "owed_paid"):
        setattr(whole, name, sum(getattr(each, name) for each in found))
    return LiabilityAnswer(rate, [_span(each, rate) for each in found], _span(whole, rate))


def bounds_of(stores: Stores, first: date, last: date) -> list[datetime]:
    """The midnights of the shop at which the months of a period begin, and the one after it."""
    zone = preferences.timezone(stores)
    days = [first]
    while (next_first := (days[-1].replace(day=1) + timedelta(days=32)).replace(day=1)) <= last:
        days.append(next_first)
    days.append(last + timedelta(days=1))
    return [datetime(day.year, day.month, day.day, tzinfo=zone) for day in days]


def worth_cents(points: int, points_a_yuan: int) -> int:
    """What points are reckoned at, rounded up."""
    return -(-points * 100 // points_a_yuan)


def _span(found: figures.Movement, rate: int) -> SpanAnswer:
    told = {name: getattr(found, name) for name in SpanAnswer.__struct_fields__ if name != "worth_cents"}
    return SpanAnswer(**told, worth_cents=worth_cents(found.closing, rate))


def rule_from(given: Any) -> Rule:
    """A rule as JSON has it. Raises :class:`BadInput`."""
    try:
        return msgspec.convert(given, OrderRule | EventRule)
    except msgspec.ValidationError as error:
        raise BadInput("rule_unfit", f"规则有误：{error}", f"The rule is unfit: {error}", field="rule") from error
