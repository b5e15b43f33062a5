"""Consent: per purpose and channel, given and withdrawn, with its proof (PIPL articles 13 to 17)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from siyu.people import actions, families, inheritance
from siyu.people.tables import consent_log, consents
from siyu.storage import BadInput, Stores, sent

PURPOSES: Mapping[str, tuple[str, str]] = {
    "marketing": ("营销推送", "marketing messages"),
    "service": ("服务通知", "service messages"),
    "profiling": ("个性化推荐与画像", "personalisation and profiling"),
    "sharing": ("向广告平台提供联系方式", "sharing contact data with advertising platforms"),
}
CHANNELS: Mapping[str, tuple[str, str]] = {  # the media that people agree to; every channel that sends is one
    "any": ("所有渠道", "every channel"),
    "webhook": ("Webhook", "webhook"),
    "email": ("邮件", "e-mail"),
    "sms": ("短信", "SMS"),
    "wecom": ("企业微信", "WeCom"),
    "official_account": ("公众号", "official account"),
    "miniprogram": ("小程序", "mini program"),
    "douyin": ("抖音", "Douyin"),
}


@dataclass(frozen=True, slots=True)
class Statement:
    """One "yes" or "no" of one person. ``notice``: version of the text shown; ``evidence``: where it was said."""

    person: int
    purpose: str
    channel: str
    given: bool
    at: datetime
    notice: str
    evidence: str
    by: str


def state_consent(
    stores: Stores,
    by: str,
    person: int,
    purpose: str,
    channel: str,
    given: bool,
    *,
    notice: str = "",
    evidence: str = "",
) -> None:
    """Give or withdraw consent. Raises :class:`BadInput`, :class:`NotFound`."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        kept = actions.require_person(conn, person)
        record(conn, now, [Statement(kept, purpose, channel, given, now, notice, evidence, by)])


def record(conn: Connection, now: datetime, statements: Sequence[Statement]) -> None:
    """Record statements by set, at most ``CHUNK_ROWS``; ``at`` may lie in the past (an import)."""
    for each in statements:
        _check(each)
    if not statements:
        return
    columns = Statement.__slots__
    numbers = conn.execute(
        sa.insert(consent_log).returning(consent_log.c.id, sort_by_parameter_order=True),
        [{column: getattr(each, column) for column in columns} for each in statements],
    ).scalars()
    parts = list(families.members_of(conn, [each.person for each in statements]).values())
    inheritance.refresh_consents(conn, parts)
    actions.append_own(
        conn,
        [
            {
                "message_id": f"consent-{number}",
                "time": each.at,
                "name": "consent_given" if each.given else "consent_withdrawn",
                "person": each.person,
                "properties": {"purpose": each.purpose, "channel": each.channel, "evidence": each.evidence},
            }
            for number, each in zip(numbers, statements, strict=True)
        ],
    )
    families.mark_changed(conn, now, sorted({each.person for each in statements}))


def _check(each: Statement) -> None:
    if each.purpose not in PURPOSES:
        raise BadInput("bad_purpose", "未知的用途。", f"Unknown purpose {each.purpose!r}.", field="purpose")
    if each.channel not in CHANNELS:
        raise BadInput("bad_channel", "未知的渠道。", f"Unknown channel {each.channel!r}.", field="channel")


def of_person(conn: Connection, kept: int) -> Sequence[RowMapping]:
    """What counts today for a kept person."""
    return conn.execute(sa.select(consents).where(consents.c.person == kept)).mappings().all()


def log_of(conn: Connection, kept: int) -> Sequence[RowMapping]:
    """Everything any node of the person ever stated, newest first: the proof."""
    nodes = families.members_of(conn, [kept]).get(kept, [kept])
    return (
        conn.execute(sa.select(consent_log).where(consent_log.c.person.in_(nodes)).order_by(consent_log.c.id.desc()))
        .mappings()
        .all()
    )


def who_share(conn: Connection, kept: Sequence[int]) -> set[int]:
    """Which of these kept persons (at most ``CHUNK_ROWS``) said yes, and nowhere no, to their data being given to
    somebody else. That needs a consent of its own (PIPL article 23): none for marketing stands in for it."""
    asked = sent(conn, person=(sa.BigInteger, list(kept)))
    rows = conn.execute(
        sa.select(consents.c.person, consents.c.given)
        .select_from(asked.join(consents, consents.c.person == asked.c.person))
        .where(consents.c.purpose == "sharing")
    ).all()
    return {row.person for row in rows} - {row.person for row in rows if not row.given}


def allows(stated: Sequence[RowMapping], purpose: str, channel: str) -> bool:
    """Whether ``consents`` of one person allow this: a refusal for the channel or for all wins; else a consent for
    either is enough; said nothing is no consent."""
    answers = [row["given"] for row in stated if row["purpose"] == purpose and row["channel"] in (channel, "any")]
    return bool(answers) and all(answers)
