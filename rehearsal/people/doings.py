"""What people do: come, answer, join, click, ask, buy, send back, bring friends, leave. One function per intent."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from rehearsal.catalogue import CATALOGUE, CATEGORIES
from rehearsal.names import SKINS
from rehearsal.people.diary import HABIT, Cause
from rehearsal.people.mind import Mind, Reading, healed, promotes
from rehearsal.people.plans import Intent
from rehearsal.people.town import Town
from rehearsal.population import generator
from rehearsal.reactions import basket_of

FRIENDS = 32
PRODUCTS_MAX = 6
FIRST_BY_HABIT, FIRST_BY_WELCOME = 0.12, 0.30
ANSWERS_WELCOME, JOINS_GROUP, ASKS = 0.45, 0.35, 0.10
SPOKEN_GIVES_BACK = 0.08
"""Goodwill that a personal word of one's adviser gives back."""

ANSWERS_ADVISER, ASKS_LATER, BUYS_ADVISED = 0.55, 0.20, 0.10
"""Chances after it, the last two at full goodwill: to answer; to come back with a question; to buy (more for the
loyal)."""

RETURNS, BLOCKS = 0.04, 0.45
BRINGS = 0.12
"""Chance after a purchase, at full goodwill and loyalty, to bring one's friends."""

QUESTIONS = (
    "敏感肌可以用吗？",
    "什么时候发货？",
    "孕期能用吗？",
    "支持七天无理由退货吗？",
    "怎么查物流？",
    "有没有小样？",
)

DOES: dict[str, Callable[[Town, Mind, Intent], None]] = {}


def does(what: str) -> Callable[[Callable[[Town, Mind, Intent], None]], Callable[[Town, Mind, Intent], None]]:
    """Enters what an intent means."""

    def enter(function: Callable[[Town, Mind, Intent], None]) -> Callable[[Town, Mind, Intent], None]:
        DOES[what] = function
        return function

    return enter


@does("come")
def come(town: Town, mind: Mind, intent: Intent) -> None:
    """Scan a code and add an adviser. Who is there already only looks."""
    if intent.cause.kind == "code":
        town.next_arrival(intent.due)
    if mind.friend:
        return
    people, code = town.people, town.places.codes[intent.about["state"]]
    known = {"name": people.name[mind.person], "gender": 2 if people.female[mind.person] else 1}
    added = town.street.act("add", code=code, external_userid=town.external(mind), **known)
    mind.friend, mind.blocked, mind.adviser = True, False, added["userid"]
    act = town.note(mind, "added", intent.cause, state=intent.about["state"], adviser=mind.adviser)
    chance = mind.chance(town.seed, "settle")
    if chance.random() < FIRST_BY_HABIT:
        mind.next("first_by_habit")
        town.plan(mind, 6 + float(chance.exponential(60)), "buy", HABIT)
    if chance.random() < JOINS_GROUP:
        town.plan(mind, float(chance.lognormal(-1.0, 0.8)), "join", Cause("code", intent.about["state"], act))


def welcomed(town: Town, mind: Mind, text: str) -> None:
    """They read the welcome: some answer it, some buy for the first time because of it."""
    act = town.note(mind, "welcomed", Cause("welcome"))
    cause = Cause("welcome", "", act)
    chance = mind.chance(town.seed, "welcome")
    thrift = float(town.people.thrift[mind.person])
    buys = FIRST_BY_WELCOME * (1 + 0.8 * thrift if promotes(text) else 1.0)
    answer, order = chance.random(2).tolist()
    if answer < ANSWERS_WELCOME:
        town.plan(mind, float(chance.lognormal(-2.5, 0.8)), "answer", cause)
    if order < buys:
        town.plan(mind, float(chance.lognormal(0.2, 1.0)), "buy", cause, text=text)


