"""The accounts through which messages leave: opened, changed, checked and closed here; secrets sealed at rest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from siyu.channels.protocol import Account, Check
from siyu.channels.registry import Channels
from siyu.channels.secrets import keyring
from siyu.channels.settings import read_settings
from siyu.channels.tables import accounts
from siyu.storage import BadInput, NotFound, Stores

NAME_CHARACTERS_MAX = 80
SEAL = "accounts"
SENT_TO = ("host", "base_url")
"""The settings that say which server an account's secrets are told to: a new server does not get the old ones."""


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as it may be shown: no secret in it, only which ones are set."""

    id: int
    channel: str
    name: str
    settings: Mapping[str, Any]
    created: datetime
    disabled: datetime | None
    checked: datetime | None
    check_result: Mapping[str, Any] | None


_VIEW = (
    accounts.c.id,
    accounts.c.channel,
    accounts.c.name,
    accounts.c.settings,
    accounts.c.created,
    accounts.c.disabled,
    accounts.c.checked,
    accounts.c.check_result,
)


def open_account(
    stores: Stores, channels: Channels, *, channel: str, name: str, settings: Mapping[str, Any]
) -> tuple[int, Mapping[str, str]]:
    """Open an account; its number, and the secrets that were made up for it (to be shown once, now).

    ``settings`` are the channel's fields, secret ones included. Raises :class:`BadInput` naming the field.
    """
    kind = channels[channel]
    public, secrets = read_settings(kind.about.fields, settings)
    made = {key: value for key, value in kind.new_secrets().items() if key not in secrets}
    secrets = {**secrets, **made}
    kind.validate(public, secrets)
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        number = conn.execute(
            sa.insert(accounts)
            .values(
                channel=channel,
                name=_name(name),
                settings=public,
                secrets=_sealed(stores, secrets),
                created=now,
                changed=now,
            )
            .returning(accounts.c.id)
        ).scalar_one()
    return number, made


def change_account(
    stores: Stores,
    channels: Channels,
    account: int,
    *,
    name: str | None = None,
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Change what is given; a secret that is left empty stays as it was."""
    before = usable_account(stores, account, disabled_too=True)
    kind = channels[before.channel]
    values: dict[str, Any] = {"changed": stores.clock.now()}
    if name is not None:
        values["name"] = _name(name)
    if settings is not None:
        public, secrets = read_settings(kind.about.fields, {**before.settings, **settings})
        kept = before.secrets.keys() - secrets.keys()
        if kept and any(public.get(name) != before.settings.get(name) for name in SENT_TO):
            raise _say_again(sorted(kept)[0])
        secrets = {**before.secrets, **secrets}
        kind.validate(public, secrets)
        values |= {
            "settings": public,
            "secrets": _sealed(stores, secrets),
            "checked": None,
            "check_result": sa.null(),
        }
    with stores.ledger.write() as conn:
        conn.execute(sa.update(accounts).where(accounts.c.id == account).values(**values))


def renew_secret(stores: Stores, channels: Channels, account: int) -> Mapping[str, str]:
    """Make new secrets of the kind that Siyu makes up; shown to the owner once, now."""
    before = usable_account(stores, account, disabled_too=True)
    made = channels[before.channel].new_secrets()
    with stores.ledger.write() as conn:
        conn.execute(
            sa.update(accounts)
            .where(accounts.c.id == account)
            .values(secrets=_sealed(stores, {**before.secrets, **made}), changed=stores.clock.now())
        )
    return made


def disable_account(stores: Stores, account: int) -> None:
    """Nothing more leaves through it; what waits for it waits."""
    _set_disabled(stores, account, stores.clock.now())


def enable_account(stores: Stores, account: int) -> None:
    """Use it again. Raises :class:`NotFound`."""
    _set_disabled(stores, account, None)


def check_account(stores: Stores, channels: Channels, account: int) -> Check:
    """Try the account live, without reaching a customer, and keep what was found."""
    ready = usable_account(stores, account, disabled_too=True)
    found = channels[ready.channel].check(ready)
    with stores.ledger.write() as conn:
        conn.execute(
            sa.update(accounts)
            .where(accounts.c.id == account)
            .values(
                checked=stores.clock.now(),
                check_result={
                    "works": found.works,
                    "zh": found.zh,
                    "en": found.en,
                    "detail": dict(found.detail),
                    "steps": [each.plain() for each in found.steps],
                },
            )
        )
    return found


def list_accounts(stores: Stores) -> list[AccountView]:
    """Every account, without its secrets, the oldest first."""
    with stores.ledger.read() as conn:
        return [AccountView(*row) for row in conn.execute(sa.select(*_VIEW).order_by(accounts.c.id))]


def get_account(stores: Stores, account: int) -> AccountView:
    """One account, without its secrets. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(*_VIEW).where(accounts.c.id == account)).one_or_none()
    if row is None:
        raise _not_found(account)
    return AccountView(*row)


def number_of(stores: Stores, named: str) -> int:
    """The account that is meant by its number or its name. Raises :class:`NotFound`; :class:`BadInput` where several
    have the name."""
    known = list_accounts(stores)
    if named.isascii() and named.isdigit() and any(each.id == int(named) for each in known):
        return int(named)
    found = [each.id for each in known if each.name == named]
    if not found:
        raise NotFound("account_not_found", f"没有账号“{named}”。", f"There is no account “{named}”.", field="account")
    if len(found) > 1:
        numbers = ", ".join(map(str, found))
        raise BadInput(
            "account_ambiguous",
            f"有几个账号叫“{named}”，请用编号：{numbers}。",
            f"Several accounts are called “{named}”; use a number: {numbers}.",
            field="account",
        )
    return found[0]


def usable_account(stores: Stores, account: int, *, disabled_too: bool = False) -> Account:
    """The account with its secrets opened, for sending. Raises :class:`NotFound`, or :class:`BadInput` if closed."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(accounts).where(accounts.c.id == account)).one_or_none()
    if row is None:
        raise _not_found(account)
    if row.disabled is not None and not disabled_too:
        raise BadInput("account_disabled", f"账号“{row.name}”已停用。", f"The account “{row.name}” is disabled.")
    secrets = json.loads(keyring(stores.home).open(row.secrets, SEAL))
    return Account(row.id, row.channel, row.name, row.settings, secrets)


def _set_disabled(stores: Stores, account: int, moment: datetime | None) -> None:
    with stores.ledger.write() as conn:
        changed = conn.execute(
            sa.update(accounts).where(accounts.c.id == account).values(disabled=moment, changed=stores.clock.now())
        ).rowcount
    if not changed:
        raise _not_found(account)


def _sealed(stores: Stores, secrets: Mapping[str, str]) -> bytes:
    return keyring(stores.home).seal(json.dumps(dict(secrets)).encode(), SEAL)


def _name(given: str) -> str:
    name = given.strip()
    if not name or len(name) > NAME_CHARACTERS_MAX:
        raise BadInput(
            "account_name",
            f"请给账号起一个不超过 {NAME_CHARACTERS_MAX} 字的名字。",
            f"Give the account a name of at most {NAME_CHARACTERS_MAX} characters.",
            field="name",
        )
    return name


def _say_again(field: str) -> BadInput:
    return BadInput(
        "secret_again",
        "更换服务器时，请重新填写密码：已保存的密码不会发给新的服务器。",
        "With a new server, enter the password again: the stored one is not sent to another server.",
        field=field,
    )


def _not_found(account: int) -> NotFound:
    return NotFound("account_not_found", f"没有编号为 {account} 的账号。", f"There is no account {account}.")
