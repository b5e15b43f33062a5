"""``/m/my/money``: money that waits for its person to take it in WeChat. Who is not surely known sees nothing."""

from __future__ import annotations

from siyu.growth.payouts import keeping
from siyu.web.mobile.routes import page
from siyu.web.mobile.visit import Answer, Visit
from siyu.web.mobile.who import own


@page("/m/my/money", personal=True)
def money(visit: Visit) -> Answer:
    node = own(visit)
    found = keeping.to_confirm(visit.stores, node) if node is not None else []
    return visit.page("money.html", found=found, known=node is not None)


ROUTES = [money]
