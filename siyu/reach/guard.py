"""The guard 分寸: no message reaches the outbox, and none leaves it, without passing here.

It speaks twice. When messages are written it decides for a whole chunk in one statement: which channel each person
gets, or why none. Just before sending it is asked again, because consent may have been withdrawn and other messages
sent since. The first rule (in the order of ``rules.RULES``) that holds gives the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.protocol import REASONS, About
from siyu.channels.settings import read_settings
from siyu.jobs import enqueue, preferences
from siyu.people.tables import people
from siyu.reach.arrived import SENT
from siyu.reach.priorities import USUAL, rank_of
from siyu.reach.rules import OFF_AT_FIRST, QUIET_HOURS, RULES, Asked, Rule
from siyu.reach.rules.bars import barred, passing
from siyu.reach.rules.caps import ANY, CHANNEL_CAP, Beside, Cap, Limit, messages_since, own_cap, own_number
from siyu.reach.rules.fatigue import FATIGUE
from siyu.reach.rules.quiet_hours import known_zone
from siyu.reach.tables import guard_rules, outbox
from siyu.storage import BadInput, Stores, insert_into, sent

HOLDOUT = "holdout"
ALREADY = "already"
OTHER_REASONS: Mapping[str, tuple[str, str]] = {
    HOLDOUT: ("对照组：不发送，用来衡量真实效果", "Hold-out: not sent, so that the true effect can be measured"),
    ALREADY: ("合并后的同一客户已在本次群发中", "The same person, merged, is in this broadcast already"),
    "expired": ("过了有效期仍未发出", "Its time ran out before it could be sent"),
    "cancelled": ("群发已取消", "The broadcast was cancelled"),
    "left_journey": ("客户已提前离开旅程", "They left the journey"),
    "gave_up": ("多次重试仍未成功", "Tried many times without success"),
    "no_answer": ("接收方没有应答，无法确定是否送达", "No answer came, so it is not known whether it arrived"),
    "template": ("内容无法生成", "The content could not be written for this person"),
}

Stage = Literal["intend", "claim"]

TIRED_JOB = "find_who_is_tired"
REMOVED = "removed"
"""In the settings of a cap that was taken away: its number is not given again, so that old reasons keep their words."""


@dataclass(frozen=True, slots=True)
class RuleState:
    """A rule as it is set now."""

    rule: Rule
    settings: Mapping[str, Any]
    enabled: bool


@dataclass(frozen=True, slots=True)
class Guard:
    """The rules as they are set, read once per piece of work, and the zone of whoever has none of their own."""

    rules: tuple[RuleState, ...]
    zone: ZoneInfo

    def reason(self, asked: Asked) -> sa.ColumnElement[Any]:
        """SQL: the name of the first rule that holds, null where none does."""
        spoken = [
            (condition, sa.literal(state.rule.name))
            for state in self.rules
            if state.enabled and (condition := state.rule.holds(asked, state.settings)) is not None
        ]
        spoken += barred(asked)
        return sa.case(*spoken, else_=sa.null()) if spoken else sa.cast(sa.null(), sa.Text)

    def limits(self) -> list[Limit]:
        """What the caps say that are on."""
        return [
            state.rule.limit(state.settings) for state in self.rules if state.enabled and isinstance(state.rule, Cap)
        ]

    def quiet_until(self, now: datetime, channel: str, kind: str, zone: str | None = None) -> datetime | None:
        """When the quiet hours end that now lies in, for a channel and kind, where the person is; None outside.

        ``zone``: what the person's profile says, None where it says nothing.
        """
        where = known_zone(zone) if zone else None
        for state in self.rules:
            if state.rule is QUIET_HOURS and state.enabled:
                return QUIET_HOURS.until(now, where or self.zone, channel, kind, state.settings)
        return None


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach people: an account and what its channel says of itself."""

    account: int
    channel: About


