"""The API of touchpoints, entry paths and invite lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from siyu.audiences.conditions.sequence import Step
from siyu.growth.cold_start import command as invites
from siyu.growth.cold_start import keeping as lists
from siyu.growth.cold_start.command import AddedAnswer, InvitesAnswer, ListAnswer, ListsAnswer
from siyu.growth.cold_start.model import PEOPLE_MAX, ListDraft
from siyu.growth.paths import command as paths
from siyu.growth.paths import keeping as kept_paths
from siyu.growth.paths.command import PathAnswer, PathsAnswer
from siyu.growth.paths.model import DAYS_MAX, STEPS_MAX, PathDraft
from siyu.growth.touchpoints import command, keeping
from siyu.growth.touchpoints.command import CostAnswer, CostsAnswer, TouchpointAnswer, TouchpointsAnswer
from siyu.growth.touchpoints.model import MARKS_MAX, Mark
from siyu.insight import coming
from siyu.insight.coming import PathFiguresAnswer, TouchpointFiguresAnswer
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web.api.ways import Word
from siyu.web.current import note
from siyu.web.forms import WHOLE_MAX
from siyu.web.paging import Id, Limit
from siyu.web.routes import also, api_acts, api_read, api_write

Number = Annotated[int, msgspec.Meta(ge=1, le=WHOLE_MAX)]
Amount = Annotated[Decimal, msgspec.Meta(description="Yuan, at most two decimals")]
MarkKind = Literal["code", "way", "state", "utm", "campaign"]


class MarkBody(msgspec.Struct, forbid_unknown_fields=True):
    """What belongs to a touchpoint: a live code or a code at WeCom by number, a campaign by slug, or a text."""

    kind: MarkKind
    value: Word


class TouchpointBody(msgspec.Struct, forbid_unknown_fields=True):
    """A touchpoint with all that belongs to it."""

    name: Word
    kind: Word
    note: Word = ""
    marks: Annotated[list[MarkBody], msgspec.Meta(max_length=MARKS_MAX)] = []


class CostBody(msgspec.Struct, forbid_unknown_fields=True):
    """Money spent from `first` to `last`, both counted, the same every day."""

    first: date
    last: date
    amount: Amount
    note: Word = ""


class PathBody(msgspec.Struct, forbid_unknown_fields=True):
    """An entry path. `steps` follow the entry, within `days`; `touchpoint` or `code`: only who came by it."""

    name: Word
    entry: Word
    steps: Annotated[list[Step], msgspec.Meta(min_length=1, max_length=STEPS_MAX)]
    days: Annotated[int, msgspec.Meta(ge=1, le=DAYS_MAX)] = 30
    touchpoint: Number | None = None
    code: Number | None = None


class ListBody(msgspec.Struct, forbid_unknown_fields=True):
    """An invite list. `amount` in the smallest unit of the `purse` (cents, points, pieces)."""

    name: Word
    kind: Literal["core", "staff_friends", "koc"]
    code: Number
    ask: Literal["add", "join", "order"] = "add"
    reward: Word = ""
    amount: Annotated[int, msgspec.Meta(ge=0, le=WHOLE_MAX)] = 0
    title: Word = ""
    purse: Number | None = None


class PeopleBody(msgspec.Struct, forbid_unknown_fields=True):
    """Persons by number, or everybody who is in an audience now."""

    persons: Annotated[list[Number], msgspec.Meta(max_length=PEOPLE_MAX)] = []
    audience: Number | None = None


class LinksBody(msgspec.Struct, forbid_unknown_fields=True):
    """Which page of the list: the invitations above `after`."""

    after: Annotated[int, msgspec.Meta(ge=0, le=WHOLE_MAX)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=lists.PAGE_MAX)] = 50


# -- touchpoints --------------------------------------------------------------------------------------------


@api_read("/api/touchpoints", "code.read")
def list_all(stores: Stores, archived: bool = False) -> TouchpointsAnswer:
    """All touchpoints, by name; with `archived`, those put away too."""
    return command.all_told(stores, archived=archived)


@api_read("/api/touchpoints/figures", "code.read")
def figures(stores: Stores, first: date | None = None, last: date | None = None) -> TouchpointFiguresAnswer:
    """Friends, cost per friend, retention, repeat rate and lifetime value by touchpoint; the last 30 days where nothing
    is said."""
    return coming.touchpoints_told(stores, first, last)


@api_write("POST", "/api/touchpoints", "code.write", audits="touchpoint_added")
def add(stores: Stores, actor: Actor, data: TouchpointBody) -> TouchpointAnswer:
    """Name a place where people come from."""
    made = keeping.add_touchpoint(stores, actor.tag, data.name, data.kind, data.note, _marks(data.marks))
    note(f"touchpoint:{made.id}", name=made.name)
    return command.touchpoint_told(stores, made.id)


@api_read("/api/touchpoints/{touchpoint:int}", "code.read")
def one(stores: Stores, touchpoint: Id) -> TouchpointAnswer:
    """One touchpoint."""
    return command.touchpoint_told(stores, touchpoint)


@api_write(
    "PUT",
    "/api/touchpoints/{touchpoint:int}",
    "code.write",
    audits="touchpoint_changed",
    about="touchpoint:{touchpoint}",
)
def change(stores: Stores, touchpoint: Id, data: TouchpointBody) -> TouchpointAnswer:
    """All of it anew, with all that belongs to it."""
    keeping.change_touchpoint(stores, touchpoint, data.name, data.kind, data.note, _marks(data.marks))
    return command.touchpoint_told(stores, touchpoint)


touchpoint_acts = api_acts("/api/touchpoints/{touchpoint:int}", "code.write", about="touchpoint:{touchpoint}")


@touchpoint_acts("archive", "touchpoint_archived")
def archive(stores: Stores, touchpoint: Id) -> TouchpointAnswer:
    """Offer it no more; its figures stay."""
    keeping.archive_touchpoint(stores, touchpoint, archived=True)
    return command.touchpoint_told(stores, touchpoint)


@touchpoint_acts("restore", "touchpoint_restored")
def restore(stores: Stores, touchpoint: Id) -> TouchpointAnswer:
    """Offer it again."""
    keeping.archive_touchpoint(stores, touchpoint, archived=False)
    return command.touchpoint_told(stores, touchpoint)


@api_read("/api/touchpoints/{touchpoint:int}/costs", "code.read")
def costs(stores: Stores, touchpoint: Id) -> CostsAnswer:
    """What was spent on it, the newest first."""
    return command.costs_told(stores, touchpoint)


@api_write(
    "POST",
    "/api/touchpoints/{touchpoint:int}/costs",
    "code.write",
    audits="touchpoint_cost_added",
    about="touchpoint:{touchpoint}",
)
def add_cost(stores: Stores, actor: Actor, touchpoint: Id, data: CostBody) -> CostAnswer:
    """Write down what was spent on it."""
    made = keeping.add_cost(stores, actor.tag, touchpoint, data.first, data.last, data.amount, data.note)
    note(f"touchpoint:{touchpoint}", cost=made.id, cents=made.cents)
    return command.cost_told(made)


@api_write(
    "DELETE",
    "/api/touchpoints/{touchpoint:int}/costs/{cost:int}",
    "code.write",
    audits="touchpoint_cost_removed",
    about="touchpoint:{touchpoint}",
    status_code=200,
)
def remove_cost(stores: Stores, touchpoint: Id, cost: Id) -> CostAnswer:
    """Take away what was written down wrongly."""
    gone = keeping.remove_cost(stores, touchpoint, cost)
    note(f"touchpoint:{touchpoint}", cost=gone.id, cents=gone.cents)
    return command.cost_told(gone)


def _marks(bodies: Sequence[MarkBody]) -> list[Mark]:
    return [Mark(body.kind, body.value) for body in bodies]


# -- entry paths --------------------------------------------------------------------------------------------


@api_read("/api/entry-paths", "code.read")
def all_paths(stores: Stores) -> PathsAnswer:
    """All entry paths, the newest first."""
    return paths.all_told(stores)


@api_write("POST", "/api/entry-paths", "code.write", audits="path_added")
def add_path(stores: Stores, actor: Actor, data: PathBody) -> PathAnswer:
    """Say what people meet after the scan."""
    made = kept_paths.add_path(stores, actor.tag, _path(data))
    note(f"path:{made.id}", name=made.name)
    return paths.path_told(made)


@api_read("/api/entry-paths/{path:int}", "code.read")
def one_path(stores: Stores, path: Id) -> PathAnswer:
    """One entry path."""
    return paths.path_told(kept_paths.get_path(stores, path))


@api_write("PUT", "/api/entry-paths/{path:int}", "code.write", audits="path_changed", about="path:{path}")
def change_path(stores: Stores, path: Id, data: PathBody) -> PathAnswer:
    """All of it anew."""
    return paths.path_told(kept_paths.change_path(stores, path, _path(data)))


@api_write(
    "DELETE", "/api/entry-paths/{path:int}", "code.write", audits="path_removed", about="path:{path}", status_code=200
)
def remove_path(stores: Stores, path: Id) -> PathAnswer:
    """Look at it no more; nothing that happened is lost."""
    return paths.path_told(kept_paths.remove_path(stores, path))


@api_read("/api/entry-paths/{path:int}/figures", "code.read")
def path_figures(stores: Stores, path: Id, first: date | None = None, last: date | None = None) -> PathFiguresAnswer:
    """How many came to each step, and how many stopped there; the last 30 days where nothing is said."""
    return coming.path_told(stores, path, first, last)


def _path(data: PathBody) -> PathDraft:
    return PathDraft(data.name, data.entry, data.steps, data.days, data.touchpoint, data.code)


# -- invite lists -------------------------------------------------------------------------------------------


@api_read("/api/cold-start", "campaign.read")
def all_lists(stores: Stores) -> ListsAnswer:
    """All invite lists with their progress, the newest first."""
    return invites.all_told(stores)


@api_write("POST", "/api/cold-start", "campaign.write", audits="cold_list_added")
def add_list(stores: Stores, actor: Actor, data: ListBody) -> ListAnswer:
    """Draft a list of people who are invited by name."""
    made = lists.add_list(stores, actor.tag, _list(data))
    note(f"cold_list:{made.id}", name=made.name)
    return invites.list_told(stores, made.id)


@api_read("/api/cold-start/{number:int}", "campaign.read")
def one_list(stores: Stores, number: Id) -> ListAnswer:
    """One list with its progress."""
    return invites.list_told(stores, number)


@api_write(
    "PUT", "/api/cold-start/{number:int}", "campaign.write", audits="cold_list_changed", about="cold_list:{number}"
)
def change_list(stores: Stores, number: Id, data: ListBody) -> ListAnswer:
    """Change a draft."""
    lists.change_list(stores, number, _list(data))
    return invites.list_told(stores, number)


list_acts = api_acts("/api/cold-start/{number:int}", "campaign.write", about="cold_list:{number}")


@list_acts("start", "cold_list_started")
def start(stores: Stores, number: Id) -> ListAnswer:
    """From here on links are given out, and what is promised stays."""
    lists.start(stores, number)
    return invites.list_told(stores, number)


@list_acts("end", "cold_list_ended")
def end(stores: Stores, number: Id) -> ListAnswer:
    """Nobody gets anything more; what was granted stays."""
    lists.end(stores, number)
    return invites.list_told(stores, number)


@api_read("/api/cold-start/{number:int}/people", "campaign.read")
def people(stores: Stores, number: Id, after: int = 0, limit: Limit = 50) -> InvitesAnswer:
    """Who is on it, and how far each one came."""
    return invites.invites_told(stores, number, max(0, min(after, WHOLE_MAX)), limit)


@api_write(
    "POST",
    "/api/cold-start/{number:int}/people",
    "campaign.write",
    audits="cold_people_added",
    about="cold_list:{number}",
    status_code=200,
)
def add_people(stores: Stores, number: Id, data: PeopleBody) -> AddedAnswer:
    """Put persons on it, once each; or everybody who is in an audience now."""
    if (data.audience is None) is not bool(data.persons):
        raise BadInput(
            "cold_whom", "请给出客户编号，或一个人群。", "Give numbers of persons, or one audience.", field="persons"
        )
    done = (
        lists.add_people(stores, number, data.persons)
        if data.audience is None
        else lists.add_audience(stores, number, data.audience)
    )
    note(f"cold_list:{number}", added=done.added)
    return invites.added_told(done)


@api_write(
    "DELETE",
    "/api/cold-start/{number:int}/people/{person:int}",
    "campaign.write",
    audits="cold_person_removed",
    about="cold_list:{number}",
    status_code=200,
)
def take_off(stores: Stores, number: Id, person: Id) -> ListAnswer:
    """Take off somebody who has no link yet."""
    lists.take_off(stores, number, person)
    note(f"cold_list:{number}", person=person)
    return invites.list_told(stores, number)


@api_write(
    "POST",
    "/api/cold-start/{number:int}/links",
    "campaign.write",
    audits="cold_links_given",
    about="cold_list:{number}",
    guards=[also("people.write")],
    repeatable=False,  # a link names a person
    status_code=200,
)
def give_links(stores: Stores, number: Id, data: LinksBody) -> InvitesAnswer:
    """Personal links of a page of the list: these people are invited from now on. Asking again gives links to the same
    invitations, good for another 30 days. Whoever opens one is that person on their device: this
    takes `people.write` too."""
    told = invites.links_told(stores, number, data.after, data.limit)
    note(f"cold_list:{number}", links=len(told.invites))
    return told


def _list(data: ListBody) -> ListDraft:
    return ListDraft(data.name, data.kind, data.code, data.ask, data.reward, data.amount, data.title, data.purse)


ROUTES = [
    *(list_all, figures, add, one, change, archive, restore, costs, add_cost, remove_cost),
    *(all_paths, add_path, one_path, change_path, remove_path, path_figures),
    *(all_lists, add_list, one_list, change_list, start, end, people, add_people, take_off, give_links),
]
