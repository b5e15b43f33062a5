"""What the platforms' documents demand of whoever is connected to them: each item is a test, and all of them hold.

At small scale one group of tests an item is run; the suite runs all of them anyway.
"""

from __future__ import annotations

from collections.abc import Mapping

from evidence.harness import Evidence, Scale
from evidence.tested import shown_by

CLAIM = "platforms.contract"

CONTRACT = "tests/channels/test_contract.py"
ITEMS: Mapping[str, tuple[str, ...]] = {
    "1 tokens: one fetch for two workers; renewed once; a second time an error": (
        f"{CONTRACT}::test_two_workers_that_need_a_token_at_once_fetch_one",
        f"{CONTRACT}::test_an_ended_token_is_renewed_once_and_a_second_time_it_is_an_error",
    ),
    "2 limits: 45009 closes that call for a minute, 45033 lowers how many go at once": (
        f"{CONTRACT}::test_too_often_closes_one_call_for_a_minute_and_no_other",
        f"{CONTRACT}::test_too_many_at_once_lowers_how_many_go_at_once",
    ),
    "3 crypto: vectors; forged, foreign and wrongly padded ones; the bare digits": (
        "tests/channels/platform/test_envelope.py",
        f"{CONTRACT}::test_the_platform_verifies_the_address_and_hears_exactly_the_digits",
        f"{CONTRACT}::test_what_is_forged_foreign_or_wrongly_padded_is_refused",
    ),
    "4 told three times, and in another order: one change, the later word counts": (
        f"{CONTRACT}::test_what_is_told_thrice_and_backwards_ends_as_it_happened",
    ),
    "5 welcomes: once; 21 s is too late; a medium that is gone": (
        f"{CONTRACT}::test_a_welcome_is_once_within_twenty_seconds",
        "tests/channels/wecom/test_media.py::test_before_its_three_days_are_over_it_is_uploaded_anew",
        "tests/reach/test_welcomes.py::test_a_picture_that_can_not_be_had_is_left_out_rather_than_nothing_said",
    ),
    "6 first half, then whole: one beginning, one welcome": (
        "tests/channels/wecom/test_contacts_told.py::test_half_and_then_whole_is_one_beginning",
        "tests/reach/test_wecom_simulated.py::test_callbacks_that_come_twice_welcome_once",
    ),
    "7 who ended it: handed over, deleted by staff, deleted by the customer": (
        "tests/channels/wecom/test_contacts_told.py::test_every_change_is_in_the_mirror",
    ),
    "8 mass tasks: split, held over quota beforehand, the platform's word kept": (
        "tests/reach/test_handed.py::test_a_task_takes_so_many_customers",
        "tests/reach/test_handed.py::test_a_month_has_as_many_as_days_and_an_account_may_say_fewer",
        "tests/reach/test_handed.py::test_what_the_platform_says_of_each_customer_is_their_result",
    ),
    "9 codes: refused here with 101 people; changed whole; looked up after a lost answer": (
        "tests/growth/ways/test_ways.py::test_what_is_unfit_is_refused_before_wecom_is_asked",
        "tests/growth/ways/test_ways.py::test_changing_one_changes_it_at_wecom",
        "tests/growth/ways/test_ways.py::test_a_code_whose_making_had_no_answer_is_found_by_its_state_and_not_doubled",
    ),
    "10 group codes: six groups are refused; a full one gives way to a new one": (
        "tests/growth/ways/test_ways.py::test_what_is_unfit_is_refused_before_wecom_is_asked",
        "tests/rehearsal/platforms/wecom/test_sending.py::test_a_full_group_gives_way_to_a_new_one",
    ),
    "11 lists: an empty page goes on; follow_info and follow_user are one thing": (
        f"{CONTRACT}::test_an_empty_page_is_not_the_end_and_both_calls_tell_of_one_thing",
    ),
    "12 service: an empty page goes on; the cursor; the sixth answer is not sent": (
        "tests/channels/wecom/test_service.py::test_the_list_goes_on_after_an_empty_page",
        "tests/channels/wecom/test_service.py::test_a_crash_within_a_page_loses_and_doubles_nothing",
        "tests/channels/wecom/test_service.py::test_five_answers_within_forty_eight_hours_and_the_sixth_is_not_even_tried",
    ),
    "13 groups: a change that fits the known version is taken, any other has it read": (
        "tests/channels/wecom/test_changes.py::test_a_change_that_fits_the_known_version_needs_no_reading",
        "tests/channels/wecom/test_sync.py::test_changed_groups_and_tags_are_read_again",
    ),
    "14 Douyin: content as text and as object; the challenge; its windows": (
        "tests/channels/douyin/test_douyin.py::test_the_vectors_of_the_platform",
        "tests/channels/douyin/test_douyin.py::test_content_is_read_as_object_and_as_text",
        "tests/channels/douyin/test_douyin.py::test_six_answers_within_a_day_and_no_seventh",
        "tests/channels/douyin/test_douyin.py::test_who_enters_may_be_greeted_within_half_a_minute",
    ),
    "15 orders: signed over the encoded message; older versions; exact amounts": (
        "tests/channels/orders/test_orders_told.py::test_the_vector_of_youzan",
        "tests/channels/orders/test_orders_told.py::test_an_order_becomes_an_event_with_its_exact_amount",
        f"{CONTRACT}::test_an_older_version_of_an_order_changes_nothing",
    ),
    "16 law: who opts out is left alone on every channel; no marketing to minors": (
        "tests/reach/test_guard.py::test_a_refusal_for_all_channels_wins_over_a_consent_for_one",
        "tests/reach/test_delivery.py::test_consent_withdrawn_before_sending_holds_it",
        "tests/reach/test_guard.py::test_minors_get_no_marketing",
    ),
}


def measure(scale: Scale) -> Evidence:
    items = ITEMS if scale == "full" else {item: nodes[:1] for item, nodes in ITEMS.items()}
    # SQLite is enough here: that both ledgers do the same is what the suite itself holds them to.
    goals, notes = shown_by(items, "-m", "not postgresql")
    return Evidence(CLAIM, f"{len(items)} items", goals, notes)
