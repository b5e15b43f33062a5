"""Who scans a code gets one target for ever, and no cap is passed, on both engines."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from siyu.growth.codes import reading
from siyu.growth.codes.allocator import Allocator, Placed, Scan, place
from siyu.growth.codes.figures import figures_of
from siyu.growth.codes.keeping import CodeDraft, TargetDraft, add_code, end, pause, put_targets, put_to_use
from siyu.growth.codes.model import Kind, Mode, Target
from siyu.growth.codes.tables import code_targets, live_codes
from siyu.growth.period import today
from siyu.growth.ways.tables import wecom_ways
from siyu.jobs.turns import run_until_empty
from siyu.people.actions import append_own
from siyu.people.drain import Drain
from siyu.people.tables import own_events, people
from siyu.staff import actions
from siyu.staff.model import SYSTEM
from siyu.storage import BadInput, Conflict, ManualClock, Stores


def a_code(
    stores: Stores, *targets: TargetDraft, mode: Mode = "turn", kind: Kind = "staff"
) -> tuple[int, list[Target]]:
    code = add_code(stores, "test", CodeDraft("门店", mode=mode, kind=kind)).id
    with stores.ledger.write() as conn:
        conn.execute(sa.update(live_codes).where(live_codes.c.id == code).values(stage="live"))
    return code, put_targets(stores, code, targets)


def to(name: str, **more: Any) -> TargetDraft:
    return TargetDraft(name=name, link=f"https://example.com/{name}", **more)


def somebody(stores: Stores) -> int:
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        made = sa.insert(people).values(kept=0, created=now, changed=now, attributes={}).returning(people.c.person)
        person = conn.execute(made).scalar_one()
        conn.execute(sa.update(people).where(people.c.person == person).values(kept=person))
    return person


def merged(stores: Stores, absorbed: int, kept: int) -> None:
    with stores.ledger.write() as conn:
        conn.execute(sa.update(people).where(people.c.kept == absorbed).values(kept=kept))


def name_of(placed: Placed) -> str:
    return "" if placed.target is None else placed.target.name


def test_a_device_gets_the_same_target_again(each_stores: Stores) -> None:
    code, _ = a_code(each_stores, to("a"), to("b"))
    first, other = place(each_stores, [Scan(code, "one"), Scan(code, "two")])
    (again,) = place(each_stores, [Scan(code, "one")])
    assert [name_of(first), name_of(other), name_of(again)] == ["a", "b", "a"]
    assert (first.new, again.new) == (True, False)


def test_a_person_gets_the_same_target_on_all_their_devices(each_stores: Stores) -> None:
    code, _ = a_code(each_stores, to("a"), to("b"))
    anna = somebody(each_stores)
    found = place(each_stores, [Scan(code, "one", anna), Scan(code, "two", anna)])
    found += place(each_stores, [Scan(code, "two"), Scan(code, "three", anna)])
    assert list(map(name_of, found)) == ["a"] * 4


def test_what_a_device_was_given_stays_once_its_person_is_known(each_stores: Stores) -> None:
    code, _ = a_code(each_stores, to("a"), to("b"))
    anna = somebody(each_stores)
    found = place(each_stores, [Scan(code, "one")])
    found += place(each_stores, [Scan(code, "one", anna)])
    found += place(each_stores, [Scan(code, "two", anna)])
    assert list(map(name_of, found)) == ["a"] * 3


def test_after_a_merge_the_earlier_place_is_theirs(each_stores: Stores) -> None:
    code, _ = a_code(each_stores, to("a"), to("b"))
    anna, ben = somebody(each_stores), somebody(each_stores)
    place(each_stores, [Scan(code, "one", anna)])
    assert isinstance(each_stores.clock, ManualClock)
    each_stores.clock.advance(timedelta(seconds=1))
    place(each_stores, [Scan(code, "two", ben)])
    merged(each_stores, anna, ben)
    found = place(each_stores, [Scan(code, "two", ben), Scan(code, "one"), Scan(code, "three", anna)])
    assert list(map(name_of, found)) == ["a"] * 3


def test_who_comes_when_all_is_full_is_lost_and_counted(each_stores: Stores) -> None:
    code, targets = a_code(each_stores, to("a", seats=2))
    found = place(each_stores, [Scan(code, f"d{number}") for number in range(5)])
    assert Counter(map(name_of, found)) == {"a": 2, "": 3}
    shown = figures_of(each_stores, code, today(each_stores), today(each_stores))
    assert (shown.scans, shown.placed, shown.lost, shown.zombies) == (5, 2, 3, 0)
    with each_stores.ledger.read() as conn:
        assert reading.targets_of(conn, [code])[code][targets[0].id].given == 2


def test_the_store_itself_refuses_a_cap_passed(each_stores: Stores) -> None:
    _, targets = a_code(each_stores, to("a", seats=2))
    raised = sa.update(code_targets).where(code_targets.c.id == targets[0].id).values(given=3)
    with pytest.raises(sa.exc.IntegrityError), each_stores.ledger.write() as conn:
        conn.execute(raised)


def test_scans_of_many_threads_and_two_allocators_pass_no_cap(each_stores: Stores) -> None:
    code, _ = a_code(each_stores, *(to(f"t{number}", seats=7, day_cap=5) for number in range(20)), mode="weight")
    two = [Allocator(each_stores), Allocator(each_stores)]
    scans = [Scan(code, f"d{number % 150}") for number in range(300)]  # everybody twice
    try:
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda pair: two[pair[0] % 2].take(pair[1]).result(60), enumerate(scans)))
    finally:
        for each in two:
            each.close()
    assert max(Counter(name_of(each) for each in found if each.new and each.target).values()) == 5
    by_device: dict[str, set[str]] = {}
    for scan, placed in zip(scans, found, strict=True):
        if placed.target is not None:
            by_device.setdefault(scan.device, set()).add(placed.target.name)
    assert len(by_device) == 100
    assert all(len(names) == 1 for names in by_device.values())


def test_a_scan_of_somebody_known_is_an_event_of_theirs(stores: Stores) -> None:
    code, _ = a_code(stores, to("a"))
    anna = somebody(stores)
    place(stores, [Scan(code, "one", anna), Scan(code, "two")])
    with stores.ledger.read() as conn:
        rows = conn.execute(sa.select(own_events.c.name, own_events.c.person)).all()
    assert [tuple(row) for row in rows] == [("code_scanned", anna)]


def test_who_comes_by_a_code_that_is_not_open_is_told_so_and_not_counted(stores: Stores) -> None:
    code = add_code(stores, "test", CodeDraft("门店")).id
    put_targets(stores, code, [to("a")])
    (draft,) = place(stores, [Scan(code, "one")])
    (nowhere,) = place(stores, [Scan(404, "one")])
    assert (draft.closed, draft.target, nowhere.code) == ("not_begun", None, None)
    assert figures_of(stores, code, today(stores), today(stores)).lines == []


def test_the_city_that_is_known_of_somebody_goes_before_that_of_their_address(stores: Stores) -> None:
    code, _ = a_code(stores, to("south", regions=("广州",)), to("north", regions=("北京",)))
    anna = somebody(stores)
    with stores.ledger.write() as conn:
        conn.execute(sa.update(people).where(people.c.person == anna).values(city="北京市"))
    found = place(stores, [Scan(code, "one", anna, city="广州"), Scan(code, "two", city="广州"), Scan(code, "three")])
    assert list(map(name_of, found)) == ["north", "south", ""]


def test_who_has_to_choose_is_shown_what_is_open(stores: Stores) -> None:
    code, (first, second) = a_code(stores, to("a", seats=1), to("b"), kind="choice")
    (asked,) = place(stores, [Scan(code, "one")])
    place(stores, [Scan(code, "one", choice=first.id)])
    shown, other = place(stores, [Scan(code, "one"), Scan(code, "two")])
    assert [[each.id for each in answer.choices] for answer in (asked, shown, other)] == [
        [first.id, second.id],
        [],
        [second.id],
    ]
    assert name_of(shown) == "a"
    found = figures_of(stores, code, today(stores), today(stores))
    assert (found.scans, found.placed, found.choosing, found.lost) == (1, 1, 2, 0)


def test_who_chooses_a_group_gets_that_one_and_no_second(stores: Stores) -> None:
    code, (first, second) = a_code(stores, to("a"), to("b"), kind="choice")
    found = place(stores, [Scan(code, "one", choice=second.id)])
    found += place(stores, [Scan(code, "one", choice=first.id)])
    assert list(map(name_of, found)) == ["b", "b"]


def test_a_code_is_not_put_to_use_without_owner_welcome_and_target(stores: Stores) -> None:
    owner = actions.create_member(stores, SYSTEM, login="li", name="李", password="correct horse battery", role="owner")
    bare = add_code(stores, "test", CodeDraft("a", slug="bare")).id
    with pytest.raises(BadInput) as refused:
        put_to_use(stores, bare)
    assert refused.value.field == "owner"
    quiet = add_code(stores, "test", CodeDraft("a", owner=owner)).id
    with pytest.raises(BadInput) as refused:
        put_to_use(stores, quiet)
    assert refused.value.field == "welcome"
    code = add_code(stores, "test", CodeDraft("a", owner=owner, welcome="欢迎")).id
    with pytest.raises(BadInput) as refused:
        put_to_use(stores, code)
    assert refused.value.field == "targets"
    put_targets(stores, code, [to("a")])
    assert [put_to_use(stores, code).stage, pause(stores, code).stage, end(stores, code).stage] == [
        "live",
        "paused",
        "ended",
    ]
    with pytest.raises(Conflict):
        put_to_use(stores, code)


@pytest.mark.parametrize(
    "draft",
    [
        TargetDraft(name="a"),
        TargetDraft(name="", link="https://example.com"),
        TargetDraft(name="a", link="javascript:alert(1)"),
        TargetDraft(name="a", link="https://example.com", way=1),
        TargetDraft(name="a", way=404),
        to("a", weight=0),
        to("a", day_cap=0),
        to("a", hours=((7, 0, 1),)),
        to("a", follower=404),
    ],
)
def test_targets_that_are_unfit(stores: Stores, draft: TargetDraft) -> None:
    code = add_code(stores, "test", CodeDraft("a")).id
    with pytest.raises(BadInput):
        put_targets(stores, code, [draft])


def test_a_target_taken_away_is_switched_off_and_kept_for_who_has_it(stores: Stores) -> None:
    code, (first, second) = a_code(stores, to("a"), to("b"))
    place(stores, [Scan(code, "one")])
    put_targets(stores, code, [TargetDraft(second.id, "b", link="https://example.com/b")])
    with stores.ledger.read() as conn:
        assert [(each.id, each.off) for each in reading.targets_of(conn, [code])[code].values()] == [
            (first.id, True),
            (second.id, False),
        ]


def test_no_more_than_two_hundred_targets(stores: Stores) -> None:
    code = add_code(stores, "test", CodeDraft("a")).id
    assert len(put_targets(stores, code, [to(f"t{number}") for number in range(200)])) == 200
    with pytest.raises(BadInput):
        put_targets(stores, code, [to("one more")])


def test_friends_by_a_code_whom_nobody_turned_to_in_a_day_are_zombies(stores: Stores) -> None:
    now = stores.clock.now()
    row = {"account": 1, "kind": "contact", "name": "李", "state": "li", "way": {}, "tags": [], "stage": "live"}
    with stores.ledger.write() as conn:
        made = sa.insert(wecom_ways).values(**row, created=now, changed=now, by="test").returning(wecom_ways.c.id)
        way = conn.execute(made).scalar_one()
    code, _ = a_code(stores, TargetDraft(name="李", way=way), to("elsewhere"))
    forgotten, heard, late, newcomer = (somebody(stores) for _ in range(4))
    told = [
        *((person, "friend_added", -30) for person in (forgotten, heard, late)),
        (newcomer, "friend_added", -1),
        (heard, "message_accepted", -29),
        (late, "message_accepted", -2),
    ]
    rows = [
        {
            "message_id": f"m{number}",
            "time": now + timedelta(hours=hours),
            "name": name,
            "person": person,
            "properties": {"channel_state": "li", "staff": "li"} if name == "friend_added" else {},
        }
        for number, (person, name, hours) in enumerate(told)
    ]
    with stores.ledger.write() as conn:
        append_own(conn, rows)
    run_until_empty(Drain(stores).step)
    shown = figures_of(stores, code, today(stores), today(stores))
    assert (shown.zombies, list(shown.added.values()), list(shown.stayed.values())) == (2, [4], [4])
