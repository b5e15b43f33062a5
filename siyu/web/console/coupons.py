"""Membership → coupons: kinds with what came of them, the editor with its preview, one kind, one coupon, a person's."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from siyu.jobs import preferences
from siyu.loyalty.coupons import hand, kinds, queries
from siyu.loyalty.coupons.kinds import Change, Wanted
from siyu.loyalty.coupons.model import (
    BUDGET_CENTS_MAX,
    DAYS_MAX,
    GRACE_DAYS_MAX,
    NAME_CHARACTERS_MAX,
    PER_PERSON_MAX,
    STAGES,
    STOCK_MAX,
    WHAT,
    WHY_CHARACTERS_MAX,
    Kind,
    shown_code,
)
from siyu.loyalty.coupons.queries import Asked
from siyu.loyalty.coupons.ready import READY
from siyu.loyalty.coupons.redeeming import WHY_NOT
from siyu.loyalty.coupons.stacking import Amount, Gift, Percent, Shipping, Terms
from siyu.loyalty.coupons.words import LAYERS, face, lasting_told, sentence, terms_told
from siyu.loyalty.goods import Goods
from siyu.loyalty.points.model import POINTS_MAX
from siyu.people.profile import profile_of
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web import menu, verbs
from siyu.web.current import in_words, may, note, t
from siyu.web.forms import Form
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.seeing import names_seen
from siyu.web.view import Html, View
from siyu.web.wording import amount

menu.page("membership", "/coupons", "优惠券", "Coupons", permission="coupon.read", order=30)
verbs.subject("coupon_kind", "券种", "Coupon kind", "/coupons/{}")
verbs.subject("coupon", "优惠券", "Coupon", "/coupons/one/{}")
for _name, _zh, _en in (
    ("coupon_kind_made", "新建券种", "Coupon kind made"),
    ("coupon_kind_changed", "修改券种", "Coupon kind changed"),
    ("coupon_kind_stopped", "停发优惠券", "Coupon kind stopped"),
    ("coupon_kind_resumed", "恢复发放优惠券", "Coupon kind resumed"),
    ("coupon_given", "发放优惠券", "Coupon given"),
    ("coupon_taken_back", "收回优惠券", "Coupon taken back"),
    ("coupon_redeemed", "核销优惠券", "Coupon redeemed"),
    ("coupon_undone", "撤销核销", "Use of a coupon undone"),
    ("coupon_order_cancelled", "订单取消，退回优惠券", "Coupons of a cancelled order given back"),
):
    verbs.action(_name, _zh, _en)

CODES = {
    "own": ("每张一码", "Each its own code"),
    "shared": ("通用码", "One shared code"),
    "printed": ("印制券码", "Printed codes"),
}
SORTS = {
    "amount": ("减固定金额（立减、满减）", "So much off"),
    "percent": ("打折", "A percentage off"),
    "gift": ("赠品", "A gift"),
    "shipping": ("运费", "Off the shipping"),
}
COLUMNS = (
    Column("name", "优惠券", "Coupon"),
    Column("taken", "已领 / 库存", "Taken / stock", numeric=True),
    Column("used", "已核销", "Used", numeric=True, narrow=False),
    Column("rate", "核销率", "Used, of all", numeric=True, narrow=False),
    Column("cost", "优惠金额", "What it took off", numeric=True, narrow=False),
    Column("revenue", "用券订单金额", "Orders with it", numeric=True, narrow=False),
    Column("stage", "状态", "State"),
)
COUPON_COLUMNS = (
    Column("code", "券码", "Code"),
    Column("person", "客户", "Person"),
    Column("stage", "状态", "State"),
    Column("ends", "有效期至", "Until", narrow=False),
    Column("order", "订单", "Order", narrow=False),
    Column("off", "优惠", "Took off", numeric=True, narrow=False),
)


@page("/coupons", "coupon.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("coupons", COLUMNS)
    found = kinds.page(stores, listing.before, ASKED_MAX)
    shown = listing.cut(found, lambda kind: kind.id)
    return view.render(
        "membership/coupons.html",
        fragment="list",
        listing=shown,
        came=queries.came(stores, [each.id for each in shown.rows]),
        refused=[{**each, "reason": t(*WHY_NOT[each["why"]])} for each in queries.refused(stores, 5)],
        ready=[(name, wanted.name if view_is_chinese() else en) for name, (en, wanted) in READY.items()],
        **_words(stores),
    )


def view_is_chinese() -> bool:
    """Whether the reader reads Chinese."""
    return t("zh", "en") == "zh"


def _words(stores: Stores) -> dict[str, Any]:
    zone = preferences.timezone(stores)
    return {
        "now": stores.clock.now(),
        "face": lambda terms: t(*face(terms)),
        "told": lambda terms: t(*terms_told(terms)),
        "lasts": lambda kind: t(*lasting_told(kind, zone)),
        "sentence": lambda kind: t(*sentence(kind, zone)),
        "yuan": lambda cents: amount("yuan", cents),
        "stages": in_words(STAGES),
        "whats": in_words(WHAT),
        "layers": in_words(LAYERS),
        "code_kinds": in_words(CODES),
        "shown_code": shown_code,
    }


# -- the editor ------------------------------------------------------------------------------------------------


@page("/coupons/new", "coupon.write")
def new(view: View, stores: Stores, ready: str = "") -> Html:
    wanted = READY[ready][1] if ready in READY else None
    form = Form.showing(sort="amount", layer="order", codes="own", per_person=1, days=30, comes_back=True)
    return _form_page(view, stores, form if wanted is None else Form.showing(**_filled(wanted)), wanted)


@submit("/coupons/new", "coupon.write", audits="coupon_kind_made")
def add(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    wanted: Wanted | None = None
    with form.errors_kept():
        wanted = _wanted(form)
        if form.ok and not form.flag("preview"):
            made = kinds.make(stores, actor.tag, wanted)
            note(f"coupon_kind:{made.id}", name=made.name)
            return view.redirect(f"/coupons/{made.id}", toast=("优惠券已建好，可以发了", "It is made and can be given"))
    return _form_page(view, stores, form, wanted if form.ok else None)


@page("/coupons/{kind:int}/edit", "coupon.write")
def edit(view: View, stores: Stores, kind: Id) -> Html:
    found = kinds.get(stores, kind)
    return _form_page(view, stores, Form.showing(**_filled(found)), found, found)


@submit("/coupons/{kind:int}/edit", "coupon.write", audits="coupon_kind_changed", about="coupon_kind:{kind}")
def revise(view: View, stores: Stores, form: Form, kind: Id) -> Html:
    found = kinds.get(stores, kind)
    wanted: Wanted | None = None
    with form.errors_kept():
        wanted = _wanted(form)
        if form.ok and not form.flag("preview"):
            kinds.revise(stores, kind, wanted)
            return view.redirect(f"/coupons/{kind}", toast=("已保存", "Saved"))
    return _form_page(view, stores, form, wanted if form.ok else None, found)


def _form_page(view: View, stores: Stores, form: Form, wanted: Kind | Wanted | None, kind: Kind | None = None) -> Html:
    show = view.render if form.ok else view.invalid
    return show(
        "membership/coupon_form.html",
        form=form,
        kind=kind,
        preview=wanted,
        sorts=in_words(SORTS),
        **_words(stores),
    )


def _wanted(form: Form) -> Wanted:
    """The kind that a form asks for."""
    sort = form.choice("sort", list(SORTS), default="amount")
    layer = form.choice("layer", list(LAYERS), default="order")
    terms = Terms(
        gives=_gives(form, sort),
        threshold=_cents(form, "threshold", required=False),
        goods=Goods(
            skus=tuple(form.words("skus")), categories=tuple(form.words("categories")), but=tuple(form.words("but"))
        ),
        layer="shipping" if sort == "shipping" else "order" if layer == "shipping" else layer,  # pyright: ignore[reportArgumentType]
        adds=form.flag("adds"),
        alone=form.flag("alone"),
    )
    wanted = Wanted(
        name=form.text("name", required=True, characters_max=NAME_CHARACTERS_MAX),
        terms=terms,
        begins=form.moment("begins"),
        ends=form.moment("ends"),
        days=_whole(form, "days", DAYS_MAX),
        codes=form.choice("codes", list(CODES), default="own"),  # pyright: ignore[reportArgumentType]
        code=form.text("code", characters_max=20),
        **_changeable(form),
        comes_back=form.flag("comes_back"),
        grace_days=form.whole("grace_days", low=0, high=GRACE_DAYS_MAX, required=False),
    )
    if not form.ok:
        return wanted
    try:
        return msgspec.convert(msgspec.to_builtins(wanted), Wanted)
    except msgspec.ValidationError as error:
        raise BadInput("coupon_unfit", f"设置不合规定：{error}。", f"It does not fit: {error}.") from None


def _gives(form: Form, sort: str) -> Amount | Percent | Gift | Shipping:
    match sort:
        case "percent":
            return Percent(form.whole("percent", low=1, high=100), _cents(form, "most", required=False) or None)
        case "gift":
            return Gift(form.text("gift", required=True, characters_max=255), _cents(form, "worth"))
        case "shipping":
            return Shipping(_cents(form, "most", required=False) or None)
        case _:
            return Amount(_cents(form, "off"), form.flag("every"))


def _changeable(form: Form) -> dict[str, Any]:
    return {
        "stock": _whole(form, "stock", STOCK_MAX),
        "per_person": _whole(form, "per_person", PER_PERSON_MAX),
        "budget_cents": _cents(form, "budget", required=False, most=BUDGET_CENTS_MAX) or None,
        "price_points": _whole(form, "price_points", POINTS_MAX),
    }


def _whole(form: Form, name: str, most: int) -> int | None:
    """A whole number; None where the field is empty."""
    return form.whole(name, low=1, high=most) if form.get(name).strip() else None


def _cents(form: Form, name: str, *, required: bool = True, most: int = 100_000_000) -> int:
    given = form.decimal(name, high=Decimal(most) / 100, required=required)
    cents = given * 100
    if cents != cents.to_integral_value() or (required and form.ok and not cents):
        form.fail(
            BadInput("yuan_unfit", "金额大于 0，最多两位小数。", "More than 0, at most two decimals.", field=name)
        )
        return 1
    return max(int(cents), 1) if required else int(cents)


def _filled(found: Kind | Wanted) -> Mapping[str, Any]:
    """A kind as the form shows it."""
    terms = found.terms
    shown: dict[str, Any] = {
        "name": found.name,
        "threshold": _yuan(terms.threshold) if terms.threshold else "",
        "skus": "，".join(terms.goods.skus),
        "categories": "，".join(terms.goods.categories),
        "but": "，".join(terms.goods.but),
        "layer": terms.layer,
        "adds": terms.adds,
        "alone": terms.alone,
        "begins": found.begins,
        "ends": found.ends,
        "days": found.days,
        "codes": found.codes,
        "code": found.code or "",
        "comes_back": found.comes_back,
        "grace_days": found.grace_days or "",
        **_shown_changeable(found),
    }
    match terms.gives:
        case Amount(cents, every):
            return {**shown, "sort": "amount", "off": _yuan(cents), "every": every}
        case Percent(percent, most):
            return {**shown, "sort": "percent", "percent": percent, "most": _yuan(most) if most else ""}
        case Gift(sku, worth):
            return {**shown, "sort": "gift", "gift": sku, "worth": _yuan(worth)}
        case Shipping(most):
            return {**shown, "sort": "shipping", "most": _yuan(most) if most else ""}


def _shown_changeable(found: Kind | Wanted) -> dict[str, Any]:
    return {
        "stock": found.stock,
        "per_person": found.per_person,
        "budget": _yuan(found.budget_cents) if found.budget_cents else "",
        "price_points": found.price_points,
    }


def _yuan(cents: int) -> str:
    return format((Decimal(cents) / 100).normalize(), "f")


# -- one kind --------------------------------------------------------------------------------------------------


@page("/coupons/{kind:int}", "coupon.read")
def one(view: View, stores: Stores, kind: Id) -> Html:
    return _one(view, stores, kind, None)


def _one(view: View, stores: Stores, kind: int, form: Form | None) -> Html:
    found = kinds.get(stores, kind)
    listing = Listing.read("coupons-of", COUPON_COLUMNS, filters=("stage",))
    stage = listing.filters["stage"] if listing.filters["stage"] in STAGES else ""
    rows = queries.page(stores, Asked(kind, None, stage, listing.before, ASKED_MAX))
    shown = listing.cut(rows, lambda coupon: coupon.id)
    show = view.render if form is None or form.ok else view.invalid
    more: dict[str, Any] = {"fragment": "list"} if form is None else {}
    return show(
        "membership/coupon_kind.html",
        kind=found,
        came=queries.came(stores, [kind])[kind],
        listing=shown,
        names=names_seen(stores, {each.person for each in shown.rows if each.person is not None}),
        form=form or Form.showing(name=found.name, **_shown_changeable(found)),
        **_words(stores),
        **more,
    )


@submit("/coupons/{kind:int}/change", "coupon.write", audits="coupon_kind_changed", about="coupon_kind:{kind}")
def change(view: View, stores: Stores, form: Form, kind: Id) -> Html:
    with form.errors_kept():
        name = form.text("name", required=True, characters_max=NAME_CHARACTERS_MAX)
        wanted = Change(name=name, **_changeable(form))
        if form.ok:
            kinds.change(stores, kind, wanted)
            return view.redirect(f"/coupons/{kind}", toast=("已保存", "Saved"))
    return _one(view, stores, kind, form)


@submit("/coupons/{kind:int}/stop", "coupon.write", audits="coupon_kind_stopped", about="coupon_kind:{kind}")
def stop(view: View, stores: Stores, kind: Id) -> Html:
    kinds.stop(stores, kind, stopped=True)
    return view.redirect(f"/coupons/{kind}", toast=("已停发，已领的照常可用", "Stopped; what was taken stays good"))


@submit("/coupons/{kind:int}/resume", "coupon.write", audits="coupon_kind_resumed", about="coupon_kind:{kind}")
def resume(view: View, stores: Stores, kind: Id) -> Html:
    kinds.stop(stores, kind, stopped=False)
    return view.redirect(f"/coupons/{kind}", toast=("已恢复发放", "It is given again"))


# -- one coupon, a person's ------------------------------------------------------------------------------------


@page("/coupons/one/{coupon:int}", "coupon.read")
def coupon_page(view: View, stores: Stores, coupon: Id) -> Html:
    return _coupon(view, stores, coupon, Form())


def _coupon(view: View, stores: Stores, coupon: int, form: Form) -> Html:
    found = queries.one(stores, coupon)
    steps = queries.steps_of(stores, coupon)
    for each in steps:
        each["why"] = t(*WHY_NOT[each["why"]]) if each["what"] == "refused" else each["why"]
    show = view.render if form.ok else view.invalid
    return show(
        "membership/coupon.html",
        coupon=found,
        kind=kinds.get(stores, found.kind),
        steps=steps,
        form=form,
        names=names_seen(stores, [found.person] if found.person is not None else []),
        **_words(stores),
    )


@submit("/coupons/one/{coupon:int}/take-back", "coupon.give", audits="coupon_taken_back", about="coupon:{coupon}")
def take_back(view: View, stores: Stores, actor: Actor, form: Form, coupon: Id) -> Html:
    why = form.text("why", characters_max=WHY_CHARACTERS_MAX)
    with form.errors_kept():
        if form.ok:
            hand.take_back(stores, actor.tag, coupon, why)
            return view.redirect(
                f"/coupons/one/{coupon}", toast=("已收回，库存已恢复", "Taken back; it is in stock again")
            )
    return _coupon(view, stores, coupon, form)


@submit("/coupons/one/{coupon:int}/undo", "coupon.write", audits="coupon_undone", about="coupon:{coupon}")
def undo(view: View, stores: Stores, actor: Actor, form: Form, coupon: Id) -> Html:
    with form.errors_kept():
        hand.undo(stores, actor.tag, coupon, at_any_time=True)
        return view.redirect(f"/coupons/one/{coupon}", toast=("已撤销核销，券可再用", "Undone; it can be used again"))
    return _coupon(view, stores, coupon, form)


@page("/people/{person:int}/coupons", "coupon.read")
def of_person(view: View, stores: Stores, person: Id) -> Html:
    return _of_person(view, stores, person, Form())


def _of_person(view: View, stores: Stores, person: int, form: Form) -> Html:
    shown = profile_of(stores, person)
    listing = Listing.read("coupons-of-person", COUPON_COLUMNS, filters=("stage",), views=False)
    stage = listing.filters["stage"] if listing.filters["stage"] in STAGES else ""
    rows = queries.page(stores, Asked(None, shown.person, stage, listing.before, ASKED_MAX))
    now = stores.clock.now()
    giving = [each for each in kinds.page(stores, None, 200) if each.refuses(now) is None and each.codes != "printed"]
    show = view.render if form.ok else view.invalid
    more: dict[str, Any] = {"fragment": "list"} if form.ok else {}
    return show(
        "membership/person_coupons.html",
        person=shown.person,
        names=names_seen(stores, [shown.person]),
        listing=listing.cut(rows, lambda coupon: coupon.id),
        giving=[(each.id, each.name) for each in giving] if may("coupon.give") else [],
        form=form,
        **_words(stores),
        **more,
    )


@submit("/people/{person:int}/coupons", "coupon.give", audits="coupon_given", about="person:{person}")
def give(view: View, stores: Stores, actor: Actor, form: Form, person: Id) -> Html:
    kind = form.whole("kind", low=1)
    why = form.text("why", characters_max=WHY_CHARACTERS_MAX)
    with form.errors_kept():
        if form.ok:
            taken = hand.give(stores, actor.tag, kind, person, why)
            note(f"person:{person}", coupon=taken.coupon)
            return view.redirect(f"/people/{person}/coupons", toast=("已发放", "Given"))
    return _of_person(view, stores, person, form)


ROUTES = [
    *(list_all, new, add, edit, revise, one, change, stop, resume),
    *(coupon_page, take_back, undo, of_person, give),
]
