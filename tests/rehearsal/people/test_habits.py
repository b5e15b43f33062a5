"""Habits: fits find what was put in, the kept ones are those of the data, and the page shows them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from rehearsal.people import calibration
from rehearsal.people.calibrate import main
from rehearsal.people.habits import habits, kept
from rehearsal.people.mind import GOODWILL_USUAL, push_cost

DATA = Path(os.environ.get("SIYU_REAL_DATA", "../shared/data"))
CHANCE = np.random.Generator(np.random.PCG64(3))


def test_the_spread_of_gaps_is_split_into_people_and_their_moods() -> None:
    usual = CHANCE.normal(3.0, 0.8, 2_000)
    customer = np.repeat(np.arange(2_000), 6)
    days = np.exp(usual[customer] + CHANCE.normal(0, 0.5, len(customer)))
    median, sigma, between = calibration.fit_gaps(customer, days, "made")
    assert float(np.log(median.value)) == pytest.approx(3.0, abs=0.05)
    assert sigma.value == pytest.approx(0.5, abs=0.02)
    assert between.value == pytest.approx(0.8, abs=0.04)


def test_the_chance_to_buy_again_is_found() -> None:
    keeps = CHANCE.beta(3.0, 2.0, 50_000)
    purchases = np.minimum(CHANCE.geometric(1 - keeps), 30)
    a, b = calibration.fit_again(purchases, "made").value  # type: ignore[misc]
    assert (1 + a) / (1 + a + b) == pytest.approx((1 + 2.0) / (1 + 2.0 + 2.0), abs=0.02)


def test_weariness_is_found_within_households_where_the_eager_are_sent_more() -> None:
    campaigns = CHANCE.integers(2, 12, 4_000)
    household = np.repeat(np.arange(4_000), campaigns)
    turn = np.concatenate([np.arange(1, count + 1) for count in campaigns]).astype(float)
    chance = 0.05 + 0.03 * campaigns[household] - 0.012 * turn  # between households it rises, within it falls
    answered = (CHANCE.random(len(turn)) < chance).astype(float)
    response, weariness = calibration.fit_response(household, turn, answered, "made")
    assert isinstance(response.value, float)
    assert weariness.value == pytest.approx(0.012 / response.value, rel=0.2)


def test_a_day_keeps_its_peak() -> None:
    hours = np.exp(np.cos(2 * np.pi * (np.arange(24) - 17) / 24) * 2) * 1_000
    fit = calibration.fit_hours(hours, "made")
    assert int(np.argmax(fit.value)) == 17
    assert fit.fit > 0.99


def test_habits_are_whole() -> None:
    found = habits()
    assert sum(found.hours) == pytest.approx(1.0, abs=1e-3)
    assert len(found.weekdays) == 7
    assert all(row["source"] and ("why" in row or "used" not in row) for row in kept().values())


def test_a_promotion_wearies_more_and_what_one_likes_less() -> None:
    def cost(match: float, *, promotion: bool, in_group: bool = False) -> float:
        return push_cost(habits(), 0.3, match, promotion=promotion, in_group=in_group)

    assert cost(1.0, promotion=True) > cost(1.0, promotion=False) > cost(2.0, promotion=False) > 0
    assert cost(1.0, promotion=False, in_group=True) < cost(1.0, promotion=False)
    assert cost(0.85, promotion=False) < GOODWILL_USUAL / 10


@pytest.mark.skipif(not DATA.exists(), reason="no real data here: set SIYU_REAL_DATA")
def test_what_is_kept_is_what_the_data_say_and_the_page_shows_it(tmp_path: Path) -> None:
    page = tmp_path / "habits.html"
    assert main(["--data", str(DATA), "--page", str(page)]) == 0
    rows = kept()
    fits = {fit.name: fit for fit in calibration.fit_all(DATA)}
    assert fits.keys() == rows.keys()
    for name, fit in fits.items():
        assert rows[name]["value"] == fit.value, name
    drawn = page.read_text("utf-8")
    assert drawn.count("<svg") >= 7
    assert "http" not in drawn.replace("http-equiv", "")


def test_without_data_it_says_so(tmp_path: Path) -> None:
    assert main(["--data", str(tmp_path), "--page", str(tmp_path / "page.html")]) == 2
