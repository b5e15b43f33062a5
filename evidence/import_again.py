"""``kill -9`` at a random moment of an import, and the same command again: the same figures, each time."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from evidence.harness import REPOSITORY, Evidence, Scale, at_least, equal, fresh_home, real_data

CLAIM = "import.again"
ZONE = "Europe/London"
FIRST_WRITE_SECONDS = 1.0


def measure(scale: Scale) -> Evidence:
    file = real_data("online_retail", "online_retail_full.parquet")
    rounds = 20 if scale == "full" else 2
    chance = random.Random(7)
    killed = 0
    figures: set[str] = set()
    for _ in range(rounds):
        with fresh_home() as home:
            killed += _killed(home, file, chance.uniform(FIRST_WRITE_SECONDS, 7.0))
            figures.add(_figures(home, file))
    expected = "22186 events, 406789 lines, 18532 orders, 8911407.904"
    return Evidence(
        CLAIM,
        f"{rounds} imports of 541,909 lines, each cut off",
        [
            equal("figures_after", " | ".join(sorted(figures)), expected),
            at_least("killed_before_the_end", killed, 1, timed=False),
        ],
    )


def _command(home: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "siyu.cli", "--home", str(home), *words]


def _killed(home: Path, file: Path, seconds: float) -> int:
    """Whether the command was still at work when it was killed."""
    running = subprocess.Popen(
        _command(home, "import", "orders", str(file), "--timezone", ZONE, "--json"),
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(seconds)
    done = running.poll() is not None
    if not done:
        os.kill(running.pid, signal.SIGKILL)
    running.wait()
    return 0 if done else 1


def _figures(home: Path, file: Path) -> str:
    said = subprocess.run(
        _command(home, "import", "orders", str(file), "--timezone", ZONE, "--json"),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    json.loads(said.stdout)
    look = (
        "import sys; from pathlib import Path; from siyu.app import open_home; from siyu.settings import Settings;"
        "s = open_home(Settings(home=Path(sys.argv[1])));"
        "print(*s.events.row(\"SELECT count(), sum(length(lines.row)), countIf(name = 'order_paid'), "
        "sumIf(amount, name = 'order_paid') FROM events\")); s.close()"
    )
    seen = subprocess.run(
        [sys.executable, "-c", look, str(home)], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    events, lines, orders, sales = seen.stdout.split()
    return f"{events} events, {lines} lines, {orders} orders, {sales.rstrip('0')}"
