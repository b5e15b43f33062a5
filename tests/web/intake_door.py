"""The intake's door, without a server."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import MutableMapping
from typing import Any

from siyu.people import write_keys
from siyu.storage import Stores
from siyu.web.intake import Intake


class Door:
    """Calls the handler as a server would."""

    def __init__(self, stores: Stores, kind: str = "server", source: str = "web") -> None:
        self.stores = stores
        self.intake = Intake(stores)
        self.key = write_keys.create(stores, source, source, kind).key

    def post(
        self,
        path: str,
        body: Any,
        *,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        method: str = "POST",
    ) -> tuple[int, dict[str, Any]]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        path, _, query = path.partition("?")
        token = base64.b64encode(f"{self.key if key is None else key}:".encode()).decode()
        given_headers = {"authorization": f"Basic {token}", **(headers or {})}
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in given_headers.items()],
        }
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": raw}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        asyncio.run(self.intake(scope, receive, send))
        return sent[0]["status"], json.loads(sent[1]["body"] or b"{}")


def refused(answer: tuple[int, dict[str, Any]]) -> tuple[int, str, str | None]:
    return answer[0], answer[1]["error"]["code"], answer[1]["error"]["field"]
