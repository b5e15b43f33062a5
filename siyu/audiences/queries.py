"""What can be asked: counts, members, explanations, and the audiences that are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from siyu.audiences import compile as compiler
from siyu.audiences.context import definitions, moment
from siyu.audiences.explain import Explanation, explain
from siyu.audiences.layers import schemes
from siyu.audiences.model import Rule, leaves, parse, sentence
from siyu.audiences.tables import audience_versions, audiences
from siyu.audiences.words import Names, Pair, Words
from siyu.people.event_names import NAMES as EVENT_NAMES
from siyu.people.tables import tags
from siyu.storage import NotFound, Stores

EXACT_EVENTS_MAX = 100_000_000
"""Above this many events a count while editing reads every sixteenth person and says "about"."""

SAMPLED = 16
HISTORY_DAYS = 90
HISTORY_ROWS_MAX = 200
NO_CAUSE = "rule_changed"


@dataclass(frozen=True)
class Audience:
    """An audience as it is kept. ``size`` is of the last computation (``computed``); None before the first."""

    id: int
    name: str
    kind: Literal["live", "snapshot"]
    rule: Rule
    version: int
    created: datetime
    changed: datetime
    by: str
    archived: datetime | None
    state: int | None
    size: int | None
    computed: datetime | None
    refresh_minutes: int


@dataclass(frozen=True)
class Estimate:
    """A number of people, and whether it is only about right."""

    people: int
    approximate: bool


def names(stores: Stores) -> Names:
    """What sentences call tags, audiences, events and layers."""
    with stores.ledger.read() as conn:
        tagged = {row.id: row.name for row in conn.execute(sa.select(tags.c.id, tags.c.name))}
        called = {row.id: row.name for row in conn.execute(sa.select(audiences.c.id, audiences.c.name))}
        known = schemes(conn)
    return Names(
        tags=tagged,
        audiences=called,
        events={name: (each.zh, each.en) for name, each in EVENT_NAMES.items()},
        schemes={scheme.key: scheme.label for scheme in known},
        layers={(scheme.key, layer.key): layer.label for scheme in known for layer in scheme.layers},
    )


def said(stores: Stores, rule: Rule) -> Pair:
    """The rule as a Chinese and an English sentence."""
    known = names(stores)
    return sentence(rule, Words("zh", known)), sentence(rule, Words("en", known))


def count(stores: Stores, rule: Rule) -> int:
    """How many people the rule holds for now."""
    return compiler.count(stores.events, rule, moment(stores), definitions(stores))


def estimate(stores: Stores, rule: Rule) -> Estimate:
    """As :func:`count`, but from a sample where the event log is so large that editing would wait."""
    (stored,) = stores.events.row(
        "SELECT sum(rows) FROM system.parts WHERE active AND database = currentDatabase() AND table = 'events'"
    )
    if int(stored or 0) <= EXACT_EVENTS_MAX:
        return Estimate(count(stores, rule), False)
    found = compiler.count(stores.events, rule, moment(stores), definitions(stores), one_in=SAMPLED)
    return Estimate(found * SAMPLED, True)


def page(stores: Stores, rule: Rule, after: int = 0, limit: int = 50) -> tuple[int, list[int]]:
    """How many people the rule holds for, and the next ``limit`` of them with a number above ``after``."""
    return compiler.page(stores.events, rule, moment(stores), definitions(stores), after, limit)


def explained(stores: Stores, rule: Rule, person: int) -> Explanation:
    """Why the rule holds for a person, or does not. Raises :class:`NotFound` where there is no such person."""
    return explain(stores.events, rule, person, moment(stores), definitions(stores), names(stores))


# -- kept audiences ----------------------------------------------------------------------------------------


def get(stores: Stores, number: int) -> Audience:
    """One audience. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return find(conn, number)


def find(conn: Connection, number: int) -> Audience:
    """One audience, in the caller's transaction. Raises :class:`NotFound`."""
    row = conn.execute(sa.select(audiences).where(audiences.c.id == number)).one_or_none()
    if row is None:
        raise NotFound("audience_unknown", f"没有编号为 {number} 的人群。", f"There is no audience {number}.")
    return _audience(row)


def all_audiences(stores: Stores, *, archived: bool = False) -> list[Audience]:
    """Every audience, the latest changed first."""
    query = sa.select(audiences).order_by(audiences.c.changed.desc(), audiences.c.id.desc())
    if not archived:
        query = query.where(audiences.c.archived.is_(None))
    with stores.ledger.read() as conn:
        return [_audience(row) for row in conn.execute(query)]


