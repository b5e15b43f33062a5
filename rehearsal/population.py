"""The people: who they are, what they like, when they are awake, how they come and how they go.

Everything is drawn once, from one seed, as columns: row i is one person for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from rehearsal.catalogue import CATEGORIES
from rehearsal.names import CITIES, FEMALE, MALE, ORIGINS, SCENES, SKINS, STAFF, SURNAMES
from rehearsal.season import acquisition

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

HISTORY_DAYS = 365
FUTURE_DAYS = 90
"""Newcomers are drawn this far beyond the history, so that the shop goes on growing while it is watched."""

FUTURE_SHARE = 0.06
OLD_SHARE = 0.30
"""Those who were customers before the year began."""

PHONE_PREFIX = "164"
"""Shaped like a mobile number, in a range that no Chinese operator gives out."""

BUMPS = np.array([7.8, 10.5, 12.6, 15.5, 18.3, 21.0, 23.3])
"""Hours around which people look at their phones."""

BUMP_WIDTH = np.array([0.7, 1.3, 0.6, 1.4, 0.8, 1.0, 0.9])

CHRONOTYPES = np.array(
    [
        [0.14, 0.05, 0.20, 0.05, 0.14, 0.34, 0.08],  # office
        [0.03, 0.08, 0.16, 0.12, 0.10, 0.28, 0.23],  # student
        [0.07, 0.28, 0.12, 0.24, 0.04, 0.20, 0.05],  # at home by day
        [0.04, 0.10, 0.10, 0.12, 0.07, 0.22, 0.35],  # night owl
        [0.22, 0.22, 0.10, 0.18, 0.12, 0.15, 0.01],  # early bird
    ]
)

NEVER = 10**6


@dataclass(frozen=True)
class Population:
    """Columns of equal length. Days count from the first day of history; ages are on that day."""

    seed: int
    since: date
    name: tuple[str, ...]
    female: Bools
    born: tuple[date, ...]
    age: Ints
    city: Ints
    occupation: Ints
    skin: Ints
    scene: Ints
    taste: Floats  # person × category, mean 1 per row
    level: Floats  # the price rank one is at ease with, 0 to 1
    wealth: Floats  # how much goes into a basket, 1 = usual
    thrift: Floats  # price sensitivity, 0 to 1
    loyalty: Floats  # inclination to buy the same again, 0 to 1
    fatigue: Floats  # how soon messages weary, about .05 to .8
    temper: Floats  # inclination to complain, small
    keenness: Floats  # visits a day while a customer
    chronotype: Ints
    shift: Floats  # hours, own deviation from the chronotype
    origin: Ints
    campaign: tuple[str, ...]
    staff: tuple[str, ...]
    joined: Ints  # day of registration; negative before the history
    lapses: Ints  # day from which one is hardly seen any more
    shopper: Floats  # share of visits that happen at the counter
    taobao: Floats  # share of the other visits that happen on Tmall
    has_phone: Bools
    has_email: Bools
    has_card: Bools
    has_wecom: Bools
    marketing: Bools  # consents to marketing when joining
    due_date: Ints  # day on which a child is expected, NEVER where none is
    mailbox_of: Ints  # whose e-mail address one gives: one's own, or that of one's family

    def __len__(self) -> int:
        return len(self.name)

    def user_id(self, person: int) -> str:
        return f"u{self.seed}-{person + 1:06d}"

    def device(self, person: int) -> str:
        return f"d{self.seed}-{(person * 2654435761 + self.seed) % 2**32:08x}"

    def phone(self, person: int) -> str:
        """Eight digits behind the prefix, spread over the range, different for every person below a million."""
        return f"{PHONE_PREFIX}{(self.seed * 1_000_003 + person * 387_420_489) % 10**8:08d}"

    def email(self, person: int) -> str:
        return f"customer{int(self.mailbox_of[person]) + 1:06d}.s{self.seed}@mail.example"

    def card(self, person: int) -> str:
        return f"TY{self.seed % 100:02d}{person + 1:07d}"

    def counter_id(self, person: int) -> str:
        """The customer number of the till, which knows nothing of the app's."""
        return f"pos{self.seed}-{(person * 48_271 + 11) % 2**31:010d}"

    def external_userid(self, person: int) -> str:
        return f"wmRehearsal{self.seed:04d}{person + 1:08d}"


