"""``kill -9`` at any step of an import, then the same command again: the same figures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.people.importing.shop import table

ROWS = 5_000
RUN = Path(__file__).with_name("killed_run.py")


def run(home: Path, file: Path, step: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(RUN), str(home), str(file), str(step)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=Path(__file__).parents[3],
        env={"PYTHONPATH": str(Path(__file__).parents[3]), "PATH": "/usr/bin:/bin"},
    )


def test_killed_at_one_step_after_another_it_ends_with_the_same_figures(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(
        table(
            *[
                f"{n % 700},A{n // 3},2024-03-{1 + n % 28:02d} 10:{n % 60:02d},s{n % 5},t,{1 + n % 3},2.5"
                for n in range(ROWS)
            ]
        )
    )
    whole = run(tmp_path / "whole", file, 0)
    assert whole.returncode == 0, whole.stderr
    steps, *figures = whole.stdout.splitlines()
    killed = 0
    for step in range(3, int(steps) + 1, 3):
        ended = run(tmp_path / "home", file, step)
        if ended.returncode == 0:
            break
        assert ended.returncode == -9, ended.stderr
        killed += 1
    again = run(tmp_path / "home", file, 0)
    assert again.returncode == 0, again.stderr
    assert again.stdout.splitlines()[1:] == figures
    assert killed >= 5
