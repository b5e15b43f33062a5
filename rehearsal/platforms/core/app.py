"""A platform as an ASGI app: one thread, one event loop, no locks; a call is answered whole before the next begins."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

from rehearsal.platforms.core.calls import Calls
from rehearsal.platforms.core.doors import core_doors
from rehearsal.platforms.core.faults import Rule
from rehearsal.platforms.core.routes import Answer, Refusal, Reply, Request, Route, Routes
from rehearsal.platforms.core.world import World

BODY_BYTES_MAX = 64_000_000
DOOR = "/rehearsal/"


W = TypeVar("W", bound=World)

BAD_REQUEST = 40035
WRONG_METHOD = 40058


class Cut(Exception):
    """The connection is dropped without an answer."""


class Simulator(Generic[W]):
    """``world`` answers by ``routes``; its clock, agenda and poster run while the app does."""

    def __init__(self, world: W, routes: Routes[W]) -> None:
        self.world = world
        self.routes = routes
        self.calls = Calls()
        self._doors = {**core_doors(self.calls), **routes.doors}
        self._running: list[asyncio.Task[None]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            try:
                reply = await self._answer(await _request(scope, receive))
            except Cut:
                await _cut(send)
            else:
                await _send(send, reply)

    async def _live(self, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._running = [
                    asyncio.create_task(self.world.agenda.run(self.world.shelf.flush)),
                    asyncio.create_task(self.world.poster.run()),
                ]
                await send({"type": "lifespan.startup.complete"})
                continue
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            self.world.poster.wire.close()
            self.world.shelf.close()
            await send({"type": "lifespan.shutdown.complete"})
            return

    async def _answer(self, request: Request) -> Reply:
        if request.path.startswith(DOOR):
            return await self._at_the_door(request)
        methods = self.routes.find(request.path)
        if not methods:
            return Reply(b"404 page not found", 404, "text/plain")
        rule = self.world.faults.draw(request.path)
        if rule is not None:
            struck = await self._strike(rule, methods, request)
            if struck is not None:
                return struck
        return await self._call(methods, request)

    async def _call(self, methods: dict[str, Route[W]], request: Request) -> Reply:
        """The call as the platform does it; what it refuses becomes a refusal in its words."""
        try:
            route = methods.get(request.method)
            if route is None:
                raise Refusal(WRONG_METHOD, "wrong HTTP method")
            if route.open:
                return self._done(request, self._work(lambda: route.function(self.world, request)))
            self.world.admit(request)
            with self.world.limits.flight(request.account, request.path):
                if self.world.latency_seconds:
                    await asyncio.sleep(self.world.latency_seconds)
                return self._done(request, self._work(lambda: route.function(self.world, request)))
        except Refusal as refusal:
            return self._refuse(request, refusal)

    def _work(self, work: Callable[[], Answer]) -> Answer:
        try:
            return work()
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Refusal(BAD_REQUEST, f"invalid parameter: {error!r}"[:200]) from error
        finally:
            self.world.shelf.flush()

    def _done(self, request: Request, answer: Answer) -> Reply:
        self._note(request, 0)
        if isinstance(answer, Reply):
            return answer
        return json_reply(self.world.accepted(answer) if isinstance(answer, dict) else answer)

    def _refuse(self, request: Request, refusal: Refusal) -> Reply:
        self._note(request, refusal.code)
        status, body = self.world.refused(refusal, request)
        return json_reply(body, status)

    def _note(self, request: Request, code: int) -> None:
        self.calls.by_path[request.path] += 1
        self.calls.by_code[f"{request.path} {code}"] += 1
        body = request.body.decode("utf-8", "replace") if len(request.body) < 10_000 else ""
        note = {"path": request.path, "query": request.query, "body": body, "code": code, "account": request.account}
        self.calls.last.append(note)

    async def _strike(self, rule: Rule, methods: dict[str, Route[W]], request: Request) -> Reply | None:
        """What the fault makes of the call; ``None`` when it goes its way."""
        if rule.applied:
            await self._call(methods, request)
        if rule.kind == "code":
            return self._refuse(request, Refusal(rule.code))
        if rule.kind == "http":
            self._note(request, rule.code)
            return Reply(b"", rule.code, "text/plain")
        if rule.kind in ("hang", "slow"):
            await asyncio.sleep(rule.seconds)
        if rule.kind == "slow":
            return None
        self._note(request, -2)
        raise Cut

    async def _at_the_door(self, request: Request) -> Reply:
        function = self._doors.get(request.path.removeprefix(DOOR))
        if function is None:
            return json_reply({"error": "no such door", "doors": sorted(self._doors)}, 404)
        try:
            answer = function(self.world, request)
            if inspect.iscoroutine(answer):
                answer = await answer
        except (Refusal, ValueError, KeyError, TypeError, AttributeError) as error:
            return json_reply({"error": repr(error)}, 400)
        self.world.shelf.flush()
        return answer if isinstance(answer, Reply) else json_reply(answer)


def json_reply(answer: Any, status: int = 200) -> Reply:
    return Reply(json.dumps(answer, ensure_ascii=False).encode(), status, "application/json; charset=UTF-8")


async def _request(scope: Any, receive: Any) -> Request:
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Cut
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        more = message.get("more_body", False)
        if size > BODY_BYTES_MAX:
            raise Cut
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
    client = (scope.get("client") or ("", 0))[0]
    return Request(scope["method"], scope["path"], query, headers, b"".join(parts), client)


async def _cut(send: Any) -> None:
    """An answer that breaks off: the server drops the connection."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})


async def _send(send: Any, reply: Reply) -> None:
    headers = [("content-type", reply.media_type), ("content-length", str(len(reply.body))), *reply.headers]
    encoded = [(name.encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": encoded})
    await send({"type": "http.response.body", "body": reply.body})
