"""What can be done with staff, their sign-ins, API keys and saved views."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.staff import audit, lockout, passwords, roles
from siyu.staff.model import Actor
from siyu.staff.tables import api_keys, saved_views, sign_ins, staff
from siyu.storage import BadInput, Conflict, NotAllowed, NotFound, Stores, at_machine_speed

SIGNED_IN = timedelta(days=14)
KEY_TOUCHED = timedelta(minutes=1)
TOUCHED = timedelta(minutes=5)
"""A sign-in's end is moved on at most this often, so that reading pages does not mean writing."""
VIEWS_MAX = 50

LANGUAGES = ("zh", "en")
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,63}")


def create_owner(stores: Stores, *, login: str, name: str, password: str, language: str = "zh") -> int:
    """Make the first member of staff. Only once: afterwards owners make owners."""
    values = _checked(login, name, "owner", language)
    passwords.check_new(password, values["login"])
    stored = passwords.keep(password)  # before the transaction: it takes a tenth of a second on purpose
    with stores.ledger.write() as conn:
        if conn.execute(sa.select(staff.c.id).limit(1)).first() is not None:
            raise Conflict("owner_exists", "已有所有者，请直接登录。", "There is an owner already; sign in instead.")
        return _insert(stores, conn, values, stored)


def create_member(
    stores: Stores, by: Actor, *, login: str, name: str, password: str, role: str, language: str = "zh"
) -> int:
    """Add a member of staff. Nobody can hand out more than they hold."""
    values = _checked(login, name, role, language)
    _may_grant(by, role)
    passwords.check_new(password, values["login"])
    stored = passwords.keep(password)
    with stores.ledger.write() as conn:
        return _insert(stores, conn, values, stored)


def _insert(stores: Stores, conn: Connection, values: dict[str, str], password: str) -> int:
    if conn.execute(sa.select(staff.c.id).where(staff.c.login == values["login"])).first() is not None:
        raise Conflict("login_taken", "这个登录名已被使用。", "This login is taken.", field="login")
    row = conn.execute(
        sa.insert(staff).values(**values, password=password, created=stores.clock.now()).returning(staff.c.id)
    )
    return row.scalar_one()


def passwords_differ(field: str) -> BadInput:
    """The refusal of two passwords that should have been the same."""
    return BadInput("passwords_differ", "两次输入的密码不一致。", "The two passwords are not the same.", field=field)


def _checked(login: str, name: str, role: str, language: str) -> dict[str, str]:
    login = login.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise BadInput(
            "login_form",
            "登录名为 2 到 64 个字符：小写字母、数字、点、横线，也可以是邮箱。",
            "A login has 2 to 64 characters: small letters, digits, dots, dashes; an e-mail address will do.",
            field="login",
        )
    name = name.strip()
    if not 1 <= len(name) <= 64 or not name.isprintable():
        raise BadInput("name_form", "姓名需要 1 到 64 个字符。", "A name has 1 to 64 characters.", field="name")
    if role not in roles.ROLES:
        raise BadInput("role_unknown", "没有这个角色。", "There is no such role.", field="role")
    if language not in LANGUAGES:
        raise BadInput("language_unknown", "没有这种语言。", "There is no such language.", field="language")
    return {"login": login, "name": name, "role": role, "language": language}


def _may_grant(by: Actor, role: str) -> None:
    if by.kind != "system" and not roles.may_grant(by.role, role):
        raise NotAllowed(
            "role_too_high",
            "不能授予或管理权限高于自己的角色。",
            "A role with more permissions than your own can't be given or managed.",
            field="role",
        )


def _held(conn: Connection, by: Actor, number: int) -> str:
    """The role of a member whom ``by`` may manage."""
    role = conn.execute(sa.select(staff.c.role).where(staff.c.id == number)).scalar_one_or_none()
    if role is None:
        raise NotFound("staff_unknown", "没有这位员工。", "There is no such member of staff.")
    _may_grant(by, role)
    return role


def _keep_an_owner(conn: Connection, number: int) -> None:
    others = sa.select(staff.c.id).where(staff.c.role == "owner", staff.c.disabled.is_(None), staff.c.id != number)
    if conn.execute(others.limit(1)).first() is None:
        raise Conflict(
            "last_owner", "至少要保留一位可登录的所有者。", "At least one owner who can sign in has to remain."
        )


