"""Posters kept by staff, which one a campaign offers, and how people are shown on theirs."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.media import get_medium
from siyu.growth.campaigns.tables import campaigns
from siyu.growth.pictures.lettering import drawable
from siyu.growth.pictures.safe import PIXELS_MAX
from siyu.growth.posters.drawing import Face, Pictures, ready_ground, ready_logo, ready_portrait
from siyu.growth.posters.model import SIZES, Draft, Layout, Poster, checked
from siyu.growth.posters.tables import campaign_posters, poster_faces, posters
from siyu.people import families
from siyu.people.finding import names_of
from siyu.storage import BadInput, Conflict, NotFound, Stores, insert_into

ROWS_MAX = 500
FACE_NAME_CHARACTERS_MAX = 20
SELF = "self"
"""Who set a face: the person, on their own page."""
_VIEW = [posters.c[name] for name in Poster.__dataclass_fields__]


def list_posters(stores: Stores, *, archived: bool = False) -> list[Poster]:
    """All there are (at most ``ROWS_MAX``), the newest first; with ``archived``, those put away too."""
    query = sa.select(*_VIEW).order_by(posters.c.id.desc()).limit(ROWS_MAX)
    if not archived:
        query = query.where(posters.c.archived.is_(None))
    with stores.ledger.read() as conn:
        return [_poster(row) for row in conn.execute(query)]


def get_poster(stores: Stores, poster: int) -> Poster:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return _one(conn, poster)


def add_poster(stores: Stores, by: str, draft: Draft) -> Poster:
    """Raises :class:`BadInput` at the field, :class:`Conflict` (the name is another's)."""
    wanted = checked(draft)
    made = pictures_for(stores, wanted)
    now = stores.clock.now()
    values = _values(wanted, made) | {"created": now, "changed": now, "by": by}
    with stores.ledger.write() as conn:
        if conn.execute(sa.select(sa.func.count()).select_from(posters)).scalar_one() >= ROWS_MAX:
            raise BadInput("posters_many", f"最多 {ROWS_MAX} 张海报。", f"At most {ROWS_MAX} posters.", field="name")
        _name_free(conn, wanted.name, None)
        number = conn.execute(sa.insert(posters).values(values).returning(posters.c.id)).scalar_one()
        return _one(conn, number)


def change_poster(stores: Stores, poster: int, draft: Draft) -> Poster:
    """All of it anew; who saves theirs from now on saves the new one. Raises :class:`BadInput`, :class:`NotFound`,
    :class:`Conflict`."""
    wanted = checked(draft)
    made = pictures_for(stores, wanted, get_poster(stores, poster))
    with stores.ledger.write() as conn:
        _one(conn, poster)
        _name_free(conn, wanted.name, poster)
        values = _values(wanted, made) | {"changed": stores.clock.now()}
        conn.execute(sa.update(posters).where(posters.c.id == poster).values(values))
        return _one(conn, poster)


def archive_poster(stores: Stores, poster: int, *, archived: bool) -> Poster:
    """Offer it to campaigns no more, or again; those that have it keep it. Raises :class:`NotFound`."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        found = _one(conn, poster)
        if (found.archived is not None) is not archived:
            values = {"archived": now if archived else None, "changed": now}
            conn.execute(sa.update(posters).where(posters.c.id == poster).values(values))
        return _one(conn, poster)


def pictures_of(stores: Stores, poster: int) -> Pictures:
    """What it carries for everybody, as it was made ready when it was kept. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(posters.c.ground, posters.c.mark).where(posters.c.id == poster)).one_or_none()
    if row is None:
        raise _missing(poster)
    return Pictures(row.ground, row.mark)


def pictures_for(stores: Stores, draft: Draft, kept: Poster | None = None) -> Pictures:
    """What a draft carries, from the media; of ``kept``, the same poster before, what did not change. Raises
    :class:`BadInput` at ``background`` or ``logo``: not there, or no sound picture."""
    before = pictures_of(stores, kept.id) if kept is not None else Pictures()
    ground = logo = None
    if draft.background:
        same = kept is not None and (kept.background, kept.size, kept.paper) == (
            draft.background,
            draft.size,
            draft.paper,
        )
        content = before.ground if same else None
        ground = content or ready_ground(
            _medium(stores, draft.background, "background"), SIZES[draft.size], draft.paper
        )
    if draft.logo:
        same = kept is not None and kept.logo == draft.logo
        logo = (before.logo if same else None) or ready_logo(_medium(stores, draft.logo, "logo"))
    return Pictures(ground, logo)


def _medium(stores: Stores, sha256: str, field: str) -> bytes:
    try:
        return get_medium(stores, sha256)[1]
    except NotFound as error:
        raise BadInput("medium_not_found", "没有这张图片，请先上传到素材。", error.en, field=field) from None


# -- which poster a campaign offers -------------------------------------------------------------------------


def choose(stores: Stores, campaign: int, poster: int | None) -> None:
    """Which poster people may save in a campaign, at any stage of it; None for none. Raises :class:`NotFound`,
    :class:`Conflict` (it was put away)."""
    with stores.ledger.write() as conn:
        if conn.execute(sa.select(campaigns.c.id).where(campaigns.c.id == campaign)).first() is None:
            raise NotFound("no_campaign", f"没有编号为 {campaign} 的活动。", f"There is no campaign {campaign}.")
        own = campaign_posters.c.campaign == campaign
        if poster is None:
            conn.execute(sa.delete(campaign_posters).where(own))
            return
        found = _one(conn, poster)
        had = conn.execute(sa.select(campaign_posters.c.poster).where(own)).scalar()
        if found.archived is not None and had != poster:
            raise Conflict("poster_archived", "这张海报已停用。", "This poster was put away.", field="poster")
        put = insert_into(conn, campaign_posters).values(campaign=campaign, poster=poster)
        conn.execute(put.on_conflict_do_update(index_elements=["campaign"], set_={"poster": poster}))


