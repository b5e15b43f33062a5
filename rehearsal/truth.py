"""Reading the answer book: for each broadcast, what the messages really did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any


def summary(truths: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row per broadcast: messages received, what people did, the orders it caused and their expected number.

    Every order with a cause would not have been placed without the message; orders without one (``cause`` null) come
    from habit alone. ``expected_orders`` is the sum of the true chances, free of luck.
    """
    rows: dict[Any, dict[str, Any]] = defaultdict(lambda: defaultdict(float))
    for truth in truths:
        if truth["kind"] != "received":
            continue
        row = rows[truth["broadcast"]]
        chances = truth["chances"]
        row["received"] += 1
        row["expected_opens"] += chances["opens"]
        row["expected_orders"] += chances["opens"] * chances["clicks"] * chances["buys"]
        for step in truth["steps"]:
            call = step["message"]
            row[call["event"]] += 1
            if call["event"] == "Order Completed":
                row["caused_amount"] += call["properties"]["total"]
    return [
        {"broadcast": broadcast, **{name: round(value, 2) for name, value in row.items()}}
        for broadcast, row in rows.items()
    ]
