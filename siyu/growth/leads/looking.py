"""Which devices saw which form."""

from __future__ import annotations

from collections.abc import Sequence

from siyu.growth.leads.tables import lead_looks
from siyu.storage import Stores, insert_into


def saw(stores: Stores, looks: Sequence[tuple[int, str]]) -> Sequence[bool]:
    """Keep these (form, device), each once for ever; True for each."""
    now = stores.clock.now()
    rows = [{"form": form, "device": device, "at": now} for form, device in sorted(set(looks))]
    with stores.ledger.write() as conn:
        conn.execute(insert_into(conn, lead_looks).values(rows).on_conflict_do_nothing())
    return [True] * len(looks)
