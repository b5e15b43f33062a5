"""Membership → the counter: staff scan or type a code on their phone, see whose it is and what it takes off, redeem it,
and may undo it for some minutes."""

from __future__ import annotations

from decimal import Decimal
from secrets import token_hex
from typing import Any

from siyu.jobs import preferences
from siyu.loyalty.coupons import hand
from siyu.loyalty.coupons.model import shown_code
from siyu.loyalty.coupons.pricing import Found, Quote
from siyu.loyalty.coupons.redeeming import WHY_NOT
from siyu.loyalty.coupons.words import face, sentence
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web import menu
from siyu.web.current import note, t
from siyu.web.forms import Form
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.seeing import names_seen
from siyu.web.view import Html, View
from siyu.web.wording import amount

menu.page("membership", "/counter", "柜台核销", "At the counter", permission="coupon.redeem", order=35)

CAMERA = "camera=(self), geolocation=(), microphone=(), payment=()"
"""This one page scans."""
CODE_CHARACTERS_MAX = 64
YUAN_MAX = Decimal(1_000_000)


@page("/counter", "coupon.redeem")
def counter(view: View, stores: Stores, actor: Actor, code: str = "") -> Html:
    form = Form.showing(code=code[:CODE_CHARACTERS_MAX], once=token_hex(8))
    found: Found | None = None
    with form.errors_kept():
        if code.strip():
            found = hand.look(stores, code[:CODE_CHARACTERS_MAX])
    return _page(view, stores, actor, form, found)


def _page(
    view: View, stores: Stores, actor: Actor, form: Form, found: Found | None, quote: Quote | None = None
) -> Html:
    show = view.render if form.ok else view.invalid
    zone = preferences.timezone(stores)
    used = hand.just_used(stores, actor.tag)
    persons = [each.person for each in used if each.person is not None]
    owner = found.coupon.person if found is not None and found.coupon is not None else None
    shown: dict[str, Any] = {}
    if found is not None:
        shown = {
            "large": t(*face(found.kind.terms)),
            "rules": t(*sentence(found.kind, zone)),
            "why": t(*WHY_NOT[found.why]) if found.why and found.why != "person" else "",
            "asks_person": found.coupon is None,
        }
    answer = show(
        "membership/counter.html",
        form=form,
        found=found,
        owner=owner,
        quote=quote,
        used=used,
        names=names_seen(stores, [*persons, *([owner] if owner is not None else [])]),
        undo_minutes=hand.UNDO_MINUTES,
        shown_code=shown_code,
        yuan=lambda cents: amount("yuan", cents),
        **shown,
    )
    answer.headers["permissions-policy"] = CAMERA
    return answer


@submit("/counter", "coupon.redeem", audits="coupon_redeemed")
def redeem(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    code = form.text("code", required=True, characters_max=CODE_CHARACTERS_MAX)
    given = form.decimal("yuan", high=YUAN_MAX) * 100
    if given != given.to_integral_value() or not given:
        form.fail(
            BadInput("yuan_unfit", "金额大于 0，最多两位小数。", "More than 0, at most two decimals.", field="yuan")
        )
    number = form.text("order", characters_max=100)
    once = form.text("once", characters_max=40)
    person = form.whole("person", low=1) if form.get("person").strip() else None
    found: Found | None = None
    with form.errors_kept():
        found = hand.look(stores, code)
        if form.ok:
            quote, _ = hand.at_the_counter(stores, actor.tag, code, int(given), number, person, once)
            taken = next(each.coupon for each in quote.found)
            note(f"coupon:{quote.offs[0].coupon}" if taken is not None else f"coupon_kind:{found.kind.id}")
            off = amount("yuan", quote.cents)
            told = (f"已核销，应收减 {off}", f"Used: {off} off")
            return view.redirect("/counter", toast=told)
    return _page(view, stores, actor, form, found)


@submit("/counter/{coupon:int}/undo", "coupon.redeem", audits="coupon_undone", about="coupon:{coupon}")
def undo(view: View, stores: Stores, actor: Actor, coupon: Id) -> Html:
    form = Form.showing(once=token_hex(8))
    with form.errors_kept():
        hand.undo(stores, actor.tag, coupon)
        return view.redirect("/counter", toast=("已撤销，券可再用", "Undone; it can be used again"))
    return _page(view, stores, actor, form, None)


ROUTES = [counter, redeem, undo]
