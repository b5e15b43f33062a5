"""Money is paid while whoever pays is killed with ``kill -9``: ten thousand people take the last hundred prizes and the
parts of red packets. At the end the budget was never overdrawn, each packet adds up to its total, and the ledger of
rewards equals what the platform paid, bill by bill.

Answers of the platform get lost on the way too, after it paid. Each life ends when its platform has some more bills:
in the middle of what it had begun.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from evidence.harness import Evidence, Scale, at_least, equal, fresh_home
from evidence.payout_lives import Nursery, Rush, taps
from rehearsal.platforms.core.running import Running
from rehearsal.platforms.wechatpay import wechatpay
from siyu.app import open_home
from siyu.channels.accounts import open_account
from siyu.channels.platform.exchange import Exchange
from siyu.channels.registry import Channels
from siyu.channels.wechatpay.channel import WechatPayChannel
from siyu.growth.campaigns import acting
from siyu.growth.campaigns import keeping as campaigns
from siyu.growth.campaigns.acting import Wish
from siyu.growth.cheating import reviewing
from siyu.growth.payouts.paying import Payer
from siyu.growth.payouts.tables import payouts
from siyu.growth.purses import keeping
from siyu.growth.purses.tables import reward_steps, rewards
from siyu.people.tables import identifiers
from siyu.people.tables import people as people_table
from siyu.settings import Settings
from siyu.storage import ManualClock, Stores, in_chunks

CLAIM = "fission.payouts"
PRIZE = 100
PACKET = 1_888
APP, MERCHANT, SERIAL = "wx0000000000000001", "1900000001", "5157F09EFDC096DE15EBE81A47057A72"
LATENCY_SECONDS = 0.005
LOST = [{"path": "*", "kind": "cut", "applied": True, "share": 0.05}]
"""Every twentieth answer is lost, with the money on its way."""
SETTLE_ROUNDS_MAX = 400
QUIET_SECONDS = 0.02
"""Between two groups of taps."""
LIFE_MAX = 20.0
"""Seconds."""


@dataclass(frozen=True)
class Size:
    people: int
    kills: int
    prizes: int
    packets: int
    parts: int


SIZES: Mapping[Scale, Size] = {"small": Size(300, 3, 20, 2, 10), "full": Size(10_000, 50, 100, 10, 10)}


def measure(scale: Scale) -> Evidence:
    size = SIZES[scale]
    with fresh_home() as home, Nursery() as nursery, Running(wechatpay()) as platform:
        opened = open_home(Settings(home=home))
        stores = replace(opened, clock=ManualClock(opened.clock.now().replace(microsecond=0)))
        try:
            rush = _made(stores, platform, size)
            cut_off, granted = _killed(stores, platform, nursery, rush, size)
            _settled(stores, platform, rush)
            found = _found(stores, platform, size)
        finally:
            stores.close()
    owed = size.prizes + size.packets * size.parts
    return Evidence(
        CLAIM,
        f"{size.kills} kills, {size.people:,} people, the last {size.prizes} prizes, {size.packets} packets of "
        f"{size.parts}, one answer in twenty lost, SQLite",
        [
            equal("prizes granted", found["prizes"], size.prizes),
            equal("people with a prize", found["winners"], size.prizes),
            equal("packets that do not add up to their total", found["unsummed"], 0),
            equal("cents below zero that the budget ever was", found["below"], 0),
            equal("cents left in the budget", found["left"], 0),
            equal("rewards paid", found["paid"], owed),
            equal("bills at the platform", found["bills"], owed),
            equal("bills on which ledger and platform differ", found["differ"], 0),
            equal("cents paid, platform less ledger", found["apart"], 0),
            at_least("kills with payouts under way", cut_off, size.kills // 2, timed=False),
        ],
        {"cents paid": found["cents"], "rewards before the last kill": granted},
    )


def _made(stores: Stores, platform: Running, size: Size) -> Rush:
    """A merchant, people with open ids, budgets of exactly what is promised, packets that are open."""
    _account(stores, platform)
    _people(stores, size.people)
    prizes, purse = (
        keeping.open_purse(stores, "evidence", "budget", "yuan", Decimal(cents).scaleb(-2)).id
        for cents in (size.prizes * PRIZE, size.packets * PACKET)
    )
    now = stores.clock.now()
    wanted = campaigns.Wanted(
        name="packets",
        mechanic="red_packet",
        sponsor="evidence",
        text_zh="packets",
        rules={"total_cents": PACKET, "parts": size.parts, "own_part": False, "hours": 168},
        purses={"yuan": purse},
        places=["counter"],
        adults=False,
        begins=now,
        ends=now + timedelta(days=6),
    )
    drafted = campaigns.draft(stores, "evidence", wanted).id
    limits = msgspec.structs.replace(reviewing.get_limits(stores, drafted), money_wait_hours=0)
    reviewing.set_limits(stores, "evidence", drafted, limits)
    campaign = campaigns.start(stores, drafted).id
    opening = [Wish(campaign, size.people + 1 + each, f"open:{each}") for each in range(size.packets)]
    opened = [each.effort for each in acting.act(stores, opening)]
    return Rush(size.people, prizes, PRIZE, campaign, [effort.slug for effort in opened if effort is not None])


def _account(stores: Stores, platform: Running) -> None:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()
    merchant = {"mch_id": MERCHANT, "app_id": APP, "serial": SERIAL}
    told = platform.door.post("merchant", public_key=public, **merchant)
    kind, secret = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, kind, secret).decode()
    keys = {"private_key": private, "apiv3_key": "0123456789abcdef0123456789abcdef", **told}
    settings = {**merchant, **keys, "day_yuan": 100_000, "base_url": platform.url}
    channels = Channels(WechatPayChannel(Exchange(stores)))
    open_account(stores, channels, channel="wechatpay", name="pay", settings=settings)
    channels.close()


def _people(stores: Stores, number: int) -> None:
    """So many with an open id, and as many as open packets without."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        for chunk in in_chunks(range(1, number + 100), 1_000):
            rows = [{"person": each, "kept": each, "created": now, "changed": now} for each in chunk]
            conn.execute(sa.insert(people_table), [{**row, "attributes": {}} for row in rows])
            ids = [{"kind": f"openid:{APP}", "value": f"o{each:09d}", "person": each} for each in chunk]
            told = {"since": now, "source": "official_account:evidence"}
            conn.execute(sa.insert(identifiers), [{**each, **told} for each in ids])


