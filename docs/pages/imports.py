"""Imports: fields, reasons, ready mappings, the schema of the report."""

from __future__ import annotations

from docs.pages.markdown import page, table
from siyu.people.importing.fields import FIELDS
from siyu.people.importing.model import REASONS
from siyu.people.importing.presets import PRESETS

HEAD = """What a column can mean (`--map FIELD=COLUMN`), why rows are refused, and the exports that are recognised. The
report of `--json`: [schema](schemas/import.json).
每一列可以是什么、为什么拒绝一行、能直接识别哪些导出文件。
"""


def pages() -> dict[str, str]:
    fields = [
        (f"`{each.name}`", each.zh, each.en, ", ".join(each.kinds), each.hint_zh, each.hint_en)
        for each in FIELDS.values()
    ]
    reasons = [(f"`{each.code}`", each.zh, each.en) for each in REASONS.values()]
    presets = [(f"`{each.name}`", each.zh, each.en, each.kind, "、".join(each.tells)) for each in PRESETS]
    return {
        "imports.md": page(
            "Imports · 导入",
            HEAD,
            "## Fields · 字段\n",
            table(["field", "中文", "English", "kinds", "说明", "note"], fields),
            "Also `property.<name>` (orders, events), `attribute.<name>` and `consent.<channel>` (people).\n",
            "## Reasons · 拒绝原因\n",
            table(["reason", "中文", "English"], reasons),
            "## Ready mappings · 现成的映射\n",
            table(["preset", "中文", "English", "kind", "told by · 识别依据"], presets),
        ),
    }
