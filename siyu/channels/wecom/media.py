"""Media at WeCom: uploaded once by content, kept by the platform for three days, renewed before they are used."""

from __future__ import annotations

import threading
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from siyu.channels.media import get_medium
from siyu.channels.platform.client import PlatformClient
from siyu.channels.wecom.sending_tables import wecom_media
from siyu.storage import Stores, insert_into

LIFE = timedelta(days=3)
MARGIN = timedelta(hours=1)
"""A task is confirmed later than it is made: what has less life left is uploaded anew."""
Use = Literal["message", "moment"]
_locks: defaultdict[tuple[str, str, str], threading.Lock] = defaultdict(threading.Lock)
_guard = threading.Lock()


def media_id(
    stores: Stores, client: PlatformClient, corp: str, sha256: str, use: Use = "message", margin: timedelta = MARGIN
) -> str:
    """The platform's name for a medium, good for ``margin`` at least; uploaded where it has none.

    Raises :class:`PlatformError`, :class:`NotFound` where it is not kept any more.
    """
    with _guard:
        turn = _locks[corp, sha256, use]
    with turn:  # of many who need it, one uploads it
        known = _known(stores, corp, sha256, use, margin)
        return known if known is not None else _uploaded(stores, client, corp, sha256, use)


def _known(stores: Stores, corp: str, sha256: str, use: Use, margin: timedelta) -> str | None:
    table = wecom_media.c
    same = (table.corp == corp, table.sha256 == sha256, table.use == use)
    with stores.ledger.read() as conn:
        query = sa.select(table.media_id).where(*same, table.expires > stores.clock.now() + margin)
        return conn.execute(query).scalar_one_or_none()


def _uploaded(stores: Stores, client: PlatformClient, corp: str, sha256: str, use: Use) -> str:
    medium, content = get_medium(stores, sha256)
    files = {"media": (medium.name, content, medium.type)}
    now = stores.clock.now()
    if use == "message":
        answer = client.call("media/upload", params={"type": medium.kind}, files=files)
    else:
        params = {"media_type": medium.kind, "attachment_type": 1}
        answer = client.call("media/upload_attachment", params=params, files=files)
    made = min(_created(answer, now), now)
    values: dict[str, Any] = {"media_id": str(answer["media_id"]), "expires": made + LIFE}
    with stores.ledger.write() as conn:
        row = insert_into(conn, wecom_media).values(corp=corp, sha256=sha256, use=use, **values)
        conn.execute(row.on_conflict_do_update(index_elements=["corp", "sha256", "use"], set_=values))
    return values["media_id"]


def _created(answer: dict[str, Any], otherwise: datetime) -> datetime:
    """When the platform's three days began: its own word (a text or a number), else the moment of the call."""
    try:
        return datetime.fromtimestamp(int(str(answer.get("created_at"))), UTC)
    except (ValueError, OverflowError, OSError):
        return otherwise
