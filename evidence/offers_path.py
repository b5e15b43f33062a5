"""However often it is told, late or shuffled, and however a link is passed on: every step of the paths from a message
to a payment counts exactly those who came there. And no mark that was not made here is taken for one."""

from __future__ import annotations

import json
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path as Folder

from evidence.harness import Evidence, Scale, Value, equal
from siyu.commerce.links import keeping
from siyu.commerce.links.counting import Carriers, count
from siyu.commerce.links.model import LASTS, STEPS, mark_of, read, trail
from siyu.storage import Stores, open_stores

CLAIM = "offers.path"
PATHS = {"full": 100_000, "small": 3_000}
HOSTILE = {"full": 200_000, "small": 20_000}
BEGAN = datetime(2026, 1, 5, tzinfo=UTC)
DAYS = 40
STAFF, CHANNELS = ("", "li", "wang"), ("", "wecom", "sms", "live")
LINKS, OFFERS, BROADCASTS = 12, 9, 7


@dataclass(frozen=True)
class Path:
    """What happened: ``steps`` that were told (some platforms tell not of all), the furthest among them."""

    link: int
    person: int
    message: int
    broadcast: int
    offer: int
    forwarded: bool
    began: datetime
    steps: tuple[int, ...]

    @property
    def furthest(self) -> int:
        return max(self.steps)


@dataclass(frozen=True)
class Event:
    """One, as it would be stored. ``number``: the same for one that is told twice."""

    number: str
    at: datetime
    name: str
    person: int
    said: dict[str, object]


def staff_of(link: int) -> str:
    return STAFF[link % len(STAFF)]


def channel_of(link: int) -> str:
    return CHANNELS[link % len(CHANNELS)]


def paths(dice: random.Random, many: int) -> Iterator[Path]:
    """Random ones; now and then a path begets forwarded ones."""
    made = 0
    while made < many:
        person = made + 1
        by_hand = dice.random() < 0.3
        broadcast = 0 if by_hand else dice.randrange(1, BROADCASTS + 1)
        link = broadcast or dice.randrange(1, LINKS + 1)  # a broadcast holds one
        message = 0 if by_hand else made + 1
        began = BEGAN + timedelta(seconds=dice.randrange(DAYS * 86_400))
        far = min(len(STEPS), 1 + int(dice.expovariate(0.55)))
        if by_hand and far == 2:  # nobody tells that a link given by hand was delivered
            far = 1
        told = {1, far, *(step for step in range(2 + by_hand, far) if dice.random() < 0.7)}
        yield Path(link, person, message, broadcast, _offer(dice, far), False, began, tuple(sorted(told)))
        made += 1
        passed = dice.randrange(1, 4) if far >= 3 and dice.random() < 0.15 else 0
        for each in range(passed):
            if made >= many:
                return
            far = min(len(STEPS), 3 + int(dice.expovariate(0.8)))
            told = {3, far, *(step for step in range(4, far) if dice.random() < 0.7)}
            later = began + timedelta(hours=1 + dice.randrange(300))
            stranger = many * 3 + made * 4 + each
            yield Path(link, stranger, message, 0, _offer(dice, far), True, later, tuple(sorted(told)))
            made += 1


def _offer(dice: random.Random, far: int) -> int:
    return dice.randrange(0, OFFERS + 1) if far >= 4 else 0


def events_of(dice: random.Random, path: Path) -> Iterator[Event]:
    """What is told of a path, some of it twice: as the same event, or as one that happened again."""
    at = path.began
    mine = trail(path.link, path.person, path.message)
    for step in path.steps:
        ours = step > 3 or path.forwarded or not path.message
        name = dice.choice([each for each in STEPS[step - 1].events if each.startswith("offer_") == ours])
        for again in range(1 + (dice.random() < 0.2)):
            number = f"{name}-{mine}-{step}-{again}"
            said = _said(path, mine, name, step)
            event = Event(number, at, name, path.person, said)
            yield event
            if dice.random() < 0.1:
                yield event
            at += timedelta(seconds=1 + dice.randrange(7_200))


def _said(path: Path, mine: str, name: str, step: int) -> dict[str, object]:
    if not name.startswith("offer_"):
        return {"delivery_id": f"m-0123abcd-{path.message}", "broadcast": path.broadcast, "channel": "wecom"}
    told: dict[str, object] = {"trail": mine, "link": path.link, "good": path.link, "message": path.message}
    told |= {"forwarded": int(path.forwarded), "staff": staff_of(path.link), "channel": channel_of(path.link)}
    return told | ({"offer": path.offer} if step >= 4 and path.offer else {})


