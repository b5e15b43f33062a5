"""``siyu import``: orders, events and people from a file."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from siyu.cli.command import Call, Command, pairs


def import_kind(kind: str, call: Call) -> Mapping[str, Any]:
    """The report of one import."""
    from siyu.people.importing.command import import_file

    asked = call.arguments
    return import_file(
        call.stores,
        kind,
        call.path(asked.file),
        mapping=pairs("map", asked.map),
        timezone=asked.timezone,
        source=asked.source,
        settings={name: _value(text) for name, text in pairs("set", asked.set).items()},
        rejects=None if asked.rejects is None else call.path(asked.rejects),
        alone=call.alone,
        watch=call.watch,
    )


def _value(text: str) -> Any:
    """``true``, ``3`` and ``["a"]`` as JSON, anything else as text."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="CSV、Excel 或 Parquet 文件 · a CSV, Excel or Parquet file")
    parser.add_argument(
        "--map",
        metavar="FIELD=COLUMN",
        action="append",
        default=[],
        help="哪一列是什么；没写的自动识别 · what a column means; the rest is guessed",
    )
    parser.add_argument(
        "--timezone", metavar="ZONE", help="文件里时间的时区 · the zone of the file's times (settings: timezone)"
    )
    parser.add_argument(
        "--source", metavar="NAME", help="来源名，区分不同店铺的编号 · whose numbers these are, such as youzan"
    )
    parser.add_argument("--rejects", metavar="FILE", help="被拒绝的行存到哪里 · where the refused rows go")
    parser.add_argument(
        "--set",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="其他设置，如 encoding=gb18030、returns=none · other settings, such as encoding=gb18030, returns=none",
    )


def _command(kind: str, zh: str, en: str, *examples: str) -> Command:
    run: Callable[[Call], Mapping[str, Any]] = partial(import_kind, kind)
    return Command(("import", kind), zh, en, run, _arguments, examples, "import_started")


COMMANDS = (
    _command(
        "orders",
        "导入订单",
        "Import orders",
        "siyu import orders 订单.xlsx --source youzan",
        "siyu import orders retail.parquet --map person=CustomerID --map order=InvoiceNo --map time=InvoiceDate "
        "--map sku=StockCode --map quantity=Quantity --map price=UnitPrice --timezone Europe/London --json",
    ),
    _command("events", "导入事件", "Import events", "siyu import events visits.csv --map name=event --rejects bad.csv"),
    _command("people", "导入客户", "Import people", "siyu import people 客户.csv --source weiban"),
)
