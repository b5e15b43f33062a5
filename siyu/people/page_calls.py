"""What may be told with a page's write key, which anybody reads in the page's source: behaviour, and nothing that
money, rights or identity rest upon. Pure.

Commission, campaigns and layers believe orders; campaigns believe who joined a group; the guard believes consent;
rules, care and coupons believe the profile; and two strong identifiers that somebody names together make two persons
one. All that is for a server's key. With a page's key one tells what somebody did, and by ``userId`` who is signed in
on a device: a device is weak evidence, which never joins two known persons.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any, NoReturn

from siyu.people.event_names import NAMES
from siyu.people.stated import GIVES
from siyu.storage import BadInput

BEHAVIOUR = frozenset(
    {"page_viewed", "page_left", "app_installed", "app_opened", "product_viewed", "product_favourited", "cart_added"}
)
"""Of the names that the product knows, those that a page may tell. A name that is the shop's own it may tell too."""

OURS = "siyu-"
"""How the marks of devices begin that the product itself gave out; whose those are no page tells."""

_ORDERS = frozenset({"order_paid", "order_amended", "order_returned"})


def may_tell(name: str) -> bool:
    """Whether a page may tell an event of this name (ours)."""
    return name in BEHAVIOUR or name not in NAMES


def may_name(device: str) -> bool:
    """Whether a page may speak of this device."""
    return not unicodedata.normalize("NFKC", device).strip().lower().startswith(OURS)


def check(
    kind: str,
    name: str,
    device: str | None,
    traits: Mapping[str, Any],
    context: Mapping[str, Any],
    at: str,
) -> None:
    """Refuse what only a server may tell, naming the field. ``name``: of a track call, ours; ``context``: the one that
    counts for the call; ``at``: where the call stands (``batch[3].``)."""
    if kind == "track" and not may_tell(name):
        _refuse_event(name, f"{at}event")
    if kind == "alias":
        _refuse(f"{at}previousId", "合并两个编号", "joining two ids")
    if kind == "group":
        _refuse(f"{at}groupId", "加入社群", "that somebody joined a group")
    if traits:
        _refuse(f"{at}traits", "客户资料（手机号、姓名、生日等）", "a person's profile (phone, name, birthday…)")
    if context.get("externalIds"):
        _refuse(f"{at}context.externalIds", "其他平台的身份标识", "identifiers of other platforms")
    if context.get("traits"):
        _refuse(
            f"{at}context.traits", "客户资料（手机号、姓名、生日等）", "a person's profile (phone, name, birthday…)"
        )
    if device is not None and not may_name(device):
        _refuse(f"{at}anonymousId", f"以 {OURS} 开头的设备标识", f"devices whose mark begins with {OURS}")


def _refuse_event(name: str, field: str) -> NoReturn:
    if name in _ORDERS:
        _refuse(field, "订单与退款", "orders and refunds")
    if name in GIVES:
        _refuse(field, "同意、撤回与退订", "consent, given or withdrawn")
    _refuse(field, f"“{name}”", f"“{name}”")


def _refuse(field: str, zh: str, en: str) -> NoReturn:
    raise BadInput(
        "needs_server_key",
        f"{field}：{zh}只收服务器密钥（server）上报的；页面密钥（page）人人看得见，只能上报行为。",
        f"{field}: {en} must come from your server, with a key of kind server; a page key is public and tells "
        "behaviour only.",
        field=field,
    )
