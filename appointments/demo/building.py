"""Brings the demonstration up: content, hours, staff, requests, in one transaction."""

import os
import secrets
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_noop

from appointments import roles
from appointments.demo import history, stories
from appointments.models import Message, MessageStatus, PatientRequest
from clinic.models import Clinic, CommonQuestion, HolidayDecision, OpeningHours, Practitioner
from clinic.signed.signing import Seen, physician_of, review_again
from clinic.time.holidays import holidays_between
from clinic.time.hours import clinic_day
from clinic.wordings import questions, release
from clinic.wordings.questions import Asked
from treatments import content_loader
from treatments.admin.texts import place_of
from treatments.models import ArticleVersion, State, Treatment, TreatmentVersion

DEFAULT_REQUESTS = 25
MAIL_DOMAIN = "@example.org"
NOTE = gettext_noop(
    "Demonstration: the opening hours, the patients, some treatments and the medical review are made up."
)
REVIEWED = timedelta(weeks=20)
STILL_NEW = timedelta(hours=1)
MAIL_TAKES = timedelta(minutes=1)
HOLIDAYS_WITHIN = timedelta(days=45)
DOCTOR = "dr-umar"
# Weekday to opening and closing; long enough that a day has something to show.
HOURS = {
    0: (time(9), time(17)),
    1: (time(9), time(17)),
    2: (time(9), time(18)),
    3: (time(9), time(17)),
    4: (time(9), time(15)),
}
# Username, first and last name, group; no group is the superuser.
QUESTIONS = (
    Asked(
        "Is a request an appointment?",
        "Not yet. We look at it and hold a few times for you. The one that you choose is your appointment.",
        "¿Una solicitud ya es una cita?",
        "Todavía no. La revisamos y le apartamos unos horarios. El que usted elija será su cita.",
    ),
    Asked(
        "Do I need an account?",
        "No. You get a link to a page of your own. It shows where your request stands and what comes next.",
        "¿Necesito una cuenta?",
        "No. Recibe un enlace a su propia página, que muestra cómo va su solicitud y qué sigue.",
    ),
    Asked(
        "Can I change or cancel my appointment?",
        "Yes. Your own page has a button for it, and you can always call us.",
        "¿Puedo cambiar o cancelar mi cita?",
        "Sí. Su página tiene un botón para eso, y siempre puede llamarnos.",
    ),
)
BOTOX = "botox"
ABOUT_BOTOX = Asked(
    "How long does the effect last?",
    "It can last up to four months. It is temporary, and it differs from person to person.",
    "¿Cuánto dura el efecto?",
    "Puede durar hasta cuatro meses. Es temporal y varía de una persona a otra.",
)
STAFF = (
    ("front-desk", "Robin", "Reyes", roles.FRONT_DESK),
    ("front-desk-2", "Jamie", "Park", roles.FRONT_DESK),
    ("dermatologist", "Dr.", "Umar", roles.DERMATOLOGIST),
    ("editor", "Casey", "Quinn", roles.CONTENT_EDITOR),
    ("admin", "Alex", "Admin", None),
)


@dataclass
class Made:
    """What one run added."""

    requests: int = 0
    staff: list[str] = field(default_factory=list)
    password: str = ""


def make(requests: int, now: datetime, *, full_day: bool = False, weeks_before: bool = False) -> Made:
    """Brings the demonstration up to `requests` requests, whole or not at all; what is there stays as it is.

    `full_day` also fills the doctor's day, today or the next open one; `weeks_before` adds the requests of
    the three months before, all of them finished, for the owner's figures.
    """
    made = Made()
    with transaction.atomic():
        content_loader.load(samples=True)
        _mark_as_demo()
        _decide_holidays(clinic_day(now))
        _add_staff(made)
        _review_content(now)
        _answer_common_questions(now)
        before = PatientRequest.objects.count()
        stories.tell(requests, now, full_day=full_day)
        if weeks_before:
            history.tell(now)
        made.requests = PatientRequest.objects.count() - before
        _mark_old_mail_as_sent(now)
    return made


def _mark_as_demo() -> None:
    """Hours for the schedule, and the words on every page that say that they are made up."""
    Clinic.objects.filter(pk=1, demo_note="").update(demo_note=NOTE)
    if not OpeningHours.objects.filter(practitioner=None).exists():
        OpeningHours.objects.bulk_create(
            OpeningHours(weekday=day, opens=opens, closes=closes) for day, (opens, closes) in HOURS.items()
        )


def _decide_holidays(today: date) -> None:
    """The clinic is closed on the federal holidays of the next weeks; later ones are left to decide."""
    soon = holidays_between(today, today + HOLIDAYS_WITHIN, "")
    HolidayDecision.objects.bulk_create(
        (HolidayDecision(day=each.day, is_closed=True) for each in soon if each.is_federal),
        ignore_conflicts=True,
    )


def _add_staff(made: Made) -> None:
    missing = [row for row in STAFF if not User.objects.filter(username=row[0]).exists()]
    if not missing:
        return
    made.password = os.environ.get("DEMO_PASSWORD") or secrets.token_urlsafe(12)
    # One hash for all: they share the password, and each hash takes a while on purpose.
    hashed = make_password(made.password)
    for username, first_name, last_name, group in missing:
        user = User.objects.create(
            username=username,
            first_name=first_name,
            last_name=last_name,
            email=f"{username}@example.org",
            password=hashed,
            is_staff=True,
            is_superuser=group is None,
        )
        if group:
            user.groups.add(Group.objects.get(name=group))
        made.staff.append(username)
    dermatologist = User.objects.filter(username="dermatologist").first()
    if not hasattr(dermatologist, "practitioner"):
        Practitioner.objects.filter(slug=DOCTOR, user=None).update(user=dermatologist)


def _answer_common_questions(now: datetime) -> None:
    """What people ask of any clinic with this site: true of each, so that the pages show their place."""
    if not CommonQuestion.objects.exists():
        by, dermatologist = (User.objects.get(username=name) for name in ("admin", "dermatologist"))
        about_botox = replace(ABOUT_BOTOX, place=place_of(Treatment.objects.get(slug=BOTOX)))
        for position, asked in enumerate((*QUESTIONS, about_botox)):
            common = CommonQuestion.objects.create(position=position)
            version = questions.save(common, asked, by, now, seen=0)
            if version and version.takes_a_physician and physician_of(dermatologist):
                release.let_go(version, Seen.of(version, None), dermatologist, now)


def _review_content(now: datetime) -> None:
    """What nobody has signed is given to no patient: the demonstration's dermatologist stands for aftercare
    and for Botox, before the oldest visit. What is made up here stays unsigned."""
    dermatologist = User.objects.get(username="dermatologist")
    if not physician_of(dermatologist):
        return
    unsigned = {"state": State.LIVE, "signed_off_at": None}
    aftercare = ArticleVersion.objects.filter(page__aftercare_of__isnull=False, **unsigned).distinct()
    botox = TreatmentVersion.objects.filter(page__slug=BOTOX, **unsigned)
    for version in (*aftercare, *botox):
        review_again(version, dermatologist, now - REVIEWED)


def _mark_old_mail_as_sent(now: datetime) -> None:
    """What the stories' past has queued went out long ago; only the last hour's news waits."""
    old = Message.objects.unsent().filter(
        created_at__lt=now - STILL_NEW, request__email__endswith=MAIL_DOMAIN
    )
    old.update(status=MessageStatus.SENT, sent_at=F("created_at") + MAIL_TAKES, attempts=1)
