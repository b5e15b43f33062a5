"""Ten rules of rising difficulty over the made population, each also as somebody would write it by hand.

The hand-written ClickHouse SQL applies merges too; DuckDB reads the same rows from a table of its own, with the columns
that the questions need and merges joined in. All three must count the same people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evidence.population import NOW
from siyu.storage.eventlog_schema import PERSON

INNER_AUDIENCE = 1
INNER: Mapping[str, Any] = {
    "type": "did",
    "event": "order_paid",
    "measure": {"of": "sum", "field": "amount", "op": "at_least", "value": 500},
}
_KEPT = "SELECT person FROM people FINAL WHERE gone = 0"
_GONE = "SELECT person FROM people FINAL WHERE gone = 1"
"""Events of somebody who was erased are nobody's: whoever counts people leaves them out."""
_WEEK = 7 * 86_400_000


@dataclass(frozen=True)
class Question:
    """One rule; ``hand`` and ``duck`` count the same people. ``seconds_max`` is what the rule may take."""

    name: str
    rule: Mapping[str, Any]
    hand: str
    duck: str
    seconds_max: float = 1.0
    references: Mapping[int, Mapping[str, Any]] = field(default_factory=dict[int, Mapping[str, Any]])


def _ago(days: int) -> str:
    """The moment so many days before the question, as both engines read it."""
    return f"{round(NOW.timestamp() * 1000) - days * 86_400_000}"


def _hand(where: str, having: str = "") -> str:
    grouped = f"SELECT {PERSON} AS p FROM events PREWHERE {where} GROUP BY p{f' HAVING {having}' if having else ''}"
    return f"SELECT count() FROM ({grouped}) WHERE p NOT IN ({_GONE})"


def _since(days: int) -> str:
    return f"time > fromUnixTimestamp64Milli({_ago(days)}, 'UTC')"


def _duck(where: str, having: str = "") -> str:
    return f"SELECT p FROM events WHERE {where} GROUP BY p{f' HAVING {having}' if having else ''}"


def _number(inner: str) -> str:
    return f"SELECT count(*) FROM ({inner})"


