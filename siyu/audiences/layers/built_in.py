"""The schemes that come with the product, with thresholds that are the operator's."""

from __future__ import annotations

from datetime import datetime

from siyu.audiences.conditions.did import Did, DidNot
from siyu.audiences.conditions.person import Profile
from siyu.audiences.layers.model import BuiltIn, Layer, Threshold, Values
from siyu.audiences.measures import Count, First, Latest
from siyu.audiences.model import All, Rule
from siyu.audiences.segments import SEGMENTS, fifth_sql, segment_sql, value_sql
from siyu.audiences.windows import Last
from siyu.storage.eventlog_schema import MONEY_EVENTS, NET, PERSON
from siyu.storage.ledger import to_millis

ORDER = "order_paid"
YEAR = Last(365)
EVERYBODY = All(())


def _days(key: str, zh: str, en: str, default: int) -> Threshold:
    return Threshold(key, (zh, en), default, "days")


def _number(values: Values, key: str) -> int:
    return int(values[key])


def _last_order_before(days: int) -> Rule:
    return Did(ORDER, measure=Latest("longer_ago", n=days))


def _orders(at_least: int) -> Rule:
    return Did(ORDER, measure=Count("at_least", at_least), window=YEAR)


def _lifecycle(values: Values) -> tuple[Layer, ...]:
    lost, sleeping = _number(values, "lost_days"), _number(values, "sleeping_days")
    new, loyal = _number(values, "new_days"), _number(values, "loyal_orders")
    return (
        Layer("prospect", ("潜在", "Prospect"), DidNot(ORDER), ("从未下单，用内容培育。", "Has not bought yet.")),
        Layer("lost", ("流失", "Lost"), _last_order_before(lost), ("很久没有下单。", "Has not bought for long.")),
        Layer("sleeping", ("沉睡", "Sleeping"), _last_order_before(sleeping), ("有一阵没下单。", "Is drifting away.")),
        Layer(
            "new", ("新客", "New"), Did(ORDER, measure=First("in_last", n=new)), ("刚下首单。", "Just bought first.")
        ),
        Layer("loyal", ("忠诚", "Loyal"), _orders(loyal), ("一年内多次下单。", "Bought often within a year.")),
        Layer("active", ("活跃", "Active"), EVERYBODY, ("近期下过单。", "Bought lately.")),
    )


def _spending(values: Values) -> tuple[Layer, ...]:
    high, potential = _number(values, "high_amount"), _number(values, "potential_amount")
    return (
        _spent_layer("high", ("高净值", "High value"), high),
        _spent_layer("potential", ("潜力", "Potential"), potential),
        Layer("ordinary", ("普通", "Ordinary"), None, ("下过单的其他人。", "Everybody else who bought.")),
    )


def _spent_layer(key: str, label: tuple[str, str], amount: int) -> Layer:
    zh, en = f"一年净消费（扣除退货）不低于 {amount:,}。", f"Net of returns, spent at least {amount:,} within a year."
    return Layer(key, label, None, (zh, en))


def _spending_sql(values: Values, now: datetime) -> str:
    """Everybody who ever bought, by net sales of the year (``NET``: with what was added later, less returns)."""
    since, until = _between(now, YEAR.n)
    high, potential = _number(values, "high_amount"), _number(values, "potential_amount")
    return f"""
        SELECT person, multiIf(net >= {high}, 'high', net >= {potential}, 'potential', 'ordinary') AS layer
        FROM (
            SELECT {PERSON} AS person, countIf(name = 'order_paid') AS orders,
                sumIf(toDecimal128({NET}, 4), time > {since}) AS net
            FROM events PREWHERE {MONEY_EVENTS} AND time <= {until}
            GROUP BY person HAVING orders > 0
        )
    """


def _between(now: datetime, days: int) -> tuple[str, str]:
    """SQL of the moments ``days`` before now, and now."""
    millis = to_millis(now)
    since, until = (
        f"fromUnixTimestamp64Milli(toInt64({each}), 'UTC')" for each in (millis - days * 86_400_000, millis)
    )
    return since, until


def _loyalty(values: Values) -> tuple[Layer, ...]:
    lost = _last_order_before(_number(values, "lost_days"))
    devoted, fine = _orders(_number(values, "devoted_orders")), _orders(_number(values, "fine_orders"))
    rare = Did(ORDER, measure=Count("at_most", _number(values, "rare_orders")), window=YEAR)
    return (
        Layer("lost", ("流失", "Lost"), lost, ("很久没有下单。", "Has not bought for long.")),
        Layer("devoted", ("忠实", "Devoted"), devoted, ("一年内下单很多次。", "Buys very often.")),
        Layer("fine", ("优质", "Fine"), fine, ("一年内多次下单。", "Buys often.")),
        Layer("rare", ("低频", "Rare"), All((Did(ORDER), rare)), ("一年内偶尔下单。", "Buys rarely.")),
        Layer("ordinary", ("普通", "Ordinary"), Did(ORDER), ("下过单的其他人。", "Everybody else who bought.")),
    )


