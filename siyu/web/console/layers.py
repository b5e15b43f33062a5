"""The pages of layers: the schemes, one's own ones, what a change would do before it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from siyu.audiences import layers, queries
from siyu.audiences.layers import Scheme
from siyu.audiences.model import All, Rule, parse, sentence, to_json
from siyu.audiences.words import Words
from siyu.jobs import enqueue
from siyu.storage import BadInput, Stores
from siyu.web import menu
from siyu.web.current import current, note, t
from siyu.web.forms import Form
from siyu.web.routes import page, submit
from siyu.web.seeing import asked_fairly
from siyu.web.view import Html, View

menu.page("people", "/layers", "分层", "Layers", permission="audience.read", order=40)

EVERYBODY = "everybody"
BLANK_ROWS = 2


@page("/layers", "audience.read")
def layer_page(view: View, stores: Stores) -> Html:
    return _layers(view, stores, Form())


@submit("/layers/compute", "audience.write", audits="layers_computed", about="layers")
def layers_compute(view: View, stores: Stores, scheme: str = "") -> Html:
    """Every scheme, or the one named."""
    compute_later(stores, scheme)
    return view.redirect("/layers", toast=("正在后台重新计算分层", "Layers are being worked out anew"))


def compute_later(stores: Stores, key: str = "") -> int:
    """Queue the work; the number of its job. Raises :class:`NotFound` for an unknown scheme."""
    with stores.ledger.write() as conn:
        if key:
            layers.scheme(conn, key)
        job = f"compute_layers-{key}" if key else "compute_layers"
        return enqueue(conn, "compute_layers", {"scheme": key} if key else {}, key=job)


# --- one's own schemes


@page("/layers/new", "audience.write")
def scheme_new(view: View, stores: Stores) -> Html:
    return _editor(view, stores, Form())


@page("/layers/{key:str}/edit", "audience.write")
def scheme_edit(view: View, stores: Stores, key: str) -> Html:
    with stores.ledger.read() as conn:
        known = layers.scheme(conn, key)
    if not known.own:
        return view.redirect(f"/layers#{key}")
    rules = [to_json(layer.rule) for layer in known.layers if layer.rule is not None]
    form = Form.showing(
        zh=known.label[0],
        en=known.label[1] if known.label[1] != known.label[0] else "",
        layer_key=[layer.key for layer in known.layers],
        layer_zh=[layer.label[0] for layer in known.layers],
        layer_en=[layer.label[1] if layer.label[1] != layer.label[0] else "" for layer in known.layers],
        layer_who=[_who(rule) for rule in rules],
        layer_rule=["" if _who(rule) else msgspec.json.format(msgspec.json.encode(rule)).decode() for rule in rules],
    )
    return _editor(view, stores, form, key)


@submit("/layers", "audience.write", audits="layers_added")
def scheme_create(view: View, stores: Stores, form: Form) -> Html:
    return _save(view, stores, form, "")


@submit("/layers/{key:str}/own", "audience.write", audits="layers_changed", about="layers:{key}")
def scheme_save(view: View, stores: Stores, form: Form, key: str) -> Html:
    with stores.ledger.read() as conn:
        layers.scheme(conn, key)
    return _save(view, stores, form, key)


def _save(view: View, stores: Stores, form: Form, key: str) -> Html:
    zh = form.text("zh", required=True, characters_max=40)
    en = form.text("en", characters_max=40)
    with form.errors_kept():
        wished = _wished(form)
        if form.ok:
            with stores.ledger.read() as conn:
                name = key or layers.free_key(conn)
            layers.add_own(stores, name, zh, en, wished)
            compute_later(stores, name)
            note(f"layers:{name}", name=zh)
            toast = ("已保存，正在后台计算", "Saved; people are being put into the layers")
            return view.redirect(f"/layers#{name}", toast=toast)
    return _editor(view, stores, form, key, invalid=True)


def _wished(form: Form) -> list[tuple[str, str, str, Rule]]:
    """The rows of the form that have a name: key, Chinese, English, rule. Raises :class:`BadInput`."""
    names, keys, english = form.all("layer_zh"), form.all("layer_key"), form.all("layer_en")
    whos, rules = form.all("layer_who"), form.all("layer_rule")
    taken = {key for key in keys if key}
    wished: list[tuple[str, str, str, Rule]] = []
    for place, name in enumerate(names):
        if not name.strip():
            continue
        key = _at(keys, place)
        if not key:
            key = next(one for one in (f"layer_{number}" for number in range(1, 1000)) if one not in taken)
            taken.add(key)
        wished.append(
            (key, name.strip(), _at(english, place), _rule(_at(whos, place), _at(rules, place), name.strip()))
        )
    asked_fairly([to_json(rule) for *_, rule in wished])
    return wished


def _at(values: list[str], place: int) -> str:
    return values[place].strip() if place < len(values) else ""


def _rule(who: str, written: str, name: str) -> Rule:
    """Who is in a layer: everybody left, those of an audience, or a rule as JSON."""
    if who == EVERYBODY:
        return All(())
    if who.isascii() and who.isdigit() and len(who) < 16:
        return parse({"type": "audience", "audience": int(who)})
    if not written:
        raise BadInput(
            "layer_rule",
            f"请为「{name}」选择一个人群，或写一条规则。",
            f"Choose an audience for “{name}”, or write a rule.",
            field="layers",
        )
    try:
        return parse(written)
    except BadInput as error:
        raise BadInput(error.code, f"「{name}」：{error.zh}", f"“{name}”: {error.en}", field="layers") from error


def _who(rule: dict[str, Any]) -> str:
    """What the form's choice shows for a rule; empty where only JSON can say it."""
    if rule == to_json(All(())):
        return EVERYBODY
    if rule.get("type") == "audience" and rule.get("op", "in") == "in":
        return str(rule["audience"])
    return ""


