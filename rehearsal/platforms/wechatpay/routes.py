"""What WeChat Pay answers to, and what merchants and people do."""

from __future__ import annotations

from pathlib import Path

import msgspec

from rehearsal.platforms.core.app import Simulator
from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.routes import Answer, Request, Route, Routes
from rehearsal.platforms.wechatpay.world import PUBLIC_KEY_ID, Bill, Merchant, Pay, no, written

TRANSFERS = "/v3/fund-app/mch-transfer/transfer-bills"
BY_NUMBER = f"{TRANSFERS}/out-bill-no/"
CENTS_MIN, NAMED_CENTS = 10, 200_000


class PayRoutes(Routes[Pay]):
    """A bill's number stands in its path."""

    def find(self, path: str) -> dict[str, Route[Pay]]:
        return super().find(BY_NUMBER if path.startswith(BY_NUMBER) else path)


ROUTES = PayRoutes()


@ROUTES.post(TRANSFERS)
def transfer(world: Pay, request: Request) -> Answer:
    wish, merchant = request.json(), world.merchants[request.account]
    if not merchant.allowed:
        raise no("NO_AUTH")
    if wish["appid"] != merchant.app_id:
        raise no("APPID_MCHID_NOT_MATCH")
    number, cents, remark = str(wish["out_bill_no"]), wish["transfer_amount"], str(wish["transfer_remark"])
    if not (number.isascii() and number.isalnum() and len(number) <= 32):
        raise no("PARAM_ERROR", "商户单号只能由数字、大小写字母组成")
    if not isinstance(cents, int) or not CENTS_MIN <= cents < NAMED_CENTS:
        raise no("PARAM_ERROR", "转账金额不在范围内")
    if not remark or len(remark) > 32 or not str(wish["openid"]).startswith("o"):
        raise no("PARAM_ERROR", "转账备注或收款用户不正确")
    infos = wish.get("transfer_scene_report_infos", [])
    if str(wish["transfer_scene_id"]) == "1000" and [each["info_type"] for each in infos] != ["活动名称", "奖励说明"]:
        raise no("PARAM_ERROR", "转账场景报备信息不正确")
    made = world.make(
        Bill(
            merchant=request.account,
            number=number,
            theirs=f"13300000711009999{len(world.bills):020d}",
            app_id=str(wish["appid"]),
            scene=str(wish["transfer_scene_id"]),
            openid=str(wish["openid"]),
            cents=cents,
            remark=remark,
            state="WAIT_USER_CONFIRM" if merchant.confirms else "SUCCESS",
            at=world.clock.now(),
            infos=infos,
            tell=str(wish.get("notify_url", "")),
        )
    )
    answer = {
        "out_bill_no": made.number,
        "transfer_bill_no": made.theirs,
        "create_time": written(made.at),
        "state": made.state,
    }
    return world.signed(answer | ({"package_info": f"pkg-{made.theirs}"} if merchant.confirms else {}))


@ROUTES.get(BY_NUMBER)
def find(world: Pay, request: Request) -> Answer:
    made = world.bills.get(f"{request.account}/{request.path.removeprefix(BY_NUMBER)}")
    if made is None:
        raise no("NOT_FOUND")
    answer = {
        "mch_id": made.merchant,
        "out_bill_no": made.number,
        "transfer_bill_no": made.theirs,
        "appid": made.app_id,
        "state": made.state,
        "transfer_amount": made.cents,
        "transfer_remark": made.remark,
        "openid": made.openid,
        "create_time": written(made.at),
        "update_time": written(made.at),
    }
    return world.signed(answer | ({"fail_reason": made.fail_reason} if made.fail_reason else {}))


# --- what tests and worlds do


@ROUTES.door("merchant")
def open_merchant(world: Pay, request: Request) -> Answer:
    """{mch_id, …}, a ``Merchant``; answers the key by which answers are proved."""
    wish = request.json()
    world.merchants.put(str(wish.pop("mch_id")), Merchant(**wish))
    return {"public_key": world.public_key(), "public_key_id": PUBLIC_KEY_ID}


@ROUTES.door("change")
def change_merchant(world: Pay, request: Request) -> Answer:
    """{mch_id, …}: what is other from now on."""
    wish = request.json()
    world.merchants.change(str(wish.pop("mch_id")), **wish)
    return {}


@ROUTES.door("decide")
def decide(world: Pay, request: Request) -> Answer:
    """{mch_id, number, state, reason}: a person confirms (SUCCESS), or does not (CANCELLED, FAIL)."""
    wish = request.json()
    world.decide(wish["mch_id"], wish["number"], wish["state"], wish.get("reason", ""))
    return {}


@ROUTES.door("bills")
def bills(world: Pay, request: Request) -> Answer:
    """Of a merchant, in order."""
    wanted = request.query.get("mch_id")
    return {"bills": [msgspec.to_builtins(each) for each in world.bills.values() if wanted in (None, each.merchant)]}


def wechatpay(path: Path | None = None, clock: DomainClock | None = None, seed: int = 7) -> Simulator[Pay]:
    """A simulated WeChat Pay."""
    return Simulator(Pay(path, clock, seed), ROUTES)
