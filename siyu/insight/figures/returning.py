"""Who comes back. A rate over N days counts the people whose N days ended in the period: it is always complete."""

from siyu.insight.figure import Measure, Share, Span, Total, begun, figure

_BACK = {7: Span.BACK_7, 30: Span.BACK_30}


def _register_retention(days: int) -> None:
    newcomers = begun("first_time", days_before=days)
    figure(
        Total(
            name=f"newcomers_{days}",
            zh=f"满 {days} 天的新客户",
            en=f"Newcomers {days} days on",
            unit="people",
            meaning_zh=f"第一条事件之后的第 {days} 天落在本期内的客户数（第一天为第 0 天）。",
            meaning_en=f"People whose day {days} after their first event lies in the period (the first is day 0).",
            events="every",
            at="first_time",
            measure=Measure.PEOPLE,
            span=_BACK[days],
            history=newcomers,
        )
    )
    figure(
        Total(
            name=f"retained_{days}",
            zh=f"{days} 天内回访的新客户",
            en=f"Newcomers back within {days} days",
            unit="people",
            meaning_zh=f"满 {days} 天的新客户中，在第 1 至第 {days} 天再次活跃的人数。",
            meaning_en=f"Of the newcomers {days} days on, those active again on days 1 to {days}.",
            events="active",
            also="toDate(time, {zone}) > toDate(first_time, {zone}) "
            f"AND toDate(time, {{zone}}) <= toDate(first_time, {{zone}}) + {days}",
            measure=Measure.PEOPLE,
            span=_BACK[days],
            history=newcomers,
        )
    )
    figure(
        Share(
            name=f"retention_{days}",
            zh=f"{days} 日留存",
            en=f"{days}-day retention",
            unit="share",
            meaning_zh=f"满 {days} 天的新客户中，第 1 至第 {days} 天再次活跃的比例（加入当天为第 0 天）。",
            meaning_en=f"The share of newcomers {days} days on who were active again on days 1 to {days} "
            "(the day of joining is day 0).",
            part=f"retained_{days}",
            whole=f"newcomers_{days}",
            nothing_zh=f"没有客户的第 {days} 天落在本期内，留存还无从谈起。",
            nothing_en=f"Nobody's day {days} lies in the period, so there is nobody to have stayed.",
        )
    )


_register_retention(7)
_register_retention(30)

_FIRST_BUYERS = begun("first_paid", days_before=30)
figure(
    Total(
        name="first_buyers_30",
        zh="首购满 30 天的客户",
        en="First-time buyers 30 days on",
        unit="people",
        meaning_zh="第一次付款之后的第 30 天落在本期内的客户数。",
        meaning_en="People whose day 30 after their first paid order lies in the period.",
        events=("order_paid",),
        at="first_paid",
        measure=Measure.PEOPLE,
        span=Span.BACK_30,
        history=_FIRST_BUYERS,
    )
)
figure(
    Total(
        name="repeaters_30",
        zh="30 天内复购的客户",
        en="Bought again within 30 days",
        unit="people",
        meaning_zh="首购满 30 天的客户中，在首购后 30 天内又付款的人数。",
        meaning_en="Of the first-time buyers 30 days on, those who paid again within those days.",
        events=("order_paid",),
        also="time > first_paid AND toDate(time, {zone}) <= toDate(first_paid, {zone}) + 30",
        measure=Measure.PEOPLE,
        span=Span.BACK_30,
        history=_FIRST_BUYERS,
    )
)
figure(
    Share(
        name="repeat_30",
        zh="30 日复购率",
        en="30-day repeat rate",
        unit="share",
        meaning_zh="首购满 30 天的客户中，首购后 30 天内再次付款的比例。",
        meaning_en="The share of first-time buyers 30 days on who paid again within those days.",
        part="repeaters_30",
        whole="first_buyers_30",
        nothing_zh="没有客户的首购满 30 天，复购还无从谈起。",
        nothing_en="No first purchase is 30 days old in the period, so nobody can have repeated.",
    )
)
