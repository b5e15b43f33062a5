"""Broadcasts from a real server that is killed at random moments, and what a receiver got of them in the end."""

from __future__ import annotations

import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence.answering import Answering
from evidence.installation import Answered, Server, basic, bearer
from evidence.receiver import Receiver
from siyu.channels.webhook.channel import BATCH_MAX
from siyu.storage import in_chunks

CALLS = 120
SECONDS_A_CALL = 0.15
"""A broadcast is so many calls to a slow receiver, four at a time: some seconds, most of them with calls under way."""
LIFE_SECONDS = (0.0, 2.0)
"""How long a server lives between its address line (or the start of a broadcast) and its end: drawn evenly."""
WITHOUT_CONSENT = 10
"""Every tenth does not want marketing."""
CALLS_A_BATCH = 500
PAGE = 200
SETTLE_SECONDS_MAX = 1_200
LOOK_SECONDS = 0.25
RULES_OFF = ("quiet_hours", "cap", "cap_channel")
"""They depend on the hour of the day, and on how many broadcasts there are."""
EVERYBODY = {"type": "all", "rules": [{"type": "identifier", "kinds": ["user_id"]}]}


@dataclass(frozen=True)
class Delivered:
    """What was found at the receiver beside what the server says, over all broadcasts."""

    broadcasts: int
    kills_under_way: int
    sent: int
    missing: int
    twice: int
    against_the_guard: int
    unheld: int
    unsettled: int
    unknown: int
    repeats: int
    held: int
    held_out: int


class Shop:
    """A server with people, an account of the receiver's, and an audience of everybody."""

    def __init__(self, server: Server, receiver: Answering, people: int) -> None:
        self.server = server
        self.people = people
        self._key = made(server.siyu("key", "api", "chaos", "--json"))["key"]
        self._add_people()
        for rule in RULES_OFF:
            self.call("PUT", f"/api/guard/{rule}", {"enabled": False})
        batch = min(max(1, people // CALLS), BATCH_MAX)
        settings = {"url": f"{receiver.address}/messages", "batch": batch, "identifiers": "user_id"}
        self.account = self.call("POST", "/api/accounts", {"channel": "webhook", "name": "w", "settings": settings})[
            "id"
        ]
        self.audience = self._audience()

    def wants_none(self, user: str) -> bool:
        return int(user.removeprefix("u")) % WITHOUT_CONSENT == 0

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.server.request(method, path, body, bearer(self._key), seconds_max=60)
        return made(answer) if answer.text else None

    def begin(self) -> int:
        """A broadcast to everybody, started."""
        draft = {
            "name": "kill",
            "audience": self.audience,
            "channels": [self.account],
            "content": {"webhook": {"text": "{{ person.name }}好"}},
        }
        broadcast = self.call("POST", "/api/broadcasts", draft)["id"]
        self.call("POST", f"/api/broadcasts/{broadcast}/start")
        return broadcast

    def under_way(self, broadcast: int) -> bool:
        return self.call("GET", f"/api/broadcasts/{broadcast}")["state"] != "done"

    def messages(self, broadcast: int | None = None) -> Generator[Mapping[str, Any]]:
        """Every message (of a broadcast), whatever became of it."""
        cursor, of = "", "" if broadcast is None else f"broadcast={broadcast}&"
        while True:
            page = self.call("GET", f"/api/messages?{of}limit={PAGE}&cursor={cursor}")
            yield from page["items"]
            cursor = page["next"]
            if not cursor:
                return

    def _add_people(self) -> None:
        key = made(self.server.siyu("key", "write", "chaos", "--kind", "server", "--json"))["key"]
        for users in in_chunks(range(self.people), CALLS_A_BATCH):
            batch = [
                {
                    "type": "track",
                    "userId": f"u{number}",
                    "event": "consent_withdrawn" if self.wants_none(f"u{number}") else "consent_given",
                    "messageId": f"consent-{number}",
                    "properties": {"purpose": "marketing"},
                }
                for number in users
            ]
            made(self.server.request("POST", "/v1/batch", {"batch": batch}, basic(key)))

    def _audience(self) -> int:
        """The audience, once everybody is in it."""
        wait_for(lambda: self.call("POST", "/api/rules/count", {"rule": EVERYBODY})["people"] == self.people, "people")
        return self.call("POST", "/api/audiences", {"name": "everybody", "rule": EVERYBODY})["id"]


def kill_during_broadcasts(home: Path, *, kills: int, people: int, seed: int) -> Delivered:
    """Broadcasts to ``people`` while the server is killed ``kills`` times; a new one begins where the last is done."""
    chance = random.Random(seed)
    with Receiver(SECONDS_A_CALL) as receiver, Server(home) as server:
        shop = Shop(server, receiver, people)
        broadcasts = [shop.begin()]
        under_way = 0
        for _ in range(kills):
            time.sleep(chance.uniform(*LIFE_SECONDS))
            under_way += shop.under_way(broadcasts[-1])
            server.kill()
            server.start()
            if not shop.under_way(broadcasts[-1]):
                broadcasts.append(shop.begin())
        for broadcast in broadcasts:
            wait_for(lambda number=broadcast: not shop.under_way(number), f"broadcast {broadcast}")
        rows = {broadcast: list(shop.messages(broadcast)) for broadcast in broadcasts}
    return _compared(shop, receiver, rows, under_way)


def _compared(shop: Shop, receiver: Receiver, rows: Mapping[int, list[Mapping[str, Any]]], under_way: int) -> Delivered:
    got: dict[int, dict[int, set[str]]] = {broadcast: defaultdict(set) for broadcast in rows}
    for message in receiver.accepted:
        got[message.broadcast][message.person].add(message.delivery_id)
    unwilling = {message.person for message in receiver.accepted if shop.wants_none(message.user)}
    states = Counter(row["state"] for each in rows.values() for row in each)
    left_out = {broadcast: {row["person"] for row in each if _left_out(row)} for broadcast, each in rows.items()}
    return Delivered(
        broadcasts=len(rows),
        kills_under_way=under_way,
        sent=sum(len(each) for each in got.values()),
        missing=sum(shop.people - len(got[number].keys() | left_out[number]) for number in rows),
        twice=sum(len(ids) > 1 for each in got.values() for ids in each.values()),
        against_the_guard=sum(len(got[number].keys() & left_out[number]) for number in rows),
        unheld=len(unwilling),
        unsettled=states.total() - sum(states[each] for each in ("accepted", "held", "holdout", "unknown")),
        unknown=states["unknown"],
        repeats=sum(times - 1 for times in receiver.accepted.values()),
        held=states["held"],
        held_out=states["holdout"],
    )


def _left_out(row: Mapping[str, Any]) -> bool:
    return row["state"] in ("held", "holdout")


def made(answer: Answered) -> Any:
    """The JSON of an answer that is no refusal."""
    if answer.status not in (0, 200, 201, 202, 204):
        raise RuntimeError(f"refused with {answer.status}: {answer.text[:500]} {answer.error[:500]}")
    return json.loads(answer.text)


def wait_for(until: Any, what: str) -> None:
    end = time.monotonic() + SETTLE_SECONDS_MAX
    while not until():
        if time.monotonic() > end:
            raise RuntimeError(f"{what}: not settled after {SETTLE_SECONDS_MAX} s")
        time.sleep(LOOK_SECONDS)
