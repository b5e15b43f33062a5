"""Reach → guard and quota: what platforms still allow, as a part of that page."""

from __future__ import annotations

from siyu.channels.allowances import PERIODS, Period
from siyu.channels.wecom.allowed import by_member
from siyu.reach import quotas
from siyu.storage import Stores
from siyu.web.current import in_words
from siyu.web.routes import page
from siyu.web.view import Html, View

MEMBERS_SHOWN = 20


@page("/guard/quotas", "broadcast.read")
def show(view: View, stores: Stores) -> Html:
    """In a part of its own: a million customers take a moment to count."""
    standing = quotas.standing(stores)
    with stores.ledger.read() as conn:
        members = {
            each.account: by_member(conn, each.account, stores.clock.now())[:MEMBERS_SHOWN]
            for each in standing
            if each.channel == "wecom"
        }
    return view.render("reach/quotas.html", standing=standing, members=members, periods=words_of_periods())


def words_of_periods() -> dict[Period, str]:
    return in_words(PERIODS)


ROUTES = [show]
