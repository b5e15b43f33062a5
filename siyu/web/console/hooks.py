"""Settings → event webhooks: subscriptions, their log, a delivery with its calls."""

from __future__ import annotations

import json
from typing import Any

from siyu.audiences import queries as audiences
from siyu.audiences.fields import EVENT_FIELDS
from siyu.audiences.operators import OPERATORS
from siyu.channels.registry import Channels
from siyu.hooks import actions, model, queries
from siyu.hooks.model import EVERY, Wish
from siyu.people.event_names import NAMES, named
from siyu.people.identity import KINDS
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import menu
from siyu.web.api.hooks import body_seen
from siyu.web.current import current, may, note, t
from siyu.web.forms import Form
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("settings", "/settings/hooks", "事件推送", "Event webhooks", permission="hooks.write", order=35)

LISTED = (
    Column("name", "名称", "Name"),
    Column("events", "事件", "Events", narrow=False),
    Column("state", "状态", "State"),
    Column("answered", "最近成功", "Last success", narrow=False),
    Column("changed", "修改", "Changed", narrow=False, shown=False),
)
LOGGED = (
    Column("event", "事件", "Event"),
    Column("person", "客户", "Person", narrow=False),
    Column("state", "状态", "State"),
    Column("status", "应答", "Answer"),
    Column("tries", "次数", "Tries", numeric=True, narrow=False),
    Column("time", "发生于", "Happened", narrow=False),
    Column("id", "编号", "Number", numeric=True, shown=False),
    Column("act", "操作", "Actions"),
)
FILTER_ROWS = 3


@page("/settings/hooks", "hooks.write")
def all_hooks(view: View, stores: Stores) -> Html:
    """Every subscription and how it goes."""
    listing = Listing.read("hooks", LISTED, filters=("state",), views=False)
    words, state = listing.words.lower(), listing.filters["state"]
    found = [
        hook
        for hook in queries.all_hooks(stores)
        if words in f"{hook.name} {hook.url} {' '.join(hook.events)}".lower() and state in ("", hook.state)
    ]
    return view.render(
        "settings/hooks.html",
        fragment="list",
        listing=listing.filled(found),
        said=said,
        reasons=model.REASONS,
    )


def said(events: list[str]) -> str:
    """Names of events in the reader's language."""
    if EVERY in events:
        return t("全部事件", "All events")
    shown = [t(named(name).zh, named(name).en) for name in events[:4]]
    more = t(f" 等 {len(events)} 种", f" and {len(events) - 4} more") if len(events) > 4 else ""
    return t("、", ", ").join(shown) + more


def _form(view: View, stores: Stores, form: Form, hook: model.Hook | None = None) -> Html:
    draw = view.render if form.ok else view.invalid
    language = current().language
    return draw(
        "settings/hook_form.html",
        form=form,
        hook=hook,
        known=[(each.name, t(each.zh, each.en)) for each in NAMES.values()],
        kinds=[(each.name, t(each.zh, each.en), each.personal) for each in KINDS.values()],
        audiences=[("", t("不限", "Anybody's"))]
        + [(str(each.id), each.name) for each in audiences.all_audiences(stores)],
        operators=[("", t("（不筛选）", "(no filter)"))]
        + [(key, each.label[0] if language == "zh" else each.label[1]) for key, each in OPERATORS.items()],
        fields=list(EVENT_FIELDS),
        filter_rows=range(FILTER_ROWS),
    )


@page("/settings/hooks/new", "hooks.write")
def new_hook(view: View, stores: Stores) -> Html:
    return _form(view, stores, Form.showing(identifiers=["user_id"]))


@submit("/settings/hooks/new", "hooks.write", audits="hook_created")
def create_hook(view: View, stores: Stores, channels: Channels, actor: Actor, form: Form) -> Html:
    with form.errors_kept():
        wish = _wish(form)
        if form.ok:
            made = actions.create(stores, channels.caller, actor.tag, wish, may_see=may("people.phone"))
            note(f"hook:{made.id}", name=wish.name, personal=wish.personal)
            return _one(view, stores, made.id, made.secret)
    return _form(view, stores, form)


@page("/settings/hooks/{hook:int}/edit", "hooks.write")
def edit_hook(view: View, stores: Stores, hook: Id) -> Html:
    found = queries.get(stores, hook)
    return _form(view, stores, _shown(found), found)


