"""``/m/g/<mark>``: a product with the price that is best for who opens it; then on to the shop, with a code.

The page and its price are a person's own only where this surely is that person. The first device that opens a personal
link is theirs; on any other the link is a forwarded one, which shows the public price and nobody's name.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from siyu.commerce.links import keeping, opening
from siyu.commerce.links.model import Named
from siyu.commerce.links.opening import Opening, Visitor
from siyu.growth.visitors import anonymous, devices
from siyu.reach import offer_coupons
from siyu.storage import Conflict
from siyu.web.mobile import friendly
from siyu.web.mobile.routes import page, submit
from siyu.web.mobile.visit import Answer, Visit
from siyu.web.mobile.who import kept, own


@page("/m/g/{mark}", personal=True)
def show(visit: Visit, mark: str) -> Answer:
    named = keeping.named(visit.stores, mark)
    if named is None:
        return friendly.show(visit, friendly.unknown())
    try:
        found = opening.look(visit.stores, named, _visitor(visit, named))
    except Conflict:
        return friendly.show(visit, friendly.ended())
    if not visit.robot:
        opening.opened(visit.stores, found)
    return _page(visit, mark, found)


def _page(visit: Visit, mark: str, found: Opening, status: int = 200, error: Conflict | None = None) -> Answer:
    picture = urlsplit(found.good.picture)
    images = (f"{picture.scheme}://{picture.netloc}",) if picture.scheme == "https" else ()
    now = visit.stores.clock.now()
    offer = found.choice.offer
    ends = offer.ends if offer is not None else None
    return visit.page(
        "order_link.html",
        status=status,
        images=images,
        mark=mark,
        opening=found,
        error=error,
        seconds=int((ends - now).total_seconds()) if ends is not None and ends > now else None,
        ends=ends,
    )


def _visitor(visit: Visit, named: Named) -> Visitor:
    """Who this is to the link. A robot is nobody, and binds nothing."""
    if visit.robot:
        return Visitor(0)
    if named.person and not named.old:
        devices.bind_by_link(visit.stores, visit.device, named.person, f"g{named.trail}")
    sure = own(visit)
    mine = bool(named.person) and not named.old and sure is not None and sure == kept(visit, named.person)
    if mine:
        return Visitor(named.person, own=True, sure=sure)
    return Visitor(sure or anonymous.person_for(visit.stores, visit.device), sure=sure)


@submit("/m/g/{mark}/seen")
def seen(visit: Visit, mark: str) -> Answer:
    """The page stood open before their eyes: told by the page itself."""
    named = keeping.named(visit.stores, mark)
    if named is not None and not visit.robot:
        opening.seen(visit.stores, opening.look(visit.stores, named, _visitor(visit, named)))
    return Answer(status=204)


@page("/m/g/{mark}/go")
def go(visit: Visit, mark: str) -> Answer:
    """On to the shop, with a code. Whoever comes here has a part of the offer's stock, as with a live code."""
    named = keeping.named(visit.stores, mark)
    if named is None:
        return friendly.show(visit, friendly.unknown())
    if visit.robot:
        return visit.to(f"/m/g/{mark}")
    found: Opening | None = None
    try:
        found = opening.look(visit.stores, named, _visitor(visit, named))
        claim = opening.go(visit.stores, found)
        address = offer_coupons.taken_along(visit.stores, found, claim.address)
    except Conflict as gone:
        if found is None:
            return friendly.show(visit, friendly.ended())
        return _page(visit, mark, opening.look(visit.stores, named, _visitor(visit, named)), 409, gone)
    answer = visit.to(address)
    return Answer(status=303, headers=(*answer.headers, (b"referrer-policy", b"no-referrer")))


ROUTES = [show, seen, go]
