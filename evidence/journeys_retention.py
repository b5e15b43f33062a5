"""Golden 72 hours and best hour against a bare welcome and 10:00, by lot, in the rehearsal world: who comes back, stays
a friend and opens, as the product's own experiment measures it, beside the world's truth."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from evidence.harness import Evidence, Goal, Scale, Value, at_least, at_most, equal, fresh_home
from evidence.living_shop import LivingShop, wait_for
from evidence.retention_journey import CAPS, GOLDEN, PLAIN, PLAIN_WAITS, QUIET, SPLIT, document
from evidence.retention_truth import AnswerBook, Of, Person, window

CLAIM = "journeys.retention"


@dataclass(frozen=True)
class Size:
    """``lives``: days until all rest; ``days`` of retention; ``people_min`` compared in each arm. At ``pace`` a second
    of the machine is so many of the shop's: what takes the product a moment moves a message within the day."""

    people: int
    pace: int
    lives: float
    days: int
    arrivals: float
    people_min: int
    waits: int = PLAIN_WAITS


SIZES = {
    "small": Size(40, 3_600, 0.1, 1, 500, 0, 60),
    "full": Size(2_000, 800, 9.6, 7, 800, 400),
}
SETTLE_SECONDS = {"small": 1.0, "full": 20.0}
LATE_MINUTES_MAX = 60.0
STRANGERS_MAX = 0.005
TOLD = (("back", "people"), ("friends", "people"), ("opened", "received"))


def measure(scale: Scale) -> Evidence:
    size = SIZES[scale]
    with fresh_home() as folder:
        home = folder / "home"
        shop = LivingShop(
            home, people=size.people, haste=1, town=True, pace=size.pace, days=size.lives, arrivals=size.arrivals
        )
        try:
            shop.begin()
            shop.open_shop()
            journey = _begin(shop, size)
            wait_for(lambda: _rests(shop), "everybody rests", size.lives * 86_400 / size.pace + 180)
            shown = shop.get(f"/api/journeys/{journey}/arms?node={SPLIT}&days={size.days}")
            time.sleep(SETTLE_SECONDS[scale])
        finally:
            ended = shop.close()
        found = Found(home, journey, size)
    return _judged(found, shown, size, ended)


def _rests(shop: LivingShop) -> bool:
    """Whether the page says so; a page that is late is asked for again. Raises where the rehearsal broke off."""
    try:
        page = shop.progress()
    except httpx.TimeoutException:
        return False
    assert "没有成功" not in page, page
    return "休息" in page


def _begin(shop: LivingShop, size: Size) -> int:
    """The operator's part: caps, the journey, published."""
    accounts = {each["channel"]: each["id"] for each in shop.get("/api/accounts")}
    shop.put("/api/guard/quiet_hours", {"settings": QUIET, "enabled": True})
    for rule, messages in CAPS.items():
        shop.put(f"/api/guard/{rule}", {"settings": {"messages": messages, "days": 7}, "enabled": True})
    draft = document(shop, accounts["wecom"], accounts["webhook"], size.waits)
    journey = shop.post("/api/journeys", {"document": draft})["journey"]["id"]
    shop.post(f"/api/journeys/{journey}/publish", {})
    return journey


class Found:
    """The product's comparison as of the moment at which everybody rested, and the truth of the same people."""

    def __init__(self, home: Path, journey: int, size: Size) -> None:
        from siyu.app import open_home
        from siyu.reach.journeys.arms_told import arms_told
        from siyu.settings import Settings

        stores = open_home(Settings(home=home))
        try:
            book = AnswerBook(home / "rehearsal")
            now = datetime.fromtimestamp(book.rested, UTC)
            self.arms = arms_told(replace(stores, clock=Stopped(now)), journey, None, SPLIT, size.days).arms
            persons, self.uncertain = _persons(stores, journey, book, size, now.timestamp())
            with stores.ledger.read() as conn:
                import sqlalchemy as sa

                rows = conn.execute(sa.text(f"SELECT id, node FROM broadcasts WHERE journey = {journey}"))
                senders = {int(row.id): str(row.node) for row in rows}
        finally:
            stores.close()
        self.truth = book.of(persons, senders, now.timestamp())


@dataclass(frozen=True)
class Stopped:
    """A clock that stands."""

    at: datetime
    pace: float = 1.0

    def now(self) -> datetime:
        return self.at


def _persons(stores: Any, journey: int, book: AnswerBook, size: Size, now: float) -> tuple[dict[int, Person], int]:
    """The compared, by the world's number; and how many of them the world does not know."""
    import sqlalchemy as sa

    people = book.people
    numbers = {people.external_userid(person): person for person in range(len(people))}
    with stores.ledger.read() as conn:
        rows = conn.execute(
            sa.text(
                "SELECT p.kept AS who, i.value AS value FROM identifiers i JOIN people p ON p.person = i.person "
                "WHERE i.kind = 'external_userid'"
            )
        )
        known = {int(row.who): numbers[row.value] for row in rows if row.value in numbers}
    found, unknown = dict[int, Person](), 0
    for who, arm, began in _passed(stores, journey):
        day_1, last = window(began, size.days)
        if last <= now and who in known:
            found[known[who]] = Person(arm, began, last, day_1)
        unknown += last <= now and who not in known
    return found, unknown


