"""People → Export: what was exported and its files; a new export, with the sentence of what it will hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

from litestar.response import File

from siyu.audiences import queries as audiences
from siyu.audiences.queries import Audience
from siyu.jobs import queue
from siyu.jobs.model import JobStatus
from siyu.people.exporting.columns import COLUMNS
from siyu.people.exporting.keeping import FILE_DAYS
from siyu.people.exporting.running import (
    ADVERTISING,
    ENDINGS,
    EXCEL_ROWS_MAX,
    EXPORTS_FOLDER,
    FORMATS,
    LIST,
    PURPOSES,
    ask_export,
    count_everybody,
    exports,
)
from siyu.people.queries import Search, count_people
from siyu.staff.model import Actor
from siyu.storage import Conflict, Stores
from siyu.web import menu, verbs
from siyu.web.api.exports import check_purpose, handed_over, may_fetch, status_of
from siyu.web.console.people import found_by, search_of
from siyu.web.current import current, may, note, t
from siyu.web.forms import Form
from siyu.web.listing import Column, Listing
from siyu.web.paging import Id, whole
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("people", "/exports", "导出", "Export", permission="export", order=85)
verbs.action("people_exported", "导出客户", "People exported")
verbs.action("export_fetched", "下载导出的文件", "Export fetched")
verbs.action("export_cancelled", "取消导出", "Export cancelled")
verbs.subject("export", "导出", "Export", "/exports")

LISTED = (
    Column("what", "内容", "What"),
    Column("format", "格式", "Format", narrow=False),
    Column("state", "状态", "State"),
    Column("rows", "行数", "Rows", numeric=True, narrow=False),
    Column("by", "操作人", "By", narrow=False),
    Column("created", "时间", "When", narrow=False),
    Column("file", "文件", "File"),
)
FORMAT_WORDS: Mapping[str, str] = {"csv": "CSV", "excel": "Excel", "parquet": "Parquet"}
FIRST_COLUMNS = ("person", "name", "phone", "sex", "province", "city", "origin_source", "created")
LISTED_MAX = 2_000
"""Exports that the list looks through; those before them are past their days anyway."""
FOUND = "found"
FOUND_CHARACTERS_MAX = 2_000


@page("/exports", "export")
def all_exports(view: View, stores: Stores, actor: Actor) -> Html:
    """Every export, newest first, with how far it is and its file."""
    listing = Listing.read("exports", LISTED, views=False)
    words = listing.words.lower()
    listing = listing.paged([each for each in exports(stores, rows_max=LISTED_MAX) if words in what_of(each).lower()])
    found: Sequence[JobStatus] = listing.rows
    return view.render(
        "exports/all.html",
        fragment="list",
        listing=listing,
        what_of=what_of,
        formats=FORMAT_WORDS,
        gone={each.id for each in found if _gone(stores, each)},
        fetchable={each.id for each in found if may_fetch(actor, each)},
        days=FILE_DAYS,
    )


def what_of(status: JobStatus) -> str:
    """What an export holds, in a few words."""
    asked = status.arguments
    name = asked.get("audience_name") or (asked.get("audience") and f"#{asked['audience']}")
    who = t(f"人群“{name}”", f"Audience “{name}”") if name else t("全部客户", "Everybody")
    if asked.get("search") is not None:
        who = t("筛选出的客户", "Those found in the list of people")
    return who + t(" · 投放哈希", " · hashed for advertising") if asked.get("purpose") == ADVERTISING else who


def _gone(stores: Stores, status: JobStatus) -> bool:
    name = str((status.result or {}).get("file", "-"))
    return status.state == "done" and not (stores.home / EXPORTS_FOLDER / str(status.id) / name).is_file()


@page("/exports/new", "export")
def new_export(view: View, stores: Stores, audience: str = "") -> Html:
    """For everybody, an audience, or those whom the list of people showed: its address is carried on in this one's."""
    found = "" if audience else found_by()
    who = FOUND if found else audience
    form = Form.showing(audience=who, found=found, purpose=LIST, format="excel", columns=FIRST_COLUMNS)
    return _new(view, stores, form)


def _new(view: View, stores: Stores, form: Form) -> Html:
    draw = view.render if form.ok else view.invalid
    return draw(
        "exports/new.html",
        form=form,
        audience_choices=_choices(stores, form),
        columns=[(column.name, t(column.zh, column.en)) for column in COLUMNS.values()],
        formats=[(name, f"{FORMAT_WORDS[name]}（.{ENDINGS[name]}）") for name in ("excel", "csv", "parquet")],
        sentence=sentence_of(stores, form),
        days=FILE_DAYS,
    )


def _choices(stores: Stores, form: Form) -> list[tuple[str, str]]:
    """Who can be exported."""
    choices = [("", t("全部客户", "Everybody")), *((str(each.id), each.name) for each in _audiences(stores))]
    if form.get("found"):
        choices.insert(0, (FOUND, t("客户列表里筛选出的人", "Those whom the list of people shows")))
    return choices


