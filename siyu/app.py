"""Composition root: settings → stores → rooms → web and worker. With ``rooms``, the only one that knows everything."""

from __future__ import annotations

import gc
import logging
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType

from siyu import __version__
from siyu.channels import Channels, channels_of, receivers_of
from siyu.channels.platform.applier import Applier
from siyu.channels.platform.callbacks import Hurry
from siyu.channels.platform.limiter import take_back_slots
from siyu.channels.registry import exchange_of, pay_exchange
from siyu.channels.wecom.service.pulling import Puller
from siyu.growth.campaigns.clock import Clock as CampaignClock
from siyu.growth.payouts.paying import Payer
from siyu.growth.referral.counting import Counting
from siyu.holder import announced
from siyu.hooks.sending import Sender
from siyu.jobs import Worker
from siyu.jobs.turns import Loop, run_in_turn
from siyu.people import projection
from siyu.people.drain import Drain
from siyu.reach.delivery import Deliverer
from siyu.reach.greeting import Greeter
from siyu.reach.handed import Handing
from siyu.reach.journeys.engine import Engine
from siyu.reach.staff_tasks.lateness import Lateness
from siyu.rooms import load_rooms
from siyu.settings import Settings
from siyu.staff import acts
from siyu.storage import BadInput, Stores, Unavailable, kept_clock, open_stores
from siyu.web.outside import Outside
from siyu.web.proxies import Proxies

log = logging.getLogger(__name__)

BACKLOG = 512
SHUTDOWN_SECONDS_MAX = 10

RunCommand = Callable[[Stores, Sequence[str]], tuple[int, str, str]]


def open_home(settings: Settings, *, join: bool = False) -> Stores:
    """Open the stores that the settings name, with every room's tables known; ``join``: beside a server that has
    the embedded event log open.

    Raises :class:`Unavailable` where another process holds the home folder or it can't be written, and
    :class:`BadInput` where its time can't run at the pace that is asked for.
    """
    home = settings.home.absolute()
    if settings.pace > 1:
        _may_run_fast(settings, home)
    stores = open_stores(
        home,
        ledger_dsn=settings.ledger or None,
        events_dsn=settings.events or None,
        join=join,
    )
    if settings.pace > 1 or kept_clock.has_own_time(home):
        stores = replace(stores, clock=kept_clock.KeptClock(home, settings.pace))
    if stores.alone:  # nobody else is here, so what is open was left by a process that ended
        acts.settle_left(stores, stores.clock.now())
        take_back_slots(stores)
    return stores


def _may_run_fast(settings: Settings, home: Path) -> None:
    """Time may run fast only where all that is kept is in one empty folder, so that nothing real is beside it."""
    if settings.ledger or settings.events:
        raise BadInput(
            "pace_stores",
            "快速预演只能使用数据目录内的存储，请去掉 SIYU_LEDGER 和 SIYU_EVENTS。",
            "A fast rehearsal keeps everything in its home folder; leave out SIYU_LEDGER and SIYU_EVENTS.",
            field="pace",
        )
    kept_clock.require_new(home, settings.pace)


def serve(settings: Settings, *, web: bool, work: bool, run_command: RunCommand) -> None:
    """Run until SIGTERM or SIGINT; then stop in order: no new requests, jobs given back, stores closed.

    Raises :class:`Unavailable` where the port is taken or the home is in use.
    """
    load_rooms()
    stop = Stop()
    with ExitStack() as stack:
        stack.enter_context(stop.on_signal())
        listening = stack.enter_context(_listening(settings.host, settings.port)) if web else None
        stores = open_home(settings, join=not web)
        stack.callback(stores.close)
        if isinstance(stores.clock, kept_clock.KeptClock):
            stack.callback(stores.clock.stop)
        channels = channels_of(stores)
        stack.callback(channels.close)
        address = "" if listening is None else address_of(listening)
        greeter = Greeter(stores, channels)
        greeter.start()
        stack.callback(greeter.stop)
        if work:
            stack.enter_context(_working(stores, settings, channels, greeter, settings.public_url or address))
        keep_what_is_loaded()
        if listening is None:
            stop.wait()
        else:
            outside = Outside(
                run_command=lambda argv: run_command(stores, argv),
                local_token=secrets.token_urlsafe(32),
                address=address,
                public_url=settings.public_url,
                channels=channels,
                version=__version__,
                proxies=Proxies.read(settings.trusted_proxies),
                keeper=stores.events.kept(),
                hurry=greeter,
            )
            _answer(stores, listening, outside, stop)


