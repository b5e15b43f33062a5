"""Content links: chains of whoever passed it on, honest seconds, and nobody followed who objects."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from siyu.content.links import keeping, opening, reading
from siyu.content.links.model import SECONDS_MAX, Draft, Named, believed, mark_of, read
from siyu.jobs.turns import run_until_empty
from siyu.people import actions
from siyu.people.drain import Drain
from siyu.storage import BadInput, Conflict, ManualClock, Stores
from tests.examples import examples
from tests.people.calls import drained, track

KEY = b"k" * 32


@examples(200)
@given(st.integers(0, 2**63), st.integers(0, 45), st.sampled_from("ABCxyz019-_=% "))
def test_a_changed_mark_is_no_mark(hop: int, place: int, letter: str) -> None:
    mark = mark_of(KEY, Named(3, hop, 7, 11))
    assert read(KEY, mark) == Named(3, hop, 7, 11)
    changed = mark[:place] + letter + mark[place + 1 :]
    assert changed == mark or read(KEY, changed) is None
    assert read(KEY, mark + letter) is None


@given(st.integers(-10, 10**9), st.integers(0, 10**6))
def test_no_more_is_believed_than_passed_and_than_anybody_reads(seconds: int, passed: int) -> None:
    kept = believed(seconds, passed)
    assert 0 <= kept <= min(SECONDS_MAX, passed + 5)
    assert kept <= max(0, seconds)


def people(stores: Stores, many: int) -> None:
    drained(stores, *(track(f"u{number}", "page_viewed") for number in range(many)))


def a_link(stores: Stores) -> int:
    return keeping.add_link(stores, "staff:1", Draft("换季", "先清洁", tags=["敏感肌"])).id


def told(stores: Stores) -> list[tuple[str, int]]:
    run_until_empty(Drain(stores).step)
    rows = stores.events.rows("SELECT name, person FROM events WHERE name LIKE 'content%' ORDER BY time, name, person")
    return [(str(row[0]), int(row[1])) for row in rows]


def test_who_has_it_from_whom_is_a_tree_whatever_they_pass_on(each_stores: Stores) -> None:
    stores = each_stores
    people(stores, 30)
    link = a_link(stores)
    dice = random.Random(4)
    hops = {1: opening.opened(stores, Named(link, 0, 1, 9), 1)}
    above: dict[int, int | None] = {1: None}
    for person in range(2, 31):
        giver = dice.choice(sorted(hops))
        named = keeping.named(stores, hops[giver].path.removeprefix(keeping.PATH))
        assert named is not None
        hops[person] = opening.opened(stores, named, person)
        above[person] = giver
        opening.opened(stores, Named(link, hops[1].id), person)  # opens another's too: the first is where it came from
    readers = reading.readers_of(stores, link)
    by_hop = {each.hop: each.person for each in readers}
    assert {each.person: None if each.parent is None else by_hop[each.parent] for each in readers} == above
    tree = reading.tree_of(readers)
    assert len(tree) == 30
    assert all(depth == each.depth for depth, each in tree)
    events = told(stores)
    assert sorted(who for name, who in events if name == "content_forwarded") == sorted(g for g in above.values() if g)
    figures = reading.figures_of(stores, [link])[link]
    assert (figures.opened, figures.forwarded) == (30, 29)


def test_somebody_elses_personal_link_comes_from_them_though_they_never_opened_it(stores: Stores) -> None:
    people(stores, 2)
    link = a_link(stores)
    opening.opened(stores, Named(link, 0, 1, 9), 2)
    (giver, reader) = reading.readers_of(stores, link)
    assert (giver.person, giver.at, reader.person, reader.parent) == (1, None, 2, giver.hop)
    assert reading.figures_of(stores, [link])[link].opened == 1


def test_reading_never_becomes_less_and_counts_once_a_showing(each_stores: Stores) -> None:
    stores = each_stores
    people(stores, 1)
    link = a_link(stores)
    opening.opened(stores, Named(link), 1)
    assert isinstance(stores.clock, ManualClock)
    assert opening.seen(stores, Named(link), 1, "k1", 900, 20) == 5, "no more than passed"
    stores.clock.advance(timedelta(minutes=2))
    assert opening.seen(stores, Named(link), 1, "k1", 70, 80) == 70
    assert opening.seen(stores, Named(link), 1, "k1", 10, 30) == 70
    assert opening.seen(stores, Named(link), 1, "k2", 20, 10) == 20
    figures = reading.figures_of(stores, [link])[link]
    assert (figures.seconds, figures.far) == (90, 80)
    run_until_empty(Drain(stores).step)
    rows = stores.events.rows(
        "SELECT properties.seconds.:Int64, properties.tags.:`Array(Nullable(String))` FROM events "
        "WHERE name = 'content_read' ORDER BY 1"
    )
    assert [int(row[0]) for row in rows] == [3, 3, 15, 15, 60]
    assert rows[0][1] == ["敏感肌"]


def test_likes_count_once_and_comments_each(stores: Stores) -> None:
    people(stores, 1)
    link = a_link(stores)
    opening.opened(stores, Named(link), 1)
    for once in ("a", "b"):
        opening.did(stores, Named(link), 1, "liked", once)
        opening.did(stores, Named(link), 1, "commented", once, "好")
    names = [name for name, _ in told(stores)]
    assert (names.count("content_liked"), names.count("content_commented")) == (1, 2)


def test_who_objects_is_known_by_device_and_by_mark(stores: Stores) -> None:
    people(stores, 2)
    assert not opening.objected(stores, "d1", 1)
    opening.object_to(stores, "d1")
    opening.object_to(stores, "d1")
    assert opening.objected(stores, "d1", None)
    actions.set_profile(stores, "staff:1", 2, {"no_profiling": True})
    assert opening.objected(stores, "d2", 2)


def test_a_link_that_is_off_cannot_be_opened(stores: Stores) -> None:
    people(stores, 1)
    link = a_link(stores)
    keeping.set_stage(stores, link, "off")
    with pytest.raises(Conflict):
        opening.opened(stores, Named(link), 1)
    assert told(stores) == []


def test_a_task_is_given_once_until_somebody_was_told(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    people(stores, 1)
    link = keeping.add_link(stores, "staff:1", Draft("换季", "x", alert=True)).id
    answers, asked = [False, True], list[int]()

    def tell(conn: sa.Connection, now: object, node: int, told: object) -> bool:
        asked.append(node)
        return answers.pop(0)

    monkeypatch.setattr(opening, "_when_opened", [tell])
    for _ in range(4):
        opening.opened(stores, Named(link), 1)
    assert asked == [1, 1]


@pytest.mark.parametrize(
    "draft", [Draft(""), Draft("x"), Draft("x", url="javascript:1"), Draft("x", "y", tags=["t" * 31])]
)
def test_what_is_wrong_is_refused(stores: Stores, draft: Draft) -> None:
    with pytest.raises(BadInput):
        keeping.add_link(stores, "staff:1", draft)
