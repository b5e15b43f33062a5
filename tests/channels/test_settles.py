"""What becomes of a message whose call got no answer: each channel says it, and says it of each of its forms."""

from __future__ import annotations

import pytest

from docs.pages.channels import SENDING
from siyu.channels.protocol import SETTLES, About, settles
from siyu.channels.registry import channels_of
from siyu.storage import Stores


@pytest.mark.parametrize("about", SENDING, ids=lambda about: about.name)
def test_only_a_channel_that_never_doubles_asks(about: About) -> None:
    spoken = [about.in_form({"form": form.name}) for form in about.forms] or [about]
    assert all(settles(each) in SETTLES for each in spoken)
    assert all(settles(each) == "asked" for each in spoken) == about.asks
    assert about.settled_zh
    assert about.settled_en


def test_the_reference_names_every_channel_that_sends(stores: Stores) -> None:
    channels = channels_of(stores)
    assert {about.name for about in SENDING} == {each.about.name for each in channels.values() if each.about.sends}
    channels.close()
