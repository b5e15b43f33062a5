"""Taking a file in: kept inside the home folder, unpacked within limits, and recognised by its first bytes."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from siyu.storage import BadInput, Unavailable
from siyu.storage.space import Watched

Format = Literal["text", "excel", "parquet"]

READ_BYTES = 1 << 20
FILE_BYTES_MAX = 20 * 2**30
UNPACKED_BYTES_MAX = 20 * 2**30
EXCEL_UNPACKED_BYTES_MAX = 2 * 2**30
"""A sheet is held in memory as a whole; a million rows of forty columns unpack to about 1.5 GB."""
RATIO_MAX = 200
RATIO_FREE_BYTES = 64 * 2**20
"""Orders as text pack 5 to 30 times; beyond 200 times (and 64 MB) it is a bomb."""

_WORKBOOK_ENDINGS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
_DATA_ENDINGS = (".csv", ".tsv", ".txt", ".tab", *_WORKBOOK_ENDINGS, ".parquet")


@dataclass(frozen=True, slots=True)
class Kept:
    """A file inside the home folder: ``path`` of what is read, and what it was."""

    path: Path
    format: Format
    name: str
    bytes: int
    sha256: str


def keep(folder: Path, name: str, pieces: Iterable[bytes]) -> Kept:
    """Store a file's bytes as they arrive in ``folder`` (made here), unpack it if packed, and recognise it.

    Raises :class:`BadInput` for what is no table, :class:`Unavailable` where the disk is full.
    """
    digest = hashlib.sha256()
    size = 0
    space = Watched(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        original = folder / "original"
        with original.open("wb") as handle:
            for piece in pieces:
                size += len(piece)
                if size > FILE_BYTES_MAX:
                    raise _too_large(FILE_BYTES_MAX)
                space.wrote(len(piece))
                digest.update(piece)
                handle.write(piece)
            handle.flush()
            os.fsync(handle.fileno())
        if size == 0:
            raise BadInput("file_empty", f"文件“{name}”是空的。", f"The file “{name}” is empty.", field="file")
        path = _unpacked(original, name)
        return Kept(path, recognise(path, name), name, size, digest.hexdigest())
    except OSError as error:
        raise disk_trouble(error) from error


def pieces_of(path: Path) -> Iterator[bytes]:
    """A local file's bytes. Raises :class:`BadInput` where it can't be read."""
    try:
        with path.open("rb") as handle:
            while piece := handle.read(READ_BYTES):
                yield piece
    except OSError as error:
        raise BadInput(
            "file_unreadable",
            f"无法读取文件 {path}：{error.strerror}。",
            f"Can't read {path}: {error.strerror}.",
            field="file",
        ) from error


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    for piece in pieces_of(path):
        digest.update(piece)
    return digest.hexdigest()


def disk_trouble(error: OSError) -> Unavailable:
    return Unavailable(
        "disk_trouble",
        f"无法写入磁盘：{error.strerror}。没有导入任何数据，请清理空间后再试。",
        f"Can't write to the disk: {error.strerror}. Nothing was imported; free some space and try again.",
    )


def recognise(path: Path, name: str) -> Format:
    """What kind of table a file is, by its content: its name may lie."""
    with path.open("rb") as handle:
        head = handle.read(4_096)
    if head[:4] == b"PAR1":
        return "parquet"
    if head[:4] == b"PK\x03\x04" or head[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        if head[:2] == b"PK":
            _check_spreadsheet(path, name)
        return "excel"
    if head.lstrip()[:5].lower() in {b"<html", b"<!doc", b"<tabl"}:
        raise BadInput(
            "file_is_html",
            f"“{name}”其实是网页，不是表格。请用 Excel 打开后另存为 .xlsx 再导入。",
            f"“{name}” is a web page under another name. Open it in Excel, save it as .xlsx and import that.",
            field="file",
        )
    if head[:4] in {b"%PDF", b"\x89PNG"} or head[:3] == b"\xff\xd8\xff" or _binary(head):
        raise BadInput(
            "file_not_a_table",
            f"“{name}”不是 CSV、Excel 或 Parquet 表格，请换成从店铺后台导出的表格文件。",
            f"“{name}” is not a CSV, Excel or Parquet table; choose the file that your shop's back office exported.",
            field="file",
        )
    return "text"


def named_as_workbook(name: str) -> bool:
    return name.lower().endswith(_WORKBOOK_ENDINGS)


def no_workbook(name: str) -> BadInput:
    """What to say of a file that is a workbook by name alone, and no table either."""
    return BadInput(
        "file_no_workbook",
        f"“{name}”不是 Excel 工作簿：里面只有文字，也没有数据行。请用 Excel 打开原来的表格，另存为 .xlsx 再导入；"
        "或从店铺后台重新导出。",
        f"“{name}” is no Excel workbook: it holds text only, and no rows of data. Open the original table in Excel, "
        "save it as .xlsx and import that; or export it again from your shop's back office.",
        field="file",
    )


def _binary(head: bytes) -> bool:
    """Control characters that no text in any encoding has (NULs belong to UTF-16)."""
    odd = sum(head.count(bytes([code])) for code in (1, 2, 3, 4, 5, 6, 7, 8, 14, 15, 16, 17, 18, 19, 20))
    return odd > len(head) // 50


# ---------------------------------------------------------------------------------------------------------- unpacking


def _unpacked(original: Path, name: str) -> Path:
    with original.open("rb") as handle:
        head = handle.read(4)
    target = original.with_name("unpacked")
    try:
        if head[:2] == b"\x1f\x8b":
            with gzip.open(original, "rb") as packed:
                _pour(packed, target, original.stat().st_size)
            return target
        if head[:4] in {b"PK\x03\x04", b"PK\x05\x06"}:
            with zipfile.ZipFile(original) as archive:
                member = _only_table(archive, name)
                if member is None:
                    return original
                with archive.open(member) as packed:
                    _pour(packed, target, max(1, member.compress_size))
            return target
    except (zipfile.BadZipFile, gzip.BadGzipFile, EOFError, zlib.error, RuntimeError, NotImplementedError) as error:
        raise _damaged(name) from error
    return original


def _only_table(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo | None:
    """The one table in an archive; None where the archive is itself a spreadsheet."""
    members = [each for each in archive.infolist() if not each.is_dir()]
    names = {each.filename for each in members}
    if "[Content_Types].xml" in names or "content.xml" in names:
        return None
    tables = [
        each
        for each in members
        if each.filename.lower().endswith(_DATA_ENDINGS) and not each.filename.startswith("__MACOSX")
    ]
    if len(tables) != 1:
        raise BadInput(
            "zip_not_one_table",
            f"压缩包“{name}”里有 {len(tables)} 个表格，请解压后逐个导入。",
            f"The archive “{name}” holds {len(tables)} tables; unpack it and import them one by one.",
            field="file",
        )
    if tables[0].flag_bits & 1:
        raise BadInput(
            "zip_locked",
            f"压缩包“{name}”有密码，请解压后再导入。",
            f"The archive “{name}” has a password; unpack it and import the file inside.",
            field="file",
        )
    return tables[0]


def _pour(packed: IO[bytes] | gzip.GzipFile, target: Path, packed_bytes: int) -> None:
    """Unpack while counting: what an archive says of itself is not believed."""
    size = 0
    space = Watched(target.parent, packed_bytes)
    with target.open("wb") as handle:
        while piece := packed.read(READ_BYTES):
            size += len(piece)
            if size > UNPACKED_BYTES_MAX:
                raise _too_large(UNPACKED_BYTES_MAX)
            if size > RATIO_FREE_BYTES and size > packed_bytes * RATIO_MAX:
                raise _bomb()
            space.wrote(len(piece))
            handle.write(piece)


def _check_spreadsheet(path: Path, name: str) -> None:
    """Unpack every part into nothing, counting, before a reader is let loose on it."""
    size = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                with archive.open(member) as packed:
                    while piece := packed.read(READ_BYTES):
                        size += len(piece)
                        if size > EXCEL_UNPACKED_BYTES_MAX:
                            raise _too_large(EXCEL_UNPACKED_BYTES_MAX)
                        if size > RATIO_FREE_BYTES and size > path.stat().st_size * RATIO_MAX:
                            raise _bomb()
    except (zipfile.BadZipFile, EOFError, zlib.error, RuntimeError, NotImplementedError) as error:
        raise _damaged(name) from error


def _damaged(name: str) -> BadInput:
    return BadInput(
        "file_damaged",
        f"文件“{name}”已损坏或有密码，无法打开。请重新导出后再试。",
        f"The file “{name}” is damaged or has a password. Export it again.",
        field="file",
    )


def _bomb() -> BadInput:
    return BadInput(
        "zip_bomb",
        f"压缩文件解开后超过原大小的 {RATIO_MAX} 倍，已停止处理。",
        f"The packed file unpacks to more than {RATIO_MAX} times its size; it was stopped.",
        field="file",
    )


def _too_large(limit: int) -> BadInput:
    return BadInput(
        "file_too_large",
        f"文件超过 {limit >> 30} GB，请拆分后导入。",
        f"The file is larger than {limit >> 30} GB; split it.",
        field="file",
    )


def forget(folder: Path) -> None:
    """Remove an import's files. What is not there is no error."""
    shutil.rmtree(folder, ignore_errors=True)
