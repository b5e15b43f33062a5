"""What the command line and the API answer of subscriptions and their deliveries."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, convert

from siyu.hooks import queries
from siyu.hooks.model import Delivery, DeliveryState, Hook, State
from siyu.hooks.payload import Moment
from siyu.storage import Stores


class HookAnswer(Struct, frozen=True):
    """A subscription. `secret` is in the answer that made it, this once. `old_secret_until`: until when the secret
    before signs too. `failures` since the last success; `failing_since`: no success since; after three days it is
    `stopped`."""

    id: int
    name: str
    url: str
    events: list[str]
    audience: int | None
    where: list[dict[str, Any]]
    identifiers: list[str]
    personal: bool
    imports: bool
    state: State
    reason: str | None
    old_secret_until: Moment | None
    failures: int
    failing_since: Moment | None
    last_success: Moment | None
    created: Moment
    changed: Moment
    by: str
    deliveries: dict[str, int]
    secret: str | None = None

    @classmethod
    def of(cls, stores: Stores, hook: Hook, secret: str | None = None) -> HookAnswer:
        return cls(
            id=hook.id,
            name=hook.name,
            url=hook.url,
            events=list(hook.events),
            audience=hook.audience,
            where=[dict(each) for each in hook.where],
            identifiers=list(hook.identifiers),
            personal=hook.personal,
            imports=hook.imports,
            state=hook.state,
            reason=hook.reason,
            old_secret_until=hook.old_until,
            failures=hook.failures,
            failing_since=hook.failing_since,
            last_success=hook.answered,
            created=hook.created,
            changed=hook.changed,
            by=hook.by,
            deliveries=queries.counts(stores, hook.id),
            secret=secret,
        )


class DeliveryAnswer(Struct, frozen=True):
    """One event on its way to one receiver. `event` is its `webhook-id`; `status` the last response code, 0 without an
    answer."""

    id: int
    event: str
    name: str
    person: int
    time: Moment
    state: DeliveryState
    tries: int
    due: Moment
    settled: Moment | None
    status: int | None

    @classmethod
    def of(cls, delivery: Delivery) -> DeliveryAnswer:
        return convert(delivery, cls, from_attributes=True)
