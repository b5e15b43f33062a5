"""Acts are on record before they begin."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from siyu.staff import acts, audit
from siyu.staff.tables import acts as notes
from siyu.storage import BadInput, ManualClock, Stores


def _rows(stores: Stores) -> list[tuple[str, str, str]]:
    return [(row.action, row.subject, row.detail.get("outcome", "done")) for row in audit.entries(stores.ledger)]


def _open(stores: Stores) -> int:
    with stores.ledger.read() as conn:
        return conn.execute(sa.select(sa.func.count()).select_from(notes)).scalar_one()


def test_an_act_has_one_row_with_what_it_said(each_stores: Stores) -> None:
    with acts.acting(each_stores, "staff:1", "tag_created", "/tags") as act:
        assert _open(each_stores) == 1
        act.subject, act.detail["name"] = "tag:4", "新客"
    (row,) = audit.entries(each_stores.ledger)
    assert (row.by, row.action, row.subject, row.detail) == ("staff:1", "tag_created", "tag:4", {"name": "新客"})
    assert _open(each_stores) == 0


def test_the_row_of_a_killed_process_is_written_when_the_next_one_starts(each_stores: Stores) -> None:
    acts.begin(each_stores, "staff:1", "broadcast_sent", "broadcast:4")  # and no more is heard
    assert acts.settle_left(each_stores, each_stores.clock.now()) == 1
    assert _rows(each_stores) == [("broadcast_sent", "broadcast:4", "unknown")]
    assert acts.settle_left(each_stores, each_stores.clock.now()) == 0
    assert audit.verify(each_stores.ledger).whole


def test_an_act_under_way_is_left_alone_for_a_day(stores: Stores) -> None:
    assert isinstance(stores.clock, ManualClock)
    acts.begin(stores, "staff:1", "import_started", "import:1")
    stores.clock.advance(acts.LEFT - timedelta(hours=1))
    assert acts.settle_left(stores, stores.clock.now() - acts.LEFT) == 0


def test_a_refusal_leaves_no_row(stores: Stores) -> None:
    with pytest.raises(BadInput), acts.acting(stores, "staff:1", "tag_created", "/tags"):
        raise BadInput("name", "名称", "name")
    assert (_rows(stores), _open(stores)) == ([], 0)


def test_what_broke_off_may_have_done_a_part_and_is_on_record(stores: Stores) -> None:
    with pytest.raises(ZeroDivisionError), acts.acting(stores, "staff:1", "people_erased", "person:1"):
        raise ZeroDivisionError
    assert _rows(stores) == [("people_erased", "person:1", "failed")]


def test_an_act_whose_row_can_not_be_written_stays_open(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(audit, "record", crash)
        with pytest.raises(ZeroDivisionError), acts.acting(stores, "staff:1", "tag_created", "tag:1"):
            pass
    assert (_rows(stores), _open(stores)) == ([], 1)
