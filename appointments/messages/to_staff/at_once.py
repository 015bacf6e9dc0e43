"""What each member of the staff hears at once, as each chose: by e-mail, and in the browser while a page of
the staff is open. Without a word about whom or what it is.

A notice is stored and its e-mail queued in the transaction of what happened. One hears once of a request at
one moment, whatever else that was: whoever hears that it is urgent isn't told, too, that it is theirs.
"""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import translation
from django.utils.translation import ngettext, ngettext_lazy

from appointments.messages.making import write_each
from appointments.messages.to_staff import hearers
from appointments.messages.to_staff.wording import worded
from appointments.models.message import Message
from appointments.models.to_staff.choice import KIND_OF, Happening, NoticeChoice, NoticeKind
from appointments.models.to_staff.notice import StaffNotice
from clinic.languages import MAIN
from clinic.models import Clinic

KIND = "staff_notice"
# More e-mails to one person within so long are gathered into one, as when a mail server is away; of what is
# urgent each goes by itself.
MOST_IN_A_ROW, WITHIN = 5, timedelta(minutes=15)
# Of the last notices so many are looked at.
MOST_LOOKED_AT = 500

_WORDS = {
    Happening.URGENT: ngettext_lazy(
        "An urgent request came in.", "%(number)d urgent requests came in.", "number"
    ),
    Happening.PATIENT: ngettext_lazy(
        "There is news from the patient of one of your requests.",
        "There is news from the patients of your requests, %(number)d times.",
        "number",
    ),
    Happening.ASSIGNED: ngettext_lazy(
        "A request is yours now.", "%(number)d requests are yours now.", "number"
    ),
    Happening.REVIEW: ngettext_lazy(
        "A request waits for your decision.", "%(number)d requests wait for your decision.", "number"
    ),
    Happening.FAILED: ngettext_lazy(
        "A message could not be delivered. Please call.",
        "%(number)d messages could not be delivered. Please call.",
        "number",
    ),
}  # fmt: skip


def words(happening: str, number: int = 1) -> str:
    """What has happened, in one sentence of the active language."""
    return str(_WORDS[Happening(happening)] % {"number": number})


def said(happened: Counter[Happening], link: str) -> dict[str, str]:
    """What an e-mail about all that `happened` says."""
    number = happened.total()
    with translation.override(MAIN):
        lines = [words(happening, count) for happening, count in happened.items()]
        several = ngettext("%(number)d thing to look at", "%(number)d things to look at", number)
        short = lines[0].rstrip(".") if len(lines) == 1 else several % {"number": number}
    return {
        "happened_short": short,
        "happened": lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines),
        "notice_link": link,
        "choice_link": settings.SITE_URL + reverse("admin:hear"),
    }


def path_to(request_pk: int | None) -> str:
    """The page of the request, or Today."""
    if request_pk is None:
        return reverse("admin:index")
    return reverse("admin:appointments_patientrequest_change", args=[request_pk])


