"""Membership → points: what is out, who has them and why, giving and taking by hand, what the accountant asks for."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from litestar.response import Response

from siyu.jobs import preferences
from siyu.loyalty.points import by_hand, command, figures
from siyu.loyalty.points.queries import balances
from siyu.loyalty.points.statement import had, holders, statement
from siyu.people import queries
from siyu.people.queries import Search
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web import charts, downloads, menu, verbs
from siyu.web.current import current, in_words, may, note, t
from siyu.web.forms import Form
from siyu.web.listing import ASKED_MAX, ROWS_MAX, Column, Listing
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.seeing import names_may_be_asked, names_seen
from siyu.web.view import Html, View

menu.page("membership", "/points", "积分", "Points", permission="points.read", order=10)
verbs.action("points_posted", "发放或扣减积分", "Points given or taken")
verbs.action("points_undone", "撤销积分记录", "Posting of points undone")
verbs.action("points_proved", "核对积分账", "Points ledger proved")
verbs.action("liability_downloaded", "下载积分报表", "Report of points downloaded")
verbs.subject("posting", "积分记录", "Posting")

KINDS = {
    "earned": ("获得", "Earned"),
    "spent": ("使用", "Spent"),
    "held": ("预留", "Held"),
    "captured": ("预留已使用", "Hold spent"),
    "released": ("预留已退回", "Hold released"),
    "taken_back": ("收回", "Taken back"),
    "given_back": ("退还", "Given back"),
    "expired": ("到期", "Ended"),
}
BADGES = {"earned": "good", "given_back": "good", "spent": "info", "captured": "info", "taken_back": "warn"}
ACCOUNTS = {"person": ("可用", "may be spent"), "held": ("预留", "held"), "owed": ("欠分", "owed")}
PEOPLE_COLUMNS = (
    Column("person", "客户", "Person"),
    Column("available", "可用", "May be spent", numeric=True),
    Column("held", "预留", "Held", numeric=True, narrow=False),
    Column("owed", "欠分", "Owed", numeric=True, narrow=False),
    Column("ends", "最近到期", "Next end", narrow=False),
)
LINE_COLUMNS = (
    Column("at", "时间", "When"),
    Column("kind", "类型", "Kind"),
    Column("why", "原因", "Reason"),
    Column("entries", "分录", "Entries", narrow=False),
    Column("change", "变动", "Change", numeric=True),
    Column("after", "之后可用", "After it", numeric=True),
    Column("act", "操作", "Do", narrow=False),
)
MONTHS = 12
REPORT = (
    ("begins", "起", "From"),
    ("ends", "止（不含）", "To (not within)"),
    ("opening", "期初未兑换", "Opening"),
    ("earned", "发放", "Earned"),
    ("given_back", "退还", "Given back"),
    ("spent", "使用", "Spent"),
    ("taken_back", "退货收回", "Taken back"),
    ("expired", "到期", "Ended"),
    ("closing", "期末未兑换", "Closing"),
    ("owed_paid", "另：抵欠分", "Besides: paid what was owed"),
)


@page("/points", "points.read")
def overview(view: View, stores: Stores) -> Html:
    told = command.overview_told(stores)
    today = stores.clock.now().astimezone(preferences.timezone(stores)).date()
    months = figures.movements(stores, command.bounds_of(stores, _months_before(today, MONTHS - 1), today))
    names = [f"{each.begins:%Y-%m}" for each in months]
    series = [
        (t("发放", "Earned"), [each.issued + each.given_back for each in months]),
        (t("使用", "Spent"), [-each.spent for each in months]),
        (t("收回", "Taken back"), [-each.taken_back for each in months]),
        (t("到期", "Ended"), [-each.expired for each in months]),
    ]
    chart = charts.bars("points_by_month", t("按月", "By month"), names, series, head=t("月份", "Month"))
    return view.render(
        "membership/points.html",
        told=told,
        chart=chart,
        sums=[(name, sum(value or 0 for value in values)) for name, values in series],
        rules=[each for each in command.rules_told(stores).rules if each.ends is None],
    )


def _months_before(day: date, months: int) -> date:
    place = day.year * 12 + day.month - 1 - months
    return date(place // 12, place % 12 + 1, 1)


@page("/points/people", "points.read")
def people(view: View, stores: Stores) -> Html:
    listing = Listing.read("points_people", PEOPLE_COLUMNS)
    found = holders(stores, listing.before, ASKED_MAX, _asked(stores, listing.words))
    shown = listing.cut(found, lambda person: person)
    with stores.ledger.read() as conn:
        has = balances(conn, stores.clock.now(), list(shown.rows))
    return view.render(
        "membership/points_people.html",
        fragment="list",
        listing=shown,
        has=has,
        names=names_seen(stores, set(shown.rows)),
    )


def _asked(stores: Stores, words: str) -> list[int] | None:
    """The persons whom the words mean; None where nothing is looked for."""
    if not words:
        return None
    search = Search(text=words, in_names=names_may_be_asked(words))
    return [row.person for row in queries.people_page(stores, search, None, queries.PAGE_MAX).rows]


@page("/points/people/{person:int}", "points.read")
def one(view: View, stores: Stores, person: Id, at: str = "") -> Html:
    form = Form.showing(mark=uuid.uuid4().hex, act="earn")
    return _one(view, stores, person, form, at)


def _one(view: View, stores: Stores, person: int, form: Form, at: str = "") -> Html:
    listing = Listing.read("points_lines", LINE_COLUMNS, views=False)
    told = statement(stores, person, listing.before, ASKED_MAX)
    if told.person != person:
        return view.redirect(f"/points/people/{told.person}")
    asked, then = Form.showing(at=at), None
    with asked.errors_kept():
        moment = asked.moment("at")
        if asked.ok and moment is not None:
            then = had(stores, person, moment)
    show = view.render if form.ok else view.invalid
    more: dict[str, Any] = {"fragment": "list"} if form.ok else {}
    return show(
        "membership/points_person.html",
        person=person,
        name=names_seen(stores, [person]).get(person, ""),
        balance=told.balance,
        listing=listing.cut(told.lines, lambda line: line.id),
        undone=_undone(told.lines[:ROWS_MAX]),
        form=form,
        asked=asked,
        then=then,
        kinds=in_words(KINDS),
        badges=BADGES,
        accounts=in_words(ACCOUNTS),
        points_max=by_hand.POINTS_MAX,
        **more,
    )


def _undone(lines: Any) -> set[int]:
    """Postings that may be undone and were not."""
    against = {line.of for line in lines if line.kind in ("taken_back", "given_back", "released", "captured")}
    may_be = may("points.give")
    return {line.id for line in lines if may_be and line.kind in by_hand.UNDONE_BY and line.id not in against}


@submit("/points/people/{person:int}/hand", "points.give", audits="points_posted", about="person:{person}")
def hand(view: View, stores: Stores, actor: Actor, form: Form, person: Id) -> Html:
    act = form.choice("act", ["earn", "spend"])
    points = form.whole("points", low=1, high=by_hand.POINTS_MAX)
    why = form.text("why", required=True, characters_max=by_hand.WHY_CHARACTERS_MAX)
    mark = form.text("mark", required=True, characters_max=64)
    with form.errors_kept():
        if form.ok:
            key = f"console:{mark}"
            done = by_hand.do(
                stores, actor.tag, "earn" if act == "earn" else "spend", key, why, person=person, points=points
            )
            note(act=act, points=points, why=why, posting=done.posting)
            said = ("已发放", "Given") if act == "earn" else ("已扣减", "Taken")
            return view.redirect(f"/points/people/{person}", toast=said, undo=f"/points/postings/{done.posting}/undo")
    return _one(view, stores, person, form)


@submit("/points/postings/{posting:int}/undo", "points.give", audits="points_undone", about="posting:{posting}")
def undo(view: View, stores: Stores, actor: Actor, posting: Id) -> Html:
    by_hand.undo(stores, actor.tag, posting)
    return view.done(toast=("已撤销：另记了一笔相反的", "Undone by a posting against it"), back="/points/people")


# --- for the accountant


@page("/points/liability", "points.read")
def liability(view: View, stores: Stores, first: str = "", last: str = "") -> Html:
    form, told = _period(stores, first, last)
    show = view.render if form.ok else view.invalid
    return show("membership/points_liability.html", form=form, told=told, columns=_columns(), query=_query(first, last))


@page("/points/liability.xlsx", "points.read")
def liability_as_excel(stores: Stores, first: str = "", last: str = "") -> Response[bytes]:
    told = _sound(stores, first, last)
    return downloads.excel(t("积分负债", "Liability of points"), _heads(), _rows(told))


@page("/points/liability.csv", "points.read")
def liability_as_csv(stores: Stores, first: str = "", last: str = "") -> Response[bytes]:
    told = _sound(stores, first, last)
    zone = current().timezone
    lines = [",".join(_heads())]
    for row in _rows(told):
        cells = [f"{cell.astimezone(zone):%Y-%m-%d}" if isinstance(cell, datetime) else str(cell) for cell in row]
        lines.append(",".join(cells))
    return Response(
        ("\ufeff" + "\r\n".join(lines) + "\r\n").encode(),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="points-liability.csv"', "cache-control": "no-store"},
    )


def _period(stores: Stores, first: str, last: str) -> tuple[Form, command.LiabilityAnswer | None]:
    form = Form.showing(first=first, last=last)
    with form.errors_kept():
        return form, command.liability_told(stores, _day(first, "first"), _day(last, "last"))
    return form, None


def _sound(stores: Stores, first: str, last: str) -> command.LiabilityAnswer:
    return command.liability_told(stores, _day(first, "first"), _day(last, "last"))


def _day(text: str, field: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput("not_a_day", "日期应写成 2026-01-31。", "A day is written 2026-01-31.", field=field) from None


def _query(first: str, last: str) -> str:
    given = [f"{name}={value}" for name, value in (("first", first), ("last", last)) if value]
    return f"?{'&'.join(given)}" if given else ""


def _columns() -> list[tuple[str, str]]:
    return [(key, t(zh, en)) for key, zh, en in REPORT[2:]]


def _heads() -> list[str]:
    return [*(t(zh, en) for _, zh, en in REPORT), t("期末价值（元）", "Closing in yuan")]


def _rows(told: command.LiabilityAnswer) -> list[list[Any]]:
    return [
        [*(getattr(span, key) for key, _, _ in REPORT), span.worth_cents / 100] for span in (*told.months, told.whole)
    ]


ROUTES = [overview, people, one, hand, undo, liability, liability_as_excel, liability_as_csv]
