"""The truth about the people on the platforms: one line per act, with what caused it. The product never reads it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rehearsal.people.mind import Mind
from rehearsal.segment import stamp

KIND = "life"


@dataclass(frozen=True)
class Cause:
    """``kind``: code, friend, welcome, mass, group, chat, order, tired, habit, staff, adviser. ``ref``: which (a code's
    state, a task, an order number…; of a habit that a message began: *since mass*…). ``act``: the number of the act of
    somebody that led here, "" for none."""

    kind: str
    ref: str = ""
    act: str = ""

    def told(self) -> dict[str, str]:
        return {"kind": self.kind, "ref": self.ref, "act": self.act}


HABIT = Cause("habit")


@dataclass(frozen=True)
class Diary:
    """``write`` keeps a line; ``now`` is the platforms' time (epoch seconds), which the product sees."""

    write: Callable[[dict[str, Any]], None]
    now: Callable[[], float]

    def note(self, mind: Mind, user_id: str, what: str, cause: Cause, own: float, **more: Any) -> str:
        """The act's id: of the same act the same for ever."""
        number = f"{mind.person}:{what}:{mind.next(what)}"
        at = self.now()
        line = {"kind": KIND, "id": number, "at": stamp(int(at * 1000)), "time": at, "own_time": own}
        who = {"person": mind.person, "user_id": user_id, "what": what, "cause": cause.told()}
        self.write({**line, **who, **more})
        return number


def lived(
    truths: Iterable[Mapping[str, Any]], since: datetime | None = None, until: datetime | None = None
) -> Iterator[Mapping[str, Any]]:
    """The acts of a period (the platforms' time), each once."""
    seen: set[str] = set()
    for truth in truths:
        act = _of_the_year(truth) if truth["kind"] == "order" else truth
        if act["kind"] != KIND or act["id"] in seen:
            continue
        seen.add(act["id"])
        at = datetime.fromtimestamp(act["time"], UTC)
        if (since is None or at >= since) and (until is None or at < until):
            yield act


def _of_the_year(truth: Mapping[str, Any]) -> dict[str, Any]:
    """An order of the year's plan that went on while the product was running: nothing but habit caused it."""
    at = datetime.fromisoformat(truth["at"]).timestamp()
    cause = Cause("habit", "the year's plan").told()
    who = {"user_id": truth["user_id"], "order": truth["order"], "fen": round(truth["total"] * 100)}
    return {
        "kind": KIND,
        "id": f"order {truth['order']}",
        "at": truth["at"],
        "time": at,
        "what": "bought",
        "cause": cause,
        **who,
    }


def causes(acts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A row per cause: how often each act came of it, what was paid, and the expected number of orders, free of luck.

    An order whose cause is a message would not have been placed without it; one by habit comes with or without."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    sums: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for act in acts:
        key = act["cause"]["kind"], act["cause"]["ref"]
        counts[key][act["what"]] += 1
        if act["what"] == "bought":
            sums[key]["amount_fen"] += act["fen"]
        elif act["what"] == "returned":
            sums[key]["returned_fen"] += act["fen"]
        elif act["what"] == "received":
            chances = act["chances"]
            sums[key]["expected_orders"] += chances["opens"] * chances["clicks"] * chances["buys"]
    return [
        {
            "cause": kind,
            "ref": ref,
            **dict(sorted(counts[kind, ref].items())),
            **{name: round(value, 3) for name, value in sums[kind, ref].items()},
        }
        for kind, ref in sorted(counts)
    ]
