"""What ``siyu poster …``, the API and the console answer of posters."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from siyu.growth.campaigns.reading import effort_at, get_campaign
from siyu.growth.posters import keeping
from siyu.growth.posters.drawing import NOBODY, Face, poster_of
from siyu.growth.posters.model import Layout, Poster
from siyu.storage import BadInput, NotFound, Stores


class UsedAnswer(msgspec.Struct, frozen=True):
    """A campaign in which people may save it."""

    id: int
    name: str


class PosterAnswer(msgspec.Struct, frozen=True):
    """A poster. Places in mm from the upper left corner; `background`, `logo`: sha-256 among the media. `archived`:
    offered to campaigns no more."""

    id: int
    name: str
    size: str
    background: str
    paper: str
    colours: str
    logo: str
    layout: Layout
    campaigns: list[UsedAnswer]
    archived: datetime | None
    created: datetime
    changed: datetime
    by: str


class PostersAnswer(msgspec.Struct, frozen=True):
    """All posters, the newest first."""

    posters: list[PosterAnswer]


class ChosenAnswer(msgspec.Struct, frozen=True):
    """Which poster people may save in a campaign; null for none."""

    campaign: int
    poster: int | None


class FaceAnswer(msgspec.Struct, frozen=True):
    """How somebody is shown on posters. `picture`: whether there is one."""

    person: int
    name: str
    picture: bool


class MadeAnswer(msgspec.Struct, frozen=True):
    """The file that was written, and its size."""

    file: str
    bytes: int


def _told(found: Poster, used: dict[int, list[tuple[int, str]]]) -> PosterAnswer:
    own = {name: getattr(found, name) for name in PosterAnswer.__struct_fields__ if name != "campaigns"}
    return PosterAnswer(campaigns=[UsedAnswer(*each) for each in used.get(found.id, [])], **own)


def all_told(stores: Stores, *, archived: bool) -> PostersAnswer:
    """All of them."""
    used = keeping.used_in(stores)
    return PostersAnswer([_told(each, used) for each in keeping.list_posters(stores, archived=archived)])


def poster_told(stores: Stores, poster: int) -> PosterAnswer:
    """One. Raises :class:`~siyu.storage.NotFound`."""
    return _told(keeping.get_poster(stores, poster), keeping.used_in(stores))


def chosen_told(stores: Stores, campaign: int) -> ChosenAnswer:
    """Raises :class:`~siyu.storage.NotFound`."""
    get_campaign(stores, campaign)
    found = keeping.chosen(stores, campaign)
    return ChosenAnswer(campaign, None if found is None else found.id)


def face_told(person: int, face: Face) -> FaceAnswer:
    """One face."""
    return FaceAnswer(person, face.name, face.picture is not None)


def link_of(stores: Stores, site: str, effort: str) -> tuple[str, int]:
    """The address of an effort (its slug) at ``site`` (``https://host``), and who started it. Raises
    :class:`~siyu.storage.NotFound`, :class:`BadInput`."""
    found = effort_at(stores, effort)
    if found is None:
        raise NotFound("no_effort", "没有这次发起。", "There is no such effort.")
    parts = urlsplit(site.strip())
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise BadInput("site_unfit", "请填写网址，如 https://m.shop.cn。", "Give an address: https://…", field="site")
    return f"{parts.scheme}://{parts.netloc}/m/e/{found.slug}", found.person


def drawn(
    stores: Stores, poster: int, link: str, face: Face = NOBODY, format: str = "jpg", per_inch: int = 300
) -> bytes:
    """The file of one person's poster. Raises :class:`~siyu.storage.NotFound`, :class:`BadInput`."""
    found = keeping.get_poster(stores, poster)
    return poster_of(found.draft, keeping.pictures_of(stores, poster), link, face, format, per_inch)
