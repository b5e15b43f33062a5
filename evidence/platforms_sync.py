"""The first sync of a million customers, of whom twenty members have 50,000 each: as quick as the platform allows one
company, or as a bare loop, if that is slower; in little memory; and where it is killed it goes on.

The platform's limit is by company and call, so this is the case in which it binds. How far a matrix of twenty companies
is from a bare loop, which no limit of theirs holds, is said by ``platforms.sync_matrix``."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import sqlalchemy as sa

from evidence.harness import (
    Evidence,
    Scale,
    at_least,
    at_most,
    equal,
    forget_peak_memory,
    fresh_home,
    peak_memory_bytes,
)
from evidence.installation import environment
from evidence.platform_server import SECRET, PlatformServer
from siyu.app import load_rooms, open_home
from siyu.channels.accounts import open_account
from siyu.channels.registry import channels_of
from siyu.channels.wecom.sync.contacts import FETCHERS, PAGE
from siyu.channels.wecom.syncing import start_sync
from siyu.channels.wecom.tables import wecom_contacts
from siyu.jobs import run_now
from siyu.jobs.tables import jobs
from siyu.settings import Settings
from siyu.storage import Stores

CLAIM = "platforms.sync"

TAGS = 30
LIMIT_A_MINUTE = 10_000
"""Calls of one kind that one company may make (document 90454)."""
LIMIT_AN_HOUR = 150_000
LISTED = "/externalcontact/batch/get_by_user"
ALLOWED = LIMIT_A_MINUTE / 60 * PAGE
"""Customers a second of one company, whose list comes by pages."""
MEMORY_MAX = 2**30


def measure(scale: Scale) -> Evidence:
    members, customers, killed_customers = (20, 1_000_000, 50_000) if scale == "full" else (6, 4_500, 1_500)
    with PlatformServer("wecom") as platform, fresh_home() as folder:
        platform.corp("wwcorp00", members=members, customers=customers, tags=TAGS)
        platform.corp("wwcorp01", members=members, customers=killed_customers, tags=TAGS)
        bare = bare_seconds(platform, "wwcorp00", customers)
        load_rooms()
        stores = open_home(Settings(home=folder / "home"))
        try:
            account, to_be_killed = (company(stores, platform.url, number) for number in range(2))
            synced_seconds(stores, account, ["members", "tags"])
            forget_peak_memory()
            platform.door("calls")
            ours = synced_seconds(stores, account, ["contacts"])
            memory = peak_memory_bytes()
            told = stores.inbox.last()
            again = synced_seconds(stores, account, ["contacts"])
            news_again = stores.inbox.last() - told
            refused = _refused(platform)
        finally:
            stores.close()
        ended = _killed(folder / "home", to_be_killed, killed_customers)
        stores = open_home(Settings(home=folder / "home"))
        try:
            found = friends_known(stores)
        finally:
            stores.close()
    rate, bare_rate = customers / ours, customers / bare
    return Evidence(
        CLAIM,
        f"{customers:,} customers of {members} members of one company, {TAGS} tags",
        [
            equal("customers known after syncs and kills", found, customers + killed_customers),
            equal("bodies told by a second sync", news_again, 0),
            equal("calls of both syncs that the platform refused", refused, 0),
            equal("the killed sync ended", ended, "done"),
            at_least("rate beside the lower of limit and bare loop", round(rate / min(bare_rate, ALLOWED), 3), 0.9),
            at_most("memory at its most", memory, MEMORY_MAX, "bytes", timed=False),
        ],
        {
            "customers a second": round(rate),
            "bare loop, customers a second": round(bare_rate),
            "limit, customers a second": round(ALLOWED),
            "second sync, seconds": round(again, 2),
        },
    )


def company(stores: Stores, url: str, number: int) -> int:
    settings = {"corp_id": f"wwcorp{number:02d}", "agent_id": "1000002", "secret": SECRET, "base_url": url}
    made = {"callback_token": "QDG6eK", "callback_aes_key": "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"}
    channels = channels_of(stores)
    account, _ = open_account(stores, channels, channel="wecom", name=f"公司{number}", settings={**settings, **made})
    channels.close()
    return account


def synced_seconds(stores: Stores, account: int, only: list[str]) -> float:
    began = time.perf_counter()
    ended = run_now(stores, start_sync(stores, account, only))
    if ended.state != "done":
        raise RuntimeError(f"{ended.state}: {ended.error}")
    return time.perf_counter() - began


def bare_seconds(platform: PlatformServer, corpid: str, customers: int) -> float:
    """Seconds for a loop that only asks and decodes, with as many threads as the sync has: one company after the other,
    as the syncs are. It keeps no limit and the platform has none meanwhile, so that it leaves the whole limit to the
    sync that follows: a platform closes for a minute to whoever comes after calls that used it up.

    Raises :class:`RuntimeError` where it did not get all ``customers``.
    """
    with (
        httpx.Client(base_url=f"{platform.url}/cgi-bin", trust_env=False, timeout=60) as client,
        _without_limit(platform),
    ):
        token = client.get("/gettoken", params={"corpid": corpid, "corpsecret": SECRET}).json()["access_token"]
        params = {"access_token": token}
        staff = client.get("/externalcontact/get_follow_user_list", params=params).json()["follow_user"]
        began = time.perf_counter()

        def one(userid: str) -> int:
            cursor, found = "", 0
            while True:
                body = {"userid_list": [userid], "limit": PAGE, "cursor": cursor}
                answer = client.post(LISTED, params=params, json=body).json()
                found += len(answer.get("external_contact_list") or ())
                cursor = answer.get("next_cursor") or ""
                if not cursor:
                    return found

        with ThreadPoolExecutor(FETCHERS) as threads:
            found = sum(threads.map(one, staff))
        seconds = time.perf_counter() - began
    if found != customers:
        raise RuntimeError(f"the bare loop got {found} of {customers} customers")
    return seconds


@contextmanager
def _without_limit(platform: PlatformServer) -> Generator[None]:
    """Calls within are not counted."""
    path = f"/cgi-bin{LISTED}"
    platform.door("limits", path=path, per_minute=0, per_hour=0)
    yield
    platform.door("limits", path=path, per_minute=LIMIT_A_MINUTE, per_hour=LIMIT_AN_HOUR)


def _refused(platform: PlatformServer) -> int:
    """How many calls the platform refused since it was last asked to forget them."""
    return sum(times for call, times in platform.read("calls")["by_code"].items() if not call.endswith(" 0"))


def _killed(home: Path, account: int, customers: int) -> str:
    """A sync by command line that is killed half-way, then begun again; how the same job ended."""
    words = [sys.executable, "-m", "siyu.cli", "--home", str(home), "account", "sync", str(account), "--json"]
    process = subprocess.Popen(
        words, env=environment(), cwd=home.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _until_half(home, account, customers, process)
    process.kill()
    process.wait()
    subprocess.run(words, env=environment(), cwd=home.parent, capture_output=True, check=True, timeout=600)
    with sa.create_engine(f"sqlite:///{home / 'ledger.db'}").connect() as conn:
        last = sa.select(jobs.c.state).where(jobs.c.name == "wecom_sync").order_by(jobs.c.id.desc()).limit(1)
        return conn.execute(last).scalar_one()


def _until_half(home: Path, account: int, customers: int, process: subprocess.Popen[bytes]) -> None:
    engine = sa.create_engine(f"sqlite:///{home / 'ledger.db'}")
    count = sa.select(sa.func.count()).select_from(wecom_contacts).where(wecom_contacts.c.account == account)
    while process.poll() is None:
        with engine.connect() as conn:
            if conn.execute(count).scalar_one() >= customers // 3:
                return
        time.sleep(0.01)


def friends_known(stores: Stores) -> int:
    with stores.ledger.read() as conn:
        friends = wecom_contacts.c.state == "friend"
        return conn.execute(sa.select(sa.func.count()).select_from(wecom_contacts).where(friends)).scalar_one()