def questions() -> list[Question]:
    """The ten, easiest first."""
    last30: Mapping[str, Any] = {"type": "last", "n": 30}
    last90: Mapping[str, Any] = {"type": "last", "n": 90}
    steps = ("product_viewed", "cart_added", "order_paid")
    funnel = ", ".join(f"name = '{name}'" for name in steps)
    paid = "sum(amount) >= 500"
    return [
        Question(
            "did",
            {"type": "did", "event": "product_viewed", "window": last30},
            _hand(f"name = 'product_viewed' AND {_since(30)}"),
            _number(_duck(f"name = 'product_viewed' AND ms > {_ago(30)}")),
        ),
        Question(
            "did_not",
            {"type": "did_not", "event": "page_viewed", "window": last90},
            f"SELECT count() FROM ({_KEPT}) WHERE person NOT IN (SELECT {PERSON} FROM events "
            f"PREWHERE name = 'page_viewed' AND {_since(90)})",
            f"SELECT count(*) FROM people WHERE gone = 0 AND person NOT IN "
            f"({_duck(f'''name = 'page_viewed' AND ms > {_ago(90)}''')})",
        ),
        Question(
            "how_often",
            {
                "type": "did",
                "event": "page_viewed",
                "window": last30,
                "measure": {"of": "count", "op": "at_least", "value": 5},
            },
            _hand(f"name = 'page_viewed' AND {_since(30)}", "count() >= 5"),
            _number(_duck(f"name = 'page_viewed' AND ms > {_ago(30)}", "count(*) >= 5")),
        ),
        Question("how_much", INNER, _hand("name = 'order_paid'", paid), _number(_duck("name = 'order_paid'", paid))),
        Question(
            "first_time",
            {"type": "did", "event": "order_paid", "measure": {"of": "first", "op": "in_last", "n": 90}},
            _hand("name = 'order_paid'", f"min(time) > fromUnixTimestamp64Milli({_ago(90)}, 'UTC')"),
            _number(_duck("name = 'order_paid'", f"min(ms) > {_ago(90)}")),
        ),
        Question(
            "last_time",
            {"type": "did", "event": "*", "measure": {"of": "last", "op": "longer_ago", "n": 30}},
            _hand("1", f"max(time) <= fromUnixTimestamp64Milli({_ago(30)}, 'UTC')").replace(" PREWHERE 1", ""),
            _number(_duck("true", f"max(ms) <= {_ago(30)}")),
        ),
        Question(
            "property",
            {
                "type": "did",
                "event": "product_viewed",
                "where": [{"field": "properties.category", "op": "is", "value": "口红"}],
            },
            f"SELECT uniqExact({PERSON}) FROM events PREWHERE name = 'product_viewed' "
            "WHERE properties.category.:String = '口红'",
            _number(_duck("name = 'product_viewed' AND category = '口红'")),
        ),
        Question(
            "profile_tag_events",
            {
                "type": "all",
                "rules": [
                    {"type": "profile", "field": "city", "op": "is", "value": "上海"},
                    {"type": "tag", "tags": [3, 7, 11]},
                    {"type": "did", "event": "cart_added", "window": last90},
                    {"type": "did_not", "event": "order_paid", "window": last30},
                ],
            },
            f"SELECT count() FROM ({_KEPT} AND city = '上海' AND hasAny(tags, [3, 7, 11])) WHERE person IN "
            f"(SELECT {PERSON} FROM events PREWHERE name = 'cart_added' AND {_since(90)}) AND person NOT IN "
            f"(SELECT {PERSON} FROM events PREWHERE name = 'order_paid' AND {_since(30)})",
            "SELECT count(*) FROM people WHERE gone = 0 AND city = '上海' AND list_has_any(tags, [3, 7, 11]) "
            f"AND person IN ({_duck(f'''name = 'cart_added' AND ms > {_ago(90)}''')}) "
            f"AND person NOT IN ({_duck(f'''name = 'order_paid' AND ms > {_ago(30)}''')})",
        ),
        Question(
            "audience_in_audience",
            {
                "type": "all",
                "rules": [
                    {"type": "audience", "audience": INNER_AUDIENCE},
                    {"type": "did", "event": "message_opened", "window": last90},
                ],
            },
            f"SELECT count() FROM (SELECT {PERSON} AS p FROM events PREWHERE name = 'order_paid' GROUP BY p "
            f"HAVING {paid}) WHERE p NOT IN ({_GONE}) AND p IN "
            f"(SELECT {PERSON} FROM events PREWHERE name = 'message_opened' AND {_since(90)})",
            f"SELECT count(*) FROM ({_duck('''name = 'order_paid' ''', paid)}) WHERE p IN "
            f"({_duck(f'''name = 'message_opened' AND ms > {_ago(90)}''')})",
            references={INNER_AUDIENCE: INNER},
        ),
        Question(
            "sequence_of_a_year",
            {"type": "sequence", "steps": [{"event": name} for name in steps], "within": {"n": 7}},
            f"SELECT count() FROM (SELECT {PERSON} AS p FROM events PREWHERE name IN {steps} GROUP BY p "
            f"HAVING windowFunnel({_WEEK})(toUInt64(toUnixTimestamp64Milli(time)), {funnel}) = 3) "
            f"WHERE p NOT IN ({_GONE})",
            "SELECT count(DISTINCT a.p) FROM events a JOIN events b ON a.p = b.p AND b.ms > a.ms "
            f"AND b.ms <= a.ms + {_WEEK} JOIN events c ON a.p = c.p AND c.ms > b.ms AND c.ms <= a.ms + {_WEEK} "
            "WHERE a.name = 'product_viewed' AND b.name = 'cart_added' AND c.name = 'order_paid'",
            seconds_max=3.0,
        ),
    ]
