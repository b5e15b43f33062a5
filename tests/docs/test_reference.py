"""The reference is made from the code, and leaves nothing out. How it reads is for people to judge."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import jsonschema
import pytest

from docs import generate
from docs.pages.api import openapi
from docs.pages.markdown import MADE
from evidence.__main__ import claim_of, programs
from siyu.audiences.operators import OPERATORS
from siyu.cli.table import COMMANDS
from siyu.insight.figure import figures
from siyu.insight.reports import reports
from siyu.jobs import handled_names, preferences
from siyu.people.event_names import NAMES
from siyu.people.identity import KINDS
from siyu.reach.rules import RULES
from siyu.settings import Settings, variable_of
from siyu.staff.roles import PERMISSIONS

FILES = generate.rendered()


def test_the_reference_in_the_repository_is_up_to_date() -> None:
    assert generate.stale(FILES) == [], "run `make docs`"


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("settings.md", [variable_of(each.name) for each in fields(Settings)]),
        ("settings.md", [each.name for each in preferences.all_preferences()]),
        ("commands.md", [" ".join(("siyu", *each.words)) for each in COMMANDS]),
        ("jobs.md", handled_names()),
        ("reports.md", list(reports())),
        ("figures.md", list(figures())),
        ("events.md", list(NAMES)),
        ("identifiers.md", list(KINDS)),
        ("rules.md", list(OPERATORS)),
        ("guard.md", [each.name for each in RULES]),
        ("roles.md", list(PERMISSIONS)),
        ("api.md", list(openapi()["paths"])),
        ("claims.md", [claim_of(name) for name in programs()]),
    ],
)
def test_a_page_names_everything_of_its_kind(page: str, names: list[str]) -> None:
    assert [name for name in names if name not in FILES[page]] == []


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("schemas/")])
def test_every_published_schema_is_one(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(FILES[name]))


def test_a_changed_a_missing_and_a_left_over_page_are_all_noticed(tmp_path: Path) -> None:
    generate.write({"a.md": "1", "b.md": "2", "c/d.md": MADE}, tmp_path)
    assert generate.stale({"a.md": "1", "b.md": "changed", "e.md": "new"}, tmp_path) == ["b.md", "c/d.md", "e.md"]


def test_pages_written_by_hand_are_let_be(tmp_path: Path) -> None:
    (tmp_path / "own.md").write_text("by hand")
    generate.write({"a.md": "1"}, tmp_path)
    assert (tmp_path / "own.md").exists()
    assert generate.stale({"a.md": "1"}, tmp_path) == []


def test_writing_again_leaves_nothing_stale(tmp_path: Path) -> None:
    generate.write({"a.md": MADE + "1", "b.md": MADE + "2"}, tmp_path)
    generate.write({"b.md": MADE + "3"}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["b.md"]
