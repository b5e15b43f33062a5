"""A statement made once answers with the values of each time, on both engines."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.jobs.tables import settings
from siyu.storage import Instant, Latest, Prepared, Stores

ROWS = {"name": sa.Text, "by": sa.Text}
PUT = Prepared(
    lambda rows: sa.insert(settings).from_select(
        ["name", "by", "value", "changed"],
        sa.select(*rows.c, sa.literal("1", sa.JSON), sa.bindparam("now", type_=Instant)),
    ),
    rows=ROWS,
)
FOUND = Prepared(
    lambda names, makers: (
        sa.select(settings.c.name, settings.c.by)
        .where(settings.c.name.in_(sa.select(names.c.name)), settings.c.by.in_(sa.select(makers.c.by)))
        .where(settings.c.name != sa.bindparam("without"))
        .order_by(settings.c.name)
    ),
    names={"name": sa.Text},
    makers={"by": sa.Text},
)


def test_a_prepared_statement_takes_the_values_of_each_time(each_stores: Stores) -> None:
    now = each_stores.clock.now()
    with each_stores.ledger.write() as conn:
        for by in ("甲", "乙"):
            rows = {"name": [f"{by} {n} '\"" for n in range(3)], "by": [by] * 3}
            PUT.execute(conn, {"now": now}, rows=rows)
    with each_stores.ledger.read() as conn:
        names = {"name": ["甲 0 '\"", "甲 1 '\"", "乙 1 '\"", "丙"]}
        for by, without in (("甲", ""), ("乙", ""), ("甲", "甲 1 '\"")):
            there = [name for name in names["name"] if name.startswith(by) and name != without]
            given = {"names": names, "makers": {"by": [by]}}
            assert FOUND.gathered(conn, {"without": without}, **given) == [there, [by] * len(there)]
            assert [row.name for row in FOUND.execute(conn, {"without": without}, **given)] == there
        assert FOUND.gathered(conn, {"without": ""}, names={"name": []}, makers={"by": ["甲"]}) == [[], []]


def test_what_was_made_last_is_made_again_only_of_something_else() -> None:
    made = list[object]()
    latest: Latest[int] = Latest()

    def get(of: object) -> int:
        return latest.get(of, lambda: made.append(of) or len(made))

    assert [get(of) for of in ({"rule": 1}, {"rule": 1}, {"rule": 2}, {"rule": 2}, {"rule": 1})] == [1, 1, 2, 2, 3]
    assert made == [{"rule": 1}, {"rule": 2}, {"rule": 1}]
