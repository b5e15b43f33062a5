"""Insight → staff's work, groups' work: what the platform counted, by member or owner and by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from litestar.response import Response

from siyu.channels.wecom.statistics import figures, reading
from siyu.channels.wecom.statistics.command import DAYS_USUAL, wanted_days
from siyu.channels.wecom.statistics.figures import Values, Wanted
from siyu.channels.wecom.statistics.measures import GROUPS, MEMBERS, Kind, Measure
from siyu.storage import Stores
from siyu.web import charts, downloads, menu
from siyu.web.charts import Chart, Format
from siyu.web.current import note, t
from siyu.web.known import companies
from siyu.web.listing import Column, Listing
from siyu.web.paging import whole
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

STAFF, GROUP = "/insight/staff", "/insight/groups"
menu.page("insight", STAFF, MEMBERS.zh, MEMBERS.en, permission="report.read", order=60)
menu.page("insight", GROUP, GROUPS.zh, GROUPS.en, permission="report.read", order=61)

PERIODS = (7, 30, 90, 180)
SENTENCES = {
    STAFF: (
        "每位员工每天聊了多少、多久回复、加了谁又流失了谁，由企业微信统计。",
        "How much each adviser wrote, how soon they answered, whom they won and lost, as WeCom counts it.",
    ),
    GROUP: (
        "每位群主的群每天来了多少人、多少人说话、多少条消息，由企业微信统计。",
        "How many joined, wrote and how much in each owner's groups, as WeCom counts it.",
    ),
}
FORMATS: Mapping[str, Format] = {"count": "count", "percent": "percent", "minutes": "number"}
NARROW = ("reply_share", "lost", "members")
"""Also on a phone, beside what a list is sorted by."""
DRAWN = {
    STAFF: (("chats", "messages"), ("added", "lost"), ("reply_share",), ("reply_minutes",)),
    GROUP: (("messages", "members_active"), ("members_new", "groups_new")),
}
"""What is drawn by day, a chart each. Of one unit: they share an axis."""


def _columns(kind: Kind, who: str) -> tuple[Column, ...]:
    first = Column("day", "日期", "Day", sort=True) if who else Column("who", kind.zh_who, kind.en_who, sort=True)
    measured = [
        Column(
            each.name, each.zh, each.en, True, True, each.shown, narrow=each.name == kind.main or each.name in NARROW
        )
        for each in kind.measures
    ]
    return (first, *measured)


def _wanted(stores: Stores, own: dict[int, str], account: str, days: str, who: str) -> Wanted:
    """What an address gets wrong falls back, so that an old link still opens."""
    number, many = whole(account) or 0, whole(days) or DAYS_USUAL
    chosen = number if number in own else next(iter(own), 0)
    return wanted_days(stores, chosen, many if many in PERIODS else DAYS_USUAL, who[:128])


def _show(view: View, stores: Stores, kind: Kind, at: str, who: str, account: str, days: str) -> Html:
    own = companies(stores)
    usual = "-day" if who else f"-{kind.main}"
    listing = Listing.read(f"work-{kind.name}", _columns(kind, who), sort=usual, views=False)
    wanted = _wanted(stores, own, account, days, who)
    found = figures.day_lines(stores, kind, wanted) if who else figures.by_who(stores, kind, wanted)
    shown = figures.in_order(found, "" if who else listing.words, listing.sort, descending=listing.descending)
    known = figures.read_at(stores, kind, wanted.account)
    job = reading.latest_reading(stores, wanted.account)
    many = (wanted.last - wanted.first).days + 1
    return view.render(
        "insight/work.html",
        fragment="list",
        listing=listing.paged(shown),
        kind=kind,
        at=at,
        sentence=t(*SENTENCES[at]),
        who=who,
        called=next((each.name for each in found if each.name), who),
        accounts=own,
        wanted=wanted,
        days=many,
        address=_address(at, wanted.account, many, who),
        read_at=_address(f"{at}/read", wanted.account, many),
        whole=_address(at, wanted.account, many),
        periods=[
            (_address(at, wanted.account, each, who), t(f"近 {each} 天", f"{each} days"), None) for each in PERIODS
        ],
        places=[(_address(at, number, many), name, None) for number, name in own.items()] if len(own) > 1 else [],
        known=known,
        job=job if job is not None and job.state != "done" else None,
        totals=figures.in_all(stores, kind, wanted),
        charts=_charts(stores, kind, at, wanted) if known and not view.htmx else [],
        written=written,
    )


def _address(at: str, account: int, days: int, who: str = "") -> str:
    return f"{at}?{urlencode({'account': account, 'days': days} | ({'who': who} if who else {}))}"


def written(measure: Measure, value: float | None) -> str:
    """A value as it is read: 12,345 · 60.3% · 4.5."""
    if value is None:
        return "—"
    if measure.unit == "percent":
        return f"{value:,.1f}%"
    return f"{value:,.1f}" if measure.unit == "minutes" else f"{value:,.0f}"


def _charts(stores: Stores, kind: Kind, at: str, wanted: Wanted) -> list[Chart]:
    days = figures.by_day(stores, kind, wanted)
    return [_chart(kind, names, days) for names in DRAWN[at]]


def _chart(kind: Kind, names: Sequence[str], days: Sequence[tuple[str, Values]]) -> Chart:
    measures = [kind.measure(name) for name in names]
    series = [(t(each.zh, each.en), [_drawn(each, values[each.name]) for _, values in days]) for each in measures]
    title = t("、", ", ").join(name for name, _ in series)
    shown = [day[5:] for day, _ in days]
    return charts.line(
        f"work-{names[0]}", title, shown, series, head=t("日", "Day"), format=FORMATS[measures[0].unit], height=240
    )


def _drawn(measure: Measure, value: float | None) -> float | None:
    """As a chart has it: shares between 0 and 1."""
    return value / 100 if value is not None and measure.unit == "percent" else value


def _excel(stores: Stores, kind: Kind, who: str, account: str, days: str, q: str) -> Response[bytes]:
    """A row a member or owner and day."""
    own = companies(stores)
    wanted = _wanted(stores, own, account, days, who)
    lines = figures.in_order(figures.day_lines(stores, kind, wanted), "" if who else q.strip(), "day", descending=True)
    head = [t("日期", "Day"), t(kind.zh_who, kind.en_who), t("账号", "User id")]
    rows: list[list[Any]] = [
        [each.day, each.name or each.who, each.who, *(each.values[measure.name] for measure in kind.measures)]
        for each in lines
    ]
    name = f"{t(kind.zh, kind.en)} {wanted.first} {wanted.last}"
    return downloads.excel(name, [*head, *(t(each.zh, each.en) for each in kind.measures)], rows)


def _read(view: View, stores: Stores, at: str, account: int, days: int) -> Html:
    own = companies(stores)
    chosen = account if account in own else next(iter(own), 0)
    note(f"account:{chosen}", days=days)
    reading.ask_to_read(stores, chosen, days)
    return view.redirect(
        f"{at}?account={chosen}&days={days}", toast=("正在后台读取，可离开此页", "Being read; you may leave")
    )


@page(STAFF, "report.read")
def staff(view: View, stores: Stores, who: str = "", account: str = "", days: str = "") -> Html:
    return _show(view, stores, MEMBERS, STAFF, who, account, days)


@page(GROUP, "report.read")
def groups(view: View, stores: Stores, who: str = "", account: str = "", days: str = "") -> Html:
    return _show(view, stores, GROUPS, GROUP, who, account, days)


@page(f"{STAFF}.xlsx", "export")
def staff_as_excel(stores: Stores, who: str = "", account: str = "", days: str = "", q: str = "") -> Response[bytes]:
    return _excel(stores, MEMBERS, who, account, days, q)


@page(f"{GROUP}.xlsx", "export")
def groups_as_excel(stores: Stores, who: str = "", account: str = "", days: str = "", q: str = "") -> Response[bytes]:
    return _excel(stores, GROUPS, who, account, days, q)


@submit(f"{STAFF}/read", "jobs.write", audits="work_read")
def read_staff(view: View, stores: Stores, account: int = 0, days: int = DAYS_USUAL) -> Html:
    return _read(view, stores, STAFF, account, days)


@submit(f"{GROUP}/read", "jobs.write", audits="work_read")
def read_groups(view: View, stores: Stores, account: int = 0, days: int = DAYS_USUAL) -> Html:
    return _read(view, stores, GROUP, account, days)


ROUTES = [staff, groups, staff_as_excel, groups_as_excel, read_staff, read_groups]
