"""The inbox's filters. Each one hands its choice to a question of PatientRequestQuerySet."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments.follow_up import promises
from appointments.lifecycle import Status
from appointments.messages.texts import consent
from appointments.models import Kind, Message, PatientRequest, lists
from appointments.models.request import PatientRequestQuerySet
from appointments.staff import counts
from appointments.staff.inbox.lists import Choices, Options, OptionsFilter, options_of
from appointments.staff.titles import treatment_titles
from clinic.staff.site import shown_count

# A message that can't go out by e-mail: somebody says it on the phone, whatever became of the request.
TO_SAY = "to-say"
# The patient has texted something that nobody has read yet.
WROTE_BACK = "wrote-back"
# The patient keeps a booked time until the clinic has found another one.
ANOTHER_TIME = "another-time"
HAS_WORDS_TO_SAY = Exists(Message.objects.phone_tasks().filter(request=OuterRef("pk")))

Narrow = Callable[[PatientRequestQuerySet, datetime], PatientRequestQuerySet]

FLAGS: Options = {
    name: (words, lists.FLAGS[name])
    for name, words in {
        "urgent": _("Urgent"),
        "alarm": _("Sign of alarm"),
        "decision": _("Dermatologist decides first"),
        "screening": _("Screening answer"),
        "age": _("Age outside the range"),
        "interval": _("Sooner than the shortest interval"),
        "duplicate": _("Possible duplicate"),
        "crowded": _("Many requests under this phone or e-mail"),
        "check": _("Phone or e-mail to check"),
    }.items()
}


STATES: dict[str, tuple[Any, Narrow]] = {
    "waiting": (_("Waiting"), lambda requests, now: requests.owed()),
    "overdue": (_("Overdue"), lambda requests, now: requests.overdue(now)),
    "due-today": (_("Due today"), lambda requests, now: requests.due_between(*counts.day_of(now))),
    "due-soon": (_("Due soon"), lambda requests, now: promises.due_soon(now, requests)),
    "mine": (_("Mine"), lambda requests, now: requests.in_inbox().filter(lists.OPEN)),
    "with-patient": (
        _("With the patient"),
        lambda requests, now: requests.with_patient(),
    ),
    WROTE_BACK: (_("Wrote back"), lambda requests, now: requests.with_text_to_read()),
    ANOTHER_TIME: (_("Another time"), lambda requests, now: requests.wanting_another_time()),
    "finished": (_("Finished"), lambda requests, now: requests.in_inbox().filter(lists.FINISHED)),
    "all": (_("All"), lambda requests, now: requests.in_inbox()),
    "spam": (
        _("Suspected spam"),
        lambda requests, now: requests.in_quarantine(),
    ),
    "closed-spam": (
        _("Closed as spam"),
        lambda requests, now: requests.filter(lists.CLOSED_AS_SPAM),
    ),
}


# What somebody still has to do something about: few rows, each found by an index of its own.
COUNTED = ("waiting", "overdue", "due-today", "mine", "with-patient", WROTE_BACK, ANOTHER_TIME, "spam")


def states() -> dict[str, tuple[Any, Narrow]]:
    """The tabs; where the clinic sends no texts, nobody writes back."""
    return {name: tab for name, tab in STATES.items() if name != WROTE_BACK or consent.exists()}


def tab_counts(request: HttpRequest) -> dict[str, int]:
    """How many requests wait behind each of the `COUNTED` tabs. One query."""
    now = timezone.now()
    tabs = states()
    rows = PatientRequest.objects.all()
    mine = STATES["mine"][1](rows, now).filter(assignee=request.user.pk)
    special: dict[str, counts.Question] = {"mine": mine, "with-patient": rows.with_patient_apart()}
    return counts.counted(
        {
            name: special[name] if name in special else tabs[name][1](rows, now)
            for name in COUNTED
            if name in tabs
        }
    )


def state_of(request: HttpRequest) -> str:
    """Which view is shown: what is waiting, unless something is asked for that may lie elsewhere."""
    asked = request.GET.get("state", "")
    if asked in states():
        return asked
    if request.GET.get("q", "").strip():
        return "found"
    anywhere = request.GET.get("status") or request.GET.get("calls") == TO_SAY
    return "all" if anywhere else "waiting"


class StateFilter(admin.SimpleListFilter):
    """Waiting by default: finished work is out of sight until asked for. Shown as tabs above the list."""

    title = _("state")
    parameter_name = "state"
    template = "admin/appointments/nothing.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        self.shown, self.numbers = state_of(request), tab_counts(request)
        return [(value, words) for value, (words, _narrow) in states().items()]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for value, words in self.lookup_choices:
            yield {
                "selected": self.shown == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}, ["p"]),
                "display": words,
                "number": shown_count(self.numbers[value]) if value in self.numbers else None,
            }

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.shown == "found":
            return queryset
        if self.shown == "mine":
            queryset = queryset.filter(assignee=request.user.pk)
        return STATES[self.shown][1](queryset, timezone.now())


class KindFilter(OptionsFilter):
    """Appointment or callback."""

    title = _("kind")
    parameter_name = "kind"

    def options(self, request: HttpRequest) -> Options:
        return options_of("kind", Kind.choices)


class StatusFilter(OptionsFilter):
    """One status; finished ones too."""

    title = _("status")
    parameter_name = "status"

    def options(self, request: HttpRequest) -> Options:
        return options_of("status", Status.choices)


class AssigneeFilter(OptionsFilter):
    """Mine, or nobody's."""

    title = _("assignee")
    parameter_name = "who"

    def options(self, request: HttpRequest) -> Options:
        return {"mine": (_("Mine"), Q(assignee=request.user.pk)), "nobody": (_("Nobody's"), Q(assignee=None))}


