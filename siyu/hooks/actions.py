"""What can be done to a subscription: make, change, pause, go on, renew its secret, set it back, test, remove."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels import Answer, Caller, keyring
from siyu.channels.signing import new_secret
from siyu.hooks.model import CALL_SECONDS_MAX, HOOKS_MAX, OLD_SECRET_HOURS, TEST, WORDS_MAX, Hook, Wish
from siyu.hooks.payload import test_body
from siyu.hooks.queries import get, get_delivery
from siyu.hooks.tables import hook_attempts, hook_deliveries, hooks
from siyu.hooks.wishes import checked
from siyu.people import news
from siyu.storage import BadInput, Conflict, Stores

SEAL = "hooks"


class Made(NamedTuple):
    """A new subscription and its secret, to be shown this once."""

    id: int
    secret: str


def create(stores: Stores, caller: Caller, by: str, wish: Wish, *, may_see: bool) -> Made:
    """Subscribe an address: what happens from now on is sent there.

    ``may_see``: whether who asks may see phones and e-mails whole. Raises :class:`BadInput`, :class:`NotAllowed`.
    """
    values = checked(stores, caller, wish, may_see=may_see)
    news.give_places(stores)
    secret = new_secret()
    now = stores.clock.now()
    place = news.last_place(stores)
    with stores.ledger.write() as conn:
        if conn.execute(sa.select(sa.func.count()).where(hooks.c.removed.is_(None))).scalar_one() >= HOOKS_MAX:
            raise Conflict(
                "too_many_hooks",
                f"最多 {HOOKS_MAX} 个事件推送，请先删除不用的。",
                f"There are {HOOKS_MAX} subscriptions already; remove one that is not used.",
            )
        number = conn.execute(
            sa.insert(hooks)
            .values(
                **values,
                secrets=_sealed(stores, [secret]),
                state="active",
                place=place,
                created=now,
                changed=now,
                by=by,
            )
            .returning(hooks.c.id)
        ).scalar_one()
    return Made(number, secret)


def change(stores: Stores, caller: Caller, by: str, hook: int, wish: Wish, *, may_see: bool) -> None:
    """Change what is asked for; it holds for what is sent from now on. As :func:`create` for who may ask for what:
    who can't see phones can't give them another address either."""
    get(stores, hook)
    values = checked(stores, caller, wish, may_see=may_see)
    _update(stores, hook, **values, by=by)


def pause(stores: Stores, hook: int) -> None:
    """Send nothing; what happens meanwhile waits in the event log."""
    get(stores, hook)
    _update(stores, hook, state="paused", reason=None)


def go_on(stores: Stores, hook: int) -> None:
    """Send again, from where it stopped; what waited for another try goes at once."""
    get(stores, hook)
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        conn.execute(
            sa.update(hooks)
            .where(hooks.c.id == hook)
            .values(state="active", reason=None, failures=0, failing_since=None, rests_until=None, changed=now)
        )
        due_now(conn, hook, now)


def due_now(conn: Connection, hook: int, now: datetime) -> None:
    """Have what waits for another try go at once."""
    conn.execute(
        sa.update(hook_deliveries)
        .where(hook_deliveries.c.hook == hook, hook_deliveries.c.state == "waiting", hook_deliveries.c.due > now)
        .values(due=now)
    )


def renew_secret(stores: Stores, hook: int) -> str:
    """A new secret, to be shown this once. The one before signs too for ``OLD_SECRET_HOURS``."""
    now = stores.clock.now()
    secret = new_secret()
    live = secrets_of(stores, get(stores, hook))
    until = now + timedelta(hours=OLD_SECRET_HOURS)
    _update(stores, hook, secrets=_sealed(stores, [secret, live[0]]), old_until=until)
    return secret


def end_old_secret(stores: Stores, hook: int) -> None:
    """The secret before signs no more, from now on."""
    found = get(stores, hook)
    _update(stores, hook, secrets=_sealed(stores, secrets_of(stores, found)[:1]), old_until=None)


def secrets_of(stores: Stores, hook: Hook) -> list[str]:
    """The live secrets, the newest first."""
    with stores.ledger.read() as conn:
        sealed = conn.execute(sa.select(hooks.c.secrets).where(hooks.c.id == hook.id)).scalar_one()
    found: list[str] = json.loads(keyring(stores.home).open(sealed, SEAL))
    two = hook.old_until is not None and stores.clock.now() < hook.old_until
    return found[: 2 if two else 1]


def replay(stores: Stores, hook: int, since: datetime) -> None:
    """Read again from what Siyu got to know at ``since``: sent again under the same ids, in the same order.

    A moment ahead of its place leaves out what lies between. Raises :class:`BadInput` for a moment to come.
    """
    if since > stores.clock.now():
        raise BadInput("since_to_come", "时间不能晚于现在。", "This moment has not come yet.", field="since")
    get(stores, hook)
    news.give_places(stores)
    place = news.place_before(stores, since)
    _update(stores, hook, place=place, within=sa.null(), round=hooks.c.round + 1)


def remove(stores: Stores, hook: int) -> None:
    """Send nothing any more and forget its secrets; its log is kept as long as others'."""
    get(stores, hook)
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        conn.execute(
            sa.update(hooks)
            .where(hooks.c.id == hook)
            .values(removed=now, state="paused", secrets=b"", old_until=None, changed=now)
        )
        conn.execute(
            sa.update(hook_deliveries)
            .where(hook_deliveries.c.hook == hook, hook_deliveries.c.state == "waiting")
            .values(state="skipped", settled=now)
        )


