"""Limits of a campaign, what speaks against somebody, and the score that comes of it. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from siyu.growth.campaigns.mechanic import asked

PEOPLE_MAX = 1_000_000
SCORE_MAX = 100
WATCHED_FROM = 20
"""Below it nothing is kept."""
LEAVES_WITHIN_HOURS = 72
MONEY_WAITS_HOURS = 24
"""How long rewards wait, as it comes, of campaigns that may give money: once it is paid nobody gives it back."""
COUNTER_PEOPLE = 60
"""People a device, as it comes, of campaigns that run at a shop's counter."""

Sort = Literal["device", "address", "account", "person"]
SORTS: Mapping[Sort, tuple[str, str]] = {
    "device": ("设备", "Device"),
    "address": ("网络地址", "Address"),
    "account": ("收款账户", "Pay account"),
    "person": ("个人", "Person"),
}
DAILY: frozenset[Sort] = frozenset({"address", "person"})
"""What is limited a day; the others for the whole campaign."""

SAID: Mapping[str, tuple[str, str]] = {
    "limit_device": ("这台设备上参加的人已满。", "No more people can take part on this device."),
    "limit_address": (
        "当前网络今天参加的人已满，请换个网络或明天再来。",
        "Too many on this network today: try another.",
    ),
    "limit_account": ("这个收款账户参加的人已满。", "No more people can take part with this pay account."),
    "limit_person": (
        "您今天帮的朋友已够多了，请明天再来。",
        "You have helped enough friends today: come back tomorrow.",
    ),
}
"""What who passes a limit is told."""

Stage = Literal["watched", "open", "released", "dropped"]
STAGES: Mapping[Stage, tuple[str, str]] = {
    "watched": ("观察", "Watched"),
    "open": ("待审核", "To be reviewed"),
    "released": ("已放行", "Released"),
    "dropped": ("已取消", "Dropped"),
}


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Of one campaign; 0: no limit. A household shares a device, a hall or a carrier an address: limits are wide, the
    score is what tells."""

    device_people: Annotated[
        int,
        asked("每台设备最多人数", "People a device", unit="people", ge=0, le=PEOPLE_MAX, note=("0 为不限", "0: any")),
    ] = 6
    address_people: Annotated[
        int,
        asked(
            *("每个网络地址每天最多人数", "People an address and day"),
            unit="people",
            ge=0,
            le=PEOPLE_MAX,
            note=("会场、商场、运营商共用地址，不宜过小", "Halls and carriers share one: not too few"),
        ),
    ] = 500
    account_people: Annotated[
        int, asked("每个收款账户最多人数", "People a pay account", unit="people", ge=0, le=PEOPLE_MAX)
    ] = 2
    person_helps: Annotated[
        int, asked("每人每天最多帮几次", "Helps a person and day", unit="times", ge=0, le=PEOPLE_MAX)
    ] = 50
    review_from: Annotated[
        int,
        asked(
            *("风险分达到多少转人工审核", "Rewards wait for review from a score of"),
            ge=1,
            le=SCORE_MAX,
            note=("1 到 100，默认 60", "1 to 100; 60 as it comes"),
        ),
    ] = 60
    wait_hours: Annotated[
        int,
        asked(
            *("奖励先暂扣", "Rewards wait"),
            unit="hours",
            ge=0,
            le=24 * 30,
            note=("让加了就删、团伙刷奖先显形；0 为立即发放", "So that who leaves at once is seen first; 0: at once"),
        ),
    ] = 0
    money_wait_hours: Annotated[
        int,
        asked(
            *("现金先暂扣", "Money waits"),
            unit="hours",
            ge=0,
            le=24 * 30,
            note=("现金追不回来；其他奖励按上一项", "Money can't be got back; other rewards wait as said above"),
        ),
    ] = MONEY_WAITS_HOURS

    def waits(self, *, money: bool) -> int:
        """Hours that a reward waits before it is given."""
        return max(self.wait_hours, self.money_wait_hours) if money else self.wait_hours

    def most(self, sort: Sort) -> int:
        """How many seats there are on one mark of a sort; 0: any number."""
        by_sort: Mapping[Sort, int] = {
            "device": self.device_people,
            "address": self.address_people,
            "account": self.account_people,
            "person": self.person_helps,
        }
        return by_sort[sort]


def as_they_come(places: Collection[str]) -> dict[str, int]:
    """What differs from :class:`Limits` where a campaign may run there: a shop's tablet is used by many."""
    return {"device_people": COUNTER_PEOPLE} if "counter" in places else {}


