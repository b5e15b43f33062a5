"""The city of an address, by the table that is here or one of the shop's own."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.growth.codes import hours, regions
from siyu.growth.codes.model import DAY_MINUTES
from siyu.growth.codes.regions import FILE, Regions
from siyu.storage import BadInput

LOW = int(ipaddress.ip_address("10.0.0.0"))


def networks() -> st.SearchStrategy[list[tuple[str, str]]]:
    of = st.integers(24, 32).flatmap(lambda size: st.tuples(st.integers(0, 2 ** (size - 24) - 1), st.just(size)))
    named = of.map(lambda each: f"{ipaddress.ip_address(LOW + (each[0] << (32 - each[1])))}/{each[1]}")
    return st.lists(named, unique=True, max_size=8).map(lambda found: [(net, f"c{n}") for n, net in enumerate(found)])


@given(networks(), st.integers(-3, 260))
def test_the_smallest_network_around_an_address_says_where_it_is(lines: list[tuple[str, str]], offset: int) -> None:
    address = ipaddress.ip_address(LOW + offset)
    around = [(ipaddress.ip_network(net), city) for net, city in lines if address in ipaddress.ip_network(net)]
    expected = max(around, key=lambda each: each[0].prefixlen)[1] if around else ""
    spans = [
        (int(net.network_address), int(net.broadcast_address), city)
        for net, city in ((ipaddress.ip_network(text), city) for text, city in lines)
    ]
    flat = regions._flat(spans)  # pyright: ignore[reportPrivateUsage]
    assert [city for first, last, city in flat if first <= int(address) <= last] == ([expected] if expected else [])


def test_the_table_that_is_here_knows_the_four_cities(tmp_path: Path) -> None:
    table = Regions(tmp_path)
    assert [table.city(each) for each in ("101.80.1.2", "123.112.0.1", "117.8.9.9", "222.183.255.255")] == [
        "上海",
        "北京",
        "天津",
        "重庆",
    ]
    assert [table.city(each) for each in ("127.0.0.1", "::1", "nonsense", "")] == ["", "", "", ""]


def test_a_table_of_ones_own_goes_before_it(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("network,city\n101.80.0.0/12,杭州\n2001:db8::/32,宁波\nnonsense\n", encoding="utf-8")
    table = Regions(tmp_path)
    assert [table.city(each) for each in ("101.80.1.2", "2001:db8::7", "123.112.0.1")] == ["杭州", "宁波", ""]


def spans() -> st.SearchStrategy[frozenset[tuple[int, int, int]]]:
    one = st.tuples(st.integers(0, 6), st.integers(0, 23), st.integers(1, 24)).filter(lambda each: each[1] < each[2])
    return st.frozensets(one.map(lambda each: (each[0], each[1] * 60, each[2] * 60)), max_size=10)


@given(spans())
def test_hours_are_read_as_they_are_written(found: frozenset[tuple[int, int, int]]) -> None:
    assert hours.read(hours.write(found)) == tuple(sorted(found))


def test_hours_over_midnight_are_two_spans() -> None:
    assert hours.read("7 22:00-06:30") == ((0, 0, 390), (6, 22 * 60, DAY_MINUTES))
    assert hours.read("1-2，7 9：00-18:00") == tuple((day, 540, 1080) for day in (0, 1, 6))
    assert hours.read("6-1 9:00-10:00") == tuple((day, 540, 600) for day in (0, 5, 6))


@pytest.mark.parametrize("text", ["9:00-18:00", "8 9:00-18:00", "1 9:00-9:00", "1 9:61-10:00", "1 24:00-25:00", "周一"])
def test_hours_that_nobody_understands_are_told_so(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        hours.read(text)
    assert refused.value.field == "hours"
