"""Scripts: found by what the customer says, counted, marked, one's own."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from siyu.content.pieces import keeping, reading
from siyu.content.scripts import forgetting, using
from siyu.content.scripts.searching import Text, ranked
from siyu.content.scripts.tables import content_sayings
from siyu.storage import NotAllowed, NotFound, Stores
from tests.content.library import a_piece

TEXTS = [
    Text(1, "敏感肌能不能用面膜", "过敏 泛红", ("面膜",), "先在耳后试一下，没有发红再用。"),
    Text(2, "面膜怎么选", "选哪款", ("面膜",), "看肤质：干皮选补水，油皮选清洁。"),
    Text(3, "什么时候发货", "物流 快递 多久到", ("售后",), "当天 16 点前付款当天发。"),
    Text(4, "退货怎么办", "不想要了 退款", ("售后",), "七天内都可以，我来帮您办。"),
]


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("我是敏感肌可以用吗", 1),
        ("脸上泛红了", 1),
        ("快递多久到啊", 3),
        ("我想退款", 4),
        ("有哪款面膜适合油皮", 2),
    ],
)
def test_a_script_is_found_by_what_the_customer_says(asked: str, first: int) -> None:
    assert ranked(asked, TEXTS)[0] == first


def test_what_nobody_has_words_for_is_not_found() -> None:
    assert ranked("今天天气真好", TEXTS) == []
    assert ranked("？！ ", TEXTS, frozenset({2})) == [2, 4, 3, 1]


def a_script(stores: Stores, title: str, text: str = "您好") -> int:
    return a_piece(stores, kind="script", title=title, body={"text": text, "asked": title}).id


def test_the_teams_are_found_by_all_and_ones_own_by_oneself(stores: Stores) -> None:
    team = a_script(stores, "团队的话术")
    own = using.write_own(stores, "staff:7", {"text": "悄悄话"}, "自己的话术").id
    assert [each.piece for each in using.find(stores, "staff:7")] == [own, team]
    assert [each.piece for each in using.find(stores, "staff:8")] == [team]
    assert [each.piece for each in using.find(stores, "staff:7", only="own")] == [own]
    with pytest.raises(NotFound):
        using.note_said(stores, "staff:8", own, None, "copied")


def test_ones_own_needs_no_approval_and_is_nobody_elses_to_change(stores: Stores) -> None:
    own = using.write_own(stores, "staff:7", {"text": "第一版"}, "我的")
    assert own.version == 1
    again = using.write_own(stores, "staff:7", {"text": "第二版"}, "我的", own.id)
    assert (again.version, reading.get_version(stores, own.id, 2).body["text"]) == (2, "第二版")
    with pytest.raises(NotAllowed):
        using.write_own(stores, "staff:8", {"text": "别人"}, "我的", own.id)
    with pytest.raises(NotAllowed):
        using.remove_own(stores, "staff:8", own.id)
    using.remove_own(stores, "staff:7", own.id)
    assert using.find(stores, "staff:7") == []


def test_use_is_counted_by_version_and_forgets_whom_it_was_said_to(stores: Stores) -> None:
    script = a_script(stores, "发货")
    using.note_said(stores, "staff:7", script, 5, "copied")
    using.note_said(stores, "staff:8", script, 6, "sent")
    assert using.find(stores, "staff:7")[0].used == 2
    with stores.ledger.write() as conn:
        forgetting.forget_people(conn, stores.clock.now(), [5])
        rows = conn.execute(sa.select(content_sayings.c.person, content_sayings.c.version)).all()
    assert [tuple(row) for row in rows] == [(None, 1), (6, 1)]


def test_favourites_go_first(stores: Stores) -> None:
    one, two = a_script(stores, "一"), a_script(stores, "二")
    using.mark(stores, "staff:7", one, favourite=True)
    assert [each.piece for each in using.find(stores, "staff:7")] == [one, two]
    assert [each.piece for each in using.find(stores, "staff:7", only="favourite")] == [one]
    using.mark(stores, "staff:7", one, favourite=False)
    assert using.find(stores, "staff:7", only="favourite") == []


def test_a_script_that_is_put_away_is_not_said(stores: Stores) -> None:
    script = a_script(stores, "旧的")
    keeping.archive(stores, script, archived=True)
    assert using.find(stores, "staff:7") == []
    with pytest.raises(NotFound):
        using.note_said(stores, "staff:7", script, None, "copied")
