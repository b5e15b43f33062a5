"""A template can't fill the memory or fail with anything but words."""

from __future__ import annotations

import pytest

from siyu.channels.protocol import Part
from siyu.content.fields import example
from siyu.reach.content import write
from siyu.storage import BadInput

TEXT = (Part("text", "text", "正文", "Text", True, 4000),)


@pytest.mark.parametrize(
    "template",
    [
        "{{ 'x' " + "| replace: 'x', 'xxxxxxxxxx' " * 12 + "}}",
        "{{ (1..2000000000) | join: ',' }}",
        "{{ (1..99999999999999999999999) | reverse | size }}",
        "{{ 'inf' | floor }}",
        "{{ 'nan' | ceil }}",
        "{{ '/w==' | base64_decode }}",
        "{{ 'abc' | sum }}",
    ],
)
def test_a_filter_that_asks_for_too_much_is_refused_in_words(template: str) -> None:
    with pytest.raises(BadInput) as refused:
        write(TEXT, {"text": template}, example("zh"))
    assert refused.value.code == "template_failed"


def test_filters_of_daily_use_still_work() -> None:
    text = "{{ person.name | replace: '王', '李' }} {{ person.tags | join: '、' }} {{ (1..3) | join: '-' }}"
    assert write(TEXT, {"text": text}, example("zh")).parts["text"] == "李小雨 敏感肌 1-2-3"
