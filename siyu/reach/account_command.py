"""What ``siyu account …`` answers. Who may read the home folder may do all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from msgspec import to_builtins

from siyu.channels import accounts
from siyu.channels.accounts import AccountView
from siyu.channels.ocean.sending import send_again
from siyu.channels.platform import callbacks
from siyu.channels.prices import price_of
from siyu.channels.registry import Channels, channels_of, receivers_of
from siyu.reach.pausing import check_and_release, stopped_accounts
from siyu.storage import Stores


def shown(stores: Stores, view: AccountView, **more: Any) -> dict[str, Any]:
    """An account without its secrets; ``callback``: the path that its platform calls, behind the public address."""
    told = asdict(view)
    told["check"] = told.pop("check_result")
    told["price"] = to_builtins(price_of(stores, view.id))
    return {**told, "stopped": stopped_accounts(stores).get(view.id), "callback": callback_of(stores, view), **more}


def callback_of(stores: Stores, view: AccountView) -> str | None:
    """The path to paste into the platform's console; None where the platform calls nobody."""
    return callbacks.address(stores, view.channel, view.id) if view.channel in receivers_of() else None


def list_all(stores: Stores) -> Mapping[str, Any]:
    return {"accounts": [shown(stores, view) for view in accounts.list_accounts(stores)]}


def list_channels(stores: Stores) -> Mapping[str, Any]:
    """The channels and the settings that an account of each takes."""
    about = [channel.about for channel in channels_of(stores).values()]
    return {
        "channels": [
            {
                "name": each.name,
                "zh": each.zh,
                "en": each.en,
                "sends": each.sends,
                "settings": [{"name": f.name, "kind": f.kind, "zh": f.zh, "en": f.en} for f in each.fields],
            }
            for each in about
        ]
    }


def open_one(stores: Stores, channel: str, name: str, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """The new account, with the secrets that were made up for it, this once."""
    number, made = accounts.open_account(stores, channels_of(stores), channel=channel, name=name, settings=settings)
    return shown(stores, accounts.get_account(stores, number), **({"secrets": dict(made)} if made else {}))


def change(stores: Stores, account: int, name: str | None, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    accounts.change_account(stores, channels_of(stores), account, name=name, settings=dict(settings) or None)
    return shown(stores, accounts.get_account(stores, account))


def act(stores: Stores, action: str, account: int) -> Mapping[str, Any]:
    """Check, disable, enable, renew (a new secret), tell-again (reports of leads that did not go through)."""
    channels = channels_of(stores)
    try:
        return _act(stores, channels, action, account)
    finally:
        channels.close()


def _act(stores: Stores, channels: Channels, action: str, account: int) -> Mapping[str, Any]:
    if action == "check":
        found = check_and_release(stores, channels, account)
        steps = [each.plain() for each in found.steps]
        return {"works": found.works, "zh": found.zh, "en": found.en, "detail": dict(found.detail), "steps": steps}
    if action == "renew":
        made = accounts.renew_secret(stores, channels, account)
        return shown(stores, accounts.get_account(stores, account), secrets=dict(made))
    if action == "tell-again":
        return {"waiting": send_again(stores, accounts.get_account(stores, account).id)}
    if action == "disable":
        accounts.disable_account(stores, account)
    else:
        accounts.enable_account(stores, account)
    return shown(stores, accounts.get_account(stores, account))