def put(stores: Stores, events: list[Event]) -> None:
    """Into the event log, each number once, as the intake has it."""
    seen = set[str]()
    for first in range(0, len(events), 50_000):
        rows = [each for each in events[first : first + 50_000] if not (each.number in seen or seen.add(each.number))]
        stores.events.insert(
            "events",
            {
                "person": [row.person for row in rows],
                "time": [row.at for row in rows],
                "name": [row.name for row in rows],
                "message_id": [row.number for row in rows],
                "received": [row.at + timedelta(days=3) for row in rows],
                "source": ["siyu"] * len(rows),
                "batch": [1 + first] * len(rows),
                "record": list(range(len(rows))),
                "properties": [json.dumps(row.said) for row in rows],
            },
        )


Key = tuple[str, bool]


def independent(kept: list[Path], group: str) -> dict[Key, tuple[int, ...]]:
    """The same, counted path by path."""
    found: dict[Key, Counter[int]] = {}
    for path in kept:
        named = {
            "all": "",
            "link": str(path.link),
            "offer": str(path.offer) if path.offer and any(step >= 4 for step in path.steps) else "",
            "message": str(path.broadcast) if path.broadcast else "",
            "staff": staff_of(path.link) if _told_here(path) else "",
            "channel": channel_of(path.link) if _told_here(path) else "",
        }[group]
        steps = found.setdefault((named, path.forwarded), Counter())
        for step in range(1, path.furthest + 1):
            steps[step] += 1
    return {key: tuple(steps[step] for step in range(1, len(STEPS) + 1)) for key, steps in found.items()}


def _told_here(path: Path) -> bool:
    """Whether an event of our own tells of it: those of messages say nothing of whose link it is."""
    return path.message == 0 or path.furthest > 3 or path.forwarded


def hostile(dice: random.Random, many: int) -> int:
    """How many changed, cut, stretched, foreign or made-up marks are taken for one of ours."""
    key, now = bytes(dice.randrange(256) for _ in range(32)), BEGAN
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/. %"
    taken = 0
    for number in range(many):
        mark = mark_of(key, dice.randrange(1, 1 << 31), dice.randrange(1 << 40), dice.randrange(1 << 40), now)
        place = dice.randrange(len(mark))
        strange = (
            mark[:place] + dice.choice(letters.replace(mark[place], "")) + mark[place + 1 :],
            mark[:place] + mark[place + 1 :],
            mark[:place] + dice.choice(letters) + mark[place:],
            mark_of(bytes(32), 1, 2, 3, now),
            "".join(dice.choice(letters) for _ in range(len(mark))),
        )[number % 5]
        taken += read(key, strange, now) is not None
    return taken


def measure(scale: Scale) -> Evidence:
    dice = random.Random(20_261_124)
    made = list(paths(dice, PATHS[scale]))
    told = [event for path in made for event in events_of(dice, path)]
    dice.shuffle(told)
    goals = []
    with tempfile.TemporaryDirectory(prefix="siyu-paths-") as home, closing(open_stores(Folder(home))) as stores:
        put(stores, told)
        carriers = Carriers(
            {
                number: sorted({path.link for path in made if path.broadcast == number})
                for number in range(1, BROADCASTS + 1)
            }
        )
        for since, until in (
            (BEGAN, BEGAN + timedelta(days=DAYS * 3)),
            (BEGAN + timedelta(days=7), BEGAN + timedelta(days=21)),
        ):
            kept = [path for path in made if since <= path.began < until]
            for group in ("all", "link", "offer", "message", "staff", "channel"):
                ours = {
                    (each.group, each.forwarded): each.reached
                    for each in count(stores, since, until, by=group, carriers=carriers)
                }
                wanted = independent(kept, group)
                wrong = sum(ours.get(key) != wanted.get(key) for key in {*ours, *wanted})
                goals.append(equal(f"groups by {group} that differ, {(until - since).days} days", wrong, 0))
    goals.append(equal("strange marks taken for one of ours", hostile(dice, HOSTILE[scale]), 0))
    late = read(bytes(32), mark_of(bytes(32), 1, 2, 3, BEGAN), BEGAN + LASTS + timedelta(days=1))
    goals.append(equal("an old mark still names its person", bool(late and not late.old), False))
    notes: dict[str, Value] = {
        "events": len(told),
        "forwarded": sum(path.forwarded for path in made),
        "paid": sum(path.furthest >= 7 for path in made),
        "address": keeping.PATH,
    }
    return Evidence(
        CLAIM, f"{len(made):,} paths, {len(told):,} events told, {HOSTILE[scale]:,} strange marks", goals, notes
    )
