"""Acquire → cold start (冷启动): the first people, invited by name, and how far they came."""

from __future__ import annotations

from siyu.audiences.queries import all_audiences
from siyu.growth.codes.reading import get_code, list_codes
from siyu.growth.cold_start import keeping
from siyu.growth.cold_start.model import ASKS, KINDS, STAGES, InviteList, ListDraft
from siyu.growth.purses.givers import GIVERS
from siyu.growth.purses.keeping import get_purse, list_purses
from siyu.growth.purses.model import NAME_CHARACTERS_MAX, smallest, written
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web import menu
from siyu.web.current import current, in_words, note, t
from siyu.web.forms import Form
from siyu.web.paging import Id, whole
from siyu.web.routes import also, page, submit
from siyu.web.seeing import names_seen
from siyu.web.view import Html, View
from siyu.web.wording import amount

menu.page("acquire", "/cold-start", "冷启动", "Cold start", permission="campaign.read", order=44)

OFFERED_MAX = 200
SHOWN = 50


@page("/cold-start", "campaign.read")
def list_all(view: View, stores: Stores) -> Html:
    found = keeping.list_lists(stores)
    return view.render(
        "acquire/cold_lists.html",
        lists=found,
        progress=keeping.progress_of(stores, [each.id for each in found]),
        kinds=in_words(KINDS),
        stages=in_words(STAGES),
    )


@page("/cold-start/new", "campaign.write")
def new(view: View, stores: Stores) -> Html:
    return _form_page(view, stores, Form.showing(kind="core", ask="add", amount=1))


