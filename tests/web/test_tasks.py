"""The task board over HTTP: console, API, who may do what."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from siyu.reach.staff_tasks import doing, giving, queries
from siyu.reach.staff_tasks.doing import Result
from siyu.reach.staff_tasks.lateness import Lateness
from siyu.reach.staff_tasks.model import EVERYTHING, Task, Wish
from siyu.reach.staff_tasks.tables import staff_tasks
from siyu.storage import Stores
from tests.reach.journeys.world import Road
from tests.reach.world import World
from tests.web.conftest import Console

SignedIn = Callable[..., Console]
GREET = Wish("问候新好友", "{{ person.name }}你好，电话 13800138000", 60)


@pytest.fixture
def world(stores: Stores) -> World:
    return World(stores, [])


def give(world: World, persons: list[int], wish: Wish = GREET) -> list[int]:
    return giving.give(world.stores, "system", persons, wish)


def task(world: World, number: int) -> Task:
    return queries.one_task(world.stores, EVERYTHING, number)


def cards(page: Any, state: str = "") -> list[int]:
    """Numbers of the tasks on a board, or in one of its columns."""
    text = page.text
    if state:
        text = text.split(f'id="c-{state}"')[1].split("</section>")[0]
    return [int(number) for number in re.findall(r'class="task-link" href="/tasks/(\d+)"', text)]


def test_the_board_has_a_column_for_each_state_with_the_time_that_is_left(signed_in: SignedIn, world: World) -> None:
    console = signed_in("operator")
    numbers = give(world, world.add(4, name="安娜"))
    clock = world.clock
    doing.take(world.stores, EVERYTHING, "staff:1", numbers[1])
    clock.advance(timedelta(minutes=10))
    doing.finish(world.stores, EVERYTHING, "staff:1", numbers[3], Result())
    late = give(world, world.persons[2:3], Wish("答复", minutes=1))
    clock.advance(timedelta(minutes=25))
    Lateness(world.stores).tick()
    board = console.get("/tasks?who=all")
    assert [cards(board, state) for state in ("late", "open", "taken", "done")] == [
        late, [numbers[0], numbers[2]], [numbers[1]], [numbers[3]],
    ]  # fmt: skip
    assert ("还剩 25 分钟" in board.text, "超时 24 分钟" in board.text, "按时完成" in board.text) == (True, True, True)
    assert cards(console.get("/tasks?who=all&state=open"), "open") == [numbers[0], numbers[2]]


def test_a_task_of_a_journey_links_it_and_names_its_step(signed_in: SignedIn, stores: Stores) -> None:
    road = Road(stores)
    journey = road.publish([{"type": "task", "id": "call", "title": "打个电话", "script": "您好", "minutes": 60}])
    road.happens("come", *road.people())
    road.go()
    with stores.ledger.read() as conn:
        number = conn.execute(sa.select(staff_tasks.c.id)).scalar_one()
    page = signed_in("operator").get(f"/tasks/{number}").text
    assert f'<a href="/journeys/{journey}?version=1">' in page
    assert "步骤 打个电话" in page


def test_an_adviser_sees_own_tasks_and_the_pool_and_nothing_else_anywhere(signed_in: SignedIn, world: World) -> None:
    console = signed_in("adviser")
    mine, theirs, pool = world.add(origin_staff="adviser.zh"), world.add(), world.add()
    (own,), (others,), (free,) = give(world, mine), give(world, theirs), give(world, pool)
    with world.stores.ledger.write() as conn:
        theirs_alone = sa.update(staff_tasks).where(staff_tasks.c.id == others)
        conn.execute(theirs_alone.values(holder="wecom:1:lisi"))
    assert sorted(cards(console.get("/tasks?who=all"))) == [own, free]
    assert cards(console.get("/tasks")) == [own]
    assert cards(console.get("/tasks?who=wecom:1:lisi")) == []
    for path in (f"/tasks/{others}", f"/people/{theirs[0]}?part=tasks"):
        assert f'href="/tasks/{others}"' not in console.get(path).text
    assert console.get(f"/tasks/{others}").status_code == 404
    for act in ("take", "done", "hand-over", "cancel"):
        assert console.post(f"/tasks/{others}/{act}", {"to": "pool"}).status_code == 404
    assert console.post("/tasks/hand-over", {"task": [others], "to": "adviser.zh"}).status_code == 303
    assert console.post("/tasks/hand-over", {"giver": "wecom:1:lisi", "to": "adviser.zh"}).status_code == 403
    assert console.get("/tasks/templates/new").status_code == 403
    assert (task(world, others).holder, task(world, others).state) == ("wecom:1:lisi", "open")


def test_who_may_not_see_tasks_is_told_of_none(signed_in: SignedIn, world: World) -> None:
    console = signed_in("analyst")
    (person,) = world.add()
    give(world, [person])
    assert console.get("/tasks").status_code == 403
    assert "员工任务" not in console.get(f"/people/{person}").text
    assert console.http.get("/api/tasks", headers=console.key("analyst")).status_code == 403


def test_a_task_is_taken_done_and_undone(signed_in: SignedIn, world: World) -> None:
    console = signed_in("adviser")
    (number,) = give(world, world.add(name="安娜"))
    page = console.get(f"/tasks/{number}").text
    assert ("安娜你好，电话 13800138000" in page, "还没有联系上过，先从文字开始" in page) == (True, True)
    assert console.post(f"/tasks/{number}/take").headers["location"] == f"/tasks/{number}"
    answer = console.post(f"/tasks/{number}/done", {"note": "好", "rung": "text", "outcome": "reached"})
    assert answer.headers["location"] == "/tasks"
    found = task(world, number)
    assert (found.state, found.note, found.rung, found.outcome) == ("done", "好", "text", "reached")
    assert "文字已经联系上，可以试试语音或电话" in console.get(f"/people/{found.person}").text
    assert console.post(f"/tasks/{number}/done").status_code == 422
    console.post(f"/tasks/{number}/reopen")
    assert task(world, number).state == "taken"


def test_who_may_not_see_phones_sees_none_in_scripts_and_notes(signed_in: SignedIn, world: World) -> None:
    console = signed_in("agent")
    (number,) = give(world, world.add())
    doing.finish(world.stores, EVERYTHING, "staff:1", number, Result("打给 13912345678"))
    doing.reopen(world.stores, EVERYTHING, number)
    for text in (
        console.get(f"/tasks/{number}").text,
        console.http.get(f"/api/tasks/{number}", headers=console.key("operator")).text,
    ):
        assert ("138****8000" in text, "13800138000" in text, "13912345678" in text) == (True, False, False)


def test_a_wrong_form_keeps_what_was_typed_and_gives_nothing(signed_in: SignedIn, world: World) -> None:
    console = signed_in("operator")
    (person,) = world.add()
    typed = {"persons": f"#{person}", "title": "回访", "script": "{{ person.shoe }}", "minutes": "60", "to": "adviser"}
    answer = console.post("/tasks/new", typed)
    assert (answer.status_code, "{{ person.shoe }}" in answer.text, "不存在的字段" in answer.text) == (422, True, True)
    for wrong in ({"persons": "#999"}, {"persons": ""}, {"minutes": "0"}, {"title": ""}, {"to": "nobody"}):
        assert console.post("/tasks/new", {**typed, "script": "", **wrong}).status_code == 422
    assert queries.tasks_page(world.stores, EVERYTHING, queries.Asked()) == []
    assert console.post("/tasks/new", {**typed, "script": "你好"}).status_code == 303
    assert [each.title for each in queries.tasks_page(world.stores, EVERYTHING, queries.Asked())] == ["回访"]


def test_a_good_task_becomes_a_template_from_which_tasks_are_given(signed_in: SignedIn, world: World) -> None:
    console = signed_in("operator")
    (person,) = world.add()
    (number,) = give(world, [person], Wish("问候", "{{ person.name }}你好", 45))
    doing.finish(world.stores, EVERYTHING, "staff:1", number, Result("先问肤质"))
    proposed = console.get(f"/tasks/templates/new?task={number}").text
    assert ("先问肤质" in proposed, 'value="45"' in proposed) == (True, True)
    kept = {"name": "首次问候", "title": "问候", "script": "{{ person.name }}你好\n先问肤质", "minutes": "45"}
    assert console.post("/tasks/templates/new", {**kept, "who": "adviser", "made_of": number}).status_code == 303
    assert "首次问候" in console.get("/tasks/templates?q=肤质").text
    assert "先问肤质" in console.get("/tasks/new?template=1").text
    console.post("/tasks/templates/1", {**kept, "minutes": "30", "who": "pool"})
    assert 'value="30"' in console.get("/tasks/new?template=1").text
    assert console.post("/tasks/templates/1/remove").status_code == 303
    assert console.get("/tasks/templates/1").status_code == 404
    assert console.get("/tasks/templates/greet").status_code == 200
    assert console.post("/tasks/templates/greet/remove").status_code == 400


def test_the_board_is_searched_by_task_and_by_person_and_read_on(signed_in: SignedIn, world: World) -> None:
    console = signed_in("operator")
    (anna,) = world.add(name="安娜")
    many = give(world, world.add(25, name="别人"))
    (hers,) = give(world, [anna], Wish("答复", minutes=600))
    assert cards(console.get(f"/tasks?who=all&q=%23{anna}")) == [hers]
    assert cards(console.get("/tasks?who=all&q=答")) == [hers]
    first = console.get("/tasks?who=all")
    (following,) = set(re.findall(r'hx-get="(/tasks\?[^"]*column=open[^"]*cursor=[^"]*)"', first.text))
    rest = console.http.get(following.replace("&amp;", "&"), headers={"hx-request": "true"})
    assert (cards(first, "open"), cards(rest)) == (many[:20], [*many[20:], hers])
    assert console.get("/tasks?column=open&cursor=nonsense").status_code == 400


def test_many_are_handed_on_from_the_board_and_from_the_team_page(signed_in: SignedIn, world: World) -> None:
    console = signed_in("operator")
    numbers = give(world, world.add(3))
    console.post("/tasks/hand-over", {"task": numbers[:2], "to": "operator.zh"})
    mine = task(world, numbers[0]).holder
    assert (task(world, numbers[1]).holder, task(world, numbers[2]).holder) == (mine, "")
    team = console.get("/tasks/team").text
    assert ("the operator" in team, "整批转交" in team) == (True, True)
    console.post("/tasks/hand-over", {"giver": mine, "to": "pool"})
    assert [task(world, each).holder for each in numbers] == ["", "", ""]
    assert console.post("/tasks/hand-over", {"to": "pool"}).status_code == 400


@pytest.mark.parametrize("role", ["adviser", "operator"])
def test_home_says_what_waits(signed_in: SignedIn, world: World, role: str) -> None:
    console = signed_in(role)
    give(world, world.add(2, origin_staff=f"{role}.zh"), Wish("答复", minutes=30))
    give(world, world.add(), Wish("答复", minutes=90))
    home = console.get("/home").text
    assert ("我有 2 个任务待处理" in home, "任务池里有 1 个任务可以领取" in home) == (True, True)
    world.clock.advance(timedelta(hours=1))
    home = console.get("/home").text
    assert ("我有 2 个任务已超时" in home, "待处理" in home) == (True, False)


# --- the API


def test_the_api_gives_lists_does_and_counts(signed_in: SignedIn, world: World) -> None:
    console = signed_in("operator")
    key = console.key("operator")
    persons = world.add(2, origin_staff="operator.zh")

    def call(method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = console.http.request(method, path, json=body, headers=key)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    given = call("POST", "/api/tasks", {"persons": persons, "template": "greet"}, 201)["tasks"]
    page = call("GET", "/api/tasks?limit=1")
    (first,) = page["items"]
    assert (first["id"], first["title"], first["holder_name"], first["template"]) == (
        given[0], "问候新好友", "the operator", "greet",
    )  # fmt: skip
    assert [each["id"] for each in call("GET", f"/api/tasks?cursor={page['next']}")["items"]] == given[1:]
    one = f"/api/tasks/{given[0]}"
    assert call("POST", f"{one}/take", {}, 400)["error"]["code"] == "task_member"
    assert call("POST", f"{one}/take", {"member": "operator.zh"})["state"] == "taken"
    done = call("POST", f"{one}/done", {"member": "operator.zh", "rung": "voice", "outcome": "reached"})
    assert (done["state"], done["rung"], done["ended_by"]) == ("done", "voice", done["holder"])
    assert call("GET", f"/api/people/{persons[0]}/rung")["next"] == "video"
    assert call("POST", f"{one}/reopen")["state"] == "taken"
    assert call("POST", f"{one}/hand-over", {"to": "pool"})["holder"] == ""
    assert call("POST", "/api/tasks/hand-over", {"to": "operator.zh", "tasks": given})["moved"] == 1
    assert call("POST", f"{one}/cancel")["state"] == "cancelled"
    assert call("GET", "/api/tasks/team")["whole"]["undone"] == 1
    assert [each["more"] for each in call("GET", "/api/tasks/holders")["holders"]] == ["operator.zh"]


def test_templates_over_the_api(signed_in: SignedIn, world: World) -> None:
    console = signed_in("operator")
    key = console.key("operator")
    (number,) = give(world, world.add(), Wish("问候", "你好", 45))
    made = console.http.post("/api/task-templates", json={"name": "甲", "task": number}, headers=key).json()
    assert (made["title"], made["script"], made["minutes"], made["made_of"]) == ("问候", "你好", 45, number)
    path = f"/api/task-templates/{made['key']}"
    changed = console.http.put(path, json={"name": "乙", "title": "问候", "minutes": 5}, headers=key)
    assert (changed.json()["name"], changed.json()["minutes"]) == ("乙", 5)
    assert console.http.delete(path, headers=key).status_code == 204
    assert [each["key"] for each in console.http.get("/api/task-templates", headers=key).json()["templates"]] == [
        "greet", "answer",
    ]  # fmt: skip


def test_a_key_that_does_not_manage_sees_the_pool_alone_and_acts_for_nobody(signed_in: SignedIn, world: World) -> None:
    console = signed_in("operator")
    key = console.key("adviser")
    (mine,), (free,) = give(world, world.add(origin_staff="operator.zh")), give(world, world.add())
    items = console.http.get("/api/tasks", headers=key).json()["items"]
    assert [each["id"] for each in items] == [free]
    assert console.http.get(f"/api/tasks/{mine}", headers=key).status_code == 404
    taken = console.http.post(f"/api/tasks/{free}/take", json={"member": "operator.zh"}, headers=key)
    assert (taken.status_code, task(world, free).state) == (400, "open")
    assert console.http.post("/api/task-templates", json={"name": "甲", "title": "乙"}, headers=key).status_code == 403
