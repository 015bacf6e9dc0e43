"""Keeps the pages of other sites from having a colleague's browser ask for anything of the staff's.

Forms carry a token of their own; this holds for whatever else a page can ask for, such as a picture, a frame
or a script, and for downloads. A browser says by Sec-Fetch-* who asks; one that doesn't is taken as it was.
"""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from clinic.http.headers import STAFF_PATHS
from clinic.http.types import GetResponse

_DOWNLOADS = ("/file/", "/download/")
_ELSEWHERE = ("cross-site", "same-site")


def refuse_other_sites(get_response: GetResponse) -> GetResponse:
    """Lets a link from elsewhere open a page, and nothing more. Raises PermissionDenied."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(STAFF_PATHS) and _comes_from_elsewhere(request):
            raise PermissionDenied
        return get_response(request)

    return middleware


def _comes_from_elsewhere(request: HttpRequest) -> bool:
    if request.headers.get("Sec-Fetch-Site") not in _ELSEWHERE:
        return False
    asked = (request.headers.get("Sec-Fetch-Mode"), request.headers.get("Sec-Fetch-Dest"))
    opens_page = request.method in ("GET", "HEAD") and asked == ("navigate", "document")
    return not opens_page or request.path_info.endswith(_DOWNLOADS)
