"""People → lost friends: who left their advisers, when it is more than usual or somebody who matters."""

from __future__ import annotations

from siyu.audiences.layers import schemes
from siyu.channels.wecom.advisers import names_of as advisers_named
from siyu.people.finding import names_of
from siyu.people.tags import all_tags
from siyu.reach.lost_friends import rules, watching
from siyu.reach.lost_friends.rules import COUNTING, KINDS, Draft, LostRule
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import menu
from siyu.web.current import in_words, note, t
from siyu.web.forms import Form
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id, whole
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("people", "/lost-friends", "流失提醒", "Lost friends", permission="people.read", order=65)

LISTED = (
    Column("who", "谁", "Who"),
    Column("why", "提醒", "Alert"),
    Column("staff", "员工", "Adviser", narrow=False),
    Column("day", "日期", "Day"),
    Column("seen", "已阅", "Seen", narrow=False),
)


@page("/lost-friends", "people.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("lost-friends", LISTED, filters=("seen",), views=False)
    unseen = listing.filters["seen"] == "no"
    staff = watching.advisers_like(stores, listing.words) if listing.words else None
    found = watching.list_alerts(stores, unseen=unseen, staff=staff, before=listing.before, rows_max=ASKED_MAX)
    return view.render(
        "people/lost_friends.html",
        fragment="list",
        listing=listing.cut(found, lambda alert: alert.id),
        rules=rules.list_rules(stores),
        names=names_of(stores, [each.person for each in found if each.person]),
        advisers=advisers_named(stores, [each.staff for each in found if each.staff]),
        waiting=any(each.seen is None for each in found),
    )


@submit("/lost-friends/seen", "watch.write", audits="alerts_seen")
def seen(view: View, stores: Stores, actor: Actor) -> Html:
    note(alerts=watching.see(stores, actor.tag))
    return view.redirect("/lost-friends", toast=("已全部标为已阅", "All noted as seen"))


def _draft(form: Form) -> Draft:
    kind = form.choice("kind", list(KINDS))
    key, _, layer = form.get("layer").partition(" ")
    return Draft(
        kind,
        form.whole("least", low=1, high=rules.LEAST_MAX) if kind in COUNTING else 0,
        whole(form.get("tag")) if kind == "tag" else None,
        key if kind == "layer" else "",
        layer if kind == "layer" else "",
    )


def _form_page(view: View, stores: Stores, form: Form, rule: LostRule | None = None) -> Html:
    show = view.render if form.ok else view.invalid
    with stores.ledger.read() as conn:
        tags = [(each.id, f"{each.group_name}：{each.name}") for each in all_tags(conn)]
        layers = [
            (f"{known.key} {layer.key}", f"{t(*known.label)}：{t(*layer.label)}")
            for known in schemes(conn)
            if known.enabled
            for layer in known.layers
        ]
    return show(
        "people/lost_friends_form.html",
        form=form,
        rule=rule,
        kinds=list(in_words(KINDS).items()),
        tags=tags,
        layers=layers,
    )


@page("/lost-friends/rules/new", "watch.write")
def new(view: View, stores: Stores) -> Html:
    return _form_page(view, stores, Form.showing(kind="adviser", least=5))


@submit("/lost-friends/rules/new", "watch.write", audits="watch_added")
def add(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    with form.errors_kept():
        draft = _draft(form)
        if form.ok:
            number = rules.add_rule(stores, actor.tag, draft)
            note(f"watch:{number}", kind=draft.kind)
            return view.redirect("/lost-friends", toast=("已建立，从现在起提醒", "Made; it holds from now on"))
    return _form_page(view, stores, form)


@page("/lost-friends/rules/{rule:int}", "watch.write")
def one(view: View, stores: Stores, rule: Id) -> Html:
    found = rules.get_rule(stores, rule)
    layer = f"{found.scheme} {found.layer}".strip()
    form = Form.showing(kind=found.kind, least=found.least or 5, tag=found.tag or "", layer=layer)
    return _form_page(view, stores, form, found)


@submit("/lost-friends/rules/{rule:int}", "watch.write", audits="watch_changed", about="watch:{rule}")
def change(view: View, stores: Stores, form: Form, rule: Id) -> Html:
    found = rules.get_rule(stores, rule)
    with form.errors_kept():
        draft = _draft(form)
        if form.ok:
            rules.change_rule(stores, rule, draft)
            return view.redirect("/lost-friends", toast=("已保存", "Saved"))
    return _form_page(view, stores, form, found)


@submit("/lost-friends/rules/{rule:int}/remove", "watch.write", audits="watch_removed", about="watch:{rule}")
def remove(view: View, stores: Stores, rule: Id) -> Html:
    rules.remove_rule(stores, rule)
    return view.redirect("/lost-friends", toast=("已删除", "Removed"))


ROUTES = [list_all, seen, new, add, one, change, remove]
