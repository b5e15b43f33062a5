"""What time does to campaigns: they end, efforts run out, rewards that waited are let go. One in the installation."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import msgspec
import sqlalchemy as sa

from siyu.growth.campaigns import writing
from siyu.growth.campaigns.following import follow
from siyu.growth.campaigns.model import Campaign, Effort
from siyu.growth.campaigns.reading import EFFORT, campaigns_of
from siyu.growth.campaigns.sealing import seal_all
from siyu.growth.campaigns.store import Store
from siyu.growth.campaigns.tables import campaigns, efforts
from siyu.growth.purses import granting
from siyu.jobs.turns import keep_doing
from siyu.people.actions import append_own
from siyu.storage import Stores, sent

IDLE_SECONDS = 5.0
CHUNK = 500


class Clock:
    """Ends, expires, and counts what waited."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def run_forever(self, stopped: threading.Event) -> None:
        """Until ``stopped``."""
        seal_all(self._stores)
        keep_doing(lambda: 0.0 if tick(self._stores) + follow(self._stores) else IDLE_SECONDS, stopped, "campaigns")


def tick(stores: Stores) -> int:
    """All that is due now, a chunk of each; how much it was. Where nothing is, nothing is written."""
    return _end(stores) + expire(stores) + granting.release_due(stores)


def _end(stores: Stores) -> int:
    """Campaigns of which the time is up."""
    now, table = stores.clock.now(), campaigns.c
    due = sa.and_(table.stage.in_(("live", "paused")), table.ends <= now)
    with stores.ledger.read() as conn:
        if conn.execute(sa.select(table.id).where(due).limit(1)).first() is None:
            return 0
    with stores.ledger.write() as conn:
        return conn.execute(sa.update(campaigns).where(due).values(stage="ended", ended=now, changed=now)).rowcount


def expire(stores: Stores) -> int:
    """Efforts of which the time is up, or whose campaign is over: the mechanic says what then (refunds, what was
    reached); how many."""
    now, table = stores.clock.now(), efforts.c
    over = sa.exists().where(campaigns.c.id == table.campaign, campaigns.c.stage == "ended")
    due = sa.select(table.id).where(table.stage == "open", (table.ends <= now) | over).order_by(table.id).limit(CHUNK)
    with stores.ledger.read() as conn:
        numbers = list(conn.execute(due).scalars())
    if not numbers:
        return 0
    with stores.ledger.write() as conn:
        asked = sa.select(sent(conn, id=(sa.BigInteger, numbers)).c.id)
        query = sa.select(*EFFORT).where(table.id.in_(asked), table.stage == "open").order_by(table.id)
        found = [Effort(*row) for row in conn.execute(query.with_for_update())]
        known = campaigns_of(conn, {effort.campaign for effort in found})
        store = Store(conn, now, known)
        ended = _run_out(store, known, found)
        writing.update_efforts(conn, ended)
        store.write()
        append_own(conn, [writing.ended_event(now, known[each.campaign], each) for each in ended])
    return len(found)


def _run_out(store: Store, known: dict[int, Campaign], found: Sequence[Effort]) -> list[Effort]:
    ended: list[Effort] = []
    for effort in found:
        campaign = known[effort.campaign]
        state = msgspec.convert(effort.state, campaign.plays.state)
        step = campaign.plays.expire(campaign.ruled, state, store.now)
        now = store.settle(campaign, effort, replace(step, done=True))
        ended.append(replace(now, stage="expired"))
    return ended
