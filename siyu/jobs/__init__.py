"""Durable work: jobs, schedules, progress; and the installation's preferences. See README.md in this folder."""

from siyu.jobs import housekeeping, preferences
from siyu.jobs.model import Cancelled, Handler, Job, JobStatus, LeaseLost, SilentReporter, handled_names, handles
from siyu.jobs.queue import cancel, enqueue, find, status
from siyu.jobs.schedules import all_schedules, schedule
from siyu.jobs.worker import Worker, run_due, run_now, run_to_end

__all__ = [
    "Cancelled",
    "Handler",
    "Job",
    "JobStatus",
    "LeaseLost",
    "SilentReporter",
    "Worker",
    "all_schedules",
    "cancel",
    "enqueue",
    "find",
    "handled_names",
    "handles",
    "housekeeping",
    "preferences",
    "run_due",
    "run_now",
    "run_to_end",
    "schedule",
    "status",
]
