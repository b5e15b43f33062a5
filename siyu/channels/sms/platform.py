"""Alibaba Cloud's SMS service as the client sees it: one address, the call's name and a signature in each form.

Signed is ``POST&%2F&`` and the percent-encoded list of all parameters in order of their names, by HMAC-SHA1 with the
secret and ``&`` (signature version 1.0 of its RPC style).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from siyu.channels.platform.endpoints import Endpoint, table
from siyu.channels.platform.limiter import Limit, Window
from siyu.channels.platform.platform import Answer, Platform
from siyu.channels.protocol import Account
from siyu.channels.sms.failures import FAILURES

VERSION = "2017-05-25"
GOOD = "OK"
REGION = "cn-hangzhou"
_NUMBER = re.compile(r"\d{7,}")


def signature(secret: str, method: str, parameters: Mapping[str, str]) -> str:
    """Base64. ``parameters``: all but the signature itself."""
    listed = "&".join(f"{_encoded(name)}={_encoded(parameters[name])}" for name in sorted(parameters))
    text = f"{method}&{_encoded('/')}&{_encoded(listed)}"
    return base64.b64encode(hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()).decode()


def signed(account: Account, action: str, given: Mapping[str, Any]) -> dict[str, str]:
    """The form of one call. Here the machine's own clock matters: a signature is good for fifteen minutes."""
    form = {name: str(value) for name, value in given.items() if value not in (None, "")}
    form |= {
        "AccessKeyId": access_key(account),
        "Action": action,
        "Format": "JSON",
        "RegionId": str(account.settings.get("region") or REGION),
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": secrets.token_hex(16),
        "SignatureVersion": "1.0",
        "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Version": VERSION,
    }
    return {**form, "Signature": signature(account.secrets["access_key_secret"], "POST", form)}


def access_key(account: Account) -> str:
    return str(account.settings["access_key_id"])


def code_of(answer: Answer) -> str:
    """ "" where all went well. Raises :class:`ValueError` where the answer says neither."""
    code = answer.get("Code")
    if not isinstance(code, str) or not code:
        raise ValueError("no code")
    return "" if code == GOOD else code


def said_of(answer: Answer) -> str:
    """Its words without numbers: what it signed, and with it the phone, stands in some of them."""
    return _NUMBER.sub("…", str(answer.get("Message") or ""))


def _encoded(text: str) -> str:
    """As RFC 3986 says: letters, digits and ``-_.~`` as they are, a blank as %20."""
    return quote(text, safe="")


ALIYUN_SMS = Platform(
    name="aliyun_sms",
    default_base_url="https://dysmsapi.aliyuncs.com",
    endpoints=table(
        Endpoint("SendSms", "POST", "/", False, token=None),
        Endpoint("QuerySendDetails", "POST", "/", True, token=None),
        Endpoint("GetSmsSign", "POST", "/", True, token=None),
    ),
    failures=FAILURES,
    tokens={},
    # The service allows 5,000 a second; a hundred are plenty, and the networks behind it like them evenly.
    limits={"default": Limit((Window(6_000, 60),), slots=8)},
    limited_by=access_key,
    code_of=code_of,
    said_of=said_of,
    sign=signed,
    says_why=True,
)
