"""What the composition root lends the web: things that live above it or beside the process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from siyu.channels.platform.callbacks import Hurry
from siyu.channels.registry import Channels
from siyu.storage.keeper import Keeper
from siyu.web.proxies import NOBODY_TRUSTED, Proxies
from siyu.web.rehearsing import Rehearsal


@dataclass(frozen=True)
class Outside:
    """``run_command(argv)`` runs a command of the CLI on the open stores → (exit status, stdout, stderr);
    ``local_token`` proves a caller of ``/internal`` to be this machine's user; ``address`` is where programs of this
    machine reach the server, ``public_url`` where everybody does ("": not told); ``channels`` send messages;
    ``version`` is shown on the health page; ``proxies`` may say for whom they ask; ``keeper`` lets workers of this
    home use the embedded event log; ``hurry`` takes callbacks that have to be answered within seconds."""

    run_command: Callable[[list[str]], tuple[int, str, str]] | None = None
    local_token: str = ""
    address: str = ""
    public_url: str = ""
    channels: Channels | None = None
    version: str = ""
    proxies: Proxies = NOBODY_TRUSTED
    keeper: Keeper | None = None
    hurry: Hurry | None = None


@dataclass(frozen=True)
class Lent:
    """What the routes of one application are given beside its stores."""

    outside: Outside
    channels: Channels
    rehearsal: Rehearsal
