"""Fitting the habits to real shops: completejourney (a grocer's households), online_retail (a gift shop's customers).

Each fit is pure: columns in, :class:`Fit` out. Reading the files is apart, at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STORE_HOURS_BEHIND = 5
"""completejourney's times are taken as UTC of stores in the east of the United States: so its quietest hour is 3 to 4
in the morning, as everywhere; read as local time it would be 8."""

GROCER = "completejourney (84.51°, CC0), sample of transactions"
GIFTS = "online_retail (UCI, CC0), lines with a customer and a price"
HARMONICS = 3
KS_POINTS = 400


@dataclass(frozen=True)
class Fit:
    """One habit. ``curves``: what a page shows: {"x": …, "data": …, "model": …}. ``fit`` in words of ``measure``."""

    name: str
    value: float | list[float]
    source: str
    rows: int
    fit: float
    measure: str
    curves: dict[str, list[float]] = field(default_factory=dict[str, list[float]])


def kolmogorov(sample: Floats, model: Floats) -> float:
    """The greatest distance of two cumulative curves, both samples: 0 is the same, 1 has nothing in common."""
    points = np.unique(np.concatenate([sample, model]))
    one = np.searchsorted(np.sort(sample), points, side="right") / len(sample)
    other = np.searchsorted(np.sort(model), points, side="right") / len(model)
    return float(np.abs(one - other).max())


def explained(data: Floats, model: Floats) -> float:
    """R²: the share of the variance that the model explains."""
    return float(1 - ((data - model) ** 2).sum() / ((data - data.mean()) ** 2).sum())


def fit_hours(counts: Floats, source: str) -> Fit:
    """24 counts → a smooth day: exp of a Fourier series of three harmonics, by least squares on logarithms."""
    data = counts / counts.sum()
    turn = 2 * np.pi * np.arange(24) / 24
    waves = [np.ones(24)] + [wave(turn * n) for n in range(1, HARMONICS + 1) for wave in (np.cos, np.sin)]
    basis = np.stack(waves, 1)
    weights = np.sqrt(data)[:, None]  # busy hours matter more
    found, *_ = np.linalg.lstsq(basis * weights, np.log(data + 1e-4) * weights[:, 0], rcond=None)
    model = np.exp(basis @ found)
    model /= model.sum()
    curves = {"x": [float(hour) for hour in range(24)], "data": data.tolist(), "model": model.tolist()}
    return Fit("hours", _rounded(model), source, int(counts.sum()), round(explained(data, model), 3), "R²", curves)


def fit_weekdays(counts: Floats, source: str) -> Fit:
    """7 counts from Monday → factors with mean 1. Nothing is smoothed: the week has no order that would allow it."""
    data = counts / counts.mean()
    curves = {"x": [float(day) for day in range(1, 8)], "data": data.tolist(), "model": np.round(data, 3).tolist()}
    return Fit("weekdays", _rounded(data), source, int(counts.sum()), 1.0, "R²", curves)


def fit_gaps(customer: NDArray[Any], days: Floats, source: str) -> list[Fit]:
    """Days between two purchases of one customer: log-normal around the customer's own log-normal median.

    Between and within are split as in a random-effects analysis of variance (unbalanced groups)."""
    logs = np.log(days)
    _, group, size = np.unique(customer, return_inverse=True, return_counts=True)
    means = np.bincount(group, logs) / size
    within = float(((logs - means[group]) ** 2).sum() / max(1, len(logs) - len(size)))
    usual = (len(logs) - (size**2).sum() / len(logs)) / max(1, len(size) - 1)
    spread = float((size * (means - logs.mean()) ** 2).sum() / max(1, len(size) - 1))
    between = max(0.0, (spread - within) / usual)
    model = _lognormal(float(logs.mean()), float(np.sqrt(within + between)))
    distance = round(kolmogorov(days, np.maximum(1, np.round(model))), 3)
    curves = _cumulative(days, model)
    return [
        Fit("gap_median", round(float(np.exp(logs.mean())), 2), source, len(days), distance, "KS", curves),
        Fit("gap_sigma", round(float(np.sqrt(within)), 3), source, len(days), distance, "KS"),
        Fit("gap_between", round(float(np.sqrt(between)), 3), source, len(days), distance, "KS"),
    ]


def fit_baskets(sizes: Floats, source: str) -> list[Fit]:
    """Distinct products in a basket: log-normal, rounded up."""
    logs = np.log(np.maximum(sizes - 0.5, 0.5))
    model = np.ceil(_lognormal(float(logs.mean()), float(logs.std())))
    distance, median = round(kolmogorov(sizes, model), 3), round(float(np.exp(logs.mean())), 2)
    return [
        Fit("basket_median", median, source, len(sizes), distance, "KS", _cumulative(sizes, model)),
        Fit("basket_sigma", round(float(logs.std()), 3), source, len(sizes), distance, "KS"),
    ]


def fit_again(purchases: NDArray[np.int64], source: str) -> Fit:
    """``purchases`` of each customer → chance to buy again after the k-th: beta-geometric, (k + a) / (k + a + b)."""
    steps = np.arange(1, 9)
    reached = np.array([(purchases >= k).sum() for k in range(1, 10)], dtype=np.float64)
    data = reached[1:] / reached[:-1]
    grid_a, grid_b = np.meshgrid(np.arange(0, 12, 0.1), np.arange(0.1, 8, 0.05), indexing="ij")
    wrong = np.zeros_like(grid_a)
    for k, share, weight in zip(steps, data, reached[:-1], strict=True):
        wrong += weight * (share - (k + grid_a) / (k + grid_a + grid_b)) ** 2
    best = int(np.argmin(wrong))
    a, b = float(grid_a.flat[best]), float(grid_b.flat[best])
    model = (steps + a) / (steps + a + b)
    curves = {"x": steps.astype(float).tolist(), "data": data.tolist(), "model": model.tolist()}
    value = [round(a, 2), round(b, 2)]
    return Fit("again", value, source, len(purchases), round(explained(data, model), 3), "R²", curves)


def fit_thrift(shares: Floats, source: str) -> Fit:
    """Share of a household's spending that a discount took off or went with → Beta by its moments."""
    mean, variance = float(shares.mean()), float(shares.var())
    strength = mean * (1 - mean) / variance - 1
    a, b = mean * strength, (1 - mean) * strength
    model = np.random.Generator(np.random.PCG64(7)).beta(a, b, 20_000)
    distance = round(kolmogorov(shares, model), 3)
    return Fit(
        "thrift",
        [round(a, 3), round(b, 3)],
        source,
        len(shares),
        distance,
        "KS",
        _cumulative(shares, model, whole=False),
    )


