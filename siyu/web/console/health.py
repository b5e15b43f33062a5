"""Settings → health, the liveness address, the schema page."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.response import Response

from siyu.channels.platform.applier import strange_callbacks
from siyu.jobs import aside, preferences
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import health, menu
from siyu.web.current import note
from siyu.web.outside import Outside
from siyu.web.paging import Id
from siyu.web.routes import PUBLIC, page, submit
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
        asides=aside.all_aside(stores),
        aside_days=preferences.get(stores, "inbox_days"),
    )


@submit("/settings/aside/{number:int}/again", "jobs.write", audits="body_read_again", about="aside:{number}")
def read_again(view: View, stores: Stores, actor: Actor, number: Id) -> Html:
    aside.read_again(stores, number, actor.tag)
    return view.done(toast=("已重新排队读取", "It will be read again"), back="/settings/health")


@submit("/settings/aside/again", "jobs.write", audits="body_read_again", about="aside")
def read_all_again(view: View, stores: Stores, actor: Actor) -> Html:
    count = aside.read_all_again(stores, actor.tag)
    note(bodies=count)
    return view.done(toast=(f"{count} 条已重新排队读取", f"{count} will be read again"), back="/settings/health")


@submit("/settings/aside/{number:int}/drop", "jobs.write", audits="body_dropped", about="aside:{number}")
def drop(view: View, stores: Stores, actor: Actor, number: Id) -> Html:
    aside.drop_aside(stores, number, actor.tag)
    return view.done(toast=("已丢弃", "Dropped"), back="/settings/health")


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


ROUTES = [health_page, read_again, read_all_again, drop, alive, schema_page]
