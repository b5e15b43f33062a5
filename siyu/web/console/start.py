"""The address ``/``: the home page where a room made one, else the first page that the reader may open."""

from __future__ import annotations

from siyu.staff import queries
from siyu.storage import Stores
from siyu.web import menu
from siyu.web.current import current
from siyu.web.routes import PUBLIC, page
from siyu.web.view import Html, View

HOME = "/home"


@page("/", PUBLIC)
def start(view: View, stores: Stores) -> Html:
    if current().member is None:
        return view.redirect("/sign-in" if queries.anybody(stores) else "/first-run")
    pages = [entry.url for _, entries in menu.visible() for entry in entries]
    return view.redirect(HOME if HOME in pages else pages[0] if pages else "/profile")


ROUTES = [start]
