"""Where points are spent and earned one by one by many at once: those who wait share a transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future

from siyu.loyalty.points.model import Wish
from siyu.loyalty.points.posting import Outcome, post
from siyu.storage import Stores
from siyu.storage.together import Together


class Desk:
    """One per process. An outcome is told once it is on disk."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._together: Together[Wish, Outcome] = Together(self._post, "points")

    def take(self, wish: Wish) -> Future[Outcome]:
        """Queue it."""
        return self._together.take(wish)

    def awaited(self, wish: Wish) -> asyncio.Future[Outcome]:
        """The same for a task of the running loop."""
        return self._together.awaited(wish)

    def close(self) -> None:
        """Finish what waits."""
        self._together.close()

    def _post(self, wishes: Sequence[Wish]) -> Sequence[Outcome]:
        with self._stores.ledger.write() as conn:
            return post(conn, self._stores.clock.now(), wishes)
