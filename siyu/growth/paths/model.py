"""What an entry path is: an entry, then steps in order within some days. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from siyu.audiences.conditions.did import check_event
from siyu.audiences.conditions.sequence import Step
from siyu.audiences.filters import Filter
from siyu.storage import BadInput

NAME_CHARACTERS_MAX = 60
STEPS_MAX = 8
DAYS_MAX = 365

ENTRIES: Mapping[str, tuple[str, str]] = {
    "friend_added": ("加好友", "Becomes a friend"),
    "group_joined": ("进群", "Joins a group"),
    "account_followed": ("关注公众号", "Follows the official account"),
    "code_scanned": ("扫公众号二维码", "Scans the official account's code"),
    "service_entered": ("进入客服会话", "Comes to service"),
}
"""What a scan leads to first; each says by which channel state."""

PRESETS: Mapping[str, tuple[tuple[str, str], str, tuple[str, ...]]] = {
    "group_order": (("进群 → 看商品 → 加购 → 下单", "Group, goods, cart, order"), "group_joined",
                    ("product_viewed", "cart_added", "order_paid")),
    "friend_order": (("加好友 → 进群 → 看商品 → 下单", "Friend, group, goods, order"), "friend_added",
                     ("group_joined", "product_viewed", "order_paid")),
    "group_app": (("进群 → 看内容 → 装 App → 邀请朋友", "Group, content, app, refer"), "group_joined",
                  ("page_viewed", "app_installed", "invited")),
}  # fmt: skip
"""Usual paths to begin with: words, entry, steps."""

STATE = "properties.channel_state"


@dataclass(frozen=True, slots=True)
class EntryPath:
    """``touchpoint`` or ``code`` (a live code): only who came by it; neither: everybody who had the entry. ``days``:
    from the entry to the last step."""

    id: int
    name: str
    touchpoint: int | None
    code: int | None
    entry: str
    steps: tuple[Step, ...]
    days: int
    created: datetime
    changed: datetime
    by: str


@dataclass(frozen=True, slots=True)
class PathDraft:
    """What staff want of a path."""

    name: str
    entry: str
    steps: Sequence[Step]
    days: int = 30
    touchpoint: int | None = None
    code: int | None = None


def checked(draft: PathDraft) -> PathDraft:
    """As it is kept. Raises :class:`BadInput` at its field."""
    name = draft.name.strip()
    if not 0 < len(name) <= NAME_CHARACTERS_MAX:
        raise BadInput(
            "path_name",
            f"请填写名称，最多 {NAME_CHARACTERS_MAX} 字。",
            f"Give it a name of at most {NAME_CHARACTERS_MAX} characters.",
            field="name",
        )
    if draft.entry not in ENTRIES:
        raise BadInput("path_entry", "请选择从哪一步开始。", "Choose what it begins with.", field="entry")
    if not 0 < len(draft.steps) <= STEPS_MAX:
        raise BadInput(
            "path_steps", f"请填 1 到 {STEPS_MAX} 步。", f"A path has 1 to {STEPS_MAX} steps.", field="steps"
        )
    for number, step in enumerate(draft.steps):
        check_event(step.event, step.where, f"steps[{number}]")
    if not 0 < draft.days <= DAYS_MAX:
        raise BadInput("path_days", f"时限为 1 到 {DAYS_MAX} 天。", f"It lasts 1 to {DAYS_MAX} days.", field="days")
    if draft.touchpoint is not None and draft.code is not None:
        raise BadInput(
            "path_both", "触点和活码只选一个。", "Choose a touchpoint or a live code, not both.", field="code"
        )
    return PathDraft(name, draft.entry, tuple(draft.steps), draft.days, draft.touchpoint, draft.code)


def entry_of(entry: str, states: Sequence[str] | None) -> Step:
    """The first step: the entry, by one of these channel states; None: by whichever."""
    if states is None:
        return Step(entry)
    return Step(entry, (Filter(STATE, "one_of", sorted(states)),))
