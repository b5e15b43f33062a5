"""Pages that customers reach through the links of a message: unsubscribe, a followed link, the picture of a letter."""

from __future__ import annotations

import base64
from urllib.parse import urlsplit, urlunsplit

from litestar.response import Response

from siyu.commerce.links import keeping as order_links
from siyu.content.links import keeping as content_links
from siyu.growth.visitors import links as visitor_links
from siyu.growth.visitors.links import PARAMETER
from siyu.reach import answers
from siyu.reach.links import Links, links_of
from siyu.storage import Stores
from siyu.web.current import current
from siyu.web.limits import limited
from siyu.web.mobile.app import PATHS
from siyu.web.outside import Outside
from siyu.web.routes import PUBLIC, page, submit
from siyu.web.view import Html, View, in_header

CALLS_PER_MINUTE = 600
"""Of one address: mail providers fetch pictures and call RFC 8058's address for all of their users from a few."""

PICTURE = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def _links(stores: Stores, outside: Outside) -> Links:
    return links_of(stores.home, outside.address)


@page("/u/{token:str}", PUBLIC, guards=[limited(CALLS_PER_MINUTE)])
def ask(view: View, stores: Stores, outside: Outside, token: str) -> Html:
    channel = answers.channel_of(stores, _links(stores, outside), token)
    return view.render("reach/unsubscribe.html", state="ask", channel=channel, shop=current().shop, token=token)


@submit("/u/{token:str}", PUBLIC, audits=None, guards=[limited(CALLS_PER_MINUTE)])
def unsubscribe(view: View, stores: Stores, outside: Outside, token: str) -> Html:
    """One tap; also what mail programs call by themselves (RFC 8058)."""
    channel = answers.unsubscribe(stores, _links(stores, outside), token)
    return view.render("reach/unsubscribe.html", state="gone", channel=channel, shop=current().shop, token=token)


@submit("/u/{token:str}/back", PUBLIC, audits=None, guards=[limited(CALLS_PER_MINUTE)])
def subscribe_again(view: View, stores: Stores, outside: Outside, token: str) -> Html:
    channel = answers.subscribe_again(stores, _links(stores, outside), token)
    return view.render("reach/unsubscribe.html", state="back", channel=channel, shop=current().shop, token=token)


@page("/l/{token:str}", PUBLIC, guards=[limited(CALLS_PER_MINUTE)])
def follow(stores: Stores, outside: Outside, token: str) -> Html:
    answer: Html = Response(b"", status_code=302, media_type="text/html")
    address = answers.clicked(stores, _links(stores, outside), token)
    answer.headers["location"] = in_header(_naming(stores, outside, token, address))
    answer.headers["cache-control"] = "no-store"
    answer.headers["referrer-policy"] = "no-referrer"
    return answer


def _naming(stores: Stores, outside: Outside, token: str, address: str) -> str:
    """An address of our own public pages, with a mark of whom the message was for: they need not say who they are."""
    parts = urlsplit(address)
    if parts.netloc != current().host or not parts.path.startswith(PATHS):
        return address
    found = answers.whose(stores, _links(stores, outside), token)
    if found is None:
        return address
    message, person = found
    if parts.path.startswith(order_links.PATH):
        return _own_link(stores, parts.path, person, message) or address
    if parts.path.startswith(content_links.PATH):
        return content_links.own_path(stores, parts.path, person, message) or address
    mark = visitor_links.token_for(stores.home, person, stores.clock.now(), message)
    query = f"{parts.query}&{PARAMETER}={mark}" if parts.query else f"{PARAMETER}={mark}"
    return urlunsplit(parts._replace(query=query))


def _own_link(stores: Stores, path: str, person: int, message: int) -> str | None:
    """The person's own page of an order link that stood in a message."""
    named = order_links.named(stores, path.removeprefix(order_links.PATH))
    return None if named is None else order_links.own_path(stores, named.link, person, message)


@page("/o/{token:str}", PUBLIC, guards=[limited(CALLS_PER_MINUTE)])
def picture(stores: Stores, outside: Outside, token: str) -> Html:
    answers.opened(stores, _links(stores, outside), token)
    answer: Html = Response(PICTURE, media_type="image/gif")
    answer.headers["cache-control"] = "no-store"
    return answer


ROUTES = [ask, unsubscribe, subscribe_again, follow, picture]
