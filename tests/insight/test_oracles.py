"""The compiled reports and their plain readings agree, on populations that hypothesis makes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.audiences.segments import GRID
from siyu.insight.command import report
from siyu.insight.period import Period, Unit
from siyu.storage import Stores
from tests.examples import examples
from tests.insight import oracle
from tests.insight.populations import ZONES, kept, merges, populations
from tests.insight.world import START, Happened, clear, merge, store

few = examples(40)
DAY = START.date()
periods = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(
    lambda days: (DAY + timedelta(days=days[0]), DAY + timedelta(days=days[0] + days[1]))
)
steps = st.lists(st.sampled_from(("page_viewed", "cart_added", "order_paid")), min_size=1, max_size=4)


def put(stores: Stores, happened: list[Happened], pairs: list[tuple[int, int]]) -> oracle.Who:
    clear(stores.events)
    store(stores.events, happened)
    merge(stores.events, pairs)
    joined = kept(pairs)
    return lambda person: joined.get(person, person)


def asked(stores: Stores, name: str, period: tuple[date, date], zone: str, **parameters: Any) -> dict[str, Any]:
    days = {"from": period[0].isoformat(), "to": period[1].isoformat()}
    return report(stores, name, {**days, **parameters}, zone)


@few
@given(
    populations,
    merges,
    steps,
    st.integers(1, 200),
    periods,
    st.sampled_from(ZONES),
    st.sampled_from(("once", "overlap")),
)
def test_funnel(
    stores: Stores,
    happened: list[Happened],
    pairs: list[tuple[int, int]],
    steps: list[str],
    hours: int,
    period: tuple[date, date],
    zone: str,
    mode: str,
) -> None:
    who = put(stores, happened, pairs)
    answer = asked(stores, "funnel", period, zone, steps=list(steps), window=f"{hours}h", mode=mode)
    within = Period(*period, zone)
    assert [each["people"] for each in answer["steps"]] == oracle.funnel(
        happened, steps, hours * 3_600_000, within.start, within.end, mode == "once", who
    )


@few
@given(
    populations,
    merges,
    st.sampled_from(("order_paid", "page_viewed", "any")),
    st.sampled_from(("order_paid", "any")),
    st.sampled_from(("day", "week", "month")),
    st.sampled_from(("classic", "rolling")),
    periods,
    st.sampled_from(ZONES),
)
def test_retention(
    stores: Stores,
    happened: list[Happened],
    pairs: list[tuple[int, int]],
    first: str,
    back: str,
    unit: Unit,
    mode: str,
    period: tuple[date, date],
    zone: str,
) -> None:
    who = put(stores, happened, pairs)
    answer = asked(stores, "retention", period, zone, first=first, back=back, unit=unit, mode=mode, steps=30)
    found = {
        date.fromisoformat(cohort["start"]): {0: cohort["people"]}
        | {step: people for step, people in enumerate(cohort["returned"], 1) if people}
        for cohort in answer["cohorts"]
    }
    assert found == oracle.retention(happened, first, back, unit, zone, mode == "rolling", period, who)


@few
@given(populations, merges, st.sampled_from(ZONES))
def test_rfm(stores: Stores, happened: list[Happened], pairs: list[tuple[int, int]], zone: str) -> None:
    who = put(stores, happened, pairs)
    answer = report(stores, "rfm", {}, zone)
    wanted: dict[str, int] = {}
    for recency, frequency, money in oracle.rfm_scores(happened, zone, who).values():
        code = GRID[recency][(frequency + money + 1) // 2 - 1]
        wanted[code] = wanted.get(code, 0) + 1
    assert {each["segment"]: each["people"] for each in answer["segments"] if each["people"]} == wanted


@pytest.mark.parametrize("mode", ["once", "overlap"])
def test_an_event_counts_for_one_step_unless_overlap_is_asked(stores: Stores, mode: str) -> None:
    store(stores.events, [Happened(1, "page_viewed")])
    answer = report(stores, "funnel", {"steps": "page_viewed,page_viewed", "mode": mode}, "Asia/Shanghai")
    assert [each["people"] for each in answer["steps"]] == ([1, 0] if mode == "once" else [1, 1])
