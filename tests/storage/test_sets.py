"""Rows given by column reach either engine as they are, however many, and do on a conflict what the insert says."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from siyu.channels.wecom.tables import wecom_members
from siyu.storage import Stores, insert_into, put_rows
from siyu.storage.sets import ROWS_A_STATEMENT

MANY = 2 * ROWS_A_STATEMENT + 3


def put(stores: Stores, names: list[Any], told: int, *, follows: bool = True) -> None:
    table = wecom_members
    columns = {
        "follows": (sa.Boolean, [follows] * len(names)),  # in any order
        "account": (sa.BigInteger, [1] * len(names)),
        "userid": (sa.Text, [f"u{place:05d}" for place in range(len(names))]),
        "name": (sa.Text, names),
        "told": (sa.BigInteger, [told] * len(names)),
        "gone": (sa.BigInteger, [None if place % 2 else told for place in range(len(names))]),
    }
    with stores.ledger.write() as conn:
        stored = insert_into(conn, table)
        later = {name: stored.excluded[name] for name in ("name", "told", "follows")}
        stored = stored.on_conflict_do_update(
            index_elements=["account", "userid"], set_=later, where=table.c.told < stored.excluded.told
        )
        put_rows(conn, stored, columns)


def found(stores: Stores) -> list[Any]:
    with stores.ledger.read() as conn:
        return list(conn.execute(sa.select(wecom_members).order_by(wecom_members.c.userid)))


def test_many_rows_are_put_and_later_ones_win(each_stores: Stores) -> None:
    put(each_stores, [f"员工 '{place}'" for place in range(MANY)], 1_000)
    rows = found(each_stores)
    assert [row.name for row in rows] == [f"员工 '{place}'" for place in range(MANY)]
    assert {row.follows for row in rows} == {True}
    assert [row.gone is None for row in rows] == [place % 2 == 1 for place in range(MANY)]
    put(each_stores, ["早"] * 2, 900)
    put(each_stores, ["晚"] * 3, 1_001, follows=False)
    assert [(row.name, row.follows) for row in found(each_stores)][2:4] == [("晚", False), ("员工 '3'", True)]
    assert len(found(each_stores)) == MANY


def test_no_rows_are_no_statement(stores: Stores) -> None:
    put(stores, [], 1)
    assert found(stores) == []
