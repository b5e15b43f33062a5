"""What a job is, and the registry of who does which."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from sqlalchemy.engine import Connection

from siyu.storage import SiyuError, Stores

State = Literal["waiting", "running", "done", "failed", "cancelled"]
UNFINISHED: tuple[State, ...] = ("waiting", "running")


class Cancelled(Exception):
    """Somebody asked for the job to stop. Let it pass; the job then ends as ``cancelled``."""


class LeaseLost(Exception):
    """Another worker has taken the job over. Let it pass; whatever was not committed is not ours to commit."""


class Reporter(Protocol):
    """Where a running job says how far it is. The worker's writes to the store; :class:`SilentReporter` does not."""

    def progress(self, done: int, all: int | None, stage: str | None) -> None: ...

    def still_mine(self, conn: Connection) -> None: ...


class SilentReporter:
    """Keeps what was reported, and never cancels: for calling a handler directly in a test."""

    def __init__(self) -> None:
        self.reported: list[tuple[int, int | None, str | None]] = []

    def progress(self, done: int, all: int | None, stage: str | None) -> None:
        self.reported.append((done, all, stage))

    def still_mine(self, conn: Connection) -> None:
        return None


@dataclass(frozen=True)
class Job:
    """A job as its handler sees it."""

    id: int
    name: str
    arguments: Mapping[str, Any]
    attempt: int = 1
    key: str | None = None
    reporter: Reporter = field(default_factory=SilentReporter)

    def progress(self, done: int, all: int | None = None, stage: str | None = None) -> None:
        """Say how far the work is, in units of its own. Call it often: most calls cost nothing.

        Not inside ``ledger.write()`` of the same thread. Raises :class:`Cancelled` or :class:`LeaseLost`.
        """
        self.reporter.progress(done, all, stage)

    def still_mine(self, conn: Connection) -> None:
        """Fence a transaction: raises :class:`LeaseLost` where another worker has taken the job over."""
        self.reporter.still_mine(conn)


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job as an onlooker sees it."""

    id: int
    name: str
    key: str | None
    arguments: Mapping[str, Any]
    state: State
    attempt: int
    attempts_max: int
    done: int
    all: int | None
    stage: str
    cancel_asked: datetime | None
    due: datetime
    created: datetime
    finished: datetime | None
    result: Mapping[str, Any] | None
    error: Mapping[str, str] | None

    @property
    def unfinished(self) -> bool:
        return self.state in UNFINISHED


Handler = Callable[[Stores, Job], Mapping[str, Any] | None]

_handlers: dict[str, Handler] = {}
_forgotten: dict[str, tuple[str, ...]] = {}


def handles(name: str, *, forgets: Sequence[str] = ()) -> Callable[[Handler], Handler]:
    """Register the function that does the jobs of this name. It may run again after a crash: make it idempotent.

    ``forgets``: arguments that hold personal values; what was in them goes as soon as the job is done (``{}`` stays).
    """

    def register(handler: Handler) -> Handler:
        if _handlers.setdefault(name, handler) is not handler:
            raise ValueError(f"two handlers for the job {name!r}")
        _forgotten[name] = tuple(forgets)
        return handler

    return register


def handler_of(name: str) -> Handler:
    return _handlers[name]


def kept_arguments(job: Job) -> dict[str, Any]:
    """A job's arguments as they stay on record once it is done."""
    forgotten = _forgotten.get(job.name, ())
    return {name: {} if name in forgotten and value else value for name, value in job.arguments.items()}


def handled_names() -> list[str]:
    return sorted(_handlers)


def error_text(error: BaseException) -> str:
    """An error as it is kept with the job: JSON of ``code``, ``zh``, ``en``. Faults give their type alone,
    because their words may quote a person's data."""
    if isinstance(error, SiyuError):
        told = {"code": error.code, "zh": error.zh, "en": error.en}
    else:
        kind = type(error).__name__
        told = {
            "code": "fault",
            "zh": f"内部错误（{kind}），详见日志。",
            "en": f"An internal fault ({kind}); see the log.",
        }
    return json.dumps(told, ensure_ascii=False)


def permanent(error: BaseException) -> bool:
    """Whether trying again can't help: the input itself was refused."""
    return isinstance(error, SiyuError) and error.status < 500 and error.status != 409
