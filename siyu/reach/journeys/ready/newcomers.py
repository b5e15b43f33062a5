"""Journeys of those who have just come: the golden 72 hours, and from the first order to a loyal customer."""

from __future__ import annotations

from siyu.reach.journeys.model import Journey
from siyu.reach.journeys.nodes import Exit
from siyu.reach.journeys.ready.base import (
    BOUGHT,
    DAY,
    ESCALATION,
    EVER_BOUGHT,
    HANDBOOK,
    HEY,
    HOUR,
    LAYERS,
    LEAVING,
    Pen,
    Ready,
    did,
    on,
)
from siyu.reach.journeys.triggers import Entry, Goal, OnEvent


def _golden(pen: Pen) -> Journey:
    return Journey(
        name=pen.t("黄金 72 小时", "Golden 72 hours"),
        note=pen.t(
            "20 秒内的欢迎由“欢迎语”发出；这里接着：先给有用的，一小时内有人问候，一天内按买过的推荐，三天看结果。",
            "The welcome comes from the welcome rules within 20 seconds; then something useful, somebody who says hi "
            "within the hour, a recommendation within a day, and a look at what came of it.",
        ),
        trigger=OnEvent(on("friend_added")),
        goal=Goal(BOUGHT, days=7, leaves=False),
        leave_when=LEAVING,
        priority=80,
        start="gift",
        nodes=(
            pen.message(
                "gift",
                ("见面礼：先送手册", "A gift: the handbook first"),
                f"{HEY}很高兴认识你。先送你一份我们自己整理的小手册，照着做就能少走弯路：〔手册链接〕\n"
                "另外给你留了一份见面礼，想用的时候再用：〔见面礼领取链接〕\n有问题直接在这里问，都有人回。",
                "greet",
                patience=6 * HOUR,
            ),
            pen.task(
                "greet",
                ("一小时内由顾问问候", "An adviser says hello within the hour"),
                "先看资料和来源，再打招呼，别群发：\n“你好，我是你的专属顾问〔名字〕。看你是从〔来源〕过来的，"
                "最近主要想解决什么问题？你说说情况，我帮你看看。”\n只问一个问题，不推商品。",
                HOUR,
                "received",
                late="received",
            ),
            pen.branch(
                "received",
                ("见面礼到了吗", "Has the gift arrived?"),
                (("到了", "it has"), did("message_accepted", 1), "rest"),
                otherwise="morning",
            ),
            pen.whether(
                "morning",
                ("夜里来的：见面礼早上才发", "Came at night: the gift leaves in the morning"),
                on("message_accepted"),
                12 * HOUR,
                next="rest",
                timeout="rest",
            ),
            pen.wait("rest", 2 * HOUR, "survey"),
            pen.message(
                "survey",
                ("三个小问题", "Three short questions"),
                "想把有用的内容发给对的人，所以问你三个小问题，20 秒答完：〔问卷链接〕\n不想答也没关系，以后少打扰你。",
                "evening",
                kind="service",
                patience=12 * HOUR,
            ),
            pen.best_hour("evening", 18, "known"),
            pen.branch(
                "known",
                ("买过吗", "Have they bought before?"),
                (("买过", "bought before"), EVER_BOUGHT, "for_you"),
                otherwise="first_choice",
            ),
            pen.message(
                "for_you",
                ("按买过的推荐，附专属券", "By what they bought, with a coupon of their own"),
                f"{HEY}看你平时常买{{{{ favourite.category }}}}，这几样和它搭着用正好：〔搭配清单链接〕\n"
                "给你单独留了一张券，三天内有效：〔专属优惠码〕",
                "check",
                tone="promotional",
                patience=12 * HOUR,
            ),
            pen.message(
                "first_choice",
                ("第一次怎么选，附专属券", "What to choose first, with a coupon of their own"),
                "第一次来的朋友大多先从这三样里选一样，各适合什么情况都写清楚了：〔新手清单链接〕\n"
                "给你单独留了一张新人券，三天内有效：〔新人优惠码〕",
                "check",
                tone="promotional",
                patience=12 * HOUR,
            ),
            pen.whether("check", ("三天内下单了吗", "Did they buy?"), BOUGHT, 2 * DAY, next="thanks", timeout="looked"),
            pen.message(
                "thanks",
                ("谢谢，并教会用", "Thanks, and how to use it"),
                "收到你的订单啦，谢谢信任。东西到了先看这份使用说明，两分钟就会：〔使用说明链接〕\n用着有任何不顺手，直接找我。",
                "end",
                kind="service",
            ),
            pen.branch(
                "looked",
                ("有没有看过", "Did they look at anything?"),
                (("看过商品", "looked at products"), did("product_viewed", 3), "ask"),
                (("打开过消息", "clicked a message"), did("message_clicked", 3), "ask"),
                otherwise="quiet",
            ),
            pen.task(
                "ask",
                ("顾问问一句卡在哪里", "An adviser asks what holds them back"),
                "这位客户看过但没买。问一句，别催：\n“前两天发你的清单看了吗？哪里拿不准可以跟我说，不合适我会直接告诉你别买。”\n把原因记到备注里。",
                DAY,
                "tips",
            ),
            pen.message(
                "tips",
                ("大家最常问的", "What people ask most"),
                "整理了新朋友问得最多的五个问题，包括不适合哪些人：〔常见问题链接〕",
                "end",
            ),
            pen.message(
                "quiet",
                ("不打扰，只留一份有用的", "Leave them in peace, with something useful"),
                "最近应该挺忙的，就不多打扰了。这份小手册先放在这里，哪天用得上再翻：〔手册链接〕",
                "end",
            ),
            Exit(id="end"),
        ),
    )


