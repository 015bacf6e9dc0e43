"""An empty field is rendered once and kept: it has to be what crispy-forms would render now."""

from collections.abc import Iterator
from typing import Any

import pytest
from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field
from django.utils import timezone, translation

from appointments.patients.forms import AppointmentForm, CallbackForm, PatientForm
from appointments.patients.rendered_fields import patient_field
from clinic.time.hours import ASSUMED_HOURS, OpeningTimes, clinic_day
from tests import builders

pytestmark = pytest.mark.django_db


def both_forms(data: Any = None) -> Iterator[PatientForm]:
    now = timezone.now()
    context: dict[str, Any] = {"now": now, "today": clinic_day(now)}
    treatment = builders.treatment(questions=3)
    questions = list(treatment.screening_questions.all())
    times = OpeningTimes(ASSUMED_HOURS)
    yield AppointmentForm(data, times=times, treatment=treatment, questions=questions, **context)
    yield CallbackForm(data, **context)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("data", [None, {"first_name": "Ada"}], ids=["empty", "sent"])
def test_every_field_is_as_crispy_would_render_it(language: str, data: Any) -> None:
    with translation.override(language):
        for _again in range(2):
            for form in both_forms(data):
                for field in form:
                    assert patient_field(field) == as_crispy_field(field)


def test_what_one_patient_typed_is_not_kept_for_the_next() -> None:
    for form in both_forms({"first_name": "Ada"}):
        assert "Ada" in patient_field(form["first_name"])
    for form in both_forms():
        assert "Ada" not in patient_field(form["first_name"])
    for form in both_forms():
        form.initial["first_name"] = "Grace"
        assert "Grace" in patient_field(form["first_name"])
    for form in both_forms():
        assert "Grace" not in patient_field(form["first_name"])


def test_a_question_that_was_reworded_is_shown_anew() -> None:
    form = next(both_forms())
    field = form["screening_1"]
    before = patient_field(field)
    field.label = "Worded anew?"
    assert "Worded anew?" in patient_field(field)
    assert "Worded anew?" not in before
