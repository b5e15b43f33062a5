"""Every event name that the product knows, with its Chinese and English. Customers' own names are kept as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Class = Literal["behaviour", "business", "message", "profile", "audience", "own"]


@dataclass(frozen=True, slots=True)
class EventName:
    """``zh``/``en`` read after "did": "做过：浏览商品". ``shown`` names the properties worth showing, best first.

    ``icon`` is a Tabler icon. ``visit``: a thing the person did themselves, which makes them active.
    """

    name: str
    zh: str
    en: str
    kind: Class
    icon: str
    shown: tuple[str, ...] = ()
    visit: bool = False


NAMES: Mapping[str, EventName] = {
    each.name: each
    for each in (
        EventName("page_viewed", "浏览页面", "viewed a page", "behaviour", "eye", ("name", "title", "url"), True),
        EventName("product_viewed", "浏览商品", "viewed a product", "behaviour", "shopping-bag", ("name", "sku"), True),
        EventName("product_favourited", "收藏商品", "favourited", "behaviour", "heart", ("name", "sku"), True),
        EventName("cart_added", "加入购物车", "added to cart", "behaviour", "shopping-cart", ("name", "sku"), True),
        EventName("order_paid", "下单付款", "paid an order", "business", "receipt-yuan", (), True),
        EventName("order_amended", "订单补充", "order amended", "business", "receipt"),
        EventName("order_returned", "退货退款", "returned an order", "business", "receipt-refund"),
        EventName("message_accepted", "消息已送达", "message accepted", "message", "send", ("channel", "broadcast")),
        EventName("message_refused", "消息被退回", "message refused", "message", "send-off", ("channel", "reason")),
        EventName("message_held", "消息被拦截", "message held", "message", "hand-stop", ("reason", "channel")),
        EventName("message_opened", "打开消息", "opened a message", "message", "mail-opened", ("channel",), True),
        EventName("message_clicked", "点击消息", "clicked a message", "message", "click", ("url", "channel"), True),
        EventName("complaint_made", "投诉", "complained", "message", "mood-angry", ("text", "channel")),
        EventName("unsubscribed", "退订", "unsubscribed", "message", "bell-off", ("channel",)),
        EventName("consent_given", "同意授权", "gave consent", "profile", "shield-check", ("purpose", "channel")),
        EventName("consent_withdrawn", "撤回授权", "withdrew consent", "profile", "shield-off", ("purpose", "channel")),
        EventName("tag_added", "打上标签", "got a tag", "profile", "tag", ("tag_name", "origin")),
        EventName("tag_removed", "移除标签", "lost a tag", "profile", "tag-off", ("tag_name", "origin")),
        EventName("person_identified", "更新资料", "profile updated", "profile", "user-edit", ("traits",)),
        EventName("person_merged", "身份合并", "merged", "profile", "arrows-join", ("cause", "with")),
        EventName("merge_undone", "撤销合并", "merge undone", "profile", "arrows-split", ("from",)),
        EventName("group_joined", "加入社群", "joined a group", "behaviour", "users-group", ("group_id",), True),
        EventName("audience_entered", "进入人群", "entered an audience", "audience", "login", ("audience_name",)),
        EventName("layer_changed", "分层变化", "changed layer", "audience", "stairs", ("scheme", "to")),
        EventName("audience_left", "离开人群", "left an audience", "audience", "logout", ("audience_name",)),
    )
}

VISITS: tuple[str, ...] = tuple(name for name, each in NAMES.items() if each.visit)
"""What a person does themselves: these make "last seen" and active hours."""

OWN_KINDS: tuple[str, ...] = tuple(
    each.name for each in NAMES.values() if each.kind in ("message", "profile", "audience") and not each.visit
)
"""What is done to a person, or about one: being sent a message does not make anybody active."""


def named(name: str) -> EventName:
    """The entry of a name; a customer's own event speaks for itself."""
    return NAMES.get(name) or EventName(name, name, name, "own", "point", ("name", "title", "sku"), True)


def label(name: str, language: str) -> str:
    each = named(name)
    return each.zh if language.startswith("zh") else each.en


def shown(name: str, properties: Mapping[str, Any]) -> str:
    """The one property worth reading beside the name, "" where there is none."""
    for key in named(name).shown:
        value = properties.get(key)
        if value not in (None, "", []):
            return "、".join(map(str, value)) if isinstance(value, list) else str(value)
    return ""