def spoken_to(town: Town, mind: Mind, cause: Cause) -> None:
    """An adviser wrote to them personally: they warm to the shop, and some come back because of it."""
    now = town.clock.now()
    mind.goodwill, mind.felt = min(1.0, healed(town.people, mind, now) + SPOKEN_GIVES_BACK), now
    asks = ASKS_LATER * mind.goodwill
    buys = BUYS_ADVISED * mind.goodwill * (0.5 + float(town.people.loyalty[mind.person]))
    act = town.note(mind, "spoken_to", cause, chances={"asks": round(asks, 4), "buys": round(buys, 4)})
    because = Cause("adviser", cause.ref, act)
    chance = mind.chance(town.seed, "spoken to")
    answer, question, order = chance.random(3).tolist()
    hours = [float(chance.lognormal(middle, 0.8)) for middle in (-1.5, 3.3, 3.4)]
    if answer < ANSWERS_ADVISER:
        town.plan(mind, hours[0], "answer", because)
    if question < asks:
        town.plan(mind, hours[1], "ask", because)
    if order < buys:
        town.plan(mind, hours[2], "buy", because)


@does("answer")
def answer(town: Town, mind: Mind, intent: Intent) -> None:
    """They tell their adviser about their skin and wishes; the adviser will note it as tags."""
    if not mind.friend or mind.blocked:
        return
    wish = CATEGORIES[int(np.argmax(town.people.taste[mind.person]))]
    skin = SKINS[int(town.people.skin[mind.person])]
    town.street.act("chat", userid=mind.adviser, external_userid=town.external(mind))
    act = town.note(mind, "answered", intent.cause, wish=wish, skin=skin)
    hours = float(mind.chance(town.seed, "tagging").lognormal(-1.5, 0.9))
    due = town.clock.now() + hours * 3_600
    about = {"userid": mind.adviser, "customer": mind.person, "tags": [wish, skin]}
    town.remembered.plan(due, "tag", -1, Cause("chat", "", act), **about)


@does("join")
def join(town: Town, mind: Mind, intent: Intent) -> None:
    if not mind.friend or mind.in_group:
        return
    joined = town.street.act("join", chat_id=town.places.chat_id, external_userid=town.external(mind))
    mind.in_group = bool(joined.get("joined"))
    if mind.in_group:
        town.note(mind, "joined_group", intent.cause)


def answers(town: Town, mind: Mind, reading: Reading, cause: Cause, text: str, links: list[str]) -> None:
    """What comes of a push, step by step; everything is drawn now, so that nothing else can change it."""
    chance = mind.chance(town.seed, "push")
    opens, clicks, buys, leaves, asks = chance.random(5).tolist()
    hours = float(chance.lognormal(-0.7, 1.1))
    if opens < reading.opens:
        town.plan(mind, hours, "open", cause)
        if clicks < reading.clicks:
            town.plan(mind, hours + 0.02, "click", cause, links=links)
            if buys < reading.buys:
                town.plan(mind, hours + 0.2 + float(chance.exponential(0.4)), "buy", cause, text=text)
        elif asks < ASKS:
            town.plan(mind, hours + 0.1, "ask", cause)
    if leaves < reading.leaves:
        town.plan(mind, hours + 0.05, "leave", Cause("tired", cause.ref, cause.act))


@does("open")
def opened(town: Town, mind: Mind, intent: Intent) -> None:
    """Nobody is told: WeCom has no opens."""
    town.note(mind, "opened", intent.cause)


@does("click")
def click(town: Town, mind: Mind, intent: Intent) -> None:
    followed = [url for url in intent.about["links"] if town.street.follow(url)]
    town.note(mind, "clicked", intent.cause, followed=len(followed))


@does("ask")
def ask(town: Town, mind: Mind, intent: Intent) -> None:
    """A question in the shop's customer service."""
    chance = mind.chance(town.seed, "ask")
    asked = QUESTIONS[int(chance.integers(len(QUESTIONS)))]
    where = {"open_kfid": town.places.open_kfid, "external_userid": town.external(mind)}
    town.street.act("kf_enter", **where)
    town.street.act("kf_say", **where, text=asked)
    town.note(mind, "asked", intent.cause, text=asked)


