"""Journeys over the API and the command line: the same functions, the same answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from siyu.cli import run_command
from siyu.staff import audit
from siyu.storage import Stores
from tests.reach.journeys.documents import wait
from tests.web.conftest import Console

STEP = {"type": "wait", "id": "w", "minutes": 60}
DRAFT: dict[str, Any] = {"name": "问候", "trigger": {"type": "by_hand"}, "start": "w", "nodes": [STEP]}


class Api:
    def __init__(self, console: Console, role: str = "operator") -> None:
        self.http, self.key = console.http, console.key(role)

    def __call__(self, method: str, path: str, status: int = 200, **body: Any) -> Any:
        answer = self.http.request(
            method, f"/api/journeys{path}", headers=self.key, json=body if method in ("POST", "PUT") else None
        )
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None


@pytest.fixture
def api(console: Console) -> Api:
    return Api(console)


def test_from_a_draft_to_a_version_and_its_end(api: Api, stores: Stores) -> None:
    made = api("POST", "", 201, document=DRAFT)
    number = made["journey"]["id"]
    assert (made["draft"]["start"], made["steps"]) == ("w", [{"id": "w", "zh": "等待 1 小时", "en": "wait 1 hour"}])
    changed = api("PUT", f"/{number}", document={**DRAFT, "note": "改"}, changed=made["journey"]["changed"])
    refused = api("PUT", f"/{number}", 409, document=DRAFT, changed=made["journey"]["changed"])
    assert refused["error"]["code"] == "journey_changed"
    assert api("GET", f"/{number}/problems") == {"publishable": True, "problems": []}
    assert api("POST", f"/{number}/publish", changed=changed["journey"]["changed"]) == {"version": 1}
    states = [api("POST", f"/{number}/{verb}")["journey"]["state"] for verb in ("pause", "resume", "close", "stop")]
    assert states == ["paused", "running", "closing", "stopped"]
    assert api("POST", f"/{number}/archive")["journey"]["archived"]
    assert [each["id"] for each in api("GET", "?archived=true")["items"]] == [number]
    assert api("POST", f"/{number}/restore")["journey"]["archived"] is None
    done = [row.action for row in audit.entries(stores.ledger) if row.subject == f"journey:{number}"]
    assert set(done) == {
        *("journey_drafted", "journey_revised", "journey_published", "journey_paused", "journey_resumed"),
        *("journey_closed", "journey_stopped", "journey_archived", "journey_restored"),
    }


def test_with_a_problem_it_is_not_published_and_the_answer_names_the_step(api: Api) -> None:
    document = {**DRAFT, "nodes": [wait("w", "x")]}
    found = api("POST", "/problems", document=document)
    assert (found["publishable"], found["problems"][0]["node"]) == (False, "w")
    number = api("POST", "", 201, document=document)["journey"]["id"]
    refused = api("POST", f"/{number}/publish", 400)
    assert refused["error"]["code"] == "journey_problems"
    assert [each["code"] for each in refused["error"]["detail"]["problems"]] == ["journey_way_nowhere"]


def test_as_text_and_back(api: Api) -> None:
    number = api("POST", "", 201, document=DRAFT)["journey"]["id"]
    text = api("GET", f"/{number}/text?language=en")["text"]
    assert "# wait 1 hour\n- type: wait" in text
    assert api("POST", "/text", text=text) == {"document": DRAFT}
    assert api("POST", "/import", 201, text=text)["draft"] == DRAFT
    assert api("POST", "/import", 400, text="a: [")["error"]["code"] == "journey_text"
    copied = api("POST", f"/{number}/copy", 201)
    assert copied["draft"]["name"] == "问候 · 副本"


def test_versions_what_changed_and_figures(api: Api) -> None:
    number = api("POST", "", 201, document=DRAFT)["journey"]["id"]
    api("GET", f"/{number}/figures", 404)
    api("POST", f"/{number}/publish")
    api("PUT", f"/{number}", document={**DRAFT, "nodes": [wait("w", minutes=5)]})
    found = api("GET", f"/{number}/versions/1/changes")
    assert (found["changes"], found["moves"]) == (
        [{"what": "changed", "node": "w", "fields": ["minutes"]}],
        {"w": "w"},
    )
    assert api("POST", f"/{number}/publish", moves={"w": "w"}) == {"version": 2}
    assert [each["version"] for each in api("GET", f"/{number}/versions")["versions"]] == [2, 1]
    assert api("GET", f"/{number}/versions/1")["document"] == DRAFT
    figures = api("GET", f"/{number}/figures")
    assert (figures["version"], figures["nodes"][0]["zh"], figures["edges"][0]["to"]) == (2, "等待 5 分钟", None)
    assert api("GET", f"/{number}/people?version=1&node=w") == {"items": [], "next": None}
    api("GET", f"/{number}/people?node=x", 404)


def test_people_are_sent_in(api: Api, stores: Stores) -> None:
    number = api("POST", "", 201, document=DRAFT)["journey"]["id"]
    assert api("POST", f"/{number}/enter", 409, persons=[])["error"]["code"] == "journey_state"
    api("POST", f"/{number}/publish")
    assert api("POST", f"/{number}/enter", 400, persons=[9])["error"]["code"] == "person_not_found"
    assert api("POST", f"/{number}/enter", persons=[]) == {"people": 0}


def test_the_list_in_pages(api: Api) -> None:
    numbers = [api("POST", "", 201, document={**DRAFT, "name": f"旅程 {n}"})["journey"]["id"] for n in range(3)]
    first = api("GET", "?limit=2")
    rest = api("GET", f"?limit=2&cursor={first['next']}")
    assert [each["id"] for each in [*first["items"], *rest["items"]]] == numbers[::-1]
    assert [each["id"] for each in api("GET", "?q=程 1")["items"]] == [numbers[1]]


def test_who_may_do_what(console: Console) -> None:
    number = Api(console)("POST", "", 201, document=DRAFT)["journey"]["id"]
    adviser, agent = Api(console, "adviser"), Api(console, "agent")
    adviser("GET", f"/{number}")
    adviser("POST", "", 403, document=DRAFT)
    adviser("POST", f"/{number}/publish", 403)
    agent("GET", "", 403)


def test_a_rule_does_not_ask_out_phones(console: Console) -> None:
    rule = {"type": "profile", "field": "attributes.phone", "op": "starts_with", "value": "138"}
    document = {**DRAFT, "entry": {"rule": rule}}
    assert Api(console)("POST", "", 403, document=document)["error"]["code"] == "asks_for_phones"
    Api(console, "admin")("POST", "", 201, document=document)


def test_the_command_line_does_the_same(stores: Stores, tmp_path: Path) -> None:
    (tmp_path / "journey.yaml").write_text(
        "name: 问候\ntrigger: {type: by_hand}\nstart: w\nnodes:\n- {type: wait, id: w, minutes: 60}\n", "utf-8"
    )

    def run(*words: str) -> Any:
        status, out, err = run_command(stores, ["--folder", str(tmp_path), "journey", *words, "--json"])
        assert status == 0, (out, err)
        return json.loads(out)

    number = str(run("add", "journey.yaml")["journey"]["id"])
    assert run("check", number)["publishable"]
    run("publish", number)
    written = run("text", number, "--of-version", "1", "--to", "kept.yaml")["text"]
    assert (tmp_path / "kept.yaml").read_text("utf-8") == written
    (tmp_path / "kept.yaml").write_text(written.replace("minutes: 60", "minutes: 90"), "utf-8")
    run("change", number, "kept.yaml")
    assert run("publish", number, "--move", "w=w") == {"journey": int(number), "version": 2}
    assert run("versions", number)["versions"][0]["moved"] == {"w": "w"}
    assert run("list", "--words", "问候")["journeys"][0]["state"] == "running"
    assert run("stop", number)["journey"]["state"] == "stopped"
    done = [row.action for row in audit.entries(stores.ledger) if row.subject == f"journey:{number}"]
    assert sorted(done) == ["journey_drafted", *["journey_published"] * 2, "journey_revised", "journey_stopped"]
