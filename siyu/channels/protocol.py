"""What every channel is: the protocol, the outcomes, and the words that go with them.

A channel sends messages that are already written and already allowed. It knows its platform and nothing else: no
ledger, no guard, no clock of its own. A new platform is a folder that can be copied (see ``webhook/``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, Protocol

import sqlalchemy as sa
from msgspec import Struct

from siyu.channels.steps import Finding, Step

FieldKind = Literal["text", "number", "choice", "yes_no", "secret"]
PartKind = Literal["line", "text", "link", "code", "verbatim", "choice", "medium"]
OutcomeKind = Literal["accepted", "handed", "refused", "passing", "unknown"]


@dataclass(frozen=True, slots=True)
class Field:
    """One setting of an account, as the form shows it and as the API takes it."""

    name: str
    kind: FieldKind
    zh: str
    en: str
    help_zh: str = ""
    help_en: str = ""
    required: bool = False
    default: str | int | bool | None = None
    choices: tuple[tuple[str, str, str], ...] = ()  # value, zh, en
    low: int | None = None
    high: int | None = None
    characters_max: int = 500
    lines: bool = False  # may be of several lines, as keys are


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of content that an operator writes for this channel. A *code* is taken as it stands (a template's id),
    a *verbatim* too (its text), a *choice* is one of ``choices``, a *medium* the sha-256 of a picture that is kept; all
    others are Liquid."""

    name: str
    kind: PartKind
    zh: str
    en: str
    required: bool
    characters_max: int
    help_zh: str = ""
    help_en: str = ""
    choices: tuple[tuple[str, str, str], ...] = ()  # value, zh, en


