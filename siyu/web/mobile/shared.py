"""What the public pages of one application keep between visits."""

from __future__ import annotations

import random
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from siyu.channels import phone_pages
from siyu.channels.phone_pages import Browser
from siyu.channels.protocol import Account
from siyu.growth.campaigns import acting, seeing
from siyu.growth.campaigns.acting import Outcome
from siyu.growth.campaigns.model import Wish
from siyu.growth.campaigns.seeing import Look
from siyu.growth.codes.allocator import Allocator
from siyu.growth.codes.regions import Regions
from siyu.growth.leads import looking
from siyu.jobs import preferences
from siyu.storage import Stores
from siyu.storage.together import Together
from siyu.web.limits import Bucket, Few

Key = TypeVar("Key")
Value = TypeVar("Value")

RECENT_SECONDS = 2.0
SENDS_PER_MINUTE = 60
"""Forms of one address, behind which a whole shop may stand."""
CODES_MAX, LANDINGS_MAX, LOOKS_MAX, POSTERS_MAX = 10_000, 2_000, 50_000, 48
POSTER_SECONDS = 300.0
ASKINGS_AT_ONCE, ASKINGS_PER_MINUTE = 8, 300
"""Of a platform, who comes; a minute and address."""
DRAWINGS_AT_ONCE = 2
DRAWINGS_PER_MINUTE, DRAWINGS_PER_MINUTE_AND_ADDRESS = 12, 120
"""Posters that are drawn anew: a second of a core each."""
LANDING_SECONDS = 20.0
"""How long a page may be shown as it was: what stands behind it is changed rarely, and is read by many."""
REMAKING_SECONDS = 2.0
"""How long whoever makes a value anew is waited for, before another is told to."""


class Remembered(Generic[Key, Value]):
    """At most ``most`` values, the longest unused goes first; each for half of ``seconds`` to all of them, so that not
    all grow old at one moment (0: for ever). Of many who ask for one that is too old, the first is told to make it
    anew, and the others have it as it was."""

    def __init__(self, most: int, seconds: float = 0.0) -> None:
        self._most, self._seconds = most, seconds
        self._values: OrderedDict[Key, tuple[float, Value]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Value | None:
        with self._lock:
            found = self._values.get(key)
            if found is None:
                return None
            now = time.monotonic()
            if self._seconds and found[0] < now:
                self._values[key] = (now + REMAKING_SECONDS, found[1])
                return None
            self._values.move_to_end(key)
            return found[1]

    def put(self, key: Key, value: Value) -> Value:
        with self._lock:
            self._values[key] = (time.monotonic() + self._seconds * random.uniform(0.5, 1), value)
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return value


class Recent(Generic[Value]):
    """What the ledger said a moment ago. Of many who ask at once one reads, and the others take what was known."""

    def __init__(self, read: Callable[[], Value]) -> None:
        self._ask = read
        self._value: list[Value] = []
        self._until = 0.0

    def known(self) -> Value | None:
        """None: :meth:`read` it. Never waits."""
        now = time.monotonic()
        if not self._value or now >= self._until:
            self._until = now + RECENT_SECONDS
            return None
        return self._value[0]

    def read(self) -> Value:
        """Asks the ledger."""
        self._value = [self._ask()]
        return self._value[0]


class Shared:
    """Of one application: who places scans, does acts of campaigns, keeps who looked (also at forms, and how often they
    are sent); ``codes`` by address; ``landings``, pages that are the same for many; ``regions``, cities by address;
    ``looks`` that were kept; ``posters`` drawn lately, and who may draw (``drawing``, ``draws``); the installation's
    own ``preferences`` and the accounts that are asked who comes (``askers``), a moment old; who may have them asked
    (``asking``, ``askings``)."""

    def __init__(self, stores: Stores, allocator: Callable[[Stores], Allocator] = Allocator) -> None:
        self.codes: Remembered[str, int] = Remembered(CODES_MAX)
        self.landings: Remembered[tuple[object, ...], Any] = Remembered(LANDINGS_MAX, LANDING_SECONDS)
        self.regions = Regions(stores.home)
        self.looks: Remembered[tuple[int, int, str], bool] = Remembered(LOOKS_MAX)
        self.form_looks: Remembered[tuple[int, str], bool] = Remembered(LOOKS_MAX)
        self.form_sends = Bucket(SENDS_PER_MINUTE)
        self._looking: Together[tuple[int, str], bool] | None = None
        self.posters: Remembered[tuple[object, ...], bytes] = Remembered(POSTERS_MAX, POSTER_SECONDS)
        self.asking, self.askings = Few(ASKINGS_AT_ONCE), Bucket(ASKINGS_PER_MINUTE)
        self.drawing = Few(DRAWINGS_AT_ONCE)
        self.draws, self.draws_there = Bucket(DRAWINGS_PER_MINUTE), Bucket(DRAWINGS_PER_MINUTE_AND_ADDRESS)
        self._acts: Together[Wish, Outcome] | None = None
        self._seeing: Together[Look, bool] | None = None
        self._stores = stores
        self._begin = allocator
        self._allocator: Allocator | None = None
        self._lock = threading.Lock()
        self.preferences: Recent[dict[str, object]] = Recent(lambda: dict(preferences.values(stores)))
        self.askers: Recent[dict[Browser, Account]] = Recent(lambda: phone_pages.askers(stores))

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

    @property
    def looking(self) -> Together[tuple[int, str], bool]:
        """Begins to work with the first look at a form."""
        with self._lock:
            if self._looking is None:
                self._looking = Together(lambda looks: looking.saw(self._stores, looks), "form looks")
            return self._looking
