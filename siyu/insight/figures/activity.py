"""Who is active, and how often they come back. What the product did to a person is not their activity."""

from siyu.insight.figure import Measure, Share, Span, Total, figure

OWN_ACT_ZH = (
    "活跃指客户自己的行为：浏览、加购、下单、打开、点击等；系统发出的消息、打标签、合并以及退货、退订、投诉不算。"
)
OWN_ACT_EN = (
    "Active means something people did themselves: viewing, adding to cart, paying, opening, clicking… "
    "Messages sent, tags, merges, returns, unsubscribing and complaining do not count."
)


def _register_active(
    name: str,
    zh: str,
    en: str,
    meaning_zh: str,
    meaning_en: str,
    *,
    measure: Measure = Measure.PEOPLE,
    span: Span = Span.PERIOD,
) -> None:
    figure(
        Total(
            name=name,
            zh=zh,
            en=en,
            unit="people",
            meaning_zh=meaning_zh + OWN_ACT_ZH,
            meaning_en=f"{meaning_en} {OWN_ACT_EN}",
            events="active",
            measure=measure,
            span=span,
        )
    )


_register_active(
    "active",
    "活跃客户",
    "Active people",
    "本期内至少活跃过一次的客户数。",
    "People active at least once in the period.",
)
_register_active(
    "active_daily",
    "日活（日均）",
    "Daily active (average)",
    "本期内平均每天活跃的客户数：每天去重后的人数之和除以天数。",
    "People active on an average day of the period: the sum of each day's distinct people, over the number of days.",
    measure=Measure.PEOPLE_A_DAY,
)
_register_active(
    "active_weekly",
    "周活",
    "Weekly active",
    "截至期末的 7 天内至少活跃过一次的客户数。",
    "People active at least once in the 7 days up to the period's end.",
    span=Span.TAIL_7,
)
_register_active(
    "active_monthly",
    "月活",
    "Monthly active",
    "截至期末的 30 天内至少活跃过一次的客户数。",
    "People active at least once in the 30 days up to the period's end.",
    span=Span.TAIL_30,
)
_register_active(
    "active_daily_month",
    "近 30 天日活（日均）",
    "Daily active over 30 days",
    "截至期末的 30 天内平均每天活跃的客户数。",
    "People active on an average day of the 30 days up to the period's end.",
    measure=Measure.PEOPLE_A_DAY,
    span=Span.TAIL_30,
)

figure(
    Share(
        name="stickiness",
        zh="活跃黏性",
        en="Stickiness",
        unit="share",
        meaning_zh="近 30 天日活（日均）÷ 月活：月活客户平均有多大比例的日子会来。",
        meaning_en="Daily active over 30 days ÷ monthly active: on what share of days an active person comes.",
        part="active_daily_month",
        whole="active_monthly",
        nothing_zh="截至期末的 30 天内没有活跃客户。",
        nothing_en="Nobody was active in the 30 days up to the period's end.",
    )
)
