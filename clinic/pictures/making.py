"""Makes the files of a picture out of an uploaded one: `python -m clinic.pictures.making FILE FOLDER`.

What somebody uploads may have been made to break a decoder or to fill the memory. So it is decoded apart from
the site, without its environment and under limits of the kernel's; only pixels come out of it, drawn anew.
Nothing of Django is loaded here.
"""

import io
import json
import resource
import sys
import warnings
from pathlib import Path
from typing import Any

from PIL import (
    AvifImagePlugin,
    Image,
    ImageCms,
    ImageFile,
    ImageOps,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from clinic.pictures.formats import (
    MOST_PIXELS,
    MOST_PIXELS_OF_JPEG,
    REFUSED,
    SHARED,
    SHARED_SIZE,
    SMALLEST,
    WIDTHS,
    is_wide,
)

TALLEST = 2000
MEMORY = 180 * 1024 * 1024
SECONDS = 20

_SAVED_AS: dict[str, dict[str, Any]] = {
    "avif": {"format": "AVIF", "quality": 60, "speed": 8, "max_threads": 1},
    "webp": {"format": "WEBP", "quality": 78, "method": 4},
    "jpg": {"format": "JPEG", "quality": 80, "optimize": True, "progressive": True},
}


class Refused(Exception):
    """The file makes no picture; the word says why."""


def main(path: Path, folder: Path) -> int:
    """Writes `<width>.<ending>` into the folder and says the picture's size, or the word of the refusal."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    # A size that Pillow only warns of is refused below, by our own limit.
    warnings.simplefilter("ignore")
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    try:
        image = read(path)
    except Refused as refusal:
        sys.stdout.write(str(refusal))
        return REFUSED
    widths = [width for width in WIDTHS if width < image.width] + [image.width]
    for width in widths:
        height = round(image.height * width / image.width)
        smaller = image if width == image.width else image.resize((width, height), Image.Resampling.LANCZOS)
        for ending, options in _SAVED_AS.items():
            smaller.save(folder / f"{width}.{ending}", **options)
    if is_wide(*image.size):
        ImageOps.fit(image, SHARED_SIZE, Image.Resampling.LANCZOS).save(folder / SHARED, **_SAVED_AS["jpg"])
    sys.stdout.write(json.dumps({"widths": widths, "height": image.height}))
    return 0


def read(path: Path) -> Image.Image:
    """The pixels of the file and nothing else of it: upright, 8 bits, sRGB, no larger than we show. Raises
    Refused."""
    try:
        with Image.open(path, formats=["JPEG", "PNG", "WEBP", "AVIF"]) as image:
            _look_at(image)
            return _pixels(image)
    except UnidentifiedImageError:
        raise Refused("type") from None
    except (Image.DecompressionBombError, MemoryError):
        raise Refused("large") from None
    except Refused:
        raise
    except Exception:  # decoders raise whatever comes to their mind
        raise Refused("broken") from None


def _look_at(image: Image.Image) -> None:
    """What the head of the file says, before anything is decoded."""
    is_jpeg = image.format in ("JPEG", "MPO")
    # Phones put a second picture, such as a map of brightness, behind the first of a JPEG.
    if not is_jpeg and getattr(image, "is_animated", False):
        raise Refused("moves")
    in_parts = is_jpeg and not image.info.get("progressive")
    if image.width * image.height > (MOST_PIXELS_OF_JPEG if in_parts else MOST_PIXELS):
        raise Refused("large")
    if min(image.size) < SMALLEST:
        raise Refused("small")


def _pixels(image: ImageFile.ImageFile) -> Image.Image:
    box = (WIDTHS[-1], TALLEST) if image.getexif().get(0x0112, 1) < 5 else (TALLEST, WIDTHS[-1])
    if image.format in ("JPEG", "MPO"):
        image.draft(None, box)
    profile = image.info.get("icc_profile")
    flat = _flat(_decoded(image))
    flat.thumbnail(box, Image.Resampling.LANCZOS, reducing_gap=2.0)
    upright = ImageOps.exif_transpose(flat)
    seen = _in_srgb(upright, profile)
    if min(seen.size) < SMALLEST:
        raise Refused("small")
    # A new picture: what else the old one carried, such as where it was taken, stays behind.
    clean = Image.new("RGB", seen.size)
    clean.paste(seen)
    return clean


def _decoded(image: ImageFile.ImageFile) -> Image.Image:
    """WebP and AVIF are decoded whole, and Pillow keeps their decoder with its own copies of the picture for
    as long as the file is open. Here it goes before the pixels are laid out: 90 MB less for 12 million."""
    if isinstance(image, WebPImagePlugin.WebPImageFile):
        data, mode = image._decoder.get_next()[0], image.rawmode
    elif isinstance(image, AvifImagePlugin.AvifImageFile):
        data, mode = image._decoder.get_frame(0)[0], image.mode
    else:
        return image
    image._decoder = None
    pixels = Image.frombuffer(mode, image.size, data, "raw", mode, 0, 1)
    del data
    pixels = pixels.convert("RGB") if mode == "RGBX" else pixels
    pixels.info = {key: image.info[key] for key in ("exif", "icc_profile") if key in image.info}
    return pixels


def _flat(image: Image.Image) -> Image.Image:
    """On white where it was transparent, 8 bits for each colour."""
    if image.mode.startswith("I") or image.mode == "F":
        # Pillow would cut off what is brighter than 255.
        return image.point(lambda value: value / 256).convert("L")
    if image.mode == "P" or image.has_transparency_data:
        image = image.convert("RGBA")
        flat = Image.new("RGB", image.size, "white")
        flat.paste(image, mask=image.getchannel("A"))
        flat.info = {key: value for key, value in image.info.items() if key in ("exif", "icc_profile")}
        return flat
    return image.convert("L") if image.mode == "1" else image


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """By its own colour profile where it has one that can be read."""
    if profile and image.mode in ("RGB", "L", "CMYK"):
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            seen = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            return image.convert("RGB")
        return seen or image.convert("RGB")
    return image.convert("RGB")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
