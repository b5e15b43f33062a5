"""What the operator can do about each reason for which a message was not sent: a sentence beside the reason's words."""

from __future__ import annotations

from collections.abc import Mapping

from siyu.reach.rules.caps import own_number

_WAIT = ("不用处理，会自动重试。", "Nothing: it is tried again by itself.")
_LAW = ("法律要求，不能绕过。", "The law asks for it; there is no way around.")
_ACCOUNT = ("到「账号」页检查设置并点「检测」，修好后继续。", "Check the account's settings and test it, then go on.")
_ADDRESS = (
    "让客户在小程序或登记页更新联系方式，或换一个渠道。",
    "Have the person renew their address, or use another channel.",
)
_OTHER_CHANNEL = ("给群发加上备用渠道，或等下个周期。", "Add a fall-back channel, or wait for the next period.")
_CAP = (
    "等统计周期过去，或少发、合并几条；确有需要时在「分寸」页放宽，先看试算。",
    "Wait, or send fewer and better ones; loosen the cap on the guard's page after a what-if, where it has to be.",
)
_FRIEND = (
    "引导客户加员工为好友（活码），或换一个渠道。",
    "Have them befriend an adviser (a live code), or use another channel.",
)
_CONTENT = (
    "修改内容后发给没收到的人：复制这次群发再改。",
    "Mend the content and send it to those who did not get it: copy the broadcast.",
)

WAYS_OUT: Mapping[str, tuple[str, str]] = {
    "erased": _LAW,
    "blocklist": (
        "先由员工处理好投诉，再在「分寸」页移出名单。",
        "Settle the complaint first, then take them off the list on the guard's page.",
    ),
    "minor": _LAW,
    "no_profiling": _LAW,
    "consent": (
        "在欢迎语、小程序或门店里征得同意；换一个已同意的渠道也可以。",
        "Ask for consent (welcome, mini program, shop), or use a channel they agreed to.",
    ),
    "no_address": _ADDRESS,
    "cool_down": (
        "让他静一静，到期自动恢复；服务消息照常。",
        "Leave them in peace; it ends by itself. Service messages still go.",
    ),
    "cap": _CAP,
    "cap_channel": ("换一个渠道，或等统计周期过去。", "Use another channel, or wait."),
    "ratio": (
        "先发几条有用的内容（知识、攻略、提醒），比例够了促销就能发。",
        "Send some useful content first; then there is room for what sells.",
    ),
    "fatigue": (
        "先停一停，等客户打开、回复或购买；要发就发有用的。",
        "Pause until they open, answer or buy; if you must write, be useful.",
    ),
    "quiet_hours": ("不用处理，到早上自动发出。", "Nothing: it goes out in the morning."),
    "holdout": (
        "不用处理：这是衡量效果的对照组，可在新群发里调整比例。",
        "Nothing: they measure the effect; the share is set with each broadcast.",
    ),
    "already": ("不用处理：同一个人只发一次。", "Nothing: one person gets it once."),
    "expired": ("把有效期放长，或错开高峰再发。", "Give it more time, or send at a calmer hour."),
    "cancelled": ("需要的话复制这次群发重新发起。", "Copy the broadcast to send it after all."),
    "left_journey": (
        "不用处理：客户已不在旅程里，不再发送。",
        "Nothing: they are no longer in the journey.",
    ),
    "gave_up": _ACCOUNT,
    "no_answer": (
        "到平台后台查这位客户是否收到；群发设置里可选“未知时重发”。",
        "Look at the platform whether it arrived; a broadcast may be set to send unknown ones again.",
    ),
    "template": ("检查内容里的字段名和格式，用试发看效果。", "Check the fields in the content; send yourself a test."),
    "no_connection": _WAIT,
    "receiver_busy": _WAIT,
    "receiver_failed": _WAIT,
    "platform_busy": _WAIT,
    "mail_deferred": _WAIT,
    "channel_pays": ("换一个能发送的渠道。", "Use a channel that sends."),
    "channel_receives_only": ("换一个能发送的渠道。", "Use a channel that sends."),
    "message_refused": _CONTENT,
    "account_refused": _ACCOUNT,
    "receiver_gone": _ACCOUNT,
    "address_not_allowed": (
        "请管理员在网络设置里放行这个地址，或换成公网地址。",
        "Have an administrator allow the address in the network settings.",
    ),
    "address_unknown": _ADDRESS,
    "address_invalid": _ADDRESS,
    "mailbox_full": _ADDRESS,
    "mail_rejected": ("检查发信域名的 SPF、DKIM，降低频次。", "Check SPF and DKIM of your domain; send less often."),
    "sign_in_failed": _ACCOUNT,
    "wecom_no_adviser": _FRIEND,
    "wecom_quota_day": ("明天自动有新的次数，或换一个渠道。", "Tomorrow there is room again; or use another channel."),
    "wecom_quota_month": _OTHER_CHANNEL,
    "wecom_quota_used": _OTHER_CHANNEL,
    "wecom_not_a_friend": _FRIEND,
    "wecom_not_reachable": _FRIEND,
    "wecom_not_confirmed": ("提醒员工确认，或缩小每次任务。", "Remind the adviser, or make tasks smaller."),
    "wecom_medium_gone": ("重新上传素材再发。", "Upload the picture again, then send."),
    "wecom_task_refused": _CONTENT,
    "not_following": ("引导客户关注公众号，或换一个渠道。", "Have them follow the account, or use another channel."),
    "window_closed": (
        "等客户再次互动，或改用订阅消息、短信。",
        "Wait until they write or tap again, or use a subscription message or SMS.",
    ),
    "no_grant": ("在小程序里请客户再次授权订阅消息。", "Ask for the subscription again in the mini program."),
    "mass_quota": _OTHER_CHANNEL,
    "mass_not_allowed": ("改用模板消息以外的渠道，或升级为服务号。", "Use another channel, or a service account."),
    "mass_needs_two": ("扩大人群，或对这位客户用客服消息。", "Widen the audience, or write to this one by hand."),
    "template_data": _CONTENT,
    "template_unknown": ("到账号页重新读取模板再选。", "Read the account's templates anew and choose one."),
    "redirected": _ACCOUNT,
    "phone_limit": _OTHER_CHANNEL,
}


def way_out(reason: str | None) -> tuple[str, str]:
    """What to do about a reason, in Chinese and English; empty where there is nothing to say."""
    if own_number(reason or "") is not None:
        return _CAP
    return WAYS_OUT.get(reason or "", ("", ""))
