"""In whatever order a shop's messages come, and however often: one state, and the same events."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from siyu.channels.orders.receiver import DIALECTS, OrderReceiver
from siyu.channels.orders.tables import shop_order_buyers, shop_order_parts, shop_orders
from siyu.channels.platform.callbacks import Callback
from siyu.storage import Stores
from tests.channels.orders.lives import LIVES, Message
from tests.examples import examples

RECEIVERS = {receiver.platform: receiver for receiver in map(OrderReceiver, DIALECTS)}
TABLES = (shop_orders, shop_order_buyers, shop_order_parts)


def told_in_steps(stores: Stores, platform: str, account: int, steps: list[list[Message]]) -> Any:
    """The mirror and the events after these messages, a step a transaction, as the applier gives them: by time."""
    receiver, events = RECEIVERS[platform], {}
    for step in steps:
        callbacks: list[Callback] = []
        for place, body in enumerate(step):
            name, at, fields = receiver.read(body)
            assert name in receiver.known
            assert at is not None
            callbacks.append(Callback(platform, account, "", name, at, fields, place))
        callbacks.sort(key=lambda each: (each.time, each.number))
        with stores.ledger.write() as conn:
            for each in receiver.apply(conn, account, callbacks):
                call = json.loads(json.dumps(each.call()).replace(f"{platform}:{account}:", ""))
                del call["messageId"]  # it holds the account, and comes from the key alone
                assert events.setdefault(each.key.replace(f":{account}:", ":"), call) == call
    return mirror_of(stores, account), events


def mirror_of(stores: Stores, account: int) -> list[list[Any]]:
    with stores.ledger.read() as conn:
        return [
            sorted(
                [tuple(str(value) for name, value in row.items() if name != "account") for row in rows],
            )
            for rows in (
                conn.execute(sa.select(table).where(table.c.account == account)).mappings().all() for table in TABLES
            )
        ]


accounts = iter(range(1, 10**9))


@examples(60)
@given(data=st.data())
def test_the_order_of_arrival_does_not_matter(stores: Stores, data: st.DataObject) -> None:
    platform = data.draw(st.sampled_from(sorted(LIVES)))
    life = data.draw(LIVES[platform])
    repeated = life + data.draw(st.lists(st.sampled_from(life), max_size=4))
    shuffled = data.draw(st.permutations(repeated))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(shuffled)), max_size=3)))
    steps = [shuffled[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)]
    straight = told_in_steps(stores, platform, next(accounts), [life])
    assert told_in_steps(stores, platform, next(accounts), [step for step in steps if step]) == straight
