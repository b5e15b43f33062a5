"""The places of a poster are dragged on its preview, or moved with the arrow keys, and the fields follow."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.conftest import Visitor


def test_a_place_is_dragged_and_moved_by_keys(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.open("/posters/new")
    place = page.locator("[data-place=portrait]")
    place.wait_for()
    before = float(page.input_value("[name='portrait.y']"))
    box = place.bounding_box()
    assert abs(box["width"] - box["height"]) < 1, "the preview has the shape of the paper"
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 5, box["y"] - 45, steps=3)
    with page.expect_response("**/posters/preview"):  # asked for a moment after the last movement
        page.mouse.up()
    moved = float(page.input_value("[name='portrait.y']"))
    assert moved < before
    visitor.quiet()
    place.press("ArrowDown")
    assert float(page.input_value("[name='portrait.y']")) == moved + 1
    assert visitor.faults == []
