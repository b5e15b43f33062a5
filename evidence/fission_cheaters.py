"""Campaigns of which one player in twenty cheats: most cheaters are caught, and hardly anybody honest is held.

The players of ``rehearsal/players.py`` act for three days as the public page has them act, through the limits; rewards
wait two days, and the job that scores runs every four hours. Caught is who passed a limit or whose rewards wait for
review in the end; wrongly held is any honest person of whom the same is true. The points of the score were set on
worlds of :data:`TUNED_ON`; judged is each world of :data:`JUDGED_ON`, on which nothing was set, the worst as well.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby

import msgspec
import sqlalchemy as sa

from evidence.harness import Evidence, Scale, Value, at_least, at_most, equal, fresh_home
from rehearsal.players import DAYS, OPEN, WAYS, WHOLE_DAY, Act, Game, World, world_of
from siyu.app import load_rooms, open_home
from siyu.growth.campaigns import acting, clock, keeping
from siyu.growth.campaigns.model import Wish
from siyu.growth.campaigns.tables import contributions
from siyu.growth.cheating import reviewing
from siyu.growth.cheating.scoring import score_campaign
from siyu.growth.cheating.tables import suspicions
from siyu.growth.purses import keeping as purses
from siyu.growth.purses.tables import rewards
from siyu.people.tables import people as people_table
from siyu.settings import Settings
from siyu.storage import ManualClock, Stores, in_chunks

CLAIM = "fission.cheaters"
PEOPLE: Mapping[Scale, int] = {"small": 1_500, "full": 20_000}
"""Of each world."""
DAYS_PLAYED: Mapping[Scale, int] = {"small": 1, "full": DAYS}
TUNED_ON = (1, 2, 3, 20)
JUDGED_ON: Mapping[Scale, Sequence[int]] = {"small": TUNED_ON[1:2], "full": (101, 202, 303, 404, 505)}
"""A small world has a handful of groups who cheat, so that it says whether all works, and no more."""
BEGAN = datetime(2026, 5, 1, 0, 0, tzinfo=UTC)
SLOT_MINUTES: Mapping[Scale, int] = {"small": 30, "full": 10}
"""What happens in one is acted together."""
SCORED_EVERY = 240
WAIT_HOURS = 48
DAYS_AFTER = 3
SCORED_AFTER = 12
GROUP = 256
RULES: Mapping[Game, Mapping[str, object]] = {
    "invite": {
        "rungs": [{"friends": 3, "title": "mask"}, {"friends": 8, "title": "set"}, {"friends": 900, "title": "gift"}],
        "friend_title": "sample",
    },
    "help": {"helpers": 8, "title": "cup", "friend_title": "sample", "hours": 0},
}


@dataclass(frozen=True)
class Found:
    """Of one world. ``caught``: (kind, way) → of so many, so many."""

    seed: int
    players: int
    acts: int
    caught: Mapping[tuple[str, str], tuple[int, int]]
    given: int
    adds_up: bool
    figures: reviewing.Figures

    def share(self, *kinds: str, way: str = "") -> float:
        """Which share of these was caught (held)."""
        some = [pair for (kind, its), pair in self.caught.items() if kind in kinds and way in ("", its)]
        return sum(caught for _, caught in some) / max(1, sum(many for many, _ in some))


def measure(scale: Scale) -> Evidence:
    load_rooms()
    return _evidence(
        [played(PEOPLE[scale], seed, DAYS_PLAYED[scale], SLOT_MINUTES[scale]) for seed in JUDGED_ON[scale]]
    )


def played(people: int, seed: int, days: int, slot: int) -> Found:
    """Play a world in an installation of its own."""
    world = world_of(people, seed, days=days)
    with fresh_home() as home:
        opened = open_home(Settings(home=home))
        moved = ManualClock(BEGAN)
        stores = replace(opened, clock=moved)
        try:
            _people(stores, world, slot)
            campaigns: dict[Game, int] = {game: _campaign(stores, game) for game in RULES}
            _play(stores, moved, world, campaigns, days, slot)
            held = _suspects(stores) | _limited(stores)
            got = _granted(stores)
            figures = reviewing.figures_of(stores)
        finally:
            opened.close()
    took_part = [player for player in world.players if player.number in world.came]
    many = Counter((player.kind, player.way) for player in took_part)
    caught = Counter((player.kind, player.way) for player in took_part if player.number in held)
    given = sum(player.kind != "honest" and player.number in got for player in took_part)
    pairs = {each: (many[each], caught[each]) for each in sorted(many)}
    return Found(seed, len(took_part), len(world.acts), pairs, given, _adds_up(figures), figures)


def _evidence(worlds: Sequence[Found]) -> Evidence:
    caught = {each.seed: each.share(*WAYS) for each in worlds}
    wrongly = {each.seed: each.share("honest") for each in worlds}
    notes: dict[str, Value] = {}
    for kind, ways in WAYS.items():
        notes[f"caught_{kind}_worst"] = round(min(each.share(kind) for each in worlds), 3)
        for way in dict.fromkeys(ways):
            notes[f"caught_{kind}_{way}"] = round(_mean(each.share(kind, way=way) for each in worlds), 3)
    for way in sorted({way for each in worlds for kind, way in each.caught if kind == "honest"}):
        notes[f"held_honest_{way}"] = round(_mean(each.share("honest", way=way) for each in worlds), 4)
    for each in worlds:
        notes[f"seed_{each.seed}_caught"] = round(caught[each.seed], 4)
        notes[f"seed_{each.seed}_wrongly_held"] = round(wrongly[each.seed], 4)
    players = sum(each.players for each in worlds)
    acts = sum(each.acts for each in worlds)
    return Evidence(
        CLAIM,
        f"{len(worlds)} worlds (seeds {', '.join(str(each.seed) for each in worlds)}), {players:,} players, 5% of them "
        f"cheat, {acts:,} acts, SQLite",
        [
            at_least("cheaters_caught_in_the_worst", round(min(caught.values()), 4), 0.8, timed=False),
            at_most("honest_wrongly_held_in_the_worst", round(max(wrongly.values()), 4), 0.01, timed=False),
            equal("held_is_waiting_released_or_saved", all(each.adds_up for each in worlds), True),
        ],
        notes
        | {
            "rewards_held": sum(sum(each.figures.held.values()) for each in worlds),
            "cheaters_who_were_given_something": sum(each.given for each in worlds),
            "acts_over_a_limit": sum(sum(each.figures.refused.values()) for each in worlds),
        },
    )


def _mean(values: Iterable[float]) -> float:
    return statistics.fmean(values)


def _adds_up(figures: reviewing.Figures) -> bool:
    parts = (figures.waits, figures.released, figures.saved)
    return all(units == sum(part.get(key, 0) for part in parts) for key, units in figures.held.items())


def _people(stores: Stores, world: World, slot: int) -> None:
    rows: list[dict[str, object]] = []
    for player in world.players:
        first = world.came.get(player.number)
        came = BEGAN - timedelta(days=90) if player.known or first is None else _at(first, slot)
        number = player.number + 1
        rows.append({"person": number, "kept": number, "created": came, "changed": came, "attributes": {}})
    with stores.ledger.write() as conn:
        for chunk in in_chunks(rows, 1_000):
            conn.execute(sa.insert(people_table), list(chunk))


def _at(minute: int, slot: int) -> datetime:
    return BEGAN + timedelta(minutes=minute - minute % slot)


def _campaign(stores: Stores, game: Game) -> int:
    purse = purses.open_purse(stores, "evidence", game, "pieces", Decimal(1_000_000)).id
    wanted = keeping.Wanted(
        name=game,
        mechanic=game,
        sponsor="evidence",
        text_zh=game,
        rules=dict(RULES[game]),
        purses={"pieces": purse},
        places=["counter"],
        adults=False,
        begins=BEGAN,
        ends=BEGAN + timedelta(days=30),
    )
    campaign = keeping.start(stores, keeping.draft(stores, "evidence", wanted).id).id
    limits = msgspec.structs.replace(reviewing.get_limits(stores, campaign), wait_hours=WAIT_HOURS)
    reviewing.set_limits(stores, "evidence", campaign, limits)
    return campaign


def _play(
    stores: Stores, moved: ManualClock, world: World, campaigns: Mapping[Game, int], days: int, slot: int
) -> None:
    """The days slot by slot, then those until rewards are let go."""
    slugs: dict[int, str] = {}
    told, scored = -1, SCORED_EVERY
    for place, acts in groupby(world.acts, lambda act: act.minute // slot):
        minute = place * slot
        if minute >= scored and minute % WHOLE_DAY < OPEN + 2 * SCORED_EVERY:
            moved.at = BEGAN + timedelta(minutes=minute)
            told = _friends(stores, world, told, minute)
            _score(stores, campaigns)
            scored = minute + SCORED_EVERY
        moved.at = BEGAN + timedelta(minutes=minute)
        _act(stores, world, campaigns, list(acts), slugs)
    for hours in range(24 * days + 1, 24 * (days + DAYS_AFTER) + 1, SCORED_AFTER):
        moved.at = BEGAN + timedelta(hours=hours)
        told = _friends(stores, world, told, hours * 60)
        _score(stores, campaigns)
        while clock.tick(stores):
            pass


def _act(
    stores: Stores, world: World, campaigns: Mapping[Game, int], acts: Sequence[Act], slugs: dict[int, str]
) -> None:
    starts = [act for act in acts if act.actor == act.whose]
    for part in in_chunks(starts, GROUP):
        for act, outcome in zip(
            part, acting.act(stores, [_wish(world, campaigns, act, "") for act in part]), strict=True
        ):
            if outcome.effort is not None:
                slugs[act.actor] = outcome.effort.slug
    helps = [act for act in acts if act.actor != act.whose and act.whose in slugs]
    for part in in_chunks(helps, GROUP):
        acting.act(stores, [_wish(world, campaigns, act, slugs[act.whose]) for act in part])


def _wish(world: World, campaigns: Mapping[Game, int], act: Act, effort: str) -> Wish:
    player = world.players[act.actor]
    once = f"{act.actor}:{act.whose}:{act.game}"
    return Wish(campaigns[act.game], player.number + 1, once, effort, device=player.device, address=player.address)


def _friends(stores: Stores, world: World, after: int, until: int) -> int:
    """What channels told meanwhile: who came was added, some have written, some have left."""
    rows: list[tuple[int, datetime, str]] = []
    for number, came in world.came.items():
        player = world.players[number]
        if not player.known and after < came <= until:
            rows.append((number + 1, BEGAN + timedelta(minutes=came), "friend_added"))
        if not player.known and player.gone is not None and after < player.gone <= until:
            rows.append((number + 1, BEGAN + timedelta(minutes=player.gone), "friend_lost"))
        if player.lives is not None and after < player.lives <= until:
            rows.append((number + 1, BEGAN + timedelta(minutes=player.lives), "customer_wrote"))
    if rows:
        persons, times, names = (list(column) for column in zip(*rows, strict=True))
        many = len(rows)
        stores.events.insert(
            "events",
            {
                "person": persons,
                "time": times,
                "name": names,
                "message_id": [f"{name}-{person}" for person, _, name in rows],
                "received": times,
                "source": ["evidence"] * many,
                "batch": [1] * many,
                "properties": ["{}"] * many,
            },
        )
    return until


def _score(stores: Stores, campaigns: Mapping[Game, int]) -> None:
    for campaign in campaigns.values():
        score_campaign(stores, campaign)


def _suspects(stores: Stores) -> set[int]:
    with stores.ledger.read() as conn:
        query = sa.select(suspicions.c.person).where(suspicions.c.stage == "open")
        return {person - 1 for person in conn.execute(query).scalars()}


def _limited(stores: Stores) -> set[int]:
    with stores.ledger.read() as conn:
        query = sa.select(contributions.c.person).where(contributions.c.why.like("limit_%"))
        return {person - 1 for person in conn.execute(query).scalars()}


def _granted(stores: Stores) -> set[int]:
    with stores.ledger.read() as conn:
        query = sa.select(rewards.c.person).where(rewards.c.stage.in_(("granted", "paid")))
        return {person - 1 for person in conn.execute(query).scalars()}
