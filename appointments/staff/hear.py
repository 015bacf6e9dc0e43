"""What one hears at once: the page on which one chooses it, and what a page that is open asks for."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from appointments.messages.to_staff import at_once, hearers
from appointments.models import NoticeChoice, NoticeKind, StaffNotice
from appointments.staff.kit import answer, page_title, staff_of
from clinic.staff.sessions import SIGNED_IN_AT

# What happened before that is on Today: a browser that comes back from sleep doesn't tell the whole night.
LOOKS_BACK = timedelta(minutes=10)
MOST = 20


class ChoiceForm(forms.ModelForm[NoticeChoice]):
    """What one may hear, and one's quiet hours."""

    class Meta:
        model = NoticeChoice
        exclude = ("user",)  # noqa: DJ006 - the others are all for the person to choose
        widgets = {
            "quiet_from": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
            "quiet_until": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        }
        labels = {
            "quiet_from": gettext_lazy("From"),
            "quiet_until": gettext_lazy("Until"),
            "urgent_when_quiet": gettext_lazy("What is urgent may come even then"),
        }

    def __init__(self, kinds: list[NoticeKind], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = kinds
        for kind in NoticeKind:
            if kind not in kinds:
                del self.fields[f"{kind}_by_email"], self.fields[f"{kind}_in_browser"]
        if NoticeKind.URGENT not in kinds:
            del self.fields["urgent_when_quiet"]

    def lines(self) -> list[dict[str, Any]]:
        """A line of the table for each kind, with its two boxes."""
        return [
            {
                "kind": kind.value,
                "label": kind.label,
                "boxes": [("email", self[f"{kind}_by_email"]), ("browser", self[f"{kind}_in_browser"])],
            }
            for kind in self.kinds
        ]

    def quiet(self) -> list[forms.BoundField]:
        """The two times."""
        return [self["quiet_from"], self["quiet_until"]]

    def clean(self) -> dict[str, Any]:
        """Both times or neither, and not the same."""
        given = super().clean() or {}
        if self.errors:
            return given
        begins, until = given["quiet_from"], given["quiet_until"]
        if (begins is None) != (until is None):
            missing = "quiet_from" if begins is None else "quiet_until"
            self.add_error(missing, _("Give both times, or neither for no quiet hours."))
        elif begins is not None and begins == until:
            self.add_error("quiet_until", _("Choose an end that is not the beginning."))
        return given


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Shows what one hears; a POST stores it. One's own alone."""
    user = staff_of(request)
    kinds, choice = hearers.kinds_for(user), hearers.choice_of(user)
    form = ChoiceForm(kinds, request.POST if request.method == "POST" else None, instance=choice)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Stored. It holds from now on."))
        return HttpResponseRedirect(request.path)
    context = {
        "title": page_title(_("What you hear at once"), form),
        "form": form,
        "address": user.email,
    }
    return answer(request, "hear.html", context, 422 if form.is_bound else 200)


@require_safe
def new(request: HttpRequest) -> HttpResponse:
    """What has just happened, for the browser's own notifications: 204 where nothing has. It counts as no
    click, and writes nothing. One query; a few more where there is something."""
    user, now = staff_of(request), timezone.now()
    rows = StaffNotice.objects.of_browser(user.pk, _since(request, now))[:MOST]
    told = _still_wanted(user, list(rows), now)
    if not told:
        return HttpResponse(status=204)
    notices = [
        {
            "id": each.pk,
            "words": at_once.words(each.happening, each.number),
            "url": at_once.path_to(each.request_id),
        }
        for each in reversed(told)
    ]
    return JsonResponse({"notices": notices})


def _since(request: HttpRequest, now: datetime) -> datetime:
    """Nothing from before the sign-in: Today has shown it."""
    signed_in = datetime.fromtimestamp(request.session.get(SIGNED_IN_AT, 0.0), UTC)
    return max(signed_in, now - LOOKS_BACK)


def _still_wanted(user: User, rows: list[StaffNotice], now: datetime) -> list[StaffNotice]:
    """Without what one may no longer hear, chose no longer, or wants not at this hour."""
    if not rows:
        return []
    kinds, choice = hearers.kinds_for(user), hearers.choice_of(user)
    return [
        each
        for each in rows
        if each.kind in kinds and choice.in_browser(each.kind) and not choice.quiet_ends(each.kind, now)
    ]


PAGES = (path("hear/", page, name="hear"), path("hear/new/", new, name="hear-new"))
