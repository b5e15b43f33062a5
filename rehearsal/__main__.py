"""``python -m rehearsal``: play a shop to a running Siyu. ``truth``: read the answer book. ``platform``: play WeCom.
``calibrate``: fit the people's habits to real shops."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import httpx

from rehearsal.answers import Answers
from rehearsal.launch import progress_line
from rehearsal.life import Life, Told, tell_history
from rehearsal.memory import Memory, OtherWorld, Place
from rehearsal.people import calibrate
from rehearsal.people.diary import causes, lived
from rehearsal.people.living import PACE, Neighbourhood
from rehearsal.people.town import A_DAY
from rehearsal.plan import Plan
from rehearsal.platforms import command as platforms
from rehearsal.platforms.core.clock import Time, of_the_machine
from rehearsal.platforms.core.running import NotAtTheDoor
from rehearsal.population import HISTORY_DAYS
from rehearsal.reactions import number_of
from rehearsal.receiver import Mailbox, Receiver
from rehearsal.shop_api import Refused, ShopApi
from rehearsal.truth import summary
from rehearsal.world import SHOP_ZONE, World

ACCOUNT_NAME = "预演顾客"
STOP_SECONDS_MAX = 4.0
FAULT_SHARE = 0.01
"""Of the product's requests, those that the receiver fails for a moment."""


class Stopped(Exception):
    """Somebody asked us to stop."""


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["truth"]:
        return _print_truth(given[1:])
    if given[:1] == ["platform"]:
        return platforms.main(given[1:])
    if given[:1] == ["calibrate"]:
        return calibrate.main(given[1:])
    options = _parser().parse_args(given)
    if not options.write_key:
        print("give --write-key, or set REHEARSAL_WRITE_KEY", file=sys.stderr)
        return 2
    stop = _stop_signal(follow_input=options.json)
    show = _tells_json if options.json else _tells_people()

    def told(stage: str, done: int, out_of: int) -> None:
        if stop.is_set() and stage != "done":
            raise Stopped
        show(stage, done, out_of)

    try:
        _play(options, told, stop)
    except Stopped:
        return 0
    except (Refused, OtherWorld, NotAtTheDoor, httpx.HTTPError, OSError) as error:
        if options.json:
            print(progress_line("failed", 0, 0, message=str(error)), flush=True)
        print(f"rehearsal: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "rehearsal", description="A shop to rehearse in: 10,000 people and a year of theirs."
    )
    parser.add_argument("--server", required=True, help="address of Siyu, for instance http://127.0.0.1:8000")
    parser.add_argument("--write-key", default=os.environ.get("REHEARSAL_WRITE_KEY"), help="or REHEARSAL_WRITE_KEY")
    parser.add_argument(
        "--api-key", default=os.environ.get("REHEARSAL_API_KEY"), help="or REHEARSAL_API_KEY; connects the accounts"
    )
    parser.add_argument("--people", type=_positive, default=os.environ.get("REHEARSAL_PEOPLE", "10000"))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--since", type=date.fromisoformat, help="first day; a year ago when left out")
    parser.add_argument("--live", action="store_true", help="go on living and answer messages until stopped")
    parser.add_argument("--speed", type=float, default=1.0, help="how fast life goes on")
    haste = os.environ.get("REHEARSAL_HASTE", "1")
    parser.add_argument("--haste", type=float, default=haste, help="how fast people answer messages")
    town = os.environ.get("REHEARSAL_TOWN", "yes") != "no"
    parser.add_argument("--town", action=argparse.BooleanOptionalAction, default=town, help="people on WeCom")
    pace = os.environ.get("REHEARSAL_PACE") or PACE
    parser.add_argument("--pace", type=float, default=pace, help="how fast people on the platforms live")
    arrivals = os.environ.get("REHEARSAL_ARRIVALS", str(A_DAY))
    parser.add_argument("--arrivals", type=float, default=arrivals, help="friends who come by themselves in a day")
    rest = os.environ.get("REHEARSAL_DAYS", "0")
    parser.add_argument("--days", type=float, default=rest, help="then everybody rests; 0: never")
    time_told = os.environ.get("REHEARSAL_CLOCK")
    about = "the time of a Siyu whose clock runs fast: began,since,pace; or REHEARSAL_CLOCK"
    parser.add_argument("--clock", type=Time.read, default=time_told or of_the_machine(), help=about)
    parser.add_argument("--state", type=Path, default=Path("rehearsal-state"), help="folder to remember in")
    parser.add_argument("--json", action="store_true", help="progress as JSON lines, for another program")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 1_000_000:
        raise argparse.ArgumentTypeError("between 1 and 1,000,000")
    return number


def _play(options: argparse.Namespace, told: Told, stop: threading.Event) -> None:
    memory = Memory(options.state)
    shop = ShopApi(options.server, options.write_key, sleep=stop.wait)
    today = datetime.fromtimestamp(options.clock.now(), SHOP_ZONE).date()
    place = memory.begin(options.seed, options.people, options.since or today - timedelta(days=HISTORY_DAYS))
    told("preparing", 0, 1)
    plan = Plan(World.begin(place.seed, place.people, date.fromisoformat(place.since)), place)
    told("preparing", 1, 1)
    try:
        tell_history(plan, memory, shop, int(options.clock.now() * 1000), told)
        if options.live:
            _live(options, plan, memory, shop, told, stop)
        told("done", 1, 1)
    finally:
        memory.keep(place)
        memory.close()
        shop.close()


