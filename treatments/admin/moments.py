"""A moment that staff choose: a day and a time on the clinic's clock, or neither for 'at once'."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.staff.fields import ClockField
from clinic.time.hours import at, clinic_day, clinic_zone
from treatments.signing import PublishingRefused

# Further away, it is likely a slip of the year.
FURTHEST = timedelta(days=400)


class MomentForm(forms.Form):
    """`moment` is what was chosen; a time that the clocks skip is an hour later, one that comes twice is the
    first, as everywhere in the house."""

    day = forms.DateField(
        label=_("Day"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    clock = ClockField(label=_("Time"), required=False, widget=forms.TextInput({"placeholder": "9am"}))

    def __init__(self, data: Mapping[str, Any] | None, now: datetime, chosen: datetime | None = None) -> None:
        """`chosen` before; left out once it has passed."""
        local = chosen.astimezone(clinic_zone()) if chosen and chosen > now else None
        initial = {"day": local.date(), "clock": local.time()} if local else {}
        super().__init__(data, initial=initial)
        self.now = now
        self.moment: datetime | None = None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        day, clock = cleaned.get("day"), cleaned.get("clock")
        if not self.errors and (day is None) != (clock is None):
            raise forms.ValidationError(_("Choose a day and a time, or leave both empty for at once."))
        if day is not None and clock is not None:
            self.moment = self._read(day, clock)
        return cleaned

    def _read(self, day: date, clock: time) -> datetime:
        if day - clinic_day(self.now) > FURTHEST:
            raise forms.ValidationError(_("That is more than a year from now. Is the year right?"))
        if day < clinic_day(self.now) or (moment := at(day, clock)) <= self.now:
            raise forms.ValidationError(_("That moment has passed. Leave both empty for at once."))
        return moment


def chosen(posted: Mapping[str, Any]) -> datetime | None:
    """The moment that a form was sent with; None for at once. Raises PublishingRefused with what is wrong."""
    form = MomentForm(posted, timezone.now())
    if not form.is_valid():
        raise PublishingRefused(" ".join(words for each in form.errors.values() for words in map(str, each)))
    return form.moment
