"""The shapes of what ``siyu campaign …``, ``purse``, ``reward`` and ``referral`` answer."""

from __future__ import annotations

from siyu.cli.answers.shaping import Answers, Schemas, shaped
from siyu.growth.campaigns import command as campaigns
from siyu.growth.purses import command as purses
from siyu.growth.referral import command as referral

SCHEMAS: Schemas = {
    "campaign": shaped("campaign", campaigns.CampaignAnswer),
    "campaign-list": shaped("campaign list", campaigns.CampaignsAnswer),
    "campaign-mechanics": shaped("campaign mechanics", campaigns.MechanicsAnswer),
    "campaign-figures": shaped("campaign figures", campaigns.FiguresAnswer),
    "campaign-efforts": shaped("campaign efforts", campaigns.EffortsAnswer),
    "purse": shaped("purse", purses.PurseAnswer),
    "purse-list": shaped("purse list", purses.PursesAnswer),
    "reward": shaped("reward", purses.RewardDetail),
    "reward-list": shaped("reward list", purses.RewardsAnswer),
    "referral-k": shaped("referral k", referral.KAnswer),
    "referral-top": shaped("referral top", referral.TopAnswer),
    "referral-person": shaped("referral person", referral.PersonAnswer),
    "referral-bring": shaped("referral bring", referral.BroughtAnswer),
}

ANSWERS: Answers = {
    **{("campaign", word): "campaign" for word in ("show", "add", "change", "start", "pause", "resume", "end")},
    ("campaign", "list"): "campaign-list",
    ("campaign", "mechanics"): "campaign-mechanics",
    ("campaign", "figures"): "campaign-figures",
    ("campaign", "efforts"): "campaign-efforts",
    **{("purse", word): "purse" for word in ("add", "total", "close", "reopen")},
    ("purse", "list"): "purse-list",
    ("reward", "list"): "reward-list",
    ("reward", "show"): "reward",
    ("reward", "settle"): "reward",
    ("referral", "k"): "referral-k",
    ("referral", "top"): "referral-top",
    ("referral", "person"): "referral-person",
    ("referral", "bring"): "referral-bring",
}
