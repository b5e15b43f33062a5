"""Conditions on what a person is: profile, tags, layer, consent, identifiers."""

from __future__ import annotations

from typing import Literal

from siyu.audiences.conditions.base import PersonCondition
from siyu.audiences.fields import person_field, value_of_person
from siyu.audiences.filters import operator, sentence_of, sql_of
from siyu.audiences.operators import LIST_VALUES_MAX, OPERATORS, Operand
from siyu.audiences.record import PersonRecord
from siyu.audiences.sql import Moment, Query
from siyu.audiences.words import Pair, Words
from siyu.storage import BadInput

KEY_LENGTH_MAX = 200
TAG_MAX = 2**32 - 1

Which = Literal["any", "all", "none"]

PURPOSES: dict[str, Pair] = {
    "marketing": ("营销", "marketing"),
    "service": ("服务", "service"),
    "profiling": ("个性化分析", "profiling"),
    "sharing": ("提供给广告平台", "sharing with advertising platforms"),
}


def _check_list(many: int, at: str) -> None:
    if not 0 < many <= LIST_VALUES_MAX:
        raise BadInput(
            "rule_list",
            f"请选择 1 至 {LIST_VALUES_MAX} 项。",
            f"Choose 1 to {LIST_VALUES_MAX} items.",
            field=at,
        )


def _check_key(key: str, at: str) -> None:
    if not 0 < len(key) <= KEY_LENGTH_MAX or "\x00" in key:
        raise BadInput(
            "rule_key",
            f"须为 1 至 {KEY_LENGTH_MAX} 个字符。",
            f"It has 1 to {KEY_LENGTH_MAX} characters.",
            field=at,
        )


class Profile(PersonCondition, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="profile"):
    """One operator on one field of the person."""

    field: str
    op: str
    value: Operand = None

    def check(self, at: str) -> None:
        person_field(self.field, f"{at}.field")
        operator(self.op, at).check(self.value, at)

    def sql(self, query: Query) -> str:
        return sql_of(query, person_field(self.field, "field", query.moment), self.op, self.value)

    def found_sql(self, query: Query) -> str:
        if self.field.startswith("attributes."):
            return f"toString(attributes.`{self.field.removeprefix('attributes.')}`)"
        if self.field == "minor":
            return "if(minor = 1, 'true', 'false')"
        return f"ifNull({person_field(self.field, 'field', query.moment).readings.text}, '')"

    def reads(self, person: PersonRecord, moment: Moment) -> bool:
        known = OPERATORS[self.op]
        return known.reads(value_of_person(self.field, person), self.value, moment) is (known.opposite_of is None)

    def sentence(self, words: Words) -> str:
        return sentence_of(words, person_field(self.field, "field"), self.op, self.value)


class Tagged(PersonCondition, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="tag"):
    """Has any, all or none of these tags (by number)."""

    tags: tuple[int, ...]
    op: Which = "any"

    def check(self, at: str) -> None:
        _check_list(len(self.tags), f"{at}.tags")
        if not all(0 < tag <= TAG_MAX for tag in self.tags):
            raise BadInput("rule_tag", "标签编号不正确。", "A tag number is not valid.", field=f"{at}.tags")

    def sql(self, query: Query) -> str:
        wanted = query.numbers(self.tags)
        if self.op == "all":
            return f"hasAll(tags, {wanted})"
        return f"{'NOT ' if self.op == 'none' else ''}hasAny(tags, {wanted})"

    def found_sql(self, query: Query) -> str:
        return f"arrayStringConcat(arrayMap(x -> toString(x), arrayIntersect(tags, {query.numbers(self.tags)})), ',')"

    def told(self, words: Words, found: str) -> str:
        if not found:
            return words.t("没有这些标签", "none of these tags")
        return words.listed((words.tag(int(tag)) for tag in found.split(",")), last=("和", "and"))

    def reads(self, person: PersonRecord, moment: Moment) -> bool:
        wanted = frozenset(self.tags)
        return wanted <= person.tags if self.op == "all" else bool(wanted & person.tags) is (self.op == "any")

    def sentence(self, words: Words) -> str:
        names = [words.tag(tag) for tag in self.tags]
        if self.op == "none":
            return words.t(f"没有标签{words.listed(names)}", f"without tag {words.listed(names)}")
        last = ("和", "and") if self.op == "all" else ("或", "or")
        return words.t(f"有标签{words.listed(names, last=last)}", f"tagged {words.listed(names, last=last)}")


