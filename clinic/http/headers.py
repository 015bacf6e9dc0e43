"""Response headers that Django doesn't set by itself, on every answer, whoever gave it."""

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

from clinic.http.types import GetResponse
from clinic.operations import patient_links

# Nothing here uses any of it, so no script that slipped in may. Passkeys are the exception. Only features
# that Chromium knows: an unknown one is an error in its console.
_DENIED = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture",
    "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "idle-detection",
    "local-fonts", "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
    "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
_ALLOWED = ("publickey-credentials-get", "publickey-credentials-create")
PERMISSIONS_POLICY = ", ".join(
    [*(f"{feature}=()" for feature in _DENIED), *(f"{feature}=(self)" for feature in _ALLOWED)]
)
# For what the pages' own policy doesn't reach, such as a style sheet.
FILES_POLICY = "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
# Below these nobody but the staff has anything to do.
STAFF_PATHS = ("/admin/", "/accounts/")


def set_headers(get_response: GetResponse) -> GetResponse:
    """Keeps other sites out of our pages and our answers, and personal pages out of every cache."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.setdefault("Cross-Origin-Embedder-Policy", "require-corp")
        # A browser that has the page takes what a 304 says in place of what the page said (RFC 9111, 3.2).
        if response.status_code != 304:
            response.setdefault("Content-Security-Policy", FILES_POLICY)
        response.setdefault("Reporting-Endpoints", 'csp="/csp-report"')
        if request.path_info.startswith((*STAFF_PATHS, *patient_links.prefixes())):
            keep_out_of_caches(response)
        return response

    return middleware


def keep_out_of_caches(response: HttpResponse) -> None:
    """Nothing on the way, nor the browser, keeps the answer: not for the back button of the next person."""
    del response["Cache-Control"]
    add_never_cache_headers(response)
    response["Cache-Control"] = "no-store, private"
    response["Pragma"] = "no-cache"
    del response["ETag"]
