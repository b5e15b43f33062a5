"""Which codes at WeCom there are, by the states that triggers name: asked of the room above that keeps them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.engine import Connection

KnownCodes = Callable[[Connection, Sequence[str]], Mapping[str, bool]]
"""Of these states, those that there is a code of → whether it still brings people in."""

_known: list[KnownCodes] = []


def provide_codes(known: KnownCodes) -> None:
    """Bind who knows codes at WeCom. Called once, by the composition root."""
    _known[:] = [known]


def not_working(conn: Connection, states: Sequence[str]) -> list[str]:
    """Those that bring nobody in: there is no such code, or it was removed. None where nobody is bound who knows."""
    if not _known:
        return []
    found = _known[0](conn, states)
    return [state for state in states if not found.get(state, False)]