@dataclass(frozen=True, slots=True)
class Wish:
    """What a sender would like: these kept persons, by the first of these ways that the guard lets pass."""

    kind: str
    tone: str
    ways: Sequence[Way]
    now: datetime
    priority: int = USUAL

    @property
    def rank(self) -> int:
        return rank_of(self.kind, self.priority)


def load_guard(conn: Connection, zone: ZoneInfo) -> Guard:
    """The rules with their settings, defaults where none are stored."""
    stored = {row.name: row for row in conn.execute(sa.select(guard_rules))}
    states: list[RuleState] = []
    for rule in _with_own_caps([row for row in stored.values() if REMOVED not in row.settings]):
        row = stored.get(rule.name)
        defaults = {field.name: field.default for field in rule.fields}
        settings = defaults if row is None else defaults | row.settings
        enabled = rule.name not in OFF_AT_FIRST if row is None else row.enabled or not rule.switchable
        states.append(RuleState(rule, settings, enabled))
    return Guard(tuple(states), zone)


def _with_own_caps(stored: Sequence[sa.Row[Any]]) -> Iterator[Rule]:
    """The rules in the order in which they speak; the operator's caps stand behind those that are always there."""
    numbers = sorted(number for row in stored if (number := own_number(row.name)) is not None)
    for rule in RULES:
        yield rule
        if rule is CHANNEL_CAP:
            yield from (own_cap(number) for number in numbers)


def set_rule(stores: Stores, by: str, name: str, settings: Mapping[str, Any], enabled: bool) -> None:
    """Set a rule. Raises :class:`BadInput` for an unknown one, unfit settings, or one that the law keeps on."""
    with stores.ledger.read() as conn:
        known = {state.rule.name: state.rule for state in load_guard(conn, preferences.timezone(conn)).rules}
    rule = known.get(name)
    if rule is None:
        raise BadInput("rule_unknown", f"没有名为“{name}”的规则。", f"There is no rule “{name}”.", field="name")
    if not enabled and not rule.switchable:
        raise BadInput(
            "rule_kept_on",
            f"“{rule.zh}”是法律要求，不能关闭。",
            f"“{rule.en}” is required by law and can't be switched off.",
            field="enabled",
        )
    read, _ = read_settings(rule.fields, settings)
    rule.check(read)
    values = {"settings": read, "enabled": enabled, "changed": stores.clock.now(), "by": by}
    with stores.ledger.write() as conn:
        conn.execute(
            insert_into(conn, guard_rules)
            .values(name=name, **values)
            .on_conflict_do_update(index_elements=[guard_rules.c.name], set_=values)
        )
        if rule is FATIGUE:
            enqueue(conn, TIRED_JOB, {}, now=stores.clock.now(), key=TIRED_JOB, again=True)


def reason_words(reason: str | None) -> tuple[str, str]:
    """The reason as the operator reads it, in Chinese and English."""
    number = own_number(reason or "")
    for rule in RULES if number is None else (own_cap(number),):
        if rule.name == reason:
            return rule.reason_zh, rule.reason_en
    return OTHER_REASONS.get(reason or "") or REASONS.get(reason or "") or (reason or "", reason or "")


def candidates(
    conn: Connection,
    guard: Guard,
    wish: Wish,
    persons: Iterable[int],
    held_out: Iterable[int],
) -> sa.CTE:
    """People by number, as those who speak for them today (merges applied), with what the rules look at.

    They are taken in the order of their numbers, whatever ways brought them here: so are the indexes that are read, and
    written, for them.
    """
    given = sent(conn, person=(sa.BigInteger, sorted(persons))).alias("given")
    out = sent(conn, person=(sa.BigInteger, list(held_out))).alias("held_out")
    return candidates_of(guard, wish, given, out)


