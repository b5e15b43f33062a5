"""Codes at WeCom made for a live code: one for each member or group, which then stands behind it as a target."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from siyu.channels.addresses import policy_of
from siyu.channels.platform.exchange import Exchange
from siyu.channels.wecom.codes import Kind, Way, names_of
from siyu.growth.codes import keeping, reading
from siyu.growth.codes.keeping import TargetDraft
from siyu.growth.codes.model import TARGETS_MAX
from siyu.growth.ways import ways
from siyu.growth.ways.model import KeptWay, WayDraft
from siyu.jobs import enqueue, handles, queue
from siyu.jobs.model import Job, JobStatus
from siyu.storage import BadInput, SiyuError, Stores

JOB = "make_code_ways"
PROBLEMS_MAX = 20
JOBS_LOOKED_AT = 50


def make_ways(stores: Stores, by: str, code: int, account: int, ids: Sequence[str]) -> int:
    """Have a code at WeCom made for each of these members (of a group code: groups), and put behind the live code; the
    number of the job. What is there already is not made again. Raises :class:`NotFound`, :class:`BadInput`."""
    wanted = list(dict.fromkeys(ids))
    found = reading.get_code(stores, code)
    if not 0 < len(wanted) <= TARGETS_MAX:
        raise BadInput(
            "targets_many",
            f"请选 1 到 {TARGETS_MAX} 个。",
            f"Choose 1 to {TARGETS_MAX} of them.",
            field="ids",
        )
    told = {"code": found.id, "account": account, "ids": wanted, "by": by}
    with stores.ledger.write() as conn:
        return enqueue(conn, JOB, told, now=stores.clock.now(), key=state_of(code, account, ",".join(wanted)))


def latest(stores: Stores, code: int) -> JobStatus | None:
    """The last such job of a code, while anybody may want to see it."""
    found = queue.find(stores, names=[JOB], rows_max=JOBS_LOOKED_AT)
    return next((each for each in found if each.arguments.get("code") == code), None)


@handles(JOB)
def run(stores: Stores, job: Job) -> dict[str, Any]:
    """Make them one by one; what was made before it broke off is found again by its state."""
    given = job.arguments
    code, account, ids = int(given["code"]), int(given["account"]), [str(each) for each in given["ids"]]
    kind: Kind = "contact" if reading.get_code(stores, code).kind == "staff" else "join"
    names = names_of(stores, account, kind, ids)
    problems: list[dict[str, str]] = []
    made = 0
    exchange = Exchange(stores, policy_of(stores))
    try:
        for number, each in enumerate(ids):
            job.progress(number, len(ids))
            try:
                made += _one(stores, exchange, str(given["by"]), code, account, kind, each, names.get(each, each))
            except SiyuError as error:
                if error.status >= 500:
                    raise
                problems.append({"id": each, "zh": error.zh, "en": error.en})
    finally:
        exchange.close()
    return {"made": made, "problems": problems[:PROBLEMS_MAX]}


def _one(stores: Stores, exchange: Exchange, by: str, code: int, account: int, kind: Kind, id: str, name: str) -> int:
    """One code and its target; how many targets are new."""
    state = state_of(code, account, id)
    way = ways.way_of_state(stores, state) or _made(stores, exchange, by, account, kind, state, id, name)
    with stores.ledger.read() as conn:
        there = {each.way for each in reading.targets_of(conn, [code]).get(code, {}).values()}
    if way.id in there:
        return 0
    keeping.add_targets(stores, code, [TargetDraft(name=name[:40], way=way.id)])
    return 1


def _made(
    stores: Stores, exchange: Exchange, by: str, account: int, kind: Kind, state: str, id: str, name: str
) -> KeptWay:
    of = Way(users=(id,)) if kind == "contact" else Way(groups=(id,), auto_create=False)
    return ways.add_way(stores, exchange, by, WayDraft(name[:80], account, kind, state, of))


def state_of(code: int, account: int, id: str) -> str:
    """Of the code at WeCom behind a live code for a member or group: always the same, so that it is made once."""
    return f"l{code}-{hashlib.sha256(f'{account}:{id}'.encode()).hexdigest()[:12]}"
