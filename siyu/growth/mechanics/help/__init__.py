"""See ``model.py``."""

from siyu.growth.campaigns.mechanic import played
from siyu.growth.mechanics.help import model

played(
    model,
    name="help",
    page="",
    words=("助力解锁", "Help to unlock"),
    about=(
        "发起人请 N 位朋友点一下，凑齐就得到奖励。",
        "So many friends tap once, and the starter gets the reward.",
    ),
    verb=("帮 TA 助力", "Help them"),
    said=model.SAID,
    hours=lambda rules: rules.hours,
    purposes=("join", "take_part", "wake"),
    places={"group": "middle", "mini_program": "middle", "counter": "low", "own_app": "low", "wechat": "high"},
)
