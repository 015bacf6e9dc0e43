"""Each alarm of deploy/prometheus/, by its fault really made on a running site: it fires, it ends when the
fault is mended, and no other fires meanwhile."""

import json
import os
import re
import threading
import time as clock
from contextlib import suppress
from datetime import time, timedelta
from pathlib import Path
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from appointments.lifecycle import ClosedReason
from appointments.messages import notices, paused_mail
from appointments.messages.phone_tasks import ask_for_call, phone_task_done
from appointments.models import EventKind, Message, PatientRequest, RequestEvent
from clinic.jobs.asking import KEPT
from clinic.models import HolidayDecision, Job, OpeningHours
from clinic.time.hours import clinic_day
from tests import builders
from tests.faults import places
from tests.faults.live_site import manage
from tests.faults.watched_site import Fault, Watched, suffer, until, watched_site

DAY = timedelta(days=1)
TABLE = "treatments_article"


def prepare() -> None:
    """A clinic that is open all the time, holidays too, and a colleague."""
    builders.clinic()
    for weekday in range(7):
        OpeningHours.objects.create(weekday=weekday, opens=time(0), closes=time(23, 59))
    for day in (clinic_day(timezone.now()), clinic_day(timezone.now() + DAY)):
        HolidayDecision.objects.create(day=day, is_closed=False)
    builders.staff(username="colleague")


