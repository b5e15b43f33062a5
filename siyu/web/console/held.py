"""Merges that wait for a human."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from siyu.people import families, merges
from siyu.people.finding import identifiers_of
from siyu.people.held import HeldMerge, held_pairs
from siyu.people.identity import policy_of
from siyu.people.queries import PersonRow, rows_of
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import menu
from siyu.web.current import may, note, t
from siyu.web.forms import Form
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("people", "/conflicts", "待裁决的合并", "Merges to settle", permission="people.merge", order=45, letter="m")

SHOWN_MAX = 20


@page("/conflicts", "people.merge")
def conflicts(view: View, stores: Stores, cursor: int = 0) -> Html:
    """A card a pair, both persons side by side, with every reason why it was held: to decide without opening either."""
    with stores.ledger.read() as conn:
        found = held_pairs(conn, after=cursor, limit=SHOWN_MAX + 1)
        shown = found[:SHOWN_MAX]
        persons = sorted({person for pair in shown for person in (pair[0].low, pair[0].high)})
        nodes = {person: [person] for person in persons} | families.members_of(conn, persons)
        holds = {person: identifiers_of(conn, nodes[person], whole=may("people.phone")) for person in persons}
    rows = rows_of(stores, persons)
    following = shown[-1][0].id if len(found) > SHOWN_MAX else None
    return view.render(
        "people/conflicts.html", fragment="held", shown=[_card(pair, rows, holds) for pair in shown], next=following
    )


def _card(pair: Sequence[HeldMerge], rows: Mapping[int, PersonRow], holds: Mapping[int, Any]) -> dict[str, Any]:
    shared = {str(held.evidence.get("kind") or held.reason) for held in pair}
    sources = {str(held.evidence["source"]) for held in pair if held.evidence.get("source")}
    return {
        "held": pair[0],
        "sides": [
            {"person": person, "row": rows.get(person), "held": holds[person]} for person in (pair[0].low, pair[0].high)
        ],
        "differs": {held.reason for held in pair},
        "shared": _listed(shared),
        "reasons": _listed({held.reason for held in pair}),
        "sources": sorted(sources),
    }


def _listed(kinds: set[str]) -> str:
    words = sorted(t(policy.zh, policy.en) for policy in map(policy_of, kinds))
    return t("、", ", ").join(words)


@submit("/conflicts/{conflict:int}/settle", "people.merge", audits="conflict_settled", about="conflict:{conflict}")
def settle(view: View, stores: Stores, actor: Actor, form: Form, conflict: int) -> Html:
    decision = form.get("decision")
    kept = merges.settle(stores, actor.tag, conflict, decision)
    note(decision=decision, person=kept)
    if decision == "merge":
        return view.done(toast=("已合并，可在客户页撤销", "Merged; the person's page can undo it"), back="/conflicts")
    return view.done(toast=("已保持分开", "Kept apart"), back="/conflicts")


ROUTES = [conflicts, settle]
