"""People answer messages for reasons, and the truth log names them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from rehearsal.answers import Answers
from rehearsal.catalogue import CATEGORIES
from rehearsal.life import Life, tell_history
from rehearsal.memory import Memory, OtherWorld
from rehearsal.plan import Plan
from rehearsal.population import Population, make_population
from rehearsal.reactions import chances_of, fate_of, is_gone
from rehearsal.truth import summary
from rehearsal.world import SHOP_ZONE, World

SINCE = date(2026, 1, 1)
EVENING = datetime(2026, 3, 2, 21, 0, tzinfo=SHOP_ZONE).timestamp()


@cache
def people() -> Population:
    return make_population(7, 400, SINCE)


def chances(person: int, text: str = "你好", *, hour: float = 21.0, recent: int = 0) -> Any:
    return chances_of(people(), person, 0, hour, {"text": text}, recent)


def mean_over_people(what: str, **given: Any) -> float:
    return float(np.mean([getattr(chances(person, **given), what) for person in range(len(people()))]))


def test_messages_weary() -> None:
    assert mean_over_people("opens", recent=5) < 0.5 * mean_over_people("opens", recent=0)
    assert mean_over_people("unsubscribes", recent=5) > 2 * mean_over_people("unsubscribes", recent=0)
    assert mean_over_people("complains", recent=5) > 2 * mean_over_people("complains", recent=0)


def test_evening_is_better_than_the_small_hours() -> None:
    assert mean_over_people("opens", hour=21.0) > 1.5 * mean_over_people("opens", hour=4.0)


def test_lovers_of_masks_click_on_masks() -> None:
    taste = people().taste[:, CATEGORIES.index("面膜")]
    lovers, others = np.argsort(taste)[-50:], np.argsort(taste)[:50]
    click = {name: np.mean([chances(int(p), "您常买的面膜到新品了").clicks for p in who]) for name, who in
             (("lovers", lovers), ("others", others))}  # fmt: skip
    assert click["lovers"] > 3 * click["others"]


def test_a_discount_moves_the_thrifty() -> None:
    thrifty, easy = int(people().thrift.argmax()), int(people().thrift.argmin())

    def lift(person: int) -> float:
        return chances(person, "面膜 8 折").buys / chances(person, "面膜").buys

    assert lift(thrifty) > 1.5 * lift(easy)


def test_the_same_delivery_has_the_same_fate() -> None:
    first, second = (fate_of(people(), 3, "m-1", chances(3), "面膜", {}) for _ in range(2))
    assert first == second


def test_nothing_is_clicked_unopened_or_bought_unclicked() -> None:
    for number in range(3_000):
        person = number % len(people())
        done = [step.what for step in fate_of(people(), person, f"m-{number}", chances(person), "口红", {}).steps]
        if "message_clicked" in done:
            assert done[0] == "message_opened"
        if "bought" in done:
            assert done[:3] == ["message_opened", "message_clicked", "bought"]


def test_opens_happen_as_often_as_their_chance_says() -> None:
    expected = opened = 0.0
    for number in range(4_000):
        person = number % len(people())
        chance = chances(person)
        expected += chance.opens
        opened += any(
            step.what == "message_opened" for step in fate_of(people(), person, f"n-{number}", chance, "", {}).steps
        )
    assert opened == pytest.approx(expected, rel=0.06)


OPENED: list[Memory] = []


@dataclass
class Shop:
    """Stands in for the product: keeps what it is sent, or fails when told to."""

    calls: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    fails_after: int = 10**9

    def post_batch(self, body: bytes) -> None:
        if len(self.calls) >= self.fails_after:
            raise ConnectionError
        self.calls.extend(msgspec.json.decode(body)["batch"])


@dataclass
class Scene:
    """A world with its memory in a folder; ``again`` is the same after a restart."""

    folder: Path
    time: float = EVENING
    shop: Shop = field(default_factory=Shop)

    def __post_init__(self) -> None:
        self.memory = Memory(self.folder)
        OPENED.append(self.memory)
        self.place = self.memory.begin(7, 300, SINCE)
        self.plan = Plan(World.begin(7, 300, SINCE), self.place)
        self.answers = Answers(self.plan.world, self.memory, lambda: self.time)

    def tell(self) -> None:
        tell_history(self.plan, self.memory, self.shop, int(self.time * 1000), lambda *_: None)  # type: ignore[arg-type]

    def life(self, speed: float = 1.0) -> Life:
        return Life(self.plan, self.answers, self.memory, self.shop, speed=speed, now=lambda: self.time)  # type: ignore[arg-type]

    def again(self) -> Scene:
        self.memory.close()
        return Scene(self.folder, self.time, self.shop)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    yield Scene(tmp_path / "state")
    while OPENED:
        OPENED.pop().close()


def deliver(scene: Scene, count: int, text: str = "面膜 8 折，限时三天") -> dict[str, str]:
    """Delivery id → status, for messages to the first people."""
    found: dict[str, str] = {}
    for person in range(count):
        message = {
            "delivery_id": f"m-{person}",
            "broadcast": 4,
            "identifiers": {"user_id": scene.plan.world.people.user_id(person)},
            "text": text,
        }
        status, _ = scene.answers.decide(message, 2)
        found[f"m-{person}"] = status
    return found


def test_history_is_told_once_and_a_second_run_sends_nothing(scene: Scene) -> None:
    scene.tell()
    told = len(scene.shop.calls)
    assert told > 500
    later = scene.again()
    later.tell()
    assert len(later.shop.calls) == told


def test_a_run_that_broke_off_goes_on_without_a_gap(scene: Scene) -> None:
    scene.shop.fails_after = 700
    with pytest.raises(ConnectionError):
        scene.tell()
    scene.shop.fails_after = 10**9
    broken = scene.again()
    broken.tell()
    seen = [call["messageId"] for call in broken.shop.calls]
    whole = Scene(scene.folder.parent / "other")
    whole.tell()
    assert list(dict.fromkeys(seen)) == [call["messageId"] for call in whole.shop.calls]


def test_life_goes_on_at_its_hours(scene: Scene) -> None:
    scene.tell()
    told = len(scene.shop.calls)
    life = scene.life()
    scene.time += 86_400 * 2
    life.tick()
    fresh = scene.shop.calls[told:]
    assert len(fresh) > 20
    assert all(call["timestamp"] <= "2026-03-04T13:00:00.000Z" for call in fresh)
    assert life.tick() == 0


def test_a_faster_life_dates_nothing_in_the_future(scene: Scene) -> None:
    scene.tell()
    told = len(scene.shop.calls)
    life = scene.life(speed=1_000)
    scene.time += 600
    life.tick()
    fresh = scene.shop.calls[told:]
    assert len(fresh) > 50
    assert max(call["timestamp"] for call in fresh) <= "2026-03-02T13:10:00.000Z"


def test_another_world_in_the_folder_is_refused(scene: Scene) -> None:
    with pytest.raises(OtherWorld):
        scene.memory.begin(8, 300, SINCE)


def test_every_reaction_that_is_told_has_its_message_in_the_truth(scene: Scene) -> None:
    scene.tell()
    told = len(scene.shop.calls)
    statuses = deliver(scene, 300)
    life = scene.life()
    scene.time += 1_800
    life.tick()
    reactions = [call for call in scene.shop.calls[told:] if "delivery_id" in call["properties"]]
    truths = {truth["delivery_id"]: truth for truth in scene.memory.truths() if truth["kind"] == "received"}
    assert len(reactions) > 60
    assert truths.keys() == {delivery for delivery, status in statuses.items() if status == "accepted"}
    for call in reactions:
        cause = truths[call["properties"]["delivery_id"]]
        assert call["userId"] == cause["user_id"]
        assert call["messageId"] in {step["message"]["messageId"] for step in cause["steps"]}
        assert call["timestamp"] >= cause["at"]


def test_dead_addresses_are_refused_for_ever(scene: Scene) -> None:
    statuses = deliver(scene, 300)
    dead = {f"m-{person}" for person in range(300) if is_gone(scene.plan.world.people, person)}
    assert {delivery for delivery, status in statuses.items() if status == "refused"} == dead
    assert dead


def test_a_stranger_is_refused(scene: Scene) -> None:
    assert scene.answers.decide({"delivery_id": "m-1", "identifiers": {"user_id": "nobody"}}, 1)[0] == "refused"


def test_reactions_that_are_owed_survive_a_restart(scene: Scene) -> None:
    scene.tell()
    deliver(scene, 300)
    owed = scene.answers.waiting
    later = scene.again()
    assert later.answers.waiting == owed > 60
    assert later.answers.settled.keys() == {f"m-{person}" for person in range(300)}
    life = later.life()
    later.time += 1_800
    life.tick()
    assert later.again().answers.waiting == 0


def test_an_order_that_a_message_caused_is_told_with_its_cause_and_counted_in_the_summary(scene: Scene) -> None:
    scene.tell()
    for round_ in range(6):
        for person in range(300):
            message = {
                "delivery_id": f"r{round_}-{person}",
                "broadcast": 4,
                "identifiers": {"user_id": scene.plan.world.people.user_id(person)},
                "text": "您常用的面膜 8 折",
            }
            scene.answers.decide(message, 2)
        scene.time += 8 * 86_400
    calls = scene.answers.due(10_000)
    orders = [call for call in calls if call["event"] == "Order Completed"]
    (row,) = summary(scene.memory.truths())
    assert orders
    assert row["Order Completed"] == len(orders)
    assert row["caused_amount"] == pytest.approx(sum(order["properties"]["total"] for order in orders))
    assert row["expected_orders"] == pytest.approx(len(orders), abs=4 * len(orders) ** 0.5)
    titles = {line["category"] for order in orders for line in order["properties"]["products"]}
    assert titles == {"面膜"}
