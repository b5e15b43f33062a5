"""``python -m evidence [--only PREFIX] [--scale small|full]`` runs the programs, each in a process of its own.

``python -m evidence --run NAME`` runs one in this process: one JSON line, exit status 1 where it falls short.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from evidence import harness, page

FOLDER = Path(__file__).parent
PROGRAM_SECONDS_MAX = {"small": 300, "full": 7_200}


def programs() -> list[str]:
    """The names of the programs: ``loop_figures`` makes the claim ``loop.figures``."""
    helpers = {"harness", "page"}
    return sorted(
        path.stem
        for path in FOLDER.glob("*_*.py")
        if not path.stem.startswith("_") and path.stem not in helpers and "\nCLAIM = " in path.read_text("utf-8")
    )


def claim_of(name: str) -> str:
    return name.replace("_", ".", 1)


def run_here(name: str, scale: harness.Scale) -> int:
    """Measure one claim in this process."""
    program = importlib.import_module(f"evidence.{name}")
    if claim_of(name) != program.CLAIM:
        raise SystemExit(f"evidence/{name}.py has to make the claim {claim_of(name)}, not {program.CLAIM}")
    began = time.perf_counter()
    try:
        found: harness.Evidence = program.measure(scale)
    except harness.MissingInput as missing:
        line = harness.missing_line(program.CLAIM, scale, str(missing))
    else:
        line = harness.as_line(found, scale, time.perf_counter() - began)
    sys.stdout.write(harness.dump(line) + "\n")
    return 1 if line["holds"] is False else 0


def run_apart(name: str, scale: harness.Scale) -> dict[str, Any]:
    """Measure one claim in a process of its own; a program that breaks falls short."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "evidence", "--run", name, "--scale", scale]
    try:
        ended = subprocess.run(
            command,
            cwd=FOLDER.parent,
            stdout=subprocess.PIPE,
            text=True,
            timeout=PROGRAM_SECONDS_MAX[scale],
            check=False,
        )
        lines = [line for line in ended.stdout.splitlines() if line.startswith('{"claim"')]
        if lines:
            return json.loads(lines[-1])
        fault = f"ended with status {ended.returncode} and no result"
    except subprocess.TimeoutExpired:
        fault = f"took longer than {PROGRAM_SECONDS_MAX[scale]} s"
    return {
        "claim": claim_of(name),
        "measured": {"fault": fault},
        "goal": {},
        "holds": False,
        "short": ["fault"],
        "scale": scale,
        "size": "",
        "seconds": round(time.perf_counter() - began, 2),
        "machine": harness.machine(),
    }


def main() -> int:
    wanted = argparse.ArgumentParser(prog="evidence", description=__doc__)
    wanted.add_argument("--only", default=os.environ.get("ONLY", ""), help="claims that begin with this")
    wanted.add_argument("--scale", choices=["small", "full"], default=os.environ.get("SCALE") or "full")
    wanted.add_argument("--run", metavar="NAME", help="one program, in this process")
    asked = wanted.parse_args()
    if asked.run:
        return run_here(asked.run, asked.scale)
    names = [name for name in programs() if claim_of(name).startswith(asked.only)]
    if not names:
        sys.stderr.write(f"no claim begins with {asked.only!r}; there are: {', '.join(map(claim_of, programs()))}\n")
        return 2
    found: list[dict[str, Any]] = []
    for name in names:
        found.append(run_apart(name, asked.scale))
        sys.stdout.write(harness.dump(found[-1]) + "\n")
        sys.stdout.flush()
    page.keep(found, asked.scale)
    short = [line["claim"] for line in found if line["holds"] is False]
    unseen = [line["claim"] for line in found if line["holds"] is None]
    sys.stderr.write(f"{len(found)} claims: {len(found) - len(short) - len(unseen)} hold, {len(short)} fall short")
    sys.stderr.write(f" ({', '.join(short)})" if short else "")
    sys.stderr.write(f"; not looked at here: {', '.join(unseen)}\n" if unseen else "\n")
    return 1 if short else 0


if __name__ == "__main__":
    raise SystemExit(main())
