"""What an export of people can hold, and the spelling of identifiers that advertising platforms match on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column. ``sql`` reads it from the event log's ``people``; "" where it comes from the ledger's identifiers."""

    name: str
    zh: str
    en: str
    sql: str = ""


COLUMNS: Mapping[str, ExportColumn] = {
    column.name: column
    for column in (
        ExportColumn("person", "客户编号", "person number", "person"),
        ExportColumn("name", "姓名", "name", "name"),
        ExportColumn("phone", "手机号", "phone"),
        ExportColumn("email", "邮箱", "e-mail"),
        ExportColumn("sex", "性别", "sex", "toString(sex)"),
        ExportColumn("birthday", "生日", "birthday", "ifNull(toString(birthday), '')"),
        ExportColumn("province", "省份", "province", "toString(province)"),
        ExportColumn("city", "城市", "city", "toString(city)"),
        ExportColumn("occupation", "职业", "occupation", "toString(occupation)"),
        ExportColumn("origin_source", "来源", "origin", "toString(origin_source)"),
        ExportColumn("created", "建档时间（UTC）", "created (UTC)", "formatDateTime(created, '%Y-%m-%d %H:%i:%S')"),
        ExportColumn("consents", "已同意", "consents", "arrayStringConcat(consents, ' ')"),
    )
}

HASHED: Mapping[str, tuple[str, str]] = {
    "phone_sha256": ("手机号 SHA-256", "phone, SHA-256"),
    "email_sha256": ("邮箱 SHA-256", "e-mail, SHA-256"),
}


def hashed_phone(phone: str) -> str:
    """SHA-256 of a phone as mainland platforms match it (巨量引擎, 腾讯广告): the eleven digits alone for +86, else the
    digits with their country code; "" for none."""
    digits = phone.removeprefix("+86") if phone.startswith("+86") else phone.removeprefix("+")
    return hashlib.sha256(digits.encode()).hexdigest() if digits else ""


def hashed_email(email: str) -> str:
    """SHA-256 of an e-mail in lower case, trimmed; "" for none."""
    text = email.strip().lower()
    return hashlib.sha256(text.encode()).hexdigest() if text else ""
