"""``siyu backup`` of a running installation, ``siyu restore`` into a new home: everything is there, and goes on."""

from __future__ import annotations

import json
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest

from evidence.installation import Answered, Server, basic, siyu

ORDERS = "customer,order,time,sku,quantity,price\n" + "".join(
    f"c{n % 40},A{n},2025-{1 + n % 12:02d}-11 10:00,S{n % 3},2,2.50\n" for n in range(200)
)


def figures(server: Server) -> dict[str, Any]:
    told = server.siyu("report", "core", "--param", "from=2025-01-01", "--param", "to=2025-12-31", "--json").json
    return {each["name"]: each["value"] for each in told["figures"]}


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answered, dict[str, Any]]:
    """A backup taken while the server runs, with events that came in just before; the figures of that time."""
    folder = tmp_path_factory.mktemp("backup")
    (folder / "orders.csv").write_text(ORDERS)
    with Server(folder / "home") as server:
        server.siyu("import", "orders", "orders.csv", "--timezone", "Asia/Shanghai", "--json")
        key = server.siyu("key", "write", "shop", "--kind", "server", "--json").json["key"]
        for number in range(30):
            call = {"userId": f"u{number}", "event": "note", "messageId": f"m{number}", "properties": {"a": number}}
            assert server.request("POST", "/v1/track", call, basic(key)).status == 200
        answer = server.siyu("backup", "siyu.zip", "--json")
        told = figures(server)
    return folder / "siyu.zip", answer, told


def test_it_says_what_it_holds_and_that_the_key_is_kept_apart(taken: tuple[Path, Answered, dict[str, Any]]) -> None:
    file, answer, _ = taken
    assert answer.status == 0, answer
    assert answer.json["people"] >= 40
    assert not answer.json["with_key"]
    assert "secret.key" in answer.json["note"]["en"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not any(name.startswith(".siyu-backup") for name in map(str, file.parent.iterdir()))


def test_a_new_home_has_the_same_figures_and_every_acknowledged_event(
    taken: tuple[Path, Answered, dict[str, Any]], tmp_path: Path
) -> None:
    file, _, before = taken
    ended = siyu(tmp_path / "new", "restore", str(file), "--json")
    assert ended.status == 0, ended
    counted = siyu(tmp_path / "new", "audience", "count", str(rule(tmp_path)), "--json").json
    assert counted["people"] == 40
    with Server(tmp_path / "new") as server:
        assert figures(server) == before
        count = {"type": "all", "rules": [{"type": "did", "event": "note"}]}
        (tmp_path / "note.json").write_text(json.dumps(count))
        for _ in range(20):  # what was acknowledged and not yet stored is drained after the restore
            if server.siyu("audience", "count", str(tmp_path / "note.json"), "--json").json["people"] == 30:
                break
        else:
            pytest.fail("acknowledged events are missing")
        again = server.siyu("import", "orders", str(orders(tmp_path)), "--timezone", "Asia/Shanghai", "--json")
        assert again.status == 0, again
        assert figures(server) == before  # orders are known for ever


def rule(folder: Path) -> Path:
    (folder / "rule.json").write_text(json.dumps({"type": "all", "rules": [{"type": "did", "event": "order_paid"}]}))
    return folder / "rule.json"


def orders(folder: Path) -> Path:
    (folder / "orders.csv").write_text(ORDERS)
    return folder / "orders.csv"


def test_what_is_there_is_never_overwritten(taken: tuple[Path, Answered, dict[str, Any]], tmp_path: Path) -> None:
    file, _, _ = taken
    siyu(tmp_path / "home", "import", "orders", str(orders(tmp_path)), "--timezone", "Asia/Shanghai")
    ended = siyu(tmp_path / "home", "restore", str(file), "--json")
    assert (ended.status, ended.json["error"]["code"]) == (2, "home_not_empty")


def test_a_file_that_is_no_whole_backup_changes_nothing(
    taken: tuple[Path, Answered, dict[str, Any]], tmp_path: Path
) -> None:
    whole = taken[0].read_bytes()
    for name, content in (("cut", whole[: len(whole) // 2]), ("text", b"not a backup"), ("empty", b"")):
        (tmp_path / name).write_bytes(content)
        ended = siyu(tmp_path / "home", "restore", str(tmp_path / name), "--json")
        assert (ended.status, ended.json["error"]["code"]) == (2, "backup_damaged"), name
    ended = siyu(tmp_path / "home", "restore", str(tmp_path / "none"), "--json")
    assert (ended.status, ended.json["error"]["code"]) == (2, "file_not_found")


def test_the_key_comes_along_when_asked_for(tmp_path: Path) -> None:
    siyu(tmp_path / "home", "settings", "list")
    (tmp_path / "home" / "secret.key").write_bytes(b"x" * 44)
    ended = siyu(tmp_path / "home", "backup", str(tmp_path / "b.zip"), "--with-key", "--json")
    assert ended.json["with_key"]
    assert "secret.key" in zipfile.ZipFile(tmp_path / "b.zip").namelist()
    assert siyu(tmp_path / "new", "restore", str(tmp_path / "b.zip"), "--json").status == 0
    assert (tmp_path / "new" / "secret.key").read_bytes() == b"x" * 44
    assert stat.S_IMODE((tmp_path / "new" / "secret.key").stat().st_mode) == 0o600


def test_where_it_can_not_be_written_it_says_so(tmp_path: Path) -> None:
    ended = siyu(tmp_path / "home", "backup", str(tmp_path / "none" / "b.zip"), "--json")
    assert (ended.status, ended.json["error"]["code"]) == (2, "backup_not_writable")
