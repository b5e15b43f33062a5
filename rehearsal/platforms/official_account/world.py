"""An official account's own state: codes, tags, template and mass messages that were taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.wechat.world import WechatWorld


class Code(msgspec.Struct, frozen=True):
    app_id: str
    scene: str
    permanent: bool
    until: float


class Tag(msgspec.Struct, frozen=True):
    app_id: str
    number: int
    name: str


class Visit(msgspec.Struct, frozen=True):
    """What a page of another site was given for somebody who opened it: a code good once, for five minutes."""

    app_id: str
    openid: str
    scope: str
    until: float


class Taken(msgspec.Struct, frozen=True):
    """A message under the sender's own id: a repeat gets the same answer."""

    msg_id: int
    at: float


class OfficialAccountWorld(WechatWorld):
    def __init__(self, path: Path | None = None, clock: DomainClock | None = None, seed: int = 7) -> None:
        super().__init__(path, clock, seed)
        self.codes = self.shelf.drawer("codes", Code)
        self.tags = self.shelf.drawer("tags", Tag)
        self.visits = self.shelf.drawer("visits", Visit)
        self.taken = self.shelf.drawer("taken", Taken)
        self.agenda.does["finish_mass"] = self._finish_mass

    def followers(self, app_id: str) -> list[str]:
        """Open ids of an app's followers, in the order of the platform's list."""
        prefix = f"{app_id}:"
        found = [each.openid for key, each in self.users.items() if key.startswith(prefix) and each.following]
        return sorted(found)

    def _finish_mass(self, about: dict[str, Any]) -> None:
        """The mass message reaches whoever still follows and has some of their month left; then it is told."""
        app_id, month, quota = about["app_id"], about["month"], int(about["quota"])
        reached = 0
        for openid in about["touser"]:
            user = self.users.get(self.key(app_id, openid))
            if user is None or not user.following or user.masses.get(month, 0) >= quota:
                continue
            self.change(app_id, openid, masses={**user.masses, month: user.masses.get(month, 0) + 1})
            self.deliver(app_id, openid, "mass", about["body"])
            reached += 1
        total = len(about["touser"])
        self.event(
            app_id,
            "mphelper",
            "MASSSENDJOBFINISH",
            MsgID=about["msg_id"],
            Status="send success",
            TotalCount=total,
            FilterCount=reached,
            SentCount=reached,
            ErrorCount=0,
        )
