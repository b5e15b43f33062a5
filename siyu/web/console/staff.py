"""Settings → staff and roles."""

from __future__ import annotations

from siyu.staff import actions, queries, roles
from siyu.staff.model import Actor
from siyu.staff.passwords import new_secret
from siyu.storage import Stores
from siyu.web import menu
from siyu.web.current import note, t
from siyu.web.forms import Form
from siyu.web.listing import Column, Listing
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("settings", "/settings/staff", "员工与角色", "Staff and roles", permission="staff.write", order=20)

COLUMNS = (
    Column("name", "姓名", "Name"),
    Column("login", "登录名", "Login", narrow=False),
    Column("role", "角色", "Role"),
    Column("seen", "最近使用", "Last seen", narrow=False),
    Column("state", "状态", "State"),
)


def grantable(by: Actor) -> list[tuple[str, str, str]]:
    """The roles that somebody may hand out, with their sentences."""
    return [
        (role.name, t(role.zh, role.en), t(role.zh_for, role.en_for))
        for role in roles.ROLES.values()
        if by.kind == "system" or roles.may_grant(by.role, role.name)
    ]


@page("/settings/staff", "staff.write")
def staff_list(view: View, stores: Stores, actor: Actor) -> Html:
    listing = Listing.read("staff", COLUMNS, views=False)
    words = listing.words.lower()
    found = [each for each in queries.members(stores) if words in f"{each.name} {each.login}".lower()]
    return view.render(
        "settings/staff.html",
        fragment="list",
        listing=listing.paged(found),
        roles=roles.ROLES,
        permissions=roles.PERMISSIONS,
        now=stores.clock.now(),
    )


@page("/settings/staff/new", "staff.write")
def staff_new(view: View, actor: Actor) -> Html:
    form = Form.showing(role="operator", language="zh", password=new_secret()[:14])
    return view.render("settings/staff_new.html", form=form, roles=grantable(actor))


@submit("/settings/staff", "staff.write", audits="staff_added")
def staff_add(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    with form.errors_kept():
        number = actions.create_member(
            stores,
            actor,
            login=form.text("login", required=True, characters_max=64),
            name=form.text("name", required=True, characters_max=64),
            password=form.get("password"),
            role=form.get("role"),
            language=form.choice("language", actions.LANGUAGES, default="zh"),
        )
        note(f"staff:{number}", role=form.get("role"))
        return view.redirect("/settings/staff", toast=("已添加员工", "Member of staff added"))
    return view.invalid("settings/staff_new.html", form=form, roles=grantable(actor))


@page("/settings/staff/{number:int}", "staff.write")
def staff_one(view: View, stores: Stores, actor: Actor, number: Id) -> Html:
    member = queries.member(stores, number)
    form = Form.showing(name=member.name, role=member.role)
    return view.render("settings/staff_one.html", member=member, form=form, password=Form(), roles=grantable(actor))


@submit("/settings/staff/{number:int}", "staff.write", audits="staff_changed", about="staff:{number}")
def staff_change(view: View, stores: Stores, actor: Actor, form: Form, number: Id) -> Html:
    member = queries.member(stores, number)
    with form.errors_kept():
        name = form.text("name", required=True, characters_max=64)
        if form.ok:
            actions.change_member(stores, actor, number, name=name, role=form.get("role"))
            note(role=form.get("role"), role_before=member.role)
            return view.redirect("/settings/staff", toast=("已保存", "Saved"))
    return view.invalid("settings/staff_one.html", member=member, form=form, password=Form(), roles=grantable(actor))


@submit("/settings/staff/{number:int}/password", "staff.write", audits="password_reset", about="staff:{number}")
def staff_password(view: View, stores: Stores, actor: Actor, form: Form, number: Id) -> Html:
    member = queries.member(stores, number)
    with form.errors_kept():
        actions.reset_password(stores, actor, number, form.get("password"))
        return view.redirect("/settings/staff", toast=("密码已重置，请告诉本人", "Password reset; tell them"))
    stored = Form.showing(name=member.name, role=member.role)
    return view.invalid("settings/staff_one.html", member=member, form=stored, password=form, roles=grantable(actor))


@submit("/settings/staff/{number:int}/disable", "staff.write", audits="staff_disabled", about="staff:{number}")
def staff_disable(view: View, stores: Stores, actor: Actor, number: Id) -> Html:
    actions.disable_member(stores, actor, number)
    undo = f"/settings/staff/{number}/enable"
    return view.redirect("/settings/staff", toast=("已停用", "Disabled"), undo=undo)


@submit("/settings/staff/{number:int}/enable", "staff.write", audits="staff_enabled", about="staff:{number}")
def staff_enable(view: View, stores: Stores, actor: Actor, number: Id) -> Html:
    actions.enable_member(stores, actor, number)
    return view.done(toast=("已启用", "Enabled"), back="/settings/staff")


ROUTES = [
    staff_list,
    staff_new,
    staff_add,
    staff_one,
    staff_change,
    staff_password,
    staff_disable,
    staff_enable,
]
