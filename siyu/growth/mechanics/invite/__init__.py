"""See ``model.py``."""

from siyu.growth.campaigns.mechanic import played
from siyu.growth.mechanics.invite import model

played(
    model,
    name="invite",
    page="",
    words=("邀请有礼（任务宝、老带新）", "Invite friends"),
    about=(
        "每人一个专属邀请，新朋友来了才算，按人数分档给奖励。",
        "An invitation each; new friends count, by rungs.",
    ),
    verb=("接受邀请", "Accept the invitation"),
    said=model.SAID,
    purposes=("join", "order"),
    asks=("add", "join", "order", "tap"),
    newcomers_only=True,
    places={"group": "low", "mini_program": "low", "counter": "low", "own_app": "low", "wechat": "middle"},
)
