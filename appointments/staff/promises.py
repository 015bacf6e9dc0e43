"""What Today says about promises that are about to break."""

from collections.abc import Iterator
from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import ngettext

from appointments.follow_up.promises import due_soon
from appointments.roles import VIEW
from clinic.staff.site import Advice, Part, address, on_front_page


@on_front_page
def about_to_break(request: HttpRequest, now: datetime) -> Iterator[Part]:
    """How many answers are owed within the next two hours of clinic time, while it can still be done."""
    if not request.user.has_perm(VIEW):
        return
    count = due_soon(now).count()
    if count:
        words = ngettext(
            "%(count)s answer is due within the next two hours that we are open.",
            "%(count)s answers are due within the next two hours that we are open.",
            count,
        )
        url = address("appointments_patientrequest_changelist", query="state=due-soon")
        yield Advice(words % {"count": count}, url)
