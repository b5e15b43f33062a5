"""Who is who: identifiers, the policy they follow, and resolving them in sets.

A *claim* is what one event or row says: "these identifiers are one person". Resolving gives the node (see
``tables.py``) of each claim. Identifiers keep the node they were first seen on, for ever, so that

    node of a claim = node of its best known identifier (strong before weak, in the order of ``KINDS``)

holds, as far as that identifier may speak for the claim (see below).

A *single* identifier that nobody has yet, on a claim whose person has another of its kind, is decided by rank:

- named by better evidence (an account, a shop's customer number, a WeChat id), the person has a new number: it is
  added, and is the one used from then on;
- named by worse evidence alone (a new phone beside a known e-mail), it is somebody else until a human says so: a new
  person, and the two held as a conflict. E-mail addresses are typed by hand and shared in families, and a message to
  a stranger, or an order shown to one, is worse than two halves of a person for a day. (The strictest of the customer
  data platforms do the same: an identifier limited to one splits the profile rather than join two of them.)

Both hold while resolving and whenever the same claim is resolved again; a batch repeated after a crash gets the same
nodes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from siyu.storage import BadInput


class Identifier(NamedTuple):
    """``kind`` is one of ``KINDS`` (with ``:part`` where the policy asks for one); ``value`` is normalised."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of identifier means for deciding who is who.

    ``strong``: sharing it makes two known persons one. A weak one (a device) only tells who a visitor is as long
    as nobody is known on it. ``single``: a person has one at a time; two persons who each hold one are not merged
    by an event, the merge is held for a human. ``parted``: written ``kind:part`` (the app or source it is of).
    """

    name: str
    zh: str
    en: str
    strong: bool
    single: bool
    parted: bool = False
    personal: bool = False  # masked in pages unless the viewer may see it


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("user_id", "用户编号", "user id", strong=True, single=False),
        Kind("customer", "店铺客户号", "shop customer number", strong=True, single=False, parted=True),
        Kind("unionid", "微信 UnionID", "WeChat union id", strong=True, single=True),
        Kind("external_userid", "企业微信客户 ID", "WeCom customer id", strong=True, single=False),
        Kind("openid", "公众号 OpenID", "official account open id", strong=True, single=False, parted=True),
        Kind("mp_openid", "小程序 OpenID", "mini program open id", strong=True, single=False, parted=True),
        Kind("douyin_openid", "抖音 OpenID", "Douyin open id", strong=True, single=False, parted=True),
        Kind("member_card", "会员卡号", "member card", strong=True, single=True),
        Kind("phone", "手机号", "phone", strong=True, single=True, personal=True),
        Kind("email", "邮箱", "e-mail", strong=True, single=False, personal=True),
        Kind("anonymous_id", "设备标识", "device", strong=False, single=False),
    )
}
"""The written policy, best evidence first."""

VALUE_CHARACTERS_MAX = 255
SPELLINGS_CACHED_MAX = 100_000

# What broken clients send for "nothing". As identifiers they would make strangers one person.
NOTHING = frozenset(
    {"null", "none", "nil", "nan", "undefined", "unknown", "anonymous", "n/a", "na", "-", "0", "00", "true", "false"}
    | {"[object object]", "00000000-0000-0000-0000-000000000000", "无", "未知", "空"}
)

_EMAIL = re.compile(r"[^@\s\"<>(),;:]{1,64}@[^@\s\"<>(),;:]+\.[^@\s\"<>(),;:.]{2,}")
_PHONE_NOISE = re.compile(r"[\s\-.()_/·]+")
_KIND_PART = re.compile(r"[A-Za-z0-9_.\-]{1,64}")


@lru_cache(4_096)
def policy_of(kind: str) -> Kind:
    """The policy of ``kind`` (``openid:wx12`` → openid's). Raises :class:`BadInput` for an unknown kind."""
    name, colon, part = kind.partition(":")
    policy = KINDS.get(name)
    if policy is None or policy.parted != bool(colon) or (colon and not _KIND_PART.fullmatch(part)):
        raise BadInput(
            "unknown_identifier_kind",
            f"未知的身份标识类型“{kind[:80]}”。可用类型：{'、'.join(_spelled())}。",
            f"Unknown kind of identifier “{kind[:80]}”. Known kinds: {', '.join(_spelled())}.",
            field="kind",
        )
    return policy


def _spelled() -> list[str]:
    return [f"{kind.name}:<…>" if kind.parted else kind.name for kind in KINDS.values()]


@lru_cache(4_096)
def rank_of(kind: str) -> int:
    """Place in ``KINDS``: lower is better evidence."""
    return list(KINDS).index(policy_of(kind).name)


def normalise(kind: str, value: object) -> Identifier:
    """The one spelling of an identifier: phones E.164 (+86 where no country is given), e-mail in lower case,
    everything else trimmed and NFKC. Raises :class:`BadInput` where it can't identify anybody."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _bad(policy_of(kind), kind, value)
    return _normalised(kind, str(value))


@lru_cache(SPELLINGS_CACHED_MAX)
def _normalised(kind: str, value: str) -> Identifier:
    policy = policy_of(kind)
    if len(value) > VALUE_CHARACTERS_MAX * 2:
        raise _bad(policy, kind, value)
    text = (value if value.isascii() else unicodedata.normalize("NFKC", value)).strip()
    if policy.name == "phone":
        text = _phone(text)
    elif policy.name == "email":
        text = text.lower()
        if not _EMAIL.fullmatch(text):
            text = ""
    if not text or len(text) > VALUE_CHARACTERS_MAX or text.lower() in NOTHING or not text.isprintable():
        raise _bad(policy, kind, value)
    return Identifier(kind, text)


def identifies(value: str) -> bool:
    """Whether a text is surely good for an identifier of a kind without a spelling of its own (user, device)."""
    if not (value.isascii() and value.isprintable() and len(value) <= VALUE_CHARACTERS_MAX):
        return False
    text = value.strip().lower()
    return text != "" and text not in NOTHING


def _phone(text: str) -> str:
    """E.164, or "" where it is no phone number. Length limits: ITU-T E.164 (15 digits)."""
    digits = _PHONE_NOISE.sub("", text)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if not digits.startswith("+"):
        if re.fullmatch(r"1[3-9]\d{9}", digits):
            digits = "+86" + digits
        elif re.fullmatch(r"861[3-9]\d{9}", digits):
            digits = "+" + digits
        elif re.fullmatch(r"0[1-9]\d{8,10}", digits):
            digits = "+86" + digits[1:]
        else:
            return ""
    if not re.fullmatch(r"\+[1-9]\d{6,14}", digits):
        return ""
    if digits.startswith("+861") and len(digits) == 14:
        return digits if re.fullmatch(r"\+861[3-9]\d{9}", digits) else ""
    return digits


def _bad(policy: Kind, kind: str, value: object) -> BadInput:
    shown = repr(value)[:60]
    return BadInput(
        "bad_identifier",
        f"“{shown}”不是有效的{policy.zh}。",
        f"{shown} is not a valid {policy.en}.",
        field=kind,
    )


Claim = tuple[Identifier, ...]
