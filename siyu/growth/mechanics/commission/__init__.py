"""分销: see ``model.py``."""

from siyu.growth.campaigns.mechanic import played
from siyu.growth.mechanics.commission import following, model
from siyu.growth.mechanics.commission.shown import shown

assert following, "its job is known"
played(
    model,
    name="commission",
    words=("分销", "Commission"),
    about=(
        "朋友下单付款后按比例得佣金，最多两级；退货期内暂扣，退货按行收回；拉人不付钱。",
        "A share of what friends pay, two levels at most; held through the return window, taken back by the line; "
        "nothing for recruiting.",
    ),
    shown=shown,
    said={
        "opened": (
            "您已加入，朋友从您的页面来，下单后您就有佣金。",
            "You are in: what your friends buy earns you a share.",
        ),
        "came": ("欢迎！您是朋友带来的。", "Welcome: your friend brought you."),
        "own": ("这是您自己的页面，请朋友来。", "It is your own page: friends may come."),
        "came_before": ("您已经来过了。", "You have come before."),
        "not_new": (
            "只有第一次来的朋友才算。您也可以自己加入。",
            "It counts for people who are new; you may join.",
        ),
        "full": ("TA 的朋友已经很多了。", "They have very many friends already."),
        "over": ("活动已结束，之前的订单照算。", "It is over; orders paid before count."),
    },
    verb=("我是朋友带来的", "A friend brought me"),
    purposes=("order",),
    places={"group": "middle", "counter": "low", "own_app": "low", "mini_program": "middle", "wechat": "high"},
    newcomers_only=True,
)
