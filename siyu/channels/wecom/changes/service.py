"""微信客服: that there is something to pull, and which accounts this app may serve (C.5)."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.callbacks import Callback
from siyu.channels.platform.documents import text
from siyu.channels.platform.news import News
from siyu.channels.wecom import mirror
from siyu.channels.wecom.changes.family import Family
from siyu.channels.wecom.fields import is_identifier
from siyu.channels.wecom.tables import wecom_kf_pulls
from siyu.storage import insert_into

SOMETHING, ALLOWED = "kf_msg_or_event", "kf_account_auth_change"


def apply(conn: Connection, account: int, callbacks: Sequence[Callback]) -> list[News]:
    """The latest token of each service account; whoever pulls goes by it."""
    for each in callbacks:
        if each.name == SOMETHING:
            row = {"open_kfid": text(each.fields, "OpenKfId"), "token": text(each.fields, "Token"), "told": each.time}
            mirror.put(conn, wecom_kf_pulls, account, [row])
        else:
            _allowed(conn, account, each, "AuthAddOpenKfId", True)
            _allowed(conn, account, each, "AuthDelOpenKfId", False)
    return []


def _allowed(conn: Connection, account: int, callback: Callback, field: str, allowed: bool) -> None:
    given = callback.fields.get(field)
    table = wecom_kf_pulls
    for open_kfid in filter(is_identifier, given if isinstance(given, list) else [given]):
        values = {"allowed": allowed, "allowed_told": callback.time}
        stored = insert_into(conn, table).values(
            account=account, open_kfid=open_kfid, token="", told=callback.time, **values
        )
        older = sa.or_(table.c.allowed_told.is_(None), table.c.allowed_told <= callback.time)
        conn.execute(stored.on_conflict_do_update(index_elements=["account", "open_kfid"], set_=values, where=older))


FAMILY = Family({SOMETHING: ("OpenKfId",), ALLOWED: ()}, apply)
