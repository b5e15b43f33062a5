"""The sidebar of WeCom's chat: an adviser sees the customer they are talking to.

Reached by the platform's sign-in, which is good for these pages alone; these are the only ones that another site's
page may hold. Everybody sees customers of their own only, and of them what their role may see. There is no command and
no API call for it: it shows what ``/api/people`` tells, to somebody whom only the platform can prove.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from litestar.datastructures import Cookie
from litestar.params import QueryParameter
from litestar.response import Response

from siyu.audiences import layers
from siyu.channels.protocol import Account
from siyu.channels.registry import Channels, exchange_of
from siyu.channels.secrets import keyring
from siyu.channels.wecom import sidebar
from siyu.content.personas.keeping import persona_of
from siyu.people import actions, profile, tags, timeline
from siyu.people.finding import holders, identifiers_of
from siyu.people.identity import Identifier
from siyu.reach.desk import addresses_of, customers_of
from siyu.reach.staff_tasks import doing, queries
from siyu.reach.staff_tasks.holders import names_of_member
from siyu.reach.staff_tasks.ladder import rungs_of
from siyu.reach.staff_tasks.model import NOTE_CHARACTERS_MAX as RESULT_CHARACTERS_MAX
from siyu.reach.staff_tasks.model import OUTCOMES, RUNGS
from siyu.reach.staff_tasks.queries import Asked
from siyu.staff import platform_sign_in
from siyu.staff.model import Actor
from siyu.staff.platform_sign_in import Vouched
from siyu.storage import BadInput, NotAllowed, NotFound, SiyuError, Stores
from siyu.web.console.person import age_of, entries_worded
from siyu.web.console.tasks import cards_of, looker_of, result_of
from siyu.web.current import current, in_words, may, note
from siyu.web.edge import POLICY, SIDEBAR, SIDEBAR_COOKIE, SIDEBAR_STATE_COOKIE, framed_by
from siyu.web.forms import Form
from siyu.web.limits import limited
from siyu.web.paging import Id
from siyu.web.routes import PUBLIC, page, submit
from siyu.web.scripts_beside import beside
from siyu.web.seeing import entries_seen, seen, unchanged
from siyu.web.view import Html, View

STATE_SECONDS = 600
STATE_CHARACTERS = 64
SIGN_INS_PER_MINUTE = 300
"""Of one address: a whole office comes from one."""
ENTRIES = 8
TASKS = 10
NOTE = "note"
NOTE_CHARACTERS_MAX = 500


def in_frame(function: Callable[..., Html]) -> Callable[..., Html]:
    """Let WeCom hold the page, and say in it what went wrong."""

    @functools.wraps(function)
    def shown(*args: Any, **given: Any) -> Html:
        view: View = given["view"]
        try:
            answer = function(*args, **given)
        except SiyuError as error:
            if view.htmx:
                raise
            answer = view.render("sidebar/message.html", status=error.status, error=error, account=given["account"])
        answer.headers.setdefault(POLICY, framed_by(sidebar.FRAMES))
        return answer

    return shown


# --- signing in


@page(SIDEBAR + "{account:int}", PUBLIC)
@in_frame
def desk(
    view: View, stores: Stores, account: Id, external_userid: str = "", entered: bool = False, q: str = ""
) -> Html:
    found = sidebar.account_with_sidebar(stores, account)
    vouched = current().vouched
    if vouched is None or vouched.account != account:
        if entered:
            raise NotAllowed(
                "sidebar_cookies",
                "登录信息没有保存下来：请允许本站使用 Cookie，然后重新打开。",
                "The sign-in was not kept: allow cookies for this site, then open it again.",
            )
        return _to_sign_in(stores, found)
    sidebar.admit(stores, found, vouched.userid)
    context: dict[str, Any] = {"person": None, "sends": False}
    if external_userid:
        context = _customer(stores, vouched, external_userid)
        context |= beside(stores, vouched, found, context["person"])
    speaks = persona_of(stores, account, vouched.userid) if vouched.member.actor.may("content.read") else None
    my_own = [] if external_userid else _my_tasks(stores, vouched)
    asks_client = found.settings.get("sidebar_script") != "none" and not external_userid
    shown = view.render(
        "sidebar/desk.html",
        vouched=vouched,
        asks_client=asks_client,
        scripts=sidebar.SCRIPTS,
        customers=customers_of(stores, account, vouched.userid, q),
        words=q,
        my_tasks=my_own,
        speaks=speaks,
        **context,
    )
    if asks_client or context.get("sends"):
        shown.headers[POLICY] = framed_by(sidebar.FRAMES, sidebar.SCRIPTS)
    return shown


def _to_sign_in(stores: Stores, account: Account) -> Html:
    nonce = secrets.token_hex(8)
    state = _state(stores, account.id, nonce, stores.clock.now())
    call = current()
    back = f"{'https' if call.secure else 'http'}://{call.host}{SIDEBAR}{account.id}/signed-in"
    answer: Html = Response(b"", status_code=303, media_type="text/html")
    answer.headers["location"] = sidebar.sign_in_address(account, back, state)
    answer.headers["cache-control"] = "no-store"
    answer.cookies.append(_cookie(SIDEBAR_STATE_COOKIE, nonce, STATE_SECONDS))
    return answer


@page(SIDEBAR + "{account:int}/signed-in", PUBLIC, guards=[limited(SIGN_INS_PER_MINUTE)])
@in_frame
def signed_in(
    view: View,
    stores: Stores,
    channels: Channels,
    account: Id,
    code: str = "",
    said: Annotated[str, QueryParameter(name="state")] = "",
) -> Html:
    found = sidebar.account_with_sidebar(stores, account)
    if not _is_ours(stores, account, said, current().sidebar_nonce, stores.clock.now()):
        raise NotAllowed(
            "sidebar_state", "登录已过期，请重新打开侧边栏。", "The sign-in is too old; open the sidebar again."
        )
    if not code:
        raise NotAllowed("sidebar_refused", "您没有同意登录。", "You did not agree to sign in.")
    userid = sidebar.who_signed_in(exchange_of(channels), found, code)
    name = sidebar.admit(stores, found, userid)
    role = str(found.settings.get("sidebar_role") or "adviser")
    token = platform_sign_in.enter(
        stores,
        account=account,
        userid=userid,
        name=name,
        role=role,
        language=current().language,
        agent=current().agent,
        address=current().address,
    )
    answer = view.redirect(f"{SIDEBAR}{account}?entered=true")
    answer.cookies.append(_cookie(SIDEBAR_COOKIE, token, int(platform_sign_in.LASTS.total_seconds())))
    answer.cookies.append(_cookie(SIDEBAR_STATE_COOKIE, "", 0))
    return answer


def _cookie(name: str, value: str, seconds: int) -> Cookie:
    """Held in another site's frame a browser sends back only what says so, and only over https."""
    secure = current().secure
    return Cookie(
        key=name,
        value=value,
        path=SIDEBAR.rstrip("/"),
        max_age=seconds,
        httponly=True,
        secure=secure,
        samesite="none" if secure else "lax",
    )


