"""A made-up population for measuring: ``people`` persons and ``events`` events of one year, made inside the engine.

The same sizes give the same data, so a store is made once and kept under ``SIYU_EVIDENCE_DIR`` (default
``build/evidence``). Two tables hold the events: ``events``, merged into one part a month, and ``events_unmerged``,
the same rows in the parts in which they came. Activity is skewed (the busiest person has thousands of events, the
median about forty), 2% of persons were merged into another, and some prices are texts, as in real files.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from siyu.storage import EventLog

NOW = datetime(2026, 11, 1, tzinfo=UTC)
"""The moment at which rules over this population are asked."""

YEAR_START = NOW - timedelta(days=365)
PARTS_A_MONTH = 4
CATEGORIES = ("口红", "面霜", "精华", "面膜", "香水", "洗发水", "防晒", "眼影")
CITIES = ("上海", "北京", "杭州", "成都", "广州", "深圳", "武汉", "西安", "南京", "重庆")
TAGS = 40
MERGED_EVERY = 50
"""Person numbers divisible by this were merged into the person before them."""


def folder() -> Path:
    """Where made populations are kept; never in version control."""
    return Path(os.environ.get("SIYU_EVIDENCE_DIR", "build/evidence"))


def population(people: int, events: int) -> EventLog:
    """Open the event log of this size, making it first where it is not there yet (about 4 µs an event)."""
    home = folder() / f"population-{people}-{events}"
    done = home / "made"
    log = EventLog(f"chdb://{(home / 'events').resolve()}")
    if not done.exists():
        _make(log, people, events)
        done.write_text("1")
    log.command("SYSTEM RELOAD DICTIONARY person_of")
    return log


def _make(log: EventLog, people: int, events: int) -> None:
    for table in ("events", "people", "aliases", "person_stats"):
        log.command(f"TRUNCATE TABLE {table}")
    log.command("DROP TABLE IF EXISTS events_unmerged")
    log.command("SYSTEM STOP MERGES events")
    _make_people(log, people)
    months = _months()
    for number, (first, last) in enumerate(months):
        share = events // len(months) if number < len(months) - 1 else events - events // len(months) * number
        for part in range(PARTS_A_MONTH):
            rows = share // PARTS_A_MONTH if part else share - share // PARTS_A_MONTH * (PARTS_A_MONTH - 1)
            _make_events(log, people, first, last, rows, salt=number * PARTS_A_MONTH + part)
    log.command("CREATE TABLE events_unmerged AS events SETTINGS max_bytes_to_merge_at_max_space_in_pool = 1")
    log.command("SYSTEM STOP MERGES events_unmerged")
    for (partition,) in log.rows("SELECT DISTINCT partition_id FROM system.parts WHERE table = 'events' AND active"):
        log.command(f"ALTER TABLE events_unmerged ATTACH PARTITION ID '{partition}' FROM events")
    log.command("SYSTEM START MERGES events")
    log.command("OPTIMIZE TABLE events FINAL", settings={"max_execution_time": 0})
    for table in ("people", "person_stats"):
        log.command(f"OPTIMIZE TABLE {table} FINAL")


def _months() -> list[tuple[int, int]]:
    """The year in twelfths, as milliseconds [first, last)."""
    start, end = round(YEAR_START.timestamp() * 1000), round(NOW.timestamp() * 1000)
    step = (end - start) // 12
    return [(start + step * n, start + step * (n + 1)) for n in range(12)]


def _texts(values: tuple[str, ...]) -> str:
    return "[" + ", ".join(f"'{value}'" for value in values) + "]"


def _make_people(log: EventLog, people: int) -> None:
    log.command(
        f"""
        INSERT INTO people
        SELECT person, 1, person % {MERGED_EVERY} = 0,
            toDateTime64('2025-01-01 00:00:00', 3, 'UTC') + h % 30000000,
            concat('客户', toString(person)), if(h % 10 < 7, 'female', 'male'),
            if(h % 3 = 0, NULL, toDate32('1960-01-01') + h % 16000),
            '', {_texts(CITIES)}[1 + h % {len(CITIES)}], '', ['douyin', 'wecom', 'shop', ''][1 + h % 4], '', '',
            arrayDistinct([toUInt32(1 + h % {TAGS}), toUInt32(1 + intDiv(h, 97) % {TAGS})]),
            map('lifecycle', ['prospect', 'new', 'active', 'loyal', 'sleeping', 'lost'][1 + h % 6]),
            if(h % 5 = 0, [], ['marketing:webhook']), if(h % 50 = 1, ['marketing:sms'], []),
            if(h % 2 = 0, ['phone', 'external_userid'], ['external_userid']), 0,
            concat('{{"skin":"', ['oily', 'dry', 'mixed'][1 + h % 3], '","children":', toString(h % 4),
                   ',"due_date":"2026-', leftPad(toString(1 + h % 12), 2, '0'), '-15"}}')::JSON
        FROM (SELECT toUInt32(number + 1) AS person, cityHash64(number) AS h FROM numbers({people}))
        """
    )
    log.command(
        f"""
        INSERT INTO aliases (member, kept)
        SELECT number + 1, number FROM numbers(1, {people}) WHERE (number + 1) % {MERGED_EVERY} = 0
        """
    )


def _make_events(log: EventLog, people: int, first: int, last: int, rows: int, salt: int) -> None:
    price = "toString(round(20 + h3 % 40000 / 100, 2))"
    log.command(
        f"""
        INSERT INTO events (person, time, name, message_id, received, source, batch, record, order, amount,
                            `lines.row`, `lines.sku`, `lines.title`, `lines.category`, `lines.quantity`, `lines.price`,
                            properties)
        WITH
            cityHash64(number, {salt}, 1) AS h1, cityHash64(number, {salt}, 2) AS h2,
            cityHash64(number, {salt}, 3) AS h3,
            h1 % 1000000 / 1000000 AS u,
            {people} * pow(u, 1.5) + h2 % 1000 * {people} / 1000000 * 1.5 * sqrt(u) AS place,
            1 + toUInt32(floor(place) % {people}) AS p,
            intDiv(h2, 1000) % 1000 AS dice,
            multiIf(dice < 450, 'page_viewed', dice < 700, 'product_viewed', dice < 780, 'cart_added', dice < 840,
                'order_paid', dice < 845, 'order_returned', dice < 920, 'message_accepted', dice < 970,
                'message_opened', 'lesson_watched') AS kind,
            {_texts(CATEGORIES)}[1 + h3 % {len(CATEGORIES)}] AS category,
            concat('sku', toString(h3 % 2000)) AS sku, {price} AS price, kind LIKE 'order_%' AS bought
        SELECT p, fromUnixTimestamp64Milli(toInt64({first} + h3 % {last - first}), 'UTC') AS at, kind,
            concat('m{salt}-', toString(number)), at, if(h1 % 3 = 0, 'shop', 'web'), {salt} + 1, number,
            if(bought, concat('o{salt}-', toString(number)), ''), if(bought, toDecimal64(price, 4), 0),
            if(bought, [1], []), if(bought, [sku], []), if(bought, [sku], []), if(bought, [category], []),
            if(bought, [1], []), if(bought, [toDecimal64(price, 4)], []),
            multiIf(
                kind = 'page_viewed',
                    concat('{{"path":"/p/', toString(h3 % 300), '","seconds":', toString(h3 % 200), '}}'),
                kind IN ('product_viewed', 'cart_added'), concat('{{"sku":"', sku, '","category":"', category,
                    '","price":', if(h3 % 20 = 0, concat('"', price, '"'), price), '}}'),
                kind LIKE 'message_%',
                    concat('{{"broadcast":', toString(h3 % 50), ',"channel":"webhook","delivery_id":"d',
                    toString(number), '"}}'),
                kind = 'lesson_watched', concat('{{"minutes":', toString(h3 % 60), ',"finished":',
                    if(h3 % 2 = 0, 'true', 'false'), '}}'),
                '{{}}')::JSON
        FROM numbers({rows})
        """,
        heavy=True,
    )


if __name__ == "__main__":
    import sys

    population(int(sys.argv[1]), int(sys.argv[2])).close()
