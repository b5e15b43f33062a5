"""What staff do with campaigns: drafted, changed, started, paused, ended."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.campaigns import checks, forms, narrowing
from siyu.growth.campaigns.mechanic import ASKS, MECHANICS, PLACES, PURPOSES, Finding
from siyu.growth.campaigns.model import Campaign, Only
from siyu.growth.campaigns.reading import CAMPAIGN, campaigns_of, missing
from siyu.growth.campaigns.sealing import seal
from siyu.growth.campaigns.tables import campaign_stocks, campaigns
from siyu.growth.cheating.limiting import limits_of
from siyu.growth.purses.model import CURRENCIES, Purse
from siyu.growth.purses.tables import purses
from siyu.loyalty.tiers.model import DOORS
from siyu.storage import BadInput, Conflict, Stores

NAME_CHARACTERS_MAX = 60
TEXT_CHARACTERS_MAX = 2_000
EACH_MAX = 100
GOODS_MAX, GOODS_CHARACTERS_MAX = 100, 200
LEAST_CENTS_MAX = 100_000_000
SECRET_BYTES = 32
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
RESERVED = frozenset({"e", "me", "known", "my", "member"})


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What staff want of a campaign. ``rules``: of the mechanic's struct, in kept units (cents); ``purses``: currency →
    number. While it runs only :data:`LATER` may still be changed (``ends`` only to later)."""

    name: str
    mechanic: str
    purpose: str = "join"
    slug: str = ""
    sponsor: str = ""
    text_zh: str = ""
    text_en: str = ""
    rules: dict[str, Any] = {}
    purses: dict[str, int] = {}
    places: list[str] = []
    ask: str = "tap"
    door: str = ""
    only: Only = Only()
    each: int = 1
    adults: bool = True
    accept_risk: bool = False
    begins: datetime | None = None
    ends: datetime | None = None


LATER = ("name", "text_zh", "text_en", "door", "ends", "sponsor")


def draft(stores: Stores, by: str, wanted: Wanted) -> Campaign:
    """Keep a new one, not yet to be seen. Raises :class:`BadInput`."""
    values = _values(wanted, by)
    now = stores.clock.now()
    values |= {"stage": "draft", "created": now, "changed": now, "by": by}
    values["slug"] = values["slug"] or secrets.token_hex(4)
    with stores.ledger.write() as conn:
        _slug_free(conn, values["slug"], None)
        row = conn.execute(sa.insert(campaigns).values(values).returning(*CAMPAIGN)).one()
    return Campaign(*row)


def change(stores: Stores, by: str, campaign: int, wanted: Wanted) -> Campaign:
    """Change a draft, or what may still be changed of one that runs. Raises :class:`BadInput`, :class:`NotFound`,
    :class:`Conflict` (what was promised at the start stays)."""
    values = _values(wanted, by)
    with stores.ledger.write() as conn:
        found = _locked(conn, campaign)
        if found.stage == "ended":
            raise Conflict("campaign_ended", "活动已结束，不能再修改。", "It is over and can't be changed.")
        values["slug"] = values["slug"] or found.slug
        if found.stage != "draft":
            _same_promise(found, values)
            values = {name: values[name] for name in LATER}
        else:
            _slug_free(conn, values["slug"], campaign)
        values["changed"] = stores.clock.now()
        conn.execute(sa.update(campaigns).where(campaigns.c.id == campaign).values(values))
        changed = _locked(conn, campaign)
        if changed.stage != "draft":  # what is said in public stays within law and platform
            wrong = _checked(conn, changed, stores.clock.now())
            _refuse([each for each in wrong if each.field in LATER])
        return changed


def _refuse(found: Sequence[Finding]) -> None:
    """Raises :class:`BadInput` for the first that stops."""
    wrong = [each for each in found if each.severity == "stop"]
    if wrong:
        raise BadInput("campaign_unfit", wrong[0].zh, wrong[0].en, field=wrong[0].field)


