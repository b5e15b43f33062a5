"""What law and platform ask of a campaign, as data with their source; run before it starts, each said at its field.

What belongs to one mechanic (odds, arithmetic) stands in the mechanic's own ``check``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from siyu.growth.campaigns.forms import Unfit
from siyu.growth.campaigns.mechanic import ASKS, MECHANICS, PLACES, Finding, Mechanic, Severity
from siyu.growth.campaigns.model import Campaign
from siyu.growth.purses.givers import GIVERS, currency_of
from siyu.growth.purses.model import CURRENCIES, Purse, written

TOP_PRIZE_CENTS_MAX = 5_000_000
"""50,000 yuan: the most a prize of a draw may be worth."""
EFFORTS_COVERED_MIN = 10

BANNED_WORDS = (
    *("分享到朋友圈", "转发到朋友圈", "转发朋友圈", "分享到群", "转发到群", "分享后领取", "转发后领取", "分享领取"),
    *("转发领取", "集赞", "不转", "必须转发", "强制分享", "分享解锁", "转发解锁", "关注领红包"),
)
"""What makes a text one that asks for sharing in return for something."""


@dataclass(frozen=True, slots=True)
class Rule:
    """``source``: where it is written."""

    name: str
    source: str
    look: Callable[[Seen], Iterable[tuple[str, str, str, Severity]]]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the rules look at: a campaign, its purses by number, the moment, the codes ``behind`` its door, where they
    alone count, and how many hours its rewards wait before they are given."""

    campaign: Campaign
    purses: Mapping[int, Purse]
    now: datetime
    behind: Collection[str] = ()
    wait_hours: int = 0

    @property
    def plays(self) -> Mechanic[Any, Any]:
        return MECHANICS[self.campaign.mechanic]

    @property
    def costs(self) -> Mapping[str, int]:
        return self.plays.costs(self.campaign.ruled)


Found = Iterable[tuple[str, str, str, Severity]]


def _period(seen: Seen) -> Found:
    campaign = seen.campaign
    if campaign.begins is None or campaign.ends is None:
        field = "begins" if campaign.begins is None else "ends"
        yield field, "活动须写明起止时间。", "A campaign says when it begins and ends.", "stop"
    elif campaign.ends <= max(campaign.begins, seen.now):
        yield "ends", "结束时间应晚于开始时间和现在。", "The end lies behind the beginning and behind now.", "stop"


def _sponsor(seen: Seen) -> Found:
    if not seen.campaign.sponsor.strip():
        yield "sponsor", "须写明主办方名称。", "Say who the sponsor is.", "stop"


def _rules_shown(seen: Seen) -> Found:
    if not seen.campaign.text_zh.strip():
        yield "text_zh", "须写明活动说明，页面会连同规则一起展示。", "Say what it is: shown with the rules.", "stop"


def _forced_sharing(seen: Seen) -> Found:
    for field, text in (
        ("text_zh", seen.campaign.text_zh),
        ("text_en", seen.campaign.text_en),
        ("name", seen.campaign.name),
    ):
        words = [word for word in BANNED_WORDS if word in text]
        if words:
            yield (
                field,
                f"不得以奖励要求分享：“{'”“'.join(words)}”。奖励只能取决于朋友自己的加好友、进群或下单。",
                "Nothing may be given for sharing; a reward follows the friend's own add, join or order.",
                "stop",
            )


def _reward_for_a_tap(seen: Seen) -> Found:
    campaign = seen.campaign
    if campaign.ask == "tap" and not seen.plays.solo(seen.campaign.ruled) and "wechat" in campaign.places:
        yield (
            "ask",
            "在微信里自由转发的页面上，点一下就给奖励会被判为诱导分享。请改为加好友、进群或下单才算，或不在该场景投放。",
            "On pages passed on freely in WeChat, a reward for a tap is induced sharing: ask for an add, a join or an "
            "order, or run it elsewhere.",
            "stop",
        )


def _risk(seen: Seen) -> Found:
    campaign = seen.campaign
    risky = [place for place in campaign.places if seen.plays.places.get(place) == "high"]
    if risky and not campaign.risk_taken:
        names = "、".join(PLACES[place][0] for place in risky)
        yield (
            "risk_taken",
            f"在{names}投放有被平台处罚的风险（链接、域名、账号依次受限），须由负责人确认承担。",
            "The platform may block link, domain and account there: somebody has to accept that.",
            "stop",
        )


