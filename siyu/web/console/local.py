"""Doors for this machine's user alone: commands, and the embedded event log for the workers of this home."""

from __future__ import annotations

import base64
import hmac
import ipaddress
from typing import Any

import anyio
import anyio.to_thread
import msgspec
from litestar import MediaType, Request
from litestar.response import Response

from siyu.storage import NotAllowed, NotFound
from siyu.storage.keeper import PATH, STATEMENTS_MAX, EngineRefusal
from siyu.web.current import current
from siyu.web.outside import Outside
from siyu.web.routes import PUBLIC, submit

AnyRequest = Request[Any, Any, Any]
ARGUMENTS_MAX = 1_000

_statements = anyio.CapacityLimiter(STATEMENTS_MAX)  # so that workers never take up the threads that answer pages


class Command(msgspec.Struct):
    """A command line, without the program's name."""

    argv: list[str]


@submit("/internal/cli", PUBLIC, audits=None)
def run_command(outside: Outside, request: AnyRequest, data: Command) -> Response[Any]:
    """Run a command of this machine's user on the open stores. Who calls has read the token in the home folder."""
    _of_this_machine(outside, request.headers.get("authorization", "").removeprefix("Bearer "))
    if outside.run_command is None or len(data.argv) > ARGUMENTS_MAX:
        raise NotFound("no_commands", "此服务器不执行命令。", "This server runs no commands.")
    status, out, err = outside.run_command(data.argv)
    return Response({"exit": status, "stdout": out, "stderr": err})


@submit(PATH, PUBLIC, audits=None, request_max_body_size=None)
async def ask_the_event_log(outside: Outside, request: AnyRequest) -> Response[bytes]:
    """A statement of a worker of this home, for the embedded event log that this server has open."""
    _of_this_machine(outside, _password(request.headers.get("authorization", "")))
    keeper = outside.keeper
    if keeper is None:
        raise NotFound("no_event_log", "此服务器没有内嵌事件库。", "This server has no embedded event log.")
    query, body = dict(request.query_params), await request.body()
    try:
        answer = await anyio.to_thread.run_sync(keeper.answer, query, body, limiter=_statements)
    except EngineRefusal as refused:
        return Response(
            str(refused).encode(),
            status_code=500,
            headers={"X-ClickHouse-Exception-Code": str(refused.number)},
            media_type=MediaType.TEXT,
        )
    return Response(answer, media_type="application/octet-stream")


def _of_this_machine(outside: Outside, given: str) -> None:
    local = outside.local_token and hmac.compare_digest(given.encode(), outside.local_token.encode())
    if not local or not _loopback(current().address):
        raise NotAllowed("not_local", "只接受本机命令。", "Only commands of this machine are taken.")


def _password(header: str) -> str:
    try:
        return base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")[2]
    except ValueError:
        return ""


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


ROUTES = [run_command, ask_the_event_log]
