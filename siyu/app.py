"""Composition root: settings → stores → rooms → web and worker. The only file that knows everything."""

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
from importlib import import_module
from pathlib import Path
from types import FrameType

from siyu import __version__
from siyu.audiences import exported
from siyu.audiences import tables as audience_tables
from siyu.audiences.layers import layers_of
from siyu.channels import Channels, channels_of, receivers_of
from siyu.channels import tables as channel_tables
from siyu.channels.douyin import tables as douyin_tables
from siyu.channels.douyin import windows as douyin_windows
from siyu.channels.ocean import tables as ocean_tables
from siyu.channels.orders import mirror as order_mirror
from siyu.channels.orders import tables as order_tables
from siyu.channels.platform import tables as platform_tables
from siyu.channels.platform.applier import Applier
from siyu.channels.platform.callbacks import Hurry
from siyu.channels.platform.limiter import take_back_slots
from siyu.channels.registry import exchange_of, pay_exchange
from siyu.channels.sms import tables as sms_tables
from siyu.channels.wechat import forgetting as wechat_forgetting
from siyu.channels.wechat import tables as wechat_tables
from siyu.channels.wecom import sending_tables as wecom_sending_tables
from siyu.channels.wecom import tables as wecom_tables
from siyu.channels.wecom.acquisition import tables as wecom_acquisition_tables
from siyu.channels.wecom.forgetting import forget_customer
from siyu.channels.wecom.group_posts import tables as wecom_group_post_tables
from siyu.channels.wecom.group_welcomes import tables as wecom_group_welcome_tables
from siyu.channels.wecom.moments import tables as wecom_moment_tables
from siyu.channels.wecom.service import tables as wecom_service_tables
from siyu.channels.wecom.service.pulling import Puller
from siyu.channels.wecom.statistics import tables as wecom_statistic_tables
from siyu.channels.wecom.transfers import tables as wecom_transfer_tables
from siyu.channels.wecom.word_rules import tables as wecom_word_rule_tables
from siyu.commerce import forgetting as commerce_forgetting
from siyu.commerce import tables as commerce_tables
from siyu.content.calendar import tables as calendar_tables
from siyu.content.links import forgetting as content_link_forgetting
from siyu.content.links import opening as content_link_opening
from siyu.content.links import tables as content_link_tables
from siyu.content.personas import tables as persona_tables
from siyu.content.pieces import tables as piece_tables
from siyu.content.scripts import forgetting as script_forgetting
from siyu.content.scripts import tables as script_tables
from siyu.content.ugc import keeping as ugc_keeping
from siyu.content.ugc import tables as ugc_tables
from siyu.content.wording import tables as wording_tables
from siyu.growth.campaigns import following as campaign_following
from siyu.growth.campaigns import forgetting as campaign_forgetting
from siyu.growth.campaigns import tables as campaign_tables
from siyu.growth.campaigns.clock import Clock as CampaignClock
from siyu.growth.cheating import forgetting as cheating_forgetting
from siyu.growth.cheating import holding
from siyu.growth.cheating import tables as cheating_tables
from siyu.growth.codes import choices
from siyu.growth.codes import forgetting as scan_forgetting
from siyu.growth.codes import tables as code_tables
from siyu.growth.cold_start import tables as cold_tables
from siyu.growth.leads import forgetting as lead_forgetting
from siyu.growth.leads import tables as lead_tables
from siyu.growth.mechanics.commission import tables as commission_tables
from siyu.growth.paths import tables as path_tables
from siyu.growth.payouts import forgetting as payout_forgetting
from siyu.growth.payouts import tables as payout_tables
from siyu.growth.payouts.paying import Payer
from siyu.growth.posters import forgetting as poster_forgetting
from siyu.growth.posters import tables as poster_tables
from siyu.growth.purses import forgetting as purse_forgetting
from siyu.growth.purses import granting
from siyu.growth.purses import tables as purse_tables
from siyu.growth.referral import bringing
from siyu.growth.referral import tables as referral_tables
from siyu.growth.referral.counting import Counting
from siyu.growth.touchpoints import tables as touchpoint_tables
from siyu.growth.visitors import devices
from siyu.growth.visitors import forgetting as visitor_forgetting
from siyu.growth.visitors import tables as visitor_tables
from siyu.growth.ways import tables as way_tables
from siyu.growth.ways.ways import working_ways
from siyu.holder import announced
from siyu.hooks import tables as hook_tables
from siyu.hooks.sending import Sender
from siyu.jobs import Worker
from siyu.jobs import tables as job_tables
from siyu.jobs.turns import Loop, run_in_turn
from siyu.loyalty.coupons import forgetting as coupon_forgetting
from siyu.loyalty.coupons import tables as coupon_tables
from siyu.loyalty.points import tables as point_tables
from siyu.loyalty.tiers import attribute as tier_attribute
from siyu.loyalty.tiers import forgetting as tier_forgetting
from siyu.loyalty.tiers import settling as tier_settling
from siyu.loyalty.tiers import tables as tier_tables
from siyu.people import erasure, families, projection
from siyu.people import tables as people_tables
from siyu.people.drain import Drain
from siyu.reach import link_alerts
from siyu.reach import pieces as reach_pieces
from siyu.reach import tables as reach_tables
from siyu.reach.delivery import Deliverer
from siyu.reach.greeting import Greeter
from siyu.reach.handed import Handing
from siyu.reach.journeys import codes as journey_codes
from siyu.reach.journeys import tables as journey_tables
from siyu.reach.journeys.engine import Engine
from siyu.reach.lost_friends import tables as lost_friend_tables
from siyu.reach.promises import forgetting as promise_forgetting
from siyu.reach.promises import tables as promise_tables
from siyu.reach.staff_tasks import forgetting as task_forgetting
from siyu.reach.staff_tasks import tables as task_tables
from siyu.reach.staff_tasks.lateness import Lateness
from siyu.reach.tagging import tables as tagging_tables
from siyu.settings import Settings
from siyu.staff import acts
from siyu.staff import tables as staff_tables
from siyu.storage import BadInput, Stores, Unavailable, kept_clock, open_stores
from siyu.web.outside import Outside
from siyu.web.proxies import Proxies

