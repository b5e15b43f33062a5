"""What campaigns did, and which mechanic works for whom: every figure against a slow reading of the same rows."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from siyu.experiments.lift import wilson
from siyu.growth.campaigns import results
from siyu.growth.campaigns.by_layer import MEASURES, UNPLACED, Cell, Table, table_of
from siyu.growth.campaigns.figures import Figures, figures_by, jumps_of
from siyu.growth.campaigns.model import Campaign
from siyu.growth.campaigns.outcomes import LEARNED, LEFT, Newcomers, Outcome, Share, Took, judged, outcomes_by
from siyu.growth.campaigns.tables import campaign_visits, contributions, efforts
from siyu.growth.purses.tables import rewards
from siyu.growth.referral.tables import referrals
from siyu.jobs.turns import run_until_empty
from siyu.people import merges
from siyu.people.actions import append_own
from siyu.people.drain import Drain
from siyu.people.projection import project_all
from siyu.people.tables import people
from siyu.storage import BadInput, ManualClock, NotFound, Stores
from siyu.storage.eventlog_schema import NOT_BY_PERSON
from tests.growth.campaigns.playing import started
from tests.growth.referral.test_bringing import some_people

Row = dict[str, Any]
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")


# -- the ledger -------------------------------------------------------------------------------------------------


def a_crowd(stores: Stores, campaign: Campaign, persons: Sequence[int], dice: random.Random) -> None:
    """Efforts, friends, looks, edges and rewards of a campaign, at random."""
    now = stores.clock.now()
    rows: list[Row] = []
    helped: list[Row] = []
    looks: set[tuple[int, str]] = set()
    edges: dict[int, Row] = {}
    first = 1_000 * campaign.id
    for nth, person in enumerate(dice.sample(persons, 12)):
        effort = first + nth
        rows.append(
            {
                "id": effort,
                "slug": f"e{effort}",
                "campaign": campaign.id,
                "person": person,
                "nth": 1,
                "once": f"o{effort}",
                "state": {},
                "have": 0,
                "need": dice.randint(1, 4),
                "stage": dice.choice(["open", "done", "expired"]),
                "short": ["r1"] if dice.random() < 0.2 else [],
                "opened": now + dice.randint(0, 50) * HOUR,
            }
        )
        looks |= {(0, f"d{person}")} | {(effort, f"d{dice.choice(persons)}") for _ in range(dice.randint(0, 4))}
        for friend in dice.sample(persons, dice.randint(0, 5)):
            stage = dice.choice(["counted", "counted", "counted", "waits", "refused"])
            new = stage == "counted" and friend != person and dice.random() < 0.7
            at = rows[-1]["opened"] + dice.randint(1, 90) * HOUR
            helped.append(
                {
                    "effort": effort,
                    "campaign": campaign.id,
                    "person": friend,
                    "kind": "help",
                    "turn": "",
                    "data": {},
                    "at": at,
                    "stage": stage,
                    "new_person": new,
                    "once": f"c{effort}-{friend}",
                    "settled": at + dice.randint(0, 9) * HOUR if stage == "counted" and dice.random() < 0.5 else None,
                }
            )
            if new and dice.random() < 0.9:
                edges.setdefault(
                    friend,
                    {"person": friend, "inviter": person, "at": at, "campaign": campaign.slug}
                    | {"source": "campaign", "by": "system"},
                )
    seen = [
        {"campaign": campaign.id, "effort": effort, "device": device, "at": now, "own": dice.random() < 0.2}
        for effort, device in sorted(looks)
    ]
    given = [
        {"key": f"{campaign.id}:{nth}", "purse": purse, "person": persons[0], "campaign": campaign.slug, "kind": "x"}
        | {"amount": dice.randint(1, 900), "title": "", "stage": stage, "at": now, "changed": now}
        for nth, stage in enumerate(["held", "granted", "paid", "dropped", "taken_back"])
        for purse in [dice.choice(list(campaign.purses.values()))]
    ]
    with stores.ledger.write() as conn:
        known = set(conn.execute(sa.select(referrals.c.person)).scalars())
        for table, some in ((efforts, rows), (contributions, helped), (campaign_visits, seen), (rewards, given)):
            conn.execute(sa.insert(table), some)
        conn.execute(sa.insert(referrals), [row for person, row in edges.items() if person not in known])


def everything(stores: Stores, table: sa.Table) -> list[Any]:
    with stores.ledger.read() as conn:
        return list(conn.execute(sa.select(table)))


def slowly(stores: Stores, campaign: Campaign) -> Figures:
    """The same, row by row."""
    mine = {row.id: row for row in everything(stores, efforts) if row.campaign == campaign.id}
    helped = [row for row in everything(stores, contributions) if row.campaign == campaign.id]
    friends = [row for row in helped if row.person != mine[row.effort].person]
    new = [row for row in friends if row.stage == "counted" and row.new_person]
    looks = [row for row in everything(stores, campaign_visits) if row.campaign == campaign.id]
    theirs = [row for row in looks if row.effort and not row.own]
    steps = {
        "came": len({row.device for row in looks if not row.effort}),
        "starters": len({row.person for row in mine.values()}),
        "friends": len({row.device for row in theirs}),
        "acted": len({row.person for row in friends if row.stage != "refused"}),
        "counted": len({row.person for row in friends if row.stage == "counted"}),
        "new": len({row.person for row in new}),
    }
    took = [((row.settled or row.at) - mine[row.effort].opened).total_seconds() / 3600 for row in new]
    granted: dict[str, int] = {}
    currencies = {number: currency for currency, number in campaign.purses.items()}
    for row in everything(stores, rewards):
        if row.campaign == campaign.slug and row.stage in ("held", "granted", "paid"):
            granted[currencies[row.purse]] = granted.get(currencies[row.purse], 0) + row.amount
    return Figures(
        steps,
        {
            stage: many
            for stage in ("open", "done", "expired")
            if (many := sum(r.stage == stage for r in mine.values()))
        },
        {stage: many for stage in ("waits", "counted", "refused") if (many := sum(r.stage == stage for r in helped))},
        sum(bool(row.short) for row in mine.values()),
        granted,
        looked=len({row.device for row in looks}),
        invitations=len(theirs),
        inviters=len({mine[row.effort].person for row in new}),
        need=sum(row.need for row in mine.values()) / len(mine),
        cycle_hours=median(took) if took else None,
        generations=generations(stores, campaign, {row.person for row in new}),
    )


def generations(stores: Stores, campaign: Campaign, new: set[int]) -> tuple[int, ...]:
    kept = {row.person: row.kept for row in everything(stores, people)}
    facts = sorted(everything(stores, referrals), key=lambda row: (row.at, row.person))
    above: dict[int, int] = {}
    for row in facts:
        if row.campaign == campaign.slug and row.person in new:
            above.setdefault(kept[row.person], kept[row.inviter])
    depths: dict[int, int] = {}
    for person in above:
        steps, at, walked = 0, person, set[int]()
        while at in above and at not in walked:
            walked.add(at)
            steps, at = steps + 1, above[at]
        if at not in above:
            depths[steps] = depths.get(steps, 0) + 1
    return tuple(depths[level] for level in sorted(depths))


def test_every_figure_is_what_a_slow_reading_says(each_stores: Stores) -> None:
    stores = each_stores
    dice = random.Random(20261123)
    persons = some_people(stores, 60)
    found = [started(stores, mechanic) for mechanic in ("help", "invite", "help")]
    for campaign in found:
        a_crowd(stores, campaign, persons, dice)
    for one, other in ((3, 9), (4, 30), (31, 50), (9, 12)):
        merges.merge(stores, "staff:1", persons[one], persons[other])
    told = figures_by(stores, found)
    for campaign in found:
        slow = slowly(stores, campaign)
        assert told[campaign.id] == pytest_near(slow, told[campaign.id]), campaign.id
        assert len(slow.generations) > 1, "the world has depth"
    k = told[found[0].id]
    assert k.invitations_each is not None
    assert k.conversion is not None
    assert k.k == pytest.approx(k.invitations_each * k.conversion)
    assert k.steepest in ("starters", "friends", "acted", "counted")


def pytest_near(slow: Figures, fast: Figures) -> Figures:
    """The slow one, with a time that is as good as equal taken over."""
    assert fast.cycle_hours == pytest.approx(slow.cycle_hours)
    values = {name: getattr(slow, name) for name in Figures.__dataclass_fields__}
    return Figures(**values | {"cycle_hours": fast.cycle_hours})


def test_nobody_is_lost_on_a_page_that_people_went_round() -> None:
    steps = {"came": 0, "starters": 14, "friends": 3, "acted": 20, "counted": 12, "new": 4}
    told = Figures(steps, {}, {}, 0, {})
    assert (told.steepest, told.elsewhere) == ("counted", True)
    by_pages = Figures(steps | {"came": 40, "friends": 20}, {}, {}, 0, {})
    assert (by_pages.steepest, by_pages.elsewhere) == ("starters", False)


def test_a_campaign_that_nobody_saw_divides_by_nobody(stores: Stores) -> None:
    campaign = started(stores)
    found = figures_by(stores, [campaign])[campaign.id]
    assert (found.k, found.conversion, found.invitations_each, found.cycle_hours) == (None, None, None, None)
    assert (found.generations, found.steepest, found.need) == ((), "", None)
    told = results.figures_told(stores, campaign.id)
    assert told.judged.share.value is None
    assert told.newcomers.back_7.few
    assert told.worth == {"goods": 1} or sum(told.worth.values()) > 0


def test_a_longer_way_is_more_jumps(stores: Stores) -> None:
    tap = started(stores)
    add = started(stores, ask="add", door="https://shop.example.com/add")
    assert (jumps_of(tap), jumps_of(add)) == (4, 5)


# -- the event log ----------------------------------------------------------------------------------------------


class History:
    """Events of people, as they are told to the log and as they are read slowly."""

    def __init__(self, stores: Stores) -> None:
        self.stores = stores
        self.rows: list[Row] = []

    def add(self, person: int, name: str, at: datetime, **properties: Any) -> None:
        row = {"message_id": f"m{len(self.rows)}", "time": at, "name": name, "person": person}
        self.rows.append({**row, "properties": properties})

    def tell(self) -> None:
        with self.stores.ledger.write() as conn:
            append_own(conn, self.rows)
        run_until_empty(Drain(self.stores).step)
        project_all(self.stores)
        kept = {row.person: row.kept for row in everything(self.stores, people)}
        for row in self.rows:
            row["person"] = kept[row["person"]]
            if "inviter" in row["properties"]:
                row["properties"]["inviter"] = kept[row["properties"]["inviter"]]

    def of(self, person: int, *names: str) -> Iterator[Row]:
        return (row for row in self.rows if row["person"] == person and (not names or row["name"] in names))


@pytest.fixture
def history(stores: Stores) -> History:
    return History(stores)


def a_year(history: History, found: Sequence[Campaign], persons: Sequence[int], dice: random.Random) -> None:
    """What people did in a year of campaigns, at random."""
    end = history.stores.clock.now()
    names = ("page_viewed", "order_paid", "tag_added", "friend_lost", "friend_added", "lead_received")
    for person in persons:
        for _ in range(dice.randint(0, 12)):
            history.add(person, dice.choice(names), end - dice.randint(0, 200_000) * timedelta(minutes=1))
        for campaign in dice.sample(list(found), dice.randint(0, 2)):
            at = end - dice.randint(0, 100_000) * timedelta(minutes=1)
            told = {"campaign": campaign.slug, "mechanic": campaign.mechanic, "effort": person}
            history.add(person, dice.choice(["effort_opened", "effort_opened", "effort_helped"]), at, **told)
            if dice.random() < 0.4:
                history.add(person, dice.choice(["order_paid", "tag_added"]), at + dice.randint(0, 200) * HOUR)
            if dice.random() < 0.5:
                history.add(person, "effort_done", at + dice.randint(0, 300) * HOUR, **told)
        if dice.random() < 0.5:
            by = {"inviter": dice.choice(persons), "campaign": dice.choice(list(found)).slug}
            history.add(person, "brought", end - dice.randint(0, 100_000) * timedelta(minutes=1), **by)
        for _ in range(dice.randint(0, 3)):
            places = [dice.choice(["prospect", "new", "active", "", "no_longer"]) for _ in range(2)]
            moved = {"scheme": dice.choice(["lifecycle", "lifecycle", "spending"]), "from": places[0], "to": places[1]}
            history.add(person, "layer_changed", end - dice.randint(0, 100_000) * timedelta(minutes=1), **moved)


@pytest.fixture
def world(stores: Stores, history: History) -> tuple[History, list[Campaign], list[int]]:
    """A year of three campaigns, with people who turned out to be one."""
    assert isinstance(stores.clock, ManualClock)
    dice = random.Random(14)
    persons = some_people(stores, 80)
    found = [started(stores, mechanic) for mechanic in ("help", "invite", "help")]
    stores.clock.advance(300 * DAY)
    for one, other in ((3, 9), (4, 30), (31, 50)):
        merges.merge(stores, "staff:1", persons[one], persons[other])
    a_year(history, found, persons, dice)
    history.tell()
    return history, found, persons


def day_of(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()


def slow_outcome(history: History, campaign: Campaign) -> Outcome:
    week = 7 * DAY
    took: dict[int, datetime] = {}
    came: dict[int, tuple[datetime, str]] = {}
    for row in sorted(history.rows, key=lambda row: (row["time"], row["message_id"])):
        if row["name"] in ("effort_opened", "effort_helped") and row["properties"]["campaign"] == campaign.slug:
            took.setdefault(row["person"], row["time"])
        if row["name"] == "brought":
            came.setdefault(row["person"], (row["time"], row["properties"]["campaign"]))
    active = [row for row in history.rows if row["name"] not in NOT_BY_PERSON]

    def within(person: int, since: datetime, *names: str) -> bool:
        return any(since <= row["time"] < since + week for row in history.of(person, *names))

    def slept(person: int, since: datetime) -> bool:
        before = [row["time"] for row in active if row["person"] == person and row["time"] < since]
        return bool(before) and max(before) < since - 30 * DAY

    mine = {person: at for person, (at, slug) in came.items() if slug == campaign.slug}
    ages = {person: (day_of(history.stores.clock.now()) - day_of(at)).days for person, at in mine.items()}

    def back(days: int) -> int:
        return sum(
            ages[person] > days
            and any(1 <= (day_of(row["time"]) - day_of(at)).days <= days for row in active if row["person"] == person)
            for person, at in mine.items()
        )

    def since(*names: str) -> int:
        return sum(any(row["time"] >= at for row in history.of(person, *names)) for person, at in mine.items())

    return Outcome(
        Took(
            len(took),
            sum(within(person, at, "order_paid") for person, at in took.items()),
            sum(slept(person, at) for person, at in took.items()) if campaign.purpose == "wake" else None,
            sum(within(person, at, *LEARNED) for person, at in took.items()),
        ),
        Newcomers(
            len(mine),
            *(sum(age > 7 for age in ages.values()), back(7), sum(age > 30 for age in ages.values()), back(30)),
            *(since("order_paid"), 0, since(*LEFT)),
        ),
    )


def test_what_became_of_people_is_what_a_slow_reading_says(world: tuple[History, list[Campaign], list[int]]) -> None:
    history, found, _ = world
    told = outcomes_by(history.stores, found)
    for campaign in found:
        assert told[campaign.id] == slow_outcome(history, campaign)
        assert min(told[campaign.id].took.ordered, told[campaign.id].newcomers.back_7) > 0, (
            "the world has what is asked"
        )


def slow_cells(history: History, found: Sequence[Campaign], first: datetime, last: datetime) -> dict[Any, Cell]:
    mechanics = {campaign.slug: campaign.mechanic for campaign in found}
    starts: dict[tuple[int, str], datetime] = {}
    for row in sorted(history.rows, key=lambda row: row["time"]):
        if row["name"] == "effort_opened" and first <= row["time"] < last:
            starts.setdefault((row["person"], row["properties"]["mechanic"]), row["time"])
    cells: dict[Any, Cell] = {}
    for (person, mechanic), since in starts.items():
        moves = [row for row in history.of(person, "layer_changed") if row["properties"]["scheme"] == "lifecycle"]
        before = [row for row in moves if row["time"] <= since]
        after = [row for row in moves if row["time"] > since]
        layer = ""
        if before:
            layer = max(before, key=lambda row: row["time"])["properties"]["to"]
        elif after:
            layer = min(after, key=lambda row: row["time"])["properties"]["from"]
        brought = sum(
            row["name"] == "brought"
            and row["properties"]["inviter"] == person
            and mechanics[row["properties"]["campaign"]] == mechanic
            and since <= row["time"] < since + 7 * DAY
            for row in history.rows
        )

        def did(name: str, fits: Callable[[Row], bool], *, since: datetime = since, person: int = person) -> bool:
            return any(since <= row["time"] < since + 7 * DAY and fits(row) for row in history.of(person, name))

        reached = did("effort_done", lambda row, mechanic=mechanic: row["properties"]["mechanic"] == mechanic)
        key = (UNPLACED if layer in ("", "no_longer") else layer, mechanic)
        old = cells.get(key, Cell())
        cells[key] = Cell(
            old.people + 1,
            old.brought + (brought > 0),
            old.reached + reached,
            old.ordered + did("order_paid", lambda _: True),
            old.newcomers + brought,
        )
    return cells


def test_who_started_is_counted_in_the_layer_they_were_in_then(
    world: tuple[History, list[Campaign], list[int]],
) -> None:
    history, found, _ = world
    table = table_of(history.stores)
    first = datetime.combine(table.first, datetime.min.time(), SHANGHAI)
    last = min(datetime.combine(table.last + DAY, datetime.min.time(), SHANGHAI), history.stores.clock.now() - 7 * DAY)
    assert table.cells == slow_cells(history, found, first, last)
    assert {key for key, _ in table.cells} >= {"prospect", "new", "active", UNPLACED}
    assert [key for key, _ in table.layers][-1] == UNPLACED
    assert sum(cell.ordered + cell.reached for cell in table.cells.values()) > 0


def a_table(**cells: tuple[int, int]) -> Table:
    """One layer; mechanic → (brought, people)."""
    scheme: Any = None
    kept = {("new", name): Cell(people, brought) for name, (brought, people) in cells.items()}
    return Table(date(2026, 1, 1), date(2026, 2, 1), scheme, [("new", ("新客", "New"))], list(cells), kept)


@pytest.mark.parametrize(
    ("cells", "zh", "sure"),
    [
        ({}, "这一层还没有人发起过。", False),
        ({"help": (9, 29)}, "人太少（最多的玩法 29 人，满 30 人才比），先不下结论。", False),
        ({"help": (10, 100), "free": (5, 5)}, "只有“助力解锁”人数够：带来新客户 10.0%，还没有可比的玩法。", False),
        ({"help": (12, 100), "free": (10, 100)}, "“助力解锁”暂时领先：带来新客户 12.0%，但差别可能只是偶然。", False),
        ({"help": (50, 100), "free": (9, 99)}, "“助力解锁”最好：带来新客户 50.0%，与其他 1 种玩法差别明显。", True),
    ],
)
def test_few_people_and_chance_are_said_in_words(cells: dict[str, tuple[int, int]], zh: str, sure: bool) -> None:
    table = a_table(**cells)
    said = results.said(table, "new", "brought")
    assert said[0] == zh
    assert said[1].isascii() or "“" in said[1]
    assert table.best("new", "brought").sure is sure


def test_of_more_mechanics_more_is_asked_before_one_is_called_best() -> None:
    """As strict as so many looks need: what would do between two does not among six."""
    two = a_table(help=(26, 100), invite=(40, 100))
    many = a_table(help=(26, 100), invite=(40, 100), **{f"m{nth}": (26, 100) for nth in range(6)})
    assert (two.best("new", "brought").sure, many.best("new", "brought").sure) == (True, False)


def test_a_share_has_an_interval_and_few_people_are_marked() -> None:
    share = Share(3, 29)
    assert (share.few, share.interval) == (True, wilson(3, 29))
    assert (Share(0, 0).value, Share(0, 0).interval, Share(3, 30).few) == (None, None, False)
    assert Share(7, 5).interval is not None, "more new people than took part"


@pytest.mark.parametrize("purpose", ["order", "join", "take_part", "wake", "learn"])
def test_a_campaign_is_judged_by_its_purpose(stores: Stores, purpose: str) -> None:
    campaign = started(stores, purpose=purpose)
    steps = dict.fromkeys(("came", "starters", "friends", "acted", "counted"), 0) | {"new": 4}
    figures = Figures(steps, {}, {}, 0, {}, looked=200)
    found = judged(campaign, figures, Outcome(Took(100, 11, 22, 33), Newcomers()))
    parts = {"order": (11, 100), "join": (4, 100), "take_part": (100, 200), "wake": (22, 100), "learn": (33, 100)}
    assert (found.part, found.whole) == parts[purpose]


def test_strange_questions_are_sentences(stores: Stores) -> None:
    with pytest.raises(NotFound):
        table_of(stores, "no_such_scheme")
    for first, last in ((date.min, None), (None, date.min), (date(2026, 2, 1), date(2026, 1, 1)), (None, date.max)):
        with pytest.raises(BadInput):
            table_of(stores, "lifecycle", first, last)
    assert table_of(stores).cells == {}
    assert set(MEASURES) == {"brought", "reached", "ordered"}
