"""Settings → channel accounts: opened step by step, checked live."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from siyu.channels import accounts
from siyu.channels.accounts import AccountView
from siyu.channels.calls import is_local
from siyu.channels.health import KINDS, Row, health_of, matrix, steps_of
from siyu.channels.ocean.sending import send_again
from siyu.channels.platform import callbacks
from siyu.channels.platform.hearing import Hearing
from siyu.channels.prices import price_of, read_price, set_price
from siyu.channels.protocol import About, Field
from siyu.channels.registry import Channels
from siyu.channels.wecom.syncing import WORDS, sync_status
from siyu.reach.guard import reason_words
from siyu.reach.pausing import check_and_release, stopped_accounts
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import menu
from siyu.web.call_words import call_words
from siyu.web.current import note, t
from siyu.web.forms import Form
from siyu.web.listing import Column, Listing
from siyu.web.outside import Outside
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

STATES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"good": ("通过", "Works"), "bad": ("未通过", "Failed"), "open": ("待完成", "To be done")}
)
"""How far a step is, in words."""

menu.page("settings", "/settings/accounts", "渠道账号", "Channel accounts", permission="channel.write", order=20)


NOTHING: Mapping[str, str] = MappingProxyType({})
LISTED = (
    Column("name", "账号", "Account", sort=True),
    Column("owner", "企业 / 应用", "Company / app", sort=True, narrow=False),
    Column("state", "状态", "State"),
    Column("steps", "步骤", "Steps"),
    Column("reached", "最近回调", "Last callback", narrow=False),
    Column("faults", "今日失败调用", "Failed calls today", sort=True, numeric=True, narrow=False),
    Column("share", "今日额度", "Quota today", numeric=True, narrow=False),
    Column("read", "最近读取", "Last read", narrow=False),
)
SORTS: Mapping[str, Callable[[Row], Any]] = {
    "name": lambda row: row.account.name,
    "owner": lambda row: row.owner,
    "faults": lambda row: row.faults,
}


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
    listing = Listing.read("accounts", LISTED, filters=("channel", "worry"))
    stopped = {number: reason_words(reason) for number, reason in stopped_accounts(stores).items()}
    rows = matrix(stores)
    words, channel = listing.words.casefold(), listing.filters["channel"]
    found = [
        row
        for row in rows
        if channel in ("", row.account.channel)
        and words in f"{row.account.name}\n{row.owner}".casefold()
        and (not listing.filters["worry"] or row.worry or row.account.id in stopped)
    ]
    if listing.sort:
        found.sort(key=SORTS[listing.sort], reverse=listing.descending)
    return view.render(
        "reach/accounts.html",
        fragment="list",
        listing=listing.paged(found),
        used=list(dict.fromkeys(row.account.channel for row in rows)),
        abouts={name: each.about for name, each in channels.items()},
        stopped=stopped,
        states=STATES,
        address_of=_address_of,
    )


def _address_of(row: Row) -> str:
    return f"/settings/accounts/{row.account.id}"


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
    view: View,
    stores: Stores,
    channels: Channels,
    outside: Outside,
    account: int,
    made: Mapping[str, str] = NOTHING,
    *,
    fragment: str = "",
    form: Form | None = None,
) -> Html:
    health = health_of(stores, account)
    found, reason = health.account, stopped_accounts(stores).get(account)
    about = channels[found.channel].about
    labels = {field.name: (field.zh, field.en) for field in about.fields}
    renewed = [t(*labels.get(name, (name, name))) for name in channels[found.channel].new_secrets()]
    busy = health.reading is not None and health.reading.job is not None and health.reading.job.unfinished
    address = callbacks.address(stores, found.channel, account) if health.hearing is not None else ""
    show = view.render if form is None else view.invalid
    return show(
        "reach/account.html",
        fragment=fragment,
        account=found,
        about=about,
        made=made,
        labels=labels,
        renews=t("、", ", ").join(renewed),
        address=outside.address + address if address else "",
        local=is_local(outside.address),
        stopped=reason_words(reason) if reason else None,
        sync=sync_status(stores, account) if found.channel == "wecom" else None,
        sync_words=WORDS,
        health=health,
        call_words=call_words,
        hearing=health.hearing,
        findings=(found.check_result or {}).get("steps", []),
        steps=_steps(found, health.hearing),
        states=STATES,
        kinds=KINDS,
        shown={field.name: _shown(field, found.settings.get(field.name)) for field in about.fields},
        form=form or Form.showing(price=_price_written(price_of(stores, account))),
        watching=busy or (health.hearing is not None and health.hearing.state != "good"),
    )


def _price_written(price: Decimal | None) -> str:
    """As it goes into a field: without zeros behind."""
    return "" if price is None else f"{price.normalize():f}"


def _steps(account: AccountView, hearing: Hearing | None) -> dict[str, str]:
    """State by step; where there is but one, it is that of the whole check."""
    steps: dict[str, str] = dict(steps_of(account, hearing))
    if account.check_result is not None and "connection" not in steps:
        steps["connection"] = "good" if account.check_result["works"] else "bad"
    return steps


def _shown(field: Field, value: Any) -> str:
    """A setting as people read it."""
    if field.kind == "yes_no":
        return t("是", "Yes") if value else t("否", "No")
    chosen = next((each for each in field.choices if each[0] == value), None)
    if chosen is not None:
        return t(chosen[1], chosen[2])
    return "—" if value in (None, "") else str(value)


@page("/settings/accounts/{account:int}", "channel.write")
def one_account(view: View, stores: Stores, channels: Channels, outside: Outside, account: Id) -> Html:
    return _one(view, stores, channels, outside, account, fragment="state")


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


@submit(
    "/settings/accounts/{account:int}/price", "channel.write", audits="account_price_set", about="account:{account}"
)
def price_account(
    view: View, stores: Stores, channels: Channels, outside: Outside, actor: Actor, form: Form, account: Id
) -> Html:
    with form.errors_kept():
        set_price(stores, actor.tag, account, read_price(form.get("price")))
        note(price=form.get("price"))
        return view.redirect(
            f"/settings/accounts/{account}", toast=("价格已保存，从现在起算", "The price is kept, from now on")
        )
    return _one(view, stores, channels, outside, account, form=form)


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
    price_account,
    check_account,
    renew_secret,
    disable_account,
    enable_account,
    tell_leads_again,
]
