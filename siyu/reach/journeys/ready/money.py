"""A journey for money that its person has to take."""

from __future__ import annotations

from siyu.reach.journeys.model import Journey
from siyu.reach.journeys.nodes import Exit
from siyu.reach.journeys.ready.base import HEY, HOUR, LEAVING, Pen, Ready, on
from siyu.reach.journeys.triggers import Entry, Goal, OnEvent

PAID = on("reward_paid", kind="money")


def _take(pen: Pen) -> Journey:
    return Journey(
        name=pen.t("现金奖励待收款", "Money waits to be taken"),
        note=pen.t(
            "微信转账要客户在 24 小时内自己确认：马上告诉，没收的再提醒一次。",
            "People confirm a WeChat transfer within 24 hours: tell them at once, and once more who has not.",
        ),
        trigger=OnEvent(on("reward_to_take")),
        entry=Entry(again="after_leaving"),
        goal=Goal(PAID, days=2, leaves=True),
        leave_when=LEAVING,
        priority=90,
        start="tell",
        nodes=(
            pen.message(
                "tell",
                ("告诉有钱等收", "Money waits"),
                f"{HEY}你的现金奖励到了，在微信里点开确认一下就进零钱，24 小时内有效：〔收款链接〕",
                "took",
                kind="service",
                patience=6 * HOUR,
            ),
            pen.whether("took", ("收了吗", "Did they take it?"), PAID, 12 * HOUR, next="end", timeout="again"),
            pen.message(
                "again",
                ("最后提醒一次", "A last word"),
                f"{HEY}提醒一下，现金奖励还没收，过了 24 小时会退回：〔收款链接〕",
                "end",
                kind="service",
                patience=6 * HOUR,
            ),
            Exit(id="end"),
        ),
    )


READY = (
    Ready(
        "money",
        "现金奖励待收款",
        "Money waits to be taken",
        "客户不确认，钱就退回：告诉一次，提醒一次。",
        "Unconfirmed money goes back: tell them once, and remind them once.",
        (
            (
                "把〔收款链接〕换成本站公网地址加 /m/my/money；从消息点开就认得是谁",
                "Put this server's public address and /m/my/money in place of 〔收款链接〕; who comes by it is known",
            ),
        ),
        _take,
    ),
)
