"""Journeys of those who drift away: waking sleepers, winning back, waking by worth."""

from __future__ import annotations

from siyu.reach.journeys.model import Journey
from siyu.reach.journeys.nodes import Exit
from siyu.reach.journeys.ready.base import (
    BOUGHT,
    CLICKED,
    DAY,
    ESCALATION,
    HANDBOOK,
    HEY,
    HIGH_VALUE,
    LAYERS,
    LEAVING,
    WROTE,
    Pen,
    Ready,
    on,
)
from siyu.reach.journeys.triggers import Entry, Goal, OnEvent


def _waking(pen: Pen) -> Journey:
    return Journey(
        name=pen.t("唤醒沉睡客户", "Waking sleepers"),
        note=pen.t(
            "少而轻：先送有用的，有回应再往前走，没有回应就不再打扰。",
            "Rarely and gently: something useful first; on only with an answer, and silence without one.",
        ),
        trigger=OnEvent(on("layer_changed", scheme="lifecycle", to="sleeping")),
        entry=Entry(again="after_leaving", gap_days=120),
        goal=Goal(BOUGHT, days=45),
        leave_when=LEAVING,
        priority=30,
        start="hour",
        nodes=(
            pen.best_hour("hour", 72, "hello"),
            pen.message(
                "hello",
                ("好久不见，送一份有用的", "Something useful after a long time"),
                f"{HEY}好久没见你来了。最近整理了一份这个季节用得上的小清单，不买东西也值得看：〔应季清单链接〕",
                "answer",
            ),
            pen.whether(
                "answer", ("点开看了吗", "Did they look?"), CLICKED, 14 * DAY, next="back", timeout="offer_hour"
            ),
            pen.message(
                "back",
                ("回来了，说说新变化", "What is new since"),
                "你上次来之后，我们有了三个小变化，都是老朋友提的意见：〔新变化链接〕\n有想法随时告诉我。",
                "end",
            ),
            pen.best_hour("offer_hour", 72, "offer"),
            pen.message(
                "offer",
                ("留一张回来的券", "A coupon to come back with"),
                "给你留了一张回来看看的券，常买的{{ favourite.category }}也能用：〔回归优惠码〕",
                "last",
                tone="promotional",
            ),
            pen.wait("last", 14 * DAY, "farewell"),
            pen.message(
                "farewell",
                ("不再打扰", "We leave you in peace"),
                "看你最近用不上，之后就不主动打扰了。需要的时候回一句话，我都在。",
                "end",
            ),
            Exit(id="end"),
        ),
    )


def _winning_back(pen: Pen) -> Journey:
    return Journey(
        name=pen.t("流失挽回", "Win-back"),
        note=pen.t(
            "先问为什么，再谈回来；有回音的由人接手，高净值的由顾问打电话。",
            "Ask why before asking them back; people answer who answers, and call those who are worth most.",
        ),
        trigger=OnEvent(on("layer_changed", scheme="lifecycle", to="lost")),
        entry=Entry(again="after_leaving", gap_days=365),
        goal=Goal(BOUGHT, days=60, leaves=False),
        leave_when=LEAVING,
        priority=30,
        start="hour",
        nodes=(
            pen.best_hour("hour", 168, "why"),
            pen.message(
                "why",
                ("问一句为什么", "Ask why"),
                f"{HEY}有半年没见你了。不是来推东西的，只想问一句：是哪里让你不满意吗？回一两个字就行，我们会改。",
                "reply",
            ),
            pen.whether("reply", ("回话了吗", "Did they answer?"), WROTE, 7 * DAY, next="listen", timeout="worth"),
            pen.task(
                "listen",
                ("30 分钟内由人接住", "Somebody answers within half an hour"),
                "客户说了不满意的地方。先道歉、复述一遍、说清楚怎么办、什么时候办好；办好之前不要推任何东西。",
                30,
                "mended",
                late="mended",
            ),
            pen.wait("mended", 5 * DAY, "news"),
            pen.message(
                "news",
                ("告诉他改了什么", "What was mended"),
                "上次你说的问题，我们是这么改的：〔改进说明链接〕。谢谢你愿意说出来。",
                "order",
                kind="service",
            ),
            pen.branch(
                "worth",
                ("值得打个电话吗", "Worth a call?"),
                (("高净值", "high value"), HIGH_VALUE, "call"),
                otherwise="offer_hour",
            ),
            pen.task(
                "call",
                ("顾问打一个电话", "An adviser calls"),
                "打一个三分钟内的电话：报上名字，谢谢以前的照顾，问近况，问当时为什么不来了。记下原因；不报价。",
                3 * DAY,
                "offer_hour",
            ),
            pen.best_hour("offer_hour", 72, "offer"),
            pen.message(
                "offer",
                ("老朋友回来的心意", "Something for coming back"),
                "这份心意只发给以前常来的朋友，30 天内都能用：〔挽回优惠码〕",
                "order",
                tone="promotional",
            ),
            pen.whether(
                "order", ("回来下单了吗", "Did they buy again?"), BOUGHT, 30 * DAY, next="thanks", timeout="end"
            ),
            pen.message(
                "thanks",
                ("欢迎回来", "Welcome back"),
                "欢迎回来。这次的订单我亲自盯着，东西到了先看看说明，有问题直接找我：〔使用说明链接〕",
                "end",
                kind="service",
            ),
            Exit(id="end"),
        ),
    )


