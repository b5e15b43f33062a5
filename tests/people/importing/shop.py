"""Small files of a made-up shop, and what is stored of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from siyu.people.importing.command import import_file
from siyu.storage import Stores

HEADER = "CustomerID,InvoiceNo,InvoiceDate,StockCode,Description,Quantity,UnitPrice"
MAPPING: Mapping[str, str] = {
    "person": "CustomerID",
    "order": "InvoiceNo",
    "time": "InvoiceDate",
    "sku": "StockCode",
    "title": "Description",
    "quantity": "Quantity",
    "price": "UnitPrice",
}


def table(*rows: str, header: str = HEADER) -> str:
    return "\n".join((header, *rows)) + "\n"


def brought_in(
    stores: Stores, content: str | bytes, *, kind: str = "orders", name: str = "orders.csv", **options: Any
) -> dict[str, Any]:
    """Import a file of this content; the report."""
    folder = stores.home / "given"
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    options.setdefault("timezone", "Asia/Shanghai")
    options.setdefault("source", "shop")
    return import_file(stores, kind, path, **options)


def events(stores: Stores, columns: str = "name, order, amount, lines.sku, lines.quantity") -> list[tuple[Any, ...]]:
    return stores.events.rows(f"SELECT {columns} FROM events ORDER BY time, order, name, message_id")


def everything(stores: Stores) -> list[tuple[Any, ...]]:
    """All that is stored of events, but for when and under which batch."""
    return events(
        stores,
        "person, time, name, message_id, source, record, order, amount, lines.row, lines.sku, lines.title, "
        "lines.quantity, lines.price, toString(properties)",
    )


def refused(stores: Stores, report: Mapping[str, Any]) -> str:
    return (stores.home / str(report["rejects"])).read_text("utf-8-sig")


def reasons(report: Mapping[str, Any]) -> dict[str, int]:
    return {each["code"]: each["count"] for each in report["reasons"]}


def only_rejects(path: Path) -> list[str]:
    return path.read_text("utf-8-sig").splitlines()[1:]
