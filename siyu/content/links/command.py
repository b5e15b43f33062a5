"""What ``siyu content-link …`` and the API answer of content links."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from siyu.content.links import keeping, reading
from siyu.content.links.model import ContentLink, Named, Stage
from siyu.content.links.reading import Figures
from siyu.storage import Stores


class ContentFigures(msgspec.Struct, frozen=True):
    """`opened`: by so many; `forwarded`: of them, so many had it from others, `deepest`: passed on so often; of the
    `told` whose pages told, the middle of `seconds` read and of how `far` (percent)."""

    opened: int
    forwarded: int
    deepest: int
    told: int
    seconds: int | None
    far: int | None


class ContentLinkAnswer(msgspec.Struct, frozen=True):
    """A piece to read at `path`, to be written into messages as it stands. `tags` say what it is about and feed what
    people are interested in; `alert`: their adviser is told who opens it; `url`: where it goes on."""

    id: int
    title: str
    path: str
    text: str
    picture: str
    url: str
    tags: list[str]
    alert: bool
    stage: Stage
    figures: ContentFigures
    created: datetime
    changed: datetime


class ContentLinksAnswer(msgspec.Struct, frozen=True):
    """A page of links, the newest first. `next`: give it as `before`; null at the end."""

    links: list[ContentLinkAnswer]
    next: int | None


class OwnPage(msgspec.Struct, frozen=True):
    """A person's own page."""

    person: int
    path: str


class OwnPagesAnswer(msgspec.Struct, frozen=True):
    """Personal pages, each good for the first device that opens it."""

    links: list[OwnPage]


class ReaderAnswer(msgspec.Struct, frozen=True):
    """Somebody who has the link: from the reader `parent` (null: from the shop), opened first `at` (null: not yet)
    and `opens` times, read for `seconds` and `far` (null: their page never told)."""

    reader: int
    parent: int | None
    person: int
    depth: int
    at: datetime | None
    opens: int
    seconds: int | None
    far: int | None


class ReadersAnswer(msgspec.Struct, frozen=True):
    """As a tree: everybody stands behind whom they have it from. The first 2,000."""

    readers: list[ReaderAnswer]


def link_told(stores: Stores, link: ContentLink, figures: Figures | None = None) -> ContentLinkAnswer:
    """One."""
    found = figures or reading.figures_of(stores, [link.id]).get(link.id, Figures())
    told = ContentFigures(**{name: getattr(found, name) for name in ContentFigures.__struct_fields__})
    names = [name for name in ContentLinkAnswer.__struct_fields__ if name not in ("path", "figures")]
    path = keeping.path_of(stores, Named(link.id))
    return ContentLinkAnswer(path=path, figures=told, **{name: getattr(link, name) for name in names})


def links_told(stores: Stores, words: str = "", before: int | None = None, limit: int = 50) -> ContentLinksAnswer:
    """A page of them."""
    rows_max = max(1, min(limit, keeping.ROWS_MAX - 1))
    found = keeping.list_links(stores, words, before=before, rows_max=rows_max + 1)
    shown = found[:rows_max]
    figures = reading.figures_of(stores, [each.id for each in shown])
    told = [link_told(stores, each, figures.get(each.id, Figures())) for each in shown]
    return ContentLinksAnswer(told, shown[-1].id if len(found) > len(shown) else None)


def pages_told(paths: Mapping[int, str]) -> OwnPagesAnswer:
    """Personal pages."""
    return OwnPagesAnswer([OwnPage(person, path) for person, path in paths.items()])


def readers_told(stores: Stores, link: int) -> ReadersAnswer:
    """Raises :class:`NotFound`."""
    keeping.get_link(stores, link)
    found = reading.tree_of(reading.readers_of(stores, link, reading.TREE_MAX))
    return ReadersAnswer(
        [
            ReaderAnswer(each.hop, each.parent, each.person, depth, each.at, each.opens, each.seconds, each.far)
            for depth, each in found
        ]
    )
