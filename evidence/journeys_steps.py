"""Step tables: something happens, time passes, and everybody is where the journey says; for every kind of node and
every way in which the world may differ from the plan."""

from __future__ import annotations

from collections.abc import Mapping

from evidence.harness import Evidence, Scale
from evidence.tested import shown_by

CLAIM = "journeys.steps"
STEPS = "tests/reach/journeys/test_steps.py"


def _steps(*names: str) -> tuple[str, ...]:
    return tuple(f"{STEPS}::test_{name}" for name in names)


ITEMS: Mapping[str, tuple[str, ...]] = {
    "waits: for a time, for an event or its time-out, until a time of day": _steps(
        "an_event_brings_in_and_a_wait_holds_for_its_time",
        "what_was_waited_for_leads_on_and_the_time_out_leads_elsewhere",
        "until_a_time_of_day_where_the_person_is",
    ),
    "branch, lot, message, tag, attribute, task, another journey": _steps(
        "a_branch_takes_the_first_rule_that_holds",
        "a_lot_falls_by_its_shares_and_the_same_again",
        "everybody_passes_what_is_no_wait_at_once",
        "a_tag_is_put_on_and_taken_off",
        "attributes_are_set",
        "a_task_for_staff_leads_on_when_it_is_done_and_elsewhere_when_it_is_late",
        "another_journey_begins_and_this_one_goes_on",
    ),
    "coming in once, again, by a rule, by the calendar": _steps(
        "nobody_comes_in_twice_unless_the_journey_says_so",
        "who_does_not_meet_the_rule_of_entry_stays_out",
        "birthdays_bring_in_each_year_at_the_hour",
        "an_event_of_long_ago_brings_nobody_in",
    ),
    "goal and exit": _steps(
        "the_goal_ends_the_journey_and_gives_up_what_still_waits_to_be_sent",
        "a_goal_too_late_is_none",
        "somebody_who_already_bought_when_led_in_has_reached_the_goal",
        "whoever_does_what_ends_it_leaves_at_once",
    ),
    "late and repeated events, a standstill, a clock that goes back": _steps(
        "a_late_event_counts_on_its_own_time_as_long_as_nobody_has_gone_on",
        "after_a_standstill_what_came_in_time_still_counts_and_what_came_after_does_not",
        "the_same_event_twice_moves_once",
        "what_happened_before_they_came_counts_for_no_wait",
        "what_happened_between_the_cause_and_the_first_step_counts",
        "a_clock_that_goes_back_moves_nobody",
    ),
    "two who became one; consent withdrawn": _steps(
        "two_who_became_one_while_waiting_go_on_as_one",
        "consent_withdrawn_while_waiting_holds_the_message",
    ),
    "daylight saving": ("tests/reach/journeys/test_clock.py",),
}


def measure(scale: Scale) -> Evidence:
    """At the small size the first group alone: the suite runs each of these tests anyway."""
    items = ITEMS if scale == "full" else dict(list(ITEMS.items())[:1])
    ledgers = () if scale == "full" else ("-m", "not postgresql")
    goals, notes = shown_by(items, *ledgers)
    return Evidence(CLAIM, f"{len(items)} groups of steps", goals, notes)