def change_member(stores: Stores, by: Actor, number: int, *, name: str, role: str) -> None:
    """Rename a member of staff or give them another role."""
    values = _checked("xx", name, role, "zh")
    _may_grant(by, role)
    with stores.ledger.write() as conn:
        if _held(conn, by, number) == "owner" and role != "owner":
            _keep_an_owner(conn, number)
        conn.execute(sa.update(staff).where(staff.c.id == number).values(name=values["name"], role=role))


def disable_member(stores: Stores, by: Actor, number: int) -> None:
    """End somebody's access at once: their sign-ins go too. Their name stays on what they did."""
    with stores.ledger.write() as conn:
        if _held(conn, by, number) == "owner":
            _keep_an_owner(conn, number)
        conn.execute(sa.update(staff).where(staff.c.id == number).values(disabled=stores.clock.now()))
        conn.execute(sa.delete(sign_ins).where(sign_ins.c.staff == number))


def enable_member(stores: Stores, by: Actor, number: int) -> None:
    """Let somebody in again, any lock lifted."""
    with stores.ledger.write() as conn:
        _held(conn, by, number)
        conn.execute(sa.update(staff).where(staff.c.id == number).values(disabled=None))
        lockout.forgive(conn, _login(conn, number))


def reset_password(stores: Stores, by: Actor, number: int, password: str) -> None:
    """Give somebody a new password; every browser they were signed in with is signed out."""
    passwords.check_new(password, "")
    stored = passwords.keep(password)
    with stores.ledger.write() as conn:
        _held(conn, by, number)
        _set_password(conn, number, stored)


def change_password(stores: Stores, number: int, old: str, new: str) -> None:
    """Change one's own password; every browser is signed out, this one too."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(staff.c.login, staff.c.password).where(staff.c.id == number)).one()
    if not passwords.matches(row.password, old):
        raise BadInput("password_wrong", "原密码不正确。", "The old password is not right.", field="old")
    passwords.check_new(new, row.login, field="new")
    stored = passwords.keep(new)
    with stores.ledger.write() as conn:
        _set_password(conn, number, stored)


def _set_password(conn: Connection, number: int, stored: str) -> None:
    conn.execute(sa.update(staff).where(staff.c.id == number).values(password=stored))
    lockout.forgive(conn, _login(conn, number))
    conn.execute(sa.delete(sign_ins).where(sign_ins.c.staff == number))


def _login(conn: Connection, number: int) -> str:
    return conn.execute(sa.select(staff.c.login).where(staff.c.id == number)).scalar_one()


def change_profile(stores: Stores, number: int, *, name: str, language: str) -> None:
    """Change one's own name and language."""
    values = _checked("xx", name, "owner", language)
    with stores.ledger.write() as conn:
        conn.execute(
            sa.update(staff).where(staff.c.id == number).values(name=values["name"], language=values["language"])
        )


def sign_in(stores: Stores, login: str, password: str, agent: str, address: str = "") -> tuple[Actor, str]:
    """Check a password and open a sign-in: who it is, and the token for their cookie (kept only as a hash).

    Too many wrong passwords lock the login for a while (:mod:`siyu.staff.lockout`). The answer to an unknown login,
    a wrong password and a disabled account is the same, and takes as long. Either way the audit log has it.
    """
    login = lockout.login_text(login)
    try:
        lockout.refuse_locked(stores, login, address)
        return _signed_in(stores, _with_password(stores, login, password), agent, address)
    except NotAllowed as error:
        with stores.ledger.write() as conn:
            now = stores.clock.now()
            if error.code == "sign_in_refused":
                lockout.count_failure(conn, now, login, address)
            audit.record(conn, now, "system", "sign_in_refused", "sign_in", {"code": error.code, "address": address})
        raise


def _with_password(stores: Stores, login: str, password: str) -> sa.Row[Any]:
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(staff).where(staff.c.login == login)).one_or_none()
    right = passwords.matches(None if row is None else row.password, password)
    if row is None or not right or row.disabled is not None:
        raise NotAllowed("sign_in_refused", "登录名或密码不正确。", "The login or the password is not right.")
    return row


def _signed_in_for(stores: Stores) -> timedelta:
    """People look at a fast rehearsal in their own time."""
    return timedelta(seconds=at_machine_speed(stores.clock, SIGNED_IN.total_seconds()))


