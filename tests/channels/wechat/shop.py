"""A shop with an official account and a mini program at simulated platforms, called back over HTTP."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
import uvicorn

from rehearsal.platforms.core.running import Running
from rehearsal.platforms.miniprogram.calls import miniprogram
from rehearsal.platforms.official_account.doors import official_account
from siyu.channels.accounts import open_account, usable_account
from siyu.channels.official_account import reading
from siyu.channels.platform.applier import Applier
from siyu.channels.platform.callbacks import address
from siyu.channels.protocol import Message, Outcome
from siyu.channels.registry import Channels, channels_of, receivers_of
from siyu.channels.wechat.tables import wechat_users, wechat_windows
from siyu.jobs import run_due
from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.people.tables import identifiers
from siyu.storage import ManualClock, Stores
from siyu.web.callbacks import Door

APP, SECRET = "wx1234567890abcdef", "the-app-secret"
TEMPLATE = "tmpl-shipped"
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)  # 12:00 in Shanghai: no quiet hours
JOBS = reading  # its jobs are known once it is imported


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """An ASGI app on the loopback; its address."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


@dataclass
class Shop:
    """``channel``: official_account or miniprogram; ``url``: where its callbacks arrive."""

    stores: Stores
    platform: Running
    channel: str
    url: str
    more: dict[str, Any] = field(default_factory=dict)
    simulated: dict[str, Any] = field(default_factory=dict)
    app_id: str = APP

    def __post_init__(self) -> None:
        assert isinstance(self.stores.clock, ManualClock)
        self.stores.clock.at = NOON
        self.channels: Channels = channels_of(self.stores)
        self.platform.door.post("clock", pace=0, now=self.stores.clock.now().timestamp())
        settings = {"app_id": self.app_id, "secret": SECRET, "base_url": self.platform.url, **self.more}
        self.account, made = open_account(
            self.stores, self.channels, channel=self.channel, name="汀屿", settings=settings
        )
        self.platform.door.post(
            "app",
            app_id=self.app_id,
            secret=SECRET,
            callback=self.url + address(self.stores, self.channel, self.account),
            token=made["callback_token"],
            aes_key=made["callback_aes_key"],
            templates=[TEMPLATE],
            **self.simulated,
        )

    def close(self) -> None:
        self.channels.close()

    def happens(self, door: str, **wish: Any) -> None:
        """People do something; the shop has heard of it and made of it what it does."""
        self.platform.door.post(door, app_id=self.app_id, **wish)
        self.hear()

    def hear(self) -> None:
        self.platform.door.post("settle", seconds=5)
        run_until_empty(Applier(self.stores, receivers_of()).step)

    def move(self, **time_passes: float) -> None:
        """Time goes on, here and there; what the platform tells meanwhile is heard."""
        passed = timedelta(**time_passes)
        assert isinstance(self.stores.clock, ManualClock)
        self.stores.clock.advance(passed)
        self.platform.door.post("clock", move_seconds=passed.total_seconds())
        self.hear()

    def work(self) -> None:
        """Background jobs and the intake."""
        run_due(self.stores)
        run_until_empty(Drain(self.stores).step)

    def send(self, *messages: Message) -> list[Outcome]:
        ready = usable_account(self.stores, self.account)
        return self.channels[self.channel].send(ready, messages)

    def arrived(self) -> list[dict[str, Any]]:
        return self.platform.door.get("arrived")["messages"]

    def calls(self, path: str) -> int:
        return self.platform.door.get("calls")["by_path"].get(path, 0)

    def user(self, openid: str) -> Any:
        mine = sa.and_(wechat_users.c.account == self.account, wechat_users.c.openid == openid)
        with self.stores.ledger.read() as conn:
            return conn.execute(sa.select(wechat_users).where(mine)).one()

    def answers_left(self, openid: str) -> dict[str, int]:
        with self.stores.ledger.read() as conn:
            rows = conn.execute(
                sa.select(wechat_windows.c.cause, wechat_windows.c.remaining).where(wechat_windows.c.openid == openid)
            )
            return {row.cause: row.remaining for row in rows}

    def known(self) -> set[tuple[str, str]]:
        """Every identifier of every person."""
        with self.stores.ledger.read() as conn:
            return {(row.kind, row.value) for row in conn.execute(sa.select(identifiers))}

    def told(self) -> list[str]:
        """Names of the events in people's lives, in the order of time."""
        return [name for (name,) in self.stores.events.rows("SELECT name FROM events ORDER BY time, name")]


def a_shop(stores: Stores, channel: str) -> Iterator[Shop]:
    simulator = official_account() if channel == "official_account" else miniprogram()
    with serving(Door(stores, receivers_of())) as url, Running(simulator) as platform:
        made = Shop(stores, platform, channel, url)
        yield made
        made.close()


def message(number: int | str, openid: str, **content: str) -> Message:
    return Message(f"d-{number}", 1, openid, content)


def template(number: int | str, openid: str, data: str = "thing1: 面膜", **content: str) -> Message:
    return message(number, openid, form="template", template_id=TEMPLATE, data=data, **content)
