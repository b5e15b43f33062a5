"""Making, changing and ending rules for sensitive words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.accounts import usable_account
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.failures import PlatformError
from siyu.channels.wecom.fields import is_identifier
from siyu.channels.wecom.platform import WECOM
from siyu.channels.wecom.word_rules.tables import wecom_word_rules as table
from siyu.storage import BadInput, Conflict, NotFound, Stores

NAME_CHARACTERS_MAX = 20
WORDS_MAX = 300
WORD_CHARACTERS_MAX = 32
RANGE_MAX = 1_000
RULES_MAX = 100
"""Of a company."""
NO_SUCH_RULE = (41070, 41071)
BLOCKS, WARNS = 1, 2
KINDS: Mapping[str, tuple[int, str, str]] = {
    "phone": (1, "手机号", "Phone numbers"),
    "email": (2, "邮箱地址", "E-mail addresses"),
    "red_packet": (3, "红包", "Red packets"),
}
"""What a rule may stop besides words: the platform's number, Chinese, English."""
STATES: Mapping[str, tuple[str, str]] = {
    "calling": ("等待平台确认", "waiting for the platform"),
    "there": ("生效中", "in force"),
    "refused": ("未建成", "not made"),
    "gone": ("已删除", "deleted"),
}


@dataclass(frozen=True)
class Draft:
    """A rule as it is wished. ``kinds``: keys of ``KINDS``; ``blocks``: the message is not sent, else its writer is
    only warned; ``members`` and ``departments``: to whom it applies."""

    name: str
    words: Sequence[str] = ()
    kinds: Sequence[str] = ()
    blocks: bool = True
    members: Sequence[str] = ()
    departments: Sequence[int] = ()


@dataclass(frozen=True)
class WordRule:
    """See ``tables.py``; ``state``: see ``STATES``."""

    id: int
    account: int
    rule: str | None
    name: str
    words: list[str]
    kinds: list[str]
    blocks: bool
    members: list[str]
    departments: list[int]
    state: str
    called: datetime
    created: datetime | None
    read: datetime | None
    by: str


COLUMNS = [table.c[name] for name in WordRule.__dataclass_fields__]


def make_rule(stores: Stores, exchange: Exchange, by: str, account: int, draft: Draft) -> int:
    """Have a rule made; its number. The row stands before the call, so one whose answer was lost is found again.

    Raises :class:`BadInput`, :class:`Conflict`, :class:`PlatformError`.
    """
    client, draft, now = client_of(stores, exchange, account), checked(draft), stores.clock.now()
    with stores.ledger.write() as conn:
        _free(conn, account, draft.name)
        _room(conn, account)
        values = {**kept(draft), "account": account, "state": "calling", "called": now, "by": by}
        number = int(conn.execute(sa.insert(table).values(values).returning(table.c.id)).scalar_one())
    body = {
        **_body(draft),
        "semantics_list": _numbers(draft),
        "applicable_range": {"user_list": list(draft.members), "department_list": list(draft.departments)},
    }
    try:
        answer = client.call("add_intercept_rule", body=body)
    except PlatformError as error:
        if not error.unknown:
            _change(stores, number, state="refused")
        raise
    _change(stores, number, state="there", rule=str(answer["rule_id"]), created=now, read=now)
    return number


def change_rule(stores: Stores, exchange: Exchange, number: int, draft: Draft) -> None:
    """Change it at the platform, then here; repeated, it is the same rule. Raises as above."""
    found, draft = _there(stores, number), checked(draft)
    with stores.ledger.read() as conn:
        _free(conn, found.account, draft.name, but=number)
    client = client_of(stores, exchange, found.account)
    whose = _applies_to(stores, client, found)
    body = {
        "rule_id": found.rule,
        **_body(draft),
        "extra_rule": {"semantics_list": _numbers(draft)},
        **_differences(whose, draft),
    }
    client.call("update_intercept_rule", body=body)
    _change(stores, number, **kept(draft), read=stores.clock.now())


def remove_rule(stores: Stores, exchange: Exchange, number: int) -> None:
    """End it: its words are no longer stopped. Raises as above."""
    found = get_rule(stores, number)
    if found.state == "calling":
        raise Conflict(
            "word_rule_awaited",
            "平台还没有确认这条规则，请先点“从平台读取”。",
            "The platform has not confirmed this rule yet; have the rules read first.",
        )
    if found.rule and found.state == "there":
        client = client_of(stores, exchange, found.account)
        try:
            client.call("del_intercept_rule", body={"rule_id": found.rule})
        except PlatformError as error:
            if error.platform_code not in NO_SUCH_RULE:
                raise
    _change(stores, number, state="gone")


def list_rules(stores: Stores, account: int | None = None, *, words: str = "") -> list[WordRule]:
    """Rules that there are, the newest first; ``words``: in their name or among what they stop."""
    query = sa.select(*COLUMNS).where(table.c.state.in_(("calling", "there"))).order_by(table.c.id.desc())
    if account is not None:
        query = query.where(table.c.account == account)
    with stores.ledger.read() as conn:
        found = [WordRule(*row) for row in conn.execute(query)]
    wanted = words.casefold()
    return [each for each in found if any(wanted in one.casefold() for one in (each.name, *each.words))]


def get_rule(stores: Stores, number: int) -> WordRule:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(*COLUMNS).where(table.c.id == number)).one_or_none()
    if row is None:
        raise NotFound("word_rule_not_found", f"没有编号为 {number} 的敏感词规则。", f"There is no rule {number}.")
    return WordRule(*row)