def _state(stores: Stores, account: int, nonce: str, now: datetime) -> str:
    """Letters and digits: when, for whose browser, and proof that it is ours."""
    told = f"{int(now.timestamp()):08x}{nonce}"
    return told + _proof(stores, account, told)


def _proof(stores: Stores, account: int, told: str) -> str:
    key = keyring(stores.home).derive(f"sidebar:{account}")
    return hmac.new(key, told.encode(), hashlib.sha256).hexdigest()[:40]


def _is_ours(stores: Stores, account: int, state: str, nonce: str, now: datetime) -> bool:
    told, proof = state[:24], state[24:]
    if len(state) != STATE_CHARACTERS or not state.isascii() or not nonce or told[8:] != nonce:
        return False
    if not hmac.compare_digest(proof.encode(), _proof(stores, account, told).encode()):
        return False
    return 0 <= now.timestamp() - int(told[:8], 16) <= STATE_SECONDS


# --- what the signed-in see


def mine(stores: Stores, account: int) -> tuple[Account, Vouched]:
    """Who asks, if the account still lets them in."""
    found, vouched = sidebar.account_with_sidebar(stores, account), current().vouched
    if vouched is None or vouched.account != account:
        raise NotAllowed("sidebar_sign_in", "请重新打开侧边栏。", "Open the sidebar again.")
    sidebar.admit(stores, found, vouched.userid)
    return found, vouched


@page(SIDEBAR + "{account:int}/signature", "people.read")
def signature(stores: Stores, channels: Channels, account: Id, url: str = "") -> Response[Any]:
    """What the page shows the client. Signed are addresses of this very page alone."""
    found, _ = mine(stores, account)
    parts = urlsplit(url)
    if parts.netloc != current().host or parts.path != f"{SIDEBAR}{account}" or parts.fragment or len(url) > 2_000:
        raise BadInput("sidebar_url", "只能为侧边栏页面签名。", "Only the sidebar's own page is signed.", field="url")
    made = sidebar.signed(exchange_of(channels), found, url, stores.clock.now())
    return Response(msgspec.json.encode(made), media_type="application/json", headers={"cache-control": "no-store"})


@page(SIDEBAR + "{account:int}/customer", "people.read")
@in_frame
def customer(view: View, stores: Stores, account: Id, external_userid: str = "") -> Html:
    found, vouched = mine(stores, account)
    context = _customer(stores, vouched, external_userid)
    context |= beside(stores, vouched, found, context["person"])
    return view.render("sidebar/customer.html", vouched=vouched, **context)


