"""``python -m rehearsal calibrate``: fit the habits to real shops, print them, keep them, and draw them."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rehearsal.people.calibration import Fit, fit_all
from rehearsal.people.habits import FILE, kept
from rehearsal.people.notebook import page

DATA = "../shared/data"


def main(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser("rehearsal calibrate", description="Fit the people's habits to real shops.")
    parser.add_argument("--data", type=Path, default=os.environ.get("SIYU_REAL_DATA", DATA), help="or SIYU_REAL_DATA")
    parser.add_argument("--page", type=Path, default=Path("habits.html"), help="where to write the page")
    parser.add_argument("--keep", action="store_true", help="make these the habits of the rehearsal (habits.json)")
    options = parser.parse_args(given)
    try:
        fits = fit_all(Path(options.data))
    except FileNotFoundError as error:
        print(f"rehearsal: no data to fit to: {error}", file=sys.stderr)
        return 2
    for fit in fits:
        told = {"name": fit.name, "value": fit.value, fit.measure: fit.fit, "rows": fit.rows, "source": fit.source}
        print(json.dumps(told, ensure_ascii=False))
    before = kept() if FILE.exists() else {}
    options.page.write_text(page(fits, before), "utf-8")
    if options.keep:
        rows = {fit.name: _row(fit, before.get(fit.name, {})) for fit in fits}
        FILE.write_text(json.dumps(rows, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return 0


def _row(fit: Fit, before: dict[str, Any]) -> dict[str, Any]:
    """As it is kept; what is used instead of it stays as it was decided."""
    told = {"value": fit.value, "source": fit.source, "rows": fit.rows, "fit": fit.fit, "measure": fit.measure}
    return {**told, **{name: before[name] for name in ("used", "why") if name in before}}
