"""``Idempotency-Key`` on API calls that create: see :mod:`siyu.staff.calls`."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from typing import Any

import msgspec
from litestar.response import Response

from siyu.staff import calls
from siyu.web.current import current

HEADER = "idempotency-key"


def once_per_key(function: Callable[..., Any]) -> Callable[..., Any]:
    """Do the work once for each key of a caller; answer a repeat as the first time. Without the header, as ever."""

    @functools.wraps(function)
    def act(*args: Any, **kwargs: Any) -> Any:
        call = current()
        if not call.idempotency_key or call.actor is None:
            return function(*args, **kwargs)
        by, key = call.actor.tag, call.idempotency_key
        body = msgspec.json.encode(kwargs.get("data"))
        request = hashlib.sha256(call.path.encode() + b"\0" + body).hexdigest()
        before = calls.begin(call.stores, by, key, request)
        if before is not None:
            headers = {"idempotent-replayed": "true"}
            return Response(before, status_code=201, media_type="application/json", headers=headers)
        try:
            answer = function(*args, **kwargs)
        except BaseException:
            calls.end(call.stores, by, key, None)
            raise
        calls.end(call.stores, by, key, msgspec.json.encode(answer))
        return answer

    return act
