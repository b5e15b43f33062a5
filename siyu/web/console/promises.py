"""Groups & service → promises (承诺): what was promised to whom, by when, kept or not."""

from __future__ import annotations

from datetime import UTC, datetime

from siyu.reach.promises import keeping
from siyu.reach.promises.keeping import ORDER_CHARACTERS_MAX, STATES, WORDS_CHARACTERS_MAX
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import menu, verbs
from siyu.web.console.tasks import looker_of
from siyu.web.current import in_words, note
from siyu.web.forms import Form
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import whole
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("groups", "/promises", "承诺", "Promises", permission="tasks.read", order=70)
verbs.action("promise_made", "记下承诺", "Promise made")
verbs.subject("promise", "承诺", "Promise", "/promises")

COLUMNS = (
    Column("words", "承诺", "Promise"),
    Column("person", "客户", "Person"),
    Column("due", "到期", "By"),
    Column("holder", "谁来办", "Whose", narrow=False),
    Column("state", "状态", "State"),
)


@page("/promises", "tasks.read")
def list_all(view: View, stores: Stores, actor: Actor) -> Html:
    listing = Listing.read("promises", COLUMNS, filters=("state",))
    looker = looker_of(stores, actor)
    state = listing.filters["state"]
    found = keeping.list_promises(stores, looker, state=state, before=listing.before, rows_max=ASKED_MAX)
    listing = listing.cut(found, lambda each: each.id)
    return view.render(
        "groups/promises.html",
        fragment="list",
        listing=listing,
        figures=keeping.figures(stores, looker),
        states=in_words(STATES),
        names=keeping.names_of(stores, found),
    )


@page("/promises/new", "tasks.write")
def new(view: View, person: str = "") -> Html:
    return _form(view, Form.showing(person=person if whole(person) else ""))


@submit("/promises/new", "tasks.write", audits="promise_made")
def add(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    person = form.whole("person", low=1)
    words = form.text("words", required=True, characters_max=WORDS_CHARACTERS_MAX)
    due = form.moment("due", required=True)
    order = form.text("order", characters_max=ORDER_CHARACTERS_MAX)
    with form.errors_kept():
        if form.ok:
            by = due or datetime(1970, 1, 1, tzinfo=UTC)
            made = keeping.promise(stores, actor.tag, person, words, by, order=order)
            note(f"promise:{made.id}", person=made.person, task=made.task)
            return view.redirect("/promises", toast=("已记下，并交给顾问", "Written down, and given to their adviser"))
    return _form(view, form)


def _form(view: View, form: Form) -> Html:
    show = view.render if form.ok else view.invalid
    return show("groups/promise_form.html", form=form, most=(WORDS_CHARACTERS_MAX, ORDER_CHARACTERS_MAX))


ROUTES = [list_all, new, add]
