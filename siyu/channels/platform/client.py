"""Calls a platform: address, token, limit, retry, and what an error means. The same for every platform."""

from __future__ import annotations

import json
import random
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import httpx
import msgspec

from siyu.channels.platform import failures
from siyu.channels.platform.endpoints import Endpoint
from siyu.channels.platform.exchange import Exchange, TooLong
from siyu.channels.platform.failures import Failure, PlatformError
from siyu.channels.platform.limiter import Lane, Wait
from siyu.channels.platform.platform import Platform
from siyu.channels.platform.tokens import Fetched, Holder
from siyu.channels.protocol import Account
from siyu.storage import BadInput

RETRIES_MAX = 3
BACKOFF_SECONDS = (1.0, 2.0, 4.0)
CLOSED_SECONDS = 60.0
PATIENCE_SECONDS = 20.0
SAID_CHARACTERS_MAX = 300

Files = Mapping[str, tuple[str, bytes, str]]
"""Of a multipart body: field → file name, content, media type."""


@dataclass(frozen=True, slots=True)
class _Asked:
    endpoint: Endpoint
    params: Mapping[str, Any]
    body: Mapping[str, Any] | None = field(repr=False)
    files: Files | None = field(repr=False)
    raw: str = ""


class PlatformClient:
    """One account's calls. ``patience``: how many seconds of domain time a call may wait for the limit or before it
    is tried again; a page somebody looks at has little, a sync has much."""

    def __init__(
        self, exchange: Exchange, account: Account, platform: Platform, *, patience: float = PATIENCE_SECONDS
    ) -> None:
        self._exchange = exchange
        self._account = account
        self._platform = platform
        self._patience = patience

    def call(
        self,
        name: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        files: Files | None = None,
        raw: str = "",
    ) -> dict[str, Any]:
        """The platform's answer; its field ``raw`` as it came, a JSON text. Raises :class:`PlatformError`, after what
        may be tried again was tried again."""
        asked = _Asked(self._platform.endpoints[name], params or {}, body, files, raw)
        token, renewed, retries = self._token(asked.endpoint), False, 0
        while True:
            try:
                return self._once(asked, token)
            except PlatformError as error:
                failed = error
            if failed.failure.act == "new_token" and token and not renewed:
                self._exchange.tokens.stale(self._holder(asked.endpoint.token or ""), token)
                token, renewed = self._token(asked.endpoint), True
                continue
            self._exchange.faults.note(self._account.id, failed)
            pause = self._again_after(asked.endpoint, failed, retries)
            if pause is None:
                raise failed
            self._exchange.wait(pause)
            retries += 1

    def pages(
        self,
        name: str,
        body: Mapping[str, Any] | None = None,
        *,
        params: Mapping[str, Any] | None = None,
        start: str = "",
    ) -> Generator[tuple[list[dict[str, Any]], str]]:
        """Page by page: its items, and the cursor to ``start`` from after it ("" after the last)."""
        for items, cursor in self._pages(name, body, params, start, raw=False):
            yield cast("list[dict[str, Any]]", items or []), cursor

    def raw_pages(
        self, name: str, body: Mapping[str, Any] | None = None, *, start: str = ""
    ) -> Generator[tuple[bytes, str]]:
        """The same with the items as they came, a JSON text (empty where there are none): for who reads a million of
        them by type."""
        for items, cursor in self._pages(name, body, None, start, raw=True):
            yield bytes(items or b""), cursor

    def _pages(
        self, name: str, body: Mapping[str, Any] | None, params: Mapping[str, Any] | None, start: str, *, raw: bool
    ) -> Generator[tuple[Any, str]]:
        endpoint = self._platform.endpoints[name]
        if endpoint.pages is None:
            raise ValueError(f"{name} has no pages")
        cursor, kept = start, endpoint.pages.items if raw else ""
        while True:
            more = {endpoint.pages.sent_as: cursor} if cursor else {}
            if endpoint.method == "GET":
                answer = self.call(name, params={**(params or {}), **more}, raw=kept)
            else:
                answer = self.call(name, params=params, body={**(body or {}), **more}, raw=kept)
            told = str(answer.get(endpoint.pages.cursor) or "")
            if told and told == cursor:
                raise PlatformError("pages", failures.PAGES_IN_A_CIRCLE, name)
            cursor = told
            yield answer.get(endpoint.pages.items), cursor
            if not cursor:
                return

    def token(self, kind: str) -> str:
        """A token that pages are signed with instead of being sent along (a ticket). Raises :class:`PlatformError`."""
        return self._exchange.tokens.current(self._holder(kind), lambda: self._fetch(kind))

    # --- one attempt

    def _once(self, asked: _Asked, token: str) -> dict[str, Any]:
        limit = self._platform.limits[asked.endpoint.rate]
        try:
            with self._exchange.limiter.permit(self._lane(asked.endpoint), limit, patience=self._patience):
                status, content = self._sent(asked, token)
        except Wait as wait:
            seconds = wait.seconds
        else:
            return self._understood(asked, status, content, token)
        raise PlatformError("too_soon", failures.TOO_SOON, asked.endpoint.name, retry_after_seconds=seconds)

    def _sent(self, asked: _Asked, token: str) -> tuple[int, bytes]:
        """Status and body. The error is raised outside of ``except``: httpx's own know the address, token and all."""
        endpoint = asked.endpoint
        try:
            return self._exchange.send(self._request(asked, token))
        except (OSError, httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            failure, unknown = failures.NO_CONNECTION, False
        except (BadInput, httpx.UnsupportedProtocol, httpx.InvalidURL):
            failure, unknown = failures.ADDRESS_FORBIDDEN, False
        except (httpx.HTTPError, TooLong):
            failure, unknown = failures.NO_ANSWER, True
        raise PlatformError("no_answer" if unknown else "no_connection", failure, endpoint.name, unknown=unknown)

    def _request(self, asked: _Asked, token: str) -> httpx.Request:
        params = {key: value for key, value in asked.params.items() if value is not None}
        headers: dict[str, str] = {}
        if token and self._platform.token_header:
            headers[self._platform.token_header] = token
        elif token:
            params[self._platform.token_as] = token
        url = httpx.URL(self._platform.address(self._account, asked.endpoint), params=params)
        if asked.endpoint.method == "GET":
            return httpx.Request("GET", url, headers=headers)
        if asked.endpoint.body == "multipart":
            return httpx.Request("POST", url, files=dict(asked.files or {}), headers=headers)
        if self._platform.sign is not None:
            form = self._platform.sign(self._account, asked.endpoint.name, {**params, **(asked.body or {})})
            return httpx.Request("POST", url.copy_with(query=None), data=dict(form))
        # Plain UTF-8, no \\u escapes: the platforms count a text's bytes as they come.
        content = json.dumps(dict(asked.body or {}), ensure_ascii=False, separators=(",", ":")).encode()
        return httpx.Request("POST", url, content=content, headers={"content-type": "application/json", **headers})

    def _understood(self, asked: _Asked, status: int, content: bytes, token: str) -> dict[str, Any]:
        endpoint = asked.endpoint
        if status >= 500:
            raise PlatformError(f"http_{status}", failures.BUSY, endpoint.name, unknown=True)
        if status != 200 and not self._platform.says_why:
            raise PlatformError(f"http_{status}", failures.REFUSED, endpoint.name)
        if endpoint.answer == "bytes" and not content.startswith(b"{"):
            return {"content": content}
        try:
            answer = _outline(content, asked.raw) if asked.raw else json.loads(content)
            code = self._platform.code_of(answer)
        except (ValueError, TypeError, AttributeError, msgspec.DecodeError):
            code, answer = -1, None
        if status != 200 and not (answer and code):
            raise PlatformError(f"http_{status}", failures.REFUSED, endpoint.name)
        if answer is None:
            raise PlatformError("not_json", failures.NOT_UNDERSTOOD, endpoint.name, unknown=True)
        if code:
            said = self._without_secrets(self._platform.said_of(answer), token)
            raise PlatformError(code, self._platform.failure(code), endpoint.name, said=said)
        return answer

    def _without_secrets(self, said: str, token: str) -> str:
        for secret in (token, *self._account.secrets.values()):
            if secret:
                said = said.replace(secret, "…")
        return said[:SAID_CHARACTERS_MAX]

    # --- after a failure

    def _again_after(self, endpoint: Endpoint, error: PlatformError, retries: int) -> float | None:
        """The seconds until this call may be tried again; None where it may not, or not soon enough."""
        failure = error.failure
        lane, limit = self._lane(endpoint), self._platform.limits[endpoint.rate]
        if failure.act == "close":
            closed = failure.retry_after_seconds or CLOSED_SECONDS
            self._exchange.limiter.close(lane, closed)
        if failure.act == "narrow":
            self._exchange.limiter.narrow(lane, limit)
        if failure.act not in ("again", "narrow", "close") or retries >= RETRIES_MAX:
            return None
        if error.unknown and not endpoint.idempotent:
            return None
        pause = _pause(failure, retries)
        return pause if pause <= self._patience else None

    # --- tokens

    def _token(self, endpoint: Endpoint) -> str:
        if endpoint.token is None:
            return ""
        return self.token(endpoint.token)

    def _fetch(self, kind: str) -> Fetched:
        source = self._platform.tokens[kind]
        holder = Holder.of(self._account.id, kind, self._account.secrets.get(source.secret, ""))
        newer = self._exchange.tokens.renewed(holder) if source.renews else None
        secrets = {**self._account.secrets, **({source.secret: newer} if newer else {})}
        given = source.given(replace(self._account, secrets=secrets))
        endpoint = self._platform.endpoints[source.endpoint]
        if endpoint.method == "GET":
            answer = self.call(source.endpoint, params=given)
        else:
            answer = self.call(source.endpoint, body=given)
        found = cast("dict[str, Any]", answer[source.within]) if source.within else answer
        if source.renews and found.get(source.renews):
            self._exchange.tokens.keep_renewed(holder, str(found[source.renews]))
        seconds = source.life_seconds or float(found[source.lasts])
        return Fetched(str(found[source.token]), seconds)

    def _holder(self, kind: str) -> Holder:
        return Holder.of(self._account.id, kind, self._account.secrets.get(self._platform.tokens[kind].secret, ""))

    def _lane(self, endpoint: Endpoint) -> Lane:
        return Lane(*self._platform.lane(self._account, endpoint))


_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])


def _outline(content: bytes, raw: str) -> dict[str, Any]:
    """An answer with one field left as it came."""
    return {
        name: value if name == raw else msgspec.json.decode(value) for name, value in _fields.decode(content).items()
    }


def _pause(failure: Failure, retries: int) -> float:
    """Domain seconds: what the platform asks for, or 1, 2, 4; a tenth to and fro, so that many do not come at once."""
    asked = failure.retry_after_seconds or (CLOSED_SECONDS if failure.act == "close" else BACKOFF_SECONDS[retries])
    return asked * random.uniform(1.0, 1.2) if failure.act == "close" else asked * random.uniform(0.9, 1.1)
