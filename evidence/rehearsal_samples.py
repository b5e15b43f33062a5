"""The simulated WeCom answers as the platform does: every answer and callback has the keys and the JSON types of the
platform's own samples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from evidence.harness import Evidence, Scale, at_least, equal, real_data

CLAIM = "rehearsal.samples"


def measure(scale: Scale) -> Evidence:
    samples = real_data("wecom", "api").parent
    from tests.rehearsal.platforms.wecom import test_shapes as day
    from tests.rehearsal.platforms.wecom.shapes import ANSWERS, misfits

    told = _a_day()
    files = {name: path for name in ANSWERS if (path := day.sample_of(name, samples)) is not None}
    read = {name: json.loads(path.read_text("utf-8-sig")) for name, path in files.items()}
    both = [pair for name in read for pair in _compared(read[name], told[name], name)]
    callbacks = list(_callbacks(samples))
    return Evidence(
        CLAIM,
        f"{len(read)} answers and {len(callbacks)} callbacks of the platform",
        [
            equal("answers_without_a_sample", len(ANSWERS) - len(read), 0),
            equal("samples_built_otherwise", sum(bool(misfits(ANSWERS[name], read[name], name)) for name in read), 0),
            equal("answers_built_otherwise", sum(bool(misfits(ANSWERS[name], told[name], name)) for name in read), 0),
            equal("values_of_another_type", sum(wanted != found for _, wanted, found in both), 0),
            equal("callbacks_built_otherwise", sum(not fits for fits in callbacks), 0),
            at_least("values_compared", len({where for where, _, _ in both}), 200, timed=False),
        ],
    )


def _a_day() -> dict[str, dict[str, Any]]:
    """An answer of each call of the simulated platform."""
    from tests.platform_worlds import Shop, wecom_running
    from tests.rehearsal.platforms.wecom.conftest import NOW
    from tests.rehearsal.platforms.wecom.test_shapes import a_day_of_everything

    with wecom_running(NOW, pace=0.0) as platform:
        shop = Shop(platform)
        shop.hire("zhangsan", "lisi", mobile="16400000001")
        return a_day_of_everything(shop)


def _compared(sample: Any, answer: Any, where: str) -> Iterator[tuple[str, str, str]]:
    """(path, type in the sample, type in the answer) of what both have."""
    if isinstance(sample, dict) and isinstance(answer, dict):
        for key in sample.keys() & answer.keys():  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType, reportUnknownMemberType]
            yield from _compared(sample[key], answer[key], f"{where}.{key}")
    elif isinstance(sample, list) and isinstance(answer, list):
        if sample and answer:
            yield from _compared(sample[0], answer[0], f"{where}[]")
    else:
        yield where, type(sample).__name__, type(answer).__name__


def _callbacks(samples: Path) -> Iterator[bool]:
    """Whether each of the platform's callbacks has the fields that the simulated one is held to."""
    from tests.rehearsal.platforms.wecom import test_shapes as day
    from tests.rehearsal.platforms.wecom.shapes import CALLBACKS

    for kind in ("ExternalContact", "KfMessage"):
        for path in sorted((samples / "events" / kind).glob("*.xml")):
            root = ElementTree.fromstring(path.read_text("utf-8-sig"))
            fields = {day.OUTER.get(each.tag, each.tag): each.text or "" for each in root}
            if (name := day.name_of(fields)) in CALLBACKS:
                must, may = CALLBACKS[name]
                yield must <= set(fields) - day.ENVELOPE - {""} <= must | may
