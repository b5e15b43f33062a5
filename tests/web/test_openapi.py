"""Whatever fits, or misses, the published OpenAPI: the server answers, and never with a fault of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given

from evidence.installation import Server, basic, bearer

EXAMPLES = 2
"""The simplest, and another. Without a server between, others are tried at every run: ``tests/web/test_api.py``."""
LOCKS_US_OUT = ("revoke", "disable", "sign-out", "sign_out")
"""Operations that would end the key we ask with: they have tests of their own."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("openapi") / "home") as running:
        yield running


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    return str(server.siyu("key", "api", "schemathesis", "--role", "owner", "--json").json["key"])


def operations(server: Server) -> list[Any]:
    schema = schemathesis.openapi.from_url(f"{server.address.rstrip('/')}/schema/openapi.json")
    found = [result.ok() for result in schema.get_all_operations()]
    return [each for each in found if not any(word in each.path for word in LOCKS_US_OUT)]


def test_the_schema_names_every_call_of_the_api(server: Server) -> None:
    assert all(operation.path.startswith("/api/") for operation in operations(server))


def test_no_call_of_the_api_makes_the_server_fail(server: Server, key: str, subtests: pytest.Subtests) -> None:
    for operation in operations(server):
        with subtests.test(operation=operation.label):
            _try(operation, bearer(key))


def _try(operation: Any, headers: dict[str, str]) -> None:
    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def answers(case: Any) -> None:
        answer = case.call(headers=headers)
        assert answer.status_code < 500, f"{case.as_curl_command()}\n{answer.text[:500]}"

    answers()


@pytest.mark.parametrize("call", ["track", "identify", "page", "group", "alias", "screen", "batch"])
@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{}", b'{"batch": 3}', b'{"batch": [null]}', b"\xff\xfe", b"[" * 5_000, b'{"userId": {}}'],
    ids=["nothing", "null", "list", "empty", "no batch", "null call", "no text", "deep", "odd id"],
)
def test_no_body_makes_the_intake_fail(server: Server, call: str, body: bytes) -> None:
    write_key = _write_key(server)
    assert 400 <= server.request("POST", f"/v1/{call}", body, basic(write_key)).status < 500


_keys: dict[str, str] = {}


def _write_key(server: Server) -> str:
    if server.address not in _keys:
        _keys[server.address] = server.siyu("key", "write", "bad bodies", "--kind", "server", "--json").json["key"]
    return _keys[server.address]
