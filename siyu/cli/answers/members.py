"""The shapes of what ``siyu tier …`` and ``siyu care …`` answer."""

from __future__ import annotations

from siyu.cli.answers.shaping import Answers, Schemas, shaped
from siyu.loyalty.care import command as care
from siyu.loyalty.tiers import command as tiers

SCHEMAS: Schemas = {
    "tier-list": shaped("tier list", tiers.TiersAnswer),
    "tier": shaped("tier show", tiers.WayAnswer),
    "tier-changes": shaped("tier changes", tiers.ChangesAnswer),
    "tier-plan": shaped("tier plan", tiers.PlanAnswer),
    "tier-plans": shaped("tier plans", tiers.PlansAnswer),
    "tier-trial": shaped("tier try", tiers.TrialAnswer),
    "care": shaped("care", care.CareAnswer),
    "care-list": shaped("care list", care.CaresAnswer),
    "care-effect": shaped("care effect", care.EffectAnswer),
    "care-calendar": shaped("care calendar", care.CalendarAnswer),
}

ANSWERS: Answers = {
    ("tier", "list"): "tier-list",
    ("tier", "show"): "tier",
    ("tier", "changes"): "tier-changes",
    ("tier", "plans"): "tier-plans",
    **{("tier", word): "tier-plan" for word in ("plan", "add", "begin")},
    ("tier", "try"): "tier-trial",
    **{("care", word): "care" for word in ("add", "start", "pause")},
    ("care", "list"): "care-list",
    ("care", "effect"): "care-effect",
    ("care", "calendar"): "care-calendar",
}
