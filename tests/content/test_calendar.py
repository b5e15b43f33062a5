"""The content calendar: days, mix and warnings, plans that move and come back, the file."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from siyu.content.calendar import keeping, reading
from siyu.content.calendar.days import lunar_of, marks_between, weeks_of
from siyu.content.calendar.ics import calendar_file
from siyu.content.calendar.mix import mix_of
from siyu.content.calendar.model import Draft, OwnDay, Plan
from siyu.storage import BadInput, NotFound, Stores

NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))


def marks(year: int, month: int, day: int, *own: OwnDay) -> set[tuple[str, str]]:
    on = date(year, month, day)
    return {(mark.kind, mark.zh) for mark in marks_between(on, on, own).get(on, [])}


@pytest.mark.parametrize(
    ("day", "mark"),
    [
        ((2026, 2, 17), ("lunar", "春节")),
        ((2025, 1, 29), ("lunar", "春节")),
        ((2026, 9, 25), ("lunar", "中秋节")),
        ((2026, 6, 19), ("lunar", "端午节")),
        ((2026, 4, 5), ("lunar", "清明")),
        ((2026, 6, 18), ("shopping", "618")),
        ((2026, 11, 11), ("shopping", "双11")),
        ((2026, 5, 10), ("public", "母亲节")),
        ((2026, 10, 1), ("rest", "休")),
        ((2026, 10, 10), ("work", "班")),
    ],
)
def test_festivals_shopping_days_and_days_off_are_where_they_are(
    day: tuple[int, int, int], mark: tuple[str, str]
) -> None:
    assert mark in marks(*day)


def test_an_ordinary_day_is_nothing_and_a_year_without_told_days_off_says_none() -> None:
    assert marks(2026, 11, 24) == set()
    assert not {kind for kind, _ in marks(2031, 10, 1)} & {"rest", "work"}


def test_own_days_come_every_year_where_they_are_yearly() -> None:
    birthday = OwnDay(1, date(2020, 3, 13), "店庆", yearly=True)
    once = OwnDay(2, date(2020, 3, 13), "展会", yearly=False)
    assert marks(2026, 3, 13, birthday, once) == {("own", "店庆")}
    assert {zh for _, zh in marks(2020, 3, 13, birthday, once)} >= {"店庆", "展会"}


def test_a_month_is_whole_weeks_from_monday() -> None:
    weeks = weeks_of(2026, 11)
    assert (weeks[0][0], weeks[-1][-1]) == (date(2026, 10, 26), date(2026, 12, 6))
    assert all(len(week) == 7 and week[0].weekday() == 0 for week in weeks)
    assert lunar_of(date(2026, 2, 17)) == "正月初一"


def planned(many: int, day: int = 2, **classes: Any) -> list[Draft]:
    return [Draft(date(2026, 11, day + number % 4), "broadcast", "内容", **classes) for number in range(many)]


def test_a_healthy_month_warns_of_nothing() -> None:
    plans = [
        *(each for day in (2, 9, 16, 23) for each in planned(3, day)),
        *planned(5, 2, pillar="ugc", value="feeling", question="why_this"),
        *planned(2, 9, pillar="interactive", value="benefit", question="why_kind", lasting="topical"),
        *planned(1, 16, pillar="ugc", tone="promotional", lasting="topical"),
    ]
    mix = mix_of(plans, *NOVEMBER)
    assert mix.warnings == []
    assert {(each.value, round(each.share or 0, 2)) for each in mix.shares} == {
        ("brand", 0.6),
        ("ugc", 0.3),
        ("interactive", 0.1),
        ("useful", 0.95),
        ("evergreen", 0.85),
    }


def test_each_figure_that_leaves_the_mix_says_how_to_mend_it() -> None:
    mix = mix_of(planned(6, 2, tone="promotional"), *NOVEMBER)
    found = {each.key: each for each in mix.warnings}
    assert found["tone.useful.low"].fix_zh == "再排 14 条「有用」，或减少其他内容"
    assert found["pillar.ugc.low"].classes == {"pillar": "ugc"}
    assert "pillar.brand.high" in found
    assert found["value.feeling.absent"].classes == {"value": "feeling"}
    assert found["question.why_kind.absent"].zh == "本月没有回答哪个问题为「为什么需要这类东西」的内容"
    assert found["week.high"].week == date(2026, 11, 2)
    assert all(each.fix_zh and each.fix_en for each in mix.warnings)


def test_few_plans_are_not_judged_by_shares_and_none_warns_of_nothing() -> None:
    assert mix_of([], *NOVEMBER).warnings == []
    assert not [each for each in mix_of(planned(2), *NOVEMBER).warnings if each.key.startswith("tone")]


def test_what_a_warning_asks_for_mends_it() -> None:
    plans = planned(10, 2, tone="promotional")
    (low,) = [each for each in mix_of(plans, *NOVEMBER).warnings if each.key == "tone.useful.low"]
    more = int("".join(char for char in low.fix_zh.split("条")[0] if char.isdigit()))
    after = mix_of([*plans, *planned(more, 9)], *NOVEMBER)
    assert "tone.useful.low" not in {each.key for each in after.warnings}


def test_a_plan_moves_and_moves_back(stores: Stores) -> None:
    plan = keeping.add_plan(stores, "staff:1", Draft(date(2026, 11, 2), "moment", "买家秀"))
    was = keeping.move_plan(stores, plan, date(2026, 11, 5))
    assert was == date(2026, 11, 2)
    assert [each.draft.day for each in reading.plans_between(stores, *NOVEMBER)] == [date(2026, 11, 5)]
    keeping.move_plan(stores, plan, was)
    assert reading.get_plan(stores, plan).draft.day == was


def test_a_plan_that_was_taken_out_comes_back(stores: Stores) -> None:
    plan = keeping.add_plan(stores, "staff:1", Draft(date(2026, 11, 2), "moment", "买家秀"))
    keeping.remove_plan(stores, plan)
    assert reading.plans_between(stores, *NOVEMBER) == []
    keeping.restore_plan(stores, plan)
    assert [each.id for each in reading.plans_between(stores, *NOVEMBER)] == [plan]


def test_plans_work_on_both_ledgers(each_stores: Stores) -> None:
    plan = keeping.add_plan(each_stores, "staff:1", Draft(date(2026, 11, 2), "moment", "买家秀"))
    day = keeping.add_day(each_stores, "staff:1", date(2026, 11, 3), "店庆", yearly=True)
    assert keeping.add_day(each_stores, "staff:1", date(2026, 11, 3), "店庆", yearly=False) == day
    assert [each.yearly for each in reading.own_days(each_stores)] == [False]
    keeping.note_done(each_stores, plan, "broadcast:1")
    assert reading.get_plan(each_stores, plan).done == "broadcast:1"
    keeping.remove_day(each_stores, day)
    with pytest.raises(NotFound):
        keeping.remove_day(each_stores, day)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "长" * 81}, "title"),
        ({"channel": "pigeon"}, "channel"),
        ({"tone": "loud"}, "tone"),
        ({"day": date(1, 1, 1)}, "day"),
        ({"brief": "长" * 501}, "brief"),
    ],
)
def test_a_wrong_plan_is_refused_by_field(stores: Stores, changes: dict[str, object], field: str) -> None:
    values: dict[str, object] = {"day": date(2026, 11, 2), "channel": "moment", "title": "买家秀", **changes}
    with pytest.raises(BadInput) as refused:
        keeping.add_plan(stores, "staff:1", Draft(**values))  # pyright: ignore[reportArgumentType]
    assert refused.value.field == field


def test_the_file_is_read_by_every_calendar_and_doubles_nothing() -> None:
    plan = Plan(7, Draft(date(2026, 11, 2), "moment", "买家秀；第一弹, 分号;" + "长" * 60, "两行\n想法"))
    text = calendar_file([plan], "店 · 日历", "home", datetime(2026, 11, 1, tzinfo=UTC))
    lines = text.split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert all(len(line.encode()) <= 75 for line in lines)
    whole = text.replace("\r\n ", "")
    assert "UID:plan-7@home" in whole
    assert "DTSTART;VALUE=DATE:20261102" in whole
    assert "第一弹\\, 分号\\;" in whole
    assert "DESCRIPTION:两行\\n想法" in whole


def test_what_really_went_is_counted_by_the_shops_own_day(stores: Stores) -> None:
    at = datetime(2026, 11, 2, 17, tzinfo=UTC)  # in Shanghai it is the third already
    stores.events.insert(
        "events",
        {
            "person": [1, 2],
            "time": [at, at + timedelta(minutes=1)],
            "name": ["message_accepted"] * 2,
            "message_id": ["a", "b"],
            "received": [at] * 2,
            "source": ["siyu"] * 2,
            "batch": [1] * 2,
            "record": [1] * 2,
            "properties": ['{"broadcast": 4}'] * 2,
        },
    )
    assert reading.sent_by_day(stores, *NOVEMBER) == {date(2026, 11, 3): (1, 2)}