@submit("/settings/hooks/{hook:int}/edit", "hooks.write", audits="hook_changed", about="hook:{hook}")
def change_hook(view: View, stores: Stores, channels: Channels, actor: Actor, form: Form, hook: Id) -> Html:
    found = queries.get(stores, hook)
    with form.errors_kept():
        wish = _wish(form)
        if form.ok:
            actions.change(stores, channels.caller, actor.tag, hook, wish, may_see=may("people.phone"))
            note(personal=wish.personal)
            return view.redirect(f"/settings/hooks/{hook}", toast=("已保存", "Saved"))
    return _form(view, stores, form, found)


@page("/settings/hooks/{hook:int}", "hooks.write")
def one_hook(view: View, stores: Stores, hook: Id) -> Html:
    return _one(view, stores, hook)


def _one(view: View, stores: Stores, hook: int, secret: str = "") -> Html:
    """A subscription with its log."""
    found = queries.get(stores, hook)
    listing = Listing.read(f"hook-{hook}", LOGGED, filters=("state", "name"), views=False)
    rows = queries.deliveries(
        stores,
        hook,
        words=listing.words,
        state=listing.filters["state"],
        name=listing.filters["name"],
        before=listing.before,
        limit=ASKED_MAX,
    )
    audience = found.audience
    return view.render(
        "settings/hook.html",
        fragment="list",
        hook=found,
        listing=listing.cut(rows, lambda row: row.id),
        secret=secret,
        counts=queries.counts(stores, hook),
        audience=audiences.get(stores, audience).name if audience is not None else "",
        said=said,
        called=lambda name: t("试发", "Test") if name == model.TEST else t(named(name).zh, named(name).en),
        reasons=model.REASONS,
        states=model.DELIVERY_STATES,
        now=stores.clock.now(),
        event_names=[(each.name, t(each.zh, each.en)) for each in NAMES.values()],
    )


@submit("/settings/hooks/{hook:int}/test", "hooks.write", audits="hook_tested", about="hook:{hook}")
def test_hook(view: View, stores: Stores, channels: Channels, hook: Id) -> Html:
    answer = actions.test(stores, channels.caller, hook)
    back = f"/settings/hooks/{hook}"
    if answer.fault is not None:
        zh, en = model.FAULTS[answer.fault]
        return view.redirect(back, toast=(f"没有成功：{zh}。请检查地址。", f"It failed: {en}. Check the address."))
    if not answer.good:
        text = f"接收方应答 {answer.status}，应为 2xx", f"The receiver answered {answer.status} instead of 2xx"
        return view.redirect(back, toast=text)
    text = f"接收方应答 {answer.status}，可以使用", f"The receiver answered {answer.status}: it works"
    return view.redirect(back, toast=text)


@submit("/settings/hooks/{hook:int}/pause", "hooks.write", audits="hook_paused", about="hook:{hook}")
def pause_hook(view: View, stores: Stores, hook: Id) -> Html:
    actions.pause(stores, hook)
    back = f"/settings/hooks/{hook}"
    return view.redirect(back, toast=("已暂停", "Paused"), undo=f"{back}/enable")


@submit("/settings/hooks/{hook:int}/enable", "hooks.write", audits="hook_enabled", about="hook:{hook}")
def enable_hook(view: View, stores: Stores, hook: Id) -> Html:
    actions.go_on(stores, hook)
    return view.redirect(
        f"/settings/hooks/{hook}", toast=("已启用，从停下的地方继续", "Enabled: it goes on from where it stopped")
    )


@submit("/settings/hooks/{hook:int}/secret", "hooks.write", audits="hook_secret_renewed", about="hook:{hook}")
def renew_secret(view: View, stores: Stores, hook: Id) -> Html:
    return _one(view, stores, hook, actions.renew_secret(stores, hook))


@submit("/settings/hooks/{hook:int}/end-old", "hooks.write", audits="hook_old_secret_ended", about="hook:{hook}")
def end_old_secret(view: View, stores: Stores, hook: Id) -> Html:
    actions.end_old_secret(stores, hook)
    return view.redirect(f"/settings/hooks/{hook}", toast=("旧密钥已作废", "The old secret is ended"))


@submit("/settings/hooks/{hook:int}/replay", "hooks.write", audits="hook_replayed", about="hook:{hook}")
def replay(view: View, stores: Stores, form: Form, hook: Id) -> Html:
    since = form.moment("since", required=True)
    back = f"/settings/hooks/{hook}"
    if since is None or since > stores.clock.now():
        text = "请填写一个过去的时间", "Give a moment in the past"
        return view.redirect(back, toast=text)
    actions.replay(stores, hook, since)
    note(since=since.isoformat())
    return view.redirect(back, toast=("开始重放", "It is being sent again"))


