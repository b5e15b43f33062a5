"""The one way in which anything happens in a campaign: somebody opens an effort, or does something for one.

A group of acts is one transaction: efforts are locked in their order, each mechanic says what comes of each act, and
state, contributions, rewards, stock, the graph and events are written together. What is given is taken from stock and
purse before the mechanic's answer stands, in the order of the acts; what came before with the same one-time key, or is
the same act again, is answered as it was and changes nothing.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.campaigns import writing
from siyu.growth.campaigns.mechanic import Act, Refused, Words
from siyu.growth.campaigns.membership import Members
from siyu.growth.campaigns.model import Campaign, Effort, Wish
from siyu.growth.campaigns.reading import CONTRIBUTION, EFFORT, campaigns_of, efforts_at
from siyu.growth.campaigns.sealing import opened
from siyu.growth.campaigns.store import Raced, Store
from siyu.growth.campaigns.tables import contributions, efforts
from siyu.growth.campaigns.tickets import Tickets
from siyu.growth.campaigns.writing import Counted, Opened
from siyu.growth.cheating import model as cheating
from siyu.growth.cheating.limiting import Asking, Seats, fingerprint
from siyu.growth.payouts.store import pay_keys
from siyu.growth.referral import bringing
from siyu.people.tables import people
from siyu.storage import Stores, Unavailable, sent

TRIES_MAX = 5
DATA_CHARACTERS_MAX = 200
TOLD_BY_NEWS = frozenset({"order", "paid_cents"})
"""What only :mod:`siyu.growth.campaigns.following` may say of an act."""

State = Literal["opened", "counted", "waits", "same", "refused"]
SAID: Mapping[str, Words] = {
    "no_effort": ("没有找到这次活动，请向朋友要新的链接。", "There is no such page: ask for a new link."),
    "draft": ("活动还没有发布。", "The campaign is not published yet."),
    "not_begun": ("活动还没有开始。", "The campaign has not begun."),
    "paused": ("活动暂停中，请稍后再来。", "The campaign rests: come again later."),
    "ended": ("活动已结束。", "The campaign is over."),
    "closed": ("这一次已经结束，您可以自己发起一个。", "This one is over: you may start one yourself."),
    "no_person": ("请从我们的消息或公众号打开。", "Open it from our message or account."),
    "solo": ("只有发起人可以操作。", "Only who started it can do that."),
    "each": ("您已参加过，每人的次数已用完。", "You have taken part as often as you may."),
    "started": ("这是您已发起的。", "You started this already."),
    "helped_before": ("您已参与过。", "You have taken part already."),
    "waits": ("已记下，完成后自动计入。", "Noted: it counts as soon as that is done."),
    "adults": ("本活动仅限 18 岁以上参加，请确认。", "This is for adults: please confirm that you are 18 or older."),
    "no_order": ("下单付款后才能开，每单一个。", "It takes a paid order to open one, each order once."),
    "self": ("自己的参与不算。", "One's own part does not count."),
    "members": ("这个活动仅限会员参加。", "This one is for members."),
    "minor": ("本活动仅限 18 岁以上参加。", "This is for adults alone."),
    **cheating.SAID,
}
"""What is said whatever the mechanic."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it. ``said``: a key of the mechanic's words, else of :data:`SAID`; ``effort`` as it is now."""

    state: State
    said: str
    effort: Effort | None = None
    campaign: Campaign | None = None

    @property
    def words(self) -> Words:
        """What to tell who acted."""
        own = {} if self.campaign is None else self.campaign.plays.said
        return own.get(self.said) or SAID.get(self.said) or ("", "")


def act(stores: Stores, wishes: Sequence[Wish]) -> list[Outcome]:
    """Do these, in their order, in one transaction. Raises :class:`Unavailable` where others were quicker time and
    again."""
    for _ in range(TRIES_MAX):
        try:
            with stores.ledger.hurry(), stores.ledger.write() as conn:
                return _Group.read(conn, stores.clock.now(), wishes, stores.home).run()
        except Raced:
            continue
    raise Unavailable("many_at_once", "来的人太多，请稍后再试。", "Too many come at once; try again shortly.")


def seed_of(home: Path, campaign: Campaign, slug: str) -> bytes:
    """The seed of an effort: what is drawn for it follows from this alone."""
    return hmac.digest(opened(home, campaign.secret), slug.encode(), sha256)


