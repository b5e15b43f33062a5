"""Acquire → codes at WeCom: contact codes (渠道码) and group codes (入群码), and what each brought."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from siyu.channels.registry import Channels, exchange_of
from siyu.channels.wecom.codes import KINDS, Way
from siyu.growth.period import DAYS, today
from siyu.growth.ways import command, figures, ways
from siyu.growth.ways.model import NAME_CHARACTERS_MAX, STAGES, KeptWay, WayDraft
from siyu.growth.ways.ways import Wanted
from siyu.people import tags
from siyu.reach.welcomes import all_welcomes
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import known, menu
from siyu.web.charts import bars
from siyu.web.current import in_words, note, t
from siyu.web.forms import Form
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id, whole
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("acquire", "/ways", "渠道码", "Codes at WeCom", permission="code.read", order=10)

DAYS_OFFERED = (7, 30, 90)
COLUMNS = (
    Column("name", "名称", "Name"),
    Column("kind", "种类", "Kind", narrow=False),
    Column("stage", "状态", "State"),
    Column("added", "新增", "Added", numeric=True),
    Column("left", "流失", "Left", numeric=True, narrow=False),
    Column("stayed", "留存", "Still there", numeric=True),
    Column("expires", "到期", "Expires", narrow=False),
    Column("account", "账号", "Account", narrow=False, shown=False),
    Column("created", "创建", "Made", narrow=False, shown=False),
)
TOASTS: dict[str, tuple[str, str]] = {
    "live": ("已生效", "It is live"),
    "removed": ("已删除，扫码不再有效", "Removed: scanning it leads nowhere"),
    "refused": ("企业微信没有接受，原因见页面", "WeCom refused it; the page says why"),
}
WAITING = ("没有得到企业微信应答，正在核实", "WeCom did not answer; it is being looked up")


@page("/ways", "code.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("ways", COLUMNS, filters=("kind", "account", "removed"))
    given = listing.filters
    wanted = Wanted(
        words=listing.words,
        kind=given["kind"] if given["kind"] in KINDS else "",
        account=whole(given["account"]),
        removed=given["removed"] == "1",
        before=listing.before,
        rows_max=ASKED_MAX,
    )
    found = ways.list_ways(stores, wanted)
    listing = listing.cut(found, lambda code: code.id, total=ways.count_ways(stores, wanted))
    return view.render(
        "acquire/ways.html",
        fragment="list",
        listing=listing,
        counts=figures.counts_of(stores, listing.rows),
        accounts=known.companies(stores),
        days=DAYS,
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {"kinds": in_words(KINDS), "stages": in_words(STAGES)}


# -- writing one --------------------------------------------------------------------------------------------


def _form_page(view: View, stores: Stores, form: Form, kind: str, code: KeptWay | None = None) -> Html:
    show = view.render if form.ok else view.invalid
    named = [rule for rule in all_welcomes(stores) if rule.draft.channels]
    own = known.companies(stores)
    its = {number: name for number, name in own.items() if code is None or code.account == number}
    with stores.ledger.read() as conn:
        known_tags = tags.all_tags(conn)
    return show(
        "acquire/way_form.html",
        form=form,
        kind=kind,
        code=code,
        accounts=own,
        tags=known_tags,
        welcomes=[("", t("不指定", "None of its own")), *((rule.id, rule.draft.name) for rule in named)],
        members_known=known.members(stores, its) if kind == "contact" else [],
        departments_known=known.departments(stores, its) if kind == "contact" else [],
        groups_known=known.groups(stores, its) if kind == "join" else [],
        **_words(),
    )


def _read(form: Form, stores: Stores, kind: str, account: int, state: str) -> WayDraft:
    way = Way(remark=form.text("remark"))
    if kind == "join":
        way = Way(
            remark=way.remark,
            groups=tuple(form.words("groups")),
            auto_create=form.flag("auto_create"),
            room_name=form.text("room_name"),
            room_number=form.whole("room_number", low=1, high=999_999, required=False),
        )
    else:
        way = Way(
            remark=way.remark,
            users=tuple(form.words("users")),
            departments=tuple(known.departments_in(form)),
            skip_verify=form.flag("skip_verify"),
        )
    return WayDraft(
        name=form.text("name", required=True, characters_max=NAME_CHARACTERS_MAX),
        account=account,
        kind="join" if kind == "join" else "contact",
        state=state,
        way=way,
        tags=tuple(number for text in form.all("tags") if (number := whole(text)) is not None),
        expires=form.moment("expires"),
        welcome=whole(form.get("welcome")) if kind == "contact" else None,
    )


def _shown(draft: WayDraft) -> Form:
    way = draft.way
    return Form.showing(
        name=draft.name,
        account=draft.account,
        state=draft.state,
        remark=way.remark,
        users=", ".join(way.users),
        departments=", ".join(str(each) for each in way.departments),
        skip_verify=way.skip_verify,
        groups=", ".join(way.groups),
        auto_create=way.auto_create,
        room_name=way.room_name,
        room_number=way.room_number,
        tags=list(draft.tags),
        expires=draft.expires,
        welcome=draft.welcome,
    )


@page("/ways/new", "code.write")
def new(view: View, stores: Stores, kind: str = "contact") -> Html:
    first = next(iter(known.companies(stores)), 0)
    draft = WayDraft("", first)
    return _form_page(view, stores, _shown(draft), "join" if kind == "join" else "contact")


@submit("/ways/new", "code.write", audits="way_added")
def add(view: View, stores: Stores, channels: Channels, actor: Actor, form: Form) -> Html:
    kind = "join" if form.get("kind") == "join" else "contact"
    with form.errors_kept():
        draft = _read(form, stores, kind, form.whole("account", low=1), form.get("state"))
        if form.ok:
            made = ways.add_way(stores, exchange_of(channels), actor.tag, draft)
            note(f"way:{made.id}", name=made.name)
            return _led(view, made)
    return _form_page(view, stores, form, kind)


def _led(view: View, code: KeptWay) -> Html:
    problem = code.stage == "live" and code.problem is not None
    toast = TOASTS["refused"] if problem else TOASTS.get(code.stage, WAITING)
    return view.redirect(f"/ways/{code.id}", toast=toast)


@page("/ways/{way:int}/edit", "code.write")
def edit(view: View, stores: Stores, way: Id) -> Html:
    found = ways.get_way(stores, way)
    draft = command.draft_of(found, command.naming(all_welcomes(stores), found.state))
    return _form_page(view, stores, _shown(draft), found.kind, found)


@submit("/ways/{way:int}/edit", "code.write", audits="way_changed", about="way:{way}")
def change(view: View, stores: Stores, channels: Channels, actor: Actor, form: Form, way: Id) -> Html:
    found = ways.get_way(stores, way)
    with form.errors_kept():
        draft = _read(form, stores, found.kind, found.account, found.state)
        if draft.expires is not None and found.expires is not None and abs(draft.expires - found.expires).seconds < 60:
            draft = replace(draft, expires=found.expires)  # the form shows minutes
        if form.ok:
            return _led(view, ways.change_way(stores, exchange_of(channels), actor.tag, way, draft))
    return _form_page(view, stores, form, found.kind, found)


# -- one code -----------------------------------------------------------------------------------------------


@page("/ways/{way:int}", "code.read")
def one(view: View, stores: Stores, way: Id, days: str = "") -> Html:
    found = ways.get_way(stores, way)
    span = next((each for each in DAYS_OFFERED if str(each) == days), DAYS)
    last = today(stores)
    shown = figures.figures_of(stores, found, date.fromordinal(last.toordinal() - span + 1), last)
    with stores.ledger.read() as conn:
        names = {each.id: f"{each.group_name}：{each.name}" for each in tags.all_tags(conn, archived=True)}
    rules = {rule.id: rule.draft.name for rule in all_welcomes(stores)}
    return view.render(
        "acquire/way.html",
        code=found,
        told=command.told(stores, way),
        figures=shown,
        span=span,
        offered=DAYS_OFFERED,
        chart=bars(
            "way-days",
            t("每天新增：留存与流失", "Added a day: still there, and left"),
            [f"{day:%m-%d}" for day, _ in shown.days],
            [
                (t("留存", "Still there"), [count.stayed for _, count in shown.days]),
                (t("流失", "Left"), [count.left for _, count in shown.days]),
            ],
            head=t("日期", "Day"),
            stacked=True,
        ),
        account=known.companies(stores).get(found.account, found.account),
        tag_names=[names[each] for each in found.tags if each in names],
        welcome_names=rules,
        **_words(),
    )


@submit("/ways/{way:int}/again", "code.write", audits="way_tried_again", about="way:{way}")
def again(view: View, stores: Stores, channels: Channels, way: Id) -> Html:
    return _led(view, ways.try_again(stores, exchange_of(channels), way))


@submit("/ways/{way:int}/remove", "code.write", audits="way_removed", about="way:{way}")
def remove(view: View, stores: Stores, channels: Channels, way: Id) -> Html:
    return _led(view, ways.remove_way(stores, exchange_of(channels), way))


@submit("/ways/{way:int}/audience", "audience.write", audits="audience_created")
def audience(view: View, stores: Stores, actor: Actor, way: Id) -> Html:
    made = command.audience_told(stores, actor.tag, way)
    note(f"audience:{made.audience}")
    return view.redirect(f"/audiences/{made.audience}", toast=("已存为人群，会自动更新", "Kept as a live audience"))


ROUTES = [list_all, new, add, edit, change, one, again, remove, audience]