def _worth(pen: Pen) -> Journey:
    return Journey(
        name=pen.t("价值唤醒", "Value wake-up"),
        note=pen.t(
            "重要客户快要走远时，提醒他已经拥有、却没有用起来的东西。",
            "When customers who matter drift away: remind them of what is theirs and lies unused.",
        ),
        trigger=OnEvent(on("layer_changed", scheme="rfm", to=["at_risk", "cannot_lose", "need_attention"])),
        entry=Entry(again="after_leaving", gap_days=120),
        goal=Goal(BOUGHT, days=30),
        leave_when=LEAVING,
        priority=60,
        start="hour",
        nodes=(
            pen.best_hour("hour", 48, "yours"),
            pen.message(
                "yours",
                ("这些是你的，还没用", "These are yours, and unused"),
                f"{HEY}{{% if orders.count %}}你在我们这里已经下过 {{{{ orders.count }}}} 单了，{{% endif %}}"
                "这些权益一直给你留着，很多人都忘了用：〔权益说明链接〕",
                "looked",
            ),
            pen.whether("looked", ("看了吗", "Did they look?"), CLICKED, 3 * DAY, next="guide", timeout="adviser"),
            pen.message(
                "guide",
                ("手把手教怎么用", "How to use them, step by step"),
                "最划算的用法其实是这样的，两步就好：〔权益用法链接〕。弄不明白就发我，我帮你办。",
                "order",
            ),
            pen.task(
                "adviser",
                ("顾问换一种方式联系", "An adviser gets in touch another way"),
                "文字没有回应，换高一级的方式（语音或视频）。只说一件事：他有哪些权益快到期，要不要帮他用掉。",
                2 * DAY,
                "order",
            ),
            pen.whether("order", ("用起来了吗", "Are they used?"), BOUGHT, 7 * DAY, next="end", timeout="offer"),
            pen.message(
                "offer",
                ("常买的给个老友价", "Their usual at a friend's price"),
                "你常买的{{ favourite.title }}，这周给老朋友留了价：〔老友优惠码〕",
                "pause",
                tone="promotional",
            ),
            pen.wait("pause", 7 * DAY, "keep"),
            pen.message(
                "keep",
                ("权益会一直留着", "It stays theirs"),
                "不急，权益都给你留着。到期前一周我会再提醒你一次，平时不打扰。",
                "end",
            ),
            Exit(id="end"),
        ),
    )


READY = (
    Ready(
        "waking",
        "唤醒沉睡客户",
        "Waking sleepers",
        "90 天没来的人：先有用，再优惠，没有回应就安静。",
        "Those who have not come for 90 days: useful first, an offer then, silence without an answer.",
        (LAYERS, HANDBOOK),
        _waking,
    ),
    Ready(
        "win_back",
        "流失挽回",
        "Win-back",
        "半年没来的人：先问为什么，由人接住，再请回来。",
        "Those who have not come for half a year: ask why, have somebody listen, then ask them back.",
        (LAYERS, HANDBOOK, ESCALATION),
        _winning_back,
    ),
    Ready(
        "worth",
        "价值唤醒",
        "Value wake-up",
        "重要客户变冷时，提醒他已经拥有却没用的权益。",
        "When customers who matter cool off: remind them of what is theirs and unused.",
        (LAYERS, HANDBOOK, ESCALATION),
        _worth,
    ),
)
