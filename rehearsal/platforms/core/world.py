"""What a simulated platform is made of: time, state, what happens later, limits, faults, tokens, callbacks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from rehearsal.platforms.core.agenda import Agenda
from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.faults import Faults
from rehearsal.platforms.core.limits import Limits
from rehearsal.platforms.core.poster import Parcel, Poster, Sealed
from rehearsal.platforms.core.routes import Refusal, Request
from rehearsal.platforms.core.state import Shelf
from rehearsal.platforms.core.tokens import Tokens


class World(ABC):
    """Derive one per platform; say who calls (``admit``), how a no sounds (``refused``), how callbacks are sealed."""

    def __init__(self, path: Path | None = None, clock: DomainClock | None = None, seed: int = 7) -> None:
        self.clock = clock or DomainClock()
        self.shelf = Shelf(path)
        self.agenda = Agenda(self.clock, self.shelf)
        self.limits = Limits(self.clock)
        self.faults = Faults(seed)
        self.tokens = Tokens(self.shelf, self.clock)
        self.poster = Poster(self.clock, self.shelf, self.seal, seed)
        self.latency_seconds = 0.0
        """Machine seconds that each call takes: with none, calls are never in flight together."""

    def now(self) -> int:
        """Epoch seconds, whole, as platforms write them."""
        return int(self.clock.now())

    def admit(self, request: Request) -> None:
        """Sets ``account`` and ``app`` of the request from its token. Raises ``Refusal``."""
        grant = self.tokens.who(request.query.get("access_token", ""))
        request.account, request.app = grant.account, grant.app

    def refused(self, refusal: Refusal, request: Request) -> tuple[int, dict[str, Any]]:
        """(HTTP status, body): a refusal in the words of the platform."""
        return refusal.status, {"errcode": refusal.code, "errmsg": refusal.message, **refusal.more}

    def accepted(self, answer: dict[str, Any]) -> dict[str, Any]:
        """A good answer as the platform dresses it."""
        return {"errcode": 0, "errmsg": "ok", **answer}

    @abstractmethod
    def seal(self, parcel: Parcel, nonce: str) -> Sealed | None:
        """A callback as it travels now; ``None`` when nobody listens at its address."""
