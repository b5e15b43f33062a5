"""A company as WeCom's API shows it, for tests: members with customers, tags and groups, over the loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.channels.platform.simulator import Simulator, running

Row = dict[str, Any]


@dataclass
class Company:
    """``contacts``: by member, the items of ``batch/get_by_user``. What is changed here shows at the next call."""

    contacts: dict[str, list[Row]] = field(default_factory=dict[str, list[Row]])
    tags: list[Row] = field(default_factory=list[Row])
    groups: dict[str, Row] = field(default_factory=dict[str, Row])
    page: int = 100
    marked: list[Row] = field(default_factory=list[Row])
    refuse: dict[str, int] = field(default_factory=dict[str, int])  # external_userid → code of mark_tag

    def add(self, userid: str, external_userid: str, *, since: int = 1_700_000_000, **more: Any) -> Row:
        customer = {"external_userid": external_userid, "name": f"客户{external_userid[-4:]}", "type": 1, "gender": 2}
        follow: Row = {"userid": userid, "createtime": since, "tag_id": [], "state": "", "add_way": 1}
        for name, value in more.items():
            (follow if name in ("tag_id", "state", "add_way") else customer)[name] = value
        row = {"external_contact": customer, "follow_info": follow}
        self.contacts.setdefault(userid, []).append(row)
        return row

    def remove(self, userid: str, external_userid: str) -> None:
        kept = [row for row in self.contacts[userid] if row["external_contact"]["external_userid"] != external_userid]
        self.contacts[userid] = kept

    def tag(self, tag: str, name: str, group: str = "肤质") -> None:
        found = next((row for row in self.tags if row["group_name"] == group), None)
        if found is None:
            found = {"group_id": f"g{len(self.tags)}", "group_name": group, "tag": []}
            self.tags.append(found)
        found["tag"].append({"id": tag, "name": name, "order": 0, "deleted": False})

    def group(self, chat_id: str, owner: str, *customers: str, **more: Any) -> None:
        members = [{"userid": owner, "type": 1, "join_time": 1_700_000_000, "join_scene": 1}]
        members += [
            {"userid": each, "type": 2, "join_time": 1_700_000_100, "join_scene": 3, **more} for each in customers
        ]
        self.groups[chat_id] = {
            "chat_id": chat_id,
            "name": "会员群",
            "owner": owner,
            "create_time": 1_700_000_000,
            "member_list": members,
            "member_version": f"v{len(members)}",
        }

    def answers(self) -> dict[str, Any]:
        """By call, for the simulator."""
        return {
            "externalcontact/get_follow_user_list": lambda *_: {"follow_user": sorted(self.contacts)},
            "department/simplelist": lambda *_: {"department_id": [{"id": 1, "parentid": 0, "order": 1}]},
            "department/get": lambda *_: {"department": {"id": 1, "name": "总部"}},
            "user/simplelist": self._members,
            "externalcontact/get_corp_tag_list": lambda *_: {"tag_group": self.tags},
            "externalcontact/add_corp_tag": self._add_tag,
            "externalcontact/batch/get_by_user": self._page,
            "externalcontact/get": self._customer,
            "externalcontact/mark_tag": self._mark,
            "externalcontact/groupchat/list": self._groups,
            "externalcontact/groupchat/get": self._group,
        }

    def _members(self, *_: Any) -> Row:
        return {"userlist": [{"userid": each, "name": f"员工{each}", "department": [1]} for each in self.contacts]}

    def _page(self, _: str, query: Row, body: bytes) -> Row:
        asked = json.loads(body)
        (userid,) = asked["userid_list"]
        first = int(asked.get("cursor") or 0)
        rows = self.contacts[userid][first : first + self.page]
        more = first + self.page < len(self.contacts[userid])
        return {"external_contact_list": rows, "next_cursor": str(first + self.page) if more else ""}

    def _customer(self, _: str, query: Row, body: bytes) -> Row:
        found = [
            row
            for rows in self.contacts.values()
            for row in rows
            if row["external_contact"]["external_userid"] == query["external_userid"]
        ]
        if not found:
            return {"errcode": 84061, "errmsg": "no relation"}
        return {"external_contact": found[0]["external_contact"], "follow_user": [_follower(row) for row in found]}

    def _add_tag(self, _: str, query: Row, body: bytes) -> Row:
        asked = json.loads(body)
        known = {tag["name"] for row in self.tags if row["group_name"] == asked["group_name"] for tag in row["tag"]}
        for each in asked["tag"]:
            if each["name"] not in known:
                self.tag(f"et-made-{len(known)}", each["name"], asked["group_name"])
        return {"tag_group": next(row for row in self.tags if row["group_name"] == asked["group_name"])}

    def _mark(self, _: str, query: Row, body: bytes) -> Row:
        asked = json.loads(body)
        self.marked.append(asked)
        code = self.refuse.get(asked["external_userid"], 0)
        for row in self.contacts.get(asked["userid"], []):
            if row["external_contact"]["external_userid"] == asked["external_userid"] and not code:
                tags = {*row["follow_info"]["tag_id"], *asked.get("add_tag", [])} - {*asked.get("remove_tag", [])}
                row["follow_info"]["tag_id"] = sorted(tags)
        return {"errcode": code, "errmsg": ""}

    def _groups(self, _: str, query: Row, body: bytes) -> Row:
        owners = json.loads(body)["owner_filter"]["userid_list"]
        listed = [chat for chat, group in self.groups.items() if group["owner"] in owners]
        return {"group_chat_list": [{"chat_id": chat, "status": 0} for chat in listed], "next_cursor": ""}

    def _group(self, _: str, query: Row, body: bytes) -> Row:
        return {"group_chat": self.groups[json.loads(body)["chat_id"]]}


def _follower(row: Row) -> Row:
    follow = row["follow_info"]
    return {**follow, "tags": [{"tag_id": tag, "type": 1} for tag in follow["tag_id"]]}


@contextmanager
def serving(company: Company) -> Iterator[Simulator]:
    with running(Simulator(answers=company.answers())) as simulator:
        yield simulator
