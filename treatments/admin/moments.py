"""A moment that staff choose: a day and a time on the clinic's clock, or neither for 'at once'."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.signed.signing import PublishingRefused
from clinic.staff.fields import ClockField
from clinic.time.hours import at, clinic_day, clinic_zone

# Further away, it is likely a slip of the year.
FURTHEST = timedelta(days=400)


class MomentForm(forms.Form):
    """`moment` is what was chosen; a time that the clocks skip is an hour later, one that comes twice is the
    first, as everywhere in the house."""

    day = forms.DateField(
        label=_("Day"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    clock = ClockField(label=_("Time"), required=False, widget=forms.TextInput({"placeholder": "9am"}))

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        now: datetime,
        chosen: datetime | None = None,
        *,
        is_owed: bool = False,
    ) -> None:
        """`chosen` before; left out once it has passed. `is_owed` where 'at once' is no answer."""
        local = chosen.astimezone(clinic_zone()) if chosen and chosen > now else None
        initial = {"day": local.date(), "clock": local.time()} if local else {}
        super().__init__(data, initial=initial)
        self.now, self.is_owed = now, is_owed
        self.moment: datetime | None = None

    def clean(self) -> dict[str, Any]:
        """What is wrong stands at the field that has to change."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        day, clock = cleaned.get("day"), cleaned.get("clock")
        if not self.errors and (day is None or clock is None) and (day != clock or self.is_owed):
            owed = _("Choose a day and a time.") if self.is_owed else _("Choose both, or none for at once.")
            self.add_error("day" if day is None else "clock", owed)
        elif day is not None and clock is not None:
            self._read(day, clock)
        return cleaned

    def _read(self, day: date, clock: time) -> None:
        today = clinic_day(self.now)
        if day - today > FURTHEST:
            self.add_error("day", _("That is more than a year from now. Is the year right?"))
        elif day < today or (moment := at(day, clock)) <= self.now:
            passed = _("That moment has passed. Leave both empty for at once.")
            self.add_error("clock" if day == today else "day", passed)
        else:
            self.moment = moment


class MomentRefused(PublishingRefused):
    """What was typed is no moment; the form, shown again with it, says at which field why."""

    def __init__(self) -> None:
        super().__init__(_("Please look at the day and the time. Nothing has changed yet."))


def chosen(posted: Mapping[str, Any], *, is_owed: bool = False) -> datetime | None:
    """The moment that a form was sent with; None for at once. Raises MomentRefused."""
    form = MomentForm(posted, timezone.now(), is_owed=is_owed)
    if not form.is_valid():
        raise MomentRefused
    return form.moment


def status_of(refusal: PublishingRefused | None) -> int:
    """With which status a page is shown again."""
    if refusal is None:
        return 200
    return 422 if isinstance(refusal, MomentRefused) else 409
