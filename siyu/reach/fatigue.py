"""How tired a person is of being written to, and who is too tired now.

Kept as a list of those above the threshold, worked out anew every hour by one question to the event log, for all
people at once. Between two rounds caps hold back what comes in a burst: tiredness grows and goes over weeks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from siyu.jobs import preferences
from siyu.people.tables import people
from siyu.reach.guard import load_guard
from siyu.reach.rules.fatigue import FATIGUE
from siyu.reach.tables import broadcasts, tired
from siyu.storage import CHUNK_ROWS, Instant, Stores, in_chunks, insert_into, sent
from siyu.storage.eventlog_schema import PERSON

COSTS: Mapping[str, float] = {"useful": 1.0, "promotional": 2.0}
ASLEEP = 3.0
"""To somebody who has not been seen for long, each message costs so many times as much."""
GAINS: Mapping[str, float] = {
    "message_opened": 0.5,
    "message_clicked": 1.0,
    "customer_wrote": 2.0,
    "service_asked": 2.0,
    "chat_started": 2.0,
    "order_paid": 4.0,
}
HALF_LIVES = 8
"""What is older than so many half-lives counts less than a 250th, and is left out."""

Moments = Sequence[tuple[str, datetime]]


def fatigue(pushes: Moments, answers: Moments, at: datetime, *, half_life_days: float, asleep: bool) -> float:
    """How tired a person is at a moment: every push costs goodwill, every answer restores some, and both are forgotten.

    ``fatigue = Σ cost(tone) · s · 2^(−age / h) − Σ gain(answer) · 2^(−age / h)``, not below 0

    with ages in days, h the half-life, s = 3 for whoever is asleep, else 1. ``pushes``: (tone, when) of marketing
    messages that reached them; ``answers``: (event, when), see ``GAINS``.

    The form is adstock, by which the effect of advertising is carried over and fades (Broadbent 1979, "One way TV
    advertisements work"), here of the annoyance that repetition brings (wear-out: Pechmann and Stewart 1988,
    "Advertising repetition"). A sum needs no order of events, so it is worked out by set, and late ones count. The
    weights are a judgement, not an estimate: what sells costs twice what is useful, an answer in words pays for one
    that sells, a purchase for two. A sleeper who never answers gets a useful message about once a week before the
    threshold of 8 holds the next.
    """

    def left(when: datetime) -> float:
        return 2.0 ** (-((at - when).total_seconds() / 86_400) / half_life_days)

    cost = sum(COSTS[tone] * left(when) for tone, when in pushes) * (ASLEEP if asleep else 1.0)
    return max(0.0, cost - sum(GAINS[name] * left(when) for name, when in answers))


@dataclass(frozen=True, slots=True)
class Setting:
    """As the rule is set."""

    threshold: float
    half_life_days: float
    sleeper_days: int


def refresh(stores: Stores) -> int:
    """Work out anew who is too tired; how many. With the rule off, nobody is listed."""
    setting = _setting(stores)
    now = stores.clock.now()
    found = [] if setting is None else _too_tired(stores, setting, now)
    for chunk in in_chunks(found, CHUNK_ROWS):
        with stores.ledger.write() as conn:
            given = sent(
                conn,
                person=(sa.BigInteger, [person for person, _, _ in chunk]),
                score=(sa.Float, [score for _, score, _ in chunk]),
                until=(sa.BigInteger, [round(until.timestamp() * 1000) for _, _, until in chunk]),
            )
            rows = (
                sa.select(
                    given.c.person, given.c.score, sa.literal(now, Instant), sa.type_coerce(given.c.until, Instant)
                )
                .join(people, people.c.person == given.c.person)
                .where(sa.true())
            )
            new = insert_into(conn, tired).from_select(["person", "score", "at", "until"], rows)
            again = {name: new.excluded[name] for name in ("score", "at", "until")}
            conn.execute(new.on_conflict_do_update(index_elements=[tired.c.person], set_=again))
    with stores.ledger.write() as conn:
        conn.execute(sa.delete(tired).where(tired.c.at < now if setting is not None else sa.true()))
    return len(found)


def _setting(stores: Stores) -> Setting | None:
    with stores.ledger.read() as conn:
        guard = load_guard(conn, preferences.timezone(conn))
    state = next(each for each in guard.rules if each.rule is FATIGUE)
    if not state.enabled:
        return None
    return Setting(*(state.settings[name] for name in ("threshold", "half_life_days", "sleeper_days")))


def _too_tired(stores: Stores, setting: Setting, now: datetime) -> list[tuple[int, float, datetime]]:
    """Persons at or above the threshold: score, and until when they are if nothing more happens."""
    with stores.ledger.read() as conn:
        marketing = conn.execute(sa.select(broadcasts.c.id, broadcasts.c.tone).where(broadcasts.c.kind == "marketing"))
        tones = {row.id: row.tone for row in marketing}
    asked = {
        "now": now,
        "begin": now - timedelta(days=setting.half_life_days * HALF_LIVES),
        "sells": [number for number, tone in tones.items() if tone == "promotional"],
        "useful": [number for number, tone in tones.items() if tone == "useful"],
        "half_life": setting.half_life_days,
        "asleep": now - timedelta(days=setting.sleeper_days),
        "threshold": setting.threshold,
    }
    rows = stores.events.rows(_QUESTION, asked, heavy=True)
    return [
        (int(who), float(score), now + timedelta(days=setting.half_life_days * math.log2(score / setting.threshold)))
        for who, score in rows
    ]


_COST = f"""multiIf(
    name != 'message_accepted', 0,
    has({{sells:Array(Int64)}}, ifNull(properties.broadcast.:Int64, 0)), {COSTS["promotional"]},
    has({{useful:Array(Int64)}}, ifNull(properties.broadcast.:Int64, 0)), {COSTS["useful"]}, 0)"""
_GAIN = "multiIf(" + ", ".join(f"name = '{name}', {gain}" for name, gain in GAINS.items()) + ", 0)"
_LEFT = "exp2(-(dateDiff('millisecond', time, {now:DateTime64(3, 'UTC')}) / 86400000.) / {half_life:Float64})"
_NAMES = ", ".join(f"'{name}'" for name in ("message_accepted", *GAINS))
_QUESTION = f"""
SELECT who, cost * if(last < {{asleep:DateTime64(3, 'UTC')}}, {ASLEEP}, 1) - gain AS score
FROM (
    SELECT {PERSON} AS who, sum({_COST} * {_LEFT}) AS cost, sum({_GAIN} * {_LEFT}) AS gain
    FROM events
    PREWHERE name IN ({_NAMES}) AND time > {{begin:DateTime64(3, 'UTC')}} AND time <= {{now:DateTime64(3, 'UTC')}}
    GROUP BY who
) AS lately
INNER JOIN (SELECT {PERSON} AS who, max(last_seen) AS last FROM person_stats GROUP BY who) AS seen USING who
WHERE score >= {{threshold:Float64}}
"""
