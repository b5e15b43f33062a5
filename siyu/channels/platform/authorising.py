"""Sending somebody to the platform, so that it says who they are: the address, and the setting that allows it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from siyu.channels.protocol import Account, Field

AUTHORISE = "https://open.weixin.qq.com"
"""Where people prove who they are, unless the account's API has another address (a rehearsal): then there."""
CODE_CHARACTERS_MAX = 512
PHONE_PAGES = "phone_pages"
NOBODY, SILENTLY, WITH_CONSENT = "off", "base", "userinfo"
PATIENCE_SECONDS = 5.0
"""What somebody waits for at most who looks at an empty page."""


def address(account: Account, asked: Mapping[str, str], back: str, scope: str, state: str) -> str:
    """It leads ``back`` with a code and the ``state`` (letters and digits, 128 at most). ``asked`` says for whom."""
    base = str(account.settings.get("base_url") or AUTHORISE).rstrip("/")
    query = {**asked, "redirect_uri": back, "response_type": "code", "scope": scope, "state": state}
    return f"{base}/connect/oauth2/authorize?{urlencode(query)}#wechat_redirect"


def field(help_zh: str, help_en: str, *, consent: bool) -> Field:
    """Whether phone pages ask the platform who opens them. ``consent``: it can also be asked with a page of consent."""
    choices = [(NOBODY, "不识别", "Do not ask"), (SILENTLY, "静默识别（不打扰）", "Ask silently")]
    if consent:
        choices.append((WITH_CONSENT, "弹出授权页（可得 UnionID）", "Ask for consent (gives the union id)"))
    words = ("手机页面识别来访者", "Phone pages ask who comes")
    return Field(PHONE_PAGES, "choice", *words, help_zh, help_en, default=NOBODY, choices=tuple(choices))
