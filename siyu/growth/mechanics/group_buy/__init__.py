"""拼团: see ``model.py``."""

from siyu.growth.campaigns.mechanic import Mechanic, register
from siyu.growth.mechanics.group_buy import model
from siyu.growth.mechanics.group_buy.shown import shown

register(
    Mechanic(
        name="group_buy",
        words=("拼团", "Group buying"),
        about=(
            "限时凑齐人数，享拼团价；不成团，先付的款退回。也可团长免单或 0 元购。",
            "So many people in so many hours; not full, whoever paid is refunded. Or free for the starter, or for all.",
        ),
        rules=model.Rules,
        state=model.State,
        start=model.start,
        contribute=model.contribute,
        expire=model.expire,
        need=model.need,
        check=model.check,
        shown=shown,
        said={
            "pay": ("团开好了，付款后您就入座。", "The group is open; you have a seat when you have paid."),
            "sat": ("您已入团，等人到齐。", "You have a seat. Waiting for the others."),
            "done": ("成团了！", "The group is full!"),
            "seated": ("您已经在这个团里。", "You have a seat already."),
            "full": ("这个团已满，您可以自己开一个。", "It is full: open one of your own."),
            "not_paid": ("付款后才能入团。", "A seat counts once it is paid."),
            "sold_out": ("商品已拼完，已付的款会退回。", "Sold out; what was paid comes back."),
            "over": (
                "时间到没有成团，已付的款会退回。",
                "Time is up and the group is not full; what was paid comes back.",
            ),
        },
        verb=("参加这个团", "Take a seat"),
        page="mechanics/group_buy.html",
        purposes=("order", "join"),
        places={"group": "low", "counter": "low", "own_app": "low", "mini_program": "low", "wechat": "middle"},
        asks=("tap", "add", "join", "order"),
        hours=lambda rules: rules.hours,
        costs=model.costs,
        short=model.short,
        must_ask=lambda rules: "order" if rules.pay_first else "",
    )
)
