"""The pages of audiences and layers."""

from __future__ import annotations

import json
from typing import Any

from siyu.audiences import actions, queries
from siyu.audiences.model import All, Rule, parse, to_json
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web import menu
from siyu.web.api.audiences import form_catalogue
from siyu.web.current import note, t
from siyu.web.forms import Form
from siyu.web.listing import Column, Listing
from siyu.web.paging import CursorText, cut, value_of
from siyu.web.routes import page, submit
from siyu.web.seeing import asked_fairly, names_seen, seen
from siyu.web.view import Html, View

menu.page("people", "/audiences", "人群", "Audiences", permission="audience.read", order=20, letter="a")

COLUMNS = (
    Column("name", "人群", "Audience", sort=True),
    Column("kind", "类型", "Kind", narrow=False),
    Column("size", "人数", "People", sort=True, numeric=True),
    Column("computed", "更新于", "Up to date", narrow=False),
)
MEMBERS_SHOWN = 50
EVERYBODY = json.dumps(to_json(All(())))


@page("/audiences", "audience.read")
def audience_list(view: View, stores: Stores) -> Html:
    listing = Listing.read("audiences", COLUMNS)
    found = [each for each in queries.all_audiences(stores) if listing.words.lower() in each.name.lower()]
    if listing.sort:
        found.sort(key=lambda each: each.name if listing.sort == "name" else each.size or 0, reverse=listing.descending)
    listing = listing.paged(found)
    said = {each.id: t(*queries.said(stores, each.rule)) for each in listing.rows}
    return view.render("audiences/list.html", fragment="list", listing=listing, said=said)


@page("/audiences/new", "audience.write")
def audience_new(view: View, stores: Stores, name: str = "", rule: str = "") -> Html:
    """Empty, or as another page drafted it: a name and a rule in the address."""
    return _editor(view, stores, Form.showing(name=name[:100], rule=rule or EVERYBODY, refresh_minutes=60, kind="live"))


@submit("/audiences", "audience.write", audits="audience_created")
def audience_create(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    name, minutes = form.text("name", required=True, characters_max=100), form.whole("refresh_minutes", low=1)
    kind = form.choice("kind", ("live", "snapshot"), default="live")
    with form.errors_kept():
        rule = _rule(form)
        if form.ok:
            number = actions.create(
                stores, actor.tag, name, rule, "snapshot" if kind == "snapshot" else "live", minutes or 60
            )
            note(f"audience:{number}", name=name)
            return view.redirect(f"/audiences/{number}", toast=("人群已保存", "Audience saved"))
    return _editor(view, stores, form, invalid=True)


@page("/audiences/{number:int}", "audience.read")
def audience_one(view: View, stores: Stores, number: int, cursor: CursorText = "") -> Html:
    audience = queries.get(stores, number)
    size, found = queries.members_page(stores, number, value_of(cursor, int) or 0, MEMBERS_SHOWN + 1)
    found, following = cut(found, MEMBERS_SHOWN, int)
    history = queries.history(stores, number)
    names = names_seen(stores, [*found, *(each["person"] for each in history)])
    return view.render(
        "audiences/one.html",
        audience=audience,
        said=t(*queries.said(stores, audience.rule)),
        size=size,
        members=[(person, names.get(person, "")) for person in found],
        next=following,
        history=history,
        names=names,
        versions=queries.versions(stores, number),
        rule=json.dumps(to_json(audience.rule), ensure_ascii=False, indent=2),
    )


@page("/audiences/{number:int}/edit", "audience.write")
def audience_edit(view: View, stores: Stores, number: int) -> Html:
    audience = queries.get(stores, number)
    form = Form.showing(
        name=audience.name,
        rule=json.dumps(to_json(audience.rule), ensure_ascii=False),
        refresh_minutes=audience.refresh_minutes,
        seen=audience.version,
        kind=audience.kind,
    )
    return _editor(view, stores, form, number=number)


@submit("/audiences/{number:int}", "audience.write", audits="audience_edited", about="audience:{number}")
def audience_save(view: View, stores: Stores, actor: Actor, number: int, form: Form) -> Html:
    name, minutes = form.text("name", required=True, characters_max=100), form.whole("refresh_minutes", low=1)
    seen = form.whole("seen", required=False)
    with form.errors_kept():
        rule = _rule(form)
        if form.ok:
            actions.edit(
                stores, actor.tag, number, name=name, rule=rule, refresh_minutes=minutes or 60, seen=seen or None
            )
            return view.redirect(f"/audiences/{number}", toast=("人群已保存", "Audience saved"))
    return _editor(view, stores, form, number=number, invalid=True)


@submit("/audiences/{number:int}/archive", "audience.write", audits="audience_archived", about="audience:{number}")
def audience_archive(view: View, stores: Stores, number: int) -> Html:
    actions.archive(stores, number)
    return view.redirect("/audiences", toast=("已归档", "Archived"), undo=f"/audiences/{number}/restore")


@submit("/audiences/{number:int}/restore", "audience.write", audits="audience_restored", about="audience:{number}")
def audience_restore(view: View, stores: Stores, number: int) -> Html:
    actions.archive(stores, number, archived=False)
    return view.redirect(f"/audiences/{number}", toast=("已恢复", "Restored"))


@submit("/audiences/{number:int}/snapshot", "audience.write", audits="audience_frozen", about="audience:{number}")
def audience_snapshot(view: View, stores: Stores, actor: Actor, number: int) -> Html:
    audience = queries.get(stores, number)
    name = f"{audience.name[:80]} · {stores.clock.now():%Y-%m-%d}"
    copy = actions.snapshot_of(stores, actor.tag, number, name)
    return view.redirect(f"/audiences/{copy}", toast=("已存为静态人群", "Kept as a snapshot"))


@submit("/audiences/{number:int}/refresh", "audience.write", audits="audience_refreshed", about="audience:{number}")
def audience_refresh(view: View, stores: Stores, number: int) -> Html:
    told = actions.refresh(stores, number)
    return view.redirect(
        f"/audiences/{number}",
        toast=(
            f"已更新：进入 {told['joined']} 人，离开 {told['left']} 人",
            f"Up to date: {told['joined']} joined, {told['left']} left",
        ),
    )


@page("/audiences/{number:int}/why/{person:int}", "audience.read")
def audience_why(view: View, stores: Stores, number: int, person: int) -> Html:
    told = seen(queries.why(stores, number, person))
    names = names_seen(stores, [told["person"]])
    return view.render("audiences/why.html", told=told, name=names.get(told["person"], ""), number=number)


def _rule(form: Form) -> Rule:
    try:
        rule = parse(form.get("rule"))
    except BadInput as error:
        raise BadInput(error.code, error.zh, error.en, field="rule", path=error.field) from error
    asked_fairly(to_json(rule))
    return rule


def _editor(view: View, stores: Stores, form: Form, *, number: int | None = None, invalid: bool = False) -> Html:
    shown: dict[str, Any] = {"form": form, "number": number, "catalogue": form_catalogue(stores)}
    if invalid:
        return view.invalid("audiences/editor.html", **shown)
    return view.render("audiences/editor.html", **shown)


ROUTES = [
    audience_list, audience_new, audience_create, audience_one, audience_edit, audience_save, audience_archive,
    audience_restore, audience_snapshot, audience_refresh, audience_why,
]  # fmt: skip
