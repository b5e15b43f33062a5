"""``python -m rehearsal platform NAME --port N``: one simulated platform until it is stopped."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from rehearsal.platforms.core.app import Simulator
from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.running import Running
from rehearsal.platforms.miniprogram.calls import miniprogram
from rehearsal.platforms.official_account.doors import official_account
from rehearsal.platforms.sms import sms
from rehearsal.platforms.wechatpay import wechatpay
from rehearsal.platforms.wecom.assembled import wecom

PLATFORMS: dict[str, Callable[[Path | None, DomainClock | None, int], Simulator[Any]]] = {
    "wecom": wecom,
    "official_account": official_account,
    "miniprogram": miniprogram,
    "sms": sms,
    "wechatpay": wechatpay,
}
"""By name: (file of the state, clock, seed) → the app."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser("rehearsal platform", description="A platform to try connectors with.")
    parser.add_argument("platform", choices=sorted(PLATFORMS))
    parser.add_argument("--port", type=int, default=0, help="any that is free when left out")
    parser.add_argument("--state", type=Path, help="SQLite file to remember in; without it, all is forgotten")
    parser.add_argument("--pace", type=float, default=1.0, help="how fast its time runs")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(arguments)
    stop = threading.Event()

    def on_signal(_: int, __: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    simulator = PLATFORMS[options.platform](options.state, DomainClock(pace=options.pace), options.seed)
    try:
        running = Running(simulator, options.port)
    except OSError as error:
        print(f"rehearsal: port {options.port}: {error}", file=sys.stderr)
        return 1
    with running:
        print(running.url, flush=True)
        stop.wait()
    return 0
