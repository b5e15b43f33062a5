"""The audit log: append only, and a change shows."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from siyu.staff import audit
from siyu.staff.tables import audit as audit_table
from siyu.storage import Stores


def _write(stores: Stores, rows: int) -> None:
    for number in range(rows):
        with stores.ledger.write() as conn:
            audit.record(
                conn, stores.clock.now(), "staff:1", "tag_created", f"tag:{number}", {"name": "新客", "n": 1.5}
            )


def test_the_chain_of_an_untouched_log_is_whole(each_stores: Stores) -> None:
    _write(each_stores, 3)
    verdict = audit.verify(each_stores.ledger)
    assert (verdict.whole, verdict.rows) == (True, 3)
    assert verdict.head == audit.entries(each_stores.ledger)[0].chain


@pytest.mark.parametrize("statement", [sa.update(audit_table).values(by="staff:2"), sa.delete(audit_table)])
def test_the_store_refuses_to_change_or_delete_a_row(each_stores: Stores, statement: sa.Executable) -> None:
    _write(each_stores, 1)
    with pytest.raises(DBAPIError, match="append only"), each_stores.ledger.write() as conn:
        conn.execute(statement)
    assert len(audit.entries(each_stores.ledger)) == 1


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE audit SET subject = 'tag:9' WHERE id = 2",
        "DELETE FROM audit WHERE id = 2",
        "UPDATE audit SET detail = '{}' WHERE id = 2",
    ],
)
def test_an_edit_of_the_file_itself_shows(stores: Stores, edit: str) -> None:
    _write(stores, 4)
    with stores.ledger.write() as conn:
        conn.execute(sa.text("DROP TRIGGER audit_no_update"))
        conn.execute(sa.text("DROP TRIGGER audit_no_delete"))
        conn.execute(sa.text(edit))
    verdict = audit.verify(stores.ledger)
    assert not verdict.whole
    assert verdict.broken_at in (2, 3)


def test_entries_come_newest_first_and_by_filter(stores: Stores) -> None:
    _write(stores, 3)
    with stores.ledger.write() as conn:
        audit.record(conn, stores.clock.now(), "key:1", "broadcast_sent", "broadcast:4")
    assert [entry.action for entry in audit.entries(stores.ledger, rows_max=2)] == ["broadcast_sent", "tag_created"]
    assert [entry.subject for entry in audit.entries(stores.ledger, by="key:1")] == ["broadcast:4"]
    assert [entry.id for entry in audit.entries(stores.ledger, before=3)] == [2, 1]


def test_a_row_of_a_transaction_that_fails_is_not_there(each_stores: Stores) -> None:
    with pytest.raises(ZeroDivisionError), each_stores.ledger.write() as conn:
        audit.record(conn, each_stores.clock.now(), "staff:1", "tag_created", "tag:1")
        raise ZeroDivisionError
    assert audit.entries(each_stores.ledger) == []
