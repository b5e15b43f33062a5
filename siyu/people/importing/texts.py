"""Text tables: any encoding, any delimiter, quotes as people write them."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pacsv

from siyu.people.importing.model import CELL_CHARACTERS_MAX
from siyu.people.importing.reading import Broken, Chunk, named, no_rows, number_of_rows, without_blank_rows
from siyu.storage import BadInput

BLOCK_BYTES = 8 << 20
RECORD_BYTES_MAX = 64 << 20
SAMPLE_BYTES = 4 << 20
HEAD_BYTES = 256 << 10
UNREADABLE = "\ufffd".encode()
BLANKS = "blanks"
"""The delimiter of columns parted by any run of blanks."""

DELIMITERS = ",\t;|\x01"
ENCODINGS = ("utf-8", "gb18030", "big5", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "cp1252", "shift_jis")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_VALUE_LIKE = re.compile(r"[-+]?[¥￥$]?\d[\d,]*(\.\d+)?%?|\d{4}[-/.年]\d{1,2}.*")


class TextTable:
    """A delimited text file. What is not given is found out. Raises :class:`BadInput`."""

    def __init__(
        self,
        path: Path,
        *,
        encoding: str | None = None,
        delimiter: str | None = None,
        header: bool | None = None,
        block_bytes: int = BLOCK_BYTES,
    ) -> None:
        self._path = path
        self._block_bytes = block_bytes
        self.size = path.stat().st_size
        with path.open("rb") as handle:
            sample = handle.read(SAMPLE_BYTES)
        self._mark = next((mark for mark, _ in _MARKS if sample.startswith(mark)), b"")
        self.encoding = _known(encoding) if encoding else guess_encoding(sample)
        self._old_breaks = self.encoding not in _WIDE and b"\n" not in sample and b"\r" in sample
        head = _head(sample[len(self._mark) :], self.encoding)
        if not head.strip():
            raise no_rows()
        self.delimiter = _spelled_delimiter(delimiter) if delimiter else guess_delimiter(head)
        first = next((row for row in _records(head, self.delimiter) if any(cell.strip() for cell in row)), [])
        self.header = has_header(first) if header is None else header
        self.columns, self.repeated = named(first if self.header else [""] * len(first))

    def describe(self) -> dict[str, Any]:
        return {"encoding": self.encoding, "delimiter": self.delimiter, "header": self.header}

    def chunks(self) -> Iterator[Chunk]:
        """Rows in order; the bounds of chunks never change what is read."""
        row = 1
        seen_header = not self.header
        done = 0
        for block in self._blocks():
            done += len(block)
            chunk, records = self._parse(self._decoded(block), row, skip_header=not seen_header)
            row += records
            seen_header = seen_header or row > 1
            yield replace(chunk, done=min(done, self.size))

    # --- bytes

    def _blocks(self) -> Iterator[bytes]:
        """Whole records, in about ``block_bytes``, as bytes of the file's encoding (wide ones already as UTF-8)."""
        wide = codecs.getincrementaldecoder(self.encoding)("replace") if self.encoding in _WIDE else None
        rest = b""
        with self._path.open("rb") as handle:
            handle.seek(len(self._mark))
            while piece := handle.read(self._block_bytes):
                if wide is not None:
                    piece = wide.decode(piece).encode("utf-8", "replace")
                if self._old_breaks:
                    piece = piece.replace(b"\r", b"\n")
                rest += piece
                cut = record_boundary(rest, self._separator())
                if not cut and len(rest) > RECORD_BYTES_MAX:
                    cut = rest.rfind(b"\n") + 1 or len(rest)
                if cut:
                    yield rest[:cut]
                    rest = rest[cut:]
        if wide is not None:
            rest += wide.decode(b"", True).encode("utf-8", "replace")
        if rest:
            yield rest

    def _separator(self) -> bytes:
        return b" " if self.delimiter == BLANKS else self.delimiter.encode()

    def _decoded(self, block: bytes) -> bytes:
        """The block as UTF-8. Lines in another encoding than the file's are read in theirs; what no encoding can
        read becomes U+FFFD, for which the row is refused later."""
        if self.encoding in (*_WIDE, "utf-8"):
            try:
                block.decode()
                return block
            except UnicodeDecodeError:
                return b"\n".join(_line(line, "utf-8") for line in block.split(b"\n"))
        return b"\n".join(_line(line, self.encoding) for line in block.split(b"\n"))

    # --- records

    def _parse(self, block: bytes, first_row: int, *, skip_header: bool) -> tuple[Chunk, int]:
        """One block as a chunk, and how many records (header and blank ones included) it had."""
        if self.delimiter == BLANKS:
            block = b"\n".join(b"\t".join(line.split()) for line in block.split(b"\n"))
        refused: list[tuple[int, str]] = []

        def refuse(row: pacsv.InvalidRow) -> str:
            refused.append((row.number, row.text))
            return "skip"

        names = [f"c{place}" for place in range(len(self.columns))]
        table = pacsv.read_csv(
            pa.py_buffer(block),
            read_options=pacsv.ReadOptions(column_names=names, use_threads=False, block_size=max(len(block), 1) + 64),
            parse_options=pacsv.ParseOptions(
                delimiter="\t" if self.delimiter == BLANKS else self.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=refuse,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types={name: pa.string() for name in names}, strings_can_be_null=False
            ),
        )
        records = table.num_rows + len(refused)
        numbers = number_of_rows(first_row, records)
        if refused:
            kept = np.ones(records, dtype=bool)
            kept[[number - 1 for number, _ in refused]] = False
            numbers = numbers.filter(pl.Series(kept))
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        frame.columns = list(self.columns)
        numbers, frame = without_blank_rows(numbers, frame)
        if skip_header and frame.height:
            numbers, frame = numbers[1:], frame[1:]
        broken = [
            Broken(first_row + number - 1, "cells_wrong", text[:CELL_CHARACTERS_MAX])
            for number, text in refused
            if text.strip().strip(",;\t|")
        ]
        return Chunk(numbers, frame, broken, unreadable=UNREADABLE in block), records


