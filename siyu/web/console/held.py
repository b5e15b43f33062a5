"""Merges that wait for a human."""

from __future__ import annotations

from typing import Any

from siyu.people import merges, profile, queries
from siyu.people.identity import policy_of
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import menu
from siyu.web.current import may, note, t
from siyu.web.forms import Form
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("people", "/conflicts", "待裁决的合并", "Merges to settle", permission="people.merge", order=40, letter="m")

SHOWN_MAX = 20


@page("/conflicts", "people.merge")
def conflicts(view: View, stores: Stores, cursor: int = 0) -> Html:
    """Each with both persons side by side, to decide without opening either."""
    with stores.ledger.read() as conn:
        found = queries.held_merges(conn, after=cursor, limit=SHOWN_MAX + 1)
    shown = [_sides(stores, held) for held in found[:SHOWN_MAX]]
    following = found[SHOWN_MAX - 1].id if len(found) > SHOWN_MAX else None
    return view.render("people/conflicts.html", fragment="held", shown=shown, next=following)


def _sides(stores: Stores, held: queries.HeldMerge) -> dict[str, Any]:
    sides: list[dict[str, Any]] = []
    for person in (held.low, held.high):
        known = profile.profile_of(stores, person)
        with stores.ledger.read() as conn:
            holds = queries.identifiers_of(conn, known.nodes, whole=may("people.phone"))
        sides.append({"profile": known, "held": holds})
    reason = policy_of(held.reason)
    shared = policy_of(str(held.evidence.get("kind") or held.reason))
    return {"held": held, "sides": sides, "reason": t(reason.zh, reason.en), "shared": t(shared.zh, shared.en)}


@submit("/conflicts/{conflict:int}/settle", "people.merge", audits="conflict_settled", about="conflict:{conflict}")
def settle(view: View, stores: Stores, actor: Actor, form: Form, conflict: int) -> Html:
    decision = form.get("decision")
    kept = merges.settle(stores, actor.tag, conflict, decision)
    note(decision=decision, person=kept)
    toast = ("已合并", "Merged") if decision == "merge" else ("已保持分开", "Kept apart")
    return view.done(toast=toast, back="/conflicts")


ROUTES = [conflicts, settle]
