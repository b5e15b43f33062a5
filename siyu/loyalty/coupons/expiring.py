"""What has ended, and telling before it does."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from siyu.jobs import preferences
from siyu.jobs.preferences import Preference
from siyu.loyalty.coupons.moving import Move, move, opened
from siyu.loyalty.coupons.tables import coupon_kinds, coupons
from siyu.people.actions import append_own
from siyu.storage import Stores, sent

COUPONS_A_WRITE = 5_000
NOTICE_DAYS_MAX = 60
LASTED_MIN = timedelta(hours=20)
"""Who took a coupon just now is not told that it ends."""

NOTICE_DAYS = preferences.register(
    Preference(
        "coupon_notice_days",
        3,
        "优惠券到期前几天提醒",
        "Days before a coupon ends to tell of it",
        "到期前这么多天产生“优惠券即将过期”事件，旅程可据此提醒客户。0 表示不提醒。",
        "So many days before it ends there is an event “coupon ends soon”, which journeys can act on. 0: never.",
        check=lambda days: 0 <= days <= NOTICE_DAYS_MAX,
    )
)


def end(stores: Stores) -> int:
    """End open coupons whose time is over, at most ``COUPONS_A_WRITE``; how many. Where none is, nothing is written."""
    now = stores.clock.now()
    over = (coupons.c.stage == "open", coupons.c.ends <= now)
    with stores.ledger.read() as conn:
        numbers = list(conn.execute(sa.select(coupons.c.id).where(*over).limit(COUPONS_A_WRITE)).scalars())
    if not numbers:
        return 0
    with stores.ledger.write() as conn:
        asked = sent(conn, id=(sa.BigInteger, numbers))
        kinds, rows = opened(conn, coupons.c.id.in_(sa.select(asked.c.id)))
        moves = [
            Move(row=row, to="ended", what="ended", by="system")
            for row in rows.values()
            if row.stage == "open" and row.ends <= now
        ]
        move(conn, now, kinds, moves)
        return len(moves)


def tell(stores: Stores) -> int:
    """Tell, once, of open coupons that end within the days of notice, at most ``COUPONS_A_WRITE``; how many."""
    now = stores.clock.now()
    days = preferences.get(stores, NOTICE_DAYS.name)
    ending = sa.and_(
        coupons.c.stage == "open",
        coupons.c.ends > now,
        coupons.c.ends <= now + timedelta(days=days),
        coupons.c.taken <= now - LASTED_MIN,
        coupons.c.told.is_(False),
        coupons.c.person.is_not(None),
    )
    with stores.ledger.read() as conn:
        first = sa.select(coupons.c.id).where(ending).order_by(coupons.c.ends).limit(COUPONS_A_WRITE)
        numbers = list(conn.execute(first).scalars()) if days else []
    if not numbers:
        return 0
    with stores.ledger.write() as conn:
        asked = sent(conn, id=(sa.BigInteger, numbers))
        marked = sa.update(coupons).where(coupons.c.id.in_(sa.select(asked.c.id)), ending).values(told=True)
        columns = [coupons.c[name] for name in ("id", "kind", "person", "ends")]
        rows = conn.execute(marked.returning(*columns)).all()
        named = conn.execute(sa.select(coupon_kinds.c.id, coupon_kinds.c.name))
        names = {row.id: row.name for row in named}
        append_own(
            conn,
            [
                {
                    "message_id": f"coupon-{row.id}-ending-{int(row.ends.timestamp())}",
                    "time": now,
                    "name": "coupon_ending",
                    "person": row.person,
                    "properties": {
                        "coupon": row.id,
                        "kind": row.kind,
                        "title": names[row.kind],
                        "ends": row.ends.isoformat(),
                    },
                }
                for row in rows
            ],
        )
        return len(rows)