def record_boundary(block: bytes, separator: bytes) -> int:
    """Where the last whole record ends (0: nowhere). A line break inside quotes ends nothing; a quote inside a
    word, as in ``12" ruler``, is no quote."""
    last = block.rfind(b"\n")
    if last < 0 or b'"' not in block:
        return last + 1
    data = np.frombuffer(block, dtype=np.uint8)
    quotes = np.flatnonzero(data == 0x22)
    edge = np.zeros(256, dtype=bool)
    edge[[0x22, 0x0A, 0x0D, *separator]] = True
    before = (quotes == 0) | edge[data[np.maximum(quotes - 1, 0)]]
    after = (quotes == len(data) - 1) | edge[data[np.minimum(quotes + 1, len(data) - 1)]]
    real = quotes[before | after]
    breaks = np.flatnonzero(data == 0x0A)
    outside = breaks[np.searchsorted(real, breaks) % 2 == 0]
    return int(outside[-1]) + 1 if len(outside) else 0


def _line(line: bytes, encoding: str) -> bytes:
    """One line as UTF-8: UTF-8 where it reads as Chinese in it, else the file's encoding, else GB 18030."""
    if line.isascii():
        return line
    try:
        if encoding == "utf-8" or any(letter >= "\u3000" for letter in line.decode()):
            line.decode()
            return line
    except UnicodeDecodeError:
        pass
    for each in dict.fromkeys((encoding, "gb18030")):
        try:
            text = line.decode(each)
        except UnicodeDecodeError:
            continue
        if each == encoding or _chinese_share(text) > 0.5:
            return text.encode()
    return line.decode(encoding, "replace").encode()


# ------------------------------------------------------------------------------------------------------ finding out


