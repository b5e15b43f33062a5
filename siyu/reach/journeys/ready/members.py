"""Journeys of members: care that was given, a higher tier, a tier that will end. Care gives the gift; these say so in
words."""

from __future__ import annotations

from siyu.reach.journeys.model import Journey
from siyu.reach.journeys.nodes import Exit
from siyu.reach.journeys.ready.base import (
    BOUGHT,
    DAY,
    ESCALATION,
    HANDBOOK,
    HEY,
    LEAVING,
    Pen,
    Ready,
    layered,
    on,
)
from siyu.reach.journeys.triggers import Entry, Goal, OnEvent

HOLDS = layered("spending", "high")


def _birthday(pen: Pen) -> Journey:
    return Journey(
        name=pen.t("生日关怀", "Care: a birthday"),
        note=pen.t(
            "“关怀”在生日（公历或农历）送出礼物后，当天祝福；没用上的，一周后轻轻提醒一次。",
            "After care gave a birthday gift, by either calendar: wishes on the day, one quiet reminder.",
        ),
        trigger=OnEvent(on("care_given", kind="birthday")),
        entry=Entry(again="after_leaving", gap_days=300),
        goal=Goal(BOUGHT, days=30, leaves=False),
        leave_when=LEAVING,
        priority=70,
        start="dear",
        nodes=(
            pen.branch(
                "dear",
                ("要不要亲口祝福", "Wishes in person?"),
                (("高净值", "high value"), HOLDS, "voice"),
                otherwise="wishes",
            ),
            pen.task(
                "voice",
                ("顾问发语音祝生日快乐", "An adviser wishes a happy birthday by voice"),
                "今天是这位会员的生日，礼物已到账。中午前发一条语音，叫出名字，祝生日快乐，别带任何商品。",
                3 * 60,
                "wishes",
            ),
            pen.message(
                "wishes",
                ("生日祝福，礼物已到账", "Wishes; the gift is there"),
                f"{HEY}生日快乐！一份小礼物已经放进你的会员账户，不用凑单，在会员页就能看到：〔会员页链接〕",
                "used",
                patience=12 * 60,
            ),
            pen.whether("used", ("用上了吗", "Was it used?"), BOUGHT, 7 * DAY, next="thanks", timeout="hour"),
            pen.message(
                "thanks",
                ("谢谢，祝用得开心", "Thanks"),
                "看到礼物用上了，真好。东西有任何问题，直接找我。",
                "end",
                kind="service",
            ),
            pen.best_hour("hour", 48, "reminder"),
            pen.message(
                "reminder",
                ("礼物还给你留着", "The gift is still there"),
                "生日礼物还在你的会员账户里，不急，到期前都能用：〔会员页链接〕",
                "end",
            ),
            Exit(id="end"),
        ),
    )


def _thought_of(pen: Pen, kind: str, name: tuple[str, str], note: tuple[str, str], text: str) -> Journey:
    return Journey(
        name=pen.t(*name),
        note=pen.t(*note),
        trigger=OnEvent(on("care_given", kind=kind)),
        entry=Entry(again="after_leaving", gap_days=300),
        goal=Goal(BOUGHT, days=30, leaves=False),
        leave_when=LEAVING,
        priority=50,
        start="hour",
        nodes=(
            pen.best_hour("hour", 12, "word"),
            pen.message("word", (name[0], name[1]), text, "wait"),
            pen.wait("wait", 14 * DAY, "wish"),
            pen.message(
                "wish",
                ("想听听你的愿望", "What would you wish for?"),
                "最近有什么想要的，或者想让我们改的？回一句话就行，愿望多的我们先做。",
                "end",
            ),
            Exit(id="end"),
        ),
    )


def _anniversary(pen: Pen) -> Journey:
    return _thought_of(
        pen,
        "anniversary",
        ("周年关怀", "Care: an anniversary"),
        ("“关怀”在相识周年送出心意后，说一声谢谢。", "After care gave something for the anniversary: thanks."),
        f"{HEY}今天是你来我们店的周年。{{% if orders.count %}}一共来了 {{{{ orders.count }}}} 次，谢谢你。{{% endif %}}"
        "一点心意已放进会员账户：〔会员页链接〕",
    )


def _surprise(pen: Pen) -> Journey:
    return _thought_of(
        pen,
        "surprise",
        ("惊喜关怀", "Care: a surprise"),
        ("“关怀”抽中谁送了惊喜，当天告诉他。", "Whoever care surprised is told on the day."),
        f"{HEY}没有什么理由，就是想谢谢你。一份小惊喜已经在你的会员账户里：〔会员页链接〕",
    )


