"""``/m/t/<mark>``: a piece to read. Everybody gets an address of their own, so that who passes it on is known by it."""

from __future__ import annotations

from urllib.parse import urlsplit

from siyu.content.links import keeping, opening
from siyu.content.links.model import ContentLink, Named
from siyu.content.links.opening import Act, Hop
from siyu.growth.visitors import anonymous, devices
from siyu.storage import Conflict
from siyu.web.mobile import friendly
from siyu.web.mobile.routes import page, submit
from siyu.web.mobile.visit import Answer, Visit
from siyu.web.mobile.who import kept, own

ACTS: tuple[Act, ...] = ("liked", "favourited", "commented")


@page("/m/t/{mark}", personal=True)
def show(visit: Visit, mark: str) -> Answer:
    named = keeping.named(visit.stores, mark)
    if named is None:
        return friendly.show(visit, friendly.unknown())
    link = keeping.get_link(visit.stores, named.link)
    if link.stage == "off":
        return friendly.show(visit, friendly.ended())
    if visit.robot:
        return _page(visit, link, mark, None)
    node = _node(visit, named)
    if node is None:
        return _page(visit, link, mark, None)
    try:
        hop = opening.opened(visit.stores, named, node)
    except Conflict:
        return friendly.show(visit, friendly.ended())
    if hop.path != keeping.PATH + mark and not visit.fresh:  # a browser that keeps nothing would go round in circles
        return visit.to(hop.path)
    return _page(visit, link, mark, hop)


def _node(visit: Visit, named: Named) -> int | None:
    """Under whom this is written down; None for who objects. A personal link makes the first device that opens it
    theirs."""
    if named.person:
        devices.bind_by_link(visit.stores, visit.device, named.person, f"t{named.link}.{named.person}.{named.message}")
    sure = own(visit)
    if opening.objected(visit.stores, visit.device, sure):
        return None
    if named.person and sure is not None and sure == kept(visit, named.person):
        return named.person
    return sure or anonymous.person_for(visit.stores, visit.device)


def _page(visit: Visit, link: ContentLink, mark: str, hop: Hop | None) -> Answer:
    picture = urlsplit(link.picture)
    images = (f"{picture.scheme}://{picture.netloc}",) if picture.scheme == "https" else ()
    own_mark = mark if hop is None else hop.path.removeprefix(keeping.PATH)
    objected = hop is None and not visit.robot
    return visit.page("content_link.html", images=images, link=link, mark=own_mark, hop=hop, objected=objected)


@submit("/m/t/{mark}/seen")
def seen(visit: Visit, mark: str) -> Answer:
    """The page tells how long it stood before their eyes."""
    named = keeping.named(visit.stores, mark)
    node = None if named is None or visit.robot else _node(visit, named)
    if named is not None and node is not None:
        seconds, far = (_whole(visit.form.get(name)) for name in ("seconds", "far"))
        opening.seen(visit.stores, named, node, visit.once, seconds, far)
    return Answer(status=204)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0


@submit("/m/t/{mark}/{act}")
def did(visit: Visit, mark: str, act: str) -> Answer:
    """Liked, kept, commented on; or they don't want to be followed."""
    named = keeping.named(visit.stores, mark)
    if named is None:
        return friendly.show(visit, friendly.unknown())
    if act == "object":
        opening.object_to(visit.stores, visit.device)
        return visit.to(keeping.path_of(visit.stores, Named(named.link)))
    if act not in ACTS:
        return friendly.show(visit, friendly.unknown())
    known = act
    node = _node(visit, named)
    text = visit.form.text("text", characters_max=500, lines=True) if known == "commented" else ""
    if node is not None and (text or known != "commented"):
        opening.did(visit.stores, named, node, known, visit.once, text)
    return visit.to(f"{keeping.PATH}{mark}?done={known}")


@page("/m/t/{mark}/on")
def on(visit: Visit, mark: str) -> Answer:
    """On to where the piece leads."""
    named = keeping.named(visit.stores, mark)
    link = None if named is None else keeping.get_link(visit.stores, named.link)
    if named is None or link is None or not link.url or link.stage == "off":
        return friendly.show(visit, friendly.unknown())
    node = None if visit.robot else _node(visit, named)
    if node is not None:
        minute = int(visit.stores.clock.now().timestamp()) // 60
        opening.did(visit.stores, named, node, "clicked", str(minute))
    answer = visit.to(link.url)
    return Answer(status=303, headers=(*answer.headers, (b"referrer-policy", b"no-referrer")))


ROUTES = [show, seen, did, on]