log = logging.getLogger(__name__)

BACKLOG = 512
SHUTDOWN_SECONDS_MAX = 10

TABLES = (
    job_tables,
    people_tables,
    channel_tables,
    platform_tables,
    wecom_tables,
    wecom_sending_tables,
    wecom_service_tables,
    wecom_acquisition_tables,
    wecom_group_post_tables,
    wecom_group_welcome_tables,
    wecom_moment_tables,
    wecom_statistic_tables,
    wecom_transfer_tables,
    wecom_word_rule_tables,
    order_tables,
    ocean_tables,
    wechat_tables,
    douyin_tables,
    sms_tables,
    staff_tables,
    audience_tables,
    point_tables,
    tier_tables,
    commerce_tables,
    content_link_tables,
    coupon_tables,
    piece_tables,
    script_tables,
    ugc_tables,
    persona_tables,
    wording_tables,
    calendar_tables,
    reach_tables,
    tagging_tables,
    lost_friend_tables,
    task_tables,
    promise_tables,
    journey_tables,
    way_tables,
    purse_tables,
    payout_tables,
    referral_tables,
    campaign_tables,
    cheating_tables,
    commission_tables,
    visitor_tables,
    code_tables,
    touchpoint_tables,
    path_tables,
    cold_tables,
    lead_tables,
    poster_tables,
    hook_tables,
)
"""Naming them makes the ledger know every room's tables before it is opened."""

