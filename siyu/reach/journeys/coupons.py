"""Journeys give coupons: a reward step that gives "coupon" with terms ``{"kind": 3}``. A run gives each person one,
once however often the step is carried out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from siyu.loyalty.coupons import kinds
from siyu.loyalty.coupons.model import Take
from siyu.loyalty.coupons.taking import take
from siyu.reach.journeys.rewards import REWARDS, TERMS, Terms
from siyu.storage import BadInput, Stores

OFFERED_MAX = 200


def give(conn: Connection, persons: Sequence[int], terms: Mapping[str, Any], what_for: str, at: datetime) -> None:
    """See :data:`siyu.reach.journeys.rewards.Give`. Whom the kind's stock, budget or limit leaves none gets none."""
    kind = _number(terms.get("kind"))
    if kind is None:
        return
    by = what_for[:100]
    take(conn, at, [Take(kind, person, f"{what_for}:{person}"[-200:], "旅程", by) for person in persons])


def check(terms: Mapping[str, Any]) -> None:
    """Raises :class:`BadInput`."""
    if set(terms) != {"kind"} or _number(terms["kind"]) is None:
        raise BadInput("journey_coupon", "请选择送哪种优惠券。", "Choose which coupon is given.", field="terms")


def offered(stores: Stores) -> list[tuple[int, str]]:
    """Kinds that can be given now, the newest first."""
    now = stores.clock.now()
    found = kinds.page(stores, rows_max=OFFERED_MAX)
    given = [kind for kind in found if kind.codes != "printed" and kind.stopped is None and kind.refuses(now) is None]
    return [(kind.id, kind.name) for kind in given]


def _number(kind: object) -> int | None:
    return int(kind) if not isinstance(kind, bool) and isinstance(kind, int | str) and str(kind).isdecimal() else None


REWARDS["coupon"] = give
TERMS["coupon"] = Terms("优惠券", "a coupon", "kind", ("送哪种优惠券", "Which coupon"), check, offered)
