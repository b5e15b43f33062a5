"""A journey as one typed document: read from JSON or text, written back, the same for the editor, the API, the file and
the engine. Pure: whether accounts and tags exist is asked elsewhere (``checking.py``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from siyu.reach.journeys import nodes
from siyu.reach.journeys.matching import Match
from siyu.reach.journeys.triggers import AnyTrigger, Entry, Goal
from siyu.reach.limits import TITLE_CHARACTERS_MAX
from siyu.reach.priorities import USUAL
from siyu.storage import BadInput

BYTES_MAX = 512 * 1024
NODES_MAX = 200
EXITS_MAX = 10


class Journey(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """``start``: the id of the first node. ``leave_when``: whoever does one of these leaves at once. ``priority``, 0 to
    100: who of several senders gets the last message that a cap allows; broadcasts have 50."""

    name: str
    trigger: AnyTrigger
    nodes: tuple[nodes.Any, ...] = ()
    start: str | None = None
    entry: Entry = Entry()
    goal: Goal | None = None
    leave_when: tuple[Match, ...] = ()
    priority: int = USUAL
    note: str = ""

    def node(self, id: str) -> nodes.Any:
        """Raises :class:`KeyError`."""
        return self.nodes[self.places()[id]]

    def places(self) -> Mapping[str, int]:
        """Each node's place in :attr:`nodes` by its id: how the engine's tables name it."""
        return {node.id: place for place, node in enumerate(self.nodes)}

    def edges(self) -> Iterator[tuple[str, str, str | None]]:
        """Every way: from, its name, to."""
        for node in self.nodes:
            for name, to in node.edges().items():
                yield node.id, name, to


def parse(raw: bytes | str | Mapping[str, Any]) -> Journey:
    """Read a document, which may be unfinished. Raises :class:`BadInput` with the path of what has the wrong shape."""
    try:
        if isinstance(raw, Mapping):
            found = msgspec.convert(dict(raw), Journey)
        else:
            if len(raw) > BYTES_MAX:
                raise BadInput(
                    "journey_too_large",
                    f"旅程文档过大，上限为 {BYTES_MAX // 1024} KB。",
                    f"The document is too large; the limit is {BYTES_MAX // 1024} KB.",
                )
            found = msgspec.json.decode(raw, type=Journey)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `")
        at = path.rstrip("`") or "$"
        raise BadInput(
            "journey_shape", f"旅程文档在 {at} 处不正确：{text}。", f"The document is wrong at {at}: {text}.", field=at
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(
            "journey_json", f"这不是有效的 JSON：{error}。", f"This is no valid JSON: {error}.", field="$"
        ) from error
    if len(found.nodes) > NODES_MAX * 5:  # a few too many are said beside what else is wrong; this is no mistake
        raise BadInput(
            "journey_too_large",
            f"步骤太多，上限为 {NODES_MAX} 个。",
            f"There are too many steps; the limit is {NODES_MAX}.",
            field="nodes",
        )
    return found


def check_name(journey: Journey) -> None:
    """Raise :class:`BadInput` for a journey without a name, or with one that is too long."""
    if not 0 < len(journey.name.strip()) <= TITLE_CHARACTERS_MAX:
        raise BadInput(
            "journey_name",
            f"请给旅程起个名字（最多 {TITLE_CHARACTERS_MAX} 字）。",
            f"Give the journey a name of at most {TITLE_CHARACTERS_MAX} characters.",
            field="name",
        )


def check_size(journey: Journey) -> None:
    """Raise :class:`BadInput` for too many steps."""
    if len(journey.nodes) > NODES_MAX:
        raise BadInput(
            "journey_too_many_nodes",
            f"一个旅程最多 {NODES_MAX} 个步骤，请拆成子旅程。",
            f"A journey has at most {NODES_MAX} steps; make sub-journeys of some.",
            field="nodes",
        )


def to_json(journey: Journey) -> dict[str, Any]:
    """The document as plain JSON values, defaults left out."""
    return msgspec.to_builtins(journey)
