"""What staff read of a payout: why it stands where it does, and what they can do about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from siyu.growth.payouts.model import DOUBLED, UNSURE, Payout

Pair = tuple[str, str]

WHY: Mapping[str, tuple[str, str]] = {
    "no_openid": (
        "客户还没有这个应用的 OpenID，等其在微信里打开一次",
        "No open id of this app yet: once they come in WeChat",
    ),
    "day_limit": ("超过每日限额，明天继续", "Above the limit of a day; goes on tomorrow"),
    "account_disabled": ("收款账号已停用", "The account is disabled"),
    "no_connection": ("连接不上微信支付，稍后再试", "WeChat Pay can't be reached; tried again"),
    "busy": ("微信支付繁忙，稍后再试", "WeChat Pay is busy; tried again"),
    "no_answer": ("没有应答，正按单号查询", "No answer; the bill is looked up by its number"),
    "no_balance": (
        "商户余额不足，充值后自动继续",
        "The merchant's balance is too low; goes on by itself once it is filled",
    ),
    "account_refused": ("微信支付不接受这个账号，请检查账号", "WeChat Pay refuses the account; check it"),
    "waits_for_person": ("等待客户在微信里确认收款", "The person has to confirm it in WeChat"),
    UNSURE: (
        "收款人的身份标识中有旧写入密钥（可能放在网页里）上报的，不能确定 OpenID 属于本人",
        "Part of who they are was told by an old write key, which may stand in a page: the open id may not be theirs",
    ),
    DOUBLED: ("同一个人在这个活动里以多个身份参加过", "One person took part in the campaign as several"),
    "name_needed": ("2,000 元以上微信支付要求实名", "From 2,000 yuan on WeChat Pay asks for the real name"),
    "bill_other": ("平台上同号的单据内容不同，请人工核对", "The platform has another bill of this number; look at it"),
    "bill_failed": ("转账失败，钱已退回商户", "The transfer failed; the merchant has the money again"),
    "refused": ("微信支付拒绝", "WeChat Pay refused it"),
}

CODES: Mapping[str, Pair] = {
    "PARAM_ERROR": (
        "内容不合微信支付的要求，最常见是不足 0.1 元，或账号里的场景报备、活动名称与商户平台不一致",
        "The bill does not suit WeChat Pay: less than 0.1 yuan, or the scene's words in the account are not those "
        "of the merchant platform",
    ),
    "INVALID_REQUEST": (
        "微信支付不接受这笔转账：场景没有开通，或与同号的单据不一致",
        "WeChat Pay does not take this transfer: the scene is not open, or another bill has its number",
    ),
    "OPENID_INVALID": (
        "收款人的 OpenID 不属于这个 AppID",
        "The person's open id is not of this app",
    ),
    "OVERDUE_CLOSE": ("客户没有在 24 小时内确认收款", "The person did not confirm it within 24 hours"),
    "MCH_CANCEL": ("商户平台上撤销了这笔转账", "It was cancelled on the merchant platform"),
    "NAME_NOT_CORRECT": ("收款人姓名不符", "The person's name does not match"),
    "TRANSFER_RISK": ("微信支付认为这笔转账有风险", "WeChat Pay thinks this transfer risky"),
}
"""The platform's code → what it means, where it says of itself too little."""
STARTS: Mapping[str, Pair] = {
    "OPENID": CODES["OPENID_INVALID"],
    "DAY_RECEIVED": ("客户今天的收款已到上限", "The person may take no more today"),
    "BLOCK_B2C": ("客户这段时间的收款已到上限", "The person may take no more for some time"),
    "REAL": ("客户的微信支付没有实名，或已到实名限额", "The person's WeChat Pay lacks a real name, or is at its limit"),
    "ID_CARD": ("客户的微信支付没有实名", "The person's WeChat Pay lacks a real name"),
    "ACCOUNT": ("客户的微信支付账户异常", "Something is wrong with the person's WeChat Pay account"),
    "PAYEE": ("客户的微信支付账户异常", "Something is wrong with the person's WeChat Pay account"),
    "PAYER": ("商户的账户异常", "Something is wrong with the merchant's account"),
    "PRODUCT_AUTH": ("商户没有开通这个场景的转账", "The merchant may not transfer in this scene"),
    "TRANSFER_SCENE": ("商户没有开通这个场景的转账", "The merchant may not transfer in this scene"),
}
"""The same by how a code begins."""

BY_HAND: Pair = (
    "单号不能再用：当面或转账给客户后，在奖励页标记“已发放”；不该给的收回",
    "The number is used up: give it by hand and mark it as given on the reward's page; or take it back",
)
AGAIN: Pair = (
    "改好后在奖励页点“用微信支付发放”（同一单号，不会重复）；或当面给，标记“已发放”",
    "Once mended, pay it again on the reward's page (same number, never twice); or give it by hand, and mark it",
)

CONFIRM: Pair = (
    "在客户页核对身份标识和合并记录，确认是本人后点“用微信支付发放”；否则收回",
    "Look at the person's identifiers and merges; sure that it is them, pay it on the reward's page; else take it back",
)

NAME_WAY: Pair = (
    "当面或转账给客户后，在奖励页标记“已发放”",
    "Give it by hand, and mark it as given on the reward's page",
)


def cause(payout: Payout) -> Pair:
    """Why it stands where it does; ("", "") where there is nothing to say."""
    code = payout.said.split(" ")[0]
    if payout.why in ("refused", "bill_failed"):
        known = CODES.get(code) or next((words for start, words in STARTS.items() if code.startswith(start)), None)
        if known is not None:
            return known
    return WHY.get(payout.why, ("", ""))


def way_out(payout: Payout) -> Pair:
    """What staff can do about a refused one; ("", "") where it goes on by itself, or is over."""
    if payout.state != "refused":
        return ("", "")
    if payout.burned:
        return BY_HAND
    if payout.why in (UNSURE, DOUBLED):
        return CONFIRM
    return NAME_WAY if payout.why == "name_needed" else AGAIN
