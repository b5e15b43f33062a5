"""Welcome messages 欢迎语: what a new friend is told, by the account, the code and the adviser that they came by.

The rule that says the most about a newcomer speaks: one that names the code before one that names the adviser, before
one that names the account alone, before one for everybody; of equals the newest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from siyu.channels.attachments import media_in, read_attachments
from siyu.channels.media import require_media
from siyu.channels.protocol import Part
from siyu.channels.tables import accounts
from siyu.content.fields import example
from siyu.jobs import preferences
from siyu.reach.content import check_content, write
from siyu.reach.tables import welcome_rules, welcomes
from siyu.storage import BadInput, NotFound, Stores

NAME_CHARACTERS_MAX = 100
NAMED_MAX = 100
WORD_CHARACTERS_MAX = 64
TEXT_BYTES_MAX = 4_000
RULES_MAX = 1_000
STATISTICS_DAYS = 30
TEXT = Part("text", "text", "欢迎语", "Welcome", False, TEXT_BYTES_MAX)

STATES: Mapping[str, tuple[str, str]] = {
    "sent": ("已发送", "Sent"),
    "already": ("已有人欢迎过", "Welcomed already"),
    "late": ("超过时限", "Too late"),
    "failed": ("失败", "Failed"),
    "unruled": ("没有适用的欢迎语", "No welcome fits"),
    "due": ("等待中", "Waiting"),
    "sending": ("发送中", "Being sent"),
}


@dataclass(frozen=True, slots=True)
class WelcomeDraft:
    """What an operator decides. ``channels`` are codes (state), ``advisers`` members of staff; none means all.
    ``attachments``: see :mod:`siyu.channels.attachments`."""

    name: str
    text: str = ""
    account: int | None = None
    channels: Sequence[str] = ()
    advisers: Sequence[str] = ()
    attachments: Sequence[Mapping[str, Any]] = ()
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class WelcomeRule:
    """A rule as it is kept."""

    id: int
    draft: WelcomeDraft
    created: datetime
    changed: datetime
    by: str

    def fits(self, account: int, channel: str, adviser: str) -> bool:
        """Whether it speaks to somebody who came by this account and code to this adviser."""
        mine = self.draft
        return (
            mine.account in (None, account)
            and (not mine.channels or channel in mine.channels)
            and (not mine.advisers or adviser in mine.advisers)
        )

    @property
    def weight(self) -> tuple[int, int]:
        """The greater one speaks."""
        mine = self.draft
        return 4 * bool(mine.channels) + 2 * bool(mine.advisers) + (mine.account is not None), self.id


def choose(rules: Sequence[WelcomeRule], account: int, channel: str, adviser: str) -> WelcomeRule | None:
    """The rule that speaks to a newcomer; None where none does."""
    fitting = [rule for rule in rules if rule.draft.enabled and rule.fits(account, channel, adviser)]
    return max(fitting, key=lambda rule: rule.weight, default=None)


def add_welcome(stores: Stores, by: str, draft: WelcomeDraft) -> int:
    """Keep a new rule; its number. Raises :class:`BadInput` naming the field."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        values = _columns(conn, draft)
        if conn.execute(sa.select(sa.func.count()).select_from(welcome_rules)).scalar_one() >= RULES_MAX:
            raise BadInput("welcomes_too_many", f"最多 {RULES_MAX} 条欢迎语。", f"At most {RULES_MAX} welcomes.")
        return conn.execute(
            sa.insert(welcome_rules).values(**values, created=now, changed=now, by=by).returning(welcome_rules.c.id)
        ).scalar_one()


def change_welcome(stores: Stores, by: str, rule: int, draft: WelcomeDraft) -> None:
    """Change a rule; it holds for the next newcomer. Raises :class:`NotFound`, :class:`BadInput`."""
    with stores.ledger.write() as conn:
        _update(conn, rule, {**_columns(conn, draft), "changed": stores.clock.now(), "by": by})


