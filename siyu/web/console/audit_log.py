"""Settings → audit log: who did what, and whether the log is whole."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from siyu.staff import audit, queries
from siyu.storage import Stores
from siyu.web import downloads, menu
from siyu.web.current import current, t
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.routes import page
from siyu.web.view import Html, View

menu.page("settings", "/settings/audit", "操作记录", "Audit log", permission="audit.read", order=60)

COLUMNS = (
    Column("at", "时间", "Time"),
    Column("by", "操作人", "By"),
    Column("action", "动作", "Action"),
    Column("subject", "对象", "Subject"),
    Column("detail", "详情", "Detail", narrow=False),
    Column("id", "编号", "Number", numeric=True, shown=False),
)
EXPORT_ROWS_MAX = 10_000
FILTERS = ("by", "action", "day")


def _day(listing: Listing) -> tuple[datetime | None, datetime | None]:
    try:
        first = datetime.combine(datetime.fromisoformat(listing.filters["day"]).date(), time(), current().timezone)
    except ValueError:
        return None, None
    return first, first + timedelta(days=1)


def _entries(stores: Stores, listing: Listing, rows_max: int, before: int | None) -> list[audit.Entry]:
    since, until = _day(listing)
    return audit.entries(
        stores.ledger,
        before=before,
        by=listing.filters["by"],
        action=listing.filters["action"],
        subject=listing.words,
        since=since,
        until=until,
        rows_max=rows_max,
    )


@page("/settings/audit", "audit.read")
def audit_log(view: View, stores: Stores) -> Html:
    listing = Listing.read("audit", COLUMNS, filters=FILTERS)
    found = _entries(stores, listing, ASKED_MAX, listing.before)
    return view.render(
        "settings/audit.html",
        fragment="list",
        listing=listing.cut(found, lambda entry: entry.id),
        names=queries.names(stores),
        actions=audit.actions_seen(stores.ledger),
    )


@page("/settings/audit/verify", "audit.read")
def verify(view: View, stores: Stores) -> Html:
    return view.render("settings/audit_verdict.html", verdict=audit.verify(stores.ledger))


@page("/settings/audit/export", "audit.read")
def export(stores: Stores) -> Html:
    listing = Listing.read("audit", COLUMNS, filters=FILTERS, views=False)
    rows: list[audit.Entry] = []
    while len(rows) < EXPORT_ROWS_MAX:
        more = _entries(stores, listing, audit.ROWS_MAX, rows[-1].id if rows else None)
        rows += more
        if len(more) < audit.ROWS_MAX:
            break
    columns = [column.label for column in COLUMNS[:5]]
    cells = [(row.at, row.by, row.action, row.subject, str(dict(row.detail))) for row in rows]
    return downloads.excel(t("操作记录", "Audit log"), columns, cells)


ROUTES = [audit_log, verify, export]
