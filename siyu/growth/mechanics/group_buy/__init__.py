"""拼团: see ``model.py``."""

from siyu.growth.campaigns.mechanic import played
from siyu.growth.mechanics.group_buy import model
from siyu.growth.mechanics.group_buy.shown import shown

played(
    model,
    name="group_buy",
    words=("拼团", "Group buying"),
    about=(
        "限时凑齐人数，享拼团价；不成团，先付的拼团价核实后退回。也可团长免单或 0 元购。",
        "So many people in so many hours; not full, the price is refunded once checked. Or free for all.",
    ),
    shown=shown,
    said={
        "pay": ("团开好了，付款后您就入座。", "The group is open; you have a seat when you have paid."),
        "sat": ("您已入团，等人到齐。", "You have a seat. Waiting for the others."),
        "done": ("成团了！", "The group is full!"),
        "seated": ("您已经在这个团里。", "You have a seat already."),
        "full": ("这个团已满，您可以自己开一个。", "It is full: open one of your own."),
        "not_paid": ("付清拼团价才能入团。", "A seat counts once its price is paid."),
        "sold_out": ("商品已拼完，已付的拼团价核实后退回。", "Sold out; the price paid comes back once checked."),
        "over": (
            "时间到没有成团，已付的拼团价核实后退回。",
            "Time is up and the group is not full; the price paid comes back once checked.",
        ),
    },
    verb=("参加这个团", "Take a seat"),
    purposes=("order", "join"),
    places={"group": "low", "counter": "low", "own_app": "low", "mini_program": "low", "wechat": "middle"},
    asks=("tap", "add", "join", "order"),
    hours=lambda rules: rules.hours,
    must_ask=lambda rules: "order" if rules.pay_first else "",
)
