"""Merging by an exact identifier finds the true pairs that have it, and no false one (FEBRL's first data set)."""

from __future__ import annotations

import csv
from itertools import combinations

from evidence.harness import Evidence, Scale, equal, fresh_home, real_data
from siyu.people import families
from siyu.people.identity import Identifier
from siyu.people.resolving import resolve
from siyu.storage import open_stores

CLAIM = "intake.identity"


def measure(scale: Scale) -> Evidence:
    file = real_data("identity_febrl", "dataset1.csv")
    with file.open(newline="") as handle:
        rows = [{name.strip(): value.strip() for name, value in row.items()} for row in csv.DictReader(handle)]
    with fresh_home() as home:
        stores = open_stores(home)
        claims = [
            (Identifier("customer:febrl", row["rec_id"]), Identifier("customer:soc_sec", row["soc_sec_id"]))
            for row in rows
        ]
        # First each record by its own number, as shops that know nothing of each other would; then the shared one.
        with stores.ledger.write() as conn:
            nodes = resolve(conn, stores.clock.now(), "febrl", [claim[:1] for claim in claims])
            resolve(conn, stores.clock.now(), "febrl", claims)
            whole = families.members_of(conn, nodes)
        stores.close()
    true_person = {node: row["rec_id"].split("-")[1] for node, row in zip(nodes, rows, strict=True)}
    merged = [pair for family in whole.values() for pair in combinations(family, 2)]
    right = sum(true_person[one] == true_person[other] for one, other in merged)
    originals = sum(row["rec_id"].endswith("-org") for row in rows)
    return Evidence(
        CLAIM,
        f"{len(rows):,} records, {len(rows) - originals:,} true pairs",
        [equal("true pairs found", right, 450), equal("false pairs", len(merged) - right, 0)],
        {"missed": len(rows) - originals - right},
    )
