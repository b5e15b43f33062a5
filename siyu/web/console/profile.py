"""One's own name, language and password."""

from __future__ import annotations

from siyu.staff import actions
from siyu.staff.model import Member
from siyu.storage import NotFound, Stores
from siyu.web.console.session import signed_in
from siyu.web.current import current, nothing_happened
from siyu.web.forms import Form
from siyu.web.limits import limited
from siyu.web.routes import SIGNED_IN, page, submit
from siyu.web.view import Html, View


def _me() -> Member:
    member = current().member
    if member is None:
        raise NotFound("profile_of_staff", "API 密钥没有个人资料。", "An API key has no profile.")
    return member


PASSWORDS_PER_MINUTE = 20


def _shown(view: View, profile: Form, password: Form) -> Html:
    draw = view.render if profile.ok and password.ok else view.invalid
    return draw("session/profile.html", me=_me(), profile=profile, password=password)


def _stored() -> Form:
    return Form.showing(name=_me().name, language=_me().language)


@page("/profile", SIGNED_IN)
def profile(view: View) -> Html:
    return _shown(view, _stored(), Form())


@submit("/profile", SIGNED_IN, audits="profile_changed", about="profile")
def change_profile(view: View, stores: Stores, form: Form) -> Html:
    name, language = form.text("name", required=True, characters_max=64), form.choice("language", actions.LANGUAGES)
    with form.errors_kept():
        if form.ok:
            actions.change_profile(stores, _me().id, name=name, language=language)
            return view.redirect("/profile", toast=("已保存", "Saved"))
    return _shown(view, form, Form())


@submit(
    "/profile/password", SIGNED_IN, audits="password_changed", about="profile", guards=[limited(PASSWORDS_PER_MINUTE)]
)
def change_password(view: View, stores: Stores, form: Form) -> Html:
    with form.errors_kept():
        actions.change_password(stores, _me().id, form.get("old"), form.get("new"))
        _, token = actions.sign_in(stores, _me().login, form.get("new"), current().agent, current().address)
        answer = view.redirect(
            "/profile", toast=("密码已更换，其他设备已退出", "Password changed; other devices signed out")
        )
        return signed_in(answer, token)
    nothing_happened()
    return _shown(view, _stored(), form)


ROUTES = [profile, change_profile, change_password]
