"""A coupon kind in plain words, Chinese and English: what it takes off, from when until when, who may have it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from siyu.loyalty.coupons.kinds import Wanted
from siyu.loyalty.coupons.model import Kind
from siyu.loyalty.coupons.stacking import Amount, Gift, Percent, Shipping, Terms
from siyu.loyalty.goods import Goods

Words = tuple[str, str]
LAYERS: dict[str, Words] = {
    "goods": ("商品券", "Off goods"),
    "order": ("订单券", "Off the order"),
    "shipping": ("运费券", "Off the shipping"),
}


def yuan(cents: int) -> str:
    """Cents as yuan, without needless zeros."""
    whole, part = divmod(cents, 100)
    return f"{whole:,}" if not part else f"{whole:,}.{part:02d}".rstrip("0")


def face(terms: Terms) -> Words:
    """What stands large on the coupon."""
    match terms.gives:
        case Amount(cents):
            return f"¥{yuan(cents)}", f"¥{yuan(cents)}"
        case Percent(percent):
            fold = (100 - percent) / 10
            return ("免单" if percent == 100 else f"{fold:g} 折"), f"{percent}% off"
        case Gift(sku):
            return "赠品", f"Gift: {sku}"
        case Shipping(cents_max):
            if cents_max is None:
                return "包邮", "Free shipping"
            return f"运费减 ¥{yuan(cents_max)}", f"¥{yuan(cents_max)} off shipping"


def terms_told(terms: Terms) -> Words:
    """What it takes off, from which threshold, on which goods, beside which others."""
    from_zh = f"满 {yuan(terms.threshold)} 元" if terms.threshold else "无门槛"
    from_en = f"from {yuan(terms.threshold)} yuan" if terms.threshold else "from any amount"
    match terms.gives:
        case Amount(cents, every):
            again = every and terms.threshold
            what = (f"减 {yuan(cents)} 元", f"{yuan(cents)} yuan off")
            if again:
                from_zh, from_en = f"每{from_zh}", f"for each {yuan(terms.threshold)} yuan"
        case Percent(percent, cents_max):
            most = _most(cents_max)
            what = (f"打 {(100 - percent) / 10:g} 折{most[0]}", f"{percent}% off{most[1]}")
        case Gift(sku, worth):
            what = (f"送 {sku}（值 {yuan(worth)} 元）", f"{sku} for free (worth {yuan(worth)} yuan)")
        case Shipping(cents_max):
            most = _most(cents_max)
            what = (f"免运费{most[0]}", f"no shipping{most[1]}")
    goods_zh, goods_en = goods_told(terms.goods)
    beside = _beside(terms)
    return f"{goods_zh}{from_zh}{what[0]}；{beside[0]}", f"{what[1]} {from_en}{goods_en}; {beside[1]}"


def _most(cents: int | None) -> Words:
    return ("", "") if cents is None else (f"，最多减 {yuan(cents)} 元", f", at most {yuan(cents)} yuan")


def _beside(terms: Terms) -> Words:
    if terms.alone:
        return "不与其他券同用", "with no other coupon"
    if terms.adds:
        return "可与同类可叠加的券同用", "adds to others of its layer that add"
    return "同类券一单限用一张", "one of its layer an order"


def goods_told(goods: Goods) -> Words:
    """Which goods; nothing where it is all."""
    named = [*goods.categories, *goods.skus]
    zh = f"限 {_listed(named)}，" if named else ""
    en = f" on {_listed(named)}" if named else ""
    but = _listed(goods.but)
    return zh + (f"{but} 除外，" if but else ""), en + (f" (not on {but})" if but else "")


def _listed(names: Sequence[str]) -> str:
    return "、".join(names[:5]) + ("…" if len(names) > 5 else "")


def lasting_told(kind: Kind | Wanted, zone: ZoneInfo) -> Words:
    """From when until when it may be used."""
    parts: list[Words] = []
    if kind.begins is not None:
        parts.append((f"{_day(kind.begins, zone)} 起", f"from {_day(kind.begins, zone)}"))
    if kind.days is not None:
        parts.append((f"领取后 {kind.days} 天内有效", f"for {kind.days} days from being taken"))
    if kind.ends is not None:
        until = _day(kind.ends - timedelta(milliseconds=1), zone)
        parts.append((f"到 {until} 止", f"until {until}"))
    return "，".join(zh for zh, _ in parts), ", ".join(en for _, en in parts)


def sentence(kind: Kind | Wanted, zone: ZoneInfo) -> Words:
    """The whole of a kind's rules in one plain sentence."""
    zh, en = terms_told(kind.terms)
    lasts_zh, lasts_en = lasting_told(kind, zone)
    rules: list[Words] = [(lasts_zh, lasts_en)]
    if kind.per_person is not None:
        rules.append((f"每人限 {kind.per_person} 张", f"at most {kind.per_person} a person"))
    if kind.stock is not None:
        rules.append((f"共 {kind.stock:,} 张", f"{kind.stock:,} in all"))
    if kind.budget_cents is not None:
        most = yuan(kind.budget_cents)
        rules.append((f"总优惠不超过 {most} 元", f"never more than {most} yuan in all"))
    if kind.price_points is not None:
        rules.append((f"{kind.price_points:,} 积分可兑一张", f"one costs {kind.price_points:,} points"))
    if kind.comes_back:
        days = kind.grace_days
        grace = (f"，至少再留 {days} 天", f" for at least {days} days") if days else ("", "")
        rules.append((f"整单退款后退回{grace[0]}", f"comes back with an order that is wholly returned{grace[1]}"))
    else:
        rules.append(("退款不退券", "does not come back with its order"))
    return "；".join((zh, *(each for each, _ in rules))) + "。", "; ".join((en, *(each for _, each in rules))) + "."


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d")