def fit_response(household: NDArray[Any], turn: Floats, answered: Floats, source: str) -> list[Fit]:
    """A row per household and campaign that went to it; ``turn``: which of its campaigns (1, 2, …); ``answered``: 1
    where a coupon of it was redeemed. Weariness is the slope *within* households over the mean share: between them it
    would measure who is sent more. Households were not chosen by lot, so this is what goes together."""
    _, group, size = np.unique(household, return_inverse=True, return_counts=True)
    usual_turn, usual_answer = (np.bincount(group, column) / size for column in (turn, answered))
    x, y = turn - usual_turn[group], answered - usual_answer[group]
    slope = float((x * y).sum() / (x * x).sum())
    share = float(answered.mean())
    level = share - slope * float(turn.mean())
    turns = np.array([k for k in np.unique(turn) if (turn == k).sum() >= 100])
    data = np.array([y[turn == k].mean() + share - slope * (x[turn == k].mean() - (k - turn.mean())) for k in turns])
    model = level + slope * turns
    curves = {"x": turns.tolist(), "data": data.tolist(), "model": model.tolist()}
    error = round(float(np.sqrt(((data - model) ** 2).mean()) / share), 3)
    return [
        Fit("response", round(share, 4), source, len(turn), error, "RMSE / mean", curves),
        Fit("weariness", round(-slope / share, 4), source, len(turn), error, "RMSE / mean"),
    ]


def _lognormal(mean: float, sigma: float) -> Floats:
    return np.random.Generator(np.random.PCG64(7)).lognormal(mean, sigma, 20_000)


