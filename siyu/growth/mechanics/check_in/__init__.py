"""打卡: see ``model.py``."""

from siyu.growth.campaigns.mechanic import played
from siyu.growth.mechanics.check_in import model
from siyu.growth.mechanics.check_in.shown import shown

played(
    model,
    name="check_in",
    words=("打卡", "Check-in"),
    about=(
        "按天打卡，可补签；以活动时区的日期为准。",
        "Day by day, with make-up days; days are those of the campaign's time zone.",
    ),
    shown=shown,
    said={
        "checked": ("今天打好了。", "Checked in today."),
        "made_up": ("补好了。", "That day is made good."),
        "today": ("今天已经打过了，明天再来。", "Checked in today already. See you tomorrow."),
        "no_gap": ("没有漏的日子。", "No day was missed."),
        "no_make_up": ("补签次数用完了。", "No make-up days are left."),
        "friend": ("TA 多了一次补签。", "They have one more make-up day."),
        "helped": ("您已经帮过了。", "You have helped before."),
        "full": ("TA 的补签已经够了。", "They have all the make-up days there are."),
        "over": ("活动的日子已经结束。", "The days are over."),
    },
    verb=("帮 TA 补一天", "Give a make-up day"),
    purposes=("take_part", "wake"),
    places={"group": "low", "counter": "low", "own_app": "low", "mini_program": "low", "wechat": "middle"},
    asks=("tap", "add", "join"),
    solo=lambda rules: not rules.friend_make_ups,
)
