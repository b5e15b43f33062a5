"""The command ``siyu export``: one call that makes a file of people and puts it where it is wanted."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from siyu.jobs import queue as jobs
from siyu.jobs.worker import run_now
from siyu.people.exporting.columns import COLUMNS
from siyu.people.exporting.running import ENDINGS, EXPORTS_FOLDER, LIST, ask_export, export_file
from siyu.people.queries import Search
from siyu.storage import BadInput, SiyuError, Stores

Watch = Callable[[int, int | None, str], None]
FORMAT_OF_ENDING = {ending: name for name, ending in ENDINGS.items()}


def export_to(
    stores: Stores,
    file: Path,
    *,
    by: str = "system",
    audience: int | None = None,
    search: Search | None = None,
    format: str | None = None,
    purpose: str = LIST,
    columns: Sequence[str] = (),
    masked: bool = False,
    alone: bool = False,
    watch: Watch | None = None,
) -> dict[str, Any]:
    """Export everybody, an audience or what a search finds to ``file``.

    ``{"file", "format", "purpose", "audience", "people", "rows", "without_consent", "bytes"}``: ``people`` were meant,
    ``rows`` written (a file for advertising leaves out those who did not agree to sharing, counted in
    ``without_consent``, and those who have no phone or e-mail).

    ``format`` is csv, xlsx or parquet; the file's ending says it where it is not given. Raises :class:`SiyuError`.
    """
    if not file.parent.is_dir():
        raise BadInput("no_folder", f"没有文件夹 {file.parent}。", f"There is no folder {file.parent}.", field="file")
    if alone:
        jobs.abandon_all(stores.ledger)
    number = ask_export(
        stores,
        by,
        columns=tuple(columns) or tuple(COLUMNS),
        format=_format(file, format),
        purpose=purpose,
        audience=audience,
        search=search,
        masked=masked,
    )
    ended = run_now(stores, number, watch)
    if ended.state != "done":
        told = ended.error or {}
        zh = told.get("zh", "导出没有完成，稍后会自动重试。")
        raise SiyuError(
            told.get("code", "export_unfinished"), zh, told.get("en", "The export did not finish; it is tried again.")
        )
    _move(export_file(stores, number), file)
    shutil.rmtree(stores.home / EXPORTS_FOLDER / str(number))
    asked, result = ended.arguments, ended.result or {}
    return {
        "file": str(file),
        "format": ENDINGS[asked["format"]],
        "purpose": asked["purpose"],
        "audience": asked["audience"],
        "people": result["people"],
        "rows": result["rows"],
        "without_consent": result["without_consent"],
        "bytes": result["bytes"],
    }


def _format(file: Path, given: str | None) -> str:
    word = given or file.suffix.lower().removeprefix(".")
    if word not in FORMAT_OF_ENDING:
        raise BadInput(
            "bad_export",
            f"请用 --format 指明格式：{'、'.join(FORMAT_OF_ENDING)}；“{file.name}”的后缀看不出来。",
            f"Name the format with --format: {', '.join(FORMAT_OF_ENDING)}; “{file.name}” does not say it.",
            field="format",
        )
    return FORMAT_OF_ENDING[word]


def _move(made: Path, file: Path) -> None:
    try:
        shutil.copyfile(made, file)
        file.chmod(0o600)
    except OSError as error:
        raise BadInput(
            "file_not_writable",
            f"无法写入 {file}：{error.strerror}。",
            f"{file} can't be written: {error.strerror}.",
            field="file",
        ) from error
