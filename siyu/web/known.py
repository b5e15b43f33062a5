"""What a platform knows by an id and people know by a name, to choose from in a form (``ui.ids``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from siyu.channels.accounts import list_accounts
from siyu.channels.wecom import codes as wecom
from siyu.channels.wecom.codes import Choice
from siyu.growth.ways import ways
from siyu.growth.ways.ways import Wanted
from siyu.reach.tagging import links
from siyu.storage import BadInput, Stores
from siyu.web.forms import Form
from siyu.web.paging import whole

CODES_MAX = 200


@dataclass(frozen=True, slots=True)
class Known:
    """One that may be chosen; ``more`` tells it from another of the same name."""

    id: str
    name: str
    more: str = ""


def companies(stores: Stores) -> dict[int, str]:
    """The accounts of WeCom: number → name."""
    return {each.id: each.name for each in list_accounts(stores) if each.channel == "wecom"}


def members(stores: Stores, accounts: Mapping[int, str]) -> list[Known]:
    """Members who may have customers, of these accounts (number → name)."""
    return _of(accounts, lambda account: wecom.members_known(stores, account))


def departments(stores: Stores, accounts: Mapping[int, str]) -> list[Known]:
    """Departments of these accounts."""
    return _of(accounts, lambda account: wecom.departments_known(stores, account))


def departments_in(form: Form) -> list[int]:
    """The departments that a form names; an error at their field where a word is no number."""
    found = {word: whole(word) for word in form.words("departments")}
    for word, number in found.items():
        if number is None:
            zh = f"部门须填编号：“{word[:20]}”不是数字。"
            en = f"Departments are numbers; “{word[:20]}” is none."
            form.fail(BadInput("department_number", zh, en, field="departments"))
    return [number for number in found.values() if number is not None]


def groups(stores: Stores, accounts: Mapping[int, str]) -> list[Known]:
    """Groups of these accounts."""
    return _of(accounts, lambda account: wecom.groups_known(stores, account))


def tags(stores: Stores, accounts: Mapping[int, str]) -> list[Known]:
    """The platform's own tags of these accounts."""

    def found(account: int) -> list[Choice]:
        return [Choice(row.outside, f"{row.group}：{row.name}") for row in links.table_of(stores, account).rows]

    return _of(accounts, found)


def states(stores: Stores) -> list[Known]:
    """Codes at WeCom by what they tell of who came through them, the newest first."""
    return [Known(code.state, code.name) for code in ways.list_ways(stores, Wanted(rows_max=CODES_MAX))]


def _of(accounts: Mapping[int, str], found: Callable[[int], Iterable[Choice]]) -> list[Known]:
    several = len(accounts) > 1
    return [
        Known(each.id, each.name, name if several else "")
        for account, name in accounts.items()
        for each in found(account)
    ]
