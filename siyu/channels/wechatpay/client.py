"""WeChat Pay's API v3 by ``wechatpayv3``, which knows its shapes, signs and checks signatures; the calls themselves go
the way of all calls of this product: checked addresses, no proxies, no redirects, answers of a sane size, nothing
in logs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

import httpx
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.core import Core
from wechatpayv3.type import RequestType
from wechatpayv3.utils import build_authorization

from siyu.channels.platform.exchange import Exchange, TooLong
from siyu.channels.protocol import Account
from siyu.channels.wechatpay.bills import Answer, Bill, answer_of, body_of_key, report
from siyu.storage import BadInput

GATEWAY = "https://api.mch.weixin.qq.com"


class Unproved(Exception):
    """An answer without WeChat Pay's signature."""


class _Core(Core):
    """The library's core, calling by an :class:`Exchange`."""

    def __init__(self, exchange: Exchange, gateway: str, **given: Any) -> None:
        super().__init__(**given)
        self._exchange, self._gateway = exchange, gateway

    def request(  # the library's own signature
        self,
        path: str,
        method: RequestType = RequestType.GET,
        data: Any = None,
        skip_verify: bool = False,
        sign_data: Any = None,
        files: Any = None,
        cipher_data: bool = False,
        headers: Any = None,
    ) -> tuple[int, str]:
        del sign_data, files, cipher_data, headers
        given = {name: value for name, value in data.items() if value is not None} if data else None
        signed = build_authorization(
            path, method.value, self._mchid, self._cert_serial_no, self._private_key, data=given
        )
        asked = {"accept": "application/json", "content-type": "application/json", "user-agent": "Siyu/0.1"}
        asked |= {"authorization": signed, "wechatpay-serial": str(self._public_key_id)}
        content = json.dumps(given).encode() if given else b""
        request = httpx.Request(method.value, self._gateway + path, content=content, headers=asked)
        status, told, body = self._exchange.ask(request)
        text = body.decode("utf-8", "replace")
        if 200 <= status < 300 and not skip_verify and not self._proved(told, text):
            raise Unproved
        return status, text

    def _proved(self, headers: httpx.Headers, text: str) -> bool:
        if headers.get("wechatpay-serial") != self._public_key_id:
            return False  # an older certificate: this account proves answers by WeChat Pay's public key alone
        try:
            return bool(self._verify_signature(headers, text))
        except Exception:  # the library's own, without a kind
            return False


class _Client(WeChatPay):
    """The library's client on our own core. Its making reads the keys, which takes a tenth of a second."""

    def __init__(self, core: _Core, app_id: str, mch_id: str) -> None:
        self._type = WeChatPayType.JSAPI
        self._mchid, self._appid = mch_id, app_id
        self._notify_url = None
        self._core = core
        self._partner_mode = False


class Pay:
    """One account. Its calls raise nothing that the platform may cause."""

    def __init__(self, exchange: Exchange, account: Account, told_at: str = "") -> None:
        """``told_at``: the address to which WeChat Pay tells a bill's end; '' for none. Raises :class:`BadInput` for
        keys that are none."""
        self.account, self._told_at = account, told_at
        self._client = _client(exchange, account)

    def transfer(self, bill: Bill) -> Answer:
        """Have a bill made, or be told of the one that is there under its number."""
        settings = self.account.settings
        infos = report(str(settings.get("scene_infos") or ""), str(settings.get("activity") or ""), bill.remark)
        return self._called(
            "mch_transfer_bills",
            out_bill_no=bill.number,
            transfer_scene_id=str(settings["scene"]),
            openid=bill.openid,
            transfer_amount=bill.cents,
            transfer_remark=bill.remark[:32],
            transfer_scene_report_infos=infos,
            notify_url=self._told_at or None,
        )

    def find(self, number: str) -> Answer:
        """What became of our bill of this number."""
        return self._called("mch_transfer_bills_query", out_bill_no=number)

    def _called(self, name: str, **given: Any) -> Answer:
        try:
            status, text = getattr(self._client, name)(**given)
        except (OSError, httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return Answer("passing", reason="no_connection")
        except (BadInput, httpx.UnsupportedProtocol, httpx.InvalidURL):
            return Answer("passing", reason="account_refused", said="address_not_allowed")
        except (httpx.HTTPError, TooLong):
            return Answer("unknown")
        except Unproved:
            return Answer("unknown", said="signature")
        return answer_of(int(status), _read(text))


def _client(exchange: Exchange, account: Account) -> _Client:
    settings, secrets = account.settings, account.secrets
    mch_id = str(settings["mch_id"])
    try:
        core = _Core(
            exchange,
            str(settings.get("base_url") or GATEWAY).rstrip("/"),
            mchid=mch_id,
            cert_serial_no=str(settings["serial"]),
            private_key=body_of_key(secrets["private_key"]),
            apiv3_key=secrets["apiv3_key"],
            public_key=body_of_key(str(settings["public_key"])),
            public_key_id=str(settings["public_key_id"]),
        )
    except Exception as error:  # the library's own, without a kind; its words may hold a part of the key
        raise _key_refused("public_key" if "public" in str(error) else "private_key") from None
    return _Client(core, str(settings["app_id"]), mch_id)


def _key_refused(field: str) -> BadInput:
    return BadInput(
        "pay_key", "密钥格式不对，请粘贴 PEM 文件的全部内容。", "This is no key: paste the whole PEM file.", field=field
    )


def _read(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else {}
