"""What a broadcast really added: those who were to get it beside those held out, by the assignment alone.

Compared by intention to treat. The two sides are the members of the frozen audience for whom a way was open when the
messages were written, split by the hold-out's draw (``experiments.held_out``, the same salt): whoever was to get it
counts as sent, also where the message was refused, held or cancelled later, and whether or not it was opened. Both
sides have the same time: from the broadcast's start until ``days`` after its end. Whoever was merged across the two
sides since is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from siyu.experiments import held_out
from siyu.experiments.lift import Amounts, Lift, lift_of_means, lift_of_shares
from siyu.reach.model import Broadcast
from siyu.reach.tables import broadcast_members
from siyu.storage import BadInput, Conflict, Stores
from siyu.storage.eventlog_schema import PERSON

EFFECT_DAYS = 7
EFFECT_DAYS_MAX = 90
Persons = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the comparison. ``bought``: people who paid an order; ``spent``: orders paid and lines added later,
    before returns, per person."""

    people: int
    opened: int
    clicked: int
    bought: int
    spent: Amounts
    complained: int
    unsubscribed: int

    @property
    def amount(self) -> float:
        """What was spent in all, to the cent."""
        return round(self.spent.sum, 2)


@dataclass(frozen=True, slots=True)
class Effect:
    """``until`` ends the time that counts; ``over`` says that it has passed, so that nothing will change."""

    days: int
    since: datetime
    until: datetime
    over: bool
    holdout_percent: int
    sent: Side
    heldout: Side
    bought: Lift
    spent: Lift


def effect_of(stores: Stores, broadcast: Broadcast, days: int = EFFECT_DAYS) -> Effect:
    """The effect within ``days`` (1 to ``EFFECT_DAYS_MAX``). Raises :class:`Conflict` before it has begun."""
    if not 1 <= days <= EFFECT_DAYS_MAX:
        raise BadInput(
            "bad_days",
            f"天数须在 1 到 {EFFECT_DAYS_MAX} 之间。",
            f"The number of days lies between 1 and {EFFECT_DAYS_MAX}.",
            field="days",
        )
    if broadcast.started is None:
        raise Conflict(
            "broadcast_not_begun",
            "群发还没有开始，开始后再来看效果。",
            "The broadcast has not begun; its effect is seen after it.",
        )
    now = stores.clock.now()
    until = (broadcast.finished or now) + timedelta(days=days)
    treated, control = _sides(stores, broadcast)
    answers = _answers(stores, broadcast, until)
    sent, heldout = _added_up(answers, treated), _added_up(answers, control)
    return Effect(
        days=days,
        since=broadcast.started,
        until=until,
        over=until <= now,
        holdout_percent=broadcast.draft.holdout_percent,
        sent=sent,
        heldout=heldout,
        bought=lift_of_shares(sent.bought, sent.people, heldout.bought, heldout.people),
        spent=lift_of_means(sent.spent, heldout.spent),
    )


def _sides(stores: Stores, broadcast: Broadcast) -> tuple[Persons, Persons]:
    """Those who were to get it, and those held out, as the people they are today; each ascending."""
    with stores.ledger.read() as conn:
        chunks = conn.execute(
            sa.select(broadcast_members.c.persons)
            .where(broadcast_members.c.broadcast == broadcast.id, broadcast_members.c.last <= broadcast.intended_up_to)
            .order_by(broadcast_members.c.first)
        ).scalars()
        members = np.frombuffer(b"".join(chunks), dtype="<u4")
    out = held_out(broadcast.salt, members, broadcast.draft.holdout_percent)
    treated, control = _today(stores, members[~out]), _today(stores, members[out])
    left_out = np.union1d(np.intersect1d(treated, control), _without_a_way(stores, broadcast))
    return np.setdiff1d(treated, left_out), np.setdiff1d(control, left_out)


def _today(stores: Stores, persons: Persons) -> Persons:
    """The kept persons, each once."""
    table = stores.events.arrow("SELECT member, kept FROM aliases FINAL WHERE member != kept ORDER BY member")
    member, kept = (np.asarray(table.column(name), dtype=np.uint32) for name in ("member", "kept"))
    if not len(member):
        return np.unique(persons)
    place = np.minimum(np.searchsorted(member, persons), len(member) - 1)
    return np.unique(np.where(member[place] == persons, kept[place], persons))


def _without_a_way(stores: Stores, broadcast: Broadcast) -> Persons:
    """Those whom the guard held when the messages were written: the draw came after, so they are on neither side."""
    table = stores.events.arrow(
        f"SELECT DISTINCT {PERSON} AS who FROM events "
        "PREWHERE name = 'message_held' AND time >= {since:DateTime64(3)} "
        "WHERE properties.broadcast.:Int64 = {broadcast:Int64} AND properties.stage.:String = 'intend' "
        "AND properties.reason.:String != 'holdout'",
        {"broadcast": broadcast.id, "since": broadcast.started},
    )
    return np.asarray(table.column("who"), dtype=np.uint32)


_ANSWERS = f"""
SELECT {PERSON} AS who,
    countIf(name = 'message_opened' AND properties.broadcast.:Int64 = {{broadcast:Int64}}) > 0 AS opened,
    countIf(name = 'message_clicked' AND properties.broadcast.:Int64 = {{broadcast:Int64}}) > 0 AS clicked,
    countIf(name = 'order_paid') > 0 AS bought,
    toFloat64(sumIf(amount, name IN ('order_paid', 'order_amended'))) AS spent,
    countIf(name = 'complaint_made') > 0 AS complained,
    countIf(name = 'unsubscribed') > 0 AS unsubscribed
FROM events
PREWHERE name IN ('message_opened', 'message_clicked', 'order_paid', 'order_amended', 'complaint_made', 'unsubscribed')
    AND time >= {{since:DateTime64(3)}} AND time < {{until:DateTime64(3)}}
GROUP BY who
"""


def _answers(stores: Stores, broadcast: Broadcast, until: datetime) -> dict[str, npt.NDArray[Any]]:
    """What everybody did in the time that counts, column by column."""
    given = {"broadcast": broadcast.id, "since": broadcast.started, "until": until}
    table = stores.events.arrow(_ANSWERS, given, heavy=True)
    return {name: np.asarray(table.column(name)) for name in table.column_names}


def _added_up(answers: dict[str, npt.NDArray[Any]], persons: Persons) -> Side:
    mine = np.isin(answers["who"], persons, assume_unique=True)
    spent = answers["spent"][mine].astype(np.float64)

    def of(name: str) -> int:
        return int(answers[name][mine].sum())

    return Side(
        people=len(persons),
        opened=of("opened"),
        clicked=of("clicked"),
        bought=of("bought"),
        spent=Amounts(len(persons), float(spent.sum()), float((spent * spent).sum())),
        complained=of("complained"),
        unsubscribed=of("unsubscribed"),
    )
