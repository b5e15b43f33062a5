"""How evidence is taken and told."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from evidence import harness, page
from evidence.harness import Evidence, at_least, at_most, equal


def test_small_scale_does_not_judge_speed() -> None:
    slow = Evidence("a.b", "1 row", [at_most("times", 9, 3), equal("rows", 1, 1)])
    assert slow.holds("small")
    assert not slow.holds("full")


def test_every_scale_judges_what_is_counted() -> None:
    wrong = Evidence("a.b", "1 row", [equal("rows", 1, 2)])
    assert not wrong.holds("small")


def test_a_line_names_every_figure_its_goal_and_what_falls_short() -> None:
    evidence = Evidence("a.b", "1 row", [at_least("rate", 5, 10, "/s"), equal("rows", 1, 1)], {"seconds": 2.5})
    line = json.loads(harness.dump(harness.as_line(evidence, "full", 3)))
    assert line["measured"] == {"rate": 5, "rows": 1, "seconds": 2.5}
    assert line["goal"] == {"rate": "≥ 10 /s", "rows": "= 1"}
    assert (line["short"], line["holds"], line["claim"], line["size"]) == (["rate"], False, "a.b", "1 row")


def test_a_ratio_is_the_median_of_pairs_run_by_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    now = 0.0
    ours = iter([30.0, 30.0, 900.0, 30.0, 20.0])  # once, somebody else used the machine
    monkeypatch.setattr(harness, "time", SimpleNamespace(perf_counter=lambda: now))

    def run(name: str, seconds: float) -> None:
        nonlocal now
        order.append(name)
        now += seconds

    found = harness.ratio(lambda: run("ours", next(ours)), lambda: run("bare", 10.0), warm=False)
    assert order[:4] == ["ours", "bare", "bare", "ours"]
    assert (found.times, found.ours_seconds, found.bare_seconds, found.rounds) == (3.0, 30.0, 10.0, 5)


@pytest.mark.parametrize(("percent", "value"), [(50, 50), (95, 95), (99, 99), (100, 100), (0, 1)])
def test_a_percentile_is_a_value_that_was_measured(percent: float, value: float) -> None:
    assert harness.percentile(list(range(1, 101)), percent) == value


def test_the_peak_of_memory_can_be_started_anew() -> None:
    block = bytearray(300_000_000)
    high = harness.peak_memory_bytes()
    del block
    harness.forget_peak_memory()
    assert harness.peak_memory_bytes() < high - 200_000_000


def test_a_new_result_takes_the_place_of_the_old_one_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "KEPT", tmp_path / "evidence.json")
    monkeypatch.setattr(page, "PAGE", tmp_path / "evidence.md")
    old = [harness.as_line(Evidence(name, "old", [equal("n", 1, 1)]), "full", 1) for name in ("a.b", "c.d")]
    page.keep(old, "full")
    page.keep([harness.as_line(Evidence("a.b", "new", [equal("n", 1, 2)]), "full", 1)], "full")
    text = (tmp_path / "evidence.md").read_text("utf-8")
    assert "| [a.b](#ab) | **no** | new |" in text
    assert "| [c.d](#cd) | yes | old |" in text