def switch_welcome(stores: Stores, by: str, rule: int, *, enabled: bool) -> None:
    """Switch a rule on or off. Raises :class:`NotFound`."""
    with stores.ledger.write() as conn:
        _update(conn, rule, {"enabled": enabled, "changed": stores.clock.now(), "by": by})


def remove_welcome(stores: Stores, rule: int) -> None:
    """Throw a rule away; what it said stays counted. Raises :class:`NotFound`."""
    with stores.ledger.write() as conn:
        if not conn.execute(sa.delete(welcome_rules).where(welcome_rules.c.id == rule)).rowcount:
            raise _not_found(rule)


def get_welcome(stores: Stores, rule: int) -> WelcomeRule:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(welcome_rules).where(welcome_rules.c.id == rule)).one_or_none()
    if row is None:
        raise _not_found(rule)
    return _read(row)


def all_welcomes(stores: Stores) -> list[WelcomeRule]:
    """Every rule, in the order in which they are asked."""
    with stores.ledger.read() as conn:
        found = [_read(row) for row in conn.execute(sa.select(welcome_rules))]
    return sorted(found, key=lambda rule: rule.weight, reverse=True)


def name_code(conn: Connection, now: datetime, by: str, code: str, rule: int | None) -> None:
    """Have ``rule`` speak to who comes through a code, and no other that names it; None: none names it.

    Raises :class:`BadInput` where the rule names no codes (it speaks to everybody, and would no longer),
    also where it is the only code of another rule, which would then speak to everybody.
    """
    for row in conn.execute(sa.select(welcome_rules)).all():
        named = list(row.channels)
        if row.id == rule and code not in named:
            if not named:
                raise _speaks_to_all()
            _update(conn, row.id, {"channels": _named([*named, code], "channels"), "changed": now, "by": by})
        elif row.id != rule and code in named:
            left = [each for each in named if each != code]
            if not left:
                raise _only_code(row.name)
            _update(conn, row.id, {"channels": left, "changed": now, "by": by})
    if (
        rule is not None
        and conn.execute(sa.select(welcome_rules.c.id).where(welcome_rules.c.id == rule)).first() is None
    ):
        raise BadInput("welcome_not_found", "没有这条欢迎语。", "There is no such welcome.", field="welcome")


def _speaks_to_all() -> BadInput:
    return BadInput(
        "welcome_for_all",
        "这条欢迎语没有指定渠道码，本来就对所有新好友生效；请选一条指定了渠道码的，或在欢迎语页新建。",
        "That welcome names no codes: it speaks to every new friend anyway. Choose one that names codes, or add one.",
        field="welcome",
    )


def _only_code(name: str) -> BadInput:
    return BadInput(
        "welcome_only_code",
        f"欢迎语「{name}」只指定了这一个渠道码，去掉后会对所有人生效；请先到欢迎语页停用、删除或修改它。",
        f"This is the only code of the welcome “{name}”, which would then speak to everybody: change that one first.",
        field="welcome",
    )


def welcome_counts(stores: Stores, days: int = STATISTICS_DAYS) -> dict[int | None, dict[str, int]]:
    """Of the last days: newcomers by rule (None: no rule fitted) and by what became of their welcome."""
    since = stores.clock.now() - timedelta(days=days)
    with stores.ledger.read() as conn:
        rows = conn.execute(
            sa.select(welcomes.c.rule, welcomes.c.state, sa.func.count())
            .where(welcomes.c.received >= since)
            .group_by(welcomes.c.rule, welcomes.c.state)
        )
        counts: dict[int | None, dict[str, int]] = {}
        for rule, state, number in rows:
            counts.setdefault(rule, {})[state] = number
    return counts


def failures_lately(stores: Stores, rows_max: int = 20) -> list[Row[Any]]:
    """The last welcomes that failed or came too late: account, adviser, channel, received, state, answer."""
    with stores.ledger.read() as conn:
        query = (
            sa.select(welcomes)
            .where(welcomes.c.state.in_(("failed", "late")))
            .order_by(welcomes.c.received.desc())
            .limit(rows_max)
        )
        return list(conn.execute(query))