def _may_run(seen: Seen) -> Found:
    campaign = seen.campaign
    if not campaign.places:
        yield "places", "请选择在哪里投放。", "Choose where it runs.", "stop"
    for place in campaign.places:
        if place not in seen.plays.places:
            yield "places", f"该玩法不能在{PLACES[place][0]}投放。", f"It can't run there: {PLACES[place][1]}.", "stop"


def _ask(seen: Seen) -> Found:
    campaign = seen.campaign
    if not seen.plays.solo(seen.campaign.ruled) and campaign.ask not in seen.plays.asks:
        yield "ask", "该玩法不支持这种计入方式。", "The mechanic does not count that way.", "stop"
    must = seen.plays.must_ask(campaign.ruled)
    if must and campaign.ask != must:
        yield "ask", f"这样的规则须选“{ASKS[must][0]}”。", f"With these rules: {ASKS[must][1]}.", "stop"
    if campaign.ask in ("add", "join", "order") and not campaign.door:
        yield (
            "door",
            "请填写朋友在哪里完成（活码、商城链接）。",
            "Say where friends do it: a live code, a shop.",
            "stop",
        )


def _narrowed(seen: Seen) -> Found:
    campaign, only = seen.campaign, seen.campaign.only
    if only.by_door and campaign.ask not in ("add", "join"):
        yield "only.by_door", "只有加好友、进群才能限定入口。", "Only adds and joins can be limited to a code.", "stop"
    elif only.by_door and not seen.behind:
        yield (
            "only.by_door",
            "限定入口时，“朋友在哪里完成”须是本系统的活码（/c/…），活码后面要有企业微信的渠道码或获客链接。",
            "To count its own code alone, the door is a live code (/c/…) that leads to codes or links at WeCom.",
            "stop",
        )
    if (only.goods or only.least_cents) and campaign.ask != "order":
        field = "only.goods" if only.goods else "only.least_cents"
        yield field, "只有下单才算时，才能限定商品和金额。", "Goods and amounts narrow orders alone.", "stop"
    if seen.plays.must_ask(campaign.ruled) == "order" and not only.goods:
        yield (
            "only.goods",
            "先付款的团须限定商品：别的订单不能占座，也不能退款。",
            "Where people pay first, name the goods: no other order takes a seat, or is refunded.",
            "stop",
        )


def _minors(seen: Seen) -> Found:
    if seen.plays.draws and not seen.campaign.adults:
        yield "adults", "抽奖不得面向未成年人，须勾选仅限 18 岁以上。", "Draws are for adults alone.", "stop"
    elif not seen.campaign.adults:
        yield (
            "adults",
            "未限制年龄：不得对未成年人自动化营销，请确认面向的人群。",
            "Minors may not be marketed to by automated decision: be sure whom it is for.",
            "warn",
        )


def _top_prize(seen: Seen) -> Found:
    if seen.plays.draws and seen.costs.get("money", 0) > TOP_PRIZE_CENTS_MAX:
        yield "rules", "最高奖不得超过 50,000 元。", "The top prize is at most 50,000 yuan.", "stop"


def _budget(seen: Seen) -> Found:
    for kind, most in seen.costs.items():
        giver = GIVERS.get(kind)
        if giver is None:
            yield "rules", f"没有“{kind}”这种奖励。", f"There is no kind of reward {kind}.", "stop"
            continue
        purse = seen.purses.get(seen.campaign.purses.get(giver.currency, 0))
        unit = CURRENCIES[giver.currency]
        if purse is None or purse.closed is not None or purse.currency != giver.currency:
            yield (
                f"purses.{giver.currency}",
                f"“{giver.zh}”要从一个以{unit[0]}计的预算里出，请选择。",
                f"“{giver.en}” needs a purse of {unit[1]}: choose one.",
                "stop",
            )
            continue
        cost, left = written(purse.currency, most), written(purse.currency, purse.left)
        if purse.left < most:
            yield (
                f"purses.{giver.currency}",
                f"一次发起最多要 {cost} {unit[0]}，预算只剩 {left}。",
                f"One effort may cost {cost}, and {left} is left in the purse.",
                "stop",
            )
        elif purse.left < most * EFFORTS_COVERED_MIN and not seen.plays.whole(seen.campaign.ruled):
            yield (
                f"purses.{giver.currency}",
                f"预算只够 {purse.left // most} 次，发完后不再发放，页面会写明。",
                f"The purse is enough for {purse.left // most}; then nothing is given, and the page says so.",
                "warn",
            )