@dataclass(frozen=True)
class Notice:
    """What is said of a happening and to whom, worded while there is no request yet that a link could lead
    to."""

    happening: Happening
    people: Sequence[User]
    words: Mapping[str, str]
    # What stands where the link comes.
    mark: str
    # The message's kind, and the addresses that hear it whatever anybody chose.
    message: str = KIND
    always: Sequence[str] = ()

    def send(self, requests: Sequence[int], now: datetime) -> None:
        """Stores and queues it, within the caller's transaction. One query; three more where somebody chose
        to hear it."""
        about = requests[0] if len(requests) == 1 else None
        cause = f"{about or self.happening.value}.{now.timestamp()}"
        mails = {f"{self.message}:{cause}:clinic-{number}": to for number, to in enumerate(self.always)}
        recent = self._recent(now)
        rows = []
        for person in self.people:
            choice = hearers.choice_of(person)
            if self._was_told(person, about, now, recent):
                continue
            due = self._mail_due(person, choice, now, recent)
            if not choice._state.adding:
                rows.append(self._row(choice, about, len(requests), due, now))
            if due == now and person.email not in mails.values():
                mails[f"{self.message}:{cause}:{person.pk}"] = person.email
        if rows:
            self._take_back(cause, about, now)
            StaffNotice.objects.bulk_create(rows, ignore_conflicts=True)
        if mails:
            link = settings.SITE_URL + path_to(about)
            said = {name: text.replace(self.mark, link) for name, text in self.words.items()}
            write_each(mails, now, kind=self.message, **said)

    @property
    def _kind(self) -> NoticeKind:
        return KIND_OF[self.happening]

    def _recent(self, now: datetime) -> list[StaffNotice]:
        """What those who chose have heard lately. One query, none where nobody did."""
        chosen = [person.pk for person in self.people if not hearers.choice_of(person)._state.adding]
        if not chosen:
            return []
        rows = StaffNotice.objects.filter(user__in=chosen, at__gt=now - WITHIN, at__lte=now)
        return list(rows.order_by("-at", "-pk")[:MOST_LOOKED_AT])

    def _was_told(
        self, person: User, about: int | None, now: datetime, recent: Sequence[StaffNotice]
    ) -> bool:
        """Whether `person` has heard of this moment of the request under another name, or the same."""
        return any(
            each.user_id == person.pk
            and (each.request_id, each.at) == (about, now)
            and (about is not None or each.happening == self.happening)
            and (each.happening == Happening.URGENT or self.happening is not Happening.URGENT)
            for each in recent
        )

    def _mail_due(
        self, person: User, choice: NoticeChoice, now: datetime, recent: Sequence[StaffNotice]
    ) -> datetime | None:
        """When the e-mail goes out: `now`, or later, gathered with others; None for none."""
        if not choice.by_email(self._kind) or not person.email:
            return None
        if ends := choice.quiet_ends(self._kind, now):
            return ends
        heard = sum(each.user_id == person.pk for each in recent)
        if self._kind is NoticeKind.URGENT or heard < MOST_IN_A_ROW:
            return now
        seconds = WITHIN.total_seconds()
        return datetime.fromtimestamp((now.timestamp() // seconds + 1) * seconds, UTC)

    def _row(
        self, choice: NoticeChoice, about: int | None, number: int, due: datetime | None, now: datetime
    ) -> StaffNotice:
        return StaffNotice(
            user_id=choice.user_id,
            happening=self.happening,
            request_id=about,
            number=number,
            at=now,
            in_browser=choice.in_browser(self._kind) and choice.quiet_ends(self._kind, now) is None,
            mail_due_at=None if due == now else due,
        )

    def _take_back(self, cause: str, about: int | None, now: datetime) -> None:
        """Of what is urgent the people hear that, instead of what else it is: the e-mail of the same
        transaction that says less goes."""
        if self.happening is not Happening.URGENT:
            return
        told = [person.pk for person in self.people]
        StaffNotice.objects.filter(user__in=told, request=about, at=now).exclude(
            happening=Happening.URGENT
        ).delete()
        Message.objects.filter(key__in=[f"{KIND}:{cause}:{pk}" for pk in told]).delete()


def notice(happening: Happening, people: Sequence[User], number: int = 1) -> Notice:
    """The notice of `happening` to `people`, about so many requests."""
    mark = link_mark()
    by_email = any(hearers.choice_of(each).by_email(KIND_OF[happening]) for each in people)
    said_now = {"clinic": Clinic.facts(), **said(Counter({happening: number}), mark)} if by_email else {}
    return Notice(happening, people, worded(KIND, said_now) if by_email else {}, mark)


def tell(
    happening: Happening,
    requests: Sequence[int],
    now: datetime,
    *,
    but: int | None = None,
    only: int | None = None,
) -> None:
    """Tells of what has happened to `requests`, within the caller's transaction: everybody who hears of it
    `but` the one who did it, or `only` this one. One query where nobody chose to hear it."""
    if not requests or (only and only == but):
        return
    people = hearers.of(KIND_OF[happening], but=but, only=only)
    if people:
        notice(happening, people, len(requests)).send(requests, now)


def link_mark() -> str:
    """What stands in words where a link comes, which nobody has typed."""
    return f"{settings.SITE_URL}/{secrets.token_hex(16)}/"
