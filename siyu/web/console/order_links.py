"""Content → order links (下单链接): from a message to a payment, step by step."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from siyu.commerce.goods import keeping as catalogue
from siyu.commerce.links import command, counting, keeping
from siyu.commerce.links.counting import By
from siyu.commerce.links.model import (
    NAME_CHARACTERS_MAX,
    PLACE_CHARACTERS_MAX,
    PLACES,
    STAGES,
    STEPS,
    WORD_CHARACTERS_MAX,
    Draft,
    OrderLink,
)
from siyu.growth.period import today
from siyu.reach.carried import carriers
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web import menu, verbs
from siyu.web.current import in_words, note
from siyu.web.forms import Form
from siyu.web.known import Known
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.mobile.visit import address
from siyu.web.paging import Id, whole
from siyu.web.routes import also, page, submit
from siyu.web.view import Html, View

menu.page("content", "/order-links", "下单链接", "Order links", permission="goods.read", order=64)
for _name, _zh, _en in (
    ("order_link_added", "新建下单链接", "Order link added"),
    ("order_link_changed", "修改下单链接", "Order link changed"),
    ("order_link_off", "停用下单链接", "Order link turned off"),
    ("order_link_on", "启用下单链接", "Order link turned on"),
    ("order_links_given", "给出专属下单链接", "Personal order links given out"),
):
    verbs.action(_name, _zh, _en)
verbs.subject("order_link", "下单链接", "Order link", "/order-links/{}")

COLUMNS = (
    Column("name", "名称", "Name"),
    Column("good", "商品", "Product", narrow=False),
    Column("opened", "打开", "Opened", numeric=True),
    Column("went", "去往店铺", "Went to shop", numeric=True, narrow=False),
    Column("paid", "付款", "Paid", numeric=True),
    Column("place", "放在哪里", "Where", narrow=False),
    Column("stage", "状态", "State"),
)
DAYS_OFFERED = (7, 30, 90)
GOODS_OFFERED = 200


@page("/order-links", "goods.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("order_links", COLUMNS, filters=("stage",))
    stage = listing.filters["stage"]
    found = keeping.list_links(stores, listing.words, stage=stage, before=listing.before, rows_max=ASKED_MAX)
    total = keeping.count_links(stores, listing.words, stage=stage)
    listing = listing.cut(found, lambda link: link.id, total=total)
    last = today(stores)
    told = command.paths_told(stores, last - timedelta(days=29), last, "link") if listing.rows else None
    sums: dict[str, list[int]] = {}
    for each in told.counts if told else ():
        row = sums.setdefault(each.group, [0, 0, 0])
        for place, step in enumerate((each.opened, each.went, each.paid)):
            row[place] += step
    return view.render(
        "content/order_links.html",
        fragment="list",
        listing=listing,
        sums=sums,
        goods=catalogue.goods_by(stores, [each.good for each in listing.rows]),
        places=in_words(PLACES),
        stages=in_words(STAGES),
    )


@page("/order-links/paths", "goods.read")
def all_paths(view: View, stores: Stores, days: str = "", by: str = "") -> Html:
    return view.render("content/order_paths.html", here="/order-links/paths", **_figures(stores, days, by, None))


def _figures(stores: Stores, days: str, by: str, link: int | None) -> dict[str, Any]:
    span = next((each for each in DAYS_OFFERED if str(each) == days), 30)
    last = today(stores)
    held = carriers(stores, link)
    chosen = cast("By", by if by in counting.BYS and by not in ("all", "link") else "offer")
    first = last - timedelta(days=span - 1)
    total = command.paths_told(stores, first, last, "all", link, held)
    return {
        "span": span,
        "offered": DAYS_OFFERED,
        "by": chosen,
        "bys": {key: words for key, words in in_words(counting.BYS).items() if key not in ("all", "link")},
        "steps": [(step.name, step) for step in STEPS],
        "own": next((each for each in total.counts if not each.forwarded), None),
        "forwarded": next((each for each in total.counts if each.forwarded), None),
        "told": command.paths_told(stores, first, last, chosen, link, held),
        "carried": len(held.links_of),
    }


@page("/order-links/new", "goods.write")
def new(view: View, stores: Stores, good: str = "") -> Html:
    return _form(view, stores, Form.showing(good=good if whole(good) else "", place_kind=""))


@submit("/order-links/new", "goods.write", audits="order_link_added")
def add(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    draft = _read(form)
    with form.errors_kept():
        if form.ok:
            made = keeping.add_link(stores, actor.tag, draft)
            note(f"order_link:{made.id}", name=made.name)
            return view.redirect(f"/order-links/{made.id}", toast=("链接已建好", "The link is made"))
    return _form(view, stores, form)


@page("/order-links/{link:int}/edit", "goods.write")
def edit(view: View, stores: Stores, link: Id) -> Html:
    found = keeping.get_link(stores, link)
    shown: dict[str, object] = {name: getattr(found, name) for name in Draft.__dataclass_fields__}
    return _form(view, stores, Form.showing(**{k: "" if v is None else v for k, v in shown.items()}), found)


@submit("/order-links/{link:int}/edit", "goods.write", audits="order_link_changed", about="order_link:{link}")
def change(view: View, stores: Stores, form: Form, link: Id) -> Html:
    found = keeping.get_link(stores, link)
    draft = _read(form)
    with form.errors_kept():
        if form.ok:
            keeping.change_link(stores, link, draft)
            return view.redirect(f"/order-links/{link}", toast=("已保存", "Saved"))
    return _form(view, stores, form, found)


@page("/order-links/{link:int}", "goods.read")
def one(view: View, stores: Stores, link: Id, days: str = "", by: str = "") -> Html:
    return _one(view, stores, link, Form(), days, by)


def _one(
    view: View, stores: Stores, link: int, form: Form, days: str = "", by: str = "", given: list[Any] | None = None
) -> Html:
    found = keeping.get_link(stores, link)
    show = view.render if form.ok else view.invalid
    return show(
        "content/order_link.html",
        link=found,
        good=catalogue.get_good(stores, found.good),
        address=address(keeping.path_of(stores, link)),
        places=in_words(PLACES),
        form=form,
        given=given,
        here=f"/order-links/{link}",
        **_figures(stores, days, by, link),
    )


@submit(
    "/order-links/{link:int}/people",
    "goods.write",
    audits="order_links_given",
    about="order_link:{link}",
    guards=[also("people.write")],
)
def give(view: View, stores: Stores, form: Form, link: Id) -> Html:
    numbers = [whole(word) for word in form.words("persons")]
    if not numbers or None in numbers:
        form.fail(BadInput("link_persons", "请填写客户编号。", "Give numbers of persons.", field="persons"))
    given: list[Any] | None = None
    with form.errors_kept():
        if form.ok:
            paths = keeping.hand_out(stores, link, [each for each in numbers if each is not None])
            note(f"order_link:{link}", links=len(paths))
            kept = keeping.get_link(stores, link)
            given = [(person, address(path), command.card_of(kept, path)) for person, path in paths.items()]
    return _one(view, stores, link, form, given=given)


@submit("/order-links/{link:int}/off", "goods.write", audits="order_link_off", about="order_link:{link}")
def turn_off(view: View, stores: Stores, link: Id) -> Html:
    keeping.set_stage(stores, link, "off")
    return view.redirect(
        f"/order-links/{link}", toast=("已停用，数据保留", "Off; its figures stay"), undo=f"/order-links/{link}/on"
    )


@submit("/order-links/{link:int}/on", "goods.write", audits="order_link_on", about="order_link:{link}")
def turn_on(view: View, stores: Stores, link: Id) -> Html:
    keeping.set_stage(stores, link, "on")
    return view.redirect(f"/order-links/{link}", toast=("已启用", "On again"))


def _read(form: Form) -> Draft:
    return Draft(
        name=form.text("name", required=True, characters_max=NAME_CHARACTERS_MAX),
        good=form.whole("good", low=1),
        place_kind=form.choice("place_kind", tuple(PLACES), default=""),
        place=form.text("place", characters_max=PLACE_CHARACTERS_MAX),
        channel=form.text("channel", characters_max=WORD_CHARACTERS_MAX),
        staff=form.text("staff", characters_max=WORD_CHARACTERS_MAX),
        url=form.text("url", characters_max=1_000),
        mini_app=form.text("mini_app", characters_max=WORD_CHARACTERS_MAX),
        mini_page=form.text("mini_page", characters_max=PLACE_CHARACTERS_MAX),
        ends=form.moment("ends"),
    )


def _form(view: View, stores: Stores, form: Form, link: OrderLink | None = None) -> Html:
    show = view.render if form.ok else view.invalid
    listed = catalogue.list_goods(stores, sale="on", rows_max=GOODS_OFFERED)
    most = {"name": NAME_CHARACTERS_MAX, "place": PLACE_CHARACTERS_MAX, "word": WORD_CHARACTERS_MAX}
    return show(
        "content/order_link_form.html",
        form=form,
        link=link,
        places=in_words(PLACES),
        goods=[Known(str(good.id), good.title, good.key) for good in listed],
        most=most,
    )


ROUTES = [list_all, all_paths, new, add, edit, change, one, give, turn_off, turn_on]
