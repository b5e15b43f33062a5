"""What a payout is, and which way it goes. Pure.

*intended* → *attempted* (on disk before the call) → *accepted* (the platform has the bill) → *paid*; *unknown* where
the call got no answer: the bill is asked for by its number, and only what the platform does not have is called again,
under the same number. *refused*: back to staff, with the reason. *withdrawn*: it is given otherwise, or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from secrets import token_hex
from typing import Literal

from siyu.channels.wechatpay.bills import Answer

State = Literal["intended", "attempted", "unknown", "accepted", "paid", "refused", "withdrawn"]

STATES: Mapping[str, tuple[str, str]] = {
    "intended": ("等待发放", "Waits"),
    "attempted": ("发放中", "Being paid"),
    "unknown": ("没有应答，核对中", "No answer: being looked up"),
    "accepted": ("平台已受理", "Taken by the platform"),
    "paid": ("已到账", "Paid"),
    "refused": ("被拒绝，待处理", "Refused: for you to settle"),
    "withdrawn": ("改为人工", "By hand"),
}
OUT = ("attempted", "unknown", "accepted", "paid")
"""The money is with the platform, or may be."""
OPEN = ("attempted", "unknown", "accepted")
"""What becomes of it is asked for."""

NAME_NEEDED_CENTS = 200_000
UNSURE = "unsure"
"""Refused by ourselves: it can't be told that the open id is the person's own. Staff who have it paid confirm it."""
DOUBLED = "doubled"
"""Refused by ourselves: its person took part in the campaign as several. Staff who have it paid say that it is due."""
CHINA = timezone(timedelta(hours=8))
PAUSE_MIN, PAUSE_MAX = timedelta(seconds=15), timedelta(hours=6)
ACCOUNT_PAUSE = timedelta(minutes=10)
LOST_AFTER = timedelta(minutes=1)
"""An attempt that nobody told the end of for so long is asked for."""


@dataclass(frozen=True, slots=True)
class Payout:
    """One payout. ``amount`` in cents; ``next``: when it is looked at again; ``burned``: the platform ended a bill of
    this number, so the number can't be used again."""

    id: int
    reward: int
    bill: str
    account: int
    amount: int
    state: str
    openid: str
    why: str
    said: str
    package: str
    tries: int
    burned: bool
    made: datetime
    changed: datetime
    attempted: datetime | None
    next: datetime | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer makes of a payout: its ``state``, ``why`` in our words, what the platform ``said``, after what
    pause it is looked at again (None: never)."""

    state: State
    why: str = ""
    said: str = ""
    pause: timedelta | None = None
    burned: bool = False
    package: str = ""
    again: bool = False


def bill_number() -> str:
    """A number for a bill: letters and digits, as WeChat Pay wants them, of which there is no second one, also where
    several installations pay by one merchant."""
    return f"sy{token_hex(15)}"


def pause_of(tries: int) -> timedelta:
    """Grows with every try."""
    return min(PAUSE_MIN * 2 ** min(tries, 12), PAUSE_MAX)


def day_of(now: datetime) -> tuple[datetime, datetime]:
    """When the day of ``now`` begins and ends, in China."""
    begins = now.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    return begins, begins + timedelta(days=1)


def after_transfer(payout: Payout, answer: Answer) -> Verdict:
    """What the answer to a transfer means."""
    pause = pause_of(payout.tries)
    match answer.kind:
        case "bill":
            return _of_bill(payout, answer)
        case "unknown" | "missing":
            return Verdict("unknown", "no_answer", answer.said, pause)
        case "passing":
            account = answer.reason in ("no_balance", "account_refused")
            return Verdict("intended", answer.reason, answer.said, ACCOUNT_PAUSE if account else pause)
        case "refused":
            return Verdict("refused", "refused", answer.said)


def after_looking(payout: Payout, answer: Answer) -> Verdict:
    """What the platform's word about a bill means. What it does not have is called ``again`` under the same number: two
    calls with one number are one bill there. Until that is answered it is unknown, and not left to staff: the first
    call may still be on its way."""
    pause = pause_of(payout.tries)
    again = Verdict("unknown", "no_answer", answer.said, pause, again=True)
    if answer.kind == "bill":
        found = _of_bill(payout, answer)
        # With what the person confirms came with the answer that was lost: the same call again tells it again.
        lost = found.why == "waits_for_person" and not payout.package and bool(payout.openid)
        return replace(found, again=lost)
    if answer.kind == "missing" and payout.state != "accepted":
        return again
    if payout.state == "accepted":
        return Verdict("accepted", payout.why, answer.said, pause)
    return Verdict("unknown", "no_answer", answer.said, pause)


def after_calling_again(payout: Payout, looked: Verdict, answer: Answer) -> Verdict:
    """What the answer to a call under a number that was called before means: only a bill, or a refusal, settles it; of
    what the platform has, as was ``looked`` up, no refusal is believed."""
    if looked.state == "accepted" and answer.kind != "bill":
        return replace(looked, again=False)
    verdict = after_transfer(payout, answer)
    return replace(verdict, state="unknown") if verdict.state == "intended" else verdict


def _of_bill(payout: Payout, answer: Answer) -> Verdict:
    if (answer.cents is not None and answer.cents != payout.amount) or (
        answer.openid and payout.openid and answer.openid != payout.openid
    ):
        return Verdict("refused", "bill_other", burned=True)
    if answer.state == "SUCCESS":
        return Verdict("paid")
    if answer.state in ("FAIL", "CANCELLED"):
        return Verdict("refused", "bill_failed", answer.said, burned=True)
    waits = "waits_for_person" if answer.state == "WAIT_USER_CONFIRM" else ""
    return Verdict("accepted", waits, pause=pause_of(payout.tries), package=answer.package)
