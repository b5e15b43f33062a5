"""Customer acquisition (获客助手): what visitors of links do, what is left of the quota, links that end (C.6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.callbacks import Callback, moment
from siyu.channels.platform.documents import number, text
from siyu.channels.platform.news import News
from siyu.channels.wecom import mirror
from siyu.channels.wecom.changes.family import Family, change_of, key_of, needing
from siyu.channels.wecom.tables import wecom_balances, wecom_links
from siyu.storage import insert_into

EVENT = "customer_acquisition"
COUNTED = {"open_profile": "opened", "friend_request": "asked"}
ENDED = {"link_unavailable": "unavailable", "delete_link": "deleted"}
BALANCES = {"balance_increased": "increased", "balance_low": "low", "balance_exhausted": "exhausted"}
CHATTED, EXPIRING = "customer_start_chat", "quota_expire_soon"


def apply(conn: Connection, account: int, callbacks: Sequence[Callback]) -> list[News]:
    """Counts, states and the first words of a customer. Who only opened a page has no name, so is only counted."""
    counted: Counter[tuple[str, str]] = Counter()
    news: list[News] = []
    for each in callbacks:
        change = change_of(each)
        if change in COUNTED:
            counted[text(each.fields, "LinkId"), COUNTED[change]] += 1
        elif change in ENDED:
            row = {"link": text(each.fields, "LinkId"), "told": each.time, ENDED[change]: each.time}
            mirror.put(conn, wecom_links, account, [row])
        elif change in BALANCES:
            mirror.put(conn, wecom_balances, account, [{"told": each.time, "state": BALANCES[change]}])
        elif change == EXPIRING:
            _expiring(conn, account, each)
        else:
            who = (("external_userid", text(each.fields, "ExternalUserID")),)
            news.append(News("chat_started", each.time, who, key_of(each), {"staff": text(each.fields, "UserID")}))
    _count(conn, account, counted, callbacks)
    return news


def _count(conn: Connection, account: int, counted: Counter[tuple[str, str]], callbacks: Sequence[Callback]) -> None:
    for (link, column), times in counted.items():
        told = max(each.time for each in callbacks)
        stored = insert_into(conn, wecom_links).values(account=account, link=link, told=told, **{column: times})
        more = {column: wecom_links.c[column] + times}
        conn.execute(stored.on_conflict_do_update(index_elements=["account", "link"], set_=more))


def _expiring(conn: Connection, account: int, callback: Callback) -> None:
    try:
        when = moment(text(callback.fields, "ExpireTime"))
    except ValueError:
        when = None
    table = wecom_balances
    values = {
        "expires": when,
        "expiring": number(text(callback.fields, "ExpireQuotaNum")),
        "expiry_told": callback.time,
    }
    stored = insert_into(conn, table).values(account=account, told=callback.time, **values)
    older = sa.or_(table.c.expiry_told.is_(None), table.c.expiry_told <= callback.time)
    conn.execute(stored.on_conflict_do_update(index_elements=["account"], set_=values, where=older))


FAMILY = Family(
    {
        **needing(EVENT, (*COUNTED, *ENDED), "LinkId"),
        **needing(EVENT, (*BALANCES, EXPIRING)),
        **needing(EVENT, (CHATTED,), "UserID", "ExternalUserID"),
    },
    apply,
)
