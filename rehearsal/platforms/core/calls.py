"""What a simulated platform was asked, for tests and worlds to read."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

CALLS_KEPT = 1000


@dataclass
class Calls:
    """What was asked, for tests: counts by path and by (path, code), and the last calls in full."""

    by_path: Counter[str] = field(default_factory=Counter[str])
    by_code: Counter[str] = field(default_factory=Counter[str])
    last: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT))