def _audience(row: Row[Any]) -> Audience:
    return Audience(
        row.id, row.name, row.kind, parse(row.rule), row.version, row.created, row.changed, row.by, row.archived,
        row.state, row.size, row.computed, row.refresh_minutes,
    )  # fmt: skip


def rule_of_version(stores: Stores, number: int, version: int) -> Rule:
    """The rule as it was in one version."""
    query = sa.select(audience_versions.c.rule).where(
        audience_versions.c.audience == number, audience_versions.c.version == version
    )
    with stores.ledger.read() as conn:
        found = conn.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("audience_version_unknown", "没有这个版本。", "There is no such version.")
    return parse(found)


def versions(stores: Stores, number: int) -> Sequence[Mapping[str, Any]]:
    """The versions of an audience's rule, the latest first: version, rule (JSON), at, by."""
    query = (
        sa.select(audience_versions)
        .where(audience_versions.c.audience == number)
        .order_by(audience_versions.c.version.desc())
    )
    with stores.ledger.read() as conn:
        return [dict(row) for row in conn.execute(query).mappings()]


def rule_for_members(audience: Audience) -> Rule:
    """The rule that asks for the members: a live audience's own, a snapshot's list."""
    return audience.rule if audience.kind == "live" else parse({"type": "audience", "audience": audience.id})


def members(stores: Stores, number: int) -> npt.NDArray[np.uint32]:
    """Everybody in the audience at this moment, by number: a live audience is asked anew, a snapshot is its list."""
    rule = rule_for_members(get(stores, number))
    table = compiler.members_table(stores.events, rule, moment(stores), definitions(stores))
    return np.sort(cast("npt.NDArray[np.uint32]", table.column("person").to_numpy()))


def members_page(stores: Stores, number: int, after: int = 0, limit: int = 50) -> tuple[int, list[int]]:
    """How many members there are now, and the next ``limit`` of them with a number above ``after``."""
    return page(stores, rule_for_members(get(stores, number)), max(0, min(after, 2**32 - 2)), limit)


def why(stores: Stores, number: int, person: int) -> dict[str, Any]:
    """Why a person is in an audience or not, now, and when they joined and left before, with the cause."""
    audience = get(stores, number)
    told = explained(stores, rule_for_members(audience), person)
    return {"audience": audience.id, "name": audience.name, **told, "history": history(stores, number, told["person"])}


def history(stores: Stores, number: int, person: int | None = None) -> list[dict[str, Any]]:
    """Who joined and left in the last days, the latest first, each with the conditions that changed."""
    one = f" AND {compiler.PERSON} = {{person:UInt32}}"
    rows = stores.events.rows(
        f"SELECT time, {compiler.PERSON}, name = 'audience_entered', properties.version.:Int64, "
        "properties.causes.:`Array(Nullable(String))` FROM events "
        "PREWHERE name IN ('audience_entered', 'audience_left') "
        f"AND time > {{since:DateTime64(3, 'UTC')}} WHERE properties.audience.:Int64 = {{audience:UInt32}}"
        f"{one if person else ''} ORDER BY time DESC, person LIMIT {HISTORY_ROWS_MAX}",
        {"audience": number, "person": person or 0, "since": _since(stores)},
    )
    told: dict[int, dict[str, Pair]] = {}
    known = names(stores)
    found: list[dict[str, Any]] = []
    for time, who, joined, version, causes in rows:
        if version not in told:
            told[version] = _sentences(stores, number, version, known)
        found.append(
            {
                "time": time.isoformat(),
                "person": who,
                "joined": bool(joined),
                "version": version,
                "causes": [_cause(cause, told[version]) for cause in causes or ()],
            }
        )
    return found


def _since(stores: Stores) -> datetime:
    return stores.clock.now() - timedelta(days=HISTORY_DAYS)


def _sentences(stores: Stores, number: int, version: int, known: Names) -> dict[str, Pair]:
    rule = rule_of_version(stores, number, version)
    return {path: (node.sentence(Words("zh", known)), node.sentence(Words("en", known))) for path, node in leaves(rule)}


def _cause(cause: str, sentences: Mapping[str, Pair]) -> dict[str, Any]:
    """``+$.rules[0]``: the condition there began to hold; ``-``: it ceased to."""
    if cause == NO_CAUSE:
        return {"path": "$", "holds": None, "zh": "规则已修改", "en": "the rule was edited"}
    zh, en = sentences.get(cause[1:], (cause[1:], cause[1:]))
    return {"path": cause[1:], "holds": cause[0] == "+", "zh": zh, "en": en}
