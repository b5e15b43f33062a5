"""Settings → health, the liveness address, the schema page."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.response import Response

from siyu.channels.platform.applier import strange_callbacks
from siyu.storage import Stores
from siyu.web import health, menu
from siyu.web.outside import Outside
from siyu.web.routes import PUBLIC, page
from siyu.web.view import Html, View

menu.page("settings", "/settings/health", "健康状况", "Health", permission="jobs.read", order=70)

AnyRequest = Request[Any, Any, Any]


@page("/settings/health", "jobs.read")
def health_page(view: View, stores: Stores, outside: Outside) -> Html:
    found = health.look(stores)
    return view.render(
        "settings/health.html",
        fragment="body",
        health=found,
        version=outside.version,
        now=stores.clock.now(),
        strange=strange_callbacks(stores),
    )


@page("/healthz", PUBLIC)
def alive(stores: Stores) -> Response[Any]:
    """Whether this process answers and its ledger can be read."""
    with stores.ledger.read() as conn:
        conn.exec_driver_sql("SELECT 1")
    return Response({"status": "ok"}, headers={"cache-control": "no-store"})


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


ROUTES = [health_page, alive, schema_page]