@dataclass
class _Group:
    """The acts of one transaction, and what is known of who acts."""

    conn: Connection
    now: datetime
    home: Path
    wishes: Sequence[Wish]
    campaigns: dict[int, Campaign]
    kept: dict[int, int]  # node → person, of those who are not gone
    minors: set[int]
    seen: dict[int, datetime]  # person → when we first saw them
    efforts: dict[str, Effort]
    own: dict[tuple[int, int], list[Effort]]  # (campaign, person) → what they started, the first first
    before: dict[str, Outcome]  # one-time key → what came of it
    turns: set[tuple[int, int, str]]  # (effort, person, turn) of contributions
    store: Store
    seats: Seats
    tickets: Tickets
    members: Members
    opened: list[Opened] = field(default_factory=list[Opened])
    counted: list[Counted] = field(default_factory=list[Counted])
    touched: set[str] = field(default_factory=set[str])

    @classmethod
    def read(cls, conn: Connection, now: datetime, wishes: Sequence[Wish], home: Path) -> _Group:
        campaigns = campaigns_of(conn, {wish.campaign for wish in wishes})
        wishes = _with_accounts(conn, home, campaigns, wishes)
        at = efforts_at(conn, {wish.effort for wish in wishes if wish.effort}, lock=True)
        nodes = {wish.person for wish in wishes} | {effort.person for effort in at.values()}
        kept, minors = _persons(conn, nodes)
        starting = {(wish.campaign, kept.get(wish.person, 0)) for wish in wishes if not wish.effort}
        own = _own(conn, starting)
        tickets = Tickets.read(conn, [campaigns[each] for each, _ in starting if each in campaigns], kept.values())
        every = {effort.id: effort for mine in own.values() for effort in mine}
        before = _before(conn, wishes, campaigns, every | {effort.id: effort for effort in at.values()})
        turns = _turns(conn, [effort.id for effort in at.values()])
        seen = bringing.first_seen(conn, {wish.person for wish in wishes if wish.effort})
        store = Store(conn, now, campaigns)
        askings = [_asking(wish, person, at) for wish in wishes if (person := kept.get(wish.person)) is not None]
        seats = Seats.read(conn, now, askings)
        acting = [kept[wish.person] for wish in wishes if wish.person in kept]
        members = Members.read(conn, now, list(campaigns.values()), acting)
        known = (conn, now, home, wishes, campaigns, kept, minors, seen, at, own, before, turns)
        return cls(*known, store, seats, tickets, members)

    def run(self) -> list[Outcome]:
        answers: list[Outcome] = []
        for wish in self.wishes:
            answer = self.before.get(wish.once)
            if answer is None:
                answer = self._one(wish)
                self.before[wish.once] = answer
            answers.append(answer)
        writing.write(self.conn, self.now, self.opened, self.counted, [self.efforts[slug] for slug in self.touched])
        self.store.write()
        if not self.seats.write():
            raise Raced
        return [self._as_it_is(answer) for answer in answers]

    def _as_it_is(self, answer: Outcome) -> Outcome:
        if answer.effort is None:
            return answer
        return replace(answer, effort=self.efforts.get(answer.effort.slug, answer.effort))

    def _one(self, wish: Wish) -> Outcome:
        campaign = self.campaigns.get(wish.campaign)
        effort = self.efforts.get(wish.effort) if wish.effort else None
        if campaign is None or (wish.effort and (effort is None or effort.campaign != campaign.id)):
            return Outcome("refused", "no_effort")
        person = self.kept.get(wish.person)
        why = self.members.shut(campaign, person, self.now) or self._unfit(campaign, person, wish)
        if why or person is None:
            return Outcome("refused", why, effort, campaign)
        asking = _asking(wish, person, self.efforts)
        full = self.seats.refuses(asking)
        if full:
            return self._full(campaign, effort, person, wish, full)
        if effort is None:
            answer = self._open(campaign, person, wish)
        else:
            answer = self._contribute(campaign, effort, person, wish)
        if answer.state in ("opened", "counted", "waits"):
            self.seats.take(asking)
        return answer

    def _full(self, campaign: Campaign, effort: Effort | None, person: int, wish: Wish, why: str) -> Outcome:
        """A limit is reached: kept, where it was for somebody's effort, as what did not count."""
        if effort is not None:
            told = Counted(campaign, effort, wish, person, f"!{why}", new_person=False, starter=False)
            self.counted.append(replace(told, stage="refused", why=why))
        return Outcome("refused", why, effort, campaign)

    def _unfit(self, campaign: Campaign, person: int | None, wish: Wish) -> str:
        if person is None:
            return "no_person"
        if not campaign.adults:
            return ""
        return "minor" if person in self.minors else "" if wish.adult else "adults"

    def _open(self, campaign: Campaign, person: int, wish: Wish) -> Outcome:
        mine = self.own.setdefault((campaign.id, person), [])
        if mine and mine[-1].stage == "open" and not _late(mine[-1], self.now):
            return Outcome("same", "started", mine[-1], campaign)
        if self.members.lacks(campaign, person):
            return Outcome("refused", "members", None, campaign)
        if len(mine) >= campaign.each:
            return Outcome("refused", "each", mine[-1] if mine else None, campaign)
        if not self.tickets.has(campaign, person):
            return Outcome("refused", "no_order", None, campaign)
        slug, nth = secrets.token_urlsafe(12), len(mine) + 1
        made = Act("open", person, self.now, seed_of(self.home, campaign, slug), _cut(wish.data), starter=True, nth=nth)
        try:
            step = campaign.plays.start(campaign.ruled, made)
        except Refused as refused:
            return Outcome("refused", _said(refused), None, campaign)
        blank = _blank(campaign, slug, person, nth, wish.once, self.now)
        number = writing.insert_effort(self.conn, blank)
        self.tickets.use(campaign, person, number)
        effort = self.store.settle(campaign, replace(blank, id=number), step)
        self.efforts[slug] = effort
        mine.append(effort)
        self.touched.add(slug)
        self.opened.append(Opened(campaign, effort))
        return Outcome("opened", step.said, effort, campaign)

    def _contribute(self, campaign: Campaign, effort: Effort, person: int, wish: Wish) -> Outcome:
        starter = self.kept.get(effort.person) == person
        if effort.stage != "open" or _late(effort, self.now) or effort.person not in self.kept:
            return Outcome("refused", "closed", effort, campaign)
        if campaign.plays.solo(campaign.ruled) and not starter:
            return Outcome("refused", "solo", effort, campaign)
        made = self._act_of(campaign, effort, person, wish, starter=starter)
        state = msgspec.convert(effort.state, campaign.plays.state)
        turn = campaign.plays.turn(campaign.ruled, state, made)
        if (effort.id, person, turn) in self.turns:
            return Outcome("same", "helped_before", effort, campaign)
        told = Counted(campaign, effort, wish, person, turn, made.new_person, starter)
        if campaign.ask != "tap" and not (starter and not campaign.plays.must_ask(campaign.ruled)):
            self.turns.add((effort.id, person, turn))
            self.counted.append(replace(told, stage="waits"))
            return Outcome("waits", "waits", effort, campaign)
        try:
            step = campaign.plays.contribute(campaign.ruled, state, made)
        except Refused as refused:
            said = _said(refused)
            self.counted.append(replace(told, turn=f"!{said}", stage="refused", why=said))
            return Outcome("refused", said, effort, campaign)
        self.turns.add((effort.id, person, turn))
        now = self.store.settle(campaign, effort, step)
        self.efforts[effort.slug] = now
        self.touched.add(effort.slug)
        said = self.store.said or step.said
        self.counted.append(replace(told, effort=now, stage="counted", why=said))
        return Outcome("counted", said, now, campaign)

    def _act_of(self, campaign: Campaign, effort: Effort, person: int, wish: Wish, *, starter: bool) -> Act:
        seen = self.seen.get(wish.person)
        new = not starter and seen is not None and seen >= effort.opened
        seed = seed_of(self.home, campaign, effort.slug)
        data = _cut(wish.data)
        return Act(wish.kind, person, self.now, seed, data, new_person=new, starter=starter, nth=effort.nth)


