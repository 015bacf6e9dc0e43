"""Which given times no longer stand, for the pages about them; and the watcher that has changes of
availability show what they break."""

from collections.abc import Collection, Sequence
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import ngettext

from appointments import scheduling
from appointments.follow_up import promises
from appointments.models import Appointment, AppointmentStatus, FreedTime
from appointments.scheduling.fallen import fallen_offers
from appointments.staff.kit import page_of
from clinic.admin.availability import Broken, Opened
from clinic.time.words import day_and_clock


class Clashes:
    """Tells the clinic's pages which given times a change of availability breaks."""

    def broken(self, now: datetime) -> Sequence[Broken]:
        """The held and booked times that don't stand."""
        return [
            Broken(
                each.pk,
                f"{day_and_clock(each.start)}, {each.practitioner.name}",
                each.request.full_name,
                each.get_status_display(),
                page_of(each.request),
            )
            for each in scheduling.clashes(now)
        ]

    def stored(self, now: datetime) -> str:
        """No promise stays on a day on which nobody is there any more."""
        passed = promises.pass_on(now, changed=True)
        words = ngettext(
            "%(count)s promised answer now falls on another time.",
            "%(count)s promised answers now fall on another time.",
            passed,
        )
        return words % {"count": passed} if passed else ""

    def opened(self, spans: Sequence[Opened], now: datetime) -> None:
        """Time that has opened is proposed to those who want to come earlier."""
        FreedTime.objects.note(((*span, None) for span in spans), now)

    def changed(self, now: datetime) -> None:
        """Held times that fell end at once; their requests are due now."""
        scheduling.end_fallen_holds(now)

    def mend_url(self, keys: Collection[int]) -> str:
        """Where staff say what becomes of them: of the booked ones, and of the patients of the held ones."""
        return page_about(keys) if keys else ""


def booked_clashes(now: datetime) -> list[Appointment]:
    """The booked times that no longer stand."""
    return [each for each in scheduling.clashes(now) if each.status == AppointmentStatus.BOOKED]


def to_mend(now: datetime, only: Collection[str]) -> tuple[list[Appointment], list[Appointment]]:
    """All that waits to be mended, the booked times and one of the fallen held ones of each patient; and what
    of it the page is about."""
    booked, fallen = booked_clashes(now), fallen_offers()
    shown = [each for each in booked if not only or str(each.pk) in only]
    shown += [each[0] for each in fallen if not only or any(str(row.pk) in only for row in each)]
    return booked + [each[0] for each in fallen], shown


def page_about(keys: Collection[int]) -> str:
    return f"{reverse('admin:clashes')}?{urlencode({'only': ','.join(map(str, sorted(keys)))})}"
