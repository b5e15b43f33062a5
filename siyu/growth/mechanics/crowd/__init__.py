"""众筹解锁: see ``model.py``."""

from siyu.growth.campaigns.mechanic import played
from siyu.growth.mechanics.crowd import model
from siyu.growth.mechanics.crowd.shown import shown

played(
    model,
    name="crowd",
    words=("众筹解锁", "Unlocked together"),
    about=("参加的人越多，人人得到的越多。", "The more take part, the more everybody gets."),
    shown=shown,
    said={
        "joined_now": ("参加成功，人数到了就解锁。", "You take part; it unlocks at its number."),
        "unlocked": ("解锁了！", "Unlocked!"),
        "joined": ("您已经参加了。", "You take part already."),
        "full": ("人数已满。", "It is full."),
        "over": ("时间到了，已解锁的都算数。", "Time is up; what was unlocked stays."),
    },
    verb=("我也参加", "Take part"),
    purposes=("take_part", "join"),
    asks=("tap", "add", "join", "order"),
)
