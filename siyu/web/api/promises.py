"""The API of promises to customers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from siyu.reach.promises import keeping
from siyu.reach.promises.keeping import ORDER_CHARACTERS_MAX, WORDS_CHARACTERS_MAX, Promise, State
from siyu.reach.staff_tasks.model import ADVISER
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.console.tasks import looker_of
from siyu.web.current import note
from siyu.web.forms import WHOLE_MAX
from siyu.web.paging import Limit
from siyu.web.routes import api_read, api_write


class PromiseBody(msgspec.Struct, forbid_unknown_fields=True):
    """A promise to a person by a moment. `to`: `adviser`, `pool`, a login or a holder."""

    person: Annotated[int, msgspec.Meta(ge=1, le=WHOLE_MAX)]
    words: Annotated[str, msgspec.Meta(min_length=1, max_length=WORDS_CHARACTERS_MAX)]
    due: Annotated[datetime, msgspec.Meta(tz=True)]
    to: Annotated[str, msgspec.Meta(max_length=120)] = ADVISER
    order: Annotated[str, msgspec.Meta(max_length=ORDER_CHARACTERS_MAX)] = ""


class PromiseAnswer(msgspec.Struct, frozen=True):
    """A promise, its `task` and who holds that. `state`: open, overdue, kept, late (kept after its day), broken (done
    without reaching them), withdrawn."""

    id: int
    task: int
    person: int
    words: str
    order: str
    due: datetime
    at: datetime
    by: str
    holder: str
    state: State


class PromisesAnswer(msgspec.Struct, frozen=True):
    """Promises that one may see, the newest first. `next`: give it as `before`; null at the end."""

    promises: list[PromiseAnswer]
    next: int | None


@api_read("/api/promises", "tasks.read")
def list_all(
    stores: Stores,
    actor: Actor,
    stage: str = "",
    person: int | None = None,
    before: int | None = None,
    limit: Limit = 50,
) -> PromisesAnswer:
    """Promises, the newest first; of one `person`; with `stage`, those that came to that state."""
    rows_max = min(limit, keeping.ROWS_MAX - 1)
    whose, place = (None if each is None else max(0, min(each, WHOLE_MAX)) for each in (person, before))
    found = keeping.list_promises(
        stores, looker_of(stores, actor), state=stage, person=whose, before=place, rows_max=rows_max + 1
    )
    shown = found[:rows_max]
    return PromisesAnswer([_told(each) for each in shown], shown[-1].id if len(found) > len(shown) else None)


@api_write("POST", "/api/promises", "tasks.write", audits="promise_made")
def add(stores: Stores, actor: Actor, data: PromiseBody) -> PromiseAnswer:
    """Promise somebody something: it becomes a task with its day as the clock, and is kept by doing that in time."""
    made = keeping.promise(stores, actor.tag, data.person, data.words, data.due, to=data.to, order=data.order)
    note(f"promise:{made.id}", person=made.person, task=made.task)
    return _told(made)


def _told(found: Promise) -> PromiseAnswer:
    return PromiseAnswer(**{name: getattr(found, name) for name in PromiseAnswer.__struct_fields__})


ROUTES = [list_all, add]
