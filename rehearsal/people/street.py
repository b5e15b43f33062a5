"""Where people and staff meet the platforms, over HTTP: they act at the doors, and read what was delivered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx

from rehearsal.platforms.core.running import Door

PAGE = 500
FOLLOW_SECONDS_MAX = 10.0


class Street(Protocol):
    """What people can reach."""

    def act(self, name: str, /, **wish: Any) -> dict[str, Any]:
        """Something done on WeCom (``platforms/README.md``); raises ``NotAtTheDoor`` where it can't be."""
        ...

    def delivered(self, after: int) -> list[dict[str, Any]]:
        """What reached people, by number."""
        ...

    def tasks(self, after: int) -> list[dict[str, Any]]:
        """Mass tasks that staff were asked to confirm, behind the first ``after``."""
        ...

    def pay(self, number: str, fen: int, who: Mapping[str, str], lines: Sequence[Mapping[str, Any]]) -> None: ...

    def give_back(self, number: str, fen: int, who: Mapping[str, str]) -> None: ...

    def follow(self, url: str) -> bool:
        """Opens a link of the product; false for any other."""
        ...


@dataclass(frozen=True)
class Places:
    """What the founding made: the company, its shop, codes by state, tags by name, the group, the service account."""

    corpid: str
    shop: str
    codes: Mapping[str, str]
    chat_id: str
    open_kfid: str
    tags: Mapping[str, str]


@dataclass(frozen=True)
class HttpStreet:
    """``product`` is its address: only links to it are followed."""

    wecom: Door
    shops: Door
    places: Places
    product: str
    http: httpx.Client

    def act(self, name: str, /, **wish: Any) -> dict[str, Any]:
        return self.wecom.post("act", corpid=self.places.corpid, act=name, **wish)

    def delivered(self, after: int) -> list[dict[str, Any]]:
        asked = {"corpid": self.places.corpid, "after": str(after), "limit": str(PAGE)}
        return self.wecom.get("deliveries", **asked)["deliveries"]

    def tasks(self, after: int) -> list[dict[str, Any]]:
        asked = {"corpid": self.places.corpid}
        if self.wecom.get("state", **asked)["rows"].get("mass", 0) <= after:  # the first task opens that drawer
            return []
        return self.wecom.get("state", **asked, drawer="mass", after=str(after))["rows"]

    def pay(self, number: str, fen: int, who: Mapping[str, str], lines: Sequence[Mapping[str, Any]]) -> None:
        buyer = who["user_id"]
        self.shops.post(
            "pay", shop=self.places.shop, number=number, fen=fen, buyer=buyer, who=dict(who), lines=list(lines)
        )

    def give_back(self, number: str, fen: int, who: Mapping[str, str]) -> None:
        self.shops.post("give_back", shop=self.places.shop, number=number, fen=fen, buyer=who["user_id"], who=dict(who))

    def follow(self, url: str) -> bool:
        if urlsplit(url).netloc != urlsplit(self.product).netloc:
            return False
        try:
            self.http.get(url, headers={"User-Agent": "Mozilla/5.0 MicroMessenger"}, timeout=FOLLOW_SECONDS_MAX)
        except httpx.TransportError:
            return False
        return True
