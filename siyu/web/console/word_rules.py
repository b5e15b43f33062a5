"""Groups and service → sensitive words: what advisers may not write to customers."""

from __future__ import annotations

from siyu.channels.registry import Channels, exchange_of
from siyu.channels.wecom.word_rules import reading, rules
from siyu.channels.wecom.word_rules.rules import KINDS, STATES, Draft, WordRule
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import known, menu
from siyu.web.current import in_words, note, t
from siyu.web.forms import Form
from siyu.web.listing import Column, Listing
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("groups", "/word-rules", "敏感词", "Sensitive words", permission="people.read", order=60)

WORDS_SHOWN = 8
LISTED = (
    Column("name", "规则", "Rule"),
    Column("stops", "拦截内容", "Stops"),
    Column("blocks", "方式", "How"),
    Column("whose", "适用", "To whom", narrow=False),
    Column("state", "状态", "State", narrow=False),
    Column("account", "账号", "Account", narrow=False),
)


@page("/word-rules", "people.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("word-rules", LISTED, views=False)
    return view.render(
        "groups/word_rules.html",
        fragment="list",
        listing=listing.paged(rules.list_rules(stores, words=listing.words)),
        accounts=known.companies(stores),
        states=in_words(STATES),
        stops=_stops,
    )


def _stops(rule: WordRule) -> str:
    """手机号、加我微信、私下转账 等 40 个词"""
    shown = [*(t(zh, en) for key, (_, zh, en) in KINDS.items() if key in rule.kinds), *rule.words[:WORDS_SHOWN]]
    many = len(rule.words)
    more = t(f" 等 {many} 个词", f" … ({many} words)") if many > WORDS_SHOWN else ""
    return t("、", ", ").join(shown) + more


@submit("/word-rules/read", "watch.write", audits="word_rules_read")
def read(view: View, stores: Stores) -> Html:
    for account in known.companies(stores):
        note(f"account:{account}")
        reading.ask_to_read(stores, account)
    toast = ("正在后台读取，可离开此页", "Being read in the background; you may leave")
    return view.redirect("/word-rules", toast=toast)


def _draft(form: Form) -> Draft:
    return Draft(
        form.text("name", required=True, characters_max=rules.NAME_CHARACTERS_MAX),
        form.words("words"),
        form.choices("kinds", list(KINDS)),
        form.choice("how", ["blocks", "warns"]) == "blocks",
        form.words("members"),
        known.departments_in(form),
    )


def _form_page(view: View, stores: Stores, form: Form, rule: WordRule | None = None) -> Html:
    show = view.render if form.ok else view.invalid
    own = known.companies(stores)
    its = {number: name for number, name in own.items() if rule is None or rule.account == number}
    return show(
        "groups/word_rule_form.html",
        form=form,
        rule=rule,
        accounts=own,
        kinds=[(key, t(zh, en)) for key, (_, zh, en) in KINDS.items()],
        members_known=known.members(stores, its),
        departments_known=known.departments(stores, its),
    )


@page("/word-rules/new", "watch.write")
def new(view: View, stores: Stores) -> Html:
    return _form_page(view, stores, Form.showing(how="blocks"))


@submit("/word-rules/new", "watch.write", audits="word_rule_made")
def make(view: View, stores: Stores, channels: Channels, actor: Actor, form: Form) -> Html:
    with form.errors_kept():
        draft = _draft(form)
        account = form.whole("account", low=1)
        if form.ok:
            note(f"account:{account}", name=draft.name)
            number = rules.make_rule(stores, exchange_of(channels), actor.tag, account, draft)
            note(f"word_rule:{number}", name=draft.name)
            return view.redirect("/word-rules", toast=("规则已生效", "The rule is in force"))
    return _form_page(view, stores, form)


@page("/word-rules/{rule:int}", "people.read")
def one(view: View, stores: Stores, rule: Id) -> Html:
    found = rules.get_rule(stores, rule)
    form = Form.showing(
        name=found.name,
        words="\n".join(found.words),
        kinds=found.kinds,
        how="blocks" if found.blocks else "warns",
        members=", ".join(found.members),
        departments=", ".join(map(str, found.departments)),
    )
    return _form_page(view, stores, form, found)


@submit("/word-rules/{rule:int}", "watch.write", audits="word_rule_changed", about="word_rule:{rule}")
def change(view: View, stores: Stores, channels: Channels, form: Form, rule: Id) -> Html:
    found = rules.get_rule(stores, rule)
    with form.errors_kept():
        draft = _draft(form)
        if form.ok:
            rules.change_rule(stores, exchange_of(channels), rule, draft)
            return view.redirect("/word-rules", toast=("已保存", "Saved"))
    return _form_page(view, stores, form, found)


@submit("/word-rules/{rule:int}/remove", "watch.write", audits="word_rule_removed", about="word_rule:{rule}")
def remove(view: View, stores: Stores, channels: Channels, rule: Id) -> Html:
    rules.remove_rule(stores, exchange_of(channels), rule)
    return view.redirect("/word-rules", toast=("已删除", "Removed"))


ROUTES = [list_all, read, new, make, one, change, remove]
