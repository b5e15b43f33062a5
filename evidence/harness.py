"""What every evidence program is made with: claims, goals, ratios, memory, real data, an installation of its own."""

from __future__ import annotations

import gc
import json
import math
import os
import platform
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Scale = Literal["small", "full"]
Value = float | int | str | bool | None

ROUNDS_MIN = 5
REPOSITORY = Path(__file__).resolve().parent.parent


class MissingInput(Exception):
    """The claim can't be looked at here: real data, a browser or a PostgreSQL is missing. Says which."""


@dataclass(frozen=True)
class Goal:
    """One figure beside what it has to be. ``timed`` goals depend on the machine; small scale does not judge them."""

    name: str
    measured: Value
    wanted: str
    holds: bool
    timed: bool = False


def equal(name: str, measured: Value, wanted: Value) -> Goal:
    """It has to be exactly this."""
    return Goal(name, measured, f"= {_shown(wanted)}", measured == wanted)


def at_most(name: str, measured: float, wanted: float, unit: str = "", *, timed: bool = True) -> Goal:
    """It may be no more than this."""
    return Goal(name, measured, f"≤ {_shown(wanted)}{unit and ' ' + unit}", measured <= wanted, timed)


def at_least(name: str, measured: float, wanted: float, unit: str = "", *, timed: bool = True) -> Goal:
    """It has to reach this."""
    return Goal(name, measured, f"≥ {_shown(wanted)}{unit and ' ' + unit}", measured >= wanted, timed)


@dataclass(frozen=True)
class Evidence:
    """What a program found. ``size`` says on what (``"50,000,000 events of 1,000,000 people"``); ``notes`` are
    figures that no goal judges, such as the seconds behind a ratio."""

    claim: str
    size: str
    goals: Sequence[Goal]
    notes: Mapping[str, Value] = field(default_factory=dict[str, Value])

    def holds(self, scale: Scale) -> bool:
        """Whether every goal is met that this scale can judge."""
        return all(goal.holds for goal in self.goals if scale == "full" or not goal.timed)


@dataclass(frozen=True)
class Ratio:
    """Ours against a bare counterpart, by turns in one process: ``times`` is the median of the paired ratios."""

    times: float
    ours_seconds: float
    bare_seconds: float
    rounds: int

    def notes(self, prefix: str = "") -> dict[str, Value]:
        return {
            f"{prefix}ours_seconds": round(self.ours_seconds, 4),
            f"{prefix}bare_seconds": round(self.bare_seconds, 4),
            f"{prefix}rounds": self.rounds,
        }


def ratio(
    ours: Callable[[], object],
    bare: Callable[[], object],
    *,
    rounds: int = ROUNDS_MIN,
    before: Callable[[], object] = lambda: None,
    warm: bool = True,
) -> Ratio:
    """Time two functions by turns, ``rounds`` pairs; which goes first alternates, so that drift hits both alike.

    ``before`` runs untimed ahead of each of them (make a fresh target); ``warm`` runs each once beforehand.
    """
    if warm:
        for run in (ours, bare):
            before()
            run()
    pairs: list[tuple[float, float]] = []
    for place in range(rounds):
        took: dict[str, float] = {}
        for name, run in [("ours", ours), ("bare", bare)][:: 1 if place % 2 == 0 else -1]:
            before()
            took[name] = seconds_of(run)
        pairs.append((took["ours"], took["bare"]))
    return Ratio(
        times=round(statistics.median(a / b for a, b in pairs), 3),
        ours_seconds=statistics.median(a for a, _ in pairs),
        bare_seconds=statistics.median(b for _, b in pairs),
        rounds=rounds,
    )


def seconds_of(run: Callable[[], object]) -> float:
    """Wall-clock seconds of one call."""
    gc.collect()
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least ``percent`` of them do not pass."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def peak_memory_bytes() -> int:
    """The most memory this process has held since it began, or since :func:`forget_peak_memory`."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def forget_peak_memory() -> None:
    """Start the peak anew (Linux; elsewhere it stays that of the whole process)."""
    knob = Path("/proc/self/clear_refs")
    if knob.exists():
        knob.write_text("5")


def real_data(*parts: str) -> Path:
    """A file of the real data (``SIYU_REAL_DATA``, default ``../shared/data``). Raises :class:`MissingInput`."""
    folder = Path(os.environ.get("SIYU_REAL_DATA", str(REPOSITORY.parent / "shared" / "data")))
    path = folder.joinpath(*parts)
    if not path.exists():
        raise MissingInput(f"{'/'.join(parts)} is not there; set SIYU_REAL_DATA to the folder of the real data")
    return path


@contextmanager
def fresh_home() -> Generator[Path]:
    """An empty home folder on a real disk, gone afterwards."""
    build = REPOSITORY / "build"
    build.mkdir(exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="evidence-", dir=build))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def machine() -> str:
    """The machine in one line, as it stands beside every figure."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores {platform.machine()}, {memory_gb:.0f} GB, {platform.system()}, "
        f"Python {platform.python_version()}"
    )


def as_line(evidence: Evidence, scale: Scale, seconds: float) -> dict[str, Any]:
    """The JSON object that a program prints."""
    return {
        "claim": evidence.claim,
        "measured": {goal.name: goal.measured for goal in evidence.goals} | dict(evidence.notes),
        "goal": {goal.name: goal.wanted for goal in evidence.goals},
        "holds": evidence.holds(scale),
        "short": [goal.name for goal in evidence.goals if not goal.holds],
        "timed": [goal.name for goal in evidence.goals if goal.timed],
        "scale": scale,
        "size": evidence.size,
        "seconds": round(seconds, 2),
        "machine": machine(),
    }


def missing_line(claim: str, scale: Scale, reason: str) -> dict[str, Any]:
    """The JSON object of a claim that can't be looked at here: ``holds`` is null."""
    return {
        "claim": claim,
        "measured": {},
        "goal": {},
        "holds": None,
        "missing": reason,
        "scale": scale,
        "size": "",
        "seconds": 0.0,
        "machine": machine(),
    }


def dump(line: Mapping[str, Any]) -> str:
    return json.dumps(line, ensure_ascii=False, default=str)


def _shown(value: Value) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}"
