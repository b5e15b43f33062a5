"""People who play campaigns for three days, and the few of them who cheat: who acts when, for whom, on what.

Honest people come in households (some around one tablet, most behind one address at home), circles of neighbours who
help each other, halls and offices with one address, dormitories of students who are nearly all new, shops whose tablet
many use, a few whom hundreds follow, and a few whose friends soon leave again. Of the others there are four kinds, each
in an easy and in harder ways: many accounts on one device (or on a few, or with the owner on another), rings who help
each other (at once, or slowly and with outsiders), farms of hollow accounts (behind one address, or behind borrowed
ones with new devices, quick or slow), and friends who leave as soon as the gift is earned. Everything follows from a
seed. It knows nothing of the product.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal

Kind = Literal["honest", "devices", "ring", "farm", "leaver"]
Game = Literal["invite", "help"]
WAYS: dict[Kind, Sequence[str]] = {
    "devices": ("one_device", "one_device", "owner_apart", "few_devices"),
    "ring": ("quick", "slow"),
    "farm": ("one_address", "borrowed", "borrowed_slow"),
    "leaver": ("soon", "later"),
}
"""The four kinds who cheat → the ways in which they do it, by turns."""
DAYS = 3
WHOLE_DAY = 24 * 60
OPEN = 14 * 60
"""Minutes from opening to closing."""
HELPS_MAX = 6
Span = tuple[int, int]


@dataclass(slots=True)
class Player:
    """``known``: a customer before the first day; others are first seen at their first act. ``gone``: when they
    end the friendship that began then, None while they stay. ``way``: how they cheat, or among whom they are.
    ``lives``: when they first do something of their own (ask, look at a product), None if they don't."""

    number: int
    kind: Kind
    known: bool
    device: str
    address: str
    gone: int | None = None
    way: str = ""
    lives: int | None = None


@dataclass(frozen=True, slots=True, order=True)
class Act:
    """``actor`` does something for what ``whose`` started (their own: they start it)."""

    minute: int
    actor: int
    whose: int
    game: Game


@dataclass
class World:
    """``acts`` in the order of time; a game is chosen by who starts."""

    players: list[Player]
    acts: list[Act]
    came: dict[int, int] = field(default_factory=dict[int, int])
    """Player → the minute of their first act."""


