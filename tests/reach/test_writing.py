"""Content made ready once writes what Liquid writes, to the letter."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from siyu.channels.protocol import Part
from siyu.reach.content import write
from siyu.reach.writing import Writing

PARTS = (
    Part("title", "line", "标题", "Title", False, 12),
    Part("text", "text", "正文", "Text", True, 200),
    Part("link", "link", "链接", "Link", False, 200),
    Part("code", "code", "码", "Code", False, 40),
)
PIECES = (
    "你好 ",
    "https://shop.example/a?b=1 ",
    "}} ",
    "{ ",
    "\n",
    "{{ person.name }}",
    "{{person.city}}",
    "{{ orders.count }}",
    "{{ favourite.category }}",
    "{{ person.tags }}",
    "{{ person.layers.lifecycle }}",
    '{{ person.name | default: "亲" }}',
    "{%- if person.city %} 在{{ person.city }} {%- endif %}",
    " {{- person.name -}} ",
)
texts = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
values = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.just("看 https://b.example/x"))
people = st.fixed_dictionaries(
    {},
    optional={
        "person": st.dictionaries(st.sampled_from(["name", "city"]), values).map(
            lambda each: {"tags": ["甲", "乙"], "layers": {}, **each}
        ),
        "orders": st.dictionaries(st.just("count"), values),
        "favourite": st.dictionaries(st.just("category"), values),
    },
)


@given(title=texts, text=texts, link=texts, person=people, language=st.sampled_from(["zh", "en"]))
def test_it_writes_what_the_engine_writes(
    title: str, text: str, link: str, person: dict[str, Any], language: str
) -> None:
    content = {"title": title, "text": text, "link": link, "code": "TPL_1"}
    assert Writing(PARTS, content, language).of(person) == write(PARTS, content, person, language)
