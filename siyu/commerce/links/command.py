"""What ``siyu order-link …`` and the API answer of order links."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

import msgspec

from siyu.commerce.goods.keeping import goods_by
from siyu.commerce.links import counting, keeping
from siyu.commerce.links.counting import NO_CARRIERS, By, Carriers, Count
from siyu.commerce.links.model import STEPS, OrderLink, Stage
from siyu.commerce.offers.keeping import get_offer
from siyu.jobs import preferences
from siyu.storage import BadInput, NotFound, Stores


class OrderLinkAnswer(msgspec.Struct, frozen=True):
    """A link for one product. `path`: of its page, to be written into messages as it is: who follows it there is led
    to their own. `place_kind` (`live`, `group`, empty) and `place`: where it is put up; `url`: the shop's page
    (empty: that of the goods); `mini_app`, `mini_page`: of a mini-program card."""

    id: int
    name: str
    path: str
    good: int
    place_kind: str
    place: str
    channel: str
    staff: str
    url: str
    mini_app: str
    mini_page: str
    ends: datetime | None
    stage: Stage
    created: datetime
    changed: datetime


class OrderLinksAnswer(msgspec.Struct, frozen=True):
    """A page of links, the newest first. `next`: give it as `before`; null at the end."""

    links: list[OrderLinkAnswer]
    next: int | None


class OwnLink(msgspec.Struct, frozen=True):
    """A person's own page; `card`: the page of the mini program with the same mark, empty where there is none."""

    person: int
    path: str
    card: str


class OwnLinksAnswer(msgspec.Struct, frozen=True):
    """Personal pages, good for 60 days, each on the first device that opens it."""

    links: list[OwnLink]


class CountAnswer(msgspec.Struct, frozen=True):
    """Paths of one group that came to each step or beyond: `message`, `delivered`, `opened`, `seen`, `went` (to the
    shop), `ordered`, `paid`, `returned`. `forwarded`: of people to whom somebody passed the link on."""

    group: str
    name: str
    forwarded: bool
    message: int
    delivered: int
    opened: int
    seen: int
    went: int
    ordered: int
    paid: int
    returned: int


class PathsAnswer(msgspec.Struct, frozen=True):
    """Paths that began from `first` to `last`, and how far they came until now; counted from events alone."""

    first: date
    last: date
    by: By
    counts: list[CountAnswer]


class WentAnswer(msgspec.Struct, frozen=True):
    """Going to the shop: `code` should come back in the order, as `claim`; `address` has it already."""

    code: str
    address: str
    cents: int | None


def link_told(stores: Stores, link: OrderLink) -> OrderLinkAnswer:
    """One."""
    own = {name: getattr(link, name) for name in OrderLinkAnswer.__struct_fields__ if name != "path"}
    return OrderLinkAnswer(path=keeping.path_of(stores, link.id), **own)


def links_told(
    stores: Stores,
    words: str = "",
    stage: str = "",
    good: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> OrderLinksAnswer:
    """A page of them."""
    rows_max = max(1, min(limit, keeping.ROWS_MAX - 1))
    found = keeping.list_links(stores, words, stage=stage, good=good, before=before, rows_max=rows_max + 1)
    shown = found[:rows_max]
    following = shown[-1].id if len(found) > len(shown) else None
    return OrderLinksAnswer([link_told(stores, each) for each in shown], following)


def own_told(link: OrderLink, paths: Mapping[int, str]) -> OwnLinksAnswer:
    """Personal pages."""
    return OwnLinksAnswer([OwnLink(person, path, card_of(link, path)) for person, path in paths.items()])


def card_of(link: OrderLink, path: str) -> str:
    """The page of the link's mini program that shows the same; "" where it has none."""
    return f"{link.mini_page}?siyu={path.removeprefix(keeping.PATH)}" if link.mini_page else ""


def paths_told(
    stores: Stores,
    first: date,
    last: date,
    by: By = "all",
    link: int | None = None,
    carriers: Carriers = NO_CARRIERS,
) -> PathsAnswer:
    """How far paths came. Raises :class:`BadInput`."""
    if by not in counting.BYS:
        raise BadInput("paths_by", "不能按这个分组。", "It can't be grouped by this.", field="by")
    zone = preferences.timezone(stores)
    since = datetime.combine(first, time(), zone)
    until = datetime.combine(last + timedelta(days=1), time(), zone)
    found = counting.count(stores, since, until, by=by, link=link, carriers=carriers)
    names = _names(stores, by, found)
    return PathsAnswer(first, last, by, [_count(each, names.get(each.group, each.group)) for each in found])


def _count(count: Count, name: str) -> CountAnswer:
    steps = dict(zip((step.name for step in STEPS), count.reached, strict=True))
    return CountAnswer(count.group, name, count.forwarded, **steps)


def _names(stores: Stores, by: By, counts: list[Count]) -> dict[str, str]:
    """What to call groups that are numbers."""
    numbers = {int(each.group) for each in counts if each.group.isdigit()}
    if by == "link":
        return {str(each.id): each.name for each in keeping.list_links(stores) if each.id in numbers}
    if by == "offer":
        found: dict[str, str] = {}
        for number in numbers:
            try:
                found[str(number)] = get_offer(stores, number).name
            except NotFound:
                continue
        return found
    if by == "good":
        return {str(number): good.title for number, good in goods_by(stores, sorted(numbers)).items()}
    return {}
