"""Reports, figures and the schemas of their answers."""

from __future__ import annotations

from docs.pages.markdown import json_text, page, table, value
from siyu.insight import command
from siyu.insight.figure import figures
from siyu.insight.reports import reports


def pages() -> dict[str, str]:
    parts: list[str] = []
    for each in command.list_reports():
        rows = [
            (f"`{one['name']}`", "yes" if one["required"] else value(one["default"]), one["zh"], one["en"])
            for one in each["parameters"]
        ]
        parts.append(f"## {each['name']} · {each['zh']} {each['en']}\n\n{each['shows_zh']} {each['shows_en']}\n")
        parts.append(table(["parameter", "default", "中文", "English"], rows))
        parts.append(f"Answer: [JSON Schema](schemas/report-{each['name']}.json).\n")
    named = [(f"`{name}`", each.zh, each.en) for name, each in figures().items()]
    schemas = {
        f"schemas/report-{name}.json": json_text(command.answer_schema(each)) for name, each in reports().items()
    }
    return {
        "reports.md": page("Reports · 报表", *parts),
        "figures.md": page("Figures · 指标", table(["figure", "中文", "English"], named)),
        **schemas,
    }
