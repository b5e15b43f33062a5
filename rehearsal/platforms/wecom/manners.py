"""Where the platform may behave in more than one way, or where the facts are not certain: settings of the simulator."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Manners:
    """Change them at the door ``manners``."""

    echo: bool = False
    """Whether changes made through the API come back as callbacks (the platform's own pages disagree)."""
    empty_pages: int = 0
    """Every n-th page comes empty though more follow. 0: never."""
    welcome_seconds: int = 20
    tags_max: int = 10_000
    contact_ways_max: int = 500_000
    mass_per_month: int = 0
    """Mass messages that a customer gets in a month; 0: as many as the month has days."""
    mass_per_day: int = 1
    """… of one member, in a day; 0: any number."""
    mass_dispatch_seconds: int = 0
    """So long after its creation a mass task answers 41063."""
    staff_confirm: float = 0.0
    """Share of tasks that staff confirm by themselves; 0: only at the door."""
    staff_hours: float = 4.0
    """How long they take for it on average."""
    moment_seconds: int = 0
    """How long a moment job runs."""
    moments_per_day: int = 4
    """Moments of a corp that one customer sees in a day."""
    group_size_max: int = 500
    group_scan_max: int = 200
    """Above this many people nobody gets into a group by scanning."""
    group_lag_seconds: float = 0.0
    """So long after a change ``groupchat/get`` still shows a group as it was."""
    transfer_hours: int = 24
    """After that a customer who said nothing has a new adviser."""
    kf_token_seconds: int = 600
    kf_messages_max: int = 5
    kf_window_hours: int = 48
    kf_accounts_max: int = 10
