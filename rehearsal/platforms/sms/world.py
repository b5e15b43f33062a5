"""The state of an SMS service: accounts with their sign and templates, messages, phones that get none."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import msgspec

from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.poster import Parcel, Sealed
from rehearsal.platforms.core.routes import Refusal, Request
from rehearsal.platforms.core.world import World

SIGNATURE_SECONDS = 15 * 60
CODES: Mapping[int, tuple[str, str, int]] = {
    1: ("isv.MOBILE_NUMBER_ILLEGAL", "手机号码格式错误", 200),
    2: ("isv.SMS_TEMPLATE_ILLEGAL", "模版不存在或未审核", 200),
    3: ("isv.SMS_SIGNATURE_ILLEGAL", "签名不存在或未审核", 200),
    4: ("isv.TEMPLATE_MISSING_PARAMETERS", "模板变量缺少对应参数值", 200),
    5: ("isv.INVALID_JSON_PARAM", "参数格式错误", 200),
    6: ("isv.PARAM_LENGTH_LIMIT", "参数超过长度限制", 200),
    7: ("isv.PARAM_NOT_SUPPORT_URL", "变量不支持传入URL", 200),
    8: ("isv.BUSINESS_LIMIT_CONTROL", "触发流控", 200),
    9: ("isv.AMOUNT_NOT_ENOUGH", "账户余额不足", 200),
    10: ("isv.OUT_OF_SERVICE", "业务停机", 200),
    11: ("isp.SYSTEM_ERROR", "系统错误", 200),
    12: ("isv.DAY_LIMIT_CONTROL", "触发日发送限额", 200),
    13: ("isp.RAM_PERMISSION_DENY", "RAM权限不足", 200),
    14: ("isv.BLACK_KEY_CONTROL_LIMIT", "变量中传入疑似违规信息", 200),
    40: ("InvalidAccessKeyId.NotFound", "Specified access key is not found.", 404),
    41: ("SignatureDoesNotMatch", "Specified signature is not matched with our calculation.", 400),
    42: ("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.", 400),
    43: ("SignatureNonceUsed", "Specified signature nonce was used already.", 400),
    44: ("Throttling.User", "Request was denied due to user flow control.", 400),
    45: ("isv.INVALID_PARAMETERS", "参数异常", 200),
}
"""Number here → its code, words and HTTP status."""
NUMBERS: Mapping[str, int] = {code: number for number, (code, _, _) in CODES.items()}
OF_THE_CORE = {45009: "Throttling.User", 45033: "Throttling.User", 40035: "isv.INVALID_PARAMETERS"}


class Template(msgspec.Struct, frozen=True):
    kind: str = "notice"
    """code, notice, promotion"""
    variables: list[str] = []


class Account(msgspec.Struct, frozen=True):
    """Of an access key. ``url``: where reports and replies go."""

    secret: str
    sign: str
    templates: dict[str, Template]
    url: str = ""
    balance: int = 1_000_000
    sign_status: int = 1
    report_seconds: float = 3.0
    hides: bool = False
    """Its records are counted and not listed: it happens."""


class Text(msgspec.Struct, frozen=True):
    """A message that was taken."""

    key: str
    phone: str
    template: str
    variables: dict[str, str]
    out_id: str
    at: float
    status: int = 1
    """1 waits for the network, 2 failed, 3 arrived"""
    err_code: str = ""


class Broken(msgspec.Struct, frozen=True):
    """A phone that gets nothing, and what the network says of it."""

    code: str
    words: str


class Nonce(msgspec.Struct, frozen=True):
    at: float


class Sms(World):
    def __init__(self, path: Path | None = None, clock: DomainClock | None = None, seed: int = 7) -> None:
        super().__init__(path, clock, seed)
        self.accounts = self.shelf.drawer("accounts", Account)
        self.texts = self.shelf.drawer("texts", Text)
        self.broken = self.shelf.drawer("broken", Broken)
        self.nonces = self.shelf.drawer("nonces", Nonce)
        self.poster.good = lambda status, body: status == 200 and _has_code(body)
        self.agenda.does["report"] = self._report
        self._requests = 0
        self._replies = 0

    def admit(self, request: Request) -> None:
        """Prove the signature. The machine's clock counts: a caller's clock is not this world's."""
        form = request.form()
        key, given = form.get("AccessKeyId", ""), form.pop("Signature", "")
        account = self.accounts.get(key)
        if account is None:
            raise no("InvalidAccessKeyId.NotFound")
        if abs(time.time() - epoch(form["Timestamp"])) > SIGNATURE_SECONDS:
            raise no("InvalidTimeStamp.Expired")
        text = f"{request.method}&%2F&" + rfc3986("&".join(f"{rfc3986(n)}={rfc3986(form[n])}" for n in sorted(form)))
        right = hmac.new(f"{account.secret}&".encode(), text.encode(), hashlib.sha1).digest()
        if base64.b64encode(right).decode() != given:
            raise no("SignatureDoesNotMatch", f"{CODES[41][1]} server string to sign is:{text}")
        if form["SignatureNonce"] in self.nonces:
            raise no("SignatureNonceUsed")
        self.nonces.put(form["SignatureNonce"], Nonce(self.clock.now()))
        request.account = key

    def refused(self, refusal: Refusal, request: Request) -> tuple[int, dict[str, Any]]:
        number = NUMBERS.get(OF_THE_CORE.get(refusal.code, ""), refusal.code)
        code, words, status = CODES.get(number, (f"isv.UNKNOWN_{number}", "", 200))
        body = {"RequestId": self._request_id(), "Code": code, "Message": refusal.message or words}
        return status, body

    def accepted(self, answer: dict[str, Any]) -> dict[str, Any]:
        return {"RequestId": self._request_id(), "Code": "OK", "Message": "OK", **answer}

    def take(self, key: str, phone: str, template: str, variables: dict[str, str], out_id: str) -> str:
        """A message that goes out; its number."""
        at = self.clock.now()
        biz_id = f"{int(at)}^{len(self.texts)}"
        self.texts.put(biz_id, Text(key, phone, template, variables, out_id, at))
        account = self.accounts.change(key, balance=self.accounts[key].balance - 1)
        self.agenda.at(at + account.report_seconds, "report", biz_id=biz_id)
        return biz_id

    def reply(self, key: str, phone: str, content: str) -> None:
        """Somebody answers."""
        self._replies += 1
        told = {
            "phone_number": phone,
            "content": content,
            "send_time": written(self.clock.now()),
            "dest_code": "1234",
            "sequence_id": str(self._replies),
        }
        self.poster.post(key, json.dumps([told], ensure_ascii=False))

    def _report(self, about: dict[str, Any]) -> None:
        text = self.texts[about["biz_id"]]
        broken = self.broken.get(text.phone)
        code = broken.code if broken else "DELIVERED"
        self.texts.change(about["biz_id"], status=2 if broken else 3, err_code=code)
        told = {
            "phone_number": text.phone,
            "send_time": written(text.at),
            "report_time": written(self.clock.now()),
            "success": broken is None,
            "err_code": code,
            "err_msg": broken.words if broken else "用户接收成功",
            "sms_size": "1",
            "biz_id": about["biz_id"],
            "out_id": text.out_id,
        }
        self.poster.post(text.key, json.dumps([told], ensure_ascii=False))

    def seal(self, parcel: Parcel, nonce: str) -> Sealed | None:
        account = self.accounts.get(parcel.address)
        if account is None or not account.url:
            return None
        return Sealed(account.url, parcel.message.encode(), headers={"content-type": "application/json"})

    def _request_id(self) -> str:
        self._requests += 1
        return f"{self._requests:08X}-0000-0000-0000-000000000000"


def no(code: str, words: str = "") -> Refusal:
    return Refusal(NUMBERS[code], words)


def rfc3986(text: str) -> str:
    return quote_plus(text).replace("+", "%20").replace("*", "%2A").replace("%7E", "~")


def epoch(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()


def written(at: float, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """A time as the service writes it: of China."""
    return (datetime.fromtimestamp(at, UTC) + timedelta(hours=8)).strftime(form)


def _has_code(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body)["code"], int)
    except (ValueError, KeyError, TypeError):
        return False