def _with_accounts(
    conn: Connection, home: Path, campaigns: Mapping[int, Campaign], wishes: Sequence[Wish]
) -> list[Wish]:
    """Where money may be won: with the account that each person would be paid to, as the limits know it."""
    money = {number for number, campaign in campaigns.items() if "yuan" in campaign.purses}
    keys = pay_keys(conn, {wish.person for wish in wishes if wish.campaign in money and not wish.account})
    marks = {person: fingerprint(home, "account", key) for person, key in keys.items()}
    return [
        replace(wish, account=wish.account or marks.get(wish.person, "")) if wish.campaign in money else wish
        for wish in wishes
    ]


def _asking(wish: Wish, person: int, efforts: Mapping[str, Effort]) -> Asking:
    """What the limits ask of an act; one's own effort is no help to a friend."""
    effort = efforts.get(wish.effort)
    helped = 0 if effort is None or effort.person in (person, wish.person) else effort.id
    return Asking(wish.campaign, person, helped, wish.device, wish.address, wish.account)


def _blank(campaign: Campaign, slug: str, person: int, nth: int, once: str, now: datetime) -> Effort:
    hours = campaign.plays.hours(campaign.ruled) if campaign.plays.hours is not None else 0
    ends = now + timedelta(hours=hours) if hours else None
    if ends is not None and campaign.ends is not None:
        ends = min(ends, campaign.ends)
    return Effort(0, slug, campaign.id, person, nth, once, {}, 0, 0, "open", [], now, ends, None)


