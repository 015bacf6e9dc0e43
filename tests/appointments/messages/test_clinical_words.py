"""No e-mail holds a clinical word, nor a word that a patient or staff typed. Each kind is made by the turn
that makes it, with marked words wherever somebody could type one, and is read as it goes out."""

import re
import uuid
from collections.abc import Callable
from datetime import datetime, time, timedelta
from email.header import decode_header, make_header
from email.message import Message as Part
from typing import Any, cast

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone, translation
from django.utils.translation import gettext

from appointments import scheduling
from appointments.follow_up import aftercare, promises, recall, reminders
from appointments.lifecycle import Action, ClosedReason, Status
from appointments.messages import outbox
from appointments.messages.to_staff import at_once, digest, gathered, sign_in
from appointments.models import (
    Appointment,
    AppointmentStatus,
    Decision,
    EventKind,
    FreedTime,
    Happening,
    Message,
    MessageStatus,
    NoticeChoice,
    NoticeKind,
    PatientRequest,
    RequestEvent,
    StaffNotice,
)
from appointments.requests import intake, links, reviewing
from appointments.scheduling import fallen, mending
from appointments.scheduling.earlier import offering, own_move
from clinic.models import AuditAction, AuditEntry, Clinic, Closure
from clinic.staff import attempts
from clinic.staff.changed import Change, tell
from clinic.time.hours import at, clinic_day
from tests import builders
from tests.appointments.follow_up.test_aftercare import sign_off
from treatments.models import Answer, Treatment

pytestmark = pytest.mark.django_db

MARK = "zzmark"
TYPED = f"Typed {MARK}: botox for the drooping eyelid."
# In both languages; `\w*` for their endings.
CLINICAL = re.compile(
    r"\b(botox|toxin|inject|inyec|treatment|tratamiento|filler|rellen|peel|acn[eé]|rosacea|ros[aá]cea|eyelid"
    r"|p[aá]rpado|swallow|traga|breath|respir|weak|debil|double vision|visi[oó]n|hoarse|ronc|bladder|vejiga"
    r"|pregnan|embaraz|m[eé]dic|allerg|al[eé]rg|symptom|s[ií]ntoma|skin|piel|wrinkl|arrug|diagnos|suitable"
    r"|adecuad|declin|rechaz|consultation|consulta|screening|health|salud|dermatolog|dermat[oó]log)\w*",
    re.IGNORECASE,
)
NAME = "FineTouch Dermatology"


