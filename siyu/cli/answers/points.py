"""The shapes of what ``siyu points …`` answers."""

from __future__ import annotations

from siyu.cli.answers.shaping import Answers, Schemas, shaped
from siyu.loyalty.points import command

SCHEMAS: Schemas = {
    "points-overview": shaped("points overview", command.OverviewAnswer),
    "points": shaped("points show", command.StatementAnswer),
    "points-posted": shaped("points post", command.PostedAnswer),
    "points-rules": shaped("points rules", command.RulesAnswer),
    "points-rule": shaped("points rule", command.RuleAnswer),
    "points-trial": shaped("points try", command.TriedAnswer),
    "points-liability": shaped("points liability", command.LiabilityAnswer),
    "points-proof": shaped("points audit", command.ProofAnswer),
}

ANSWERS: Answers = {
    ("points", "overview"): "points-overview",
    ("points", "show"): "points",
    **{("points", word): "points-posted" for word in ("post", "undo")},
    ("points", "rules"): "points-rules",
    **{("points", word): "points-rule" for word in ("begin", "end")},
    ("points", "try"): "points-trial",
    ("points", "liability"): "points-liability",
    ("points", "audit"): "points-proof",
}
