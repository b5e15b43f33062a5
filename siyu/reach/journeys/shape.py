"""What can be said of a journey by looking at its document alone: steps that nobody comes to, ways that lead nowhere,
rings. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from siyu.audiences import model as rules
from siyu.people.traits import checked_traits
from siyu.reach.journeys import nodes
from siyu.reach.journeys.findings import Level, Problem, refusal
from siyu.reach.journeys.model import EXITS_MAX, Journey, check_name, check_size
from siyu.reach.limits import TITLE_CHARACTERS_MAX
from siyu.reach.priorities import PRIORITY_MAX

ID_CHARACTERS_MAX = 50
TO_WRITE = re.compile(r"〔[^〔〕]{1,40}〕")
PROMOTIONAL_SHARE_MAX = 0.3
"""Useful to promotional at 7:3 or better (mission R3)."""

Ways = Mapping[str, Sequence[str]]
"""Node → the nodes that its ways lead to."""


def problems_of_shape(journey: Journey) -> list[Problem]:
    """Every problem of the document itself."""
    return [
        *_whole(journey),
        *_ids(journey),
        *_ways(journey),
        *_unreachable(journey),
        *_rings(journey),
        *_endless(journey),
        *_feeding(journey),
        *_once(journey),
        *_each(journey),
        *_unseen(journey),
        *_unwritten(journey),
        *_goal(journey),
        *_mix(journey),
    ]


def _whole(journey: Journey) -> Iterator[Problem]:
    yield from refusal(lambda: check_name(journey), None)
    if not journey.nodes:
        yield Problem(None, "journey_empty", "旅程里还没有步骤。", "The journey has no steps yet.", field="nodes")
    yield from refusal(lambda: check_size(journey), None)
    if not 0 <= journey.priority <= PRIORITY_MAX:
        yield Problem(
            None,
            "journey_priority",
            f"优先级须为 0 至 {PRIORITY_MAX}。",
            f"The priority is from 0 to {PRIORITY_MAX}.",
            field="priority",
        )
    if len(journey.leave_when) > EXITS_MAX:
        yield Problem(
            None,
            "journey_too_many_exits",
            f"最多 {EXITS_MAX} 个退出条件。",
            f"At most {EXITS_MAX} reasons to leave.",
            field="leave_when",
        )
    yield from refusal(lambda: journey.trigger.check("trigger"), None, "trigger")
    yield from refusal(lambda: journey.entry.check("entry"), None, "entry")
    if journey.goal is not None:
        goal = journey.goal
        yield from refusal(lambda: goal.check("goal"), None, "goal")
    for place, match in enumerate(journey.leave_when):
        at = f"leave_when[{place}]"
        yield from refusal(lambda match=match, at=at: match.check(at), None, at)


def _ids(journey: Journey) -> Iterator[Problem]:
    known: set[str] = set()
    for node in journey.nodes:
        if node.id in known:
            yield Problem(
                node.id,
                "journey_id_double",
                f"有两个步骤的编号都是「{node.id}」，请改其中一个。",
                f"Two steps have the id “{node.id}”; change one.",
                field="id",
            )
        known.add(node.id)
        if not 0 < len(node.id.strip()) <= ID_CHARACTERS_MAX:
            yield Problem(
                node.id,
                "journey_id",
                f"步骤编号须为 1 至 {ID_CHARACTERS_MAX} 个字符。",
                f"The id of a step has 1 to {ID_CHARACTERS_MAX} characters.",
                field="id",
            )
        if len(node.title) > TITLE_CHARACTERS_MAX:
            yield Problem(
                node.id,
                "journey_title",
                f"步骤名称最多 {TITLE_CHARACTERS_MAX} 字。",
                f"The title of a step has at most {TITLE_CHARACTERS_MAX} characters.",
                field="title",
            )


def _ways(journey: Journey) -> Iterator[Problem]:
    known = {node.id for node in journey.nodes}
    if journey.nodes and journey.start is None:
        yield Problem(
            None,
            "journey_no_start",
            "还没有选定第一步，请把入口连到一个步骤。",
            "There is no first step; lead the way in to one.",
            field="start",
        )
    if journey.start is not None and journey.start not in known:
        yield Problem(
            None,
            "journey_start_unknown",
            f"第一步「{journey.start}」不存在。",
            f"The first step, “{journey.start}”, does not exist.",
            field="start",
        )
    for node, way, to in journey.edges():
        if to is not None and to not in known:
            yield Problem(
                node,
                "journey_way_nowhere",
                f"出口「{way}」连到了不存在的步骤「{to}」。",
                f"The way “{way}” leads to “{to}”, which does not exist.",
                field=way,
            )


TELLS: Mapping[type[nodes.Node], frozenset[str]] = {
    nodes.Message: frozenset({"message_accepted", "message_refused", "message_held"}),
    nodes.Tag: frozenset({"tag_added", "tag_removed"}),
    nodes.Task: frozenset({"task_given", "task_done", "task_late"}),
    nodes.Attribute: frozenset({"person_identified"}),
}
"""What is told when a step does something."""


def _feeding(journey: Journey) -> Iterator[Problem]:
    """What brings people in is told by the journey itself, and they may come again at once."""
    match = journey.trigger.match()
    if match is None or journey.entry.again == "never" or journey.entry.gap_days:
        return
    told = frozenset[str]().union(*(TELLS.get(type(node), frozenset()) for node in journey.nodes))
    if match.event in told or match.event.startswith("journey_"):
        yield Problem(
            None,
            "journey_feeds_itself",
            "这个旅程自己做的事又会带人进来，而且允许立刻再次进入：客户会一直转下去。请设置再次进入的间隔天数，或换一个入口。",
            "What this journey does brings people in again, who may come again at once: for ever. Set the days "
            "between two times, or another way in.",
            field="entry.gap_days",
        )


def _once(journey: Journey) -> Iterator[Problem]:
    """Messages on a ring: a message is sent once each time that somebody is in the journey."""
    ways = ways_of(journey)
    for node in journey.nodes:
        if isinstance(node, nodes.Message) and node.id in reached(ways, ways[node.id]):
            yield Problem(
                node.id,
                "journey_message_once",
                "这条消息在一个圈里，但每次旅程中同一条消息只发一次：第二次经过时不会再发。要重复提醒，请用多个消息步骤，"
                "或让客户离开后再次进入。",
                "This message is on a ring, but is sent once each time somebody is in the journey. To say it again, "
                "use further steps, or let people come in again after leaving.",
                "warning",
            )


def _unreachable(journey: Journey) -> Iterator[Problem]:
    ways = ways_of(journey)
    if journey.start is None or journey.start not in ways:
        return  # said already; then everything would be
    found = reached(ways, [journey.start])
    for node in journey.nodes:
        if node.id not in found:
            yield Problem(
                node.id,
                "journey_unreachable",
                "没有路通向这一步，谁也到不了。请连上它，或删除它。",
                "No way leads here, so nobody comes. Lead one here, or take the step out.",
            )


def _rings(journey: Journey) -> Iterator[Problem]:
    """Rings in which nobody comes to rest for a time. A wait for an event is passed at once where the event has
    happened already, one for the best hour where that is the present one: neither ends a ring alone."""
    passing: dict[str, list[str]] = {}
    known = {node.id for node in journey.nodes}
    for node in journey.nodes:
        ways = _passing(node)
        passing[node.id] = [to for to in ways if to in known]
    said: set[str] = set()
    for node in journey.nodes:
        if node.id in said or node.id not in reached(passing, passing[node.id]):
            continue
        behind = reached(passing, [node.id])
        ring = [each.id for each in journey.nodes if each.id in behind and node.id in reached(passing, [each.id])]
        said.update(ring)
        path = " → ".join([*ring, ring[0]])
        yield Problem(
            node.id,
            "journey_ring",
            f"这里有一个没有停留的圈（{path}），会一直转下去。请在圈里加一个等待时间的步骤。",
            f"Nobody would ever come to rest on this ring ({path}). Put a wait for a time into it.",
        )


def _passing(node: nodes.Any) -> Collection[str]:
    """Where the ways lead that somebody may go without any time passing."""
    if isinstance(node, nodes.Wait | nodes.WaitUntil) or (isinstance(node, nodes.Task) and node.wait):
        return ()
    ways = [node.next] if isinstance(node, nodes.WaitEvent) else node.edges().values()
    return [to for to in ways if to is not None]


def _endless(journey: Journey) -> Iterator[Problem]:
    """Steps from which nobody ever comes to an end."""
    ways = ways_of(journey)
    if journey.start is None or journey.start not in ways:
        return
    back: dict[str, list[str]] = {id: [] for id in ways}
    for id, on in ways.items():
        for to in on:
            back[to].append(id)
    ends = [node.id for node in journey.nodes if isinstance(node, nodes.Exit) or set(node.edges().values()) - set(ways)]
    ending = reached(back, ends)
    here = reached(ways, [journey.start])
    caught = [node.id for node in journey.nodes if node.id in here and node.id not in ending]
    if not caught:
        return
    leaves = bool(journey.leave_when) or (journey.goal is not None and journey.goal.leaves)
    level: Level = "warning" if leaves else "error"
    yield Problem(
        caught[0],
        "journey_endless",
        f"从这里出发的路都到不了终点（{'、'.join(caught)}）"
        + ("，只有达成目标或满足退出条件才会离开。" if leaves else "。请加一个出口、目标或退出条件。"),
        f"No way from here comes to an end ({', '.join(caught)})"
        + ("; people leave by the goal or a reason to leave alone." if leaves else ". Add a way out, or a goal."),
        level,
    )


def _each(journey: Journey) -> Iterator[Problem]:
    for node in journey.nodes:
        yield from refusal(lambda node=node: node.check(""), node.id)
        if isinstance(node, nodes.Message) and node.held is not None and not node.own_way_when_held:
            yield Problem(
                node.id,
                "journey_held_unused",
                "「被拦下时另走一路」没有打开，所以那条路不会有人走。",
                "The way for whom it could not be sent to is not switched on, so nobody goes it.",
                "warning",
                "held",
            )


def _unseen(journey: Journey) -> Iterator[Problem]:
    """Branches that ask for what a step before them changes, with no time in between: a rule is asked of what was known
    when they set out, which the change has not reached."""
    passing = {node.id: list(_passing(node)) for node in journey.nodes}
    asked = {node.id: list(_asked(node)) for node in journey.nodes if isinstance(node, nodes.Branch)}
    for node in journey.nodes:
        changed = _changed(node)
        if not changed:
            continue
        behind = reached(passing, passing[node.id])
        for id in (id for id in asked if id in behind):
            place = next((place for place, what in asked[id] if what & changed), None)
            if place is not None:
                yield Problem(
                    id,
                    "journey_change_unseen",
                    f"这里的条件要看「{node.title or node.id}」刚改的标签或属性，中间没有停留，判断时还看不到改动。"
                    "请在中间加一个等待，几分钟就够。",
                    f"This asks for what “{node.title or node.id}” has just changed, with no wait in between, so it is "
                    "not seen yet. Put a wait between them; a few minutes will do.",
                    "warning",
                    f"cases[{place}].rule",
                )


def _changed(node: nodes.Any) -> set[str]:
    """Tags and fields of the profile that a step changes, as :func:`_asked` names them."""
    if isinstance(node, nodes.Tag):
        return {f"tag {tag}" for tag in (*node.add, *node.remove)}
    if isinstance(node, nodes.Attribute) and not refusal(lambda: checked_traits(node.set, "set"), None):
        columns, attributes = checked_traits(node.set, "set")
        of_birthday = {"minor"} if "birthday" in columns else set[str]()
        return {*columns, *of_birthday, *(f"attributes.{name}" for name in attributes)}
    return set()


def _asked(branch: nodes.Branch) -> Iterator[tuple[int, set[str]]]:
    """By the place of a case: the tags and fields that its rule asks for."""
    for place, case in enumerate(branch.cases):
        found: set[str] = set()
        for _, leaf in [] if refusal(case.read, None) else rules.leaves(case.read()):
            if isinstance(leaf, rules.Tagged):
                found |= {f"tag {tag}" for tag in leaf.tags}
            elif isinstance(leaf, rules.Profile):
                found.add(leaf.field)
        yield place, found


def _unwritten(journey: Journey) -> Iterator[Problem]:
    """Places in a text that ready journeys leave to the operator: 〔手册链接〕."""
    for node in journey.nodes:
        texts: dict[str, str] = {}
        if isinstance(node, nodes.Message):
            texts = {
                f"content.{way}.{part}": text for way, parts in node.content.items() for part, text in parts.items()
            }
        for field, text in texts.items():
            lacking = "".join(dict.fromkeys(TO_WRITE.findall(text)))
            if lacking:
                yield Problem(
                    node.id,
                    "journey_to_write",
                    f"这条消息里还有没填的内容：{lacking}，请换成自己的。",
                    f"This message still lacks {lacking}; put your own there.",
                    field=field,
                )


def _goal(journey: Journey) -> Iterator[Problem]:
    brings, goal = None, journey.goal
    if goal is not None and not refusal(lambda: journey.trigger.check(""), None):
        brings = journey.trigger.match()
    if goal is not None and brings is not None and brings.event == goal.match.event:
        asked = set(map(repr, goal.match.where))
        if asked <= set(map(repr, brings.where)):
            yield Problem(
                None,
                "journey_goal_is_trigger",
                "目标就是进入旅程的那个行为：带来客户的那一次不算，之后再做一次才算达成。",
                "The goal is what brings people in: that time does not count, a further one does.",
                "warning",
                "goal",
            )


def _mix(journey: Journey) -> Iterator[Problem]:
    messages = [node for node in journey.nodes if isinstance(node, nodes.Message)]
    promotional = [node for node in messages if node.tone == "promotional"]
    if messages and len(promotional) / len(messages) > PROMOTIONAL_SHARE_MAX:
        yield Problem(
            None,
            "journey_mix",
            f"{len(messages)} 条消息中有 {len(promotional)} 条促销，超过三成；多给些有用的内容，客户才留得住。",
            f"{len(promotional)} of {len(messages)} messages are promotional, over three in ten; be useful first.",
            "warning",
            "nodes",
        )


def ways_of(journey: Journey) -> dict[str, list[str]]:
    """Each node's ways that lead to a node."""
    known = {node.id for node in journey.nodes}
    ways: dict[str, list[str]] = {id: [] for id in known}
    for node, _, to in journey.edges():
        if to in known:
            ways[node].append(to)
    return ways


def reached(ways: Ways, begin: Collection[str]) -> set[str]:
    """``begin`` and all that can be come to from there."""
    found: set[str] = set()
    left = list(begin)
    while left:
        id = left.pop()
        if id not in found:
            found.add(id)
            left += ways.get(id, ())
    return found


def rules_of(journey: Journey) -> Iterator[tuple[str | None, str, rules.Rule]]:
    """Every rule that can be read: the node that asks it (None: the entry), its path there, the rule."""
    entry = journey.entry.rule
    if entry is not None and not refusal(lambda: rules.parse(entry), None):
        yield None, "entry.rule", rules.parse(entry)
    for node in journey.nodes:
        if isinstance(node, nodes.Branch):
            for place, case in enumerate(node.cases):
                if not refusal(case.read, None):
                    yield node.id, f"cases[{place}].rule", case.read()
