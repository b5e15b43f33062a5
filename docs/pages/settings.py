"""What the environment sets, and what the owner sets."""

from __future__ import annotations

from dataclasses import fields

from docs.pages.markdown import page, table, value
from siyu.jobs import preferences
from siyu.settings import CHOICES, LIMITS, Settings, variable_of


def pages() -> dict[str, str]:
    environment = table(
        ["variable", "default", "中文", "English"],
        [
            (
                f"`{variable_of(each.name)}`",
                value(_default(each.default)),
                each.metadata["zh"],
                each.metadata["en"] + _bounds(each.name),
            )
            for each in fields(Settings)
        ],
    )
    owner = table(
        ["name", "default", "中文", "English"],
        [
            (f"`{each.name}`", value(each.default), f"{each.zh}：{each.help_zh}", f"{each.en}: {each.help_en}")
            for each in sorted(preferences.all_preferences(), key=lambda found: found.name)
        ],
    )
    return {
        "settings.md": page(
            "Settings · 设置",
            "## Of the process · 进程\n\nRead from the environment when a process starts. 进程启动时从环境变量读取。\n",
            environment,
            "## Of the installation · 店铺\n\nSet in the console, or with `siyu settings set NAME VALUE`. "
            "在后台“设置”中修改，或用命令行。\n",
            owner,
        )
    }


def _default(default: object) -> object:
    return default if isinstance(default, str | int | bool) else str(default)


def _bounds(name: str) -> str:
    if name in LIMITS:
        low, high = LIMITS[name]
        return f" From {low} to {high}."
    return f" One of {', '.join(CHOICES[name])}." if name in CHOICES else ""
