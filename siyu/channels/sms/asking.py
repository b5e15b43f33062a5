"""Settles a call without an answer: the service is asked for what it sent to that phone on that day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.failures import PlatformError
from siyu.channels.platform.reading import CHINA, inner, listed, text
from siyu.channels.protocol import Message, Outcome
from siyu.channels.sms.forms import phone_of
from siyu.channels.sms.sends import accepted
from siyu.storage import Clock

PAGE_SIZE = 50
PAGES_MAX = 10
FAILED = "2"
AROUND = timedelta(minutes=5)
"""Its clock and ours may differ, so a call about midnight is looked for on both days."""
AGAIN_SECONDS = 60.0


def asked(client: PlatformClient, message: Message, at: datetime, clock: Clock, patience: timedelta) -> Outcome | None:
    """What became of a message that was called for at that time; None where the service surely did not take it: it
    knows nothing of it ``patience`` later. *Unknown* until then, and where it does not say."""
    try:
        found, whole = _looked_for(client, message, at)
    except PlatformError as error:
        stopped = error.failure.kind == "account"
        wait = error.retry_after_seconds or AGAIN_SECONDS
        return Outcome("unknown", "no_answer", {"code": error.platform_code}, wait, account_stopped=stopped)
    if found is not None:
        return _became(found)
    left = (at + patience - clock.now()).total_seconds()
    if left <= 0 and whole:
        return None
    return Outcome("unknown", "no_answer", {"asked": "not found"}, max(min(left, AGAIN_SECONDS), 1.0))


def _looked_for(client: PlatformClient, message: Message, at: datetime) -> tuple[Mapping[str, Any] | None, bool]:
    """The service's record of the message; and whether all of its records were seen."""
    days = sorted({moment.astimezone(CHINA).strftime("%Y%m%d") for moment in (at - AROUND, at + AROUND)})
    whole = True
    for day in days:
        found, all_seen = _on(client, message, day)
        if found is not None:
            return found, True
        whole = whole and all_seen
    return None, whole


def _on(client: PlatformClient, message: Message, day: str) -> tuple[Mapping[str, Any] | None, bool]:
    """The same of one day."""
    wish = {"PhoneNumber": phone_of(message.address), "SendDate": day, "PageSize": str(PAGE_SIZE)}
    seen = 0
    for page in range(1, PAGES_MAX + 1):
        answer = client.call("QuerySendDetails", body={**wish, "CurrentPage": str(page)})
        records = listed(inner(answer, "SmsSendDetailDTOs"), "SmsSendDetailDTO")
        mine = next((each for each in records if text(each, "OutId") == message.delivery_id), None)
        if mine is not None:
            return mine, True
        seen += len(records)
        if seen >= _number(answer.get("TotalCount")):
            return None, True
        if not records:
            break
    return None, False


def _became(record: Mapping[str, Any]) -> Outcome:
    """It was taken; where it failed since, the report tells the person's timeline."""
    if text(record, "SendStatus") == FAILED:
        return Outcome("accepted", answer={"failed": text(record, "ErrCode")})
    return accepted("")


def _number(value: object) -> int:
    return int(str(value)) if str(value).isdigit() else 0