def _passed(stores: Any, journey: int) -> list[tuple[int, int, float]]:
    """Who, in which arm, since when: from each person's own history in the product."""
    from siyu.storage.eventlog_schema import PERSON

    rows = stores.events.rows(
        f"SELECT {PERSON} AS who, properties.path.:`Array(Nullable(String))`, toUnixTimestamp64Milli(time) "
        "FROM events WHERE name = 'journey_step' AND properties.journey.:Int64 = {journey:Int64} ORDER BY time",
        {"journey": journey},
    )
    seen: dict[int, tuple[int, int, float]] = {}
    for who, path, at in rows:
        for arm in (PLAIN, GOLDEN):
            if f"{SPLIT}.{arm}" in path:
                seen.setdefault(int(who), (int(who), arm, at / 1000))
    return list(seen.values())


def _judged(found: Found, shown: Any, size: Size, ended: int) -> Evidence:
    plain, golden = (found.truth.get(arm, Of()) for arm in (PLAIN, GOLDEN))
    of = {each.place: {one.measure: one for one in each.measures} for each in found.arms}
    truths = {
        "back": golden.share("back_expected") - plain.share("back_expected"),
        "friends": plain.share("leaves") - golden.share("leaves"),
        "opened": golden.share("opens", "received") - plain.share("opens", "received"),
    }
    notes: dict[str, Value] = {}
    goals: list[Goal] = []
    held = 0
    for name, whole in TOLD:
        mine = of[GOLDEN][name]
        for arm, sums, word in ((PLAIN, plain, "plain"), (GOLDEN, golden, "golden")):
            notes[f"{name}_{word}"] = _percent(of[arm][name].value)
            notes[f"{name}_{word}_in_truth"] = _percent(sums.share(name, whole))
        apart = mine.difference
        notes[f"{name}_difference"] = "—" if apart is None else _interval(apart)
        notes[f"{name}_difference_in_truth"] = _percent(truths[name])
        holds = apart is not None and apart.low <= truths[name] <= apart.high
        held += holds
    wrong = {
        name: sum(abs(of[arm][name].part - getattr(sums, name)) for arm, sums in ((PLAIN, plain), (GOLDEN, golden)))
        for name in ("friends", "back", "opened")
    }
    people = [each.over for each in found.arms]
    drawn = [each.people for each in found.arms]
    goals += [
        # each interval is one of 95%: of three, two miss once in 140 times
        at_least("of_three_intervals_hold_the_truth", held, 2),
        *(equal(f"{name}_counted_otherwise_than_in_truth", wrong[name], 0) for name in ("friends", "opened")),
        # who pays at a till under a number of their own is somebody else, as far as anybody can know
        at_most("back_counted_otherwise_than_in_truth", wrong["back"], sum(people) * STRANGERS_MAX, timed=False),
        at_most("minutes_late_of_95_in_100_at_ten", _late(plain), LATE_MINUTES_MAX),
        equal("compared_otherwise_than_in_truth", sum(people) - plain.people - golden.people, found.uncertain),
        at_least("people_compared_in_the_smaller_arm", min(people), size.people_min),
        equal("arms_shown_by_the_api", len(shown["arms"]), 2),
        equal("exit_status", ended, 0),
    ]
    return Evidence(
        CLAIM,
        f"{sum(drawn):,} new friends by lot in two arms, {sum(people):,} of them for {size.days} days, "
        f"{size.people:,} people, {size.pace:,} times as fast",
        goals,
        {
            **notes,
            "people_plain": people[PLAIN],
            "people_golden": people[GOLDEN],
            "back_plain_with_what_nobody_tells": _percent(plain.share("back_untold")),
            "back_golden_with_what_nobody_tells": _percent(golden.share("back_untold")),
            "friends_unblocked_plain": _percent(plain.share("friends_unblocked")),
            "friends_unblocked_golden": _percent(golden.share("friends_unblocked")),
            "content_plain": plain.received,
            "content_golden": golden.received,
            "golden_opens_as_sent": _percent(golden.share("opens", "received")),
            "golden_opens_if_at_ten": _percent(golden.share("opens_at_ten", "received")),
            "golden_opens_if_at_the_true_best_hour": _percent(golden.share("opens_at_best", "received")),
            "plain_opens_as_sent": _percent(plain.share("opens", "received")),
            "plain_opens_if_at_the_true_best_hour": _percent(plain.share("opens_at_best", "received")),
            "goal_plain": _percent(of[PLAIN]["goal"].value),
            "goal_golden": _percent(of[GOLDEN]["goal"].value),
        },
    )


def _late(plain: Of) -> float:
    """By how much 95 in 100 of the messages meant for 10:00 were late at most."""
    late = sorted(plain.late)
    return late[int(len(late) * 0.95)] if late else 0.0


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share:.2%}"


def _interval(apart: Any) -> str:
    return f"{apart.difference:+.2%} ({apart.low:+.2%} to {apart.high:+.2%}), p {apart.p:.3g}"
