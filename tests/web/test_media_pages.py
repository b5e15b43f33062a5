"""Media in the console, over the API and on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from siyu.channels.media import add_medium, all_media
from siyu.cli import run_command
from siyu.storage import Stores
from tests.web.conftest import Console

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
SAME_SITE = {"sec-fetch-site": "same-origin"}


def test_a_picture_is_uploaded_shown_and_removed(stores: Stores, signed_in: Callable[..., Console]) -> None:
    console = signed_in("operator")
    answer = console.http.post(
        "/media", files={"file": ("封面.png", PNG, "image/png")}, headers=SAME_SITE, follow_redirects=False
    )
    assert answer.status_code == 303
    (medium,) = all_media(stores)
    assert (medium.kind, medium.name) == ("image", "封面.png")
    assert "封面.png" in console.get("/media").text
    assert "封面.png" in console.get("/welcomes/new").text
    shown = console.get(f"/media/{medium.sha256}/file")
    assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
    console.post(f"/media/{medium.sha256}/remove")
    assert all_media(stores) == []
    assert list((stores.home / "uploads").iterdir()) == []


def test_what_is_too_small_is_said_on_the_page(signed_in: Callable[..., Console]) -> None:
    answer = signed_in("operator").http.post("/media", files={"file": ("a.png", b"x")}, headers=SAME_SITE)
    assert answer.status_code == 422
    assert "应大于 5 字节" in answer.text


def test_what_is_no_picture_is_only_saved(stores: Stores, signed_in: Callable[..., Console]) -> None:
    sha256 = add_medium(stores, "test", "page.html", b"<script>alert(1)</script>")
    answer = signed_in("operator").get(f"/media/{sha256}/file")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''page.html"
    assert answer.headers["content-type"] == "application/octet-stream"


def test_the_api_does_the_same(console: Console) -> None:
    key = console.key("operator")
    made = console.http.post("/api/media", content=PNG, headers={**key, "x-file-name": "a.png"}).json()
    assert (made["kind"], made["size"]) == ("image", len(PNG))
    assert [each["sha256"] for each in console.http.get("/api/media", headers=key).json()] == [made["sha256"]]
    attachment = {"kind": "image", "medium": made["sha256"]}
    body = {"name": "新人", "text": "你好", "attachments": [attachment]}
    assert console.http.post("/api/welcomes", json=body, headers=key).json()["attachments"] == [attachment]
    wrong = {**body, "attachments": [{"kind": "video", "medium": made["sha256"]}]}
    assert console.http.post("/api/welcomes", json=wrong, headers=key).status_code == 400
    assert console.http.delete(f"/api/media/{made['sha256']}", headers=key).status_code == 204
    assert console.http.post("/api/media", content=PNG, headers=console.key("analyst")).status_code == 403


def test_the_command_line_does_the_same(stores: Stores, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    status, _, err = run_command(stores, ["--folder", str(tmp_path), "media", "add", "a.png", "--json"])
    assert (status, err) == (0, "")
    (medium,) = all_media(stores)
    status, out, _ = run_command(stores, ["--folder", str(tmp_path), "media", "list", "--json"])
    assert medium.sha256 in out
    run_command(stores, ["--folder", str(tmp_path), "media", "remove", medium.sha256])
    assert all_media(stores) == []
