"""Content → goods (商品): what is sold, kept in step with the shop; what staff write stays theirs."""

from __future__ import annotations

from typing import Any

import anyio.to_thread
from litestar import Request

from siyu.commerce.goods import cycles, files, keeping, sold
from siyu.commerce.goods.files import Report
from siyu.commerce.goods.model import (
    ADDRESS_CHARACTERS_MAX,
    CAME,
    CYCLE_DAYS_MAX,
    FIELDS,
    KEY_CHARACTERS_MAX,
    NAME_CHARACTERS_MAX,
    SUITS_CHARACTERS_MAX,
    Good,
)
from siyu.staff.model import Actor
from siyu.storage import SiyuError, Stores
from siyu.web import menu, verbs
from siyu.web.current import in_words, note
from siyu.web.forms import Form
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.uploads import receive
from siyu.web.view import Html, View

menu.page("content", "/goods", "商品", "Goods", permission="goods.read", order=60)
for _name, _zh, _en in (
    ("goods_told", "更新商品", "Goods told"),
    ("good_added", "新建商品", "Product added"),
    ("good_changed", "修改商品", "Product changed"),
    ("good_change_undone", "撤销商品修改", "Change of a product taken back"),
    ("good_given_back", "商品改回由数据更新", "Product given back to the shop's data"),
):
    verbs.action(_name, _zh, _en)
verbs.subject("good", "商品", "Product", "/goods/{}")
verbs.subject("goods", "商品", "Goods", "/goods")

COLUMNS = (
    Column("name", "商品", "Product"),
    Column("category", "类目", "Category", narrow=False),
    Column("cents", "价格", "Price", numeric=True),
    Column("sold", "近 30 天售出", "Sold in 30 days", numeric=True),
    Column("people", "购买人数", "Buyers", numeric=True, narrow=False),
    Column("cycle", "使用周期", "Lasts", numeric=True, narrow=False),
    Column("state", "状态", "State"),
    Column("came", "来自", "From", narrow=False, shown=False),
    Column("changed", "更新", "Changed", narrow=False, shown=False),
)
SALE = {"on": ("在售", "On sale"), "off": ("停售", "Not on sale")}
UPLOADS = "uploads"
AnyRequest = Request[Any, Any, Any]


