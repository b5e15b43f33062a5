"""What nobody waits for gives way to what somebody waits for."""

import os
import sys

import pytest

from siyu.storage import Stores
from siyu.storage.patience import NICE, merge_behind_others


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a priority of their own on Linux alone")
def test_the_embedded_engines_merges_give_way(stores: Stores) -> None:
    stores.events.command("OPTIMIZE TABLE events FINAL")
    merging = merge_behind_others()
    assert merging
    assert {os.getpriority(os.PRIO_PROCESS, thread) for thread in merging} == {NICE}
    assert os.getpriority(os.PRIO_PROCESS, 0) == 0
