"""What customers say about consent in the shop's own pages reaches the record of consent."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.people.tables import consent_log, consents
from siyu.storage import BadInput, EventLog, Stores
from tests.people.calls import drained, send, stored, track

YES = {"purpose": "marketing", "channel": "any", "notice": "v3", "evidence": "注册页"}


def counts(stores: Stores) -> list[tuple[Any, ...]]:
    columns = (consents.c.person, consents.c.purpose, consents.c.channel, consents.c.given)
    with stores.ledger.read() as conn:
        return [tuple(row) for row in conn.execute(sa.select(*columns).order_by(consents.c.person))]


def test_consent_given_is_recorded_with_its_proof_and_told_once(each_stores: Stores) -> None:
    drained(each_stores, track("u1", "consent_given", properties=YES, timestamp="2025-12-01T00:00:00Z"))
    assert counts(each_stores) == [(1, "marketing", "any", True)]
    assert stored(each_stores, "name, person, toString(time)") == [("consent_given", 1, "2025-12-01 00:00:00.000")]
    with each_stores.ledger.read() as conn:
        proof = conn.execute(sa.select(consent_log.c.notice, consent_log.c.evidence, consent_log.c.by)).one()
    assert tuple(proof) == ("v3", "注册页", "person")


@pytest.mark.parametrize("event", ["consent_withdrawn", "unsubscribed", "Unsubscribed"])
def test_saying_no_withdraws(stores: Stores, event: str) -> None:
    drained(stores, track("u1", "consent_given", properties=YES, timestamp="2025-12-01T00:00:00Z"))
    drained(stores, track("u1", event, timestamp="2025-12-02T00:00:00Z"))
    assert counts(stores) == [(1, "marketing", "any", False)]


def test_unsubscribing_stays_an_event_beside_the_withdrawal(stores: Stores) -> None:
    drained(stores, track("u1", "unsubscribed", messageId="m1"))
    assert sorted(stored(stores)) == ["consent_withdrawn", "unsubscribed"]


def test_an_older_yes_that_arrives_late_does_not_undo_a_no(stores: Stores) -> None:
    drained(stores, track("u1", "consent_withdrawn", timestamp="2025-12-02T00:00:00Z"))
    drained(stores, track("u1", "consent_given", timestamp="2025-12-01T00:00:00Z"))
    assert counts(stores) == [(1, "marketing", "any", False)]


def test_a_crash_after_the_ledger_wrote_records_it_once(each_stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(self: EventLog, *args: Any, **named: Any) -> None:
        raise ConnectionError

    send(each_stores, track("u1", "consent_given", properties=YES), track("u1", "x"))
    with monkeypatch.context() as patch:
        patch.setattr(EventLog, "insert", crash)
        with pytest.raises(ConnectionError):
            Drain(each_stores).step()
    run_until_empty(Drain(each_stores).step)
    with each_stores.ledger.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(consent_log)).scalar_one() == 1
    assert sorted(stored(each_stores)) == ["consent_given", "x"]


@pytest.mark.parametrize(
    ("properties", "field"),
    [
        ({"purpose": "fun"}, "batch[0].properties.purpose"),
        ({"channel": 3}, "batch[0].properties.channel"),
        ({"notice": ["v3"]}, "batch[0].properties.notice"),
        ({"evidence": "长" * 201}, "batch[0].properties.evidence"),
    ],
)
def test_a_statement_that_can_not_be_understood_is_refused_by_name(
    stores: Stores, properties: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        send(stores, track("u1", "consent_given", properties=properties))
    assert refused.value.field == field
