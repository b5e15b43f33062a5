"""The draws of a campaign as they are published after its end, and whether the secret gives each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from siyu.growth.campaigns.model import Campaign
from siyu.growth.campaigns.sealing import opened
from siyu.growth.campaigns.tables import contributions, efforts
from siyu.growth.mechanics.lottery.model import Draw, Rules, State, Wrong, lucks_of, verify
from siyu.storage import Stores

DRAWS_MAX = 200_000
"""More than this in one campaign are published and checked in part: the first of them."""


@dataclass(frozen=True, slots=True)
class Checked:
    """``draws`` in their order; ``wrong``: those that the secret does not give, None where it is not the one whose hash
    was published."""

    draws: Sequence[Draw]
    wrong: Sequence[Wrong] | None


def draws_of(stores: Stores, campaign: Campaign) -> list[Draw]:
    """Every draw in order; the ticket is the address of the effort, which its starter has seen from the beginning."""
    table = contributions.c
    query = (
        sa.select(efforts.c.slug, table.turn, efforts.c.state)
        .join(efforts, efforts.c.id == table.effort)
        .where(table.campaign == campaign.id, table.stage == "counted", table.turn.like("draw:%"))
        .order_by(table.id)
        .limit(DRAWS_MAX)
    )
    found: list[Draw] = []
    with stores.ledger.read() as conn:
        for serial, (ticket, turn, state) in enumerate(conn.execute(query), 1):
            nth = int(turn.removeprefix("draw:"))
            now = msgspec.convert(state, State)
            found.append(Draw(serial, ticket, nth, now.drawn[nth - 1], lucks_of(now)[nth - 1]))
    return found


def checked(stores: Stores, campaign: Campaign) -> Checked:
    """All draws of a campaign that is over, computed again from its secret."""
    draws = draws_of(stores, campaign)
    rules: Rules = campaign.ruled
    return Checked(draws, verify(rules, opened(stores.home, campaign.secret), campaign.secret_hash, draws))
