"""Members of staff whom a platform vouches for: they have no password here, and their sign-in is good for one place.

Whoever is vouched for the first time becomes a member of staff, by the role that the account gives; from then on the
staff page says what they may do, and whether. A user id is never matched with a login: who hands out user ids at the
platform must not become somebody here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.staff import audit, passwords, queries
from siyu.staff.model import Actor, Member
from siyu.staff.tables import platform_sign_ins, platform_staff, staff
from siyu.storage import NotAllowed, Stores, insert_into

LASTS = timedelta(hours=12)
NAME_CHARACTERS_MAX = 64
NO_PASSWORD = "!"
"""No hash: nothing matches it."""
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,31}")


@dataclass(frozen=True, slots=True)
class Vouched:
    """Who is signed in by a platform: as whom there, as whom here."""

    account: int
    userid: str
    member: Member


def enter(
    stores: Stores,
    *,
    account: int,
    userid: str,
    name: str,
    role: str,
    language: str = "zh",
    agent: str = "",
    address: str = "",
) -> str:
    """Sign somebody in whom the platform of ``account`` vouches for; the token of their cookie, kept only as a hash.

    ``name``, ``role`` and ``language`` are for whom nobody knows yet. Raises :class:`NotAllowed`: their access was
    ended on the staff page.
    """
    now, token = stores.clock.now(), passwords.new_secret()
    with stores.ledger.write() as conn:
        number = _known(conn, account, userid)
        if number is None:
            values = {"login": _login(account, userid), "name": _shown(name) or userid, "role": role}
            number = _added(conn, now, account, userid, {**values, "language": language})
        row = conn.execute(sa.select(staff.c.name, staff.c.role, staff.c.disabled).where(staff.c.id == number)).one()
        if row.disabled is None:
            conn.execute(sa.delete(platform_sign_ins).where(platform_sign_ins.c.expires <= now))
            conn.execute(
                sa.insert(platform_sign_ins).values(
                    token=passwords.digest(token),
                    account=account,
                    userid=userid,
                    staff=number,
                    at=now,
                    expires=now + LASTS,
                    agent=agent[:200],
                )
            )
            by = Actor("staff", number, row.name, row.role).tag
            about = {"account": account, **({"address": address} if address else {})}
            audit.record(conn, now, by, "signed_in_by_platform", by, about)
    if row.disabled is not None:
        raise NotAllowed(
            "sidebar_ended", "您的权限已停用，请联系管理员。", "Your access was ended; ask an administrator."
        )
    return token


def signed_in(stores: Stores, token: str) -> Vouched | None:
    """Who holds this token; None where it has expired, or their access was ended."""
    query = sa.select(platform_sign_ins.c.account, platform_sign_ins.c.userid, platform_sign_ins.c.staff).where(
        platform_sign_ins.c.token == passwords.digest(token), platform_sign_ins.c.expires > stores.clock.now()
    )
    with stores.ledger.read() as conn:
        row = conn.execute(query).one_or_none()
    member = None if row is None else queries.member(stores, row.staff)
    if row is None or member is None or member.disabled is not None:
        return None
    return Vouched(row.account, row.userid, member)


def _known(conn: Connection, account: int, userid: str) -> int | None:
    mine = sa.and_(platform_staff.c.account == account, platform_staff.c.userid == userid)
    return conn.execute(sa.select(platform_staff.c.staff).where(mine)).scalar_one_or_none()


def _added(conn: Connection, now: datetime, account: int, userid: str, values: Mapping[str, str]) -> int:
    number = conn.execute(
        insert_into(conn, staff)
        .values(**values, password=NO_PASSWORD, created=now)
        .on_conflict_do_nothing(index_elements=["login"])
        .returning(staff.c.id)
    ).scalar_one_or_none()
    if number is None and (number := _known(conn, account, userid)) is not None:
        return number  # came twice at the same moment
    if number is None:
        raise NotAllowed("sidebar_login", "登录名已被占用，请联系管理员。", "The login is taken; ask an administrator.")
    conn.execute(sa.insert(platform_staff).values(account=account, userid=userid, staff=number))
    tag = Actor("staff", number, values["name"], values["role"]).tag
    audit.record(conn, now, "system", "staff_added_by_platform", tag, {"account": account, "role": values["role"]})
    return number


def _shown(name: str) -> str:
    return "".join(each for each in name if each.isprintable()).strip()[:NAME_CHARACTERS_MAX]


def _login(account: int, userid: str) -> str:
    """Unlike any that another user id gets; its beginning can be read."""
    found = _LOGIN.match(userid.lower())
    start = found.group() if found else "u"
    return f"{start}@wecom{account}-{hashlib.sha256(userid.encode()).hexdigest()[:8]}"
