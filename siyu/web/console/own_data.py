"""A person's page → everything that is kept of them, as a file to hand over."""

from __future__ import annotations

import json

from litestar.response import Response

from siyu.insight.own_data import everything_of
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.routes import submit


@submit("/people/{person:int}/own-data", "people.erase", audits="own_data_exported", about="person:{person}")
def export(stores: Stores, person: int) -> Response[bytes]:
    found = everything_of(stores, person)
    note(tables=len(found["tables"]), events=len(found["events"]))
    headers = {
        "content-disposition": f'attachment; filename="siyu-person-{found["person"]}.json"',
        "cache-control": "no-store",
    }
    body = json.dumps(found, ensure_ascii=False, indent=1).encode()
    return Response(body, media_type="application/json", headers=headers)


ROUTES = [export]
