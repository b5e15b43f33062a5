"""How figures, money and moments are written. The same in templates (as filters) and in Python."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from siyu.growth.purses.model import CURRENCIES, written
from siyu.web.current import current, t

NONE = "—"
_SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "HKD": "HK$", "TWD": "NT$"}

Figure = int | float | Decimal


def count(value: Figure | None, exact: bool = False) -> str:
    """``12,345``; from 100,000 on ``12.3万``, ``3.4亿``, in English ``1.2M``. ``exact`` writes all digits."""
    if value is None:
        return NONE
    if exact or abs(value) < 100_000:
        return f"{value:,.0f}"
    steps = ((1e8, "亿"), (1e4, "万")) if current().language == "zh" else ((1e9, "B"), (1e6, "M"), (1e3, "k"))
    for size, unit in steps:
        if abs(value) >= size:
            short = float(value) / size
            return f"{short:,.{1 if abs(short) < 1000 else 0}f}{unit}"
    return f"{value:,.0f}"


def number(value: Figure | None, digits: int = 2) -> str:
    """A number with as many decimals as told."""
    return NONE if value is None else f"{value:,.{digits}f}"


def money(value: Figure | None, short: bool = False) -> str:
    """``¥1,234.50`` in the installation's currency; ``short`` writes large sums as ``¥12.3万``."""
    if value is None:
        return NONE
    symbol = _SYMBOLS.get(current().currency, current().currency + " ")
    sign = "-" if value < 0 else ""
    return f"{sign}{symbol}{count(abs(value)) if short and abs(value) >= 100_000 else f'{abs(value):,.2f}'}"


def amount(currency: str, units: int) -> str:
    """What purses and rewards count, in the smallest unit: ``¥12.50``, ``1,200 积分``, ``3 份``. A purse's money is
    always yuan, whatever the installation counts its sales in."""
    figure = written(currency, units)
    if currency == "yuan":
        return f"¥{figure:,.2f}"
    zh, en = CURRENCIES[currency]
    return f"{figure:,.0f} {t(zh, en.removesuffix('s') if units == 1 else en)}"


def price(value: Figure | None) -> str:
    """What one of many costs, to four places where it has them: ``¥0.045``."""
    if value is None:
        return NONE
    whole, _, rest = f"{value:,.4f}".partition(".")
    return f"{money(0)[:-4]}{whole}.{rest.rstrip('0').ljust(2, '0')}"


def percent(value: float | None, digits: int = 1) -> str:
    """A share (0.123) as ``12.3%``."""
    return NONE if value is None else f"{value * 100:,.{digits}f}%"


def moment(value: datetime | None, seconds: bool = False) -> str:
    """``2026-11-22 14:05`` in the installation's time zone."""
    if value is None:
        return NONE
    return value.astimezone(current().timezone).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def day(value: datetime | date | None) -> str:
    """``2026-11-22`` in the installation's time zone."""
    if value is None:
        return NONE
    if isinstance(value, datetime):
        value = value.astimezone(current().timezone).date()
    return value.isoformat()


def ago(value: datetime | None) -> str:
    """How long ago (or ahead) a moment is, in one unit: ``3 分钟前``, ``in 2 days``."""
    if value is None:
        return NONE
    seconds = (current().stores.clock.now() - value.astimezone(UTC)).total_seconds()
    if abs(seconds) < 45:
        return t("刚刚", "just now")
    for size, zh, en in ((86_400, "天", "day"), (3_600, "小时", "hour"), (60, "分钟", "minute")):
        if abs(seconds) >= size or size == 60:
            units = max(1, round(abs(seconds) / size))
            plural = en if units == 1 else en + "s"
            return (
                t(f"{units} {zh}前", f"{units} {plural} ago")
                if seconds > 0
                else t(f"{units} {zh}后", f"in {units} {plural}")
            )
    raise AssertionError("unreachable")


def bytes_(value: int | None) -> str:
    """``12.3 MB``."""
    if value is None:
        return NONE
    size = float(value)
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


FILTERS = {
    "count": count,
    "number": number,
    "money": money,
    "price": price,
    "percent": percent,
    "moment": moment,
    "day": day,
    "ago": ago,
    "bytes": bytes_,
}