@submit("/layers/preview", "audience.read", audits=None)
def scheme_preview(view: View, stores: Stores, form: Form) -> Html:
    """What the form would do, before it is saved."""
    with form.errors_kept():
        wished = _wished(form)
        if wished:
            scheme = layers.own_scheme("preview", form.get("zh").strip() or "—", "", wished)
            return _previewed(view, stores, scheme)
    return view.render("audiences/layers_preview.html", scheme=None, found={}, wrong=form.error("layers"))


@submit("/layers/{key:str}/preview", "audience.read", audits=None)
def limits_preview(view: View, stores: Stores, form: Form, key: str) -> Html:
    """What other limits of a built-in scheme would do, before they are saved."""
    with form.errors_kept():
        with stores.ledger.read() as conn:
            values = _limits(form, layers.scheme(conn, key))
            wished = layers.changed_scheme(conn, key, values) if form.ok else None
        if wished is not None:
            return _previewed(view, stores, wished)
    wrong = next(iter(form.errors.values()), None)
    text = wrong.text(current().language) if wrong else ""
    return view.render("audiences/layers_preview.html", scheme=None, found={}, wrong=text)


def _previewed(view: View, stores: Stores, scheme: Scheme) -> Html:
    found = layers.preview(stores, scheme)
    return view.render("audiences/layers_preview.html", scheme=scheme, found=found, wrong="")


@submit("/layers/{key:str}/remove", "audience.write", audits="layers_removed", about="layers:{key}")
def scheme_remove(view: View, stores: Stores, key: str) -> Html:
    layers.remove_own(stores, key)
    return view.redirect("/layers", toast=("已删除分层方案", "Scheme removed"), undo=f"/layers/{key}/restore")


@submit("/layers/{key:str}/restore", "audience.write", audits="layers_restored", about="layers:{key}")
def scheme_restore(view: View, stores: Stores, key: str) -> Html:
    """Bring back one's own that was removed, or the first limits of a built-in one."""
    restore(stores, key)
    return view.redirect(f"/layers#{key}", toast=("已恢复，正在后台计算", "Restored; it is being worked out"))


def restore(stores: Stores, key: str) -> Scheme:
    """As :func:`siyu.audiences.layers.restore`, and have it worked out by a job."""
    found = layers.restore(stores, key)
    compute_later(stores, key)
    return found


# --- limits of the built-in ones


@submit("/layers/{key:str}", "audience.write", audits="layers_changed", about="layers:{key}")
def layers_save(view: View, stores: Stores, key: str, form: Form) -> Html:
    with stores.ledger.read() as conn:
        known = layers.scheme(conn, key)
    with form.errors_kept():
        values = _limits(form, known)
        if form.ok:
            layers.change(stores, key, values, enabled=form.flag("enabled"))
            if form.flag("enabled"):
                compute_later(stores, key)
            return view.redirect(f"/layers#{key}", toast=("已保存，正在后台计算", "Saved; it is being worked out"))
    return _layers(view, stores, form, wrong=key)


def _limits(form: Form, known: Scheme) -> dict[str, Any]:
    return {
        each.key: form.text(each.key) if each.unit == "field" else form.whole(each.key, low=1)
        for each in known.thresholds
    }


def _layers(view: View, stores: Stores, form: Form, wrong: str = "") -> Html:
    with stores.ledger.read() as conn:
        known = layers.schemes(conn)
    found = {each.key: layers.distribution(stores, each.key) for each in known}
    forms = {
        each.key: form if each.key == wrong else Form.showing(enabled="1" if each.enabled else "", **each.values)
        for each in known
    }
    shown: dict[str, Any] = {
        "schemes": known,
        "found": found,
        "forms": forms,
        "sentences": _sentences(stores, known),
        "changed": {each.key: any(each.values[one.key] != one.default for one in each.thresholds) for each in known},
    }
    return view.invalid("audiences/layers.html", **shown) if wrong else view.render("audiences/layers.html", **shown)


def _sentences(stores: Stores, known: list[Scheme]) -> Mapping[tuple[str, str], str]:
    words = Words("zh" if current().language.startswith("zh") else "en", queries.names(stores))
    rest = t("以上各层之外的客户", "everybody whom no layer above holds")
    return {
        (scheme.key, layer.key): rest if layer.rule == All(()) else sentence(layer.rule, words)
        for scheme in known
        for layer in scheme.layers
        if layer.rule is not None
    } | {
        (scheme.key, layer.key): t(*layer.meaning)
        for scheme in known
        for layer in scheme.layers
        if layer.rule is None and layer.meaning != ("", "")
    }


def _editor(view: View, stores: Stores, form: Form, key: str = "", *, invalid: bool = False) -> Html:
    rows = [
        {
            "key": _at(form.all("layer_key"), place),
            "zh": name,
            "en": _at(form.all("layer_en"), place),
            "who": _at(form.all("layer_who"), place),
            "rule": _at(form.all("layer_rule"), place),
        }
        for place, name in enumerate(form.all("layer_zh"))
    ]
    blank = {"key": "", "zh": "", "en": "", "who": "", "rule": ""}
    shown: dict[str, Any] = {
        "form": form,
        "key": key,
        "rows": [*rows, *[blank] * (BLANK_ROWS if not rows else 0)],
        "blank": blank,
        "audiences": queries.all_audiences(stores),
    }
    return view.invalid("audiences/scheme.html", **shown) if invalid else view.render("audiences/scheme.html", **shown)


ROUTES = [
    layer_page, scheme_new, scheme_edit, scheme_create, scheme_preview, layers_compute, scheme_save, limits_preview,
    scheme_remove, scheme_restore, layers_save,
]  # fmt: skip