def _live(
    options: argparse.Namespace, plan: Plan, memory: Memory, shop: ShopApi, told: Told, stop: threading.Event
) -> None:
    place = plan.place
    place.secret = os.environ.get("REHEARSAL_SECRET") or place.secret
    answers = Answers(plan.world, memory, options.clock.now, options.haste)
    receiver = _receiver(Mailbox(answers.decide, answers.settled), place)
    place.port = receiver.port
    memory.keep(place)
    try:
        if options.json:
            print(progress_line("connecting", 0, 1, url=receiver.url), flush=True)
        if options.api_key and not options.json:  # a program that follows us makes the account itself
            shop.connect_webhook(options.api_key, ACCOUNT_NAME, receiver.url, place.secret)
        elif not options.json:
            _print_instructions(receiver.url, place)
        town = _town(options, plan, memory)
        try:
            now, days, step = options.clock.now, options.days, town and town.step
            Life(plan, answers, memory, shop, speed=options.speed, town=step, days=days, now=now).live(
                stop.is_set, told
            )
        finally:
            if town:
                town.close()
    finally:
        receiver.close()


def _town(options: argparse.Namespace, plan: Plan, memory: Memory) -> Neighbourhood | None:
    """Its people on WeCom, where a key lets its manager connect it."""
    if not options.api_key or not options.town:
        return None
    folder, told = options.state / "town", options.clock
    pace = told.pace if told.pace > 1 else options.pace
    people, a_day = plan.world.people, options.arrivals
    return Neighbourhood(people, memory, folder, options.server, options.api_key, pace=pace, told=told, a_day=a_day)


def _receiver(mailbox: Mailbox, place: Place) -> Receiver:
    """On the port it had before, so that the account in the product stays right; on another if that is taken."""

    def faults(request: int) -> bool:
        return number_of(f"fault-{place.seed}-{request}") % 10_000 < FAULT_SHARE * 10_000

    try:
        return Receiver(mailbox, place.secret, place.port, faults=faults)
    except OSError:
        return Receiver(mailbox, place.secret, faults=faults)


def _print_instructions(url: str, place: Place) -> None:
    print(
        "To send messages to these people, make a webhook account in Siyu (设置 → 账号):\n"
        f"  address {url}\n  secret  {place.secret}",
        file=sys.stderr,
    )


def _stop_signal(follow_input: bool) -> threading.Event:
    """Set by SIGTERM or Ctrl-C; when a program started us, also when that program is gone. Whatever hangs then is
    cut off: what is told is remembered batch by batch, and telling twice is harmless."""
    stop = threading.Event()

    def leave() -> None:
        stop.wait()
        time.sleep(STOP_SECONDS_MAX)
        os._exit(0)

    threading.Thread(target=leave, name="leave", daemon=True).start()

    def on_signal(_: int, __: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    if follow_input:

        def follow() -> None:
            sys.stdin.read()
            stop.set()

        threading.Thread(target=follow, name="parent", daemon=True).start()
    return stop


def _tells_json(stage: str, done: int, out_of: int) -> None:
    print(progress_line(stage, done, out_of), flush=True)


def _tells_people() -> Told:
    began = time.monotonic()

    def told(stage: str, done: int, out_of: int) -> None:
        if not sys.stderr.isatty() and stage == "history" and done < out_of:
            return
        share = f" {done}/{out_of}" if out_of else f" {done}"
        end = "\n" if done >= out_of > 0 else "\r"
        print(f"\r{stage:<12}{share:<14}{time.monotonic() - began:6.1f} s", end=end, file=sys.stderr, flush=True)

    return told


def _print_truth(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser("rehearsal truth", description="What really caused what, and what messages did.")
    rest = os.environ.get("REHEARSAL_DAYS", "0")
    parser.add_argument("--days", type=float, default=rest, help="then everybody rests; 0: never")
    time_told = os.environ.get("REHEARSAL_CLOCK")
    about = "the time of a Siyu whose clock runs fast: began,since,pace; or REHEARSAL_CLOCK"
    parser.add_argument("--clock", type=Time.read, default=time_told or of_the_machine(), help=about)
    parser.add_argument("--state", type=Path, default=Path("rehearsal-state"))
    parser.add_argument("--since", type=_moment, help="from this time on: 2026-01-31 or 2026-01-31T12:00")
    parser.add_argument("--until", type=_moment, help="before this time")
    parser.add_argument("--acts", action="store_true", help="every act of people on the platforms, with its cause")
    options = parser.parse_args(given)
    if not (options.state / "truth.jsonl").exists():
        print(f"no truth.jsonl in {options.state}", file=sys.stderr)
        return 2
    memory = Memory(options.state)
    acts = lived(memory.truths(), options.since, options.until)
    rows = acts if options.acts else [*_by_broadcast(memory, options), *causes(acts)]
    for row in rows:
        print(json.dumps(row, ensure_ascii=False))
    memory.close()
    return 0


def _by_broadcast(memory: Memory, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Of the messages to the webhook account that were received in the period."""
    since = options.since.timestamp() if options.since else float("-inf")
    until = options.until.timestamp() if options.until else float("inf")
    return summary(truth for truth in memory.truths() if since <= truth.get("time", since) < until)


def _moment(text: str) -> datetime:
    """In the shop's time, unless it says its own zone."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=SHOP_ZONE)


if __name__ == "__main__":
    sys.exit(main())
