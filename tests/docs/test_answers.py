"""Every published example is run, and what it answers fits its published schema."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from openpyxl import Workbook

from siyu.app import load_rooms
from siyu.audiences import actions as audiences
from siyu.audiences.model import parse
from siyu.audiences.schema import EXAMPLES
from siyu.cli import run_command
from siyu.cli.answers import ANSWERS, SCHEMAS
from siyu.cli.command import Command
from siyu.cli.table import COMMANDS
from siyu.growth.codes import keeping
from siyu.growth.codes.keeping import CodeDraft, TargetDraft
from siyu.people import projection
from siyu.staff import actions as staff
from siyu.staff.model import SYSTEM
from siyu.storage import Stores
from tests.channels.receiver import Receiver, receiving
from tests.hooks.world import Shop
from tests.passwords import cheap_passwords

__all__ = ["cheap_passwords"]

PUBLISHED = Path(__file__).parents[2] / "docs" / "reference" / "schemas"
FAR_AWAY = "https://erp.example.com/siyu"
RUN_ELSEWHERE = {
    ("account", "sync"),
    ("account", "sync-status"),
    ("aside", "drop"),
    ("account", "backfill"),
    ("account", "health"),
    ("tag", "links"),
    ("tag", "link"),
    ("tag", "unlink"),
    ("tag", "choose"),
    ("audience", "from-report"),
    ("broadcast", "count"),
    ("broadcast", "cost"),
    ("broadcast", "effect"),
    ("quota", "members"),
    ("export", "person"),
    ("broadcast", "waiting"),
    ("broadcast", "remind"),
    ("media", "remove"),
    ("service", "show"),
    ("service", "answer"),
    ("service", "transfer"),
    ("backup",),
    ("restore",),
    ("wechat", "show"),
    ("wechat", "codes"),
    ("wechat", "code"),
    ("wechat", "read"),
    ("way", "show"),
    ("way", "add"),
    ("way", "change"),
    ("way", "again"),
    ("way", "remove"),
    ("way", "figures"),
    ("way", "audience"),
    ("link", "read"),
    ("link", "make"),
    ("link", "change"),
    ("link", "remove"),
    ("link", "people"),
    ("link", "statistic"),
    ("hand-over", "show"),
    ("hand-over", "start"),
    ("hand-over", "withdraw"),
    ("hand-over", "leavers"),
    ("work", "members"),
    ("work", "groups"),
    ("work", "days"),
    ("work", "read"),
    ("word-rule", "read"),
    ("word-rule", "make"),
    ("word-rule", "change"),
    ("word-rule", "remove"),
    *(
        ("campaign", word)
        for word in (
            "show",
            "add",
            "change",
            "start",
            "pause",
            "resume",
            "end",
            "figures",
            "compare",
            "layers",
            "efforts",
        )
    ),
    *(
        ("form", word)
        for word in ("show", "change", "use", "pause", "end", "texts", "slots", "add-slots", "slot", "figures")
    ),
    *(("lead", word) for word in ("show", "hand-over", "note", "drop", "drop-all", "cancel")),
    *(("purse", word) for word in ("total", "close", "reopen")),
    *(("points", word) for word in ("show", "post", "undo", "end")),
    ("coupons", "redeem"),
    ("coupons", "take-back"),
    ("reward", "show"),
    ("reward", "settle"),
    ("payout", "start"),
    ("payout", "stop"),
    *(("review", word) for word in ("show", "release", "drop")),
    *(("campaign", word) for word in ("limits", "set-limits")),
    ("referral", "person"),
    ("referral", "bring"),
    *(
        ("touchpoint", word)
        for word in ("show", "add", "change", "archive", "restore", "costs", "spend", "unspend", "figures")
    ),
    *(("path", word) for word in ("show", "add", "change", "remove", "figures")),
    *(("invite", word) for word in ("show", "add", "change", "start", "end", "people", "put", "remove", "links")),
    *(("poster", word) for word in ("show", "add", "change", "archive", "restore", "use", "make", "face")),
    ("moment", "show"),
    ("moment", "post"),
    ("moment", "cancel"),
    ("group-post", "show"),
    ("group-post", "count"),
    ("group-post", "post"),
    ("group-post", "cancel"),
    ("group-post", "remind"),
    ("group-welcome", "make"),
    ("group-welcome", "change"),
    ("group-welcome", "remove"),
}
"""They need a funnel somebody stopped in, a broadcast that was sent, a platform, a second home: see their rooms."""

EXAMPLES_OF_COMMANDS = [
    (command.words, example)
    for command in COMMANDS
    if isinstance(command, Command) and command.words not in RUN_ELSEWHERE
    for example in (command.examples or (" ".join(("siyu", *command.words)),))
]


def published(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(
        json.loads((PUBLISHED / f"{name}.json").read_text("utf-8")),
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as there:
        yield there


@pytest.fixture
def shop(stores: Stores) -> Iterator[Shop]:
    """A shop with the files and people that the examples name."""
    load_rooms()
    home = stores.home
    lines: dict[str, list[Any]] = {
        "CustomerID": ["17850", "17850", "12583"],
        "InvoiceNo": ["1", "2", "3"],
        "InvoiceDate": ["2025-01-02 10:00", "2025-02-03 11:00", "2025-01-05 12:00"],
        "StockCode": ["A", "B", "A"],
        "Quantity": [1, 2, 3],
        "UnitPrice": [2.5, 3.5, 2.5],
    }
    pyarrow.parquet.write_table(pa.table(lines), home / "retail.parquet")
    sheet = Workbook()
    page = sheet.active
    assert page is not None
    page.append(["订单号", "买家会员名", "付款时间", "商品编码", "数量", "单价"])
    page.append(["T-1", "王", "2025-01-02 10:00:00", "A", 1, 9.9])
    sheet.save(home / "订单.xlsx")
    (home / "visits.csv").write_text("user_id,event,time\nu-1,visited,2025-01-02 10:00\n", "utf-8")
    people = "".join(f"客户{number},138{number:08d}\n" for number in range(130))
    (home / "客户.csv").write_text("姓名,手机号\n" + people, "utf-8")
    (home / "goods.csv").write_text("商品编号,名称,价格\nA,杯子,2.5\nB,盘子,3.5\n", "utf-8")
    (home / "rule.json").write_text(json.dumps(EXAMPLES[0], ensure_ascii=False), "utf-8")
    (home / "cover.jpg").write_bytes(b"\xff\xd8\xff\xe0 a picture")
    (home / "secret.txt").write_text("client-secret\n", "utf-8")
    own = {"key": "mine", "zh": "我的", "layers": [{"key": "all", "zh": "全部", "rule": {"type": "all", "rules": []}}]}
    (home / "scheme.json").write_text(json.dumps(own, ensure_ascii=False), "utf-8")
    journey = (
        "name: 问候\ntrigger: {type: by_hand}\nstart: lot\nnodes:\n- {type: wait, id: wait, minutes: 60}\n"
        "- {type: split, id: lot, arms: [{share: 50, to: wait}, {share: 50, to: wait}]}\n"
    )
    (home / "journey.yaml").write_text(journey, "utf-8")
    for name in ("one", "two", "three"):
        audiences.create(stores, "staff:1", name, parse({"type": "did", "event": "order_paid"}))
    for login in ("anna", "ben", "chief"):
        values = {"login": login, "name": login, "password": "correct horse battery", "role": "adviser"}
        staff.create_member(stores, SYSTEM, **values)
    draft = CodeDraft("包裹卡", slug="parcel-card", owner=1, welcome="您好")
    code = keeping.add_code(stores, "staff:1", draft).id
    keeping.add_targets(stores, code, [TargetDraft(name=f"{n}", link="https://example.com") for n in range(8)])
    shop = Shop(stores)
    yield shop
    shop.caller.close()


def test_every_command_publishes_its_answer() -> None:
    plain = [command.words for command in COMMANDS if isinstance(command, Command)]
    assert sorted(plain) == sorted(ANSWERS)
    assert set(ANSWERS.values()) <= set(SCHEMAS)


def test_every_published_example_answers_as_its_schema_says(shop: Shop, receiver: Receiver) -> None:
    for words, example in EXAMPLES_OF_COMMANDS:
        if words == ("hook", "resend"):  # it names a delivery: let there be some
            for number in range(12):
                shop.happens("u-1", "Order Completed", order_id=f"O-{number}", total=9.5)
            shop.send()
        if words[0] in ("export", "audience"):
            projection.project_all(shop.stores)
        line = example.replace(FAR_AWAY, receiver.url)
        argv = shlex.split(line)[1:]
        told = _run(shop.stores, argv)
        name = ANSWERS[words]
        if words == ("report",) and argv[1] != "list":
            name = f"report-{argv[1]}"
        problems = [error.message for error in published(name).iter_errors(told)]
        assert problems == [], (line, problems)
    assert receiver.calls


def _run(stores: Stores, argv: list[str]) -> Any:
    argv = argv if "--json" in argv else [*argv, "--json"]
    status, out, err = run_command(stores, ["--folder", str(stores.home), *argv])
    assert status == 0, (argv, out, err)
    return json.loads(out)


@pytest.mark.parametrize("number", range(len(EXAMPLES)), ids=lambda number: f"{number}-{EXAMPLES[number]['type']}")
def test_every_rule_of_the_reference_is_counted_and_explained(shop: Shop, number: int) -> None:
    rule = EXAMPLES[number]
    published("rule").validate(rule)
    shop.happens("u-1", "Order Completed", order_id="O-1", total=9.5)
    projection.project_all(shop.stores)
    (shop.stores.home / "rule.json").write_text(json.dumps(rule, ensure_ascii=False), "utf-8")
    counted = _run(shop.stores, ["audience", "count", "rule.json"])
    published("audience-count").validate(counted)
    published("rule").validate(counted["rule"])
    published("audience-explain").validate(_run(shop.stores, ["audience", "explain", "rule.json", "user_id=u-1"]))


@pytest.mark.parametrize("report", ["core", "retention", "funnel", "rfm"])
def test_every_report_answers_as_its_schema_says(shop: Shop, report: str) -> None:
    shop.happens("u-1", "page_viewed", "Order Completed", order_id="O-1", total=9.5)
    published(f"report-{report}").validate(_run(shop.stores, ["report", report]))


@pytest.mark.parametrize(
    "argv",
    [
        ["audience", "count", "nowhere.json"],
        ["report", "nonsense"],
        ["settings", "set", "timezone", "Mars"],
        ["nonsense"],
    ],
    ids=lambda argv: " ".join(argv),
)
def test_a_fault_answers_as_the_schema_of_errors_says(stores: Stores, argv: list[str]) -> None:
    status, out, _ = run_command(stores, [*argv, "--json"])
    assert status == 2
    published("error").validate(json.loads(out))


def test_the_version_answers_as_its_schema_says(stores: Stores) -> None:
    published("version").validate(_run(stores, ["--version"]))
