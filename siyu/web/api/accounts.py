"""The API of channels and their accounts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from siyu.channels import accounts
from siyu.channels.accounts import AccountView
from siyu.channels.health_command import (
    AccountHealthAnswer,
    FindingAnswer,
    MatrixAnswer,
    findings,
    health_told,
    matrix_told,
)
from siyu.channels.ocean.sending import send_again
from siyu.channels.prices import price_of, read_price, set_price
from siyu.channels.protocol import Form
from siyu.channels.registry import Channels
from siyu.reach.account_command import callback_of
from siyu.reach.pausing import check_and_release, stopped_accounts
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.paging import Id
from siyu.web.routes import api_acts, api_read, api_write

Settings = dict[str, str | int | bool | None]


class NewAccount(msgspec.Struct, forbid_unknown_fields=True):
    """``settings`` are the channel's fields (see ``GET /api/channels``), secret ones included."""

    channel: Annotated[str, msgspec.Meta(max_length=40)]
    name: Annotated[str, msgspec.Meta(max_length=80)]
    settings: Settings = {}


class AccountChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is given changes; a secret that is left out stays."""

    name: Annotated[str, msgspec.Meta(max_length=80)] | None = None
    settings: Settings | None = None


class PriceBody(msgspec.Struct, forbid_unknown_fields=True):
    """``price``: of one message as the platform bills it, in the shop's currency, at most 4 decimals."""

    price: Annotated[str, msgspec.Meta(max_length=20)]


class AccountAnswer(msgspec.Struct):
    """``secrets`` holds what Siyu made up for a new account, this once; ``stopped`` why nothing is sent now;
    ``callback`` the path, behind this installation's public address, that the platform has to be told; ``price`` what a
    message costs now, null where nobody said."""

    id: int
    channel: str
    name: str
    settings: dict[str, Any]
    created: datetime
    disabled: datetime | None
    checked: datetime | None
    check: dict[str, Any] | None
    stopped: str | None
    callback: str | None
    price: Decimal | None
    secrets: dict[str, str] | None = None


class CheckAnswer(msgspec.Struct):
    """``steps``: what was found at each step of connecting."""

    works: bool
    zh: str
    en: str
    detail: dict[str, Any]
    steps: list[FindingAnswer]


class FieldAnswer(msgspec.Struct):
    name: str
    kind: str
    zh: str
    en: str
    required: bool
    default: str | int | bool | None


class FormAnswer(msgspec.Struct):
    """A kind of message: ``content`` names its parts; ``alike``: one text for all, without fields of a person."""

    name: str
    zh: str
    en: str
    help_zh: str
    help_en: str
    marketing: bool
    drops_repeats: bool
    alike: bool
    content: list[str]


class ChannelAnswer(msgspec.Struct):
    name: str
    zh: str
    en: str
    suits_zh: str
    suits_en: str
    limits_zh: str
    limits_en: str
    cost_zh: str
    cost_en: str
    drops_repeats: bool
    sends: bool
    limited_zh: str
    limited_en: str
    settings: list[FieldAnswer]
    content: list[FieldAnswer]
    forms: list[FormAnswer]


def _answer(stores: Stores, view: AccountView, secrets: dict[str, str] | None = None) -> AccountAnswer:
    return AccountAnswer(
        view.id,
        view.channel,
        view.name,
        dict(view.settings),
        view.created,
        view.disabled,
        view.checked,
        dict(view.check_result) if view.check_result else None,
        stopped_accounts(stores).get(view.id),
        callback_of(stores, view),
        price_of(stores, view.id),
        secrets,
    )


def _form(form: Form) -> FormAnswer:
    names = [part.name for part in form.parts]
    words = (form.name, form.zh, form.en, form.help_zh, form.help_en)
    return FormAnswer(*words, form.marketing, form.drops_repeats, form.alike, names)


@api_read("/api/channels", "broadcast.read")
def list_channels(channels: Channels) -> list[ChannelAnswer]:
    """The channels, what each suits, and the settings and content it takes."""
    return [
        ChannelAnswer(
            about.name,
            about.zh,
            about.en,
            about.suits_zh,
            about.suits_en,
            about.limits_zh,
            about.limits_en,
            about.cost_zh,
            about.cost_en,
            about.drops_repeats,
            about.sends,
            about.limited_zh,
            about.limited_en,
            [FieldAnswer(f.name, f.kind, f.zh, f.en, f.required, f.default) for f in about.fields],
            [FieldAnswer(p.name, p.kind, p.zh, p.en, p.required, None) for p in about.parts],
            [_form(form) for form in about.forms],
        )
        for about in (channel.about for channel in channels.values())
    ]


