"""Everything that is wrong with a journey, each thing at its step, in words: asked while it is being written, and
before it is published.

What the document alone says is in ``shape.py``; here is what it refers to: accounts and their content, audiences, tags,
staff, other journeys, events, rewards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from siyu.audiences import catalogue, queries
from siyu.audiences import model as rules
from siyu.audiences.actions import check_refers
from siyu.audiences.conditions.base import EVERY_EVENT
from siyu.audiences.tables import audiences
from siyu.channels import Channels
from siyu.channels.tables import accounts
from siyu.content.pieces.model import Ref
from siyu.content.pieces.reading import require_usable
from siyu.people.event_names import NAMES
from siyu.people.tables import tags
from siyu.people.traits import checked_traits
from siyu.reach.broadcasts import CHANNELS_MAX, check_ready, ways_of
from siyu.reach.journeys import nodes
from siyu.reach.journeys.codes import not_working
from siyu.reach.journeys.findings import Problem, of_error, refusal
from siyu.reach.journeys.matching import Match
from siyu.reach.journeys.model import Journey, parse
from siyu.reach.journeys.rewards import REWARDS, TERMS
from siyu.reach.journeys.shape import problems_of_shape, rules_of
from siyu.reach.journeys.tables import journey_versions, journeys
from siyu.reach.journeys.triggers import OnAudience, OnCode, OnDate, OnEvent, OnSchedule
from siyu.reach.model import Draft
from siyu.reach.pausing import stopped_accounts
from siyu.staff.tables import staff
from siyu.storage import BadInput, Conflict, NotFound, Stores

__all__ = ["Problem", "problems"]


def problems(stores: Stores, channels: Channels, journey: Journey, number: int | None = None) -> list[Problem]:
    """What is wrong with a document, errors first, each in the order of its steps. ``number``: the journey that it is
    of, where there is one already."""
    world = _World(stores, channels)
    places = journey.places()
    found = [*problems_of_shape(journey), *_surroundings(world, journey, number)]
    return sorted(
        dict.fromkeys(found),
        key=lambda each: (each.level != "error", -1 if each.node is None else places.get(each.node, -1)),
    )


@dataclass(frozen=True)
class _Account:
    name: str
    channel: str
    disabled: bool
    fails: bool


@dataclass(frozen=True)
class _World:
    """What there is to refer to, each read once."""

    stores: Stores
    channels: Channels

    @cached_property
    def accounts(self) -> Mapping[int, _Account]:
        query = sa.select(
            accounts.c.id, accounts.c.name, accounts.c.channel, accounts.c.disabled, accounts.c.check_result
        )
        with self.stores.ledger.read() as conn:
            return {
                row.id: _Account(
                    row.name, row.channel, row.disabled is not None, not (row.check_result or {}).get("works", True)
                )
                for row in conn.execute(query)
            }

    @cached_property
    def stopped(self) -> Mapping[int, str]:
        return stopped_accounts(self.stores)

    @cached_property
    def events(self) -> frozenset[str]:
        return frozenset(each.name for each in catalogue.events(self.stores)) | frozenset(NAMES)

    @cached_property
    def tags(self) -> Mapping[int, bool]:
        """Number → whether it is archived."""
        with self.stores.ledger.read() as conn:
            return {row.id: row.archived is not None for row in conn.execute(sa.select(tags.c.id, tags.c.archived))}

    @cached_property
    def logins(self) -> Mapping[str, bool]:
        """Login → whether it is disabled."""
        with self.stores.ledger.read() as conn:
            rows = conn.execute(sa.select(staff.c.login, staff.c.disabled))
            return {row.login: row.disabled is not None for row in rows}

    @cached_property
    def audiences(self) -> Mapping[int, sa.Row[tuple[str, str, int | None, object]]]:
        columns = (audiences.c.name, audiences.c.kind, audiences.c.size, audiences.c.archived)
        with self.stores.ledger.read() as conn:
            return {row.id: row for row in conn.execute(sa.select(audiences.c.id, *columns))}  # pyright: ignore[reportReturnType]

    @cached_property
    def journeys(self) -> Mapping[int, tuple[str, Journey | None]]:
        """Number → its state, and the version that people come into (None: never published)."""
        same = sa.and_(journey_versions.c.journey == journeys.c.id, journey_versions.c.version == journeys.c.version)
        query = sa.select(journeys.c.id, journeys.c.state, journeys.c.archived, journey_versions.c.document)
        with self.stores.ledger.read() as conn:
            rows = conn.execute(query.join(journey_versions, same, isouter=True))
            return {
                row.id: ("archived" if row.archived else row.state, parse(row.document) if row.document else None)
                for row in rows
            }


def _surroundings(world: _World, journey: Journey, number: int | None) -> Iterator[Problem]:
    yield from _trigger(world, journey)
    for match, field in _matches(journey):
        yield from _event(world, match, None, field)
    for node, at, rule in rules_of(journey):
        yield from refusal(lambda rule=rule: check_refers(world.stores, rule, None), node, at)
        yield from _tags_of_rule(world, node, at, rule)
    for node in journey.nodes:
        for kind, check in _CHECKS.items():
            if isinstance(node, kind):
                yield from check(world, node)
    yield from _circles(world, journey, number)


def _trigger(world: _World, journey: Journey) -> Iterator[Problem]:
    trigger = journey.trigger
    if isinstance(trigger, OnCode):
        yield from _codes(world, trigger)
    if not isinstance(trigger, OnAudience | OnSchedule):
        return
    known = world.audiences.get(trigger.audience)
    field = "trigger.audience"
    if known is None:
        yield Problem(
            None,
            "journey_audience_unknown",
            f"没有编号为 {trigger.audience} 的人群，请重新选择。",
            f"There is no audience {trigger.audience}; choose another.",
            field=field,
        )
        return
    name, kind, size, archived = known.name, known.kind, known.size, known.archived
    if archived is not None:
        yield Problem(
            None,
            "journey_audience_archived",
            f"人群「{name}」已归档，请先恢复或换一个。",
            f"The audience “{name}” is archived; restore it or choose another.",
            field=field,
        )
    if isinstance(trigger, OnAudience) and kind == "snapshot":
        yield Problem(
            None,
            "journey_audience_fixed",
            f"人群「{name}」是固定名单，不会再有人进出。请选实时人群，或改用定时入口。",
            f"“{name}” is a fixed list: nobody enters or leaves it. Choose a live one, or a schedule.",
            field=field,
        )
    fills = isinstance(trigger, OnAudience) and trigger.change == "entered"
    if not fills and (queries.members_page(world.stores, trigger.audience, 0, 1)[0] if size is None else size) == 0:
        yield Problem(
            None,
            "journey_audience_empty",
            f"人群「{name}」现在一个人也没有。",
            f"Nobody is in the audience “{name}” now.",
            "warning",
            field,
        )


def _codes(world: _World, trigger: OnCode) -> Iterator[Problem]:
    with world.stores.ledger.read() as conn:
        missing = not_working(conn, trigger.states)
    for state in missing:
        yield Problem(
            None,
            "journey_code_unknown",
            f"没有渠道标识为「{state}」的渠道码，或它已删除，不会带来客户。",
            f"There is no code “{state}”, or it was removed: it brings nobody.",
            field=f"trigger.states[{trigger.states.index(state)}]",
        )


def _matches(journey: Journey) -> Iterator[tuple[Match, str]]:
    """Events that the journey itself speaks of."""
    trigger = journey.trigger
    if isinstance(trigger, OnEvent):
        yield trigger.on, "trigger.on"
    if isinstance(trigger, OnDate) and trigger.after is not None:
        yield trigger.after, "trigger.after"
    if journey.goal is not None:
        yield journey.goal.match, "goal.match"
    for place, match in enumerate(journey.leave_when):
        yield match, f"leave_when[{place}]"


def _event(world: _World, match: Match, node: str | None, field: str) -> Iterator[Problem]:
    if match.event and match.event != EVERY_EVENT and match.event not in world.events:
        yield Problem(
            node,
            "journey_event_unseen",
            f"从来没有收到过「{match.event}」这个行为，请核对名称。",
            f"No “{match.event}” has ever been received; check its name.",
            "warning",
            f"{field}.event",
        )


def _tags_of_rule(world: _World, node: str | None, at: str, rule: rules.Rule) -> Iterator[Problem]:
    for path, leaf in rules.leaves(rule):
        if isinstance(leaf, rules.Tagged):
            yield from _unknown_tags(world, node, leaf.tags, f"{at}{path[1:]}.tags")


def _unknown_tags(world: _World, node: str | None, numbers: Sequence[int], field: str) -> Iterator[Problem]:
    for number in numbers:
        if number not in world.tags:
            yield Problem(
                node,
                "journey_tag_unknown",
                f"没有编号为 {number} 的标签，请重新选择。",
                f"There is no tag {number}; choose another.",
                field=field,
            )
        elif world.tags[number]:
            yield Problem(
                node,
                "journey_tag_archived",
                f"标签 {number} 已归档。",
                f"Tag {number} is archived.",
                "warning",
                field,
            )


# -- by kind of step ---------------------------------------------------------------------------------------


def _message(world: _World, node: nodes.Message) -> Iterator[Problem]:
    if not node.channels:
        yield Problem(
            node.id,
            "channels_missing",
            "请至少选择一个渠道账号。",
            "Choose at least one account.",
            field="channels",
        )
    if len(node.channels) > CHANNELS_MAX or len(set(node.channels)) < len(node.channels):
        yield Problem(
            node.id,
            "journey_channels",
            f"渠道账号最多 {CHANNELS_MAX} 个，不能重复。",
            f"At most {CHANNELS_MAX} accounts, each once.",
            field="channels",
        )
    for place, number in enumerate(dict.fromkeys(node.channels)):
        account = world.accounts.get(number)
        field = f"channels[{place}]"
        if account is None:
            yield Problem(
                node.id,
                "account_unknown",
                f"没有编号为 {number} 的账号。",
                f"There is no account {number}.",
                field=field,
            )
            continue
        yield from _connected(world, node.id, number, account, field)
        yield from _content(world, node, number, field)
    yield from _pieces(world, node)


def _pieces(world: _World, node: nodes.Message) -> Iterator[Problem]:
    """A piece of the library that may not be sent now."""
    for slot, (piece, version) in node.pieces.items():
        try:
            with world.stores.ledger.read() as conn:
                require_usable(conn, [Ref(piece, version)], world.stores.clock.now())
        except (Conflict, NotFound) as error:
            yield Problem(node.id, error.code, error.zh, error.en, field=f"pieces.{slot}")


def _connected(world: _World, node: str, number: int, account: _Account, field: str) -> Iterator[Problem]:
    if account.disabled:
        yield Problem(
            node,
            "account_disabled",
            f"账号“{account.name}”已停用，请启用或换一个。",
            f"The account “{account.name}” is disabled; enable it or choose another.",
            field=field,
        )
    elif number in world.stopped:
        yield Problem(
            node,
            "account_stopped",
            f"账号“{account.name}”被平台拒绝后已停下，请到账号页检测后再发。",
            f"The account “{account.name}” was stopped after a refusal; check it on its page.",
            "warning",
            field,
        )
    elif account.fails:
        yield Problem(
            node,
            "account_failing",
            f"账号“{account.name}”上次检测没有通过。",
            f"The account “{account.name}” failed its last check.",
            "warning",
            field,
        )


def _content(world: _World, node: nodes.Message, number: int, field: str) -> Iterator[Problem]:
    """What this account's channel would say against the message."""
    draft = Draft(node.title or node.id, 0, [number], node.content, node.kind, node.tone)
    try:
        with world.stores.ledger.read() as conn:
            ways = ways_of(conn, world.channels, draft)
        check_ready(world.channels, draft, ways)
    except BadInput as error:
        found = of_error(error, node.id)
        yield (
            found
            if found.field.startswith("content")
            else of_error(BadInput(error.code, error.zh, error.en, field=field), node.id)
        )