class Layered(PersonCondition, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="layer"):
    """Is in one of these layers of a scheme, or in none of them. Without a layer yet: in none."""

    scheme: str
    layers: tuple[str, ...]
    op: Literal["is", "is_not"] = "is"

    def check(self, at: str) -> None:
        _check_key(self.scheme, f"{at}.scheme")
        _check_list(len(self.layers), f"{at}.layers")
        for number, layer in enumerate(self.layers):
            _check_key(layer, f"{at}.layers[{number}]")

    def sql(self, query: Query) -> str:
        found = f"has({query.texts(self.layers)}, {self.found_sql(query)})"
        return found if self.op == "is" else f"NOT {found}"

    def found_sql(self, query: Query) -> str:
        return f"toString(layers[{query.text(self.scheme)}])"

    def told(self, words: Words, found: str) -> str:
        return words.layer(self.scheme, found) if found else words.t("未分层", "in no layer")

    def reads(self, person: PersonRecord, moment: Moment) -> bool:
        return (person.layers.get(self.scheme, "") in self.layers) is (self.op == "is")

    def sentence(self, words: Words) -> str:
        layers = words.listed(words.layer(self.scheme, layer) for layer in self.layers)
        verb = words.t("是", "is") if self.op == "is" else words.t("不是", "is not")
        return words.t(f"{words.scheme(self.scheme)}{verb}{layers}", f"{words.scheme(self.scheme)} {verb} {layers}")


class Consent(PersonCondition, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="consent"):
    """Consent for a purpose over a channel: given, refused, or neither asked. What was said for the channel itself
    goes before what was said for "any"."""

    purpose: str
    channel: str = "any"
    op: Literal["given", "refused", "unknown"] = "given"

    def check(self, at: str) -> None:
        _check_key(self.purpose, f"{at}.purpose")
        _check_key(self.channel, f"{at}.channel")

    @property
    def _keys(self) -> tuple[str, str]:
        return f"{self.purpose}:{self.channel}", f"{self.purpose}:any"

    def sql(self, query: Query) -> str:
        exact, broad = map(query.text, self._keys)
        given = f"(has(consents, {exact}) OR has(consents, {broad}) AND NOT has(refusals, {exact}))"
        refused = (
            f"(NOT has(consents, {exact}) AND (has(refusals, {exact}) "
            f"OR has(refusals, {broad}) AND NOT has(consents, {broad})))"
        )
        return {"given": given, "refused": refused, "unknown": f"NOT {given} AND NOT {refused}"}[self.op]

    def found_sql(self, query: Query) -> str:
        return "concat('+', arrayStringConcat(consents, ' +'), ' -', arrayStringConcat(refusals, ' -'))"

    def reads(self, person: PersonRecord, moment: Moment) -> bool:
        state = "unknown"
        for key in reversed(self._keys):  # the exact key last: it goes before
            if key in person.refusals:
                state = "refused"
            if key in person.consents:
                state = "given"
        return state == self.op

    def sentence(self, words: Words) -> str:
        purpose = words.pair(PURPOSES.get(self.purpose, (self.purpose, self.purpose)))
        channel = words.t("任意渠道", "any channel") if self.channel == "any" else self.channel
        said = {
            "given": ("已同意", "agreed to"),
            "refused": ("已拒绝", "refused"),
            "unknown": ("未表态", "not asked for"),
        }
        verb = words.pair(said[self.op])
        return words.t(f"{verb}（{purpose} · {channel}）", f"{verb} {purpose} over {channel}")


class Identified(PersonCondition, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="identifier"):
    """Can be found by any, all or none of these kinds of identifier. ``openid`` stands for every ``openid:<app>``."""

    kinds: tuple[str, ...]
    op: Which = "any"

    def check(self, at: str) -> None:
        _check_list(len(self.kinds), f"{at}.kinds")
        for number, kind in enumerate(self.kinds):
            _check_key(kind, f"{at}.kinds[{number}]")

    def sql(self, query: Query) -> str:
        present = [
            f"arrayExists(k -> k = {query.text(kind)} OR startsWith(k, {query.text(f'{kind}:')}), kinds)"
            for kind in self.kinds
        ]
        joined = f"({(' AND ' if self.op == 'all' else ' OR ').join(present)})"
        return f"NOT {joined}" if self.op == "none" else joined

    def found_sql(self, query: Query) -> str:
        return "arrayStringConcat(kinds, ', ')"

    def reads(self, person: PersonRecord, moment: Moment) -> bool:
        present = [any(held == kind or held.startswith(f"{kind}:") for held in person.kinds) for kind in self.kinds]
        return all(present) if self.op == "all" else any(present) is (self.op == "any")

    def sentence(self, words: Words) -> str:
        kinds = words.listed(self.kinds, last=("和", "and") if self.op == "all" else ("或", "or"))
        if self.op == "none":
            return words.t(f"没有身份标识 {kinds}", f"without an identifier {kinds}")
        return words.t(f"有身份标识 {kinds}", f"with an identifier {kinds}")