@dataclass(frozen=True, slots=True)
class Signs:
    """What is seen of one person in one campaign. Shares are 0 to 1; a figure of nobody is 0.

    ``device_people``: new helpers of one starter on the same devices, they among them or for them, ``device_idle``: the
    share of those that are hollow; ``own_helpers``: who helped them from a device of theirs; ``account_people``: with
    their pay account; ``hasty``: most efforts they helped within an hour. ``partners``: whom they helped and were
    helped by, directly or around a circle of three, ``closed``: the share of those among who helped them; ``ringed``:
    how many of a ring they helped, and were helped by (the smaller number). ``helpers``: who helped them; of these
    ``hollow``: new, never started anything and did nothing of their own in a day, ``beyond``: how far that is beyond
    what is usual (see :func:`beyond`), ``together``: from the one address that most came from, of addresses where
    nearly everybody is hollow, ``burst``: within the ten minutes in which most came, ``left``: left us at once.
    ``gone``: they left at once themselves. ``patron``: the score of a starter whose hollow or gone helper they are.
    ``doubled``: as how many people one took part, they or who helped them.
    """

    device_people: int = 0
    device_idle: float = 0.0
    own_helpers: int = 0
    account_people: int = 0
    hasty: int = 0
    partners: int = 0
    closed: float = 0.0
    helpers: int = 0
    hollow: float = 0.0
    beyond: float = 0.0
    together: float = 0.0
    burst: float = 0.0
    left: float = 0.0
    gone: bool = False
    patron: int = 0
    ringed: int = 0
    doubled: int = 0


class Reason(msgspec.Struct, frozen=True):
    """Why points were given. ``key`` of :data:`REASONS`; ``many`` stands in its words."""

    key: str
    points: int
    many: int


REASONS: Mapping[str, tuple[str, str]] = {
    "shared_device": ("同样的设备上有 {} 人为同一个发起参加", "{} people took part for one effort on the same devices"),
    "own_helpers": ("有 {} 位助力者用的是发起人自己的设备", "{} helpers used the starter's own device"),
    "shared_account": ("{} 人使用同一个收款账户", "{} people have one pay account"),
    "hasty": ("一小时内帮了 {} 次不同的发起", "Helped {} different efforts within an hour"),
    "ring": ("与 {} 人互相助力，几乎没有圈外的人", "Helps {} people who help back, and hardly anybody else"),
    "hollow": (
        "助力者中 {}% 是没有任何其他活动的新账号，远超本活动的平常",
        "{}% of helpers are new accounts that do nothing else: far more than is usual here",
    ),
    "one_address": ("这样的助力者有 {}% 来自同一网络", "{}% of such helpers share an address"),
    "burst": ("助力者中 {}% 挤在十分钟内", "{}% of helpers came within ten minutes"),
    "left_at_once": ("带来的人中 {}% 在三天内离开", "{}% of who was brought left within three days"),
    "gone": ("加入后三天内离开", "Left within three days of coming"),
    "ringed": ("与互助圈中的 {} 人互相助力", "Helps {} people of a ring, who help back"),
    "doubled": ("同一个人以 {} 个身份参加", "One person took part as {} people"),
    "patron": ("为风险分 {} 的发起人凑数，方式相同", "Makes up the numbers of a starter whose score is {}"),
}
"""Key → words in Chinese and English."""

