"""The page that shows the habits: what was fitted, how well, and what is used instead where it must be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from rehearsal.people.calibration import Fit
from rehearsal.people.pictures import picture

WORDS: Mapping[str, tuple[str, str, str]] = {
    "hours": ("一天中的购买时刻", "Hours of the day", "share of baskets by hour"),
    "weekdays": ("一周中的购买", "Days of the week", "baskets by day from Monday, mean 1"),
    "thrift": ("价格敏感", "Thrift", "share of spending that a discount took off, by household (cumulative)"),
    "response": (
        "活动响应与疲劳",
        "Response and weariness",
        "share who redeem, by the turn of the campaign, within households",
    ),
    "weariness": (
        "每多一次活动的疲劳",
        "Weariness per campaign",
        "part of the response that each earlier campaign takes",
    ),
    "gap_median": ("两次购买的间隔", "Days between purchases", "cumulative share by days"),
    "gap_sigma": ("间隔的个人波动", "Spread within a person", "of the logarithm of days"),
    "gap_between": ("间隔的人群差异", "Spread between people", "of the logarithm of days"),
    "basket_median": ("每单商品种数", "Products in a basket", "cumulative share by distinct products"),
    "basket_sigma": ("商品种数的波动", "Spread of baskets", "of the logarithm"),
    "again": ("再次购买的概率", "Chance to buy again", "after the k-th day of purchase"),
}
STYLE = """
body{font:15px/1.6 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;max-width:1180px;margin:2rem auto;
padding:0 16px;
color:#1f2937;background:#fff}main{display:grid;grid-template-columns:repeat(auto-fill,minmax(330px,1fr));gap:20px}
section{border:1px solid #e5e7eb;border-radius:8px;padding:14px 16px}h1{font-size:22px}h2{font-size:16px;margin:0}
small{color:#6b7280}svg{width:100%;height:auto}.axis{stroke:#9ca3af;fill:none}.model{stroke:#0f766e;stroke-width:2;fill:none}
.data{fill:#f97316}svg text{font-size:11px;fill:#6b7280}code{overflow-wrap:anywhere}
"""


def page(fits: Sequence[Fit], kept: Mapping[str, Mapping[str, Any]]) -> str:
    """A whole HTML page."""
    return (
        '<!doctype html><html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>预演习惯的校准 · How the rehearsal's habits were fitted</title><style>{STYLE}</style>"
        "<h1>预演习惯的校准 <small>How the rehearsal's habits were fitted</small></h1>"
        "<p>橙点为真实数据，绿线为模型。 Dots are real shops, lines are the model.</p><main>"
        + "".join(_section(fit, kept.get(fit.name, {})) for fit in fits)
        + "</main></html>\n"
    )


def _section(fit: Fit, kept: Mapping[str, Any]) -> str:
    zh, en, what = WORDS[fit.name]
    drawn = picture(f"{en}: {what}", fit.curves) if fit.curves else ""
    instead = ""
    if "used" in kept:
        instead = f"<p>预演采用 Used here: <code>{escape(str(kept['used']))}</code> · {escape(str(kept['why']))}</p>"
    return (
        f"<section><h2>{zh} <small>{en}</small></h2><small>{what}</small>{drawn}"
        f"<p><code>{escape(str(fit.value))}</code><br>{fit.measure} {fit.fit:g} · {fit.rows:,} rows"
        f"<br><small>{escape(fit.source)}</small></p>{instead}</section>"
    )
