"""The guide inside the console: the pages of docs/guide in the reader's language, and which page explains which."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

import siyu
from siyu.storage import NotFound
from siyu.web.current import current
from siyu.web.routes import SIGNED_IN, page
from siyu.web.view import Html, View, templates

PACKED = Path(__file__).parents[1] / "guide"
"""Where a wheel holds them; in the source tree they stand in docs."""

IN_SOURCE = Path(siyu.__file__).parents[1] / "docs" / "guide"

ORDER = (
    "look-around", "import-your-orders", "connect-your-shop", "send-events", "people", "your-first-audience", "layers",
    "your-first-broadcast", "read-the-figures", "export-people", "settings", "how-siyu-works",
)  # fmt: skip

EXPLAINS: tuple[tuple[str, str], ...] = (
    ("/welcome", "look-around"),
    ("/imports", "import-your-orders"),
    ("/exports", "export-people"),
    ("/people", "people"),
    ("/conflicts", "people"),
    ("/tags", "people"),
    ("/layers", "layers"),
    ("/audiences", "your-first-audience"),
    ("/broadcasts", "your-first-broadcast"),
    ("/messages", "your-first-broadcast"),
    ("/guard", "your-first-broadcast"),
    ("/settings/accounts/new/youzan", "connect-your-shop"),
    ("/settings/accounts/new/douyin_shop", "connect-your-shop"),
    ("/settings/accounts/new/taobao", "connect-your-shop"),
    ("/settings/accounts/new/shop", "connect-your-shop"),
    ("/settings/accounts", "your-first-broadcast"),
    ("/settings/keys", "send-events"),
    ("/settings", "settings"),
    ("/jobs", "settings"),
    ("/profile", "settings"),
    ("/home", "read-the-figures"),
    ("/insight", "read-the-figures"),
)


def guide_of(path: str) -> str:
    """The address of the guide page that explains a page of the console; of all of them where none does."""
    if path == "/":
        return "/guide/read-the-figures"
    found = next((name for start, name in EXPLAINS if path == start or path.startswith(start + "/")), "")
    return f"/guide/{found}" if found else "/guide"


@cache
def _read(language: str, name: str) -> tuple[str, str]:
    """Title and HTML of a page. Raises :class:`NotFound`."""
    folder = PACKED if PACKED.is_dir() else IN_SOURCE
    file = folder / language / f"{name}.md"
    if name not in ORDER or not file.is_file():
        raise NotFound("guide_unknown", "没有这一页指南。", "There is no such page of the guide.")
    known = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = known.parse(file.read_text("utf-8"))
    title = tokens[1].content
    for token in tokens:
        _within(token.children or [])
    html = str(known.renderer.render(tokens[3:], known.options, {}))
    return title, html.replace("<pre>", '<pre tabindex="0">').replace("<table>", '<table tabindex="0">')


def _within(tokens: list[Token]) -> None:
    """Links lead to pages of the guide or to the web; what is only in the source tree stays as words."""
    away = False
    for token in tokens:
        if token.type == "link_open":
            target = str(token.attrGet("href") or "")
            name = target.removesuffix(".md")
            away = not (name in ORDER or target.startswith("https://"))
            if name in ORDER:
                token.attrs = {"href": f"/guide/{name}"}
        if token.type in ("link_open", "link_close") and away:
            token.tag, token.attrs = "span", {}
        if token.type == "image":
            token.type, token.tag, token.children = "text", "", None


def _language() -> str:
    return "zh" if current().language.startswith("zh") else "en"


@page("/guide", SIGNED_IN)
def guide_list(view: View) -> Html:
    language = _language()
    return view.render("guide/all.html", pages=[(name, _read(language, name)[0]) for name in ORDER])


@page("/guide/{name:str}", SIGNED_IN)
def guide_page(view: View, name: str) -> Html:
    language = _language()
    title, html = _read(language, name)
    pages = [(each, _read(language, each)[0]) for each in ORDER]
    return view.render("guide/one.html", title=title, html=Markup(html), name=name, pages=pages)


_known: dict[str, Any] = {"guide_of": guide_of}
templates().globals.update(_known)

ROUTES = [guide_list, guide_page]