REGISTERING = (
    "siyu.people.importing.running",
    "siyu.people.exporting.keeping",
    "siyu.people.erasure",
    "siyu.people.files_left",
    "siyu.people.housekeeping",
    "siyu.people.tags",
    "siyu.channels.platform.tasks",
    "siyu.channels.wecom.forgetting",
    "siyu.channels.ocean.tasks",
    "siyu.channels.orders.tasks",
    "siyu.channels.wecom.tasks",
    "siyu.channels.wecom.acquisition.tasks",
    "siyu.channels.wecom.statistics.tasks",
    "siyu.channels.wecom.transfers.tasks",
    "siyu.channels.wecom.word_rules.tasks",
    "siyu.channels.wecom.moments.tasks",
    "siyu.channels.wecom.group_posts.tasks",
    "siyu.channels.official_account.reading",
    "siyu.channels.wechat.tasks",
    "siyu.channels.sms.tasks",
    "siyu.audiences.tasks",
    "siyu.loyalty.tiers.tasks",
    "siyu.content.pieces.keeping",
    "siyu.insight.reports",
    "siyu.commerce.goods.following",
    "siyu.commerce.goods.cycles",
    "siyu.commerce.links.attributing",
    "siyu.loyalty.coupons.tasks",
    "siyu.reach.tagging.tasks",
    "siyu.reach.journeys.rehearsals",
    "siyu.reach.journeys.tasks",
    "siyu.reach.tasks",
    "siyu.reach.lost_friends.tasks",
    "siyu.reach.conversions",
    "siyu.growth.cheating.scoring",
    "siyu.growth.codes.tasks",
    "siyu.growth.cold_start.following",
    "siyu.growth.leads.following",
    "siyu.growth.visitors.posts",
    "siyu.growth.ways.tasks",
    "siyu.growth.mechanics",
    "siyu.growth.payouts.giving",
    "siyu.growth.purses.coupons",
    "siyu.reach.journeys.coupons",
    "siyu.hooks.tasks",
)
"""Importing them registers the jobs, schedules, preferences and reports of every room."""

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


def load_rooms() -> None:
    """Import what registers itself, and bind who tells whom."""
    for name in REGISTERING:
        import_module(name)
    projection.provide_layers(tier_attribute.beside(layers_of))
    families.also_told(bringing.mark_parted)
    families.also_told(campaign_following.joined)
    families.also_told(tier_settling.parted_or_joined)
    granting.also_told(bringing.mark_granted)
    granting.also_asked(holding.keep_under_review)
    exported.bind()
    devices.when_bound(choices.tag_bound)
    journey_codes.provide_codes(working_ways)
    erasure.also_forget_nodes(tier_forgetting.forget_people)
    ugc_keeping.also_told(reach_pieces.stop_saying)
    erasure.also_forget_nodes(script_forgetting.forget_people)
    erasure.also_forget_nodes(ugc_keeping.forget_people)
    erasure.also_forget_nodes(task_forgetting.forget_people)
    erasure.also_forget_nodes(purse_forgetting.forget_people)
    erasure.also_forget_nodes(payout_forgetting.forget_people)
    erasure.also_forget_nodes(coupon_forgetting.forget_people)
    erasure.also_forget_nodes(campaign_forgetting.forget_people)
    erasure.also_forget_nodes(cheating_forgetting.forget_people)
    erasure.also_forget_nodes(scan_forgetting.forget_people)
    erasure.also_forget_nodes(lead_forgetting.forget_people)
    erasure.also_forget_nodes(visitor_forgetting.forget_people)
    erasure.also_forget_nodes(poster_forgetting.forget_people)
    erasure.also_forget_nodes(commerce_forgetting.forget_people)
    erasure.also_forget_nodes(content_link_forgetting.forget_people)
    erasure.also_forget_nodes(promise_forgetting.forget_people)
    content_link_opening.when_opened(link_alerts.tell)
    erasure.also_forget(order_mirror.forget_buyers)
    erasure.also_forget(forget_customer)
    erasure.also_forget(wechat_forgetting.forget_people)
    erasure.also_forget(douyin_windows.forget_people)


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