def _signed_in(stores: Stores, row: sa.Row[Any], agent: str, address: str) -> tuple[Actor, str]:
    now, token = stores.clock.now(), passwords.new_secret()
    actor = Actor("staff", row.id, row.name, row.role)
    with stores.ledger.write() as conn:
        lockout.forgive(conn, row.login, address)
        conn.execute(sa.delete(sign_ins).where(sign_ins.c.expires <= now))
        conn.execute(
            sa.insert(sign_ins).values(
                token=passwords.digest(token),
                staff=row.id,
                at=now,
                seen=now,
                expires=now + _signed_in_for(stores),
                agent=agent[:200],
            )
        )
        audit.record(conn, now, actor.tag, "signed_in", actor.tag, {"address": address} if address else {})
    return actor, token


def touch(stores: Stores, token: str) -> None:
    """Move a sign-in's end on, because it is in use; the next request does, where the ledger is being written to."""
    now = stores.clock.now()
    with stores.ledger.write_unless_busy() as conn:
        if conn is None:
            return
        conn.execute(
            sa.update(sign_ins)
            .where(sign_ins.c.token == passwords.digest(token), sign_ins.c.seen < now - TOUCHED)
            .values(seen=now, expires=now + _signed_in_for(stores))
        )


def sign_out(stores: Stores, token: str) -> None:
    """End one sign-in."""
    with stores.ledger.write() as conn:
        conn.execute(sa.delete(sign_ins).where(sign_ins.c.token == passwords.digest(token)))


def create_key(stores: Stores, by: Actor, *, name: str, role: str) -> tuple[int, str]:
    """A new API key: its number, and the secret, which is shown this once and never again."""
    values = _checked("xx", name, role, "zh")
    _may_grant(by, role)
    secret = passwords.new_secret("siyu_")
    with stores.ledger.write() as conn:
        number = conn.execute(
            sa.insert(api_keys)
            .values(
                name=values["name"],
                prefix=secret[:10],
                secret=passwords.digest(secret),
                role=role,
                created=stores.clock.now(),
                by=by.id or 0,
            )
            .returning(api_keys.c.id)
        ).scalar_one()
    return number, secret


def revoke_key(stores: Stores, by: Actor, number: int) -> None:
    """End a key at once. Revoking it again changes nothing."""
    with stores.ledger.write() as conn:
        role = conn.execute(sa.select(api_keys.c.role).where(api_keys.c.id == number)).scalar_one_or_none()
        if role is None:
            raise NotFound("key_unknown", "没有这个密钥。", "There is no such key.")
        _may_grant(by, role)
        conn.execute(
            sa.update(api_keys)
            .where(api_keys.c.id == number, api_keys.c.revoked.is_(None))
            .values(revoked=stores.clock.now())
        )


def key_used(stores: Stores, number: int) -> None:
    """Note that a key is in use, at most every ``KEY_TOUCHED``: a request that only reads takes no writer's turn, and
    waits for none (the next request notes it then)."""
    now = stores.clock.now()
    with stores.ledger.read() as conn:
        used = conn.execute(sa.select(api_keys.c.used).where(api_keys.c.id == number)).scalar_one_or_none()
    if used is not None and used > now - KEY_TOUCHED:
        return
    with stores.ledger.write_unless_busy() as conn:
        if conn is not None:
            conn.execute(sa.update(api_keys).where(api_keys.c.id == number).values(used=now))


def save_view(stores: Stores, member: int, *, page: str, name: str, query: str) -> None:
    """Keep a list as it is filtered now. The same name again replaces it."""
    name = name.strip()
    if not 1 <= len(name) <= 40 or len(query) > 2_000 or not page.startswith("/"):
        raise BadInput(
            "view_form", "视图名称需要 1 到 40 个字符。", "A view's name has 1 to 40 characters.", field="name"
        )
    with stores.ledger.write() as conn:
        mine = sa.and_(saved_views.c.staff == member, saved_views.c.page == page)
        count = conn.execute(sa.select(sa.func.count()).where(mine)).scalar_one()
        if count >= VIEWS_MAX:
            raise Conflict("views_many", "保存的视图太多，请先删除一些。", "Too many saved views; delete some first.")
        conn.execute(sa.delete(saved_views).where(mine, saved_views.c.name == name))
        conn.execute(
            sa.insert(saved_views).values(staff=member, page=page, name=name, query=query, created=stores.clock.now())
        )


def drop_view(stores: Stores, member: int, number: int) -> None:
    """Forget a saved view of one's own."""
    with stores.ledger.write() as conn:
        conn.execute(sa.delete(saved_views).where(saved_views.c.staff == member, saved_views.c.id == number))
