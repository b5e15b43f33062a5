"""The API of staff, settings, audit and jobs; keys, errors and limits; what no input may break."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from litestar.testing import TestClient
from schemathesis import Case

from siyu.jobs import preferences, queue
from siyu.staff import audit
from siyu.staff.tables import answered_calls
from siyu.storage import Stores
from siyu.web.app import create_app, routes
from siyu.web.outside import Outside
from siyu.web.routes import JSON_BYTES_MAX
from tests.examples import examples
from tests.web.conftest import PASSWORD, Console


def test_without_a_key_the_api_answers_401_in_words(console: Console) -> None:
    answer = console.http.get("/api/me")
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "sign_in_first"


def test_a_key_acts_in_its_role_and_the_audit_names_it(console: Console) -> None:
    owner = console.key("owner")
    made = console.http.post(
        "/api/write-keys", headers=owner, json={"name": "商城", "source": "shop", "kind": "server"}
    )
    assert made.status_code == 201
    assert made.json()["source"] == "shop"
    (entry,) = audit.entries(console.stores.ledger)
    assert (entry.by, entry.action, entry.subject) == ("key:1", "write_key_created", f"write_key:{made.json()['id']}")


def test_a_key_without_the_permission_is_refused_and_told_which(console: Console) -> None:
    answer = console.http.post("/api/keys", headers=console.key("analyst"), json={"name": "x", "role": "owner"})
    assert answer.status_code == 403
    assert answer.json()["error"]["detail"] == {"permission": "staff.write"}


def test_a_revoked_key_is_worth_nothing(console: Console) -> None:
    owner, other = console.key("owner"), console.key("analyst")
    assert console.http.delete("/api/keys/2", headers=owner).status_code == 204
    assert console.http.get("/api/me", headers=other).status_code == 401


def test_a_key_needs_no_origin_but_a_browser_does(console: Console) -> None:
    body = {"values": {"currency": "USD"}}
    assert console.http.patch("/api/preferences", headers=console.key(), json=body).status_code == 200
    console.sign_in("owner")
    assert console.http.patch("/api/preferences", json=body).status_code == 403
    same = {"sec-fetch-site": "same-origin"}
    assert console.http.patch("/api/preferences", headers=same, json=body).status_code == 200


def test_preferences_are_set_together_or_not_at_all(console: Console) -> None:
    body = {"values": {"currency": "USD", "timezone": "Nowhere"}}
    answer = console.http.patch("/api/preferences", headers=console.key(), json=body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "timezone")
    assert preferences.get(console.stores, "currency") == "CNY"


def test_staff_are_managed_over_the_api(console: Console) -> None:
    key = console.key("owner")
    new = {"login": "ann", "name": "Ann", "password": PASSWORD, "role": "operator"}
    number = console.http.post("/api/staff", headers=key, json=new).json()["id"]
    changed = console.http.patch(f"/api/staff/{number}", headers=key, json={"name": "Anna", "role": "analyst"})
    assert changed.json()["role"] == "analyst"
    assert console.http.post(f"/api/staff/{number}/disable", headers=key).json()["disabled"] is not None
    assert console.http.post("/api/staff", headers=key, json=new).json()["error"]["field"] == "login"
    listed = console.http.get("/api/staff", headers=key).json()
    assert [item["name"] for item in listed["items"]] == ["Anna"]
    assert "password" not in str(listed)


def test_the_audit_log_pages_by_cursor_to_its_end(console: Console) -> None:
    with console.stores.ledger.write() as conn:
        for number in range(5):
            audit.record(conn, console.stores.clock.now(), "system", "tag_created", f"tag:{number}")
    key, seen, cursor = console.key(), list[str](), ""
    while cursor is not None:
        page = console.http.get(f"/api/audit?limit=2&cursor={cursor}", headers=key).json()
        seen += [item["subject"] for item in page["items"]]
        cursor = page["next"]
    assert seen == ["tag:4", "tag:3", "tag:2", "tag:1", "tag:0"]
    assert console.http.get("/api/audit/verify", headers=key).json()["broken_at"] is None


@pytest.mark.parametrize("cursor", ["x", "!!!", "bnVsbA", "WyJ4Il0", "W10"])
def test_a_cursor_that_is_none_is_refused_by_name(console: Console, cursor: str) -> None:
    answer = console.http.get(f"/api/audit?cursor={cursor}", headers=console.key())
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "cursor")


def test_a_job_is_followed_and_cancelled(console: Console) -> None:
    with console.stores.ledger.write() as conn:
        number = queue.enqueue(conn, "import_orders", {}, now=console.stores.clock.now())
    key = console.key()
    assert console.http.get(f"/api/jobs/{number}", headers=key).json()["state"] == "waiting"
    assert console.http.post(f"/api/jobs/{number}/cancel", headers=key).json()["state"] == "cancelled"
    assert console.http.post(f"/api/jobs/{number}/cancel", headers=key).status_code == 409
    assert console.http.get("/api/jobs/999", headers=key).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'{"name": 1, "role": "owner"}', 400),
        (b'{"name": "x"}', 400),
        (b"[" * 100_000, 400),
        (b'{"name": "\xff", "role": "owner"}', 400),
        (b'{"name": "\\u0000", "role": "owner"}', 400),
        (b'{"name": "' + b"x" * 1_000_000 + b'", "role": "owner"}', 400),
        (b'{"name": "' + b"x" * JSON_BYTES_MAX + b'", "role": "owner"}', 413),
    ],
)
def test_a_body_that_can_not_be_used_is_told_so(console: Console, body: bytes, status: int) -> None:
    headers = console.key() | {"content-type": "application/json"}
    answer = console.http.post("/api/keys", headers=headers, content=body)
    assert answer.status_code == status
    assert set(answer.json()["error"]) >= {"code", "zh", "en", "message", "field"}


@pytest.mark.parametrize("number", ["0", "-1", "9007199254740993", "99999999999999999999", "x"])
def test_a_number_in_an_address_is_bounded(console: Console, number: str) -> None:
    assert console.http.get(f"/api/jobs/{number}", headers=console.key()).status_code in (400, 404)


def test_a_create_sent_twice_under_one_key_is_done_once_and_answered_the_same(console: Console) -> None:
    headers = console.key() | {"idempotency-key": "order-1"}
    body = {"name": "商城", "source": "shop", "kind": "server"}
    first = console.http.post("/api/write-keys", headers=headers, json=body)
    again = console.http.post("/api/write-keys", headers=headers, json=body)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert len(console.http.get("/api/write-keys", headers=headers).json()["items"]) == 1
    assert len(audit.entries(console.stores.ledger)) == 1
    other = console.http.post(
        "/api/write-keys", headers=headers, json={"name": "别的", "source": "shop", "kind": "server"}
    )
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_reused")


def test_a_refused_create_leaves_its_key_free(console: Console) -> None:
    headers = console.key() | {"idempotency-key": "order-2"}
    refused = console.http.post(
        "/api/write-keys", headers=headers, json={"name": "", "source": "shop", "kind": "server"}
    )
    assert refused.status_code == 400
    mended = console.http.post(
        "/api/write-keys", headers=headers, json={"name": "商城", "source": "shop", "kind": "server"}
    )
    assert mended.status_code == 201


def test_a_call_that_broke_off_is_not_done_again_blindly(console: Console) -> None:
    headers, body = console.key() | {"idempotency-key": "order-3"}, {"name": "商城", "source": "shop", "kind": "server"}
    console.http.post("/api/write-keys", headers=headers, json=body)
    with console.stores.ledger.write() as conn:
        conn.execute(sa.update(answered_calls).values(answer=None))
    answer = console.http.post("/api/write-keys", headers=headers, json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "idempotency_unknown")


def _called_from(app: Any, host: str) -> Any:
    """The same application, for callers at an address."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "client": (host, 1)}, receive, send)

    return wrapped