@page(SIDEBAR + "{account:int}/customers", "people.read")
@in_frame
def customers(view: View, stores: Stores, account: Id, q: str = "") -> Html:
    _, vouched = mine(stores, account)
    found = customers_of(stores, account, vouched.userid, q.strip())
    return view.render("sidebar/customers.html", vouched=vouched, customers=found, words=q.strip())


@submit(SIDEBAR + "{account:int}/note", "people.write", audits="person_changed", about="account:{account}")
@in_frame
def write_note(view: View, stores: Stores, actor: Actor, form: Form, account: Id) -> Html:
    _, vouched = mine(stores, account)
    external_userid = form.get("external_userid")
    person = person_of(stores, vouched, external_userid)
    given = form.text(NOTE, characters_max=NOTE_CHARACTERS_MAX, lines=True)
    if not form.ok:
        raise next(iter(form.errors.values()))
    before = profile.profile_of(stores, person).basic["attributes"].get(NOTE)
    note(f"person:{person}", fields=[NOTE])
    if not unchanged(given, None if before is None else str(before)):
        actions.set_profile(stores, actor.tag, person, {NOTE: given or None})
    back = f"{SIDEBAR}{account}?external_userid={external_userid}"
    return view.done(toast=("备注已保存", "Note saved"), back=back)


@submit(SIDEBAR + "{account:int}/people/{person:int}/tags", "people.write", audits="tag_added", about="person:{person}")
@in_frame
def add_tag(view: View, stores: Stores, actor: Actor, form: Form, account: Id, person: Id) -> Html:
    address = _address(stores, account, person)
    tag = form.whole("tag", low=1)
    if not form.ok:
        raise next(iter(form.errors.values()))
    tags.add_tag(stores, actor.tag, person, tag)
    note(tag=tag)
    undo = f"{SIDEBAR}{account}/people/{person}/tags/{tag}/remove"
    return view.done(toast=("已打标签", "Tag added"), back=f"{SIDEBAR}{account}?external_userid={address}", undo=undo)


@submit(
    SIDEBAR + "{account:int}/people/{person:int}/tags/{tag:int}/remove",
    "people.write",
    audits="tag_removed",
    about="person:{person}",
)
@in_frame
def remove_tag(view: View, stores: Stores, actor: Actor, account: Id, person: Id, tag: Id) -> Html:
    address = _address(stores, account, person)
    tags.remove_tag(stores, actor.tag, person, tag)
    note(tag=tag)
    return view.done(toast=("已移除标签", "Tag removed"), back=f"{SIDEBAR}{account}?external_userid={address}")


def _address(stores: Stores, account: int, person: int) -> str:
    """The external_userid of a customer of the adviser's own."""
    _, vouched = mine(stores, account)
    known = addresses_of(stores, account, vouched.userid, [person])
    if person not in known:
        raise _not_yours()
    return known[person]


def person_of(stores: Stores, vouched: Vouched, external_userid: str) -> int:
    """The customer whose chat is open, where they are the adviser's own. Raises :class:`NotAllowed`."""
    if not sidebar.is_customer_of(stores, vouched.account, vouched.userid, external_userid):
        raise _not_yours()
    persons = holders(stores, Identifier("external_userid", external_userid))
    if not persons:
        raise NotFound(
            "sidebar_not_known", "客户资料正在接入，请稍后再打开。", "This customer is being read; try again soon."
        )
    return persons[0]


def _not_yours() -> NotAllowed:
    return NotAllowed(
        "sidebar_not_yours",
        "这不是您的客户；刚添加的客户请稍后再打开。",
        "This is no customer of yours; one who was just added shows in a moment.",
    )


def _customer(stores: Stores, vouched: Vouched, external_userid: str) -> dict[str, Any]:
    shown = profile.profile_of(stores, person_of(stores, vouched, external_userid))
    found = timeline.timeline(stores, shown.nodes, limit=ENTRIES, newest=shown.newest)
    with stores.ledger.read() as conn:
        schemes = {each.key: each for each in layers.schemes(conn)}
        held = identifiers_of(conn, shown.nodes, whole=may("people.phone"))
        in_layers = layers.held_by(conn, shown.person)
        all_tags = tags.all_tags(conn) if may("people.write") else []
    has = {tag.id for tag in shown.tags}
    return {
        "person": shown.person,
        "external_userid": external_userid,
        "shown": shown,
        "basic": seen(shown.basic),
        "age": age_of(shown.basic["birthday"], stores.clock.now()),
        "phones": [each for each in held if each.kind == "phone"],
        "in_layers": in_layers,
        "tags_left": [tag for tag in all_tags if tag.id not in has],
        "entries": entries_worded(entries_seen(found.entries), schemes),
        "note": seen(shown.basic["attributes"].get(NOTE) or ""),
        "note_max": NOTE_CHARACTERS_MAX,
        **_tasks(stores, vouched, shown.person, shown.nodes),
    }


