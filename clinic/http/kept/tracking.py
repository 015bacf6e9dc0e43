"""What advertisements, newsletters and analytics hang on an address: it says nothing about what is asked for.

The address bar keeps it, and an address that leads elsewhere takes it along; no page varies by it.
"""

import re

from django.http import HttpRequest

# nginx has the same list, in the key under which it keeps pages (deploy/nginx/finetouch.conf).
_NAMES = (
    r"utm_[a-z_]+|gclid|gclsrc|dclid|gbraid|wbraid|gad_[a-z]+|srsltid|fbclid|igshid|msclkid|ttclid|twclid"
    r"|li_fat_id|yclid|mc_[ce]id|_hs(?:enc|mi)|_ga|_gl|epik"
)
_TRACKING = re.compile(rf"(?:(?:{_NAMES})=[^&]*(?:&|$))+")


def asks_for_nothing(query: str) -> bool:
    """Whether what stands behind the question mark changes no page."""
    return not query or _TRACKING.fullmatch(query) is not None


def hide(request: HttpRequest) -> None:
    """Has the view read nothing of it; `query_of` still knows."""
    query = request.META.get("QUERY_STRING", "")
    if query and asks_for_nothing(query):
        vars(request)["tracking"] = query
        vars(request).pop("GET", None)
        request.META["QUERY_STRING"] = ""


def query_of(request: HttpRequest) -> str:
    """All that stood behind the question mark, for an answer that leads elsewhere."""
    hidden: str = vars(request).get("tracking", "")
    return hidden or request.META.get("QUERY_STRING", "")
