"""A person's best hour as their page, the API and the command line tell it."""

from __future__ import annotations

import sqlalchemy as sa
from msgspec import Struct

from siyu.audiences import layers
from siyu.jobs import preferences
from siyu.people.merges import whole_of
from siyu.people.tables import people
from siyu.reach.best_hour import (
    DAY_HOURS,
    SCHEME,
    Profile,
    beginnings,
    by_day,
    habits,
    hour_of_week,
    is_quiet,
    learn,
    own_share,
)
from siyu.reach.guard import Guard, load_guard
from siyu.reach.rules.quiet_hours import known_zone
from siyu.storage import Stores
from siyu.storage.ledger import to_millis


class BestHourAnswer(Struct, frozen=True):
    """When a person is most likely to look. `hour`: 0 to 23 in `zone`, best outside of quiet hours; `own_share`: how
    much of it rests on their own `looks` of the last 90 days, 0 to 1; the rest is borrowed from `layer` ("" and null:
    from everybody). `workdays`, `weekend`: shares of the 24 hours of such a day; `week`: of the 168 hours, from Monday
    0:00 on. `profiled` false: they do not want to be profiled, so these are everybody's hours."""

    person: int
    zone: str
    hour: int
    looks: int
    own_share: float
    profiled: bool
    layer: str
    layer_zh: str | None
    layer_en: str | None
    zh: str
    en: str
    workdays: list[float]
    weekend: list[float]
    week: list[float]


def best_hour_told(stores: Stores, person: int) -> BestHourAnswer:
    """The best hour of a person, by any of their numbers. Raises :class:`NotFound`."""
    usual = preferences.timezone(stores)
    with stores.ledger.read() as conn:
        ((kept, _),) = whole_of(conn, person).items()
        row = conn.execute(sa.select(people.c.timezone).where(people.c.person == kept)).one()
        left_alone = conn.execute(
            sa.select(people.c.person).where(people.c.kept == kept, people.c.no_profiling)
        ).first()
        known_layers = {
            layer.key: layer.label for known in layers.schemes(conn) if known.key == SCHEME for layer in known.layers
        }
        guard = load_guard(conn, usual)
    zone = row.timezone if row.timezone and known_zone(row.timezone) else None
    learned = learn(stores, [kept], [zone], habits(stores))
    week, looks, layer = learned.profiles[0], int(learned.looks[0]), learned.layers[0]
    hour = _best(guard, by_day(week), to_millis(stores.clock.now()), zone)
    label = known_layers.get(layer)
    days = week.reshape(7, DAY_HOURS)
    zh, en = _said(hour, looks, label, profiled=left_alone is None)
    return BestHourAnswer(
        person=kept,
        zone=zone or str(usual),
        hour=hour,
        looks=looks,
        own_share=own_share(looks),
        profiled=left_alone is None,
        layer=layer,
        layer_zh=label[0] if label else None,
        layer_en=label[1] if label else None,
        zh=zh,
        en=en,
        workdays=_shares(days[:5]),
        weekend=_shares(days[5:]),
        week=week.round(6).tolist(),
    )


def _best(guard: Guard, day: Profile, now: int, zone: str | None) -> int:
    """The hour of the day in which most of the looks fall, of those at whose beginning messages may go."""
    clock = (known_zone(zone) if zone else None) or guard.zone
    loud = {
        hour_of_week(at, clock) % DAY_HOURS
        for at in beginnings(now, DAY_HOURS, clock)[1:]
        if not is_quiet(guard, at, zone)
    }
    return max(sorted(loud) or range(DAY_HOURS), key=lambda hour: day[hour])


def _shares(days: Profile) -> list[float]:
    """The 24 hours of such days."""
    hours = days.sum(axis=0)
    return (hours / hours.sum()).round(6).tolist()


def _said(hour: int, looks: int, label: tuple[str, str] | None, *, profiled: bool) -> tuple[str, str]:
    begin, end = f"{hour}:00", f"{(hour + 1) % DAY_HOURS}:00"
    zh, en = (f"「{label[0]}」层", f"the layer “{label[1]}”") if label else ("全体客户", "everybody")
    if not profiled:
        return (
            f"{begin} 至 {end}：全体客户的习惯。这位客户不接受个性化分析，所以不看本人的记录。",
            f"{begin} to {end}, as everybody's: they do not want to be profiled, so their own looks are not read.",
        )
    if not looks:
        return (
            f"{begin} 至 {end}：近 90 天没有本人的记录，借用{zh}的习惯。",
            f"{begin} to {end}, as that of {en}: they have not looked in 90 days.",
        )
    part = round(100 * own_share(looks))
    return (
        f"{begin} 至 {end}：依据本人近 90 天 {looks} 次查看（占 {part}%），其余借用{zh}的习惯。",
        f"{begin} to {end}, by {looks} look{'s' * (looks > 1)} of their own in 90 days ({part}%); "
        f"the rest is that of {en}.",
    )
