"""Welcoming a new friend: one call, within twenty seconds, once a code (document 92137)."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.documents import read, text
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.failures import PlatformError
from siyu.channels.platform.welcoming import Greeting, Newcomer, Welcomed, WelcomedKind
from siyu.channels.protocol import Account
from siyu.channels.wecom.attachments import attachments_of
from siyu.channels.wecom.contacts import customer, send_welcome
from siyu.channels.wecom.fields import is_id, printable
from siyu.channels.wecom.media import media_id
from siyu.channels.wecom.platform import WECOM, corp_of
from siyu.storage import BadInput, NotFound, at_machine_speed

log = logging.getLogger(__name__)

SECONDS_MAX = 20.0
TOO_LATE, ALREADY, ANOTHER_IS_SENDING = 41050, 41051, 41096
NO_TURN = "too_soon"
"""What our own limiter says (``platform/client.py``)."""

AGAIN_SECONDS = 1.0
CODE_CHARACTERS_MAX = 512
READY_FOR = timedelta(hours=12)
TEXT_BYTES_MAX = 4_000
_SEXES = {1: "male", 2: "female"}


@dataclass(frozen=True)
class WecomWelcomer:
    """See :class:`~siyu.channels.platform.welcoming.Welcomer`."""

    exchange: Exchange
    seconds_max: float = SECONDS_MAX

    def newcomer(self, body: bytes) -> Newcomer | None:
        try:
            document = read(body)
        except BadInput:
            return None
        code = text(document, "WelcomeCode")
        named = is_id(document, "UserID") and is_id(document, "ExternalUserID")
        if not (0 < len(code) <= CODE_CHARACTERS_MAX and code.isprintable() and named):
            return None
        who = ("external_userid", text(document, "ExternalUserID"))
        return Newcomer(code, text(document, "UserID"), printable(text(document, "State")), who)

    def profile(self, account: Account, newcomer: Newcomer, seconds: float) -> Mapping[str, str]:
        try:
            client = PlatformClient(self.exchange, account, WECOM, patience=seconds)
            known = customer(client, newcomer.identifier[1])["external_contact"]
        except PlatformError:
            return {}
        found = {"name": printable(str(known.get("name") or "")), "sex": _SEXES.get(known.get("gender"), "")}
        return {key: value for key, value in found.items() if value}

    def ready(self, account: Account, media: Sequence[str]) -> None:
        client = PlatformClient(self.exchange, account, WECOM)
        for sha256 in media:
            try:
                media_id(self.exchange.stores, client, corp_of(account), sha256, margin=READY_FOR)
            except (PlatformError, NotFound) as error:
                log.warning("a medium of a welcome is not at the platform: %s", error.code)

    def welcome(self, account: Account, newcomer: Newcomer, greeting: Greeting, seconds: float) -> Welcomed:
        clock = self.exchange.stores.clock
        deadline, again = clock.now().timestamp() + seconds, at_machine_speed(clock, AGAIN_SECONDS)
        words, attachments = clipped(greeting.text, TEXT_BYTES_MAX), self._attached(account, greeting, seconds)
        while True:
            left = deadline - clock.now().timestamp()
            client = PlatformClient(self.exchange, account, WECOM, patience=max(left, 0.0))
            try:
                send_welcome(client, newcomer.code, words, attachments)
                return Welcomed("sent")
            except PlatformError as error:
                failed = error
            if failed.platform_code != ANOTHER_IS_SENDING or left <= again:
                return _meant(failed, over=clock.now().timestamp() >= deadline)
            self.exchange.wait(again)

    def _attached(self, account: Account, greeting: Greeting, seconds: float) -> list[dict[str, Any]]:
        """Their media are at the platform as a rule (a job renews them); half of the time may go into uploads."""
        client = PlatformClient(self.exchange, account, WECOM, patience=seconds / 2)
        return attachments_of(self.exchange.stores, client, account, greeting.attachments, leave_out=True)


def clipped(words: str, bytes_max: int) -> str:
    """The beginning of a text that fits, no character cut in two: the platform counts UTF-8 bytes."""
    return words.encode()[:bytes_max].decode(errors="ignore")


def _meant(error: PlatformError, *, over: bool) -> Welcomed:
    """``over``: its time was over, so that what found no turn any more is late as well."""
    kinds: dict[Any, WelcomedKind] = {TOO_LATE: "late", ALREADY: "already"}
    if over:
        kinds[NO_TURN] = "late"
    answer = {"code": error.platform_code, "said": error.said}
    return Welcomed(kinds.get(error.platform_code, "failed"), answer, error.failure.zh, error.failure.en)
