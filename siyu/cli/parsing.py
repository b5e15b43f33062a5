"""From words to a command. Faults of use are told in one sentence, in the language asked for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import cache
from typing import NoReturn

from siyu.cli.command import Command, ServerCommand
from siyu.settings import LIMITS

AnyCommand = Command | ServerCommand


class WrongUse(Exception):
    """The command line can't be understood. Carries the usage of the command in question."""

    def __init__(self, message: str, usage: str) -> None:
        super().__init__(message)
        self.usage = usage


class HelpWanted(Exception):
    """``--help`` was given; carries the text."""


class Parser(argparse.ArgumentParser):
    """argparse that raises instead of leaving the process: commands also run inside the server."""

    def error(self, message: str) -> NoReturn:
        raise WrongUse(message, self.format_usage().strip())

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise WrongUse(message or "", self.format_usage().strip())

    def print_help(self, file: object = None) -> None:
        raise HelpWanted(self.format_help())


def _common() -> Parser:
    """Options that may stand before or after the command's words."""
    common = Parser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--home", metavar="DIR", help="数据目录 · the home folder (SIYU_HOME, ./data)")
    common.add_argument("--json", action="store_true", help="只输出一个 JSON 对象 · print one JSON object, no more")
    common.add_argument("--language", choices=["zh", "en"], help="zh, en")
    common.add_argument("--folder", help=argparse.SUPPRESS)
    return common


@cache
def parser_of(commands: tuple[AnyCommand, ...]) -> Parser:
    """The whole command line. Made once: a server runs many commands."""
    common = _common()
    root = Parser(prog="siyu", description="Siyu 私域", parents=[common], allow_abbrev=False)
    root.add_argument("--version", action="store_true", default=False, help="版本 · the version")
    groups: dict[tuple[str, ...], argparse._SubParsersAction[Parser]] = {}  # pyright: ignore[reportPrivateUsage]
    groups[()] = root.add_subparsers(metavar="COMMAND", parser_class=Parser)
    for command in commands:
        head = command.words[:-1]
        if head not in groups:
            several = [] if head[0].endswith("s") else [f"{head[0]}s"]  # "siyu accounts check" as well
            middle = groups[()].add_parser(
                head[0], aliases=several, help=_group_help(commands, head[0]), parents=[common]
            )
            groups[head] = middle.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
        own = groups[head].add_parser(
            command.words[-1],
            help=f"{command.zh} · {command.en}",
            description=f"{command.zh}\n{command.en}",
            epilog="\n".join(command.examples) if isinstance(command, Command) else None,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            parents=[common],
            allow_abbrev=False,
        )
        own.set_defaults(command=command)
        fill(own, command)
    return root


def fill(parser: argparse.ArgumentParser, command: AnyCommand) -> None:
    """Give a parser the arguments of one command."""
    if isinstance(command, Command):
        command.arguments(parser)
    else:
        parser.add_argument("--host", help="监听的地址 · the address to listen on (SIYU_HOST)")
        parser.add_argument("--port", type=int, help="监听的端口 · the port to listen on (SIYU_PORT)")
        if "work" in command.parts and "web" in command.parts:
            text = "预演时间的快慢，如 3600 · how fast time goes in a rehearsal (SIYU_PACE)"
            parser.add_argument("--pace", type=_pace, metavar="TIMES", help=text)


def _pace(text: str) -> int:
    low, high = LIMITS["pace"]
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise argparse.ArgumentTypeError(f"{low} – {high}")
    return int(text)


def _group_help(commands: Sequence[AnyCommand], word: str) -> str:
    return ", ".join(each.words[1] for each in commands if each.words[0] == word and len(each.words) == 2)
