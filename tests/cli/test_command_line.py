"""How a command line is understood and answered; each command's own meaning is tested with its room."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from siyu import app
from siyu.cli import run_command, running
from siyu.cli.command import Call, Command
from siyu.cli.running import Ended, parsed
from siyu.cli.table import COMMANDS
from siyu.cli.text import as_text, spoken
from siyu.settings import Settings
from siyu.storage import BadInput, SiyuError, Stores, Unavailable


def having(monkeypatch: pytest.MonkeyPatch, run: Any) -> None:
    """Make ``siyu probe`` a command."""
    monkeypatch.setattr(running, "COMMANDS", (*COMMANDS, Command(("probe",), "试", "Probe", run)))


def raising(error: Exception) -> Any:
    def run(call: Call) -> Mapping[str, Any]:
        raise error

    return run


def test_json_is_one_object_and_nothing_else(stores: Stores) -> None:
    status, out, err = run_command(stores, ["settings", "list", "--json"])
    assert (status, err, out.count("\n")) == (0, "", 1)
    assert json.loads(out)["settings"]["timezone"] == "Asia/Shanghai"


def test_common_options_may_stand_before_or_after_the_words(stores: Stores) -> None:
    assert run_command(stores, ["--json", "settings", "list"]) == run_command(stores, ["settings", "list", "--json"])


def test_times_and_money_are_spelled_in_json(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    having(monkeypatch, lambda call: {"at": datetime(2026, 1, 2, tzinfo=UTC), "paid": Decimal("9.90"), "of": {1}})
    _, out, _ = run_command(stores, ["probe", "--json"])
    assert json.loads(out) == {"at": "2026-01-02T00:00:00+00:00", "paid": "9.90", "of": [1]}


@pytest.mark.parametrize(
    "argv", [["nonsense"], ["settings"], ["settings", "list", "--colour"], ["settings", "set", "x"], []]
)
def test_wrong_use_is_told_with_the_usage_and_status_2(stores: Stores, argv: list[str]) -> None:
    status, out, err = run_command(stores, argv)
    assert (status, out) == (2, "")
    assert "usage: siyu" in err


def test_wrong_use_with_json_is_one_object_too(stores: Stores) -> None:
    status, out, _ = run_command(stores, ["nonsense", "--json"])
    assert status == 2
    assert json.loads(out)["error"]["code"] == "wrong_use"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BadInput("unfit", "第 3 行不对。", "Row 3 is wrong.", field="row 3"), 2),
        (Unavailable("home_in_use", "占用中。", "In use."), 2),
        (Unavailable("disk_full", "磁盘已满。", "The disk is full."), 1),
        (KeyError("13800138000"), 1),
    ],
)
def test_the_exit_status_tells_bad_input_from_faults(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    having(monkeypatch, raising(error))
    ended, out, err = run_command(stores, ["probe", "--json"])
    assert ended == status
    told = json.loads(out)["error"]
    assert told["code"] == (error.code if isinstance(error, SiyuError) else "fault")
    assert "13800138000" not in out + err


def test_an_error_is_one_sentence_in_the_language_asked_for(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    having(monkeypatch, raising(BadInput("unfit", "第 3 行不对。", "Row 3 is wrong.")))
    assert run_command(stores, ["probe"])[2] == "第 3 行不对。\n"
    assert run_command(stores, ["probe", "--language", "en"])[2] == "Row 3 is wrong.\n"


def test_a_server_command_is_refused_inside_a_server(stores: Stores) -> None:
    status, _, err = run_command(stores, ["up"])
    assert status == 2
    assert err


@pytest.mark.parametrize("pace", ["0", "3601", "fast", "-1"])
def test_time_runs_between_once_and_an_hour_in_a_second(pace: str) -> None:
    ended = parsed(["up", "--pace", pace])
    assert isinstance(ended, Ended)
    assert (ended.status, "1 – 3600" in ended.err) == (2, True)


def test_time_runs_fast_only_where_all_is_in_an_empty_folder(tmp_path: Path) -> None:
    for given in ({"ledger": "postgresql://nowhere"}, {"events": "clickhouse://nowhere"}):
        with pytest.raises(BadInput, match="SIYU_LEDGER") as refused:
            app.open_home(Settings(home=tmp_path / "new", pace=60, **given))
        assert refused.value.code == "pace_stores"
    (tmp_path / "ledger.db").touch()
    with pytest.raises(BadInput, match="in use") as refused:
        app.open_home(Settings(home=tmp_path, pace=60))
    assert refused.value.code == "pace_home"


def test_help_of_every_command_names_it_in_both_languages(stores: Stores) -> None:
    for command in COMMANDS:
        status, out, _ = run_command(stores, [*command.words, "--help"])
        assert status == 0
        assert command.zh in out
        assert command.en in out


def test_settings_are_changed_and_checked(stores: Stores) -> None:
    assert run_command(stores, ["settings", "set", "inbox_days", "60", "--json"])[0] == 0
    assert run_command(stores, ["settings", "set", "inbox_days", "many", "--json"])[0] == 2
    assert json.loads(run_command(stores, ["settings", "list", "--json"])[1])["settings"]["inbox_days"] == 60


def test_text_lines_up_columns_of_wide_characters() -> None:
    text = as_text({"rows": [{"name": "林小姐", "n": 1}, {"name": "Li", "n": 22}]})
    assert text.splitlines() == ["rows:", "  name    n", "  林小姐  1", "  Li      22"]


def test_text_carries_no_control_signs_of_a_strangers_data() -> None:
    assert "\x1b" not in as_text({"name": "\x1b[2Jgone"})


def test_help_is_quick_because_it_loads_no_room() -> None:
    code = (
        "import sys; from siyu.cli import main; main(['--help']);"
        "sys.exit(any(each in sys.modules for each in ('sqlalchemy', 'litestar', 'polars', 'chdb')))"
    )
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False).returncode == 0


def test_report_list_names_every_report_with_its_parameters(stores: Stores) -> None:
    reports = json.loads(run_command(stores, ["report", "list", "--json"])[1])["reports"]
    assert {"core", "retention", "funnel", "rfm"} <= {each["name"] for each in reports}
    assert all(each["parameters"] for each in reports)


def test_a_report_of_an_empty_shop_is_an_answer(stores: Stores) -> None:
    status, out, err = run_command(stores, ["report", "core", "--json"])
    assert (status, err) == (0, "")
    assert json.loads(out)


@pytest.mark.parametrize("argv", [["nonsense"], ["core", "--param", "from"], ["core", "--timezone", "Mars/Base"]])
def test_a_report_asked_wrongly_is_refused_with_one_sentence(stores: Stores, argv: list[str]) -> None:
    status, out, err = run_command(stores, ["report", *argv, "--json", "--language", "en"])
    assert (status, err.count("\n")) == (2, 1)
    assert json.loads(out)["error"]["field"]


def test_text_speaks_one_language() -> None:
    told = {"zh": "客户", "en": "People", "note": {"zh": "多", "en": "many"}, "help_zh": "甲", "help_en": "a"}
    assert spoken(told, "en") == {"what": "People", "note": "many", "help": "a"}
    assert spoken([told], "zh") == [{"what": "客户", "note": "多", "help": "甲"}]


def test_a_rule_that_can_not_be_read_is_refused(stores: Stores) -> None:
    status, out, _ = run_command(stores, ["audience", "count", "missing.json", "--json"])
    assert status == 2
    assert json.loads(out)["error"]["field"] == "rule"


def test_a_write_key_is_made_of_a_kind_and_narrowed(stores: Stores) -> None:
    assert run_command(stores, ["key", "write", "官网", "--json"])[0] == 2
    status, out, _ = run_command(stores, ["key", "write", "官网", "--kind", "server", "--json"])
    made = json.loads(out)
    assert (status, made["kind"], made["source"]) == (0, "server", "web")
    address = ["--address", "https://siyu.example.com"]
    assert run_command(stores, ["key", "snippet", "web", *address, "--json"])[0] != 0, "a secret is not put into a page"
    _, out, _ = run_command(stores, ["key", "narrow", str(made["number"]), "--json"])
    assert json.loads(out) == made | {"kind": "page", "key": f"{made['key'][:6]}…"}, "it is shown once"
    status, out, _ = run_command(stores, ["key", "snippet", "web", *address, "--json"])
    assert (status, f"{made['key'][:6]}…" in out) == (0, True)
