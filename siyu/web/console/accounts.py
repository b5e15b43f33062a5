"""Settings → channel accounts: opened step by step, checked live."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from siyu.channels import accounts
from siyu.channels.accounts import AccountView
from siyu.channels.ocean.sending import send_again
from siyu.channels.platform import callbacks
from siyu.channels.protocol import About
from siyu.channels.registry import Channels, receivers_of
from siyu.channels.wecom.syncing import WORDS, sync_status
from siyu.reach.guard import reason_words
from siyu.reach.pausing import check_and_release, stopped_accounts
from siyu.storage import Stores
from siyu.web import menu
from siyu.web.current import note, t
from siyu.web.forms import Form
from siyu.web.listing import Column, Listing
from siyu.web.outside import Outside
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("settings", "/settings/accounts", "渠道账号", "Channel accounts", permission="channel.write", order=20)


NOTHING: Mapping[str, str] = MappingProxyType({})
MADE: Mapping[str, tuple[str, str]] = {
    "callback_token": ("令牌（Token）", "token"),
    "callback_aes_key": ("消息加解密密钥（EncodingAESKey）", "EncodingAESKey"),
    "push_secret": ("推送签名密钥", "signing secret of pushes"),
}
"""Secrets that are made up for a new account, as the platform's console names them."""
LISTED = (
    Column("name", "名称", "Name", sort=True),
    Column("channel", "渠道", "Channel", sort=True),
    Column("state", "状态", "State"),
    Column("checked", "最近检查", "Last check", narrow=False),
)


def _given(form: Form, about: About) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for field in about.fields:
        if field.kind == "yes_no":
            given[field.name] = form.flag(field.name)
        elif field.name in form:
            given[field.name] = form.get(field.name)
    return given


@page("/settings/accounts", "channel.write")
def list_accounts(view: View, stores: Stores, channels: Channels) -> Html:
    listing = Listing.read("accounts", LISTED, filters=("channel",))
    known = accounts.list_accounts(stores)
    words, channel = listing.words.casefold(), listing.filters["channel"]
    found = [each for each in known if words in each.name.casefold() and channel in ("", each.channel)]
    if listing.sort:
        found.sort(key=attrgetter(listing.sort), reverse=listing.descending)
    stopped = {number: reason_words(reason) for number, reason in stopped_accounts(stores).items()}
    return view.render(
        "reach/accounts.html",
        fragment="list",
        listing=listing.paged(found),
        used=list(dict.fromkeys(each.channel for each in known)),
        abouts={name: channel.about for name, channel in channels.items()},
        stopped=stopped,
        address_of=_address_of,
    )


def _address_of(account: AccountView) -> str:
    return f"/settings/accounts/{account.id}"


@page("/settings/accounts/new/{channel:str}", "channel.write")
def new_account(view: View, channels: Channels, channel: str) -> Html:
    about = channels[channel].about
    form = Form.showing(**{field.name: field.default for field in about.fields if field.default is not None})
    return view.render("reach/account_form.html", about=about, form=form, account=None)


@submit("/settings/accounts/new/{channel:str}", "channel.write", audits="account_opened")
def open_account(view: View, stores: Stores, channels: Channels, outside: Outside, form: Form, channel: str) -> Html:
    about = channels[channel].about
    with form.errors_kept():
        number, made = accounts.open_account(
            stores, channels, channel=channel, name=form.get("name"), settings=_given(form, about)
        )
        note(f"account:{number}", channel=channel)
        return _one(view, stores, channels, outside, number, made)
    return view.invalid("reach/account_form.html", about=about, form=form, account=None)


def _one(
    view: View, stores: Stores, channels: Channels, outside: Outside, account: int, made: Mapping[str, str] = NOTHING
) -> Html:
    found = accounts.get_account(stores, account)
    reason = stopped_accounts(stores).get(account)
    calls_back = found.channel in receivers_of()
    return view.render(
        "reach/account.html",
        account=found,
        about=channels[found.channel].about,
        secret=made.get("secret", ""),
        made=made,
        made_words={name: t(*words) for name, words in MADE.items()},
        address=outside.address + callbacks.address(stores, found.channel, account) if calls_back else "",
        stopped=reason_words(reason) if reason else None,
        sync=sync_status(stores, account) if found.channel == "wecom" else None,
        sync_words=WORDS,
    )


@page("/settings/accounts/{account:int}", "channel.write")
def one_account(view: View, stores: Stores, channels: Channels, outside: Outside, account: Id) -> Html:
    return _one(view, stores, channels, outside, account)


@page("/settings/accounts/{account:int}/edit", "channel.write")
def edit_account(view: View, stores: Stores, channels: Channels, account: Id) -> Html:
    found = accounts.get_account(stores, account)
    form = Form.showing(name=found.name, **found.settings)
    return view.render("reach/account_form.html", about=channels[found.channel].about, form=form, account=found)


@submit("/settings/accounts/{account:int}/edit", "channel.write", audits="account_changed", about="account:{account}")
def change_account(view: View, stores: Stores, channels: Channels, form: Form, account: Id) -> Html:
    found = accounts.get_account(stores, account)
    about = channels[found.channel].about
    with form.errors_kept():
        accounts.change_account(stores, channels, account, name=form.get("name"), settings=_given(form, about))
        return view.redirect(f"/settings/accounts/{account}", toast=("已保存，请再检查一次", "Saved; check it again"))
    return view.invalid("reach/account_form.html", about=about, form=form, account=found)


@submit("/settings/accounts/{account:int}/check", "channel.write", audits="account_checked", about="account:{account}")
def check_account(view: View, stores: Stores, channels: Channels, account: Id) -> Html:
    found = check_and_release(stores, channels, account)
    return view.redirect(f"/settings/accounts/{account}", toast=(found.zh, found.en))


@submit("/settings/accounts/{account:int}/renew", "channel.write", audits="account_secret_renewed")
def renew_secret(view: View, stores: Stores, channels: Channels, outside: Outside, account: Id) -> Html:
    made = accounts.renew_secret(stores, channels, account)
    note(f"account:{account}")
    return _one(view, stores, channels, outside, account, made)


@submit(
    "/settings/accounts/{account:int}/disable", "channel.write", audits="account_disabled", about="account:{account}"
)
def disable_account(view: View, stores: Stores, account: Id) -> Html:
    accounts.disable_account(stores, account)
    undo = f"/settings/accounts/{account}/enable"
    return view.redirect(f"/settings/accounts/{account}", toast=("账号已停用", "Account disabled"), undo=undo)


@submit("/settings/accounts/{account:int}/enable", "channel.write", audits="account_enabled", about="account:{account}")
def enable_account(view: View, stores: Stores, account: Id) -> Html:
    accounts.enable_account(stores, account)
    return view.redirect(f"/settings/accounts/{account}", toast=("账号已启用", "Account enabled"))


@submit(
    "/settings/accounts/{account:int}/tell-again", "channel.write", audits="leads_told_again", about="account:{account}"
)
def tell_leads_again(view: View, stores: Stores, account: Id) -> Html:
    count = send_again(stores, accounts.get_account(stores, account).id)
    toast = (f"{count} 条回传将在几分钟内重发", f"{count} reports are told again within minutes")
    return view.redirect(f"/settings/accounts/{account}", toast=toast)


ROUTES = [
    list_accounts,
    new_account,
    open_account,
    one_account,
    edit_account,
    change_account,
    check_account,
    renew_secret,
    disable_account,
    enable_account,
    tell_leads_again,
]
