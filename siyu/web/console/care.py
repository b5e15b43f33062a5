"""Membership → care: birthdays, anniversaries, surprises; the calendar, budgets, and what they brought."""

from __future__ import annotations

from typing import Any

import msgspec

from siyu.experiments.lift import Amounts, lift_of_means, lift_of_shares
from siyu.loyalty.care import command, effect, giving, keeping
from siyu.loyalty.care.keeping import Program
from siyu.loyalty.care.model import GIFTS, HOLD_OUT_MAX, KINDS, PER_DAY_MAX, STAGES, Care
from siyu.loyalty.tiers import keeping as tiers
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.storage.ledger import to_millis
from siyu.web import menu
from siyu.web.current import in_words, note, t
from siyu.web.forms import Form
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id, value_of
from siyu.web.routes import page, submit
from siyu.web.seeing import names_seen
from siyu.web.view import Html, View

menu.page("membership", "/care", "关怀", "Care", permission="tier.read", order=40)

DAYS_AHEAD = 14
BUDGET_MAX = 1_000_000_000
GIFT_COLUMNS = (
    Column("person", "客户", "Person"),
    Column("stage", "结果", "What came of it"),
    Column("much", "礼物", "Gift", numeric=True, narrow=False),
    Column("at", "时间", "When"),
)


@page("/care", "tier.read")
def overview(view: View, stores: Stores) -> Html:
    with stores.ledger.read() as conn:
        found = keeping.programs(conn)
    return view.render(
        "membership/care.html",
        programs=found,
        calendar=command.calendar(stores, DAYS_AHEAD),
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {"kinds": in_words(KINDS), "gifts": in_words(GIFTS), "stages": in_words(STAGES)}


@page("/care/new", "tier.write")
def new(view: View, stores: Stores) -> Html:
    return _form_page(view, stores, Form.showing(kind="birthday", gift="message", hold_out=10, a_day=10, budget=1000))


@submit("/care/new", "tier.write", audits="care_added")
def add(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    with form.errors_kept():
        wanted = _read(form)
        if wanted is not None:
            number = keeping.add(stores, actor.tag, wanted)
            note(f"care:{number}", name=wanted.name)
            return view.redirect(f"/care/{number}", toast=("草稿已保存", "The draft is kept"))
    return _form_page(view, stores, form, invalid=True)


@page("/care/{care:int}", "tier.read")
def one(view: View, stores: Stores, care: Id) -> Html:
    listing = Listing.read("care_gifts", GIFT_COLUMNS, filters=("stage",))
    with stores.ledger.read() as conn:
        program = keeping.get(conn, care)
    stage = listing.filters["stage"] if listing.filters["stage"] in command.CAME_TO else ""
    found = command.gifts_of(stores, care, stage, _after(listing.cursor), ASKED_MAX)
    shown = listing.cut(found, lambda row: f"{to_millis(row.at)} {row.key}")
    return view.render(
        "membership/care_of.html",
        fragment="list",
        program=program,
        listing=shown,
        names=names_seen(stores, {row.person for row in shown.rows}),
        came_to=in_words(command.CAME_TO),
        brought=_brought(stores, program),
        window=effect.WINDOW_DAYS,
        **_words(),
    )


def _after(cursor: str) -> tuple[int, str] | None:
    millis, _, key = (value_of(cursor, str) or "").partition(" ")
    return (int(millis), key[:100]) if millis.isascii() and millis.isdigit() and len(millis) < 16 else None


def _brought(stores: Stores, program: Program) -> dict[str, Any]:
    """What it brought, beside who was held out."""
    found = effect.effect_of(stores, program.id)
    given, out = found.given, found.held_out
    return {
        "stages": found.stages,
        "waits": found.waits,
        "bought": lift_of_shares(given.buyers, given.people, out.buyers, out.people),
        "spent": lift_of_means(
            Amounts(given.people, given.sum, given.squares), Amounts(out.people, out.sum, out.squares)
        ),
    }


@page("/care/{care:int}/edit", "tier.write")
def edit(view: View, stores: Stores, care: Id) -> Html:
    with stores.ledger.read() as conn:
        program = keeping.get(conn, care)
    told = program.care
    shown = {
        name: getattr(told, name) for name in ("name", "kind", "gift", "much", "budget", "tiers", "hold_out", "a_day")
    }
    return _form_page(view, stores, Form.showing(**shown), program)


@submit("/care/{care:int}/edit", "tier.write", audits="care_changed", about="care:{care}")
def change(view: View, stores: Stores, form: Form, care: Id) -> Html:
    with stores.ledger.read() as conn:
        program = keeping.get(conn, care)
    with form.errors_kept():
        wanted = _read(form)
        if wanted is not None:
            keeping.change(stores, care, wanted)
            return view.redirect(f"/care/{care}", toast=("已保存", "Kept"))
    return _form_page(view, stores, form, program, invalid=True)


@submit("/care/{care:int}/start", "tier.write", audits="care_started", about="care:{care}")
def start(view: View, stores: Stores, care: Id) -> Html:
    keeping.set_stage(stores, care, "live")
    return view.redirect(f"/care/{care}", toast=("已开始，每天早上 8 点执行", "It goes on every morning at 8"))


@submit("/care/{care:int}/pause", "tier.write", audits="care_paused", about="care:{care}")
def pause(view: View, stores: Stores, care: Id) -> Html:
    keeping.set_stage(stores, care, "paused")
    return view.redirect(f"/care/{care}", toast=("已暂停", "It rests"), undo=f"/care/{care}/start")


def _form_page(
    view: View, stores: Stores, form: Form, program: Program | None = None, *, invalid: bool = False
) -> Html:
    with stores.ledger.read() as conn:
        version = tiers.in_force(conn)
    known = (
        [] if version is None else [(tier.key, t(tier.name, tier.name_en or tier.name)) for tier in version.plan.tiers]
    )
    return (view.invalid if invalid else view.render)(
        "membership/care_form.html",
        form=form,
        program=program,
        tiers=known,
        coupons=command.coupon_choices(stores),
        gives=[(key, t(*GIFTS[key])) for key in giving.GIVES],
        hold_out_max=HOLD_OUT_MAX,
        **_words(),
    )


def _read(form: Form) -> Care | None:
    gift = form.choice("gift", list(giving.GIVES), default="message")
    wanted = {
        "name": form.text("name", required=True, characters_max=40),
        "kind": form.choice("kind", list(KINDS)),
        "gift": gift,
        "much": form.whole("coupon" if gift == "coupon" else "much", high=1_000_000, required=False),
        "budget": form.whole("budget", low=1, high=BUDGET_MAX),
        "tiers": [each for each in form.all("tiers") if each][:10],
        "hold_out": form.whole("hold_out", high=HOLD_OUT_MAX, required=False),
        "a_day": max(form.whole("a_day", high=PER_DAY_MAX, required=False), 1),
    }
    return msgspec.convert(wanted, Care) if form.ok else None


ROUTES = [overview, new, add, one, edit, change, start, pause]
