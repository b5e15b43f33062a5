"""Whatever is listed under a number adds up to it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from siyu.insight import tracing
from siyu.insight.answers import cents
from siyu.insight.command import report
from siyu.insight.figure import Measure, Total, totals_of
from siyu.insight.figures import figures
from siyu.insight.measure import WHOLE, Raw, measure_totals
from siyu.insight.period import Period
from siyu.insight.relation import PASSIVE
from siyu.people.event_names import NAMES
from siyu.people.tables import batches, imports
from siyu.storage import BadInput, NotFound, Stores
from siyu.storage.eventlog_schema import NEVER, PERSON
from tests.examples import examples
from tests.insight.populations import ZONES, merges, populations
from tests.insight.world import START, Happened, clear, merge, store

few = examples(12)
TOTALS = [figure for figure in figures().values() if isinstance(figure, Total)]
SPLITS = (None, "source", "event", "channel", "week", "city")
periods = st.builds(
    lambda first, length, zone: Period(
        START.date() + timedelta(days=first), START.date() + timedelta(days=first + length), zone
    ),
    st.integers(-2, 20),
    st.integers(0, 20),
    st.sampled_from(ZONES),
)


def put(stores: Stores, happened: list[Happened], pairs: list[tuple[int, int]]) -> None:
    clear(stores.events)
    store(stores.events, happened)
    merge(stores.events, pairs)


def listed(stores: Stores, relation: tracing.Relation) -> list[tracing.TracedEvent]:
    return tracing.events(stores, relation, limit=tracing.PAGE_MAX)


@few
@given(populations, merges, st.sampled_from(TOTALS), periods)
def test_the_events_listed_make_the_figure(
    stores: Stores, happened: list[Happened], pairs: list[tuple[int, int]], total: Total, period: Period
) -> None:
    put(stores, happened, pairs)
    (measured,) = measure_totals(stores.events, [total], [period])
    relation = total.relation(period)
    rows = listed(stores, relation)
    raw = measured[total.name].get(WHOLE, Raw(0, 0))
    if not total.at:  # such a total counts people; two events of one may share the moment
        assert raw.events == len(rows) == tracing.added_up(stores, relation).events
    if total.measure is Measure.PEOPLE:
        assert raw.sum == len({row.person for row in rows}) == len(tracing.people(stores, relation))
    if total.name == "gross_sales":
        assert raw.sum == sum(row.amount for row in rows)
    if total.name == "net_sales":
        assert raw.sum == sum(-row.amount if row.name == "order_returned" else row.amount for row in rows)


@pytest.fixture
def everything_happened(stores: Stores) -> set[str]:
    """Somebody for each event name: it happened to them on the first day, the second, and in the last week of
    ``FORTY_DAYS``. The names."""
    names = {*NAMES, "a_shops_own"}
    store(
        stores.events,
        [
            Happened(person, name, 24 * day, Decimal(1), properties={"delivery_id": f"d{day}", "cost": 1})
            for person, name in enumerate(sorted(names), 1)
            for day in (0, 1, 38)
        ],
    )
    return names


FORTY_DAYS = Period(START.date(), START.date() + timedelta(days=39), "UTC")


@pytest.mark.parametrize("total", TOTALS, ids=lambda total: total.name)
def test_a_figure_counts_the_very_events_that_it_names(
    stores: Stores, everything_happened: set[str], total: Total
) -> None:
    named = {"every": everything_happened, "active": everything_happened - {*PASSIVE}}
    expected = named[total.events] if isinstance(total.events, str) else set(total.events)
    assert {row.name for row in listed(stores, total.relation(FORTY_DAYS))} == expected


@few
@given(populations, merges, st.sampled_from(TOTALS), periods, st.sampled_from(SPLITS[1:]))
def test_parts_have_all_the_events_of_the_whole(
    stores: Stores, happened: list[Happened], pairs: list[tuple[int, int]], total: Total, period: Period, by: str
) -> None:
    put(stores, happened, pairs)
    days = {"from": period.first.isoformat(), "to": period.last.isoformat(), "by": by}
    answer = report(stores, "core", {**days, "figures": total.name}, period.zone)["figures"][0]
    whole = tracing.added_up(stores, total.relation(period)).events
    cells = [
        tracing.relation_of(
            stores,
            "core",
            {"from": days["from"], "to": days["to"], "by": by},
            f"{total.name}={part['part']}",
            period.zone,
        )
        for part in answer["parts"]
        if part["value"] is not None
    ]
    assert sum(tracing.added_up(stores, cell).events for cell in cells) == whole


@few
@given(populations, merges, st.sampled_from(("classic", "rolling")), st.sampled_from(("day", "week", "month")))
def test_the_people_of_a_retention_cell(
    stores: Stores, happened: list[Happened], pairs: list[tuple[int, int]], mode: str, unit: str
) -> None:
    put(stores, happened, pairs)
    asked: dict[str, Any] = {"mode": mode, "unit": unit, "first": "any", "back": "any"}
    for cohort in report(stores, "retention", asked, "Asia/Shanghai")["cohorts"][:2]:
        for step, people in enumerate([cohort["people"], *cohort["returned"][:3]]):
            cell = tracing.relation_of(stores, "retention", asked, f"{cohort['start']}:{step}", "Asia/Shanghai")
            assert tracing.added_up(stores, cell).people == (people or 0)


@few
@given(populations, merges, st.sampled_from((None, "source", "city")))
def test_the_people_of_a_funnel_step(
    stores: Stores, happened: list[Happened], pairs: list[tuple[int, int]], by: str | None
) -> None:
    put(stores, happened, pairs)
    asked: dict[str, Any] = {"steps": "page_viewed,cart_added,order_paid", "window": "9d", "by": by}
    answer = report(stores, "funnel", asked, "Asia/Shanghai")
    for step in answer["steps"]:
        for place, people in (("reached", step["people"]), ("stopped", step["stopped"])):
            cell = tracing.relation_of(stores, "funnel", asked, f"{place}:{step['step']}", "Asia/Shanghai")
            assert tracing.added_up(stores, cell).people == people
    for part in answer["parts"] or []:
        cell = tracing.relation_of(stores, "funnel", asked, f"reached:1={part['part']}", "Asia/Shanghai")
        assert tracing.added_up(stores, cell).people == part["steps"][0]["people"]


@few
@given(populations, merges)
def test_the_people_of_an_rfm_segment(stores: Stores, happened: list[Happened], pairs: list[tuple[int, int]]) -> None:
    put(stores, happened, pairs)
    answer = report(stores, "rfm", {}, "Asia/Shanghai")
    for segment in [each for each in answer["segments"] if each["people"]]:
        rows = listed(stores, tracing.relation_of(stores, "rfm", {}, segment["segment"], "Asia/Shanghai"))
        net = sum((-row.amount if row.name == "order_returned" else row.amount for row in rows), Decimal(0))
        assert (len({row.person for row in rows}), str(cents(net))) == (segment["people"], segment["net_sales"])
    for cell in [each for each in answer["grid"] if each["people"]]:
        traced = tracing.relation_of(stores, "rfm", {}, f"{cell['recency']}:{cell['value']}", "Asia/Shanghai")
        assert tracing.added_up(stores, traced).people == cell["people"]


@few
@given(populations, merges)
def test_the_times_kept_per_node_are_those_of_the_events(
    stores: Stores, happened: list[Happened], pairs: list[tuple[int, int]]
) -> None:
    put(stores, happened, pairs)
    times = "min(first_time), min(first_paid), max(last_time)"
    kept = f"SELECT {PERSON} AS who, {times} FROM person_stats GROUP BY who ORDER BY who"
    paid = f"min(if(name = 'order_paid', time, {NEVER}))"
    read = f"SELECT {PERSON} AS who, min(time), {paid}, max(time) FROM events GROUP BY who ORDER BY who"
    assert stores.events.rows(kept) == stores.events.rows(read)


def test_a_share_says_that_it_has_two_sides(stores: Stores) -> None:
    with pytest.raises(BadInput) as refused:
        tracing.relation_of(stores, "core", {}, "open_rate", "Asia/Shanghai")
    assert refused.value.code == "share_has_two_sides"


def test_every_figure_is_made_of_totals_that_can_be_traced() -> None:
    assert all(isinstance(total, Total) for figure in figures().values() for total in totals_of(figure))


def _only_event(stores: Stores) -> tuple[tracing.TracedEvent, list[int]]:
    day = {"from": "2026-03-01", "to": "2026-03-01"}
    (row,) = listed(stores, tracing.relation_of(stores, "core", day, "active", "UTC"))
    return tracing.event_at(stores, row.node, row.time, row.mark)


def test_an_imported_event_leads_to_its_row_of_the_file(stores: Stores) -> None:
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        number = conn.execute(
            sa.insert(imports)
            .values(
                kind="orders",
                file_name="十二月.csv",
                file_path="imports/1.csv",
                sha256="0",
                source="shop",
                mapping={},
                timezone="Asia/Shanghai",
                state="done",
                stage="",
                created=now,
                by="staff:1",
                report={},
            )
            .returning(imports.c.id)
        ).scalar_one()
        batch = conn.execute(
            sa.insert(batches)
            .values(stream=f"import:{number}", first=1, last=9, opened=now, stored=now)
            .returning(batches.c.id)
        ).scalar_one()
    store(stores.events, [Happened(7, "order_paid", batch=batch, record=42, amount=Decimal(5))])
    record = tracing.record_of(stores, *_only_event(stores))
    assert (record.kind, record.file_name, record.rows) == ("import", "十二月.csv", [42])


def test_an_event_from_the_api_leads_to_its_call_and_no_other_persons(stores: Stores) -> None:
    body = b'{"batch": [{"messageId": "m0", "event": "a"}, {"messageId": "m1", "event": "b"}]}'
    number = stores.inbox.append(stores.clock.now(), "segment", "web", 2, body).result(timeout=10)
    with stores.ledger.write() as conn:
        batch = conn.execute(
            sa.insert(batches)
            .values(stream="inbox", first=number, last=number, opened=stores.clock.now())
            .returning(batches.c.id)
        ).scalar_one()
    store(stores.events, [Happened(7, "page_viewed", source="web", batch=batch)])
    record = tracing.record_of(stores, *_only_event(stores))
    assert (record.kind, record.inbox_id, record.body) == ("inbox", number, {"messageId": "m0", "event": "a"})


def test_an_event_that_is_not_there_is_not_found(stores: Stores) -> None:
    with pytest.raises(NotFound):
        tracing.event_at(stores, 1, START, "none")
