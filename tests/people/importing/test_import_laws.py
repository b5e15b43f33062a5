"""Laws of reading: how a file is cut into pieces changes nothing, and no row is lost."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from siyu.people.importing.texts import TextTable
from tests.examples import examples

CELLS = st.text(alphabet='ab,"\n;\t 中文é🎁12', max_size=8)
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=40)


def written(rows: list[tuple[str, str, str]], line_end: str) -> bytes:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerow(["first", "second", "third"])
    writer.writerows(rows)
    return target.getvalue().encode()


def read(path: Path, block_bytes: int) -> list[tuple[int, str, str, str]]:
    table = TextTable(path, encoding="utf-8", delimiter=",", header=True, block_bytes=block_bytes)
    found: list[tuple[int, str, str, str]] = []
    for chunk in table.chunks():
        assert not chunk.broken
        found += [(number, *row) for number, row in zip(chunk.rows.to_list(), chunk.frame.rows(), strict=True)]
    return found


@examples(150)
@given(rows=ROWS, line_end=st.sampled_from(["\n", "\r\n"]), block_bytes=st.integers(1, 200))
def test_any_size_of_block_gives_the_same_rows(
    tmp_path: Path, rows: list[tuple[str, str, str]], line_end: str, block_bytes: int
) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(written(rows, line_end))
    expected = [(place, *row) for place, row in enumerate(rows, start=2) if any(row)]
    assert read(path, block_bytes) == expected
    assert read(path, 1 << 20) == expected
