"""Reach → messages: who got what, with which result, and why."""

from __future__ import annotations

from collections.abc import Sequence

from siyu.people.queries import Search, people_page
from siyu.reach import guard, results
from siyu.reach.model import MESSAGE_STATES
from siyu.reach.ways_out import way_out
from siyu.reach.why import message_of, why
from siyu.storage import NotFound, Stores
from siyu.web import journey_words, menu
from siyu.web.current import t
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id, whole
from siyu.web.reach_words import reach_words
from siyu.web.routes import page
from siyu.web.seeing import names_may_be_asked, names_seen
from siyu.web.view import Html, View

menu.page("reach", "/messages", "消息查询", "Messages", permission="broadcast.read", order=40)

MESSAGES = (
    Column("person", "客户", "Person"),
    Column("state", "结果", "Result"),
    Column("reason", "原因", "Reason", narrow=False),
    Column("channel", "渠道", "Channel", narrow=False),
    Column("broadcast", "群发", "Broadcast", narrow=False),
    Column("when", "时间", "When", narrow=False),
    Column("why", "经过", "Story"),
)
FOUND_PEOPLE_MAX = 200


@page("/messages", "broadcast.read")
def messages(
    view: View, stores: Stores, broadcast: int | None = None, person: int | None = None, reason: str = ""
) -> Html:
    listing = Listing.read("messages", MESSAGES, filters=("state", "broadcast", "person", "reason"))
    found = results.message_rows(
        stores,
        broadcast=broadcast,
        person=person,
        state=listing.filters["state"],
        reason=reason,
        found=_found(stores, listing.words) if listing.words else None,
        before=listing.before,
        rows_max=ASKED_MAX,
    )
    listing = listing.cut(found, lambda row: row.id)
    return view.render(
        "reach/messages.html",
        fragment="list",
        listing=listing,
        names=names_seen(stores, [row.person for row in listing.rows]),
        states=[(key, t(*words)) for key, words in MESSAGE_STATES.items()],
        narrowed=_narrowed(stores, listing, found),
        **reach_words(),
    )


def _found(stores: Stores, words: str) -> results.Found:
    """A delivery id, a message's number, or whom it went to."""
    search = Search(text=words, in_names=names_may_be_asked(words))
    persons = [row.person for row in people_page(stores, search, None, FOUND_PEOPLE_MAX).rows]
    try:
        return results.Found(message_of(stores, words), persons)
    except NotFound:
        return results.Found(None, persons)


def _narrowed(stores: Stores, listing: Listing, found: Sequence[results.MessageRow]) -> list[tuple[str, str]]:
    """What narrows the list beside its own tools, as links from other pages do: the name in the address, the words."""
    said: list[tuple[str, str]] = []
    if (number := whole(listing.filters["broadcast"])) is not None:
        said.append(("broadcast", t("群发：", "Broadcast: ") + (found[0].broadcast_name if found else f"#{number}")))
    if (number := whole(listing.filters["person"])) is not None:
        name = names_seen(stores, [number]).get(number) or f"#{number}"
        said.append(("person", t("客户：", "Person: ") + name))
    if reason := listing.filters["reason"]:
        said.append(("reason", t("原因：", "Reason: ") + t(*guard.reason_words(reason))))
    return said


@page("/messages/{message:int}", "broadcast.read")
def explain(view: View, stores: Stores, message: Id) -> Html:
    told = why(stores, message)
    came = told.journey
    return view.render(
        "reach/why.html",
        why=told,
        todo=t(*way_out(told.reason)),
        name=names_seen(stores, [told.person]).get(told.person, ""),
        steps=journey_words.node_names(stores, came.journey, [came.version, *(each.version for each in came.way)])
        if came
        else {},
        **reach_words(),
    )


ROUTES = [messages, explain]
