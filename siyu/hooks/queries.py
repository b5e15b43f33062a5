"""What is subscribed, and what became of each delivery."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from siyu.hooks.model import Attempt, Delivery, Hook
from siyu.hooks.tables import hook_attempts, hook_deliveries, hooks
from siyu.storage import NotFound, Stores

PAGE_MAX = 500
ATTEMPTS_SHOWN_MAX = 100

_HOOK = tuple(hooks.c[name] for name in Hook.__dataclass_fields__)
_DELIVERY = tuple(hook_deliveries.c[name] for name in Delivery.__dataclass_fields__)


def all_hooks(stores: Stores) -> list[Hook]:
    """Every subscription that was not removed, the oldest first."""
    with stores.ledger.read() as conn:
        return [
            Hook(*row) for row in conn.execute(sa.select(*_HOOK).where(hooks.c.removed.is_(None)).order_by(hooks.c.id))
        ]


def get(stores: Stores, hook: int) -> Hook:
    """One subscription. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(*_HOOK).where(hooks.c.id == hook, hooks.c.removed.is_(None))).one_or_none()
    if row is None:
        raise NotFound("no_hook", f"没有编号为 {hook} 的事件推送。", f"There is no subscription {hook}.")
    return Hook(*row)


def counts(stores: Stores, hook: int) -> dict[str, int]:
    """State → how many deliveries of a subscription's log are in it."""
    columns = hook_deliveries.c
    query = sa.select(columns.state, sa.func.count()).where(columns.hook == hook).group_by(columns.state)
    with stores.ledger.read() as conn:
        return {str(state): int(count) for state, count in conn.execute(query)}


def deliveries(
    stores: Stores,
    hook: int,
    *,
    words: str = "",
    state: str = "",
    name: str = "",
    before: int | None = None,
    limit: int = 50,
) -> list[Delivery]:
    """The log of one subscription, newest first, below number ``before``.

    ``words`` is a webhook-id, a person's number, or a response code.
    """
    columns = hook_deliveries.c
    query = sa.select(*_DELIVERY).where(columns.hook == hook).order_by(columns.id.desc()).limit(min(limit, PAGE_MAX))
    if before is not None:
        query = query.where(columns.id < before)
    if state:
        query = query.where(columns.state == state)
    if name:
        query = query.where(columns.name == name)
    if words:
        query = query.where(_meant(words.strip()))
    with stores.ledger.read() as conn:
        return [Delivery(*row) for row in conn.execute(query)]


def _meant(words: str) -> sa.ColumnElement[bool]:
    columns = hook_deliveries.c
    number = words.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) <= 10:
        return sa.or_(columns.person == int(number), columns.node == int(number), columns.status == int(number))
    return sa.or_(columns.event == words, columns.message_id == words)


def get_delivery(stores: Stores, delivery: int) -> Delivery:
    """One delivery. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(*_DELIVERY).where(hook_deliveries.c.id == delivery)).one_or_none()
    if row is None:
        raise NotFound("no_delivery", f"没有编号为 {delivery} 的推送记录。", f"There is no delivery {delivery}.")
    return Delivery(*row)


def attempts(stores: Stores, delivery: int) -> list[Attempt]:
    """The calls of one delivery, the newest first."""
    columns = hook_attempts.c
    with stores.ledger.read() as conn:
        rows: Sequence[Any] = conn.execute(
            sa.select(*(columns[name] for name in Attempt.__dataclass_fields__))
            .where(columns.delivery == delivery)
            .order_by(columns.id.desc())
            .limit(ATTEMPTS_SHOWN_MAX)
        ).all()
    return [Attempt(*row) for row in rows]
