"""``siyu report``: the reports of the insight room."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command, pairs


def report(call: Call) -> Mapping[str, Any]:
    """One report's answer, or the list of all of them."""
    from siyu.insight import command
    from siyu.jobs import preferences

    asked = call.arguments
    if asked.name == "list":
        return {"reports": command.list_reports()}
    zone = asked.timezone or preferences.timezone(call.stores).key
    return command.report(call.stores, asked.name, pairs("param", asked.param), zone)


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="报表名，或 list · a report's name, or list")
    parser.add_argument("--param", metavar="KEY=VALUE", action="append", default=[], help="参数 · a parameter")
    parser.add_argument("--timezone", metavar="ZONE", help="按哪个时区算一天 · where a day begins (settings: timezone)")


COMMANDS = (
    Command(
        ("report",),
        "报表：报表名，或 list 列出全部",
        "A report by its name, or list for all of them",
        report,
        _arguments,
        ("siyu report list", "siyu report retention --timezone Europe/London --json"),
    ),
)
