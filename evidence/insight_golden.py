"""The funnel and retention cases of ClickHouse's own tests come out of our reports, where the question is the same."""

from __future__ import annotations

from evidence.harness import Evidence, Scale, equal, fresh_home, real_data

CLAIM = "insight.golden"


def measure(scale: Scale) -> Evidence:
    real_data("golden", "clickhouse")
    from siyu.insight import tracing
    from siyu.storage import open_stores
    from tests.insight import golden
    from tests.insight.world import clear, store

    every, (_, left) = golden.every_case(), golden.sql_cases()
    same = [case for case in every if not case.different]
    wrong: list[str] = []
    with fresh_home() as home:
        stores = open_stores(home)
        try:
            for case in same:
                clear(stores.events)
                store(stores.events, case.happened)
                found = {user: 0 for user, _ in case.wanted}
                for level in range(1, len(case.steps) + 1):
                    cell = tracing.relation_of(stores, "funnel", case.asked, f"stopped:{level}", "UTC")
                    found |= {each.person: level for each in tracing.people(stores, cell)}
                if found != dict(case.wanted):
                    wrong.append(case.text)
        finally:
            stores.close()
    return Evidence(
        CLAIM,
        f"{len(same)} funnel cases with our question of {len(every) + len(left)}",
        [equal("cases_with_another_answer", len(wrong), 0)],
        {"cases_run": len(same), "cases_of_another_question": len(every) + len(left) - len(same)},
    )
