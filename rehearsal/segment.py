"""What happens, told in the words of the Segment spec: https://segment.com/docs/connections/spec/."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from rehearsal.catalogue import CATALOGUE, CATEGORIES
from rehearsal.names import CITIES, OCCUPATIONS, ORIGINS, SCENES, SKINS
from rehearsal.population import NEVER, Population
from rehearsal.world import COUNTER, PLACES, Happening, Line, World, total_fen

BATCH_EVENTS_MAX = 400
BATCH_BYTES_MAX = 450_000
"""The spec allows 500 KB a batch."""

NOTICE = "2026-01"
"""Version of the privacy notice that the rehearsal shop shows."""

Message = dict[str, Any]


def messages_of_day(world: World, day: int, happenings: Sequence[Happening]) -> Iterator[Message]:
    """The calls that the shop's systems make on one day, with ids that are the same in every run."""
    prefix = f"reh-{world.people.seed}-{world.since:%y%m%d}-{day}"
    for number, happening in enumerate(happenings):
        yield from message_of(world.people, happening, f"{prefix}-{number}")


def message_of(people: Population, happening: Happening, message_id: str) -> list[Message]:
    """One call; registering with consent makes two."""
    call = _CALLS[happening.what](people, happening)
    at = stamp(happening.at)
    first: Message = {"messageId": message_id, "timestamp": at, **call}
    if happening.what == "joined" and happening.detail["agrees"]:
        return [first, _consent(people, happening, message_id, at)]
    return [first]


def batches(messages: Iterable[Message]) -> Iterator[tuple[int, bytes]]:
    """(how many calls, body for ``POST /v1/batch``), within the limits of the spec."""
    encode = msgspec.json.encode
    held: list[bytes] = []
    size = 0
    for message in messages:
        body = encode(message)
        if held and (len(held) == BATCH_EVENTS_MAX or size + len(body) > BATCH_BYTES_MAX):
            yield len(held), b'{"batch":[' + b",".join(held) + b"]}"
            held, size = [], 0
        held.append(body)
        size += len(body) + 1
    if held:
        yield len(held), b'{"batch":[' + b",".join(held) + b"]}"


