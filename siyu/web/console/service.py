"""Groups and service → service conversations (微信客服): what people wrote, and answering within the windows."""

from __future__ import annotations

from collections.abc import Sequence

from siyu.channels.registry import Channels, exchange_of
from siyu.channels.wecom.service import answering
from siyu.channels.wecom.service.answering import FORWARD, MESSAGE_KINDS, MESSAGE_STATES, STATES, Chat
from siyu.people.finding import holders_of, names_of
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import known, menu
from siyu.web.current import in_words
from siyu.web.forms import Form
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id, whole
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("groups", "/service", "客服会话", "Service", permission="people.read", order=10)

LISTED = (
    Column("person", "客户", "Person"),
    Column("state", "会话", "Session"),
    Column("left", "还可回复", "Answers left", numeric=True),
    Column("account", "账号", "Account", narrow=False),
    Column("last", "最近", "Last"),
)


def _persons_of(stores: Stores, chats: Sequence[Chat]) -> dict[int, int]:
    """Chat → the person who holds its customer's identifier, where somebody does."""
    held = holders_of(stores, "external_userid", (chat.external_userid for chat in chats))
    return {chat.id: held[chat.external_userid] for chat in chats if chat.external_userid in held}


@page("/service", "people.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("service", LISTED, filters=("state", "account"), views=False)
    state, account = whole(listing.filters["state"]), whole(listing.filters["account"])
    found = answering.chats(stores, state=state, account=account, before=listing.before, rows_max=ASKED_MAX)
    persons = _persons_of(stores, found)
    return view.render(
        "service/chats.html",
        fragment="list",
        listing=listing.cut(found, lambda chat: chat.id),
        persons=persons,
        names=names_of(stores, persons.values()),
        accounts=known.companies(stores),
        address_of=_address_of,
        states=in_words(STATES),
    )


def _address_of(chat: Chat) -> str:
    return f"/service/{chat.id}"


def _one(view: View, stores: Stores, chat: int, form: Form) -> Html:
    found = answering.get_chat(stores, chat)
    person = _persons_of(stores, [found]).get(chat)
    draw = view.render if form.ok else view.invalid
    return draw(
        "service/chat.html",
        chat=found,
        form=form,
        person=person,
        name=names_of(stores, [person]).get(person, "") if person else "",
        messages=answering.messages(stores, chat),
        states=in_words(STATES),
        message_kinds=in_words(MESSAGE_KINDS),
        members_known=known.members(stores, {found.account: ""}),
        message_states=in_words(MESSAGE_STATES),
        forward=FORWARD.get(found.state or 0, ()),
    )


@page("/service/{chat:int}", "people.read")
def one(view: View, stores: Stores, chat: Id) -> Html:
    return _one(view, stores, chat, Form())


@submit("/service/{chat:int}/answer", "service.answer", audits="service_answered", about="chat:{chat}")
def answer(view: View, stores: Stores, channels: Channels, actor: Actor, form: Form, chat: Id) -> Html:
    with form.errors_kept():
        became = answering.answer(stores, exchange_of(channels), actor.tag, chat, form.get("text"))
        sent = ("已发送", "Sent")
        unsure = (
            "平台没有应答，无法确定是否送达，不会自动重发",
            "No answer came: it may have arrived, and is not repeated",
        )
        return view.redirect(f"/service/{chat}", toast=sent if became == "sent" else unsure)
    return _one(view, stores, chat, form)


@submit("/service/{chat:int}/transfer", "service.answer", audits="service_transferred", about="chat:{chat}")
def transfer(view: View, stores: Stores, channels: Channels, form: Form, chat: Id) -> Html:
    with form.errors_kept():
        state = form.whole("state", low=1, high=4)
        answering.transfer(stores, exchange_of(channels), chat, state, form.text("servicer", characters_max=64))
        return view.redirect(f"/service/{chat}", toast=("会话已转接", "The session was given on"))
    return _one(view, stores, chat, form)


@submit("/service/{chat:int}/look-up", "people.read", audits=None)
def look_up(view: View, stores: Stores, channels: Channels, chat: Id) -> Html:
    answering.look_up(stores, exchange_of(channels), chat)
    return view.redirect(f"/service/{chat}", toast=("已更新", "Up to date"))


ROUTES = [list_all, one, answer, transfer, look_up]
