"""What the command line and the API answer of journeys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct, convert, to_builtins

from siyu.audiences.queries import names
from siyu.audiences.words import Language, Words
from siyu.channels import Channels
from siyu.reach.journeys import checking, drafts, queries
from siyu.reach.journeys.model import Journey, to_json
from siyu.reach.journeys.moves import proposed
from siyu.reach.journeys.text import goal_said, node_said, text_of, trigger_said
from siyu.storage import Stores
from siyu.storage.paging import cut, place_of, value_of

Seen = Callable[[Any], Any]
"""How a text of the journey is shown to who reads."""


def whole(value: Any) -> Any:
    """As it is: for whom everything may be shown."""
    return value


class ProblemAnswer(Struct, frozen=True):
    """Something wrong. `node`: the step it is found at, null: the journey itself; `field`: the path there; an `error`
    is in the way of publishing, a `warning` is not."""

    node: str | None
    code: str
    zh: str
    en: str
    level: str
    field: str


class ProblemsAnswer(Struct, frozen=True):
    """Everything wrong, errors first. `publishable`: no error among them."""

    publishable: bool
    problems: list[ProblemAnswer]


class JourneyListed(Struct, frozen=True):
    """A journey in the list. `version`: the one that people come into, null before the first; `entered`: how often
    somebody came in, `inside`: how many are in it now."""

    id: int
    name: str
    state: str
    version: int | None
    inside: int
    entered: int
    created: datetime
    changed: datetime
    by: str
    archived: datetime | None

    @classmethod
    def of(cls, found: queries.Listed) -> JourneyListed:
        kept = found.journey
        return cls(
            kept.id, kept.name, kept.state, kept.version, found.inside, found.entered, kept.created, kept.changed,
            kept.by, kept.archived,
        )  # fmt: skip


class JourneysAnswer(Struct, frozen=True):
    """A page of journeys, the latest changed first; `next`: what the following page is asked with, null at the end."""

    journeys: list[JourneyListed]
    next: str | None


class SaidStep(Struct, frozen=True):
    """A step in words."""

    id: str
    zh: str
    en: str


class JourneyDetail(Struct, frozen=True):
    """A journey with its draft. `changed` is given back with a change, so that nobody's work is written over;
    `trigger`, `goal` ("" without one) and `steps` say the draft in words."""

    journey: JourneyListed
    draft: dict[str, Any]
    trigger_zh: str
    trigger_en: str
    goal_zh: str
    goal_en: str
    steps: list[SaidStep]


class VersionAnswer(Struct, frozen=True):
    """A version. `inside`: how many are in it now; `moved`: the mapping by which others came into it."""

    version: int
    published: datetime
    by: str
    inside: int
    moved: dict[str, str]


class VersionsAnswer(Struct, frozen=True):
    """Every version, the newest first."""

    versions: list[VersionAnswer]


class VersionDetail(Struct, frozen=True):
    """A version's document."""

    version: int
    document: dict[str, Any]


class ChangeAnswer(Struct, frozen=True):
    """A difference: `added`, `removed` or `changed`; `node` null: of the journey itself; `fields`: what of it."""

    what: str
    node: str | None
    fields: list[str]


class ChangesAnswer(Struct, frozen=True):
    """What is different from one version to a newer one or the draft (`new` null), and a mapping for those inside:
    each step at which people rest → the same step, where that can be."""

    old: int
    new: int | None
    changes: list[ChangeAnswer]
    moves: dict[str, str]


class NodeFigure(Struct, frozen=True):
    """Of one step: `came` to it, `went` on, `left` the journey from it, are `here` now."""

    id: str
    title: str
    zh: str
    en: str
    came: int
    went: int
    left: int
    here: int


class EdgeFigure(Struct, frozen=True):
    """How many went one way; `share` of those who came to the step, null where nobody has."""

    node: str
    way: str
    to: str | None
    people: int
    share: float | None


class JourneyFigures(Struct, frozen=True):
    """How many went which way in a version, and where they are. `gate`: came in and not led to the first step yet;
    `refused`: why → how many did not come in; `goal`: did what the journey is for."""

    journey: int
    version: int
    entered: int
    inside: int
    gate: int
    goal: int
    refused: dict[str, int]
    nodes: list[NodeFigure]
    edges: list[EdgeFigure]


class InsideAnswer(Struct, frozen=True):
    """Somebody in a version now. `node` "": not led to the first step yet; `due`: when the step looks again;
    `held_until`: a message waits for the guard until then."""

    person: int
    version: int
    run: int
    node: str
    entered: datetime
    due: datetime
    held_until: datetime | None


class PeopleInside(Struct, frozen=True):
    """A page of people in a version, the longest there first."""

    people: list[InsideAnswer]
    next: str | None


class SentIn(Struct, frozen=True):
    """How many people were sent in. Who is inside already, or may not come, does not come."""

    people: int


class TextAnswer(Struct, frozen=True):
    """The document as text: YAML, with what each step does in words above it."""

    text: str


class DocumentAnswer(Struct, frozen=True):
    """A text as a document."""

    document: dict[str, Any]


