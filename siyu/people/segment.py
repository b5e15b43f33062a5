"""What a Segment call means. Pure: JSON in, what happened out; no store, no clock.

Two readers, one meaning. :func:`checked` is the edge's: it reads everything strictly and answers the first fault by
name. :func:`read` is the drain's: the body was checked, so properties stay raw JSON and cost nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeVar

import msgspec

from siyu.people import page_calls
from siyu.people.identity import Claim, Identifier, normalise
from siyu.people.orders import Order, order_of
from siyu.people.stated import GIVES, stated
from siyu.people.traits import IDENTIFYING_TRAITS, checked_traits
from siyu.storage import BadInput, InboxRow
from siyu.storage.ledger import to_millis

CALLS = ("track", "identify", "group", "page", "screen", "alias")
EVENTS_A_BATCH_MAX = 2_500
EVENT_BYTES_MAX = 64 * 1024
NAME_CHARACTERS_MAX = 200
MESSAGE_ID_CHARACTERS_MAX = 200
AHEAD_MAX = timedelta(days=1)
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
SKEW_MIN = timedelta(minutes=5)
"""A sender whose clock (``sentAt``) is off by more than this has its times corrected by the difference."""

NAMES: Mapping[str, str] = {
    "Product Viewed": "product_viewed",
    "Product Added": "cart_added",
    "Product Added to Wishlist": "product_favourited",
    "Order Completed": "order_paid",
    "Order Refunded": "order_returned",
    "Email Opened": "message_opened",
    "Email Link Clicked": "message_clicked",
    "Unsubscribed": "unsubscribed",
    "Page Left": "page_left",
    "Application Installed": "app_installed",
    "Application Opened": "app_opened",
}
"""Names of the Segment specs (e-commerce, e-mail, app) and of our snippets that have a name of ours. Any other is kept
as it is."""

ORDERS = frozenset({"order_paid", "order_amended", "order_returned"})
"""Events with an order number, an amount and lines."""

OURS_ALONE = frozenset(
    {"message_accepted", "message_refused", "message_held", "tag_added"}
    | {"tag_removed", "person_identified", "person_merged", "merge_undone", "audience_entered", "audience_left"}
    | {"order_amended", "group_joined", "friend_added", "friend_lost", "friend_removed", "friend_transferred"}
    | {"group_left", "chat_started", "lead_received", "douyin_followed", "douyin_unfollowed"}
    | {"video_liked", "video_commented"}
    | {"journey_called", "journey_entered", "journey_step", "journey_goal", "journey_left"}
    | {"task_given", "task_done", "task_late"}
    | {"lead_late", "lead_converted", "lead_lapsed"}
    | {"coupon_taken", "coupon_used", "coupon_returned", "coupon_ending", "coupon_ended", "coupon_taken_back"}
)
"""What only this product can know; refused from outside."""


NOT_GIVEN = msgspec.Raw()

PLATFORM = "platform:"
"""Kinds of inbox rows that hold what platforms told begin with it. Their events may come with traits."""

ERASED = "erased"
"""Type of what is left of a call that somebody had erased: its place."""


class ExternalId(msgspec.Struct):
    id: str | int
    type: str


class Campaign(msgspec.Struct):
    name: str | None = None
    source: str | None = None


class Context(msgspec.Struct, rename="camel"):
    campaign: Campaign | None = None
    external_ids: list[ExternalId] = []
    traits: dict[str, Any] | None = None


class Call(msgspec.Struct, rename="camel", gc=False):
    """One call as the drain reads it; ``properties``, ``traits`` and ``context`` are still raw JSON."""

    type: str | None = None
    message_id: str | None = None
    user_id: str | int | None = None
    anonymous_id: str | None = None
    previous_id: str | int | None = None
    group_id: str | int | None = None
    event: str | None = None
    name: str | None = None
    category: str | None = None
    timestamp: datetime | None = None
    sent_at: datetime | None = None
    properties: msgspec.Raw = NOT_GIVEN
    traits: msgspec.Raw = NOT_GIVEN
    context: msgspec.Raw = NOT_GIVEN


class Batch(msgspec.Struct, rename="camel"):
    batch: list[msgspec.Raw]
    context: msgspec.Raw = NOT_GIVEN
    sent_at: datetime | None = None


class Calls(msgspec.Struct, rename="camel"):
    """A checked batch, as the drain reads it: all of its calls in one go."""

    batch: list[Call]
    context: msgspec.Raw = NOT_GIVEN
    sent_at: datetime | None = None


class Incoming(msgspec.Struct, gc=False):
    """One thing that happened; moments in milliseconds. ``node`` is known for the product's own, and after resolving.

    Twenty thousand are held at a time, in no cycle: watched by the garbage collector they cost as much again.
    """

    source: str
    received: int
    claim: Claim
    time: int
    name: str  # "" for an alias call: it says who is who and nothing else
    message_id: str
    record: int
    properties: str  # a JSON object
    order: Order | None = None
    traits: Mapping[str, Any] | None = None
    campaign: tuple[str, str] | None = None  # source, name
    previous: str | None = None  # of an alias call
    node: int = 0
    body: int = 0  # the number of the inbox row


_call = msgspec.json.Decoder(Call)
_calls = msgspec.json.Decoder(Calls)
_anything = msgspec.json.Decoder()
_batch = msgspec.json.Decoder(Batch)
_context = msgspec.json.Decoder(Context)
_object = msgspec.json.Decoder(dict[str, Any])
_encode = msgspec.json.encode

T = TypeVar("T")


def decoded(decoder: msgspec.json.Decoder[T], body: bytes | msgspec.Raw, where: str) -> T:
    """Decode, or say in both languages what is wrong and where (``batch[3].properties``)."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `")
        field = ".".join(part for part in (where, path.rstrip("`").removeprefix("$").lstrip(".")) if part) or "$"
        raise BadInput("wrong_type", f"{field}：类型不对（{text}）。", f"{field}: {text}.", field=field) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        field = where or "$"
        raise BadInput(
            "not_json", f"{field}：不是有效的 JSON（{error}）。", f"{field}: not valid JSON ({error}).", field=field
        ) from error


