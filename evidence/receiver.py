"""Receivers of webhook messages: one remembers every message it accepted, repeats included; one only counts."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from evidence.answering import Answering


@dataclass(frozen=True)
class Accepted:
    """A message as the receiver got it; ``user`` is who its customer is in the shop's own words."""

    delivery_id: str
    broadcast: int
    person: int
    user: str


class Receiver(Answering):
    """Accepts all it gets, ``seconds_a_call`` after it came; what it got is noted before the answer goes out."""

    def __init__(self, seconds_a_call: float = 0.0) -> None:
        super().__init__()
        self.accepted: Counter[Accepted] = Counter()
        self._seconds_a_call = seconds_a_call

    def answer(self, body: bytes) -> tuple[int, bytes]:
        self.take(json.loads(body)["messages"])
        time.sleep(self._seconds_a_call)
        return 204, b""

    def take(self, messages: list[dict[str, Any]]) -> None:
        with self.turn:
            self.accepted.update(
                Accepted(each["delivery_id"], each["broadcast"], each["person"], each["identifiers"]["user_id"])
                for each in messages
            )


class Crowd(Answering):
    """Takes a million messages on the machine that sends them: counts, and reads nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.got = 0

    def answer(self, body: bytes) -> tuple[int, bytes]:
        with self.turn:
            self.got += body.count(b'"delivery_id"')
        return 204, b""
