"""``/m/known/<account>``: back from the platform, with a code that says who this is or without."""

from __future__ import annotations

from siyu.channels import phone_pages
from siyu.growth.visitors import posts
from siyu.growth.visitors.recognising import Named, recognise
from siyu.storage import SiyuError
from siyu.web.current import current
from siyu.web.mobile import asking, friendly
from siyu.web.mobile.routes import page
from siyu.web.mobile.visit import Answer, Visit
from siyu.web.mobile.who import new_device


@page(asking.BACK + "{account}")
def known(visit: Visit, account: str) -> Answer:
    to = asking.own_page(visit.query.get("to", ""))
    if to is None:
        return friendly.show(visit, friendly.unknown())
    keeps = visit.asked and not visit.fresh
    named = _named(visit, account, to) if not visit.fresh and not visit.robot else ()
    if named and not recognise(visit.stores, visit.device, named):
        # Somebody else on this device, which surely is another's: a mark of their own.
        visit.device, visit.fresh = new_device(), True
        recognise(visit.stores, visit.device, named)
    visit.remembers = True
    place = to if keeps else asking.marked(visit, to)
    return visit.to(place) if asking.is_own(place) else friendly.show(visit, friendly.unknown())


def _named(visit: Visit, account: str, to: str) -> Named:
    """Who the platform says this is; nobody, whatever went wrong. A code is asked about once, whoever brings it.

    Anybody can make codes up, and each costs a call that a page waits for: too many of one address, and more than a few
    at once, are not asked about.
    """
    asked_of = {str(each.id): each for each in visit.shared.askers.read().values()}.get(account)
    code = visit.query.get("code", "")
    key = asking.key_in(visit, asked_of.id, to) if asked_of is not None else None
    if asked_of is None or key is None or not code:
        return ()
    shared = visit.shared
    if shared.askings.take(current().address, visit.stores.clock.now().timestamp()):
        return ()
    with shared.asking.room() as free:
        if not free or not posts.taken_first(visit.stores, visit.device, key, to):
            return ()
        try:
            return phone_pages.who_came(visit.channels, asked_of, code)
        except SiyuError:  # noted with the account's calls
            return ()


ROUTES = [known]
