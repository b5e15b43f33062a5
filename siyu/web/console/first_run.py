"""The first minutes: make the owner, then look around with the rehearsal shop or bring one's own data."""

from __future__ import annotations

from collections.abc import Mapping

from siyu.channels.registry import Channels
from siyu.jobs import preferences
from siyu.staff import actions, audit, passwords, queries
from siyu.staff.model import Actor
from siyu.storage import SiyuError, Stores
from siyu.web import menu
from siyu.web.beginning import next_step, steps_of
from siyu.web.console.session import SIGN_INS_PER_MINUTE, signed_in
from siyu.web.current import current
from siyu.web.forms import Form
from siyu.web.limits import limited
from siyu.web.rehearsing import Rehearsal
from siyu.web.routes import PUBLIC, SIGNED_IN, page, submit
from siyu.web.view import Html, View

menu.page("home", "/welcome", "从这里开始", "Begin here", permission=SIGNED_IN, order=90)


@page("/first-run", PUBLIC)
def first_run(view: View, stores: Stores) -> Html:
    if queries.anybody(stores):
        return view.redirect("/")
    form = Form.showing(timezone="Asia/Shanghai", currency="CNY")
    return view.render("session/first_run.html", form=form)


@submit("/first-run", PUBLIC, audits=None, guards=[limited(SIGN_INS_PER_MINUTE)])
def create_owner(view: View, stores: Stores, form: Form) -> Html:
    if queries.anybody(stores):
        return _second_time(view, stores, form)
    wishes = {
        "shop_name": form.text("shop", required=True, characters_max=60),
        "timezone": form.text("timezone"),
        "currency": form.text("currency"),
        "language": current().language,
    }
    login, name = form.text("login", required=True), form.text("name", required=True)
    with form.errors_kept():
        passwords.check_new(form.get("password"), login)
    if form.get("password") != form.get("again"):
        form.fail(actions.passwords_differ("again"))
    with form.errors_kept():
        if form.ok:
            preferences.check(wishes)
            return _begun(view, stores, wishes, login, name, form.get("password"))
    return view.invalid("session/first_run.html", form=form)


def _second_time(view: View, stores: Stores, form: Form) -> Html:
    """The form was sent twice, by a double click or from another tab: whoever just made the owner goes on."""
    try:
        call, login = current(), form.get("login").strip()
        _, token = actions.sign_in(stores, login, form.get("password"), call.agent, call.address)
    except SiyuError:
        return view.redirect("/sign-in", toast=("店铺已经建好，请登录", "The shop is there already: sign in"))
    return signed_in(view.redirect("/welcome"), token)


def _begun(view: View, stores: Stores, wishes: Mapping[str, str], login: str, name: str, password: str) -> Html:
    number = actions.create_owner(stores, login=login, name=name, password=password, language=wishes["language"])
    owner, now = Actor("staff", number, name, "owner"), stores.clock.now()
    with stores.ledger.write() as conn:
        for key, value in wishes.items():
            preferences.put(conn, key, value, at=now, by=owner.tag)
        audit.record(conn, now, owner.tag, "installation_begun", owner.tag)
    _, token = actions.sign_in(stores, login, password, current().agent, current().address)
    return signed_in(view.redirect("/welcome"), token)


def import_page() -> str:
    """The address of the import wizard, where the reader may open it."""
    for _, entries in menu.visible():
        for entry in entries:
            if entry.permission == "import":
                return entry.url
    return ""


@page("/welcome", SIGNED_IN)
def welcome(view: View, stores: Stores, channels: Channels, rehearsal: Rehearsal) -> Html:
    steps = steps_of(stores, channels)
    return view.render(
        "session/welcome.html", rehearsal=rehearsal, imports=import_page(), steps=steps, next=next_step(steps)
    )


@page("/rehearsal/progress", SIGNED_IN)
def rehearsal_progress(view: View, rehearsal: Rehearsal) -> Html:
    return view.render("session/rehearsal.html", rehearsal=rehearsal)


@submit("/rehearsal/start", "settings.write", audits="rehearsal_started", about="rehearsal")
def start_rehearsal(view: View, rehearsal: Rehearsal) -> Html:
    rehearsal.start()
    return view.redirect("/welcome")


@submit("/rehearsal/stop", "settings.write", audits="rehearsal_stopped", about="rehearsal")
def stop_rehearsal(view: View, rehearsal: Rehearsal) -> Html:
    rehearsal.stop()
    return view.redirect(
        "/welcome", toast=("预演已停止，可随时继续", "The rehearsal has stopped; go on whenever you like")
    )


ROUTES = [first_run, create_owner, welcome, rehearsal_progress, start_rehearsal, stop_rehearsal]