def stamp(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def yuan(fen: int) -> float:
    return fen / 100


def _who(people: Population, happening: Happening) -> Message:
    """The ids that the system in question knows: the till its number, a browser its cookie, the app both."""
    place = happening.detail.get("place")
    if place == COUNTER:
        return {"userId": people.counter_id(happening.person)}
    device = {"anonymousId": people.device(happening.person)}
    if not happening.detail.get("known", True):
        return device
    return {"userId": people.user_id(happening.person), **(device if place is not None else {})}


def _joined(people: Population, happening: Happening) -> Message:
    person = happening.person
    origin, _, _, _ = ORIGINS[int(people.origin[person])]
    campaign = people.campaign[person]
    place = happening.detail["place"]
    return {
        "type": "identify",
        **_who(people, happening),
        "traits": _traits(people, happening),
        "context": {
            "campaign": {"source": origin, "medium": campaign, "name": f"{origin}·{campaign}"},
            "channel": PLACES[place],
            "externalIds": _external_ids(people, person, place),
        },
    }


def _phoned(people: Population, happening: Happening) -> Message:
    traits = {"phone": people.phone(happening.person)}
    return {"type": "identify", **_who(people, happening), "traits": traits}


def _mailed(people: Population, happening: Happening) -> Message:
    traits = {"email": people.email(happening.person)}
    return {"type": "identify", **_who(people, happening), "traits": traits}


def _traits(people: Population, happening: Happening) -> Message:
    person, place = happening.person, happening.detail["place"]
    city, province, _, _ = CITIES[int(people.city[person])]
    origin, _, _, _ = ORIGINS[int(people.origin[person])]
    traits: Message = {
        "name": people.name[person],
        "gender": "female" if people.female[person] else "male",
        "birthday": people.born[person].isoformat(),
        "address": {"city": city, "state": province, "country": "中国"},
        "createdAt": stamp(happening.detail["registered"]),
        "source": origin,
        "advisor": people.staff[person],
    }
    if people.has_phone[person] and not happening.detail["shy"]:
        traits["phone"] = people.phone(person)
    if place == COUNTER:
        return traits
    traits["occupation"] = OCCUPATIONS[int(people.occupation[person])]
    traits["skin_type"] = SKINS[int(people.skin[person])]
    traits["life_scene"] = SCENES[int(people.scene[person])]
    if people.has_email[person] and not happening.detail["shy"] and people.mailbox_of[person] == person:
        traits["email"] = people.email(person)
    if people.due_date[person] != NEVER:
        traits["due_date"] = (people.since + timedelta(days=int(people.due_date[person]))).isoformat()
    return traits


def _external_ids(people: Population, person: int, place: int) -> list[Message]:
    def one(kind: str, value: str) -> Message:
        return {"id": value, "type": kind, "collection": "users", "encoding": "none"}

    if place == COUNTER:
        return [one("member_card", people.card(person))] if people.has_card[person] else []
    return [one("external_userid", people.external_userid(person))] if people.has_wecom[person] else []


def _consent(people: Population, happening: Happening, message_id: str, at: str) -> Message:
    properties = {"purpose": "marketing", "channel": "any", "notice": NOTICE, "evidence": "注册页勾选"}
    given = {"type": "track", "event": "consent_given", "properties": properties}
    return {"messageId": f"{message_id}-c", "timestamp": at, **_who(people, happening), **given}


def _track(event: str, properties: Callable[[Happening], Message]) -> Callable[[Population, Happening], Message]:
    def call(people: Population, happening: Happening) -> Message:
        return {"type": "track", "event": event, **_who(people, happening), "properties": properties(happening)}

    return call


def _came(people: Population, happening: Happening) -> Message:
    place = PLACES[happening.detail["place"]]
    return {
        "type": "page",
        "name": "首页",
        **_who(people, happening),
        "properties": {"title": "汀屿美妆", "path": "/", "place": place},
    }


def _product(happening: Happening) -> Message:
    product = CATALOGUE.products[happening.detail["product"]]
    return {
        "product_id": product.sku,
        "sku": product.sku,
        "name": product.title,
        "category": product.category,
        "price": product.price,
        "place": PLACES[happening.detail["place"]],
    }


def _line(line: Line) -> Message:
    product = CATALOGUE.products[line.product]
    return {
        "product_id": product.sku,
        "sku": product.sku,
        "name": product.title,
        "category": product.category,
        "price": yuan(line.price_fen),
        "quantity": line.quantity,
    }


def order_properties(order: str, lines: Sequence[Line], place: int, **more: Any) -> Message:
    return {
        "order_id": order,
        "total": yuan(total_fen(lines)),
        "currency": "CNY",
        "place": PLACES[place],
        "products": [_line(line) for line in lines],
        **more,
    }


def _order(happening: Happening) -> Message:
    return order_properties(happening.detail["order"], happening.detail["lines"], happening.detail["place"])


def _read(happening: Happening) -> Message:
    category = CATEGORIES[happening.detail["category"]]
    return {
        "title": f"{category}怎么选不踩坑",
        "category": category,
        "kind": happening.detail["kind"],
        "channel": "企业微信",
    }


def _withdrew(_: Happening) -> Message:
    return {"purpose": "marketing", "channel": "any", "notice": NOTICE, "evidence": "小程序设置页"}


_CALLS: Mapping[str, Callable[[Population, Happening], Message]] = {
    "joined": _joined,
    "phoned": _phoned,
    "mailed": _mailed,
    "came": _came,
    "looked": _track("Product Viewed", _product),
    "liked": _track("Product Added to Wishlist", _product),
    "carted": _track("Product Added", _product),
    "bought": _track("Order Completed", _order),
    "returned": _track("Order Refunded", _order),
    "read": _track("Article Opened", _read),
    "withdrew": _track("consent_withdrawn", _withdrew),
}