HELPERS_MIN = 6
"""Of fewer helpers nothing is concluded about the crowd."""
LEAVERS_MIN = 3
HOLLOW_LEAST = 0.6
"""Fewer hollow helpers than that are never unusual."""


def score(signs: Signs) -> tuple[int, list[Reason]]:
    """0 to 100, and why, the weightiest first. No single habit of honest people reaches 60: a household on a device, a
    hall on an address, a well-liked inviter, somebody who changes their mind."""
    found = [reason for reason in (*_devices(signs), *_pace(signs), *_crowd(signs), *_leaving(signs)) if reason.points]
    found.sort(key=lambda reason: (-reason.points, reason.key))
    return min(SCORE_MAX, sum(reason.points for reason in found)), found


def _devices(signs: Signs) -> Iterable[Reason]:
    many = signs.device_people
    idle = signs.device_idle >= 0.99  # in a family somebody does something of their own
    yield Reason("shared_device", 65 if many >= 6 or (many >= 4 and idle) else {4: 20, 5: 30}.get(many, 0), many)
    own = signs.own_helpers
    yield Reason("own_helpers", 25 if own >= 4 else 15 if own == 3 else 0, own)
    yield Reason("doubled", 65 if signs.doubled >= 2 else 0, signs.doubled)
    yield Reason("shared_account", 65 if signs.account_people >= 3 else 0, signs.account_people)


def _pace(signs: Signs) -> Iterable[Reason]:
    yield Reason("hasty", 60 if signs.hasty >= 12 else 25 if signs.hasty >= 6 else 0, signs.hasty)
    points = 0
    if signs.partners >= 4 and signs.helpers >= 5 and signs.closed >= 0.6:
        points = 70
    elif signs.partners == 4 and signs.closed >= 0.8:
        points = 45  # a family of five, of whom each asks the others
    yield Reason("ring", points, signs.partners)
    yield Reason("ringed", 65 if signs.ringed >= 2 and not points else 0, signs.ringed)


def _crowd(signs: Signs) -> Iterable[Reason]:
    if signs.helpers < HELPERS_MIN or signs.beyond < 1:
        return
    yield Reason("hollow", 60 if signs.beyond >= 2 else 30, _percent(signs.hollow))
    yield Reason("one_address", 35 if signs.together >= 0.5 else 0, _percent(signs.together))
    yield Reason("burst", 15 if signs.burst >= 0.6 else 0, _percent(signs.burst))


def beyond(many: int, share: float, usual: float) -> float:
    """That ``share`` of ``many`` people are hollow where ``usual`` is: by how many powers of ten that is unlikely even
    for somebody whose friends are hollow at twice the usual odds (Chernoff's bound); 0 where it is not more than that.
    """
    odds = 2 * usual / (1 - usual) if usual < 1 else math.inf
    expected = min(0.99, max(HOLLOW_LEAST, odds / (1 + odds) if odds < math.inf else 1.0))
    if share <= expected:
        return 0.0
    distance = share * math.log(share / expected)
    if share < 1:
        distance += (1 - share) * math.log((1 - share) / (1 - expected))
    return many * distance / math.log(10)


def _leaving(signs: Signs) -> Iterable[Reason]:
    enough = signs.helpers * signs.left >= LEAVERS_MIN - 0.01
    if enough:
        yield Reason("left_at_once", 75 if signs.left >= 0.5 else 30 if signs.left >= 0.3 else 0, _percent(signs.left))
    yield Reason("gone", 25 if signs.gone else 0, 1)
    yield Reason("patron", 65 if signs.patron >= 60 else 0, signs.patron)


def _percent(share: float) -> int:
    return round(100 * share)


def words_of(reason: Reason) -> tuple[str, str]:
    """A reason in Chinese and English."""
    zh, en = REASONS[reason.key]
    return zh.format(reason.many), en.format(reason.many)
