"""Acquire → live codes (活码): one address for ever, who stands behind it, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import anyio.to_thread
from litestar import Request

from siyu.growth.codes import command, figures, hours, keeping, reading, tasks
from siyu.growth.codes.keeping import CodeDraft, TargetDraft
from siyu.growth.codes.model import (
    KINDS,
    MODES,
    NAME_CHARACTERS_MAX,
    STAGES,
    TARGETS_MAX,
    WELCOME_CHARACTERS_MAX,
    Target,
)
from siyu.growth.codes.reading import LiveCode
from siyu.growth.period import DAYS, today
from siyu.growth.ways import ways
from siyu.growth.ways.ways import Wanted
from siyu.people import tags
from siyu.staff.model import Actor
from siyu.staff.queries import members
from siyu.storage import BadInput, SiyuError, Stores
from siyu.web import known, menu
from siyu.web.charts import bars
from siyu.web.console.media import BYTES_MAX, UPLOADS, take
from siyu.web.current import current, in_words, note, t
from siyu.web.forms import Form
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id, whole
from siyu.web.routes import page, submit
from siyu.web.uploads import receive
from siyu.web.view import Html, View

menu.page("acquire", "/codes", "活码", "Live codes", permission="code.read", order=5)

DAYS_OFFERED = (7, 30, 90)
GROUP_PICTURE_LASTS = timedelta(days=7)
COLUMNS = (
    Column("name", "名称", "Name"),
    Column("kind", "种类", "Kind", narrow=False),
    Column("stage", "状态", "State"),
    Column("scans", "扫码", "Scans", numeric=True),
    Column("placed", "分配", "Placed", numeric=True),
    Column("lost", "流失", "Lost", numeric=True, narrow=False),
    Column("mode", "切换方式", "Mode", narrow=False),
    Column("created", "创建", "Made", narrow=False, shown=False),
)
TOASTS: Mapping[str, tuple[str, str]] = {
    "live": ("已启用：同一个地址和码，随时可换后面的人", "In use: address and code stay, whoever stands behind them"),
    "paused": ("已暂停", "Resting"),
    "ended": ("已结束，数据保留", "Ended; its figures stay"),
}

AnyRequest = Request[Any, Any, Any]


@page("/codes", "code.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("codes", COLUMNS, filters=("stage",))
    stage = listing.filters["stage"] if listing.filters["stage"] in STAGES else ""
    found = reading.list_codes(stores, listing.words, stage, listing.before, ASKED_MAX)
    listing = listing.cut(found, lambda code: code.id, total=reading.count_codes(stores, listing.words, stage))
    return view.render(
        "acquire/codes.html",
        fragment="list",
        listing=listing,
        counts=figures.counts_of(stores, [code.id for code in listing.rows]),
        days=DAYS,
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {
        "kinds": in_words(KINDS),
        "modes": in_words(MODES),
        "stages": in_words(STAGES),
        "whys": in_words(command.WHY),
        "alert_words": in_words(command.ALERTS),
    }


# -- writing one --------------------------------------------------------------------------------------------


def _form_page(view: View, stores: Stores, form: Form, code: LiveCode | None = None) -> Html:
    show = view.render if form.ok else view.invalid
    owners = [(each.id, each.name) for each in members(stores) if each.disabled is None]
    return show(
        "acquire/code_form.html",
        form=form,
        code=code,
        owners=owners,
        characters=(NAME_CHARACTERS_MAX, WELCOME_CHARACTERS_MAX),
        **_words(),
    )


def _read(form: Form, code: LiveCode | None = None) -> CodeDraft:
    kind = code.kind if code is not None else form.choice("kind", tuple(KINDS), default="staff")
    return CodeDraft(
        name=form.text("name", required=True, characters_max=NAME_CHARACTERS_MAX),
        kind=kind,  # pyright: ignore[reportArgumentType]
        mode=form.choice("mode", tuple(MODES), default="turn"),  # pyright: ignore[reportArgumentType]
        slug=form.text("slug", characters_max=40),
        owner=whole(form.get("owner")),
        welcome=form.text("welcome", characters_max=WELCOME_CHARACTERS_MAX, lines=True),
        starts=form.moment("starts"),
        ends=form.moment("ends"),
    )


@page("/codes/new", "code.write")
def new(view: View, stores: Stores, actor: Actor) -> Html:
    return _form_page(view, stores, Form.showing(kind="staff", mode="turn", owner=actor.id))


@submit("/codes/new", "code.write", audits="scan_code_added")
def add(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    with form.errors_kept():
        draft = _read(form)
        if form.ok:
            made = keeping.add_code(stores, actor.tag, draft)
            note(f"scan_code:{made.id}", name=made.name)
            return view.redirect(f"/codes/{made.id}/targets", toast=("已存为草稿，接着选承接对象", "Kept as a draft"))
    return _form_page(view, stores, form)


@page("/codes/{code:int}/edit", "code.write")
def edit(view: View, stores: Stores, code: Id) -> Html:
    found = reading.get_code(stores, code)
    shown = Form.showing(
        name=found.name,
        mode=found.mode,
        owner=found.owner,
        welcome=found.welcome,
        starts=found.starts,
        ends=found.ends,
    )
    return _form_page(view, stores, shown, found)


@submit("/codes/{code:int}/edit", "code.write", audits="scan_code_changed", about="scan_code:{code}")
def change(view: View, stores: Stores, form: Form, code: Id) -> Html:
    found = reading.get_code(stores, code)
    with form.errors_kept():
        draft = _read(form, found)
        if form.ok:
            keeping.change_code(stores, code, draft)
            return view.redirect(f"/codes/{code}", toast=("已保存", "Saved"))
    return _form_page(view, stores, form, found)


# -- its targets --------------------------------------------------------------------------------------------


def _targets_page(view: View, stores: Stores, code: int, form: Form) -> Html:
    found = reading.get_code(stores, code)
    companies = known.companies(stores)
    kind = "contact" if found.kind == "staff" else "join"
    show = view.render if form.ok else view.invalid
    return show(
        "acquire/code_targets.html",
        form=form,
        code=found,
        accounts=companies,
        choices=known.members(stores, companies) if kind == "contact" else known.groups(stores, companies),
        ways=[each for each in ways.list_ways(stores, Wanted(kind=kind, rows_max=known.CODES_MAX)) if each.qr],
        lasts=stores.clock.now() + GROUP_PICTURE_LASTS,
        most=TARGETS_MAX,
        **_words(),
    )


@page("/codes/{code:int}/targets", "code.write")
def targets(view: View, stores: Stores, code: Id) -> Html:
    return _targets_page(view, stores, code, Form())


@submit("/codes/{code:int}/targets", "code.write", audits="scan_code_targets", about="scan_code:{code}")
def add_targets(view: View, stores: Stores, form: Form, code: Id) -> Html:
    with form.errors_kept():
        drafts = [*_of_ways(stores, form), *_of_links(form)]
        if not drafts:
            raise BadInput("required", "请选渠道码，或填链接。", "Choose codes at WeCom, or give links.", field="links")
        keeping.add_targets(stores, code, drafts)
        return view.redirect(f"/codes/{code}", toast=("已添加", "Added"))
    return _targets_page(view, stores, code, form)


def _of_ways(stores: Stores, form: Form) -> list[TargetDraft]:
    numbers = [number for text in form.all("ways") if (number := whole(text)) is not None]
    return [TargetDraft(name=ways.get_way(stores, number).name, way=number) for number in numbers]


def _of_links(form: Form) -> list[TargetDraft]:
    """A line each: a name, a blank, a link."""
    found: list[TargetDraft] = []
    for line in form.get("links").splitlines():
        name, _, link = line.strip().rpartition(" ")
        if line.strip():
            found.append(TargetDraft(name=name.strip()[:NAME_CHARACTERS_MAX], link=link))
    return found


@submit("/codes/{code:int}/ways", "code.write", audits="scan_code_targets", about="scan_code:{code}")
def make_ways(view: View, stores: Stores, actor: Actor, form: Form, code: Id) -> Html:
    with form.errors_kept():
        account = form.whole("account", low=1)
        if form.ok:
            tasks.make_ways(stores, actor.tag, code, account, form.words("ids"))
            return view.redirect(f"/codes/{code}", toast=("正在企业微信创建，可以离开本页", "Being made at WeCom"))
    return _targets_page(view, stores, code, form)


@submit(
    "/codes/{code:int}/picture",
    "code.write",
    audits="scan_code_targets",
    about="scan_code:{code}",
    request_max_body_size=None,
)
async def add_picture(request: AnyRequest, view: View, stores: Stores, actor: Actor, code: Id) -> Html:
    """A code that the operator has as a picture, which usually ends after some days."""
    form = Form()
    try:
        received = await receive(request, stores.home / UPLOADS, bytes_max=BYTES_MAX)
        form = Form({name: [value] for name, value in received.fields.items()})
        sha256 = await anyio.to_thread.run_sync(take, stores, actor, received.path, received.name)
        await anyio.to_thread.run_sync(_put_picture, stores, code, form, sha256)
    except SiyuError as error:
        if error.status >= 500:
            raise
        form.fail(error)
        return await anyio.to_thread.run_sync(_targets_page, view, stores, code, form)
    return view.redirect(f"/codes/{code}", toast=("已添加", "Added"))


def _put_picture(stores: Stores, code: int, form: Form, sha256: str) -> None:
    """A new target; of one that is named, its next picture."""
    ends, target = form.moment("ends"), whole(form.get("target"))
    for error in form.errors.values():
        raise error
    if target is None:
        name = form.text("name", characters_max=NAME_CHARACTERS_MAX)
        keeping.add_targets(stores, code, [TargetDraft(name=name, picture=sha256, ends=ends)])
    else:
        given = {"picture": sha256, "way": None, "link": "", "ends": ends, "off": False}
        keeping.change_target(stores, code, command.changed_target(stores, code, target, given))


# -- one target ---------------------------------------------------------------------------------------------


def _target_page(view: View, stores: Stores, code: int, target: int, form: Form) -> Html:
    found, its = reading.get_code(stores, code), reading.get_target(stores, code, target)
    with stores.ledger.read() as conn:
        others = reading.targets_of(conn, [code]).get(code, {}).values()
        all_tags = tags.all_tags(conn)
    show = view.render if form.ok else view.invalid
    return show(
        "acquire/code_target.html",
        form=form,
        code=found,
        target=its,
        followers=[("", t("没有", "Nobody")), *((each.id, each.name) for each in others if each.id != target)],
        tags=[("", t("不打", "None")), *((each.id, f"{each.group_name}：{each.name}") for each in all_tags)],
        lasts=stores.clock.now() + GROUP_PICTURE_LASTS,
        **_words(),
    )


def _shown(target: Target) -> Form:
    return Form.showing(
        name=target.name,
        link=target.link,
        tag=target.tag,
        weight=target.weight,
        day_cap=target.day_cap,
        seats=target.seats,
        regions="、".join(target.regions),
        hours=hours.write(target.hours),
        starts=target.starts,
        ends=target.ends,
        backup=target.backup,
        off=target.off,
        follower=target.follower,
    )


@page("/codes/{code:int}/targets/{target:int}", "code.write")
def edit_target(view: View, stores: Stores, code: Id, target: Id) -> Html:
    return _target_page(view, stores, code, target, _shown(reading.get_target(stores, code, target)))


@submit("/codes/{code:int}/targets/{target:int}", "code.write", audits="scan_code_targets", about="scan_code:{code}")
def change_target(view: View, stores: Stores, form: Form, code: Id, target: Id) -> Html:
    its = reading.get_target(stores, code, target)
    with form.errors_kept():
        given: dict[str, Any] = {
            "name": form.text("name", required=True, characters_max=NAME_CHARACTERS_MAX),
            "link": form.text("link", characters_max=2_000) if its.link else its.link,
            "tag": whole(form.get("tag")),
            "weight": form.whole("weight", low=1),
            "day_cap": form.whole("day_cap", required=False) or None,
            "seats": form.whole("seats", required=False) or None,
            "regions": form.words("regions"),
            "hours": form.get("hours").splitlines(),
            "starts": form.moment("starts"),
            "ends": form.moment("ends"),
            "backup": form.flag("backup"),
            "off": form.flag("off"),
            "follower": whole(form.get("follower")),
        }
        if form.ok:
            keeping.change_target(stores, code, command.changed_target(stores, code, target, given))
            return view.redirect(f"/codes/{code}", toast=("已保存", "Saved"))
    return _target_page(view, stores, code, target, form)


# -- one code -----------------------------------------------------------------------------------------------


@page("/codes/{code:int}", "code.read")
def one(view: View, stores: Stores, code: Id, days: str = "") -> Html:
    told = command.told(stores, code)
    span = next((each for each in DAYS_OFFERED if str(each) == days), DAYS)
    last = today(stores)
    shown = command.figures_told(stores, code, last - timedelta(days=span - 1), last)
    by_day = {each.day: each for each in shown.days}
    every = [last - timedelta(days=number) for number in reversed(range(span))]
    call = current()
    address = f"{'https' if call.secure else 'http'}://{call.host}{told.path}"
    return view.render(
        "acquire/code.html",
        code=told,
        figures=shown,
        by_target={each.target: each for each in shown.targets},
        span=span,
        offered=DAYS_OFFERED,
        address=address,
        picture="/pictures/file?" + f"link={quote(address, safe='')}&format=svg&shown=true",
        print="/pictures?" + f"link={quote(address, safe='')}&sheet=counter&caption={quote(told.name)}",
        owner=next((each.name for each in members(stores) if each.id == told.owner), ""),
        job=tasks.latest(stores, code),
        chart=bars(
            "code-days",
            t("每天：新分配与流失", "A day: placed, and lost"),
            [f"{day:%m-%d}" for day in every],
            [
                (t("新分配", "Placed"), [by_day[day].placed if day in by_day else 0 for day in every]),
                (t("流失", "Lost"), [by_day[day].lost if day in by_day else 0 for day in every]),
            ],
            head=t("日期", "Day"),
            stacked=True,
        ),
        **_words(),
    )


def _acted(view: View, code: LiveCode) -> Html:
    return view.redirect(f"/codes/{code.id}", toast=TOASTS[code.stage])


@submit("/codes/{code:int}/use", "code.write", audits="scan_code_used", about="scan_code:{code}")
def use(view: View, stores: Stores, code: Id) -> Html:
    return _acted(view, keeping.put_to_use(stores, code))


@submit("/codes/{code:int}/pause", "code.write", audits="scan_code_paused", about="scan_code:{code}")
def pause(view: View, stores: Stores, code: Id) -> Html:
    return _acted(view, keeping.pause(stores, code))


@submit("/codes/{code:int}/end", "code.write", audits="scan_code_ended", about="scan_code:{code}")
def end(view: View, stores: Stores, code: Id) -> Html:
    return _acted(view, keeping.end(stores, code))


ROUTES = [
    *(list_all, new, add, edit, change, one, use, pause, end),
    *(targets, add_targets, make_ways, add_picture, edit_target, change_target),
]
