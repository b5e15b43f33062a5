"""A rule of earning as people read it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from siyu.loyalty.points.earning.model import EventRule, OrderRule, Rule, When

Both = tuple[str, str]
WEEKDAYS: tuple[Both, ...] = (
    ("周一", "Mondays"),
    ("周二", "Tuesdays"),
    ("周三", "Wednesdays"),
    ("周四", "Thursdays"),
    ("周五", "Fridays"),
    ("周六", "Saturdays"),
    ("周日", "Sundays"),
)


def sentence(rule: Rule, event: Both | None = None) -> Both:
    """What it gives, in Chinese and English. ``event``: how an event is called."""
    zh, en = _gives(rule, event)
    for zh_part, en_part in [*_to_whom(rule), *_when(rule.when), *_limits(rule)]:
        zh, en = f"{zh}；{zh_part}", f"{en}; {en_part}"
    return f"{zh}。", f"{en}."


def _gives(rule: Rule, event: Both | None) -> Both:
    if isinstance(rule, EventRule):
        zh, en = event or (f"“{rule.event}”", f"“{rule.event}”")
        return f"每次{zh}得 {rule.points} 分", f"{rule.points} points whenever somebody {en}"
    points = f"{(Decimal(rule.rate) / 100).normalize():f}"
    goods = rule.goods
    named = "、".join((*goods.skus, *goods.categories))
    but = "、".join(goods.but)
    zh = f"{named}每付 1 元得 {points} 分" if named else f"每付 1 元得 {points} 分"
    en = f"{points} points for each yuan paid" + (f" for {named.replace('、', ', ')}" if named else "")
    if but:
        zh, en = f"{zh}（{but}除外）", f"{en} (but for {but.replace('、', ', ')})"
    return zh, en


def _to_whom(rule: Rule) -> list[Both]:
    return [(f"只给{'、'.join(rule.tiers)}", f"only for {', '.join(rule.tiers)}")] if rule.tiers else []


def _when(when: When) -> list[Both]:
    found: list[Both] = []
    days_zh = [WEEKDAYS[day - 1][0] for day in when.weekdays] + [f"每月 {day} 日" for day in when.days_of_month]
    days_en = [WEEKDAYS[day - 1][1] for day in when.weekdays] + [f"the {day}. of a month" for day in when.days_of_month]
    if days_zh:
        found.append((f"只在{'、'.join(days_zh)}", f"only on {', '.join(days_en)}"))
    first, last = _day(when.first), _day(when.last)
    if first or last:
        found.append((f"{first or '即日'} 至 {last or '长期'}", f"from {first or 'now'} to {last or 'any day'}"))
    return found


def _limits(rule: Rule) -> list[Both]:
    if isinstance(rule, OrderRule):
        most = rule.order_points_max
        return [] if most is None else [(f"每单最多 {most} 分", f"at most {most} an order")]
    found: list[Both] = [(f"每人每天 {rule.times_a_day} 次", f"{rule.times_a_day} times a day for each person")]
    if rule.times_ever is not None:
        found.append((f"每人共 {rule.times_ever} 次", f"{rule.times_ever} times in all"))
    return found


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()
