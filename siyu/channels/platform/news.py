"""What a platform told, in the words of the intake: who, what happened, when."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec

from siyu.storage import Stores

KIND = "platform:batch"
"""Of these rows of the inbox: they may carry names that outsiders may not send."""
CALLS_A_BODY = 500


class News(msgspec.Struct, frozen=True):
    """``event`` happened to the person with ``identifiers`` (kind, value) at ``at``; "" tells only who is who.
    ``traits``: what the person is like. ``key`` is the same whenever the same thing is told, so that it is stored once.
    ``campaign`` (source, name) is what brought the person."""

    event: str
    at: datetime
    identifiers: tuple[tuple[str, str], ...]
    key: str
    properties: Mapping[str, Any] = {}
    traits: Mapping[str, Any] = {}
    campaign: tuple[str, str] | None = None

    def call(self) -> dict[str, Any]:
        """As a call of the Segment spec; but something that happened may come with traits."""
        context: dict[str, Any] = {"externalIds": [{"type": kind, "id": value} for kind, value in self.identifiers]}
        if self.campaign is not None:
            context["campaign"] = {"source": self.campaign[0], "name": self.campaign[1]}
        call: dict[str, Any] = {
            "type": "track" if self.event else "identify",
            "messageId": hashlib.sha256(self.key.encode()).hexdigest()[:40],
            "timestamp": self.at.isoformat(),
            "context": context,
        }
        if self.event:
            call["event"], call["properties"] = self.event, self.properties
        if self.traits or not self.event:
            call["traits"] = self.traits
        return call


def tell(stores: Stores, source: str, news: Iterable[News]) -> int:
    """Append news to the inbox as they come; returns once all of them are on disk, with how many there were. Telling
    them again changes nothing."""
    coming = iter(news)
    waiting: list[Future[int]] = []
    told = 0
    while part := list(islice(coming, CALLS_A_BODY)):
        waiting.append(_appended(stores, source, part))
        told += len(part)
    for each in waiting:
        each.result()
    return told


def _appended(stores: Stores, source: str, part: Sequence[News]) -> Future[int]:
    body = msgspec.json.encode({"batch": [each.call() for each in part]})
    return stores.inbox.append(stores.clock.now(), KIND, source, len(part), body)