@does("buy")
def buy(town: Town, mind: Mind, intent: Intent) -> None:
    """An order, paid at once. It may come back, bring friends, and be followed by the next by habit."""
    n = mind.next("order")
    of_habit = intent.cause.kind == "habit"
    chance = mind.chance(town.seed, "habit basket" if of_habit else "basket")
    lines = _basket(town, mind, str(intent.about.get("text", "")), chance)
    fen = sum(round(float(line["price"]) * 100) * line["quantity"] for line in lines)
    number = f"TYW{town.seed}-{mind.person:06d}-{n:03d}"
    town.street.pay(number, fen, town.who(mind), lines)
    act = town.note(mind, "bought", intent.cause, order=number, fen=fen)
    after = Cause("order", number, act)
    if chance.random() < RETURNS:
        town.plan(mind, 48 + float(chance.exponential(48)), "return", after, order=number, fen=fen)
    keen = healed(town.people, mind, town.clock.now()) * float(town.people.loyalty[mind.person])
    if mind.friend and chance.random() < BRINGS * 2 * keen:
        town.plan(mind, float(chance.exponential(20)), "bring", after)
    if of_habit or (n == 1 and "first_by_habit" not in mind.times):
        since = intent.cause.ref if of_habit else f"since {intent.cause.kind}"
        _next_by_habit(town, mind, Cause("habit", since, act))


def _basket(town: Town, mind: Mind, text: str, chance: np.random.Generator) -> list[dict[str, Any]]:
    """As many products as baskets have, each by taste."""
    drawn = float(chance.lognormal(math.log(town.habits.basket_median), town.habits.basket_sigma))
    kinds = min(PRODUCTS_MAX, max(1, round(drawn)))
    found: dict[int, dict[str, Any]] = {}
    for turn in range(kinds):
        (line,) = basket_of(town.people, mind.person, text if turn == 0 else "", {}, chance)
        product = CATALOGUE.products[line.product]
        row = {"sku": f"TY{line.product:03d}", "name": product.title, "category": product.category}
        found[line.product] = {**row, "quantity": line.quantity, "price": f"{line.price_fen / 100:.2f}"}
    return list(found.values())


def _next_by_habit(town: Town, mind: Mind, cause: Cause) -> None:
    """Whether and when they buy again: by the fitted habits, on a chance that no message touches."""
    a, b = town.habits.again
    bought = mind.next("by_habit")
    own = float(generator(town.seed, FRIENDS, mind.person, 1).normal(0, town.habits.gap_between))
    chance = mind.chance(town.seed, "habit")
    if chance.random() >= (bought + a) / (bought + a + b):
        return
    days = town.habits.gap_median * math.exp(own) * float(chance.lognormal(0, town.habits.gap_sigma))
    town.plan(mind, max(1.0, days) * 24, "buy", cause)


@does("return")
def send_back(town: Town, mind: Mind, intent: Intent) -> None:
    number, fen = intent.about["order"], intent.about["fen"]
    town.street.give_back(number, fen, town.who(mind))
    town.note(mind, "returned", intent.cause, order=number, fen=fen)


@does("bring")
def bring(town: Town, mind: Mind, intent: Intent) -> None:
    """They send the code to a friend, who comes soon."""
    friends = [each for each in friends_of(town, mind.person) if not town.mind(each).friend]
    if not friends:
        return
    act = town.note(mind, "referred", intent.cause, friend=town.people.user_id(friends[0]))
    state = "friend" if "friend" in town.places.codes else min(town.places.codes)
    hours = float(mind.chance(town.seed, "bring").exponential(6))
    cause = Cause("friend", town.people.user_id(mind.person), act)
    town.plan(town.mind(friends[0]), hours, "come", cause, state=state)


def friends_of(town: Town, person: int) -> list[int]:
    """Those on WeCom, of the same city where there are such: the same for ever."""
    chance = generator(town.seed, FRIENDS, person)
    drawn = chance.integers(0, len(town.people), 40).tolist()
    near = [each for each in drawn if each != person and town.people.has_wecom[each]]
    near.sort(key=lambda each: town.people.city[each] != town.people.city[person])
    return near[: 1 + int(chance.poisson(1.6))]


@does("leave")
def leave(town: Town, mind: Mind, intent: Intent) -> None:
    """Block (nobody is told) or delete the adviser; the group is left too."""
    if not mind.friend or mind.blocked:
        return
    blocks = mind.chance(town.seed, "leave").random() < BLOCKS
    who = {"userid": mind.adviser, "external_userid": town.external(mind)}
    town.street.act("block" if blocks else "delete", **who)
    if mind.in_group:
        town.street.act("leave", chat_id=town.places.chat_id, external_userid=town.external(mind))
    mind.blocked, mind.friend, mind.in_group = blocks, blocks, False
    town.note(mind, "blocked" if blocks else "deleted", intent.cause)
