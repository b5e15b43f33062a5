"""Posters as they are kept: for campaigns, and how people are shown on theirs."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from siyu.channels import media
from siyu.growth.posters import keeping
from siyu.growth.posters.command import drawn
from siyu.growth.posters.model import STARTS, Draft
from siyu.people import merges
from siyu.storage import BadInput, Conflict, NotFound, Stores
from tests.growth.campaigns.playing import some_people, started
from tests.growth.test_pictures import LOGO, decoded, picture, seen

LINK = "https://m.shop.example.com/m/e/ab12cd34ef56gh78"


def written(name: str = "春日", **more: Any) -> Draft:
    return msgspec.structs.replace(Draft(name, STARTS["phone"]), **more)


def test_a_poster_outlives_the_media_it_was_made_of(stores: Stores) -> None:
    ground = media.add_medium(stores, "cli", "底图", picture((200, 300), "JPEG"))
    logo = media.add_medium(stores, "cli", "标志", LOGO)
    made = keeping.add_poster(stores, "cli", written(background=ground, logo=logo))
    before = drawn(stores, made.id, LINK)
    media.remove_medium(stores, ground)
    media.remove_medium(stores, logo)
    assert drawn(stores, made.id, LINK) == before
    keeping.change_poster(stores, made.id, written("夏日", background=ground, logo=logo))
    assert drawn(stores, made.id, LINK) == before, "what did not change needs no medium"
    with pytest.raises(BadInput) as refused:
        keeping.change_poster(stores, made.id, written(size="square", layout=STARTS["square"], background=ground))
    assert refused.value.field == "background"
    bare = keeping.change_poster(stores, made.id, written())
    assert keeping.pictures_of(stores, bare.id).ground is None
    assert decoded(seen(drawn(stores, made.id, LINK), "jpg")) == [LINK]


def test_a_name_is_of_one_poster_and_what_is_not_there_is_said(stores: Stores) -> None:
    keeping.add_poster(stores, "cli", written())
    other = keeping.add_poster(stores, "cli", written("夏日"))
    with pytest.raises(Conflict):
        keeping.change_poster(stores, other.id, written("春日"))
    with pytest.raises(BadInput) as refused:
        keeping.add_poster(stores, "cli", written("秋日", logo="0" * 64))
    assert refused.value.field == "logo"
    with pytest.raises(NotFound):
        keeping.get_poster(stores, 99)


def test_a_campaign_offers_one_poster_and_keeps_one_that_is_put_away(stores: Stores) -> None:
    one, two = (keeping.add_poster(stores, "cli", written(name)) for name in ("春日", "夏日"))
    campaign = started(stores)
    assert keeping.chosen(stores, campaign.id) is None
    keeping.choose(stores, campaign.id, one.id)
    keeping.choose(stores, campaign.id, two.id)
    keeping.archive_poster(stores, two.id, archived=True)
    keeping.choose(stores, campaign.id, two.id)
    assert [each.id for each in keeping.list_posters(stores)] == [one.id]
    assert keeping.used_in(stores) == {two.id: [(campaign.id, campaign.name)]}
    keeping.choose(stores, campaign.id, None)
    with pytest.raises(Conflict):
        keeping.choose(stores, campaign.id, two.id)
    with pytest.raises(NotFound):
        keeping.choose(stores, campaign.id + 1, one.id)


def test_how_somebody_is_shown_is_theirs_through_a_merge(stores: Stores) -> None:
    anna, ben = some_people(stores, 2)
    assert keeping.face_of(stores, anna).picture is None
    keeping.set_face(stores, "self", anna, name="小雨", picture=picture((80, 80)))
    kept = keeping.set_face(stores, "cli", anna, name="雨")
    assert (kept.name, kept.picture is not None) == ("雨", True), "what is not given stays"
    merges.merge(stores, "cli", anna, ben, "same")
    assert keeping.face_of(stores, ben).name == "雨"
    keeping.set_face(stores, "cli", ben, picture=b"")
    assert keeping.face_of(stores, anna) == keeping.Face("雨", None)
    keeping.clear_face(stores, anna)
    assert keeping.face_of(stores, ben).name != "雨"


@pytest.mark.parametrize("name", ["字" * 21, "😀"])
def test_a_name_that_can_not_be_printed_is_refused(stores: Stores, name: str) -> None:
    (person,) = some_people(stores, 1)
    with pytest.raises(BadInput) as refused:
        keeping.set_face(stores, "self", person, name=name)
    assert refused.value.field == "name"
    with pytest.raises(NotFound):
        keeping.set_face(stores, "self", 9_999, name="雨")