def findings(stores: Stores, campaign: int) -> list[Finding]:
    """What stands against starting it, or is worth knowing. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        found = campaigns_of(conn, [campaign])
        if not found:
            raise missing(campaign)
        return _checked(conn, found[campaign], stores.clock.now())


def start(stores: Stores, campaign: int) -> Campaign:
    """Start a draft: from here on its rules are what they are. Raises :class:`NotFound`, :class:`Conflict` (not a
    draft), :class:`BadInput` (the checks say no, at the field of the first)."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        found = _locked(conn, campaign)
        if found.stage != "draft":
            raise Conflict("campaign_started", "活动已经发布过。", "It was started before.", stage=found.stage)
        _refuse(_checked(conn, found, now))
        stocks = found.plays.stocks(found.ruled)
        rows = [{"campaign": campaign, "name": name, "total": total} for name, total in stocks.items()]
        if rows:
            conn.execute(sa.insert(campaign_stocks), rows)
        secret = secrets.token_bytes(SECRET_BYTES)
        values = {"stage": "live", "started": now, "changed": now, "secret": seal(stores.home, secret)}
        values["secret_hash"] = sha256(secret).hexdigest()
        conn.execute(sa.update(campaigns).where(campaigns.c.id == campaign).values(values))
        return _locked(conn, campaign)


def pause(stores: Stores, campaign: int, *, paused: bool) -> Campaign:
    """Let it rest, or go on. Raises :class:`NotFound`, :class:`Conflict`."""
    before, after = ("live", "paused") if paused else ("paused", "live")
    with stores.ledger.write() as conn:
        return _turn(conn, stores.clock.now(), campaign, (before,), after)


def end(stores: Stores, campaign: int) -> Campaign:
    """End it for good; what was reached stays. Raises :class:`NotFound`, :class:`Conflict`."""
    with stores.ledger.write() as conn:
        return _turn(conn, stores.clock.now(), campaign, ("live", "paused"), "ended")


def _turn(conn: Connection, now: datetime, campaign: int, before: tuple[str, ...], after: str) -> Campaign:
    found = _locked(conn, campaign)
    if found.stage not in before:
        raise Conflict("campaign_stage", "活动现在不能这样处理。", "This can't be done to it now.", stage=found.stage)
    values = {"stage": after, "changed": now, "ended": now if after == "ended" else None}
    conn.execute(sa.update(campaigns).where(campaigns.c.id == campaign).values(values))
    return _locked(conn, campaign)


def _locked(conn: Connection, campaign: int) -> Campaign:
    query = sa.select(*CAMPAIGN).where(campaigns.c.id == campaign).with_for_update()
    row = conn.execute(query).one_or_none()
    if row is None:
        raise missing(campaign)
    return Campaign(*row)


def _checked(conn: Connection, campaign: Campaign, now: datetime) -> list[Finding]:
    behind = narrowing.states_of(conn, [campaign]).get(campaign.id, ())
    wait_hours = limits_of(conn, [campaign.id])[campaign.id].waits(money=True)
    return checks.check(campaign, _purses(conn, campaign), now, behind, wait_hours)


def _purses(conn: Connection, campaign: Campaign) -> dict[int, Purse]:
    view = [purses.c[name] for name in Purse.__dataclass_fields__]
    query = sa.select(*view).where(purses.c.id.in_(sorted(campaign.purses.values())))
    return {row.id: Purse(*row) for row in conn.execute(query)}


def _slug_free(conn: Connection, slug: str, campaign: int | None) -> None:
    query = sa.select(campaigns.c.id).where(campaigns.c.slug == slug)
    taken = conn.execute(query).scalar()
    if taken is not None and taken != campaign:
        raise BadInput("slug_taken", "这个地址已被使用。", "That address is taken.", field="slug")


