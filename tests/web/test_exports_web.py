"""Exports by the API."""

from __future__ import annotations

from siyu.jobs.worker import run_due
from siyu.storage import Stores
from tests.web.conftest import Console


def test_an_export_is_asked_for_made_and_fetched(console: Console, stores: Stores) -> None:
    key = console.key()
    asked = console.http.post("/api/exports", json={"format": "csv"}, headers=key)
    assert asked.status_code == 201
    number = asked.json()["id"]
    assert console.http.get(f"/api/exports/{number}/file", headers=key).status_code == 404
    run_due(stores)
    assert console.http.get(f"/api/exports/{number}", headers=key).json()["state"] == "done"
    assert console.http.get(f"/api/exports/{number}/file", headers=key).status_code == 200


def test_who_may_not_export_is_refused(console: Console) -> None:
    assert console.http.post("/api/exports", json={}, headers=console.key("adviser")).status_code == 403
