"""The command line."""

from __future__ import annotations

import argparse

from docs.pages.markdown import code, page, table
from siyu.cli.answers import ANSWERS
from siyu.cli.command import Command
from siyu.cli.parsing import AnyCommand, Parser, fill
from siyu.cli.table import COMMANDS

HEAD = """Every command takes `--home DIR` (else `SIYU_HOME`, else `./data`), `--json` and `--language zh|en`, before or
after its words. With `--json`, standard output is one JSON object and nothing else; an error is
`{"error": {"code", "zh", "en", "field"?, "detail"?}}`. Progress goes to standard error, and only to a terminal.
Exit status: 0 done, 2 wrong use or bad input, 1 a fault. While `siyu up` holds the home folder, a command is run by
that server, found through `server.json` in the folder.

每个命令都接受 `--home`、`--json`、`--language`。`--json` 时标准输出只有一个 JSON 对象；
退出码：0 完成，2 用法或输入有误，1 故障。
"""


def pages() -> dict[str, str]:
    return {"commands.md": page("Commands · 命令行", HEAD, *(_section(command) for command in COMMANDS))}


def _section(command: AnyCommand) -> str:
    words = " ".join(command.words)
    parser = Parser(add_help=False)
    fill(parser, command)
    parts = [f"## siyu {words}\n\n{command.zh}。{command.en}.\n"]
    rows = [(f"`{_name(each)}`", each.help or "") for each in parser._actions]  # argparse tells no other way
    if rows:
        parts.append(table(["argument", ""], rows))
    if isinstance(command, Command) and command.examples:
        parts.append(code("\n".join(command.examples), "sh"))
    if command.words in ANSWERS:
        name = ANSWERS[command.words]
        parts.append(f"\nAnswer of `--json`: [schema](schemas/{name}.json).\n")
    return "\n".join(parts)


def _name(action: argparse.Action) -> str:
    metavar = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    if not action.option_strings:
        return metavar
    return action.option_strings[-1] + ("" if action.nargs == 0 else f" {metavar}")
