"""Tries an account live, step by step: its secret, whether this server's address is trusted, which calls it may make.

Every call only reads, and reaches no customer. One step that fails leaves the later ones open, so that the operator is
told what to mend first and not ten times the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.failures import PlatformError
from siyu.channels.platform.platform import Platform
from siyu.channels.protocol import Check
from siyu.channels.steps import WORDS, Finding, State, spoiler

UNTRUSTED = frozenset({"60020", "40164", "301042"})
"""Codes by which a platform says that it does not trust the address that a call comes from."""
_ADDRESS = re.compile(r"(?:from ip:?|invalid ip)\s*([0-9a-fA-F.:]{3,45})")

TAKEN = Finding("token", "good", "平台接受了密钥。", "The platform takes the secret.")

Asking = Callable[[PlatformClient], Any]


@dataclass(frozen=True, slots=True)
class Family:
    """Calls that are allowed together. ``ask`` makes one that changes nothing; ``needed``: without it nothing works.
    ``lacking``: what does not work without it, and where to allow it (zh, en)."""

    zh: str
    en: str
    ask: Asking
    needed: bool = False
    lacking: tuple[str, str] = ("", "")


def tried(
    client: PlatformClient, platform: Platform, ping: Asking | None, families: Sequence[Family]
) -> tuple[list[Finding], Mapping[str, Any]]:
    """What was found of *token*, *address* (where ``ping`` is given) and *permission*; and what the platform said."""
    begun = _Tried(platform, ping is not None)
    if ping is not None and not begun.takes(ping, client):
        return begun.all(families), begun.said
    for family in families:
        if not begun.allows(family, client):
            return begun.all(families), begun.said
    return begun.all(families), begun.said


class _Tried:
    """The findings so far; ``takes`` and ``allows`` answer whether it makes sense to go on."""

    def __init__(self, platform: Platform, with_address: bool) -> None:
        self._token_calls = {source.endpoint for source in platform.tokens.values()} | set(platform.tokens)
        self._with_address = with_address
        self._token: Finding | None = None
        self._address: Finding | None = None
        self._families: dict[str, Finding] = {}
        self.said: dict[str, Any] = {}

    def takes(self, ask: Asking, client: PlatformClient) -> bool:
        try:
            ask(client)
        except PlatformError as error:
            if self._stops(error):
                return self._stopped(error)
            self._refused(error)
            return True
        self._reached()
        return True

    def allows(self, family: Family, client: PlatformClient) -> bool:
        try:
            family.ask(client)
        except PlatformError as error:
            if self._stops(error):
                return self._stopped(error)
            self._refused(error)
            self._families[family.en] = _refused(family, error)
            return True
        self._reached()
        self._families[family.en] = _finding(family, "good", "可以调用。", "May be called.")
        return True

    def all(self, families: Sequence[Family]) -> list[Finding]:
        """Every step, those that were not reached as open."""
        found = [self._token or Finding("token", "open", "还没有检查到这一步。", "Not looked at yet.")]
        if self._with_address:
            found.append(self._address or Finding("address", "open", "还没有检查到这一步。", "Not looked at yet."))
        waits = ("先解决前面的步骤。", "Mend the steps before it first.")
        return [*found, *(self._families.get(each.en) or _finding(each, "open", *waits) for each in families)]

    def _reached(self) -> None:
        """A call was answered in full: secret and address are good."""
        self._token = TAKEN
        self._address = Finding("address", "good", "平台接受本机的 IP。", "The platform trusts this server's address.")

    def _refused(self, error: PlatformError) -> None:
        """A call with a token that the secret got. Platforms do not say in which order they look, so a refusal of
        another kind does not show that the address is trusted; only an answer does."""
        self._note(error)
        self._token = TAKEN
        if self._address is None:
            zh, en = _with_code(error)
            self._address = Finding(
                "address", "open", f"还看不出平台是否接受本机的 IP：{zh}", f"Not known whether it is trusted: {en}"
            )

    def _stops(self, error: PlatformError) -> bool:
        """What keeps every other call from working as well."""
        if error.platform_code in ("no_connection", "no_answer") or str(error.platform_code) in UNTRUSTED:
            return True
        return error.endpoint in self._token_calls or error.failure.act == "new_token"

    def _stopped(self, error: PlatformError) -> bool:
        self._note(error)
        if str(error.platform_code) in UNTRUSTED and self._with_address:
            if error.endpoint not in self._token_calls:
                self._token = TAKEN
            self._address = Finding("address", "bad", *_untrusted(error))
        else:
            self._token = Finding("token", "bad", *_with_code(error))
        return False

    def _note(self, error: PlatformError) -> None:
        self.said.setdefault("code", error.platform_code)
        self.said.setdefault("said", error.said)


def check_of(findings: Sequence[Finding], said: Mapping[str, Any], zh: str, en: str, **detail: Any) -> Check:
    """The check of these findings; ``zh`` and ``en`` say what was found where it works."""
    bad = spoiler(findings)
    if bad is not None:
        step_zh, step_en = WORDS[bad.step]
        return Check(False, f"{step_zh}：{bad.zh}", f"{step_en}: {bad.en}", said, tuple(findings))
    return Check(True, zh, en, {**said, **detail}, tuple(findings))


def address_in(said: str) -> str:
    """The address that the platform says a call came from; "" where it does not say."""
    found = _ADDRESS.search(said)
    return found.group(1).strip(".:") if found else ""


def _untrusted(error: PlatformError) -> tuple[str, str]:
    address = address_in(error.said)
    if address:
        return (
            f"平台不信任本机的 IP：请把 {address} 加入可信 IP，约一分钟后再检查（错误码 {error.platform_code}）。",
            f"The platform does not trust this server: add {address} to the trusted addresses and check again in a "
            f"minute (code {error.platform_code}).",
        )
    return (
        f"平台不信任本机的 IP：请把本机的出口 IP 加入可信 IP，约一分钟后再检查（错误码 {error.platform_code}）。",
        "The platform does not trust this server: add its outgoing address to the trusted ones and check again in a "
        f"minute (code {error.platform_code}).",
    )


def _refused(family: Family, error: PlatformError) -> Finding:
    if error.failure.kind == "passing":
        return _finding(family, "open", *_with_code(error))
    zh, en = _with_code(error)
    return _finding(family, "bad", f"{zh}{family.lacking[0]}", f"{en} {family.lacking[1]}".strip())


def _with_code(error: PlatformError) -> tuple[str, str]:
    return f"{error.failure.zh}（错误码 {error.platform_code}）", f"{error.failure.en} (code {error.platform_code})"


def _finding(family: Family, state: State, zh: str, en: str) -> Finding:
    return Finding("permission", state, zh, en, (family.zh, family.en), family.needed)
