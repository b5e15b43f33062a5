"""``/WW_verify_….txt``: the file by which WeCom sees that the domain is ours. Bare ASGI, at the root.

The account names what is in the file; nothing else is shown here.
"""

from __future__ import annotations

import asyncio

from siyu.channels.wecom.sidebar import proves_domain
from siyu.storage import Stores
from siyu.web.bare import Receive, Scope, Send

PATH = "/WW_verify_"


class DomainProof:
    """The ASGI application behind ``/WW_verify_…``."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name, dot, ending = str(scope["path"]).removeprefix(PATH).partition(".")
        ours = dot + ending == ".txt" and await asyncio.to_thread(proves_domain, self._stores, name)
        body = name.encode() if ours else b""
        headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200 if ours else 404, "headers": headers})
        await send({"type": "http.response.body", "body": body})