def world_of(people: int, seed: int, cheaters: float = 0.05, days: int = DAYS) -> World:
    """Some days of so many people, of whom that share cheats."""
    maker = _Maker(Random(seed), days)
    dishonest = round(people * cheaters)
    maker.honest(people - dishonest)
    for place, kind in enumerate(WAYS):
        maker.cheat(kind, dishonest // len(WAYS) + (place < dishonest % len(WAYS)))
    return maker.world()


class _Maker:
    def __init__(self, random: Random, days: int) -> None:
        self._random = random
        self._days = days
        self._players: list[Player] = []
        self._games: dict[int, Game] = {}
        self._opened: dict[int, int] = {}
        self._helps: dict[tuple[int, int], int] = {}
        self._given: dict[int, int] = defaultdict(int)

    def world(self) -> World:
        acts = [Act(minute, starter, starter, self._games[starter]) for starter, minute in self._opened.items()]
        acts += [
            Act(max(minute, self._opened[starter] + 1), helper, starter, self._games[starter])
            for (helper, starter), minute in self._helps.items()
        ]
        world = World(self._players, sorted(acts))
        for act in world.acts:
            world.came.setdefault(act.actor, act.minute)
        for player in self._players:
            came = world.came.get(player.number, 0)
            player.gone = None if player.gone is None else player.gone + came
            player.lives = None if player.lives is None else player.lives + came
        return world

    # -- honest people -----------------------------------------------------------------------------------------

    def honest(self, many: int) -> None:
        self._gatherings(many)
        homes: list[list[int]] = []
        first = len(self._players)
        while len(self._players) < many:
            size = min(self._random.choices((1, 2, 3, 4, 5), (45, 30, 15, 8, 2))[0], many - len(self._players))
            homes.append(self._household(len(homes), size))
        home_of = {each: home for home in homes for each in home}
        for each in range(first, many):
            if self._players[each].known and self._random.random() < 0.3:
                self._start(each, self._some_time())
                self._ask_around(each, many, home_of[each])
        self._newcomers_start(first, many)

    def _gatherings(self, many: int) -> None:
        """About a quarter of all people are in one; each is there once already among fifteen hundred."""
        for place in range(round(many / 1_500 + 0.1)):
            self._hall(place, 80)
            self._office(place)
            self._followed(place)
            self._disappointed(place)
        for place in range(round(many / 3_000 + 0.1)):
            self._counter(place, asks=place % 3 == 0)
            self._dormitory(place)

    def _person(self, way: str, known: float, address: str = "", device: str = "") -> int:
        """One more who is honest, with a phone of their own where no ``device`` is told."""
        each = len(self._players)
        leaves = self._random.randrange(60, DAYS * WHOLE_DAY) if self._random.random() < 0.05 else None
        mine = (device or f"phone-{each}", address or f"carrier-{each // 300}")
        lives = self._some_life(0.45 if way in ("home", "counter") else 0.3)
        self._players.append(Player(each, "honest", self._random.random() < known, *mine, leaves, way, lives))
        return each

    def _some_life(self, share: float) -> int | None:
        return round(self._random.expovariate(1 / 600)) if self._random.random() < share else None

    def _household(self, number: int, size: int) -> list[int]:
        draw = self._random
        tablet = f"tablet-{number}" if size >= 2 and draw.random() < 0.25 else ""
        return [
            self._person("home", 0.5, f"home-{number}" if draw.random() < 0.55 else "", tablet) for _ in range(size)
        ]

    def _ask_around(self, starter: int, many: int, home: Sequence[int]) -> None:
        draw, at = self._random, self._opened[starter]
        for each in home:
            if each != starter and draw.random() < 0.8:
                self._help(each, starter, at + self._minutes(15))
        circle = self._circle(starter, many)
        asked = min(len(circle), 1 + int(draw.expovariate(1 / 3.5)))
        for each in draw.sample(circle, asked):
            self._help(each, starter, at + self._minutes(25))

    def _circle(self, each: int, many: int) -> list[int]:
        near = [other % many for other in range(each - 8, each + 9) if other != each]
        return near + [self._random.randrange(many) for _ in range(4)]

    def _newcomers_start(self, least: int, many: int) -> None:
        """What a new customer does next: four in ten start something of their own."""
        self._some_start([each for each in range(least, many) if not self._players[each].known], 0.4, many)

    def _some_start(self, crowd: Sequence[int], share: float, many: int) -> None:
        first: dict[int, int] = {}
        for (helper, _), at in self._helps.items():
            first[helper] = min(at, first.get(helper, at))
        for each in crowd:
            if each in first and self._random.random() < share:
                self._start(each, first[each] + self._minutes(40))
                for friend in self._circle(each, many)[: self._random.randrange(0, 4)]:
                    if friend < len(self._players):
                        self._help(friend, each, self._opened[each] + self._minutes(25))

    def _hall(self, number: int, size: int) -> None:
        """An evening in one hall: the hostess asks everybody."""
        at = self._some_time()
        people = [self._person("hall", 0.5, f"hall-{number}") for _ in range(size)]
        host = self._host(people[0], at)
        for each in people[1:]:
            whose = host if self._random.random() < 0.7 else self._random.choice(people)
            self._help(each, whose, at + self._random.randrange(10, 130))
        self._some_start(people[1:], 0.3, size)

    def _office(self, number: int) -> None:
        """Colleagues behind one address, most of them new, who help two of them after lunch."""
        people = [self._person("office", 0.35, f"office-{number}") for _ in range(self._random.randrange(25, 61))]
        hosts = [self._host(each, self._some_time()) for each in people[:2]]
        for host in hosts:
            for each in self._random.sample(people, round(len(people) * self._random.uniform(0.3, 0.7))):
                self._help(each, host, self._opened[host] + self._minutes(12))
        self._some_start(people[2:], 0.2, len(people))

    def _dormitory(self, number: int) -> None:
        """Students behind one address, three in four of them new, who help a few in a burst in the evening."""
        draw = self._random
        people = [self._person("dormitory", 0.25, f"dormitory-{number}") for _ in range(draw.randrange(120, 251))]
        for host in people[: draw.randrange(3, 7)]:
            self._host(host, self._some_time())
            for each in draw.sample(people, draw.randrange(10, 41)):
                self._help(each, host, self._opened[host] + self._minutes(8))
        self._some_start(people[7:], 0.25, len(people))

    def _counter(self, number: int, *, asks: bool) -> None:
        """A shop's tablet, on which customers start something of their own, help who sent them, or (where the clerk
        ``asks``) help the clerk."""
        draw = self._random
        place = (f"shop-{number}", f"counter-{number}")
        clerk = self._host(self._person("counter", 1.0, *place), 5)
        friends = [self._host(self._person("home", 0.8), draw.randrange(0, 120)) for _ in range(12)]
        for _ in range(draw.randrange(15, 46)):
            each, at = self._person("counter", 0.6, *place), self._some_time()
            if asks and draw.random() < 0.6:
                self._help(each, clerk, at)
            elif draw.random() < 0.5:
                self._help(each, draw.choice(friends), at)
            else:
                self._start(each, at)
                for _ in range(draw.randrange(0, 4)):
                    self._help(draw.choice(friends), each, at + self._minutes(30))

    def _followed(self, number: int) -> None:
        """Somebody whom many follow, in a burst: four in five of them are new, few of those start something."""
        draw = self._random
        host = self._host(self._person("followed", 1.0), self._some_time())
        crowd = [self._person("followed", 0.2) for _ in range(draw.randrange(60, 161))]
        for each in crowd:
            soon = draw.random() < 0.5
            self._help(each, host, self._opened[host] + (draw.randrange(1, 15) if soon else self._minutes(90)))
        self._some_start(crowd, 0.15, 1)

    def _disappointed(self, number: int) -> None:
        """Somebody whose friends did not like what they found: a quarter of them leave."""
        draw = self._random
        host = self._host(self._person("disappointed", 1.0), self._some_time())
        for _ in range(draw.randrange(6, 13)):
            each = self._person("disappointed", 0.3)
            self._help(each, host, self._opened[host] + self._minutes(25))
            if draw.random() < 0.25:
                self._players[each].gone = draw.randrange(60, DAYS * WHOLE_DAY)

    def _host(self, each: int, at: int) -> int:
        self._players[each].known = True
        self._start(each, at)
        return each

    # -- the others --------------------------------------------------------------------------------------------

    def cheat(self, kind: Kind, many: int) -> None:
        left, turn = many, self._random.randrange(len(WAYS[kind]))
        while left > 0:
            group = {"devices": (5, 14), "ring": (6, 12), "farm": (13, 40), "leaver": (7, 16)}[kind]
            size = min(left, self._random.randint(*group))
            way = WAYS[kind][turn % len(WAYS[kind])]
            members = [self._newcomer(kind, way, known=place == 0 or kind == "ring") for place in range(size)]
            make = {"devices": self._devices, "ring": self._ring, "farm": self._farm, "leaver": self._leavers}[kind]
            make(members, self._some_time(), way)
            left, turn = left - size, turn + 1

    def _newcomer(self, kind: Kind, way: str, *, known: bool) -> int:
        each = len(self._players)
        self._players.append(Player(each, kind, known, f"phone-{each}", f"carrier-{each // 300}", None, way))
        return each

    def _devices(self, members: Sequence[int], at: int, way: str) -> None:
        owner = members[0]
        self._start(owner, at)
        each_device = 4 if way == "few_devices" else len(members)
        for place, each in enumerate(members):
            if place or way != "owner_apart":
                self._players[each].device = f"cheap-{owner}-{place // each_device}"
                self._players[each].address = f"room-{owner}"
            if place:
                self._help(each, owner, at + 2 * place + self._random.randrange(0, 3))

    def _ring(self, members: Sequence[int], at: int, way: str) -> None:
        slow = way == "slow"
        for each in members:
            self._start(each, self._some_time() if slow else at + self._random.randrange(0, 30))
            self._games[each] = "help"
        for each in members:
            for other in members:
                if other != each and self._random.random() < (0.6 if slow else 0.9):
                    late = self._random.randrange(0, WHOLE_DAY) if slow else 30 + self._minutes(30)
                    self._help(other, each, self._opened[each] + late)
            for _ in range(self._random.randrange(0, 3) if slow else 0):
                self._help(self._random.randrange(members[0]), each, self._opened[each] + self._minutes(60))

    def _farm(self, members: Sequence[int], at: int, way: str) -> None:
        boss, workers = members[0], members[1:]
        self._start(boss, at)
        self._games[boss] = "invite"
        addresses = self._random.choice((1, 1, 2, 3))
        for place, each in enumerate(workers):
            borrowed = f"carrier-{self._random.randrange(1 + boss // 300)}"
            self._players[each].address = f"farm-{boss}-{place % addresses}" if way == "one_address" else borrowed
            if way == "borrowed_slow":
                self._players[each].lives = self._some_life(0.2)
            late = self._random.randrange(5, 2 * WHOLE_DAY) if way == "borrowed_slow" else 5 + place // 4
            self._help(each, boss, at + late)

    def _leavers(self, members: Sequence[int], at: int, way: str) -> None:
        inviter, friends = members[0], members[1:]
        self._start(inviter, at)
        self._games[inviter] = "invite"
        first, last, share = (60, WHOLE_DAY, 0.9) if way == "soon" else (WHOLE_DAY, 70 * 60, 0.75)
        for each in friends:
            self._players[each].address = f"home-of-{each}"
            self._help(each, inviter, at + self._minutes(40))
            if self._random.random() < share:
                self._players[each].gone = self._random.randrange(first, last)

    # -- what anybody does -------------------------------------------------------------------------------------

    def _some_time(self) -> int:
        return self._random.randrange(self._days) * WHOLE_DAY + self._random.randrange(0, OPEN - 120)

    def _start(self, each: int, at: int) -> None:
        self._opened.setdefault(each, at)
        self._games.setdefault(each, self._random.choice(("invite", "help")))

    def _help(self, helper: int, starter: int, at: int) -> None:
        if helper == starter or starter not in self._opened or (helper, starter) in self._helps:
            return
        if self._players[helper].kind == "honest":
            if self._given[helper] >= HELPS_MAX:
                return
            self._given[helper] += 1
        self._helps[helper, starter] = min(at, (self._days + 1) * WHOLE_DAY)

    def _minutes(self, middle: int) -> int:
        """So long people take: half of them ``middle`` or less, a few for hours."""
        return 1 + min(300, round(middle * self._random.lognormvariate(0, 1.1)))