def split(kind: str, body: bytes) -> tuple[list[msgspec.Raw], Batch | None]:
    """The single calls in a body, and the batch they came in. Raises :class:`BadInput`."""
    if kind != "batch":
        return [msgspec.Raw(body)], None
    batch = decoded(_batch, body, "")
    if not batch.batch:
        raise BadInput("empty_batch", "batch 为空。", "batch is empty.", field="batch")
    if len(batch.batch) > EVENTS_A_BATCH_MAX:
        raise BadInput(
            "batch_too_long",
            f"batch 最多 {EVENTS_A_BATCH_MAX} 条，请分开发送。",
            f"batch holds {len(batch.batch)} calls; send at most {EVENTS_A_BATCH_MAX} at a time.",
            field="batch",
        )
    if _given(batch.context):
        decoded(_object, batch.context, "context")
        decoded(_context, batch.context, "context")
    return batch.batch, batch


def well_formed(body: bytes) -> None:
    """Refuse what is not JSON to its last character: what is kept raw below must be fit for the event log."""
    decoded(_anything, body, "")


def joined(batch: Batch) -> bytes:
    """A batch as JSON again, for one that some calls were taken out of."""
    body: dict[str, Any] = {"batch": batch.batch, "sentAt": batch.sent_at}
    if _given(batch.context):
        body["context"] = batch.context
    return _encode(body)


def check(
    raw: msgspec.Raw,
    kind: str,
    where: str,
    now: datetime,
    batch: Batch | None,
    *,
    by_platform: bool = False,
    by_page: bool = False,
) -> None:
    """Refuse a call that could not be stored, naming the field. ``where`` is "" or ``batch[3]``. What a platform told
    may carry names that are ours alone, and identifiers of the platform's only; what is told ``by_page``, with a key
    that everybody can read, may be behaviour only."""
    at = f"{where}." if where else ""
    if len(bytes(raw)) > EVENT_BYTES_MAX:
        raise BadInput(
            "event_too_large",
            f"{where or '$'}：单条事件不能超过 {EVENT_BYTES_MAX // 1024} KB。",
            f"{where or '$'}: one call may have at most {EVENT_BYTES_MAX // 1024} KB.",
            field=where or "$",
        )
    call = decoded(_call, raw, where)
    for name in ("properties", "traits", "context"):
        _check_object(getattr(call, name), f"{at}{name}")
    kind = call.type or "" if kind == "batch" else kind
    if kind not in CALLS:
        raise _bad("unknown_call", f"{at}type", f"应为 {'、'.join(CALLS)} 之一", f"must be one of {', '.join(CALLS)}")
    _check_required(call, kind, at, by_platform)
    if call.timestamp is not None:
        _check_time(call.timestamp, call.sent_at or (batch.sent_at if batch else None), now, f"{at}timestamp")
    shared = batch.context if batch else NOT_GIVEN
    name = NAMES.get(call.event or "", call.event or "")
    if by_page:
        context = _decoded_object(call.context if _given(call.context) else shared)
        page_calls.check(kind, name, call.anonymous_id, _decoded_object(call.traits), context, at)
    traits = _decoded_object(call.traits) if kind == "identify" or by_platform else {}
    _check_identity(call, traits, at, shared, by_platform)
    if traits:
        checked_traits(traits, f"{at}traits")
    if kind == "track":
        _check_meaning(name, call.properties, f"{at}properties")


