"""Journeys in the console: the list, a journey and its figures, what the editor asks, publishing, moving people."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, get_args

import numpy as np
import sqlalchemy as sa

from siyu.jobs import Job, enqueue
from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.people.of_many import append_of_many
from siyu.people.tables import own_events_of_many, people
from siyu.reach.journeys import drafts, nodes, publishing, queries, rehearsals
from siyu.reach.journeys.model import Journey, parse
from siyu.reach.journeys.tables import journey_counts, journey_people, journey_versions
from siyu.storage import Stores
from siyu.web import journey_words
from tests.web.conftest import Console, SignedIn

DOCUMENT: dict[str, Any] = {
    "name": "唤醒沉睡客户",
    "trigger": {"type": "event", "on": {"event": "order_paid"}},
    "start": "rest",
    "nodes": [
        {"type": "wait", "id": "rest", "title": "缓一缓", "minutes": 60, "next": "mark"},
        {"type": "attribute", "id": "mark", "title": "记一笔", "set": {"stage": "awake"}},
    ],
}
WAIT, MARK = DOCUMENT["nodes"]
LOOK = {"type": "wait", "id": "look", "minutes": 30, "next": "mark"}
LONGER = DOCUMENT | {"nodes": [WAIT | {"next": "look"}, LOOK, MARK]}


def a_journey(stores: Stores, document: dict[str, Any] = DOCUMENT) -> int:
    return drafts.create(stores, "staff:1", parse(document))


def asked(console: Console, url: str, what: dict[str, Any]) -> Any:
    """As the editor's script asks."""
    headers = {"sec-fetch-site": "same-origin", "content-type": "application/json"}
    return console.http.post(url, content=json.dumps(what), headers=headers)


def published(console: Console, journey: int) -> None:
    answer = console.post(f"/journeys/{journey}/publish")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/journeys/{journey}")


def two_inside(stores: Stores, journey: int) -> None:
    """Two people who rest at the first step, of three who came in."""
    now = stores.clock.now()
    row = {"journey": journey, "version": 1, "node": 0, "run": 1, "due": now, "since": now, "entered": now}
    with stores.ledger.write() as conn:
        for person in (1, 2):
            conn.execute(sa.insert(people).values(person=person, kept=person, created=now, changed=now, attributes={}))
            conn.execute(sa.insert(journey_people).values(person=person, **row))
        for node, way, to, many in (
            ("", "entered", "rest", 3),
            ("rest", "next", "mark", 1),
            ("", "unfit", "", 5),
            ("", "not_again", "", 2),
        ):
            counts = {"journey": journey, "version": 1, "node": node, "way": way, "to": to, "people": many}
            conn.execute(sa.insert(journey_counts).values(counts))


def test_a_new_journey_opens_in_the_editor_and_can_be_put_away_again(signed_in: SignedIn, stores: Stores) -> None:
    console = signed_in("operator")
    assert console.post("/journeys").headers["location"] == "/journeys/1/edit"
    assert "journey-data" in console.get("/journeys/1/edit").text
    assert console.post("/journeys/1/archive").headers["location"] == "/journeys"
    assert 'href="/journeys/1"' not in console.get("/journeys").text
    assert "/journeys/1" in console.get("/journeys?archived=1").text
    console.post("/journeys/1/restore")
    assert drafts.get(stores, 1).archived is None


def test_the_list_is_searched_by_name_and_state(signed_in: SignedIn, stores: Stores) -> None:
    a_journey(stores)
    a_journey(stores, DOCUMENT | {"name": "生日"})
    console = signed_in("analyst")
    assert "生日" not in console.get("/journeys?q=沉睡").text
    assert "唤醒沉睡客户" in console.get("/journeys?state=draft").text
    assert "没有符合条件" in console.get("/journeys?state=running").text


def test_a_long_list_goes_on_to_the_next_page(signed_in: SignedIn, stores: Stores) -> None:
    for place in range(51):
        a_journey(stores, DOCUMENT | {"name": f"旅程 {place:02}"})
    console = signed_in("operator")
    first = console.get("/journeys").text
    _, _, rest = first.partition('rel="next" href="')
    second = console.get(rest.partition('"')[0].replace("&amp;", "&")).text
    assert "旅程 00" not in first
    assert "旅程 00" in second


