"""Memory: likely the same person is suggested with its reasons; staff decide; families stay families."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from appointments.lifecycle import NotYours
from appointments.models import EventKind, IdentityDecision, PatientRequest, RequestEvent
from appointments.requests import same_person
from appointments.requests.known import persons
from appointments.requests.same_person import IdentityRefused
from tests import builders

ADA: dict[str, Any] = {
    "first_name": "Ada",
    "last_name": "Example",
    "date_of_birth": date(1990, 5, 17),
    "phone": "+13105550101",
    "email": "ada@example.org",
}


def ada(**values: Any) -> PatientRequest:
    return builders.appointment_request(**(ADA | values))


def reasons(found: persons.Suggestion) -> list[str]:
    return [str(reason) for reason in found.reasons]


@pytest.mark.django_db
def test_the_same_person_is_likely_and_says_why() -> None:
    first, second = ada(), ada(phone="+13105550177", email="")
    found = persons.suggestions(second)
    assert [(each.patient_request, each.is_likely) for each in found] == [(first, True)]
    assert reasons(found[0]) == ["same date of birth", "same name"]


@pytest.mark.django_db
def test_accents_case_and_the_order_of_names_do_not_matter() -> None:
    first = ada(first_name="José", last_name="Muñoz", phone="+13105550177", email="")
    second = ada(first_name="MUNOZ", last_name="jose", phone="+13105550188", email="")
    assert [each.patient_request for each in persons.suggestions(second)] == [first]


@pytest.mark.django_db
@pytest.mark.parametrize("written", ["O'Brien", "OBrien", "O Brien", "o`brien"])
def test_every_way_to_write_an_apostrophe_is_the_same_name(written: str) -> None:
    first = ada(last_name="O\u2019Brien", phone="+13105550177", email="")
    second = ada(last_name=written, phone="+13105550188", email="")
    assert [(each.patient_request, each.is_likely) for each in persons.suggestions(second)] == [(first, True)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "other",
    [
        {"first_name": "Grace"},
        {"first_name": "Grace", "date_of_birth": date(2015, 1, 2)},
        {"date_of_birth": date(1962, 3, 4)},  # a parent and a child of one name
        {"first_name": "Twin"},
    ],
)
def test_a_family_that_shares_phone_and_email_is_only_a_weak_suggestion(other: dict[str, Any]) -> None:
    first, second = ada(), ada(**other)
    found = persons.suggestions(second)
    assert [(each.patient_request, each.is_likely) for each in found] == [(first, False)]
    assert found[0].against


@pytest.mark.django_db
def test_a_callback_with_the_same_name_and_phone_is_likely() -> None:
    first = ada()
    call = builders.callback_request(first_name="Ada", last_name="Example", phone=ADA["phone"])
    assert [(each.patient_request, each.is_likely) for each in persons.suggestions(call)] == [(first, True)]


@pytest.mark.django_db
def test_strangers_and_suspected_spam_are_not_suggested() -> None:
    one = ada()
    ada(phone="+13105550166", email="other@example.org", date_of_birth=date(1980, 1, 1))
    ada(suspected_spam=True)
    builders.callback_request(phone="+13105550155", email="")
    builders.callback_request(phone="+13105550144", email="")
    assert persons.suggestions(one) == []


@pytest.mark.django_db
def test_confirming_joins_whole_groups_and_changes_nothing_else(front_desk: User) -> None:
    rows = [ada(), ada(email=""), ada(phone="+13105550199"), ada(first_name="ADA")]
    before = list(PatientRequest.objects.order_by("pk").values())
    same_person.confirm(rows[0], rows[1], front_desk)
    same_person.confirm(rows[2], rows[3], front_desk)
    assert {each.patient_request.person for each in persons.suggestions(rows[0])} == {rows[2].person}
    same_person.confirm(rows[1], rows[3], front_desk)
    after = list(PatientRequest.objects.order_by("pk").values())
    assert len({row["person"] for row in after}) == 1
    assert [row | {"person": 0} for row in before] == [row | {"person": 0} for row in after]
    assert persons.suggestions(rows[0]) == []
    assert set(persons.others_of(rows[0])) == set(rows[1:])


@pytest.mark.django_db
def test_both_timelines_name_the_other_request(front_desk: User) -> None:
    one, other = ada(), ada()
    same_person.confirm(one, other, front_desk)
    events = RequestEvent.objects.filter(kind=EventKind.SAME_PERSON)
    assert {(event.request_id, event.by_id) for event in events} == {
        (one.pk, front_desk.pk),
        (other.pk, front_desk.pk),
    }
    assert other.shown_reference in events.get(request=one).note


@pytest.mark.django_db
def test_a_refusal_is_remembered_for_all_of_both_people(front_desk: User) -> None:
    one, again, mother = ada(), ada(), ada(first_name="Grace")
    same_person.refuse(one, mother, front_desk)
    assert [each.patient_request for each in persons.suggestions(one)] == [again]
    same_person.confirm(one, again, front_desk)
    assert persons.suggestions(again) == []
    assert persons.suggestions(mother) == []
    with pytest.raises(IdentityRefused, match=mother.shown_reference):
        same_person.confirm(again, mother, front_desk)
    assert mother.person != one.person


@pytest.mark.django_db
def test_staff_may_change_their_mind(front_desk: User) -> None:
    one, other = ada(), ada()
    same_person.refuse(one, other, front_desk)
    same_person.confirm(one, other, front_desk)
    assert one.person == other.person
    with pytest.raises(IdentityRefused):
        same_person.refuse(one, other, front_desk)
    same_person.separate(other, front_desk)
    assert one.person != PatientRequest.objects.get(pk=other.pk).person
    assert persons.suggestions(one) == []
    assert IdentityDecision.objects.count() == 1
    assert RequestEvent.objects.filter(request=one, kind=EventKind.SAME_PERSON).count() == 3


@pytest.mark.django_db
def test_separating_leaves_the_others_joined(front_desk: User) -> None:
    rows = [ada(), ada(), ada()]
    same_person.confirm(rows[0], rows[1], front_desk)
    same_person.confirm(rows[1], rows[2], front_desk)
    same_person.separate(PatientRequest.objects.get(pk=rows[0].pk), front_desk)
    assert list(persons.others_of(PatientRequest.objects.get(pk=rows[1].pk))) == [rows[2]]
    with pytest.raises(IdentityRefused):
        same_person.separate(PatientRequest.objects.get(pk=rows[0].pk), front_desk)


@pytest.mark.django_db
def test_who_may_not(editor: User) -> None:
    one, other = ada(), ada()
    for step in (same_person.confirm, same_person.refuse):
        with pytest.raises(NotYours):
            step(one, other, editor)
    with pytest.raises(NotYours):
        same_person.separate(one, editor)
    assert not IdentityDecision.objects.exists()


@pytest.mark.django_db
def test_a_pair_is_stored_once_and_in_order(front_desk: User) -> None:
    one, other = ada(), ada()
    with pytest.raises(IntegrityError), transaction.atomic():
        IdentityDecision.objects.create(
            request_low=other, request_high=one, is_same=True, by=front_desk, at=timezone.now()
        )
    with pytest.raises(IdentityRefused):
        same_person.confirm(one, one, front_desk)


@pytest.mark.django_db
def test_suggesting_costs_the_same_for_one_and_for_many(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    one = ada()
    ada()
    with django_assert_num_queries(2):
        persons.suggestions(one)
    for _ in range(60):
        ada()
    with django_assert_num_queries(2):
        assert len(persons.suggestions(one)) == persons.MOST_CANDIDATES