def send_again(stores: Stores, delivery: int) -> None:
    """Send a delivery again, under the same id; one that waits goes at once. Raises :class:`Conflict` for a test."""
    found = get_delivery(stores, delivery)
    if found.name == TEST:
        raise Conflict("test_delivery", "试发不能重发，请再试发一次。", "A test is not sent again; make a new one.")
    get(stores, found.hook)
    with stores.ledger.write() as conn:
        conn.execute(
            sa.update(hook_deliveries)
            .where(hook_deliveries.c.id == delivery, hook_deliveries.c.state != "sending")
            .values(state="waiting", tries=0, due=stores.clock.now(), settled=None)
        )


def skip(stores: Stores, delivery: int) -> None:
    """Give up a delivery that waits, so that the person's later events go. Raises :class:`Conflict` if it does not."""
    get_delivery(stores, delivery)
    with stores.ledger.write() as conn:
        done = conn.execute(
            sa.update(hook_deliveries)
            .where(hook_deliveries.c.id == delivery, hook_deliveries.c.state == "waiting")
            .values(state="skipped", settled=stores.clock.now())
        ).rowcount
    if not done:
        raise Conflict("not_waiting", "只能跳过等待中的推送。", "Only a delivery that waits can be skipped.")


def test(stores: Stores, caller: Caller, hook: int) -> Answer:
    """Send a test, now and once; it is in the log. Works for a paused subscription too."""
    found = get(stores, hook)
    now = stores.clock.now()
    event = f"test_{token_hex(8)}"
    row = {"hook": hook, "event": event, "name": TEST, "person": 0, "node": 0, "time": now, "message_id": ""}
    with stores.ledger.write() as conn:
        number = conn.execute(
            sa.insert(hook_deliveries)
            .values(**row, state="skipped", round=found.round, tries=1, due=now, read=now, settled=now)
            .returning(hook_deliveries.c.id)
        ).scalar_one()
        attempt = conn.execute(
            sa.insert(hook_attempts).values(delivery=number, at=now).returning(hook_attempts.c.id)
        ).scalar_one()
    body = test_body(found, now)
    answer = caller.post(found.url, secrets_of(stores, found), event, body, seconds=CALL_SECONDS_MAX)
    with stores.ledger.write() as conn:
        note_answer(conn, attempt, answer, stores.clock.now())
        conn.execute(
            sa.update(hook_deliveries)
            .where(hook_deliveries.c.id == number)
            .values(state="delivered" if answer.good else "failed", status=answer.status)
        )
    return answer


def note_answer(conn: Connection, attempt: int, answer: Answer, now: datetime) -> None:
    """Write down what came of a call."""
    conn.execute(
        sa.update(hook_attempts)
        .where(hook_attempts.c.id == attempt)
        .values(
            ended=now,
            status=answer.status,
            fault=answer.fault,
            words=answer.words[:WORDS_MAX].replace("\x00", ""),
            milliseconds=answer.milliseconds,
        )
    )


def _update(stores: Stores, hook: int, **values: Any) -> None:
    with stores.ledger.write() as conn:
        conn.execute(sa.update(hooks).where(hooks.c.id == hook).values(changed=stores.clock.now(), **values))


def _sealed(stores: Stores, secrets: Sequence[str]) -> bytes:
    return keyring(stores.home).seal(json.dumps(list(secrets)).encode(), SEAL)
