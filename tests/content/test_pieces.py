"""The library: versions that never change once published, approval, expiry, gaps."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from siyu.content.pieces import keeping, reading, using
from siyu.content.pieces.keeping import FOUR_EYES
from siyu.content.pieces.model import CLASSES, KINDS, Asked, Draft, Ref
from siyu.jobs import preferences
from siyu.storage import BadInput, Conflict, NotAllowed, Stores
from tests.content.library import BODY, EDITOR, WRITER, a_piece, published


@contextmanager
def refused(code: str) -> Generator[None]:
    with pytest.raises((BadInput, Conflict, NotAllowed)) as raised:
        yield
    assert raised.value.code == code


def test_a_piece_is_a_draft_until_it_is_approved(stores: Stores) -> None:
    made = a_piece(stores, publish=False)
    assert (made.version, made.latest, made.latest_stage) == (None, 1, "draft")
    asked = keeping.submit(stores, WRITER, made.id)
    assert asked.latest_stage == "submitted"
    shown = keeping.approve(stores, EDITOR, made.id, 1)
    assert (shown.version, shown.latest_stage) == (1, "approved")


def test_what_is_published_never_changes(stores: Stores) -> None:
    made = a_piece(stores)
    changed = keeping.change_piece(stores, WRITER, made.id, made.draft, {**BODY, "text": "新的说法"})
    assert (changed.version, changed.latest, changed.latest_stage) == (1, 2, "draft")
    assert reading.get_version(stores, made.id, 1).body == BODY
    after = published(stores, made.id)
    assert after.version == 2
    assert reading.get_version(stores, made.id, 1).body == BODY


def test_saving_the_same_words_makes_no_version(stores: Stores) -> None:
    made = a_piece(stores)
    assert keeping.change_piece(stores, WRITER, made.id, made.draft, BODY).latest == 1


def test_what_waits_for_approval_is_taken_back_before_it_is_changed(stores: Stores) -> None:
    made = a_piece(stores, publish=False)
    keeping.submit(stores, WRITER, made.id)
    with refused("piece_submitted"):
        keeping.change_piece(stores, WRITER, made.id, made.draft, {**BODY, "text": "又改了"})
    keeping.take_back(stores, made.id)
    keeping.change_piece(stores, WRITER, made.id, made.draft, {**BODY, "text": "又改了"})
    assert reading.get_version(stores, made.id, 1).body["text"] == "又改了"


def test_sent_back_with_a_reason_it_is_written_again(stores: Stores) -> None:
    made = a_piece(stores, publish=False)
    keeping.submit(stores, WRITER, made.id)
    with refused("piece_unfit"):
        keeping.send_back(stores, EDITOR, made.id, 1, " ")
    back = keeping.send_back(stores, EDITOR, made.id, 1, "太像广告")
    assert back.latest_stage == "returned"
    assert reading.get_version(stores, made.id, 1).comment == "太像广告"
    assert published(stores, made.id).version == 1


def test_four_eyes_is_a_setting(stores: Stores) -> None:
    made = a_piece(stores, publish=False)
    keeping.submit(stores, WRITER, made.id)
    with stores.ledger.write() as conn:
        preferences.put(conn, FOUR_EYES, True, at=stores.clock.now(), by="test")
    with refused("piece_four_eyes"):
        keeping.approve(stores, WRITER, made.id, 1)
    assert keeping.approve(stores, EDITOR, made.id, 1).version == 1


def test_only_the_version_that_was_looked_at_is_approved(stores: Stores) -> None:
    made = a_piece(stores)
    keeping.change_piece(stores, WRITER, made.id, made.draft, {**BODY, "text": "第二版"})
    keeping.submit(stores, WRITER, made.id)
    with refused("piece_moved_on"):
        keeping.approve(stores, EDITOR, made.id, 1)


def test_a_piece_past_its_end_is_not_offered_and_not_sent(stores: Stores) -> None:
    now = stores.clock.now()
    made = a_piece(stores, ends=now + timedelta(days=1))
    ref = Ref(made.id, 1)
    assert [each.id for each in reading.list_pieces(stores, Asked(usable=True))] == [made.id]
    with stores.ledger.read() as conn:
        reading.require_usable(conn, [ref], now)
        with pytest.raises(Conflict) as raised:
            reading.require_usable(conn, [ref], now + timedelta(days=1))
    assert raised.value.code == "piece_ended"
    assert "延长有效期" in raised.value.zh
    assert "another piece" in raised.value.en


def test_a_draft_is_not_offered_and_not_sent(stores: Stores) -> None:
    made = a_piece(stores, publish=False)
    assert reading.list_pieces(stores, Asked(usable=True)) == []
    with refused("piece_unpublished"), stores.ledger.read() as conn:
        reading.require_usable(conn, [Ref(made.id, 1)], stores.clock.now())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_is_missing(stores: Stores, kind: str) -> None:
    with refused("piece_unfit"):
        keeping.add_piece(stores, WRITER, Draft(kind, "空的"), {})


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_is_one_of_its_values(stores: Stores, name: str) -> None:
    with pytest.raises(BadInput) as raised:
        keeping.add_piece(stores, WRITER, replace(Draft("link", "面膜"), **{name: "nothing"}), BODY)
    assert raised.value.field == name


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({**BODY, "strange": "x"}, "body.strange"),
        ({**BODY, "link": "javascript:alert(1)"}, "body.link"),
        ({**BODY, "text": "{{ person.secret }}"}, "body.text"),
        ({**BODY, "text": "{% for"}, "body.text"),
        ({**BODY, "cover": "0" * 64}, "body.cover"),
        ({**BODY, "text": "长" * 4_001}, "body.text"),
    ],
)
def test_a_body_is_refused_at_its_field(stores: Stores, body: dict[str, str], where: str) -> None:
    with pytest.raises(BadInput) as raised:
        a_piece(stores, body=body)
    assert raised.value.field == where


def test_found_by_words_tags_kind_and_class(stores: Stores) -> None:
    masks = a_piece(stores)
    serum = a_piece(stores, title="精华的用法", tags=("精华", "敏感肌"), tone="promotional")
    found = {
        "words": Asked(words="精华"),
        "of a tag": Asked(words="敏感"),
        "tag": Asked(tag="敏感肌"),
        "class": Asked(classes={"tone": "promotional"}),
    }
    for what, asked in found.items():
        assert [each.id for each in reading.list_pieces(stores, asked)] == [serum.id], what
    assert [each.id for each in reading.list_pieces(stores, Asked(tag="面膜"))] == [masks.id]
    assert reading.list_pieces(stores, Asked(tag="面")) == []
    assert reading.list_pieces(stores, Asked(words="%")) == []
    assert set(reading.tags_known(stores)) == {"面膜", "精华", "敏感肌"}


def test_the_questions_with_too_little_show(stores: Stores) -> None:
    for _ in range(4):
        a_piece(stores, question="what_i_get")
    a_piece(stores, question="why_this")
    counted = reading.gaps(stores)
    assert counted == {"why_kind": 0, "why_this": 1, "what_i_get": 4}
    assert reading.too_little(counted) == ["why_kind"]


def test_what_is_put_away_comes_back_as_it_was(stores: Stores) -> None:
    made = a_piece(stores)
    keeping.archive(stores, made.id, archived=True)
    assert reading.list_pieces(stores) == []
    with refused("piece_archived"):
        keeping.change_piece(stores, WRITER, made.id, made.draft, BODY)
    keeping.archive(stores, made.id, archived=False)
    assert reading.get_piece(stores, made.id).version == 1


def test_what_a_place_says_is_kept_by_slot(stores: Stores) -> None:
    one, two = a_piece(stores), a_piece(stores, title="另一份", tone="promotional")
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        using.note_uses(conn, now, "broadcast", 7, {"sms": Ref(one.id, 1), "email": Ref(two.id, 1, True)})
        assert using.tone_of(conn, [Ref(one.id, 1)]) == "useful"
        assert using.tone_of(conn, [Ref(one.id, 1), Ref(two.id, 1)]) == "promotional"
        assert using.refs_of(conn, "broadcast", 7) == {"email": Ref(two.id, 1, True), "sms": Ref(one.id, 1)}
        using.note_uses(conn, now, "broadcast", 7, {"sms": Ref(one.id, 1)})
    assert using.count_uses(stores, [one.id, two.id]) == {one.id: 1}
    assert [(each.place, each.number, each.version) for each in using.uses_of(stores, one.id)] == [("broadcast", 7, 1)]


def test_the_kind_and_whose_it_is_stay(stores: Stores) -> None:
    made = a_piece(stores)
    other = replace(made.draft, kind="script", holder="staff:9", title="改名")
    changed = keeping.change_piece(stores, WRITER, made.id, other)
    assert (changed.draft.kind, changed.draft.holder, changed.draft.title) == ("link", "", "改名")
