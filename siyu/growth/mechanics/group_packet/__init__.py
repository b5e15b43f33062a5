"""群满红包: see ``model.py``."""

from siyu.growth.campaigns.mechanic import played
from siyu.growth.mechanics.group_packet import model
from siyu.growth.mechanics.group_packet.shown import shown

played(
    model,
    name="group_packet",
    words=("群满红包", "Packet for a full group"),
    about=(
        "群到人数就开，份额事先抽好，合计一分不差。",
        "Opens when the group reaches its number; the parts are drawn before and are exact.",
    ),
    shown=shown,
    said={
        "opened": ("开始了，群满就发。", "It is open, and given when the group is full."),
        "joined_now": ("算上您了，群满就发。", "You are counted; it is given when the group is full."),
        "got": ("红包开了，拿到了。", "It is open, and you have a part."),
        "taken": ("您已经拿过了。", "You have taken a part."),
        "joined": ("您已经算在内了。", "You are counted already."),
        "empty": ("红包已经拿完了。", "The packet is empty."),
        "over": ("时间到了。", "Time is up."),
    },
    verb=("我进群了，算我一个", "I have joined"),
    purposes=("join",),
    asks=("join", "tap"),
    costs=lambda rules: {rules.kind: rules.total_cents},
)