def chosen(stores: Stores, campaign: int) -> Poster | None:
    """The poster of a campaign."""
    query = sa.select(*_VIEW).join(campaign_posters, campaign_posters.c.poster == posters.c.id)
    with stores.ledger.read() as conn:
        row = conn.execute(query.where(campaign_posters.c.campaign == campaign)).one_or_none()
    return None if row is None else _poster(row)


def used_in(stores: Stores) -> dict[int, list[tuple[int, str]]]:
    """Poster → campaigns that offer it, number and name."""
    query = sa.select(campaign_posters.c.poster, campaigns.c.id, campaigns.c.name).join(
        campaigns, campaigns.c.id == campaign_posters.c.campaign
    )
    found: dict[int, list[tuple[int, str]]] = {}
    with stores.ledger.read() as conn:
        for poster, campaign, name in conn.execute(query.order_by(campaigns.c.id)):
            found.setdefault(poster, []).append((campaign, name))
    return found


# -- how people are shown -----------------------------------------------------------------------------------


def face_of(stores: Stores, person: int) -> Face:
    """How a person (any node of theirs) is shown: what was set last, else the name of their profile and no picture."""
    with stores.ledger.read() as conn:
        nodes = next(iter(families.members_of(conn, [person]).values()), [person])
        face = poster_faces.c
        newest = sa.select(face.name, face.picture).where(face.person.in_(nodes)).order_by(face.at.desc()).limit(1)
        row = conn.execute(newest).one_or_none()
    name = row.name if row is not None else ""
    if not name:
        known = names_of(stores, nodes)
        name = next((known[node] for node in nodes if node in known), "")
    return Face(name, row.picture if row is not None else None)


def set_face(
    stores: Stores,
    by: str,
    person: int,
    *,
    name: str | None = None,
    picture: bytes | None = None,
    pixels_max: int = PIXELS_MAX,
) -> Face:
    """``None`` leaves what there is. An empty ``name`` is the profile's; ``picture`` as somebody gave it, empty for
    none. Raises :class:`BadInput` at ``name`` or ``picture``, :class:`NotFound`."""
    given: dict[str, Any] = {}
    if name is not None:
        given["name"] = _face_name(name)
    if picture is not None:
        given["picture"] = ready_portrait(picture, pixels_max) if picture else None
    with stores.ledger.write() as conn:
        nodes = next(iter(families.members_of(conn, [person]).values()), [])
        if not nodes:
            raise NotFound("no_person", f"没有编号为 {person} 的客户。", f"There is no person {person}.")
        face = poster_faces.c
        newest = sa.select(face.name, face.picture).where(face.person.in_(nodes)).order_by(face.at.desc()).limit(1)
        before = conn.execute(newest).mappings().one_or_none() or {"name": "", "picture": None}
        conn.execute(sa.delete(poster_faces).where(face.person.in_(nodes)))
        values = {**before, **given, "person": person, "at": stores.clock.now(), "by": by}
        conn.execute(sa.insert(poster_faces).values(values))
    return face_of(stores, person)


def _face_name(name: str) -> str:
    name = " ".join(name.split())
    if len(name) > FACE_NAME_CHARACTERS_MAX or (name and not drawable(name).strip()):
        raise BadInput(
            "face_name",
            f"名字最多 {FACE_NAME_CHARACTERS_MAX} 个字，且至少有一个能印出的字（表情符号印不出）。",
            f"At most {FACE_NAME_CHARACTERS_MAX} characters, one of them printable (emoji are not).",
            field="name",
        )
    return name


def clear_face(stores: Stores, person: int) -> None:
    """Back to the profile's name and no picture."""
    with stores.ledger.write() as conn:
        nodes = next(iter(families.members_of(conn, [person]).values()), [person])
        conn.execute(sa.delete(poster_faces).where(poster_faces.c.person.in_(nodes)))


# -- rows ---------------------------------------------------------------------------------------------------


def _poster(row: sa.Row[Any]) -> Poster:
    values: dict[str, Any] = dict(zip(Poster.__dataclass_fields__, row, strict=True))
    values["layout"] = msgspec.convert(values["layout"], Layout, strict=False)
    return Poster(**values)


def _one(conn: Connection, poster: int) -> Poster:
    row = conn.execute(sa.select(*_VIEW).where(posters.c.id == poster)).one_or_none()
    if row is None:
        raise _missing(poster)
    return _poster(row)


def _missing(poster: int) -> NotFound:
    return NotFound("no_poster", f"没有编号为 {poster} 的海报。", f"There is no poster {poster}.")


def _name_free(conn: Connection, name: str, mine: int | None) -> None:
    other = conn.execute(sa.select(posters.c.id).where(posters.c.name == name)).scalar()
    if other not in (None, mine):
        raise Conflict("poster_name_taken", "已有同名海报。", "Another poster has this name.", field="name")


def _values(draft: Draft, made: Pictures) -> dict[str, Any]:
    values = msgspec.structs.asdict(draft) | {"layout": msgspec.to_builtins(draft.layout)}
    return values | {"ground": made.ground, "mark": made.logo}