class Turns:
    """The turns of the story, each of which makes one kind of message in one language."""

    def __init__(self, language: str, desk: User, doctor: User) -> None:
        self.now = timezone.now()
        self.language, self.desk, self.doctor = language, desk, doctor
        self.who = builders.practitioner()
        monday = clinic_day(self.now) + timedelta(days=14 - clinic_day(self.now).weekday())
        self.ten = at(monday, time(10))

    def row(self, **values: Any) -> PatientRequest:
        """A request in which everything that somebody can type is marked."""
        if "treatment" not in values:
            slug = f"{MARK}-{Treatment.objects.count()}"
            values["treatment"] = builders.treatment(slug, questions=1)
        return builders.appointment_request(
            **{
                "first_name": f"{MARK}first",
                "last_name": f"{MARK}last",
                "message": TYPED,
                "email": "patient@example.org",
                "status": Status.IN_PROGRESS,
                "language": self.language,
            }
            | values
        )

    def received(self, **values: Any) -> None:
        row = self.row(status=Status.NEW, submission_digest="digest", **values)
        question = cast("Treatment", row.treatment).screening_questions.get()
        PatientRequest.objects.filter(pk=row.pk).delete()
        row.pk = None
        answer = intake.GivenAnswer(question, TYPED, Answer.YES)
        intake.receive(row, [answer], self.now)

    def offered(self) -> tuple[PatientRequest, Appointment]:
        row = self.row()
        (held,) = scheduling.offer(row, self.who, [self.ten], self.desk, now=self.now)
        return row, held

    def booked(self) -> tuple[PatientRequest, Appointment]:
        row, held = self.offered()
        return row, scheduling.accept(held, now=self.now)

    def acknowledgement(self) -> None:
        self.received()

    def link_again(self) -> None:
        assert links.mail_again(self.now, pk=self.row().pk)

    def new_link(self) -> None:
        row = self.row()
        event = RequestEvent.objects.create(
            request=row, kind=EventKind.CORRECTION, by=self.desk, at=self.now, note=TYPED
        )
        links.renew(row, event)

    def missed_promise(self) -> None:
        hour = timedelta(hours=1)
        self.row(respond_by=self.now - hour, received_at=self.now - 30 * hour)
        assert promises.answer_for_broken(self.now)

    def _decided(self, decision: Decision) -> None:
        reviewing.decide(self.row(status=Status.CLINICAL_REVIEW), decision, self.doctor, TYPED, TYPED)

    def question(self) -> None:
        self._decided(Decision.NEEDS_INFORMATION)

    def decided(self) -> None:
        self._decided(Decision.SUITABLE)
        self._decided(Decision.CONSULTATION_FIRST)

    def declined(self) -> None:
        self._decided(Decision.NOT_SUITABLE)
        self.row().move(Action.DECLINE, self.desk, TYPED)

    def could_not_reach(self) -> None:
        self.row().move(Action.CLOSE, self.desk, TYPED, reason=ClosedReason.UNREACHABLE)

    def withdrawn(self) -> None:
        self.row().move(Action.WITHDRAW, self.desk, TYPED)

    def offers(self) -> None:
        starts = [self.ten, self.ten + timedelta(hours=2)]
        scheduling.offer(self.row(), self.who, starts, self.desk, now=self.now)

    def hold_ended(self) -> None:
        self.offered()
        assert scheduling.release_expired(self.ten)

    def times_fallen(self) -> None:
        self.offered()
        day = clinic_day(self.ten)
        Closure.objects.create(practitioner=self.who, first_day=day, last_day=day, reason=TYPED)
        assert fallen.end_fallen_holds(self.now)

    def promise_moved(self) -> None:
        row = self.row(status=Status.NEW)
        Message.objects.filter(request=row).delete()
        day = clinic_day(row.respond_by)
        Closure.objects.create(first_day=day, last_day=day, reason=TYPED)
        assert promises.pass_on(self.now)

    def other_times(self) -> None:
        _row, visit = self.booked()
        later = self.ten + timedelta(hours=2)
        mending.offer_instead(visit, self.who, [later], self.desk, TYPED, self.now)

    def earlier_time(self) -> None:
        row, _visit = self.booked()
        builders.earlier_wish(row)
        start = self.ten - timedelta(days=7)
        FreedTime.objects.note([(self.who.pk, start, start + timedelta(hours=1), None)], self.now)
        assert offering.offer(FreedTime.objects.get(), [row.pk], self.desk, now=self.now)

    def times_beside(self) -> None:
        row, visit = self.booked()
        own_move.ask(row, TYPED, now=self.now)
        own_move.offer_beside(visit, self.who, [self.ten + timedelta(hours=2)], self.desk, now=self.now)

    def moved(self) -> None:
        _row, visit = self.booked()
        scheduling.move_appointment(visit, self.ten + timedelta(hours=2), self.desk, now=self.now)

    def cancelled(self) -> None:
        _row, visit = self.booked()
        scheduling.cancel(visit, self.desk, TYPED, now=self.now)

    def reminder_days(self) -> None:
        self._reminded(0)

    def reminder_morning(self) -> None:
        self._reminded(1)

    def _reminded(self, which: int) -> None:
        row = self.row(status=Status.BOOKED)
        builders.appointment(row, self.who, self.ten)
        RequestEvent.objects.create(request=row, kind=EventKind.APPOINTMENT, at=self.now, note=TYPED)
        moment, _kind = reminders.due_moments(self.ten, Clinic.current())[which]
        assert reminders.remind(moment)

    def _visited(self, **values: Any) -> PatientRequest:
        article = builders.article(f"{MARK}-{self.language}")
        sign_off(article, self.doctor, self.now - timedelta(days=30))
        treatment = builders.treatment(f"{MARK}-visited", aftercare=article, effect_months=4)
        done = self.now - timedelta(days=2)
        row = self.row(
            treatment=treatment, status=Status.COMPLETED, received_at=done, finished_at=done, **values
        )
        builders.appointment(row, self.who, done, status=AppointmentStatus.FULFILLED)
        return row

    def aftercare(self) -> None:
        self._visited()
        assert aftercare.give(self.now)

    def aftercare_update(self) -> None:
        row = self._visited()
        assert aftercare.give(self.now)
        treatment = cast("Treatment", row.treatment)
        newer = sign_off(cast("Any", treatment.aftercare), self.doctor, self.now, number=2)
        assert aftercare.send_update(newer, [row], self.desk, self.now)

    def recall(self) -> None:
        row = self._visited(recall_consent=True)
        visit = row.appointments.get()
        due = recall.due_at(visit.start, cast("Treatment", row.treatment))
        assert recall.ask_back(cast("datetime", due))

    def staff_credentials(self) -> None:
        self.desk.email = "desk@example.org"
        for change in Change:
            tell(self.desk, change)

    def staff_digest(self) -> None:
        self.row(status=Status.NEW, received_at=self.now - timedelta(minutes=5))
        assert digest.write(self.now)

    def staff_sign_in(self) -> None:
        for _each in range(attempts.CODES):
            AuditEntry.objects.create(
                user=self.desk, action=AuditAction.SIGN_IN_FAILED, page="mfa_authenticate", at=self.now
            )
        assert sign_in.write(self.now)

    def staff_notice(self) -> None:
        """Each of the happenings, and several gathered."""
        kinds = {f"{kind}_by_email": True for kind in NoticeKind}
        for user in (self.desk, self.doctor):
            User.objects.filter(pk=user.pk).update(email=f"{user.pk}@example.org")
            NoticeChoice.objects.create(user=user, **kinds)
        row = self.row(status=Status.NEW, assignee=self.doctor)
        for happening in Happening:
            at_once.tell(happening, [row.pk], self.now + timedelta(seconds=len(happening)))
        at_once.tell(Happening.REVIEW, [row.pk, row.pk + 1], self.now)
        PatientRequest.objects.filter(pk=row.pk).update(status=Status.CLINICAL_REVIEW)
        StaffNotice.objects.update(mail_due_at=self.now)
        assert gathered.write(self.now + timedelta(minutes=1)) == 1

    def staff_urgent(self) -> None:
        self.received(alarm="call_911", alarm_at=self.now, urgent=True)