def _whole(seen: Seen) -> Found:
    """What was announced is there."""
    wanted: dict[str, int] = {}
    for kind, most in seen.plays.whole(seen.campaign.ruled).items():
        if kind in GIVERS:
            wanted[GIVERS[kind].currency] = wanted.get(GIVERS[kind].currency, 0) + most
    for currency, most in wanted.items():
        purse = seen.purses.get(seen.campaign.purses.get(currency, 0))
        if purse is not None and purse.closed is None and purse.left < most:
            unit, cost, left = CURRENCIES[currency], written(currency, most), written(currency, purse.left)
            yield (
                f"purses.{currency}",
                f"公布的奖品合计 {cost} {unit[0]}，预算只剩 {left}：公布多少就要备足多少。",
                f"All prizes announced come to {cost} {unit[1]}, and {left} is left in the purse.",
                "stop",
            )


def _looked_at_first(seen: Seen) -> Found:
    if not seen.wait_hours and any(currency_of(kind) == "yuan" for kind in seen.costs):
        yield (
            "purses.yuan",
            "现金奖励不等待就发放，刷奖的人被认出时钱已付出：请在防作弊的限额里设“奖励先暂扣”，例如 24 小时。",
            "Money is paid at once, before who cheats can be seen: have rewards wait, 24 hours say, in the limits "
            "against cheating.",
            "warn",
        )


def door_fits(door: str) -> bool:
    """Whether friends may be led there: an address of its own with https, or a live code of ours."""
    try:
        parts = urlsplit(door)
    except ValueError:
        return False
    return door.startswith("/c/") or (parts.scheme == "https" and bool(parts.netloc))


RULES: Sequence[Rule] = (
    Rule("period", "《规范促销行为暂行规定》：事先公布期限", _period),
    Rule("sponsor", "《规范促销行为暂行规定》：公布主办方；《广告法》第十四条", _sponsor),
    Rule("shown", "《反不正当竞争法》有奖销售条款：奖品、条件须明确", _rules_shown),
    Rule("sharing", "《微信外部链接内容管理规范》：不得利诱、强制分享", _forced_sharing),
    Rule("tap", "《微信外部链接内容管理规范》：助力、砍价、集赞类", _reward_for_a_tap),
    Rule("risk", "《微信外部链接内容管理规范》", _risk),
    Rule("places", "", _may_run),
    Rule("ask", "", _ask),
    Rule("narrowed", "", _narrowed),
    Rule("minors", "《未成年人网络保护条例》第二十四条", _minors),
    Rule("top_prize", "《反不正当竞争法》：抽奖最高奖不超过五万元", _top_prize),
    Rule("budget", "", _budget),
    Rule("looked_at_first", "", _looked_at_first),
    Rule("whole", "《规范促销行为暂行规定》：奖品数量须与公布的一致", _whole),
)
"""Two levels of commission at most is not among them: the shape of the data has no third."""


def check(
    campaign: Campaign,
    purses: Mapping[int, Purse],
    now: datetime,
    behind: Collection[str] = (),
    wait_hours: int = 0,
) -> list[Finding]:
    """Everything that is wrong with it now, what stops it first. ``behind``, ``wait_hours``: see :class:`Seen`."""
    found: list[Finding] = []
    try:
        ruled = campaign.ruled
    except msgspec.ValidationError as error:
        return [Finding("rules", f"规则不合要求：{error}", f"Not fit: {error}", "stop")]
    found += [_within(each) for each in MECHANICS[campaign.mechanic].check(ruled)]
    if any(each.severity == "stop" for each in found):
        return found
    seen = Seen(campaign, purses, now, behind, wait_hours)
    for rule in RULES:
        found += [Finding(field, zh, en, severity, rule.source) for field, zh, en, severity in rule.look(seen)]
    return sorted(found, key=lambda each: each.severity != "stop")


def _within(finding: Finding) -> Finding:
    """A mechanic's finding, at its field of the campaign."""
    return replace(finding, field=f"rules.{finding.field}")


def unfit(error: Unfit) -> list[Finding]:
    """What a form of rules could not be read as, at its fields of the campaign."""
    return [_within(each) for each in error.findings]
