"""Journeys that go along: stages of life, a period of service."""

from __future__ import annotations

from siyu.reach.journeys.model import Journey
from siyu.reach.journeys.nodes import Exit, WaitUntil
from siyu.reach.journeys.ready.base import (
    DAY,
    ESCALATION,
    HANDBOOK,
    HEY,
    LEAVING,
    Pen,
    Ready,
    did,
    layered,
    on,
)
from siyu.reach.journeys.triggers import Entry, Goal, OnEvent

STAGES = ("pregnancy", "infant", "toddler", "child")


def _stages(pen: Pen) -> Journey:
    return Journey(
        name=pen.t("生活场景陪伴", "Stages of life"),
        note=pen.t(
            "分层“生活场景”按预产期自动流转；进入新阶段时，送这个阶段最有用的。",
            "The layers “life scene” move by the due date; in each new stage comes what helps most in it.",
        ),
        trigger=OnEvent(on("layer_changed", scheme="scene", to=list(STAGES))),
        entry=Entry(again="after_leaving", gap_days=30),
        goal=Goal(on("order_paid"), days=60, leaves=False),
        leave_when=LEAVING,
        priority=50,
        start="hour",
        nodes=(
            pen.best_hour("hour", 48, "stage"),
            pen.branch(
                "stage",
                ("现在是哪个阶段", "Which stage?"),
                (("孕期", "expecting"), layered("scene", "pregnancy"), "pregnancy"),
                (("婴儿期", "infant"), layered("scene", "infant"), "infant"),
                (("育儿期", "toddler"), layered("scene", "toddler"), "toddler"),
                otherwise="child",
            ),
            pen.message(
                "pregnancy",
                ("孕期：每月要做的事", "Expecting: what to do each month"),
                f"{HEY}恭喜你。把每个月要做的检查、要准备的东西整理成了一张表，照着勾就好：〔孕期清单链接〕",
                "month",
            ),
            pen.message(
                "infant",
                ("婴儿期：夜里也能查", "Infant: to look up at night"),
                f"{HEY}辛苦了。新手爸妈夜里最常查的二十个问题，都请懂的人写好了：〔婴儿期手册链接〕",
                "month",
            ),
            pen.message(
                "toddler",
                ("育儿期：吃饭和睡觉", "Toddler: food and sleep"),
                f"{HEY}宝宝会走会跑了，吃饭和睡觉多半是新难题。这份办法挺管用：〔育儿手册链接〕",
                "month",
            ),
            pen.message(
                "child",
                ("成长期：陪伴清单", "Child: time together"),
                f"{HEY}孩子大了，陪伴的方式也该换了。二十个周末一起做的小事：〔陪伴清单链接〕",
                "month",
            ),
            pen.wait("month", 14 * DAY, "choice_hour"),
            pen.best_hour("choice_hour", 48, "choice"),
            pen.message(
                "choice",
                ("这个阶段用得上的", "What is of use now"),
                "这个阶段真正用得上的其实不多，挑了几样，附上怎么选和哪些不必买：〔阶段清单链接〕\n想试的话用这个：〔阶段优惠码〕",
                "end",
                tone="promotional",
            ),
            Exit(id="end"),
        ),
    )


def _service(pen: Pen) -> Journey:
    return Journey(
        name=pen.t("服务期陪伴（如健身年卡）", "Companion of a service (a year at the gym)"),
        note=pen.t(
            "从开卡到续卡的一年：计划、指导、打气、聚会。行为 checked_in（到店）由门店系统上报。",
            "The year from the first day to the renewal: a plan, guidance, cheers, a meet-up. Visits come as the event "
            "checked_in.",
        ),
        trigger=OnEvent(on("tag_added", tag_name="健身年卡")),
        entry=Entry(again="after_leaving", gap_days=300),
        goal=Goal(on("order_paid"), days=365, leaves=False),
        leave_when=LEAVING,
        priority=60,
        start="plan",
        nodes=(
            pen.message(
                "plan",
                ("第一天：四周计划", "First day: a plan for four weeks"),
                f"{HEY}欢迎加入。第一个月最要紧的是养成习惯，这份四周计划每次只要 40 分钟：〔四周计划链接〕",
                "coach",
                kind="service",
            ),
            pen.task(
                "coach",
                ("教练一天内对接", "A coach within a day"),
                "一天内联系：问目标、伤病、能来的时间，约第一次课，把计划改成他能做到的量。",
                DAY,
                "monday",
                late="monday",
            ),
            WaitUntil(
                id="monday",
                title=pen.t("等到一周后的周一", "The Monday a week later"),
                clock="10:00",
                days=5,
                weekdays=(1,),
                next="guide",
            ),
            pen.message(
                "guide",
                ("第一周回顾", "The first week"),
                "一周过去了，酸痛是正常的。这三个动作最容易做错，看一眼就能避开：〔动作讲解链接〕",
                "month",
            ),
            pen.wait("month", 21 * DAY, "came"),
            pen.branch(
                "came",
                ("最近两周来过吗", "Have they come lately?"),
                (("来过", "came"), did("checked_in", 14), "cheer"),
                otherwise="help",
            ),
            pen.message(
                "cheer",
                ("打气：看看进步", "Cheers: look how far"),
                "坚持一个月了，真不容易。量一次数据，看看自己的进步：〔记录进步链接〕",
                "quarter",
            ),
            pen.task(
                "help",
                ("教练问一句遇到什么困难", "A coach asks what is in the way"),
                "两周没来。别催：问是不是时间、强度或者同伴的问题，给一个只要 20 分钟的版本，约一次一起练。",
                DAY,
                "easy",
            ),
            pen.message(
                "easy",
                ("在家也能做的 15 分钟", "15 minutes at home"),
                "忙的话先别断，这套 15 分钟在家就能做：〔居家训练链接〕。等你方便了再来。",
                "quarter",
            ),
            pen.wait("quarter", 60 * DAY, "meet"),
            pen.message(
                "meet",
                ("会员聚会", "A meet-up"),
                "这个月有一场会员聚会，认识几个一起练的伙伴，更容易坚持：〔聚会报名链接〕",
                "year",
            ),
            pen.wait("year", 240 * DAY, "renew_hour"),
            pen.best_hour("renew_hour", 72, "renew"),
            pen.message(
                "renew",
                ("到期前一个月：续卡", "A month before the end: renewal"),
                "还有一个月到期。这一年的记录给你整理好了：〔年度记录链接〕\n想继续的话，老会员续卡有专属价：〔续卡优惠码〕",
                "end",
                tone="promotional",
            ),
            Exit(id="end"),
        ),
    )


READY = (
    Ready(
        "life_scene",
        "生活场景陪伴",
        "Stages of life",
        "从孕期到成长期，每个阶段先送最有用的。",
        "From expecting to growing up: in each stage first what helps most.",
        (
            (
                "客户属性里要有预产期（due_date），并开启分层“生活场景”",
                "The due date as an attribute, and the layers “life scene”",
            ),
            HANDBOOK,
        ),
        _stages,
    ),
    Ready(
        "service_period",
        "服务期陪伴（如健身年卡）",
        "Companion of a service (a year at the gym)",
        "买的是一年，陪的也是一年：计划、指导、打气、聚会、续卡。",
        "They bought a year, so go along for a year: plan, guidance, cheers, meet-ups, renewal.",
        (
            ("开卡时打上标签“健身年卡”，或改成自己的标签名", "Tag buyers 健身年卡, or write your own tag's name"),
            ("到店行为用事件 checked_in 上报", "Visits have to come as the event checked_in"),
            HANDBOOK,
            ESCALATION,
        ),
        _service,
    ),
)
