"""People → Import: upload, the columns as guessed, what will happen, progress, the report, and all imports so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from litestar import Request
from litestar.response import File

from siyu.jobs import queue
from siyu.people.consents import CHANNELS
from siyu.people.importing import records
from siyu.people.importing.command import STAGES
from siyu.people.importing.fields import FIELDS, KINDS, fields_of
from siyu.people.importing.records import EDITABLE, Import
from siyu.staff.model import Actor
from siyu.storage import BadInput, SiyuError, Stores
from siyu.web import menu
from siyu.web.api.imports import as_seen, rejects_file, taken_in
from siyu.web.current import in_words, t
from siyu.web.forms import Form
from siyu.web.listing import Column, Listing
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("people", "/imports", "导入", "Import", permission="import", order=80)

COLUMNS = (
    Column("file", "文件", "File"),
    Column("kind", "内容", "Holds", narrow=False),
    Column("state", "状态", "State"),
    Column("stored", "导入", "Stored", numeric=True),
    Column("refused", "拒绝", "Refused", numeric=True, narrow=False),
    Column("created", "时间", "When", narrow=False),
)
ROWS_MAX = 2_000
KIND_WORDS: Mapping[str, tuple[str, str]] = {
    "orders": ("订单", "Orders"),
    "people": ("客户", "People"),
    "events": ("事件", "Events"),
}
STATE_WORDS: Mapping[str, tuple[str, str, str]] = {
    "ready": ("待核对", "To be checked", "warn"),
    "checking": ("核对中", "Being checked", "info"),
    "checked": ("待导入", "Ready to import", "warn"),
    "running": ("导入中", "Importing", "info"),
    "done": ("已完成", "Done", "good"),
    "failed": ("失败", "Failed", "bad"),
    "cancelled": ("已取消", "Cancelled", "plain"),
}


def _words() -> dict[str, Any]:
    return {
        "kinds": in_words(KIND_WORDS),
        "states": {name: (t(zh, en), kind) for name, (zh, en, kind) in STATE_WORDS.items()},
    }


@page("/imports", "import")
def imports(view: View, stores: Stores) -> Html:
    return _all(view, stores, Form.showing(kind="orders"))


def _all(view: View, stores: Stores, form: Form) -> Html:
    listing = Listing.read("imports", COLUMNS, filters=("state",), views=False)
    found = records.history(stores, rows_max=ROWS_MAX)
    found = [each for each in found if listing.words.lower() in each.file_name.lower()]
    if listing.filters["state"]:
        found = [each for each in found if each.state == listing.filters["state"]]
    draw = view.render if form.ok else view.invalid
    return draw(
        "imports/all.html",
        **({"fragment": "list"} if form.ok else {}),
        listing=listing.paged(found),
        form=form,
        **_words(),
    )


@submit("/imports", "import", audits="import_received", request_max_body_size=None)
async def upload(request: Request[Any, Any, Any], view: View, stores: Stores, actor: Actor) -> Html:
    try:
        number = await taken_in(request, stores, actor, "orders")
    except SiyuError as error:
        form = Form.showing(kind="orders")
        form.fail(error)
        return _all(view, stores, form)
    return view.redirect(f"/imports/{number}")


@page("/imports/{number:int}", "import")
def one(view: View, stores: Stores, number: Id, edit: str = "") -> Html:
    found = records.get(stores, number)
    if found.state in EDITABLE and (found.state != "checked" or edit):
        return _plan_page(view, stores, found, _plan_form(found))
    templates = {"checking": "working", "running": "working", "checked": "checked", "done": "done"}
    return view.render(f"imports/{templates[found.state]}.html", **_context(stores, found))


def _context(stores: Stores, found: Import) -> dict[str, Any]:
    job = None if found.job is None else queue.status(stores, found.job)
    stage = STAGES.get(job.stage if job else "", ("准备中", "Getting ready"))
    return {
        "found": as_seen(found),
        "job": job,
        "stage": t(*stage),
        "report": _with_money(as_seen(found).report),
        **_words(),
    }


def moment_of(text: str | None) -> datetime | None:
    """A moment of a report, which tells it as text."""
    return None if not text else datetime.fromisoformat(text)


def _with_money(report: Mapping[str, Any]) -> dict[str, Any]:
    """The report with its amounts as decimals and its first and last moments: pages write them their own way."""
    shown = dict(report)
    for part in ("check", "result"):
        if part in shown:
            days = {name: moment_of(shown[part].get(name)) for name in ("first", "last")}
            shown[part] = {**shown[part], **days}
        if "amounts" in shown.get(part, {}):
            amounts = {name: Decimal(text) for name, text in shown[part]["amounts"].items()}
            shown[part] = {**shown[part], "amounts": amounts}
    return shown


@page("/imports/{number:int}/work", "import")
def work(view: View, stores: Stores, number: Id) -> Html:
    """The progress alone, for the page that polls it; the whole page once there is something else to see."""
    found = records.get(stores, number)
    if found.state not in ("checking", "running"):
        return view.redirect(f"/imports/{number}")
    context = _context(stores, found)
    job = context["job"]
    if job is not None and not job.unfinished:  # the job gave up: its words are shown, and the plan again
        with stores.ledger.write() as conn:
            records.update(conn, number, state="failed", report={**found.report, "error": dict(job.error or {})})
        return view.redirect(f"/imports/{number}")
    return view.render("imports/progress.html", **context)


def _plan_page(view: View, stores: Stores, found: Import, form: Form) -> Html:
    options = [(each.name, t(each.zh, each.en)) for each in fields_of(found.kind)]
    draw = view.render if form.ok else view.invalid
    return draw(
        "imports/plan.html",
        form=form,
        options=options,
        consents=[(f"consent.{name}", t(zh, en)) for name, (zh, en) in CHANNELS.items()]
        if found.kind == "people"
        else [],
        hints={name: t(each.hint_zh, each.hint_en) for name, each in FIELDS.items() if each.hint_zh},
        **_context(stores, found),
    )


def _plan_form(found: Import) -> Form:
    plan = found.plan
    values: dict[str, object] = {
        "source": plan.source,
        "timezone": plan.timezone,
        "returns": plan.returns,
        "event_name": plan.event_name,
        "evidence": plan.evidence,
        "notice": plan.notice,
    }
    for flag in ("free_lines", "day_first"):
        if getattr(plan, flag):
            values[flag] = "1"
    by_column = {column: field for field, column in plan.mapping.items()}
    for place, column in enumerate(found.report.get("columns", [])):
        field = by_column.get(column["name"], "")
        values[f"c{place}"] = "keep" if field.startswith(("property.", "attribute.")) else field
    return Form.showing(**values)


def _mapping(found: Import, form: Form) -> dict[str, str]:
    """Field → column of the form; two columns that say the same are an error at the second."""
    mapping: dict[str, str] = {}
    free = "attribute." if found.kind == "people" else "property."
    for place, column in enumerate(found.report.get("columns", [])):
        name = str(column["name"])
        field = form.get(f"c{place}")
        if field == "keep":
            mapping[free + name] = name
        elif field in mapping:
            form.fail(
                BadInput(
                    "field_twice",
                    f"“{mapping[field]}”也选了它。",
                    f"“{mapping[field]}” is this already.",
                    field=f"c{place}",
                )
            )
        elif field:
            mapping[field] = name
    return mapping


@submit("/imports/{number:int}/check", "import", audits="import_checked", about="import:{number}")
def check(view: View, stores: Stores, form: Form, number: Id) -> Html:
    found = records.get(stores, number)
    with form.errors_kept():
        plan = replace(
            found.plan,
            mapping=_mapping(found, form),
            source=form.text("source", required=True, characters_max=64),
            timezone=form.text("timezone", required=True, characters_max=64),
            returns=form.get("returns", found.plan.returns),
            free_lines=form.flag("free_lines"),
            day_first=form.flag("day_first"),
            event_name=form.text("event_name", characters_max=100),
            evidence=form.text("evidence"),
            notice=form.text("notice"),
        )
        if form.ok:
            records.revise_plan(stores, number, plan)
            records.start_check(stores, number)
            return view.redirect(f"/imports/{number}")
    return _plan_page(view, stores, found, _at_the_top(form))


def _at_the_top(form: Form) -> Form:
    """Errors of fields that the page does not show one by one stand above the form."""
    for name in [name for name in form.errors if name.startswith("mapping") or name == "file"]:
        form.general.append(form.errors.pop(name))
    return form


@submit("/imports/{number:int}/start", "import", audits="import_started", about="import:{number}")
def start(view: View, stores: Stores, number: Id) -> Html:
    records.start(stores, number)
    return view.redirect(f"/imports/{number}")


@submit("/imports/{number:int}/cancel", "import", audits="import_cancelled", about="import:{number}")
def cancel(view: View, stores: Stores, number: Id) -> Html:
    records.cancel(stores, number)
    return view.redirect(f"/imports/{number}", toast=("已请求取消", "Asked to cancel"))


@submit("/imports/{number:int}/discard", "import", audits="import_discarded", about="import:{number}")
def discard(view: View, stores: Stores, number: Id) -> Html:
    records.discard(stores, number)
    return view.redirect("/imports", toast=("已删除", "Removed"))


@page("/imports/{number:int}/rejects.csv", "import")
def rejects(stores: Stores, number: Id) -> File:
    return rejects_file(stores, number)


assert set(KIND_WORDS) == set(KINDS)

ROUTES = [imports, upload, one, work, check, start, cancel, discard, rejects]
