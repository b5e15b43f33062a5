"""What was sent, and how it was received. Rates are of the messages accepted in the period, however late the answer."""

from typing import Literal

from siyu.insight.figure import Measure, Share, Span, Total, figure
from siyu.insight.relation import DELIVERY

THING = f"ifNull({DELIVERY}, message_id)"
NOTHING_ZH = "本期没有平台接收的消息。"
NOTHING_EN = "No message was accepted in the period."
OF_THE_PERIOD = (
    f"{DELIVERY} IN (SELECT {DELIVERY} FROM events "
    "WHERE name = 'message_accepted' AND time >= {start} AND time < {end})"
)


def _register_count(
    name: str, event: str, zh: str, en: str, good: Literal["down", "neither"], meaning_zh: str, meaning_en: str
) -> None:
    figure(
        Total(
            name=name,
            zh=zh,
            en=en,
            unit="messages",
            good=good,
            meaning_zh=meaning_zh,
            meaning_en=meaning_en,
            events=(event,),
        )
    )


_register_count(
    "messages_accepted",
    "message_accepted",
    "已送出消息",
    "Messages accepted",
    "neither",
    "本期被平台接收的消息数。",
    "Messages that a platform accepted in the period.",
)
_register_count(
    "messages_held",
    "message_held",
    "被拦截消息",
    "Messages held",
    "neither",
    "本期被分寸规则拦下、没有发出的消息数。",
    "Messages that the guard held back in the period.",
)
_register_count(
    "messages_refused",
    "message_refused",
    "被拒收消息",
    "Messages refused",
    "down",
    "本期被平台拒收的消息数。",
    "Messages that a platform refused in the period.",
)


def _register_answer(
    name: str, event: str, rate: str, zh: str, en: str, rate_zh: str, rate_en: str, verb_zh: str, verb_en: str
) -> None:
    figure(
        Total(
            name=name,
            zh=zh,
            en=en,
            unit="messages",
            meaning_zh=f"本期送出的消息里，至今被{verb_zh}过的条数；一条多次只算一次。",
            meaning_en=f"Of the messages accepted in the period, those {verb_en} so far; several times count once.",
            events=(event,),
            also=OF_THE_PERIOD,
            measure=Measure.THINGS,
            thing=THING,
            span=Span.FROM_START,
        )
    )
    figure(
        Share(
            name=rate,
            zh=rate_zh,
            en=rate_en,
            unit="share",
            meaning_zh=f"本期送出的消息中，至今被{verb_zh}过的比例。",
            meaning_en=f"The share of messages accepted in the period that were {verb_en} so far.",
            part=name,
            whole="messages_accepted",
            nothing_zh=NOTHING_ZH,
            nothing_en=NOTHING_EN,
        )
    )


_register_answer(
    "messages_opened",
    "message_opened",
    "open_rate",
    "被打开消息",
    "Messages opened",
    "打开率",
    "Open rate",
    "打开",
    "opened",
)
_register_answer(
    "messages_clicked",
    "message_clicked",
    "click_rate",
    "被点击消息",
    "Messages clicked",
    "点击率",
    "Click rate",
    "点击",
    "clicked",
)

figure(
    Total(
        name="complaints",
        zh="投诉",
        en="Complaints",
        unit="events",
        good="down",
        meaning_zh="本期客户的投诉数。",
        meaning_en="Complaints that people made in the period.",
        events=("complaint_made",),
    )
)
figure(
    Total(
        name="unsubscribes",
        zh="退订客户",
        en="People who unsubscribed",
        unit="people",
        good="down",
        meaning_zh="本期退订过的客户数。",
        meaning_en="People who unsubscribed in the period.",
        events=("unsubscribed",),
        measure=Measure.PEOPLE,
    )
)
figure(
    Share(
        name="complaint_rate",
        zh="投诉率",
        en="Complaint rate",
        unit="share",
        good="down",
        meaning_zh="投诉 ÷ 已送出消息。",
        meaning_en="Complaints ÷ messages accepted.",
        part="complaints",
        whole="messages_accepted",
        nothing_zh=NOTHING_ZH,
        nothing_en=NOTHING_EN,
    )
)
