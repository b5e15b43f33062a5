"""What a receiver's answer means for each message. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from siyu.channels.protocol import ACCEPTED, Outcome

RETRY_SECONDS = 30.0
RETRY_SECONDS_MAX = 3600.0
WORDS_MAX = 300
STOPS: Mapping[int, str] = {401: "account_refused", 403: "account_refused", 404: "account_refused"}


def outcome_of_status(status: int, text: str, retry_after: float | None) -> Outcome:
    """The outcome of a call that was not answered with 2xx.

    401, 403, 404 and 410 say that the account is wrong or gone: its messages are refused, and the account stops
    before it burns the rest. 408, 425, 429 and 5xx pass.
    """
    answer = {"status": status, "words": text[:WORDS_MAX]}
    if status == 410:
        return Outcome("refused", "receiver_gone", answer, account_stopped=True)
    if status in STOPS:
        return Outcome("refused", STOPS[status], answer, account_stopped=True)
    if status in (408, 425, 429):
        return Outcome("passing", "receiver_busy", answer, _seconds(retry_after))
    if status >= 500:
        return Outcome("passing", "receiver_failed", answer, _seconds(retry_after))
    if 300 <= status < 400:
        return Outcome("refused", "redirected", answer, account_stopped=True)
    return Outcome("refused", "message_refused", answer)


def outcomes_of_body(text: str) -> dict[str, Outcome]:
    """Results by delivery id from ``{"results": [{"delivery_id", "status", "reason", "retry_after"}]}``.

    A message that is not mentioned was accepted: a plain 2xx accepts them all.
    """
    try:
        given: Any = json.loads(text) if text.strip() else {}
    except ValueError:
        return {}
    results = cast("Any", given.get("results")) if isinstance(given, dict) else None
    if not isinstance(results, list):
        return {}
    told: dict[str, Outcome] = {}
    for entry in cast("list[Any]", results):
        if isinstance(entry, dict):
            result = cast("dict[str, Any]", entry)
            read = _READERS.get(str(result.get("status")))
            if read is not None:
                told[str(result.get("delivery_id"))] = read(result)
    return told


def _seconds(given: Any) -> float:
    if isinstance(given, int | float) and not isinstance(given, bool) and given >= 0:
        return min(float(given), RETRY_SECONDS_MAX)
    return RETRY_SECONDS


def _refused(result: Mapping[str, Any]) -> Outcome:
    return Outcome("refused", "message_refused", {"words": str(result.get("reason", ""))[:WORDS_MAX]})


def _passing(result: Mapping[str, Any]) -> Outcome:
    words = {"words": str(result.get("reason", ""))[:WORDS_MAX]}
    return Outcome("passing", "receiver_busy", words, _seconds(result.get("retry_after")))


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Outcome]] = {
    "accepted": lambda _: ACCEPTED,
    "refused": _refused,
    "passing": _passing,
}
