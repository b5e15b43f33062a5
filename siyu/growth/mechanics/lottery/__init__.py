"""抽奖: see ``model.py``."""

from siyu.growth.campaigns.mechanic import played
from siyu.growth.mechanics.lottery import model
from siyu.growth.mechanics.lottery.shown import shown

played(
    model,
    name="lottery",
    words=("抽奖", "Lottery"),
    about=(
        "概率、数量公开；开始前公布密文，结束后公布密钥，人人可验算。",
        "Odds and stock are open; the hash of the secret before, the secret after: anybody can check.",
    ),
    shown=shown,
    said={
        "opened": ("转盘准备好了。", "The wheel is ready."),
        "won": ("中奖了！", "You have won!"),
        "nothing": ("这次没有中，谢谢参与。", "Nothing this time. Thank you."),
        "gone": ("这次停在的奖品已发完，谢谢参与。", "It stopped at a prize that is gone. Thank you."),
        "no_draws": ("次数用完了。", "No draws are left."),
        "earned": ("TA 多了一次机会。", "They have one more draw."),
        "helped": ("您已经帮过了。", "You have helped before."),
        "not_new": ("只有第一次来的朋友才算。", "It counts for people who are new here."),
        "full": ("TA 的次数已经加满。", "They have all the draws there are."),
        "over": ("活动结束，未用的次数作废。", "It is over; draws that were not used are gone."),
    },
    verb=("来参加，送 TA 一次", "Come, and give one more draw"),
    purposes=("take_part", "join"),
    asks=("tap", "add", "join"),
    solo=lambda rules: not rules.friend_draws,
    draws=True,
)
