"""The first sync of twenty companies of 50,000 customers, one after the other, beside a loop that asks and decodes:
no limit of a company is reached here, so what is measured is ours alone."""

from __future__ import annotations

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
from evidence.platform_server import PlatformServer
from evidence.platforms_sync import ALLOWED, MEMORY_MAX, TAGS, bare_seconds, company, friends_known, synced_seconds
from siyu.app import load_rooms, open_home
from siyu.settings import Settings

CLAIM = "platforms.sync_matrix"


def measure(scale: Scale) -> Evidence:
    companies, customers, members = (20, 50_000, 50) if scale == "full" else (3, 1_500, 6)
    with PlatformServer("wecom") as platform, fresh_home() as folder:
        for number in range(companies):
            platform.corp(f"wwcorp{number:02d}", members=members, customers=customers, tags=TAGS)
        bare = sum(bare_seconds(platform, f"wwcorp{number:02d}", customers) for number in range(companies))
        load_rooms()
        stores = open_home(Settings(home=folder / "home"))
        try:
            accounts = [company(stores, platform.url, number) for number in range(companies)]
            for account in accounts:
                synced_seconds(stores, account, ["members", "tags"])
            forget_peak_memory()
            ours = sum(synced_seconds(stores, account, ["contacts"]) for account in accounts)
            memory = peak_memory_bytes()
            found = friends_known(stores)
        finally:
            stores.close()
    all_customers = companies * customers
    rate, bare_rate = all_customers / ours, all_customers / bare
    return Evidence(
        CLAIM,
        f"{all_customers:,} customers of {companies} companies, {TAGS} tags",
        [
            equal("customers known", found, all_customers),
            at_least("rate beside the bare loop", round(rate / bare_rate, 3), 0.9),
            at_most("memory at its most", memory, MEMORY_MAX, "bytes", timed=False),
        ],
        {
            "customers a second": round(rate),
            "bare loop, customers a second": round(bare_rate),
            "limit of all companies together, customers a second": round(companies * ALLOWED),
        },
    )
