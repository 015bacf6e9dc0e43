"""Who lets the clinic's own words onto the site: what stands beside signed words takes a physician who
practises here, the rest who speaks for the clinic. The steps are those of any signed text (clinic.signed)."""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q
from django.utils.translation import gettext as _

from clinic.models import QuestionVersion, State, Wording
from clinic.signed import signing
from clinic.signed.signing import PublishingRefused, Seen

Version = Wording | QuestionVersion
# What waits, and what is on the site though no physician has ever looked at it.
UNDECIDED = Q(state=State.WAITING)
_UNSIGNED = Q(state=State.LIVE, signed_off_at=None)
UNSIGNED_TEXT = _UNSIGNED & Q(is_clinical=True) & ~Q(text="")
UNSIGNED_ANSWER = _UNSIGNED & ~Q(place="") & Q(common__is_shown=True)


def may_decide(by: User | AnonymousUser, version: Version) -> bool:
    """Whether `by` lets such a version onto the site, or sends it back."""
    if version.takes_a_physician:
        return signing.may_sign(by, version)
    return signing.speaks_for_the_clinic(by, version)


def let_go(version: Version, seen: Seen, by: User, now: datetime) -> None:
    """Puts the waiting version that was `seen` on the site. Raises PublishingRefused."""
    if version.takes_a_physician:
        signing.sign_off(version, seen, by, now)
    else:
        signing.put_on_the_site(version, seen, by, now)


def pass_as_not_clinical(version: Version, seen: Seen, by: User, now: datetime) -> None:
    """As signing.pass_as_not_clinical."""
    signing.pass_as_not_clinical(version, seen, by, now)


def review_again(version: Version, seen: Seen, by: User, now: datetime) -> None:
    """Gives the live version that was `seen` a medical review. Raises PublishingRefused."""
    if (seen.pk, seen.state) != (version.pk, version.state):
        raise PublishingRefused(signing.FASTER)
    signing.review_again(version, by, now)


def send_back(version: Version, seen: Seen, by: User, note: str, now: datetime) -> None:
    """Ends what waits: who decides says why, an editor takes it back. Raises PublishingRefused."""
    if may_decide(by, version) and not note.strip():
        raise PublishingRefused(_("Write a note: the editor has to know what to change."))
    signing.send_back(version, seen, by, note.strip(), now)
