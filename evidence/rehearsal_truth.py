"""What really caused what adds up over any period, is what the platforms saw, and is never read by the product.

People live on a simulated WeCom and shop while somebody sends them messages. Their diary is then held against what the
platforms remember by themselves, cut into periods and added up again."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from evidence.harness import REPOSITORY, Evidence, Scale, at_least, equal, fresh_home

CLAIM = "rehearsal.truth"
DAYS = {"small": 5, "full": 30}
BROADCAST_EVERY_DAYS = 3
BOOK = "truth.jsonl"
KEPT_BY_DAY = 6 * 3_600
"""Periods are cut into quarters of a day."""


def measure(scale: Scale) -> Evidence:
    from rehearsal.people.diary import causes, lived
    from tests.rehearsal.people.towns import SEED, broadcast, playing

    days = DAYS[scale]
    with playing(seed=SEED) as play:
        for day in range(days):
            if day % BROADCAST_EVERY_DAYS == 1:
                broadcast(play)
            play.live(24, step=2)
        truths = list(play.truths)
        bills = {each["number"]: each for each in play.platforms[1].door.get("bills", shop="rehearsal")["bills"]}
        reached = _reached(play)
    whole = _summed(causes(lived(truths)))
    parts = sum((_summed(causes(lived(truths, since, until))) for since, until in _periods(truths)), Counter[Any]())
    did = Counter(each["what"] for each in truths)
    bought = {each["order"]: each["fen"] for each in truths if each["what"] == "bought"}
    with fresh_home() as folder:
        printed = _printed(folder, truths)
    return Evidence(
        CLAIM,
        f"{len(truths):,} acts in {days} days",
        [
            equal("sums_of_periods_that_differ", _apart(whole, parts), 0),
            equal("sums_that_differ_when_every_line_is_there_twice", _apart(whole, _twice(truths)), 0),
            equal("sums_that_the_command_tells_differently", _apart(whole, printed), 0),
            equal("orders_the_shop_has_otherwise", _otherwise(bought, bills), 0),
            equal("messages_the_platform_delivered_otherwise", abs(did["received"] - reached), 0),
            equal("acts_without_a_cause", sum(not each["cause"]["kind"] for each in truths), 0),
            equal("places_in_the_product_that_know_the_truth", len(list(_knowing())), 0),
            at_least("acts", len(truths), days * 40, timed=False),
        ],
        {"bought": did["bought"], "received": did["received"], "left": did["deleted"] + did["blocked"]},
    )


def _summed(rows: list[dict[str, Any]]) -> Counter[tuple[str, str, str]]:
    """(cause, reference, what) → count, fen, or expected orders in thousandths."""
    found: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        for name, value in row.items():
            if name not in ("cause", "ref"):
                found[row["cause"], row["ref"], name] += round(value * 1_000) if name == "expected_orders" else value
    return found


def _apart(one: Counter[Any], other: Counter[Any]) -> int:
    """How many sums differ; expectations are rounded in each period, to half a thousandth."""
    keys, rounded = one.keys() | other.keys(), len(one)
    return sum(abs(one[key] - other[key]) > (rounded if key[2] == "expected_orders" else 0) for key in keys)


def _periods(truths: list[dict[str, Any]]) -> Iterator[tuple[datetime, datetime]]:
    first, last = min(each["time"] for each in truths), max(each["time"] for each in truths)
    begin = int(first) - int(first) % KEPT_BY_DAY
    for since in range(begin, int(last) + 1, KEPT_BY_DAY):
        yield datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(since + KEPT_BY_DAY, UTC)


def _twice(truths: list[dict[str, Any]]) -> Counter[Any]:
    from rehearsal.people.diary import causes, lived

    return _summed(causes(lived([*truths, *reversed(truths)])))


def _printed(folder: Any, truths: list[dict[str, Any]]) -> Counter[Any]:
    """What ``rehearsal truth`` says of the same book."""
    import contextlib
    import io
    import json

    from rehearsal.__main__ import main

    (folder / BOOK).write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in truths), "utf-8")
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        main(["truth", "--state", str(folder)])
    rows = [json.loads(line) for line in told.getvalue().splitlines()]
    return _summed([row for row in rows if "cause" in row])


def _reached(play: Any) -> int:
    """Customers whom a mass message reached, as WeCom remembers it."""
    told = play.shop.door.get("deliveries", corpid=play.founded.corpid, limit="100000")["deliveries"]
    return sum(len(each["to"]) for each in told if each["kind"] == "mass")


def _otherwise(bought: Mapping[str, int], bills: Mapping[str, Mapping[str, Any]]) -> int:
    paid = {number: bill["fen"] for number, bill in bills.items()}
    return sum(bought.get(number) != paid.get(number) for number in bought.keys() | paid.keys())


def _knowing() -> Iterator[str]:
    """Files of the product that name the book or import anything of the rehearsal."""
    for path in sorted((REPOSITORY / "siyu").rglob("*.py")):
        text = path.read_text("utf-8")
        modules = [
            name
            for node in ast.walk(ast.parse(text))
            for name in (
                [each.name for each in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        ]
        if BOOK in text or any(name.split(".")[0] == "rehearsal" for name in modules):
            yield str(path)