def _up(pen: Pen) -> Journey:
    return Journey(
        name=pen.t("升级祝贺", "Congratulations on a higher tier"),
        note=pen.t("升级当天祝贺，讲清解锁了什么、怎么用。", "On the day: what it unlocks, and how to use it."),
        trigger=OnEvent(on("tier_up")),
        entry=Entry(again="after_leaving", gap_days=7),
        goal=Goal(BOUGHT, days=60, leaves=False),
        leave_when=LEAVING,
        priority=60,
        start="told",
        nodes=(
            pen.message(
                "told",
                ("恭喜升级", "Congratulations"),
                f"{HEY}恭喜升级为{{{{ person.tier }}}}！新解锁的权益和用法都在会员页：〔会员页链接〕",
                "agent",
                patience=12 * 60,
            ),
            pen.task(
                "agent",
                ("顾问打个招呼", "The adviser says hello"),
                "这位客户刚升级。两天内打个招呼，介绍自己，说明有事可以直接找你；别带任何商品。",
                2 * DAY,
                "wait",
            ),
            pen.wait("wait", 14 * DAY, "hour"),
            pen.best_hour("hour", 48, "use"),
            pen.message(
                "use",
                ("权益用起来", "How to make use of it"),
                "升级后的权益用上了吗？用得最多的是这几样：〔权益用法链接〕",
                "end",
            ),
            Exit(id="end"),
        ),
    )


def _keep(pen: Pen) -> Journey:
    return Journey(
        name=pen.t("保级陪伴", "Keeping a tier"),
        note=pen.t(
            "进入宽限期时讲清差多少、到哪天；没保住也不催，只留一句话。",
            "When a grace begins: how much is missing, until when; nobody is pressed.",
        ),
        trigger=OnEvent(on("tier_at_risk")),
        entry=Entry(again="after_leaving", gap_days=60),
        goal=Goal(BOUGHT, days=60, leaves=True),
        leave_when=(*LEAVING, on("tier_up")),
        priority=50,
        start="hour",
        nodes=(
            pen.best_hour("hour", 24, "told"),
            pen.message(
                "told",
                ("等级还差一点", "A little is missing"),
                f"{HEY}你的{{{{ person.tier }}}}快到期了，还差多少、到哪一天，会员页写得很清楚：〔会员页链接〕",
                "wait",
            ),
            pen.wait("wait", 10 * DAY, "last_hour"),
            pen.best_hour("last_hour", 48, "last"),
            pen.message(
                "last",
                ("顺手的办法", "What comes handy"),
                "想保住等级的话，常买的那几样正好补一补：〔常购清单链接〕。不补也没关系，积分都还在。",
                "end",
            ),
            Exit(id="end"),
        ),
    )


GIVEN = ("先在“会员 → 关怀”里开始对应的一项", "Start the programme under Membership → Care first")
PLAN = ("先在“会员 → 等级”里启用方案", "Let a plan begin under Membership → Tiers first")
READY = (
    Ready(
        "care_birthday",
        "生日关怀",
        "Care: a birthday",
        "礼物由“关怀”送出（有预算、有对照），公历农历都认；旅程负责祝福。",
        "Care gives the gift (a budget, a hold-out), by either calendar; the journey brings the wishes.",
        (GIVEN, HANDBOOK, ESCALATION),
        _birthday,
    ),
    Ready(
        "care_anniversary",
        "周年关怀",
        "Care: an anniversary",
        "相识周年的心意由“关怀”送出，旅程说谢谢。",
        "Care gives something for the anniversary; the journey says thanks.",
        (GIVEN, HANDBOOK),
        _anniversary,
    ),
    Ready(
        "care_surprise",
        "惊喜关怀",
        "Care: a surprise",
        "不为什么的小惊喜，每人每年最多一次。",
        "A small surprise for no reason, once a year at most.",
        (GIVEN, HANDBOOK),
        _surprise,
    ),
    Ready(
        "tier_up",
        "升级祝贺",
        "Congratulations on a higher tier",
        "升级当天讲清解锁了什么，顾问打个招呼。",
        "What a higher tier unlocks, on the day; the adviser says hello.",
        (PLAN, HANDBOOK, ESCALATION),
        _up,
    ),
    Ready(
        "tier_keep",
        "保级陪伴",
        "Keeping a tier",
        "降级前有宽限：讲清差多少、到哪天，不催。",
        "A grace comes before a fall: how much is missing, until when; nobody is pressed.",
        (PLAN, HANDBOOK),
        _keep,
    ),
)