def _search(stores: Stores, form: Form) -> Search | None:
    """What the list of people was asked for; None where the form means an audience or everybody."""
    if form.get("audience") != FOUND:
        return None
    query = {name: values[-1] for name, values in parse_qs(form.get("found")[:FOUND_CHARACTERS_MAX]).items()}
    return search_of(stores, query.get("q", ""), query)


def _audiences(stores: Stores) -> list[Audience]:
    return audiences.all_audiences(stores) if may("audience.read") else []


@page("/exports/sentence", "export")
def sentence(view: View, stores: Stores) -> Html:
    """What the form as it is now would make, for the line above its button."""
    form = Form(parse_qs(current().query, keep_blank_values=True))
    return view.render("exports/sentence.html", sentence=sentence_of(stores, form))


def sentence_of(stores: Stores, form: Form) -> str:
    """“将导出人群“新客”的 1,234 人，8 列，Excel；手机号与邮箱打码。”"""
    who, people = _meant(stores, form)
    if form.get("purpose") == ADVERTISING:
        return t(
            f"将导出{who}的 {people:,} 人中同意“向广告平台提供联系方式”且留有手机号或邮箱的人，每人只有这两项的 "
            f"SHA-256，没有其他信息。没有同意的人不会在文件里，完成后会告诉您有多少。",
            f"Will export, of the {people:,} people of {who}, those who agreed to sharing with advertising platforms "
            f"and have a phone or e-mail: the SHA-256 of these two and nothing else. How many did not agree is shown "
            f"after.",
        )
    if form.get("format") == "excel" and people > EXCEL_ROWS_MAX:
        return t(
            f"{people:,} 人超过了 Excel 的行数上限，请改用 CSV。",
            f"{people:,} people are more than Excel holds; take CSV.",
        )
    columns = [name for name in form.all("columns") if name in COLUMNS]
    if not columns:
        return t("请至少选择一列。", "Choose at least one column.")
    said = FORMAT_WORDS.get(form.get("format"), "CSV")
    zh, en = f"将导出{who}的 {people:,} 人，{len(columns)} 列，{said}", f"Will export {people:,} people of {who}: "
    en += f"{len(columns)} columns, {said}"
    if "phone" in columns or "email" in columns:
        whole = _whole(form)
        zh += "；手机号与邮箱不打码" if whole else "；手机号与邮箱打码"
        en += "; phones and e-mails " + ("whole" if whole else "masked")
    return t(f"{zh}。", f"{en}.")


def _meant(stores: Stores, form: Form) -> tuple[str, int]:
    search = _search(stores, form)
    if search is not None:
        return t("筛选出的客户", "those found"), count_people(stores, search)
    chosen = whole(form.get("audience"))
    if chosen is None or not may("audience.read"):
        return t("全部客户", "everybody"), count_everybody(stores)
    found = audiences.get(stores, chosen)
    name = t(f"人群“{found.name}”", f"the audience “{found.name}”")
    return name, audiences.count(stores, audiences.rule_for_members(found))


def _whole(form: Form) -> bool:
    return form.flag("whole") and may("people.phone")


@submit("/exports", "export", audits="people_exported")
def add_export(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    audience = form.choice("audience", [value for value, _ in _choices(stores, form)], default="")
    search = _search(stores, form)
    purpose = form.choice("purpose", PURPOSES, default=LIST)
    check_purpose(actor, purpose)
    format = form.choice("format", FORMATS, default="excel")
    columns = form.choices("columns", list(COLUMNS)) if purpose == LIST else list(COLUMNS)
    with form.errors_kept():
        if form.ok:
            number = ask_export(
                stores,
                actor.tag,
                columns=columns,
                format=format,
                purpose=purpose,
                audience=whole(audience),
                search=search,
                masked=not _whole(form),
            )
            note(f"export:{number}", purpose=purpose, audience=audience or None, columns=columns, whole=_whole(form))
            return view.redirect("/exports", toast=("已开始导出，完成后可下载", "Exporting; the file comes here"))
    return _new(view, stores, form)


@page("/exports/{number:int}/state", "export")
def state(view: View, stores: Stores, number: Id) -> Html:
    """The progress of one export; once it has ended, a word to the list that polls it."""
    status = status_of(stores, number)
    if status.unfinished:
        return view.render("exports/state.html", job=status)
    good = status.state == "done"
    return view.done(toast=("导出完成", "Exported") if good else ("导出没有完成", "Not exported"), back="/exports")


@submit("/exports/{number:int}/cancel", "export", audits="export_cancelled", about="export:{number}")
def cancel(view: View, stores: Stores, number: Id) -> Html:
    status_of(stores, number)
    with stores.ledger.write() as conn:
        if not queue.cancel(conn, number, stores.clock.now()):
            raise Conflict("job_ended", "导出已经结束。", "The export has ended already.")
    return view.done(toast=("已请求取消", "Asked to cancel"), back="/exports")


@page("/exports/{number:int}/file", "export")
def fetch(stores: Stores, actor: Actor, number: Id) -> File:
    return handed_over(stores, actor, number)


ROUTES = [all_exports, new_export, sentence, add_export, state, cancel, fetch]
