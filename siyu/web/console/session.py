"""Sign-in and out, language, search, saved views, and the tables that charts download."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar.datastructures import Cookie
from litestar.response import Response

from siyu.staff import actions, queries
from siyu.staff.model import Actor
from siyu.storage import BadInput, SiyuError, Stores
from siyu.web import downloads, search
from siyu.web.current import current
from siyu.web.edge import COOKIE, LANGUAGE_COOKIE
from siyu.web.forms import Form
from siyu.web.limits import limited
from siyu.web.routes import PUBLIC, SIGNED_IN, page, submit
from siyu.web.view import Html, View

SIGN_INS_PER_MINUTE = 20
TABLE_ROWS_MAX = 20_000
TABLE_BYTES_MAX = 5_000_000
_YEAR_SECONDS = 365 * 86_400


def inner(url: str) -> str:
    """An address inside the console, whatever was asked for: nobody is led to another site."""
    return url if url.startswith("/") and not url.startswith(("//", "/\\")) and url.isprintable() else "/"


@page("/sign-in", PUBLIC)
def sign_in_form(view: View, stores: Stores, back: str = "/") -> Html:
    if not queries.anybody(stores):
        return view.redirect("/first-run")
    if current().member is not None:
        return view.redirect(inner(back))
    return view.render("session/sign_in.html", form=Form.showing(back=inner(back)))


@submit("/sign-in", PUBLIC, audits=None, guards=[limited(SIGN_INS_PER_MINUTE)])
def sign_in(view: View, stores: Stores, form: Form) -> Html:
    login, password = form.text("login", required=True, characters_max=64), form.get("password")
    if not form.ok:
        return view.invalid("session/sign_in.html", form=form)
    try:
        _, token = actions.sign_in(stores, login, password, current().agent, current().address)
    except SiyuError as error:
        form.general.append(error)
        return view.invalid("session/sign_in.html", form=form)
    return signed_in(view.redirect(inner(form.get("back", "/"))), token)


def signed_in(answer: Html, token: str) -> Html:
    """Let the browser keep the sign-in."""
    answer.cookies.append(
        Cookie(
            key=COOKIE,
            value=token,
            path="/",
            max_age=int(actions.SIGNED_IN.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=current().secure,
        )
    )
    return answer


@submit("/sign-out", SIGNED_IN, audits="signed_out", about="sign_in")
def sign_out(view: View, stores: Stores) -> Html:
    actions.sign_out(stores, current().token)
    answer = view.redirect("/sign-in")
    answer.delete_cookie(COOKIE)
    return answer


@submit("/language", PUBLIC, audits=None)
def choose_language(view: View, stores: Stores, form: Form) -> Html:
    language = form.choice("language", actions.LANGUAGES)
    member = current().member
    if member is not None and form.ok:
        actions.change_profile(stores, member.id, name=member.name, language=language)
    answer = view.redirect(inner(form.get("back", "/")))
    answer.cookies.append(Cookie(key=LANGUAGE_COOKIE, value=language, path="/", max_age=_YEAR_SECONDS, samesite="lax"))
    return answer


@page("/search/hits", SIGNED_IN)
def search_hits(view: View, stores: Stores, actor: Actor, q: str = "") -> Html:
    return view.render("search/hits.html", hits=search.find(stores, actor, q), words=q.strip())


@page("/search", SIGNED_IN)
def search_page(view: View, stores: Stores, actor: Actor, q: str = "") -> Html:
    return view.render("search/page.html", hits=search.find(stores, actor, q), words=q.strip())


@submit("/views", SIGNED_IN, audits=None)
def save_view(view: View, stores: Stores, form: Form) -> Html:
    member = current().member
    if member is None:
        raise BadInput("views_need_staff", "只有登录的员工可以保存视图。", "Only signed-in staff can save views.")
    path = inner(form.get("page", "/"))
    actions.save_view(stores, member.id, page=path, name=form.get("name"), query=form.get("query"))
    return view.done(toast=("视图已保存", "View saved"), back=path)


@submit("/views/{number:int}/drop", SIGNED_IN, audits=None)
def drop_view(view: View, stores: Stores, number: int) -> Html:
    member = current().member
    if member is not None:
        actions.drop_view(stores, member.id, number)
    return view.done(toast=("视图已删除", "View deleted"), back="/")


class Table(msgspec.Struct):
    """The table behind a chart, as the page holds it."""

    title: str
    columns: list[str]
    rows: list[list[str | int | float | None]]


@submit("/table.xlsx", SIGNED_IN, audits=None, request_max_body_size=TABLE_BYTES_MAX)
def chart_table(data: Table) -> Response[Any]:
    return downloads.excel(data.title, data.columns, data.rows[:TABLE_ROWS_MAX])


ROUTES = [
    sign_in_form,
    sign_in,
    sign_out,
    choose_language,
    search_hits,
    search_page,
    save_view,
    drop_view,
    chart_table,
]
