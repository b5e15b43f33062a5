"""The style page: every component at work, for those who build pages. Owners only, and not in the menu."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from siyu.storage import BadInput, Stores
from siyu.web import charts
from siyu.web.charts import Chart
from siyu.web.current import t
from siyu.web.forms import Form
from siyu.web.listing import Column, Listing
from siyu.web.routes import page
from siyu.web.view import Html, View

COLUMNS = (
    Column("name", "姓名", "Name", sort=True),
    Column("layer", "分层", "Layer"),
    Column("spent", "消费", "Spent", sort=True, numeric=True),
    Column("orders", "订单", "Orders", sort=True, numeric=True, narrow=False),
    Column("seen", "最近活跃", "Last seen", sort=True, shown=False),
)


@dataclass(frozen=True)
class Shown:
    """A row of the example list."""

    number: int
    name: str
    layer: str
    spent: Decimal
    orders: int


_ROWS = (
    Shown(1, "王小雨", "新客", Decimal("128.00"), 1),
    Shown(2, "李佳怡", "忠诚", Decimal("8999.50"), 23),
    Shown(3, "Zhao Min", "沉睡", Decimal("560.25"), 4),
)


@page("/style", "owners.write")
def style(view: View, stores: Stores) -> Html:
    listing = Listing.read("style", COLUMNS, sort="-spent", filters=("layer",))
    rows = [
        row
        for row in _ROWS
        if listing.words in row.name and listing.filters["layer"] in ("", row.layer) and listing.sort
    ]
    rows.sort(key=lambda row: str(getattr(row, listing.sort, row.name)).zfill(20), reverse=listing.descending)
    form = Form({"name": ["春季上新"], "size": ["abc"], "kind": ["a"], "zone": ["Asia/Shanghai"]})
    form.whole("size", low=1, high=100)
    form.fail(BadInput("example", "这是表单上方的错误。", "This is an error above the form."))
    return view.render(
        "style.html",
        fragment="list",
        listing=listing.filled(rows, None, total=len(rows)),
        form=form,
        charts=_charts(),
        now=stores.clock.now() - timedelta(minutes=3),
    )


def _charts() -> list[Chart]:
    months = ["1月", "2月", "3月", "4月", "5月", "6月"]
    return [
        charts.line(
            "lines",
            t("成交额", "Sales"),
            months,
            [
                (t("老客", "Returning"), [81000, 92000, 87000, 120500, 131000, 128000]),
                (t("新客", "New"), [31e3, 4e4, 38e3, 52e3, 47e3, 61e3]),
            ],
            head=t("月份", "Month"),
            format="money",
        ),
        charts.bars(
            "bars",
            t("新客户", "New people"),
            months,
            [(t("人数", "People"), [320, 410, 380, 515, 498, 610])],
            head=t("月份", "Month"),
            links=["/style"] * 6,
        ),
        charts.funnel(
            "funnel",
            t("转化漏斗", "Funnel"),
            [(t("看过", "Viewed"), 12000), (t("加购", "Cart"), 4100), (t("成交", "Paid"), 1310)],
            head=t("步骤", "Step"),
        ),
        charts.heatmap(
            "heat",
            t("留存", "Retention"),
            ["0", "1", "2", "3"],
            months[:3],
            [[1.0, 0.37, 0.33, 0.39], [1.0, 0.24, 0.28, None], [1.0, 0.19, None, None]],
            height=280,
        ),
    ]


ROUTES = [style]
