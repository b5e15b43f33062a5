"""The HTTP API, from the OpenAPI that the server itself answers at ``/schema``."""

from __future__ import annotations

import json
from typing import Any

from docs.pages.markdown import json_text, page, table
from siyu.people import segment
from siyu.web.app import site

HEAD = """Send an API key as `Authorization: Bearer …`. The whole schema: [openapi.json](schemas/openapi.json);
a running server answers its own at `/schema/openapi.json`. 用 `Authorization: Bearer …` 携带 API 密钥。
"""
INTAKE = """## Intake · 事件上报

As in the Segment spec, with a write key by Basic auth (`siyu key write`). 2xx is answered only for what is on disk.
A key of kind `page` is public and tells behaviour only: orders, refunds, consent, `traits`, `context.externalIds`,
`alias` and `group` are refused call by call with `needs_server_key`. A key of kind `server` is a secret and tells all.
按 Segment 规范；写入密钥放在 Basic 认证的用户名里。页面密钥（page）只收行为，其余逐条拒收；服务器密钥（server）全收。
"""


def pages() -> dict[str, str]:
    schema = openapi()
    rows = [
        (f"`{method.upper()} {path}`", operation.get("summary", ""), _flat(operation.get("description", "")))
        for path, methods in sorted(schema.get("paths", {}).items())
        for method, operation in methods.items()
    ]
    intake = [(f"`POST /v1/{kind}`",) for kind in [*sorted(segment.CALLS), "batch"]]
    return {
        "api.md": page("API", HEAD, table(["route", "", ""], rows), INTAKE, table(["route"], intake)),
        "schemas/openapi.json": json_text(schema),
    }


def openapi() -> dict[str, Any]:
    """The schema of every route. No store is opened: routes are declared, not asked."""
    return json.loads(json.dumps(site().openapi_schema.to_schema()))


def _flat(text: str) -> str:
    return " ".join(text.split("\n\n")[0].split())
