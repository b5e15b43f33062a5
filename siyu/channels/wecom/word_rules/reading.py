"""Reading the rules as the platform has them: made here, or by hand in its console."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.accounts import usable_account
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.failures import PlatformError
from siyu.channels.wecom.fields import printable
from siyu.channels.wecom.platform import WECOM
from siyu.channels.wecom.word_rules.rules import BLOCKS, KINDS, NO_SUCH_RULE
from siyu.channels.wecom.word_rules.tables import wecom_word_rules as table
from siyu.jobs import enqueue
from siyu.storage import BadInput, Stores, sent

READ = "wecom_read_word_rules"
CLOCKS_APART = timedelta(seconds=300)
CALLING = timedelta(seconds=180)
"""A call without an answer may still be at work for so long."""


def ask_to_read(stores: Stores, account: int) -> int:
    """Have an account's rules read in the background; the job's number. Raises :class:`NotFound`, :class:`BadInput`."""
    if usable_account(stores, account).channel != WECOM.name:
        words = "只有企业微信账号有敏感词规则。", "Only WeCom accounts have such rules."
        raise BadInput("account_no_word_rules", *words, field="account")
    with stores.ledger.write() as conn:
        key = f"{READ}:{account}"
        return enqueue(conn, READ, {"account": account}, now=stores.clock.now(), key=key, again=True)


@dataclass(frozen=True)
class Reader:
    """Reads for one account."""

    stores: Stores
    client: PlatformClient
    account: int

    def read(self) -> Mapping[str, int]:
        """Take every rule over; what is no more is noted as gone, what was never made as refused."""
        begun = self.stores.clock.now()
        listed = {str(each["rule_id"]): each for each in self._list()}
        read = sum(self._one(name, row) for name, row in listed.items())
        with self.stores.ledger.write() as conn:
            there = sent(conn, rule=(sa.Text, list(listed)))
            old = sa.and_(table.c.account == self.account, table.c.called < begun - CALLING)
            ended = sa.and_(table.c.state == "there", table.c.rule.not_in(sa.select(there.c.rule)))
            conn.execute(sa.update(table).where(old, ended).values(state="gone"))
            # The list was read after the call had surely ended: what is not in it was never made.
            conn.execute(sa.update(table).where(old, table.c.state == "calling").values(state="refused"))
        return {"rules": read}

    def _list(self) -> list[Mapping[str, Any]]:
        return list(self.client.call("get_intercept_rule_list").get("rule_list") or [])

    def _one(self, name: str, listed: Mapping[str, Any]) -> int:
        try:
            told = self.client.call("get_intercept_rule", body={"rule_id": name}).get("rule") or {}
        except PlatformError as error:
            if error.platform_code in NO_SUCH_RULE:
                return 0  # it has just gone
            raise
        created = datetime.fromtimestamp(int(listed.get("create_time") or 0), UTC)
        values = {**_columns(told), "rule": name, "state": "there", "created": created, "read": self.stores.clock.now()}
        with self.stores.ledger.write() as conn:
            number = self._known(conn, name) or self._awaited(conn, str(values["name"]), created)
            if number is None:
                conn.execute(sa.insert(table).values(**values, account=self.account, called=created))
            else:
                conn.execute(sa.update(table).where(table.c.id == number).values(values))
        return 1

    def _known(self, conn: Connection, name: str) -> int | None:
        mine = sa.and_(table.c.account == self.account, table.c.rule == name)
        return conn.execute(sa.select(table.c.id).where(mine)).scalar()

    def _awaited(self, conn: Connection, name: str, created: datetime) -> int | None:
        """The row of a call without an answer that made this rule."""
        mine = sa.and_(table.c.account == self.account, table.c.state == "calling", table.c.name == name)
        since = table.c.called <= created + CLOCKS_APART
        return conn.execute(sa.select(table.c.id).where(mine, since, table.c.rule.is_(None)).limit(1)).scalar()


def _columns(told: Mapping[str, Any]) -> dict[str, Any]:
    whose, more = told.get("applicable_range") or {}, told.get("extra_rule") or {}
    numbers = {int(each) for each in more.get("semantics_list") or []}
    return {
        "name": printable(str(told.get("rule_name") or "")),
        "words": [printable(str(each)) for each in told.get("word_list") or []],
        "kinds": [name for name, (number, *_) in KINDS.items() if number in numbers],
        "blocks": int(told.get("intercept_type") or BLOCKS) == BLOCKS,
        "members": [str(each) for each in whose.get("user_list") or []],
        "departments": [int(each) for each in whose.get("department_list") or []],
    }
