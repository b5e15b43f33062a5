"""Nothing that registers itself is forgotten by the composition root."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SIYU = Path(__file__).parents[2] / "siyu"


def test_every_module_with_a_job_is_loaded_when_the_product_starts() -> None:
    with_jobs = {
        ".".join(("siyu", *path.relative_to(SIYU).with_suffix("").parts))
        for path in SIYU.rglob("*.py")
        if "\n@handles(" in path.read_text("utf-8")
    }
    code = "import sys; from siyu.app import load_rooms; load_rooms(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert with_jobs - set(loaded) == set()
