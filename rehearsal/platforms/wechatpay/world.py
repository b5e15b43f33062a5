"""The state of WeChat Pay: merchants with their keys and balance, bills by the merchants' own numbers."""

from __future__ import annotations

import base64
import json
import re
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.poster import Parcel, Sealed
from rehearsal.platforms.core.routes import Refusal, Reply, Request
from rehearsal.platforms.core.world import World

SIGNATURE_SECONDS = 5 * 60
PUBLIC_KEY_ID = "PUB_KEY_ID_0116000000000000000000000000000001"
CODES: Mapping[int, tuple[str, str, int]] = {
    1: ("SIGN_ERROR", "签名错误", 401),
    2: ("PARAM_ERROR", "参数错误", 400),
    3: ("NOT_ENOUGH", "资金不足", 403),
    4: ("NOT_FOUND", "记录不存在", 404),
    5: ("NO_AUTH", "没有转账权限", 403),
    6: ("INVALID_REQUEST", "请求的参数与原单不一致", 400),
    7: ("APPID_MCHID_NOT_MATCH", "商户号与AppID不匹配", 400),
    8: ("FREQUENCY_LIMITED", "频率超限", 429),
    9: ("SYSTEM_ERROR", "系统错误", 500),
}
NUMBERS: Mapping[str, int] = {code: number for number, (code, _, _) in CODES.items()}
OF_THE_CORE = {45009: 8, 45033: 8, 40035: 2, 40058: 2, -1: 9}
_SAYS = re.compile(r'(\w+)="([^"]*)"')
RSA = padding.PKCS1v15()
CHINA = timezone(timedelta(hours=8))


class Merchant(msgspec.Struct, frozen=True):
    """``confirms``: people have to confirm before the money is theirs. ``apiv3_key`` seals what is told."""

    public_key: str
    app_id: str
    serial: str
    balance: int = 10_000_000
    allowed: bool = True
    confirms: bool = False
    apiv3_key: str = ""


class Bill(msgspec.Struct, frozen=True):
    """One transfer. ``cents`` to ``openid``; its end is told at the address ``tell``."""

    merchant: str
    number: str
    theirs: str
    app_id: str
    scene: str
    openid: str
    cents: int
    remark: str
    state: str
    at: float
    fail_reason: str = ""
    infos: list[dict[str, str]] = []
    tell: str = ""


class Key(msgspec.Struct, frozen=True):
    pem: str


