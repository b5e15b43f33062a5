"""Scripts, users' own content and personas in the console."""

from __future__ import annotations

from siyu.content.personas import keeping as personas
from siyu.content.scripts import using
from siyu.content.ugc import keeping as shows
from siyu.staff import audit
from siyu.storage import Stores
from tests.content.library import a_piece
from tests.content.test_ugc import a_picture, handed_in
from tests.web.conftest import SignedIn


def test_an_adviser_writes_marks_and_removes_scripts_of_their_own(stores: Stores, signed_in: SignedIn) -> None:
    team = a_piece(stores, kind="script", title="发货", body={"text": "当天发", "asked": "什么时候发货"})
    console = signed_in("adviser")
    assert "发货" in console.get("/scripts?q=多久发货").text
    assert console.post("/content/new?kind=script", {"title": "x"}).status_code == 403
    wrong = console.post("/scripts/new", {"title": "我的", "body.text": "{{ nobody.x }}"})
    assert wrong.status_code == 422
    assert 'id="e-body.text"' in wrong.text
    console.post("/scripts/new", {"title": "我的话术", "body.text": "{{ person.name }}，您好", "body.asked": "打招呼"})
    shown = console.get("/scripts?only=own").text
    assert "我的话术" in shown
    (own,) = [each for each in using.find(stores, "staff:1") if each.own]
    assert "打招呼" in console.get(f"/scripts/{own.piece}/edit").text
    console.post(f"/scripts/{own.piece}/edit", {"title": "我的话术", "body.text": "改了"})
    console.post(f"/scripts/{team.id}/favourite")
    assert "发货" in console.get("/scripts?only=favourite").text
    console.post(f"/scripts/{own.piece}/remove")
    assert "我的话术" not in console.get("/scripts").text
    console.post(f"/scripts/{own.piece}/bring-back")
    other = signed_in("operator")
    assert "我的话术" not in other.get("/scripts").text
    assert other.get(f"/content/{own.piece}").status_code == 404
    assert other.post(f"/scripts/{own.piece}/share").status_code == 403


def test_users_own_content_is_collected_accepted_and_taken_into_the_library(
    stores: Stores, signed_in: SignedIn
) -> None:
    console = signed_in("operator")
    assert "还没有征集" in console.get("/shows").text
    assert console.post("/shows/new", {"title": "晒面膜", "consent_zh": ""}).status_code == 422
    console.post("/shows/new", {"title": "晒面膜", "consent_zh": "同意使用", "tags": "面膜"})
    (call,) = shows.list_calls(stores)
    path = f"/shows/{call.id}"
    assert f"/m/show/{call.slug}" in console.get(path).text
    post = handed_in(stores, call, words="<b>好用</b>", picture=a_picture())
    page = console.get(path).text
    assert "&lt;b&gt;好用" in page
    assert console.get(f"/shows/posts/{post.id}/photo").headers["content-type"] == "image/jpeg"
    console.post(f"/shows/posts/{post.id}/accept")
    made = console.post(f"/shows/posts/{post.id}/reuse")
    assert made.status_code == 303
    assert "晒面膜 · 小雨" in console.get(made.headers["location"]).text
    console.post(f"/shows/posts/{post.id}/take-back")
    assert "已撤回授权" in console.get(made.headers["location"]).text
    console.post(f"{path}/edit", {"title": "晒面膜二期", "consent_zh": "另一版"})
    console.post(f"{path}/end")
    assert "已结束" in console.get("/shows").text
    assert {"ugc_call_added", "ugc_accepted", "ugc_withdrawn"} <= set(audit.actions_seen(stores.ledger))
    adviser = signed_in("adviser")
    assert adviser.post(f"/shows/posts/{post.id}/accept").status_code == 403


def test_a_persona_is_made_tried_and_checked_against(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    assert "还没有人设" in console.get("/personas").text
    form = {"name": "小思", "kind": "adviser", "address": "您", "never": "赋能", "emoji_most": "2", "stories": "一\n二"}
    assert console.post("/personas/new", {**form, "name": ""}).status_code == 422
    console.post("/personas/new", form)
    (found,) = personas.list_personas(stores)
    path = f"/personas/{found.id}"
    assert found.draft.stories == ("一", "二")
    a_piece(stores, kind="script", title="走样的", body={"text": "你好，给你赋能"})
    page = console.get(path).text
    assert "走样的" in page
    assert "从不说" in page
    assert "不用“你”" in console.post(f"{path}/trial", {"said": "你好"}).text
    assert "说的" in console.post(f"{path}/trial", {"said": "您好"}).text
    console.post(f"{path}/edit", {**form, "name": "小思思"})
    console.post(f"{path}/archive")
    assert personas.list_personas(stores) == []
    console.post(f"{path}/restore")
    assert "小思思" in console.get("/personas").text