def generator(seed: int, purpose: int, *more: int) -> np.random.Generator:
    """A stream of chance of its own for each purpose, so that a change in one leaves the others alone."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, purpose, *more])))


def make_population(seed: int, people: int, since: date) -> Population:
    """``people`` in the year that begins at ``since``, and some who come later."""
    count = people + max(1, int(people * FUTURE_SHARE))
    chance = generator(seed, 1)
    female = chance.random(count) < 0.88
    age = _ages(chance, count)
    born = _born(chance, age, since)
    occupation = _occupations(chance, age, female)
    scene, due_date = _scenes(chance, age, female, occupation)
    skin = chance.choice(len(SKINS), count, p=[0.24, 0.24, 0.28, 0.16, 0.08])
    city = chance.choice(len(CITIES), count, p=_shares([weight for _, _, weight, _ in CITIES]))
    origin = chance.choice(len(ORIGINS), count, p=_shares([weight for _, weight, _, _ in ORIGINS]))
    tier = np.array([tier for _, _, _, tier in CITIES])[city]
    wealth = np.exp(chance.normal(0, 0.55, count)) * np.array([1.2, 1.0, 0.85])[tier - 1]
    wealth *= np.where(occupation == 0, 0.7, 1.0)
    wealth *= np.where(chance.random(count) < 0.004, chance.uniform(5, 16, count), 1.0)  # who buys for a whole office
    quality = np.array([quality for _, _, quality, _ in ORIGINS])[origin]
    loyalty = np.clip(chance.beta(2.2, 2.6, count) * quality**0.4, 0, 0.97)
    joined = _joined(chance, people, count, since)
    at_counter = np.array([source == "门店" for source, *_ in ORIGINS])[origin]
    has_phone = at_counter | (chance.random(count) < 0.86)
    has_email = chance.random(count) < 0.38
    on_tmall = np.array([source == "天猫旗舰店" for source, *_ in ORIGINS])[origin]
    return Population(
        seed=seed,
        since=since,
        name=_names(chance, female),
        female=female,
        born=born,
        age=age,
        city=city,
        occupation=occupation,
        skin=skin,
        scene=scene,
        taste=_tastes(chance, female, age, skin, scene),
        level=np.clip(0.22 + 0.28 * np.log1p(wealth) + chance.normal(0, 0.16, count), 0, 1),
        wealth=wealth,
        thrift=np.clip(chance.beta(2.4, 2.0, count) - 0.12 * np.log(wealth), 0.02, 0.98),
        loyalty=loyalty,
        fatigue=np.clip(chance.gamma(2.2, 0.13, count), 0.03, 1.2),
        temper=np.clip(chance.gamma(0.7, 0.004, count), 0, 0.05),
        keenness=chance.gamma(0.75, 0.17, count) + 0.004,
        chronotype=_chronotypes(chance, occupation),
        shift=chance.normal(0, 0.7, count),
        origin=origin,
        campaign=tuple(ORIGINS[o][3][int(pick * len(ORIGINS[o][3]))] for o, pick in _with_chance(chance, origin)),
        staff=tuple(STAFF[int(pick * len(STAFF))] for pick in chance.random(count)),
        joined=joined,
        lapses=_lapses(chance, joined, loyalty, quality),
        shopper=np.where(at_counter, chance.beta(3, 3, count), chance.beta(0.5, 9, count)) * has_phone,
        taobao=np.where(on_tmall, chance.beta(4, 3, count), chance.beta(0.6, 6, count)),
        has_phone=has_phone,
        has_email=has_email,
        has_card=at_counter | (chance.random(count) < 0.42),
        has_wecom=chance.random(count) < 0.63,
        marketing=chance.random(count) < 0.72 + 0.18 * loyalty,
        due_date=due_date,
        mailbox_of=_mailboxes(chance, has_phone & has_email),
    )


def _shares(weights: list[int] | list[float]) -> Floats:
    found = np.array(weights, dtype=np.float64)
    return found / found.sum()


def _with_chance(chance: np.random.Generator, values: Ints) -> list[tuple[int, float]]:
    return list(zip(values.tolist(), chance.random(len(values)).tolist(), strict=True))


def _names(chance: np.random.Generator, female: Bools) -> tuple[str, ...]:
    weights = _shares([1.0 / (rank + 6) for rank in range(len(SURNAMES))])
    surnames = chance.choice(len(SURNAMES), len(female), p=weights).tolist()
    given = chance.random(len(female)).tolist()
    return tuple(
        SURNAMES[surname] + (FEMALE[int(pick * len(FEMALE))] if is_female else MALE[int(pick * len(MALE))])
        for surname, pick, is_female in zip(surnames, given, female.tolist(), strict=True)
    )


def _ages(chance: np.random.Generator, count: int) -> Ints:
    """About thirty; one in a hundred is still a minor, whom no marketing may reach."""
    grown = np.clip(np.round(chance.gamma(9.0, 3.3, count)), 18, 68)
    return np.where(chance.random(count) < 0.01, chance.integers(15, 18, count), grown).astype(np.int64)


def _born(chance: np.random.Generator, age: Ints, since: date) -> tuple[date, ...]:
    days = chance.integers(0, 365, len(age)).tolist()
    return tuple(
        since - timedelta(days=int(years * 365.2425) + offset) for years, offset in zip(age.tolist(), days, strict=True)
    )


def _occupations(chance: np.random.Generator, age: Ints, female: Bools) -> Ints:
    """Students are young, the retired are old, mothers at home are women of 24 to 42."""
    #                 学生  上班  宝妈  教师  医护  公务  个体  自由  退休
    usual = np.array([0.02, 0.46, 0.12, 0.09, 0.08, 0.07, 0.09, 0.07, 0.00])
    weights = np.tile(usual, (len(age), 1))
    weights[:, 0] = np.where(age <= 22, 3.0, np.where(age <= 25, 0.25, 0.0))
    weights[:, 2] *= female & (age >= 24) & (age <= 42)
    weights[:, 8] = np.where(age >= 55, 1.5, 0.0)
    weights[age <= 17, 1:] = 0.0
    return pick(chance, weights)


def _scenes(chance: np.random.Generator, age: Ints, female: Bools, occupation: Ints) -> tuple[Ints, Ints]:
    weights = np.zeros((len(age), len(SCENES)))
    weights[:, 1] = 1.0
    weights[:, 5] = 0.5
    weights[:, 0] = np.where(occupation == 0, 9.0, 0.0)
    mother = female & (age >= 23) & (age <= 40)
    weights[:, 2] = np.where(mother, 0.08, 0.0)
    weights[:, 3] = np.where(mother, 0.10, 0.0)
    weights[:, 4] = np.where(age < 24, 0.0, np.where(occupation == 2, 4.0, 0.35))
    scene = pick(chance, weights)
    due = np.where(scene == 3, chance.integers(-30, HISTORY_DAYS + 150, len(age)), NEVER)
    return scene, due


def _tastes(chance: np.random.Generator, female: Bools, age: Ints, skin: Ints, scene: Ints) -> Floats:
    """What one is drawn to: a draw of one's own around what one's kind is drawn to. Mean 1 per row."""
    #       面膜 洁面 水乳 精华 防晒 口红 底妆 眼妆 卸妆 身体 香水 礼盒
    base = np.array([1.5, 1.0, 1.2, 1.1, 1.0, 1.2, 0.9, 0.7, 0.6, 0.8, 0.4, 0.3])
    kind = np.tile(base, (len(age), 1))

    def favour(who: Bools, **factors: float) -> None:
        for category, factor in factors.items():
            kind[who, CATEGORIES.index(category)] *= factor

    favour(~female, 洁面=2.6, 水乳=1.4, 口红=0.25, 底妆=0.2, 眼妆=0.1, 礼盒=3.5, 香水=1.6, 卸妆=0.2)
    favour(age < 24, 口红=1.5, 眼妆=1.8, 面膜=1.2, 精华=0.6, 洁面=1.2)
    favour(age >= 35, 精华=2.0, 水乳=1.4, 眼妆=0.5, 口红=0.8)
    favour(skin == 0, 水乳=1.5, 面膜=1.4)
    favour(skin == 1, 洁面=1.7, 底妆=1.2)
    favour(skin == 3, 精华=1.3, 防晒=1.4, 香水=0.4)
    favour((scene == 3) | (scene == 2), 口红=0.2, 眼妆=0.2, 香水=0.1, 身体护理=3.0, 防晒=1.4)
    favour(scene == 4, 身体护理=1.8, 防晒=1.5)
    own = chance.gamma(1.1, 1.0, kind.shape)
    taste = kind * own + 0.03
    return taste / taste.mean(axis=1, keepdims=True)


def _chronotypes(chance: np.random.Generator, occupation: Ints) -> Ints:
    by_occupation = np.array(
        [
            [0.10, 0.55, 0.05, 0.29, 0.01],
            [0.72, 0.04, 0.03, 0.16, 0.05],
            [0.08, 0.02, 0.66, 0.14, 0.10],
            [0.60, 0.10, 0.10, 0.08, 0.12],
            [0.40, 0.05, 0.15, 0.35, 0.05],
            [0.70, 0.02, 0.08, 0.08, 0.12],
            [0.20, 0.10, 0.40, 0.20, 0.10],
            [0.10, 0.20, 0.25, 0.43, 0.02],
            [0.05, 0.00, 0.35, 0.02, 0.58],
        ]
    )
    return pick(chance, by_occupation[occupation])


def _joined(chance: np.random.Generator, people: int, count: int, since: date) -> Ints:
    """Old customers, those of the year (more on live-stream days and festivals, rising), those still to come."""
    joined = np.empty(count, dtype=np.int64)
    old = int(people * OLD_SHARE)
    joined[:old] = -1 - np.round(chance.uniform(0, 1, old) ** 1.4 * 700).astype(np.int64)
    days = np.arange(HISTORY_DAYS)
    weights = np.array([acquisition(since + timedelta(days=int(day))) for day in days]) * (1 + 0.5 * days / 365)
    weights *= np.where(
        chance.random(HISTORY_DAYS) < 0.06, chance.uniform(2, 5, HISTORY_DAYS), 1.0
    )  # a post that flies
    joined[old:people] = chance.choice(days, people - old, p=weights / weights.sum())
    joined[people:] = HISTORY_DAYS + chance.integers(0, FUTURE_DAYS, count - people)
    return joined


def _lapses(chance: np.random.Generator, joined: Ints, loyalty: Floats, quality: Floats) -> Ints:
    """Half never take root; the others stay the longer, the more loyal. Old customers are those who stayed so far
    (nearly: some of them left, and are there to be woken)."""
    shallow = chance.random(len(joined)) < np.clip(0.56 / quality, 0.1, 0.8)
    stay = np.where(
        shallow,
        chance.exponential(4.0, len(joined)),
        30 + chance.exponential(1.0, len(joined)) * (60 + 900 * loyalty**2) * quality,
    )
    left = joined + np.round(stay).astype(np.int64)
    stayed_on = (joined < 0) & (left < 0) & (chance.random(len(joined)) < 0.8)
    return np.where(stayed_on, np.round(stay).astype(np.int64), left)


def _mailboxes(chance: np.random.Generator, reachable: Bools) -> Ints:
    """A few give the address of somebody else who is a customer too, with another phone: a conflict to settle."""
    own = np.arange(len(reachable))
    (candidates,) = np.nonzero(reachable)
    pairs = len(candidates) // 160
    drawn = chance.permutation(candidates)[: 2 * pairs]
    own[drawn[: len(drawn) // 2]] = drawn[len(drawn) // 2 : 2 * (len(drawn) // 2)]
    return own


def pick(chance: np.random.Generator, weights: Floats) -> Ints:
    """One column per row, by the row's weights."""
    edges = np.cumsum(weights, axis=1)
    drawn = chance.random(len(weights)) * edges[:, -1]
    return (drawn[:, None] >= edges).sum(axis=1)
