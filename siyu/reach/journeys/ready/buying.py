"""Journeys after an order: thanks with a red packet, and the next one when it is used up."""

from __future__ import annotations

from siyu.reach.journeys.model import Journey
from siyu.reach.journeys.nodes import Exit
from siyu.reach.journeys.ready.base import (
    BOUGHT,
    DAY,
    ESCALATION,
    HANDBOOK,
    HEY,
    HOUR,
    LEAVING,
    WROTE,
    Pen,
    Ready,
)
from siyu.reach.journeys.triggers import Entry, Goal, OnDate, OnEvent

CYCLE_DAYS = 25


def _after_order(pen: Pen) -> Journey:
    return Journey(
        name=pen.t("下单后的感谢与红包", "Thanks and a red packet after an order"),
        note=pen.t(
            "先谢谢、教会用、问一句好不好用，再送下次的红包。",
            "Thanks, how to use it, how it went; and only then a red packet for the next time.",
        ),
        trigger=OnEvent(BOUGHT),
        entry=Entry(again="after_leaving", gap_days=14),
        goal=Goal(BOUGHT, days=45, leaves=False),
        leave_when=LEAVING,
        priority=60,
        start="moment",
        nodes=(
            pen.wait("moment", HOUR, "thanks"),
            pen.message(
                "thanks",
                ("谢谢你的订单", "Thanks for the order"),
                f"{HEY}谢谢你的订单，已经在安排了。等它到的这几天，先看看怎么用最好：〔使用说明链接〕",
                "arrive",
                kind="service",
            ),
            pen.wait("arrive", 5 * DAY, "hour", ("等东西到手", "Until it has arrived")),
            pen.best_hour("hour", 24, "how"),
            pen.message(
                "how",
                ("用得怎么样", "How is it?"),
                "东西用上了吗？用得顺不顺手，回我一句，好的坏的都想听。",
                "reply",
                kind="service",
            ),
            pen.whether("reply", ("回话了吗", "Did they answer?"), WROTE, 3 * DAY, next="care", timeout="packet"),
            pen.task(
                "care",
                ("顾问接住反馈", "An adviser takes it up"),
                "客户说了使用感受。满意的，请他说具体一点（可留作口碑，先征得同意）；不满意的，先解决，解决前不要发红包。",
                4 * HOUR,
                "tip",
                late="tip",
            ),
            pen.message(
                "tip",
                ("一个小窍门", "A trick"),
                "顺便告诉你一个老用户常用的小窍门：〔使用窍门链接〕",
                "packet_wait",
            ),
            pen.wait("packet_wait", 2 * DAY, "packet"),
            pen.message(
                "packet",
                ("下次能用的红包", "A red packet for the next time"),
                "给你留了一个下次能直接抵的红包，45 天内有效：〔红包链接〕",
                "end",
                tone="promotional",
            ),
            Exit(id="end"),
        ),
    )


def _again(pen: Pen) -> Journey:
    days = pen.cycle_days or CYCLE_DAYS
    return Journey(
        name=pen.t("按周期提醒复购", "When it is used up"),
        note=pen.t(
            f"上次下单 {days} 天后（按你的商品能用多久改），先帮他判断是不是该换了。",
            f"{days} days after the last order (or as long as yours lasts): help them see whether it is time.",
        ),
        trigger=OnDate(after=BOUGHT, days=days, clock="10:00"),
        entry=Entry(again="after_leaving", gap_days=15),
        goal=Goal(BOUGHT, days=21, leaves=False),
        leave_when=LEAVING,
        priority=60,
        start="hour",
        nodes=(
            pen.best_hour("hour", 24, "remind"),
            pen.message(
                "remind",
                ("快用完了吧", "Nearly used up?"),
                f"{HEY}算算日子，上次的{{{{ favourite.title }}}}应该快用完了。"
                "怎么看还能不能接着用，写在这里了：〔判断方法链接〕",
                "order",
            ),
            pen.whether("order", ("下单了吗", "Did they buy?"), BOUGHT, 5 * DAY, next="thanks", timeout="offer_hour"),
            pen.best_hour("offer_hour", 24, "offer"),
            pen.message(
                "offer",
                ("续上有老友价", "A friend's price to go on"),
                "要续上的话，这周给你留了老友价：〔复购优惠码〕",
                "late",
                tone="promotional",
            ),
            pen.whether("late", ("再等一等", "Some time more"), BOUGHT, 10 * DAY, next="thanks", timeout="other"),
            pen.message(
                "thanks",
                ("续上啦", "Thanks"),
                "续上啦，谢谢。这次可以试试这样搭配，效果更好：〔搭配用法链接〕",
                "end",
                kind="service",
            ),
            pen.message(
                "other",
                ("换一种也可以", "Or something else"),
                "如果是用着不合适，换一种也可以。几种怎么选，都写清楚了：〔选择指南链接〕",
                "end",
            ),
            Exit(id="end"),
        ),
    )


READY = (
    Ready(
        "after_order",
        "下单后的感谢与红包",
        "Thanks and a red packet after an order",
        "谢谢、教会用、问感受，再送下次的红包。",
        "Thanks, how to use it, how it went, and a red packet for the next time.",
        (HANDBOOK, ESCALATION),
        _after_order,
    ),
    Ready(
        "repurchase",
        "按周期提醒复购",
        "Repurchase by product cycle",
        "快用完时提醒一次，先帮他判断，再给老友价。",
        "One reminder when it is nearly used up: help first, a friend's price then.",
        (
            ("把天数改成你的商品能用多久", "Change the days to how long your product lasts"),
            HANDBOOK,
        ),
        _again,
    ),
)
