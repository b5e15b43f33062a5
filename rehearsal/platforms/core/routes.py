"""What a platform answers to: a table of (method, path) → function(world, request) → answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

World = TypeVar("World")


class Refusal(Exception):
    """The platform says no: its code, its words, further fields of the answer, and the HTTP status."""

    def __init__(self, code: int, message: str = "", *, status: int = 200, **more: Any) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.status = status
        self.more = more


@dataclass(frozen=True)
class Reply:
    """An answer that is not plain JSON with status 200."""

    body: bytes
    status: int = 200
    media_type: str = "application/octet-stream"
    headers: tuple[tuple[str, str], ...] = ()


Answer = dict[str, Any] | list[Any] | Reply


@dataclass
class Upload:
    name: str
    filename: str
    content: bytes
    media_type: str


@dataclass
class Request:
    """One call. ``account`` and ``app`` are who the token belongs to (set by the platform's ``admit``)."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    client: str = ""
    account: str = ""
    app: str = ""

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; an empty body is an empty object. Raises ``ValueError``."""
        found = json.loads(self.body) if self.body.strip() else {}
        if not isinstance(found, dict):
            raise ValueError("not a JSON object")
        return found

    def form(self) -> dict[str, str]:
        """The body as a url-encoded form."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    def uploads(self) -> list[Upload]:
        """The parts of a multipart body. Raises ``ValueError``."""
        _, _, after = self.headers.get("content-type", "").partition("boundary=")
        boundary = after.split(";")[0].strip().strip('"')
        if not boundary:
            raise ValueError("no multipart boundary")
        parts = self.body.split(b"--" + boundary.encode())
        return [_upload(part) for part in parts[1:-1]]


def _upload(part: bytes) -> Upload:
    head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    headers: dict[str, str] = {}
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    fields: dict[str, str] = {}
    for each in headers.get("content-disposition", "").split(";")[1:]:
        name, _, value = each.partition("=")
        fields[name.strip()] = value.strip().strip('"')
    media_type = headers.get("content-type", "application/octet-stream")
    return Upload(fields.get("name", ""), fields.get("filename", ""), content.removesuffix(b"\r\n"), media_type)


Handler = Callable[[World, Request], Answer]
DoorHandler = Callable[[World, Request], Answer | Coroutine[Any, Any, Answer]]


@dataclass(frozen=True)
class Route(Generic[World]):
    """``open``: needs no token and counts for no limit of an account."""

    method: str
    path: str
    function: Handler[World]
    open: bool = False


@dataclass
class Routes(Generic[World]):
    """A platform's table. Use ``get`` and ``post`` as decorators; ``include`` puts another module's routes in.

    ``door`` decorates what tests and worlds may do at ``/rehearsal/<name>``: such a function may be a coroutine."""

    table: dict[str, dict[str, Route[World]]] = field(default_factory=dict[str, dict[str, Route[World]]])
    doors: dict[str, DoorHandler[World]] = field(default_factory=dict[str, DoorHandler[World]])

    def get(self, path: str, *, open: bool = False) -> Callable[[Handler[World]], Handler[World]]:
        return self._add("GET", path, open)

    def post(self, path: str, *, open: bool = False) -> Callable[[Handler[World]], Handler[World]]:
        return self._add("POST", path, open)

    def door(self, name: str) -> Callable[[DoorHandler[World]], DoorHandler[World]]:
        def add(function: DoorHandler[World]) -> DoorHandler[World]:
            if name in self.doors:
                raise ValueError(f"two doors called {name}")
            self.doors[name] = function
            return function

        return add

    def include(self, others: Routes[World]) -> None:
        for methods in others.table.values():
            for route in methods.values():
                self._add(route.method, route.path, route.open)(route.function)
        for name, function in others.doors.items():
            self.door(name)(function)

    def find(self, path: str) -> dict[str, Route[World]]:
        """The routes of a path by method; empty when the platform knows no such path."""
        return self.table.get(path, {})

    def _add(self, method: str, path: str, open: bool) -> Callable[[Handler[World]], Handler[World]]:
        def add(function: Handler[World]) -> Handler[World]:
            methods = self.table.setdefault(path, {})
            if method in methods:
                raise ValueError(f"two routes for {method} {path}")
            methods[method] = Route(method, path, function, open)
            return function

        return add
