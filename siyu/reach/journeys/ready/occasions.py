"""Journeys of days: birthdays, and a year since they came."""

from __future__ import annotations

from siyu.reach.journeys.model import Journey
from siyu.reach.journeys.nodes import Exit
from siyu.reach.journeys.ready.base import (
    BOUGHT,
    DAY,
    ESCALATION,
    HANDBOOK,
    HEY,
    HIGH_VALUE,
    LEAVING,
    Pen,
    Ready,
    on,
)
from siyu.reach.journeys.triggers import Entry, Goal, OnDate


def _birthday(pen: Pen) -> Journey:
    return Journey(
        name=pen.t("生日", "Birthday"),
        note=pen.t(
            "当天只祝福，礼物不设门槛；没用上的，一周后轻轻提醒一次。",
            "On the day nothing but wishes, and a gift without terms; one quiet reminder a week later.",
        ),
        trigger=OnDate(attribute="birthday", clock="09:30"),
        entry=Entry(again="after_leaving", gap_days=300),
        goal=Goal(BOUGHT, days=14, leaves=False),
        leave_when=LEAVING,
        priority=70,
        start="dear",
        nodes=(
            pen.branch(
                "dear",
                ("要不要亲口祝福", "Wishes in person?"),
                (("高净值", "high value"), HIGH_VALUE, "voice"),
                otherwise="wishes",
            ),
            pen.task(
                "voice",
                ("顾问发语音祝生日快乐", "An adviser wishes a happy birthday by voice"),
                "今天是这位客户的生日。中午前发一条语音，叫出名字，祝生日快乐，别带任何商品。",
                3 * 60,
                "wishes",
            ),
            pen.message(
                "wishes",
                ("生日祝福和小礼物", "Wishes and a small gift"),
                f"{HEY}生日快乐！愿你今天被好好对待。给你准备了一份小礼物，不用凑单，到期前都能领：〔生日礼物链接〕",
                "used",
                patience=12 * 60,
            ),
            pen.whether("used", ("用上了吗", "Was it used?"), BOUGHT, 7 * DAY, next="thanks", timeout="hour"),
            pen.message(
                "thanks",
                ("收到啦，教会用", "How to use it"),
                "礼物用上啦，真开心。这样用最好：〔使用说明链接〕",
                "end",
                kind="service",
            ),
            pen.best_hour("hour", 48, "reminder"),
            pen.message(
                "reminder",
                ("礼物还给你留着", "The gift is still there"),
                "生日礼物还给你留着，到期前都能领；配{{ favourite.category }}一起还有生日价：〔生日优惠码〕",
                "rest",
                tone="promotional",
            ),
            pen.wait("rest", 14 * DAY, "year"),
            pen.message(
                "year",
                ("新的一岁，一份小清单", "A short list for the new year of life"),
                "新的一岁，整理了一份照顾自己的小清单，慢慢看：〔清单链接〕",
                "end",
            ),
            Exit(id="end"),
        ),
    )


def _anniversary(pen: Pen) -> Journey:
    return Journey(
        name=pen.t("相识一周年", "Anniversary"),
        note=pen.t(
            "加好友满一年的那天，回头看看一起走过的，再送一点心意。",
            "A year after they became a friend: look back together, and give a little.",
        ),
        trigger=OnDate(after=on("friend_added"), days=365, clock="10:30"),
        entry=Entry(again="after_leaving", gap_days=300),
        goal=Goal(BOUGHT, days=14, leaves=False),
        leave_when=LEAVING,
        priority=50,
        start="back",
        nodes=(
            pen.message(
                "back",
                ("认识一年了", "A year together"),
                f"{HEY}今天是我们认识一周年。{{% if orders.count %}}这一年你来了 {{{{ orders.count }}}} 次，谢谢你。"
                "{% endif %}把这一年大家问得最多、最有用的内容整理成了一页：〔年度合集链接〕",
                "wait",
            ),
            pen.wait("wait", 2 * DAY, "hour"),
            pen.best_hour("hour", 24, "gift"),
            pen.message(
                "gift",
                ("一周年心意", "Something for the year"),
                "给一起走过一年的朋友一份心意，14 天内有效：〔周年优惠码〕",
                "order",
                tone="promotional",
            ),
            pen.whether("order", ("用上了吗", "Was it used?"), BOUGHT, 14 * DAY, next="thanks", timeout="wish"),
            pen.message(
                "thanks",
                ("谢谢，继续相伴", "Thanks, and on we go"),
                "谢谢你这一年的信任。东西到了有任何问题，第一时间找我。",
                "end",
                kind="service",
            ),
            pen.message(
                "wish",
                ("想听听你的愿望", "What would you wish for?"),
                "新的一年，你希望我们多做点什么？回一句话就行，愿望多的我们先做。",
                "end",
            ),
            Exit(id="end"),
        ),
    )


READY = (
    Ready(
        "birthday",
        "生日",
        "Birthday",
        "当天祝福和不设门槛的小礼物，重要客户由顾问亲口说。",
        "Wishes and a gift without terms on the day; an adviser says it to those who matter most.",
        (
            ("客户资料里要有生日（问卷可以问）", "Birthdays have to be known (a survey may ask)"),
            HANDBOOK,
            ESCALATION,
        ),
        _birthday,
    ),
    Ready(
        "anniversary",
        "相识一周年",
        "Anniversary",
        "加好友满一年：回顾、心意、听愿望。",
        "A year a friend: a look back, a little something, and what they would wish for.",
        (HANDBOOK,),
        _anniversary,
    ),
)
