"""The shapes of ``--json`` answers about syncs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class SyncTold(msgspec.Struct):
    """The latest sync of a WeCom account (``state`` null: none yet), what is known now, when lists were last read."""

    account: int
    state: Literal["waiting", "running", "done", "failed", "cancelled"] | None
    stage: str
    done: int
    all: int | None
    error: dict[str, str] | None
    counts: dict[str, int]
    ended: dict[str, Moment]
