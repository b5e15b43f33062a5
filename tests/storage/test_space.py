"""A disk is not filled to its end."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from siyu.people.importing import files
from siyu.storage import Unavailable
from siyu.storage.space import LOOK_BYTES, MARGIN_BYTES, Watched, require_space


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A disk whose free bytes are the first of the list."""
    free = [MARGIN_BYTES + 100]
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**12, 0, free[0]))
    return free


def test_what_leaves_the_margin_free_is_let_in(tmp_path: Path, disk: list[int]) -> None:
    require_space(tmp_path / "not" / "there" / "yet", 100)


def test_what_does_not_is_refused_with_words(tmp_path: Path, disk: list[int]) -> None:
    with pytest.raises(Unavailable) as refused:
        require_space(tmp_path, 3 * 2**30)
    assert (refused.value.code, refused.value.detail["needed"]) == ("disk_low", 3 * 2**30)
    assert "需要 3.0 GB" in refused.value.zh


def test_the_disk_is_looked_at_while_a_file_grows(tmp_path: Path, disk: list[int]) -> None:
    disk[0] = MARGIN_BYTES + 10 * LOOK_BYTES
    space = Watched(tmp_path)
    space.wrote(LOOK_BYTES)
    disk[0] = MARGIN_BYTES
    space.wrote(LOOK_BYTES - 1)
    with pytest.raises(Unavailable):
        space.wrote(1)


def test_an_import_is_not_taken_in_where_there_is_no_room(tmp_path: Path, disk: list[int]) -> None:
    disk[0] = MARGIN_BYTES
    with pytest.raises(Unavailable):
        files.keep(tmp_path / "1", "a.csv", [b"a,b\n1,2\n"])
