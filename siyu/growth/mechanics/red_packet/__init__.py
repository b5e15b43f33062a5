"""拼手气红包: see ``model.py``."""

from siyu.growth.campaigns.mechanic import played
from siyu.growth.mechanics.red_packet import model
from siyu.growth.mechanics.red_packet.shown import shown

played(
    model,
    name="red_packet",
    words=("拼手气红包", "Red packet"),
    about=(
        "一个红包分成几份，朋友来拿，份额事先抽好，合计一分不差；可设为下单后才能开，每单一个。",
        "A packet in parts that friends take; drawn before and exact; by choice opened by a paid order, one each.",
    ),
    shown=shown,
    said={
        "opened": ("红包开好了，请朋友来拿。", "The packet is open: friends may come."),
        "got": ("拿到了，稍后到账。", "You have a part; it is on its way."),
        "taken": ("您已经拿过了。", "You have taken a part."),
        "own": ("这是您发的红包，留给朋友。", "It is your own packet: it is for friends."),
        "empty": ("红包已经拿完了。", "The packet is empty."),
        "over": ("红包已过期，没拿完的已退回。", "Time is up; what was left went back."),
    },
    verb=("拿一份", "Take a part"),
    purposes=("take_part", "join"),
    asks=("tap", "add", "join"),
    hours=lambda rules: rules.hours,
    costs=lambda rules: {rules.kind: rules.total_cents},
)
