"""How the installation is: what waits, how fresh answers are, what fails, how much room is left."""

from __future__ import annotations

import platform
import shutil
from dataclasses import dataclass

from siyu.jobs import aside, queue
from siyu.jobs.model import JobStatus
from siyu.loyalty.points.auditing import last_proof
from siyu.people import drain, projection
from siyu.storage import Stores

FREE_BYTES_LOW = 2_000_000_000
BACKLOG_ROWS_HIGH = 10_000
LAG_SECONDS_HIGH = 60.0
JOBS_SHOWN = 100


@dataclass(frozen=True)
class Health:
    """One look at the installation. Sizes in bytes, ages in seconds, ``waiting`` and ``aside`` in bodies."""

    waiting: int
    aside: int
    lag_seconds: float
    events: int
    event_bytes: int
    disk_free: int
    disk_all: int
    active: list[JobStatus]
    failed: list[JobStatus]
    ledger: str
    events_engine: str
    python: str
    point_faults: int = 0

    @property
    def worries(self) -> list[tuple[str, str]]:
        """What an owner should look at, in Chinese and English."""
        found: list[tuple[str, str]] = []
        if self.disk_free < FREE_BYTES_LOW:
            found.append(("磁盘空间不足 2 GB，请尽快清理。", "Less than 2 GB of disk is free; make room soon."))
        if self.waiting > BACKLOG_ROWS_HIGH:
            found.append(("收到的数据积压较多，稍后才能查到。", "Much intake is waiting; it shows a little later."))
        if self.aside:
            found.append(
                (
                    f"有 {self.aside} 条收到的数据无法处理，已隔离保存，见下方原因。",
                    f"{self.aside} received bodies can't be read and are set aside; the causes are below.",
                )
            )
        if self.lag_seconds > LAG_SECONDS_HIGH:
            found.append(("客户资料的更新有延迟。", "Changes of people reach the reports late."))
        if self.point_faults:
            found.append(
                (
                    f"积分账核对不平（{self.point_faults} 处），请打开“会员 → 积分”查看，并保留数据备份。",
                    f"The points ledger does not add up ({self.point_faults}); see Membership → Points, keep a backup.",
                )
            )
        if self.failed:
            found.append(("有后台任务失败，请查看原因并重试。", "Some background work failed; see why and retry."))
        return found


def look(stores: Stores) -> Health:
    """Look at everything now."""
    events, size = stores.events.row(
        "SELECT sum(rows), sum(bytes_on_disk) FROM system.parts "
        "WHERE active AND database = currentDatabase() AND table = 'events'"
    )
    (version,) = stores.events.row("SELECT version()")
    disk = shutil.disk_usage(stores.home)
    return Health(
        waiting=drain.backlog(stores),
        aside=aside.count_aside(stores),
        lag_seconds=projection.lag_seconds(stores),
        events=int(events or 0),
        event_bytes=int(size or 0),
        disk_free=disk.free,
        disk_all=disk.total,
        active=queue.find(stores, states=["running", "waiting"], rows_max=JOBS_SHOWN),
        failed=queue.find(stores, states=["failed"], rows_max=5),
        ledger="PostgreSQL" if stores.ledger.dialect == "postgresql" else "SQLite",
        events_engine=f"{'chDB' if stores.events.embedded else 'ClickHouse'} {version}",
        point_faults=0 if (proof := last_proof(stores)) is None else len(proof.faults),
        python=platform.python_version(),
    )
