"""Reach → task board → templates: what one does well, for everybody; the ready ones."""

from __future__ import annotations

from siyu.content.fields import FIELDS
from siyu.reach.staff_tasks import holders, templates
from siyu.reach.staff_tasks.model import ADVISER, MINUTES_MAX
from siyu.reach.staff_tasks.templates import NAME_CHARACTERS_MAX, Draft, Template
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.console.tasks import looker_of
from siyu.web.current import note
from siyu.web.forms import Form
from siyu.web.listing import Column, Listing
from siyu.web.paging import whole
from siyu.web.routes import page, submit
from siyu.web.seeing import seen
from siyu.web.view import Html, View

LISTED = (
    Column("name", "名称", "Name"),
    Column("title", "任务", "Task", narrow=False),
    Column("minutes", "时限", "Time"),
    Column("who", "给谁", "For whom", narrow=False),
    Column("used", "用过", "Used", numeric=True, narrow=False),
    Column("act", "操作", "Actions"),
)


@page("/tasks/templates", "tasks.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("task-templates", LISTED, views=False)
    words = listing.words.casefold()
    found = [
        each
        for each in templates.all_templates(stores)
        if any(words in text.casefold() for text in (each.draft.name, each.draft.title, each.draft.script))
    ]
    return view.render(
        "reach/task_templates.html",
        fragment="list",
        listing=listing.paged(found),
        used=templates.used(stores),
        names=_names(stores, found),
    )


def _names(stores: Stores, found: list[Template]) -> dict[str, str]:
    with stores.ledger.read() as conn:
        return holders.names_of(conn, {each.draft.who for each in found if ":" in each.draft.who})


def _form_page(view: View, stores: Stores, form: Form, key: str = "") -> Html:
    show = view.render if form.ok else view.invalid
    with stores.ledger.read() as conn:
        members = [(each.id, seen(each.name)) for each in holders.all_holders(conn)]
    return show("reach/task_template_form.html", form=form, key=key, members=members, fields=FIELDS)


def _read(form: Form) -> Draft:
    return Draft(
        form.text("name", required=True, characters_max=NAME_CHARACTERS_MAX),
        form.text("title", required=True, characters_max=100),
        form.get("script").replace("\r\n", "\n"),
        form.whole("minutes", low=1, high=MINUTES_MAX),
        form.get("who", ADVISER),
        whole(form.get("made_of")),
    )


def _shown(draft: Draft) -> Form:
    return Form.showing(
        name=draft.name,
        title=draft.title,
        script=draft.script,
        minutes=draft.minutes,
        who=draft.who,
        made_of=draft.made_of or "",
    )


@page("/tasks/templates/new", "tasks.manage")
def new(view: View, stores: Stores, actor: Actor, task: int = 0, copy: str = "") -> Html:
    """Empty, made of a task well done, or a copy."""
    draft = Draft("", "")
    if task > 0:
        made = templates.from_task(stores, looker_of(stores, actor), task)
        draft = Draft(made.name, made.title, seen(made.script), made.minutes, made.who, made.made_of)
    elif copy:
        draft = templates.template_named(stores, copy).draft
    return _form_page(view, stores, _shown(draft))


@submit("/tasks/templates/new", "tasks.manage", audits="task_template_added")
def add(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    with form.errors_kept():
        draft = _read(form)
        if form.ok:
            key = templates.add_template(stores, actor.tag, draft)
            note(f"task_template:{key}", name=draft.name)
            return view.redirect("/tasks/templates", toast=("已保存为团队模板", "Kept for the team"))
    return _form_page(view, stores, form)


@page("/tasks/templates/{key:str}", "tasks.read")
def edit(view: View, stores: Stores, key: str) -> Html:
    return _form_page(view, stores, _shown(templates.template_named(stores, key).draft), key)


@submit("/tasks/templates/{key:str}", "tasks.manage", audits="task_template_changed", about="task_template:{key}")
def change(view: View, stores: Stores, actor: Actor, form: Form, key: str) -> Html:
    with form.errors_kept():
        draft = _read(form)
        if form.ok:
            templates.change_template(stores, actor.tag, key, draft)
            return view.redirect("/tasks/templates", toast=("已保存", "Saved"))
    return _form_page(view, stores, form, key)


@submit(
    "/tasks/templates/{key:str}/remove", "tasks.manage", audits="task_template_removed", about="task_template:{key}"
)
def remove(view: View, stores: Stores, key: str) -> Html:
    templates.remove_template(stores, key)
    return view.redirect("/tasks/templates", toast=("已删除", "Removed"))


ROUTES = [list_all, new, add, edit, change, remove]
