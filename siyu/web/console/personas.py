"""Content → personas (人设): as whom staff speak, and what of scripts and pieces they would not say."""

from __future__ import annotations

from typing import Any

from siyu.channels.media import all_media
from siyu.content.personas import keeping
from siyu.content.personas.model import ADDRESSES, KINDS, Draft, Persona, advice, check
from siyu.content.pieces.model import KINDS as PIECE_KINDS
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import known, menu
from siyu.web.current import note, t
from siyu.web.forms import Form
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("content", "/personas", "人设", "Personas", permission="content.read", order=60)


@page("/personas", "content.read")
def list_all(view: View, stores: Stores) -> Html:
    found = keeping.list_personas(stores)
    speakers = {each.id: sum(map(len, keeping.speakers_of(stores, each.id).values())) for each in found}
    return view.render("content/personas.html", personas=found, speakers=speakers, kinds=_kinds())


def _kinds() -> dict[str, str]:
    return {name: t(zh, en) for name, (zh, en, _, _) in KINDS.items()}


@page("/personas/new", "content.write")
def new(view: View, stores: Stores) -> Html:
    return _form_page(view, stores, Form.showing(kind="adviser", address="您", emoji_most=3))


@submit("/personas/new", "content.write", audits="persona_added")
def add(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    with form.errors_kept():
        draft = _read(form)
        if form.ok:
            made = keeping.add_persona(stores, actor.tag, draft)
            note(f"persona:{made.id}", name=made.draft.name)
            return view.redirect(f"/personas/{made.id}", toast=("人设已建好", "It is made"))
    return _form_page(view, stores, form)


@page("/personas/{persona:int}/edit", "content.write")
def edit(view: View, stores: Stores, persona: Id) -> Html:
    found = keeping.get_persona(stores, persona)
    values: dict[str, Any] = {name: getattr(found.draft, name) for name in Draft.__dataclass_fields__}
    values |= {name: "，".join(values[name]) for name in ("calls", "never")}
    values |= {name: "\n".join(values[name]) for name in ("stories", "moments")}
    return _form_page(view, stores, Form.showing(**values), found)


@submit("/personas/{persona:int}/edit", "content.write", audits="persona_changed", about="persona:{persona}")
def change(view: View, stores: Stores, form: Form, persona: Id) -> Html:
    with form.errors_kept():
        draft = _read(form)
        if form.ok:
            keeping.change_persona(stores, persona, draft)
            return view.redirect(f"/personas/{persona}", toast=("已保存", "Saved"))
    return _form_page(view, stores, form, keeping.get_persona(stores, persona))


def _read(form: Form) -> Draft:
    return Draft(
        form.text("name", required=True),
        form.choice("kind", tuple(KINDS)),
        form.get("portrait"),
        form.get("signature"),
        form.get("tone"),
        form.get("address"),
        tuple(form.words("calls")),
        tuple(form.words("never")),
        form.whole("emoji_most", high=50),
        tuple(form.get("stories").splitlines()),
        tuple(form.get("moments").splitlines()),
    )


def _form_page(view: View, stores: Stores, form: Form, persona: Persona | None = None) -> Html:
    show = view.render if form.ok else view.invalid
    return show(
        "content/persona_form.html",
        form=form,
        persona=persona,
        kinds=[(name, t(zh, en), t(how_zh, how_en)) for name, (zh, en, how_zh, how_en) in KINDS.items()],
        addresses=[(each, each or t("都可以", "either")) for each in ADDRESSES],
        media=[("", t("不选", "None")), *((each.sha256, each.name) for each in all_media(stores, "image"))],
    )


@page("/personas/{persona:int}", "content.read")
def one(view: View, stores: Stores, persona: Id) -> Html:
    return _one(view, stores, persona, Form())


def _one(view: View, stores: Stores, persona: int, form: Form) -> Html:
    found = keeping.get_persona(stores, persona)
    own = known.companies(stores)
    show = view.render if form.ok else view.invalid
    speakers = keeping.speakers_of(stores, persona)
    return show(
        "content/persona.html",
        form=form,
        persona=found,
        kind=KINDS[found.draft.kind],
        advice=[t(*words) for words in advice(found.draft)],
        accounts=own,
        speakers=speakers,
        members_known=known.members(stores, own),
        drifts=keeping.drifting(stores, found),
        piece_kinds={name: t(kind.zh, kind.en) for name, kind in PIECE_KINDS.items()},
    )


@submit("/personas/{persona:int}/speakers", "content.write", audits="persona_speakers_set", about="persona:{persona}")
def set_speakers(view: View, stores: Stores, actor: Actor, form: Form, persona: Id) -> Html:
    with form.errors_kept():
        account = form.whole("account", low=1)
        if form.ok:
            keeping.set_speakers(stores, actor.tag, persona, account, form.words("members"))
            return view.redirect(f"/personas/{persona}", toast=("已保存", "Saved"))
    return _one(view, stores, persona, form)


@submit("/personas/{persona:int}/trial", "content.read", audits=None)
def trial(view: View, stores: Stores, form: Form, persona: Id) -> Html:
    """A text beside the persona, as one types."""
    found = keeping.get_persona(stores, persona)
    text = form.get("said")[:20_000]
    return view.render("content/persona_trial.html", text=text, findings=check(text, found.draft), persona=found)


@submit("/personas/{persona:int}/archive", "content.write", audits="persona_archived", about="persona:{persona}")
def archive(view: View, stores: Stores, persona: Id) -> Html:
    keeping.archive(stores, persona, archived=True)
    return view.redirect("/personas", toast=("已停用", "Put away"), undo=f"/personas/{persona}/restore")


@submit("/personas/{persona:int}/restore", "content.write", audits="persona_restored", about="persona:{persona}")
def restore(view: View, stores: Stores, persona: Id) -> Html:
    keeping.archive(stores, persona, archived=False)
    return view.redirect(f"/personas/{persona}", toast=("已恢复", "Offered again"))


ROUTES = [list_all, new, add, edit, change, one, set_speakers, trial, archive, restore]