def words_of(stores: Stores) -> tuple[Words, Words]:
    """What steps are said with: Chinese, English."""
    known = names(stores)
    return Words("zh", known), Words("en", known)


def page_told(stores: Stores, *, words: str, state: str, archived: bool, after: str, rows_max: int) -> JourneysAnswer:
    """A page of journeys. ``after``: ``next`` of the page before. Raises :class:`BadInput`."""
    before = place_of(after, datetime, int)
    found = queries.page(stores, words=words, state=state, archived=archived, before=before, rows_max=rows_max + 1)
    shown, following = cut(found, rows_max, queries.place)
    return JourneysAnswer([JourneyListed.of(each) for each in shown], following)


def told(stores: Stores, journey: int, seen: Seen = whole) -> JourneyDetail:
    """One journey with its draft, as the reader may see it. Raises :class:`NotFound`."""
    found = queries.listed(stores, journey)
    draft = found.journey.draft
    zh, en = words_of(stores)
    return JourneyDetail(
        JourneyListed.of(found),
        seen(to_json(draft)),
        seen(trigger_said(draft, zh)),
        seen(trigger_said(draft, en)),
        seen(goal_said(draft, zh)),
        seen(goal_said(draft, en)),
        [SaidStep(node.id, seen(node_said(node, zh)), seen(node_said(node, en))) for node in draft.nodes],
    )


def problems_told(stores: Stores, channels: Channels, draft: Journey, number: int | None) -> ProblemsAnswer:
    """What is wrong with a document."""
    found = checking.problems(stores, channels, draft, number)
    return ProblemsAnswer(
        all(each.level != "error" for each in found),
        [convert(each, ProblemAnswer, from_attributes=True) for each in found],
    )


def text_told(stores: Stores, journey: int, version: int | None, language: Language, seen: Seen = whole) -> TextAnswer:
    """The draft, or a version, as text. Raises :class:`NotFound`."""
    return TextAnswer(seen(text_of(document(stores, journey, version), Words(language, names(stores)))))


def document(stores: Stores, journey: int, version: int | None) -> Journey:
    """The draft, or a version. Raises :class:`NotFound`."""
    return drafts.get(stores, journey).draft if version is None else drafts.document_of(stores, journey, version)


def versions_told(stores: Stores, journey: int) -> VersionsAnswer:
    """Raises :class:`NotFound`."""
    drafts.get(stores, journey)
    found = queries.versions(stores, journey)
    return VersionsAnswer([convert(each, VersionAnswer, from_attributes=True) for each in found])


def changes_told(stores: Stores, journey: int, old: int, new: int | None) -> ChangesAnswer:
    """From one version to another, or to the draft (None). Raises :class:`NotFound`."""
    before, after = drafts.document_of(stores, journey, old), document(stores, journey, new)
    found = [ChangeAnswer(each.what, each.node, list(each.fields)) for each in queries.changes(before, after)]
    return ChangesAnswer(old, new, found, proposed(before, after))


def figures_told(stores: Stores, journey: int, version: int | None, seen: Seen = whole) -> JourneyFigures:
    """Of a version (None: the one that people come into). Raises :class:`NotFound`."""
    number = version_of(stores, journey, version)
    found = queries.figures(stores, journey, number)
    zh, en = words_of(stores)
    nodes = drafts.document_of(stores, journey, number).nodes
    return JourneyFigures(
        journey,
        number,
        found.entered,
        found.inside,
        found.gate,
        found.goal,
        dict(found.refused),
        [
            NodeFigure(
                node.id,
                *map(seen, (node.title, node_said(node, zh), node_said(node, en))),
                **_plain(found.nodes[node.id]),
            )
            for node in nodes
        ],
        [convert(each, EdgeFigure, from_attributes=True) for each in found.edges],
    )


def people_told(
    stores: Stores,
    journey: int,
    version: int | None,
    *,
    node: str | None,
    persons: Sequence[int] | None,
    after: str,
    rows_max: int,
) -> PeopleInside:
    """Who is in a version now. ``after``: ``next`` of the page before. Raises :class:`NotFound`, :class:`BadInput`."""
    number = version_of(stores, journey, version)
    last = value_of(after, int) or 0
    found = queries.people_inside(
        stores, journey, number, node=node, persons=persons, after=last, rows_max=rows_max + 1
    )
    shown, following = cut(found, rows_max, lambda each: each.row)
    return PeopleInside([convert(each, InsideAnswer, from_attributes=True) for each in shown], following)


def version_of(stores: Stores, journey: int, version: int | None) -> int:
    """The version that is meant: the one given, or the one that people come into. Raises :class:`NotFound`."""
    found = version if version is not None else drafts.get(stores, journey).version
    return 0 if found is None else found


def plain(answer: object) -> Mapping[str, Any]:
    """An answer as the command line prints it."""
    return to_builtins(answer)


def _plain(found: queries.NodeFigures) -> dict[str, int]:
    return {"came": found.came, "went": found.went, "left": found.left, "here": found.here}