FORM = "form"
"""The part that says which form content has, where a channel sends several."""


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of message of a channel that sends several (a template message, a mass message…): what it takes and
    what the platform allows of it. ``alike``: one call carries one text for all its receivers, so content may name
    no field of a person, and links in it are nobody's own."""

    name: str
    zh: str
    en: str
    help_zh: str
    help_en: str
    marketing: bool
    drops_repeats: bool
    list_max: int
    parts: tuple[Part, ...]
    alike: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """A message as it stands on the phone, where the platform puts it together from what is given: its size in words,
    and what is wrong with it (zh, en)."""

    text: str
    zh: str
    en: str
    faults: tuple[tuple[str, str], ...] = ()
    pieces: int = 1
    """As how many messages it is billed."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Why the platform would not deliver now: a condition in SQL on an address and the moment, never null. ``until``:
    when it ends by itself, as a quota of a day does, for whom it holds at a moment; None: nobody knows."""

    reason: str
    holds: Callable[[sa.ColumnElement[str], datetime], sa.ColumnElement[bool]]
    until: Callable[[datetime], datetime] | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What a channel says of itself: shown to the operator, and obeyed by delivery and guard."""

    name: str
    zh: str
    en: str
    suits_zh: str
    suits_en: str
    limits_zh: str
    limits_en: str
    cost_zh: str
    cost_en: str
    settled_zh: str  # how an unanswered call is settled
    settled_en: str
    address_kinds: tuple[str, ...]  # identifiers of which one is needed to reach a person; () = none
    drops_repeats: bool  # a second message with the same delivery id reaches nobody
    marketing: bool  # may carry marketing at all
    opens_by_picture: bool  # a picture in the message tells that it was opened
    list_max: int  # messages per call, at most
    fields: tuple[Field, ...]
    parts: tuple[Part, ...]
    pays: bool = False  # carries money, no messages
    sends: bool = True  # False: it only receives, so no broadcast may choose it
    forms: tuple[Form, ...] = ()  # the kinds of message it sends, where there are several
    alike: bool = False  # see Form
    asks: bool = False  # without an answer, the platform is asked what became of a message before it goes again
    bars: tuple[Bar, ...] = ()  # of one account and content: see Channel.speaking
    look: Callable[[Mapping[str, str]], Look | None] | None = None  # of written parts; None: they are all there is
    steps: tuple[Step, ...] = (Step("connection"),)  # the way to connect an account, in order
    limited_zh: str = ""  # what the platform does not give, or to whom it is closed: said before connecting
    limited_en: str = ""
    billed: bool = False  # whoever carries it bills messages, so a price is worth asking for
    closed: bool = False  # to newcomers: only who has been let in already gets it to work

    def in_form(self, content: Mapping[str, str]) -> About:
        """As it is for content of one form (the first where none is named). Without forms, as it stands."""
        if not self.forms:
            return self
        form = next((each for each in self.forms if each.name == content.get(FORM)), self.forms[0])
        return replace(
            self,
            marketing=form.marketing,
            drops_repeats=form.drops_repeats,
            list_max=form.list_max,
            alike=form.alike,
            parts=(form_part(self.forms), *form.parts),
        )


Settles = Literal["asked", "same_id", "operator"]
SETTLES: Mapping[Settles, tuple[str, str]] = {
    "asked": ("先向平台查询，平台没有的才重发", "The platform is asked; only what it does not have goes again"),
    "same_id": (
        "以同一投递编号重发，重复的被对方丢弃",
        "Goes again under the same id; repeats are dropped there",
    ),
    "operator": ("标为未知，由操作员选择是否重发", "Marked unknown; the operator chooses whether it goes again"),
}
"""How a message is settled whose call got no answer."""


def settles(about: About) -> Settles:
    """What a channel (in a form) does where a call got no answer."""
    if not about.drops_repeats:
        return "operator"
    return "asked" if about.asks else "same_id"


def form_part(forms: Sequence[Form]) -> Part:
    """The part that chooses among forms."""
    choices = tuple((form.name, form.zh, form.en) for form in forms)
    return Part(FORM, "choice", "消息形式", "Kind of message", False, 40, choices=choices)


def parts_of(forms: Sequence[Form]) -> tuple[Part, ...]:
    """Every part that some form takes, each once: what an editor offers."""
    by_name = {part.name: part for form in forms for part in form.parts}
    return (form_part(forms), *by_name.values())


@dataclass(frozen=True, slots=True)
class Account:
    """One address at a platform, ready to use. ``secrets`` never leave the process and are never printed."""

    id: int
    channel: str
    name: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str] = field(repr=False)


class Message(Struct, frozen=True):
    """One message, written. ``delivery_id`` is its own for ever, however often it is tried.

    A struct, because thousands are made a second: a tenth of a frozen dataclass' time (measured).
    """

    delivery_id: str
    person: int
    address: str  # '' where the channel needs none
    content: Mapping[str, str]  # by the channel's parts
    kind: str = "marketing"
    broadcast: int | None = None
    identifiers: Mapping[str, str] = {}
    unsubscribe: str | None = None  # a link that needs no sign-in
    picture: str | None = None  # asked for when the message is opened
    sent_at: str = ""  # ISO 8601, UTC

    def __repr__(self) -> str:
        """Without what is said to whom: it may stand in a log."""
        return f"Message({self.delivery_id!r}, person={self.person}, kind={self.kind!r}, broadcast={self.broadcast})"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message.

    accepted — the platform took it. handed — it is kept under its delivery id and goes out when a member of staff
    confirms it (see ``handing.py``); what became of it is told later. refused — for ever, by ``reason``. passing — not
    now; try the same delivery id again after ``retry_after_seconds``. unknown — the call got no answer, so it may have
    arrived or not. ``account_stopped``: the fault is the account's, not the message's; nothing more should be tried
    before a person has looked. ``answer`` holds the platform's own code and words, never a secret.
    """

    kind: OutcomeKind
    reason: str = ""
    answer: Mapping[str, Any] = field(default_factory=dict[str, Any])
    retry_after_seconds: float | None = None
    account_stopped: bool = False


ACCEPTED = Outcome("accepted")


@dataclass(frozen=True, slots=True)
class Check:
    """The answer of a live check: whether the account works, and in words what was found."""

    works: bool
    zh: str
    en: str
    detail: Mapping[str, Any] = field(default_factory=dict[str, Any])
    steps: tuple[Finding, ...] = ()  # by the steps of About; where there are none, the sentence is all there is


