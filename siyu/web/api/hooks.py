"""The API of event webhooks: subscriptions, their log, replay and test."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar.params import QueryParameter

from siyu.channels.registry import Channels
from siyu.hooks import actions, queries
from siyu.hooks.answers import DeliveryAnswer, HookAnswer
from siyu.hooks.model import EVERY, Delivery, DeliveryState, Hook, Wish
from siyu.hooks.payload import bodies
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web.current import may, note
from siyu.web.paging import CursorText, Id, Limit, Page, page_of, value_of
from siyu.web.routes import api_acts, api_read, api_write

Text = Annotated[str, msgspec.Meta(max_length=200)]


class HookFilter(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A filter on a field of the event, as in a rule: ``{"field": "amount", "op": "gte", "value": 100}``."""

    field: Text
    op: Text
    value: str | int | float | list[str | int | float] | None = None


class NewHook(msgspec.Struct, forbid_unknown_fields=True):
    """`events`: names of events, or `["*"]`. `audience`: only what happens to its members. `where`: filters that all
    have to match. `identifiers`: kinds that go along. `personal`: phones and e-mails whole, for which the caller needs
    `people.phone`. `imports`: also what comes from imported files."""

    name: Annotated[str, msgspec.Meta(max_length=80)]
    url: Annotated[str, msgspec.Meta(max_length=1000)]
    events: Annotated[list[Text], msgspec.Meta(max_length=100)] = msgspec.field(default_factory=lambda: [EVERY])
    audience: Annotated[int, msgspec.Meta(ge=1, le=2**31)] | None = None
    where: Annotated[list[HookFilter], msgspec.Meta(max_length=20)] = msgspec.field(default_factory=list[HookFilter])
    identifiers: Annotated[list[Text], msgspec.Meta(max_length=20)] = msgspec.field(default_factory=lambda: ["user_id"])
    personal: bool = False
    imports: bool = False


class HookChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is given changes; as for a new one. `audience` 0 takes the audience away."""

    name: Annotated[str, msgspec.Meta(max_length=80)] | None = None
    url: Annotated[str, msgspec.Meta(max_length=1000)] | None = None
    events: Annotated[list[Text], msgspec.Meta(max_length=100)] | None = None
    audience: Annotated[int, msgspec.Meta(ge=0, le=2**31)] | None = None
    where: Annotated[list[HookFilter], msgspec.Meta(max_length=20)] | None = None
    identifiers: Annotated[list[Text], msgspec.Meta(max_length=20)] | None = None
    personal: bool | None = None
    imports: bool | None = None


class AttemptAnswer(msgspec.Struct):
    """One call: response code, or the fault where there was no answer."""

    at: datetime
    ended: datetime | None
    status: int | None
    fault: str | None
    words: str | None
    milliseconds: int | None


class DeliveryDetail(msgspec.Struct):
    """A delivery with its calls, newest first, and the body as it would be sent now, as far as the caller may see."""

    delivery: DeliveryAnswer
    attempts: list[AttemptAnswer]
    body: Any


class Since(msgspec.Struct, forbid_unknown_fields=True):
    """From when to send again what Siyu got to know."""

    since: datetime


class TestAnswer(msgspec.Struct):
    """What the receiver said to a test."""

    status: int
    fault: str | None
    words: str
    milliseconds: int


def wish_of(hook: Hook) -> Wish:
    """What a subscription asks for now."""
    return Wish(
        hook.name, hook.url, hook.events, hook.audience, hook.where, hook.identifiers, hook.personal, hook.imports
    )


def changed_wish(hook: Hook, change: HookChange) -> Wish:
    given = {name: value for name in HookChange.__struct_fields__ if (value := getattr(change, name)) is not None}
    if change.where is not None:
        given["where"] = _filters(change.where)
    if change.audience == 0:
        given["audience"] = None
    before = wish_of(hook)
    return Wish(**{name: given.get(name, getattr(before, name)) for name in HookChange.__struct_fields__})


def _filters(given: Sequence[HookFilter]) -> list[dict[str, Any]]:
    return [msgspec.to_builtins(each) for each in given]


def body_seen(stores: Stores, hook: Hook, delivery: Delivery) -> Any:
    """The body as it would be sent now, masked for whoever may not see phones; None where it is erased."""
    body = bodies(stores, hook, [delivery], whole=hook.personal and may("people.phone")).get(delivery.id)
    return None if body is None else msgspec.json.decode(body)


@api_read("/api/hooks", "hooks.write")
def list_hooks(stores: Stores) -> list[HookAnswer]:
    """Every subscription, without its secrets."""
    return [HookAnswer.of(stores, hook) for hook in queries.all_hooks(stores)]


@api_write("POST", "/api/hooks", "hooks.write", audits="hook_created", repeatable=False)
def create_hook(stores: Stores, channels: Channels, actor: Actor, data: NewHook) -> HookAnswer:
    """Subscribe an address to what happens from now on. Its signing secret is in the answer, this once."""
    wish = Wish(
        data.name,
        data.url,
        data.events,
        data.audience,
        _filters(data.where),
        data.identifiers,
        data.personal,
        data.imports,
    )
    made = actions.create(stores, channels.caller, actor.tag, wish, may_see=may("people.phone"))
    note(f"hook:{made.id}", name=data.name, personal=data.personal)
    return HookAnswer.of(stores, queries.get(stores, made.id), made.secret)


@api_read("/api/hooks/{hook:int}", "hooks.write")
def one_hook(stores: Stores, hook: Id) -> HookAnswer:
    """One subscription, without its secrets."""
    return HookAnswer.of(stores, queries.get(stores, hook))


@api_write("PATCH", "/api/hooks/{hook:int}", "hooks.write", audits="hook_changed", about="hook:{hook}")
def change_hook(stores: Stores, channels: Channels, actor: Actor, hook: Id, data: HookChange) -> HookAnswer:
    """Change what is asked for; it holds for what is sent from now on."""
    wish = changed_wish(queries.get(stores, hook), data)
    actions.change(stores, channels.caller, actor.tag, hook, wish, may_see=may("people.phone"))
    note(personal=wish.personal)
    return HookAnswer.of(stores, queries.get(stores, hook))


@api_write("DELETE", "/api/hooks/{hook:int}", "hooks.write", audits="hook_removed", about="hook:{hook}")
def remove_hook(stores: Stores, hook: Id) -> None:
    """Send nothing any more, for good."""
    actions.remove(stores, hook)


_act = api_acts("/api/hooks/{hook:int}", "hooks.write", about="hook:{hook}")


@_act("pause", "hook_paused")
def pause_hook(stores: Stores, hook: Id) -> HookAnswer:
    """Send nothing for now; what happens meanwhile is sent later."""
    actions.pause(stores, hook)
    return HookAnswer.of(stores, queries.get(stores, hook))


@_act("enable", "hook_enabled")
def enable_hook(stores: Stores, hook: Id) -> HookAnswer:
    """Send again, from where it stopped."""
    actions.go_on(stores, hook)
    return HookAnswer.of(stores, queries.get(stores, hook))


@_act("secret", "hook_secret_renewed", repeatable=False)
def renew_secret(stores: Stores, hook: Id) -> HookAnswer:
    """A new signing secret, in the answer this once. The one before signs too for 24 hours."""
    secret = actions.renew_secret(stores, hook)
    return HookAnswer.of(stores, queries.get(stores, hook), secret)


@_act("secret/end-old", "hook_old_secret_ended")
def end_old_secret(stores: Stores, hook: Id) -> HookAnswer:
    """The secret before signs no more, from now on."""
    actions.end_old_secret(stores, hook)
    return HookAnswer.of(stores, queries.get(stores, hook))


@_act("test", "hook_tested", repeatable=False)
def test_hook(stores: Stores, channels: Channels, hook: Id) -> TestAnswer:
    """Send a test now: signed like the others, without anybody's data."""
    answer = actions.test(stores, channels.caller, hook)
    return TestAnswer(answer.status, answer.fault, answer.words[:1000], answer.milliseconds)


