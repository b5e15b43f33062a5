"""Answers of console pages: a template, a redirect, a toast. Handed to a page as ``view``."""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import jinja2
from litestar.datastructures import Cookie
from litestar.response import Response
from markupsafe import Markup

from siyu.web import menu, verbs, wording
from siyu.web.current import current, may, t
from siyu.web.doers import doer
from siyu.web.job_words import job_words
from siyu.web.seeing import seen, text_seen
from siyu.web.static_files import asset
from siyu.web.zones import zone_choices, zone_words, zones_besides

TEMPLATES = Path(__file__).parent / "templates"
FLASH = "siyu_flash"

Html = Response[Any]
Text = tuple[str, str]
"""The same sentence in Chinese and English."""


def icon(name: str, css: str = "") -> Markup:
    """One icon of the sprite: ``{{ icon("users") }}``. It says nothing to a screen reader: put words beside it."""
    return Markup('<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>').format(
        css, asset("icons.svg"), name
    )


def with_query(**changes: Any) -> str:
    """This page's address with some of its query changed; ``None`` takes a parameter out. Paging starts again."""
    call = current()
    kept = [
        (name, value)
        for name, value in parse_qsl(call.query, keep_blank_values=False)
        if name not in {*changes, "cursor"}
    ]
    kept += [(name, str(value)) for name, value in changes.items() if value is not None and value != ""]
    return f"{call.path}?{urlencode(kept)}" if kept else call.path


def json_script(value: Any) -> Markup:
    """JSON that may stand inside a ``<script type="application/json">``."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


@cache
def templates() -> jinja2.Environment:
    """The one environment: everything is escaped, an unknown name is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    known: dict[str, Any] = {
        "t": t,
        "may": may,
        "icon": icon,
        "asset": asset,
        "call": current,
        "menu_visible": menu.visible,
        "menu_active": menu.active,
        "with_query": with_query,
        "json_script": json_script,
        "action_words": verbs.action_words,
        "subject_words": verbs.subject_words,
        "detail_words": verbs.detail_words,
        "job_words": job_words,
        "zone_words": zone_words,
        "zone_choices": zone_choices,
        "zones_besides": zones_besides,
    }
    environment.globals.update(known)
    environment.filters.update(wording.FILTERS)
    environment.filters["seen"] = seen
    environment.filters["text_seen"] = text_seen
    environment.filters["doer"] = doer
    environment.filters["quote"] = lambda text: quote(str(text), safe="")
    components: dict[str, Any] = {"ui": environment.get_template("ui.html").module}
    environment.globals.update(components)
    return environment


def in_header(url: str) -> str:
    """An address as a header can hold it: what is not ASCII is percent-encoded, the rest stays as written."""
    return quote(url, safe=":/?#[]@!$&'()*+,;=%~")


class View:
    """Makes the answer of a console page. ``htmx`` tells whether HTMX asks for a part of it."""

    def __init__(self, htmx: bool = False) -> None:
        self.htmx = htmx

    def render(self, template: str, *, status: int = 200, fragment: str = "", **context: Any) -> Html:
        """A page. With ``fragment``, HTMX gets only that block of the template (which then is all that is computed)."""
        page = templates().get_template(template)
        context.setdefault("toast", self._flashed())
        if fragment and self.htmx:
            html = "".join(page.blocks[fragment](page.new_context(context)))
        else:
            html = page.render(context)
        answer: Html = Response(html, status_code=status, media_type="text/html; charset=utf-8")
        answer.headers["cache-control"] = "no-store"
        answer.headers["vary"] = "HX-Request"
        if context["toast"] is not None:
            answer.delete_cookie(FLASH)
        return answer

    def invalid(self, template: str, **context: Any) -> Html:
        """The form again, with its errors (422): nothing was changed, nothing is audited."""
        current().nothing_happened = True
        return self.render(template, status=422, **context)

    def redirect(self, url: str, *, toast: Text | None = None, undo: str = "") -> Html:
        """Go to another page of the console, with a word about what was done; ``undo``: POST address of a way back."""
        if not url.startswith("/") or url.startswith("//"):
            raise ValueError(f"a redirect stays in the console: {url}")
        answer: Html = Response(b"", status_code=200 if self.htmx else 303, media_type="text/html")
        answer.headers["HX-Redirect" if self.htmx else "location"] = in_header(url)
        if toast is not None:
            value = _packed(_message(toast, undo))
            answer.cookies.append(Cookie(key=FLASH, value=value, path="/", max_age=60, httponly=True, samesite="lax"))
        return answer

    def redirect_to_sign_in(self, back: str) -> Html:
        """Ask to sign in first, and come back here after."""
        answer: Html = Response(b"", status_code=303, media_type="text/html")
        answer.headers["location"] = "/sign-in" if back == "/" else "/sign-in?" + urlencode({"back": back})
        return answer

    def done(self, *, toast: Text, back: str, undo: str = "", changed: str = "changed") -> Html:
        """A button did its work. HTMX shows the toast and tells the page (event ``changed``, to which lists listen);
        a browser without scripts goes to ``back``."""
        if not self.htmx:
            return self.redirect(back, toast=toast, undo=undo)
        answer: Html = Response(b"", status_code=200, media_type="text/html")
        answer.headers["HX-Reswap"] = "none"
        answer.headers["HX-Trigger"] = json.dumps({"toast": _message(toast, undo), changed: {}})
        return answer

    def _flashed(self) -> dict[str, str] | None:
        packed = current().flash
        if not packed or self.htmx:
            return None
        try:
            message = json.loads(base64.urlsafe_b64decode(packed))
            undo = str(message.get("undo", ""))
            return {"text": str(message["text"]), "undo": undo if undo.startswith("/") else ""}
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


def _message(toast: Text, undo: str) -> dict[str, str]:
    return {"text": t(*toast), "undo": undo, "undo_label": t("撤销", "Undo")}


def _packed(message: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(message).encode()).decode()
