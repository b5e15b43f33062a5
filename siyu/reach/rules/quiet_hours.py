"""Quiet hours: marketing waits until morning where the person is. It delays; it never drops.

The person's own time zone is the profile attribute ``timezone`` (``America/New_York``), as the one who speaks for them
has it; where there is none, or none that is known, the installation's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from siyu.channels.protocol import Field
from siyu.jobs import preferences
from siyu.reach.rules.base import Asked, Condition, Settings
from siyu.storage import BadInput

SMS = "sms"


def read_time(text: str, field: str) -> time:
    """``22:30`` → a time of day. Raises :class:`BadInput` for anything else."""
    try:
        return time.fromisoformat(text.strip().zfill(5))
    except ValueError:
        raise BadInput("time_invalid", "时间应形如 22:30。", "A time of day looks like 22:30.", field=field) from None


@cache
def known_zone(name: str) -> ZoneInfo | None:
    """The zone of a profile's word; None where there is no such zone."""
    return ZoneInfo(name) if preferences.is_timezone(name) else None


@dataclass(frozen=True)
class QuietHours:
    name: str = "quiet_hours"
    zh: str = "安静时段"
    en: str = "Quiet hours"
    reason_zh: str = "客户当地的安静时段，早上再发"
    reason_en: str = "Quiet hours where the person is: waits until morning"
    fields: tuple[Field, ...] = (
        Field("begin", "text", "开始", "From", default="22:30"),
        Field("end", "text", "结束", "Until", default="08:30"),
        Field("sms_begin", "text", "短信开始", "SMS from", default="20:00"),
        Field("sms_end", "text", "短信结束", "SMS until", default="09:00"),
        Field("service_too", "yes_no", "服务消息也等", "Service messages wait too", default=False),
    )
    switchable: bool = True

    def holds(self, asked: Asked, settings: Settings) -> Condition | None:
        return None  # the same for everybody, and a delay: see ``until``

    def until(self, now: datetime, zone: ZoneInfo, channel: str, kind: str, settings: Settings) -> datetime | None:
        """When the quiet ends that ``now`` lies in; None outside of it. Both are aware; the answer is in UTC."""
        if kind != "marketing" and not settings["service_too"]:
            return None
        prefix = "sms_" if channel == SMS else ""
        begin = read_time(str(settings[f"{prefix}begin"]), f"{prefix}begin")
        end = read_time(str(settings[f"{prefix}end"]), f"{prefix}end")
        local = now.astimezone(zone)
        clock = local.time().replace(tzinfo=None)
        quiet = begin <= clock < end if begin <= end else (clock >= begin or clock < end)
        if not quiet:
            return None
        day = local.date() + timedelta(days=1 if clock >= end else 0)
        return datetime.combine(day, end, zone).astimezone(now.tzinfo)

    def sentence(self, settings: Settings) -> tuple[str, str]:
        begin, end = settings["begin"], settings["end"]
        sms_begin, sms_end = settings["sms_begin"], settings["sms_end"]
        return (
            f"{begin} 到次日 {end} 不发营销消息（短信 {sms_begin} 到 {sms_end}），推迟到早上再发。"
            "按客户资料里的时区（属性 timezone）算，没有时按店铺时区。",
            f"No marketing from {begin} to {end} (SMS {sms_begin} to {sms_end}); it waits until morning. "
            "By the person's own time zone (attribute timezone) where it is known, else by the shop's.",
        )

    def check(self, settings: Settings) -> None:
        for name in ("begin", "end", "sms_begin", "sms_end"):
            read_time(str(settings[name]), name)
