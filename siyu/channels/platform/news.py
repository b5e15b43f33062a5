"""What a platform told, in the words of the intake: who, what happened, when."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from siyu.storage import Stores, in_chunks

KIND = "platform:batch"
"""Of these rows of the inbox: they may carry names that outsiders may not send."""
CALLS_A_BODY = 500


@dataclass(frozen=True, slots=True)
class News:
    """``event`` happened to the person with ``identifiers`` (kind, value) at ``at``; "" tells only who is who, with
    ``traits``. ``key`` is the same whenever the same thing is told, so that it is stored once. ``campaign`` (source,
    name) is what brought the person."""

    event: str
    at: datetime
    identifiers: tuple[tuple[str, str], ...]
    key: str
    properties: Mapping[str, Any] = field(default_factory=dict[str, Any])
    traits: Mapping[str, Any] = field(default_factory=dict[str, Any])
    campaign: tuple[str, str] | None = None

    def call(self) -> dict[str, Any]:
        """As a call of the Segment spec."""
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
            return {**call, "event": self.event, "properties": dict(self.properties)}
        return {**call, "traits": dict(self.traits)}


def tell(stores: Stores, source: str, news: Sequence[News]) -> None:
    """Append news to the inbox; returns once they are on disk. Telling them again changes nothing."""
    for waiting in [_appended(stores, source, part) for part in in_chunks(news, CALLS_A_BODY)]:
        waiting.result()


def _appended(stores: Stores, source: str, part: Sequence[News]) -> Future[int]:
    body = json.dumps({"batch": [each.call() for each in part]}, ensure_ascii=False, separators=(",", ":"))
    return stores.inbox.append(stores.clock.now(), KIND, source, len(part), body.encode())
