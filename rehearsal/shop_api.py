"""The product, seen from outside: two addresses of it, over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

TRIES_MAX = 8
WAIT_SECONDS_MAX = 20.0
TIMEOUT_SECONDS = 60.0
WEBHOOK_BATCH = 200


class Refused(Exception):
    """The product answered that this request can never succeed."""


class ShopApi:
    """Posts batches of calls, again and again until each is acknowledged; registers the webhook."""

    def __init__(self, server: str, write_key: str, *, sleep: Callable[[float], object] = time.sleep) -> None:
        self._http = httpx.Client(base_url=server, timeout=TIMEOUT_SECONDS, trust_env=False)
        self._key = write_key
        self._sleep = sleep

    def post_batch(self, body: bytes) -> None:
        """Returns once the product holds the batch durably. Sent again after a fault: its ids make that harmless."""
        self._post("/v1/batch", content=body, auth=(self._key, ""))

    def connect_webhook(self, api_key: str, name: str, url: str, secret: str) -> None:
        """Make the account through which the product sends to the rehearsal's people; once."""
        headers = {"Authorization": f"Bearer {api_key}"}
        answer = self._http.get("/api/accounts", headers=headers)
        _explain(answer)
        if any(url in str(account) for account in _accounts(answer.json())):
            return
        settings = {"url": url, "secret": secret, "batch": WEBHOOK_BATCH, "identifiers": "user_id"}
        account = {"channel": "webhook", "name": name, "settings": settings}
        _explain(self._http.post("/api/accounts", headers=headers, json=account))

    def _post(self, path: str, *, content: bytes, auth: tuple[str, str]) -> None:
        wait = 0.25
        for left in reversed(range(TRIES_MAX)):
            try:
                answer = self._http.post(path, content=content, auth=auth, headers={"Content-Type": "application/json"})
            except httpx.TransportError:
                if not left:
                    raise
            else:
                if answer.status_code < 500 and answer.status_code != 429:
                    _explain(answer)
                    return
                if not left:
                    _explain(answer)
            self._sleep(wait)
            wait = min(wait * 2, WAIT_SECONDS_MAX)

    def close(self) -> None:
        self._http.close()


def _accounts(answer: Any) -> list[Any]:
    """The list in the answer, bare or under a name."""
    if isinstance(answer, list):
        return answer
    return next((value for value in answer.values() if isinstance(value, list)), [])


def _explain(answer: httpx.Response) -> None:
    if answer.is_error:
        raise Refused(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:400]}")
