"""The first sync of many companies: as quick as the platform and a bare loop over it allow, in little memory, and where
it is killed it goes on."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
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
MEMORY_MAX = 2**30


def measure(scale: Scale) -> Evidence:
    companies, customers, members = (20, 50_000, 50) if scale == "full" else (3, 1_500, 6)
    with PlatformServer("wecom") as platform, fresh_home() as folder:
        for number in range(companies + 1):  # the last one is for the kill
            platform.corp(f"wwcorp{number:02d}", members=members, customers=customers, tags=TAGS)
        bare = sum(_bare(platform.url, f"wwcorp{number:02d}") for number in range(companies))
        load_rooms()
        stores = open_home(Settings(home=folder / "home"))
        try:
            accounts = [_account(stores, platform.url, number) for number in range(companies + 1)]
            for account in accounts[:-1]:
                _synced(stores, account, ["members", "tags"])
            forget_peak_memory()
            ours = sum(_synced(stores, account, ["contacts"]) for account in accounts[:-1])
            memory = peak_memory_bytes()
            told = stores.inbox.last()
            again = sum(_synced(stores, account, ["contacts"]) for account in accounts[:1])
            news_again = stores.inbox.last() - told
        finally:
            stores.close()
        killed = _killed(folder / "home", accounts[-1], customers)
        stores = open_home(Settings(home=folder / "home"))
        try:
            found = _found(stores)
        finally:
            stores.close()
    all_customers = companies * customers
    allowed = companies * LIMIT_A_MINUTE / 60 * PAGE
    rate, bare_rate = all_customers / ours, all_customers / bare
    return Evidence(
        CLAIM,
        f"{all_customers:,} customers of {companies} companies, {TAGS} tags",
        [
            equal("customers known after syncs and kills", found, all_customers + customers),
            equal("bodies told by a second sync", news_again, 0),
            equal("the killed sync ended", killed, "done"),
            at_least("rate beside the lower of limit and bare loop", round(rate / min(bare_rate, allowed), 3), 0.9),
            at_most("memory at its most", memory, MEMORY_MAX, "bytes", timed=False),
        ],
        {
            "customers a second": round(rate),
            "bare loop, customers a second": round(bare_rate),
            "limit of all companies together, customers a second": round(allowed),
            "limit of one company, customers a second": round(LIMIT_A_MINUTE / 60 * PAGE),
            "second sync of one company, seconds": round(again, 2),
        },
    )


def _account(stores: Stores, url: str, number: int) -> int:
    settings = {"corp_id": f"wwcorp{number:02d}", "agent_id": "1000002", "secret": SECRET, "base_url": url}
    made = {"callback_token": "QDG6eK", "callback_aes_key": "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"}
    channels = channels_of(stores)
    account, _ = open_account(stores, channels, channel="wecom", name=f"公司{number}", settings={**settings, **made})
    channels.close()
    return account


def _synced(stores: Stores, account: int, only: list[str]) -> float:
    began = time.perf_counter()
    ended = run_now(stores, start_sync(stores, account, only))
    if ended.state != "done":
        raise RuntimeError(f"{ended.state}: {ended.error}")
    return time.perf_counter() - began


def _bare(url: str, corpid: str) -> float:
    """Seconds for a loop that only asks and decodes, with as many threads as the sync has: one company after the other,
    as the syncs are. It keeps no limit, and needs none: a company of 50,000 takes 500 calls."""
    with httpx.Client(base_url=f"{url}/cgi-bin", trust_env=False, timeout=60) as client:
        token = client.get("/gettoken", params={"corpid": corpid, "corpsecret": SECRET}).json()["access_token"]
        params = {"access_token": token}
        staff = client.get("/externalcontact/get_follow_user_list", params=params).json()["follow_user"]
        began = time.perf_counter()

        def one(userid: str) -> int:
            cursor, found = "", 0
            while True:
                body = {"userid_list": [userid], "limit": PAGE, "cursor": cursor}
                answer = client.post("/externalcontact/batch/get_by_user", params=params, json=body).json()
                found += len(answer.get("external_contact_list") or ())
                cursor = answer.get("next_cursor") or ""
                if not cursor:
                    return found

        with ThreadPoolExecutor(FETCHERS) as threads:
            list(threads.map(one, staff))
        return time.perf_counter() - began


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


def _found(stores: Stores) -> int:
    with stores.ledger.read() as conn:
        friends = wecom_contacts.c.state == "friend"
        return conn.execute(sa.select(sa.func.count()).select_from(wecom_contacts).where(friends)).scalar_one()
