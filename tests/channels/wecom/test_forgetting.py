"""What is kept of sending and of service goes with the person who is erased, and with time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from siyu.channels.wecom.forgetting import forget_customer, forget_old
from siyu.channels.wecom.sending_tables import wecom_sends, wecom_tasks
from siyu.channels.wecom.service import answering
from siyu.jobs.model import Job
from siyu.people.erasure import also_forget, erase
from siyu.people.tables import identifiers
from siyu.storage import NotFound, Stores
from tests.channels.platform.simulator import Simulator, running
from tests.channels.wecom.test_service import Desk
from tests.reach.wecom_shop import WecomShop


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with running(Simulator()) as made:
        yield made


def test_who_is_erased_leaves_nothing_in_service_or_in_what_was_sent(each_stores: Stores, simulator: Simulator) -> None:
    also_forget(forget_customer)
    shop = WecomShop(each_stores, simulator)
    person, other = shop.friends(2)
    shop.started()
    shop.hand_on()
    shop.platform.confirm()
    shop.hand_on(minutes=2)
    desk = Desk(each_stores, simulator)
    desk.ring([desk.wrote("我的电话", who=f"wm{person}"), desk.wrote("别人", who=f"wm{other}")])
    desk.pull()
    erase(each_stores, "test", person)
    with each_stores.ledger.read() as conn:
        left = set(conn.execute(sa.select(wecom_sends.c.external_userid)).scalars())
        assert set(conn.execute(sa.select(identifiers.c.person)).scalars()) == {other}
    assert left == {f"wm{other}"}
    assert [chat.external_userid for chat in answering.chats(each_stores)] == [f"wm{other}"]
    for made in (shop, desk):
        made.channels.close()


def test_old_ones_go_and_open_ones_stay(stores: Stores, simulator: Simulator) -> None:
    shop = WecomShop(stores, simulator)
    shop.friends(2)
    shop.started()
    shop.hand_on()
    shop.platform.confirm()
    shop.hand_on(minutes=2)
    shop.friends(1, "lisi")
    shop.clock.advance(timedelta(days=1))
    shop.started()
    shop.hand_on()  # three handed, none confirmed
    desk = Desk(stores, simulator)
    desk.ring([desk.wrote("去年")])
    desk.pull()
    shop.clock.advance(timedelta(days=366))
    assert forget_old(stores, Job(1, "forget_old_wecom", {}))["gone"] == 2 + 1 + 1
    with stores.ledger.read() as conn:
        assert set(conn.execute(sa.select(wecom_sends.c.state)).scalars()) == {"handed"}
        assert "done" not in set(conn.execute(sa.select(wecom_tasks.c.state)).scalars())
    assert answering.messages(stores, 1) == []
    with pytest.raises(NotFound):
        answering.messages(stores, 9)
    for made in (shop, desk):
        made.channels.close()