def test_commands_of_this_machine_need_the_local_token(stores: Stores) -> None:
    ran: list[list[str]] = []

    def run(argv: list[str]) -> tuple[int, str, str]:
        ran.append(argv)
        return 0, "{}", ""

    outside = Outside(run_command=run, local_token="the token")
    for host, token, status in (
        ("127.0.0.1", "the token", 200),
        ("127.0.0.1", "another", 403),
        ("127.0.0.1", "", 403),
        ("192.0.2.1", "the token", 403),
    ):
        with TestClient(_called_from(create_app(stores, outside=outside), host)) as http:
            headers = {"authorization": f"Bearer {token}"}
            answer = http.post("/internal/cli", headers=headers, json={"argv": ["report", "list"]})
            assert answer.status_code == status, (host, token)
    assert ran == [["report", "list"]]


def test_without_a_local_token_no_command_runs(stores: Stores) -> None:
    with TestClient(_called_from(create_app(stores), "127.0.0.1")) as http:
        answer = http.post("/internal/cli", headers={"authorization": "Bearer "}, json={"argv": []})
    assert answer.status_code == 403


def test_every_route_says_who_may_call_it_and_what_it_does_to_the_audit_log() -> None:
    for handler in routes():
        assert handler.opt["permission"], handler.paths
        if handler.http_methods & {"PUT", "PATCH", "DELETE"}:
            assert handler.opt["audits"], handler.paths


@pytest.fixture
def schema(stores: Stores, console: Console) -> Any:
    app = create_app(stores)
    loaded = schemathesis.openapi.from_asgi("/schema/openapi.json", app)
    return loaded, console.key("owner")


def test_no_input_makes_a_5xx(schema: Any) -> None:
    loaded, key = schema

    for operation in loaded.get_all_operations():
        strategy = operation.ok().as_strategy()

        @examples(4, suppress_health_check=list(HealthCheck), database=None)
        def holds(case: Case) -> None:
            answer = case.call(headers=key)
            assert answer.status_code < 500, (case.method, case.path, answer.text)

        given(case=strategy)(holds)()


def test_the_openapi_names_permission_and_summary_of_each_route(console: Console) -> None:
    schema = console.http.get("/schema/openapi.json").json()
    assert "/api/staff" in schema["paths"]
    for methods in schema["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert "Permission: `" in operation["description"]


def test_a_write_key_has_a_kind_by_the_api_too(console: Console) -> None:
    key = console.key()
    for body in ({"name": "a", "source": "b"}, {"name": "a", "source": "b", "kind": "public"}):
        assert console.http.post("/api/write-keys", headers=key, json=body).status_code == 400
    made = console.http.post("/api/write-keys", headers=key, json={"name": "a", "source": "b", "kind": "server"}).json()
    assert (made["kind"], made["before_kinds"]) == ("server", False)
    assert console.http.get(f"/api/write-keys/{made['id']}/snippets/web", headers=key).status_code == 400
    narrowed = console.http.post(f"/api/write-keys/{made['id']}/narrow", headers=key)
    assert narrowed.json()["kind"] == "page"
    assert console.http.post(f"/api/write-keys/{made['id']}/narrow", headers=key).status_code == 404
