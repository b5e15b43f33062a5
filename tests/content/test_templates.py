"""Templates: fall-backs that read well, holes that are told, and what a template may cost."""

from __future__ import annotations

import time

import pytest

from siyu.content import templates
from siyu.content.fields import example
from siyu.storage import BadInput

WORDS = ("正文", "Text")


@pytest.mark.parametrize(
    ("text", "known", "unknown"),
    [
        ("给经常买{{ favourite.category }}的你", "给经常买面膜的你", "给经常买好物的你"),
        ("{{ person.name }}{{ person.title }}，您好", "王小雨女士，您好", "您，您好"),
        ("{{ person.name | default: '朋友' }}，早", "王小雨，早", "朋友，早"),
        ("{% if person.city %}{{ person.city }}的{% endif %}朋友", "杭州的朋友", "朋友"),
        ("{{ shop.name }}\r\n为你", "思屿小店\r\n为你", "\r\n为你"),
    ],
)
def test_a_sentence_reads_well_of_whom_nothing_is_known(text: str, known: str, unknown: str) -> None:
    assert templates.rendered(text, example("zh"), "zh") == known
    assert templates.rendered(text, {}, "zh") == unknown


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("适合{{ person.occupation }}的护肤", ["person.occupation"]),
        ("适合{{ person.occupation | default: '你' }}的护肤", []),
        ("给经常买{{ favourite.category }}的你", []),
        ("{% if person.occupation %}适合{{ person.occupation }}{% endif %}", []),
        ("适合{{ person.attributes.skin }}肤质", ["person.attributes.skin"]),
        ("{% broken", []),
    ],
)
def test_a_field_that_would_leave_a_hole_is_told_with_what_to_write(text: str, paths: list[str]) -> None:
    found = templates.holes(text)
    assert [each.path for each in found] == paths
    assert all(f"{each.path} | default:" in each.zh and each.instead in each.en for each in found)


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in (1..1001) %}x{% endfor %}",
        "{% for a in (1..100) %}{% for b in (1..100) %}x{% endfor %}{% endfor %}",
        "{% for a in (1..1000) %}" + "{{ '' }}" * 300 + "{% endfor %}",
        "{% for a in (1..1000) %}" + "{% assign x = person.name | upcase | downcase %}" * 100 + "{% endfor %}",
        "{% assign x = 'aaaaaaaaaa' | replace: 'a', 'aaaaaaaaaa' %}" * 1
        + "{% assign x = x | replace: 'a', 'aaaaaaaaaa' %}" * 8
        + "{{ x }}",
        "{% capture x %}{% for a in (1..1000) %}" + "{{ '' }}" * 300 + "{% endfor %}{% endcapture %}",
        "x" * (templates.CHARACTERS_MAX + 1),
    ],
)
def test_a_template_that_costs_too_much_is_refused_soon(text: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(BadInput):
        templates.check(text, WORDS, "text")
    assert time.perf_counter() - begun < 5


@pytest.mark.parametrize(
    "text", ["{% include 'x' %}", "{% render 'x' %}", "{{ person.name", "{{ x.y }}", "{{ person }}"]
)
def test_what_is_no_template_of_ours_is_refused_at_its_field(text: str) -> None:
    with pytest.raises(BadInput) as raised:
        templates.check(text, WORDS, "body.text")
    assert raised.value.field == "body.text"


def test_the_fields_that_are_read_are_told() -> None:
    text = "{{ person.name }} {% if orders.count > 3 %}{{ person.tags | first }}{% endif %}"
    assert templates.check(text, WORDS, "text") == {"person.name", "orders.count", "person.tags"}


def test_a_number_is_compared_also_where_it_is_not_known() -> None:
    text = "{% if orders.count > 3 %}老朋友{% else %}你好{% endif %}"
    templates.check(text, WORDS, "text")
    assert templates.rendered(text, {"orders": {"count": 9}}, "zh") == "老朋友"
    assert templates.rendered(text, {}, "zh") == "你好"
