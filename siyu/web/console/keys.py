"""Settings → API keys and write keys."""

from __future__ import annotations

from typing import Any

from siyu.people import collecting, event_names, write_keys
from siyu.staff import actions, queries, roles
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import menu
from siyu.web.console.staff import grantable
from siyu.web.current import current, note
from siyu.web.forms import Form
from siyu.web.outside import Outside
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("settings", "/settings/keys", "API 与接入密钥", "API and intake keys", permission="staff.write", order=30)


def _shown(view: View, stores: Stores, actor: Actor, api: Form, write: Form, secret: str = "") -> Html:
    draw = view.render if api.ok and write.ok else view.invalid
    return draw(
        "settings/keys.html",
        keys=queries.keys(stores),
        write_keys=list(reversed(write_keys.all_of(stores))),
        roles=roles.ROLES,
        grantable=[(name, label) for name, label, _ in grantable(actor)],
        names=queries.names(stores),
        kinds=write_keys.KINDS,
        api=api,
        write=write,
        secret=secret,
    )


@page("/settings/keys", "staff.write")
def keys(view: View, stores: Stores, actor: Actor) -> Html:
    return _shown(view, stores, actor, Form.showing(role="operator"), Form())


@submit("/settings/keys", "staff.write", audits="api_key_created")
def add_key(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    with form.errors_kept():
        name = form.text("name", required=True, characters_max=64)
        if form.ok:
            number, secret = actions.create_key(stores, actor, name=name, role=form.get("role"))
            note(f"key:{number}", role=form.get("role"))
            return _shown(view, stores, actor, Form.showing(role="operator"), Form(), secret)
    return _shown(view, stores, actor, form, Form())


@submit("/settings/keys/{number:int}/revoke", "staff.write", audits="api_key_revoked", about="key:{number}")
def revoke_key(view: View, stores: Stores, actor: Actor, number: Id) -> Html:
    actions.revoke_key(stores, actor, number)
    return view.redirect("/settings/keys", toast=("密钥已作废", "Key revoked"))


@submit("/settings/write-keys", "staff.write", audits="write_key_created")
def add_write_key(view: View, stores: Stores, actor: Actor, outside: Outside, form: Form) -> Html:
    with form.errors_kept():
        made = write_keys.create(stores, form.get("name"), form.get("source"), form.get("kind"))
        note(f"write_key:{made.id}", source=made.source, kind=made.kind)
        if made.kind == "server":
            return _write_key(view, stores, outside, made)  # there is no other page with it
        return view.redirect(f"/settings/keys/write/{made.id}", toast=("写入密钥已创建", "Write key created"))
    return _shown(view, stores, actor, Form.showing(role="operator"), form)


@submit(
    "/settings/write-keys/{number:int}/revoke", "staff.write", audits="write_key_revoked", about="write_key:{number}"
)
def revoke_write_key(view: View, stores: Stores, number: Id) -> Html:
    write_keys.revoke(stores, number)
    return view.redirect("/settings/keys", toast=("密钥已作废", "Key revoked"))


@submit(
    "/settings/write-keys/{number:int}/narrow", "staff.write", audits="write_key_narrowed", about="write_key:{number}"
)
def narrow_write_key(view: View, stores: Stores, number: Id) -> Html:
    write_keys.narrow(stores, number)
    return view.redirect("/settings/keys", toast=("已改为页面密钥", "It is a page key now"))


@page("/settings/keys/write/{number:int}", "staff.write")
def write_key(view: View, stores: Stores, outside: Outside, number: Id) -> Html:
    """What to put where, and whether anything has come from there."""
    return _write_key(view, stores, outside, write_keys.one(stores, number))


def _write_key(view: View, stores: Stores, outside: Outside, key: write_keys.WriteKey) -> Html:
    places = [(place, collecting.code_for(place.name, outside.address, key)) for place in collecting.places_for(key)]
    kind = write_keys.KINDS[key.kind]
    return view.render("settings/write_key.html", key=key, kind=kind, places=places, **_heard(stores, key))


@page("/settings/keys/write/{number:int}/heard", "staff.write")
def heard(view: View, stores: Stores, number: Id) -> Html:
    """The part of that page that asks again."""
    key = write_keys.one(stores, number)
    return view.render("settings/write_key_heard.html", key=key, **_heard(stores, key))


def _heard(stores: Stores, key: write_keys.WriteKey) -> dict[str, Any]:
    last = write_keys.heard_from(stores, key.source)
    return {"heard": last, "event": event_names.label(last.name, current().language) if last else ""}


ROUTES = [keys, add_key, revoke_key, add_write_key, narrow_write_key, revoke_write_key, write_key, heard]
