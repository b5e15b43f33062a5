"""What an effect means, in plain words: is there a difference, how large, and what it would take to see one."""

from __future__ import annotations

from siyu.experiments.lift import Lift
from siyu.reach.effect import Effect

Pair = tuple[str, str]


def told(effect: Effect) -> Pair:
    """The whole verdict in Chinese and in English."""
    if not effect.heldout.people:
        return _joined(_WITHOUT_HOLDOUT if not effect.holdout_percent else _NOBODY_HELD_OUT)
    if not effect.sent.people:
        return _joined(_NOBODY_SENT)
    return _joined(_bought(effect.bought), _verdict(effect.bought), _spent(effect.spent), _still_open(effect))


_WITHOUT_HOLDOUT = (
    "这次没有留出对照组，分不清这些购买是不是群发带来的。下次请留出 10%。",
    "Nobody was held out, so nobody can tell whether the message brought these purchases. Hold out 10% next time.",
)
_NOBODY_HELD_OUT = (
    "人数太少，没有人被抽进对照组，看不出群发带来了什么。",
    "So few people were meant that nobody was drawn to be held out: what it added can't be seen.",
)
_NOBODY_SENT = ("还没有人进入发送组。", "Nobody is on the side of those sent to yet.")


def _bought(lift: Lift) -> Pair:
    assert lift.treated is not None
    assert lift.heldout is not None
    assert lift.difference is not None
    low, high = points(lift.low), points(lift.high)
    return (
        f"发送组 {lift.treated_people:,} 人中 {lift.treated:.1%} 下单，对照组 {lift.heldout_people:,} 人中 "
        f"{lift.heldout:.1%}，相差 {points(lift.difference)} 个百分点（95% 的把握在 {low} 到 {high} 之间）。",
        f"Of {lift.treated_people:,} sent to {lift.treated:.1%} bought, of {lift.heldout_people:,} held out "
        f"{lift.heldout:.1%}: a difference of {points(lift.difference)} points (95% interval {low} to {high}).",
    )


def points(share: float | None) -> str:
    """Percentage points with their sign."""
    return "—" if share is None else f"{share * 100:+.1f}".replace("-", "−")


def _verdict(lift: Lift) -> Pair:
    if lift.shows and lift.difference is not None:
        people = [abs(round(each * lift.treated_people)) for each in (lift.difference, lift.low or 0, lift.high or 0)]
        most, least = max(people[1:]), min(people[1:])
        if lift.difference > 0:
            return (
                f"这不像是碰巧：群发大约多带来 {people[0]:,} 位买家（{least:,} 到 {most:,} 位）。",
                f"That is hardly chance: the message brought about {people[0]:,} more buyers ({least:,} to {most:,}).",
            )
        return (
            f"这不像是碰巧：收到的人反而买得更少，大约少了 {people[0]:,} 位买家（{least:,} 到 {most:,} 位）。",
            f"That is hardly chance: those sent to bought less, by about {people[0]:,} buyers ({least:,} to {most:,}).",
        )
    if lift.needed_people is None:
        return (
            "两边一样，看不出群发带来了购买。",
            "The two sides are alike: nothing shows that the message brought purchases.",
        )
    now = lift.treated_people + lift.heldout_people
    return (
        f"这个差别和 0 分不清，可能只是碰巧。要看清这么大的差别，两组共需约 {rounded(lift.needed_people):,} 人"
        f"（现在 {now:,} 人，对照比例不变）。",
        f"It can't be told from 0 and may be chance. To see a difference of this size, the two groups together would "
        f"take about {rounded(lift.needed_people):,} people (now {now:,}, split alike).",
    )


def rounded(people: int) -> int:
    """Two figures are all that such a number is worth."""
    size = 10 ** max(0, len(str(people)) - 2)
    return -(-people // size) * size


def _spent(lift: Lift) -> Pair:
    if lift.difference is None or lift.low is None or lift.high is None:
        return ("", "")
    values = f"{lift.treated:,.2f} / {lift.heldout:,.2f}"
    bounds = [f"{each:+,.2f}".replace("-", "−") for each in (lift.difference, lift.low, lift.high)]
    zh = "不像是碰巧" if lift.shows else "和 0 分不清"
    en = "hardly chance" if lift.shows else "not told from 0"
    return (
        f"人均消费 {values}，相差 {bounds[0]}（{bounds[1]} 到 {bounds[2]}），{zh}。",
        f"Spent per person {values}: a difference of {bounds[0]} ({bounds[1]} to {bounds[2]}), {en}.",
    )


def _still_open(effect: Effect) -> Pair:
    if effect.over:
        return ("", "")
    return (
        f"统计到 {effect.until:%Y-%m-%d} 为止，还没结束，数字会变。",
        f"Counted until {effect.until:%Y-%m-%d}, which is still to come: the figures will change.",
    )


def _joined(*parts: Pair) -> Pair:
    return "".join(zh for zh, _ in parts), " ".join(en for _, en in parts if en)
