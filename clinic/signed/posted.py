"""What a page of a version posts: which version was looked at, and beside which live one."""

from django.http import QueryDict
from django.utils.translation import gettext as _

from clinic.models.signed import SignedText
from clinic.signed.signing import PublishingRefused, Seen


def seen_words(version: SignedText, live: SignedText | None) -> str:
    """The version's id, number and state, and the id of the one that is live."""
    return f"{version.pk}-{version.number}-{version.state}-{live.pk if live else 0}"


def seen_of(posted: QueryDict) -> Seen:
    """What `seen_words` wrote. Raises PublishingRefused for anything else."""
    parts = posted.get("seen", "").split("-")
    if len(parts) != 4 or not all(part.isdecimal() and len(part) < 19 for part in (*parts[:2], parts[3])):
        raise PublishingRefused(_("Please load the page again."))
    return Seen(int(parts[0]), int(parts[1]), parts[2], int(parts[3]) or None)