def _check_meaning(name: str, properties: msgspec.Raw, where: str) -> None:
    if name in ORDERS:
        order_of(_decoded_object(properties), where)
    if name in GIVES:
        stated(_decoded_object(properties), where)


def _check_required(call: Call, kind: str, at: str, by_platform: bool) -> None:
    if kind == "track":
        _check_name(call.event, f"{at}event", by_platform)
    if kind == "alias" and call.previous_id is None:
        raise _bad("missing", f"{at}previousId", "不能为空", "is missing")
    if kind == "alias" and call.user_id is None:
        raise _bad("missing", f"{at}userId", "不能为空", "is missing")
    if kind == "group" and call.group_id is None:
        raise _bad("missing", f"{at}groupId", "不能为空", "is missing")
    if call.message_id is not None and not fits(call.message_id, MESSAGE_ID_CHARACTERS_MAX):
        raise _bad("bad_text", f"{at}messageId", "须为 1 到 200 个可见字符", "must have 1 to 200 visible characters")


def _check_object(raw: msgspec.Raw, field: str) -> None:
    if _given(raw) and not bytes(raw).startswith(b"{"):
        raise BadInput("wrong_type", f"{field}：应为对象。", f"{field}: must be an object.", field=field)


def _decoded_object(raw: msgspec.Raw) -> dict[str, Any]:
    return _object.decode(raw) if _given(raw) else {}


def _check_identity(call: Call, traits: Mapping[str, Any], at: str, shared: msgspec.Raw, by_platform: bool) -> None:
    if call.user_id is None and call.anonymous_id is None and not by_platform:
        raise _bad("nobody", f"{at}userId", "userId 与 anonymousId 至少要有一个", "give userId or anonymousId")
    context = None
    if _given(call.context):
        context = decoded(_context, call.context, f"{at}context")
    elif _given(shared):
        context = _context.decode(shared)
    try:
        if not _claim(call.user_id, call.anonymous_id, context, traits):
            raise _bad("nobody", "context.externalIds", "至少要有一个标识", "give an identifier")
        if call.previous_id is not None:
            normalise("user_id", call.previous_id)
    except BadInput as error:
        raise BadInput(error.code, error.zh, error.en, field=f"{at}{error.field}") from error


def _check_name(name: str | None, field: str, by_platform: bool) -> None:
    if name is None or not fits(name, NAME_CHARACTERS_MAX):
        raise _bad("bad_name", field, "事件名须为 1 到 200 个可见字符", "must have 1 to 200 visible characters")
    if name in OURS_ALONE and not by_platform:
        raise _bad("reserved_name", field, f"“{name}”由系统自己产生，请换一个名字", "is ours alone; use another name")


def fits(text: str, characters_max: int) -> bool:
    """Whether a text has something to see, nothing invisible, and is not too long."""
    return len(text.strip()) > 0 and len(text) <= characters_max and text.isprintable()


def _check_time(told: datetime, sent_at: datetime | None, now: datetime, field: str) -> None:
    try:
        time = _corrected(told, sent_at, now)
        ahead, early = time > now + AHEAD_MAX, time < EARLIEST
    except OverflowError:
        ahead, early = False, True
    if ahead:
        raise _bad("in_the_future", field, "比现在晚一天以上", "is more than a day ahead of now")
    if early:
        raise _bad("too_early", field, "早于 1990 年", "is before 1990")


def _bad(code: str, field: str, zh: str, en: str) -> BadInput:
    return BadInput(code, f"{field}：{zh}。", f"{field}: {en}.", field=field)


def _corrected(time: datetime, sent_at: datetime | None, received: datetime) -> datetime:
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    if sent_at is None:
        return time
    skew = received - (sent_at if sent_at.tzinfo else sent_at.replace(tzinfo=UTC))
    return time + skew if abs(skew) > SKEW_MIN else time


