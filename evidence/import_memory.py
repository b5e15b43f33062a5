"""How much memory an import holds at its peak, engine included; and that it hardly grows with the file."""

from __future__ import annotations

from evidence.harness import (
    Evidence,
    Scale,
    at_most,
    equal,
    forget_peak_memory,
    fresh_home,
    peak_memory_bytes,
    real_data,
)
from evidence.import_speed import ZONE, repeated

CLAIM = "import.memory"


def measure(scale: Scale) -> Evidence:
    file = real_data("online_retail", "online_retail_full.parquet")
    from siyu.app import open_home
    from siyu.people.importing.command import import_file
    from siyu.settings import Settings

    peaks: list[int] = []
    lines: list[int] = []
    times = (1, 10) if scale == "full" else (1,)
    for copies in times:
        with fresh_home() as home:
            given = home / "given.parquet"
            repeated(file, copies, given)
            stores = open_home(Settings(home=home / "data"))
            try:
                forget_peak_memory()
                answer = import_file(stores, "orders", given, timezone=ZONE, alone=True)
                peaks.append(peak_memory_bytes() >> 20)
                lines.append(answer["lines"]["sold"])
            finally:
                stores.close()
    goals = [
        equal("lines", str(lines), str([397_884 * copies for copies in times])),
        at_most("one_shop_mb", peaks[0], 1_024, "MB"),
        *(at_most("ten_shops_mb", peak, 2_048, "MB") for peak in peaks[1:]),
    ]
    return Evidence(CLAIM, f"online_retail × {times[-1]}: {541_909 * times[-1]:,} rows", goals)
