"""People on the platforms, over HTTP: they come, answer, buy, tire and leave; and the truth says why."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any

import pytest

from rehearsal.__main__ import main
from rehearsal.people import plans
from rehearsal.people.board import Given, ProductBoard
from rehearsal.people.diary import causes, lived
from rehearsal.people.turns import step
from tests.rehearsal.people.towns import BEGAN, HOUR, Play, broadcast, playing


@pytest.fixture
def play() -> Iterator[Play]:
    with playing() as made:
        yield made


def test_who_comes_by_a_code_is_a_friend_with_its_state(play: Play) -> None:
    play.live(24)
    added = play.did("added")
    assert len(added) > 10
    rows = play.shop.door.get("state", corpid=play.founded.corpid, drawer="follows")["rows"]
    assert {each["external_userid"]: each["state"] for each in rows} == {
        play.town.people.external_userid(each["person"]): each["state"] for each in added
    }


def test_a_welcome_is_answered_and_what_was_answered_becomes_tags(play: Play) -> None:
    for _ in range(12):
        play.live(1)
        _welcome_everybody(play)
    play.live(24)
    tagged = play.did("tagged")
    assert tagged
    rows = play.shop.door.get("state", corpid=play.founded.corpid, drawer="follows")["rows"]
    tags = {each["external_userid"]: set(each["tags"]) for each in rows}
    for each in tagged:
        wanted = {play.founded.tags[name] for name in each["tags"]}
        assert wanted <= tags[play.town.people.external_userid(each["person"])]
        assert each["cause"]["act"].split(":")[:2] == [str(each["person"]), "answered"]


def test_orders_are_told_by_the_shop_and_are_those_of_the_truth(play: Play) -> None:
    for _ in range(12):
        play.live(1)
        _welcome_everybody(play)
    play.live(72)
    told = play.orders()
    paid = {each["order"]["number"]: each for each in told if each["type"] == "order_paid"}
    bought = {each["order"]: each for each in play.did("bought")}
    assert paid.keys() == bought.keys()
    assert len(bought) > 3
    for number, order in paid.items():
        assert round(float(order["order"]["total"]) * 100) == bought[number]["fen"]
        assert order["buyer"]["user_id"] == bought[number]["user_id"]
    back = {each["order"]["number"] for each in told if each["type"] == "order_returned"}
    assert back == {each["order"] for each in play.did("returned")}


def test_staff_confirm_after_hours_and_a_push_takes_goodwill(play: Play) -> None:
    play.live(24)
    before = {person: mind.goodwill for person, mind in play.town.remembered.minds.items()}
    task = broadcast(play)
    step(play.town)
    assert not play.did("received")
    play.live(24)
    received = play.did("received")
    assert {each["cause"]["ref"] for each in received} == {task}
    assert sum(each["chances"]["goodwill"] for each in received) < sum(before[each["person"]] for each in received)


def test_what_a_message_caused_names_it_down_to_the_act(play: Play) -> None:
    play.live(24)
    task = broadcast(play)
    play.live(48)
    opened = play.did("opened")
    assert opened
    acts = {each["id"]: each for each in play.truths}
    for each in opened:
        assert each["cause"]["ref"] == task
        assert acts[each["cause"]["act"]]["what"] == "received"


def test_pushed_day_after_day_people_leave(play: Play) -> None:
    play.live(24)
    for _ in range(14):
        broadcast(play)
        play.live(24, step=4)
    gone = play.did("deleted") + play.did("blocked")
    assert gone
    assert {each["cause"]["kind"] for each in gone} == {"tired"}


def test_the_same_seed_lives_the_same_life() -> None:
    lives: list[list[Any]] = []
    for _ in range(2):
        with playing() as play:
            play.live(24)
            broadcast(play)
            play.live(24)
            lives.append([(each["id"], each["own_time"], each.get("fen")) for each in play.truths])
    assert lives[0] == lives[1]
    with playing(seed=12) as play:
        play.live(24)
        assert [each["id"] for each in play.did("added")] != [each[0] for each in lives[0] if ":added:" in each[0]]


def test_a_message_does_not_change_what_people_buy_by_habit() -> None:
    habits: list[set[tuple[str, float]]] = []
    for pushed in (False, True):
        with playing() as play:
            play.live(24)
            if pushed:
                broadcast(play)
            play.live(96, step=2)
            kinds = [
                each for each in play.did("bought") if each["cause"]["kind"] == "habit" and not each["cause"]["ref"]
            ]
            habits.append({(each["user_id"], each["own_time"]) for each in kinds})
    assert habits[0]
    assert habits[0] == habits[1]


def test_a_town_goes_on_where_it_was_left(play: Play, tmp_path: Path) -> None:
    play.live(30)
    plans.keep(tmp_path / "town.json", play.town.remembered)
    found = plans.recall(tmp_path / "town.json")
    assert found.minds == play.town.remembered.minds
    assert sorted(found.intents) == sorted(play.town.remembered.intents)
    assert (found.heard, found.tasks, found.come, found.last) == (
        play.town.remembered.heard,
        play.town.remembered.tasks,
        play.town.remembered.come,
        play.town.remembered.last,
    )


def test_the_truth_of_a_period_adds_up_by_cause_and_counts_a_line_once(play: Play) -> None:
    play.live(48)
    twice = [*play.truths, *play.truths]
    rows = causes(lived(twice))
    assert sum(row.get("added", 0) for row in rows) == len(play.did("added"))
    assert sum(row.get("amount_fen", 0) for row in rows) == sum(each["fen"] for each in play.did("bought"))


def _welcome_everybody(play: Play) -> None:
    """What the product does: each new friend is welcomed once."""
    rows = play.shop.door.get("state", corpid=play.founded.corpid, drawer="welcomes")["rows"]
    for each in rows:
        if not each["used"]:
            body = {"welcome_code": each["code"], "text": {"content": "欢迎，新朋友首单赠旅行装"}}
            play.shop.call("externalcontact/send_welcome_msg", body)
    while step(play.town):
        pass


def test_the_command_tells_what_caused_what_in_a_period(
    play: Play, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    play.live(48)
    order = {
        "kind": "order",
        "at": "2026-03-02T04:00:00.000Z",
        "order": "TY1",
        "total": 69.0,
        "user_id": "u",
        "cause": None,
    }
    lines = [json.dumps(each, ensure_ascii=False) for each in [*play.truths, order]]
    (tmp_path / "truth.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    assert main(["truth", "--state", str(tmp_path), "--since", "2026-03-02", "--until", "2026-03-03"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    first_day = [each for each in play.did("added") if each["time"] < BEGAN + 16 * HOUR]
    assert sum(row.get("added", 0) for row in rows) == len(first_day) < len(play.did("added"))
    assert {"cause": "habit", "ref": "the year's plan", "bought": 1, "amount_fen": 6900} in rows


def test_what_was_bought_because_of_messages_is_what_was_to_be_expected() -> None:
    with playing(a_day=200.0) as play:
        play.live(24)
        for _ in range(6):
            broadcast(play, "精华面膜口红限时 5 折，新朋友福利券")
            play.live(24, step=4)
        play.live(24, step=4)
        rows = [row for row in causes(play.truths) if row["cause"] == "mass"]
    expected, found = (sum(row.get(name, 0) for row in rows) for name in ("expected_orders", "bought"))
    assert expected > 5
    assert abs(found - expected) < 4 * expected**0.5


def test_advisers_do_what_the_product_gives_them_and_the_customer_warms_to_the_shop(play: Play) -> None:
    play.live(12)
    friends = [each["person"] for each in play.did("added")]
    before = {person: play.town.mind(person).goodwill for person in friends}
    board = Pinned([
        Given(number, "", play.town.people.external_userid(person), "有什么想了解的？")
        for number, person in enumerate(friends, 1)
    ])  # fmt: skip
    play.town.board = board
    play.live(48)
    spoken = play.did("spoken_to")
    assert 0 < len(spoken) < len(friends)  # some tasks are never done
    assert {f"task {number}" for number, outcome in board.ended if outcome == "reached"} >= {
        each["cause"]["ref"] for each in spoken
    }
    assert len(board.ended) == len({number for number, _ in board.ended})
    first = play.town.mind(spoken[0]["person"])
    assert first.goodwill > before[first.person]
    caused = [each for each in play.truths if each["cause"]["kind"] == "adviser"]
    acts = {each["id"] for each in spoken}
    assert caused
    assert {each["cause"]["act"] for each in caused} <= acts


def test_a_board_is_looked_at_once_in_a_while_and_page_by_page() -> None:
    time = [0.0]
    board = ProductBoard(Paged(), RuntimeError, clock=lambda: time[0])
    assert board.given({1}) == [
        Given(2, "adviser-lin", "wm-7", "您好"),
        Given(3, "", "", "您好"),
    ]
    assert board.given({1}) == []
    seen: list[list[int]] = []
    for _ in range(4):
        time[0] += 2.0
        seen.append([each.number for each in board.given({1, 2})])
    assert seen == [[3], [3], [3], [3, 9]]  # now and then, what is late too
    board.done(2, "reached")
    board.done(3, "reached")  # taken back meanwhile


class Pinned:
    """A board with these tasks on it."""

    def __init__(self, tasks: list[Given]) -> None:
        self.tasks = tasks
        self.ended: list[tuple[int, str]] = []

    def given(self, seen: Container[int]) -> list[Given]:
        return [each for each in self.tasks if each.number not in seen]

    def done(self, number: int, outcome: str) -> None:
        self.ended.append((number, outcome))


class Paged:
    """An API that has three open tasks on two pages, and a late one."""

    def get(self, path: str) -> Any:
        if "state=late" in path:
            return {"items": [{"id": 9, "customer": "wm-9", "holder": "", "words": "您好"}], "next": None}
        holders = {1: "", 2: "wecom:1:adviser-lin", 3: "staff:1"}
        rows = [
            {"id": number, "customer": {3: ""}.get(number, "wm-7"), "holder": holder, "words": "您好"}
            for number, holder in holders.items()
        ]
        return {"items": rows[:1], "next": "more"} if path.endswith("cursor=") else {"items": rows[1:], "next": None}

    def post(self, path: str, **body: Any) -> Any:
        if path == "/api/tasks/3/done":
            raise RuntimeError
        assert (path, body) == ("/api/tasks/2/done", {"outcome": "reached"})