class Channel(Protocol):
    """Sends to one platform. Implementations hold no state that a second process would need."""

    @property
    def about(self) -> About: ...

    def speaking(self, account: int, settings: Mapping[str, Any], content: Mapping[str, str]) -> About:
        """What the channel is for one account and one piece of content: its form, its addresses, its bars."""
        ...

    def validate(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        """Raise :class:`~siyu.storage.BadInput` naming the field where settings can't work together."""
        ...

    def new_secrets(self) -> Mapping[str, str]:
        """Secrets that Siyu makes up itself for a new account; shown to its owner once."""
        ...

    def list_max(self, account: Account) -> int:
        """How many messages one call may carry with this account's settings."""
        ...

    def send(self, account: Account, messages: Sequence[Message]) -> list[Outcome]:
        """Call the platform; one outcome per message, in order. Doesn't raise for what a platform may do."""
        ...

    def check(self, account: Account) -> Check:
        """A live check that reaches no customer."""
        ...

    def close(self) -> None:
        """Let go of open connections; the channel can still be used after."""
        ...


REASONS: Mapping[str, tuple[str, str]] = {
    "no_connection": ("连接不上接收方", "The receiver can't be reached"),
    "no_answer": ("接收方没有应答", "The receiver did not answer"),
    "receiver_busy": ("接收方繁忙，请求稍后重试", "The receiver is busy and asked to be tried later"),
    "receiver_failed": ("接收方内部出错", "The receiver had a fault of its own"),
    "channel_pays": ("这个渠道只用来付款，不发消息", "This channel pays and sends no messages"),
    "channel_receives_only": ("这个渠道目前只接收", "This channel only receives for now"),
    "message_refused": ("接收方拒绝了这条消息", "The receiver refused this message"),
    "account_refused": ("接收方不接受这个账号，请检查账号设置", "The receiver refuses the account; check its settings"),
    "receiver_gone": ("接收方已停止接收（410）", "The receiver has stopped receiving (410)"),
    "address_not_allowed": ("出于安全，不允许访问该地址", "For safety, this address may not be called"),
    "address_unknown": ("邮箱地址不存在或已停用", "The e-mail address does not exist or is closed"),
    "address_invalid": ("地址格式不正确", "The address is not well-formed"),
    "mailbox_full": ("对方邮箱已满", "The mailbox is full"),
    "mail_rejected": ("对方邮件服务器拒收", "The mail server rejected the message"),
    "mail_deferred": ("对方邮件服务器要求稍后再试", "The mail server asked to be tried later"),
    "sign_in_failed": ("登录失败，请检查用户名和密码", "Sign-in failed; check user name and password"),
    "wecom_no_adviser": ("没有员工是该客户的好友", "No member of staff is a friend of this person"),
    "wecom_quota_day": ("今天已收到过企业微信群发", "Has had a WeCom mass message today"),
    "wecom_quota_month": ("本月企业微信群发次数已用完", "Has had as many WeCom mass messages as a month allows"),
    "wecom_quota_used": ("企业微信：客户接收群发的次数已用完", "WeCom: the person's mass messages are used up"),
    "wecom_not_a_friend": ("企业微信：客户已不是好友", "WeCom: no friend any more"),
    "wecom_not_reachable": ("企业微信：无法向该客户群发", "WeCom: this person can't be sent to"),
    "wecom_not_confirmed": ("员工未在期限内确认发送", "The adviser did not confirm it in time"),
    "wecom_medium_gone": ("素材已删除，任务没有创建", "The picture is gone; no task was made"),
    "wecom_task_refused": ("企业微信拒绝了群发任务", "WeCom refused the task"),
    "platform_busy": ("平台繁忙或额度已满，稍后再试", "The platform is busy or its quota is full; later"),
    "not_following": ("未关注公众号（或尚未同步到）", "Does not follow the official account (as far as is known)"),
    "window_closed": ("超出可回复的时间或条数", "No answer is allowed any more: too late, or too many"),
    "no_grant": ("没有剩余的订阅消息同意", "No consent to this subscription message is left"),
    "mass_quota": ("本期群发次数已用完", "Has had as many mass messages as the platform allows"),
    "mass_not_allowed": ("订阅号不能按名单群发", "A subscription account may not send mass messages to a list"),
    "mass_needs_two": ("群发一次至少两人，这一批只有一人", "A mass message needs two receivers; this one had one"),
    "template_data": ("模板字段缺失或超长", "The template's data are missing or too long"),
    "template_unknown": ("模板不存在或不属于这个账号", "There is no such template in this account"),
    "phone_limit": ("这个号码收到的短信已达平台上限", "This phone had as many messages as the service allows"),
    "redirected": ("接收方要求跳转，已拒绝", "The receiver answered with a redirect, which is not followed"),
}
"""Every reason a channel gives, in words."""
