"""A template tried on a person that one searches for, and on somebody of whom nothing is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from siyu.content import templates
from siyu.content.fields import ROOTS, example
from siyu.jobs import preferences
from siyu.people import queries
from siyu.people.queries import Search
from siyu.reach.fields import load
from siyu.storage import Stores
from siyu.web.current import may, t
from siyu.web.forms import Form
from siyu.web.paging import whole
from siyu.web.search import WORDS_MAX
from siyu.web.seeing import names_may_be_asked, names_seen, seen


def person_of(stores: Stores, form: Form) -> tuple[int | None, str, Mapping[str, Any]]:
    """Who ``preview_person`` is (a number, or the name or phone of somebody): number, name, what is known, as far as
    the one who asks may see it. The made-up person where it is nobody."""
    asked = form.get("preview_person").strip()
    found = whole(asked)
    if not may("people.read"):
        found = None
    elif asked and found is None:
        search = Search(text=asked[:WORDS_MAX], in_names=names_may_be_asked(asked))
        rows = queries.people_page(stores, search, None, 1).rows
        found = rows[0].person if rows else None
    known = load(stores, [found], ROOTS).get(found) if found is not None else None
    if found is None or not known:
        return None, t("示例客户", "a made-up person"), example("zh")
    return found, names_seen(stores, [found]).get(found, ""), seen(known)


def both(stores: Stores, text: str, known: Mapping[str, Any]) -> tuple[str, str]:
    """The text for this person, and for somebody of whom nothing is known. Raises as :func:`templates.rendered`."""
    language = str(preferences.get(stores, "language"))
    return seen(templates.rendered(text, known, language)), templates.rendered(text, {}, language)
