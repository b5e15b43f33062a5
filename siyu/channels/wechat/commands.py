"""What the API and the command line answer of official accounts and mini programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from siyu.channels.accounts import usable_account
from siyu.channels.miniprogram.session import sign_in
from siyu.channels.official_account.asking import LIST_JOB, ask_to_list
from siyu.channels.official_account.callbacks import NAME
from siyu.channels.platform.exchange import Exchange
from siyu.channels.wechat.codes import Code, Wanted, get_code, list_codes, make_code
from siyu.channels.wechat.figures import standing
from siyu.jobs.model import JobStatus
from siyu.jobs.queue import find
from siyu.storage import BadInput, Stores


class CodeAnswer(msgspec.Struct):
    """A code or link. ``picture``: where the code's picture is (of an official account at the platform); ``scans`` and
    ``follows`` as far as the platform tells of them."""

    id: int
    account: int
    scene: str
    name: str
    kind: str
    page: str
    url: str
    picture: str
    created: datetime
    expires: datetime | None
    by: str
    scans: int
    follows: int


class CodesAnswer(msgspec.Struct):
    codes: list[CodeAnswer]


class MassAnswer(msgspec.Struct):
    at: datetime
    state: str
    size: int
    result: dict[str, Any] | None


class StandingAnswer(msgspec.Struct):
    """How an account stands: people by state, who may be answered now, consents left by template, what was sent in the
    last ``days`` by form and state, what did not arrive by the platform's words, the platform's tags."""

    people: dict[str, int]
    unread: int
    answerable: int
    grants: dict[str, int]
    sent: dict[str, dict[str, int]]
    failed: dict[str, int]
    masses: list[MassAnswer]
    tags: dict[str, int]
    listed: int | None
    list_finished: datetime | None
    days: int


class ReadingAnswer(msgspec.Struct):
    """The job that reads the list of followers."""

    job: int


class VisitorAnswer(msgspec.Struct):
    """``unionid`` is empty where the mini program is not bound to an open-platform account."""

    openid: str
    unionid: str


def codes_of(stores: Stores, account: int) -> CodesAnswer:
    """Every code of an account, the newest first. Raises :class:`NotFound`, :class:`BadInput`."""
    standing(stores, account)
    return CodesAnswer([_told(code) for code in list_codes(stores, account)])


def new_code(stores: Stores, exchange: Exchange, by: str, account: int, wanted: Wanted) -> CodeAnswer:
    """Have one made."""
    return _told(get_code(stores, account, make_code(stores, exchange, by, account, wanted)))


def how_it_stands(stores: Stores, account: int) -> StandingAnswer:
    """See :func:`~siyu.channels.wechat.figures.standing`."""
    return msgspec.convert(standing(stores, account), StandingAnswer, from_attributes=True)


def read_followers(stores: Stores, account: int) -> ReadingAnswer:
    """Have the list of followers read, from where the last reading was left. Raises :class:`BadInput`."""
    if usable_account(stores, account).channel != NAME:
        raise BadInput(
            "no_followers",
            "只有公众号有粉丝列表。",
            "Only official accounts have a list of followers.",
            field="account",
        )
    with stores.ledger.write() as conn:
        return ReadingAnswer(ask_to_list(conn, account))


def last_reading(stores: Stores, account: int) -> JobStatus | None:
    """The latest reading of the list of followers, while it is remembered."""
    found = find(stores, names=[LIST_JOB], key=f"{LIST_JOB}-{account}", rows_max=1)
    return found[0] if found else None


def who_opened(stores: Stores, exchange: Exchange, account: int, code: str) -> VisitorAnswer:
    """See :func:`~siyu.channels.miniprogram.session.sign_in`."""
    visitor = sign_in(stores, exchange, account, code)
    return VisitorAnswer(visitor.openid, visitor.unionid)


def _told(code: Code) -> CodeAnswer:
    return CodeAnswer(
        code.id,
        code.account,
        code.scene,
        code.name,
        code.kind,
        code.page,
        code.url,
        code.picture,
        code.created,
        code.expires,
        code.by,
        code.scans,
        code.follows,
    )
