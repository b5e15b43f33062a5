"""What a platform is to the client: tables and a few small functions. Everything else is the same for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from siyu.channels.platform.endpoints import Endpoint
from siyu.channels.platform.failures import UNKNOWN_CODE, Failure
from siyu.channels.platform.limiter import Limit
from siyu.channels.protocol import Account

Answer = Mapping[str, Any]
Sign = Callable[[Account, str, Mapping[str, Any]], Mapping[str, str]]
"""From the account, the name of a call and what it is given to the whole form, signature and all."""


def errcode(answer: Answer) -> int:
    """The code of Tencent's answers: absent means that all went well."""
    return int(answer.get("errcode") or 0)


def errmsg(answer: Answer) -> str:
    return str(answer.get("errmsg") or "")


@dataclass(frozen=True, slots=True)
class TokenSource:
    """Where a kind of token comes from: the call, what it is given, where the token and its life (seconds) are.

    ``secret`` names the account's secret it hangs on: with another secret, the kept token is no longer used. ``within``
    names the object of the answer that holds the token; ``renews`` the field there with the secret that takes the place
    of ``secret`` from then on, where a platform takes each only once. ``life_seconds``: how long it is good, where the
    answer does not say it in seconds.
    """

    endpoint: str
    given: Callable[[Account], Mapping[str, Any]]
    secret: str
    token: str = "access_token"
    lasts: str = "expires_in"
    within: str = ""
    renews: str = ""
    life_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Platform:
    """``limited_by`` says whose limits a call counts against: accounts of one company share theirs.

    ``token_as`` is the query parameter that carries the token; ``token_header`` the header, where one does. ``sign``:
    calls carry no token, each is a form that proves itself. ``says_why``: what is refused with a status of 400 to 499
    says its code in the body. Codes are numbers or names. ``path_settings``: calls whose path an account may set
    otherwise, and by which setting.
    """

    name: str
    default_base_url: str
    endpoints: Mapping[str, Endpoint]
    failures: Mapping[Any, Failure]
    tokens: Mapping[str, TokenSource]
    limits: Mapping[str, Limit]
    limited_by: Callable[[Account], str]
    base_url_setting: str = "base_url"
    token_as: str = "access_token"
    token_header: str = ""
    path_settings: Mapping[str, str] = field(default_factory=dict[str, str])
    code_of: Callable[[Answer], int | str] = field(default=errcode)
    said_of: Callable[[Answer], str] = field(default=errmsg)
    sign: Sign | None = None
    says_why: bool = False

    def failure(self, code: int | str) -> Failure:
        return self.failures.get(code, UNKNOWN_CODE)

    def base_url(self, account: Account) -> str:
        return str(account.settings.get(self.base_url_setting) or self.default_base_url).rstrip("/")

    def address(self, account: Account, endpoint: Endpoint) -> str:
        """Where a call goes, without its query."""
        given = str(account.settings.get(self.path_settings.get(endpoint.name, "")) or endpoint.path)
        return f"{self.base_url(account)}/{given.lstrip('/')}"

    def lane(self, account: Account, endpoint: Endpoint) -> tuple[str, str]:
        """Whose limit, and which: a limit is for each call alone, unless its calls share it."""
        limit = self.limits[endpoint.rate]
        return f"{self.name}:{self.limited_by(account)}", endpoint.rate if limit.shared else endpoint.name
