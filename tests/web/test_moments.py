"""Moments: made once, published by members, and whom they met."""

from __future__ import annotations

from typing import Any

import pytest

from siyu.channels.media import add_medium
from siyu.channels.wecom.moments import posting, tasks
from siyu.channels.wecom.moments.posting import Draft
from siyu.channels.wecom.weekly import MOMENTS_WEEK
from siyu.jobs import preferences, run_due
from siyu.storage import BadInput, Conflict
from tests.channels.wecom.simulated import Simulated
from tests.published import answered
from tests.web.conftest import SignedIn

JOBS = tasks  # known once it is imported
PNG = b"\x89PNG\r\n\x1a\n" + b"picture"


def posted(world: Simulated, text: str = "新品到店", **more: Any) -> int:
    number = posting.post(world.stores, "staff:1", world.account, Draft(text, **more))
    run_due(world.stores)
    return number


def later(world: Simulated, **time_passes: float) -> None:
    world.move(**time_passes)
    with world.stores.ledger.write() as conn:
        posting.ask_to_publish(conn, world.account, world.clock.now())
    run_due(world.stores)


def at_the_platform(world: Simulated) -> list[str]:
    return [each["moment_id"] for each in world.platform.door.get("state", drawer="moments")["rows"]]


def publish(world: Simulated, userid: str) -> str:
    (moment,) = at_the_platform(world)
    world.shop.act("publish", moment_id=moment, userid=userid)
    return moment


def test_the_same_customers_are_not_shown_more_than_the_shop_wants(world: Simulated) -> None:
    with world.stores.ledger.write() as conn:
        preferences.put(conn, MOMENTS_WEEK, 2, at=world.clock.now(), by="staff:1")
    posting.post(world.stores, "staff:1", world.account, Draft("一", tags=["et-1"]))
    posting.post(world.stores, "staff:1", world.account, Draft("二", tags=["et-2", "et-1"]))
    posting.post(world.stores, "staff:1", world.account, Draft("三", tags=["et-3"]))  # other customers
    for tags in (["et-1"], []):
        with pytest.raises(Conflict) as caught:
            posting.post(world.stores, "staff:1", world.account, Draft("四", tags=tags))
        assert caught.value.code == "moments_enough"
    world.move(days=7, minutes=1)
    posting.post(world.stores, "staff:1", world.account, Draft("四"))


def test_members_publish_a_moment_and_whom_it_met_is_read(each_world: Simulated) -> None:
    world = each_world
    anna, _ = world.shop.befriend("li"), world.shop.befriend("wang")
    picture = add_medium(world.stores, "staff:1", "a.png", PNG)
    number = posted(world, attachments=[{"kind": "image", "medium": picture}], members=["li", "wang", "nobody"])
    later(world, minutes=1)
    later(world, minutes=1)
    found = posting.get_moment(world.stores, number)
    assert (found.state, found.invalid, found.members_all) == ("waiting", {"members": ["nobody"]}, 2)
    moment = publish(world, "li")
    world.shop.act("comment", moment_id=moment, userid="li", external_userid=anna)
    world.shop.act("comment", moment_id=moment, userid="li", external_userid=anna, like=True)
    later(world, minutes=6)
    found = posting.get_moment(world.stores, number)
    assert (found.published, found.reached, found.likes, found.comments) == (1, 1, 1, 1)
    assert posting.silent_members(world.stores, number) == ["wang"]
    assert {each.external_userid for each in posting.people_of(world.stores, number)} == {anna}
    later(world, days=8)
    assert posting.get_moment(world.stores, number).state == "done"


def test_a_moment_whose_answer_was_lost_is_found_and_not_made_twice(world: Simulated) -> None:
    world.loses_answers("add_moment_task")
    number = posted(world)
    assert posting.get_moment(world.stores, number).state == "calling"
    later(world, minutes=1)
    assert posting.get_moment(world.stores, number).state == "waiting"
    assert len(at_the_platform(world)) == 1


def test_one_that_is_not_found_in_a_day_is_said_to_be_unsettled(world: Simulated) -> None:
    rule = {"kind": "cut", "path": "/cgi-bin/externalcontact/add_moment_task", "times": 1}
    world.platform.door.post("faults", rules=[rule])
    number = posted(world)
    later(world, hours=1)
    assert posting.get_moment(world.stores, number).state == "calling"
    later(world, hours=24)
    assert posting.get_moment(world.stores, number).state == "unsettled"


def test_what_is_not_published_can_be_cancelled(world: Simulated) -> None:
    world.shop.befriend("li")
    number = posted(world)
    with pytest.raises(Conflict):
        posting.cancel(world.stores, world.exchange, number)
    later(world, minutes=1)
    posting.cancel(world.stores, world.exchange, number)
    assert posting.get_moment(world.stores, number).state == "cancelled"
    (moment,) = at_the_platform(world)
    assert world.shop.act("publish", moment_id=moment, userid="li") == {"reached": 0}


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (Draft(""), "text"),
        (Draft("长" * 2_001), "text"),
        (Draft("好", [{"kind": "image", "medium": "none"}]), "attachments"),
        (Draft("好", [{"kind": "image", "medium": "a"}, {"kind": "video", "medium": "b"}]), "attachments"),
        (Draft("好", members=["不 是"]), "members"),
    ],
)
def test_what_the_platform_would_not_take_is_refused_before(world: Simulated, draft: Draft, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        posting.post(world.stores, "staff:1", world.account, draft)
    assert (refused.value.field, posting.list_moments(world.stores)) == (field, [])


def test_the_console_posts_shows_and_cancels(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("operator")
    assert "还没有发过朋友圈" in console.get("/moments").text
    picture = add_medium(world.stores, "staff:1", "a.png", PNG)
    assert console.get("/moments/new").status_code == 200
    fields = {"account": str(world.account), "text": "新品", "picture": picture, "members": "li"}
    answer = console.post("/moments/new", {**fields, "film": "b"})
    assert (answer.status_code, "附件只能是同一种" in answer.text) == (422, True)
    assert console.post("/moments/new", fields).headers["location"] == "/moments/1"
    run_due(world.stores)
    later(world, minutes=1)
    later(world, minutes=1)
    assert "员工可发表" in console.get("/moments/1").text
    assert console.post("/moments/1/cancel").status_code == 303
    assert "新品" in console.get("/moments").text


def test_who_only_looks_posts_nothing(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("analyst")
    assert (console.get("/moments").status_code, console.get("/moments/new").status_code) == (200, 403)


def test_the_api_does_the_same(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    key = console.key()
    world.shop.befriend("li")
    answer = console.http.post("/api/moments", json={"account": world.account, "text": "新品"}, headers=key)
    assert (answer.status_code, answer.json()["state"]) == (201, "recorded")
    run_due(world.stores)
    later(world, minutes=1)
    publish(world, "li")
    later(world, minutes=6)
    assert console.get("/api/moments/1").json()["published"] == 1
    assert len(console.get("/api/moments/1/people?kind=reached").json()["items"]) == 1
    assert console.get("/api/moments/1/silent").json() == {"members": ["wang"]}
    assert len(console.get("/api/moments").json()["items"]) == 1
    assert console.http.post("/api/moments/1/cancel", headers=key).json()["state"] == "cancelled"


def test_the_command_line_does_the_same(world: Simulated) -> None:
    for line, schema in (
        (f"moment post {world.account} --text 新品", "moment"),
        ("moment show 1", "moment"),
        ("moment list", "moment-list"),
        ("moment cancel 1", "moment"),
    ):
        answered(world.stores, line, schema)
