"""The world, a day at a time: who comes, looks, buys and sends back.

A day depends on the seed, on the first day and on the days before it, and on nothing else; so the day that was played
while the product was running is the very day that a later start plays again, down to the message ids.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from typing import Any, NamedTuple

import numpy as np

from rehearsal.catalogue import CATALOGUE, CATEGORIES
from rehearsal.population import (
    BUMP_WIDTH,
    BUMPS,
    CHRONOTYPES,
    Bools,
    Floats,
    Ints,
    Population,
    generator,
    make_population,
    pick,
)
from rehearsal.season import bustle, category_season, discount, sale_of

SHOP_ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")
DAY_MS = 86_400_000
VISITS_MAX = 3
VIEWS_MAX = 8

APP, SITE, TMALL, COUNTER = 0, 1, 2, 3
PLACES = ("小程序", "官网", "天猫", "门店")
AT_COUNTER = {"place": COUNTER}


class Line(NamedTuple):
    product: int
    quantity: int
    price_fen: int


class Look(NamedTuple):
    """One row of :class:`Looks`."""

    product: int
    carted: bool
    liked: bool
    pause: int
    quantity: int


class Happening(NamedTuple):
    """One thing that one person does. ``at`` in milliseconds UTC; ``what`` names a shape in ``segment.py``."""

    at: int
    person: int
    what: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class Visits:
    """Columns, one row a visit of one day."""

    who: Ints
    known: Bools
    place: Ints
    start: Ints  # ms UTC


@dataclass(frozen=True)
class Looks:
    """Columns, one row a product looked at, by visit."""

    visit: Ints
    product: Ints
    carted: Bools
    liked: Bools
    pause: Ints  # ms since the look before
    quantity: Ints  # how many, if carted


@dataclass
class Order:
    number: str
    person: int
    place: int
    lines: list[Line]


@dataclass
class World:
    """The people and what they remember. :meth:`next_day` plays one day more."""

    people: Population
    since: date
    day: int = 0
    runs_out: Floats = field(init=False)  # person × category: the day on which what one bought is used up
    favourite: Ints = field(init=False)  # person × category: the product bought last, -1 for none
    orders: Ints = field(init=False)
    at_till: Bools = field(init=False)  # the till knows them
    online: Bools = field(init=False)  # the app or the web shop knows them
    shy: Bools = field(init=False)  # known at the till, and in the app without their phone yet: two persons so far
    owes_mail: Bools = field(init=False)  # will give the address of their family: a conflict to settle
    returns: dict[int, list[Order]] = field(default_factory=lambda: defaultdict[int, list[Order]](list))

    def __post_init__(self) -> None:
        count = len(self.people)
        chance = generator(self.people.seed, 2)
        known = (self.people.joined < 0)[:, None] & (chance.random((count, len(CATEGORIES))) < self.people.taste * 0.22)
        self.runs_out = np.where(known, chance.uniform(-60, 70, known.shape), np.inf)
        products = np.stack([members[chance.integers(0, len(members), count)] for members in CATALOGUE.by_category], 1)
        self.favourite = np.where(known, products, -1)
        self.orders = known.sum(axis=1)
        at_counter = self.people.shopper >= 0.3
        self.at_till = at_counter & (self.people.joined < 0)
        self.online = ~at_counter & (self.people.joined < 0)
        self.shy = np.zeros(count, dtype=bool)
        self.owes_mail = self.people.mailbox_of != np.arange(count)
        self._browsing = self._before_registration(chance)

    @classmethod
    def begin(cls, seed: int, people: int, since: date) -> World:
        return cls(make_population(seed, people, since), since)

    def date_of(self, day: int) -> date:
        return self.since + timedelta(days=day)

    def midnight_ms(self, day: int) -> int:
        return int(datetime.combine(self.date_of(day), time(), SHOP_ZONE).timestamp() * 1000)

    def _before_registration(self, chance: np.random.Generator) -> dict[int, Ints]:
        """Day → people who look around without an account: some days before they register."""
        people = self.people
        online = (people.joined >= 0) & (people.shopper < 0.3)
        times = np.where(online, chance.poisson(0.9, len(people)), 0)
        who = np.repeat(np.arange(len(people)), times)
        days = people.joined[who] - chance.geometric(0.28, len(who))
        return {int(day): np.unique(who[days == day]) for day in np.unique(days[days >= 0])}

    def next_day(self) -> list[Happening]:
        """Everything of the next day, in order of time."""
        day = self.day
        happenings = [*self._newcomers_before_history(day), *self._visits(day), *self._sent_back(day)]
        happenings += self._opinions(day)
        happenings.sort(key=lambda happening: (happening.at, happening.person))
        self.day += 1
        return happenings

    # who comes

    def _newcomers_before_history(self, day: int) -> list[Happening]:
        """On the first day the shop hands over the customers it has already."""
        if day > 0:
            return []
        start = self.midnight_ms(0)
        (old,) = np.nonzero(self.people.joined < 0)
        return [
            Happening(
                start + turn * 100,
                person,
                "joined",
                {
                    "registered": self._registered_ms(person),
                    "place": COUNTER if self.at_till[person] else APP,
                    "agrees": bool(self.people.marketing[person]),
                    "shy": False,
                },
            )
            for turn, person in enumerate(old.tolist())
        ]

    def _registered_ms(self, person: int) -> int:
        return self.midnight_ms(int(self.people.joined[person])) + 12 * 3_600_000

    def _rates(self, day: int) -> Floats:
        """Expected visits of each person today."""
        people = self.people
        age = day - people.joined
        fresh = 1 + 1.6 * np.exp(-np.maximum(age, 0) / 4.0)
        gone = np.where(day >= people.lapses, 0.035, 1.0)
        used_up = ((self.runs_out <= day + 3) & (self.runs_out > day - 12)).any(axis=1)
        swing = bustle(self.date_of(day)) ** (0.45 + 0.8 * people.thrift)
        rates = people.keenness * fresh * gone * np.where(used_up, 2.4, 0.9) * swing
        return np.where(age >= 0, rates, 0.0)

    def _visits(self, day: int) -> list[Happening]:
        people = self.people
        chance = generator(people.seed, 3, day)
        visits = np.minimum(chance.poisson(self._rates(day)), VISITS_MAX)
        visits[people.joined == day] = 1
        strangers = self._browsing.get(day, np.empty(0, dtype=np.int64))
        who = np.concatenate([np.repeat(np.arange(len(people)), visits), strangers])
        known = np.arange(len(who)) < len(who) - len(strangers)
        if not len(who):
            return []
        place = self._places(chance, who, known)
        visits_today = Visits(who, known, place, self.midnight_ms(day) + self._moments(chance, who, place))
        looks = self._looks(chance, day, who)
        carts = np.bincount(looks.visit[looks.carted], minlength=len(who))
        buys = self._decides(chance, day, visits_today, carts)
        return self._told(chance, day, visits_today, looks, buys)

    def _places(self, chance: np.random.Generator, who: Ints, known: Bools) -> Ints:
        people = self.people
        drawn = chance.random((3, len(who)))
        online = np.where(drawn[2] < 0.82, APP, SITE)
        place = np.where(known & (drawn[1] < people.taobao[who]), TMALL, online)
        return np.where(known & (drawn[0] < people.shopper[who]), COUNTER, place)

    def _moments(self, chance: np.random.Generator, who: Ints, place: Ints) -> Ints:
        """Milliseconds after midnight: at one's own hours, at the counter while it is open."""
        people = self.people
        bump = pick(chance, CHRONOTYPES[people.chronotype[who]])
        hour = (BUMPS[bump] + people.shift[who] * 0.6 + chance.normal(0, 1, len(who)) * BUMP_WIDTH[bump]) % 24
        open_hours = np.clip(chance.normal(16.2, 2.7, len(who)), 10.05, 21.6)
        hour = np.minimum(np.where(place == COUNTER, open_hours, hour), 23.6)  # a visit ends on its day
        return (hour * 3_600_000).astype(np.int64)

    # what they look at and buy

    def _looks(self, chance: np.random.Generator, day: int, who: Ints) -> Looks:
        people = self.people
        looks = np.minimum(1 + chance.poisson(1.25, len(who)), VIEWS_MAX)
        views = np.repeat(np.arange(len(who)), looks)
        person = who[views]
        wanted = np.array(category_season(self.date_of(day)))[CATALOGUE.category]
        weights = people.taste[person][:, CATALOGUE.category] * wanted
        used_up = self.runs_out[person] <= day + 5
        weights *= np.where(used_up, 3.5, 1.0)[:, CATALOGUE.category]
        weights *= np.exp(-((CATALOGUE.price_rank - people.level[person][:, None]) ** 2) / 0.16)
        usual = self.favourite[person][:, CATALOGUE.category] == np.arange(len(CATALOGUE.products))
        weights *= np.where(usual, 1 + 9 * people.loyalty[person][:, None], 1.0)
        product = pick(chance, weights)
        return Looks(
            views,
            product,
            carted=chance.random(len(views)) < self._longing(day, person, product),
            liked=chance.random(len(views)) < 0.055,
            pause=chance.integers(9_000, 95_000, len(views)),
            quantity=self._quantities(chance, day, person),
        )

    def _longing(self, day: int, person: Ints, product: Ints) -> Floats:
        """How likely a look ends in the cart."""
        category = CATALOGUE.category[product]
        used_up = self.runs_out[person, category] <= day + 5
        liked = np.minimum(self.people.taste[person, category], 3.0)
        _, strength = sale_of(self.date_of(day))
        return np.clip((0.025 + 0.04 * liked) * np.where(used_up, 2.3, 1.0) * (1 + 0.8 * strength), 0, 0.9)

    def _decides(self, chance: np.random.Generator, day: int, visits: Visits, carted: Ints) -> Bools:
        """Which visits end with an order: thrifty people wait for the sale."""
        people, who = self.people, visits.who
        _, strength = sale_of(self.date_of(day))
        patient = 1 - 0.5 * people.thrift[who] + 1.3 * people.thrift[who] * strength
        habit = np.where(self.orders[who] > 0, 0.55 + 0.25 * people.loyalty[who], 0.46)
        counter = np.where(visits.place == COUNTER, 1.35, 1.0)
        likely = np.clip(habit * patient * counter, 0.02, 0.95)
        return visits.known & (carted > 0) & (chance.random(len(who)) < likely)

    def _quantities(self, chance: np.random.Generator, day: int, person: Ints) -> Ints:
        _, strength = sale_of(self.date_of(day))
        wealth = self.people.wealth[person]
        stock = 0.10 * np.minimum(wealth, 3) + 0.5 * strength * self.people.thrift[person]
        return 1 + chance.poisson(np.where(wealth > 4, wealth * 0.7, stock))

    def _told(
        self, chance: np.random.Generator, day: int, visits: Visits, looks: Looks, buys: Bools
    ) -> list[Happening]:
        """The visits as happenings. Here columns become rows, so here the loop is Python's."""
        factor = discount(self.date_of(day))
        seen: dict[int, list[Look]] = defaultdict(list)
        columns = (looks.product, looks.carted, looks.liked, looks.pause, looks.quantity)
        for visit, *look in zip(looks.visit.tolist(), *(column.tolist() for column in columns), strict=True):
            seen[visit].append(Look(*look))
        found: list[Happening] = []
        rows = zip(*(column.tolist() for column in (visits.who, visits.known, visits.place, visits.start)), strict=True)
        for visit, (person, known, place, start) in enumerate(rows):
            at = start
            if known:
                introduction = self._introduced(day, at, person, place)
                found += introduction
                at += 20_000 * len(introduction)
            basket, at = _browse(found, at, person, known, place, seen[visit])
            if buys[visit]:
                found.append(self._buys(chance, day, person, place, at + 60_000, basket, factor))
        return found

    def _introduced(self, day: int, at: int, person: int, place: int) -> list[Happening]:
        """The first time that the till, or the shop online, sees an account of this person. Who is known at the till
        comes to the app without giving the phone, and gives it the next time: then the two accounts are one person."""
        seen = self.at_till if place == COUNTER else self.online
        if seen[person]:
            return [] if place == COUNTER else self._tells_more(at, person, place)
        seen[person] = True
        shy = place != COUNTER and bool(self.at_till[person])
        self.shy[person] |= shy
        agrees = bool(self.people.joined[person] == day and self.people.marketing[person])
        detail = {"registered": at, "place": place, "agrees": agrees, "shy": shy}
        return [Happening(at, person, "joined", detail)]

    def _tells_more(self, at: int, person: int, place: int) -> list[Happening]:
        if self.shy[person]:
            self.shy[person] = False
            return [Happening(at, person, "phoned", {"place": place})]
        if self.owes_mail[person]:
            self.owes_mail[person] = False
            return [Happening(at, person, "mailed", {"place": place})]
        return []

    def _buys(
        self,
        chance: np.random.Generator,
        day: int,
        person: int,
        place: int,
        at: int,
        basket: dict[int, int],
        factor: float,
    ) -> Happening:
        lines = [
            Line(item, quantity, round(CATALOGUE.products[item].price * factor * 100))
            for item, quantity in basket.items()
        ]
        self.orders[person] += 1
        order = Order(f"TY{at}{person:06d}", person, place, lines)
        jitter = chance.lognormal(0, 0.22, len(lines)).tolist()
        for line, stretch in zip(lines, jitter, strict=True):
            category = CATALOGUE.products[line.product].category
            column = CATEGORIES.index(category)
            lasts = CATALOGUE.products[line.product].cycle_days * min(line.quantity, 4) * stretch
            self.runs_out[person, column] = day + lasts
            self.favourite[person, column] = line.product
        _, strength = sale_of(self.date_of(day))
        if chance.random() < 0.035 + 0.045 * strength:
            self.returns[day + 2 + int(chance.geometric(0.3))].append(order)
        return Happening(at, person, "bought", {"place": place, "order": order.number, "lines": lines})

    def _sent_back(self, day: int) -> list[Happening]:
        chance = generator(self.people.seed, 4, day)
        found: list[Happening] = []
        for order in self.returns.pop(day, []):
            some = len(order.lines) > 1 and chance.random() < 0.5
            lines = order.lines[:1] if some else order.lines
            at = self.midnight_ms(day) + int(chance.uniform(9, 21) * 3_600_000)
            detail = {"place": order.place, "order": order.number, "lines": lines}
            found.append(Happening(at, order.person, "returned", detail))
        return found

    # what they think of the shop

    def _opinions(self, day: int) -> list[Happening]:
        """Weekly reading, and those who have had enough and withdraw their consent."""
        people = self.people
        chance = generator(people.seed, 5, day)
        there = (people.joined < day) & people.marketing
        tired = there & (chance.random(len(people)) < 0.0004 * people.fatigue + 0.0002 * (day == people.lapses))
        found = [
            Happening(self._awake(chance, day, person), person, "withdrew", {} if self.online[person] else AT_COUNTER)
            for person in np.nonzero(tired)[0].tolist()
        ]
        weekday = self.date_of(day).weekday()
        if weekday in (1, 4):
            found += self._reads(chance, day, there & ~tired, weekday)
        return found

    def _reads(self, chance: np.random.Generator, day: int, there: Bools, weekday: int) -> list[Happening]:
        people = self.people
        category = int(chance.integers(0, len(CATEGORIES) - 1))
        drawn = people.taste[:, category] * 0.09 * np.exp(-people.fatigue) * np.where(day >= people.lapses, 0.1, 1.0)
        readers = np.nonzero(there & self.online & people.has_wecom & (chance.random(len(people)) < drawn))[0].tolist()
        detail = {"category": category, "kind": "护肤知识" if weekday == 1 else "周末好物"}
        return [Happening(self._awake(chance, day, person), person, "read", detail) for person in readers]

    def _awake(self, chance: np.random.Generator, day: int, person: int) -> int:
        weights = CHRONOTYPES[self.people.chronotype[person]]
        bump = int(np.searchsorted(np.cumsum(weights), chance.random()).clip(0, len(BUMPS) - 1))
        hour = min(float(BUMPS[bump] + chance.normal() * BUMP_WIDTH[bump]) % 24, 23.6)
        return self.midnight_ms(day) + int(hour * 3_600_000)


def _browse(
    found: list[Happening], at: int, person: int, known: bool, place: int, looks: Sequence[Look]
) -> tuple[dict[int, int], int]:
    """What one looks at, from ``at`` on: appended to ``found`` where a browser sees it (a till doesn't).
    The basket (product → how many), and when it is full."""
    online = place in (APP, SITE)
    if online:
        found.append(Happening(at, person, "came", {"known": known, "place": place}))
    basket: dict[int, int] = {}
    for look in looks:
        at += look.pause
        detail = {"known": known, "place": place, "product": look.product}
        if online:
            found.append(Happening(at, person, "looked", detail))
        if online and look.liked:
            found.append(Happening(at + 3_000, person, "liked", detail))
        if look.carted:
            if online and look.product not in basket:
                found.append(Happening(at + 5_000, person, "carted", detail))
            basket[look.product] = basket.get(look.product, 0) + look.quantity
    return basket, at


def total_fen(lines: Sequence[Line]) -> int:
    return sum(line.price_fen * line.quantity for line in lines)
