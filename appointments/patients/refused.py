"""Why something was not taken, in one sentence above what the patient typed."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

NO_COOKIE = _(
    "Nothing was sent: your browser has to allow the one cookie that keeps our forms safe. Allow it and send"
    " this again, or call us."
)
DIFFERENT = _(
    "We already have what you sent from this page before, and changed nothing about it. To send this too, use"
    " the button below."
)
GONE = _(
    "Nothing was sent: we no longer take requests for this treatment here. You can send what you typed as a"
    " request for a consultation."
)


def too_many(retry_after: int) -> str:
    """`retry_after` in seconds."""
    minutes = -(-retry_after // 60)
    return ngettext(
        "Nothing was sent: we got many requests from the same place. Keep this page and send it again in"
        " %(minutes)d minute, or call us.",
        "Nothing was sent: we got many requests from the same place. Keep this page and send it again in"
        " %(minutes)d minutes, or call us.",
        minutes,
    ) % {"minutes": minutes}
