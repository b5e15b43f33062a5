"""Phones for tests of public pages."""

from __future__ import annotations

import re
from typing import Any

from litestar.testing import TestClient

from siyu.growth.campaigns.model import Campaign


class Phone:
    """One device; ``at`` is where it is."""

    def __init__(self, site: Any) -> None:
        self.http: TestClient[Any] = TestClient(site, base_url="http://siyu.test", raise_server_exceptions=False)
        self.at, self.text = "", ""

    def open(self, path: str) -> str:
        self.at, self.text = path.partition("?")[0], self.http.get(path).text
        return self.text

    def key(self, *, own: bool = False) -> str:
        """The one-time key of the page's form, "" where it has none; ``own``: not that of the campaign's start."""
        shown = self.text.partition("我也要参加")[0] if own else self.text
        found = re.search(r'name="once" value="([^"]+)"', shown)
        return found[1] if found else ""

    def press(self, **fields: str) -> str:
        """Send the form of the page."""
        key = self.key()
        assert key, self.text
        answer = self.http.post(self.at, data={"once": key, **fields})
        self.at, self.text = answer.url.path, answer.text
        return self.text

    def begins(self, campaign: Campaign, **fields: str) -> str:
        self.open(f"/m/{campaign.slug}")
        self.press(**fields)
        assert self.at.startswith("/m/e/"), self.text
        return self.at
