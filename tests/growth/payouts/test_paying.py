"""Money rewards are paid once each, by one bill for ever, whatever fails on the way."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from decimal import Decimal

import msgspec
import pytest
import sqlalchemy as sa

from rehearsal.platforms.core.running import Running
from siyu.channels.accounts import disable_account, enable_account, open_account
from siyu.growth.cheating import reviewing
from siyu.growth.cheating.tables import limit_seats
from siyu.growth.payouts import keeping, store
from siyu.growth.payouts.forgetting import forget_people
from siyu.growth.payouts.words import way_out
from siyu.growth.purses.keeping import open_purse, settle
from siyu.growth.visitors import devices
from siyu.people import write_keys
from siyu.people.identity import Identifier, normalise
from siyu.people.merges import merge
from siyu.people.resolving import resolve
from siyu.people.tables import identifiers, own_events
from siyu.people.tables import write_keys as write_keys_table
from siyu.storage import BadInput, Conflict, NotFound, Stores
from tests.growth.campaigns.playing import play, started
from tests.growth.payouts.merchant import APIV3, APP, PRIVATE, Till, a_till, openid, pay_world

__all__ = ["pay_world"]


@pytest.fixture
def till(stores: Stores, pay_world: Running) -> Iterator[Till]:
    yield from a_till(stores, pay_world)


@pytest.fixture
def each_till(each_stores: Stores, pay_world: Running) -> Iterator[Till]:
    yield from a_till(each_stores, pay_world)


def test_what_is_granted_is_paid_and_said_to_be(each_till: Till) -> None:
    each_till.people([1, 2])
    first, second = each_till.grant("a", 500, 1), each_till.grant("b", 88, 2)
    assert each_till.grant("a", 500, 1) == first, "the same reason is the same reward, and the same bill"
    each_till.pays()
    assert [each_till.stage(each) for each in (first, second)] == ["paid", "paid"]
    assert [(each["openid"], each["cents"], each["remark"]) for each in each_till.bills()] == [
        (openid(1), 500, "春季红包"),
        (openid(2), 88, "春季红包"),
    ]
    ours, theirs = each_till.books()
    assert ours == theirs


def test_a_call_without_an_answer_is_looked_up_and_never_paid_twice(each_till: Till) -> None:
    each_till.people([1])
    reward = each_till.grant()
    each_till.fault(kind="cut", applied=True, times=1)  # the money went; nobody said so
    each_till.pays()
    assert each_till.payout(reward).state == "unknown"
    with pytest.raises(Conflict):
        settle(each_till.stores, "staff:1", reward, "paid")
    with pytest.raises(Conflict):
        settle(each_till.stores, "staff:1", reward, "taken_back")
    with pytest.raises(Conflict):
        keeping.stop(each_till.stores, reward)
    each_till.later(minutes=2)
    assert each_till.stage(reward) == "paid"
    assert len(each_till.bills()) == 1


def test_a_call_that_never_arrived_goes_again_under_the_same_number(till: Till) -> None:
    till.people([1])
    reward = till.grant()
    bill = till.payout(reward).bill
    till.fault(kind="http", code=502, times=1)
    till.pays()
    assert till.payout(reward).state == "unknown"
    till.later(minutes=2)
    assert till.stage(reward) == "paid"
    assert [each["number"] for each in till.bills()] == [bill]


def test_what_is_refused_goes_back_to_staff_with_the_reason(each_till: Till) -> None:
    each_till.people([1])
    reward = each_till.grant(cents=5)  # less than the platform transfers
    each_till.pays()
    found = each_till.payout(reward)
    assert (found.state, found.why) == ("refused", "refused")
    assert "PARAM_ERROR" in found.said
    assert each_till.stage(reward) == "granted"
    assert keeping.start(each_till.stores, reward).payout.bill == found.bill, "tried again it is the same bill"
    each_till.pays()
    assert each_till.payout(reward).state == "refused"
    settle(each_till.stores, "staff:1", reward, "paid", "已当面给")
    assert each_till.payout(reward).state == "withdrawn"
    with pytest.raises(Conflict):
        keeping.start(each_till.stores, reward)


def test_a_person_has_to_confirm_and_one_who_does_not_is_paid_by_hand(till: Till) -> None:
    till.change(confirms=True)
    till.people([1, 2])
    first, second = till.grant("a", 500, 1), till.grant("b", 500, 2)
    till.pays()
    assert {till.payout(each).why for each in (first, second)} == {"waits_for_person"}
    door = till.platform.door
    door.post("decide", mch_id=till.mch_id, number=till.payout(first).bill, state="SUCCESS")
    door.post("decide", mch_id=till.mch_id, number=till.payout(second).bill, state="CANCELLED", reason="OVERDUE_CLOSE")
    till.later(minutes=2)
    assert [till.stage(each) for each in (first, second)] == ["paid", "granted"]
    failed = till.payout(second)
    assert (failed.state, failed.why, failed.said) == ("refused", "bill_failed", "OVERDUE_CLOSE")
    with pytest.raises(Conflict, match="by hand"):
        keeping.start(till.stores, second)
    settle(till.stores, "staff:1", second, "taken_back")


def test_what_a_person_confirms_with_is_asked_for_again_where_it_was_lost(till: Till) -> None:
    till.change(confirms=True)
    till.people([1, 2])
    reward = till.grant()
    till.fault(kind="cut", applied=True, times=1)
    till.pays()
    assert keeping.to_confirm(till.stores, 1) == []
    till.later(minutes=2)
    assert waits_told(till) == [(1, reward, 500)]
    (found,) = keeping.to_confirm(till.stores, 1)
    assert (found.cents, found.mch_id, found.package[:4]) == (500, till.mch_id, "pkg-")
    assert keeping.to_confirm(till.stores, 2) == []
    assert len(till.bills()) == 1
    till.platform.door.post("decide", mch_id=till.mch_id, number=till.payout(reward).bill, state="SUCCESS")
    till.later(minutes=2)
    assert keeping.to_confirm(till.stores, 1) == []
    assert waits_told(till) == [(1, reward, 500)], "they are told once"


def test_no_more_a_day_than_the_owner_allows(each_till: Till) -> None:
    each_till.people([1, 2, 3])
    numbers = [each_till.grant(key, 4_000, person) for person, key in enumerate("abc", 1)]
    each_till.pays()
    assert [each_till.stage(each) for each in numbers] == ["paid", "paid", "granted"]
    assert each_till.payout(numbers[2]).why == "day_limit"
    each_till.later(days=1)
    assert each_till.stage(numbers[2]) == "paid"


def test_a_balance_that_is_too_low_waits_for_more(till: Till) -> None:
    till.people([1])
    till.change(balance=10)
    reward = till.grant()
    till.pays()
    assert (till.payout(reward).state, till.payout(reward).why) == ("intended", "no_balance")
    till.change(balance=1_000)
    till.later(minutes=11)
    assert till.stage(reward) == "paid"


def test_who_has_no_open_id_waits_until_they_come(till: Till) -> None:
    reward = till.grant(person=7)
    till.pays()
    assert till.payout(reward).why == "no_openid"
    till.people([7])
    till.later(minutes=5)
    assert till.stage(reward) == "paid"


def test_large_sums_and_a_disabled_account_are_not_called(till: Till) -> None:
    till.people([1])
    large, small = till.grant("a", 50_000), till.grant("b")
    disable_account(till.stores, till.number)
    till.pays()
    assert till.payout(small).why == "account_disabled"
    enable_account(till.stores, till.number)
    till.later(minutes=11)
    assert till.payout(large).why == "day_limit"
    assert till.stage(small) == "paid"
    assert [each["cents"] for each in till.bills()] == [500]


def test_without_an_account_money_is_given_by_hand_as_ever(till: Till) -> None:
    disable_account(till.stores, till.number)
    reward, other = till.grant("a"), till.grant("b")
    assert keeping.list_payouts(till.stores) == []
    settle(till.stores, "staff:1", reward, "paid")
    with pytest.raises(Conflict):
        keeping.start(till.stores, other)
    enable_account(till.stores, till.number)
    till.people([1])
    keeping.start(till.stores, other)
    till.pays()
    assert till.stage(other) == "paid"
    with pytest.raises(NotFound):
        keeping.start(till.stores, 99)


def test_what_is_taken_back_before_it_was_paid_is_not_paid(each_till: Till) -> None:
    each_till.people([1])
    reward = each_till.grant()
    settle(each_till.stores, "staff:1", reward, "taken_back")
    each_till.pays()
    assert each_till.bills() == []
    assert each_till.payout(reward).state == "withdrawn"


def test_limits_know_a_person_by_where_their_money_goes(till: Till) -> None:
    till.people([1, 2])
    with till.stores.ledger.read() as conn:
        assert store.pay_keys(conn, [1, 2, 9]) == {1: f"{APP}:{openid(1)}", 2: f"{APP}:{openid(2)}"}
    disable_account(till.stores, till.number)
    with till.stores.ledger.read() as conn:
        assert store.pay_keys(conn, [1]) == {}


def test_who_would_be_paid_into_one_account_are_limited_by_it_in_the_act_itself(each_till: Till) -> None:
    """An open id that was one person's when they took part, and is another's now."""
    till = each_till
    till.people([1, 2, 3])
    campaign = started(till.stores, rules={"helpers": 9, "title": "红包", "kind": "money", "amount": 100})
    limits = reviewing.get_limits(till.stores, campaign.id)
    reviewing.set_limits(till.stores, "staff:1", campaign.id, msgspec.structs.replace(limits, account_people=1))
    assert play(till.stores, campaign, 1).state == "opened"
    with till.stores.ledger.write() as conn:
        conn.execute(sa.delete(identifiers).where(identifiers.c.value == openid(2)))
        conn.execute(sa.update(identifiers).where(identifiers.c.value == openid(1)).values(person=2))
    assert play(till.stores, campaign, 2).said == "limit_account"
    assert play(till.stores, campaign, 3).state == "opened", "an account of their own"
    with till.stores.ledger.read() as conn:
        seats = conn.execute(sa.select(limit_seats.c.mark).where(limit_seats.c.sort == "account")).scalars().all()
    assert len(set(seats)) == 2
    assert not [mark for mark in seats if "o" + "penid" in mark or openid(1) in mark], "a fingerprint"


def test_where_no_money_is_won_nobodys_account_is_asked_for(till: Till) -> None:
    till.people([1])
    purse = open_purse(till.stores, "system", "礼品", "pieces", Decimal(10)).id
    campaign = started(till.stores, purses={"pieces": purse})
    assert play(till.stores, campaign, 1).state == "opened"
    with till.stores.ledger.read() as conn:
        assert conn.execute(sa.select(limit_seats.c.mark).where(limit_seats.c.sort == "account")).first() is None


PHONE = normalise("phone", "13800138000")
WRITE_KEY, WECOM, WECHAT = "page", "wecom:corp", "official_account:shop"
MINE, MEMBER = Identifier(f"openid:{APP}", "oMine"), Identifier("user_id", "m-7")
FORGED: dict[str, list[tuple[str, list[Identifier]]]] = {
    "an open id": [(WECOM, [PHONE]), (WRITE_KEY, [PHONE, MINE])],
    "a merge": [(WECOM, [PHONE]), (WECHAT, [MINE]), (WRITE_KEY, [PHONE, MINE])],
    "a member number before its owner came": [(WECHAT, [MINE]), (WRITE_KEY, [MEMBER, MINE])],
    "nobody knows who": [(WECHAT, [MINE]), ("", [MEMBER, MINE])],
}


def told(till: Till, words: list[tuple[str, list[Identifier]]]) -> int:
    """The person, after these words of these sources."""
    with till.stores.ledger.write() as conn:
        now = till.stores.clock.now()
        nodes = [resolve(conn, now, source, [tuple(claim)])[0] for source, claim in words]
        return devices.kept(conn, nodes)[nodes[-1]]


@pytest.mark.parametrize("words", FORGED.values(), ids=FORGED)
def test_who_says_by_a_write_key_that_they_are_another_is_not_paid(
    till: Till, words: list[tuple[str, list[Identifier]]]
) -> None:
    reward = till.grant(person=told(till, words))
    till.pays()
    till.later(hours=12)
    found = till.payout(reward)
    assert (found.state, found.why, found.openid, till.bills()) == ("refused", "unsure", "", [])
    assert "核对" in way_out(found)[0]
    assert keeping.start(till.stores, reward).payout.openid == "oMine", "staff confirm it"
    till.pays()
    assert till.stage(reward) == "paid"


def test_a_key_made_with_its_kind_is_believed_and_one_from_before_is_not(till: Till) -> None:
    words = [(WECHAT, [MINE]), ("shop", [MEMBER, MINE])]
    key = write_keys.create(till.stores, "商城", "shop", "server")
    reward = till.grant(person=told(till, words))
    till.pays()
    assert till.stage(reward) == "paid"
    with till.stores.ledger.write() as conn:
        conn.execute(sa.update(write_keys_table).values(before_kinds=True))
    write_keys.narrow(till.stores, key.id)
    other = till.grant("b", person=told(till, words))
    till.pays()
    assert till.payout(other).why == "unsure", "it may stand in a page, also now that it is one of those"


def test_of_several_open_ids_staff_confirm_none(till: Till) -> None:
    other = Identifier(f"openid:{APP}", "oTheirs")
    reward = till.grant(person=told(till, [(WECHAT, [PHONE, other]), (WRITE_KEY, [PHONE, MINE])]))
    till.pays()
    with pytest.raises(Conflict, match="several"):
        keeping.start(till.stores, reward)


def test_who_is_known_by_platforms_staff_and_their_files_alone_is_paid(till: Till) -> None:
    apart = told(till, [(WECOM, [PHONE])])
    person = told(till, [(WECHAT, [MINE]), ("visitors", [MINE, normalise("unionid", "u1")])])
    merge(till.stores, "staff:1", apart, person)
    reward = till.grant(person=min(apart, person))
    till.pays()
    assert till.stage(reward) == "paid"


def test_who_took_part_as_several_is_not_paid_before_staff_have_looked(till: Till) -> None:
    campaign = started(till.stores, rules={"helpers": 9, "title": "红包", "kind": "money", "amount": 100})
    till.people([1, 2, 3])
    opened = play(till.stores, campaign, 1)
    assert opened.effort is not None
    for friend in (2, 3):
        play(till.stores, campaign, friend, opened.effort.slug)
    mine, other = till.grant("a", 500, 2, campaign.slug), till.grant("b", 500, 2)
    merge(till.stores, "staff:1", 2, 3)  # they are one, as is known when they come for the money
    till.pays()
    assert (till.payout(mine).state, till.payout(mine).why) == ("refused", "doubled")
    assert till.stage(other) == "paid", "no other campaign's"
    assert way_out(till.payout(mine))[0]
    keeping.start(till.stores, mine)
    till.pays()
    assert till.stage(mine) == "paid"


def test_erased_people_leave_no_open_id(till: Till) -> None:
    till.people([1, 2])
    paid, waits = till.grant("a", 500, 1), till.grant("b", 500, 3)
    till.pays()
    with till.stores.ledger.write() as conn:
        forget_people(conn, till.stores.clock.now(), [1, 3])
    assert till.payout(paid).openid == ""
    assert till.payout(waits).state == "withdrawn"


def test_an_account_is_checked_and_its_keys_are_read(till: Till) -> None:
    assert till.channel.check(till.account).works
    till.change(serial="00")
    assert not till.channel.check(till.account).works
    wrong = {**till.settings, "private_key": "no key"}
    with pytest.raises(BadInput) as refused:
        open_account(till.stores, till.channels, channel="wechatpay", name="b", settings=wrong)
    assert refused.value.field == "private_key"
    one_line = {**till.settings, "private_key": PRIVATE.replace("\n", "")}
    open_account(till.stores, till.channels, channel="wechatpay", name="c", settings=one_line)


def test_an_answer_that_is_not_proved_pays_nothing(till: Till) -> None:
    till.people([1])
    other = {**till.settings, "public_key": _another_key()}
    disable_account(till.stores, till.number)
    open_account(till.stores, till.channels, channel="wechatpay", name="b", settings=other)
    reward = till.grant()
    till.pays()
    found = till.payout(reward)
    assert (found.state, found.said) == ("unknown", "signature")
    assert till.stage(reward) == "granted"


def test_no_secret_and_no_open_id_is_logged(till: Till, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    till.people([1])
    till.grant()
    till.pays()
    assert len(till.bills()) == 1
    said = caplog.text + repr(till.account)
    assert APIV3 not in said
    assert openid(1) not in said
    assert PRIVATE.splitlines()[1] not in said


def waits_told(till: Till) -> list[tuple[int, int, int]]:
    """Of the events that money waits: person, reward, cents."""
    query = sa.select(own_events).where(own_events.c.name == "reward_to_take").order_by(own_events.c.id)
    with till.stores.ledger.read() as conn:
        rows = conn.execute(query).all()
    return [(row.person, row.properties["reward"], row.properties["cents"]) for row in rows]


def _another_key() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    made = rsa.generate_private_key(public_exponent=65_537, key_size=2_048).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return made.public_bytes(serialization.Encoding.PEM, form).decode()
