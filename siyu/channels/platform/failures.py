"""What went wrong at a platform, in four kinds; every code of every platform means one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from siyu.storage import SiyuError

Kind = Literal["person", "passing", "ours", "account"]
Act = Literal["", "again", "new_token", "close", "narrow"]


@dataclass(frozen=True, slots=True)
class Failure:
    """What one code means, in the operator's words.

    ``kind``: *person* (for this person, for ever), *passing* (later it may work), *ours* (a mistake of this product or
    of what was entered), *account* (nothing of this account will work before somebody has looked). ``act`` is what the
    client does by itself: try ``again`` with back-off, take a ``new_token`` and try once more, ``close`` this call of
    this account for a while, ``narrow`` how many run at once and try again. ``retry_after_seconds``: when a later
    attempt makes sense (domain time).
    """

    kind: Kind
    zh: str
    en: str
    act: Act = ""
    retry_after_seconds: float | None = None


class PlatformError(SiyuError):
    """A call that came to nothing. ``unknown``: no answer came, so the platform may have done it all the same.

    Holds no address, token or secret, so that it may be logged and shown.
    """

    status = 502

    def __init__(
        self,
        code: int | str,
        failure: Failure,
        endpoint: str,
        *,
        said: str = "",
        unknown: bool = False,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(
            f"platform_{code}",
            f"{failure.zh}（{endpoint}，{code}）",
            f"{failure.en} ({endpoint}, {code})",
            **_detail(said, unknown),
        )
        self.platform_code = code
        self.failure = failure
        self.endpoint = endpoint
        self.said = said
        self.unknown = unknown
        self.retry_after_seconds = failure.retry_after_seconds if retry_after_seconds is None else retry_after_seconds


def _detail(said: str, unknown: bool) -> dict[str, Any]:
    return {"said": said, "unknown": unknown}


NO_CONNECTION = Failure("passing", "连不上平台，请稍后再试。", "The platform can't be reached; try later.", "again")
NO_ANSWER = Failure("passing", "平台没有应答。", "The platform did not answer.", "again")
BUSY = Failure("passing", "平台暂时不可用。", "The platform is not available for the moment.", "again")
NOT_UNDERSTOOD = Failure("ours", "看不懂平台的应答。", "The platform's answer can't be understood.")
REFUSED = Failure("ours", "平台拒绝了这次调用。", "The platform refused the call.")
UNKNOWN_CODE = Failure("ours", "平台返回了未登记的错误码。", "The platform answered with a code not known here.")
TOO_SOON = Failure("passing", "该接口的调用额度正在恢复，请稍后再试。", "This call has reached its limit; try later.")
ADDRESS_FORBIDDEN = Failure("account", "不允许访问这个平台地址。", "This platform address may not be called.")
PAGES_IN_A_CIRCLE = Failure("ours", "平台的分页在原地打转。", "The platform's pages go in a circle.")
TOKEN_AWAITED = Failure("passing", "取令牌的时间过长，请稍后再试。", "Getting a token takes too long; try later.")
TOKEN_REFUSED = Failure(
    "account",
    "平台刚刚拒绝了这个账号的密钥；请检查密钥，一分钟后再试。",
    "The platform has just refused this account's secret; check it and try again in a minute.",
)
