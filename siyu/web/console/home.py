"""The home page: what needs somebody today, the core figures, sales and activity, what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from siyu.channels.registry import Channels
from siyu.insight.figures import figure_named
from siyu.insight.freshness import Answers
from siyu.insight.home import LATER, HomeAnswer, LaterAnswer, home, later
from siyu.insight.just_now import just_now
from siyu.insight.period import day_of
from siyu.insight.today import Happening, Todo, happenings, todos
from siyu.people import event_names
from siyu.reach.staff_tasks import holders, queries
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import charts, menu
from siyu.web.beginning import next_step, steps_of
from siyu.web.charts import Chart
from siyu.web.current import current, may, t
from siyu.web.insight_words import name_of, plain, spark, worded
from siyu.web.routes import SIGNED_IN, page
from siyu.web.scope import Scope, read_scope
from siyu.web.seeing import names_seen, seen
from siyu.web.view import Html, View

menu.page("home", "/home", "首页", "Home", order=0, letter="h")

ANSWERS = Answers()
"""Kept answers of this process: what is shown twice is computed once."""


@page("/home", SIGNED_IN)
def home_page(view: View, stores: Stores, channels: Channels, actor: Actor) -> Html:
    tasks = _tasks(stores, actor)
    if not may("report.read"):
        return view.render("insight/home_plain.html", todos=tasks)
    scope = read_scope(stores)
    key = f"{stores.home} home {scope.period}"
    answer = ANSWERS.get(stores, key, lambda: home(stores, scope.period))
    empty = answer.freshness.newest is None
    kept = not empty and ANSWERS.knows(_later_key(stores, scope))
    return view.render(
        "insight/home.html",
        scope=scope,
        answer=answer,
        empty=empty,
        slow=_later(stores, scope).cards if kept else None,
        charts=[] if empty else _charts(answer, scope),
        todos=[*tasks, *_begin(stores, channels), *(line for line in map(_todo, todos(stores)) if line is not None)],
        happened=[line for line in map(_happening, happenings(stores)) if line is not None],
        awaited=[t(figure.zh, figure.en) for figure in map(figure_named, LATER)],
        moments=[] if empty else _moments(stores),
        worded=worded,
        name_of=name_of,
        spark=spark,
    )


@page("/home/now", "people.read")
def home_now(view: View, stores: Stores) -> Html:
    """What people are doing at this moment; asked for again and again."""
    return view.render("insight/home_now.html", moments=_moments(stores))


@page("/home/later", "report.read")
def home_later(view: View, stores: Stores) -> Html:
    """The cards that the page did not wait for."""
    scope = read_scope(stores)
    cards = _later(stores, scope).cards
    return view.render("insight/home_later.html", scope=scope, cards=cards, worded=worded, name_of=name_of, spark=spark)


def _moments(stores: Stores) -> list[dict[str, object]]:
    if not may("people.read"):
        return []
    found = just_now(stores)
    names = names_seen(stores, {each.person for each in found})
    return [
        {
            "icon": event_names.named(each.name).icon,
            "what": event_names.label(each.name, current().language),
            "who": names.get(each.person) or t(f"客户 {each.person}", f"Person {each.person}"),
            "person": each.person,
            "others": each.people - 1,
            "worth": each.worth,
            "detail": seen(each.detail),
            "at": each.at,
        }
        for each in found
    ]


def _later_key(stores: Stores, scope: Scope) -> str:
    return f"{stores.home} later {scope.period}"


def _later(stores: Stores, scope: Scope) -> LaterAnswer:
    return ANSWERS.get(stores, _later_key(stores, scope), lambda: later(stores, scope.period))


def _charts(answer: HomeAnswer, scope: Scope) -> list[Chart]:
    figures = {each.name: each for each in (*answer.cards, *answer.lines)}
    starts = [point.start for point in figures["gross_sales"].series or ()]
    days = [f"{day:%m-%d}" if answer.unit != "month" else f"{day:%Y-%m}" for day in starts]
    links = [
        scope.link("/insight/trace", report="core", cell="gross_sales", by=answer.unit) + f"%3D{day.isoformat()}"
        for day in starts
    ]
    head = {"day": t("日", "Day"), "week": t("周（始于）", "Week of"), "month": t("月", "Month")}[answer.unit]

    def line(name: str) -> tuple[str, list[float | None]]:
        figure = figures[name]
        return name_of(figure), [plain(point.value) for point in figure.series or ()]

    today = scope.period.last == day_of(current().stores.clock.now(), scope.zone)
    note = t("最后一点含今天，今天还没过完。", "The last point holds today, which is not over.") if today else ""
    drawn = [
        charts.line(
            "sales",
            t("销售", "Sales"),
            days,
            [line("gross_sales"), line("returns")],
            head=head,
            format="money",
            links=links,
            height=260,
        ),
        charts.line(
            "activity",
            t("活跃与新客", "Active and new people"),
            days,
            [line("active"), line("buyers"), line("people_new")],
            head=head,
            height=260,
        ),
    ]
    return [replace(chart, note=note) for chart in drawn]


Line = tuple[str, str, str, str]
"""Kind (good, info, warn, bad), icon, words, address."""


class _Said(NamedTuple):
    """How a todo is said. Words and address are filled in with its fields; who lacks the permission is not told."""

    permission: str
    kind: str
    icon: str
    zh: str
    en: str
    url: str


def _of_broadcast(kind: str, zh: str, en: str) -> _Said:
    return _Said(
        "broadcast.read", kind, "send", f"群发{{quoted}}{zh}", f"Broadcast {{name}}: {en}", "/broadcasts/{number}"
    )


_TODOS: Mapping[str, _Said] = {
    "conflicts": _Said(
        "people.merge",
        "warn",
        "git-merge",
        "{count} 对客户可能是同一人，等您裁决",
        "{count} pairs of people to settle",
        "/conflicts",
    ),
    "lost_friends": _Said(
        "watch.write",
        "bad",
        "user-minus",
        "{count} 条流失提醒，请看看",
        "{count} alerts for lost friends to look at",
        "/lost-friends?seen=no",
    ),
    "codes_running_out": _Said(
        "code.read",
        "warn",
        "qrcode",
        "{count} 个活码有承接对象快到期或快满",
        "{count} live codes have a target that ends or fills up soon",
        "/codes?stage=live",
    ),
    "hook_stopped": _Said(
        "hooks.write",
        "bad",
        "webhook",
        "事件推送{quoted}已停止：接收方一直失败",
        "Event webhook {name} is stopped: its receiver fails",
        "/settings/hooks/{number}",
    ),
    "failed_jobs": _Said(
        "jobs.read",
        "bad",
        "alert-circle",
        "24 小时内有 {count} 个后台任务失败",
        "{count} background tasks failed in 24 hours",
        "/jobs?state=failed",
    ),
    "projection": _Said(
        "jobs.read",
        "warn",
        "clock",
        "{count:,} 位客户的资料还没同步到分析库",
        "{count:,} people's changes have not reached insight",
        "/settings/health",
    ),
    "import_running": _Said(
        "import", "info", "file-import", "正在导入{quoted}{part}", "Importing {name}{part}", "/imports/{number}"
    ),
    "import_ready": _Said(
        "import", "info", "file-import", "导入{quoted}等待开始", "Import {name} waits to start", "/imports/{number}"
    ),
    "broadcast_scheduled": _of_broadcast("info", "已排期", "scheduled"),
    "broadcast_intending": _of_broadcast("info", "正在准备", "being prepared"),
    "broadcast_sending": _of_broadcast("info", "正在发送", "being sent"),
    "broadcast_paused": _of_broadcast("warn", "已暂停", "paused"),
}


def _begin(stores: Stores, channels: Channels) -> list[Line]:
    """The next step of a new shop, until its first broadcast is out."""
    steps = steps_of(stores, channels)
    step = next_step(steps)
    if step is None or step.name == "data" or "broadcast" not in {each.name for each in steps if not each.done}:
        return []
    at, of = steps.index(step) + 1, len(steps)
    return [("info", "flag", t(f"下一步（{at}/{of}）：{step.title}", f"Next ({at} of {of}): {step.title}"), "/welcome")]


def _tasks(stores: Stores, actor: Actor) -> list[Line]:
    """What waits for the reader on the task board; late ones first."""
    if not may("tasks.read"):
        return []
    now, here = stores.clock.now(), "/tasks?who="
    with stores.ledger.read() as conn:
        names = holders.names_of_member(conn, actor.id) if actor.kind == "staff" and actor.id else ()
        mine = queries.waiting_for(conn, names, now)
        late = queries.late_of_all(conn, now) if may(holders.MANAGE) else 0
    lines = (
        (mine.late, "bad", "我有 {n:,} 个任务已超时", "{n:,} tasks of mine are late", "mine&state=late"),
        (mine.told, "bad", "{n:,} 个超时任务上报给了我", "{n:,} late tasks were passed up to me", "told"),
        (late, "warn", "团队有 {n:,} 个任务已超时", "{n:,} tasks of the team are late", "all&state=late"),
        (mine.undone - mine.late, "info", "我有 {n:,} 个任务待处理", "{n:,} tasks of mine are to do", "mine"),
        (mine.pool, "info", "任务池里有 {n:,} 个任务可以领取", "{n:,} tasks of the pool are for anybody", "pool"),
    )
    return [(kind, "clipboard", t(zh, en).format(n=n), here + who) for n, kind, zh, en, who in lines if n > 0]


def _todo(todo: Todo) -> Line | None:
    said = _TODOS[todo.kind]
    if not may(said.permission):
        return None
    given: dict[str, Any] = {
        "count": todo.count,
        "number": todo.number,
        "name": todo.name,
        "quoted": f"「{todo.name}」" if todo.name else "",
        "part": f" {todo.done / todo.all:.0%}" if todo.all else "",
    }
    return said.kind, said.icon, t(said.zh, said.en).format(**given), said.url.format(**given)


def _happening(happening: Happening) -> dict[str, object] | None:
    words: dict[str, tuple[str, str, str, str]] = {
        "import": (
            "import",
            "file-import",
            t(
                f"导入「{happening.name}」{_state(happening.state)}",
                f"Import of {happening.name} {_state(happening.state)}",
            ),
            f"/imports/{happening.number}",
        ),
        "broadcast": (
            "broadcast.read",
            "send",
            t(
                f"群发「{happening.name}」{_state(happening.state)}",
                f"Broadcast {happening.name} {_state(happening.state)}",
            ),
            f"/broadcasts/{happening.number}",
        ),
        "merges": (
            "people.read",
            "git-merge",
            t(f"身份合并，累计 {happening.count:,} 次", f"Identities merged, {happening.count:,} in all"),
            f"/people/{happening.number}",
        ),
    }
    needed, icon, text, url = words[happening.kind]
    return {"at": happening.at, "icon": icon, "words": text, "url": url} if may(needed) else None


def _state(state: str) -> str:
    known = {
        "ready": ("待核对", "waits to be checked"),
        "checking": ("核对中", "is being checked"),
        "checked": ("待导入", "waits to start"),
        "running": ("进行中", "is running"),
        "done": ("已完成", "is done"),
        "failed": ("失败", "failed"),
        "cancelled": ("已取消", "was cancelled"),
        "scheduled": ("已排期", "is scheduled"),
        "intending": ("准备中", "is being prepared"),
        "sending": ("发送中", "is being sent"),
        "paused": ("已暂停", "is paused"),
    }
    return t(*known[state]) if state in known else state


ROUTES = [home_page, home_now, home_later]
