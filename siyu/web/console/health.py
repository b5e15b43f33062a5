"""Settings → health, the liveness address, the schema page, and the door for commands on this machine."""

from __future__ import annotations

import hmac
import ipaddress
from typing import Any

import msgspec
from litestar import Request
from litestar.response import Response

from siyu.storage import NotAllowed, NotFound, Stores
from siyu.web import health, menu
from siyu.web.current import current
from siyu.web.outside import Outside
from siyu.web.routes import PUBLIC, page, submit
from siyu.web.view import Html, View

menu.page("settings", "/settings/health", "健康状况", "Health", permission="jobs.read", order=70)

AnyRequest = Request[Any, Any, Any]
ARGUMENTS_MAX = 1_000


@page("/settings/health", "jobs.read")
def health_page(view: View, stores: Stores, outside: Outside) -> Html:
    found = health.look(stores)
    return view.render(
        "settings/health.html", fragment="body", health=found, version=outside.version, now=stores.clock.now()
    )


@page("/healthz", PUBLIC)
def alive(stores: Stores) -> Response[Any]:
    """Whether this process answers and its ledger can be read."""
    with stores.ledger.read() as conn:
        conn.exec_driver_sql("SELECT 1")
    return Response({"status": "ok"}, headers={"cache-control": "no-store"})


class Command(msgspec.Struct):
    """A command line, without the program's name."""

    argv: list[str]


@submit("/internal/cli", PUBLIC, audits=None)
def run_command(stores: Stores, outside: Outside, request: AnyRequest, data: Command) -> Response[Any]:
    """Run a command of this machine's user on the open stores. Who calls has read the token in the home folder."""
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    local = outside.local_token and hmac.compare_digest(given.encode(), outside.local_token.encode())
    if not local or not _loopback(current().address):
        raise NotAllowed("not_local", "只接受本机命令。", "Only commands of this machine are taken.")
    if outside.run_command is None or len(data.argv) > ARGUMENTS_MAX:
        raise NotFound("no_commands", "此服务器不执行命令。", "This server runs no commands.")
    status, out, err = outside.run_command(data.argv)
    return Response({"exit": status, "stdout": out, "stderr": err})


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


@page("/schema/ui", PUBLIC)
def schema_page(view: View, request: AnyRequest) -> Html:
    """The API for people to read; the same as JSON and YAML beside it."""
    schema = request.app.openapi_schema.to_schema()
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in sorted((schema.get("paths") or {}).items()):
        for method, operation in methods.items():
            if isinstance(operation, dict) and "responses" in operation:
                tag = (operation.get("tags") or ["api"])[0]
                groups.setdefault(tag, []).append({"path": path, "method": method.upper(), **operation})
    return view.render("schema.html", groups=groups, title=schema["info"]["title"])


ROUTES = [health_page, alive, run_command, schema_page]