@_act("replay", "hook_replayed")
def replay(stores: Stores, hook: Id, data: Since) -> HookAnswer:
    """Send again what Siyu got to know since a moment: same ids, same order."""
    if data.since.tzinfo is None:
        raise BadInput(
            "since_without_zone", "时间需要带时区。", "The moment needs a time zone.", field="since"
        )  # fmt: skip
    actions.replay(stores, hook, data.since)
    note(since=data.since.isoformat())
    return HookAnswer.of(stores, queries.get(stores, hook))


@api_read("/api/hooks/{hook:int}/deliveries", "hooks.write")
def list_deliveries(
    stores: Stores,
    hook: Id,
    q: Annotated[str, QueryParameter(max_length=200, description="A webhook-id, a person's number, a code.")] = "",
    in_state: Annotated[DeliveryState | None, QueryParameter(name="state")] = None,
    name: Annotated[str, QueryParameter(max_length=200, description="The name of an event.")] = "",
    limit: Limit = 50,
    cursor: CursorText = "",
) -> Page[DeliveryAnswer]:
    """The log of a subscription, newest first."""
    queries.get(stores, hook)
    found = queries.deliveries(
        stores, hook, words=q, state=in_state or "", name=name, before=value_of(cursor, int), limit=limit + 1
    )
    return page_of(found, limit, lambda each: each.id, DeliveryAnswer.of)


@api_read("/api/hooks/deliveries/{delivery:int}", "hooks.write")
def one_delivery(stores: Stores, delivery: Id) -> DeliveryDetail:
    """One delivery with its calls and its body."""
    found = queries.get_delivery(stores, delivery)
    hook = queries.get(stores, found.hook)
    calls = [msgspec.convert(each, AttemptAnswer, from_attributes=True) for each in queries.attempts(stores, delivery)]
    return DeliveryDetail(DeliveryAnswer.of(found), calls, body_seen(stores, hook, found))


_act_on_delivery = api_acts("/api/hooks/deliveries/{delivery:int}", "hooks.write", about="hook_delivery:{delivery}")


@_act_on_delivery("resend", "hook_delivery_resent")
def resend(stores: Stores, delivery: Id) -> DeliveryAnswer:
    """Send it again under the same id; what waits goes at once."""
    actions.send_again(stores, delivery)
    return DeliveryAnswer.of(queries.get_delivery(stores, delivery))


@_act_on_delivery("skip", "hook_delivery_skipped")
def skip(stores: Stores, delivery: Id) -> DeliveryAnswer:
    """Give up a delivery that waits, so that the person's later events go."""
    actions.skip(stores, delivery)
    return DeliveryAnswer.of(queries.get_delivery(stores, delivery))


ROUTES = [
    list_hooks,
    create_hook,
    one_hook,
    change_hook,
    remove_hook,
    pause_hook,
    enable_hook,
    renew_secret,
    end_old_secret,
    test_hook,
    replay,
    list_deliveries,
    one_delivery,
    resend,
    skip,
]