def guess_encoding(sample: bytes) -> str:
    """The encoding of a text by its mark, its NULs, and by what reads without a fault."""
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    if b"\x00" in sample[:HEAD_BYTES]:
        even, odd = sample[0:HEAD_BYTES:2].count(0), sample[1:HEAD_BYTES:2].count(0)
        return "utf-16-le" if odd >= even else "utf-16-be"
    if _reads(sample, "utf-8") is not None:
        return "utf-8"
    readings = {each: text for each in ("gb18030", "big5") if (text := _reads(sample, each)) is not None}
    shares = {each: _chinese_share(text) for each, text in readings.items()}
    if shares and max(shares.values()) > 0.5:
        return max(shares, key=lambda each: shares[each])  # either reads the other's bytes, but hardly as Chinese
    # Mostly readable: the lines that are not will be read one by one, and refused one by one.
    lines = [line for line in sample.split(b"\n")[:2_000] if not line.isascii()]
    fits = {each: sum(_reads(line, each) is not None for line in lines) for each in ("utf-8", "gb18030")}
    best = max(fits, key=lambda each: fits[each])
    if lines and fits[best] * 2 >= len(lines):
        text = sample.decode(best, "replace")
        if best == "utf-8" or _chinese_share(text) > 0.5:
            return best
    return "cp1252"


def _reads(sample: bytes, encoding: str) -> str | None:
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(sample)  # a cut last letter is no fault
    except UnicodeDecodeError:
        return None


def _chinese_share(text: str) -> float:
    """Of the letters outside ASCII, how many are common Chinese ones or their punctuation."""
    foreign = [letter for letter in text[:200_000] if letter > "\x7f"]
    chinese = sum(
        "\u4e00" <= letter <= "\u9fa5" or "\u3000" <= letter <= "\u303f" or letter > "\uff00" for letter in foreign
    )
    return chinese / len(foreign) if foreign else 1.0


def _known(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        name = ""
    name = {
        "gbk": "gb18030",
        "gb2312": "gb18030",
        "utf-8-sig": "utf-8",
        "utf-16": "utf-16-le",
        "iso8859-1": "cp1252",
    }.get(name, name)
    if name not in ENCODINGS:
        raise BadInput(
            "unknown_encoding",
            f"不支持的编码“{encoding[:40]}”，可用：{'、'.join(ENCODINGS)}。",
            f"Unknown encoding “{encoding[:40]}”; known: {', '.join(ENCODINGS)}.",
            field="encoding",
        )
    return name


def _head(sample: bytes, encoding: str) -> str:
    """The first lines as text, cut at a whole line where the sample was cut."""
    text = sample[:HEAD_BYTES].decode(encoding, "replace").replace("\r\n", "\n").replace("\r", "\n")
    return text[: text.rfind("\n") + 1] if len(sample) > HEAD_BYTES and "\n" in text else text


def _records(head: str, delimiter: str) -> Iterator[list[str]]:
    if delimiter == BLANKS:
        return (line.split() for line in head.split("\n"))
    return csv.reader(io.StringIO(head), delimiter=delimiter)


def _spelled_delimiter(delimiter: str) -> str:
    name = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": BLANKS}.get(
        delimiter, delimiter
    )
    if name != BLANKS and (len(name) != 1 or not name.isascii() or name in '"\r\n'):
        raise BadInput(
            "bad_delimiter",
            f"分隔符“{delimiter[:20]}”不可用，请给一个字符，或 tab、blanks。",
            f"“{delimiter[:20]}” can't part columns; give one character, or tab, blanks.",
            field="delimiter",
        )
    return name


def guess_delimiter(head: str) -> str:
    """The delimiter that parts most lines into the same number (above one) of cells."""
    best, best_score = ",", 0.0
    csv.field_size_limit(HEAD_BYTES * 4)
    for delimiter in DELIMITERS:
        widths = [len(row) for row, _ in zip(_records(head, delimiter), range(200), strict=False) if row]
        if score := _agreement(widths):
            score += 0.001 * max(widths, default=0)
            if score > best_score:
                best, best_score = delimiter, score
    if best_score < 0.5:
        widths = [len(row) for row, _ in zip(_records(head, BLANKS), range(200), strict=False) if row]
        if _agreement(widths) > 0.9:
            return BLANKS
    return best


def _agreement(widths: Sequence[int]) -> float:
    """Share of rows as wide as the first; 0 where that is one cell."""
    if not widths or widths[0] < 2:
        return 0.0
    return sum(width == widths[0] for width in widths) / len(widths)


def has_header(first: Sequence[str]) -> bool:
    """A first row with a number or date in it is data."""
    cells = [cell.strip() for cell in first if cell.strip()]
    return bool(cells) and not any(_VALUE_LIKE.fullmatch(cell) for cell in cells)
