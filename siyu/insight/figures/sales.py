"""Orders and money. An order counts once; lines that came later (``order_amended``) add to its sales only."""

from siyu.insight.figure import Measure, Share, Total, begun, figure
from siyu.storage.eventlog_schema import MONEY_NAMES, NET

COST = "ifNull(properties.cost.:Float64, toFloat64(properties.cost.:Int64))"

figure(
    Total(
        name="gross_sales",
        zh="销售额",
        en="Gross sales",
        unit="money",
        meaning_zh="本期已付款订单的金额之和，含后来补到订单里的行，不扣退货。",
        meaning_en="The sum of orders paid in the period, with lines added to them later, before returns.",
        events=("order_paid", "order_amended"),
        measure=Measure.AMOUNT,
    )
)
figure(
    Total(
        name="orders",
        zh="订单数",
        en="Orders",
        unit="orders",
        meaning_zh="本期付款的订单数。一张订单只算一次，时间取它的第一行。",
        meaning_en="Orders paid in the period. An order counts once, at the time of its first line.",
        events=("order_paid",),
    )
)
figure(
    Total(
        name="buyers",
        zh="购买客户",
        en="Buyers",
        unit="people",
        meaning_zh="本期至少付款一单的客户数。",
        meaning_en="People who paid at least one order in the period.",
        events=("order_paid",),
        measure=Measure.PEOPLE,
    )
)
figure(
    Share(
        name="average_order",
        zh="客单价",
        en="Average order value",
        unit="money",
        meaning_zh="销售额 ÷ 订单数。",
        meaning_en="Gross sales ÷ orders.",
        part="gross_sales",
        whole="orders",
        nothing_zh="本期没有已付款的订单。",
        nothing_en="No order was paid in the period.",
    )
)
figure(
    Total(
        name="returns",
        zh="退货额",
        en="Returns",
        unit="money",
        good="down",
        meaning_zh="本期退货的金额之和，按退货发生的时间计。",
        meaning_en="The sum of what was returned in the period, at the time of the return.",
        events=("order_returned",),
        measure=Measure.AMOUNT,
    )
)
figure(
    Total(
        name="net_sales",
        zh="净销售额",
        en="Net sales",
        unit="money",
        meaning_zh="销售额减退货额。退货按发生时间计，可能属于更早的订单。",
        meaning_en="Gross sales less returns. A return counts when it happens, perhaps of an earlier order.",
        events=MONEY_NAMES,
        measure=Measure.AMOUNT,
        weight=f"toDecimal128({NET}, 4)",
    )
)
figure(
    Share(
        name="return_rate",
        zh="退货率",
        en="Return rate",
        unit="share",
        good="down",
        meaning_zh="退货额 ÷ 销售额，都按本期发生计。",
        meaning_en="Returns ÷ gross sales, both as they happened in the period.",
        part="returns",
        whole="gross_sales",
        nothing_zh="本期没有销售额。",
        nothing_en="There were no sales in the period.",
    )
)
figure(
    Total(
        name="margin",
        zh="毛利",
        en="Margin",
        unit="money",
        meaning_zh="写明成本（属性 cost）的订单：金额减成本，退货相应扣回。没写成本的订单不计入。",
        meaning_en="Of orders that state their cost (property cost): amount less cost, returns taken back. "
        "Orders without a cost are left out.",
        events=MONEY_NAMES,
        also=f"{COST} IS NOT NULL",
        measure=Measure.AMOUNT,
        weight=f"toDecimal128(if(name = 'order_returned', -1, 1) * (toFloat64(amount) - ifNull({COST}, 0)), 4)",
        undefined_zh="本期没有订单写明成本（属性 cost），无法计算毛利。",
        undefined_en="No order of the period states its cost (property cost), so there is no margin to show.",
    )
)
figure(
    Total(
        name="first_purchases",
        zh="首购客户",
        en="First-time buyers",
        unit="people",
        meaning_zh="第一次付款发生在本期内的客户数。",
        meaning_en="People whose first paid order lies in the period.",
        events=("order_paid",),
        at="first_paid",
        measure=Measure.PEOPLE,
        history=begun("first_paid"),
    )
)
figure(
    Share(
        name="conversion",
        zh="转化率",
        en="Conversion",
        unit="share",
        meaning_zh="购买客户 ÷ 活跃客户：本期活跃的客户里有多少人付了款。",
        meaning_en="Buyers ÷ active people: of those active in the period, how many paid.",
        part="buyers",
        whole="active",
        nothing_zh="本期没有活跃客户。",
        nothing_en="Nobody was active in the period.",
    )
)