def test_the_editor_is_told_what_each_step_means_and_what_is_wrong_at_it(signed_in: SignedIn, stores: Stores) -> None:
    number = a_journey(stores)
    console = signed_in("operator")
    wrong = DOCUMENT | {"nodes": [WAIT | {"minutes": 0}, MARK]}
    told = asked(console, "/journeys/look", {"document": wrong, "number": number}).json()
    assert [(each["node"], each["field"]) for each in told["problems"]] == [("rest", "minutes")]
    assert "stage" in told["said"]["mark"]
    assert told["text"].startswith("name: 唤醒沉睡客户")


def test_the_text_beside_is_the_same_document(signed_in: SignedIn, stores: Stores) -> None:
    console = signed_in("operator")
    text = asked(console, "/journeys/look", {"document": DOCUMENT}).json()["text"]
    again = asked(console, "/journeys/look", {"text": text.replace("minutes: 60", "minutes: 90")}).json()
    assert again["document"]["nodes"][0]["minutes"] == 90
    broken = asked(console, "/journeys/look", {"text": "name: ["})
    assert broken.status_code == 400
    assert "无法读取" in broken.json()["error"]["message"]


def test_two_editors_do_not_write_over_each_other(signed_in: SignedIn, stores: Stores) -> None:
    number = a_journey(stores)
    seen = drafts.get(stores, number).changed.isoformat()
    console = signed_in("operator")
    assert asked(console, f"/journeys/{number}/save", {"document": LONGER, "seen": seen}).status_code == 200
    late = asked(console, f"/journeys/{number}/save", {"document": DOCUMENT | {"name": "慢了"}, "seen": seen})
    assert (late.status_code, late.json()["error"]["code"]) == (409, "journey_changed")
    assert drafts.get(stores, number).name == "唤醒沉睡客户"
    assert asked(console, f"/journeys/{number}/save", {"document": DOCUMENT | {"name": "盖过"}}).status_code == 200
    assert drafts.get(stores, number).name == "盖过"


def test_a_draft_with_problems_is_not_published_and_they_are_listed(signed_in: SignedIn, stores: Stores) -> None:
    number = a_journey(stores, DOCUMENT | {"nodes": []} | {"start": "gone"})
    console = signed_in("operator")
    shown = console.get(f"/journeys/{number}/publish").text
    assert "必须改" in shown
    assert 'action="/journeys/1/publish"' not in shown
    assert console.post(f"/journeys/{number}/publish").status_code == 422
    assert drafts.get(stores, number).version is None


def test_the_page_shows_figures_and_who_is_where(signed_in: SignedIn, stores: Stores) -> None:
    console = signed_in("operator")
    number = a_journey(stores)
    published(console, number)
    two_inside(stores, number)
    shown = console.get(f"/journeys/{number}").text
    assert '"share": 0.333' in shown
    assert '["不符合进入条件", 5]' in shown
    assert '["已经在旅程中，或不能再次进入", 2]' in shown
    here = console.get(f"/journeys/{number}/people?version=1&node=rest").text
    assert "谁在「缓一缓」" in here
    assert "/people/2" in here
    assert "下次处理" in here
    assert "/people/2" not in console.get(f"/journeys/{number}/people?version=1&node=mark").text


def test_the_arms_of_a_split_are_compared_on_the_page(signed_in: SignedIn, stores: Stores) -> None:
    console = signed_in("operator")
    arms = [{"share": 50, "to": "mark", "title": "照旧"}, {"share": 50, "to": "rest", "title": "新做法"}]
    lot = {"type": "split", "id": "lot", "title": "怎样接待", "arms": arms}
    number = a_journey(stores, DOCUMENT | {"nodes": [lot, WAIT, MARK], "start": "lot"})
    published(console, number)
    now = stores.clock.now() - timedelta(days=9)
    with stores.ledger.write() as conn:
        for arm, persons in ((0, [1, 2, 3, 4]), (1, [5, 6, 7])):
            told = {"journey": number, "version": 1, "run": 1, "path": [f"lot.{arm}"]}
            key = f"step-{arm}"
            append_of_many(conn, key=key, name="journey_step", time=now, properties=told, persons=np.array(persons))
    run_until_empty(Drain(stores).step)
    page = console.get(f"/journeys/{number}").text
    assert f"/journeys/{number}/arms?version=1" in page
    table = console.get(f"/journeys/{number}/arms?version=1&node=lot&days=7").text
    assert "照旧" in table
    assert "0 / 4" in table  # nobody of the first arm came back
    assert "+0.0" in table
    assert console.get(f"/journeys/{number}/arms?version=1&node=rest").status_code == 404


