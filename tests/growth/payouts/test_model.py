"""What an answer makes of a payout."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.channels.wechatpay.bills import ENDED, OPEN, Answer, answer_of, report
from siyu.growth.payouts.model import (
    OUT,
    PAUSE_MAX,
    STATES,
    Payout,
    after_calling_again,
    after_looking,
    after_transfer,
    bill_number,
    day_of,
    pause_of,
)
from siyu.growth.payouts.words import CODES, WHY, cause, way_out

NOW = datetime(2026, 1, 31, 15, 59, tzinfo=UTC)
PAYOUT = Payout(1, 1, "sy1", 1, 500, "attempted", "oA", "", "", "", 0, False, NOW, NOW, NOW, NOW)

answers = st.builds(
    answer_of,
    st.sampled_from([200, 202, 400, 401, 403, 404, 429, 500, 503]),
    st.fixed_dictionaries(
        {},
        optional={
            "state": st.sampled_from([*OPEN, *ENDED, "NEW_WORD"]),
            "code": st.sampled_from(["PARAM_ERROR", "NOT_ENOUGH", "SIGN_ERROR", "NOT_FOUND", "SYSTEM_ERROR", "OTHER"]),
            "transfer_amount": st.sampled_from([500, 501]),
            "openid": st.sampled_from(["oA", "oB"]),
        },
    ),
)


@given(answers, st.sampled_from(["attempted", "unknown", "accepted"]), st.integers(0, 50))
def test_money_that_may_be_out_is_never_left_to_staff_and_what_is_not_over_is_looked_at_again(
    answer: Answer, state: str, tries: int
) -> None:
    payout = replace(PAYOUT, state=state, tries=tries)
    for verdict in (after_transfer(payout, answer), after_looking(payout, answer)):
        assert verdict.state in STATES
        assert verdict.why in {"", *WHY}
        assert (verdict.pause is None) == (verdict.state in ("paid", "refused"))
        if answer.kind == "unknown":
            assert verdict.state in OUT
        if verdict.state == "paid":
            assert answer.state == "SUCCESS"
    if answer.kind != "bill":
        assert after_looking(payout, answer).state in OUT, "that a question is refused says nothing of the bill"


@pytest.mark.parametrize(
    ("status", "body", "state", "why"),
    [
        (200, {"state": "SUCCESS"}, "paid", ""),
        (200, {"state": "WAIT_USER_CONFIRM"}, "accepted", "waits_for_person"),
        (200, {"state": "FAIL", "fail_reason": "ACCOUNT_FROZEN"}, "refused", "bill_failed"),
        (200, {"state": "SUCCESS", "transfer_amount": 501}, "refused", "bill_other"),
        (200, {"state": "SOMETHING"}, "unknown", "no_answer"),
        (200, {}, "unknown", "no_answer"),
        (500, {}, "unknown", "no_answer"),
        (502, {"code": "PARAM_ERROR"}, "unknown", "no_answer"),
        (403, {"code": "NOT_ENOUGH"}, "intended", "no_balance"),
        (401, {"code": "SIGN_ERROR"}, "intended", "account_refused"),
        (429, {}, "intended", "busy"),
        (400, {"code": "PARAM_ERROR"}, "refused", "refused"),
        (400, {"code": "ALREADY_EXISTS"}, "unknown", "no_answer"),
    ],
)
def test_a_transfers_answer(status: int, body: dict[str, object], state: str, why: str) -> None:
    verdict = after_transfer(PAYOUT, answer_of(status, body))
    assert (verdict.state, verdict.why) == (state, why)


def test_only_what_the_platform_does_not_have_is_called_again() -> None:
    missing = Answer("missing")
    found = after_looking(PAYOUT, missing)
    assert (found.state, found.again) == ("unknown", True), "not left to staff: the first call may be on its way"
    assert after_calling_again(PAYOUT, found, Answer("passing", reason="no_connection")).state == "unknown"
    assert after_calling_again(PAYOUT, found, answer_of(200, {"state": "SUCCESS"})).state == "paid"
    assert not after_looking(replace(PAYOUT, state="accepted"), missing).again
    assert after_looking(PAYOUT, Answer("passing", reason="no_connection")).state == "unknown"


def test_a_failed_bill_uses_its_number_up_and_a_refused_call_does_not() -> None:
    assert after_looking(PAYOUT, answer_of(200, {"state": "CANCELLED"})).burned
    assert not after_transfer(PAYOUT, answer_of(400, {"code": "PARAM_ERROR"})).burned


def test_numbers_pauses_and_days() -> None:
    numbers = {bill_number() for _ in range(100)}
    assert len(numbers) == 100
    assert all(number.isalnum() and number.isascii() and len(number) == 32 for number in numbers)
    assert pause_of(0) < pause_of(1) < pause_of(50) == PAUSE_MAX
    begins, ends = day_of(NOW)
    assert begins <= NOW < ends == begins + timedelta(days=1)
    assert begins == datetime(2026, 1, 30, 16, tzinfo=UTC)
    assert day_of(NOW + timedelta(minutes=1))[0] == ends


def test_what_a_scene_is_told() -> None:
    told = report("活动名称，奖励说明", "", "春" * 40)
    assert [each["info_type"] for each in told] == ["活动名称", "奖励说明"]
    assert {each["info_content"] for each in told} == {"春" * 32}
    assert report("", "a", "b") == []


def test_what_is_refused_says_why_and_what_to_do_in_two_languages() -> None:
    for code in (*CODES, "DAY_RECEIVED_QUOTA_EXCEED", "REALNAME_ACCOUNT_RECEIVED_QUOTA_EXCEED", "NEW_CODE", ""):
        for burned in (False, True):
            found = replace(PAYOUT, state="refused", why="bill_failed" if burned else "refused", burned=burned)
            found = replace(found, said=f"{code} 说明".strip())
            assert all(cause(found))
            assert all(way_out(found))
    assert cause(replace(PAYOUT, state="refused", why="refused", said="PARAM_ERROR x")) == CODES["PARAM_ERROR"]


def test_what_goes_on_by_itself_asks_for_nothing() -> None:
    assert way_out(replace(PAYOUT, state="intended", why="no_balance")) == ("", "")
    assert way_out(replace(PAYOUT, state="paid", why="")) == ("", "")


def test_what_a_person_confirms_with_is_asked_for_until_it_is_had() -> None:
    waits = answer_of(200, {"state": "WAIT_USER_CONFIRM"})
    for state in ("attempted", "unknown", "accepted"):
        looked = after_looking(replace(PAYOUT, state=state), waits)
        assert (looked.state, looked.again) == ("accepted", True)
        refused = after_calling_again(PAYOUT, looked, answer_of(400, {"code": "PARAM_ERROR"}))
        assert (refused.state, refused.again) == ("accepted", False), (
            "the platform has the bill: no refusal is believed"
        )
    assert not after_looking(replace(PAYOUT, state="accepted", package="p"), waits).again
    assert not after_looking(replace(PAYOUT, state="unknown", openid=""), waits).again