def checked(draft: Draft) -> Draft:
    """The draft as it may be sent. Raises :class:`BadInput`."""
    name = draft.name.strip()
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX or not name.isprintable():
        words = f"名称须为 1 到 {NAME_CHARACTERS_MAX} 个字。", f"A name has 1 to {NAME_CHARACTERS_MAX} characters."
        raise BadInput("word_rule_name", *words, field="name")
    stops = list(dict.fromkeys(each.strip() for each in draft.words if each.strip()))
    if len(stops) > WORDS_MAX or not all(len(each) <= WORD_CHARACTERS_MAX and each.isprintable() for each in stops):
        raise BadInput(
            "word_rule_words",
            f"最多 {WORDS_MAX} 个敏感词，每个最多 {WORD_CHARACTERS_MAX} 个字。",
            f"{WORDS_MAX} words at most, each of {WORD_CHARACTERS_MAX} characters at most.",
            field="words",
        )
    kinds = [each for each in KINDS if each in draft.kinds]
    if not set(draft.kinds) <= set(KINDS) or not (stops or kinds):
        raise BadInput(
            "word_rule_empty",
            "请填写敏感词，或选择要拦截的内容（手机号、邮箱、红包）。",
            f"Give words, or kinds to be stopped: {', '.join(KINDS)}.",
            field="words",
        )
    return Draft(name, stops, kinds, draft.blocks, *_whose(draft))


def _whose(draft: Draft) -> tuple[list[str], list[int]]:
    members = list(dict.fromkeys(each.strip() for each in draft.members if each.strip()))
    departments = list(dict.fromkeys(draft.departments))
    if not 1 <= len(members) + len(departments) <= RANGE_MAX or not all(map(is_identifier, members)):
        raise BadInput(
            "word_rule_range",
            f"请选择适用的成员或部门，合计最多 {RANGE_MAX:,} 个。",
            f"Say to which members or departments it applies: {RANGE_MAX:,} at most.",
            field="members",
        )
    return members, departments


def kept(draft: Draft) -> dict[str, Any]:
    """A draft as columns."""
    return {
        "name": draft.name,
        "words": list(draft.words),
        "kinds": list(draft.kinds),
        "blocks": draft.blocks,
        "members": list(draft.members),
        "departments": list(draft.departments),
    }


def client_of(stores: Stores, exchange: Exchange, account: int) -> PlatformClient:
    """Raises :class:`NotFound`, :class:`BadInput`."""
    ready = usable_account(stores, account)
    if ready.channel != WECOM.name:
        words = "只有企业微信账号有敏感词规则。", "Only WeCom accounts have such rules."
        raise BadInput("account_no_word_rules", *words, field="account")
    return PlatformClient(exchange, ready, WECOM)


def _body(draft: Draft) -> dict[str, Any]:
    return {
        "rule_name": draft.name,
        "word_list": list(draft.words),
        "intercept_type": BLOCKS if draft.blocks else WARNS,
    }


def _applies_to(stores: Stores, client: PlatformClient, found: WordRule) -> Mapping[str, Any]:
    """To whom the platform has it apply by now: it takes differences, and may have been told others by hand."""
    try:
        told = client.call("get_intercept_rule", body={"rule_id": found.rule})
    except PlatformError as error:
        if error.platform_code not in NO_SUCH_RULE:
            raise
        gone = error
    else:
        return told["rule"].get("applicable_range") or {}
    _change(stores, found.id, state="gone")
    raise _not_there() from gone


def _numbers(draft: Draft) -> list[int]:
    return [KINDS[each][0] for each in draft.kinds]


def _differences(there: Mapping[str, Any], draft: Draft) -> dict[str, Any]:
    """To whom the rule is to apply as well, and to whom no longer; nothing is said where nothing differs."""
    found: dict[str, dict[str, list[Any]]] = {}
    for name, wanted in (("user_list", draft.members), ("department_list", draft.departments)):
        had: list[Any] = there.get(name) or []
        for side, these in (
            ("add_applicable_range", [each for each in wanted if each not in had]),
            ("remove_applicable_range", [each for each in had if each not in wanted]),
        ):
            if these:
                found.setdefault(side, {})[name] = these
    return found


def _free(conn: Connection, account: int, name: str, but: int = 0) -> None:
    """A name stands for one rule of an account: by it a rule without an answer is recognised."""
    same = sa.and_(table.c.account == account, table.c.name == name, table.c.state.in_(("calling", "there")))
    if conn.execute(sa.select(table.c.id).where(same, table.c.id != but).limit(1)).first():
        words = "已有同名的规则，请换一个名称。", "There is a rule of this name already; choose another."
        raise Conflict("word_rule_name_taken", *words, field="name")


def _room(conn: Connection, account: int) -> None:
    there = sa.and_(table.c.account == account, table.c.state.in_(("calling", "there")))
    if conn.execute(sa.select(sa.func.count()).where(there)).scalar_one() >= RULES_MAX:
        words = (
            f"一个企业最多 {RULES_MAX} 条规则，请先合并或删除。",
            f"A company has {RULES_MAX} rules at most; remove some.",
        )
        raise Conflict("word_rules_full", *words)


def _there(stores: Stores, number: int) -> WordRule:
    found = get_rule(stores, number)
    if not found.rule or found.state != "there":
        raise _not_there()
    return found


def _not_there() -> Conflict:
    return Conflict(
        "word_rule_not_there", "这条规则不在平台上，请新建一条。", "This rule is not at the platform; make another."
    )


def _change(stores: Stores, number: int, **values: Any) -> None:
    with stores.ledger.write() as conn:
        conn.execute(sa.update(table).where(table.c.id == number).values(**values))
