"""The shapes of what commands about media and welcomes answer; see ``answers.py``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class MediumTold(msgspec.Struct):
    """A medium; ``sha256`` is what attachments name it by."""

    sha256: str
    kind: Literal["image", "video", "file"]
    name: str
    type: str
    size: int
    created: Moment
    by: str


class MediaTold(msgspec.Struct):
    """Every medium, the newest first."""

    media: list[MediumTold]


class MediumRemoved(msgspec.Struct):
    """The medium that was thrown away."""

    removed: str


class WelcomeRemoved(msgspec.Struct):
    """The welcome that was thrown away."""

    removed: int