def _tag(world: _World, node: nodes.Tag) -> Iterator[Problem]:
    yield from _unknown_tags(world, node.id, node.add, "add")
    yield from _unknown_tags(world, node.id, node.remove, "remove")
    if set(node.add) & set(node.remove):
        yield Problem(
            node.id,
            "journey_tag_both",
            "同一个标签既要打上又要去掉。",
            "The same tag is to be put on and taken off.",
            field="remove",
        )


def _attribute(world: _World, node: nodes.Attribute) -> Iterator[Problem]:
    yield from refusal(lambda: checked_traits(node.set, "set"), node.id, "set")


def _task(world: _World, node: nodes.Task) -> Iterator[Problem]:
    if node.escalate_to and world.logins.get(node.escalate_to, True):
        yield Problem(
            node.id,
            "journey_login_unknown",
            f"没有登录名为「{node.escalate_to}」的在职员工，超时后无人可提醒。",
            f"Nobody at work has the login “{node.escalate_to}”, so nobody would be told when it is late.",
            field="escalate_to",
        )


def _wait_event(world: _World, node: nodes.WaitEvent) -> Iterator[Problem]:
    yield from _event(world, node.match, node.id, "match")


def _reward(world: _World, node: nodes.Reward) -> Iterator[Problem]:
    if node.gives not in REWARDS:
        yield Problem(
            node.id,
            "journey_reward_unknown",
            f"没有可以发放的「{node.gives}」。",
            f"There is nothing called “{node.gives}” to give.",
            field="gives",
        )
    elif node.gives in TERMS:
        yield from refusal(lambda: TERMS[node.gives].check(node.terms), node.id, "terms")


