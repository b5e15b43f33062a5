"""0 元免费: see ``model.py``."""

from siyu.growth.campaigns.mechanic import played
from siyu.growth.mechanics.free import model
from siyu.growth.mechanics.free.shown import shown

played(
    model,
    name="free",
    words=("0 元免费", "Free with invites"),
    about=(
        "请到几位新朋友就免费得；新朋友自己来才算，不看转发。",
        "Free for so many friends who are new and come themselves; sharing counts for nothing.",
    ),
    shown=shown,
    said={
        "opened": ("开始了，请新朋友来。", "It is open: ask friends who are new."),
        "helped_now": ("谢谢参加，TA 又近了一步。", "Thank you: they are a step closer."),
        "done": ("人数到了，TA 免费得到了。", "That is enough: it is free for them."),
        "own": ("这是您自己的，请朋友来。", "It is your own: friends may come."),
        "helped": ("您已经参加过了。", "You have taken part."),
        "full": ("TA 的人数已经够了。", "They have enough friends."),
        "not_new": (
            "只有第一次来的朋友才算。您可以自己也领一个。",
            "It counts for people who are new here. You may begin one of your own.",
        ),
        "over": ("时间到了。", "Time is up."),
    },
    verb=("我是新朋友，来参加", "I am new: take part"),
    purposes=("join",),
    asks=("tap", "add", "join", "order"),
    newcomers_only=True,
)
