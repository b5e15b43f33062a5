"""How many people there are, and how many of them can be reached again."""

from siyu.insight.figure import History, Measure, Span, Total, begun, figure
from siyu.insight.relation import DELIVERY

figure(
    Total(
        name="people",
        zh="客户总数",
        en="People",
        unit="people",
        meaning_zh="截至期末，至少有过一条事件的客户数；合并过的身份算一位。",
        meaning_en="People with at least one event by the end of the period; merged identities count once.",
        events="every",
        measure=Measure.PEOPLE,
        span=Span.EVER,
    )
)
figure(
    Total(
        name="people_new",
        zh="新客户",
        en="New people",
        unit="people",
        meaning_zh="第一条事件发生在本期内的客户数。",
        meaning_en="People whose first event lies in the period.",
        events="every",
        at="first_time",
        measure=Measure.PEOPLE,
        history=begun("first_time"),
    )
)
figure(
    Total(
        name="private_domain",
        zh="私域用户",
        en="Private-domain users",
        unit="people",
        meaning_zh="截至期末，至少被有效触达两次的客户数（有效触达：平台已接收发给他的一条消息）。",
        meaning_en="People effectively reached at least twice by the end of the period "
        "(effectively: the platform accepted a message to them).",
        events=("message_accepted",),
        measure=Measure.PEOPLE,
        span=Span.EVER,
        history=History(
            columns=f"uniqExact(ifNull({DELIVERY}, message_id)) AS reached",
            where="name = 'message_accepted' AND time < {end}",
            having="reached >= 2",
        ),
    )
)
