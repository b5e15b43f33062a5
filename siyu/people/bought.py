"""What was paid, and kept, for each line of an order, in cents. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple


class Item(NamedTuple):
    """A line as the shop told it: ``worth`` before any discount of the order."""

    sku: str
    worth: Decimal
    category: str = ""


def paid(cents: int, items: Sequence[Item]) -> dict[str, int]:
    """Line → what was paid for it: the order's ``cents``, shared by what the lines are worth, exact in all. A line's
    name is its sku and which of equals it is. An order without lines is one line."""
    names = _names(items)
    return dict(zip(names, spread(cents, [item.worth for item in items]), strict=True)) if items else {"": cents}


def named(items: Sequence[Item]) -> dict[str, Item]:
    """The lines of an order by their names."""
    return dict(zip(_names(items), items, strict=True))


def spread(cents: int, worths: Sequence[Decimal]) -> list[int]:
    """``cents`` shared by ``worths`` (evenly, where all are nothing), adding up to them: the largest rests first."""
    whole = sum(worths, Decimal(0))
    shares = [each / whole if whole else Decimal(1) / len(worths) for each in worths]
    exact = [cents * each for each in shares]
    parts = [int(each) for each in exact]
    rests = sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))
    for place in rests[: cents - sum(parts)]:
        parts[place] += 1
    return parts


def spread_cents(cents: int, most: Sequence[int]) -> list[int]:
    """``cents`` shared by ``most``, adding up to them and none above its own; they are no more than ``most`` in all. In
    whole numbers, so that of equal rests the earlier is first, whatever the amounts."""
    whole = sum(most)
    if not whole:
        return [0] * len(most)
    parts = [cents * each // whole for each in most]
    rests = sorted(range(len(most)), key=lambda place: (-(cents * most[place] % whole), place))
    for place in rests[: cents - sum(parts)]:
        parts[place] += 1
    return parts


def kept(bought: Mapping[str, int], returns: Sequence[tuple[int, Sequence[Item]]]) -> dict[str, int]:
    """``bought`` less what came back: each return is (cents, its lines). It takes from lines of the same sku first,
    then from the others in their order; never more than was paid."""
    left = dict(bought)
    for cents, items in returns:
        rest = 0
        for item, part in zip(items, spread(cents, [item.worth for item in items]), strict=True) if items else ():
            same = [name for name in left if name.rpartition("#")[0] == item.sku]
            rest += _take(left, same, part)
        _take(left, list(left), rest if items else cents)
    return left


def _take(left: dict[str, int], names: Sequence[str], cents: int) -> int:
    """Take up to ``cents`` from these; what could not be taken."""
    for name in names:
        taken = min(left[name], cents)
        left[name] -= taken
        cents -= taken
    return cents


def _names(items: Sequence[Item]) -> list[str]:
    seen: dict[str, int] = {}
    names: list[str] = []
    for item in items:
        seen[item.sku] = seen.get(item.sku, 0) + 1
        names.append(f"{item.sku}#{seen[item.sku]}")
    return names
