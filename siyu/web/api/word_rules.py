"""The API of rules for sensitive words."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from siyu.channels.accounts import get_account
from siyu.channels.registry import Channels, exchange_of
from siyu.channels.wecom.word_rules import command, reading, rules
from siyu.channels.wecom.word_rules.command import WordRuleAnswer, WordRulesAnswer, WordRulesRead
from siyu.channels.wecom.word_rules.rules import Draft
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.paging import Id
from siyu.web.routes import api_read, api_write

Text = Annotated[str, msgspec.Meta(max_length=128)]
Words = Annotated[list[Text], msgspec.Meta(max_length=rules.WORDS_MAX)]
Members = Annotated[list[Text], msgspec.Meta(max_length=rules.RANGE_MAX)]
Departments = Annotated[list[Annotated[int, msgspec.Meta(ge=1, lt=2**53)]], msgspec.Meta(max_length=rules.RANGE_MAX)]


class WordRuleBody(msgspec.Struct, forbid_unknown_fields=True):
    """A rule. `words`: 300 at most, of 32 characters; `kinds`: what else is stopped; `blocks`: the message is not sent,
    else its writer is only warned; `members` and `departments`: to whom it applies, 1,000 at most."""

    name: Text
    words: Words = []
    kinds: list[Literal["phone", "email", "red_packet"]] = []
    blocks: bool = True
    members: Members = []
    departments: Departments = []

    def draft(self) -> Draft:
        return Draft(self.name, self.words, self.kinds, self.blocks, self.members, self.departments)


@api_read("/api/word-rules", "people.read")
def list_all(stores: Stores) -> WordRulesAnswer:
    """The rules that there are, the newest first."""
    return command.all_told(stores)


@api_write(
    "POST",
    "/api/accounts/{account:int}/word-rules",
    "watch.write",
    audits="word_rule_made",
    about="account:{account}",
)
def make(stores: Stores, channels: Channels, actor: Actor, account: Id, data: WordRuleBody) -> WordRuleAnswer:
    """Have a rule made. Where the platform does not answer the rule is looked for, not made twice."""
    number = rules.make_rule(stores, exchange_of(channels), actor.tag, account, data.draft())
    note(f"word_rule:{number}", name=data.name)
    return command.told(stores, number)


@api_write(
    "POST",
    "/api/accounts/{account:int}/word-rules/read",
    "watch.write",
    audits="word_rules_read",
    about="account:{account}",
    status_code=200,
)
def read(stores: Stores, account: Id) -> WordRulesRead:
    """Read the rules as the platform has them, in the background."""
    get_account(stores, account)
    return WordRulesRead(reading.ask_to_read(stores, account))


@api_read("/api/word-rules/{rule:int}", "people.read")
def one(stores: Stores, rule: Id) -> WordRuleAnswer:
    """One rule."""
    return command.told(stores, rule)


@api_write("PUT", "/api/word-rules/{rule:int}", "watch.write", audits="word_rule_changed", about="word_rule:{rule}")
def change(stores: Stores, channels: Channels, rule: Id, data: WordRuleBody) -> WordRuleAnswer:
    """Change a rule; it holds for what is written from then on."""
    rules.change_rule(stores, exchange_of(channels), rule, data.draft())
    return command.told(stores, rule)


@api_write("DELETE", "/api/word-rules/{rule:int}", "watch.write", audits="word_rule_removed", about="word_rule:{rule}")
def remove(stores: Stores, channels: Channels, rule: Id) -> None:
    """End a rule."""
    rules.remove_rule(stores, exchange_of(channels), rule)


ROUTES = [list_all, make, read, one, change, remove]
