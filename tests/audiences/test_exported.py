"""An export of an audience holds its members, all of them and nobody else."""

from __future__ import annotations

import io
from collections.abc import Sequence

import polars as pl
import pytest

from siyu.audiences import actions, queries
from siyu.audiences.exported import bind
from siyu.audiences.model import parse
from siyu.jobs.worker import run_now
from siyu.people.exporting import running
from siyu.people.merges import merge
from siyu.storage import NotFound, Stores
from tests.audiences.shop import add_people, happened, settle

BOUGHT_AND_CAME = parse(
    {
        "type": "all",
        "rules": [
            {"type": "did", "event": "order_paid", "window": {"type": "last", "n": 30}},
            {"type": "did", "event": "page_viewed", "window": {"type": "last", "n": 30}},
        ],
    }
)


@pytest.fixture(autouse=True)
def bound() -> None:
    bind()


def exported(stores: Stores, audience: int) -> list[int]:
    number = running.ask_export(stores, "staff:1", columns=["person"], audience=audience)
    assert run_now(stores, number).state == "done"
    content = running.export_file(stores, number).read_bytes()
    return pl.read_csv(io.BytesIO(content))["person"].to_list()


def shop(stores: Stores, buyers: int = 4) -> Sequence[int]:
    """Everybody came or bought; only the first ones did both."""
    everybody = add_people(stores, buyers + 4)
    for person in everybody[: buyers + 2]:
        happened(stores, person, "order_paid")
    for person in (*everybody[:buyers], *everybody[buyers + 2 :]):
        happened(stores, person, "page_viewed")
    return everybody[:buyers]


def test_who_meets_only_one_of_two_conditions_is_not_exported(each_stores: Stores) -> None:
    both = shop(each_stores)
    number = actions.create(each_stores, "staff:1", "买过又来过", BOUGHT_AND_CAME)
    actions.refresh(each_stores, number)
    assert exported(each_stores, number) == list(both)


def test_a_live_audience_is_asked_anew_and_a_snapshot_is_not(stores: Stores) -> None:
    both = shop(stores)
    live = actions.create(stores, "staff:1", "实时", BOUGHT_AND_CAME)
    frozen = actions.create(stores, "staff:1", "静态", BOUGHT_AND_CAME, "snapshot")
    actions.refresh(stores, live)
    late = both[-1] + 1  # has bought, has not come yet
    happened(stores, late, "page_viewed")
    assert exported(stores, live) == [*both, late]
    assert exported(stores, frozen) == list(both)


def test_two_merged_members_are_exported_as_one(stores: Stores) -> None:
    both = shop(stores)
    frozen = actions.create(stores, "staff:1", "静态", BOUGHT_AND_CAME, "snapshot")
    merge(stores, "staff:1", both[0], both[1])
    settle(stores)
    assert exported(stores, frozen) == queries.members(stores, frozen).tolist()
    assert len(exported(stores, frozen)) == len(both) - 1


def test_chunks_lose_and_repeat_nobody(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    both = shop(stores, buyers=7)
    monkeypatch.setattr(running, "CHUNK_ROWS", 3)
    number = actions.create(stores, "staff:1", "买过又来过", BOUGHT_AND_CAME)
    assert exported(stores, number) == list(both)


def test_an_audience_of_nobody_gives_a_file_with_its_head_alone(stores: Stores) -> None:
    add_people(stores, 1)
    number = actions.create(stores, "staff:1", "没有人", BOUGHT_AND_CAME)
    assert exported(stores, number) == []


def test_an_audience_that_is_not_there_is_refused_at_once(stores: Stores) -> None:
    with pytest.raises(NotFound):
        running.ask_export(stores, "staff:1", audience=404)
