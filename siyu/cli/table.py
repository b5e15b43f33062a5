"""Every command, by room. A room's commands are one file here and one entry below."""

from __future__ import annotations

from siyu.cli import (
    account_commands,
    acquisition_commands,
    aside_commands,
    audience_commands,
    backup_commands,
    code_commands,
    export_commands,
    group_post_commands,
    group_welcome_commands,
    handover_commands,
    hook_commands,
    import_commands,
    insight_commands,
    layer_commands,
    lost_friend_commands,
    media_commands,
    moment_commands,
    quota_commands,
    reach_commands,
    service_commands,
    settings_commands,
    staff_commands,
    wechat_commands,
    welcome_commands,
    word_rule_commands,
    work_commands,
)
from siyu.cli.command import Command, ServerCommand

SERVERS: tuple[ServerCommand, ...] = (
    ServerCommand(("up",), "启动全部", "Start everything in one process", frozenset({"web", "work"})),
    ServerCommand(("web",), "只启动网页和接口", "Start the console, the API and the intake only", frozenset({"web"})),
    ServerCommand(("worker",), "只启动后台任务", "Start background work only", frozenset({"work"})),
)

COMMANDS: tuple[Command | ServerCommand, ...] = (
    *SERVERS,
    *import_commands.COMMANDS,
    *export_commands.COMMANDS,
    *audience_commands.COMMANDS,
    *reach_commands.COMMANDS,
    *quota_commands.COMMANDS,
    *welcome_commands.COMMANDS,
    *code_commands.COMMANDS,
    *service_commands.COMMANDS,
    *media_commands.COMMANDS,
    *wechat_commands.COMMANDS,
    *acquisition_commands.COMMANDS,
    *moment_commands.COMMANDS,
    *group_post_commands.COMMANDS,
    *group_welcome_commands.COMMANDS,
    *handover_commands.COMMANDS,
    *work_commands.COMMANDS,
    *word_rule_commands.COMMANDS,
    *lost_friend_commands.COMMANDS,
    *account_commands.COMMANDS,
    *layer_commands.COMMANDS,
    *insight_commands.COMMANDS,
    *settings_commands.COMMANDS,
    *aside_commands.COMMANDS,
    *staff_commands.COMMANDS,
    *hook_commands.COMMANDS,
    *backup_commands.COMMANDS,
)
