"""Background work: which jobs there are and when they come by themselves."""

from __future__ import annotations

from docs.pages.markdown import page, table
from siyu.jobs import all_schedules, handled_names
from siyu.jobs.model import handler_of


def pages() -> dict[str, str]:
    jobs = table(["job", "does"], [(f"`{name}`", _first_sentence(name)) for name in handled_names()])
    schedules = table(
        ["schedule", "cron", "job"],
        [(f"`{each.name}`", f"`{each.cron}`", f"`{each.job}`") for each in all_schedules()],
    )
    zone = "Cron fields are read in the installation's time zone. 按店铺时区计算。\n"
    return {"jobs.md": page("Jobs · 后台任务", jobs, "## Schedules · 定时\n\n" + zone, schedules)}


def _first_sentence(name: str) -> str:
    return " ".join((handler_of(name).__doc__ or "").split("\n\n")[0].split())
