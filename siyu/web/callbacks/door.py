"""``/callbacks/<platform>/<account>/<secret>``: bare ASGI, because a platform waits seconds and then comes again.

Genuine, opened, on disk, answered: in this order. What a callback means is found out by the applier; what can't wait
for it (a welcome) is handed on at once.
A refusal is a short text and a 4xx; a store that can't be written is a 503, so that the platform comes again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl

from siyu.channels.accounts import usable_account
from siyu.channels.platform import callbacks
from siyu.channels.platform.callbacks import Delivery, Hurry, NoHurry, Receivers
from siyu.channels.platform.documents import BYTES_MAX
from siyu.channels.platform.hearing import note_refused, note_verified
from siyu.channels.protocol import Account
from siyu.storage import BadInput, InboxRow, NotFound, SiyuError, Stores, Unavailable
from siyu.web.bare import Receive, Scope, Send, WrongMethod, read_body

log = logging.getLogger(__name__)

ACCOUNT_SECONDS = 5.0
"""How long an opened account is remembered: changed secrets work within this."""
ACCOUNTS_MAX = 1_000
BODY_SECONDS_MAX = 15.0
"""Platforms wait five for an answer; who takes longer for a body of a megabyte only holds a connection."""


class TooSlow(SiyuError):
    status = 408


NOTED_SECONDS_MAX = 0.3
REFUSED_AGAIN_SECONDS = 5.0
"""A refusal is noted for the page of the account, at most this often."""


class _Address(NamedTuple):
    platform: str
    account: int
    secret: str


class Door:
    """The ASGI application behind ``/callbacks/``."""

    def __init__(self, stores: Stores, receivers: Receivers, hurry: Hurry | None = None) -> None:
        self._stores = stores
        self._receivers = receivers
        self._hurry = hurry or NoHurry()
        self._accounts: dict[_Address, tuple[Account, float]] = {}
        self._refused: dict[int, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            status, media_type, body = await self._take(scope, receive)
        except SiyuError as error:
            status, media_type, body = error.status, "text/plain", error.code.encode()
        await _answer(send, status, media_type, body)

    async def _take(self, scope: Scope, receive: Receive) -> tuple[int, str, bytes]:
        address = _address(str(scope["path"]))
        if scope["method"] not in ("GET", "POST"):
            raise WrongMethod("wrong_method", "请使用 GET 或 POST。", "Use GET or POST.")
        account = await self._account(address)
        delivery = Delivery(scope["method"], _query(scope), _headers(scope), await _body(receive))
        try:
            received = self._receivers[address.platform].receive(account, delivery)
        except SiyuError as error:
            await self._note_refused(account.id, error.code)
            raise
        if received.bodies:
            await self._kept(account, received.bodies)
        else:
            await self._noted(lambda: note_verified(self._stores, account.id))
        return 200, received.media_type, received.answer

    async def _note_refused(self, account: int, code: str) -> None:
        now = time.monotonic()
        if now - self._refused.get(account, -REFUSED_AGAIN_SECONDS) >= REFUSED_AGAIN_SECONDS:
            self._refused[account] = now
            await self._noted(lambda: note_refused(self._stores, account, code))

    async def _noted(self, note: Callable[[], None]) -> None:
        """For the account's page alone: the platform's answer waits for it no longer than a moment."""
        await asyncio.wait({asyncio.create_task(_done(note))}, timeout=NOTED_SECONDS_MAX)

    async def _kept(self, account: Account, bodies: Sequence[bytes]) -> None:
        """All of them, or it is not acknowledged: the platform then repeats all, and those on disk count once."""
        now = self._stores.clock.now()
        try:
            waiting = [callbacks.keep(self._stores, account, body) for body in bodies]
            numbers = await asyncio.gather(*map(asyncio.wrap_future, waiting))
        except SiyuError:
            raise
        except Exception as error:  # whatever the store says: not kept is not acknowledged
            log.exception("a callback could not be kept")
            raise Unavailable("callback_not_kept", "暂时无法保存回调。", "Callbacks can't be kept just now.") from error
        for number, body in zip(numbers, bodies, strict=True):
            if self._receivers[account.channel].hurries(body):
                self._hurry.take(InboxRow(number, now, account.channel, str(account.id), 1, body))

    async def _account(self, address: _Address) -> Account:
        known = self._accounts.get(address)
        if known is None or known[1] < time.monotonic():
            if len(self._accounts) >= ACCOUNTS_MAX:
                self._accounts.clear()
            account = await asyncio.to_thread(self._opened, address)
            known = self._accounts[address] = account, time.monotonic() + ACCOUNT_SECONDS
        return known[0]

    def _opened(self, address: _Address) -> Account:
        """An account that is disabled still hears: its platform goes on calling, and what was told is lost for ever."""
        callbacks.prove_path(self._stores, address.platform, address.account, address.secret)
        account = usable_account(self._stores, address.account, disabled_too=True)
        if account.channel != address.platform or account.channel not in self._receivers:
            raise _nothing_here()
        return account


def _address(path: str) -> _Address:
    parts = path.removeprefix(callbacks.PATH).split("/")
    if len(parts) != 3 or not (parts[1].isascii() and parts[1].isdigit() and len(parts[1]) < 16):
        raise _nothing_here()
    return _Address(parts[0], int(parts[1]), parts[2])


async def _done(note: Callable[[], None]) -> None:
    try:
        await asyncio.to_thread(note)
    except Exception:  # whatever the store says: the answer to the platform does not depend on it
        log.exception("what was seen at the door could not be noted")


def _nothing_here() -> NotFound:
    return NotFound("callback_address", "没有这个回调地址。", "There is no such callback address.")


async def _body(receive: Receive) -> bytes:
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            return await read_body(receive, BYTES_MAX)
    except TimeoutError:
        raise TooSlow("body_too_slow", "正文传输超时。", "The body took too long.") from None


def _query(scope: Scope) -> Mapping[str, str]:
    try:
        return dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), max_num_fields=20))
    except ValueError:
        raise BadInput("callback_query", "网址参数无法读取。", "The query can't be read.") from None


def _headers(scope: Scope) -> Mapping[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


async def _answer(send: Send, status: int, media_type: str, body: bytes) -> None:
    headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
    if status == 503:
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
