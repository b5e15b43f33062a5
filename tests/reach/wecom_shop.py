"""A shop with WeCom: people who are friends of advisers, and a platform whose tasks advisers confirm when told to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from siyu.channels import channels_of
from siyu.channels.accounts import change_account
from siyu.channels.wecom.tables import wecom_contacts
from siyu.people.tables import identifiers
from siyu.reach.delivery import Deliverer
from siyu.reach.handed import Handing
from siyu.storage import Stores
from tests.channels.platform.simulator import Simulator
from tests.channels.wecom.told import KEY, TOKEN, an_account
from tests.reach.world import World

ADD, LIST = "externalcontact/add_msg_template", "externalcontact/get_groupmsg_list_v2"
TASK, RESULT = "externalcontact/get_groupmsg_task", "externalcontact/get_groupmsg_send_result"
REMIND, CANCEL = "externalcontact/remind_groupmsg_send", "externalcontact/cancel_groupmsg_send"


@dataclass
class Platform:
    """Tasks as WeCom keeps them. ``lost``: how many of the next answers to add_msg_template never arrive, though the
    task is made; ``page``: items a page."""

    simulator: Simulator
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    became: dict[str, int] = field(default_factory=dict)  # customer → status once confirmed; 1 unless told otherwise
    unreachable: list[str] = field(default_factory=list)
    lost: int = 0
    page: int = 2

    def __post_init__(self) -> None:
        for call, answer in {
            ADD: self._add,
            LIST: self._list,
            TASK: self._task,
            RESULT: self._result,
            CANCEL: self._cancel,
        }.items():
            self.simulator.answers[call] = lambda _, __, body, act=answer: act(json.loads(body))

    def confirm(self, *msgids: str) -> None:
        for msgid in msgids or list(self.tasks):
            self.tasks[msgid]["confirmed"] = True

    @property
    def reached(self) -> list[str]:
        """Customers to whom something went out, with repeats."""
        found: list[str] = []
        for task in self.tasks.values():
            if task["confirmed"]:
                found += [each for each in task["external_userid"] if self.became.get(each, 1) == 1]
        return sorted(found)

    def _add(self, asked: dict[str, Any]) -> dict[str, Any] | int:
        msgid = f"msg{len(self.tasks) + 1}"
        going = [each for each in asked["external_userid"] if each not in self.unreachable]
        self.tasks[msgid] = {**asked, "external_userid": going, "confirmed": False, "cancelled": False}
        if self.lost:
            self.lost -= 1
            return 502
        failed = [each for each in asked["external_userid"] if each in self.unreachable]
        return {"errcode": 0, "errmsg": "ok", "msgid": msgid, "fail_list": failed}

    def _list(self, asked: dict[str, Any]) -> dict[str, Any]:
        found = [{"msgid": name, "text": task.get("text", {})} for name, task in self.tasks.items()]
        return self._paged(asked, "group_msg_list", found)

    def _task(self, asked: dict[str, Any]) -> dict[str, Any]:
        task = self.tasks[asked["msgid"]]
        return self._paged(asked, "task_list", [{"userid": task["sender"], "status": 2 if task["confirmed"] else 0}])

    def _result(self, asked: dict[str, Any]) -> dict[str, Any]:
        task = self.tasks[asked["msgid"]]
        rows = [
            {"external_userid": each, "status": self.became.get(each, 1) if task["confirmed"] else 0}
            for each in task["external_userid"]
        ]
        return self._paged(asked, "send_list", rows)

    def _cancel(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.tasks[asked["msgid"]]["cancelled"] = True
        return {"errcode": 0, "errmsg": "ok"}

    def _paged(self, asked: dict[str, Any], name: str, rows: list[Any]) -> dict[str, Any]:
        begin = int(asked.get("cursor") or 0)
        more = str(begin + self.page) if begin + self.page < len(rows) else ""
        return {"errcode": 0, "errmsg": "ok", name: rows[begin : begin + self.page], "next_cursor": more}


class WecomShop(World):
    """People with an external_userid ``wm<number>``; :meth:`friends` makes them somebody's."""

    def __init__(self, stores: Stores, simulator: Simulator, **settings: Any) -> None:
        super().__init__(stores, [])
        self.channels = channels_of(stores)
        self.platform = Platform(simulator)
        self.account = an_account(stores)
        self.accounts = [self.account]
        known = {"secret": "the-app-secret", "callback_token": TOKEN, "callback_aes_key": KEY}
        change_account(stores, self.channels, self.account, settings={"base_url": simulator.url, **known, **settings})

    def friends(self, count: int, adviser: str = "zhangsan", **columns: Any) -> list[int]:
        """New people who are friends of an adviser."""
        numbers = self.add(count, **columns)
        now = self.clock.now()
        with self.stores.ledger.write() as conn:
            conn.execute(
                sa.insert(identifiers),
                [
                    {"kind": "external_userid", "value": f"wm{n}", "person": n, "since": now, "source": "t"}
                    for n in numbers
                ],
            )
        self.befriend(numbers, adviser)
        return numbers

    def befriend(self, numbers: Sequence[int], adviser: str, days_ago: int = 0, state: str = "friend") -> None:
        since = self.clock.now() - timedelta(days=days_ago)
        row = {"account": self.account, "userid": adviser, "state": state, "told": since, "since": since}
        with self.stores.ledger.write() as conn:
            conn.execute(sa.insert(wecom_contacts), [{**row, "external_userid": f"wm{n}"} for n in numbers])

    def draft(self, **changes: Any) -> Any:
        return super().draft(**({"content": {"wecom": {"text": "新品到店"}}} | changes))

    def hand_on(self, rounds: int = 1, minutes: float = 0) -> None:
        """Delivery and the loop that minds what was handed over, after ``minutes``."""
        for _ in range(rounds):
            self.clock.advance(timedelta(minutes=minutes))
            self.deliver()
            Handing(self.stores, self.channels).tick()

    def deliverer(self, **settings: Any) -> Deliverer:
        return Deliverer(self.stores, self.channels, machine_clock=self.clock, **settings)
