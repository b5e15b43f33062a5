"""People by JSON: lists, one person, timeline, profile, merges, erasure."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from siyu.people import actions, consents, erasure, identity, merges, profile, queries, timeline
from siyu.people.finding import holders, identifiers_of
from siyu.people.held import PAGE_MAX, held_merges
from siyu.people.queries import Search, Sort
from siyu.reach.best_hour_words import BestHourAnswer, best_hour_told
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web.current import may, note
from siyu.web.paging import CursorText, Id, Limit, Page, page_of, value_of
from siyu.web.routes import api_read, api_write
from siyu.web.seeing import entries_seen, names_may_be_asked, seen


class PersonItem(msgspec.Struct):
    """One line of the list. Amounts are decimal texts in the installation's currency."""

    person: int
    name: str
    sex: str
    city: str
    province: str
    origin_source: str
    origin_campaign: str
    created: datetime
    tags: list[int]
    layers: dict[str, str]
    kinds: list[str]
    last_seen: datetime | None
    last_paid: datetime | None
    orders: int
    spent: Decimal


class IdentifierItem(msgspec.Struct):
    """``hidden``: masked, because the caller may not see the whole of it."""

    kind: str
    value: str
    hidden: bool
    node: int
    since: datetime
    source: str


class MergeItem(msgspec.Struct):
    id: int
    at: datetime
    kept: int
    absorbed: int
    cause: str
    evidence: dict[str, Any]
    by: str
    undone: datetime | None
    undone_by: str | None


class ConsentItem(msgspec.Struct):
    purpose: str
    channel: str
    given: bool
    at: datetime
    notice: str
    evidence: str
    by: str


class PersonDetail(msgspec.Struct):
    """``person`` is the kept number: asking for one that was merged answers with the one it was merged into."""

    person: int
    nodes: list[int]
    gone: bool
    basic: dict[str, Any]
    source: profile.Source
    behaviour: profile.Behaviour
    business: profile.Business
    predictive: dict[str, Any]
    tags: list[profile.HeldTag]
    identifiers: list[IdentifierItem]
    consents: list[ConsentItem]
    merges: list[MergeItem]


class ProfileChange(msgspec.Struct):
    """What to set: profile columns (name, sex, birthday, province, city, occupation, minor, no_profiling) or any
    further attribute; null clears."""

    traits: dict[str, Any]


class Changed(msgspec.Struct):
    person: int
    changed: list[str]


class MergeWith(msgspec.Struct):
    other: int
    note: str = ""


class Kept(msgspec.Struct):
    """The persons after the deed."""

    persons: list[int]


class Erasure(msgspec.Struct):
    job: int


class Decision(msgspec.Struct):
    decision: Literal["merge", "keep_apart"]


class ConflictItem(msgspec.Struct):
    id: int
    at: datetime
    low: int
    high: int
    reason: str
    state: str
    settled: datetime | None
    settled_by: str | None


class NewStatement(msgspec.Struct):
    """``at`` is now; ``notice``: version of the text shown; ``evidence``: where it was said."""

    purpose: str
    channel: str
    given: bool
    notice: str = ""
    evidence: str = "api"


class IdentifierQuestion(msgspec.Struct):
    kind: str
    value: str


