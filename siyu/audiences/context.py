"""What a rule is read against: the moment, in the installation's zone, and the audiences that it may name."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.audiences.compile import Definition
from siyu.audiences.model import parse
from siyu.audiences.sql import Moment
from siyu.audiences.tables import audiences
from siyu.jobs import preferences
from siyu.storage import Stores


def moment(stores: Stores) -> Moment:
    """Now, in the installation's time zone."""
    return Moment(stores.clock.now(), preferences.timezone(stores))


def definitions(stores: Stores) -> dict[int, Definition]:
    """Every audience (archived ones too), as far as rules that refer to them need."""
    with stores.ledger.read() as conn:
        rows = conn.execute(sa.select(audiences.c.id, audiences.c.kind, audiences.c.rule, audiences.c.state)).all()
    return {row.id: Definition(row.kind, parse(row.rule), row.state) for row in rows}