def candidates_of(
    guard: Guard, wish: Wish, given: sa.FromClause, out: sa.FromClause, *, as_given: bool = False
) -> sa.CTE:
    """The same of rows with a column ``person``: everybody, in the order of their numbers, and those held out.

    ``as_given``: they are known to speak for themselves, so that a look-up each can be saved.
    """
    node, kept = people.alias("node"), people.alias("kept")
    query = sa.select(
        *_looked_at(kept),
        sa.null().label("message"),
        sa.literal(wish.rank).label("rank"),
        _recent(guard, wish.kind, wish.tone, kept.c.person, wish.now, Beside(wish.rank)).label("recent"),
        given.c.person.in_(sa.select(out.c.person)).label("held_out"),
    ).select_from(given)
    if as_given:
        query = query.join(kept, kept.c.person == given.c.person)
    else:
        query = query.join(node, node.c.person == given.c.person).join(kept, kept.c.person == node.c.kept)
    return query.cte("candidates").prefix_with("MATERIALIZED")


def _looked_at(kept: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    return [
        kept.c.person,
        kept.c.minor,
        kept.c.birthday,
        kept.c.gone,
        kept.c.no_profiling,
        kept.c.timezone.label("zone"),
    ]


def _recent(
    guard: Guard,
    kind: str,
    tone: str | None,
    person: sa.ColumnElement[int],
    now: datetime,
    beside: Beside,
) -> sa.ColumnElement[Any]:
    """SQL: how many messages a person had within the longest cap's days, of every kind and tone that a cap which
    concerns these messages counts; asked once, for every cap."""
    limits = [each for each in guard.limits() if each.kind in (kind, ANY) and (each.tone, tone) != PROMOTIONAL_ONLY]
    if not limits:
        return sa.literal(0)
    days = max(each.days for each in limits)
    kinds = {each.kind for each in limits}
    counted = kinds.pop() if len(kinds) == 1 else ANY
    return messages_since(person, now - timedelta(days=days), beside, kind=counted).scalar_subquery()


PROMOTIONAL_ONLY = ("promotional", "useful")
"""A cap on promotional messages says nothing of useful ones."""


def decided(guard: Guard, wish: Wish, people_asked: sa.CTE) -> sa.CTE:
    """Each person with the place of the open way (``way``, null if none is) and, if none, the first's reason. Whom only
    a bar stops that ends by itself gets it later, so of those too some are held out."""
    later = sorted(passing(wish.ways[0].channel, wish.now)) if wish.ways else []
    asked = [
        guard.reason(Asked(people_asked, wish.kind, wish.tone, way.channel, wish.now, "intend")).label(
            f"reason_{place}"
        )
        for place, way in enumerate(wish.ways)
    ]
    if len(asked) == 1:  # the usual case needs no step between
        out = sa.case((people_asked.c.held_out, HOLDOUT), else_=sa.null())
        query = sa.select(
            people_asked.c.person,
            people_asked.c.zone,
            sa.literal(0).label("way"),
            sa.case(
                (sa.and_(asked[0].element.in_(later), people_asked.c.held_out), HOLDOUT),
                else_=sa.func.coalesce(asked[0].element, out),
            ).label("reason")
            if later
            else sa.func.coalesce(asked[0].element, out).label("reason"),
        )
        return query.cte("decided").prefix_with("MATERIALIZED")
    spoken = (
        sa.select(people_asked.c.person, people_asked.c.zone, people_asked.c.held_out, *asked)
        .cte("spoken")
        .prefix_with("MATERIALIZED")
    )
    way = sa.case(
        *[(spoken.c[f"reason_{place}"].is_(None), sa.literal(place)) for place in range(len(wish.ways))],
        else_=sa.null(),
    )
    waits = sa.and_(way.is_(None), spoken.c.reason_0.in_(later), spoken.c.held_out)
    reason = sa.case(
        (waits, HOLDOUT), (way.is_(None), spoken.c.reason_0), (spoken.c.held_out, sa.literal(HOLDOUT)), else_=sa.null()
    )
    return (
        sa.select(spoken.c.person, spoken.c.zone, way.label("way"), reason.label("reason"))
        .cte("decided")
        .prefix_with("MATERIALIZED")
    )


@dataclass(frozen=True, slots=True)
class Counts:
    """How many would be reached by each account, delayed until morning, and held for each reason."""

    reach: Mapping[int, int] = field(default_factory=dict[int, int])
    held: Mapping[str, int] = field(default_factory=dict[str, int])
    delayed: int = 0

    def add(
        self, guard: Guard, wish: Wish, way: int | None, reason: str | None, zone: str | None, people_count: int
    ) -> Counts:
        if reason is not None or way is None:
            held = dict(self.held)
            held[str(reason)] = held.get(str(reason), 0) + people_count
            return Counts(self.reach, held, self.delayed)
        chosen = wish.ways[way]
        reach = dict(self.reach)
        reach[chosen.account] = reach.get(chosen.account, 0) + people_count
        quiet = guard.quiet_until(wish.now, chosen.channel.name, wish.kind, zone)
        return Counts(reach, self.held, self.delayed + (people_count if quiet else 0))

    def times(self, factor: float) -> Counts:
        """Scaled up from a sample."""
        return Counts(
            {account: round(number * factor) for account, number in self.reach.items()},
            {reason: round(number * factor) for reason, number in self.held.items()},
            round(self.delayed * factor),
        )

    def plus(self, other: Counts) -> Counts:
        def summed(one: Mapping[Any, int], two: Mapping[Any, int]) -> dict[Any, int]:
            return {key: one.get(key, 0) + two.get(key, 0) for key in {**one, **two}}

        return Counts(summed(self.reach, other.reach), summed(self.held, other.held), self.delayed + other.delayed)


def count(conn: Connection, guard: Guard, wish: Wish, persons: Iterable[int], held_out: Iterable[int]) -> Counts:
    """A dry run: what would become of these people if the messages were written now. Writes nothing."""
    answer = decided(guard, wish, candidates(conn, guard, wish, persons, held_out))
    rows = conn.execute(
        sa.select(answer.c.way, answer.c.reason, answer.c.zone, sa.func.count()).group_by(
            answer.c.way, answer.c.reason, answer.c.zone
        )
    )
    total = Counts()
    for way, reason, zone, people_count in rows:
        total = total.add(guard, wish, way, reason, zone, people_count)
    return total


def speak_again(
    conn: Connection, guard: Guard, way: Way, kind: str, broadcast: int, now: datetime, messages: Sequence[int]
) -> dict[int, str]:
    """Just before sending: the messages (numbers in the outbox) that may not go after all, each with its reason."""
    given = sent(conn, message=(sa.BigInteger, list(messages)))
    node, kept = people.alias("node"), people.alias("kept")
    asked_people = (
        sa.select(
            *_looked_at(kept),
            outbox.c.id.label("message"),
            outbox.c.tone,
            outbox.c.run,
            outbox.c.priority.label("rank"),
            _recent(guard, kind, None, kept.c.person, now, Beside(outbox.c.priority, outbox.c.id)).label("recent"),
        )
        .select_from(given)
        .join(outbox, outbox.c.id == given.c.message)
        .join(node, node.c.person == outbox.c.person)
        .join(kept, kept.c.person == node.c.kept)
        .cte("candidates")
        .prefix_with("MATERIALIZED")
    )
    twin, twin_node = outbox.alias("twin"), people.alias("twin_node")
    already = (  # merged since it was written: the same person has this broadcast from another node
        sa.exists()
        .where(twin_node.c.kept == asked_people.c.person, twin.c.person == twin_node.c.person)
        .where((twin.c.broadcast + 0) == broadcast, twin.c.run == asked_people.c.run)
        .where(twin.c.id != asked_people.c.message, twin.c.state.in_(SENT))
    )
    reason = sa.func.coalesce(
        guard.reason(Asked(asked_people, kind, None, way.channel, now, "claim")),
        sa.case((already, ALREADY), else_=sa.null()),
    )
    spoken = sa.select(asked_people.c.message, reason.label("reason")).cte("spoken").prefix_with("MATERIALIZED")
    rows = conn.execute(sa.select(spoken.c.message, spoken.c.reason).where(spoken.c.reason.is_not(None)))
    return {row.message: row.reason for row in rows}
