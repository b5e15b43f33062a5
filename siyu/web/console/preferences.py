"""Settings → preferences of the installation, made from the registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from siyu.jobs import preferences
from siyu.jobs.preferences import Preference
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import menu
from siyu.web.current import note
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


@page("/settings", "settings.write")
def settings(view: View, stores: Stores) -> Html:
    form = Form.showing(**preferences.values(stores))
    return view.render("settings/preferences.html", form=form, preferences=preferences.all_preferences())


@submit("/settings", "settings.write", audits="settings_changed", about="settings")
def save(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    everything = preferences.all_preferences()
    wished = {one.name: _read(form, one) for one in everything if one.name in form or isinstance(one.default, bool)}
    with form.errors_kept():
        if form.ok:
            with stores.ledger.write() as conn:
                news = changed(preferences.values(conn), wished)
                for name, value in news.items():
                    preferences.put(conn, name, value, at=stores.clock.now(), by=actor.tag)
            note(**news)
            return view.redirect("/settings", toast=("设置已保存", "Settings saved"))
    return view.invalid("settings/preferences.html", form=form, preferences=everything)


ROUTES = [settings, save]
