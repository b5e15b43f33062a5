"""ClickHouse's own cases for funnels and retention."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime

import pytest

from siyu.insight import tracing
from siyu.insight.command import report
from siyu.storage import Stores
from tests.insight import golden
from tests.insight.world import Happened, store

needs_files = pytest.mark.skipif(not golden.FOLDER.exists(), reason="the golden cases are not here (SIYU_REAL_DATA)")
pytestmark = [needs_files, pytest.mark.real_data]


ALL = golden.every_case() if golden.FOLDER.exists() else []
SAME = [case for case in ALL if not case.different]


def levels(stores: Stores, case: golden.Case) -> dict[int, int]:
    """How far each user came, through the report's own cells."""
    found = dict.fromkeys([user for user, _ in case.wanted], 0)
    for level in range(1, len(case.steps) + 1):
        cell = tracing.relation_of(stores, "funnel", case.asked, f"stopped:{level}", "UTC")
        found |= {each.person: level for each in tracing.people(stores, cell)}
    return found


@pytest.mark.parametrize("case", SAME, ids=lambda case: case.text[:70])
def test_funnel(stores: Stores, case: golden.Case) -> None:
    store(stores.events, case.happened)
    assert levels(stores, case) == dict(case.wanted)


def test_every_case_is_run_or_differs_for_a_reason() -> None:
    reasons = Counter([reason for _, reason in golden.sql_cases()[1]] + [case.different for case in ALL])
    assert reasons == {
        "": 29,
        golden.NUMBERS: 5,
        golden.ORDER: 8,
    }


def test_retention_by_day(stores: Stores) -> None:
    days = {6: 80, 7: 50, 8: 60}
    store(
        stores.events,
        [
            Happened(person, "seen", at=datetime(2018, 8, day, 12, tzinfo=UTC))
            for day, people in days.items()
            for person in range(1, people + 1)
        ],
    )
    answer = report(stores, "retention", {"first": "any", "back": "any", "unit": "day", "steps": 2}, "UTC")
    first = answer["cohorts"][0]
    assert (first["start"], first["people"], first["returned"]) == (date(2018, 8, 6).isoformat(), 80, [50, 60])
