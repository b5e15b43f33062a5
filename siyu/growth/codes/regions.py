"""The city an address is in, by a table of networks: ``regions.csv`` of the home folder, else the one that is here.

A line holds a network and a city: ``101.80.0.0/12,上海``. The table that comes with the product is small: the large
networks of the four cities that are provinces, which a provider's register of a province names exactly. Whoever needs
more puts a table of their own into the home folder; it is read anew within a minute.
"""

from __future__ import annotations

import csv
import ipaddress
import time
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

FILE = "regions.csv"
LOOK_SECONDS = 60.0
LINES_MAX = 2_000_000


@dataclass(slots=True)
class Regions:
    """The table of one installation. Of networks within one another the smaller goes first."""

    home: Path
    _looked: float = 0.0
    _read: tuple[Path, float] | None = None
    _firsts: dict[int, list[int]] = field(default_factory=dict[int, list[int]])
    _spans: dict[int, list[tuple[int, str]]] = field(default_factory=dict[int, list[tuple[int, str]]])

    def city(self, address: str) -> str:
        """Where an address is; "" where the table does not say."""
        self._look()
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return ""
        firsts = self._firsts.get(parsed.version, [])
        place = bisect_right(firsts, int(parsed)) - 1
        if place < 0:
            return ""
        last, city = self._spans[parsed.version][place]
        return city if int(parsed) <= last else ""

    def _look(self) -> None:
        now = time.monotonic()
        if self._read is not None and now < self._looked:
            return
        self._looked = now + LOOK_SECONDS
        own = self.home / FILE
        path = own if own.is_file() else Path(__file__).parent / FILE
        mark = (path, path.stat().st_mtime)
        if mark != self._read:
            self._firsts, self._spans = _table(path)
            self._read = mark


def _table(path: Path) -> tuple[dict[int, list[int]], dict[int, list[tuple[int, str]]]]:
    """Flat spans by version of the protocol, in order; lines that are none are passed over."""
    found: dict[int, list[tuple[int, int, str]]] = {4: [], 6: []}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for number, line in enumerate(csv.reader(lines)):
            if number >= LINES_MAX:
                break
            try:
                network = ipaddress.ip_network(line[0].strip(), strict=False)
                city = line[1].strip()
            except (ValueError, IndexError):
                continue
            first, last = int(network.network_address), int(network.broadcast_address)
            found[network.version].append((first, last, city))
    flat = {version: _flat(spans) for version, spans in found.items()}
    firsts = {version: [first for first, _, _ in spans] for version, spans in flat.items()}
    return firsts, {version: [(last, city) for _, last, city in spans] for version, spans in flat.items()}


def _flat(spans: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """No two over one another: networks lie within one another or apart, and the inner one's city holds in it."""
    found: list[tuple[int, int, str]] = []
    open_: list[tuple[int, str]] = []  # last address and city of the networks around the present place
    place = 0

    def until(end: int) -> None:
        nonlocal place
        if open_ and place <= end:
            found.append((place, end, open_[-1][1]))
        place = max(place, end + 1)

    for first, last, city in sorted(spans, key=lambda span: (span[0], -span[1])):
        while open_ and open_[-1][0] < first:
            until(open_[-1][0])
            open_.pop()
        until(first - 1)
        place = first
        open_.append((last, city))
    while open_:
        until(open_[-1][0])
        open_.pop()
    return found