@page("/goods", "goods.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("goods", COLUMNS, filters=("category", "sale", "came"))
    asked = {name: listing.filters[name] for name in ("category", "sale", "came")}
    found = keeping.list_goods(stores, listing.words, **asked, before=listing.before, rows_max=ASKED_MAX)
    listing = listing.cut(found, lambda good: good.id, total=keeping.count_goods(stores, listing.words, **asked))
    return view.render(
        "content/goods.html",
        fragment="list",
        listing=listing,
        sold=sold.sold_of(stores, [good.key for good in listing.rows]),
        categories=keeping.categories(stores),
        sale=in_words(SALE),
        came=in_words(CAME),
    )


@page("/goods/new", "goods.write")
def new(view: View) -> Html:
    return _form(view, Form.showing(on_sale="1"))


@submit("/goods/new", "goods.write", audits="good_added")
def add(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    key = form.text("key", required=True, characters_max=KEY_CHARACTERS_MAX)
    fields = _read(form)
    with form.errors_kept():
        if form.ok:
            made = keeping.add_good(stores, actor.tag, key, fields)
            note(f"good:{made.id}", name=made.title)
            return view.redirect(f"/goods/{made.id}", toast=("商品已建好", "It is in the catalogue"))
    return _form(view, form)


@page("/goods/{good:int}/edit", "goods.write")
def edit(view: View, stores: Stores, good: Id) -> Html:
    found = keeping.get_good(stores, good)
    shown: dict[str, object] = {name: getattr(found, name) for name in FIELDS}
    shown["price"] = "" if found.cents is None else f"{found.cents / 100:.2f}"
    shown |= {"cycle_days": found.cycle_days or "", "on_sale": "1" if found.on_sale else ""}
    return _form(view, Form.showing(**shown), found)


@submit("/goods/{good:int}/edit", "goods.write", audits="good_changed", about="good:{good}")
def change(view: View, stores: Stores, actor: Actor, form: Form, good: Id) -> Html:
    found = keeping.get_good(stores, good)
    fields = _read(form)
    with form.errors_kept():
        if form.ok:
            _, number = keeping.change_good(stores, actor.tag, good, fields)
            undo = "" if number is None else f"/goods/{good}/undo/{number}"
            return view.redirect(
                f"/goods/{good}", toast=("已保存，不会被数据覆盖", "Saved; no feed writes over it"), undo=undo
            )
    return _form(view, form, found)


@submit("/goods/{good:int}/undo/{change:int}", "goods.write", audits="good_change_undone", about="good:{good}")
def undo(view: View, stores: Stores, actor: Actor, good: Id, change: Id) -> Html:
    keeping.undo(stores, actor.tag, good, change)
    return view.redirect(f"/goods/{good}", toast=("已撤销", "Taken back"))


@submit("/goods/{good:int}/give-back", "goods.write", audits="good_given_back", about="good:{good}")
def give_back(view: View, stores: Stores, actor: Actor, good: Id) -> Html:
    _, number = keeping.give_back(stores, actor.tag, good)
    undo = "" if number is None else f"/goods/{good}/undo/{number}"
    return view.redirect(f"/goods/{good}", toast=("以后由店铺数据更新", "The shop's data says it again"), undo=undo)


@page("/goods/{good:int}", "goods.read")
def one(view: View, stores: Stores, good: Id) -> Html:
    found = keeping.get_good(stores, good)
    return view.render(
        "content/good.html",
        good=found,
        sold=sold.sold_of(stores, [found.key]).get(found.key),
        changes=keeping.changes_of(stores, good),
        fields=in_words(FIELDS),
        came=in_words(CAME),
        people_min=cycles.PEOPLE_MIN,
    )


def _read(form: Form) -> dict[str, Any]:
    price = form.decimal("price", required=False)
    return {
        "name": form.text("name", characters_max=NAME_CHARACTERS_MAX),
        "category": form.text("category"),
        "cents": int(price * 100) if form.get("price").strip() else None,
        "cycle_days": form.whole("cycle_days", low=0, high=CYCLE_DAYS_MAX, required=False) or None,
        "suits": form.text("suits", characters_max=SUITS_CHARACTERS_MAX),
        "picture": form.text("picture", characters_max=ADDRESS_CHARACTERS_MAX),
        "url": form.text("url", characters_max=ADDRESS_CHARACTERS_MAX),
        "on_sale": form.flag("on_sale"),
    }


def _form(view: View, form: Form, good: Good | None = None) -> Html:
    show = view.render if form.ok else view.invalid
    most = {"key": KEY_CHARACTERS_MAX, "name": NAME_CHARACTERS_MAX, "suits": SUITS_CHARACTERS_MAX}
    return show("content/good_form.html", form=form, good=good, most=most, address=ADDRESS_CHARACTERS_MAX)


# -- a file ---------------------------------------------------------------------------------------------------


@page("/goods/import", "goods.write")
def ask_file(view: View) -> Html:
    return _file(view, Form())


@submit("/goods/import", "goods.write", audits="goods_told", request_max_body_size=None)
async def take_file(request: AnyRequest, view: View, stores: Stores, actor: Actor) -> Html:
    form = Form()
    try:
        received = await receive(request, stores.home / UPLOADS, bytes_max=files.BYTES_MAX)
        try:
            told = await anyio.to_thread.run_sync(files.take_file, stores, actor.tag, received.path, received.name)
        finally:
            received.path.unlink(missing_ok=True)
    except SiyuError as error:
        if error.status >= 500:
            raise
        form.fail(error)
        return await anyio.to_thread.run_sync(_file, view, form)
    note("goods", added=told.added, changed=told.changed)
    return await anyio.to_thread.run_sync(_file, view, form, told)


def _file(view: View, form: Form, told: Report | None = None) -> Html:
    show = view.render if form.ok else view.invalid
    headers = [headers[0] for headers in files.HEADERS.values()]
    return show("content/goods_import.html", form=form, told=told, headers=headers)


ROUTES = [list_all, new, add, edit, change, undo, give_back, one, ask_file, take_file]
