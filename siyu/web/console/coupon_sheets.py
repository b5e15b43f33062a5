"""Membership → coupons → printed codes in sheets, and coupons tried together on a basket."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from secrets import token_hex
from typing import Any

from litestar.response import Response

from siyu.growth.pictures.as_pdf import pdf_of
from siyu.growth.pictures.codes import code_at
from siyu.growth.pictures.lettering import fitted
from siyu.growth.pictures.shapes import Page, Shape, Words
from siyu.loyalty.coupons import kinds, printing
from siyu.loyalty.coupons.model import shown_code
from siyu.loyalty.coupons.stacking import CENTS_MAX, Coupon, Line, Off, best, off
from siyu.loyalty.coupons.words import terms_told
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web import verbs
from siyu.web.current import note, t
from siyu.web.forms import Form
from siyu.web.outside import Outside
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.view import Html, View
from siyu.web.wording import amount

verbs.action("coupon_codes_printed", "印制券码", "Coupon codes printed")
verbs.action("coupon_codes_saved", "下载券码", "Coupon codes downloaded")

ACROSS, DOWN = 3, 8
"""Labels on a sheet of A4: 70 by 37 mm each, as label paper is sold."""
LABEL_WIDTH, LABEL_HEIGHT = 70.0, 37.0
A4 = (210.0, 297.0)
CODE_MM = 27.0
HERE = "http://localhost"
"""Where neither address is known; whoever scans at the counter needs the code in it alone."""
KINDS_TRIED_MAX = 12
LINES_TRIED_MAX = 50
SAMPLE = "面霜,护肤,299\n洁面乳,护肤,89\n毛巾,家居,39.9"


@page("/coupons/{kind:int}/print", "coupon.write")
def printed(view: View, stores: Stores, kind: Id) -> Html:
    return _printed(view, stores, kind, Form.showing(many=120, once=token_hex(8)))


def _printed(view: View, stores: Stores, kind: int, form: Form) -> Html:
    found = kinds.get(stores, kind)
    show = view.render if form.ok else view.invalid
    batches = printing.batches(stores, kind)
    return show("membership/coupon_print.html", kind=found, form=form, batches=batches, a_sheet=ACROSS * DOWN)


@submit("/coupons/{kind:int}/print", "coupon.write", audits="coupon_codes_printed", about="coupon_kind:{kind}")
def make(view: View, stores: Stores, actor: Actor, form: Form, kind: Id) -> Html:
    many = form.whole("many", low=1, high=printing.BATCH_MAX)
    once = form.text("once", required=True, characters_max=40)
    with form.errors_kept():
        if form.ok:
            batch = printing.print_batch(stores, actor.tag, kind, many, once)
            note(f"coupon_kind:{kind}", batch=batch, many=many)
            return view.redirect(
                f"/coupons/{kind}/print", toast=("券码已生成，可下载", "The codes are made; save them")
            )
    return _printed(view, stores, kind, form)


@page(
    "/coupons/{kind:int}/print/{batch:int}/codes.csv",
    "coupon.write",
    audits="coupon_codes_saved",
    about="coupon_kind:{kind}",
)
def as_csv(stores: Stores, kind: Id, batch: Id) -> Response[bytes]:
    """All codes of a batch."""
    found, codes = kinds.get(stores, kind), printing.codes_of(stores, kind, batch)
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow([t("券", "Coupon"), t("券码", "Code")])
    out.writerows([found.name, shown_code(code)] for code in codes)
    return _file(text.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", f"coupons-{batch}.csv")


@page(
    "/coupons/{kind:int}/print/{batch:int}/sheets/{sheet:int}",
    "coupon.write",
    audits="coupon_codes_saved",
    about="coupon_kind:{kind}",
)
def as_pdf(stores: Stores, outside: Outside, kind: Id, batch: Id, sheet: Id) -> Response[bytes]:
    """One sheet of a batch, with a QR code each."""
    found, codes = kinds.get(stores, kind), printing.codes_of(stores, kind, batch)
    first = (sheet - 1) * ACROSS * DOWN
    part = codes[first : first + ACROSS * DOWN]
    if not part:
        raise BadInput("no_sheet", "没有这一页。", "There is no such sheet.")
    return _file(
        _sheet(found.name, f"{outside.public_url or outside.address or HERE}/counter?code=", part),
        "application/pdf",
        f"coupons-{batch}-{sheet}.pdf",
    )


def _sheet(name: str, counter: str, codes: Sequence[str]) -> bytes:
    shapes: list[Shape] = []
    for place, code in enumerate(codes):
        x, y = place % ACROSS * LABEL_WIDTH, place // ACROSS * LABEL_HEIGHT
        shapes.append(code_at(counter + code, x + 3, y + 5, CODE_MM))
        room = LABEL_WIDTH - CODE_MM - 9
        lines, em = fitted(name, room, 14, 4.2)
        shapes.append(Words(lines, x + CODE_MM + 5, y + 7, room, em, "#000000", bold=True))
        shapes.append(Words([shown_code(code)], x + CODE_MM + 5, y + 24, room, 3.4, "#000000"))
    return pdf_of(Page(*A4, "#ffffff", shapes, name))


def _file(content: bytes, media_type: str, name: str) -> Response[bytes]:
    return Response(
        content,
        media_type=media_type,
        headers={"content-disposition": f'attachment; filename="{name}"', "cache-control": "private, no-store"},
    )


# -- tried together --------------------------------------------------------------------------------------------


@page("/coupons/try", "coupon.read")
def tried(view: View, stores: Stores) -> Html:
    return _tried(view, stores, Form.showing(basket=SAMPLE, shipping="12"), None)


@submit("/coupons/try", "coupon.read", audits=None)
def try_out(view: View, stores: Stores, form: Form) -> Html:
    result: dict[str, Any] | None = None
    with form.errors_kept():
        lines = _lines(form)
        shipping = int(form.decimal("shipping", high=Decimal(10_000), required=False) * 100)
        chosen = [kinds.get(stores, int(each)) for each in form.all("kinds")[:KINDS_TRIED_MAX] if each.isdecimal()]
        if form.ok:
            coupons = [Coupon(each.id, each.terms) for each in chosen]
            result = _result(coupons, lines, shipping)
    return _tried(view, stores, form, result)


def _result(coupons: Sequence[Coupon], lines: Sequence[Line], shipping: int) -> dict[str, Any]:
    found = best(coupons, lines, shipping)
    alone = {each.id: off([each], lines, shipping) for each in coupons}
    return {
        "found": found,
        "together": off(coupons, lines, shipping) is not None,
        "alone": {number: parts[0].cents if parts else None for number, parts in alone.items()},
        "lines": [(line, *_of_line(found, place, line)) for place, line in enumerate(lines)],
        "before": sum(line.cents for line in lines) + shipping,
        "shipping": shipping,
        "shipping_off": sum(each.shipping for each in found),
        "off": sum(each.cents for each in found),
    }


def _of_line(found: Sequence[Off], place: int, line: Line) -> tuple[int, int]:
    """What a line gets off, and what is left to pay for it."""
    less = sum(each.lines[place] for each in found)
    return less, line.cents - less


def _tried(view: View, stores: Stores, form: Form, result: dict[str, Any] | None) -> Html:
    show = view.render if form.ok else view.invalid
    all_kinds = [each for each in kinds.page(stores, None, 100) if each.stopped is None]
    return show(
        "membership/coupon_try.html",
        form=form,
        kinds=all_kinds,
        names={each.id: each.name for each in all_kinds},
        result=result,
        told=lambda terms: t(*terms_told(terms)),
        yuan=lambda cents: amount("yuan", cents),
        most=KINDS_TRIED_MAX,
    )


def _lines(form: Form) -> list[Line]:
    """A basket as it is typed: sku, category, yuan; a line each."""
    found: list[Line] = []
    for row in form.text("basket", required=True, characters_max=5_000, lines=True).splitlines()[:LINES_TRIED_MAX]:
        parts = [part.strip() for part in row.replace("，", ",").split(",")]
        if not any(parts):
            continue
        try:
            cents = Decimal(parts[-1]) * 100
        except InvalidOperation:
            cents = Decimal(-1)
        if len(parts) not in (2, 3) or not cents.is_finite() or not 0 <= cents <= CENTS_MAX or cents % 1:
            raise BadInput(
                "basket_line",
                "每行：SKU, 品类, 金额（元）。",
                "A line each: sku, category, yuan.",
                field="basket",
            )
        found.append(Line(parts[0], parts[1] if len(parts) == 3 else "", int(cents)))
    if not found and form.ok:
        raise BadInput("basket_empty", "请至少写一行商品。", "Give at least one line.", field="basket")
    return found


ROUTES = [printed, make, as_csv, as_pdf, tried, try_out]
