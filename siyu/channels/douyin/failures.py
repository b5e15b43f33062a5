"""What Douyin's codes mean. A code that is not here is taken for a mistake of ours."""

from __future__ import annotations

from collections.abc import Mapping

from siyu.channels.platform.failures import Failure

FAILURES: Mapping[int, Failure] = {
    2190001: Failure("passing", "接口额度已用完。", "The quota of this call is used up.", "close", 3_600),
    2190002: Failure("account", "访问令牌不正确。", "The access token is wrong.", "new_token"),
    2190008: Failure("account", "访问令牌已过期。", "The access token has expired.", "new_token"),
    2190015: Failure("account", "没有开通该能力，或授权里没有勾选。", "The app or the authorisation lacks this right."),
    28001038: Failure("ours", "内容未通过平台审核。", "The platform does not allow this content."),
    28003018: Failure("passing", "发送过快。", "Sent too quickly.", "again", 5),
    28003070: Failure("person", "这个窗口内的条数已用完。", "The messages of this window are used up."),
    28003080: Failure("person", "对方的消息已超过可回复的时间。", "Their message is too old to be answered."),
    28003081: Failure("person", "对方的消息已超过可回复的时间。", "Their message is too old to be answered."),
    28003082: Failure("person", "接收人与消息不符。", "The receiver does not match the message."),
    28003095: Failure("account", "商家工作台的策略正在接管私信。", "The merchant workbench has the chats in hand."),
    28003101: Failure("person", "对方账号已被封禁。", "Their account is banned."),
    28029004: Failure("account", "本账号被禁止发私信。", "This account is banned from sending."),
}

WINDOW_GONE = frozenset({28003070, 28003080, 28003081, 28003082})
"""Codes by which the platform says that nothing may be answered any more."""
