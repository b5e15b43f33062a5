"""Posters in the console, over the API and on the command line."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import msgspec
import pytest

from siyu.channels import media
from siyu.cli import run_command
from siyu.cli.answers import ANSWERS
from siyu.growth.campaigns import reading
from siyu.growth.posters import keeping
from siyu.growth.posters.model import STARTS, Draft
from siyu.people import actions
from siyu.staff import audit
from siyu.storage import Stores
from tests.growth.campaigns.playing import play, some_people, started
from tests.growth.test_pictures import decoded, picture, seen
from tests.published import answered
from tests.web.conftest import Console, SignedIn

SAME_SITE = {"sec-fetch-site": "same-origin"}
LAYOUT = {"code": {"x": 27, "y": 104, "side": 36}, "portrait": {"x": 36, "y": 52, "side": 18}}


def form_of(**more: str) -> dict[str, Any]:
    same = {
        "name": "春日",
        "size": "phone",
        "background": "",
        "paper": "#ffffff",
        "colours": "teal",
        "logo": "",
        "code.x": "27",
        "code.y": "104",
        "code.side": "36",
        "name.on": "1",
        "name.text": "{name} 邀请您",
        "name.x": "10",
        "name.y": "73",
        "name.width": "70",
        "name.height": "10",
        "name.size": "6",
        "name.colour": "#18262c",
        "name.align": "center",
    }
    return same | more


def begun(stores: Stores) -> tuple[int, str]:
    """Who started something in a campaign that offers a poster, and its slug."""
    campaign = started(stores)
    (person,) = some_people(stores, 1)
    actions.set_profile(stores, "cli", person, {"name": "王 13800138000"})
    play(stores, campaign, person)
    poster = keeping.add_poster(stores, "cli", Draft("夏日", STARTS["card"], "card"))
    keeping.choose(stores, campaign.id, poster.id)
    return person, reading.list_efforts(stores, campaign.id)[0].slug


def test_a_poster_is_written_with_a_preview_and_chosen_for_a_campaign(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("operator")
    campaign = started(stores)
    assert "还没有海报" in console.get("/posters").text
    ground = media.add_medium(stores, "cli", "底图.jpg", picture((200, 300), "JPEG"))
    new = console.get("/posters/new").text
    assert "底图.jpg" in new
    assert 'name="portrait.on" value="1" checked' in new
    preview = console.post("/posters/preview", form_of(name="", background=ground)).text
    assert 'data-place="name"' in preview
    assert 'data-place="portrait"' not in preview
    jpeg = base64.b64decode(preview.partition("base64,")[2].partition('"')[0])
    assert len(decoded(seen(jpeg, "jpg"))) == 1
    made = console.post("/posters/new", form_of(background=ground))
    (poster,) = keeping.list_posters(stores)
    path = f"/posters/{poster.id}"
    assert (made.status_code, made.headers["location"]) == (303, path)
    assert poster.layout.portrait is None
    assert console.post(f"{path}/use", {"campaign": str(campaign.id)}).status_code == 303
    assert campaign.name in console.get(path).text
    assert f"用于 {campaign.name}" in console.get("/posters").text
    assert "底图.jpg" in console.get(f"{path}/edit").text
    console.post(f"{path}/edit", form_of(name="夏日", **{"portrait.on": "1"}, **places("portrait", 36, 52, 18)))
    assert keeping.get_poster(stores, poster.id).layout.portrait is not None
    console.post(f"{path}/archive")
    assert "已停用" in console.get(path).text
    console.post(f"{path}/restore")
    console.post(f"/posters/unuse/{campaign.id}")
    assert keeping.chosen(stores, campaign.id) is None
    assert {"poster_added", "poster_changed", "campaign_poster_chosen"} <= {
        row.action for row in audit.entries(stores.ledger)
    }


def places(place: str, x: float, y: float, side: float) -> dict[str, str]:
    return {f"{place}.x": str(x), f"{place}.y": str(y), f"{place}.side": str(side)}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (places("code", 27, 104, 20), "码至少 30 毫米"),
        ({"code.x": "80"}, "超出了纸面"),
        ({"name.y": "110"}, "不能压在码上"),
        ({"name.text": "您好"}, "这一行要写上 {name}"),
        ({"code.y": "x"}, "请填写 0 到 1000 的数字"),
        ({"background": "0" * 64}, "没有这张图片"),
    ],
)
def test_a_mistake_stands_at_its_field_and_in_the_preview(
    signed_in: SignedIn, more: dict[str, str], words: str
) -> None:
    console = signed_in("operator")
    answer = console.post("/posters/new", form_of(**more))
    assert answer.status_code == 422
    assert words in answer.text
    assert words in console.post("/posters/preview", form_of(**more)).text


def test_a_number_that_is_none_is_nothing(signed_in: SignedIn) -> None:
    """``"²".isdigit()`` is true, and ``int("²")`` fails."""
    console = signed_in("operator")
    for number in ("²", "９", "9" * 400):
        assert console.post("/posters/preview", form_of(poster=number)).status_code == 200


def test_staff_print_somebodys_poster_and_set_how_they_are_shown(stores: Stores, signed_in: SignedIn) -> None:
    person, slug = begun(stores)
    console = signed_in("operator")
    path = f"/posters/of/{slug}"
    assert f'href="{path}"' in console.get("/campaigns/1").text
    shown = console.get(path).text
    assert "138****8000" in shown or "13800138000" not in shown
    (link,) = decoded(seen(console.get(f"/posters/1/file?effort={slug}&format=png").content, "png"))
    assert link == f"http://siyu.test/m/e/{slug}"
    console.post(path, {"name": "小雨"})
    sent = console.http.post(
        f"{path}/portrait",
        files={"file": ("me.png", picture((90, 60)), "image/png")},
        headers=SAME_SITE,
        follow_redirects=False,
    )
    assert sent.status_code == 303, sent.text
    face = keeping.face_of(stores, person)
    assert (face.name, face.picture is not None) == ("小雨", True)
    wrong = console.http.post(
        f"{path}/portrait", files={"file": ("me.png", b"no picture", "image/png")}, headers=SAME_SITE
    )
    assert (wrong.status_code, "打不开这张图片" in wrong.text) == (422, True)
    console.post(f"{path}/clear")
    assert keeping.face_of(stores, person).picture is None


def test_the_api_does_the_same(stores: Stores, console: Console) -> None:
    person, slug = begun(stores)
    key = console.key("owner")

    def call(method: str, path: str, body: Any = None) -> Any:
        return console.http.request(method, path, headers=key, json=body)

    number = call("POST", "/api/posters", {"name": "春日", "layout": LAYOUT}).json()["id"]
    path = f"/api/posters/{number}"
    assert call("GET", path).json()["layout"]["code"]["side"] == 36
    assert call("PUT", path, {"name": "春日", "layout": LAYOUT, "paper": "#FFFFFF"}).json()["paper"] == "#ffffff"
    assert call("PUT", "/api/campaigns/1/poster", {"poster": number}).json() == {"campaign": 1, "poster": number}
    assert call("GET", "/api/campaigns/1/poster").json()["poster"] == number
    body = {"name": "小雨", "picture": base64.b64encode(picture((50, 50))).decode()}
    face = f"/api/people/{person}/face"
    assert call("PUT", face, body).json() == {"person": person, "name": "小雨", "picture": True}
    assert "picture_broken" in call("PUT", face, {"picture": "?"}).text
    (link,) = decoded(seen(call("GET", f"{path}/picture?effort={slug}").content, "jpg"))
    assert link.endswith(f"/m/e/{slug}")
    asked = f"{path}/picture?link=https://shop.example.com/&person={person}&format=pdf"
    assert call("GET", asked).content.startswith(b"%PDF")
    assert call("DELETE", face).status_code == 204
    assert call("GET", face).json()["picture"] is False
    assert call("POST", f"{path}/archive").json()["archived"] is not None
    assert [each["id"] for each in call("GET", "/api/posters").json()["posters"]] == [1]
    assert call("POST", f"{path}/restore").json()["archived"] is None
    assert call("GET", f"{path}/picture?effort=none").status_code == 404
    assert call("GET", f"{path}/picture?link=x").status_code == 400


def test_the_command_line_does_the_same(stores: Stores, tmp_path: Path) -> None:
    person, slug = begun(stores)
    wanted = tmp_path / "spring.json"
    wanted.write_bytes(msgspec.json.encode({"name": "春日", "layout": LAYOUT}))
    portrait = tmp_path / "me.png"
    portrait.write_bytes(picture((50, 50)))

    def told(line: str) -> Any:
        return answered(stores, line, ANSWERS[("poster", line.split()[1])])

    number = told(f"poster add {wanted}")["id"]
    told(f"poster change {number} {wanted}")
    assert told(f"poster show {number}")["name"] == "春日"
    assert told(f"poster use 1 {number}") == {"campaign": 1, "poster": number}
    assert told("poster use 1") == {"campaign": 1, "poster": None}
    assert told(f"poster face {person} --name 小雨 --picture {portrait}")["picture"] is True
    out = tmp_path / "poster.png"
    told(f"poster make {number} --effort {slug} --site https://m.shop.cn --format png --out {out}")
    assert decoded(seen(out.read_bytes(), "png")) == [f"https://m.shop.cn/m/e/{slug}"]
    assert told(f"poster face {person} --clear")["picture"] is False
    assert told(f"poster archive {number}")["archived"]
    assert len(told("poster list --archived")["posters"]) == len(told("poster list")["posters"]) + 1
    assert told(f"poster restore {number}")["archived"] is None
    status, *said = run_command(stores, ["poster", "make", str(number), "--effort", slug, "--json"])
    assert status != 0
    assert "site_unfit" in "".join(said)
