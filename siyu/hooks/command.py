"""What ``siyu hook …`` answers. Who may read the home folder may do all of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import asdict

from siyu.channels import Caller
from siyu.channels.addresses import policy_of
from siyu.hooks import actions, queries
from siyu.hooks.answers import DeliveryAnswer, HookAnswer
from siyu.hooks.model import Wish
from siyu.jobs import preferences
from siyu.storage import BadInput, Stores

BY = "cli"
LOG_ROWS_MAX = 100


def list_all(stores: Stores) -> Mapping[str, Any]:
    return {"hooks": [asdict(HookAnswer.of(stores, hook)) for hook in queries.all_hooks(stores)]}


def add(stores: Stores, wish: Wish) -> Mapping[str, Any]:
    """The new subscription with its secret, this once."""
    caller = Caller(policy_of(stores))
    made = actions.create(stores, caller, BY, wish, may_see=True)
    caller.close()
    return _one(stores, made.id, made.secret)


def act(stores: Stores, action: str, hook: int) -> Mapping[str, Any]:
    """Pause, enable, remove, secret (a new one), test."""
    if action == "test":
        caller = Caller(policy_of(stores))
        answer = actions.test(stores, caller, hook)
        caller.close()
        return {"status": answer.status, "fault": answer.fault, "milliseconds": answer.milliseconds}
    if action == "secret":
        return _one(stores, hook, actions.renew_secret(stores, hook))
    if action == "remove":
        actions.remove(stores, hook)
        return {"removed": hook}
    if action == "pause":
        actions.pause(stores, hook)
    else:
        actions.go_on(stores, hook)
    return _one(stores, hook)


def replay(stores: Stores, hook: int, since: str) -> Mapping[str, Any]:
    """Send again from a moment, in the installation's time zone where it names none."""
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        raise BadInput(
            "bad_since",
            f"时间应写成 2026-11-22T08:00 这样，现在是 {since!r}。",
            f"Write the moment like 2026-11-22T08:00, not {since!r}.",
            field="since",
        ) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=preferences.timezone(stores))
    actions.replay(stores, hook, moment)
    return _one(stores, hook)


def log(stores: Stores, hook: int, words: str, state: str) -> Mapping[str, Any]:
    """The newest deliveries."""
    queries.get(stores, hook)
    found = queries.deliveries(stores, hook, words=words, state=state, limit=LOG_ROWS_MAX)
    return {"deliveries": [asdict(DeliveryAnswer.of(each)) for each in found]}


def resend(stores: Stores, delivery: int) -> Mapping[str, Any]:
    actions.send_again(stores, delivery)
    return {"delivery": delivery, "state": queries.get_delivery(stores, delivery).state}


def _one(stores: Stores, hook: int, secret: str | None = None) -> Mapping[str, Any]:
    return asdict(HookAnswer.of(stores, queries.get(stores, hook), secret))
