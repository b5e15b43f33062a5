"""The list of people, and what the search at the top finds among them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlencode

from siyu.audiences import layers
from siyu.people import queries, tags, write_keys
from siyu.people.identity import KINDS
from siyu.people.queries import Search, Sort
from siyu.storage import Stores
from siyu.web import menu
from siyu.web.current import t
from siyu.web.listing import Column, Listing
from siyu.web.routes import page
from siyu.web.search import Hit, finds
from siyu.web.seeing import names_may_be_asked, seen
from siyu.web.view import Html, View

menu.page("people", "/people", "客户列表", "People", permission="people.read", order=10, letter="p")

COLUMNS = (
    Column("name", "客户", "Person"),
    Column("tags", "标签", "Tags", narrow=False),
    Column("layers", "分层", "Layers", narrow=False, shown=False),
    Column("city", "城市", "City", narrow=False),
    Column("source", "来源", "Source", narrow=False),
    Column("orders", "订单", "Orders", sort=True, numeric=True, narrow=False),
    Column("spent", "消费", "Spent", sort=True, numeric=True),
    Column("last_seen", "最近活跃", "Last seen", sort=True),
    Column("created", "加入时间", "Joined", sort=True, narrow=False, shown=False),
)

SEEN_DAYS = (7, 30, 90, 180)
FILTERS = ("tag", "layer", "source", "sex", "consent", "kind", "seen", "orders")
PAGE_ROWS = 50
TAGS_SHOWN = 3


@page("/people", "people.read")
def people(view: View, stores: Stores) -> Html:
    """Everybody, newest activity first. Every filter is in the address."""
    listing = Listing.read("people", COLUMNS, sort="-last_seen", filters=FILTERS)
    search = asked(stores, listing)
    found = queries.people_page(stores, search, listing.cursor or None, PAGE_ROWS)
    total = None if listing.cursor else queries.count_people(stores, search)
    with stores.ledger.read() as conn:
        known = {tag.id: tag for tag in tags.all_tags(conn, archived=True)}
        schemes = [each for each in layers.schemes(conn) if each.enabled]
    return view.render(
        "people/list.html",
        fragment="list",
        listing=listing.filled(found.rows, found.next, total=total),
        tags=known,
        tags_shown=TAGS_SHOWN,
        schemes=schemes,
        layer_words={(each.key, layer.key): t(*layer.label) for each in schemes for layer in each.layers},
        sources=sorted({key.source for key in write_keys.all_of(stores)} | set(queries.origins(stores))),
        consent_choices=consent_choices(),
        kinds=[(kind.name, t(kind.zh, kind.en)) for kind in KINDS.values() if not kind.parted],
        seen_choices=seen_choices(),
        row_url=lambda row: f"/people/{row.person}",  # pyright: ignore[reportUnknownLambdaType]
    )


def asked(stores: Stores, listing: Listing) -> Search:
    """The search that the address of the list asks for."""
    return search_of(stores, listing.words, listing.filters, listing.sort, ascending=not listing.descending)


def found_by() -> str:
    """The words and filters of a list of people that this address carries on; empty where it showed everybody."""
    listing = Listing.read("people", COLUMNS, filters=FILTERS, views=False)
    return urlencode({name: value for name, value in {"q": listing.words, **listing.filters}.items() if value})


def search_of(
    stores: Stores, words: str, chosen: Mapping[str, str], sort_by: str = "", *, ascending: bool = False
) -> Search:
    """A search by filters as the list names them. What they get wrong is left out, so that an old link still opens."""
    chosen = {**dict.fromkeys(FILTERS, ""), **chosen}
    since = before = None
    days = chosen["seen"].lstrip("-")
    if days.isdecimal() and len(days) < 5:
        moment = stores.clock.now() - timedelta(days=int(days))
        since, before = (None, moment) if chosen["seen"].startswith("-") else (moment, None)
    sort: Sort = "last_seen"
    for known in ("created", "orders", "spent"):
        sort = known if sort_by == known else sort
    orders = chosen["orders"]
    return Search(
        text=words,
        in_names=names_may_be_asked(words),
        tags=[int(chosen["tag"])] if chosen["tag"].isdecimal() and len(chosen["tag"]) < 10 else [],
        layers=dict([chosen["layer"].split(":", 1)]) if ":" in chosen["layer"] else {},
        sources=[chosen["source"]] if chosen["source"] else [],
        sexes=[chosen["sex"]] if chosen["sex"] else [],
        kinds=[chosen["kind"]] if chosen["kind"] else [],
        consent=chosen["consent"],
        seen_since=since,
        seen_before=before,
        orders_min=int(orders) if orders.isdecimal() and len(orders) < 6 else 0,
        spent_min=Decimal(0),
        sort=sort,
        ascending=ascending,
    )


def consent_choices() -> list[tuple[str, str]]:
    return [
        ("marketing:any", t("同意营销", "marketing: yes")),
        ("-marketing:any", t("拒绝营销", "marketing: no")),
        ("marketing:webhook", t("同意 Webhook 营销", "webhook marketing: yes")),
        ("marketing:email", t("同意邮件营销", "e-mail marketing: yes")),
    ]


def seen_choices() -> list[tuple[str, str]]:
    inside = [(str(days), t(f"{days} 天内活跃", f"seen within {days} days")) for days in SEEN_DAYS]
    return inside + [(f"-{days}", t(f"超过 {days} 天未活跃", f"not seen for {days} days")) for days in SEEN_DAYS[1:]]


@finds("people.read")
def find_people(stores: Stores, words: str, hits_max: int) -> list[Hit]:
    """By name, by number, or by a whole identifier."""
    rows = queries.people_page(stores, Search(text=words, in_names=names_may_be_asked(words)), None, hits_max).rows
    return [
        Hit(
            f"/people/{row.person}",
            seen(row.name) or t(f"客户 {row.person}", f"Person {row.person}"),
            "、".join(part for part in (row.city, row.origin_source) if part) or f"#{row.person}",
            "user",
        )
        for row in rows
    ]


ROUTES = [people]
