"""Handing over: recorded before it is called, never called twice, each customer with a result and a reason."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from siyu.channels.wecom import tasks as reading
from siyu.channels.wecom.tables import wecom_contacts
from siyu.channels.wecom.transfers import handovers, tasks
from siyu.channels.wecom.transfers.handovers import Wish
from siyu.jobs import run_due
from siyu.storage import BadInput
from tests.channels.wecom.samples import event
from tests.channels.wecom.simulated import Simulated
from tests.channels.wecom.told import applied
from tests.published import answered
from tests.web.conftest import SignedIn

JOBS = reading  # known once it is imported


@pytest.fixture
def world(world: Simulated) -> Simulated:
    world.shop.hire("zhao")
    return world


@pytest.fixture
def each_world(each_world: Simulated) -> Simulated:
    each_world.shop.hire("zhao")
    return each_world


def friends(world: Simulated, count: int, adviser: str = "li") -> list[str]:
    made = [world.shop.befriend(adviser) for _ in range(count)]
    world.hear()
    return made


def start(world: Simulated, wish: Wish) -> int:
    """Recorded, and done as far as it can be at once."""
    number = handovers.hand_over(world.stores, "staff:1", world.account, wish)
    run_due(world.stores)
    return number


def later(world: Simulated, **time_passes: float) -> None:
    world.move(**time_passes)
    with world.stores.ledger.write() as conn:
        handovers.ask_to_move(conn, world.account, world.clock.now())
    run_due(world.stores)


def became(world: Simulated, number: int) -> dict[str, str]:
    return {each.item: each.state for each in handovers.items_of(world.stores, number)}


def states(world: Simulated, customer: str) -> dict[str, str]:
    with world.stores.ledger.read() as conn:
        mine = wecom_contacts.c.external_userid == customer
        rows = conn.execute(sa.select(wecom_contacts.c.userid, wecom_contacts.c.state).where(mine))
        return {row.userid: row.state for row in rows}


def test_a_customer_who_says_nothing_is_the_takers_after_a_day_and_one_who_refuses_stays(
    each_world: Simulated,
) -> None:
    world = each_world
    quiet, loud = friends(world, 2)
    number = start(world, Wish("li", "wang", customers=None, message="小王接替我"))
    assert became(world, number) == {quiet: "waiting", loud: "waiting"}
    world.shop.act("refuse_transfer", external_userid=loud)
    later(world, hours=25)
    assert became(world, number) == {quiet: "done", loud: "refused"}
    assert states(world, quiet) == {"li": "transferred", "wang": "friend"}
    assert states(world, loud)["li"] == "friend"


def test_a_full_taker_is_said(world: Simulated) -> None:
    (customer,) = friends(world, 1)
    world.shop.hire("wang", customers_max=0)
    number = start(world, Wish("li", "wang"))
    later(world, hours=25)
    assert became(world, number) == {customer: "full"}


def test_the_third_time_in_90_days_is_held_before_the_call(world: Simulated) -> None:
    (customer,) = friends(world, 1)
    for giver, taker in (("li", "wang"), ("wang", "zhao")):
        start(world, Wish(giver, taker))
        later(world, hours=25)
    calls = world.calls("/transfer_customer")
    assert handovers.holding(world.stores, world.account, "zhao", left=False).held == 1
    third = start(world, Wish("zhao", "li"))
    (item,) = handovers.items_of(world.stores, third)
    assert (item.item, item.state, item.code) == (customer, "failed", 40128)
    assert item.reason[0] == "客户 90 天内已被转接两次。"
    assert world.calls("/transfer_customer") == calls
    later(world, days=91)
    assert became(world, start(world, Wish("zhao", "li"))) == {customer: "waiting"}


def test_what_the_platform_refuses_says_why(world: Simulated) -> None:
    first, second = friends(world, 2)
    start(world, Wish("li", "wang", customers=[first]))
    again = start(world, Wish("li", "zhao", customers=[second]))
    assert became(world, again) == {second: "waiting"}
    gone = start(world, Wish("li", "nobody", customers=[first]))
    (item,) = handovers.items_of(world.stores, gone)
    assert (item.state, bool(item.code), bool(item.reason[0])) == ("failed", True, True)


@pytest.mark.parametrize("left", [False, True])
def test_a_call_without_an_answer_is_asked_about_and_not_repeated(world: Simulated, left: bool) -> None:
    (customer,) = friends(world, 1)
    if left:
        leave(world, "li")
    path = "resigned/transfer_customer" if left else "transfer_customer"
    world.loses_answers(path)
    number = start(world, Wish("li", "wang", left=left))
    assert became(world, number) == {customer: "calling"}
    later(world, minutes=2)
    assert became(world, number) == {customer: "waiting"}
    later(world, hours=25)
    assert became(world, number) == {customer: "done"}


def test_a_call_that_never_arrived_is_made_again(world: Simulated) -> None:
    (customer,) = friends(world, 1)
    rule = {"kind": "cut", "path": "/cgi-bin/externalcontact/transfer_customer", "times": 1}
    world.platform.door.post("faults", rules=[rule])
    number = start(world, Wish("li", "wang"))
    assert became(world, number) == {customer: "calling"}
    later(world, minutes=5)
    later(world, hours=25)
    assert became(world, number) == {customer: "done"}


def test_a_platform_that_is_closed_for_now_leaves_everything_recorded(world: Simulated) -> None:
    (customer,) = friends(world, 1)
    rule = {"kind": "code", "code": 60020, "path": "/cgi-bin/externalcontact/transfer_customer", "times": 1}
    world.platform.door.post("faults", rules=[rule])
    number = start(world, Wish("li", "wang"))
    assert became(world, number) == {customer: "recorded"}
    later(world, minutes=6)
    assert became(world, number) == {customer: "waiting"}


def leave(world: Simulated, userid: str) -> None:
    world.shop.door.post("dismiss", corpid=world.shop.corpid, userid=userid)
    world.hear()
    tasks.ask_to_read(world.stores, world.account)
    run_due(world.stores)


def test_customers_of_who_left_are_listed_and_go_to_another(each_world: Simulated) -> None:
    world = each_world
    customers = friends(world, 3)
    leave(world, "li")
    ((userid, _, many),) = handovers.leavers(world.stores, world.account)
    assert (userid, many) == ("li", 3)
    number = start(world, Wish("li", "wang", left=True))
    later(world, hours=25)
    assert became(world, number) == dict.fromkeys(customers, "done")
    assert states(world, customers[0]) == {"li": "transferred", "wang": "friend"}
    assert handovers.leavers(world.stores, world.account) == []


def test_somebody_who_is_still_there_is_not_handed_over_as_having_left(world: Simulated) -> None:
    friends(world, 1)
    with pytest.raises(BadInput) as refused:
        handovers.hand_over(world.stores, "staff:1", world.account, Wish("li", "wang", left=True))
    assert refused.value.code == "nothing_to_hand_over"


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (Wish("li", "li"), "same_member"),
        (Wish("li", "wang", message="长" * 201), "message_long"),
        (Wish("li", "wang", customers=["wm-of-another"]), "not_the_givers"),
        (Wish("wang", "li"), "nothing_to_hand_over"),
        (Wish("", "li"), "member_needed"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_recorded(world: Simulated, wish: Wish, code: str) -> None:
    friends(world, 1)
    with pytest.raises(BadInput) as refused:
        handovers.hand_over(world.stores, "staff:1", world.account, wish)
    assert (refused.value.code, handovers.list_handovers(world.stores)) == (code, [])


def test_who_has_left_takes_nobody(world: Simulated) -> None:
    friends(world, 1)
    leave(world, "wang")
    with pytest.raises(BadInput) as refused:
        handovers.hand_over(world.stores, "staff:1", world.account, Wish("li", "wang"))
    assert (refused.value.code, refused.value.field) == ("taker_gone", "taker")


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("left", [False, True])
def test_groups_get_a_new_owner(world: Simulated, left: bool, lost: bool) -> None:
    chat = world.shop.act("open_group", owner="li", name="会员群")["chat_id"]
    world.hear()
    world.move(seconds=10)
    if left:
        leave(world, "li")
    if lost:
        world.loses_answers("groupchat/transfer" if left else "groupchat/onjob_transfer")
    number = start(world, Wish("li", "wang", left, customers=[], groups=None))
    assert became(world, number) == {chat: "calling" if lost else "done"}
    later(world, minutes=2)
    assert became(world, number) == {chat: "done"}
    told = world.shop.call("externalcontact/groupchat/get", chat_id=chat)
    assert told["group_chat"]["owner"] == "wang"


def test_a_member_who_gets_another_id_keeps_their_hand_overs(world: Simulated) -> None:
    friends(world, 1)
    number = start(world, Wish("li", "wang"))
    renamed = event("change_contact.update_user", world.clock.now(), UserID="wang", NewUserID="wang.xiao")
    applied(world.stores, world.account, renamed)
    found = handovers.get_handover(world.stores, number)
    assert (found.giver, found.taker) == ("li", "wang.xiao")


def test_what_was_not_called_can_be_withdrawn(world: Simulated) -> None:
    (customer,) = friends(world, 1)
    number = handovers.hand_over(world.stores, "staff:1", world.account, Wish("li", "wang"))
    assert handovers.withdraw(world.stores, number) == 1
    run_due(world.stores)
    assert became(world, number) == {customer: "withdrawn"}
    assert world.calls("/transfer_customer") == 0


# --- the console, the API, the command line


def test_the_console_hands_over_and_shows_what_became_of_it(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("operator")
    assert "还没有转接过" in console.get("/hand-over").text
    (customer,) = friends(world, 1)
    assert "可转接的客户" in console.get(f"/hand-over/new?account={world.account}&giver=li").text
    fields = {"account": str(world.account), "kind": "stays", "what": "both", "giver": "li", "taker": "li"}
    answer = console.post("/hand-over/new", fields)
    assert (answer.status_code, "不能是同一成员" in answer.text) == (422, True)
    answer = console.post("/hand-over/new", {**fields, "taker": "wang"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/hand-over/1")
    run_due(world.stores)
    assert customer in console.get("/hand-over/1?state=waiting").text
    assert customer not in console.get("/hand-over/1?state=done").text
    leave(world, "zhao")
    assert console.post("/hand-over/read").status_code == 303
    assert console.post("/hand-over/1/withdraw").status_code == 303
    assert "wang" in console.get("/hand-over").text


def test_who_only_looks_hands_nothing_over(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("analyst")
    assert console.get("/hand-over").status_code == 200
    assert console.get("/hand-over/new").status_code == 403


def test_the_api_does_the_same(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    key = console.key()
    (customer,) = friends(world, 1)
    body = {"account": world.account, "giver": "li", "taker": "wang"}
    answer = console.http.post("/api/hand-overs", json=body, headers=key)
    assert (answer.status_code, answer.json()["customers"]) == (201, {"recorded": 1})
    run_due(world.stores)
    assert console.get("/api/hand-overs/1").json()["open"] == 1
    items = console.get("/api/hand-overs/1/items?became=waiting").json()["items"]
    assert [each["item"] for each in items] == [customer]
    assert len(console.get("/api/hand-overs").json()["items"]) == 1
    assert console.http.post("/api/hand-overs/1/withdraw", headers=key).json()["open"] == 1
    at = f"/api/accounts/{world.account}/leavers"
    assert console.http.post(f"{at}/read", headers=key).json()["job"]
    assert console.get(at).json() == {"leavers": []}


def test_the_command_line_does_the_same(world: Simulated) -> None:
    friends(world, 1)
    for line, schema in (
        (f"hand-over start {world.account} --giver li --taker wang --all", "hand-over"),
        ("hand-over show 1", "hand-over"),
        ("hand-over list", "hand-over-list"),
        ("hand-over withdraw 1", "hand-over"),
        (f"hand-over leavers {world.account}", "hand-over-leavers"),
    ):
        answered(world.stores, line, schema)
