"""What the platform is held to, and holds us to, over HTTP against the simulated WeCom: items 7, 8 and 13 of the
contract list (6 is beside the other welcomes, in ``tests/reach/test_wecom_simulated.py``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
import sqlalchemy as sa

from siyu.channels.accounts import usable_account
from siyu.channels.handing import Confirmed
from siyu.channels.platform.client import PlatformClient
from siyu.channels.protocol import Account, Message
from siyu.channels.wecom import mass, tasks
from siyu.channels.wecom.mass_results import Asker
from siyu.channels.wecom.platform import WECOM
from siyu.channels.wecom.sending_tables import wecom_sends, wecom_tasks
from siyu.channels.wecom.tables import wecom_contacts, wecom_group_members, wecom_groups
from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.people.tables import identifiers
from siyu.storage import Stores
from tests.channels.wecom.simulated import Simulated, simulated

JOBS = tasks  # known once it is imported


@pytest.fixture
def world(stores: Stores) -> Iterator[Simulated]:
    with simulated(stores) as made:
        made.shop.hire("li", "wang")
        yield made


def states(world: Simulated, customer: str) -> dict[str, str]:
    with world.stores.ledger.read() as conn:
        mine = wecom_contacts.c.external_userid == customer
        rows = conn.execute(sa.select(wecom_contacts.c.userid, wecom_contacts.c.state).where(mine))
        return dict(rows.tuples().all())


def person_of(world: Simulated, customer: str) -> list[int]:
    run_until_empty(Drain(world.stores).step)
    with world.stores.ledger.read() as conn:
        return list(conn.execute(sa.select(identifiers.c.person).where(identifiers.c.value == customer)).scalars())


# --- 7


def test_who_is_deleted_by_a_transfer_stays_a_customer_of_the_new_adviser(world: Simulated) -> None:
    customer = world.shop.befriend("li")
    world.hear()
    before = person_of(world, customer)
    moved = world.shop.call(
        "externalcontact/transfer_customer", handover_userid="li", takeover_userid="wang", external_userid=[customer]
    )
    assert moved["customer"] == [{"external_userid": customer, "errcode": 0}]
    world.move(hours=25)
    assert states(world, customer) == {"li": "transferred", "wang": "friend"}
    assert person_of(world, customer) == before


def test_who_is_deleted_by_the_adviser_was_lost_by_the_shop_and_who_deleted_the_adviser_left(world: Simulated) -> None:
    dropped, left = world.shop.befriend("li"), world.shop.befriend("li")
    world.move(seconds=5)
    world.shop.act("drop", userid="li", external_userid=dropped)
    world.shop.act("delete", userid="li", external_userid=left)
    world.hear()
    assert (states(world, dropped), states(world, left)) == ({"li": "removed"}, {"li": "lost"})


# --- 8


def written(customers: Sequence[str], round: int = 1) -> list[Message]:
    return [
        Message(f"siyu-{round}-{each}", place, each, {"text": "新品"}, "test") for place, each in enumerate(customers)
    ]


class Hand:
    """Hands messages over and asks what became of them, as the loop of ``reach`` does."""

    def __init__(self, world: Simulated) -> None:
        self.world, self.stores = world, world.stores
        self.account: Account = usable_account(world.stores, world.account)
        self.client = PlatformClient(world.exchange, self.account, WECOM)
        self.told: dict[str, tuple[str, str]] = {}

    def tell(self, conn: sa.Connection, confirmed: Sequence[Confirmed]) -> None:
        self.told |= {each.delivery_id: (each.state, each.reason) for each in confirmed}

    def send(self, messages: Sequence[Message]) -> None:
        mass.gather(self.stores, self.account, messages, "latest")
        mass.make_tasks(self.stores, self.client, self.account, {None}, self.tell)

    def confirm(self) -> None:
        for task in self.world.platform.door.get("state", drawer="mass")["rows"]:
            for userid in task["senders"]:
                self.world.shop.act("confirm", msgid=task["msgid"], userid=userid)

    def look(self, **time_passes: float) -> None:
        self.world.move(**time_passes)
        Asker(self.stores, self.client, self.account.id, mass.Customers(self.tell), 3).look()


def test_ten_thousand_and_one_customers_of_one_adviser_are_two_tasks(world: Simulated) -> None:
    populated = world.platform.door.post("populate", corpid=world.shop.corpid, members=1, customers=10_001, tags=0)
    assert populated["customers"] == 10_001
    customers = [f"wm{world.shop.corpid[-8:]}{number:022d}" for number in range(10_001)]
    now = world.clock.now()
    row = {"account": world.account, "userid": "adviser0000", "state": "friend", "told": now, "since": now}
    with world.stores.ledger.write() as conn:
        conn.execute(sa.insert(wecom_contacts), [{**row, "external_userid": each} for each in customers])
    Hand(world).send(written(customers))
    with world.stores.ledger.read() as conn:
        sizes = conn.execute(sa.select(wecom_tasks.c.people, wecom_tasks.c.state).order_by(wecom_tasks.c.id)).all()
    assert [tuple(each) for each in sizes] == [(10_000, "waiting"), (1, "waiting")]
    senders = world.platform.door.get("state", drawer="mass_senders")["rows"]
    asked = [each for sender in senders for each in sender["to"]]
    assert (len(asked), set(asked)) == (10_001, set(customers))


def test_who_is_over_the_months_quota_elsewhere_is_told_so_after(world: Simulated) -> None:
    """Whom we know to be over it is held before: ``tests/reach/test_quotas.py``."""
    full, free = world.shop.befriend("li"), world.shop.befriend("li")
    world.hear()
    world.platform.door.post("manners", mass_per_month=1, mass_per_day=0)
    hand = Hand(world)
    world.shop.call("externalcontact/add_msg_template", external_userid=[full], sender="li", text={"content": "别处"})
    hand.confirm()
    hand.send(written([full, free]))
    hand.confirm()
    hand.look(minutes=1)
    hand.look(minutes=2)
    assert hand.told == {
        f"siyu-1-{full}": ("refused", "wecom_quota_used"),
        f"siyu-1-{free}": ("accepted", ""),
    }
    with world.stores.ledger.read() as conn:
        assert set(conn.execute(sa.select(wecom_sends.c.state)).scalars()) == {"refused", "sent"}


# --- 13


def test_a_group_whose_version_does_not_fit_is_read_whole(world: Simulated) -> None:
    group = world.shop.act("open_group", owner="li", name="会员群")["chat_id"]
    world.move(seconds=5)
    missed = world.shop.befriend("li")
    world.shop.act("invite", chat_id=group, external_userid=missed)
    world.platform.door.post("settle")
    world.skip()  # nobody hears of the first who joined
    read_before = world.calls("groupchat/get")
    came = world.shop.befriend("li")
    world.shop.act("invite", chat_id=group, external_userid=came)
    world.move(seconds=30)
    assert world.calls("groupchat/get") == read_before + 1
    with world.stores.ledger.read() as conn:
        here = wecom_group_members.c.left.is_(None)
        seats = set(conn.execute(sa.select(wecom_group_members.c.member).where(here)).scalars())
        kept = conn.execute(sa.select(wecom_groups.c.version, wecom_groups.c.name)).one()
    assert seats == {"li", missed, came}
    told = world.shop.call("externalcontact/groupchat/get", chat_id=group, need_name=0)["group_chat"]
    assert tuple(kept) == (told["member_version"], "会员群")


def test_a_group_whose_version_fits_is_not_read_again(world: Simulated) -> None:
    group = world.shop.act("open_group", owner="li", name="会员群")["chat_id"]
    world.move(seconds=30)
    read_before = world.calls("groupchat/get")
    customer = world.shop.befriend("li")
    world.shop.act("invite", chat_id=group, external_userid=customer)
    world.move(seconds=30)
    assert world.calls("groupchat/get") == read_before
    with world.stores.ledger.read() as conn:
        assert customer in set(conn.execute(sa.select(wecom_group_members.c.member)).scalars())
