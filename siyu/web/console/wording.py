"""Content → wording (用词): try a text, the shop's own words, the rules that come with the product."""

from __future__ import annotations

from siyu.content.wording import words
from siyu.content.wording.model import KIND_WORDS
from siyu.content.wording.reading import shipped
from siyu.content.wording.words import LIST_WORDS, LISTS, WORD_CHARACTERS_MAX, Draft
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import checking_words, menu
from siyu.web.current import in_words, note, t
from siyu.web.forms import Form
from siyu.web.listing import Column, Listing
from siyu.web.paging import Id
from siyu.web.routes import SIGNED_IN, page, submit
from siyu.web.view import Html, View

menu.page("content", "/content/wording", "用词", "Wording", permission="content.read", order=40)

LISTED = (
    Column("word", "词", "Word"),
    Column("list", "词表", "List"),
    Column("why", "原因", "Why", narrow=False),
    Column("instead", "换成", "Instead", narrow=False),
    Column("act", "操作", "Actions"),
)


@page("/content/wording", "content.read")
def show(view: View, stores: Stores) -> Html:
    return _page(view, stores, Form.showing(list="jargon"))


def _page(view: View, stores: Stores, form: Form) -> Html:
    listing = Listing.read("wording", LISTED, filters=("list",), views=False)
    asked, wanted = listing.words.casefold(), listing.filters["list"]
    found = [
        each
        for each in words.all_words(stores)
        if asked in each.draft.word.casefold() and wanted in ("", each.draft.list)
    ]
    render = view.render if form.ok else view.invalid
    return render(
        "content/wording.html",
        fragment="list",
        listing=listing.paged(found),
        lists=in_words(LIST_WORDS),
        form=form,
        characters_max=WORD_CHARACTERS_MAX,
        shipped=_shipped(),
    )


def _shipped() -> list[tuple[str, str, list[tuple[str, str, str, tuple[str, ...], tuple[str, ...]]]]]:
    """The rules that come with the product, by kind."""
    rules = shipped().rules
    return [
        (
            kind,
            t(*KIND_WORDS[kind]),
            [
                (rule.key, t(rule.zh, rule.en), rule.law, rule.words[:60], rule.instead)
                for rule in rules
                if rule.kind == kind
            ],
        )
        for kind in ("forbidden", "jargon")
    ]


@submit("/content/wording/check", SIGNED_IN, audits=None)
def check(view: View, stores: Stores, form: Form) -> Html:
    """Beside an editor, as one types."""
    found = checking_words.in_form(stores, form)
    return view.render(
        "content/findings.html",
        findings=checking_words.shown(found),
        stops=any(each.stops for each in found),
        said=bool(checking_words.texts_in(form)),
    )


@submit("/content/wording/words", "content.write", audits="wording_word_added")
def add(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    with form.errors_kept():
        draft = Draft(
            form.choice("list", LISTS, default="jargon"),
            form.text("word", required=True, characters_max=WORD_CHARACTERS_MAX),
            form.text("why", characters_max=words.WHY_CHARACTERS_MAX),
            tuple(form.words("instead")),
        )
        if form.ok:
            number = words.add_word(stores, actor.tag, draft)
            note(f"wording_word:{number}", name=draft.word)
            return view.redirect("/content/wording", toast=("已加入词表", "Kept in the list"))
    return _page(view, stores, form)


@submit(
    "/content/wording/words/{word:int}/remove",
    "content.write",
    audits="wording_word_removed",
    about="wording_word:{word}",
)
def remove(view: View, stores: Stores, word: Id) -> Html:
    gone = words.remove_word(stores, word)
    note(f"wording_word:{word}", name=gone.draft.word)
    return view.done(toast=("已删除，可重新添加", "Removed; it can be added again"), back="/content/wording")


ROUTES = [show, check, add, remove]
