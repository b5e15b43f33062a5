"""Taking up a ready journey: which accounts its messages go by, and the draft that comes of it."""

from __future__ import annotations

from collections.abc import Sequence

from siyu.audiences.words import Language
from siyu.channels import Channels
from siyu.channels.accounts import get_account, list_accounts
from siyu.commerce.goods.cycles import usual_cycle
from siyu.reach.broadcasts import CHANNELS_MAX
from siyu.reach.journeys import drafts
from siyu.reach.journeys.ready import ready_journey
from siyu.reach.journeys.ready.base import Account
from siyu.storage import BadInput, Stores


def accounts_for(stores: Stores, channels: Channels) -> list[Account]:
    """Those that messages can go by, the oldest first."""
    return [
        Account(each.id, channels[each.channel].about)
        for each in list_accounts(stores)
        if each.disabled is None and channels[each.channel].about.sends
    ]


def begin_from(
    stores: Stores, channels: Channels, by: str, key: str, accounts: Sequence[int], language: Language = "zh"
) -> int:
    """Keep a ready journey as a draft, its messages by these accounts, the preferred first; the draft's number.

    Raises :class:`NotFound` for a journey or an account that is not there, :class:`BadInput` where an account can't
    send.
    """
    ready = ready_journey(key)
    if len(accounts) > CHANNELS_MAX or len(set(accounts)) < len(accounts):
        raise BadInput(
            "journey_channels",
            f"渠道账号最多 {CHANNELS_MAX} 个，不能重复。",
            f"At most {CHANNELS_MAX} accounts, each once.",
            field="accounts",
        )
    chosen: list[Account] = []
    for number in accounts:
        about = channels[get_account(stores, number).channel].about
        if not about.sends:
            raise BadInput(
                "channel_receives_only",
                f"渠道“{about.zh}”目前只接收，不能用来发送。",
                f"The channel “{about.en}” only receives for now; it can't be sent through.",
                field="accounts",
            )
        chosen.append(Account(number, about))
    return drafts.create(stores, by, ready.document(chosen, language, usual_cycle(stores)))
