"""What commands answer about what is sent and shown: broadcasts, welcomes, moments, media."""

from __future__ import annotations

from typing import Literal

import msgspec

from siyu.channels.wecom.group_posts import command as group_posts
from siyu.channels.wecom.group_welcomes import command as group_welcomes
from siyu.channels.wecom.moments import command as moments
from siyu.cli.answers.shaping import Answers, Moment, Schemas, shaped
from siyu.reach.command import EffectAnswer, RemindedAnswer, WaitingAnswer
from siyu.reach.cost_command import CostsAnswer
from siyu.reach.guard_command import RulesAnswer, WhatIfAnswer
from siyu.reach.journeys import command as journeys
from siyu.reach.journeys.arms_told import ArmsAnswer
from siyu.reach.journeys.forecast_command import JourneyForecast
from siyu.reach.journeys.queries import JourneyPath
from siyu.reach.journeys.ready.command import ReadyJourneys
from siyu.reach.journeys.rehearsal_command import RehearsalAnswer
from siyu.reach.quota_command import ForecastAnswer, MembersAnswer, QuotasAnswer
from siyu.reach.staff_tasks import command as tasks
from siyu.reach.welcome_command import WelcomeAnswer, WelcomesAnswer


class MediumTold(msgspec.Struct):
    """A medium; ``sha256`` is what attachments name it by."""

    sha256: str
    kind: Literal["image", "video", "file"]
    name: str
    type: str
    size: int
    created: Moment
    by: str


class MediaTold(msgspec.Struct):
    """Every medium, the newest first."""

    media: list[MediumTold]


class MediumRemoved(msgspec.Struct):
    """The medium that was thrown away."""

    removed: str


class PictureMade(msgspec.Struct):
    """The file that was written, and its size."""

    file: str
    bytes: int


class JourneyPublished(msgspec.Struct):
    """The new version."""

    journey: int
    version: int


class WelcomeRemoved(msgspec.Struct):
    """The welcome that was thrown away."""

    removed: int


SCHEMAS: Schemas = {
    "broadcast-count": shaped("broadcast count", ForecastAnswer),
    "broadcast-cost": shaped("broadcast cost", CostsAnswer),
    "journey-cost": shaped("journey cost", CostsAnswer),
    "journey-forecast": shaped("journey forecast", JourneyForecast),
    "broadcast-effect": shaped("broadcast effect", EffectAnswer),
    "broadcast-waiting": shaped("broadcast waiting", WaitingAnswer),
    "broadcast-remind": shaped("broadcast remind", RemindedAnswer),
    "journey": shaped("journey", journeys.JourneyDetail),
    "journey-ready": shaped("journey ready", ReadyJourneys),
    "journey-list": shaped("journey list", journeys.JourneysAnswer),
    "journey-check": shaped("journey check", journeys.ProblemsAnswer),
    "journey-text": shaped("journey text", journeys.TextAnswer),
    "journey-publish": shaped("journey publish", JourneyPublished),
    "journey-enter": shaped("journey enter", journeys.SentIn),
    "journey-versions": shaped("journey versions", journeys.VersionsAnswer),
    "journey-changes": shaped("journey changes", journeys.ChangesAnswer),
    "journey-figures": shaped("journey figures", journeys.JourneyFigures),
    "journey-arms": shaped("journey arms", ArmsAnswer),
    "journey-people": shaped("journey people", journeys.PeopleInside),
    "journey-path": shaped("journey path", JourneyPath),
    "journey-rehearsal": shaped("journey rehearsal", RehearsalAnswer),
    "welcome": shaped("welcome", WelcomeAnswer),
    "welcome-list": shaped("welcome list", WelcomesAnswer),
    "moment": shaped("moment", moments.MomentDetail),
    "moment-list": shaped("moment list", moments.MomentsAnswer),
    "group-post": shaped("group-post", group_posts.GroupPostDetail),
    "group-post-list": shaped("group-post list", group_posts.GroupPostsAnswer),
    "group-post-count": shaped("group-post count", group_posts.GroupForecast),
    "group-post-remind": shaped("group-post remind", group_posts.GroupReminded),
    "group-welcome": shaped("group-welcome", group_welcomes.GroupWelcome),
    "group-welcome-list": shaped("group-welcome list", group_welcomes.GroupWelcomesAnswer),
    "group-welcome-remove": shaped("group-welcome remove", group_welcomes.GroupWelcomeRemoved),
    "welcome-remove": shaped("welcome remove", WelcomeRemoved),
    "quota-show": shaped("quota show", QuotasAnswer),
    "quota-members": shaped("quota members", MembersAnswer),
    "guard": shaped("guard", RulesAnswer),
    "guard-what-if": shaped("guard what-if", WhatIfAnswer),
    "task": shaped("task", tasks.TaskAnswer),
    "task-list": shaped("task list", tasks.TasksAnswer),
    "task-give": shaped("task give", tasks.TasksGiven),
    "task-hand-all": shaped("task hand-all", tasks.TasksMoved),
    "task-team": shaped("task team", tasks.TeamAnswer),
    "task-holders": shaped("task holders", tasks.HoldersAnswer),
    "task-rung": shaped("task rung", tasks.RungAnswer),
    "task-templates": shaped("task templates", tasks.TemplatesAnswer),
    "task-template": shaped("task template-add", tasks.TemplateAnswer),
    "task-template-remove": shaped("task template-remove", tasks.TemplateRemoved),
    "media": shaped("media", MediumTold),
    "media-list": shaped("media list", MediaTold),
    "media-remove": shaped("media remove", MediumRemoved),
    "picture-make": shaped("picture make", PictureMade),
}

