"""See ``model.py``."""

from siyu.growth.campaigns.mechanic import Mechanic, register
from siyu.growth.mechanics.invite import model

register(
    Mechanic(
        name="invite",
        words=("邀请有礼（任务宝、老带新）", "Invite friends"),
        about=(
            "每人一个专属邀请，新朋友来了才算，按人数分档给奖励。",
            "An invitation each; new friends count, by rungs.",
        ),
        verb=("接受邀请", "Accept the invitation"),
        rules=model.Rules,
        state=model.State,
        start=model.start,
        contribute=model.contribute,
        expire=model.expire,
        need=model.need,
        check=model.check,
        said=model.SAID,
        costs=model.costs,
        purposes=("join", "order"),
        asks=("add", "join", "order", "tap"),
        newcomers_only=True,
        places={"group": "low", "mini_program": "low", "counter": "low", "own_app": "low", "wechat": "middle"},
    )
)