def _sub_journey(world: _World, node: nodes.SubJourney) -> Iterator[Problem]:
    state, document = world.journeys.get(node.journey, ("", None))
    if not state:
        yield Problem(
            node.id,
            "journey_sub_unknown",
            f"没有编号为 {node.journey} 的旅程，请重新选择。",
            f"There is no journey {node.journey}; choose another.",
            field="journey",
        )
    elif document is None or state not in ("running", "paused"):
        yield Problem(
            node.id,
            "journey_sub_closed",
            f"旅程 {node.journey} 现在不进人，请先发布它。",
            f"Nobody comes into journey {node.journey} now; publish it first.",
            field="journey",
        )


_CHECKS: Mapping[type, Callable[[_World, Any], Iterator[Problem]]] = {
    nodes.Message: _message,
    nodes.Tag: _tag,
    nodes.Attribute: _attribute,
    nodes.Task: _task,
    nodes.WaitEvent: _wait_event,
    nodes.Reward: _reward,
    nodes.SubJourney: _sub_journey,
}


def _circles(world: _World, journey: Journey, number: int | None) -> Iterator[Problem]:
    """Sub-journeys that lead back here: for ever, if each of them may be come into again."""
    if number is None or journey.entry.again != "after_leaving":
        return
    for node in journey.nodes:
        if isinstance(node, nodes.SubJourney):
            ring = _way_back(world, node.journey, number, (), set())
            if ring is not None:
                path = " → ".join(map(str, [number, *ring, number]))
                yield Problem(
                    node.id,
                    "journey_circle",
                    f"旅程互相送入（{path}），又都允许再次进入：客户会一直转下去。",
                    f"These journeys lead into each other ({path}) and may all be entered again: for ever.",
                    field="journey",
                )


def _way_back(world: _World, here: int, home: int, behind: tuple[int, ...], seen: set[int]) -> tuple[int, ...] | None:
    """The journeys on the way from ``here`` to ``home``, all of which may be come into again; None where there is no
    such way. ``seen``: from where there is none, so that each is looked at once."""
    if here == home:
        return behind
    _, document = world.journeys.get(here, ("", None))
    if document is None or here in seen or document.entry.again != "after_leaving":
        return None
    seen.add(here)
    for node in document.nodes:
        if isinstance(node, nodes.SubJourney):
            found = _way_back(world, node.journey, home, (*behind, here), seen)
            if found is not None:
                return found
    return None