def _claim(
    user_id: str | int | None, anonymous_id: str | None, context: Context | None, traits: Mapping[str, Any] | None
) -> Claim:
    found: list[Identifier] = []
    if user_id is not None:
        found.append(_identifier("user_id", user_id, "userId"))
    if anonymous_id is not None:
        found.append(_identifier("anonymous_id", anonymous_id, "anonymousId"))
    if traits:
        found += _from_traits(traits, "traits")
    if context is not None:
        found += [
            _identifier(each.type, each.id, f"context.externalIds[{place}].id")
            for place, each in enumerate(context.external_ids)
        ]
        if context.traits:
            found += _from_traits(context.traits, "context.traits")
    return tuple(dict.fromkeys(found)) if len(found) > 1 else tuple(found)


def _from_traits(traits: Mapping[str, Any], where: str) -> list[Identifier]:
    return [
        _identifier(kind, traits[trait], f"{where}.{trait}")
        for trait, kind in IDENTIFYING_TRAITS.items()
        if traits.get(trait) not in (None, "")
    ]


def _identifier(kind: str, value: object, field: str) -> Identifier:
    try:
        return normalise(kind, value)
    except BadInput as error:
        raise BadInput(error.code, f"{field}：{error.zh}", f"{field}: {error.en}", field=field) from error


# --- the drain's reading


def read(row: InboxRow) -> list[Incoming]:
    """What a checked body says. The number of the inbox row names calls that came without a ``messageId``."""
    kind = row.kind.partition(":")[2]
    calls = _calls.decode(row.body) if kind == "batch" else Calls([_call.decode(row.body)])
    received = to_millis(row.received)
    return [
        _read_one(call, call.type or "" if kind == "batch" else kind, row, received, place, calls)
        for place, call in enumerate(calls.batch)
        if call.type != ERASED
    ]


def _read_one(call: Call, kind: str, row: InboxRow, received: int, place: int, calls: Calls) -> Incoming:
    name, properties = _meaning(kind, call)
    order = order_of(_object.decode(properties), "properties") if name in ORDERS else None
    tells = kind == "identify" or row.kind.startswith(PLATFORM)
    traits = _object.decode(call.traits) if tells and _given(call.traits) else None
    context = None
    raw_context = _text(call.context) or _text(calls.context)
    if raw_context:
        context = _context.decode(raw_context)
        if name != "person_identified":
            properties = _with(properties, b'"context":' + raw_context)
    time = received
    if call.timestamp is not None:
        time = to_millis(_corrected(call.timestamp, call.sent_at or calls.sent_at, row.received))
    return Incoming(
        row.source,
        received,
        _claim(call.user_id, call.anonymous_id, context, traits),
        time,
        name,
        call.message_id or f"inbox-{row.id}-{place}",
        place,
        properties.decode(),
        order,
        traits,
        _campaign(context),
        str(call.previous_id).strip() if kind == "alias" else None,
        body=row.id,
    )


def _campaign(context: Context | None) -> tuple[str, str] | None:
    if context is None or context.campaign is None or not (context.campaign.name or context.campaign.source):
        return None
    return (context.campaign.source or "")[:200], (context.campaign.name or "")[:200]


def _text(raw: msgspec.Raw) -> bytes:
    """The JSON of what was given, empty where it was not."""
    text = bytes(raw)
    return b"" if text == b"null" else text


def _given(raw: msgspec.Raw) -> bool:
    return _text(raw) != b""


def _meaning(kind: Literal["track"] | str, call: Call) -> tuple[str, bytes]:
    """Our name of the event, and its properties as JSON."""
    given = _text(call.properties) or b"{}"
    if kind == "track":
        event = call.event or ""
        return NAMES.get(event, event), given
    if kind in ("page", "screen"):
        extra = {key: value for key, value in (("name", call.name), ("category", call.category)) if value}
        if kind == "screen":
            extra["screen"] = "true"
        return "page_viewed", _with(given, _encode(extra)[1:-1]) if extra else given
    if kind == "identify":
        told = sorted(_object.decode(call.traits)) if _given(call.traits) else []
        return "person_identified", _encode({"traits": told})  # which ones, not what: events hold nothing personal
    if kind == "group":
        traits = bytes(call.traits) if _given(call.traits) else b"{}"
        return "group_joined", _encode({"group_id": str(call.group_id), "traits": msgspec.Raw(traits)})
    return "", b"{}"


def _with(json_object: bytes, members: bytes) -> bytes:
    """A JSON object with more members at its end; of two equal ones the first counts (setting of the event log)."""
    head = json_object.rstrip()[:-1].rstrip()
    return head + (b"" if head.endswith(b"{") else b",") + members + b"}"
