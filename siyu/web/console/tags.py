"""Tags in groups."""

from __future__ import annotations

from typing import Any

from siyu.people import tags
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import menu
from siyu.web.current import note
from siyu.web.forms import Form
from siyu.web.listing import Listing
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("people", "/tags", "标签", "Tags", permission="people.read", order=30, letter="t")

NAME_MAX = tags.NAME_CHARACTERS_MAX
GROUPS_A_PAGE = 25


@page("/tags", "people.read")
def all_tags(view: View, stores: Stores) -> Html:
    return _shown(view, stores, Form())


def _shown(view: View, stores: Stores, form: Form, *, invalid: bool = False) -> Html:
    with stores.ledger.read() as conn:
        groups = tags.all_groups(conn)
        found = tags.all_tags(conn, counted=True, archived=True)
    listing = Listing.read("tags", (), views=False)
    words = listing.words.lower()
    of = {
        group["id"]: [
            tag for tag in found if tag.group == group["id"] and words in f"{group['name']} {tag.name}".lower()
        ]
        for group in groups
    }
    fitting = [group for group in groups if of[group["id"]] or words in group["name"].lower()]
    shown: dict[str, Any] = {
        "listing": listing.paged(fitting, GROUPS_A_PAGE),
        "of": of,
        "form": form,
        "any_group": bool(groups),
    }
    if invalid:
        return view.invalid("people/tags.html", **shown)
    return view.render("people/tags.html", fragment="groups", **shown)


@submit("/tags/groups", "people.write", audits="tag_group_created")
def make_group(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    name = form.text("name", required=True, characters_max=NAME_MAX)
    with form.errors_kept():
        if form.ok:
            number = tags.make_group(stores, name, form.flag("exclusive"))
            note(f"tag_group:{number}", name=name)
            return view.redirect("/tags", toast=("已创建标签组", "Group created"))
    return _shown(view, stores, form, invalid=True)


@submit("/tags/groups/{group:int}", "people.write", audits="tag_created")
def make_tag(view: View, stores: Stores, actor: Actor, form: Form, group: int) -> Html:
    name = form.text("tag_name", required=True, characters_max=NAME_MAX)
    if not form.ok:
        raise next(iter(form.errors.values()))
    number = tags.make_tag(stores, group, name)
    note(f"tag:{number}", name=name)
    return view.done(toast=("已添加标签", "Tag added"), back="/tags", undo=f"/tags/{number}/archive")


@submit("/tags/{tag:int}/archive", "people.write", audits="tag_archived", about="tag:{tag}")
def archive(view: View, stores: Stores, tag: int) -> Html:
    tags.archive_tag(stores, tag)
    return view.done(toast=("已停用标签", "Tag taken out of use"), back="/tags", undo=f"/tags/{tag}/restore")


@submit("/tags/{tag:int}/restore", "people.write", audits="tag_restored", about="tag:{tag}")
def restore(view: View, stores: Stores, tag: int) -> Html:
    tags.archive_tag(stores, tag, archived=False)
    return view.done(toast=("已恢复标签", "Tag is back"), back="/tags")


ROUTES = [all_tags, make_group, make_tag, archive, restore]