def _late(effort: Effort, now: datetime) -> bool:
    return effort.ends is not None and effort.ends <= now


def _said(refused: Refused) -> str:
    return str(refused.args[0]) if refused.args else ""


def _cut(data: Mapping[str, str]) -> dict[str, str]:
    return {name: text[:DATA_CHARACTERS_MAX] for name, text in data.items() if name not in TOLD_BY_NEWS}


def _persons(conn: Connection, nodes: set[int]) -> tuple[dict[int, int], set[int]]:
    asked = sent(conn, person=(sa.BigInteger, sorted(nodes)))
    whole = people.alias()
    query = sa.select(people.c.person, people.c.kept, whole.c.minor).join(asked, asked.c.person == people.c.person)
    found = conn.execute(query.join(whole, whole.c.person == people.c.kept).where(whole.c.gone.is_(None))).all()
    return {row.person: row.kept for row in found}, {row.kept for row in found if row.minor}


def _own(conn: Connection, asked: set[tuple[int, int]]) -> dict[tuple[int, int], list[Effort]]:
    """What these persons started in these campaigns, by any of their nodes."""
    pairs = sorted(asked)
    wanted = sent(
        conn, campaign=(sa.BigInteger, [one for one, _ in pairs]), person=(sa.BigInteger, [p for _, p in pairs])
    )
    query = (
        sa.select(*EFFORT, people.c.kept.label("whose"))
        .select_from(wanted.join(people, people.c.kept == wanted.c.person))
        .join(efforts, sa.and_(efforts.c.person == people.c.person, efforts.c.campaign == wanted.c.campaign))
        .order_by(efforts.c.id)
    )
    found: dict[tuple[int, int], list[Effort]] = {}
    for row in conn.execute(query):
        found.setdefault((row.campaign, row.whose), []).append(Effort(*row[:-1]))
    return found


def _before(
    conn: Connection, wishes: Sequence[Wish], campaigns: Mapping[int, Campaign], known: Mapping[int, Effort]
) -> dict[str, Outcome]:
    """What came of these one-time keys before."""
    asked = sa.select(sent(conn, once=(sa.Text, sorted({wish.once for wish in wishes}))).c.once)
    answers: dict[str, Outcome] = {}
    for row in conn.execute(sa.select(*EFFORT).where(efforts.c.once.in_(asked))):
        effort = Effort(*row)
        answers[effort.once] = Outcome("same", "started", effort, campaigns.get(effort.campaign))
    for row in conn.execute(sa.select(*CONTRIBUTION).where(contributions.c.once.in_(asked))):
        said = "waits" if row.stage == "waits" else row.why
        state: State = "refused" if row.stage == "refused" else "waits" if row.stage == "waits" else "same"
        answers[row.once] = Outcome(state, said, known.get(row.effort), campaigns.get(row.campaign))
    return answers


def _turns(conn: Connection, numbers: Sequence[int]) -> set[tuple[int, int, str]]:
    """Who took which turn, by person; what did not count took none."""
    asked = sent(conn, effort=(sa.BigInteger, sorted(numbers)))
    query = (
        sa.select(contributions.c.effort, people.c.kept, contributions.c.turn)
        .join(asked, asked.c.effort == contributions.c.effort)
        .join(people, people.c.person == contributions.c.person)
        .where(contributions.c.stage != "refused")
    )
    return {(row.effort, row.kept, row.turn) for row in conn.execute(query)}
