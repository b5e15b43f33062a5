"""Pieces of the library in what is sent: named with their version, counted as they say, never sent past their end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from siyu.channels import channels_of
from siyu.content.pieces import keeping
from siyu.content.pieces.model import Ref
from siyu.content.pieces.using import refs_of
from siyu.jobs import run_due
from siyu.reach import broadcasts, piece_figures, tasks
from siyu.reach.delivery import Deliverer
from siyu.reach.pieces import stop_saying
from tests.channels.receiver import receiving
from tests.content.library import BODY, a_piece
from tests.reach.world import World
from tests.web.conftest import console, signed_in
from tests.web.test_reach_pages import drafted, shop

__all__ = ["console", "shop", "signed_in"]

JOBS = tasks.INTEND_JOB
CONTENT = {"webhook": {"title": "面膜怎么选", "text": BODY["text"], "link": BODY["link"]}}


def named(piece: int, version: int = 1) -> dict[str, Any]:
    return {"pieces": {"webhook": {"piece": piece, "version": version}}, "content": CONTENT}


def test_what_was_sent_says_of_which_piece_and_version(console: Any, shop: World) -> None:
    made = a_piece(shop.stores, tone="promotional")
    with receiving() as receiver:
        number, key = drafted(console, receiver.url, tone="useful", **named(made.id))
        draft = console.http.get(f"/api/broadcasts/{number}", headers=key).json()["draft"]
        assert draft["tone"] == "promotional", "as the piece says"
        assert draft["pieces"] == {"webhook": {"piece": made.id, "version": 1, "altered": False}}
        console.http.post(f"/api/broadcasts/{number}/start", headers=key)
        run_due(shop.stores)
        channels = channels_of()
        deliverer = Deliverer(shop.stores, channels, machine_clock=shop.clock)
        deliverer.tick()
        deliverer.stop()
        channels.close()
    (use,) = piece_figures.used(shop.stores, made.id)
    assert (use.use.place, use.use.number, use.use.version, use.name) == ("broadcast", number, 1, "新品")
    assert (use.sent, use.opened, use.clicked) == (3, 0, 0)
    copied = console.http.post(f"/api/broadcasts/{number}/copy", headers=key).json()
    assert copied["draft"]["pieces"] == draft["pieces"]


def test_words_that_were_changed_are_told(console: Any, shop: World) -> None:
    made = a_piece(shop.stores)
    changed = {**named(made.id), "content": {"webhook": {**CONTENT["webhook"], "text": "自己的话"}}}
    number, key = drafted(console, "http://127.0.0.1:9", **changed)
    draft = console.http.get(f"/api/broadcasts/{number}", headers=key).json()["draft"]
    assert draft["pieces"]["webhook"]["altered"] is True
    draft["pieces"] = None
    console.http.put(f"/api/broadcasts/{number}", json=draft, headers=key)
    assert broadcasts.pieces_of(shop.stores, number) == {"webhook": Ref(made.id, 1, True)}, "None: as before"
    console.http.put(f"/api/broadcasts/{number}", json={**draft, "pieces": {}}, headers=key)
    assert broadcasts.pieces_of(shop.stores, number) == {}


def test_a_piece_past_its_end_is_refused_with_a_way_out(console: Any, shop: World) -> None:
    made = a_piece(shop.stores, ends=shop.stores.clock.now() + timedelta(days=1))
    number, key = drafted(console, "http://127.0.0.1:9", **named(made.id))
    console.http.post(f"/api/broadcasts/{number}/start", headers=key)
    assert broadcasts.get_broadcast(shop.stores, number).draft.expires == made.draft.ends, "what waits ends with it"
    late, key = drafted_again(console, named(made.id))
    shop.clock.advance(timedelta(days=2))
    refused = console.http.post(f"/api/broadcasts/{late}/start", headers=key)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "piece_ended")


def drafted_again(console: Any, body: dict[str, Any]) -> tuple[int, dict[str, str]]:
    key = console.key()
    draft = {"name": "再发", "audience": 1, "channels": [1], "holdout_percent": 0, **body}
    return console.http.post("/api/broadcasts", json=draft, headers=key).json()["id"], key


def test_a_piece_that_is_not_there_is_refused_at_its_field(console: Any, shop: World) -> None:
    key = console.key()
    drafted(console, "http://127.0.0.1:9")
    draft = {"name": "再发", "audience": 1, "channels": [1], **named(99)}
    refused = console.http.post("/api/broadcasts", json=draft, headers=key)
    assert refused.status_code == 400
    assert refused.json()["error"]["field"] == "pieces.webhook"


def test_who_takes_the_consent_back_stops_what_is_sending_it(console: Any, shop: World) -> None:
    made = a_piece(shop.stores)
    number, key = drafted(console, "http://127.0.0.1:9", **named(made.id))
    console.http.post(f"/api/broadcasts/{number}/start", headers=key)
    with shop.stores.ledger.write() as conn:
        stop_saying(conn, shop.stores.clock.now(), [made.id])
    assert broadcasts.get_broadcast(shop.stores, number).state == "paused"


def test_a_draft_that_is_thrown_away_uses_nothing(console: Any, shop: World) -> None:
    made = a_piece(shop.stores)
    number, key = drafted(console, "http://127.0.0.1:9", **named(made.id))
    console.http.delete(f"/api/broadcasts/{number}", headers=key)
    with shop.stores.ledger.read() as conn:
        assert refs_of(conn, "broadcast", number) == {}


@pytest.mark.parametrize("archived", [True, False])
def test_a_piece_that_is_put_away_is_not_started(console: Any, shop: World, archived: bool) -> None:
    made = a_piece(shop.stores)
    number, key = drafted(console, "http://127.0.0.1:9", **named(made.id))
    keeping.archive(shop.stores, made.id, archived=archived)
    answer = console.http.post(f"/api/broadcasts/{number}/start", headers=key)
    assert answer.status_code == (409 if archived else 200)
