"""The library in the console, over the API and on the command line, and in the editor of broadcasts."""

from __future__ import annotations

from typing import Any

import pytest

from siyu.content.pieces import keeping, reading
from siyu.staff import audit
from siyu.storage import Stores
from tests.content.library import BODY, a_piece
from tests.published import answered
from tests.web.conftest import Console, SignedIn

FORM = {
    "title": "面膜怎么选",
    "tone": "useful",
    "pillar": "brand",
    "lasting": "evergreen",
    "question": "why_kind",
    "value": "knowledge",
    "tags": "面膜，敏感肌",
    "body.text": "给经常买{{ favourite.category }}的你",
    "body.link": "https://shop.example/masks",
}


def test_a_piece_is_written_submitted_sent_back_and_approved_on_its_pages(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    assert "还没有素材" in console.get("/content").text
    assert "电子书" in console.get("/content/kinds").text
    refused = console.post("/content/new?kind=link", {**FORM, "body.link": ""})
    assert refused.status_code == 422
    assert 'id="e-body.link"' in refused.text
    made = console.post("/content/new?kind=link", FORM)
    (found,) = reading.list_pieces(stores)
    path = f"/content/{found.id}"
    assert (made.status_code, made.headers["location"]) == (303, path)
    console.post(f"{path}/submit")
    assert "1 份素材等待审批" in console.get("/content").text
    assert console.post(f"{path}/send-back", {"version": "1", "comment": ""}).status_code == 422
    console.post(f"{path}/send-back", {"version": "1", "comment": "太像广告"})
    assert "太像广告" in console.get(path).text
    console.post(f"{path}/edit", {**FORM, "body.text": "换一种说法"})
    console.post(f"{path}/submit")
    console.post(f"{path}/decide", {"version": "1"})
    assert reading.get_piece(stores, found.id).version == 1
    assert "换一种说法" in console.get(path).text
    console.post(f"{path}/archive")
    assert "面膜怎么选" not in console.get("/content").text
    console.post(f"{path}/restore")
    assert "面膜怎么选" in console.get("/content?question=why_kind&state=usable").text
    assert {"piece_added", "piece_sent_back", "piece_approved"} <= set(audit.actions_seen(stores.ledger))


def test_beside_the_editor_a_person_and_a_stranger_read_it_and_limits_are_counted(
    stores: Stores, signed_in: SignedIn
) -> None:
    console = signed_in("owner")
    shown = console.post("/content/trial?kind=link", {**FORM, "body.text": FORM["body.text"] + "好" * 1_400}).text
    assert "给经常买面膜的你" in shown
    assert "给经常买好物的你" in shown
    assert "超出" in shown
    assert "4,000" in shown
    hole = console.post("/content/trial?kind=link", {**FORM, "body.text": "适合{{ person.occupation }}的护肤"}).text
    assert "没有值时这里会空着" in hole
    wrong = console.post("/content/trial?kind=link", {**FORM, "body.text": "{{ nobody.name }}"}).text
    assert "不存在的字段" in wrong


@pytest.mark.parametrize(("role", "may"), [("operator", True), ("adviser", False), ("analyst", False)])
def test_who_may_write_and_approve(stores: Stores, signed_in: SignedIn, role: str, may: bool) -> None:
    made = a_piece(stores, publish=False)
    keeping.submit(stores, "staff:9", made.id)
    console = signed_in(role)
    assert console.get(f"/content/{made.id}").status_code == 200
    wanted = 303 if may else 403
    assert console.post(f"/content/{made.id}/decide", {"version": "1"}).status_code == wanted
    assert console.post("/content/new?kind=link", FORM).status_code == wanted


def test_a_piece_is_filled_into_the_editor_with_its_version(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    made = a_piece(stores)
    found = console.get("/broadcasts/pieces?channel=webhook&find.webhook=面膜").text
    assert "面膜怎么选" in found
    filled = console.post("/broadcasts/fill", {"fill_channel": "webhook", "fill_piece": str(made.id)}).text
    assert f'name="piece.webhook" value="{made.id}:1"' in filled
    assert "给经常买{{ favourite.category }}的你" in filled
    assert BODY["link"] in filled
    keeping.archive(stores, made.id, archived=True)
    refused = console.post("/broadcasts/fill", {"fill_channel": "webhook", "fill_piece": str(made.id)}).text
    assert "已归档" in refused
    assert 'name="piece.webhook" value=""' in refused


def test_over_the_api_a_piece_goes_the_same_way(stores: Stores, console: Console) -> None:
    key = console.key("operator")

    def asked(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return console.http.request(method, f"/api/content/{path}", json=body, headers=key)

    made = asked("POST", "pieces", {"kind": "link", "title": "面膜", "tags": ["面膜"], "body": BODY})
    assert made.status_code == 201, made.text
    number = made.json()["id"]
    assert made.json()["shut"] == "unpublished"
    assert asked("POST", f"pieces/{number}/submit").json()["latest_stage"] == "submitted"
    assert asked("POST", f"pieces/{number}/send-back", {"version": 1}).status_code == 400
    assert asked("POST", f"pieces/{number}/approve", {"version": 1}).json()["version"] == 1
    changed = asked("PUT", f"pieces/{number}", {"kind": "link", "title": "面膜", "body": {**BODY, "text": "新"}})
    assert (changed.json()["version"], changed.json()["latest"]) == (1, 2)
    assert [each["number"] for each in asked("GET", f"pieces/{number}/versions").json()["versions"]] == [2, 1]
    assert [each["id"] for each in asked("GET", "pieces?q=面膜&usable=true").json()["pieces"]] == [number]
    assert asked("GET", "mix").json()["gaps"] == ["why_kind", "why_this"]
    assert asked("GET", f"pieces/{number}/uses").json() == {"uses": []}
    fits = asked("POST", "fit", {"kind": "link", "body": {**BODY, "text": "好" * 1_400}}).json()["ways"]
    assert {each["way"]: each["fits"] for each in fits}["wecom_mass"] is False


def test_on_the_command_line(stores: Stores) -> None:
    made = answered(stores, f"content add link 面膜 --body link={BODY['link']} --tag 面膜", "content")
    number = made["id"]
    answered(stores, f"content submit {number}", "content")
    assert answered(stores, f"content approve {number} 1", "content")["version"] == 1
    assert [each["id"] for each in answered(stores, "content list --usable", "content-list")["pieces"]] == [number]
    assert answered(stores, f"content versions {number}", "content-versions")["versions"][0]["stage"] == "approved"
    assert answered(stores, "content mix", "content-mix")["questions"]["what_i_get"] == 1
    assert answered(stores, f"content uses {number}", "content-uses") == {"uses": []}
