"""First run, profile, staff, keys, preferences, audit log, jobs, health."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

import siyu
from siyu.app import load_rooms
from siyu.channels.addresses import NetworkPolicy, policy_of, resolve
from siyu.jobs import preferences, queue
from siyu.jobs.model import handled_names, handler_of
from siyu.people import write_keys
from siyu.people.tables import write_keys as write_keys_table
from siyu.staff import audit, queries
from siyu.storage import BadInput
from siyu.web import verbs
from siyu.web.app import routes
from siyu.web.job_words import JOB_WORDS
from tests.web.conftest import PASSWORD, Console

ROOM = Path(siyu.__file__).parent
FIRST_RUN = {
    "shop": "汀屿美妆",
    "name": "林晓",
    "login": "boss",
    "password": PASSWORD,
    "again": PASSWORD,
    "timezone": "Europe/London",
    "currency": "GBP",
}


def _actions(console: Console) -> list[str]:
    return [entry.action for entry in audit.entries(console.stores.ledger)]


def test_the_first_run_makes_the_owner_signs_in_and_offers_the_two_ways(console: Console) -> None:
    assert console.get("/").headers["location"] == "/first-run"
    assert console.post("/first-run", FIRST_RUN).headers["location"] == "/welcome"
    page = console.get("/welcome").text
    assert "逛逛预演店铺" in page
    assert "带来自己的数据" in page
    assert preferences.get(console.stores, "shop_name") == "汀屿美妆"
    assert str(preferences.timezone(console.stores)) == "Europe/London"
    assert _actions(console) == ["signed_in", "installation_begun"]


def test_a_first_run_sent_twice_leads_on_and_never_makes_another_owner(console: Console) -> None:
    console.post("/first-run", FIRST_RUN)
    console.http.cookies.clear()
    assert console.post("/first-run", FIRST_RUN).headers["location"] == "/welcome"
    console.http.cookies.clear()
    other = FIRST_RUN | {"login": "thief", "password": "another long password"}
    assert console.post("/first-run", other).headers["location"] == "/sign-in"
    assert len(queries.members(console.stores)) == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("again", "something else", "两次输入的密码不一致"),
        ("password", "short", "密码需要 10 到 256 个字符"),
        ("timezone", "Mars/Olympus", "的值不合适"),
        ("currency", "yuan", "的值不合适"),
        ("login", "Ö", "登录名为 2 到 64 个字符"),
        ("shop", "", "请填写"),
    ],
)
def test_a_wrong_field_of_the_first_run_is_named_and_makes_nobody(
    console: Console, field: str, value: str, words: str
) -> None:
    form = FIRST_RUN | {field: value} | ({"again": value} if field == "password" else {})
    answer = console.post("/first-run", form)
    assert answer.status_code == 422
    assert words in answer.text
    assert PASSWORD not in answer.text
    assert not queries.anybody(console.stores)


def test_the_first_run_is_over_once_there_is_an_owner(console: Console) -> None:
    console.post("/first-run", FIRST_RUN)
    console.http.cookies.clear()
    assert console.post("/first-run", FIRST_RUN | {"login": "thief"}).headers["location"] == "/sign-in"
    assert len(queries.members(console.stores)) == 1


def test_an_analyst_is_shown_no_menu_entry_they_may_not_open(console: Console) -> None:
    assert 'href="/settings/staff"' in console.sign_in("owner").get("/profile").text
    assert 'href="/settings/staff"' not in console.sign_in("analyst").get("/profile").text


def test_changing_the_password_keeps_this_browser_and_ends_the_others(console: Console) -> None:
    console.sign_in("operator")
    answer = console.post("/profile/password", {"old": PASSWORD, "new": "another fine password"})
    assert answer.status_code == 303
    assert console.get("/profile").status_code == 200
    wrong = console.post("/profile/password", {"old": PASSWORD, "new": "another fine password"})
    assert (wrong.status_code, "原密码不正确" in wrong.text) == (422, True)


def test_staff_are_added_changed_disabled_and_enabled_with_an_audit_row_each(console: Console) -> None:
    console.sign_in("owner")
    form = {"login": "ann", "name": "Ann", "password": PASSWORD, "role": "operator", "language": "zh"}
    assert console.post("/settings/staff", form).status_code == 303
    number = next(member.id for member in queries.members(console.stores) if member.login == "ann")
    for path, data in (
        (f"/settings/staff/{number}", {"name": "Anna", "role": "analyst"}),
        (f"/settings/staff/{number}/password", {"password": "a brand new secret"}),
        (f"/settings/staff/{number}/disable", {}),
        (f"/settings/staff/{number}/enable", {}),
    ):
        assert console.post(path, data).status_code == 303, path
    assert _actions(console) == ["staff_enabled", "staff_disabled", "password_reset", "staff_changed", "staff_added"]
    assert {entry.subject for entry in audit.entries(console.stores.ledger)} == {f"staff:{number}"}


def test_a_form_with_errors_changes_nothing_and_is_not_audited(console: Console) -> None:
    console.sign_in("owner")
    form = {"login": "x", "name": "Ann", "password": PASSWORD, "role": "operator", "language": "zh"}
    answer = console.post("/settings/staff", form)
    assert answer.status_code == 422
    assert 'value="Ann"' in answer.text
    assert _actions(console) == []


def test_an_api_key_is_shown_once(console: Console) -> None:
    console.sign_in("owner")
    answer = console.post("/settings/keys", {"name": "ERP", "role": "operator"})
    assert "siyu_" in answer.text
    secret = answer.text.split('data-copy="')[1].split('"')[0]
    assert secret not in console.get("/settings/keys").text
    assert queries.key_holder(console.stores, secret) is not None


def test_a_write_key_needs_a_kind_which_the_list_shows(console: Console) -> None:
    console.sign_in("owner")
    unsaid = console.post("/settings/write-keys", {"name": "官网", "source": "website"})
    assert unsaid.status_code == 422
    assert "请选择密钥的种类" in unsaid.text
    assert 'value="官网"' in unsaid.text
    made = console.post("/settings/write-keys", {"name": "官网", "source": "website", "kind": "page"})
    assert "只能上报行为" in console.get(made.headers["location"]).text
    assert "Order Completed" not in console.get(made.headers["location"]).text, "a page's key gets no code for orders"
    shop = console.post("/settings/write-keys", {"name": "商城", "source": "shop", "kind": "server"})
    assert "/collect/web.js" not in shop.text, "a secret gets no code for pages"
    listed = console.get("/settings/keys").text
    assert 'badge-good">页面密钥' in listed
    assert 'badge-plain">服务器密钥' in listed


def test_a_server_key_is_shown_once(console: Console) -> None:
    console.sign_in("owner")
    made = console.post("/settings/write-keys", {"name": "商城", "source": "shop", "kind": "server"})
    (known,) = write_keys.all_of(console.stores)
    assert "只显示这一次" in made.text
    shown = re.search(rf"curl -u ({re.escape(known.prefix)}[\w-]+):", made.text)
    assert shown is not None
    assert write_keys.writer_of(console.stores, shown[1]) == ("shop", "server")
    for page in ("/settings/keys", f"/settings/keys/write/{known.id}"):
        text = console.get(page).text
        assert shown[1] not in text
        assert f"{known.prefix}…" in text


def test_a_server_key_that_stands_in_a_page_becomes_a_page_key(console: Console) -> None:
    console.sign_in("owner")
    key = write_keys.create(console.stores, "官网", "website", "server")
    with console.stores.ledger.write() as conn:
        conn.execute(sa.update(write_keys_table).values(before_kinds=True))
    assert "升级前创建" in console.get("/settings/keys").text
    assert console.post(f"/settings/write-keys/{key.id}/narrow", {}).status_code == 303
    assert write_keys.one(console.stores, key.id).kind == "page"
    assert "升级前创建" not in console.get("/settings/keys").text
    assert "write_key_narrowed" in _actions(console)


def test_preferences_are_saved_and_the_audit_says_what_changed(console: Console) -> None:
    console.sign_in("owner")
    assert console.post("/settings", _as_posted(console) | {"currency": "USD"}).status_code == 303
    (entry,) = audit.entries(console.stores.ledger)
    assert entry.detail == {"currency": "USD"}


def test_an_unfit_preference_is_named_and_nothing_is_saved(console: Console) -> None:
    console.sign_in("owner")
    answer = console.post("/settings", _as_posted(console) | {"shop_name": "新店", "timezone": "Nowhere"})
    assert answer.status_code == 422
    assert "Nowhere" in answer.text
    assert preferences.get(console.stores, "shop_name") != "新店"


def _as_posted(console: Console) -> dict[str, str]:
    """The settings form as a browser sends it: no box that isn't ticked."""
    known = preferences.values(console.stores)
    return {name: "1" if value is True else str(value) for name, value in known.items() if value is not False}


