"""A journey as text: what is written is read back, whatever is in it; what can't be meant is refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.audiences.words import Names, Words
from siyu.reach.journeys.matching import Match
from siyu.reach.journeys.model import parse, to_json
from siyu.reach.journeys.text import read_text, text_of
from siyu.reach.journeys.triggers import OnDate, OnSchedule
from siyu.storage import BadInput
from tests.reach.journeys.documents import WELCOME, journey

ZH = Words("zh", Names(events={"order_paid": ("下单付款", "paid an order"), "friend_added": ("加为好友", "friend")}))

SLY = [
    "null",
    "true",
    "10:00",
    "1e5",
    "0123",
    "- a",
    "a: b",
    "# c",
    "'",
    "|",
    "一行\n两行\n",
    " \n x",
    "~",
    "2026-01-01",
]
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=30) | st.sampled_from(SLY)
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
values = st.none() | st.booleans() | numbers | texts
lists = st.recursive(values, lambda inner: st.lists(inner, max_size=3), max_leaves=6)
ids = texts.filter(bool)
links = st.none() | ids
parts = st.dictionaries(texts, st.dictionaries(texts, texts, max_size=3), max_size=2)
arms = st.fixed_dictionaries({"share": numbers, "to": links, "title": texts})
cases = st.fixed_dictionaries({"rule": st.dictionaries(texts, values, max_size=3)})


def node_of(type: str, **fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    known = {"id": ids, "title": texts, "at": st.none() | st.tuples(numbers, numbers).map(list)}
    return st.fixed_dictionaries({"type": st.just(type), **known, **fields})


nodes = st.one_of(
    node_of("wait", minutes=st.integers(-5, 10**6), next=links),
    node_of("wait_until", clock=texts, weekdays=st.lists(st.integers(0, 9), max_size=3), next=links),
    node_of("message", content=parts, next=links),
    node_of("attribute", set=st.dictionaries(texts, lists, max_size=3)),
    node_of("split", arms=st.lists(arms, max_size=3)),
    node_of("branch", cases=st.lists(cases, max_size=2)),
    node_of("task", script=texts, wait=st.booleans()),
    node_of("exit"),
)
documents = st.fixed_dictionaries(
    {"name": texts, "note": texts, "priority": st.integers(-100, 200), "nodes": st.lists(nodes, max_size=5)},
    optional={"start": links},
).map(lambda found: {"trigger": {"type": "event", "on": {"event": "*"}}, **found})


@given(documents, st.sampled_from(["zh", "en"]))
def test_what_is_written_is_read_back_as_it_was(document: dict[str, Any], language: Any) -> None:
    found = parse(document)
    assert read_text(text_of(found, Words(language))) == found


def test_above_each_step_stands_what_it_does() -> None:
    written = text_of(journey(goal={"match": {"event": "order_paid"}, "days": 7}), ZH).splitlines()
    above = {line: written[place - 1] for place, line in enumerate(written)}
    assert above["trigger:"] == "# 客户「加为好友」时"
    assert above["goal:"] == "# 目标：7 天内下单付款"
    assert above["- type: wait"] == "# 等待 1 天"
    assert above["- type: branch"] == "# 按条件分流：做过下单付款"
    assert above["- type: wait_event"] == "# 等客户「下单付款」，最多 3 天"
    assert "# wait 1 day" in text_of(journey(), Words("en"))


def test_of_a_step_that_is_not_finished_the_words_say_so() -> None:
    unfinished = journey({"type": "wait_until", "id": "晚上", "clock": "now", "weekdays": [9]})
    written = text_of(unfinished, ZH)
    assert "# 「晚上」还没有填完" in written
    assert read_text(written) == unfinished


def test_a_comment_stays_one_line() -> None:
    two_lines = journey({"type": "message", "id": "a", "title": "一\u2028- type: exit\n- id: b"})
    assert read_text(text_of(two_lines, ZH)) == two_lines


def test_json_is_read_as_well_and_a_clock_is_no_number() -> None:
    assert read_text(b"\xef\xbb\xbf" + msgspec.json.encode(WELCOME)) == journey()
    found = read_text("name: 早安\ntrigger: {type: by_hand}\nnodes:\n- {type: wait_until, id: w, clock: 08:30}\n")
    assert to_json(found)["nodes"] == ({"type": "wait_until", "id": "w", "clock": "08:30"},)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x 1\nb: *x", "第 2 行写法有误：no aliases here"),
        ("name: a\nname: b", "第 2 行"),
        ("- 1", "最外层"),
        ("", "最外层"),
        ("a: 1e999", "数值过大"),
        ("a: " + "[" * 100, "nested too deeply"),
        ("a: !!python/object:os.system x", "第 1 行"),
        ("name: 甲\ntrigger: {type: nobody}", "trigger"),
        ("name: [", "第 1 行"),
        ("{", "JSON"),
        ("#" * 600_000, "512 KB"),
        (b"\xff\xfe", "UTF-8"),
        ("name: '\x00'", "写法有误"),
    ],
)
def test_what_can_not_be_meant_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_text(text)
    assert said in refused.value.zh


@pytest.mark.parametrize(
    ("trigger", "zh", "en"),
    [
        (OnDate(attribute="birthday", clock="09:30"), "生日当天 09:30", "on their birthday, 09:30"),
        (OnDate(days=-1, attribute="birthday"), "生日前 1 天 10:00", "1 day before their birthday, 10:00"),
        (OnDate(days=2, attribute="due"), "「due」后 2 天 10:00", "2 days after their due, 10:00"),
        (OnDate(after=Match("come")), "「「come」」当天 10:00", "on the day of “come”, 10:00"),
        (OnSchedule("0 10 * * *", 7), "每天 10:00，人群「#7」", "every day, 10:00, audience “#7”"),
        (OnSchedule("5 9 * * 1", 7), "每周一 09:05，人群「#7」", "every Monday, 09:05, audience “#7”"),
        (OnSchedule("0 10 * * 0", 7), "每周日 10:00，人群「#7」", "every Sunday, 10:00, audience “#7”"),
        (OnSchedule("0 10 * * 7", 7), "每周日 10:00，人群「#7」", "every Sunday, 10:00, audience “#7”"),
        (
            OnSchedule("0 10 1 * *", 7),
            "按时间表（0 10 1 * *），人群「#7」",
            "on a schedule (0 10 1 * *), audience “#7”",
        ),
    ],
)
def test_dates_and_schedules_are_said_as_people_say_them(trigger: OnDate | OnSchedule, zh: str, en: str) -> None:
    trigger.check("$")
    assert (trigger.sentence(Words("zh")), trigger.sentence(Words("en"))) == (zh, en)