@submit("/settings/hooks/{hook:int}/remove", "hooks.write", audits="hook_removed", about="hook:{hook}")
def remove_hook(view: View, stores: Stores, hook: Id) -> Html:
    actions.remove(stores, hook)
    return view.redirect("/settings/hooks", toast=("已删除", "Removed"))


@page("/settings/hooks/deliveries/{delivery:int}", "hooks.write")
def one_delivery(view: View, stores: Stores, delivery: Id) -> Html:
    """One delivery, its calls, and the body as far as the reader may see it."""
    found = queries.get_delivery(stores, delivery)
    hook = queries.get(stores, found.hook)
    body = body_seen(stores, hook, found)
    return view.render(
        "settings/hook_delivery.html",
        delivery=found,
        hook=hook,
        attempts=queries.attempts(stores, delivery),
        body=None if body is None else json.dumps(body, ensure_ascii=False, indent=2),
        faults=model.FAULTS,
        tries_max=model.TRIES_MAX,
        called=t("试发", "Test") if found.name == model.TEST else t(named(found.name).zh, named(found.name).en),
    )


@submit(
    "/settings/hooks/deliveries/{delivery:int}/resend",
    "hooks.write",
    audits="hook_delivery_resent",
    about="hook_delivery:{delivery}",
)
def resend(view: View, stores: Stores, delivery: Id) -> Html:
    actions.send_again(stores, delivery)
    return view.done(
        toast=("已排队重发，编号不变", "Queued to be sent again, under the same id"),
        back=f"/settings/hooks/deliveries/{delivery}",
    )


@submit(
    "/settings/hooks/deliveries/{delivery:int}/skip",
    "hooks.write",
    audits="hook_delivery_skipped",
    about="hook_delivery:{delivery}",
)
def skip(view: View, stores: Stores, delivery: Id) -> Html:
    actions.skip(stores, delivery)
    return view.done(toast=("已跳过", "Skipped"), back=f"/settings/hooks/deliveries/{delivery}")


def _wish(form: Form) -> Wish:
    own = [name.strip() for name in form.get("own").replace("，", ",").replace("\n", ",").split(",")]
    audience = form.get("audience")
    return Wish(
        name=form.get("name"),
        url=form.get("url"),
        events=[EVERY] if form.flag("every") else [*form.all("events"), *own],
        audience=int(audience) if audience.isascii() and audience.isdigit() and len(audience) < 10 else None,
        where=[each for row in range(FILTER_ROWS) if (each := _filter(form, row)) is not None],
        identifiers=form.all("identifiers"),
        personal=form.flag("personal"),
        imports=form.flag("imports"),
    )


def _filter(form: Form, row: int) -> dict[str, Any] | None:
    op, field = form.get(f"op-{row}"), form.get(f"field-{row}").strip()
    if not op or not field:
        return None
    takes = OPERATORS[op].takes if op in OPERATORS else "text"
    return {"field": field, "op": op, "value": _value(takes, form.get(f"value-{row}").strip())}


def _value(takes: str, text: str) -> Any:
    """The operand as typed, read as the operator takes it; what can't be read stays a text and is refused."""
    if takes == "none":
        return None
    if takes in ("texts", "range"):
        parts = [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]
        return [_number(part) for part in parts] if takes == "range" else parts
    return _number(text) if takes in ("number", "days") else text


def _number(text: str) -> Any:
    try:
        value = float(text)
    except ValueError:
        return text
    return int(value) if value.is_integer() else value


def _shown(hook: model.Hook) -> Form:
    """The form as it is kept."""
    values: dict[str, object] = {
        "name": hook.name,
        "url": hook.url,
        "every": EVERY in hook.events,
        "events": [name for name in hook.events if name in NAMES],
        "own": ", ".join(name for name in hook.events if name not in NAMES and name != EVERY),
        "audience": hook.audience,
        "identifiers": list(hook.identifiers),
        "personal": hook.personal,
        "imports": hook.imports,
    }
    for row, each in enumerate(hook.where):
        value = each.get("value")
        spoken = ", ".join(map(str, value)) if isinstance(value, list) else value
        values |= {f"field-{row}": each["field"], f"op-{row}": each["op"], f"value-{row}": spoken}
    return Form.showing(**values)


ROUTES = [
    all_hooks,
    new_hook,
    create_hook,
    edit_hook,
    change_hook,
    one_hook,
    test_hook,
    pause_hook,
    enable_hook,
    renew_secret,
    end_old_secret,
    replay,
    remove_hook,
    one_delivery,
    resend,
    skip,
]