def test_only_an_owner_may_open_the_private_network(console: Console) -> None:
    resolve("10.0.0.1", 80, NetworkPolicy(private=True))
    with pytest.raises(BadInput):
        resolve("10.0.0.1", 80, policy_of(console.stores)())
    assert "call_private_networks" not in console.sign_in("admin").get("/settings").text
    refused = console.http.patch(
        "/api/preferences", json={"values": {"call_private_networks": True}}, headers=console.key("admin")
    )
    assert refused.json()["error"]["code"] == "preference_not_yours"
    console.sign_in("owner")
    assert console.post("/settings", _as_posted(console) | {"call_private_networks": "1"}).status_code == 303
    assert resolve("10.0.0.1", 80, policy_of(console.stores)()) == "10.0.0.1"


def test_what_an_administrator_saves_leaves_the_owners_settings_alone(console: Console) -> None:
    console.sign_in("owner")
    console.post("/settings", _as_posted(console) | {"call_private_networks": "1"})
    console.sign_in("admin")
    assert console.post("/settings", {"shop_name": "新店"}).status_code == 303
    assert preferences.get(console.stores, "call_private_networks") is True


def test_jobs_are_found_by_their_words_and_page_by_cursor(console: Console) -> None:
    console.sign_in("operator")
    with console.stores.ledger.write() as conn:
        for number in range(60):
            name = "run_import" if number == 3 else "expire_tags"
            queue.enqueue(conn, name, {}, now=console.stores.clock.now())
    first = console.get("/jobs").text
    assert "移除到期标签" in first
    assert 'title="run_import"' not in first
    cursor = first.split("cursor=")[1].split('"')[0]
    assert 'title="run_import"' in console.get(f"/jobs?cursor={cursor}").text
    assert 'title="run_import"' in console.get("/jobs?q=导入数据").text
    page = console.http.get("/api/jobs?limit=10").json()
    older = console.http.get("/api/jobs", params={"limit": 10, "cursor": page["next"]}).json()
    assert older["items"][0]["id"] == page["items"][-1]["id"] - 1


