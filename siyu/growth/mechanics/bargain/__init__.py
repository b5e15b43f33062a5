"""砍一刀: see ``model.py``."""

from siyu.growth.campaigns.mechanic import played
from siyu.growth.mechanics.bargain import model
from siyu.growth.mechanics.bargain.shown import shown

played(
    model,
    name="bargain",
    words=("砍一刀", "Bargain"),
    about=(
        "刀数公开、每刀按公布的规则事先定好，砍满必到底价，不会“永远差一点”。",
        "So many cuts by a declared rule: the last one reaches the floor, never “almost there”.",
    ),
    shown=shown,
    said={
        "opened": ("开砍了，请朋友来。", "It is open: ask friends to come."),
        "cut": ("砍下来了。", "The price is lower now."),
        "done": ("已到底价！", "The lowest price is reached!"),
        "cut_before": ("您已经砍过了。", "You have made your cut."),
        "own": ("这是您自己的，请朋友来砍。", "It is your own: friends may cut."),
        "floor": ("已经到底价了。", "The lowest price is reached already."),
        "partial": ("时间到，可按当前价购买。", "Time is up: the price reached holds."),
        "over": ("时间到，没有砍完。", "Time is up before the last cut."),
    },
    verb=("帮 TA 砍一刀", "Make a cut"),
    purposes=("order", "join"),
    asks=("tap", "add", "join", "order"),
    hours=lambda rules: rules.hours,
    costs=lambda rules: {rules.kind: 1},
)