@api_read("/api/accounts", "broadcast.read")
def list_accounts(stores: Stores) -> list[AccountAnswer]:
    """Every account, without its secrets."""
    return [_answer(stores, view) for view in accounts.list_accounts(stores)]


@api_write("POST", "/api/accounts", "channel.write", audits="account_opened", repeatable=False)
def open_account(stores: Stores, channels: Channels, data: NewAccount) -> AccountAnswer:
    """Open an account. A secret that Siyu makes up is in the answer, this once."""
    number, made = accounts.open_account(stores, channels, channel=data.channel, name=data.name, settings=data.settings)
    note(f"account:{number}", channel=data.channel, name=data.name)
    return _answer(stores, accounts.get_account(stores, number), dict(made) or None)


@api_read("/api/accounts/health", "channel.write")
def accounts_health(stores: Stores) -> MatrixAnswer:
    """Every account in a line: steps, callbacks, faults, quotas, what was read."""
    return matrix_told(stores)


@api_read("/api/accounts/{account:int}/health", "channel.write")
def account_health(stores: Stores, account: Id) -> AccountHealthAnswer:
    """How one account is: steps as last looked at, callbacks, faults, what is closed, quotas of today, readings."""
    return health_told(stores, account)


@api_read("/api/accounts/{account:int}", "broadcast.read")
def one_account(stores: Stores, account: Id) -> AccountAnswer:
    """One account, without its secrets."""
    return _answer(stores, accounts.get_account(stores, account))


@api_write("PATCH", "/api/accounts/{account:int}", "channel.write", audits="account_changed", about="account:{account}")
def change_account(stores: Stores, channels: Channels, account: Id, data: AccountChange) -> AccountAnswer:
    """Change an account."""
    accounts.change_account(stores, channels, account, name=data.name, settings=data.settings)
    return _answer(stores, accounts.get_account(stores, account))


@api_write(
    "PUT", "/api/accounts/{account:int}/price", "channel.write", audits="account_price_set", about="account:{account}"
)
def price_account(stores: Stores, actor: Actor, account: Id, data: PriceBody) -> AccountAnswer:
    """Enter what a message costs from now on. The first price entered holds for all before it too."""
    set_price(stores, actor.tag, account, read_price(data.price))
    note(price=data.price)
    return _answer(stores, accounts.get_account(stores, account))


_act = api_acts("/api/accounts/{account:int}", "channel.write", about="account:{account}")


@_act("check", "account_checked")
def check_account(stores: Stores, channels: Channels, account: Id) -> CheckAnswer:
    """Try it live, without reaching a customer. Where it works, an account that was stopped goes on."""
    found = check_and_release(stores, channels, account)
    steps = findings(accounts.get_account(stores, account))
    return CheckAnswer(found.works, found.zh, found.en, dict(found.detail), steps)


@_act("disable", "account_disabled")
def disable_account(stores: Stores, account: Id) -> AccountAnswer:
    """Send nothing through it; what waits for it waits."""
    accounts.disable_account(stores, account)
    return _answer(stores, accounts.get_account(stores, account))


@_act("enable", "account_enabled")
def enable_account(stores: Stores, account: Id) -> AccountAnswer:
    """Use it again."""
    accounts.enable_account(stores, account)
    return _answer(stores, accounts.get_account(stores, account))


@_act("renew", "account_secret_renewed", repeatable=False)
def renew_secret(stores: Stores, channels: Channels, account: Id) -> AccountAnswer:
    """Make a new signing secret; it is in the answer, this once."""
    made = accounts.renew_secret(stores, channels, account)
    return _answer(stores, accounts.get_account(stores, account), dict(made) or None)


class ToldAgain(msgspec.Struct):
    """How many reports are told again within minutes."""

    waiting: int


@_act("tell-again", "leads_told_again")
def tell_leads_again(stores: Stores, account: Id) -> ToldAgain:
    """Ocean Engine: tell again what became of leads, where the platform refused it or did not answer."""
    return ToldAgain(send_again(stores, accounts.get_account(stores, account).id))


ROUTES = [
    list_channels,
    list_accounts,
    open_account,
    accounts_health,
    account_health,
    one_account,
    change_account,
    price_account,
    check_account,
    disable_account,
    enable_account,
    renew_secret,
    tell_leads_again,
]