def test_people_are_moved_to_the_steps_that_were_chosen(signed_in: SignedIn, stores: Stores) -> None:
    console = signed_in("operator")
    number = a_journey(stores)
    published(console, number)
    two_inside(stores, number)
    drafts.revise(stores, number, parse(LONGER))
    shown = console.get(f"/journeys/{number}/publish").text
    assert "2 人" in shown
    given = {"move": "1", "place": "0", "node.0": "rest", "to.0": "look"}
    seen = drafts.get(stores, number).changed.isoformat()
    console.post(f"/journeys/{number}/publish", {**given, "seen": seen})
    with stores.ledger.read() as conn:
        moved = conn.execute(sa.select(journey_versions.c.moved).where(journey_versions.c.version == 2)).scalar_one()
    assert moved == {"rest": "look"}
    assert "缓一缓" in console.get(f"/journeys/{number}/compare?old=1&new=2").text


def test_it_is_paused_and_resumed_closed_and_stopped(signed_in: SignedIn, stores: Stores) -> None:
    console = signed_in("operator")
    number = a_journey(stores)
    published(console, number)
    for act, state in (("pause", "paused"), ("resume", "running"), ("close", "closing"), ("stop", "stopped")):
        assert console.post(f"/journeys/{number}/{act}").status_code == 303
        assert drafts.get(stores, number).state == state
    refused = console.post(f"/journeys/{number}/pause")
    assert (refused.status_code, "已停止" in refused.text, "stopped" in refused.text) == (409, True, False)


def test_it_is_not_published_with_a_problem_at_a_step_which_is_named(signed_in: SignedIn, stores: Stores) -> None:
    console = signed_in("operator")
    number = a_journey(stores, DOCUMENT | {"nodes": [WAIT | {"minutes": 0}, MARK]})
    assert "第一处：「缓一缓」" in console.post(f"/journeys/{number}/publish").text


def test_whatever_can_be_changed_has_words() -> None:
    steps = {name for kind in get_args(nodes.Any) for name in kind.__struct_fields__}
    assert {*steps, *Journey.__struct_fields__} - {"id", "nodes", *queries.LOOKS} <= {*journey_words.FIELDS_CHANGED}


def test_one_persons_way_is_found_by_number(signed_in: SignedIn, stores: Stores) -> None:
    console = signed_in("operator")
    number = a_journey(stores)
    published(console, number)
    two_inside(stores, number)
    told = console.get(f"/journeys/{number}/path?person=2").json()
    assert told["standing"] == "现在在「缓一缓」"
    assert told["steps"] == []
    assert console.get(f"/journeys/{number}/path?q=nobody").json() == {"people": []}


def test_the_steps_of_a_way_are_told_in_words_and_by_their_ids(signed_in: SignedIn, stores: Stores) -> None:
    console = signed_in("operator")
    number = a_journey(stores)
    published(console, number)
    two_inside(stores, number)
    now = stores.clock.now()
    where = {"journey": number, "version": 1, "run": 1}
    with stores.ledger.write() as conn:
        for key, told in (
            ("a", {"node": "", "way": "entered", "to": "rest"}),
            ("b", {"node": "rest", "way": "next", "to": "mark"}),
        ):
            append_of_many(conn, key=key, name="journey_step", time=now, properties=where | told, persons=[2])
    run_until_empty(Drain(stores).step)
    told = console.get(f"/journeys/{number}/path?person=2").json()
    assert [(each["node"], each["to"], each["words"]) for each in told["steps"]] == [
        ("", "rest", "入口 → 缓一缓"),
        ("rest", "mark", "缓一缓 → 记一笔"),
    ]


def test_a_message_is_previewed_as_somebody_reads_it_or_what_is_wrong_is_said(signed_in: SignedIn) -> None:
    answer = asked(
        signed_in("operator"), "/journeys/preview", {"message": {"type": "message", "id": "m", "channels": "no"}}
    )
    assert "消息步骤不正确" in answer.text


