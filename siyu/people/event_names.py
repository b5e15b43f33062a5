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
        EventName("page_left", "看完页面离开", "left a page", "behaviour", "clock", ("seconds", "title", "path"), True),
        EventName("app_installed", "安装 App", "installed the app", "behaviour", "download", ("install_source",), True),
        EventName("app_opened", "打开小程序或 App", "opened the app", "behaviour", "device-mobile", ("scene",), True),
        EventName("product_viewed", "浏览商品", "viewed a product", "behaviour", "shopping-bag", ("name", "sku"), True),
        EventName("product_favourited", "收藏商品", "favourited", "behaviour", "heart", ("name", "sku"), True),
        EventName("cart_added", "加入购物车", "added to cart", "behaviour", "shopping-cart", ("name", "sku"), True),
        EventName("order_paid", "下单付款", "paid an order", "business", "receipt-yuan", (), True),
        EventName("order_amended", "订单补充", "order amended", "business", "receipt"),
        EventName("lead_received", "留下线索", "left a lead", "behaviour", "address-book", ("form", "campaign"), True),
        EventName("lead_late", "线索超时未答复", "left a lead that waits", "audience", "clock-pause", ("form",)),
        EventName("lead_converted", "线索成交", "bought after a lead", "audience", "circle-check", ("form",)),
        EventName("lead_lapsed", "线索未成交", "left a lead and did not buy", "audience", "hourglass", ("form",)),
        EventName("order_returned", "退货退款", "returned an order", "business", "receipt-refund"),
        EventName("message_accepted", "消息已送达", "message accepted", "message", "send", ("channel", "broadcast")),
        EventName("message_refused", "消息被退回", "message refused", "message", "send-off", ("channel", "reason")),
        EventName(
            "offer_sent", "收到专属下单链接", "was given an order link", "message", "send", ("link_name", "staff")
        ),
        EventName("offer_opened", "打开下单链接", "opened an order link", "behaviour", "link", ("link_name",), True),
        EventName("offer_seen", "看到优惠", "saw an offer", "behaviour", "tag", ("offer_name", "link_name"), True),
        EventName("offer_went", "去往店铺", "went to the shop", "behaviour", "building-store", ("link_name",), True),
        EventName("offer_ordered", "从链接下单", "ordered by a link", "business", "receipt", ("link_name", "order")),
        EventName("offer_paid", "从链接付款", "paid by a link", "business", "receipt-yuan", ("link_name", "order")),
        EventName(
            "offer_returned", "链接订单退货", "returned what a link sold", "business", "receipt-refund", ("link_name",)
        ),
        EventName("offer_forwarded", "转发了链接", "passed a link on", "behaviour", "share", ("link_name",), True),
        EventName("content_opened", "打开内容", "opened a piece", "behaviour", "eye", ("title", "tags"), True),
        EventName("content_read", "阅读内容", "read a piece", "behaviour", "book", ("title", "seconds"), True),
        EventName("content_clicked", "从内容继续看", "read on", "behaviour", "click", ("title", "tags"), True),
        EventName("content_liked", "赞了内容", "liked a piece", "behaviour", "heart", ("title", "tags"), True),
        EventName("content_favourited", "收藏内容", "kept a piece", "behaviour", "heart-plus", ("title", "tags"), True),
        EventName(
            "content_commented",
            "评论内容",
            "commented on a piece",
            "behaviour",
            "message-circle",
            ("text", "title"),
            True,
        ),
        EventName("content_forwarded", "转发内容", "passed a piece on", "behaviour", "share", ("title",), True),
        EventName("message_held", "消息被拦截", "message held", "message", "hand-stop", ("reason", "channel")),
        EventName("message_opened", "打开消息", "opened a message", "message", "mail-opened", ("channel",), True),
        EventName("message_clicked", "点击消息", "clicked a message", "message", "click", ("url", "channel"), True),
        EventName("welcome_sent", "收到欢迎语", "was welcomed", "message", "send", ("welcome", "staff")),
        EventName("complaint_made", "投诉", "complained", "message", "mood-angry", ("text", "channel")),
        EventName("unsubscribed", "退订", "unsubscribed", "message", "bell-off", ("channel",)),
        EventName("consent_given", "表示同意", "gave consent", "profile", "shield-check", ("purpose", "channel")),
        EventName("consent_withdrawn", "撤回同意", "withdrew consent", "profile", "shield-off", ("purpose", "channel")),
        EventName("tag_added", "打上标签", "got a tag", "profile", "tag", ("tag_name", "origin")),
        EventName("tag_removed", "移除标签", "lost a tag", "profile", "tag-off", ("tag_name", "origin")),
        EventName("person_identified", "更新资料", "profile updated", "profile", "user-edit", ("traits",)),
        EventName("person_merged", "身份合并", "merged", "profile", "arrows-join", ("cause", "with")),
        EventName("merge_undone", "撤销合并", "merge undone", "profile", "arrows-split", ("from",)),
        EventName(
            "friend_added", "加为好友", "became a friend", "behaviour", "user-plus", ("channel_state", "staff"), True
        ),
        EventName("friend_lost", "删除好友", "left their adviser", "behaviour", "user-minus", ("staff",)),
        EventName("friend_removed", "被员工删除", "was removed by an adviser", "behaviour", "user-x", ("staff",)),
        EventName(
            "friend_transferred", "转给新员工", "handed to another adviser", "behaviour", "user-share", ("staff",)
        ),
        EventName("chat_started", "发起聊天", "started a chat", "behaviour", "message", ("staff",), True),
        EventName("group_left", "退出社群", "left a group", "behaviour", "users-minus", ("group_id",)),
        EventName(
            "account_followed",
            "关注公众号",
            "followed the official account",
            "behaviour",
            "user-plus",
            ("channel_state",),
            True,
        ),
        EventName("account_unfollowed", "取消关注公众号", "unfollowed the official account", "behaviour", "user-minus"),
        EventName("code_scanned", "扫描二维码", "scanned a code", "behaviour", "qrcode", ("channel_state",), True),
        EventName("menu_clicked", "点击公众号菜单", "tapped the menu", "behaviour", "menu-2", ("name",), True),
        EventName("customer_wrote", "发来消息", "wrote to us", "behaviour", "message", ("text", "channel"), True),
        EventName(
            "subscription_accepted", "同意订阅消息", "agreed to a notice", "behaviour", "bell", ("template",), True
        ),
        EventName(
            "subscription_declined", "拒绝订阅消息", "declined a notice", "behaviour", "bell-off", ("template",), True
        ),
        EventName(
            "message_failed", "消息未送达", "did not get a message", "message", "send-off", ("reason", "channel")
        ),
        EventName("message_delivered", "消息已到手机", "got a message", "message", "device-mobile", ("channel",)),
        EventName(
            "authorization_withdrawn", "撤回微信授权", "withdrew what WeChat was allowed", "profile", "shield-off"
        ),
        EventName("douyin_followed", "关注抖音号", "followed on Douyin", "behaviour", "heart-plus", (), True),
        EventName("douyin_unfollowed", "取消关注抖音号", "unfollowed on Douyin", "behaviour", "heart-minus"),
        EventName("video_liked", "点赞视频", "liked a video", "behaviour", "thumb-up", ("item_id",), True),
        EventName(
            "video_commented", "评论视频", "commented on a video", "behaviour", "message-circle", ("text",), True
        ),
        EventName("group_joined", "加入社群", "joined a group", "behaviour", "users-group", ("group_id",), True),
        EventName(
            "service_entered",
            "进入客服会话",
            "came to service",
            "behaviour",
            "message",
            ("channel_state", "name"),
            True,
        ),
        EventName("service_asked", "咨询客服", "wrote to service", "behaviour", "message", ("text", "kind"), True),
        EventName("service_answered", "客服回复", "was answered by service", "message", "send", ("text", "staff")),
        EventName("promise_made", "得到一个承诺", "was promised something", "profile", "clipboard", ("words",)),
        EventName("task_given", "员工任务", "became a task for staff", "profile", "clipboard", ("title",)),
        EventName("task_done", "任务完成", "was attended to by staff", "profile", "checks", ("title", "rung")),
        EventName("task_late", "任务超时", "was left waiting by staff", "profile", "clock-pause", ("title",)),
        EventName("audience_entered", "进入人群", "entered an audience", "audience", "login", ("audience_name",)),
        EventName("layer_changed", "分层变化", "changed layer", "audience", "stairs", ("scheme", "to")),
        EventName("care_given", "会员关怀", "was thought of", "audience", "gift", ("name",)),
        EventName("tier_up", "会员升级", "came to a higher tier", "audience", "crown", ("name",)),
        EventName("tier_down", "会员降级", "came to a lower tier", "audience", "arrow-down", ("name",)),
        EventName(
            "tier_at_risk", "会员将降级", "will come to a lower tier", "audience", "hourglass", ("name", "until")
        ),
        EventName("audience_left", "离开人群", "left an audience", "audience", "logout", ("audience_name",)),
        EventName("journey_called", "被送入旅程", "was sent into a journey", "audience", "route", ("journey",)),
        EventName("journey_entered", "进入旅程", "entered a journey", "audience", "route", ("journey",)),
        EventName("journey_step", "旅程中前进", "went on in a journey", "audience", "route-2", ("node", "journey")),
        EventName("journey_goal", "达成旅程目标", "reached a journey's goal", "audience", "target", ("journey",)),
        EventName("effort_opened", "发起活动", "started in a campaign", "behaviour", "flag", ("campaign",), True),
        EventName(
            "effort_helped", "参与朋友的活动", "helped a friend", "behaviour", "heart-handshake", ("campaign",), True
        ),
        EventName("effort_done", "活动完成", "reached it in a campaign", "audience", "trophy", ("campaign",)),
        EventName(
            "effort_expired", "活动到期", "ran out of time in a campaign", "audience", "hourglass", ("campaign",)
        ),
        EventName("invited", "邀请朋友", "invited a friend", "behaviour", "share", ("campaign",), True),
        EventName("brought", "由朋友带来", "was brought by a friend", "audience", "affiliate", ("inviter", "campaign")),
        EventName("reward_granted", "获得奖励", "was granted a reward", "audience", "gift", ("title", "campaign")),
        EventName("reward_to_take", "有现金待收款", "has money to take", "audience", "gift", ("title", "campaign")),
        EventName("reward_paid", "奖励已发放", "was given a reward", "audience", "gift", ("title", "campaign")),
        EventName("reward_taken_back", "奖励被收回", "had a reward taken back", "audience", "gift-off", ("title",)),
        EventName("coupon_taken", "领取优惠券", "got a coupon", "audience", "ticket", ("title",)),
        EventName("coupon_used", "核销优惠券", "used a coupon", "business", "ticket", ("title", "order")),
        EventName("coupon_returned", "优惠券退回", "got a used coupon back", "business", "ticket", ("title", "order")),
        EventName(
            "coupon_ending", "优惠券即将过期", "has a coupon that ends soon", "audience", "ticket", ("title", "ends")
        ),
        EventName("coupon_ended", "优惠券过期", "let a coupon end", "audience", "ticket-off", ("title",)),
        EventName("coupon_taken_back", "优惠券被收回", "had a coupon taken back", "audience", "ticket-off", ("title",)),
        EventName("journey_left", "离开旅程", "left a journey", "audience", "route-off", ("how", "journey")),
    )
}

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