def keep_what_is_loaded() -> None:
    """Have the collection of garbage leave alone what was loaded until now, which stays as long as the process: to look
    through all of it took .2 s at a time, in which nobody was answered (measured)."""
    gc.collect()
    gc.freeze()


class Stop:
    """The wish to stop, from a signal at any moment of the process's life."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._act: Callable[[], None] = lambda: None

    def then(self, act: Callable[[], None]) -> None:
        """Call ``act`` when asked to stop; at once if that has happened."""
        self._act = act
        if self._asked.is_set():
            act()

    def wait(self) -> None:
        while not self._asked.wait(0.5):  # a bare wait() would not let the signal in on every system
            pass

    @contextmanager
    def on_signal(self) -> Generator[None]:
        """Listen to SIGTERM and SIGINT."""

        def asked(number: int, frame: FrameType | None) -> None:
            self._asked.set()
            self._act()

        before = {number: signal.signal(number, asked) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def _listening(host: str, port: int) -> Generator[socket.socket]:
    """The listening socket, taken before anything else is touched, so that a taken port changes nothing."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
        taken.listen(BACKLOG)
    except OSError as error:
        taken.close()
        raise Unavailable(
            "port_in_use",
            f"无法监听 {host}:{port}（{error.strerror}）。请先停止占用它的程序，或用 --port 指定另一个端口。",
            f"Can't listen on {host}:{port} ({error.strerror}). Stop what uses it, or give another --port.",
        ) from error
    try:
        yield taken
    finally:
        taken.close()


@contextmanager
def _working(stores: Stores, settings: Settings, channels: Channels, hurry: Hurry, address: str) -> Generator[None]:
    """Background work: jobs and schedules, delivery, and the loops of which one runs in the whole installation."""
    stop = threading.Event()
    loops = [
        threading.Thread(target=run_in_turn, args=(stores, name, loop, stop), name=name)
        for name, loop in _loops(stores, channels, hurry, address).items()
    ]
    worker = Worker(stores, threads=settings.worker_threads)
    deliverer = Deliverer(stores, channels, address=address)
    worker.start()
    deliverer.start()
    for each in loops:
        each.start()
    try:
        yield
    finally:
        stop.set()
        worker.stop()
        deliverer.stop()
        for each in loops:
            each.join()


def _loops(stores: Stores, channels: Channels, hurry: Hurry, address: str) -> dict[str, Loop]:
    return {
        "service": Puller(stores, exchange_of(channels)).run_forever,
        "drain": Drain(stores).run_forever,
        "projection": partial(projection.run_forever, stores),
        "callbacks": Applier(stores, receivers_of(), hurry).run_forever,
        "handed": Handing(stores, channels).run_forever,
        "late_tasks": Lateness(stores).run_forever,
        "kin": Counting(stores).run_forever,
        "campaigns": CampaignClock(stores).run_forever,
        "payouts": Payer(stores, pay_exchange(channels), address).run_forever,
        "hooks": Sender(stores, channels.caller).run_forever,
        "journeys": Engine(stores, channels).run_forever,
    }


def _answer(stores: Stores, listening: socket.socket, outside: Outside, stop: Stop) -> None:
    """Console, API and intake, until asked to stop."""
    import uvicorn

    from siyu.web.app import create_app
    from siyu.web.intake import Intake

    config = uvicorn.Config(
        create_app(stores, outside=outside, intake=Intake(stores)),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the edge reads them, where a setting says that they can be believed
        lifespan="off",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS_MAX,
    )
    server = uvicorn.Server(config)

    def leave() -> None:
        server.should_exit = True

    stop.then(leave)
    with announced(stores.home, outside.address, outside.local_token):
        sys.stdout.write(f"{outside.address}/\n")
        sys.stdout.flush()
        server.run(sockets=[listening])


def address_of(listening: socket.socket) -> str:
    """The address that a browser on this machine can open."""
    host, port = listening.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
