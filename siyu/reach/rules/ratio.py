"""Useful before promotional: of the last messages to a person, only so many may sell (mission: 7 : 3).

A promotional message is held where, with it, more than ``promotional`` of the ``last`` would be. Somebody who has had
fewer than that is judged as if useful ones had gone before: a newcomer may get three promotional messages, and then
seven useful ones must come before the next. Only marketing counts, on both sides: a notice of delivery is no gift.

Order is that of arrival, as far as it is known. So that no order of writing, sending and answering passes the ratio, a
promotional message counts as late as it can have arrived (one that is on its way: last of all), a useful one as early
as it can, and only once it is accepted. Then whatever ten follow each other at the person, three sell at the most: of
the promotional ones among them take the one that was claimed last. Each other is among the nine it was judged by, or
seven useful ones came between.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from siyu.channels.protocol import Field
from siyu.people.tables import people
from siyu.reach.arrived import SENT, may_have_arrived
from siyu.reach.rules.base import Asked, Condition, Settings
from siyu.reach.tables import attempts, outbox
from siyu.storage import BadInput, Instant

ON_ITS_WAY = datetime(2200, 1, 1, tzinfo=UTC)
"""When a promotional message arrives of which nothing is known yet."""


@dataclass(frozen=True)
class Ratio:
    name: str = "ratio"
    zh: str = "有用与促销的比例"
    en: str = "Useful before promotional"
    reason_zh: str = "近期促销内容已经够多，先发有用的内容"
    reason_en: str = "Has had enough promotional messages lately: useful ones first"
    fields: tuple[Field, ...] = (
        Field("last", "number", "最近多少条营销消息", "Of so many marketing messages", default=10, low=2, high=50),
        Field("promotional", "number", "其中促销最多", "Promotional, at most", default=3, low=0, high=49),
    )
    switchable: bool = True

    def holds(self, asked: Asked, settings: Settings) -> Condition | None:
        if not asked.marketing or asked.tone == "useful":
            return None
        last, most = int(settings["last"]), int(settings["promotional"])
        full = _promotional_before(asked, last - 1) >= most
        return full if asked.tone is not None else sa.and_(asked.people.c.tone == "promotional", full)

    def sentence(self, settings: Settings) -> tuple[str, str]:
        last, most = int(settings["last"]), int(settings["promotional"])
        return (
            f"每位客户最近 {last} 条营销消息中，促销最多 {most} 条（有用 : 促销 = {last - most} : {most} 或更好）；"
            f"不足 {last} 条时，缺的按有用的算。",
            f"Of the last {last} marketing messages to one person, at most {most} are promotional "
            f"({last - most} : {most} or better); those still missing count as useful.",
        )

    def check(self, settings: Settings) -> None:
        if int(settings["promotional"]) >= int(settings["last"]):
            raise BadInput(
                "ratio_unfit",
                "促销条数应少于总条数，否则规则没有作用；不需要可以关闭。",
                "There must be fewer promotional ones than all, or the rule says nothing; switch it off instead.",
                field="promotional",
            )


def _promotional_before(asked: Asked, messages: int) -> sa.ScalarSelect[int]:
    """SQL: how many of the last ``messages`` marketing messages of a person (all nodes) are promotional."""
    node, earlier, tried = people.alias(), outbox.alias(), attempts.alias()
    promotional = earlier.c.tone == "promotional"
    query = (
        sa.select(earlier.c.tone)
        .select_from(node.join(earlier, earlier.c.person == node.c.person))
        .where(node.c.kept == asked.person, earlier.c.kind == "marketing", earlier.c.counted.is_not(None))
    )
    if asked.stage == "claim":
        gone = sa.or_(earlier.c.state.in_(SENT), may_have_arrived(earlier))
        counts = sa.or_(sa.and_(promotional, gone), sa.and_(sa.not_(promotional), earlier.c.state == "accepted"))
        query = query.where(earlier.c.id != asked.people.c.message, counts)
    first_try = sa.select(sa.func.min(tried.c.at)).where(tried.c.message == earlier.c.id).scalar_subquery()
    # Tried more than once, or confirmed by staff after days: it may have come as early as it was first tried.
    unsure = sa.or_(earlier.c.attempts > 1, earlier.c.counted == earlier.c.settled)
    came = sa.case(
        (promotional, sa.func.coalesce(earlier.c.settled, sa.literal(ON_ITS_WAY, Instant))),
        (unsure, sa.func.coalesce(first_try, earlier.c.counted)),
        else_=earlier.c.counted,
    )
    late_first = query.order_by(came.desc(), earlier.c.tone)  # at the same instant, promotional before useful
    lately = late_first.limit(messages).correlate(asked.people).subquery("lately")
    return sa.select(sa.func.count()).select_from(lately).where(lately.c.tone == "promotional").scalar_subquery()
