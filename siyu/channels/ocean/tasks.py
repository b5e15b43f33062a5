"""What is done every few minutes: leads are read, conversions told back."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from siyu.channels.accounts import list_accounts, usable_account
from siyu.channels.ocean.channel import OceanChannel
from siyu.channels.ocean.polling import kinds_of, note_failure, read_leads
from siyu.channels.ocean.sending import send_due
from siyu.channels.platform.failures import PlatformError
from siyu.channels.protocol import Account
from siyu.channels.registry import channels_of
from siyu.jobs import handles, schedule
from siyu.jobs.model import Job
from siyu.storage import Stores

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 120.0


@handles("read_leads")
def read_all_leads(stores: Stores, job: Job) -> dict[str, Any]:
    """Read the leads of every account; one that fails does not hold up the others."""
    came = failed = 0
    for channel, account in _accounts(stores):
        client = channel.client(account, PATIENCE_SECONDS)
        for kind in kinds_of(account):
            try:
                came += read_leads(stores, client, account, kind)
            except PlatformError as error:
                log.warning("leads of account %d could not be read: %s", account.id, error.platform_code)
                note_failure(stores, account, kind, str(error.platform_code))
                failed += 1
        job.progress(came)
    return {"leads": came, "failed": failed}


@handles("send_conversions")
def send_conversions(stores: Stores, job: Job) -> dict[str, Any]:
    """Tell back what became of leads, a round of each account."""
    tried = 0
    for channel, account in _accounts(stores):
        tried += send_due(stores, channel.client(account, PATIENCE_SECONDS), account)
        job.progress(tried)
    return {"tried": tried}


def _accounts(stores: Stores) -> Iterator[tuple[OceanChannel, Account]]:
    mine = [view.id for view in list_accounts(stores) if view.channel == "ocean" and view.disabled is None]
    if not mine:
        return
    channels = channels_of(stores)
    try:
        channel = channels["ocean"]
        assert isinstance(channel, OceanChannel)
        for number in mine:
            yield channel, usable_account(stores, number)
    finally:
        channels.close()


schedule("read_leads", "*/5 * * * *", "read_leads")
schedule("send_conversions", "*/5 * * * *", "send_conversions")
