"""What can be asked about staff. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from siyu.staff import lockout
from siyu.staff.model import Actor, ApiKey, Member, SavedView
from siyu.staff.passwords import digest
from siyu.staff.roles import may_grant
from siyu.staff.tables import api_keys, saved_views, sign_ins, staff
from siyu.storage import NotFound, Stores

STAFF_MAX = 1_000


def anybody(stores: Stores) -> bool:
    """Whether the installation has an owner yet; if not, the first-run page makes one."""
    with stores.ledger.read() as conn:
        return conn.execute(sa.select(staff.c.id).limit(1)).first() is not None


_LAST_SEEN = sa.select(sa.func.max(sign_ins.c.seen)).where(sign_ins.c.staff == staff.c.id).scalar_subquery()


def _members(seen: sa.ColumnElement[Any] = _LAST_SEEN) -> sa.Select[Any]:
    return sa.select(
        staff.c.id,
        staff.c.login,
        staff.c.name,
        staff.c.role,
        staff.c.language,
        staff.c.created,
        staff.c.disabled,
        seen.label("seen"),
    )


def _member(row: Row[Any], locked: Mapping[str, datetime] | None = None) -> Member:
    return Member(*row, locked_until=(locked or {}).get(row.login))


def members(stores: Stores) -> list[Member]:
    """Everybody who works here, by name."""
    with stores.ledger.read() as conn:
        rows = conn.execute(_members().order_by(staff.c.name).limit(STAFF_MAX)).all()
        locked = lockout.locked(conn, stores.clock.now(), (row.login for row in rows))
    return [_member(row, locked) for row in rows]


def member(stores: Stores, number: int) -> Member:
    """One member of staff. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        row = conn.execute(_members().where(staff.c.id == number)).one_or_none()
    if row is None:
        raise NotFound("staff_unknown", "没有这位员工。", "There is no such member of staff.")
    return _member(row)


def names(stores: Stores) -> dict[str, str]:
    """The name behind each actor tag (``staff:3`` → 张伟, ``key:2`` → the key's name), for lists."""
    with stores.ledger.read() as conn:
        people = conn.execute(sa.select(staff.c.id, staff.c.name)).all()
        keys = conn.execute(sa.select(api_keys.c.id, api_keys.c.name)).all()
    return {f"staff:{row.id}": row.name for row in people} | {f"key:{row.id}": row.name for row in keys}


def signed_in(stores: Stores, token: str) -> Member | None:
    """The member of staff whose browser holds this token (``seen``: when this sign-in last moved on).

    ``None`` where it has expired or they were disabled.
    """
    query = (
        _members(sign_ins.c.seen)
        .join(sign_ins, sign_ins.c.staff == staff.c.id)
        .where(
            sign_ins.c.token == digest(token),
            sign_ins.c.expires > stores.clock.now(),
            staff.c.disabled.is_(None),
        )
    )
    with stores.ledger.read() as conn:
        row = conn.execute(query).one_or_none()
    return None if row is None else _member(row)


def keys(stores: Stores) -> list[ApiKey]:
    """API keys, newest first."""
    columns = [column for column in api_keys.c if column.name != "secret"]
    with stores.ledger.read() as conn:
        return [ApiKey(*row) for row in conn.execute(sa.select(*columns).order_by(api_keys.c.id.desc()))]


def key_holder(stores: Stores, secret: str) -> Actor | None:
    """Who a Bearer secret stands for.

    ``None`` where it was revoked, and where whoever made it may no longer give that much away: they were disabled, or
    have a smaller role now. (A key made on the command line has no maker, and stands for itself.)
    """
    query = (
        sa.select(
            api_keys.c.id,
            api_keys.c.name,
            api_keys.c.role,
            api_keys.c.by,
            staff.c.disabled,
            staff.c.role.label("maker"),
        )
        .outerjoin_from(api_keys, staff, staff.c.id == api_keys.c.by)
        .where(api_keys.c.secret == digest(secret), api_keys.c.revoked.is_(None))
    )
    with stores.ledger.read() as conn:
        row = conn.execute(query).one_or_none()
    if row is None or row.disabled is not None or (row.maker is not None and not may_grant(row.maker, row.role)):
        return None
    return Actor("key", row.id, row.name, row.role)


def views(stores: Stores, member: int, page: str) -> list[SavedView]:
    """The saved views of one member of staff on one list."""
    query = (
        sa.select(saved_views.c.id, saved_views.c.page, saved_views.c.name, saved_views.c.query)
        .where(saved_views.c.staff == member, saved_views.c.page == page)
        .order_by(saved_views.c.name)
    )
    with stores.ledger.read() as conn:
        return [SavedView(*row) for row in conn.execute(query)]
