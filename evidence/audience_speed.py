"""Ten rules of rising difficulty, against hand-written SQL and DuckDB on the same events."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from evidence.audience_rules import Question, questions
from evidence.harness import Evidence, Goal, Scale, at_most, equal, peak_memory_bytes, ratio, seconds_of
from evidence.population import NOW, folder, population
from siyu.audiences.compile import Definition, Statement, select
from siyu.audiences.model import parse
from siyu.audiences.sql import Moment
from siyu.storage import EventLog

CLAIM = "audience.speed"
SIZES = {"small": (4_000, 200_000), "full": (1_000_000, 50_000_000)}
ROUNDS = {"small": 1, "full": 5}
INTAKE_ROWS = 5_000


def measure(scale: Scale) -> Evidence:
    people, events = SIZES[scale]
    log = population(people, events)
    duck = _duck(log, people, events)
    goals: list[Goal] = []
    notes: dict[str, Any] = {}
    merged: dict[str, float] = {}
    for question in questions():
        ours = compiled(question)
        goals.append(
            equal(f"{question.name}_people", _count(log, ours.sql, ours.parameters), _count(log, question.hand))
        )
        (beside,) = duck.execute(question.duck).fetchall()[0]
        goals.append(equal(f"{question.name}_people_duckdb", beside, _count(log, question.hand)))
        found = ratio(_run(log, ours), lambda q=question: log.rows(q.hand), rounds=ROUNDS[scale])
        merged[question.name] = found.ours_seconds
        goals.append(at_most(f"{question.name}_times", found.times, 1.2))
        goals.append(at_most(f"{question.name}_seconds", round(found.ours_seconds, 3), question.seconds_max, "s"))
        notes[f"{question.name}_hand_seconds"] = round(found.bare_seconds, 3)
        notes[f"{question.name}_duckdb_seconds"] = round(
            _median(lambda q=question: duck.execute(q.duck).fetchall(), min(3, ROUNDS[scale])), 3
        )
    duck.close()
    goals += _unmerged(log, merged, notes)
    goals += _two_and_intake(log, merged, notes)
    notes["peak_memory_mb"] = peak_memory_bytes() // 2**20
    return Evidence(CLAIM, f"{events:,} events of {people:,} people in one year", goals, notes)


def compiled(question: Question) -> Statement:
    """The rule's own query, as the product asks it."""
    definitions = {number: Definition("live", parse(dict(rule))) for number, rule in question.references.items()}
    return select(parse(dict(question.rule)), Moment(NOW), definitions, "bitmapCardinality({members})")


def _run(log: EventLog, statement: Statement, table: str = "events") -> Callable[[], object]:
    sql = statement.sql.replace("FROM events ", f"FROM {table} ")
    return lambda: log.rows(sql, statement.parameters)


def _count(log: EventLog, sql: str, parameters: Any = None) -> int:
    return int(log.row(sql, parameters)[0])


def _median(run: Callable[[], object], rounds: int) -> float:
    run()
    return statistics.median(seconds_of(run) for _ in range(rounds))


def _unmerged(log: EventLog, merged: dict[str, float], notes: dict[str, Any]) -> list[Goal]:
    """The same over parts as they came in, before the store merged them."""
    log.command("SYSTEM STOP MERGES events_unmerged")
    goals: list[Goal] = []
    for question in questions():
        took = _median(_run(log, compiled(question), "events_unmerged"), 3)
        notes[f"{question.name}_unmerged_seconds"] = round(took, 3)
        goals.append(at_most(f"{question.name}_unmerged_times", round(took / merged[question.name], 3), 1.5))
    return goals


def _two_and_intake(log: EventLog, merged: dict[str, float], notes: dict[str, Any]) -> list[Goal]:
    """Two askers of all ten rules while events come in, against one asker alone."""
    log.command("DROP TABLE IF EXISTS events_coming_in")
    log.command("CREATE TABLE events_coming_in AS events")
    stop = threading.Event()
    took: dict[str, list[float]] = {question.name: [] for question in questions()}
    statements = {question.name: compiled(question) for question in questions()}

    def ask() -> None:
        for name, statement in statements.items():
            took[name].append(seconds_of(_run(log, statement)))

    def come_in() -> None:
        columns = "(person, time, name, message_id, received, source, batch, record, properties)"
        while not stop.is_set():
            log.command(
                f"INSERT INTO events_coming_in {columns} SELECT number, now64(3), 'page_viewed', toString(number), "
                f"now64(3), 'web', 1, number, '{{\"path\":\"/\"}}' FROM numbers({INTAKE_ROWS})"
            )
            time.sleep(0.1)

    intake = threading.Thread(target=come_in)
    intake.start()
    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    stop.set()
    intake.join()
    log.command("DROP TABLE events_coming_in")
    busy = {name: statistics.mean(each) for name, each in took.items()}
    notes |= {f"{name}_busy_seconds": round(each, 3) for name, each in busy.items()}
    times = statistics.median(busy[name] / merged[name] for name in busy)
    return [at_most("two_queries_and_intake_times", round(times, 3), 3.0)]


def _duck(log: EventLog, people: int, events: int) -> duckdb.DuckDBPyConnection:
    """DuckDB over the same rows: the columns that the questions need, merges applied, made once."""
    path = folder() / f"population-{people}-{events}" / "beside.duckdb"
    fresh = not path.exists()
    duck = duckdb.connect(str(path))
    if fresh:
        _fill(duck, log, path.parent)
    return duck


def _fill(duck: duckdb.DuckDBPyConnection, log: EventLog, home: Path) -> None:
    parts: list[Path] = []
    for number, (partition,) in enumerate(
        log.rows("SELECT DISTINCT toYYYYMM(time) AS month FROM events ORDER BY month")
    ):
        table = log.arrow(
            "SELECT dictGetOrDefault('person_of', 'kept', toUInt64(person), person) AS p, "
            "toUnixTimestamp64Milli(time) AS ms, toString(name) AS name, toFloat64(amount) AS amount, "
            "properties.category.:String AS category FROM events WHERE toYYYYMM(time) = {month:UInt32}",
            {"month": partition},
        )
        parts.append(home / f"beside-{number}.parquet")
        pq.write_table(table, parts[-1])
    listed = ", ".join(f"'{part}'" for part in parts)
    duck.execute(f"CREATE TABLE events AS SELECT * FROM read_parquet([{listed}])")
    known = log.arrow("SELECT person, gone, toString(city) AS city, tags FROM people FINAL")
    duck.register("known", known)
    duck.execute("CREATE TABLE people AS SELECT * FROM known")
    for part in parts:
        part.unlink()
