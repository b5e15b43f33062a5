"""The command ``siyu import``: one call that takes a file, imports it and answers with the report."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from siyu.jobs import queue as jobs
from siyu.jobs.worker import run_now
from siyu.people.importing import records
from siyu.people.importing import running as _handlers  # registers the jobs
from siyu.people.importing.files import pieces_of, sha256_of
from siyu.people.importing.records import Import
from siyu.storage import BadInput, SiyuError, Stores, Unavailable

Watch = Callable[[int, int | None, str], None]
"""Hears of progress: units done, units in all (None: not known), stage (reading, people, storing)."""

STAGES: Mapping[str, tuple[str, str]] = {
    "reading": ("读取文件", "reading the file"),
    "summing": ("汇总", "summing up"),
    "people": ("识别客户", "finding the people"),
    "storing": ("写入事件", "storing the events"),
}


def import_file(
    stores: Stores,
    kind: str,
    file: Path,
    *,
    by: str = "system",
    mapping: Mapping[str, str] | None = None,
    timezone: str | None = None,
    source: str | None = None,
    settings: Mapping[str, Any] | None = None,
    rejects: Path | None = None,
    alone: bool = False,
    watch: Watch | None = None,
) -> dict[str, Any]:
    """Import a file from beginning to end; the report (schema: ``docs/reference/schemas/import.json``).

    ``mapping`` (field → column) and ``settings`` (members of ``model.Plan``) are taken as given, the rest is guessed.
    ``rejects``: where a copy of the refused rows goes. ``alone``: no other thread or process runs jobs here, so
    what a killed one left behind is taken up at once. The same file with the same settings goes on where an
    earlier import of it was cut off. Raises :class:`SiyuError`.
    """
    if not file.is_file():
        raise BadInput("file_not_found", f"没有文件 {file}。", f"There is no file {file}.", field="file")
    if alone:
        jobs.abandon_all(stores.ledger)
    number = _receive(stores, kind, file, by, mapping, timezone, source, settings)
    job = records.start(stores, number)
    ended = run_now(stores, job, watch)
    result = _result(stores, number, ended.error)
    found = records.get(stores, number)
    if rejects is not None and found.rejects_path is not None:
        _copy(found.rejects_path, rejects)
        result["rejects"] = str(rejects)
    return result


def _receive(
    stores: Stores,
    kind: str,
    file: Path,
    by: str,
    mapping: Mapping[str, str] | None,
    timezone: str | None,
    source: str | None,
    settings: Mapping[str, Any] | None,
) -> int:
    """A new import, or the one of the same file and settings that was cut off."""
    cut_off = {each.id for each in records.unfinished_twins(stores, kind, sha256_of(file))}
    number = records.receive(
        stores,
        by,
        kind,
        file.name,
        pieces_of(file),
        source=source,
        timezone=timezone,
        mapping=mapping,
        settings=settings,
    )
    plan = records.get(stores, number).plan.as_json()
    for other in sorted(cut_off):
        if records.get(stores, other).plan.as_json() == plan:
            records.discard(stores, number)
            return other
    return number


def _result(stores: Stores, number: int, error: Mapping[str, str] | None) -> dict[str, Any]:
    found: Import = records.get(stores, number)
    if found.state == "done":
        return dict(found.report["result"])
    told = found.report.get("error") or error or {}
    if found.state == "cancelled":
        raise SiyuError("import_cancelled", "导入已取消。", "The import was cancelled.")
    zh = told.get("zh", "导入没有完成，稍后会自动重试。")
    en = told.get("en", "The import did not finish; it will be tried again.")
    kind = BadInput if found.state == "failed" else Unavailable
    raise kind(told.get("code", "import_unfinished"), zh, en)


def _copy(path: Path, target: Path) -> None:
    try:
        shutil.copyfile(path, target)
    except OSError as error:
        raise BadInput(
            "rejects_not_writable",
            f"导入已完成，但无法写入 {target}：{error.strerror}。拒绝的行保存在 {path}。",
            f"The import is done, but {target} can't be written: {error.strerror}. The refused rows are in {path}.",
            field="rejects",
        ) from error


__all__ = ["STAGES", "Watch", "_handlers", "import_file"]