def read(sent: EmailMessage) -> str:
    """All that a mail server and a mailbox see of it, but the clinic's own name."""
    parts: list[Part] = list(cast("Part", sent.message()).walk())
    said = []
    for part in parts:
        said += [f"{name}: {make_header(decode_header(str(value)))}" for name, value in part.items()]
        said.append(str(part.get_filename("")))
        if not part.is_multipart():
            said.append(cast("bytes", part.get_payload(decode=True)).decode())
    return "\n".join(said).replace(NAME, "")


def never_said(text: str) -> list[str]:
    """The marked and the clinical words in `text`."""
    return [match.group() for match in CLINICAL.finditer(text)] + re.findall(MARK, text, re.IGNORECASE)


@pytest.fixture
def turns(request: pytest.FixtureRequest, front_desk: User, dermatologist: User) -> Turns:
    builders.clinic(email="desk@example.org")
    return Turns(request.param, front_desk, dermatologist)


FOLDER = settings.BASE_DIR / "templates" / "email"
EVERY = sorted(path.stem for path in FOLDER.glob("*.txt") if path.stem != "base")


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("turns", ["en", "es"], indirect=True)
def test_no_e_mail_holds_a_clinical_or_a_typed_word(turns: Turns, kind: str) -> None:
    """A new kind fails here until a turn of its name makes it."""
    make: Callable[[], None] = getattr(turns, kind)
    make()
    latest = Message.objects.order_by("next_attempt_at").values_list("next_attempt_at", flat=True).last()
    outbox.deliver_due(uuid.uuid4(), cast("datetime", latest))
    assert Message.objects.filter(kind=kind, status=MessageStatus.SENT).exists()
    assert mail.outbox
    for sent in mail.outbox:
        assert never_said(read(sent)) == [], sent.subject
    for message in Message.objects.all():
        assert never_said(f"{message.subject} {message.text} {message.html}".replace(NAME, "")) == []


@pytest.mark.parametrize("turns", ["en", "es"], indirect=True)
def test_the_calendar_file_holds_none(turns: Turns, client: Client) -> None:
    row, visit = turns.booked()
    link = f"{row.get_absolute_url()}appointment.ics"
    booked = client.get(link)
    scheduling.cancel(visit, turns.desk, TYPED, now=turns.now)
    for answer in (booked, client.get(link)):
        assert answer.status_code == 200
        assert never_said(f"{answer.headers} {answer.text}".replace(NAME, "")) == []


@pytest.mark.parametrize("kind", [*EVERY, "base"])
def test_no_wording_of_a_template_holds_a_clinical_word(kind: str) -> None:
    """Those too that no turn above takes."""
    written = (FOLDER / f"{kind}.txt").read_text()
    assert never_said(re.sub(r"{%-? ?(extends|if|elif|for) .*?%}|{{.*?}}", "", written)) == []
    sentences = re.findall(r"{% translate \"(.*?)\" %}", written)
    sentences += [
        re.sub(r"{{ (\w+) }}", r"%(\1)s", said).strip()
        for said in re.findall(r"{% blocktranslate trimmed[^%]*%}(.*?){% endblocktranslate %}", written)
        if "{%" not in said
    ]
    with translation.override("es"):
        assert never_said(" ".join(gettext(said) for said in sentences)) == []


def test_the_words_are_found() -> None:
    """The guard itself, with what it is there to catch."""
    assert never_said("Su tratamiento, sus PÁRPADOS, zzMARKfirst") == ["tratamiento", "PÁRPADOS", "zzMARK"]
    assert never_said("Your botox treatment: trouble swallowing") == ["botox", "treatment", "swallowing"]