def test_every_kind_of_job_has_words_in_both_languages() -> None:
    load_rooms()
    found = {name for name in handled_names() if handler_of(name).__module__.startswith("siyu.")}
    assert "run_import" in found
    assert found - set(JOB_WORDS) == set(), "name them in siyu/web/job_words.py"


def test_the_audit_log_is_shown_filtered_exported_and_verified(console: Console) -> None:
    console.sign_in("owner")
    for name in ("ERP", "BI"):
        console.post("/settings/keys", {"name": name, "role": "analyst"})
    assert console.get("/settings/audit").text.count('title="api_key_created"') == 2
    assert console.get("/settings/audit?q=key:1").text.count('title="api_key_created"') == 1
    assert "共 2 条" in console.get("/settings/audit/verify").text
    assert console.get("/settings/audit/export").content[:2] == b"PK"


def test_the_audit_log_pages_by_cursor(console: Console) -> None:
    console.sign_in("owner")
    with console.stores.ledger.write() as conn:
        for number in range(60):
            audit.record(conn, console.stores.clock.now(), "system", "tag_created", f"tag:{number}")
    first = console.get("/settings/audit").text
    assert '：tag:59"' in first
    assert '：tag:9"' not in first
    cursor = first.split("cursor=")[1].split('"')[0]
    assert '：tag:9"' in console.get(f"/settings/audit?cursor={cursor}").text


def test_a_job_is_cancelled_and_tried_again(console: Console) -> None:
    console.sign_in("operator")
    with console.stores.ledger.write() as conn:
        number = queue.enqueue(conn, "import_orders", {"file": 1}, now=console.stores.clock.now())
    assert "import_orders" in console.get("/jobs?state=waiting").text
    assert 'hx-trigger="every 1s"' in console.get(f"/jobs/{number}/progress").text
    assert console.post(f"/jobs/{number}/cancel", HX_Request="true").status_code == 200
    assert queue.status(console.stores, number).state == "cancelled"
    assert 'hx-trigger="every 1s"' not in console.get(f"/jobs/{number}/progress").text
    console.post(f"/jobs/{number}/retry")
    again = queue.find(console.stores, states=["waiting"])
    assert [(job.name, dict(job.arguments)) for job in again] == [("import_orders", {"file": 1})]
    assert console.post(f"/jobs/{again[0].id}/retry").status_code == 409


def test_the_health_page_shows_what_waits_and_what_runs(console: Console) -> None:
    page = console.sign_in("owner").get("/settings/health").text
    assert "待处理的接入" in page
    assert "chDB" in page


def test_healthz_answers_without_signing_in(console: Console) -> None:
    assert console.http.get("/healthz").json() == {"status": "ok"}


def test_every_action_of_a_route_has_words_in_both_languages() -> None:
    declared = {handler.opt["audits"] for handler in routes() if handler.opt["audits"]}
    assert declared - verbs.known_actions() == set(), "name them with siyu.web.verbs.action(name, zh, en)"