def _growing(pen: Pen) -> Journey:
    return Journey(
        name=pen.t("新客 → 活跃 → 忠诚", "New → active → loyal"),
        note=pen.t(
            "首单之后：先教会用，再等第二单；买到第四单左右，由顾问当面道谢。",
            "After the first order: help them use it, wait for the second; thank them in person when they are loyal.",
        ),
        trigger=OnEvent(on("layer_changed", scheme="lifecycle", to="new")),
        entry=Entry(again="after_leaving", gap_days=365),
        goal=Goal(on("layer_changed", scheme="lifecycle", to="loyal"), days=365, leaves=False),
        leave_when=LEAVING,
        priority=60,
        start="arrive",
        nodes=(
            pen.wait("arrive", 3 * DAY, "hour", ("等东西到手", "Until it has arrived")),
            pen.best_hour("hour", 24, "use"),
            pen.message(
                "use",
                ("教会用", "How to use it"),
                f"{HEY}买的东西到了吧？{{% if favourite.title %}}{{{{ favourite.title }}}}{{% else %}}它{{% endif %}}"
                "有个小窍门很多人不知道，看完效果差不少：〔使用窍门链接〕",
                "second",
            ),
            pen.whether(
                "second", ("等第二单", "The second order"), BOUGHT, 27 * DAY, next="again", timeout="nudge_hour"
            ),
            pen.best_hour("nudge_hour", 72, "nudge"),
            pen.message(
                "nudge",
                ("搭配推荐，附老客券", "What goes with it, with a coupon"),
                "上次那样用得差不多了吧？用过的朋友多半会再配这一样：〔搭配链接〕\n给你留了老朋友的价格：〔老客优惠码〕",
                "second_late",
                tone="promotional",
            ),
            pen.whether("second_late", ("再等一等", "Some time more"), BOUGHT, 30 * DAY, next="again", timeout="end"),
            pen.message(
                "again",
                ("第二次来，谢谢", "Thanks for coming again"),
                "又见到你，真好。以后下单前想问什么，直接发我，一般几分钟就回。也把大家公认好用的用法整理给你：〔进阶用法链接〕",
                "loyal",
                kind="service",
            ),
            pen.whether(
                "loyal",
                ("成为忠诚客户", "Until they are loyal"),
                on("layer_changed", scheme="lifecycle", to="loyal"),
                180 * DAY,
                next="honour",
                timeout="end",
            ),
            pen.message(
                "honour",
                ("老朋友的待遇", "What old friends get"),
                "这一年你来了好几次，我们都记得。以后新品先给你试、售后先给你办，这些是给老朋友的：〔老客权益链接〕",
                "call",
            ),
            pen.task(
                "call",
                ("顾问发一条语音道谢", "An adviser says thanks by voice"),
                "发一条不超过 20 秒的语音：说出对方买过的东西和自己的名字，道谢，问问用得怎么样。不推商品。",
                2 * DAY,
                "end",
            ),
            Exit(id="end"),
        ),
    )


READY = (
    Ready(
        "golden_72",
        "黄金 72 小时",
        "Golden 72 hours",
        "新朋友最愿意听你说话的三天：手册和见面礼、一小时内有人问候、小问卷、按买过的推荐、看结果再分路。",
        "The three days in which newcomers listen: a handbook and a gift, hello within the hour, three questions, a "
        "recommendation, and another way for each outcome.",
        (
            ("先在“欢迎语”里设好 20 秒内的欢迎", "Set the welcome of the first 20 seconds in Welcomes"),
            HANDBOOK,
            ESCALATION,
        ),
        _golden,
    ),
    Ready(
        "growing",
        "新客 → 活跃 → 忠诚",
        "New → active → loyal",
        "首单只是开始：教会用，等第二单，谢老朋友。",
        "The first order is a beginning: help them use it, wait for the second, thank old friends.",
        (LAYERS, HANDBOOK, ESCALATION),
        _growing,
    ),
)
