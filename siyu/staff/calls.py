"""API calls that may be sent twice: the same ``Idempotency-Key`` does the work once and answers the same.

Begun before the work, ended after it. A call whose process died in between stays begun: nobody can know whether it
did its work, so sending it again is refused with words, and the caller looks before choosing a new key.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from siyu.staff.tables import answered_calls
from siyu.storage import BadInput, Conflict, Stores, insert_into

KEPT = timedelta(days=1)
KEY_CHARACTERS_MAX = 200


def begin(stores: Stores, by: str, key: str, request: str) -> bytes | None:
    """Claim a key: ``None`` where the work is to be done now, else the answer given before.

    Raises :class:`BadInput` for a key that is none, :class:`Conflict` where it was used for another request or its
    first call has not ended.
    """
    if not 1 <= len(key) <= KEY_CHARACTERS_MAX or not key.isprintable():
        raise BadInput(
            "idempotency_key", "Idempotency-Key 需要 1 到 200 个字符。", "An Idempotency-Key has 1 to 200 characters."
        )
    now = stores.clock.now()
    mine = sa.and_(answered_calls.c.by == by, answered_calls.c.key == key)
    with stores.ledger.write() as conn:
        conn.execute(sa.delete(answered_calls).where(answered_calls.c.at < now - KEPT))
        claim = insert_into(conn, answered_calls).values(by=by, key=key, at=now, request=request)
        if conn.execute(claim.on_conflict_do_nothing()).rowcount:
            return None
        row = conn.execute(sa.select(answered_calls).where(mine)).one()
    if row.request != request:
        raise Conflict(
            "idempotency_reused",
            "这个 Idempotency-Key 已用于另一个请求。",
            "This Idempotency-Key was used for another request.",
        )
    if row.answer is None:
        raise Conflict(
            "idempotency_unknown",
            "同一请求尚未结束，或中断而结果未知；请先查询，再决定是否换一个 Idempotency-Key 重发。",
            "The same request has not ended, or broke off; look first, then send it with a new Idempotency-Key.",
        )
    return row.answer


def end(stores: Stores, by: str, key: str, answer: bytes | None) -> None:
    """Keep the answer; ``None`` where the work was refused, so that the key is free again."""
    mine = sa.and_(answered_calls.c.by == by, answered_calls.c.key == key)
    with stores.ledger.write() as conn:
        if answer is None:
            conn.execute(sa.delete(answered_calls).where(mine))
        else:
            conn.execute(sa.update(answered_calls).where(mine).values(answer=answer))
