"""``/m/show/…``: a photo and a few words handed in on a phone, and taken back as easily."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from siyu.channels import channels_of
from siyu.content.ugc import keeping
from siyu.content.ugc.model import Call
from siyu.storage import Stores
from siyu.web.app import create_app
from siyu.web.outside import Outside
from tests.content.test_ugc import a_call, a_picture
from tests.web.mobile.test_campaigns import key_in, phone


@pytest.fixture
def site(stores: Stores) -> Iterator[Any]:
    channels = channels_of(stores)
    yield create_app(stores, outside=Outside(channels=channels))
    channels.close()


def filled(http: TestClient[Any], call: Call, **more: str) -> dict[str, str]:
    page = http.get(f"/m/show/{call.slug}").text
    text = re.search(r'name="text" value="(\d+)"', page)
    assert text, page
    asked = {"once": key_in(page), "text": text[1], "words": "很好用", "name": "小雨", "age": "adult", "agreed": "1"}
    return {**asked, **more}


def photo() -> str:
    return "data:image/jpeg;base64," + base64.b64encode(a_picture()).decode()


def test_it_is_handed_in_once_with_consent_and_taken_back_with_one_tap(stores: Stores, site: Any) -> None:
    call, http = a_call(stores, words_zh="发照片领小样"), phone(site)
    given = filled(http, call, photo=photo())
    sent = http.post(f"/m/show/{call.slug}", data=given, follow_redirects=False)
    assert sent.status_code == 303, sent.text
    place = sent.headers["location"]
    assert http.post(f"/m/show/{call.slug}", data=given, follow_redirects=False).headers["location"] == place
    mine = http.get(place).text
    assert "很好用" in mine
    assert http.get(f"{place}/photo.jpg").headers["content-type"] == "image/jpeg"
    other = phone(site)
    theirs = other.get(place).text
    assert "很好用" not in theirs, "who is sent the address on sees nothing of it"
    assert other.get(f"{place}/photo.jpg").headers["content-type"] != "image/jpeg"
    other.post(place, data={"once": key_in(filled_page(other, call))})
    (post,) = keeping.list_posts(stores)
    assert post.stage == "waiting", "nor takes it back"
    http.post(place, data={"once": key_in(mine)})
    (post,) = keeping.list_posts(stores)
    assert (post.stage, post.words, post.pictured) == ("withdrawn", "", False)
    assert "已删除" in http.get(place).text


def filled_page(http: TestClient[Any], call: Call) -> str:
    return http.get(f"/m/show/{call.slug}").text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"agreed": ""}, "请先阅读并同意"),
        ({"age": ""}, "监护人"),
        ({"words": ""}, "请写几句话"),
        ({"photo": "data:image/jpeg;base64,AAAA"}, "打不开"),
        ({"photo": "?"}, "打不开"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(stores: Stores, site: Any, wrong: dict[str, str], said: str) -> None:
    call, http = a_call(stores), phone(site)
    answer = http.post(f"/m/show/{call.slug}", data=filled(http, call, **wrong))
    assert answer.status_code == 422
    assert said in answer.text
    assert keeping.list_posts(stores) == []


def test_a_collection_that_is_over_says_so(stores: Stores, site: Any) -> None:
    call, http = a_call(stores), phone(site)
    keeping.set_open(stores, call.id, is_open=False)
    assert "结束" in http.get(f"/m/show/{call.slug}").text
    assert http.get("/m/show/nothing").status_code == 404


def test_a_form_that_is_far_too_long_is_refused(stores: Stores, site: Any) -> None:
    call, http = a_call(stores), phone(site)
    answer = http.post(f"/m/show/{call.slug}", data=filled(http, call, photo="x" * 1_700_000))
    assert answer.status_code in (400, 413)
    assert keeping.list_posts(stores) == []
