"""What can become of booked times that no longer stand, and why, in the patients' languages."""

from collections.abc import Collection, Sequence
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from appointments.availability import practitioners_for
from appointments.models import Appointment
from clinic.models import Practitioner, opening_times_of
from clinic.time.hours import clinic_day
from treatments.models import Language, Treatment

# The reason that is suggested where one practitioner is away, in the languages of the patients.
AWAY = {"en": "%(name)s is away that day.", "es": "%(name)s no estará en la clínica ese día."}
LEAVE, OFFER, CANCEL, TO = "leave", "offer", "cancel", "to-"
Choice = tuple[str, str | Promise]


def taker_of(choice: str) -> Practitioner | None:
    """Who takes over by this choice."""
    pk = choice.removeprefix(TO)
    is_key = choice.startswith(TO) and pk.isascii() and pk.isdigit() and len(pk) < 18
    return Practitioner.objects.filter(pk=pk).first() if is_key else None


class Choices:
    """What can become of a booked time. Who could take over is asked once for each treatment."""

    def __init__(self) -> None:
        self._able: dict[Treatment | None, list[Practitioner]] = {}

    def others(self, treatment: Treatment | None, but: Collection[int]) -> list[Choice]:
        """Those who do the treatment, `but` these."""
        if treatment not in self._able:
            self._able[treatment] = practitioners_for(treatment)
        words = gettext_lazy("Same time with %(name)s")
        return [
            (f"{TO}{who.pk}", words % {"name": who.name})
            for who in self._able[treatment]
            if who.pk not in but
        ]

    def of(self, appointments: Collection[Appointment]) -> list[Choice]:
        """What can be done with all of these."""
        treatments = {each.request.treatment for each in appointments}
        whose = {each.practitioner_id for each in appointments}
        if not appointments:
            return self.of_fallen()
        found = [self.others(treatment, whose) for treatment in treatments]
        return [
            (OFFER, gettext_lazy("Offer other times")),
            *(choice for choice in (found[0] if found else ()) if all(choice in each for each in found)),
            (CANCEL, gettext_lazy("Cancel; we look for other times")),
            (LEAVE, gettext_lazy("Leave for now")),
        ]

    def of_fallen(self) -> list[Choice]:
        """What can be done for the patient of a held time that has ended."""
        return [(OFFER, gettext_lazy("Offer other times")), (LEAVE, gettext_lazy("Leave for now"))]


def who_is_away(broken: Collection[Appointment]) -> Practitioner | None:
    """Who alone is away on each of these days, all day, while the clinic is open then. One query, none where
    they are several practitioners'."""
    whose = {each.practitioner for each in broken}
    if len(whose) != 1:
        return None
    [who] = whose
    times = opening_times_of([None, who.pk])
    is_away = all(
        times[None].contains(each.start, each.end) and not times[who.pk].is_open_on(clinic_day(each.start))
        for each in broken
    )
    return who if is_away else None


class WordsForm(forms.Form):
    """Why, in the patients' languages, and what is done with all that have no choice of their own."""

    for_all = forms.ChoiceField(initial=OFFER)
    words_en = forms.CharField(
        label=gettext_lazy("Why (in English)"),
        initial=gettext_lazy("Our hours on that day have changed."),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    words_es = forms.CharField(
        label=gettext_lazy("Why (in Spanish)"),
        initial="Nuestro horario de ese día cambió.",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: Any, choices: Sequence[Choice], away: Practitioner | None = None) -> None:
        super().__init__(data)
        if away:
            for language, words in AWAY.items():
                self.initial[f"words_{language}"] = words % {"name": away.name}
        field = self.fields["for_all"]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def words_for(self, language: str) -> str:
        """The words in the language that the patient reads."""
        return str(self.cleaned_data["words_es" if language == Language.SPANISH else "words_en"])
