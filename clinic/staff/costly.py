"""What takes the machine long within a request: so often for one account (ASVS 15.2.2).

One person's work never comes near; a script with a colleague's session does. What takes longer is left to the
worker (clinic/jobs), which makes one thing after the other.
"""

from django.http import HttpRequest, HttpResponse

from clinic.http.refusals import refuse
from clinic.operations.limits import Limit

PICTURES = Limit("staff-picture", 60, 3600)


def refused(request: HttpRequest, limit: Limit) -> HttpResponse | None:
    """Counts one for whoever is signed in; the refusal when it is one too many."""
    if limit.allows(str(request.user.pk)):
        return None
    return refuse(request, 429, retry_after=limit.seconds)
