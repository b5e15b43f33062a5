"""What the environment and the command line say about this process. Everything else is set in the console.

Read once, where the process begins; nobody below ``app`` and ``cli`` looks at the environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any


class SettingError(ValueError):
    """A variable can't be read as what it should be. Carries a sentence in both languages."""

    def __init__(self, variable: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.variable = variable
        self.zh = zh
        self.en = en


def _texts(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


@dataclass(frozen=True)
class Settings:
    """Each field is read from ``SIYU_<FIELD>``; its texts make the reference."""

    home: Path = field(
        default=Path("data"),
        metadata=_texts(
            "数据目录；状态、事件、上传的文件和密钥都在里面。",
            "The folder in which state, events, uploaded files and keys are kept.",
        ),
    )
    host: str = field(
        default="127.0.0.1",
        metadata=_texts(
            "监听的地址；0.0.0.0 表示所有网卡（请放在 HTTPS 反向代理之后）。",
            "The address to listen on; 0.0.0.0 for every interface (behind a proxy that speaks HTTPS).",
        ),
    )
    port: int = field(
        default=8420,
        metadata=_texts("监听的端口；0 表示任选一个空闲端口。", "The port to listen on; 0 takes a free one."),
    )
    public_url: str = field(
        default="",
        metadata=_texts(
            "外部访问本系统的网址，用于短信和消息里的链接；空则用监听地址。",
            "The address under which others reach this installation, for links in messages; empty: where it listens.",
        ),
    )
    trusted_proxies: str = field(
        default="",
        metadata=_texts(
            "可信的反向代理：层数（如 1）或网段（如 10.0.0.0/8,192.0.2.7）；据此从 X-Forwarded-For 读取来访地址，"
            "用于操作记录、限流和登录锁定。空则不信任该请求头。",
            "The reverse proxies to be believed: how many (1) or their networks (10.0.0.0/8,192.0.2.7). "
            "X-Forwarded-For then tells the caller's address for the audit log, limits and lock-outs; "
            "empty: the header is not believed.",
        ),
    )
    ledger: str = field(
        default="",
        metadata=_texts(
            "状态库的连接串，例如 postgresql://user:password@host/siyu；空则为数据目录内的 SQLite。",
            "The state store, such as postgresql://user:password@host/siyu; empty: SQLite inside the home folder.",
        ),
    )
    events: str = field(
        default="",
        metadata=_texts(
            "事件库的连接串，例如 clickhouse://user:password@host:8123/siyu；空则为数据目录内的 chDB。",
            "The event store, such as clickhouse://user:password@host:8123/siyu; empty: chDB inside the home folder.",
        ),
    )
    pace: int = field(
        default=1,
        metadata=_texts(
            "预演时间的快慢：系统里的时间走得是真实时间的几倍，例如 3600 表示一秒过一小时。只能用于空的数据目录，"
            "之后该目录只能用来预演，也只能访问本机的模拟平台。",
            "How fast time goes in a rehearsal: 3600 lets an hour pass in a second. Only in an empty home folder, "
            "which is for rehearsing from then on and calls nothing but simulators on this machine.",
        ),
    )
    worker_threads: int = field(
        default=4, metadata=_texts("后台任务的线程数。", "How many threads do background work.")
    )
    web_threads: int = field(default=16, metadata=_texts("处理页面请求的线程数。", "How many threads answer requests."))
    log_level: str = field(
        default="info",
        metadata=_texts("日志级别：debug、info、warning、error。", "What is logged: debug, info, warning or error."),
    )
    language: str = field(
        default="zh", metadata=_texts("命令行的语言：zh 或 en。", "The language of the command line: zh or en.")
    )


CHOICES: Mapping[str, tuple[str, ...]] = {
    "log_level": ("debug", "info", "warning", "error"),
    "language": ("zh", "en"),
}
LIMITS: Mapping[str, tuple[int, int]] = {
    "port": (0, 65_535),
    "pace": (1, 3_600),
    "worker_threads": (1, 64),
    "web_threads": (1, 256),
}


def variable_of(name: str) -> str:
    return f"SIYU_{name.upper()}"


def read_settings(environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """The settings of this process: ``given`` (not None) before the environment before the default.

    Raises :class:`SettingError` for a value that can't be read.
    """
    environment = os.environ if environment is None else environment
    chosen: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    for each in fields(Settings):
        text = environment.get(variable_of(each.name), "")
        if text and each.name not in chosen:
            chosen[each.name] = _read(each.name, type(each.default), text)
    return Settings(**chosen)


def _read(name: str, kind: type[Any], text: str) -> Any:
    variable = variable_of(name)
    if issubclass(kind, Path):
        return Path(text).expanduser()
    if kind is int:
        low, high = LIMITS[name]
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise SettingError(
                variable,
                f"{variable} 应为 {low} 到 {high} 的整数，现在是 {text!r}。",
                f"{variable} has to be a whole number from {low} to {high}; it is {text!r}.",
            )
        return int(text)
    if name == "trusted_proxies" and not _proxies(text):
        raise SettingError(
            variable,
            f"{variable} 应为代理层数（1 到 10）或网段列表，现在是 {text!r}。",
            f"{variable} has to be a number of proxies (1 to 10) or a list of networks; it is {text!r}.",
        )
    if name in CHOICES and text not in CHOICES[name]:
        raise SettingError(
            variable,
            f"{variable} 应为 {'、'.join(CHOICES[name])} 之一，现在是 {text!r}。",
            f"{variable} has to be one of {', '.join(CHOICES[name])}; it is {text!r}.",
        )
    return text


def _proxies(text: str) -> bool:
    from siyu.web.proxies import Proxies

    try:
        return bool(Proxies.read(text))
    except ValueError:
        return False
