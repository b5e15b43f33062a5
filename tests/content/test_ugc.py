"""Users' own content: consent by version, minors, review, reuse, and what taking back undoes."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from siyu.channels.media import all_media
from siyu.channels.tables import media
from siyu.content.pieces import reading
from siyu.content.pieces.model import Asked, Ref
from siyu.content.ugc import keeping
from siyu.content.ugc.model import Call, CallDraft, Handing, Post
from siyu.content.ugc.tables import ugc_posts, ugc_texts
from siyu.storage import BadInput, Conflict, Stores
from tests.content.library import published


def a_picture() -> bytes:
    kept = BytesIO()
    Image.new("RGB", (8, 8), (200, 20, 20)).save(kept, "JPEG")
    return kept.getvalue()


def a_call(stores: Stores, **more: Any) -> Call:
    draft: dict[str, Any] = {"title": "晒面膜", "tags": ("面膜",), **more}
    return keeping.add_call(stores, "staff:1", CallDraft(**draft))


def handed_in(stores: Stores, call: Call, once: str = "k1", **more: Any) -> Post:
    wish: dict[str, Any] = {
        "text": call.text,
        "agreed": True,
        "age": "adult",
        "words": "很好用",
        "name": "小雨",
        **more,
    }
    mark = keeping.hand_in(stores, call.id, Handing(once=once, **wish))
    found = keeping.post_at(stores, call.id, mark)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("wish", "where"),
    [
        ({"agreed": False}, "agreed"),
        ({"age": ""}, "age"),
        ({"age": "child"}, "age"),
        ({"words": " "}, "words"),
        ({"words": "长" * 501}, "words"),
        ({"name": "名" * 21}, "name"),
    ],
)
def test_nothing_is_taken_in_without_consent_and_age(stores: Stores, wish: dict[str, Any], where: str) -> None:
    call = a_call(stores)
    with pytest.raises(BadInput) as raised:
        handed_in(stores, call, **wish)
    assert raised.value.field == where


def test_a_form_sent_twice_is_one_post(stores: Stores) -> None:
    call = a_call(stores)
    assert handed_in(stores, call).id == handed_in(stores, call).id
    assert len(keeping.list_posts(stores, call.id)) == 1


def test_consent_has_versions_and_each_post_says_which(stores: Stores) -> None:
    call = a_call(stores)
    first = handed_in(stores, call)
    after = keeping.change_call(stores, "staff:1", call.id, CallDraft("晒面膜", consent_zh="新的授权内容"))
    assert after.text != call.text
    assert keeping.get_post(stores, first.id).text == call.text
    same = keeping.change_call(stores, "staff:1", call.id, CallDraft("晒面膜"))
    assert same.text == call.text
    with stores.ledger.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(ugc_texts)).scalar_one() == 2


def test_a_collection_that_is_over_takes_nothing(stores: Stores) -> None:
    call = a_call(stores)
    keeping.set_open(stores, call.id, is_open=False)
    with pytest.raises(Conflict):
        handed_in(stores, call)


def test_what_is_accepted_goes_into_the_library_as_users_own(stores: Stores) -> None:
    post = handed_in(stores, a_call(stores), words="{{ person.phone }} 好用{% for %}", picture=a_picture())
    with pytest.raises(Conflict):
        keeping.reuse(stores, "staff:1", post.id, "买家秀")
    keeping.decide(stores, "staff:2", post.id, accepted=True)
    piece = keeping.reuse(stores, "staff:1", post.id, "买家秀")
    assert (piece.draft.kind, piece.draft.pillar, piece.draft.tags, piece.post) == ("image", "ugc", ("面膜",), post.id)
    body = reading.get_version(stores, piece.id, 1).body
    assert "{{" not in body["text"]
    assert "—— 小雨" in body["text"]
    assert [each.sha256 for each in all_media(stores, "image")] == [body["medium"]]


def test_taken_back_it_is_deleted_and_never_sent_again(stores: Stores) -> None:
    post = handed_in(stores, a_call(stores), picture=a_picture())
    keeping.decide(stores, "staff:2", post.id, accepted=True)
    piece = published(stores, keeping.reuse(stores, "staff:1", post.id, "买家秀").id)
    told: list[int] = []
    keeping.also_told(lambda conn, now, pieces: told.extend(pieces))
    keeping.take_back(stores, post.id)
    keeping.take_back(stores, post.id)
    after = keeping.get_post(stores, post.id)
    assert (after.stage, after.words, after.name, after.pictured) == ("withdrawn", "", "", False)
    assert told == [piece.id]
    assert reading.list_pieces(stores, Asked(usable=True)) == []
    assert reading.get_version(stores, piece.id, 1).body == {}
    with stores.ledger.read() as conn:
        assert conn.execute(sa.select(media.c.sha256)).all() == []
        with pytest.raises(Conflict) as raised:
            reading.require_usable(conn, [Ref(piece.id, 1)], stores.clock.now())
    assert raised.value.code == "piece_withdrawn"
    with pytest.raises(Conflict):
        keeping.decide(stores, "staff:2", post.id, accepted=True)


def test_who_is_erased_leaves_nothing_of_theirs(stores: Stores) -> None:
    call = a_call(stores)
    post = handed_in(stores, call, person=7, device="d1", picture=a_picture())
    other = handed_in(stores, call, "k2", person=8)
    with stores.ledger.write() as conn:
        keeping.forget_people(conn, stores.clock.now(), [7])
        row = conn.execute(sa.select(ugc_posts).where(ugc_posts.c.id == post.id)).one()
    assert (row.person, row.device, row.words, row.picture) == (None, "", "", None)
    assert keeping.get_post(stores, other.id).words == "很好用"


def test_a_device_hands_in_so_much_a_day(stores: Stores) -> None:
    call = a_call(stores)
    for number in range(10):
        handed_in(stores, call, f"k{number}", device="d1")
    with pytest.raises(Conflict):
        handed_in(stores, call, "k11", device="d1")
