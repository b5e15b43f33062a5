"""Reach: broadcasts from draft to result, the guard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from siyu.audiences import queries as audiences
from siyu.channels import accounts
from siyu.channels.protocol import FORM
from siyu.channels.registry import Channels, hands_of
from siyu.content.calendar import keeping as plans
from siyu.content.fields import FIELDS
from siyu.content.pieces.model import Ref
from siyu.reach import broadcasts, effect_words, guard, intending, quotas, results
from siyu.reach.costs import Cost, spent
from siyu.reach.daily_use import room_for
from siyu.reach.delivery import send_test
from siyu.reach.effect import EFFECT_DAYS, EFFECT_DAYS_MAX, effect_of
from siyu.reach.membership import members_of
from siyu.reach.model import ACTIVE, STATES, Broadcast, Draft
from siyu.reach.pausing import stopped_accounts
from siyu.reach.priorities import PRIORITY_MAX, USUAL
from siyu.staff.model import Actor
from siyu.storage import BadInput, SiyuError, Stores
from siyu.web import checking_words, menu
from siyu.web.console.from_library import chosen, editing, refs_in, shown_refs
from siyu.web.console.quotas import words_of_periods
from siyu.web.current import note, t
from siyu.web.forms import Form
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id, whole
from siyu.web.reach_words import reach_words
from siyu.web.routes import page, submit
from siyu.web.seeing import names_seen, seen, written_seen
from siyu.web.view import Html, View

DAYS_OFFERED = (1, 3, 7, 14, 30)

menu.page("reach", "/broadcasts", "群发", "Broadcasts", permission="broadcast.read", order=10, letter="b")

BROADCASTS = (
    Column("name", "名称", "Name"),
    Column("state", "状态", "State"),
    Column("audience", "人群", "Audience", narrow=False),
    Column("started", "开始", "Started", narrow=False),
    Column("by", "创建人", "By", shown=False),
)


@page("/broadcasts", "broadcast.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("broadcasts", BROADCASTS, filters=("state",))
    found = broadcasts.list_broadcasts(
        stores,
        state=listing.filters["state"] or None,
        words=listing.words,
        before=listing.before,
        rows_max=ASKED_MAX,
    )
    names = {each.id: each.name for each in audiences.all_audiences(stores, archived=True)}
    return view.render(
        "reach/broadcasts.html",
        fragment="list",
        listing=listing.cut(found, lambda each: each.id),
        names=names,
        states=[(key, t(*words)) for key, words in STATES.items()],
        **reach_words(),
    )


# -- writing one --------------------------------------------------------------------------------------------


def _form_page(view: View, stores: Stores, channels: Channels, form: Form, found: Broadcast | None) -> Html:
    show = view.render if form.ok else view.invalid
    return show(
        "reach/broadcast_form.html",
        form=form,
        broadcast=found,
        audiences=audiences.all_audiences(stores),
        accounts=[
            each
            for each in accounts.list_accounts(stores)
            if each.disabled is None and channels[each.channel].about.sends
        ],
        abouts={name: channel.about for name, channel in channels.items()},
        fields=FIELDS,
        **editing(stores, channels, form),
        **reach_words(),
    )


def _sample_person(stores: Stores, form: Form) -> int | None:
    given = whole(form.get("audience"))
    if given is None:
        return None
    _, first = audiences.members_page(stores, given, limit=1)
    return first[0] if first else None


def _read(form: Form, channels: Channels) -> Draft:
    content: dict[str, dict[str, str]] = {}
    for name, channel in channels.items():
        chosen_form = channel.about.in_form({FORM: form.get(f"content.{name}.{FORM}")})
        parts = {
            part.name: text
            for part in chosen_form.parts
            if (text := form.get(f"content.{name}.{part.name}").replace("\r\n", "\n")).strip()
        }
        if parts:
            content[name] = parts
    chosen = [form.get(f"account_{place}") for place in (1, 2, 3)]
    return Draft(
        name=form.text("name", required=True, characters_max=100),
        audience=form.whole("audience", low=1),
        channels=[number for text in dict.fromkeys(chosen) if (number := whole(text)) is not None],
        content=content,
        kind="service" if form.get("kind") == "service" else "marketing",
        tone="promotional" if form.get("tone") == "promotional" else "useful",
        holdout_percent=form.whole("holdout_percent", high=50, required=False),
        when_unknown="send_again" if form.get("when_unknown") == "send_again" else "leave",
        starts=form.moment("starts"),
        expires=form.moment("expires"),
        priority=form.whole("priority", high=PRIORITY_MAX) if form.get("priority").strip() else USUAL,
        pieces=refs_in(form, channels),
    )


def _shown(draft: Draft, refs: Mapping[str, Ref] | None = None) -> Form:
    values: dict[str, Any] = {
        name: getattr(draft, name)
        for name in (
            "name",
            "audience",
            "kind",
            "tone",
            "holdout_percent",
            "when_unknown",
            "starts",
            "expires",
            "priority",
        )
    }
    for place, number in enumerate(draft.channels[:3], 1):
        values[f"account_{place}"] = number
    for channel, parts in draft.content.items():
        values |= {f"content.{channel}.{part}": text for part, text in parts.items()}
    return Form.showing(**values, **shown_refs(refs or {}))


@page("/broadcasts/new", "broadcast.write")
def new(view: View, stores: Stores, channels: Channels, audience: int | None = None, name: str = "") -> Html:
    usable = [each.id for each in accounts.list_accounts(stores) if each.disabled is None]
    form = Form.showing(
        name=name[:100],
        audience=audience,
        kind="marketing",
        tone="useful",
        holdout_percent=10,
        when_unknown="leave",
        priority=USUAL,
        account_1=usable[0] if usable else None,
    )
    return _form_page(view, stores, channels, form, None)


@submit("/broadcasts/new", "broadcast.write", audits="broadcast_drafted")
def add(view: View, stores: Stores, channels: Channels, actor: Actor, form: Form, plan: int | None = None) -> Html:
    """``plan``: of the content calendar, which it fulfils."""
    with form.errors_kept():
        draft = _read(form, channels)
        if form.ok:
            number = broadcasts.draft_broadcast(stores, channels, actor.tag, draft)
            if plan is not None and actor.may("content.write"):
                plans.note_done(stores, plan, f"broadcast:{number}")
            note(f"broadcast:{number}", name=draft.name)
            return view.redirect(f"/broadcasts/{number}", toast=("草稿已保存", "Draft kept"))
    return _form_page(view, stores, channels, form, None)


@page("/broadcasts/{broadcast:int}/edit", "broadcast.write")
def edit(view: View, stores: Stores, channels: Channels, broadcast: Id) -> Html:
    found = broadcasts.get_broadcast(stores, broadcast)
    refs = broadcasts.pieces_of(stores, broadcast)
    return _form_page(view, stores, channels, _shown(found.draft, refs), found)


@submit(
    "/broadcasts/{broadcast:int}/edit", "broadcast.write", audits="broadcast_revised", about="broadcast:{broadcast}"
)
def change(view: View, stores: Stores, channels: Channels, form: Form, broadcast: Id) -> Html:
    with form.errors_kept():
        draft = _read(form, channels)
        if form.ok:
            broadcasts.revise_broadcast(stores, channels, broadcast, draft)
            return view.redirect(f"/broadcasts/{broadcast}", toast=("草稿已保存", "Draft kept"))
    return _form_page(view, stores, channels, form, broadcasts.get_broadcast(stores, broadcast))


@submit("/broadcasts/preview", "broadcast.write", audits=None)
def live_preview(view: View, stores: Stores, channels: Channels, form: Form) -> Html:
    """What the person chosen beside the editor would get, as it is typed."""
    problem: BadInput | None = None
    written: dict[str, Any] = {}
    known = whole(form.get("preview_person")) or _sample_kept(stores, form)
    try:
        draft = replace(_read(form, channels), starts=None, expires=None)
        if known is not None:
            now = stores.clock.now()
            trial = Broadcast(0, draft, "draft", None, None, "", 0, now, now, None, None, "")
            written, _ = intending.preview_broadcast(stores, channels, trial, known, seen)
    except BadInput as error:
        problem = error
    return view.render(
        "reach/preview.html",
        written=written_seen(written),
        problem=problem,
        channels=channels,
        person=known,
        name=names_seen(stores, [known]).get(known, "") if known is not None else "",
        sample=f"{form.get('audience')}:{known}" if known is not None else "",
    )


def _sample_kept(stores: Stores, form: Form) -> int | None:
    """Somebody of the audience chosen; the same one while it stays chosen, so that it is looked for once."""
    audience, _, person = form.get("preview_sample").partition(":")
    if audience == form.get("audience") and (known := whole(person)) is not None:
        return known
    try:
        return _sample_person(stores, form)
    except SiyuError:  # an audience that is not there (any more): there is nobody to show
        return None


# -- one broadcast ------------------------------------------------------------------------------------------


@page("/broadcasts/{broadcast:int}", "broadcast.read")
def one(view: View, stores: Stores, channels: Channels, broadcast: Id, days: str = "") -> Html:
    found = broadcasts.get_broadcast(stores, broadcast)
    audience = audiences.get(stores, found.draft.audience)
    known = {each.id: each for each in accounts.list_accounts(stores)}
    stopped = {number: why for number, why in stopped_accounts(stores).items() if number in found.draft.channels}
    progress = results.progress_of(stores, broadcast)
    sample = _sample_person(stores, _shown(found.draft)) if found.state == "draft" else None
    wording = checking_words.in_content(stores, found.draft.content) if found.state == "draft" else []
    return view.render(
        "reach/broadcast.html",
        broadcast=found,
        audience=audience,
        sentence=t(*audiences.said(stores, audience.rule)),
        accounts=[known[number] for number in found.draft.channels if number in known],
        abouts={name: channel.about for name, channel in channels.items()},
        stopped=stopped,
        progress=progress,
        costs=_costs(stores, channels, found),
        effect_days=_days(days),
        hands=[
            number for number in found.draft.channels if number in known and known[number].channel in hands_of(channels)
        ],
        sample=sample,
        findings=checking_words.shown(wording),
        wording_stops=any(each.stops for each in wording),
        chosen=chosen(stores, broadcasts.pieces_of(stores, broadcast)),
        **reach_words(),
    )


def _costs(stores: Stores, channels: Channels, found: Broadcast) -> list[Cost]:
    """What it cost; while it runs nothing is counted for it, as the page asks every other second."""
    return [] if found.state in ("draft", *ACTIVE) else spent(stores, channels, [found.id])


@page("/broadcasts/{broadcast:int}/effect", "broadcast.read")
def effect(view: View, stores: Stores, broadcast: Id, days: str = "") -> Html:
    """What it really added, in a part of its own: the page need not wait for it."""
    found = broadcasts.get_broadcast(stores, broadcast)
    told = effect_of(stores, found, _days(days))
    return view.render(
        "reach/effect.html",
        broadcast=found,
        effect=told,
        said=t(*effect_words.told(told)),
        points=effect_words.points,
        choices=sorted({*DAYS_OFFERED, told.days}),
    )


def _days(given: str) -> int:
    """What an address gets wrong is the usual number."""
    days = whole(given) or EFFECT_DAYS
    return days if 1 <= days <= EFFECT_DAYS_MAX else EFFECT_DAYS


@page("/broadcasts/{broadcast:int}/progress", "broadcast.read")
def progress(view: View, stores: Stores, channels: Channels, broadcast: Id, was: str = "") -> Html:
    found = broadcasts.get_broadcast(stores, broadcast)
    answer = view.render(
        "reach/progress.html",
        broadcast=found,
        progress=results.progress_of(stores, broadcast),
        costs=_costs(stores, channels, found),
        **reach_words(),
    )
    if was and was != found.state:  # what may be done with it has changed too: the whole page is shown anew
        answer.headers["HX-Refresh"] = "true"
    return answer


@page("/broadcasts/{broadcast:int}/count", "broadcast.read")
def count(view: View, stores: Stores, channels: Channels, broadcast: Id) -> Html:
    problem: BadInput | None = None
    counted = None
    try:
        counted = intending.count_broadcast(stores, channels, members_of, broadcast)
    except BadInput as error:
        problem = error
    found = broadcasts.get_broadcast(stores, broadcast)
    return view.render(
        "reach/count.html",
        counted=counted,
        problem=problem,
        broadcast=found,
        told_apart=quotas.told_apart(counted.counts.held) if counted else {},
        causes=quotas.CAUSES,
        standing=quotas.standing(stores, counted.accounts, counted.moment) if counted else [],
        rooms=room_for(stores, counted.counts.reach, counted.moment) if counted else [],
        periods=words_of_periods(),
        **reach_words(),
    )


@submit(
    "/broadcasts/{broadcast:int}/start", "broadcast.send", audits="broadcast_started", about="broadcast:{broadcast}"
)
def start(view: View, stores: Stores, channels: Channels, form: Form, broadcast: Id) -> Html:
    """Forbidden words need a reason first; the audit log keeps both."""
    checking_words.require(stores, broadcasts.get_broadcast(stores, broadcast).draft.content, form.get("reason"))
    broadcasts.start_broadcast(stores, channels, broadcast)
    return view.redirect(f"/broadcasts/{broadcast}", toast=("群发已开始", "The broadcast has begun"))


@submit("/broadcasts/{broadcast:int}/pause", "broadcast.send", audits="broadcast_paused", about="broadcast:{broadcast}")
def pause(view: View, stores: Stores, broadcast: Id) -> Html:
    broadcasts.pause_broadcast(stores, broadcast)
    undo = f"/broadcasts/{broadcast}/resume"
    return view.redirect(f"/broadcasts/{broadcast}", toast=("已暂停", "Paused"), undo=undo)


@submit(
    "/broadcasts/{broadcast:int}/resume", "broadcast.send", audits="broadcast_resumed", about="broadcast:{broadcast}"
)
def resume(view: View, stores: Stores, broadcast: Id) -> Html:
    broadcasts.resume_broadcast(stores, broadcast)
    return view.redirect(f"/broadcasts/{broadcast}", toast=("已继续", "Going on"))


@submit(
    "/broadcasts/{broadcast:int}/cancel", "broadcast.send", audits="broadcast_cancelled", about="broadcast:{broadcast}"
)
def cancel(view: View, stores: Stores, broadcast: Id) -> Html:
    broadcasts.cancel_broadcast(stores, broadcast)
    return view.redirect(
        f"/broadcasts/{broadcast}", toast=("已取消，未发出的不再发送", "Cancelled; nothing more is sent")
    )


@submit("/broadcasts/{broadcast:int}/copy", "broadcast.write", audits="broadcast_copied", about="broadcast:{broadcast}")
def copy(view: View, stores: Stores, actor: Actor, broadcast: Id) -> Html:
    number = broadcasts.copy_broadcast(stores, actor.tag, broadcast)
    return view.redirect(f"/broadcasts/{number}/edit", toast=("已复制为新草稿", "Copied to a new draft"))


@submit(
    "/broadcasts/{broadcast:int}/discard",
    "broadcast.write",
    audits="broadcast_discarded",
    about="broadcast:{broadcast}",
)
def discard(view: View, stores: Stores, broadcast: Id) -> Html:
    broadcasts.discard_broadcast(stores, broadcast)
    return view.redirect("/broadcasts", toast=("草稿已删除", "Draft thrown away"))


@submit("/broadcasts/{broadcast:int}/test", "broadcast.write", audits="broadcast_tested", about="broadcast:{broadcast}")
def test(view: View, stores: Stores, channels: Channels, form: Form, broadcast: Id) -> Html:
    outcome = send_test(
        stores, channels, broadcast, form.whole("account", low=1), form.whole("person", low=1), form.text("address")
    )
    if outcome.kind == "accepted":
        return view.redirect(f"/broadcasts/{broadcast}", toast=("测试消息已发出", "The test was sent"))
    if outcome.kind == "handed":
        return view.redirect(
            f"/broadcasts/{broadcast}",
            toast=("已交给员工，在手机上确认后发出", "Handed to the adviser, who sends it from the phone"),
        )
    zh, en = guard.reason_words(outcome.reason)
    return view.redirect(f"/broadcasts/{broadcast}", toast=(f"测试未成功：{zh}", f"The test failed: {en}"))


ROUTES = [
    list_all,
    new,
    add,
    edit,
    change,
    live_preview,
    one,
    effect,
    progress,
    count,
    start,
    pause,
    resume,
    cancel,
    copy,
    discard,
    test,
]