def _killed(stores: Stores, platform: Running, nursery: Nursery, rush: Rush, size: Size) -> tuple[int, int]:
    """Lives one after another, each ended by ``kill -9`` when the platform has some more bills; how many of them left
    payouts behind that had been begun, and how many rewards there were before the last one's end."""
    chance, cut_off = random.Random(7), 0
    platform.door.post("latency", seconds=LATENCY_SECONDS)
    platform.door.post("faults", rules=LOST)
    owed = size.prizes + size.packets * size.parts
    more = max(1, owed // (size.kills + 1))
    for number in range(size.kills):
        wanted = _bills(platform) + chance.randint(1, more)
        pid, until = nursery.born(stores.home, stores.clock, rush, number, QUIET_SECONDS), time.monotonic() + LIFE_MAX
        while _bills(platform) < wanted and time.monotonic() < until:
            time.sleep(0.003)
        nursery.killed(pid)
        cut_off += _under_way(stores) > 0
        _later(stores, minutes=5)
    platform.door.post("latency", seconds=0.0)
    with stores.ledger.read() as conn:
        return cut_off, conn.execute(sa.select(sa.func.count()).select_from(rewards)).scalar_one()


def _bills(platform: Running) -> int:
    return len(platform.door.get("bills", mch_id=MERCHANT)["bills"])


def _under_way(stores: Stores) -> int:
    """Payouts whose call was begun, and of whose end nothing is known."""
    with stores.ledger.read() as conn:
        query = sa.select(sa.func.count()).where(payouts.c.state.in_(("attempted", "unknown")))
        return conn.execute(query).scalar_one()


def _later(stores: Stores, **step: float) -> None:
    clock = stores.clock
    if isinstance(clock, ManualClock):
        clock.advance(timedelta(**step))


def _settled(stores: Stores, platform: Running, rush: Rush) -> None:
    """After the last life: everybody has tapped, and nothing is on its way any more."""
    for persons in in_chunks(range(1, rush.people + 1), 500):
        taps(stores, rush, list(persons))
    platform.door.post("faults", rules=[])
    payer = Payer(stores, Exchange(stores))
    for _ in range(SETTLE_ROUNDS_MAX):
        if not payer.step():
            _later(stores, minutes=30)
            with stores.ledger.read() as conn:
                if not conn.execute(sa.select(payouts.c.id).where(payouts.c.next.isnot(None)).limit(1)).first():
                    return


def _found(stores: Stores, platform: Running, size: Size) -> dict[str, Any]:
    """What the ledger says, beside what the platform says."""
    of_prizes = rewards.c.key.like("prize:%")
    with stores.ledger.read() as conn:
        prizes, winners = conn.execute(
            sa.select(sa.func.count(), sa.func.count(rewards.c.person.distinct())).where(of_prizes)
        ).one()
        parts = conn.execute(sa.select(rewards.c.key, rewards.c.amount).where(sa.not_(of_prizes))).all()
        spent = reward_steps.c.held + reward_steps.c.spent
        steps = conn.execute(sa.select(reward_steps.c.purse, spent).order_by(reward_steps.c.id)).all()
        query = sa.select(payouts.c.bill, rewards.c.amount).join(rewards, rewards.c.id == payouts.c.reward)
        ours = {bill: int(cents) for bill, cents in conn.execute(query.where(rewards.c.stage == "paid"))}
    told = platform.door.get("bills", mch_id=MERCHANT)["bills"]
    theirs = {each["number"]: each["cents"] for each in told if each["state"] == "SUCCESS"}
    left = {each.id: each.total for each in keeping.list_purses(stores)}
    below = 0
    for purse, cents in steps:
        left[purse] -= cents
        below = max(below, -left[purse])
    sums: dict[str, int] = {}
    for key, amount in parts:
        packet = key.rsplit(":part", 1)[0]
        sums[packet] = sums.get(packet, 0) + amount
    unsummed = sum(each != PACKET for each in sums.values()) + size.packets - len(sums)
    return {
        "prizes": prizes,
        "winners": winners,
        "unsummed": unsummed,
        "below": below,
        "left": sum(left.values()),
        "paid": len(ours),
        "bills": len(told),
        "differ": len(ours.items() ^ theirs.items()),
        "apart": sum(theirs.values()) - sum(ours.values()),
        "cents": sum(theirs.values()),
    }