@submit("/cold-start/new", "campaign.write", audits="cold_list_added")
def add(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    draft = _read(form)
    with form.errors_kept():
        if form.ok:
            made = keeping.add_list(stores, actor.tag, draft)
            note(f"cold_list:{made.id}", name=made.name)
            return view.redirect(
                f"/cold-start/{made.id}", toast=("名单已建好，先加人", "It is made: now put people on it")
            )
    return _form_page(view, stores, form)


@page("/cold-start/{number:int}/edit", "campaign.write")
def edit(view: View, stores: Stores, number: Id) -> Html:
    found = keeping.get_list(stores, number)
    amount = written(GIVERS[found.reward].currency, found.amount) if found.reward else 1
    same = {name: getattr(found, name) for name in ("name", "kind", "code", "ask", "reward", "title", "purse")}
    return _form_page(view, stores, Form.showing(amount=amount, **same), found)


@submit("/cold-start/{number:int}/edit", "campaign.write", audits="cold_list_changed", about="cold_list:{number}")
def change(view: View, stores: Stores, form: Form, number: Id) -> Html:
    found = keeping.get_list(stores, number)
    draft = _read(form)
    with form.errors_kept():
        if form.ok:
            keeping.change_list(stores, number, draft)
            return view.redirect(f"/cold-start/{number}", toast=("已保存", "Saved"))
    return _form_page(view, stores, form, found)


def _read(form: Form) -> ListDraft:
    reward = form.choice("reward", ("", *GIVERS), default="")
    code = whole(form.get("code"))
    if code is None:
        form.fail(BadInput("cold_code", "请选择活码。", "Choose a live code.", field="code"))
    amount = 0
    if reward:
        typed = form.decimal("amount")
        with form.errors_kept():
            amount = smallest(GIVERS[reward].currency, typed)
    return ListDraft(
        name=form.text("name", required=True, characters_max=NAME_CHARACTERS_MAX),
        kind=form.choice("kind", tuple(KINDS)),
        code=code or 0,
        ask=form.choice("ask", tuple(ASKS)),
        reward=reward,
        amount=amount,
        title=form.text("title", characters_max=NAME_CHARACTERS_MAX),
        purse=whole(form.get("purse")),
    )


def _form_page(view: View, stores: Stores, form: Form, found: InviteList | None = None) -> Html:
    show = view.render if form.ok else view.invalid
    purses = [each for each in list_purses(stores, rows_max=OFFERED_MAX) if each.closed is None]
    codes = [code for code in list_codes(stores, rows_max=OFFERED_MAX) if code.stage != "ended"]
    return show(
        "acquire/cold_form.html",
        form=form,
        found=found,
        kinds=in_words(KINDS),
        asks={key: t(zh, en) for key, (zh, en, _) in ASKS.items()},
        rewards=[("", t("没有", "None")), *((each.kind, t(each.zh, each.en)) for each in GIVERS.values())],
        purses=[
            ("", t("请选择", "Choose")),
            *((each.id, f"{each.name}（{amount(each.currency, each.left)}）") for each in purses),
        ],
        codes=[("", t("请选择", "Choose")), *((code.id, code.name) for code in codes)],
        characters=NAME_CHARACTERS_MAX,
    )


# -- one list -----------------------------------------------------------------------------------------------


@page("/cold-start/{number:int}", "campaign.read")
def one(view: View, stores: Stores, number: Id, after: str = "") -> Html:
    return _one(view, stores, number, Form(), whole(after) or 0)


def _one(
    view: View, stores: Stores, number: int, form: Form, after: int = 0, links: dict[int, str] | None = None
) -> Html:
    found = keeping.get_list(stores, number)
    invites = keeping.invites_of(stores, number, after, SHOWN + 1)
    shown = invites[:SHOWN]
    benefit = ""
    if found.reward and found.purse is not None:
        currency = get_purse(stores, found.purse).currency
        benefit = f"{found.title} · {amount(currency, found.amount)}"
    show = view.render if form.ok else view.invalid
    return show(
        "acquire/cold_list.html",
        found=found,
        progress=keeping.progress_of(stores, [number])[number],
        invites=shown,
        after=after,
        next=shown[-1].id if len(invites) > SHOWN else None,
        names=names_seen(stores, {each.person for each in shown}),
        links=links or {},
        code=get_code(stores, found.code),
        benefit=benefit,
        form=form,
        audiences=[("", t("请选择", "Choose")), *((each.id, each.name) for each in all_audiences(stores))],
        kinds=in_words(KINDS),
        stages=in_words(STAGES),
        asks={key: t(zh, en) for key, (zh, en, _) in ASKS.items()},
    )


@submit("/cold-start/{number:int}/people", "campaign.write", audits="cold_people_added", about="cold_list:{number}")
def add_people(view: View, stores: Stores, form: Form, number: Id) -> Html:
    numbers = [whole(word) for word in form.words("persons")]
    audience = whole(form.get("audience"))
    if None in numbers or (audience is None) is not bool(numbers):
        form.fail(
            BadInput(
                "cold_whom",
                "请填客户编号，或选一个人群。",
                "Give numbers of persons, or one audience.",
                field="persons",
            )
        )
    with form.errors_kept():
        if form.ok:
            done = (
                keeping.add_people(stores, number, [each for each in numbers if each is not None])
                if audience is None
                else keeping.add_audience(stores, number, audience)
            )
            note(f"cold_list:{number}", added=done.added)
            toast = (f"加入 {done.added} 人", f"{done.added} people were added")
            return view.redirect(f"/cold-start/{number}", toast=toast)
    return _one(view, stores, number, form)


@submit("/cold-start/{number:int}/links", "campaign.write", audits="cold_links_given", about="cold_list:{number}",
        guards=[also("people.write")])  # fmt: skip
def give_links(view: View, stores: Stores, form: Form, number: Id) -> Html:
    """Who opens such a link is that person on their device."""
    after = whole(form.get("after")) or 0
    with form.errors_kept():
        given = keeping.give_links(stores, number, after, SHOWN)
        call = current()
        host = f"{'https' if call.secure else 'http'}://{call.host}"
        note(f"cold_list:{number}", links=len(given))
        return _one(view, stores, number, form, after, {each.invite.id: host + each.path for each in given})
    return _one(view, stores, number, form, after)


@submit("/cold-start/{number:int}/people/{person:int}/remove", "campaign.write", audits="cold_person_removed",
        about="cold_list:{number}")  # fmt: skip
def take_off(view: View, stores: Stores, number: Id, person: Id) -> Html:
    keeping.take_off(stores, number, person)
    note(f"cold_list:{number}", person=person)
    return view.redirect(f"/cold-start/{number}", toast=("已移出", "Taken off"))


@submit("/cold-start/{number:int}/start", "campaign.write", audits="cold_list_started", about="cold_list:{number}")
def start(view: View, stores: Stores, form: Form, number: Id) -> Html:
    with form.errors_kept():
        keeping.start(stores, number)
        return view.redirect(f"/cold-start/{number}", toast=("已启用，可以给出链接", "Live: links can be given out"))
    return _one(view, stores, number, form)


@submit("/cold-start/{number:int}/end", "campaign.write", audits="cold_list_ended", about="cold_list:{number}")
def end(view: View, stores: Stores, number: Id) -> Html:
    keeping.end(stores, number)
    return view.redirect(f"/cold-start/{number}", toast=("已结束", "Ended"))


ROUTES = [list_all, new, add, edit, change, one, add_people, give_links, take_off, start, end]