class Pay(World):
    def __init__(self, path: Path | None = None, clock: DomainClock | None = None, seed: int = 7) -> None:
        super().__init__(path, clock, seed)
        self.merchants = self.shelf.drawer("merchants", Merchant)
        self.bills = self.shelf.drawer("bills", Bill)
        self._keys = self.shelf.drawer("keys", Key)
        self.key = self._own_key()

    def _own_key(self) -> rsa.RSAPrivateKey:
        kept = self._keys.get("own")
        if kept is None:
            made = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
            pem = made.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            kept = self._keys.put("own", Key(pem.decode()))
        found = serialization.load_pem_private_key(kept.pem.encode(), None)
        if not isinstance(found, rsa.RSAPrivateKey):
            raise TypeError("an RSA key is kept")
        return found

    def public_key(self) -> str:
        """By which answers are proved."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()

    def admit(self, request: Request) -> None:
        """Prove the signature. The machine's clock counts: a caller's clock is not this world's."""
        kind, _, rest = request.headers.get("authorization", "").partition(" ")
        said: dict[str, str] = dict(_SAYS.findall(rest))
        merchant = self.merchants.get(said.get("mchid", ""))
        if kind != "WECHATPAY2-SHA256-RSA2048" or merchant is None or merchant.serial != said.get("serial_no"):
            raise no("SIGN_ERROR")
        if abs(time.time() - int(said["timestamp"])) > SIGNATURE_SECONDS:
            raise no("SIGN_ERROR", "Timestamp 已过期")
        path = request.path + ("?" + "&".join(f"{n}={v}" for n, v in request.query.items()) if request.query else "")
        text = f"{request.method}\n{path}\n{said['timestamp']}\n{said['nonce_str']}\n{request.body.decode()}\n"
        key = serialization.load_pem_public_key(merchant.public_key.encode())
        if not isinstance(key, rsa.RSAPublicKey):
            raise no("SIGN_ERROR")
        try:
            key.verify(base64.b64decode(said["signature"]), text.encode(), RSA, hashes.SHA256())
        except InvalidSignature:
            raise no("SIGN_ERROR") from None
        request.account = said["mchid"]

    def refused(self, refusal: Refusal, request: Request) -> tuple[int, dict[str, Any]]:
        number = OF_THE_CORE.get(refusal.code, refusal.code)
        code, words, status = CODES.get(number, CODES[9])
        return status, {"code": code, "message": refusal.message or words}

    def seal(self, parcel: Parcel, nonce: str) -> Sealed | None:
        """What became of a bill, sealed with its merchant's key. Signed with each try, as signatures grow old."""
        bill = self.bills[parcel.address]
        sealing = secrets.token_hex(6)
        text, key = parcel.message.encode(), self.merchants[bill.merchant].apiv3_key.encode()
        sealed = AESGCM(key).encrypt(sealing.encode(), text, b"mch_payment")
        resource = {
            "algorithm": "AEAD_AES_256_GCM",
            "original_type": "mch_payment",
            "associated_data": "mch_payment",
            "nonce": sealing,
            "ciphertext": base64.b64encode(sealed).decode(),
        }
        told = {
            "id": parcel.name,
            "create_time": written(bill.at),
            "resource_type": "encrypt-resource",
            "event_type": "MCHTRANSFER.BILL.FINISHED",
            "summary": "商家转账单据终态通知",
            "resource": resource,
        }
        reply = self.signed(told)
        return Sealed(bill.tell, reply.body, headers={"content-type": "application/json", **dict(reply.headers)})

    def signed(self, answer: dict[str, Any]) -> Reply:
        """An answer with WeChat Pay's signature."""
        body = json.dumps(answer, ensure_ascii=False)
        stamp, nonce = str(int(time.time())), secrets.token_hex(16)
        proof = self.key.sign(f"{stamp}\n{nonce}\n{body}\n".encode(), RSA, hashes.SHA256())
        headers = (
            ("Wechatpay-Timestamp", stamp),
            ("Wechatpay-Nonce", nonce),
            ("Wechatpay-Signature", base64.b64encode(proof).decode()),
            ("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048"),
            ("Wechatpay-Serial", PUBLIC_KEY_ID),
        )
        return Reply(body.encode(), 200, "application/json; charset=utf-8", headers)

    def make(self, bill: Bill) -> Bill:
        """The bill of that number: a new one, or the one that there is, if it asks for the same. Raises ``Refusal``."""
        known = self.bills.get(f"{bill.merchant}/{bill.number}")
        if known is not None:
            if any(getattr(known, name) != getattr(bill, name) for name in ("app_id", "openid", "cents", "remark")):
                raise no("INVALID_REQUEST")
            return known
        merchant = self.merchants[bill.merchant]
        if merchant.balance < bill.cents:
            raise no("NOT_ENOUGH")
        self.merchants.change(bill.merchant, balance=merchant.balance - bill.cents)
        made = self.bills.put(f"{bill.merchant}/{bill.number}", bill)
        self._tell_end(made)
        return made

    def decide(self, merchant: str, number: str, state: str, reason: str = "") -> None:
        """What becomes of a bill that waits; of one that failed, the merchant has the money again."""
        key = f"{merchant}/{number}"
        bill = self.bills[key]
        if bill.state in ("SUCCESS", "FAIL", "CANCELLED"):
            raise ValueError("it is over")
        self._tell_end(self.bills.change(key, state=state, fail_reason=reason))
        if state in ("FAIL", "CANCELLED"):
            self.merchants.change(merchant, balance=self.merchants[merchant].balance + bill.cents)

    def _tell_end(self, bill: Bill) -> None:
        over, sealed = bill.state in ("SUCCESS", "FAIL", "CANCELLED"), self.merchants[bill.merchant].apiv3_key
        if not (bill.tell and over and sealed):
            return
        told = {
            "out_bill_no": bill.number,
            "transfer_bill_no": bill.theirs,
            "state": bill.state,
            "mch_id": bill.merchant,
            "transfer_amount": bill.cents,
            "openid": bill.openid,
            "create_time": written(bill.at),
            "update_time": written(self.clock.now()),
        }
        told |= {"fail_reason": bill.fail_reason} if bill.fail_reason else {}
        self.poster.post(f"{bill.merchant}/{bill.number}", json.dumps(told), secrets.token_hex(16))


def written(at: float) -> str:
    """A moment as WeChat Pay writes it."""
    return datetime.fromtimestamp(at, UTC).astimezone(CHINA).isoformat(timespec="seconds")


def no(code: str, words: str = "") -> Refusal:
    """A refusal by its name."""
    return Refusal(NUMBERS[code], words)
