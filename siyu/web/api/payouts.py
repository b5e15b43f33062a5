"""The API of payouts: how money rewards reach people."""

from __future__ import annotations

from siyu.growth.payouts import command, keeping
from siyu.growth.payouts.command import PayoutAnswer, PayoutsAnswer
from siyu.storage import Stores
from siyu.web.paging import Id, Limit
from siyu.web.routes import api_acts, api_read


@api_read("/api/payouts", "campaign.read")
def list_all(stores: Stores, stage: str = "", before: int | None = None, limit: Limit = 50) -> PayoutsAnswer:
    """Payouts, the newest first, and how all of them stand. `stage`: only those in this state."""
    return command.payouts_told(stores, stage[:20], before, limit)


acts = api_acts("/api/rewards/{reward:int}/payout", "purse.write", about="reward:{reward}")


@acts("start", "payout_started")
def start(stores: Stores, reward: Id) -> PayoutAnswer:
    """Have a granted reward paid by the connected account, always under the same bill."""
    return command.payout_told(keeping.start(stores, reward))


@acts("stop", "payout_stopped")
def stop(stores: Stores, reward: Id) -> PayoutAnswer:
    """Give it by hand instead, while no money is on its way."""
    return command.payout_told(keeping.stop(stores, reward))


ROUTES = [list_all, start, stop]
