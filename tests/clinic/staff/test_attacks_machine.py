"""One member of staff in two browsers and whoever wants in, in any order: no page of the staff's is answered
without a factor that is this person's and was shown in that session, and what has ended never opens again.

Each way that would be open without one of the guards is a story: played as it stands, and the beginning of a
search. The search takes some hundred steps in the normal run, the same each time; `make fuzz` many thousand.
"""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, run_state_machine_as_test

from tests.clinic.staff.attack_changes import Events

MANY = os.environ.get("HYPOTHESIS_PROFILE") == "many"
RUN = settings(
    max_examples=300 if MANY else 6,
    stateful_step_count=50 if MANY else 20,
    deadline=None,
    derandomize=not MANY,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[*HealthCheck],
)
Story = list[tuple[Any, ...]]
# At the beginning the first browser is in, by a code; the account has an app and a passkey.
STORIES: dict[str, Story] = {
    "a code counts once": [
        ("sign_in", 0, "right"), ("show_code", 0, "right"), ("give_password", 1, "right"),
        ("show_code", 1, "again"), ("show_code", 1, "next"),
    ],
    "a recovery code counts once": [
        ("show_code", 0, "recovery"), ("give_password", 1, "right"), ("show_code", 1, "recovery again"),
    ],
    "a passkey's answer counts once": [
        ("show_passkey", 1, "theirs", True), ("sign_out", 1), ("send_a_passkeys_answer_again", 1),
    ],
    "a passkey's answer is kept too long": [
        ("have_a_passkey_sign_and_keep_it",), ("time_passes", 11), ("send_what_was_kept", 1),
    ],
    "a passkey was used meanwhile": [
        ("have_a_passkey_sign_and_keep_it",), ("show_passkey", 0, "theirs", False),
        ("send_what_was_kept", 1),
    ],
    "somebody else's passkey": [
        ("give_password", 1, "right"), ("show_passkey", 1, "colleague's", False),
        ("show_passkey", 1, "stranger's", False), ("show_passkey", 0, "theirs", False),
    ],
    "an old proof changes nothing": [
        ("time_passes", 6), ("repeat_the_password", 0), ("remove_app", 0, False),
        ("make_new_recovery_codes", 0, False), ("sign_in", 1, "recovery"), ("time_passes", 6),
        ("repeat_the_password", 0), ("end_the_others", 0, False), ("end_the_others", 0, True),
    ],
    "a password alone changes nothing": [
        ("be_left_from_a_demonstration", 1), ("make_new_recovery_codes", 1, False),
        ("remove_app", 1, False), ("change_password", 1, False),
    ],
    "a factor that is gone": [
        ("remove_app", 0, True), ("show_passkey", 0, "theirs", False),
    ],
    "a factor less ends the others": [
        ("sign_in", 1, "right"), ("make_new_recovery_codes", 0, True), ("sign_in", 1, "right"),
        ("remove_passkey", 0, True),
    ],
    "a given password": [
        ("have_the_colleague_give_a_password", False), ("sign_in", 0, "right"),
        ("show_passkey", 1, "theirs", True), ("change_password", 0, True),
        ("change_password", 0, False),
    ],
    "a password given long ago": [
        ("have_the_colleague_give_a_password", False), ("time_passes", 11520), ("sign_in", 0, "right"),
        ("be_left_from_a_demonstration", 1),
    ],
    "a superuser's old proof": [
        ("have_the_colleague_give_a_password", True),
    ],
    "another password between the steps": [
        ("give_password", 1, "right"), ("have_a_password_set_on_the_server",), ("show_code", 1, "right"),
    ],
    "closed between the steps": [
        ("give_password", 1, "right"), ("open_or_close_the_account", False, True),
        ("show_code", 1, "right"), ("show_passkey", 0, "theirs", True),
        ("open_or_close_the_account", True, True),
    ],
    "closed and opened": [
        ("close_the_account_and_open_it_again", False), ("click", 0),
    ],
    "closed and opened by a script": [
        ("close_the_account_and_open_it_again", True), ("click", 0),
    ],
    "a session that got another key": [
        ("change_password", 0, True), ("sign_in", 1, "recovery"), ("sign_out_everywhere", 1),
        ("sign_in", 0, "right"), ("show_code", 0, "right"), ("sign_in", 1, "recovery"),
        ("sign_out_everywhere", 1),
    ],
    "half an hour": [
        ("time_passes", 16), ("time_passes", 16),
    ],
    "twelve hours": [
        ("stay_as_long_as_one_can", 0),
    ],
    "what was written": [
        ("write_on_after_the_end", 0), ("let_the_colleague_sign_in", 0), ("sign_in", 0, "right"),
        ("write_on_after_the_end", 0), ("lose_the_device",), ("give_password", 0, "right"),
    ],
    "the plain page": [
        ("use_the_plain_page", 1), ("let_the_colleague_sign_in", 1),
    ],
    "the device is lost": [
        ("lose_the_device",), ("add_app", 0, False), ("give_password", 1, "right"),
        ("add_app", 1, False), ("give_password", 0, "right"), ("show_code", 0, "at once"),
    ],
    "signed out": [
        ("sign_in", 1, "recovery"), ("sign_out", 0), ("sign_out_everywhere", 1),
    ],
    "another's group": [
        ("give_or_take_the_group", False), ("show_code", 0, "right"),
    ],
}  # fmt: skip


class Attacks(Events, RuleBasedStateMachine):
    """Begins with a story, a whole one or its beginning, and goes on in any order."""

    @initialize(
        has_app=st.sampled_from([True, True, False]),
        has_key=st.sampled_from([True, True, False]),
        verifies=st.sampled_from([True, True, False]),
        story=st.sampled_from(sorted(STORIES)),
        steps=st.integers(0, 9),
    )
    def open_the_clinic(self, has_app: bool, has_key: bool, verifies: bool, story: str, steps: int) -> None:
        self.begin(has_app, verifies)
        self.sign_in(0, "right")
        if has_key:
            self.add_passkey(0, proves=False)
        self.play(STORIES[story][:steps])

    def play(self, story: Story) -> None:
        for name, *arguments in story:
            self.check()
            getattr(self, name)(*arguments)
        self.check()

    @invariant()
    def check(self) -> None:
        """Both what may and what must not be, after each step."""
        if hasattr(self, "browsers"):
            self.check_browsers()
            self.check_the_dead()

    def teardown(self) -> None:
        if hasattr(self, "undone"):
            self.undone.close()


@pytest.mark.django_db
@pytest.mark.parametrize("story", STORIES)
def test_a_way_that_is_closed_stays_closed(story: str) -> None:
    machine = Attacks()
    try:
        machine.open_the_clinic(True, True, True, story, 0)
        machine.play(STORIES[story])
    finally:
        machine.teardown()


@pytest.mark.django_db
def test_nobody_gets_in_without_a_factor_and_what_has_ended_stays_ended() -> None:
    run_state_machine_as_test(Attacks, settings=RUN)