def _cumulative(data: Floats, model: Floats, *, whole: bool = True) -> dict[str, list[float]]:
    """Both as cumulative shares, up to the 97th percentile of the data."""
    end = float(np.percentile(data, 97))
    x = np.unique(np.round(np.linspace(data.min(), end, 80))) if whole else np.linspace(0, end, 80)
    shares = [np.searchsorted(np.sort(each), x, side="right") / len(each) for each in (data, model)]
    return {"x": x.tolist(), "data": shares[0].tolist(), "model": shares[1].tolist()}


def _rounded(values: Floats) -> list[float]:
    return [round(float(value), 4) for value in values]


# reading


def fit_all(folder: Path) -> list[Fit]:
    """Every habit. ``folder`` holds ``completejourney`` and ``online_retail``; raises FileNotFoundError."""
    return [*_of_grocer(folder / "completejourney"), *_of_gift_shop(folder / "online_retail")]


def _of_grocer(folder: Path) -> list[Fit]:
    import polars as pl

    lines = pl.read_csv(folder / "transactions_sample.csv", schema_overrides={"basket_id": pl.Utf8})
    at = pl.col("transaction_timestamp").str.to_datetime("%Y-%m-%d %H:%M:%S") - pl.duration(hours=STORE_HOURS_BEHIND)
    visits = lines.with_columns(at.alias("at")).unique("basket_id")
    hours = np.bincount(visits["at"].dt.hour().to_numpy(), minlength=24).astype(np.float64)
    weekdays = np.bincount(visits["at"].dt.weekday().to_numpy() - 1, minlength=7).astype(np.float64)
    spent = lines.group_by("household_id").agg(
        pl.len().alias("lines"), pl.col("sales_value").sum().alias("paid"), pl.col("retail_disc").sum().alias("off")
    )
    spent = spent.filter((pl.col("lines") >= 10) & (pl.col("paid") > 0))
    shares = (spent["off"] / (spent["paid"] + spent["off"])).clip(0.001, 0.999).to_numpy()
    return [
        fit_hours(hours, GROCER),
        fit_weekdays(weekdays, GROCER),
        fit_thrift(shares, GROCER),
        *_responses(folder),
    ]


def _responses(folder: Path) -> list[Fit]:
    import polars as pl

    begins = pl.read_csv(folder / "campaign_descriptions.csv").select("campaign_id", "start_date")
    sent = pl.read_csv(folder / "campaigns.csv").unique(["campaign_id", "household_id"]).join(begins, on="campaign_id")
    redeemed = pl.read_csv(folder / "coupon_redemptions.csv").select("household_id", "campaign_id").unique()
    sent = sent.join(redeemed.with_columns(pl.lit(1).alias("yes")), on=["household_id", "campaign_id"], how="left")
    order = pl.struct("start_date", "campaign_id").rank("ordinal").over("household_id")
    rows = sent.with_columns(order.alias("turn"), pl.col("yes").fill_null(0))
    turn, answered = (rows[name].to_numpy().astype(np.float64) for name in ("turn", "yes"))
    return fit_response(rows["household_id"].to_numpy(), turn, answered, GROCER)


def _of_gift_shop(folder: Path) -> list[Fit]:
    import polars as pl

    lines = pl.read_parquet(folder / "online_retail_full.parquet").filter(
        (pl.col("Quantity") > 0) & (pl.col("UnitPrice") > 0) & pl.col("CustomerID").is_not_null()
    )
    baskets = lines.group_by("InvoiceNo").agg(
        pl.col("CustomerID").first(), pl.col("InvoiceDate").min().alias("at"), pl.col("StockCode").n_unique()
    )
    days = baskets.select("CustomerID", pl.col("at").dt.date().alias("day")).unique().sort("CustomerID", "day")
    gaps = days.with_columns(
        (pl.col("day") - pl.col("day").shift(1)).over("CustomerID").dt.total_days().alias("gap")
    ).drop_nulls()
    counts = days.group_by("CustomerID").len()["len"].to_numpy().astype(np.int64)
    return [
        *fit_gaps(gaps["CustomerID"].to_numpy(), gaps["gap"].to_numpy().astype(np.float64), GIFTS),
        *fit_baskets(baskets["StockCode"].to_numpy().astype(np.float64), GIFTS),
        fit_again(counts, GIFTS),
    ]
