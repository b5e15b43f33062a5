"""Pieces of the library in the messages of journeys: refused where they may not be sent, named and counted where they
are, never sent past their end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from siyu.channels import accounts, channels_of
from siyu.content.pieces.using import uses_of
from siyu.reach.broadcasts import get_sender
from siyu.reach.journeys import drafts, publishing
from siyu.reach.journeys.model import parse
from siyu.reach.senders import senders_of
from siyu.storage import BadInput, Stores
from tests.content.library import BODY, a_piece


def a_journey(stores: Stores, channels: Any, piece: int) -> int:
    settings = {"url": "http://127.0.0.1:9"}
    number, _ = accounts.open_account(stores, channels, channel="webhook", name="网关", settings=settings)
    content = {"webhook": {"title": "面膜怎么选", "text": BODY["text"], "link": BODY["link"]}}
    message: dict[str, Any] = {"type": "message", "id": "m", "channels": [number], "content": content}
    message["pieces"] = {"webhook": [piece, 1]}
    document = {"name": "问候", "trigger": {"type": "by_hand"}, "start": "m", "nodes": [message]}
    return drafts.create(stores, "test", parse(document))


@pytest.fixture
def channels() -> Any:
    made = channels_of()
    yield made
    made.close()


def test_a_published_message_names_its_piece_and_ends_with_it(stores: Stores, channels: Any) -> None:
    made = a_piece(stores, tone="promotional", ends=stores.clock.now() + timedelta(days=1))
    journey = a_journey(stores, channels, made.id)
    version = publishing.publish(stores, channels, "test", journey)
    with stores.ledger.read() as conn:
        sender = senders_of(conn, journey, version)["m"]
    found = get_sender(stores, sender)
    assert (found.draft.tone, found.draft.expires) == ("promotional", made.draft.ends)
    assert [(use.place, use.number, use.version) for use in uses_of(stores, made.id)] == [("journey", sender, 1)]


def test_a_piece_that_may_not_be_sent_is_in_the_way(stores: Stores, channels: Any) -> None:
    made = a_piece(stores, publish=False)
    journey = a_journey(stores, channels, made.id)
    with pytest.raises(BadInput) as raised:
        publishing.publish(stores, channels, "test", journey)
    assert "piece_unpublished" in {each["code"] for each in raised.value.detail["problems"]}
