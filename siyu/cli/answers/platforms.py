"""What commands answer about accounts and what is kept at their platforms."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

import msgspec

from siyu.channels.health_command import AccountHealthAnswer, FindingAnswer, MatrixAnswer
from siyu.channels.orders.command import BackfillAnswer
from siyu.channels.wechat.commands import CodeAnswer, CodesAnswer, ReadingAnswer, StandingAnswer
from siyu.channels.wecom.acquisition import command as acquisition
from siyu.channels.wecom.service.command import Answered, ChatDetail, ChatsAnswer
from siyu.channels.wecom.statistics import command as work
from siyu.channels.wecom.transfers import command as transfers
from siyu.channels.wecom.word_rules import command as word_rules
from siyu.cli.answers.shaping import Answers, Moment, Schemas, shaped
from siyu.growth.codes import command as codes
from siyu.growth.ways.command import FiguresAnswer as WayFigures
from siyu.growth.ways.command import MadeAudience as WayAudience
from siyu.growth.ways.command import WayAnswer, WaysAnswer
from siyu.reach.tagging.command import TagSyncAnswer


class AccountCheckTold(msgspec.Struct):
    """Whether the account works, and in words what was found."""

    works: bool
    zh: str
    en: str
    detail: dict[str, Any]
    steps: list[FindingAnswer] = []


class AccountTold(msgspec.Struct):
    """An account without its secrets, but for those just made up. ``callback``: the path that its platform calls, null
    where it calls nobody; ``stopped``: why nothing is sent now; ``price``: what one message costs, or null."""

    id: int
    channel: str
    name: str
    settings: dict[str, Any]
    created: Moment
    disabled: Moment | None
    checked: Moment | None
    check: AccountCheckTold | None
    stopped: str | None
    callback: str | None
    price: Decimal | None
    secrets: dict[str, str] | msgspec.UnsetType = msgspec.UNSET


class ToldAgain(msgspec.Struct):
    """How many reports of leads are told again within minutes."""

    waiting: int


class AccountsTold(msgspec.Struct):
    accounts: list[AccountTold]


class ChannelSetting(msgspec.Struct):
    name: str
    kind: Literal["text", "number", "choice", "yes_no", "secret"]
    zh: str
    en: str


class ChannelTold(msgspec.Struct):
    """A channel, and the settings that its accounts take. ``sends``: whether messages may leave through it."""

    name: str
    zh: str
    en: str
    sends: bool
    settings: list[ChannelSetting]


class ChannelsTold(msgspec.Struct):
    channels: list[ChannelTold]


class SyncTold(msgspec.Struct):
    """The latest sync of a WeCom account (``state`` null: none yet), what is known now, when lists were last read."""

    account: int
    state: Literal["waiting", "running", "done", "failed", "cancelled"] | None
    stage: str
    done: int
    all: int | None
    error: dict[str, str] | None
    counts: dict[str, int]
    ended: dict[str, Moment]


SCHEMAS: Schemas = {
    "wechat-show": shaped("wechat show", StandingAnswer),
    "wechat-codes": shaped("wechat codes", CodesAnswer),
    "wechat-code": shaped("wechat code", CodeAnswer),
    "wechat-read": shaped("wechat read", ReadingAnswer),
    "code": shaped("code", codes.CodeAnswer),
    "code-list": shaped("code list", codes.CodesAnswer),
    "code-ways": shaped("code ways", codes.MakingAnswer),
    "code-figures": shaped("code figures", codes.CodeFiguresAnswer),
    "way": shaped("way", WayAnswer),
    "way-list": shaped("way list", WaysAnswer),
    "way-figures": shaped("way figures", WayFigures),
    "way-audience": shaped("way audience", WayAudience),
    "link": shaped("link", acquisition.LinkAnswer),
    "link-list": shaped("link list", acquisition.LinksAnswer),
    "link-remove": shaped("link remove", acquisition.LinkRemoved),
    "link-people": shaped("link people", acquisition.PeopleAnswer),
    "link-statistic": shaped("link statistic", acquisition.StatisticAnswer),
    "hand-over": shaped("hand-over", transfers.HandoverDetail),
    "hand-over-list": shaped("hand-over list", transfers.HandoversAnswer),
    "hand-over-leavers": shaped("hand-over leavers", transfers.LeaversAnswer),
    "work": shaped("work", work.WorkAnswer),
    "work-days": shaped("work days", work.WorkDaysAnswer),
    "work-read": shaped("work read", work.ReadingAnswer),
    "word-rule": shaped("word-rule", word_rules.WordRuleAnswer),
    "word-rule-list": shaped("word-rule list", word_rules.WordRulesAnswer),
    "word-rule-remove": shaped("word-rule remove", word_rules.WordRuleRemoved),
    "service-list": shaped("service list", ChatsAnswer),
    "service-show": shaped("service show", ChatDetail),
    "service-answer": shaped("service answer", Answered),
    "account": shaped("account", AccountTold),
    "account-list": shaped("account list", AccountsTold),
    "account-channels": shaped("account channels", ChannelsTold),
    "account-tell-again": shaped("account tell-again", ToldAgain),
    "account-check": shaped("account check", AccountCheckTold),
    "account-health": shaped("account health", AccountHealthAnswer),
    "account-matrix": shaped("account matrix", MatrixAnswer),
    "account-backfill": shaped("account backfill", BackfillAnswer),
    "tag-links": shaped("tag links", TagSyncAnswer),
    "account-sync": shaped("account sync", SyncTold),
}

ANSWERS: Answers = {
    ("wechat", "show"): "wechat-show",
    ("wechat", "codes"): "wechat-codes",
    ("wechat", "code"): "wechat-code",
    ("wechat", "read"): "wechat-read",
    ("code", "list"): "code-list",
    ("code", "show"): "code",
    ("code", "add"): "code",
    ("code", "change"): "code",
    ("code", "target-add"): "code",
    ("code", "target-change"): "code",
    ("code", "ways"): "code-ways",
    ("code", "use"): "code",
    ("code", "pause"): "code",
    ("code", "end"): "code",
    ("code", "figures"): "code-figures",
    ("way", "list"): "way-list",
    ("way", "show"): "way",
    ("way", "add"): "way",
    ("way", "change"): "way",
    ("way", "again"): "way",
    ("way", "remove"): "way",
    ("way", "figures"): "way-figures",
    ("way", "audience"): "way-audience",
    ("hand-over", "list"): "hand-over-list",
    ("hand-over", "show"): "hand-over",
    ("hand-over", "start"): "hand-over",
    ("hand-over", "withdraw"): "hand-over",
    ("hand-over", "leavers"): "hand-over-leavers",
    ("link", "list"): "link-list",
    ("link", "read"): "link-list",
    ("link", "make"): "link",
    ("link", "change"): "link",
    ("link", "remove"): "link-remove",
    ("link", "people"): "link-people",
    ("link", "statistic"): "link-statistic",
    ("work", "members"): "work",
    ("work", "groups"): "work",
    ("work", "days"): "work-days",
    ("work", "read"): "work-read",
    ("word-rule", "list"): "word-rule-list",
    ("word-rule", "read"): "word-rule-list",
    ("word-rule", "make"): "word-rule",
    ("word-rule", "change"): "word-rule",
    ("word-rule", "remove"): "word-rule-remove",
    ("service", "list"): "service-list",
    ("service", "show"): "service-show",
    ("service", "answer"): "service-answer",
    ("service", "transfer"): "service-show",
    ("account", "list"): "account-list",
    ("account", "channels"): "account-channels",
    ("account", "open"): "account",
    ("account", "change"): "account",
    ("account", "price"): "account",
    ("account", "check"): "account-check",
    ("account", "disable"): "account",
    ("account", "enable"): "account",
    ("account", "renew"): "account",
    ("account", "tell-again"): "account-tell-again",
    ("account", "health"): "account-health",
    ("account", "matrix"): "account-matrix",
    ("account", "backfill"): "account-backfill",
    ("tag", "links"): "tag-links",
    ("tag", "link"): "tag-links",
    ("tag", "unlink"): "tag-links",
    ("tag", "choose"): "tag-links",
    ("account", "sync"): "account-sync",
    ("account", "sync-status"): "account-sync",
}
