"""The image that goes with a shared link: a page's title and the site's one fine line.

It is drawn when first asked for. Its address carries the title under the site's own seal, so a page costs
nothing, and nobody can have other images drawn.
"""

import hashlib
import io
import json
import re
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe
from font_source_serif_pro import font_files_ttf

from clinic.pictures.formats import SHARED_SIZE

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

FOLDER = "shared"
# Whoever changes how the image looks changes this.
_RECIPE = 1
_KEPT = timedelta(days=60)
_YEAR = 365 * 86400

# The identity's colours.
_GROUND, _INK, _QUIET, _ACCENT = "#fbf7f2", "#22302e", "#4a5a57", "#a5492e"
_MARGIN = 80
_LARGEST, _SMALLEST, _MOST_LINES = 84, 44, 4
# The drawing of the line, in a box of this size.
_LINE_BOX = (1200, 120)


def _signer() -> signing.Signer:
    return signing.Signer(salt="clinic.pictures.sharing")


def address(title: str, site: str) -> str:
    """Where the image for a page of this title is."""
    sealed = _signer().sign_object([title, site], compress=True)
    return settings.SITE_URL + reverse("shared-image", args=[sealed])


@require_safe
def shared_image(request: HttpRequest, sealed: str) -> HttpResponse:
    """The image; drawn at the first time, from then on from the storage."""
    try:
        title, site = _signer().unsign_object(sealed)
    except (signing.BadSignature, ValueError) as error:
        raise Http404 from error
    content = json.dumps([_RECIPE, title, site]).encode()
    name = f"{FOLDER}/{hashlib.sha256(content).hexdigest()[:32]}.png"
    try:
        with default_storage.open(name) as file:
            image = file.read()
    except FileNotFoundError:
        image = drawn(title, site)
        default_storage.save(name, ContentFile(image))
    response = HttpResponse(image, content_type="image/png")
    patch_cache_control(response, public=True, max_age=_YEAR, immutable=True)
    return response


def sweep(now: datetime) -> int:
    """Deletes images that were drawn long ago, how many: one that is asked for again is drawn again."""
    try:
        names = [f"{FOLDER}/{name}" for name in default_storage.listdir(FOLDER)[1]]
    except FileNotFoundError:
        return 0
    old = [name for name in names if default_storage.get_modified_time(name) < now - _KEPT]
    for name in old:
        default_storage.delete(name)
    return len(old)


def drawn(title: str, site: str) -> bytes:
    """The image, as PNG."""
    from PIL import Image, ImageDraw  # of use to few processes, and late

    image = Image.new("RGB", SHARED_SIZE, _GROUND)
    pen = ImageDraw.Draw(image)
    pen.text((_MARGIN, 64), site, font=_font(34), fill=_QUIET)
    lines, font = _set(pen, title)
    pen.multiline_text(
        (_MARGIN, 150), "\n".join(lines), font=font, fill=_INK, spacing=round(font.size * 0.18)
    )
    _draw_line(image)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _font(size: int) -> "ImageFont.FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.truetype(font_files_ttf["SourceSerifProLight"], size)


def _set(pen: "ImageDraw.ImageDraw", title: str) -> tuple[list[str], "ImageFont.FreeTypeFont"]:
    """The title in lines, as large as it fits."""
    for size in range(_LARGEST, _SMALLEST - 1, -4):
        font = _font(size)
        lines = _lines(pen, title, font)
        if len(lines) * size * 1.3 <= SHARED_SIZE[1] - 320 and len(lines) <= _MOST_LINES:
            break
    return lines[:_MOST_LINES], font


def _lines(pen: "ImageDraw.ImageDraw", title: str, font: "ImageFont.FreeTypeFont") -> list[str]:
    lines = [""]
    for word in title.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and pen.textlength(longer, font) > SHARED_SIZE[0] - 2 * _MARGIN:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _draw_line(image: "Image.Image") -> None:
    """From creased to smooth along the lower edge, off the page on the right."""
    from PIL import Image, ImageDraw

    width, height, finer = SHARED_SIZE[0] - _MARGIN, 110, 3
    mask = Image.new("L", (width * finer, height * finer))
    scale = width * finer / _LINE_BOX[0], height * finer / _LINE_BOX[1]
    points = [(x * scale[0], y * scale[1]) for x, y in _points()]
    ImageDraw.Draw(mask).line(points, fill=255, width=3 * finer, joint="curve")
    mask = mask.resize((width, height), Image.Resampling.BOX)
    image.paste(_ACCENT, (_MARGIN, SHARED_SIZE[1] - 60 - height), mask)


@lru_cache(maxsize=1)
def _points() -> tuple[tuple[float, float], ...]:
    """Along the site's line, whose one drawing is a template."""
    drawing = (Path(settings.BASE_DIR) / "templates" / "clinic" / "_line.html").read_text("utf-8")
    found = re.search(r' d="M([^"]+)"', drawing)
    numbers = [float(each) for each in re.findall(r"[\d.]+", found[1] if found else "")]
    pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
    points = pairs[:1]
    for at in range(1, len(pairs), 3):
        start, (one, two, end) = points[-1], pairs[at : at + 3]
        points += [_on_curve(start, one, two, end, step / 16) for step in range(1, 17)]
    return tuple(points)


def _on_curve(
    a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float], t: float
) -> tuple[float, float]:
    """A point of a cubic Bezier curve."""
    x, y = (
        (1 - t) ** 3 * a[i] + 3 * (1 - t) ** 2 * t * b[i] + 3 * (1 - t) * t**2 * c[i] + t**3 * d[i]
        for i in (0, 1)
    )
    return x, y
