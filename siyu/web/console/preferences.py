"""Settings → preferences of the installation, made from the registry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from siyu.jobs import preferences
from siyu.jobs.preferences import Preference
from siyu.staff.model import Actor
from siyu.storage import NotAllowed, Stores
from siyu.web import menu
from siyu.web.current import may, note
from siyu.web.forms import Form
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page(
    "settings", "/settings", "店铺与偏好", "Shop and preferences", permission="settings.write", order=10, letter="s"
)


def _read(form: Form, preference: Preference) -> str | int | bool:
    if isinstance(preference.default, bool):
        return form.flag(preference.name)
    if isinstance(preference.default, int):
        return form.whole(preference.name, low=-(10**9), high=10**9)
    return form.text(preference.name, characters_max=preferences.TEXT_CHARACTERS_MAX)


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What differs, by name."""
    return {name: value for name, value in after.items() if before.get(name) != value}


def groups(stores: Stores) -> list[tuple[tuple[str, str], list[Preference]]]:
    """The parts of the page with the preferences that the reader may change."""
    mine = [one for one in preferences.all_preferences() if may(one.permission)]
    parts = [(words, [one for one in mine if one.group == key]) for key, words in preferences.GROUPS.items()]
    return [(words, found) for words, found in parts if found]


def require_allowed(actor: Actor, names: Iterable[str]) -> None:
    """Raise :class:`NotAllowed` where one of these preferences is not for this actor to change."""
    needed = {one.name: one.permission for one in preferences.all_preferences()}
    for name in names:
        if name in needed and not actor.may(needed[name]):
            raise NotAllowed(
                "preference_not_yours",
                "这项设置只有所有者能修改。",
                "Only an owner may change this preference.",
                field=name,
            )


@page("/settings", "settings.write")
def settings(view: View, stores: Stores) -> Html:
    form = Form.showing(**preferences.values(stores))
    return view.render("settings/preferences.html", form=form, groups=groups(stores))


@submit("/settings", "settings.write", audits="settings_changed", about="settings")
def save(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    mine = [one for _, found in groups(stores) for one in found]
    wished = {one.name: _read(form, one) for one in mine if one.name in form or isinstance(one.default, bool)}
    with form.errors_kept():
        if form.ok:
            with stores.ledger.write() as conn:
                news = changed(preferences.values(conn), wished)
                require_allowed(actor, news)
                for name, value in news.items():
                    preferences.put(conn, name, value, at=stores.clock.now(), by=actor.tag)
            note(**news)
            return view.redirect("/settings", toast=("设置已保存", "Settings saved"))
    return view.invalid("settings/preferences.html", form=form, groups=groups(stores))


ROUTES = [settings, save]
