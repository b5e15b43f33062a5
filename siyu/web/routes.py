"""How a route is declared: path, permission and audit action in one line, before the function that answers.

    @page("/people", "people.read")
    @submit("/people/{person:int}/tags", "people.write", audits="tag_added", about="person:{person}")
    @api_read("/api/people", "people.read")
    @api_write("POST", "/api/tags", "people.write", audits="tag_created")
    @api_ask("/api/rules/count", "audience.read")
    @api_act("/api/hooks/{hook:int}/pause", "hooks.write", audits="hook_paused", about="hook:{hook}")

Console routes (``page``, ``submit``) answer HTML and stay out of the OpenAPI; API routes answer msgspec structs.
A function runs in a thread unless it is ``async``. There is no route without a permission: ``PUBLIC`` and
``SIGNED_IN`` have to be said.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, get_origin, get_type_hints

import anyio.to_thread
from litestar import delete, get, patch, post, put
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers.base import BaseRouteHandler
from litestar.handlers.http_handlers import HTTPRouteHandler
from litestar.params import JSONBody, PathParameter, QueryParameter, SkipValidation

from siyu.staff import acts
from siyu.staff.model import SYSTEM
from siyu.staff.roles import PERMISSIONS
from siyu.storage import NotAllowed
from siyu.web.current import Call, current
from siyu.web.forms import WHOLE_MAX
from siyu.web.repeats import once_per_key

PUBLIC = "public"
SIGNED_IN = "signed_in"

GIVEN = ("stores", "actor", "view", "form", "outside", "channels", "rehearsal")
"""What a function gets by naming it; see ``create_app``."""

JSON_BYTES_MAX = 10_000_000
FORM_BYTES_MAX = 1_000_000

Handler = HTTPRouteHandler
Method = Literal["POST", "PUT", "PATCH", "DELETE"]
Wrap = Callable[[Callable[..., Any]], Handler]

_SAFE = ("GET", "HEAD", "OPTIONS")
_METHODS: dict[str, Any] = {"POST": post, "PUT": put, "PATCH": patch, "DELETE": delete}


class SignInFirst(NotAllowed):
    """Nobody is signed in: the console leads to the sign-in page, the API answers 401."""

    status = 401

    def __init__(self) -> None:
        super().__init__(
            "sign_in_first",
            "请先登录，或在请求头中带上有效的 API 密钥（Authorization: Bearer …）。",
            "Sign in first, or send a valid API key (Authorization: Bearer …).",
        )


def page(path: str, permission: str, *, audits: str | None = None, about: str = "", **options: Any) -> Wrap:
    """A console page (GET). The function takes what it needs by name: ``view``, ``stores``, ``actor``, the query.

    ``audits`` and ``about`` are those of :func:`submit`, for a page that is a file with people in it.
    """
    return _console(get, path, permission, audits, about, options)


def submit(path: str, permission: str, *, audits: str | None, about: str = "", **options: Any) -> Wrap:
    """A console form or button (POST). ``audits`` names the action in the audit log, ``None`` where nothing changes.

    ``about`` is its subject, with the path's parameters filled in; :func:`siyu.web.current.note` says more.
    """
    options.setdefault("request_max_body_size", FORM_BYTES_MAX)
    return _console(post, path, permission, audits, about, {"status_code": 200, **options})


def api_read(path: str, permission: str, *, tags: Sequence[str] = (), **options: Any) -> Wrap:
    """A JSON API route that changes nothing (GET)."""
    return _api(get, path, permission, None, "", tags, options)


def api_write(
    method: Method,
    path: str,
    permission: str,
    *,
    audits: str | None,
    about: str = "",
    tags: Sequence[str] = (),
    repeatable: bool = True,
    **options: Any,
) -> Wrap:
    """A JSON API route that changes something. Its body parameter is called ``data`` and is a msgspec struct.

    A POST honours ``Idempotency-Key``, unless ``repeatable=False``: for answers that hold a secret, which is not kept.
    """
    options["repeatable"] = repeatable and method == "POST"
    return _api(_METHODS[method], path, permission, audits, about, tags, options)


def api_ask(path: str, permission: str, *, tags: Sequence[str] = ()) -> Wrap:
    """A question to the JSON API that needs a body, and so is a POST: nothing changes."""
    return api_write("POST", path, permission, audits=None, tags=tags, status_code=200)


def api_act(
    path: str, permission: str, *, audits: str, about: str, tags: Sequence[str] = (), repeatable: bool = True
) -> Wrap:
    """Something that is done over the JSON API to a thing that is there: no other thing comes of it, so it answers
    200 where a POST else answers 201."""
    return api_write(
        "POST", path, permission, audits=audits, about=about, tags=tags, repeatable=repeatable, status_code=200
    )


def api_acts(thing: str, permission: str, *, about: str) -> Callable[..., Wrap]:
    """What can be done to one kind of thing, whose path is ``thing``; a decorator to be given the verb that ends the
    path, and the rest of :func:`api_act`."""

    def act(verb: str, audits: str, *, repeatable: bool = True) -> Wrap:
        return api_act(f"{thing}/{verb}", permission, audits=audits, about=about, repeatable=repeatable)

    return act


def _console(method: Any, path: str, permission: str, audits: str | None, about: str, options: dict[str, Any]) -> Wrap:
    def wrap(function: Callable[..., Any]) -> Handler:
        return _handler(method, path, permission, audits, about, function, {"include_in_schema": False, **options})

    return wrap


def _api(
    method: Any,
    path: str,
    permission: str,
    audits: str | None,
    about: str,
    tags: Sequence[str],
    options: dict[str, Any],
) -> Wrap:
    if not path.startswith("/api/"):
        raise ValueError(f"an API route begins with /api/: {path}")

    def wrap(function: Callable[..., Any]) -> Handler:
        summary, _, rest = inspect.cleandoc(function.__doc__ or function.__name__).partition("\n")
        text = f"{rest.strip()}\n\nPermission: `{permission}`.".strip()
        known: dict[str, Any] = {"summary": summary, "description": text, "tags": list(tags) or [path.split("/")[2]]}
        return _handler(method, path, permission, audits, about, function, known | options)

    return wrap


def _handler(
    method: Any,
    path: str,
    permission: str,
    audits: str | None,
    about: str,
    function: Callable[..., Any],
    options: dict[str, Any],
) -> Handler:
    if permission not in PERMISSIONS and permission not in (PUBLIC, SIGNED_IN):
        raise ValueError(f"unknown permission: {permission}")
    _marked(function, path)
    if audits is not None:
        function = _audited(function, audits, about)
    if options.pop("repeatable", False) and not inspect.iscoroutinefunction(function):
        function = once_per_key(function)
    function = _in_thread(function)
    guards = [_guard(permission), *options.pop("guards", ())]
    opt = {"permission": permission, "audits": audits}
    return method(path, guards=guards, opt=opt, **options)(function)


def also(permission: str) -> Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], None]:
    """A guard for a route that takes a second permission: ``guards=[also("people.write")]``."""
    if permission not in PERMISSIONS:
        raise ValueError(f"unknown permission: {permission}")
    return _guard(permission)


def _guard(permission: str) -> Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], None]:
    def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        call = current()
        actor = call.actor
        if call.cross_site and connection.scope.get("method", "GET") not in _SAFE:
            raise NotAllowed(
                "cross_site",
                "这个请求不是从本站页面发出的，已拒绝。请刷新页面后再试。",
                "This request did not come from a page of this site and was refused. Reload the page and try again.",
            )
        if permission == PUBLIC:
            return
        if actor is None:
            raise SignInFirst()
        if permission != SIGNED_IN and not actor.may(permission):
            lacking = PERMISSIONS[permission]
            raise NotAllowed(
                "not_allowed",
                f"您的角色没有「{lacking.zh}」的权限，请联系管理员。",
                f"Your role lacks the permission “{lacking.en}”; ask an administrator.",
                permission=permission,
            )

    return guard


def _marked(function: Callable[..., Any], path: str) -> None:
    """Say for each parameter where it comes from, so that a page's author need not.

    The names of :data:`GIVEN` are handed in, ``data`` is the JSON body, names in the path are path parameters and the
    rest is the query; whole numbers are bounded by what every store can hold.
    """
    hints = get_type_hints(function, include_extras=True)
    in_path = set(re.findall(r"{(\w+):", path))
    for name in inspect.signature(function).parameters:
        kind: Any = hints[name]
        low, high = (-WHOLE_MAX, WHOLE_MAX) if kind in (int, int | None) else (None, None)
        if name in GIVEN:
            hints[name] = NamedDependency[SkipValidation[kind]]  # they are ours: nothing to check
        elif name == "request" or get_origin(kind) is Annotated:
            continue
        elif name == "data":
            hints[name] = JSONBody[kind]
        elif name in in_path:
            hints[name] = Annotated[kind, PathParameter(ge=low, le=high)]
        else:
            hints[name] = Annotated[kind, QueryParameter(ge=low, le=high)]
    function.__annotations__ = hints


def _audited(function: Callable[..., Any], action: str, about: str) -> Callable[..., Any]:
    """Have the function do its work on the record; see :mod:`siyu.staff.acts`."""

    @functools.wraps(function)
    def act(*args: Any, **kwargs: Any) -> Any:
        call = current()
        begun = _begin(call, action, about, kwargs)
        try:
            answer = function(*args, **kwargs)
        except BaseException as error:
            _end(call, begun, error)
            raise
        _end(call, begun)
        return answer

    @functools.wraps(function)
    async def act_async(*args: Any, **kwargs: Any) -> Any:
        call = current()
        begun = await anyio.to_thread.run_sync(_begin, call, action, about, kwargs)
        try:
            answer = await function(*args, **kwargs)
        except BaseException as error:
            with anyio.CancelScope(shield=True):  # the caller may be gone; the record is made all the same
                await anyio.to_thread.run_sync(_end, call, begun, error)
            raise
        await anyio.to_thread.run_sync(_end, call, begun)
        return answer

    return act_async if inspect.iscoroutinefunction(function) else act


def _in_thread(function: Callable[..., Any]) -> Callable[..., Any]:
    """Run a function in a thread, unless it is ``async`` itself. The context variables go with it."""
    if inspect.iscoroutinefunction(function):
        return function

    @functools.wraps(function)
    async def act(*args: Any, **kwargs: Any) -> Any:
        return await anyio.to_thread.run_sync(functools.partial(function, *args, **kwargs))

    return act


def _begin(call: Call, action: str, about: str, arguments: dict[str, Any]) -> acts.Act:
    by = call.actor or SYSTEM
    return acts.begin(call.stores, by.tag, action, about.format(**arguments) or call.path)


def _end(call: Call, act: acts.Act, error: BaseException | None = None) -> None:
    act.subject, act.detail = call.subject or act.subject, call.detail
    act.happened = not call.nothing_happened
    acts.end(call.stores, act, error)
