"""Posts to groups: on record before the call, handed to owners once, each group with its result and reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from siyu.channels.accounts import change_account
from siyu.channels.wecom import tasks as reading
from siyu.channels.wecom.group_posts import posting, tasks
from siyu.channels.wecom.group_posts.posting import Draft
from siyu.channels.wecom.weekly import GROUP_POSTS_WEEK
from siyu.jobs import preferences, run_due
from siyu.storage import BadInput, Conflict, NotFound
from tests.channels.wecom.simulated import Simulated
from tests.published import answered
from tests.web.conftest import SignedIn

JOBS = (reading, tasks)  # known once they are imported


def groups(world: Simulated, count: int, owner: str = "li") -> list[str]:
    """New groups, heard of and read."""
    made = [
        world.shop.act("open_group", owner=owner, name=f"{owner} 的群 {place}")["chat_id"] for place in range(count)
    ]
    world.move(seconds=5)
    return sorted(made)


def posted(world: Simulated, text: str = "今晚八点秒杀", **more: Any) -> int:
    number = posting.post(world.stores, "staff:1", world.account, Draft(text, **more))
    run_due(world.stores)
    return number


def later(world: Simulated, **time_passes: float) -> None:
    """Time goes on, and what is due is looked at."""
    world.move(**time_passes)
    with world.stores.ledger.write() as conn:
        posting.ask_to_hand_over(conn, world.account, world.clock.now())
    run_due(world.stores)


def at_the_platform(world: Simulated) -> list[dict[str, Any]]:
    if "mass" not in world.platform.door.get("state")["rows"]:
        return []
    return [each for each in world.platform.door.get("state", drawer="mass")["rows"] if each["chat_type"] == "group"]


def confirm(world: Simulated) -> None:
    """Every owner taps every task."""
    for task in at_the_platform(world):
        for userid in task["senders"]:
            world.shop.act("confirm", msgid=task["msgid"], userid=userid)


def heard(world: Simulated) -> list[str]:
    """Groups in which something was said, with repeats."""
    return sorted(chat for each in world.shop.delivered() if each["kind"] == "mass_group" for chat in each["to"])


def became(world: Simulated, number: int) -> dict[str, tuple[str, str]]:
    return {each.chat_id: (each.state, each.reason) for each in posting.items_of(world.stores, number)}


def configured(world: Simulated, **settings: Any) -> None:
    change_account(world.stores, world.channels, world.account, settings=settings)


def test_owners_confirm_and_each_group_gets_it_once(each_world: Simulated) -> None:
    world = each_world
    of_li, of_wang = groups(world, 2), groups(world, 1, "wang")
    number = posted(world)
    found = posting.get_post(world.stores, number)
    assert (found.state, found.counts, found.waiting) == ("open", {"handed": 3}, 2)
    assert sorted((each["content"]["text"]["content"], tuple(each["senders"])) for each in at_the_platform(world)) == [
        ("今晚八点秒杀", ("li",)),
        ("今晚八点秒杀", ("wang",)),
    ]
    assert heard(world) == []
    confirm(world)
    later(world, minutes=2)
    assert became(world, number) == dict.fromkeys([*of_li, *of_wang], ("sent", ""))
    assert heard(world) == sorted([*of_li, *of_wang])
    assert posting.get_post(world.stores, number).state == "done"


def test_owners_who_take_hours_are_waited_for(world: Simulated) -> None:
    groups(world, 2)
    groups(world, 2, "wang")
    world.platform.door.post("manners", staff_confirm=1.0, staff_hours=5.0)
    number = posted(world)
    later(world, minutes=2)
    assert posting.get_post(world.stores, number).counts == {"handed": 4}
    for _ in range(3):
        later(world, hours=20)
    assert posting.get_post(world.stores, number).counts == {"sent": 4}


def test_what_an_owner_never_confirms_is_called_back_in_the_end_and_says_so(world: Simulated) -> None:
    (group,) = groups(world, 1)
    number = posted(world)
    later(world, days=3, minutes=1)
    later(world, minutes=1)
    assert became(world, number) == {group: ("refused", "wecom_not_confirmed")}
    confirm(world)
    assert (heard(world), posting.get_post(world.stores, number).state) == ([], "done")


def test_a_group_that_had_its_share_is_held_before_and_counted_by_day_and_month(each_world: Simulated) -> None:
    world = each_world
    first, second = groups(world, 2)
    configured(world, group_month_max=2)
    world.platform.door.post("manners", mass_per_month=2)
    posted(world, groups=[first])
    assert posting.forecast(world.stores, world.account, Draft("")).held == {"group_quota_day": 1}
    again = posted(world, "同一天")
    assert became(world, again) == {first: ("held", "group_quota_day"), second: ("handed", "")}
    later(world, days=1)
    posted(world, "第二天", groups=[first])
    later(world, days=1)
    assert posting.forecast(world.stores, world.account, Draft("")).held == {"group_quota_month": 1}
    assert became(world, posted(world, "第三天")) == {first: ("held", "group_quota_month"), second: ("handed", "")}


def test_a_group_gets_no_more_in_a_week_than_the_shop_wants(world: Simulated) -> None:
    (group,) = groups(world, 1)
    with world.stores.ledger.write() as conn:
        preferences.put(conn, GROUP_POSTS_WEEK, 2, at=world.clock.now(), by="staff:1")
    for text in ("第一天", "第二天"):
        assert became(world, posted(world, text))[group][0] == "handed"
        later(world, days=1)
    assert posting.forecast(world.stores, world.account, Draft("")).held == {"group_week": 1}
    assert became(world, posted(world, "第三天")) == {group: ("held", "group_week")}
    later(world, days=5, minutes=1)
    assert became(world, posted(world, "一周后"))[group][0] == "handed"


def test_what_the_platform_counts_besides_is_told_after(world: Simulated) -> None:
    (group,) = groups(world, 1)
    world.platform.door.post("manners", mass_per_month=1)
    outside = world.shop.call(
        "externalcontact/add_msg_template", chat_type="group", sender="li", text={"content": "别处"}
    )
    world.shop.act("confirm", msgid=outside["msgid"], userid="li")
    number = posted(world)
    confirm(world)
    later(world, minutes=2)
    assert became(world, number) == {group: ("refused", "group_quota_used")}


def test_a_group_that_is_no_more_or_whose_owner_left_is_held(world: Simulated) -> None:
    gone, stays = groups(world, 2)
    (left,) = groups(world, 1, "wang")
    world.shop.act("dismiss_group", chat_id=gone)
    world.shop.door.post("dismiss", corpid=world.shop.corpid, userid="wang")
    world.move(seconds=5)
    number = posted(world, groups=[gone, left, stays])
    assert became(world, number) == {
        gone: ("held", "group_gone"),
        left: ("held", "group_no_owner"),
        stays: ("handed", ""),
    }


def test_a_task_whose_answer_was_lost_is_found_and_not_made_twice(each_world: Simulated) -> None:
    world = each_world
    (group,) = groups(world, 1)
    world.loses_answers("add_msg_template")
    number = posted(world)
    assert [each.state for each in posting.tasks_of(world.stores, number)] == ["making"]
    later(world, minutes=1)
    confirm(world)
    later(world, minutes=2)
    assert (len(at_the_platform(world)), heard(world)) == (1, [group])


def test_a_call_that_surely_made_no_task_is_made_again_and_once(world: Simulated) -> None:
    (group,) = groups(world, 1)
    rule = {"kind": "cut", "path": "/cgi-bin/externalcontact/add_msg_template", "times": 1}
    world.platform.door.post("faults", rules=[rule])
    number = posted(world)
    for _ in range(5):
        later(world, minutes=1)
    assert [each.state for each in posting.tasks_of(world.stores, number)] == ["waiting"]
    confirm(world)
    later(world, minutes=2)
    assert (len(at_the_platform(world)), heard(world)) == (1, [group])


def test_one_owner_with_many_groups_gets_tasks_of_so_many(world: Simulated) -> None:
    made = groups(world, 3)
    configured(world, group_task_max=2)
    number = posted(world)
    assert sorted(each.groups for each in posting.tasks_of(world.stores, number)) == [1, 2]
    confirm(world)
    later(world, minutes=2)
    assert heard(world) == made


def test_what_is_called_back_goes_to_nobody(each_world: Simulated) -> None:
    world = each_world
    (group,) = groups(world, 1)
    number = posted(world)
    posting.cancel(world.stores, number)
    posting.cancel(world.stores, number)
    later(world, seconds=1)
    confirm(world)
    later(world, minutes=1)
    assert (heard(world), became(world, number)) == ([], {group: ("withdrawn", "")})
    other = posted(world, "另一条", starts=world.clock.now() + timedelta(days=1))
    posting.cancel(world.stores, other)
    later(world, days=2)
    assert (len(at_the_platform(world)), posting.get_post(world.stores, other).state) == (1, "cancelled")


def test_what_is_over_can_not_be_called_back(world: Simulated) -> None:
    groups(world, 1)
    number = posted(world)
    confirm(world)
    later(world, minutes=2)
    with pytest.raises(Conflict):
        posting.cancel(world.stores, number)
    with pytest.raises(NotFound):
        posting.cancel(world.stores, 99)


def test_it_begins_when_it_is_to(world: Simulated) -> None:
    groups(world, 1)
    number = posted(world, starts=world.clock.now() + timedelta(hours=2))
    later(world, hours=1)
    assert (posting.get_post(world.stores, number).state, at_the_platform(world)) == ("recorded", [])
    later(world, hours=1)
    assert posting.get_post(world.stores, number).counts == {"handed": 1}


def test_an_owner_is_reminded_three_times_a_day_and_no_more(world: Simulated) -> None:
    groups(world, 1)
    number = posted(world)
    for _ in range(3):
        assert posting.remind(world.stores, world.exchange, number) == 1
    with pytest.raises(Conflict):
        posting.remind(world.stores, world.exchange, number)
    reminded = [each for each in world.shop.delivered() if each["kind"] == "reminder"]
    assert (len(reminded), reminded[0]["to"]) == (3, ["li"])
    world.move(hours=25)
    assert posting.remind(world.stores, world.exchange, number) == 1


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (Draft(""), "text"),
        (Draft("长" * 1_334), "text"),
        (Draft("好", [{"kind": "image", "medium": "none"}]), "attachments.0.medium"),
        (Draft("好", groups=["wr-nowhere"]), "groups"),
        (Draft("好", owners=["不 是"]), "owners"),
        (Draft("好", owners=["wang"]), "groups"),
    ],
)
def test_what_the_platform_would_not_take_is_refused_before(world: Simulated, draft: Draft, field: str) -> None:
    groups(world, 1)
    with pytest.raises(BadInput) as refused:
        posting.post(world.stores, "staff:1", world.account, draft)
    assert (refused.value.field, posting.list_posts(world.stores)) == (field, [])


def test_the_console_says_what_would_happen_posts_reminds_and_calls_back(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("operator")
    assert "还没有发到群过" in console.get("/group-posts").text
    first, _ = groups(world, 2)
    assert "li 的群 0" in console.get("/group-posts/new").text
    fields = {"account": str(world.account), "text": "今晚秒杀", "groups": first}
    said = console.post("/group-posts/count", fields).text
    assert "将发到 <strong>1</strong> 个群，由 <strong>1</strong> 位群主确认" in said
    refused = console.post("/group-posts/new", {**fields, "text": ""})
    assert (refused.status_code, "请写文字或加附件" in refused.text) == (422, True)
    assert console.post("/group-posts/new", fields).headers["location"] == "/group-posts/1"
    run_due(world.stores)
    assert "还有 1 位群主未确认" in console.get("/group-posts/1").text
    assert "今天的群发次数已用完" in console.post("/group-posts/count", fields).text
    assert console.post("/group-posts/1/remind").status_code == 303
    assert console.post("/group-posts/1/cancel").status_code == 303
    assert "已取消" in console.get("/group-posts").text


def test_who_only_looks_posts_nothing(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("analyst")
    assert (console.get("/group-posts").status_code, console.get("/group-posts/new").status_code) == (200, 403)


def test_the_api_does_the_same(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    key = console.key()
    (group,) = groups(world, 1)
    body = {"account": world.account}
    counted = console.http.post("/api/group-posts/count", json=body, headers=key)
    assert counted.json() == {"reached": 1, "owners": 1, "held": {}}
    answer = console.http.post("/api/group-posts", json={**body, "text": "今晚秒杀"}, headers=key)
    assert (answer.status_code, answer.json()["counts"]) == (201, {"recorded": 1})
    run_due(world.stores)
    assert console.get("/api/group-posts/1/tasks").json()["tasks"][0]["state"] == "waiting"
    reminded = console.http.post("/api/group-posts/1/remind", json={}, headers=key)
    assert reminded.json() == {"reminded": 1}
    assert console.get("/api/group-posts/1/groups?in_state=handed").json()["items"][0]["chat_id"] == group
    assert len(console.get("/api/group-posts").json()["items"]) == 1
    assert console.http.post("/api/group-posts/1/cancel", headers=key).json()["state"] == "cancelled"


def test_the_command_line_does_the_same(world: Simulated) -> None:
    groups(world, 1)
    for line, schema in (
        (f"group-post count {world.account}", "group-post-count"),
        (f"group-post post {world.account} --text 今晚秒杀 --starts 2020-01-01T10:00", "group-post"),
        ("group-post list", "group-post-list"),
        ("group-post remind 1", "group-post-remind"),
        ("group-post cancel 1", "group-post"),
        ("group-post show 1", "group-post"),
    ):
        answered(world.stores, line, schema)
        run_due(world.stores)