_JOURNEY_ITSELF = ("show", "add", "change", "copy", "archive", "restore", "pause", "resume", "close", "stop", "begin")
_OF_JOURNEY = (
    "ready",
    "list",
    "check",
    "text",
    "publish",
    "enter",
    "versions",
    "changes",
    "figures",
    "arms",
    "people",
    "path",
)
ANSWERS: Answers = {
    **{("journey", verb): "journey" for verb in _JOURNEY_ITSELF},
    **{("journey", verb): f"journey-{verb}" for verb in _OF_JOURNEY},
    **{("journey", verb): "journey-rehearsal" for verb in ("rehearse", "rehearsal")},
    ("broadcast", "count"): "broadcast-count",
    ("broadcast", "cost"): "broadcast-cost",
    ("journey", "cost"): "journey-cost",
    ("journey", "forecast"): "journey-forecast",
    ("broadcast", "effect"): "broadcast-effect",
    ("broadcast", "waiting"): "broadcast-waiting",
    ("broadcast", "remind"): "broadcast-remind",
    ("moment", "list"): "moment-list",
    ("moment", "show"): "moment",
    ("moment", "post"): "moment",
    ("moment", "cancel"): "moment",
    ("group-post", "list"): "group-post-list",
    ("group-post", "show"): "group-post",
    ("group-post", "count"): "group-post-count",
    ("group-post", "post"): "group-post",
    ("group-post", "cancel"): "group-post",
    ("group-post", "remind"): "group-post-remind",
    ("group-welcome", "list"): "group-welcome-list",
    ("group-welcome", "make"): "group-welcome",
    ("group-welcome", "change"): "group-welcome",
    ("group-welcome", "remove"): "group-welcome-remove",
    ("welcome", "list"): "welcome-list",
    ("welcome", "add"): "welcome",
    ("welcome", "change"): "welcome",
    ("welcome", "on"): "welcome",
    ("welcome", "off"): "welcome",
    ("welcome", "remove"): "welcome-remove",
    ("guard", "show"): "guard",
    ("guard", "set"): "guard",
    ("guard", "what-if"): "guard-what-if",
    ("guard", "add-cap"): "guard",
    ("guard", "remove-cap"): "guard",
    ("task", "list"): "task-list",
    ("task", "show"): "task",
    ("task", "give"): "task-give",
    ("task", "take"): "task",
    ("task", "done"): "task",
    ("task", "hand"): "task",
    ("task", "hand-all"): "task-hand-all",
    ("task", "reopen"): "task",
    ("task", "cancel"): "task",
    ("task", "team"): "task-team",
    ("task", "holders"): "task-holders",
    ("task", "rung"): "task-rung",
    ("task", "templates"): "task-templates",
    ("task", "template-add"): "task-template",
    ("task", "template-remove"): "task-template-remove",
    ("quota", "show"): "quota-show",
    ("quota", "members"): "quota-members",
    ("media", "list"): "media-list",
    ("media", "add"): "media",
    ("media", "remove"): "media-remove",
    ("picture", "make"): "picture-make",
}
