"""The side menu. Sections stand in the order of the loop; a page that is not built is not in it.

menu.page("people", "/people", "客户列表", "People", permission="people.read", order=10, letter="p")
"""

from __future__ import annotations

from dataclasses import dataclass

from siyu.web.current import may
from siyu.web.routes import SIGNED_IN


@dataclass(frozen=True, slots=True)
class Section:
    """One line of the menu. ``pages`` unfold below it."""

    key: str
    icon: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class MenuPage:
    """One page. ``letter`` is its keyboard shortcut after ``g``; ``also``: addresses elsewhere that belong to it."""

    section: str
    url: str
    zh: str
    en: str
    permission: str
    order: int
    letter: str
    also: tuple[str, ...] = ()


SECTIONS: tuple[Section, ...] = (
    Section("home", "home", "首页", "Home"),
    Section("people", "users", "客户", "People"),
    Section("acquire", "qrcode", "引流", "Acquire"),
    Section("reach", "send", "触达", "Reach"),
    Section("content", "article", "内容", "Content"),
    Section("groups", "messages", "社群与服务", "Groups & service"),
    Section("fission", "share", "裂变", "Fission"),
    Section("membership", "crown", "会员", "Membership"),
    Section("insight", "chart-bar", "分析", "Insight"),
    Section("playbooks", "book", "打法", "Playbooks"),
    Section("settings", "settings", "设置", "Settings"),
)

_pages: dict[str, MenuPage] = {}


def page(
    section: str,
    url: str,
    zh: str,
    en: str,
    *,
    permission: str = SIGNED_IN,
    order: int = 50,
    letter: str = "",
    also: tuple[str, ...] = (),
) -> None:
    """Put a page into the menu. ``letter`` has to be free."""
    if section not in {known.key for known in SECTIONS}:
        raise ValueError(f"unknown menu section: {section}")
    taken = [other.url for other in _pages.values() if letter and other.letter == letter and other.url != url]
    if taken:
        raise ValueError(f"the letter {letter} already leads to {taken[0]}")
    _pages[url] = MenuPage(section, url, zh, en, permission, order, letter, also)


def visible() -> list[tuple[Section, list[MenuPage]]]:
    """The sections and pages that the one who asks may open."""
    pages = sorted(
        (entry for entry in _pages.values() if entry.permission == SIGNED_IN or may(entry.permission)),
        key=lambda entry: (entry.order, entry.url),
    )
    found = [(section, [entry for entry in pages if entry.section == section.key]) for section in SECTIONS]
    return [(section, entries) for section, entries in found if entries]


def active(path: str) -> MenuPage | None:
    """The page whose address fits best: ``/people/12`` lights up ``/people``."""
    fitting = [
        (len(url), entry)
        for entry in _pages.values()
        for url in (entry.url, *entry.also)
        if path == url or (url != "/" and path.startswith(url + "/"))
    ]
    return max(fitting, key=lambda found: found[0], default=(0, None))[1]