def written(draft: WelcomeDraft, fields: Mapping[str, Any], language: str) -> str:
    """The text for one person. Raises :class:`BadInput` where the template fails on their values."""
    return write([TEXT], {"text": draft.text}, fields, language).parts["text"]


def preview(stores: Stores, draft: WelcomeDraft, fields: Mapping[str, Any] | None = None) -> str:
    """The text as a person with these fields (a made-up one without) would read it. Raises :class:`BadInput`."""
    language = str(preferences.get(stores, "language"))
    with stores.ledger.read() as conn:
        _columns(conn, replace(draft, name=draft.name or "-"))
    return written(draft, example(language) if fields is None else fields, language)


def roots_of(draft: WelcomeDraft) -> set[str]:
    """The roots of the fields that the text uses. Raises :class:`BadInput` at ``text``."""
    try:
        return check_content([TEXT], {"text": draft.text}, "")
    except BadInput as error:
        raise BadInput(error.code, error.zh, error.en, field="text") from None


def _columns(conn: Connection, draft: WelcomeDraft) -> dict[str, Any]:
    name = draft.name.strip()
    if not name or len(name) > NAME_CHARACTERS_MAX:
        raise BadInput(
            "welcome_name",
            f"请起一个不超过 {NAME_CHARACTERS_MAX} 字的名称。",
            f"Give it a name of at most {NAME_CHARACTERS_MAX} characters.",
            field="name",
        )
    if draft.account is not None and conn.execute(_account(draft.account)).scalar() is None:
        raise BadInput(
            "account_unknown", "没有这个账号。", f"There is no account {draft.account}.", field="account"
        )  # fmt: skip
    roots_of(draft)
    if len(draft.text.encode()) > TEXT_BYTES_MAX:
        raise BadInput(
            "welcome_text",
            f"欢迎语最多 {TEXT_BYTES_MAX} 字节（一个汉字 3 字节）。",
            f"At most {TEXT_BYTES_MAX} bytes of text.",
            field="text",
        )
    attachments = read_attachments(draft.attachments)
    require_media(conn, media_in(attachments))
    if not draft.text.strip() and not attachments:
        raise BadInput(
            "welcome_empty", "请填写欢迎语，或加一个附件。", "Write a text or add an attachment.", field="text"
        )
    return {
        "name": name,
        "account": draft.account,
        "channels": _named(draft.channels, "channels"),
        "advisers": _named(draft.advisers, "advisers"),
        "text": draft.text,
        "attachments": attachments,
        "enabled": draft.enabled,
    }


def _account(account: int) -> sa.Select[tuple[int]]:
    return sa.select(accounts.c.id).where(accounts.c.id == account)


def _named(given: Sequence[str], field: str) -> list[str]:
    words = list(dict.fromkeys(word.strip() for word in given if word.strip()))
    if len(words) > NAMED_MAX or any(len(word) > WORD_CHARACTERS_MAX or not word.isprintable() for word in words):
        raise BadInput(
            "welcome_named",
            f"最多 {NAMED_MAX} 项，每项最多 {WORD_CHARACTERS_MAX} 字。",
            f"At most {NAMED_MAX} entries of at most {WORD_CHARACTERS_MAX} characters.",
            field=field,
        )
    return words


def _update(conn: Connection, rule: int, values: Mapping[str, Any]) -> None:
    if not conn.execute(sa.update(welcome_rules).where(welcome_rules.c.id == rule).values(**values)).rowcount:
        raise _not_found(rule)


def _read(row: Row[Any]) -> WelcomeRule:
    draft = WelcomeDraft(row.name, row.text, row.account, row.channels, row.advisers, row.attachments, row.enabled)
    return WelcomeRule(row.id, draft, row.created, row.changed, row.by)


def _not_found(rule: int) -> NotFound:
    return NotFound("welcome_not_found", f"没有编号为 {rule} 的欢迎语。", f"There is no welcome {rule}.")