PROPERTIES: Mapping[str, tuple[str, str]] = {
    "name": ("名称", "Name"),
    "title": ("标题", "Title"),
    "url": ("网址", "Address"),
    "path": ("路径", "Path"),
    "referrer": ("来自网址", "Came from"),
    "seconds": ("停留秒数", "Seconds"),
    "install_source": ("安装来源", "Installed from"),
    "version": ("版本", "Version"),
    "search": ("网址参数", "Query"),
    "sku": ("商品编码", "SKU"),
    "product_id": ("商品编号", "Product"),
    "category": ("品类", "Category"),
    "brand": ("品牌", "Brand"),
    "price": ("单价", "Price"),
    "quantity": ("数量", "Quantity"),
    "amount": ("金额", "Amount"),
    "total": ("合计", "Total"),
    "revenue": ("收入", "Revenue"),
    "discount": ("优惠", "Discount"),
    "coupon": ("优惠券", "Coupon"),
    "currency": ("货币", "Currency"),
    "order_id": ("订单号", "Order"),
    "store": ("门店", "Store"),
    "channel": ("渠道", "Channel"),
    "broadcast": ("群发", "Broadcast"),
    "delivery_id": ("投递编号", "Delivery id"),
    "reason": ("原因", "Reason"),
    "stage": ("环节", "Stage"),
    "purpose": ("用途", "Purpose"),
    "evidence": ("凭证", "Proof"),
    "text": ("内容", "Text"),
    "tag": ("标签编号", "Tag number"),
    "tag_name": ("标签", "Tag"),
    "origin": ("由来", "Origin"),
    "traits": ("资料", "Traits"),
    "cause": ("原因", "Cause"),
    "with": ("与客户", "With person"),
    "from": ("此前", "Before"),
    "to": ("此后", "After"),
    "scheme": ("分层方案", "Scheme"),
    "audience": ("人群编号", "Audience number"),
    "audience_name": ("人群", "Audience"),
    "way": ("去向", "Way"),
    "how": ("方式", "How"),
    "group_id": ("社群", "Group"),
    "source": ("来源", "Source"),
    "campaign": ("活动", "Campaign"),
    "form": ("表单", "Form"),
    "lead": ("线索编号", "Lead"),
    "wish": ("需求", "Wish"),
    "city": ("城市", "City"),
    "booked": ("预约时间", "Booked for"),
    "medium": ("媒介", "Medium"),
    "createdAt": ("注册时间", "Signed up"),
    "created_at": ("注册时间", "Signed up"),
    "advisor": ("专属顾问", "Adviser"),
    "adviser": ("专属顾问", "Adviser"),
    "skin_type": ("肤质", "Skin type"),
    "life_scene": ("生活场景", "Life scene"),
    "due_date": ("预产期", "Due date"),
    "avatar": ("头像", "Picture"),
    "position": ("职务", "Position"),
    "staff": ("员工", "Member of staff"),
    "task": ("任务编号", "Task"),
    "outcome": ("结果", "Outcome"),
    "rung": ("联系方式", "In touch by"),
    "in_time": ("按时", "In time"),
    "minutes": ("分钟", "Minutes"),
    "journey": ("旅程", "Journey"),
    "node": ("步骤", "Step"),
    "run": ("第几次", "Run"),
    "channel_state": ("渠道码", "Code"),
    "add_way": ("添加方式", "How they were added"),
    "join_scene": ("入群方式", "How they joined"),
    "removed": ("被移出", "Taken out"),
    "timezone": ("时区", "Time zone"),
    "age": ("年龄", "Age"),
    "company": ("单位", "Company"),
    "interests": ("兴趣", "Interests"),
    "device": ("设备", "Device"),
    "platform": ("平台", "Platform"),
    "duration": ("时长", "Duration"),
    "inviter": ("推荐人", "Brought by"),
    "cents": ("金额（分）", "Cents"),
    "units": ("数量", "Units"),
    "reward": ("奖励编号", "Reward"),
    "cycle_ms": ("周期（毫秒）", "Cycle (ms)"),
    "note": ("备注", "Note"),
}
"""Properties and attributes that many shops send, in words. A shop's own key speaks for itself."""


def property_words(key: str) -> tuple[str, str]:
    """A property's or attribute's key in Chinese and English; itself where it is the shop's own."""
    return PROPERTIES.get(key) or (key, key)
