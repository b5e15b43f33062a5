"""A bill of a transfer to a person's balance: what is asked, and what WeChat Pay's answer means. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

SAID_CHARACTERS_MAX = 200
PACKAGE_CHARACTERS_MAX = 2_000
OPEN = frozenset({"ACCEPTED", "PROCESSING", "WAIT_USER_CONFIRM", "TRANSFERING", "CANCELING"})
ENDED = frozenset({"SUCCESS", "FAIL", "CANCELLED"})

PASSING: Mapping[str, str] = {
    "NOT_ENOUGH": "no_balance",
    "FREQUENCY_LIMITED": "busy",
    "FREQUENCY_LIMIT_EXCEED": "busy",
    "FREQUENCY_LIMIT_EXCEEDED": "busy",
    "RATELIMIT_EXCEEDED": "busy",
    "QUOTA_EXCEED": "busy",
    "SIGN_ERROR": "account_refused",
    "NO_AUTH": "account_refused",
    "APPID_MCHID_NOT_MATCH": "account_refused",
    "MCH_NOT_EXISTS": "account_refused",
    "ACCOUNT_ERROR": "account_refused",
}
"""Codes after which the same bill may be called again: nothing was made of it."""
ASK = frozenset({"SYSTEM_ERROR", "ALREADY_EXISTS", "BANK_ERROR"})
"""Codes that leave open whether there is a bill."""


_HEAD = re.compile(r"-----(BEGIN|END) [A-Z ]+-----")


@dataclass(frozen=True, slots=True)
class Bill:
    """What is asked for. ``cents`` go to ``openid``; ``remark`` is what the person reads."""

    number: str
    openid: str
    cents: int
    remark: str


@dataclass(frozen=True, slots=True)
class Answer:
    """bill — the platform has it, in ``state``. missing — it has none of this number. refused — it makes none, for
    ever. passing — it makes none now, for ``reason``. unknown — nobody knows. ``package``: with it the person's WeChat
    opens the page on which the money is confirmed."""

    kind: Literal["bill", "missing", "refused", "passing", "unknown"]
    state: str = ""
    reason: str = ""
    said: str = ""
    cents: int | None = None
    openid: str = ""
    package: str = ""


def answer_of(status: int, body: Mapping[str, Any]) -> Answer:
    """What an answer that was read means. A good one was proved to be WeChat Pay's."""
    if 200 <= status < 300:
        state = str(body.get("state") or "")
        if state not in OPEN | ENDED:
            return Answer("unknown", said=state)
        cents = body.get("transfer_amount")
        said = str(body.get("fail_reason") or "")[:SAID_CHARACTERS_MAX]
        openid = str(body.get("openid") or "")
        package = str(body.get("package_info") or "")[:PACKAGE_CHARACTERS_MAX]
        known = cents if isinstance(cents, int) else None
        return Answer("bill", state, said=said, cents=known, openid=openid, package=package)
    code = str(body.get("code") or "")
    said = f"{code} {body.get('message') or ''}".strip()[:SAID_CHARACTERS_MAX]
    if status >= 500:
        return Answer("unknown", said=said)
    if code in PASSING:
        return Answer("passing", reason=PASSING[code], said=said)
    if status == 429:
        return Answer("passing", reason="busy", said=said)
    if status in (401, 403):
        return Answer("passing", reason="account_refused", said=said)
    if code in ("NOT_FOUND", "RESOURCE_NOT_EXISTS") or (status == 404 and not code):
        return Answer("missing", said=said)
    if code in ASK or not code:
        return Answer("unknown", said=said)
    return Answer("refused", said=said)


def body_of_key(text: str) -> str:
    """A key as the library takes it, however it was pasted: in lines, in one line, without its head."""
    return re.sub(r"\s+", "", _HEAD.sub("", text))


def report(types: str, activity: str, reward: str) -> list[dict[str, str]]:
    """What a scene has to be told with each transfer: kinds as set (comma-separated), the first with the activity, all
    others with the reward."""
    names = [each.strip() for each in types.replace("，", ",").split(",") if each.strip()]
    return [
        {"info_type": name, "info_content": (reward if place else activity or reward)[:32]}
        for place, name in enumerate(names)
    ]