def _sql(*statements: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _mails(number: int) -> list[Message]:
    """As many e-mails in the outbox, which the worker tries at once."""
    now = timezone.now()
    written = []
    for each in range(number):
        request = builders.callback_request(email=f"p{each}@example.org", received_at=now)
        event = RequestEvent.objects.create(request=request, kind=EventKind.RECEIVED, at=now)
        message = notices.queue(request, "acknowledgement", event)
        if message is not None:
            written.append(message)
    return written


def _data() -> Path:
    return Path(os.environ[places.FOLDER])


def back_up(watched: Watched) -> None:
    manage("backup", str(Path(os.environ["FAULTS_BACKUPS"]) / f"{clock.monotonic_ns()}.backup"))


def break_a_backup_off(watched: Watched) -> None:
    with suppress(RuntimeError):
        manage("backup", str(Path(os.environ["FAULTS_BACKUPS"]) / "missing" / "file.backup"))


def end_the_worker(watched: Watched) -> None:
    watched.worker.stop(kill=True)
    request = builders.appointment_request(status="offered")
    start = timezone.now() + 3 * DAY
    builders.appointment(
        request, builders.practitioner(), start, status="pending", hold_until=timezone.now() - DAY
    )


def start_the_worker(watched: Watched) -> None:
    """It ends the hold, which is due at once then: a colleague sees to that."""
    watched.worker.start()
    until(lambda: PatientRequest.objects.overdue(timezone.now()).exists())
    close_all(watched)


def refuse_sign_in(watched: Watched) -> None:
    watched.mail.behave("530")
    _mails(3)


def hang_up(watched: Watched) -> None:
    watched.mail.behave("refuse")
    _mails(3)


def refuse_everybody(watched: Watched) -> None:
    watched.mail.behave("550")
    _mails(14)


def mail_is_well(watched: Watched) -> None:
    watched.mail.behave("ok")


def restore_mail(watched: Watched) -> None:
    watched.mail.behave("refuse")
    _mails(1)
    paused_mail.pause()


def give_mail_up(watched: Watched) -> None:
    watched.mail.behave("ok")
    paused_mail.give_up()


def ask_for_the_impossible(watched: Watched) -> None:
    """As a job of a version that knew another kind."""
    now = timezone.now()
    who = User.objects.get(username="colleague")
    Job.objects.create(kind="unknown", asked_by=who, asked_at=now, worked_at=now, expires_at=now + KEPT)


def let_jobs_go(watched: Watched) -> None:
    Job.objects.update(expires_at=timezone.now())


def fill_the_disk(watched: Watched) -> None:
    folder = Path(os.environ["VAR_DIR"])
    room = os.statvfs(folder)
    with (folder / "filler").open("wb") as file:
        file.write(b"\0" * (room.f_bavail * room.f_frsize - 3 * 1024 * 1024))


def make_room(watched: Watched) -> None:
    (Path(os.environ["VAR_DIR"]) / "filler").unlink()


def break_a_page(watched: Watched) -> None:
    _sql(f"ALTER TABLE {TABLE} RENAME TO {TABLE}_away")
    for _ in range(3):
        watched.ask("GET", "/articles/")
        clock.sleep(1.2)


def mend_the_page(watched: Watched) -> None:
    _sql(f"ALTER TABLE {TABLE}_away RENAME TO {TABLE}")


def slow_a_page(watched: Watched) -> None:
    for each in range(3):
        # By an address that no process keeps the page of.
        patient = threading.Thread(target=watched.ask, args=("GET", f"/articles/?unknown={each}"))
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE")
            patient.start()
            clock.sleep(2)
        patient.join()


def forget_a_migration(watched: Watched) -> None:
    _sql("UPDATE django_migrations SET name = name || '_' WHERE app = 'clinic' AND name LIKE '0001%'")


def migrate(watched: Watched) -> None:
    _sql("UPDATE django_migrations SET name = rtrim(name, '_') WHERE app = 'clinic' AND name LIKE '0001%'")


def break_a_promise(watched: Watched) -> None:
    builders.callback_request(received_at=timezone.now() - 9 * DAY, promise_broken_at=timezone.now())


def close_all(watched: Watched) -> None:
    for request in PatientRequest.objects.overdue(timezone.now()):
        request.move("close", User.objects.get(username="colleague"), reason=ClosedReason.OTHER, note="x")


def name_a_sign(watched: Watched) -> None:
    builders.callback_request(alarm="call_us", alarm_at=timezone.now(), urgent=True)


def speak_to_them(watched: Watched) -> None:
    PatientRequest.objects.alarming().order_by().update(alarm_met_at=timezone.now())


def leave_a_call(watched: Watched) -> None:
    watched.mail.behave("refuse")
    message = _mails(1)[0]
    with transaction.atomic():
        ask_for_call(message, timezone.now() - 3 * DAY)
    Message.objects.unsent().void()


def make_the_calls(watched: Watched) -> None:
    watched.mail.behave("ok")
    for task in Message.objects.phone_tasks():
        phone_task_done(task, User.objects.get(username="colleague"))


def send_spam(watched: Watched) -> None:
    builders.copies(builders.callback_request(suspected_spam=True), 60)


def guess_a_password(watched: Watched) -> None:
    _sign_in(watched, ["colleague"] * 21)


def guess_names(watched: Watched) -> None:
    """Sixty are tried, the others are above the limit of one address and written down all the same."""
    _sign_in(watched, [f"nobody{number}" for number in range(110)])


def _sign_in(watched: Watched, names: list[str]) -> None:
    _, page, cookies = watched.ask("GET", "/admin/login/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    cookie = re.search(r"csrftoken=[^;]+", cookies)
    if token is None or cookie is None:
        raise RuntimeError("the page of the sign-in has no token")
    for number, name in enumerate(names):
        typed = {"csrfmiddlewaretoken": token[1], "username": name, "password": f"guess {number}"}
        watched.ask(
            "POST", "/admin/login/", urlencode(typed), Cookie=cookie[0],
            Content_Type="application/x-www-form-urlencoded",
        )  # fmt: skip


def a_day_passes(watched: Watched) -> None:
    """The audit refuses to be changed, so the guard stands aside for its dates to go back; attempts are
    counted anew."""
    _sql(
        "DELETE FROM clinic_ratecount",
        "SET LOCAL session_replication_role = replica",
        "UPDATE clinic_auditentry SET at = at - interval '25 hours'",
    )


def break_the_policy(watched: Watched) -> None:
    report = json.dumps({"csp-report": {"effective-directive": "script-src", "blocked-uri": "inline"}})
    for _ in range(60):
        watched.ask("POST", "/csp-report", report, Content_Type="application/csp-report")


FAULTS = (
    Fault(("BackupOld",), "no backup was ever made", lambda _: None, back_up),
    Fault(("BackupFailed",), "a backup into a folder that isn't there", break_a_backup_off, back_up),
    Fault(("SiteDown",), "gunicorn ended", lambda w: w.site.stop(), lambda w: w.site.start()),
    Fault(
        ("DatabaseDown",), "PostgreSQL stopped",
        lambda _: places.control(_data(), "stop", "--mode=fast"), lambda _: places.control(_data(), "start"),
    ),
    Fault(
        ("WorkerDown", "HoldsOverrun"), "worker killed, a hold ends", end_the_worker, start_the_worker,
    ),
    Fault(("MailHeldUp",), "SMTP 530: sign in first", refuse_sign_in, mail_is_well),
    Fault(("MailWaits",), "SMTP port closed", hang_up, mail_is_well),
    Fault(("MailFails",), "SMTP 550 for 14 addresses", refuse_everybody, mail_is_well),
    Fault(("MailPaused",), "mail paused as by a restore", restore_mail, give_mail_up),
    Fault(("JobsFail",), "a job that nobody can do; mended by a day", ask_for_the_impossible, let_jobs_go),
    Fault(("CallsWait",), "a call of three days ago", leave_a_call, make_the_calls),
    Fault(("DiskLow",), "disk filled up to 3 MB", fill_the_disk, make_room),
    Fault(("Failures",), "a table gone: 500", break_a_page, mend_the_page),
    Fault(("Slow",), "a table locked for 2 s", slow_a_page),
    Fault(("MigrationsWaiting",), "a migration not applied", forget_a_migration, migrate),
    Fault(("PromisesBroken",), "a promise passed", break_a_promise, close_all),
    Fault(("AlarmUnmet",), "a sign of alarm, and nobody calls", name_a_sign, speak_to_them),
    Fault(("SpamFlood",), "61 suspected spam", send_spam),
    Fault(("PasswordTried",), "21 wrong passwords; mended by a day", guess_a_password, a_day_passes),
    Fault(("SignInsFail",), "110 sign-ins under names that nobody has", guess_names, a_day_passes),
    Fault(("CspReports",), "60 reports of the policy", break_the_policy),
)  # fmt: skip


def run() -> None:
    """A row for each fault."""
    prepare()
    with watched_site() as watched:
        until(lambda: "BackupOld" in watched.firing())
        for fault in FAULTS:
            suffer(watched, fault).tell()