# --- what is to do for them


def _my_tasks(stores: Stores, vouched: Vouched) -> list[dict[str, Any]]:
    """The adviser's own tasks, by their time, each with the way to the customer."""
    actor = vouched.member.actor
    if not actor.may("tasks.read"):
        return []
    with stores.ledger.read() as conn:
        names = names_of_member(conn, vouched.member.id)
    wanted = Asked(state="undone", holders=names)
    found = queries.tasks_page(stores, looker_of(stores, actor), wanted, rows_max=TASKS)
    known = addresses_of(stores, vouched.account, vouched.userid, [each.person for each in found])
    return [{"card": card, "address": known.get(card.task.person, "")} for card in cards_of(stores, found)]


def _tasks(stores: Stores, vouched: Vouched, person: int, nodes: Sequence[int]) -> dict[str, Any]:
    actor, now = vouched.member.actor, stores.clock.now()
    if not actor.may("tasks.read"):
        return {"tasks": []}
    with stores.ledger.read() as conn:
        found = queries.tasks_of_person(conn, looker_of(stores, actor), nodes)
        rung = rungs_of(conn, [person], now)[person]
    undone = [each for each in found if each.undone][:TASKS]
    return {
        "tasks": cards_of(stores, undone),
        "task_scripts": queries.scripts_of(stores, undone, seen),
        "rung": rung,
        "rungs": in_words(RUNGS),
        "outcomes": in_words(OUTCOMES),
        "result_max": RESULT_CHARACTERS_MAX,
    }


@page(SIDEBAR + "{account:int}/tasks", "tasks.read")
@in_frame
def tasks(view: View, stores: Stores, account: Id, external_userid: str = "") -> Html:
    """A part of the customer's page, after something was done."""
    _, vouched = mine(stores, account)
    person = person_of(stores, vouched, external_userid)
    with stores.ledger.read() as conn:
        nodes = queries.nodes_of(conn, [person])
    shown = _tasks(stores, vouched, person, nodes)
    return view.render("sidebar/tasks.html", vouched=vouched, external_userid=external_userid, **shown)


@submit(SIDEBAR + "{account:int}/tasks/{task:int}/take", "tasks.write", audits="task_taken", about="task:{task}")
@in_frame
def take_task(view: View, stores: Stores, actor: Actor, form: Form, account: Id, task: Id) -> Html:
    external_userid = _require_about(stores, actor, form, account, task)
    doing.take(stores, looker_of(stores, actor), actor.tag, task)
    back = f"{SIDEBAR}{account}?external_userid={external_userid}"
    return view.done(toast=("已领取，归您处理", "It is yours now"), back=back)


@submit(SIDEBAR + "{account:int}/tasks/{task:int}/done", "tasks.write", audits="task_finished", about="task:{task}")
@in_frame
def finish_task(view: View, stores: Stores, actor: Actor, form: Form, account: Id, task: Id) -> Html:
    external_userid = _require_about(stores, actor, form, account, task)
    result = result_of(form)
    if not form.ok:
        raise next(iter(form.errors.values()))
    doing.finish(stores, looker_of(stores, actor), actor.tag, task, result)
    undo = f"{SIDEBAR}{account}/tasks/{task}/reopen"
    back = f"{SIDEBAR}{account}?external_userid={external_userid}"
    return view.done(toast=("已完成", "Done"), back=back, undo=undo)


@submit(SIDEBAR + "{account:int}/tasks/{task:int}/reopen", "tasks.write", audits="task_reopened", about="task:{task}")
@in_frame
def reopen_task(view: View, stores: Stores, actor: Actor, account: Id, task: Id) -> Html:
    """What was just done, undone."""
    _, vouched = mine(stores, account)
    found = queries.one_task(stores, looker_of(stores, actor), task)
    known = addresses_of(stores, account, vouched.userid, [found.person])
    if found.person not in known:
        raise _not_yours()
    doing.reopen(stores, looker_of(stores, actor), task)
    back = f"{SIDEBAR}{account}?external_userid={known[found.person]}"
    return view.done(toast=("已撤销，任务重新打开", "It is to do again"), back=back)


def _require_about(stores: Stores, actor: Actor, form: Form, account: int, task: int) -> str:
    """The customer whose chat is open, whom the task has to be about."""
    _, vouched = mine(stores, account)
    external_userid = form.get("external_userid")
    person = person_of(stores, vouched, external_userid)
    if queries.one_task(stores, looker_of(stores, actor), task).person != person:
        raise _not_yours()
    return external_userid


ROUTES = [
    desk,
    signed_in,
    signature,
    customer,
    customers,
    write_note,
    add_tag,
    remove_tag,
    tasks,
    take_task,
    finish_task,
    reopen_task,
]