def test_what_was_exported_is_imported_as_another_draft(signed_in: SignedIn, stores: Stores) -> None:
    console = signed_in("operator")
    number = a_journey(stores)
    for kind in ("yaml", "json"):
        text = console.get(f"/journeys/{number}/export?kind={kind}").text
        answer = console.post("/journeys/import", {"text": text})
        again = int(answer.headers["location"].split("/")[2])
        assert drafts.get(stores, again).draft == drafts.get(stores, number).draft
    wrong = console.post("/journeys/import", {"text": "name: ["})
    assert wrong.status_code == 422
    assert "无法读取" in wrong.text


def test_who_may_only_look_sees_no_buttons_and_may_not_write(signed_in: SignedIn, stores: Stores) -> None:
    number = a_journey(stores)
    console = signed_in("analyst")
    shown = console.get(f"/journeys/{number}").text
    assert "/edit" not in shown
    assert console.get(f"/journeys/{number}/edit").status_code == 403
    assert asked(console, f"/journeys/{number}/save", {"document": DOCUMENT}).status_code == 403
    assert queries.listed(stores, number).journey.name == "唤醒沉睡客户"


def test_a_draft_is_rehearsed_and_what_was_found_is_shown(signed_in: SignedIn, stores: Stores) -> None:
    console = signed_in("operator")
    journey = a_journey(stores)
    answer = console.post(f"/journeys/{journey}/rehearse", {"days": "7"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/journeys/{journey}/rehearsal")
    kept = rehearsals.latest(stores, journey)
    assert kept is not None
    assert "正在排练" in console.get(f"/journeys/{journey}/rehearsal").text
    rehearsals.run(stores, Job(kept.job or 0, rehearsals.REHEARSE_JOB, {"rehearsal": kept.id}))
    shown = console.get(f"/journeys/{journey}/rehearsal").text
    assert "会进来" in shown
    assert "缓一缓" in shown
    assert '"rehearsed"' in console.get(f"/journeys/{journey}/edit").text


def test_a_rehearsal_of_other_days_than_there_are_is_refused_at_its_field(signed_in: SignedIn, stores: Stores) -> None:
    console = signed_in("operator")
    journey = a_journey(stores)
    answer = console.post(f"/journeys/{journey}/rehearse", {"days": "91"})
    assert answer.status_code == 422
    assert "1 到 90" in answer.text


def test_a_draft_with_a_problem_is_not_rehearsed_and_the_refusal_speaks_of_that(
    signed_in: SignedIn, stores: Stores
) -> None:
    console = signed_in("operator")
    journey = a_journey(stores, DOCUMENT | {"nodes": [WAIT, LOOK, MARK]})
    answer = console.post(f"/journeys/{journey}/rehearse", {"days": "7"})
    assert answer.status_code == 422
    assert "不能排练" in answer.text
    assert "不能发布" not in answer.text


def test_people_are_sent_in_by_hand_after_they_were_counted(signed_in: SignedIn, stores: Stores) -> None:
    console = signed_in("operator")
    journey = a_journey(stores)
    published(console, journey)
    two_inside(stores, journey)
    assert "<strong>2</strong>" in console.get(f"/journeys/{journey}/enter?persons=%231,2").text
    answer = console.post(f"/journeys/{journey}/enter", {"persons": "#1, 2", "audience": ""})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/journeys/{journey}")
    with stores.ledger.read() as conn:
        told = conn.execute(sa.select(own_events_of_many.c.name)).scalars().all()
    assert told == ["journey_called"]


def test_who_may_not_publish_sends_nobody_in(signed_in: SignedIn, stores: Stores) -> None:
    journey = a_journey(stores)
    assert signed_in("analyst").get(f"/journeys/{journey}/enter").status_code == 403


def test_people_being_moved_are_shown_with_their_progress(signed_in: SignedIn, stores: Stores) -> None:
    console = signed_in("operator")
    journey = a_journey(stores)
    published(console, journey)
    with stores.ledger.write() as conn:
        enqueue(conn, publishing.MOVE_JOB, {}, now=stores.clock.now(), key=f"{publishing.MOVE_JOB}-{journey}-1")
    assert "正在把在途客户移到新版本" in console.get(f"/journeys/{journey}").text