def _same_promise(found: Campaign, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        before = getattr(found, name)
        if name in LATER or name == "risk_taken" or before == value:
            continue
        raise Conflict(
            "campaign_promised",
            "活动发布后，规则、奖品和参与方式不能再改。",
            "Once it has started, rules, prizes and how to take part stay as they are.",
            field=name,
        )
    if found.ends is not None and (values["ends"] is None or values["ends"] < found.ends):
        raise Conflict(
            "campaign_shorter",
            "结束时间只能延后；要停请结束活动。",
            "The end can only be moved later; or end it.",
            field="ends",
        )


def _values(wanted: Wanted, by: str) -> dict[str, Any]:
    """Raises :class:`BadInput`."""
    name, slug = wanted.name.strip(), wanted.slug.strip().lower()
    _require(
        0 < len(name) <= NAME_CHARACTERS_MAX, "name", f"请填写名称，最多 {NAME_CHARACTERS_MAX} 字。", "Give it a name."
    )
    _require(wanted.mechanic in MECHANICS, "mechanic", "请选择玩法。", "Choose a mechanic.")
    _require(wanted.purpose in PURPOSES, "purpose", "请选择目的。", "Choose a purpose.")
    fit = not slug or (_SLUG.fullmatch(slug) is not None and slug not in RESERVED)
    _require(
        fit, "slug", "地址只能用小写字母、数字和连字符，最多 40 个。", "Small letters, digits and hyphens, 40 at most."
    )
    _require(wanted.ask in ASKS, "ask", "请选择计入方式。", "Choose what counts.")
    _require(set(wanted.places) <= set(PLACES), "places", "没有这个投放场景。", "No such place.")
    _require(1 <= wanted.each <= EACH_MAX, "each", f"每人 1 到 {EACH_MAX} 次。", f"1 to {EACH_MAX} each.")
    _require(set(wanted.purses) <= set(CURRENCIES), "purses", "没有这种预算。", "No such purse.")
    for field in ("text_zh", "text_en", "sponsor", "door"):
        text = getattr(wanted, field)
        _require(len(text) <= TEXT_CHARACTERS_MAX, field, "太长了。", "Too long.")
    door_zh = "请填写 https:// 开头的地址，或本系统的活码地址 /c/…。"
    _require(
        not wanted.door or checks.door_fits(wanted.door), "door", door_zh, "An https address, or a live code /c/…."
    )
    try:
        rules = forms.from_document(MECHANICS[wanted.mechanic].rules, wanted.rules)
    except forms.Unfit as error:
        first = error.findings[0]
        raise BadInput("rules_unfit", first.zh, first.en, field=f"rules.{first.field}") from None
    values = msgspec.structs.asdict(wanted)
    del values["accept_risk"], values["only"]
    values["narrowed"] = _narrowed(wanted.only)
    ends_first = wanted.begins is not None and wanted.ends is not None and wanted.ends <= wanted.begins
    _require(not ends_first, "ends", "结束时间应晚于开始时间。", "The end lies behind the beginning.")
    values |= {"name": name, "slug": slug, "rules": msgspec.to_builtins(rules)}
    values["places"] = [place for place in PLACES if place in wanted.places]
    values["risk_taken"] = by if wanted.accept_risk else ""
    return values


def _narrowed(only: Only) -> dict[str, Any]:
    """Raises :class:`BadInput`."""
    goods = [each.strip() for each in only.goods if each.strip()]
    fit = len(goods) <= GOODS_MAX and all(len(each) <= GOODS_CHARACTERS_MAX for each in goods)
    zh = f"最多 {GOODS_MAX} 种商品，每行一个编号或名称。"
    _require(fit, "only.goods", zh, f"At most {GOODS_MAX} goods, a number or a name a line.")
    fit = 0 <= only.least_cents <= LEAST_CENTS_MAX
    _require(fit, "only.least_cents", "金额不在范围内。", "The amount is out of range.")
    _require(only.right in ("", *DOORS), "only.right", "没有这项权益。", "There is no such right.")
    return msgspec.to_builtins(msgspec.structs.replace(only, goods=goods))


def _require(fit: bool, field: str, zh: str, en: str) -> None:
    if not fit:
        raise BadInput("campaign_field", zh, en, field=field)
