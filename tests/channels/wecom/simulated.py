"""An account at a simulated WeCom, whose callbacks are heard through the applier."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from xml.etree import ElementTree

from rehearsal.platforms.core.envelope import Envelope
from rehearsal.platforms.core.running import Running
from siyu.channels.accounts import open_account
from siyu.channels.platform.exchange import Exchange
from siyu.channels.registry import channels_of, exchange_of
from siyu.jobs import run_due
from siyu.storage import ManualClock, Stores
from tests.channels.wecom.told import applied
from tests.platform_worlds import AES_KEY, CORP, SECRET, TOKEN, Listener, Shop, opened, wecom_running


class Simulated:
    """``shop``: the company at the platform. ``exchange``: by what the product calls it."""

    def __init__(self, stores: Stores, platform: Running) -> None:
        assert isinstance(stores.clock, ManualClock)
        self.stores, self.platform, self.clock = stores, platform, stores.clock
        platform.door.post("clock", pace=0, now=stores.clock.now().timestamp())
        self.shop = Shop(platform)
        self.channels = channels_of(stores)
        settings = {
            "corp_id": CORP,
            "agent_id": "1000002",
            "secret": SECRET,
            "callback_token": TOKEN,
            "callback_aes_key": AES_KEY,
            "base_url": platform.url,
        }
        self.account, _ = open_account(stores, self.channels, channel="wecom", name="旗舰店", settings=settings)
        self.listener = Listener()
        self.shop.listen(self.listener)
        self._heard = 0

    @property
    def exchange(self) -> Exchange:
        return exchange_of(self.channels)

    def close(self) -> None:
        self.channels.close()
        self.listener.close()

    def hear(self) -> None:
        """What the platform told since is applied."""
        self.platform.door.post("settle")
        new, self._heard = self.listener.heard[self._heard :], len(self.listener.heard)
        bodies = [_plain(query, body) for _, query, body in new]
        if bodies:
            applied(self.stores, self.account, *bodies)

    def skip(self) -> None:
        """What the platform told since is never heard."""
        self._heard = len(self.listener.heard)

    def move(self, **time_passes: float) -> None:
        """Time goes on, here and there; what is told meanwhile is heard, and jobs that are due are done."""
        passed = timedelta(**time_passes)
        self.clock.advance(passed)
        self.platform.door.post("clock", move_seconds=passed.total_seconds())
        self.hear()
        run_due(self.stores)

    def loses_answers(self, path: str, times: int = 1) -> None:
        """So many calls of an external contact are done, and nobody is told."""
        rule = {"kind": "cut", "path": f"/cgi-bin/externalcontact/{path}", "applied": True, "times": times}
        self.platform.door.post("faults", rules=[rule])

    def calls(self, path: str) -> int:
        by_path: dict[str, int] = self.platform.door.get("calls")["by_path"]
        return sum(many for name, many in by_path.items() if name.endswith(path))


def _plain(query: dict[str, str], body: bytes) -> bytes:
    """As the platform wrote it; its signature holds."""
    assert opened(CORP, query, body)
    sealed = ElementTree.fromstring(body.decode()).findtext("Encrypt") or ""
    return Envelope(TOKEN, AES_KEY, CORP).open(sealed)


@contextmanager
def simulated(stores: Stores, *members: str) -> Generator[Simulated]:
    """``members``: who works there, and may have customers."""
    with wecom_running() as platform:
        made = Simulated(stores, platform)
        if members:
            made.shop.hire(*members)
        yield made
        made.close()
