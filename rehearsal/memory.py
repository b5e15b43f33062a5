"""What must outlive the process: where the world stands, and the truth about what caused what.

The product never reads this folder: it is the answer book.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any


@dataclass
class Place:
    """Where the world stands. ``day`` and ``told``: every happening of earlier days, and so many of this day, are
    acknowledged by the product."""

    seed: int
    people: int
    since: str
    day: int = 0
    told: int = 0
    port: int = 0
    secret: str = ""


class OtherWorld(Exception):
    """The folder holds another world than the one asked for."""


class Memory:
    """A folder with ``world.json`` and ``truth.jsonl``."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._world = folder / "world.json"
        self.truth_path = folder / "truth.jsonl"
        self._lock = threading.Lock()
        self._truth = self.truth_path.open("a", encoding="utf-8")

    def begin(self, seed: int, people: int, since: date) -> Place:
        """The place reached, or a new world's beginning. Raises :class:`OtherWorld`."""
        if self._world.exists():
            place = Place(**json.loads(self._world.read_text("utf-8")))
            if (place.seed, place.people) != (seed, people):
                raise OtherWorld(
                    f"{self._world.parent} holds the world of seed {place.seed} with {place.people} people;"
                    " give another --state, or the same --seed and --people"
                )
            return place
        place = Place(
            seed, people, since.isoformat(), secret="whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        )
        self.keep(place)
        return place

    def keep(self, place: Place) -> None:
        """On disk in one step: a crash leaves the old place or the new one."""
        aside = self._world.with_suffix(".new")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(asdict(place), file)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._world)

    def write(self, truth: dict[str, Any]) -> None:
        line = json.dumps(truth, ensure_ascii=False, separators=(",", ":"))
        with self._lock:
            self._truth.write(line + "\n")
            self._truth.flush()

    def truths(self) -> Iterator[dict[str, Any]]:
        """Every line so far; a line that a crash cut short is left out."""
        with self.truth_path.open(encoding="utf-8") as file:
            for line in file:
                if line.endswith("\n"):
                    yield json.loads(line)

    def close(self) -> None:
        self._truth.close()
