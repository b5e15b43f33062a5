"""The server is killed again and again while it takes events and sends webhooks: nothing lost, one id an event."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from evidence.installation import Server, basic, siyu
from tests.channels.receiver import Answer, Received, receiving

KILLS = 3
EVENTS_A_KILL = 60
PEOPLE = 12
WAIT_SECONDS_MAX = 60.0


def _slowly(_: Received) -> Answer:
    time.sleep(0.01)  # so that kills meet calls under way
    return 204, {}, b""


def test_kill_9_loses_and_doubles_no_webhook_and_keeps_each_persons_order(tmp_path: Path) -> None:
    home = tmp_path / "home"
    key = siyu(home, "key", "write", "web", "--kind", "server", "--json").json["key"]
    with receiving(_slowly) as receiver:
        made = siyu(home, "hook", "add", receiver.url, "--events", "step", "--json")
        assert made.status == 0, made
        number = 0
        for kill in range(KILLS):
            server = Server(home).start()
            for _ in range(EVENTS_A_KILL // 20):
                calls: list[dict[str, Any]] = []
                for _ in range(20):
                    number += 1
                    at = f"2026-01-01T00:{number // 60:02d}:{number % 60:02d}Z"
                    calls.append(
                        {
                            "type": "track",
                            "event": "step",
                            "userId": f"u-{number % PEOPLE}",
                            "messageId": f"m-{number}",
                            "timestamp": at,
                            "properties": {"number": number},
                        }
                    )
                assert server.request("POST", "/v1/batch", {"batch": calls}, basic(key)).status == 200
            time.sleep(0.3 + 0.25 * kill)
            server.kill()
        with Server(home):
            until = time.monotonic() + WAIT_SECONDS_MAX
            while len(_numbers(receiver.calls)) < number and time.monotonic() < until:
                time.sleep(0.1)
    ids: dict[str, set[int]] = defaultdict(set)
    firsts: dict[str, list[int]] = defaultdict(list)
    for call in receiver.calls:
        told = json.loads(call.body)["data"]
        which = told["properties"]["number"]
        ids[call.headers["webhook-id"]].add(which)
        seen = firsts[told["person"]["identifiers"]["user_id"][0]]
        if which not in seen:
            seen.append(which)
    assert len(ids) == number, "one id for each event, none missing"
    assert all(len(events) == 1 for events in ids.values())
    assert {user: sorted(seen) for user, seen in firsts.items()} == firsts


def _numbers(calls: list[Received]) -> set[str]:
    return {call.headers["webhook-id"] for call in list(calls)}
