"""The schemas of what commands answer, and of what a receiver of event webhooks is sent."""

from __future__ import annotations

from docs.pages.markdown import json_text, page, table
from siyu.cli.answers import ANSWERS, SCHEMAS
from siyu.hooks.payload import schema as body_schema

HEAD = """What `--json` prints, as JSON Schema. `siyu report NAME` answers as `report-NAME`; what ends with status
1 or 2 as `error`. The tests run the examples of [the commands](commands.md) and hold each answer to its schema.
`--json` 输出的格式；测试会运行每个命令的示例并核对。
"""


def pages() -> dict[str, str]:
    rows = [(f"`siyu {' '.join(words)}`", f"[{name}](schemas/{name}.json)") for words, name in ANSWERS.items()]
    rows += [("`siyu --version`", "[version](schemas/version.json)"), ("–", "[error](schemas/error.json)")]
    rows += [("`RULE.json`", "[rule](schemas/rule.json)"), ("event webhook", "[hook-body](schemas/hook-body.json)")]
    schemas = {f"schemas/{name}.json": json_text(schema()) for name, schema in SCHEMAS.items()}
    return {
        "answers.md": page("Answers · 输出格式", HEAD, table(["command", "schema"], rows)),
        "schemas/hook-body.json": json_text(body_schema()),
        **schemas,
    }
