"""What is counted, as data: its words, the platform's field, and what several days or members make together. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from siyu.channels.wecom.statistics.tables import wecom_group_days, wecom_member_days

Together = Literal["sum", "latest", "mean"]


@dataclass(frozen=True, slots=True)
class Measure:
    """``together``: days are added up, the last one counts (what there is by the end of a day), or a mean is weighted
    by ``weight`` (a column of the same row). ``missing``: the platform leaves it out where there was nothing."""

    name: str
    told: str
    zh: str
    en: str
    zh_means: str
    en_means: str
    together: Together = "sum"
    weight: str = ""
    unit: Literal["count", "percent", "minutes"] = "count"
    shown: bool = True

    @property
    def missing(self) -> bool:
        return self.together == "mean"

    def read(self, row: Mapping[str, Any]) -> int | float | None:
        """Its value in a row of the platform's."""
        if not self.missing:
            return int(row.get(self.told) or 0)
        return None if row.get(self.told) is None else float(row[self.told])


@dataclass(frozen=True)
class Kind:
    """``who`` in words; ``table``: a row a ``who`` and day, a column a measure. ``main``: what a list is sorted by."""

    name: Literal["members", "groups"]
    zh: str
    en: str
    zh_who: str
    en_who: str
    table: sa.Table
    measures: tuple[Measure, ...]
    main: str

    def measure(self, name: str) -> Measure:
        return next(each for each in self.measures if each.name == name)


MEMBERS = Kind(
    "members",
    "员工数据",
    "Staff's work",
    "员工",
    "Adviser",
    wecom_member_days,
    (
        Measure("chats", "chat_cnt", "聊天数", "Chats", "员工发过消息的单聊数", "one-to-one chats in which they wrote"),
        Measure("messages", "message_cnt", "发送消息", "Messages", "员工在单聊中发出的消息数", "messages they wrote"),
        Measure(
            "reply_share",
            "reply_percentage",
            "回复率",
            "Answered",
            "客户主动发起的聊天中，当天有回复的占比；多天按聊天数加权",
            "of chats that customers began, those answered the same day; of several days weighted by chats",
            "mean",
            "chats",
            "percent",
        ),
        Measure(
            "reply_minutes",
            "avg_reply_time",
            "首次回复（分钟）",
            "Minutes to answer",
            "客户发起聊天到员工第一次回复的平均分钟数；多天按聊天数加权",
            "minutes from a customer's first words to the first answer; of several days weighted by chats",
            "mean",
            "chats",
            "minutes",
        ),
        Measure(
            "applied",
            "new_apply_cnt",
            "好友申请",
            "Requests",
            "发起或收到的好友申请数",
            "requests to be friends, made or received",
            shown=False,
        ),
        Measure("added", "new_contact_cnt", "新增好友", "New friends", "新加的客户数", "customers who became friends"),
        Measure(
            "lost",
            "negative_feedback_cnt",
            "流失好友",
            "Lost friends",
            "删除或拉黑员工的客户数",
            "customers who deleted or blocked them",
        ),
    ),
    "chats",
)

GROUPS = Kind(
    "groups",
    "社群数据",
    "Groups' work",
    "群主",
    "Owner",
    wecom_group_days,
    (
        Measure("groups", "chat_total", "群数", "Groups", "期末的客户群数", "groups at the end", "latest"),
        Measure("groups_new", "new_chat_cnt", "新建群", "New groups", "新建的客户群数", "groups founded"),
        Measure(
            "groups_active",
            "chat_has_msg",
            "活跃群（次）",
            "Active groups",
            "当天有人发言的群数，多天相加",
            "groups in which somebody wrote that day; days are added up",
            shown=False,
        ),
        Measure(
            "members", "member_total", "群成员", "Members", "期末的群成员数", "people in them at the end", "latest"
        ),
        Measure("members_new", "new_member_cnt", "新增成员", "New members", "新入群的人数", "people who joined"),
        Measure(
            "members_active",
            "member_has_msg",
            "活跃成员（次）",
            "Active members",
            "当天发过言的人数，多天相加",
            "people who wrote that day; days are added up",
        ),
        Measure("messages", "msg_total", "消息数", "Messages", "群内消息总数", "messages in the groups"),
    ),
    "messages",
)

KINDS: Mapping[str, Kind] = {each.name: each for each in (MEMBERS, GROUPS)}