_SCENES = (
    ("pregnancy", "孕期", "Expecting", "date_in_next", "pregnancy_days"),
    ("infant", "婴儿期", "Infant", "date_in_last", "infant_days"),
    ("toddler", "育儿期", "Toddler", "date_in_last", "toddler_days"),
    ("child", "成长期", "Child", "date_in_last", "child_days"),
)


def _scenes(values: Values) -> tuple[Layer, ...]:
    return tuple(
        Layer(
            key,
            (zh, en),
            Profile(f"attributes.{values['field']}", op, _number(values, days)),
            (f"按「{values['field']}」自动流转。", f"Moves by itself by “{values['field']}”."),
        )
        for key, zh, en, op, days in _SCENES
    )


def _rfm_sql(values: Values, now: datetime) -> str:
    """Fifths of the buyers of the window by last order, orders and net sales; equal values share a score."""
    since, until = _between(now, _number(values, "window_days"))
    return f"""
        SELECT person, {segment_sql("r", value_sql("f", "m"))} AS layer
        FROM (
            SELECT person, {fifth_sql("last_time")} AS r, {fifth_sql("orders")} AS f, {fifth_sql("net")} AS m
            FROM (
                SELECT {PERSON} AS person, maxIf(time, name = 'order_paid') AS last_time,
                    countIf(name = 'order_paid') AS orders,
                    sum(toDecimal128({NET}, 4)) AS net
                FROM events PREWHERE {MONEY_EVENTS}
                    AND time > {since} AND time <= {until}
                GROUP BY person HAVING orders > 0
            )
        )
    """


BUILT_IN: tuple[BuiltIn, ...] = (
    BuiltIn(
        "lifecycle",
        ("生命周期", "Lifecycle"),
        ("从潜在到流失，按下单的早晚与次数。", "From prospect to lost, by when and how often they bought."),
        (
            _days("new_days", "首单后几天内算新客", "New: days since the first order", 30),
            Threshold("loyal_orders", ("一年内几单算忠诚", "Loyal: orders within a year"), 4, "orders"),
            _days("sleeping_days", "几天没下单算沉睡", "Sleeping: days since the last order", 90),
            _days("lost_days", "几天没下单算流失", "Lost: days since the last order", 180),
        ),
        _lifecycle,
        (("sleeping_days", "lost_days"),),
    ),
    BuiltIn(
        "spending",
        ("消费力", "Spending power"),
        ("按最近一年的净消费（含后补的行，扣除退货）。", "By what they spent within a year, net of returns."),
        (
            Threshold("potential_amount", ("潜力：一年消费不低于", "Potential: spent at least"), 1_000, "money"),
            Threshold("high_amount", ("高净值：一年消费不低于", "High value: spent at least"), 5_000, "money"),
        ),
        _spending,
        (("potential_amount", "high_amount"),),
        _spending_sql,
    ),
    BuiltIn(
        "loyalty",
        ("忠诚度", "Loyalty"),
        ("按最近一年的下单次数。", "By how often they bought within a year."),
        (
            Threshold("rare_orders", ("低频：一年至多几单", "Rare: orders at most"), 1, "orders"),
            Threshold("fine_orders", ("优质：一年至少几单", "Fine: orders at least"), 4, "orders"),
            Threshold("devoted_orders", ("忠实：一年至少几单", "Devoted: orders at least"), 8, "orders"),
            _days("lost_days", "几天没下单算流失", "Lost: days since the last order", 180),
        ),
        _loyalty,
        (("rare_orders", "fine_orders"), ("fine_orders", "devoted_orders")),
    ),
    BuiltIn(
        "rfm",
        ("RFM 价值", "RFM"),
        ("按最近消费、频次、金额各五等分，分成十一类。", "Fifths by recency, frequency and money, in eleven segments."),
        (_days("window_days", "统计最近几天", "Days looked at", 365),),
        lambda values: tuple(Layer(segment.code, (segment.zh, segment.en)) for segment in SEGMENTS),
        sql=_rfm_sql,
    ),
    BuiltIn(
        "scene",
        ("生活场景", "Life scene"),
        ("按预产期自动流转：孕期 → 婴儿期 → 育儿期 → 成长期。", "Moves by itself by the due date."),
        (
            Threshold("field", ("存放预产期（或生日）的属性", "Attribute with the due date"), "due_date", "field"),
            _days("pregnancy_days", "孕期：预产期前几天起", "Expecting: days before", 280),
            _days("infant_days", "婴儿期：出生后几天内", "Infant: days after", 365),
            _days("toddler_days", "育儿期：出生后几天内", "Toddler: days after", 1_095),
            _days("child_days", "成长期：出生后几天内", "Child: days after", 2_190),
        ),
        _scenes,
        (("infant_days", "toddler_days"), ("toddler_days", "child_days")),
    ),
)
