"""Where people come from, what it cost, what they are worth."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

import siyu.insight.reports
from siyu.growth.codes.keeping import CodeDraft, TargetDraft, add_code, put_targets
from siyu.growth.touchpoints import keeping
from siyu.growth.touchpoints.model import Mark
from siyu.growth.ways.tables import wecom_ways
from siyu.insight.freshness import Answers
from siyu.insight.touchpoints import Line, figures_of
from siyu.people import projection
from siyu.storage import BadInput, Conflict, NotFound, Stores
from tests.growth.campaigns.playing import started
from tests.insight.world import START, Happened, store
from tests.people.calls import drained, track

assert siyu.insight.reports


def a_way(stores: Stores, state: str) -> int:
    values = {"account": 1, "kind": "contact", "name": state, "state": state, "way": {}, "tags": [], "stage": "live"}
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        made = sa.insert(wecom_ways).values(**values, qr="x", created=now, changed=now, by="test")
        return conn.execute(made.returning(wecom_ways.c.id)).scalar_one()


def by_name(lines: list[Line]) -> dict[str, Line]:
    return {line.touchpoint.name: line for line in lines if line.touchpoint is not None}


def added(person: int, day: float, state: str) -> Happened:
    return Happened(person, "friend_added", 24 * day, properties={"channel_state": state})


def test_people_belong_to_the_first_touchpoint_that_they_came_by(each_stores: Stores) -> None:
    stores = each_stores
    counter = keeping.add_touchpoint(stores, "test", "门店台卡", "counter", marks=[Mark("state", "door")])
    parcel = keeping.add_touchpoint(stores, "test", "包裹卡", "parcel", marks=[Mark("state", "it's {end}")])
    store(
        stores.events,
        [
            added(1, 1, "door"),
            added(1, 2, "it's {end}"),
            added(2, 1, "it's {end}"),
            Happened(2, "order_paid", 48, Decimal("30.50"), order="a"),
            Happened(2, "order_paid", 72, Decimal("10"), order="b"),
            Happened(2, "order_returned", 96, Decimal("0.5"), order="b"),
            added(3, 1, "elsewhere"),
        ],
    )
    first = START.date()
    keeping.add_cost(stores, "test", parcel.id, first, first + timedelta(days=59), Decimal("60"))
    found = figures_of(stores, first, first + timedelta(days=29))
    lines = by_name(found.lines)
    assert (lines["门店台卡"].friends, lines["包裹卡"].friends) == (1, 1)
    assert (found.nowhere.friends, found.total.friends) == (1, 3)
    assert lines["包裹卡"].friend_cents == 3_000
    assert lines["门店台卡"].friend_cents == 0
    assert (lines["包裹卡"].lifetime_cents, lines["门店台卡"].lifetime_cents) == (4_000, 0)
    assert (lines["包裹卡"].repeat_30, lines["门店台卡"].repeat_30) == (None, None)
    assert found.total.friend_cents is None
    later = by_name(figures_of(stores, first + timedelta(days=30), first + timedelta(days=59)).lines)
    assert (later["包裹卡"].repeat_30, later["包裹卡"].cents, later["包裹卡"].friends) == (1.0, 3_000, 0)
    assert later["包裹卡"].friend_cents is None
    assert later["包裹卡"].retention_30 == 1.0
    assert counter.archived is None


def test_the_log_is_asked_again_once_it_moved_on_and_what_staff_keep_holds_at_once(stores: Stores) -> None:
    answers = Answers()
    first = START.date()
    last = first + timedelta(days=29)
    door = keeping.add_touchpoint(stores, "test", "门店台卡", "counter", marks=[Mark("state", "door")])
    store(stores.events, [added(1, 1, "door")])

    def line() -> Line:
        return by_name(figures_of(stores, first, last, answers).lines)[keeping.get_touchpoint(stores, door.id).name]

    assert (line().friends, line().cents) == (1, 0)
    keeping.add_cost(stores, "test", door.id, first, last, Decimal("60"))
    keeping.change_touchpoint(stores, door.id, "台卡", "counter", "", [Mark("state", "door"), Mark("state", "gate")])
    assert (line().touchpoint, line().cents) == (keeping.get_touchpoint(stores, door.id), 6_000)
    store(stores.events, [added(2, 1, "gate")])
    line()  # the one before, while a new one is computed
    answers.settle()
    assert line().friends == 2
    answers.close()


def test_a_live_code_brings_along_the_codes_at_wecom_behind_it(stores: Stores) -> None:
    way, other = a_way(stores, "li"), a_way(stores, "wang")
    code = add_code(stores, "test", CodeDraft("台卡", mode="turn", kind="staff")).id
    put_targets(stores, code, [TargetDraft(name="李", way=way), TargetDraft(name="王", way=other)])
    wide = keeping.add_touchpoint(stores, "test", "门店", "counter", marks=[Mark("code", str(code))])
    assert keeping.states_of(stores) == {"li": wide.id, "wang": wide.id}
    close = keeping.add_touchpoint(stores, "test", "员工", "staff", marks=[Mark("way", str(other))])
    assert keeping.states_of(stores) == {"li": wide.id, "wang": close.id}


def test_who_came_by_a_link_belongs_to_its_source_and_who_was_brought_to_the_campaign(stores: Stores) -> None:
    keeping.add_touchpoint(stores, "test", "抖音", "douyin", marks=[Mark("utm", "douyin")])
    started(stores, slug="spring")
    keeping.add_touchpoint(stores, "test", "裂变", "seeds", marks=[Mark("campaign", "spring")])
    context = {"campaign": {"source": "douyin", "name": "直播"}}
    drained(stores, track("u1", "page_viewed", context=context), track("u2", "page_viewed", context=context))
    projection.project_all(stores)
    store(
        stores.events,
        [
            Happened(2, "brought", 0.5, properties={"campaign": "spring", "inviter": 1}),
            Happened(2, "reward_granted", 0.6, properties={"campaign": "spring", "cents": 500}),
            Happened(2, "reward_taken_back", 0.7, properties={"campaign": "spring", "cents": 200}),
        ],
    )
    lines = by_name(figures_of(stores, START.date(), START.date() + timedelta(days=5)).lines)
    assert lines["裂变"].cents == lines["裂变"].rewards_cents == 300
    today = stores.clock.now().date()
    now_lines = by_name(figures_of(stores, today - timedelta(days=1), today + timedelta(days=1)).lines)
    assert (now_lines["抖音"].people, now_lines["裂变"].people) == (1, 1)


def test_what_belongs_to_one_touchpoint_belongs_to_no_other(each_stores: Stores) -> None:
    stores = each_stores
    mine = keeping.add_touchpoint(stores, "test", "抖音", "douyin", marks=[Mark("utm", "douyin")])
    with pytest.raises(Conflict) as refused:
        keeping.add_touchpoint(stores, "test", "抖音二", "douyin", marks=[Mark("utm", "douyin")])
    assert refused.value.field == "utm"
    with pytest.raises(Conflict):
        keeping.add_touchpoint(stores, "test", "抖音", "douyin")
    with pytest.raises(BadInput):
        keeping.add_touchpoint(stores, "test", "活码", "counter", marks=[Mark("code", "99")])
    assert [each.name for each in keeping.list_touchpoints(stores)] == ["抖音"]
    keeping.change_touchpoint(stores, mine.id, "抖音", "douyin", "", [])
    keeping.add_touchpoint(stores, "test", "抖音二", "douyin", marks=[Mark("utm", "douyin")])
    keeping.archive_touchpoint(stores, mine.id, archived=True)
    assert [each.name for each in keeping.list_touchpoints(stores)] == ["抖音二"]


def test_a_cost_can_be_taken_away_again(stores: Stores) -> None:
    mine = keeping.add_touchpoint(stores, "test", "抖音", "douyin")
    day = date(2026, 3, 1)
    cost = keeping.add_cost(stores, "test", mine.id, day, day, Decimal("1.25"), "投流")
    assert keeping.costs_of(stores, mine.id) == {mine.id: [cost]}
    keeping.remove_cost(stores, mine.id, cost.id)
    with pytest.raises(NotFound):
        keeping.remove_cost(stores, mine.id, cost.id)
    assert keeping.costs_of(stores) == {}


def test_no_touchpoints_are_no_lines(stores: Stores) -> None:
    found = figures_of(stores)
    assert (found.lines, found.total.people) == ([], 0)
    with pytest.raises(BadInput):
        figures_of(stores, date(2026, 3, 2), date(2026, 3, 1))
    for far in (date.min, date.max):
        with pytest.raises(BadInput):
            figures_of(stores, None, far)
