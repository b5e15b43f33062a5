"""Orders that tell of coupons, replayed, shuffled and doubled, by a process that is killed (``kill -9``) again and
again: each coupon is used by one order at most, wholly returned orders give theirs back, amounts are
exact to the fen."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from evidence.harness import Evidence, Scale, at_least, equal, fresh_home
from evidence.installation import environment
from siyu.app import load_rooms, open_home
from siyu.channels.orders.generic import Generic
from siyu.channels.orders.receiver import OrderReceiver
from siyu.channels.platform.callbacks import Callback
from siyu.channels.platform.news import tell
from siyu.jobs.tables import cursors
from siyu.jobs.turns import run_until_empty
from siyu.loyalty.coupons import kinds
from siyu.loyalty.coupons.following import CURSOR, follow
from siyu.loyalty.coupons.kinds import Wanted
from siyu.loyalty.coupons.model import Take, Taken
from siyu.loyalty.coupons.stacking import Amount, Terms
from siyu.loyalty.coupons.tables import coupon_kinds, coupon_steps, coupons
from siyu.loyalty.coupons.taking import take
from siyu.people.drain import Drain
from siyu.people.tables import people
from siyu.settings import Settings
from siyu.storage import Stores, in_chunks

CLAIM = "coupons.replay"
ORDERS = {"small": 60, "full": 2_000}
KILLS = {"small": 3, "full": 40}
STEPS_MAX, LATER_SECONDS = {"small": 3, "full": 60}, 0.2
"""A process is killed up to so long after it began one of its first so many steps: drawn evenly."""
DOUBLED, RETURNED, PART = 0.5, 0.3, 0.2
"""Of the messages, so many are told twice; of the orders, so many are wholly returned, and in part."""
STOLEN = 20
"""Each so-manieth order names a coupon that another order has used."""
MESSAGES_A_STEP = 40
BEGAN = datetime(2026, 1, 5, 4, tzinfo=UTC)


@dataclass(frozen=True)
class Sold:
    """An order: its messages, the coupon it names, what that took, whether it is wholly returned, whether the coupon is
    its own."""

    messages: list[dict[str, Any]]
    code: str
    off_cents: int
    gone: bool
    own: bool


def measure(scale: Scale) -> Evidence:
    with fresh_home() as folder:
        home = folder / "home"
        sold = _founded(home, ORDERS[scale])
        (folder / "told.json").write_text(json.dumps([each for one in sold for each in one.messages]), "utf-8")
        chance, cut_off = random.Random(13), 0
        for attempt in range(KILLS[scale]):
            cut_off += _killed(
                home,
                folder / "told.json",
                attempt,
                chance.randint(1, STEPS_MAX[scale]),
                chance.uniform(0, LATER_SECONDS),
            )
        _begun(home, folder / "told.json", KILLS[scale]).communicate()
        found = _found(home)
    wanted: dict[str, set[tuple[str, int]]] = {}
    for one in sold:  # of two orders that name one coupon, the one that was told first has it
        wanted.setdefault(one.code, set()).add(("open", 0) if one.gone else ("used", one.off_cents))
    stands, kind_spent, thefts = found
    spent = sum(cents for code, (stage, cents) in stands.items() if code in wanted and stage == "used")
    goals = [
        equal("coupons that stand otherwise than their orders say", _differing(stands, wanted), 0),
        equal("cents spent of the budget, beside what the orders used", kind_spent, spent),
        equal("second orders of a used coupon that were noted", thefts, sum(not one.own for one in sold)),
        at_least("processes killed before they were done", cut_off, 1, timed=False),
    ]
    messages = sum(len(one.messages) for one in sold)
    size = f"{len(sold):,} orders, {messages:,} messages, half of them twice, {KILLS[scale]} kills"
    return Evidence(CLAIM, size, goals, {"yuan off": str(Decimal(spent).scaleb(-2))})


def _differing(stands: dict[str, tuple[str, int]], wanted: dict[str, set[tuple[str, int]]]) -> int:
    return sum(stands.get(code) not in each for code, each in wanted.items())


def _founded(home: Path, orders: int) -> list[Sold]:
    """A shop whose customers each have a coupon, and what will be told of their orders."""
    load_rooms()
    chance = random.Random(3)
    with closing(open_home(Settings(home=home))) as stores:
        codes = _given(stores, orders)
        run_until_empty(lambda: follow(stores))
    sold: list[Sold] = []
    for place, code in enumerate(codes):
        own = place % STOLEN != STOLEN - 1
        named = code if own else codes[place - 1]
        gone = own and place % STOLEN != STOLEN - 2 and chance.random() < RETURNED
        off = chance.randrange(1, 5_001)
        sold.append(Sold(_messages(chance, place, named, off, gone=gone), named, off, gone, own))
    return sold


def _given(stores: Stores, many: int) -> list[str]:
    now = stores.clock.now()
    row = {"kept": 0, "created": now, "changed": now, "attributes": {}}
    with stores.ledger.write() as conn:
        conn.execute(sa.insert(people), [row] * many)
        conn.execute(sa.update(people).values(kept=people.c.person))
        persons = list(conn.execute(sa.select(people.c.person)).scalars())
    wanted = Wanted(
        name="满200减50",
        terms=Terms(gives=Amount(5_000), threshold=20_000),
        begins=BEGAN - timedelta(days=30),
        ends=now + timedelta(days=365),
        budget_cents=many * 5_000,
    )
    kind = kinds.make(stores, "evidence", wanted)
    with stores.ledger.write() as conn:
        given = take(conn, BEGAN, [Take(kind.id, person, f"k{person}") for person in persons])
    return [each.code for each in given if isinstance(each, Taken)]


def _messages(chance: random.Random, place: int, code: str, off: int, *, gone: bool) -> list[dict[str, Any]]:
    """What a shop tells of an order, in the order of its life."""
    paid = 25_000 - off
    at = BEGAN + timedelta(minutes=place)
    order = {"number": f"N{place}", "total": _yuan(paid)}
    lines = [{"sku": "cream", "quantity": 1, "price": _yuan(paid)}]
    used = [{"code": code, "off": _yuan(off)}]
    buyer = {"customer": f"c{place}"}
    told = [
        {
            "type": "order_paid",
            "time": at.isoformat(),
            "order": {**order, "lines": lines, "coupons": used},
            "buyer": buyer,
        }
    ]
    parts: list[int] = []
    if gone:
        first = chance.randrange(1, paid)
        parts = [first, paid - first]
    elif chance.random() < PART:
        parts = [chance.randrange(1, paid)]
    for number, cents in enumerate(parts):
        back = {"number": f"N{place}", "refund": f"R{number}", "total": _yuan(cents)}
        later = at + timedelta(hours=number + 1)
        told.append({"type": "order_returned", "time": later.isoformat(), "order": back, "buyer": buyer})
    return told


def _yuan(cents: int) -> str:
    return str(Decimal(cents).scaleb(-2))


def _begun(home: Path, told: Path, seed: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "evidence.coupons_replay", str(home), str(told), str(seed)],
        env=environment(),
        stdout=subprocess.PIPE,
    )


def _killed(home: Path, told: Path, seed: int, steps: int, seconds: float) -> bool:
    """Whether it was killed before it was done."""
    process = _begun(home, told, seed)
    assert process.stdout is not None
    for _ in range(steps):
        process.stdout.readline()
    time.sleep(seconds)
    done = process.poll() is not None
    if done and process.returncode:
        raise RuntimeError("the process broke down by itself")
    process.kill()
    process.communicate()
    return not done


def _found(home: Path) -> tuple[dict[str, tuple[str, int]], int, int]:
    with closing(open_home(Settings(home=home))) as stores, stores.ledger.read() as conn:
        rows = conn.execute(sa.select(coupons.c.code, coupons.c.stage, coupons.c.off_cents))
        stands = {row.code: (row.stage, row.off_cents) for row in rows}
        spent = conn.execute(sa.select(coupon_kinds.c.spent_cents)).scalar_one()
        thefts = conn.execute(sa.select(sa.func.count()).where(coupon_steps.c.what == "refused")).scalar_one()
    return stands, spent, thefts


def main() -> None:
    """A process that takes everything that was told, from the beginning, in an order of its own."""
    home, told, seed = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    messages: list[dict[str, Any]] = json.loads(told.read_text("utf-8"))
    chance = random.Random(seed)
    messages += [each for each in messages if chance.random() < DOUBLED]
    chance.shuffle(messages)
    load_rooms()
    receiver = OrderReceiver(Generic())
    with closing(open_home(Settings(home=home))) as stores:
        for part in in_chunks(messages, MESSAGES_A_STEP):
            print("step", flush=True)
            callbacks = [_callback(receiver, place, message) for place, message in enumerate(part)]
            with stores.ledger.write() as conn:  # as the applier does: news are on disk before the mirror commits
                tell(stores, "shop:evidence", receiver.apply(conn, 1, callbacks))
            run_until_empty(Drain(stores).step)
            run_until_empty(lambda: follow(stores))
        with stores.ledger.read() as conn:
            assert conn.execute(sa.select(cursors.c.place).where(cursors.c.name == CURSOR)).scalar() is not None


def _callback(receiver: OrderReceiver, place: int, message: dict[str, Any]) -> Callback:
    body = json.dumps({"account": "1", "sent": int(BEGAN.timestamp()), "message": message}).encode()
    name, at, fields = receiver.read(body)
    assert at is not None
    return Callback(receiver.platform, 1, "", name, at, fields, place)


if __name__ == "__main__":
    main()