class PeopleAsked(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Filters of a list of people, joined by "and". ``q``: part of a name, a whole identifier, or ``#number``.
    ``consent``: ``marketing:email`` given, ``-marketing:email`` refused. A naive time is read as UTC."""

    q: str = ""
    tag: int | None = None
    city: str = ""
    source: str = ""
    consent: str = ""
    kind: str = ""
    seen_since: datetime | None = None
    seen_before: datetime | None = None
    orders_min: int = 0

    def search(self, sort: Sort = "last_seen") -> Search:
        """As the room reads it. Raises :class:`BadInput`."""
        return Search(
            text=_text(self.q),
            in_names=names_may_be_asked(self.q),
            tags=[self.tag] if self.tag is not None and 0 < self.tag < 2**32 else [],
            cities=[_text(self.city)] if self.city else [],
            sources=[_text(self.source)] if self.source else [],
            kinds=[_text(self.kind)] if self.kind else [],
            consent=_text(self.consent),
            seen_since=_aware(self.seen_since, "seen_since"),
            seen_before=_aware(self.seen_before, "seen_before"),
            orders_min=max(0, min(self.orders_min, 2**31)),
            sort=sort,
        )


@api_read("/api/people", "people.read")
def list_people(
    stores: Stores,
    q: str = "",
    tag: int | None = None,
    city: str = "",
    source: str = "",
    consent: str = "",
    kind: str = "",
    seen_since: datetime | None = None,
    seen_before: datetime | None = None,
    orders_min: int = 0,
    sort: Sort = "last_seen",
    cursor: CursorText = "",
    limit: Limit = 50,
) -> Page[PersonItem]:
    """People, most of what ``sort`` says first.

    ``q``: part of a name, a whole identifier, or ``#number``. ``consent``: ``marketing:email`` given,
    ``-marketing:email`` refused. A naive time is read as UTC.
    """
    asked = PeopleAsked(
        q=q,
        tag=tag,
        city=city,
        source=source,
        consent=consent,
        kind=kind,
        seen_since=seen_since,
        seen_before=seen_before,
        orders_min=orders_min,
    )
    found = queries.people_page(stores, asked.search(sort), cursor or None, limit)
    items = [msgspec.convert(row, PersonItem, from_attributes=True) for row in found.rows]
    for item in items:
        item.name = seen(item.name)
    return Page(items, found.next)


def _text(value: str) -> str:
    if len(value) > 300 or not value.isprintable():
        raise BadInput("bad_text", "文字太长或含有不可见字符。", "A text is too long or has invisible characters.")
    return value


def _aware(moment: datetime | None, field: str) -> datetime | None:
    if moment is None:
        return None
    if not 1970 <= moment.year <= 2200:
        raise BadInput("bad_time", "时间超出范围。", "The time is out of range.", field=field)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@api_read("/api/people/{person:int}", "people.read")
def get_person(stores: Stores, person: Id) -> PersonDetail:
    """One person: profile in five classes, tags, identifiers, consents, merges."""
    shown = profile.profile_of(stores, person)
    with stores.ledger.read() as conn:
        held = identifiers_of(conn, shown.nodes, whole=may("people.phone"))
        history = merges.history(conn, shown.person)
        stated = consents.of_person(conn, shown.person)
    return PersonDetail(
        shown.person,
        list(shown.nodes),
        shown.gone,
        seen(shown.basic),
        shown.source,
        shown.behaviour,
        shown.business,
        dict(shown.predictive),
        list(shown.tags),
        [IdentifierItem(one.kind, one.value, one.hidden, one.node, one.since, one.source) for one in held],
        [ConsentItem(**{name: row[name] for name in ConsentItem.__struct_fields__}) for row in stated],
        [_merge_item(one) for one in history],
    )


def _merge_item(one: merges.Merge) -> MergeItem:
    evidence = dict(one.evidence) if may("people.phone") else {k: v for k, v in one.evidence.items() if k != "value"}
    return MergeItem(one.id, one.at, one.kept, one.absorbed, one.cause, evidence, one.by, one.undone, one.undone_by)


@api_read("/api/people/{person:int}/best-hour", "people.read")
def get_best_hour(stores: Stores, person: Id) -> BestHourAnswer:
    """When a person is most likely to look, and what that rests on."""
    return best_hour_told(stores, person)


@api_read("/api/people/{person:int}/timeline", "people.read")
def get_timeline(
    stores: Stores, person: Id, name: str = "", cursor: CursorText = "", limit: Limit = 50
) -> Page[timeline.Entry]:
    """What happened with a person, newest first; ``name``: only events of this name."""
    nodes = timeline.nodes_of(stores, person)
    found = timeline.timeline(stores, nodes, names=[_text(name)] if name else [], cursor=cursor or None, limit=limit)
    return Page(entries_seen(found.entries), found.next)


@api_write("PATCH", "/api/people/{person:int}", "people.write", audits="person_changed", about="person:{person}")
def change_person(stores: Stores, actor: Actor, person: Id, data: ProfileChange) -> Changed:
    """Set profile columns and attributes by hand."""
    changed = sorted(actions.set_profile(stores, actor.tag, person, data.traits))
    note(fields=changed)
    return Changed(person, changed)


@api_write("POST", "/api/people/{person:int}/merge", "people.merge", audits="people_merged", about="person:{person}")
def merge_people(stores: Stores, actor: Actor, person: Id, data: MergeWith) -> Kept:
    """Make two persons one."""
    note(other=data.other)
    return Kept([merges.merge(stores, actor.tag, person, data.other, _text(data.note))])


@api_write("POST", "/api/merges/{merge_id:int}/undo", "people.merge", audits="merge_undone", about="merge:{merge_id}")
def undo_merge(stores: Stores, actor: Actor, merge_id: Id) -> Kept:
    """Undo a merge: events, tags and consents go back where they belong."""
    return Kept(sorted(set(merges.undo(stores, actor.tag, merge_id))))


@api_write(
    "POST", "/api/people/{person:int}/consents", "people.write", audits="consent_stated", about="person:{person}"
)
def state_consent(stores: Stores, actor: Actor, person: Id, data: NewStatement) -> list[ConsentItem]:
    """Record that a person gave or withdrew consent; what counts afterwards."""
    texts = {"notice": _text(data.notice), "evidence": _text(data.evidence)}
    consents.state_consent(stores, actor.tag, person, data.purpose, data.channel, data.given, **texts)
    note(purpose=data.purpose, channel=data.channel, given=data.given)
    with stores.ledger.read() as conn:
        stated = consents.of_person(conn, merges.kept_person(conn, person))
    return [ConsentItem(**{name: row[name] for name in ConsentItem.__struct_fields__}) for row in stated]


@api_read("/api/people/{person:int}/consents/log", "people.read")
def consent_proof(stores: Stores, person: Id) -> list[ConsentItem]:
    """Everything a person ever stated, newest first: the proof."""
    with stores.ledger.read() as conn:
        log = consents.log_of(conn, merges.kept_person(conn, person))
    return [ConsentItem(**{name: row[name] for name in ConsentItem.__struct_fields__}) for row in log]


@api_write("POST", "/api/people/{person:int}/erase", "people.erase", audits="person_erased", about="person:{person}")
def erase_person(stores: Stores, actor: Actor, person: Id) -> Erasure:
    """Erase what is personal about somebody; the number and amounts of orders stay. It can't be undone."""
    return Erasure(erasure.erase(stores, actor.tag, person))


@api_write("POST", "/api/people/find", "people.read", audits=None)
def find_person(stores: Stores, data: IdentifierQuestion) -> Kept:
    """Who holds an identifier: none or one. By POST, so that no phone number stands in an address."""
    wanted = identity.normalise(data.kind, data.value)
    return Kept(holders(stores, wanted))


@api_read("/api/conflicts", "people.merge")
def list_conflicts(
    stores: Stores,
    show: Literal["open", "merged", "kept_apart"] = "open",
    cursor: CursorText = "",
    limit: Limit = 50,
) -> Page[ConflictItem]:
    """Merges that wait for a human, newest first."""
    limit = min(limit, PAGE_MAX - 1)
    with stores.ledger.read() as conn:
        found = held_merges(conn, state=show, after=value_of(cursor, int) or 0, limit=limit + 1)
    return page_of(
        found,
        limit,
        lambda one: one.id,
        lambda one: ConflictItem(one.id, one.at, one.low, one.high, one.reason, one.state, one.settled, one.settled_by),
    )


@api_write(
    "POST",
    "/api/conflicts/{conflict:int}/settle",
    "people.merge",
    audits="conflict_settled",
    about="conflict:{conflict}",
)
def settle_conflict(stores: Stores, actor: Actor, conflict: Id, data: Decision) -> Kept:
    """Settle a held merge either way."""
    note(decision=data.decision)
    return Kept([merges.settle(stores, actor.tag, conflict, data.decision)])


ROUTES = [
    list_people,
    get_person,
    get_timeline,
    get_best_hour,
    change_person,
    merge_people,
    undo_merge,
    state_consent,
    consent_proof,
    erase_person,
    find_person,
    list_conflicts,
    settle_conflict,
]
