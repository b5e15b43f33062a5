"""The year of the rehearsal shop looks like a shop's year, and is the same every time."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from datetime import date
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.catalogue import CATALOGUE, CATEGORIES
from rehearsal.population import PHONE_PREFIX, make_population
from rehearsal.season import bustle, discount
from rehearsal.segment import BATCH_BYTES_MAX, BATCH_EVENTS_MAX, batches, messages_of_day
from rehearsal.world import Happening, World, total_fen
from tests.examples import examples

SINCE = date(2025, 11, 22)
PEOPLE = 2_000
HOUR_MS = 3_600_000


@cache
def year() -> tuple[World, list[list[Happening]]]:
    world = World.begin(7, PEOPLE, SINCE)
    return world, [world.next_day() for _ in range(365)]


def happenings(what: str) -> list[tuple[int, Happening]]:
    return [(day, one) for day, page in enumerate(year()[1]) for one in page if one.what == what]


def digest(seed: int, days: int = 40, people: int = 150) -> str:
    world, seen = World.begin(seed, people, SINCE), hashlib.sha256()
    for day in range(days):
        for _, body in batches(messages_of_day(world, day, world.next_day())):
            seen.update(body)
    return seen.hexdigest()


@given(seed=st.integers(0, 10_000))
@examples(5)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(seed: int) -> None:
    assert digest(seed) == digest(seed)
    assert digest(seed) != digest(seed + 1)


def test_a_world_that_is_played_on_equals_one_that_is_played_in_one_go() -> None:
    one, other = World.begin(3, 100, SINCE), World.begin(3, 100, SINCE)
    pages = [one.next_day() for _ in range(30)]
    assert [other.next_day() for _ in range(10)] == pages[:10]
    assert [other.next_day() for _ in range(20)] == pages[10:]


def test_message_ids_are_unique() -> None:
    world = World.begin(3, 300, SINCE)
    ids = Counter(
        message["messageId"] for day in range(30) for message in messages_of_day(world, day, world.next_day())
    )
    assert max(ids.values()) == 1


def test_batches_keep_the_limits_of_the_spec() -> None:
    world = World.begin(3, 3_000, SINCE)
    sizes = [(count, len(body)) for count, body in batches(messages_of_day(world, 0, world.next_day()))]
    assert max(count for count, _ in sizes) <= BATCH_EVENTS_MAX
    assert max(size for _, size in sizes) <= BATCH_BYTES_MAX + 100


def test_a_day_is_in_order_of_time_and_stays_on_its_day() -> None:
    world, pages = year()
    for day, page in enumerate(pages):
        times = [one.at for one in page]
        assert times == sorted(times)
        # a visit that begins late may end after midnight, but not by more than an hour
        assert world.midnight_ms(day) <= times[0]
        assert times[-1] < world.midnight_ms(day + 1) + HOUR_MS


def test_everybody_of_the_year_is_introduced_once_to_each_system_and_nobody_of_the_future_is() -> None:
    world, _ = year()
    met = Counter((one.person, one.detail["place"] == 3) for _, one in happenings("joined"))
    assert max(met.values()) == 1
    assert {person for person, _ in met} == set(np.nonzero(world.people.joined < 365)[0].tolist())
    assert len({person for person, _ in met}) == PEOPLE


def test_phones_are_different_and_in_a_range_that_nobody_has() -> None:
    people = year()[0].people
    phones = [people.phone(person) for person in range(len(people))]
    assert len(set(phones)) == len(phones)
    assert all(re.fullmatch(PHONE_PREFIX + r"\d{8}", phone) for phone in phones)


def test_the_catalogue_has_eighty_products_in_twelve_categories() -> None:
    assert len(CATALOGUE.products) == 80
    assert {product.category for product in CATALOGUE.products} == set(CATEGORIES)
    assert all(0 < product.price < 1000 and product.cycle_days > 0 for product in CATALOGUE.products)


def test_people_differ_in_taste() -> None:
    taste = year()[0].people.taste
    assert np.allclose(taste.mean(axis=1), 1)
    favourites = np.bincount(taste.argmax(axis=1), minlength=len(CATEGORIES)) / len(taste)
    assert favourites.max() < 0.35
    assert (favourites > 0.005).sum() >= 9


def test_people_buy_what_they_like() -> None:
    world, _ = year()
    liked = [
        world.people.taste[one.person, CATALOGUE.category[line.product]]
        for _, one in happenings("bought")
        for line in one.detail["lines"]
    ]
    assert np.mean(liked) > 1.8


def test_evenings_are_busy_and_nights_are_quiet() -> None:
    hours = Counter(one.at // HOUR_MS % 24 for _, one in happenings("came"))
    evening = sum(hours[(hour - 8) % 24] for hour in (20, 21, 22))
    night = sum(hours[(hour - 8) % 24] for hour in (2, 3, 4))
    assert evening > 20 * night
    assert evening > 0.2 * hours.total()


@pytest.mark.parametrize(("day", "least"), [((2025, 12, 12), 1.5), ((2026, 6, 18), 2.5), ((2026, 11, 11), 3.5)])
def test_sales_bring_crowds_and_discounts(day: tuple[int, int, int], least: float) -> None:
    assert bustle(date(*day)) > least
    assert discount(date(*day)) < 0.9
    assert discount(date(2026, 4, 15)) == 1.0


def test_orders_peak_at_618_and_double_eleven() -> None:
    world, _ = year()
    orders = Counter(day for day, _ in happenings("bought"))
    usual = float(np.median([orders[day] for day in range(365)]))
    for number in (date(2026, 6, 18), date(2026, 11, 11)):
        assert orders[(number - world.since).days] > 3 * usual


def test_sunscreen_is_for_summer() -> None:
    world, _ = year()
    months: Counter[int] = Counter()
    for day, one in happenings("looked"):
        if CATALOGUE.products[one.detail["product"]].category == "防晒":
            months[world.date_of(day).month] += 1
    assert sum(months[month] for month in (6, 7, 8)) > 2 * sum(months[month] for month in (12, 1, 2))


def test_a_few_spend_much_of_all() -> None:
    spent: Counter[int] = Counter()
    for _, one in happenings("bought"):
        spent[one.person] += total_fen(one.detail["lines"])
    ordered = sorted(spent.values(), reverse=True)
    best_tenth = sum(ordered[: len(ordered) // 10]) / sum(ordered)
    assert 0.35 < best_tenth < 0.6
    assert 0.3 < len(spent) / PEOPLE < 0.6


def test_what_is_used_up_is_bought_again() -> None:
    """Of two categories bought by one person, the one due again is likelier to be in the next basket."""
    bought: dict[tuple[int, int], list[int]] = defaultdict(list)
    for day, one in happenings("bought"):
        for line in one.detail["lines"]:
            bought[one.person, int(CATALOGUE.category[line.product])].append(day)
    mask = CATEGORIES.index("面膜")
    gaps = [b - a for (_, column), days in bought.items() if column == mask for a, b in pairwise(days)]
    cycle = float(np.mean(CATALOGUE.cycle[CATALOGUE.by_category[mask]]))
    within = np.mean([0.4 * cycle < gap < 2 * cycle for gap in gaps if gap > 0])
    assert within > 0.4


def test_friends_stay_better_than_those_from_short_videos() -> None:
    people = make_population(1, 20_000, SINCE)
    stay = (people.lapses - people.joined)[people.joined >= 0]
    origin = people.origin[people.joined >= 0]
    assert np.median(stay[origin == 4]) > 2 * np.median(stay[origin == 0])


def test_a_return_follows_its_order_and_gives_back_no_more() -> None:
    orders = {one.detail["order"]: (one.at, total_fen(one.detail["lines"])) for _, one in happenings("bought")}
    returned = happenings("returned")
    assert 0.02 < len(returned) / len(orders) < 0.09
    for _, one in returned:
        at, total = orders[one.detail["order"]]
        assert one.at > at
        assert total_fen(one.detail["lines"]) <= total


def test_newcomers_come_back_about_as_often_as_in_real_shops() -> None:
    """Between a third and a half within a week, about half within a month: room for a welcome to work."""
    joined = year()[0].people.joined
    seen: dict[int, list[int]] = defaultdict(list)
    for what in ("came", "bought"):
        for day, one in happenings(what):
            seen[one.person].append(day)
    newcomers = [person for person in range(PEOPLE) if 0 <= joined[person] < 330]

    def share(days: int) -> float:
        return float(np.mean([any(0 < day - joined[p] <= days for day in seen[p]) for p in newcomers]))

    assert 0.25 < share(7) < 0.5
    assert share(7) + 0.05 < share(30) < 0.7
