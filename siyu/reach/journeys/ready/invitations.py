"""Journeys that somebody sends people into when the hour has come: a wish in stock, a host going live."""

from __future__ import annotations

from siyu.reach.journeys.model import Journey
from siyu.reach.journeys.nodes import Exit
from siyu.reach.journeys.ready.base import (
    BOUGHT,
    CLICKED,
    DAY,
    HANDBOOK,
    HEY,
    HOUR,
    LEAVING,
    Pen,
    Ready,
    on,
)
from siyu.reach.journeys.triggers import ByHand, Entry, Goal


def _wish(pen: Pen) -> Journey:
    return Journey(
        name=pen.t("心愿到货", "A wish in stock"),
        note=pen.t(
            "到货时把收藏过它的客户送进来（人工、API 或定时人群）。",
            "When it has come in, send those in who favourited it: by hand, by API.",
        ),
        trigger=ByHand(),
        entry=Entry(again="after_leaving", gap_days=7),
        goal=Goal(BOUGHT, days=7, leaves=False),
        leave_when=LEAVING,
        priority=70,
        start="here",
        nodes=(
            pen.message(
                "here",
                ("你想要的到了", "What you wished for is here"),
                f"{HEY}你之前收藏的〔商品名〕到货了，先告诉你一声，尺码和实拍都在这里：〔商品链接〕",
                "looked",
                patience=12 * HOUR,
            ),
            pen.whether("looked", ("看了吗", "Did they look?"), CLICKED, 2 * DAY, next="choose", timeout="end"),
            pen.message(
                "choose",
                ("怎么选不出错", "How to choose"),
                "几个人试下来的感受和尺寸对照，选之前看一眼：〔选择指南链接〕",
                "order",
            ),
            pen.whether("order", ("下单了吗", "Did they buy?"), BOUGHT, 3 * DAY, next="thanks", timeout="end"),
            pen.message(
                "thanks",
                ("等到了，谢谢", "Thanks for waiting"),
                "终于等到了，谢谢你的耐心。收到后先看这份说明：〔使用说明链接〕",
                "end",
                kind="service",
            ),
            Exit(id="end"),
        ),
    )


def _live(pen: Pen) -> Journey:
    return Journey(
        name=pen.t("喜欢的主播开播", "The favourite host goes live"),
        note=pen.t(
            "开播前半小时把喜欢这位主播的客户送进来；没来的，第二天给一份笔记。",
            "Send those in who like the host half an hour before; those who missed it get the notes the next day.",
        ),
        trigger=ByHand(),
        entry=Entry(again="after_leaving", gap_days=3),
        goal=Goal(BOUGHT, days=3, leaves=False),
        leave_when=LEAVING,
        priority=75,
        start="call",
        nodes=(
            pen.message(
                "call",
                ("马上开播", "Going live"),
                f"{HEY}〔主播名〕半小时后开播，今晚先讲〔主题〕，再有老朋友的专场：〔直播间链接〕",
                "came",
                tone="promotional",
                patience=HOUR,
            ),
            pen.whether(
                "came", ("来看了吗", "Did they come?"), CLICKED, 4 * HOUR, next="notes_wait", timeout="replay_wait"
            ),
            pen.wait("notes_wait", 12 * HOUR, "notes_hour"),
            pen.best_hour("notes_hour", 24, "notes"),
            pen.message(
                "notes",
                ("昨晚的笔记", "Notes of the evening"),
                "昨晚讲的重点整理好了，省得再翻回放：〔笔记链接〕",
                "order",
            ),
            pen.wait("replay_wait", 12 * HOUR, "replay_hour"),
            pen.best_hour("replay_hour", 24, "replay"),
            pen.message(
                "replay",
                ("没赶上的，三分钟看完", "Three minutes for those who missed it"),
                "昨晚没赶上也没关系，最有用的三分钟剪出来了：〔回放链接〕",
                "order",
            ),
            pen.whether(
                "order", ("下单了吗", "Did they buy?"), on("order_paid"), 2 * DAY, next="thanks", timeout="end"
            ),
            pen.message(
                "thanks",
                ("谢谢支持", "Thanks"),
                "谢谢支持。下次想听什么，告诉我，我转给主播。",
                "end",
                kind="service",
            ),
            Exit(id="end"),
        ),
    )


READY = (
    Ready(
        "wish",
        "心愿到货",
        "New stock that matches a wish",
        "收藏过、没买到的，一到货先告诉他。",
        "Tell those first who wished for it.",
        (
            (
                "到货时把收藏过的客户送进来：人群导出后用 API 或命令行",
                "When it comes in, send those in who favourited it, by API or command line",
            ),
            HANDBOOK,
        ),
        _wish,
    ),
    Ready(
        "live",
        "喜欢的主播开播",
        "The favourite host goes live",
        "只叫喜欢他的人；没赶上的给笔记，不重复轰炸。",
        "Call those who like the host alone; notes for those who missed it, and no repeats.",
        (
            ("开播前半小时把喜欢这位主播的客户送进来", "Send those in who like the host half an hour before"),
            HANDBOOK,
        ),
        _live,
    ),
)
