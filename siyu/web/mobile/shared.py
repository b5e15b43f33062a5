"""What the public pages of one application keep between visits."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from siyu.growth.campaigns import acting, seeing
from siyu.growth.campaigns.acting import Outcome
from siyu.growth.campaigns.model import Wish
from siyu.growth.campaigns.seeing import Look
from siyu.growth.codes.allocator import Allocator
from siyu.growth.codes.regions import Regions
from siyu.growth.together import Together
from siyu.jobs import preferences
from siyu.storage import Stores

Key = TypeVar("Key")
Value = TypeVar("Value")

PREFERENCE_SECONDS = 2.0
CODES_MAX, LANDINGS_MAX, LOOKS_MAX = 10_000, 2_000, 50_000
LANDING_SECONDS = 20.0
"""How long a page may be shown as it was: what stands behind it is changed rarely, and is read by many."""


class Remembered(Generic[Key, Value]):
    """At most ``most`` values, each for some seconds (0: for ever); the longest unused goes first."""

    def __init__(self, most: int, seconds: float = 0.0) -> None:
        self._most, self._seconds = most, seconds
        self._values: OrderedDict[Key, tuple[float, Value]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Value | None:
        with self._lock:
            found = self._values.get(key)
            if found is None or (self._seconds and found[0] < time.monotonic()):
                return None
            self._values.move_to_end(key)
            return found[1]

    def put(self, key: Key, value: Value) -> Value:
        with self._lock:
            self._values[key] = (time.monotonic() + self._seconds, value)
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return value


class Shared:
    """Of one application: who places scans, does acts of campaigns, keeps who looked; ``codes`` by address;
    ``landings``, pages that are the same for many; ``regions``, cities by address; ``looks`` that were kept; the
    installation's own settings, a moment old."""

    def __init__(self, stores: Stores, allocator: Callable[[Stores], Allocator] = Allocator) -> None:
        self.codes: Remembered[str, int] = Remembered(CODES_MAX)
        self.landings: Remembered[tuple[object, ...], Any] = Remembered(LANDINGS_MAX, LANDING_SECONDS)
        self.regions = Regions(stores.home)
        self.looks: Remembered[tuple[int, int, str], bool] = Remembered(LOOKS_MAX)
        self._acts: Together[Wish, Outcome] | None = None
        self._seeing: Together[Look, bool] | None = None
        self._stores = stores
        self._begin = allocator
        self._allocator: Allocator | None = None
        self._lock = threading.Lock()
        self._preferences: dict[str, object] = {}
        self._read = 0.0

    @property
    def allocator(self) -> Allocator:
        """Begins to work with the first scan."""
        with self._lock:
            if self._allocator is None:
                self._allocator = self._begin(self._stores)
            return self._allocator

    @property
    def acts(self) -> Together[Wish, Outcome]:
        """Begins to work with the first act."""
        with self._lock:
            if self._acts is None:
                self._acts = Together(lambda wishes: acting.act(self._stores, wishes), "acts")
            return self._acts

    @property
    def seeing(self) -> Together[Look, bool]:
        """Begins to work with the first look."""
        with self._lock:
            if self._seeing is None:
                self._seeing = Together(lambda looks: seeing.saw(self._stores, looks), "looks")
            return self._seeing

    def preferences_known(self) -> dict[str, object] | None:
        """The installation's preferences where they were read a moment ago; None: ask for them. Of many at once one
        asks, and the others take what was known."""
        now = time.monotonic()
        if not self._preferences or now >= self._read:
            self._read = now + PREFERENCE_SECONDS
            return None
        return self._preferences

    def read_preferences(self) -> dict[str, object]:
        """Asks the ledger."""
        self._preferences = dict(preferences.values(self._stores))
        return self._preferences
