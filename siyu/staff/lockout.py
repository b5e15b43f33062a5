"""Guessing passwords takes for ever: after some wrong ones, a login is locked for a while.

Wrong passwords are counted by the text typed as login, whoever it belongs to, together with the address they came
from: the answers to a login that exists and to one that doesn't stay the same, and a stranger who guesses locks
himself out, not the owner. A wider count over all addresses stops those who have many.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.staff.networks import network_of
from siyu.staff.passwords import digest
from siyu.staff.tables import wrong_passwords
from siyu.storage import NotAllowed, Stores, insert_into

FAILURES_MAX = 5
"""Wrong passwords in a row for one login from one address."""
FAILURES_ANYWHERE_MAX = 50
"""… and from all addresses together."""
LOCKED = timedelta(minutes=15)
FORGOTTEN = timedelta(days=1)

_ANYWHERE = ""


def login_text(typed: str) -> str:
    """A login as it is compared."""
    return typed.strip().lower()


def refuse_locked(stores: Stores, login: str, address: str) -> None:
    """Raise :class:`NotAllowed` where too many wrong passwords were given; before any password is looked at."""
    now = stores.clock.now()
    table = wrong_passwords
    query = sa.select(sa.func.max(table.c.locked_until)).where(
        table.c.login == digest(login), table.c.address.in_([_at(address), _ANYWHERE])
    )
    with stores.ledger.read() as conn:
        until: datetime | None = conn.execute(query).scalar_one()
    if until is None or until <= now:
        return
    minutes = max(1, round((until - now).total_seconds() / 60))
    raise NotAllowed(
        "locked_out",
        f"密码错误次数过多，请 {minutes} 分钟后再试，或请管理员重置密码。",
        f"Too many wrong passwords; try again in {minutes} minutes, or ask an administrator for a new password.",
    )


def count_failure(conn: Connection, now: datetime, login: str, address: str) -> None:
    """One more wrong password."""
    table = wrong_passwords
    conn.execute(sa.delete(table).where(table.c.last < now - FORGOTTEN))
    for place, most in ((_at(address), FAILURES_MAX), (_ANYWHERE, FAILURES_ANYWHERE_MAX)):
        add = insert_into(conn, table).values(login=digest(login), address=place, failures=1, last=now)
        add = add.on_conflict_do_update(
            index_elements=[table.c.login, table.c.address], set_={"failures": table.c.failures + 1, "last": now}
        )
        if conn.execute(add.returning(table.c.failures)).scalar_one() >= most:
            mine = sa.and_(table.c.login == digest(login), table.c.address == place)
            conn.execute(sa.update(table).where(mine).values(failures=0, locked_until=now + LOCKED))


def forgive(conn: Connection, login: str, address: str | None = None) -> None:
    """Forget the wrong passwords: those from one address after the right one, all of them when an administrator
    says so."""
    mine = wrong_passwords.c.login == digest(login)
    if address is not None:
        mine = sa.and_(mine, wrong_passwords.c.address == _at(address))
    conn.execute(sa.delete(wrong_passwords).where(mine))


def locked(conn: Connection, now: datetime, logins: Iterable[str]) -> dict[str, datetime]:
    """Which of these logins are locked for somebody, and until when."""
    by_hash = {digest(login): login for login in logins}
    query = sa.select(wrong_passwords.c.login, sa.func.max(wrong_passwords.c.locked_until)).where(
        wrong_passwords.c.locked_until > now
    )
    found = conn.execute(query.group_by(wrong_passwords.c.login)).all()
    return {by_hash[login]: until for login, until in found if login in by_hash}


def _at(address: str) -> str:
    return network_of(address) or "?"
