"""The files of pictures where no nginx gives them: in a demonstration, and from any storage behind Django's
setting."""

import re
from pathlib import PurePosixPath

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from clinic.pictures.formats import FILE_NAME, FORMATS

_YEAR = 365 * 86400


@require_safe
def picture_file(request: HttpRequest, name: str) -> FileResponse:
    """One file. Its name changes with its content, so it may be kept for good."""
    if not re.fullmatch(FILE_NAME, name):
        raise Http404
    try:
        file = default_storage.open(name)
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(file, content_type=FORMATS[PurePosixPath(name).suffix[1:]])
    patch_cache_control(response, public=True, max_age=_YEAR, immutable=True)
    return response
