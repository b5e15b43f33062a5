"""Content → offers (优惠): which price or coupon for whom; what is best for a person, and why."""

from __future__ import annotations

from typing import Any, cast

from siyu.commerce.goods import keeping as catalogue
from siyu.commerce.offers import command, keeping
from siyu.commerce.offers.model import (
    KINDS,
    NAME_CHARACTERS_MAX,
    NOTE_CHARACTERS_MAX,
    STAGES,
    TO,
    WHOM_CHARACTERS_MAX,
    Draft,
    Offer,
    To,
)
from siyu.staff.model import Actor
from siyu.storage import NotFound, Stores
from siyu.web import menu, verbs
from siyu.web.current import in_words, note
from siyu.web.forms import Form
from siyu.web.known import Known
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id, whole
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("content", "/offers", "优惠", "Offers", permission="goods.read", order=62)
for _name, _zh, _en in (
    ("offer_added", "新建优惠", "Offer added"),
    ("offer_changed", "修改优惠", "Offer changed"),
    ("offer_paused", "暂停优惠", "Offer paused"),
    ("offer_resumed", "继续优惠", "Offer resumed"),
    ("offer_ended", "结束优惠", "Offer ended"),
):
    verbs.action(_name, _zh, _en)
verbs.subject("offer", "优惠", "Offer", "/offers/{}")

COLUMNS = (
    Column("name", "名称", "Name"),
    Column("good", "商品", "Product", narrow=False),
    Column("price", "优惠", "What"),
    Column("to", "给谁", "For whom", narrow=False),
    Column("taken", "已领", "Taken", numeric=True),
    Column("until", "到期", "Until", narrow=False),
    Column("stage", "状态", "State"),
)
GOODS_OFFERED = 200


@page("/offers", "goods.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("offers", COLUMNS, filters=("stage", "to"))
    stage, to = listing.filters["stage"], listing.filters["to"]
    found = keeping.list_offers(stores, listing.words, stage=stage, to=to, before=listing.before, rows_max=ASKED_MAX)
    total = keeping.count_offers(stores, listing.words, stage=stage, to=to)
    listing = listing.cut(found, lambda offer: offer.id, total=total)
    return view.render("content/offers.html", fragment="list", listing=listing, **_words(stores, listing.rows))


def _words(stores: Stores, offers: Any) -> dict[str, Any]:
    return {
        "kinds": in_words(KINDS),
        "stages": in_words(STAGES),
        "to": in_words(TO),
        "goods": catalogue.goods_by(stores, [each.good for each in offers if each.good is not None]),
    }


@page("/offers/new", "goods.write")
def new(view: View, stores: Stores, good: str = "") -> Html:
    return _form(view, stores, Form.showing(kind="price", to="everybody", good=good if whole(good) else ""))


@submit("/offers/new", "goods.write", audits="offer_added")
def add(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    draft = _read(form)
    with form.errors_kept():
        if form.ok:
            made = keeping.add_offer(stores, actor.tag, draft)
            note(f"offer:{made.id}", name=made.name)
            return view.redirect(f"/offers/{made.id}", toast=("优惠已建好", "The offer is made"))
    return _form(view, stores, form)


@page("/offers/{offer:int}/edit", "goods.write")
def edit(view: View, stores: Stores, offer: Id) -> Html:
    found = keeping.get_offer(stores, offer)
    shown: dict[str, object] = {name: getattr(found, name) for name in Draft.__dataclass_fields__}
    shown = {name: "" if value is None else value for name, value in shown.items()}
    shown["price"] = "" if found.cents is None else f"{found.cents / 100:.2f}"
    return _form(view, stores, Form.showing(**shown), found)


@submit("/offers/{offer:int}/edit", "goods.write", audits="offer_changed", about="offer:{offer}")
def change(view: View, stores: Stores, form: Form, offer: Id) -> Html:
    found = keeping.get_offer(stores, offer)
    draft = _read(form)
    with form.errors_kept():
        if form.ok:
            keeping.change_offer(stores, offer, draft)
            return view.redirect(f"/offers/{offer}", toast=("已保存", "Saved"))
    return _form(view, stores, form, found)


@page("/offers/{offer:int}", "goods.read")
def one(view: View, stores: Stores, offer: Id, person: str = "") -> Html:
    found = keeping.get_offer(stores, offer)
    form = Form.showing(person=person)
    told = None
    if whole(person) and found.good is not None:
        try:
            live = found.whom if found.to == "live" else ""
            told = command.price_told(stores, found.good, whole(person), live=live)
        except NotFound as unknown:
            form.fail(unknown)
    return view.render("content/offer.html", offer=found, told=told, form=form, **_words(stores, [found]))


@submit("/offers/{offer:int}/pause", "goods.write", audits="offer_paused", about="offer:{offer}")
def pause(view: View, stores: Stores, offer: Id) -> Html:
    keeping.set_stage(stores, offer, "paused")
    return view.redirect(f"/offers/{offer}", toast=("已暂停", "Paused"), undo=f"/offers/{offer}/resume")


@submit("/offers/{offer:int}/resume", "goods.write", audits="offer_resumed", about="offer:{offer}")
def resume(view: View, stores: Stores, offer: Id) -> Html:
    keeping.set_stage(stores, offer, "on")
    return view.redirect(f"/offers/{offer}", toast=("已继续", "It goes on"))


@submit("/offers/{offer:int}/end", "goods.write", audits="offer_ended", about="offer:{offer}")
def end(view: View, stores: Stores, offer: Id) -> Html:
    keeping.set_stage(stores, offer, "ended")
    return view.redirect(f"/offers/{offer}", toast=("已结束，数据保留", "Ended; its figures stay"))


def _read(form: Form) -> Draft:
    kind = form.choice("kind", tuple(KINDS), default="price")
    to = form.choice("to", tuple(TO), default="everybody")
    price = form.decimal("price", required=False)
    return Draft(
        name=form.text("name", required=True, characters_max=NAME_CHARACTERS_MAX),
        kind="price" if kind == "price" else "coupon",
        to=cast("To", to),
        whom=form.text("whom", characters_max=WHOM_CHARACTERS_MAX),
        good=form.whole("good", low=0, required=False) or None,
        cents=int(price * 100) if form.get("price").strip() else None,
        coupon=form.whole("coupon", low=0, required=False) or None,
        begins=form.moment("begins"),
        ends=form.moment("ends"),
        stock=form.whole("stock", low=0, required=False) or None,
        note=form.text("note", characters_max=NOTE_CHARACTERS_MAX),
    )


def _form(view: View, stores: Stores, form: Form, offer: Offer | None = None) -> Html:
    show = view.render if form.ok else view.invalid
    listed = catalogue.list_goods(stores, sale="on", rows_max=GOODS_OFFERED)
    most = {"name": NAME_CHARACTERS_MAX, "whom": WHOM_CHARACTERS_MAX, "note": NOTE_CHARACTERS_MAX}
    return show(
        "content/offer_form.html",
        form=form,
        offer=offer,
        kinds=in_words(KINDS),
        to=in_words(TO),
        goods=[Known(str(good.id), good.title, good.key) for good in listed],
        most=most,
    )


ROUTES = [list_all, new, add, edit, change, one, pause, resume, end]
