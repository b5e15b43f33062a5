"""Erasing what is personal."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from siyu.jobs import run_due
from siyu.people import consents, erasure
from siyu.people.projection import project_all
from siyu.people.tables import consent_log, identifiers, people
from siyu.storage import Conflict, Stores
from tests.people.calls import drained, stored, track
from tests.people.test_identity import resolved


@pytest.fixture
def erased(stores: Stores) -> Stores:
    traits = {"name": "王丽", "phone": "13800138000", "skin": "dry"}
    drained(
        stores,
        {"type": "identify", "userId": "wang", "traits": traits, "messageId": "i"},
        track("wang", "Order Completed", messageId="o", properties={"order_id": "1", "total": 9, "note": "给王丽"}),
        track("li", "x", messageId="x", properties={"note": "给李雷"}),
    )
    consents.state_consent(stores, "person", 1, "marketing", "sms", given=True, evidence="柜台 王丽签名")
    erasure.erase(stores, "staff:1", 1)
    run_due(stores)
    project_all(stores)
    return stores


def test_nothing_personal_is_left_in_the_ledger(erased: Stores) -> None:
    with erased.ledger.read() as conn:
        row = conn.execute(sa.select(people).where(people.c.person == 1)).one()
        assert (row.name, row.attributes, row.gone) == (None, {}, erased.clock.now())
        assert conn.execute(sa.select(identifiers.c.value)).scalars().all() == ["li"]
        assert conn.execute(sa.select(consent_log.c.given, consent_log.c.evidence)).one() == (True, "")


def test_events_keep_the_number_and_the_amount_alone(erased: Stores) -> None:
    rows = stored(erased, "toFloat64(amount), toJSONString(properties)", "person = 1 AND name = 'order_paid'")
    assert rows == [(9.0, "{}")]
    assert stored(erased, "properties.note.:String", "person = 2") == ["给李雷"]


def test_the_projection_shows_them_no_more(erased: Stores) -> None:
    assert erased.events.rows("SELECT person FROM people FINAL WHERE gone = 0") == [(2,)]


def test_their_calls_are_gone_from_the_inbox_and_others_stay(erased: Stores) -> None:
    (body,) = erased.inbox.after(0, 10)
    assert "王丽".encode() not in body.body
    assert b"wang" not in body.body
    assert "李雷".encode() in body.body


def test_erased_people_can_not_be_changed_and_come_back_as_somebody_new(erased: Stores) -> None:
    with pytest.raises(Conflict):
        erasure.erase(erased, "staff:1", 1)
    assert resolved(erased, "user_id=wang") == [3]