class TreatmentFilter(OptionsFilter):
    """One treatment, or none named."""

    title = _("treatment")
    parameter_name = "treatment"

    def options(self, request: HttpRequest) -> Options:
        named = options_of("treatment", treatment_titles(request).items())
        return {**named, "none": (_("None named"), Q(treatment=None))}


class FlagFilter(OptionsFilter):
    """What somebody should know before they call."""

    title = _("flags")
    parameter_name = "flag"

    def options(self, request: HttpRequest) -> Options:
        return FLAGS


class CallsFilter(OptionsFilter):
    """Callbacks to make now, and messages that somebody has to say."""

    title = _("calls")
    parameter_name = "calls"

    def options(self, request: HttpRequest) -> Options:
        to_say = Message.objects.phone_tasks().values("request")
        return {
            "due": (_("Due now"), lists.WAITING & lists.calls_due(timezone.now())),
            TO_SAY: (_("Words to say"), Q(pk__in=to_say)),
        }


class HoldsFilter(OptionsFilter):
    """Offers whose hold ends today."""

    title = _("holds")
    parameter_name = "holds"

    def options(self, request: HttpRequest) -> Options:
        return {"today": (_("End today"), Q(pk__in=counts.holds_end_today(timezone.now()).values("pk")))}


FILTERS = (
    StateFilter,
    KindFilter,
    StatusFilter,
    AssigneeFilter,
    TreatmentFilter,
    FlagFilter,
    CallsFilter,
    HoldsFilter,
)
PARAMETERS = frozenset(each.parameter_name for each in FILTERS)


def flag_words(patient_request: PatientRequest, *, beside_status: bool = False) -> list[str]:
    """The flags and marks of a request, in words; `beside_status` without what the status says already."""
    is_said = beside_status and patient_request.status == Status.CLINICAL_REVIEW
    raised = {
        "urgent": patient_request.urgent,
        "decision": patient_request.decision_owed and not is_said,
        "screening": patient_request.screening_flagged,
        "age": patient_request.age_flagged,
        "interval": patient_request.interval_flagged,
        "duplicate": patient_request.possible_duplicate,
        "crowded": patient_request.crowded,
        "check": patient_request.phone_to_check or patient_request.email_to_check,
    }
    words = [str(FLAGS[name][0]) for name, is_raised in raised.items() if is_raised]
    if patient_request.alarm:
        words.insert(1 if patient_request.urgent else 0, str(patient_request.get_alarm_display()))
    if getattr(patient_request, "has_words_to_say", False):
        words.append(str(_("Words to say")))
    return [*words, str(_("Suspected spam"))] if patient_request.suspected_spam else words
