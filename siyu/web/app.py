"""The web application: every route of ``console/`` and ``api/``, behind the edge."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from copy import copy
from functools import cache
from types import ModuleType
from typing import Any

from litestar import Litestar, Request, asgi
from litestar.config.app import AppConfig
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.logging import LoggingConfig
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, YamlRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.routes import HTTPRoute
from litestar.utils.path import join_paths

from siyu.channels.platform import callbacks
from siyu.channels.registry import channels_of, receivers_of
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import api, collecting, console, domain_proof, errors, outgoing, static_files
from siyu.web.callbacks import Door
from siyu.web.current import current, lent
from siyu.web.edge import Edge
from siyu.web.forms import Form
from siyu.web.intake import Intake
from siyu.web.mobile.app import PATHS, Mobile
from siyu.web.outside import Lent, Outside
from siyu.web.rehearsing import Rehearsal
from siyu.web.routes import JSON_BYTES_MAX, Handler, SignInFirst
from siyu.web.view import View

AnyRequest = Request[Any, Any, Any]

FORM_FIELDS_MAX = 2_000


def create_app(stores: Stores, *, outside: Outside | None = None, intake: Any = None) -> Any:
    """The ASGI application. ``intake`` answers ``/v1/…`` as a bare ASGI handler; by default that of these stores."""
    outside = outside or Outside()
    channels = outside.channels or channels_of(stores)
    rehearsal = Rehearsal(stores, outside.address, channels)
    rehearsal.resume()
    bare = {
        "/v1/": intake or Intake(stores),
        callbacks.PATH: Door(stores, receivers_of(), outside.hurry),
        collecting.PATH: collecting.serve,
        domain_proof.PATH: domain_proof.DomainProof(stores),
    }
    lent = Lent(outside, channels, rehearsal)
    return Edge(stores, site(), bare | dict.fromkeys(PATHS, Mobile(stores, lent)), lent)


@cache
def site() -> Litestar:
    """Every route, declared once in a process: what they work on comes with each request (:class:`Call`)."""
    made = Litestar(
        route_handlers=[asgi("/static", is_mount=True, copy_scope=True)(static_files.serve)],
        dependencies={
            "stores": Provide(lambda: current().stores, sync_to_thread=False),
            "outside": Provide(lambda: lent().outside, sync_to_thread=False),
            "channels": Provide(lambda: lent().channels, sync_to_thread=False),
            "rehearsal": Provide(lambda: lent().rehearsal, sync_to_thread=False),
            "actor": Provide(_actor, sync_to_thread=False),
            "view": Provide(_view, sync_to_thread=False),
            "form": Provide(_form),
        },
        exception_handlers={Exception: errors.answer},
        request_max_body_size=JSON_BYTES_MAX,
        openapi_config=OpenAPIConfig(
            title="Siyu 私域",
            version="1",
            description="Send an API key as `Authorization: Bearer …`. Lists are paged by `cursor`.",
            path="/schema",
            render_plugins=[
                JsonRenderPlugin(path="/openapi.json"),
                YamlRenderPlugin(path=["/openapi.yaml", "/openapi.yml"]),
            ],
            components=Components(
                schemas=outgoing.shapes(), security_schemes={"key": SecurityScheme(type="http", scheme="bearer")}
            ),
            webhooks=outgoing.webhooks(),
            security=[{"key": []}],
        ),
        logging_config=LoggingConfig(log_exceptions="never", configure_root_logger=False),
        on_app_init=[_no_cache],
        debug=False,
    )
    _register(made, routes())
    return made


def _register(made: Litestar, handlers: Sequence[Handler]) -> None:
    """As ``Litestar.register`` for each of them, all at once: by itself it looks at every route again for each of eight
    hundred, and sets up twice what shares a path. (It was the longest part of a start.)"""
    by_path: dict[str, list[HTTPRouteHandler]] = {}
    for handler in handlers:
        handler.owner = made
        own = copy(handler)
        for path in handler.paths:
            by_path.setdefault(join_paths([made.path, path]), []).append(own)
    for path, own in by_path.items():
        route = HTTPRoute(path=path, route_handlers=own)
        made.routes.append(route)
        for each in route.route_handlers:
            each.on_registration(made)
        route.create_handler_map()
        for plugin in made.plugins.receive_route:
            plugin.receive_route(route)
    made.asgi_router.construct_routing_trie()


def _no_cache(config: AppConfig) -> AppConfig:
    config.cache_control = None
    return config


def routes() -> list[Handler]:
    """Every ``ROUTES`` of the modules in ``console`` and ``api``: a new room's module needs no entry elsewhere."""
    found: list[Handler] = []
    for package in (console, api):
        for module in _modules(package):
            found.extend(module.ROUTES)
    return found


def _modules(package: ModuleType) -> list[Any]:
    names = sorted(entry.name for entry in pkgutil.iter_modules(package.__path__))
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in names]
    return [module for module in modules if hasattr(module, "ROUTES")]


def _actor() -> Actor:
    actor = current().actor
    if actor is None:
        raise SignInFirst()
    return actor


def _view(request: AnyRequest) -> View:
    return View(htmx="hx-request" in request.headers)


async def _form(request: AnyRequest) -> Form:
    values: dict[str, list[str]] = {}
    if request.method != "GET":
        fields = await request.form()
        for name, value in list(fields.multi_items())[:FORM_FIELDS_MAX]:
            if isinstance(value, str):
                values.setdefault(name, []).append(value)
    return Form(values)
