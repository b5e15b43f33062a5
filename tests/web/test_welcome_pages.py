"""Welcome messages in the console and the API: written, previewed, switched, counted; the same on the command line."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from siyu.cli import run_command
from siyu.reach.tables import welcomes
from siyu.reach.welcomes import WelcomeDraft, add_welcome, all_welcomes
from siyu.storage import Stores
from tests.channels.wecom.told import an_account
from tests.web.conftest import Console, SignedIn

WRITTEN = {
    "name": "新人",
    "text": "{{ person.name }}你好",
    "channels": "spring，summer",
    "enabled": "1",
    "attachments.0.kind": "link",
    "attachments.0.title": "新人礼",
    "attachments.0.url": "https://shop.example/gift",
}


def test_a_welcome_is_written_in_the_console(signed_in: SignedIn, stores: Stores) -> None:
    account = an_account(stores)
    console = signed_in("operator")
    answer = console.post("/welcomes/new", {**WRITTEN, "account": str(account)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/welcomes")
    (rule,) = all_welcomes(stores)
    assert (rule.draft.account, rule.draft.channels) == (account, ["spring", "summer"])
    assert rule.draft.attachments == [{"kind": "link", "title": "新人礼", "url": "https://shop.example/gift"}]
    shown = console.get(f"/welcomes/{rule.id}").text
    assert "新人礼" in shown
    assert "spring, summer" in shown


def test_what_is_wrong_is_said_at_its_field_and_the_rest_is_kept(signed_in: SignedIn) -> None:
    answer = signed_in("operator").post("/welcomes/new", {**WRITTEN, "text": "{{ person.nose }}"})
    assert answer.status_code == 422
    assert "不存在的字段" in answer.text
    assert "新人礼" in answer.text


def test_the_preview_shows_what_a_new_friend_would_read(signed_in: SignedIn) -> None:
    console = signed_in("operator")
    assert "王小雨你好" in console.post("/welcomes/preview", WRITTEN).text
    assert "写下内容" in console.post("/welcomes/preview", {"name": "x", "text": ""}).text


def test_the_page_counts_what_became_of_them(signed_in: SignedIn, stores: Stores) -> None:
    account = an_account(stores)
    rule = add_welcome(stores, "test", WelcomeDraft("新人", "你好"))
    now = stores.clock.now()
    row = {"account": account, "platform": "wecom", "adviser": "zhangsan", "channel": "", "received": now, "rule": rule}
    answer = {"zh": "欢迎语凭证无效", "en": "wrong code", "code": 41050}
    with stores.ledger.write() as conn:
        conn.execute(
            sa.insert(welcomes),
            [
                {**row, "code": "a", "state": "sent", "answer": None},
                {**row, "code": "b", "state": "late", "answer": answer},
            ],
        )
    shown = signed_in("analyst").get("/welcomes").text
    assert "欢迎语凭证无效" in shown
    assert "/disable" not in shown  # who may not change them sees no buttons


def test_it_is_switched_off_and_on_and_removed(signed_in: SignedIn, stores: Stores) -> None:
    rule = add_welcome(stores, "test", WelcomeDraft("新人", "你好"))
    console = signed_in("operator")
    console.post(f"/welcomes/{rule}/disable")
    assert not all_welcomes(stores)[0].draft.enabled
    console.post(f"/welcomes/{rule}/enable")
    assert all_welcomes(stores)[0].draft.enabled
    console.post(f"/welcomes/{rule}/remove")
    assert all_welcomes(stores) == []


def test_an_analyst_may_not_write_them(signed_in: SignedIn) -> None:
    assert signed_in("analyst").post("/welcomes/new", WRITTEN).status_code == 403


def test_the_api_does_the_same(console: Console, stores: Stores) -> None:
    key = console.key("operator")
    body = {"name": "新人", "text": "{{ person.name }}你好", "advisers": ["zhangsan"]}
    made = console.http.post("/api/welcomes", json=body, headers=key).json()
    assert (made["advisers"], made["enabled"], made["counts"]["sent"]) == (["zhangsan"], True, 0)
    path = f"/api/welcomes/{made['id']}"
    assert console.http.post(f"{path}/disable", headers=key).json()["enabled"] is False
    assert console.http.put(path, json={**body, "text": "hi"}, headers=key).json()["text"] == "hi"
    assert [each["name"] for each in console.http.get("/api/welcomes", headers=key).json()["welcomes"]] == ["新人"]
    assert console.http.delete(path, headers=key).status_code == 204
    assert console.http.get(path, headers=key).status_code == 404


def test_the_command_line_does_the_same(stores: Stores, tmp_path: Path) -> None:
    def run(*words: str) -> str:
        status, out, err = run_command(stores, ["--folder", str(tmp_path), "welcome", *words, "--json"])
        assert (status, err) == (0, "")
        return out

    attachment = '{"kind": "link", "title": "礼", "url": "https://a.example"}'
    run("add", "新人", "--text", "你好", "--channels", "a,b", "--attachment", attachment)
    run("change", "1", "--text", "您好")
    (rule,) = all_welcomes(stores)
    assert (rule.draft.text, rule.draft.channels, len(rule.draft.attachments)) == ("您好", ["a", "b"], 1)
    run("off", "1")
    assert '"enabled": false' in run("list").replace('":false', '": false')
    run("remove", "1")
    assert all_welcomes(stores) == []
