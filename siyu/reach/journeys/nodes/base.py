"""What every node of a journey has."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from siyu.audiences.words import Words

Edges = Mapping[str, str | None]
"""The node's ways out by name → the id of the node they lead to; None: the journey ends there."""


class Node(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="type", kw_only=True):
    """One step. ``id`` never changes within a journey, so that figures of versions can be compared; ``title`` is what
    the editor shows; ``at`` is where it lies on the canvas (pixels, x and y), of no meaning to the engine."""

    id: str
    title: str = ""
    at: tuple[float, float] | None = None

    def edges(self) -> Edges:
        """The ways out, in the order in which they are shown."""
        return {}

    def check(self, at: str) -> None:
        """Raise :class:`~siyu.storage.BadInput` with the path of what can't be used, whatever the rest looks like."""

    def sentence(self, words: Words) -> str:
        """What happens here, read aloud."""
        raise NotImplementedError


class OneWay(Node, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A step with one way on."""

    next: str | None = None

    def edges(self) -> Edges:
        return {"next": self.next}
