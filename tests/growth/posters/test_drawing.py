"""Posters: everybody's own code is read by an independent decoder, whatever lies below it and whoever's name it is."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.growth.pictures.lettering import drawable, width_of
from siyu.growth.pictures.shapes import Code, Fill, Photo, Words
from siyu.growth.posters.drawing import (
    NAME_SHOWN_MAX,
    Face,
    Pictures,
    called,
    page_of,
    poster_of,
    ready_ground,
    ready_logo,
    ready_portrait,
)
from siyu.growth.posters.model import CODE_MM_MIN, SIZES, STARTS, Draft, Line, Square, checked
from siyu.storage import BadInput
from tests.growth.test_pictures import LOGO, decoded, photographed, picture, seen

LINK = "https://m.shop.example.com/m/e/ab12cd34ef56gh78"
PHOTO = picture((300, 500), "JPEG")


def draft(size: str = "phone", **places: Any) -> Draft:
    return Draft("春日", msgspec.structs.replace(STARTS[size], **places), size)


@pytest.mark.parametrize("format", ["jpg", "png", "svg", "pdf"])
@pytest.mark.parametrize("size", ["phone", "card"])
def test_a_code_of_3_cm_with_the_logo_on_a_photo_is_read(size: str, format: str) -> None:
    wanted = checked(draft(size, code=msgspec.structs.replace(STARTS[size].code, side=CODE_MM_MIN)))
    pictures = Pictures(ready_ground(PHOTO, SIZES[size], "#ffffff"), ready_logo(LOGO))
    shown = seen(poster_of(wanted, pictures, LINK, Face("王小雨", ready_portrait(PHOTO)), format), format)
    assert abs(shown.width - SIZES[size].width / 25.4 * 300) <= 1
    assert decoded(shown) == [LINK]
    assert decoded(photographed(shown, blur=0.6)) == [LINK]


@pytest.mark.parametrize("size", SIZES)
def test_what_a_new_poster_begins_with_can_be_kept_and_is_read(size: str) -> None:
    assert decoded(seen(poster_of(checked(draft(size)), Pictures(), LINK, Face(), "jpg"), "jpg")) == [LINK]


@settings(max_examples=15, deadline=None)
@given(name=st.text(max_size=40))
def test_no_name_breaks_a_poster(name: str) -> None:
    page = page_of(draft("card"), Pictures(), LINK, Face(name))
    for shape in page.shapes:
        if isinstance(shape, Words):
            assert all(width_of(line, shape.size) <= shape.width + 1e-6 for line in shape.lines)
            assert all(line == drawable(line) for line in shape.lines)
    assert decoded(seen(poster_of(draft("card"), Pictures(), LINK, Face(name), "jpg", 200), "jpg")) == [LINK]
    ElementTree.fromstring(poster_of(draft("card"), Pictures(), LINK, Face(name), "svg"))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王小雨😀🌸", "王小雨"),
        ("👩‍👩‍👧", "好友"),
        ("", "好友"),
        ("  张\n三  ", "张 三"),
        ("\u202eمرحبا", "好友"),
        ("一二三四五六七八九十一二三四五", "一二三四五六七八九十一二三…"),
    ],
)
def test_a_name_is_shown_as_far_as_it_can_be_printed(name: str, shown: str) -> None:
    assert called(name, "{name} 邀请您") == shown
    assert len(shown) <= NAME_SHOWN_MAX


def test_an_english_poster_calls_who_has_no_name_a_friend() -> None:
    assert called("", "{name} invites you") == "A friend"


def test_without_a_portrait_there_is_the_first_sign_of_the_name_or_the_outline_of_a_person() -> None:
    def at_portrait(face: Face) -> list[Any]:
        return list(page_of(draft(title=None, name=None), Pictures(), LINK, face).shapes)

    assert isinstance(at_portrait(Face("王", picture()))[0], Photo)
    plate, sign, _ = at_portrait(Face("🌸雨"))
    assert isinstance(plate, Fill)
    assert sign.lines == ["雨"]
    assert [type(each) for each in at_portrait(Face())] == [Fill, Fill, Fill, Code]


@pytest.mark.parametrize(
    ("places", "field"),
    [
        ({"code": Square(0, 0, 29)}, "code.side"),
        ({"code": Square(70, 0, 30)}, "code.x"),
        ({"code": Square(0, 140, 30)}, "code.y"),
        ({"code": Square(float("nan"), 0, 30)}, "code.x"),
        ({"portrait": Square(30, 100, 10)}, "portrait.x"),
        ({"portrait": Square(30, 10, 2)}, "portrait.side"),
        ({"name": Line("您好", 0, 0, 40, 10, 4)}, "name.text"),
        ({"name": Line("{name}", 0, 0, 40, 10, 0.5)}, "name.size"),
        ({"name": Line("{name}", 0, 0, 40, 10, 4, "red")}, "name.colour"),
        ({"title": Line(" ", 0, 0, 40, 10, 4)}, "title.text"),
        ({"title": Line("有礼", 0, 0, 0, 10, 4)}, "title.x"),
    ],
)
def test_what_would_spoil_a_poster_is_refused_at_its_field(places: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        checked(draft(**places))
    assert refused.value.field == field


def test_a_portrait_is_kept_small_and_square_and_what_is_none_is_refused() -> None:
    kept = ready_portrait(picture((900, 300), "JPEG"))
    assert seen(kept, "jpg").size == (320, 320)
    assert len(kept) < 40_000
    for wrong in (b"GIF89a", picture((40, 40))[:60]):
        with pytest.raises(BadInput) as refused:
            ready_portrait(wrong)
        assert refused.value.field == "picture"
    with pytest.raises(BadInput, match="0 megapixels") as refused:
        ready_portrait(picture((200, 200)), pixels_max=10_000)
    assert refused.value.code == "picture_too_large"
