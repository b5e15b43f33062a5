"""A small shop whose events happen by name, and a receiver that listens."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from siyu.channels import Caller
from siyu.hooks import actions, queries
from siyu.hooks.model import Delivery, Wish
from siyu.hooks.sending import Sender
from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.storage import Stores
from tests.channels.receiver import Receiver


class Shop:
    """Sends Segment calls in and webhooks out."""

    def __init__(self, stores: Stores) -> None:
        self.stores = stores
        self.caller = Caller()
        self.sender = Sender(stores, self.caller)
        self._drain = Drain(stores)
        self._calls = 0

    def hook(self, receiver: Receiver | str, may_see: bool = True, **wish: Any) -> int:
        url = receiver if isinstance(receiver, str) else receiver.url
        made = actions.create(self.stores, self.caller, "staff:1", Wish("ERP", url, **wish), may_see=may_see)
        self.secret = made.secret
        return made.id

    def happens(self, user: str, *names: str, **properties: Any) -> None:
        """Each name happened once to the user, a second apart, within the last hour; sent in one body."""
        calls: list[dict[str, Any]] = []
        for name in names:
            self._calls += 1
            at = self.stores.clock.now() + timedelta(seconds=self._calls) - timedelta(hours=1)
            calls.append(
                {
                    "type": "track",
                    "event": name,
                    "userId": user,
                    "messageId": f"m-{self._calls}",
                    "timestamp": at.isoformat(),
                    "properties": properties,
                }
            )
        self.take({"batch": calls})

    def identified(self, user: str, **traits: Any) -> None:
        self._calls += 1
        self.take({"type": "identify", "userId": user, "messageId": f"m-{self._calls}", "traits": traits})

    def take(self, document: dict[str, Any]) -> None:
        kind = "segment:batch" if "batch" in document else f"segment:{document['type']}"
        body = msgspec.json.encode(document)
        self.stores.inbox.append(self.stores.clock.now(), kind, "web", len(document.get("batch", [1])), body).result()
        self.settle()

    def settle(self) -> None:
        run_until_empty(self._drain.step)

    def send(self) -> int:
        """Rounds until nothing is due; how many calls were made."""
        return run_until_empty(self.sender.run_once)

    def pass_time(self, **step: float) -> None:
        self.stores.clock.advance(timedelta(**step))  # type: ignore[attr-defined]

    def log(self, hook: int) -> list[Delivery]:
        """The log, oldest first."""
        return queries.deliveries(self.stores, hook, limit=500)[::-1]

    @property
    def now(self) -> datetime:
        return self.stores.clock.now()
