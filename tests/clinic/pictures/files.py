"""Files that somebody may choose as a picture: good ones, and such as were made to do harm.

`python -m tests.clinic.pictures.files FROM TO` makes pictures of all that lie in a folder, as the site
does, into another one, and says what became of each and how much memory that took.
"""

import io
import json
import resource
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms, PngImagePlugin

SCRIPT = b"<script>alert(1)</script><?php system($_GET[0]); ?>"
GPS = {0x8825: {1: "N", 2: (34.0, 3.0, 8.0), 3: "W", 4: (118.0, 14.0, 37.0)}}
SIZE = (640, 480)
MADE = "made"


def picture(mode: str = "RGB", size: tuple[int, int] = SIZE) -> Image.Image:
    """Dark on the left, light on the right."""
    grey = Image.linear_gradient("L").rotate(90).resize(size)
    if mode == "I;16":
        return grey.convert("I").point(lambda value: value * 257).convert("I;16")
    if mode in ("RGBA", "LA"):
        clear = grey.convert(mode)
        clear.putalpha(grey)
        return clear
    return grey.convert(mode)


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif(orientation: int = 1, gps: bool = False) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = "A camera of Ada's"
    if gps:
        tags.get_ifd(0x8825).update(GPS[0x8825])
    return tags.tobytes()


def png_text(compressed: bool = False) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", ("A" * 9_000_000) if compressed else SCRIPT.decode(), zip=compressed)
    return info


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, rows: bytes = b"", *extra: bytes) -> bytes:
    """A grey PNG by hand, with as much in it as is given."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(rows, 9))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(extra) + body + chunk(b"IEND", b"")


def jpeg_that_claims(width: int, height: int) -> bytes:
    whole = bytearray(encoded(picture()))
    frame = whole.index(b"\xff\xc0")
    whole[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(whole)


def avif_that_claims(width: int, height: int) -> bytes:
    whole = bytearray(encoded(picture(), "AVIF"))
    size = whole.index(b"ispe") + 8
    whole[size : size + 8] = struct.pack(">II", width, height)
    return bytes(whole)


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        zipped.writestr("evil.html", SCRIPT)
    return out.getvalue()


def animated(kind: str) -> bytes:
    frames = [picture(), picture().rotate(180)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:])


def palette() -> bytes:
    """The left third is clear."""
    image = picture("L").quantize(16)
    darkest = image.getpixel((0, 0))
    return encoded(image, "PNG", transparency=darkest)


def wrong_checksum() -> bytes:
    whole = bytearray(encoded(picture(), "PNG"))
    whole[whole.index(b"IDAT") + 40] ^= 0xFF
    return bytes(whole)


def half(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_profile() -> bytes:
    """A colour profile whose red is the web's blue, and the other way round."""
    xyz = {
        b"wtpt": (0.9642, 1.0, 0.8249),
        b"bXYZ": (0.4360, 0.2225, 0.0139),
        b"gXYZ": (0.3851, 0.7169, 0.0971),
        b"rXYZ": (0.1431, 0.0606, 0.7139),
    }
    tags = {
        name: b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(v * 65536)) for v in value)
        for name, value in xyz.items()
    }
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), b"curv\0\0\0\0" + struct.pack(">IH", 1, 563) + b"\0\0")
    table, data, start = b"", b"", 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">II", start + len(data), len(value))
        data += value
    white = struct.pack(">iii", 63190, 65536, 54061)
    head = struct.pack(
        ">I4sI4s4s4s12x4s", start + len(data), b"lcms", 0x02100000, b"mntr", b"RGB ", b"XYZ ", b"acsp"
    )
    return (head.ljust(68, b"\0") + white).ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + data


XMP = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>exif:GPSLatitude=34,3.1N</x:xmpmeta>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)" width="800" height="600"/>'

# What it is -> how it is made, and what has to become of it.
FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    # Not what we take.
    "nothing": (lambda: b"", "type"),
    "text": (lambda: b"Just words.\n" * 100, "type"),
    "svg": (lambda: SVG, "type"),
    "svg with a heading": (lambda: b'<?xml version="1.0"?>' + SVG, "type"),
    "page": (lambda: b"<!doctype html>" + SCRIPT, "type"),
    "gif": (lambda: encoded(picture("L"), "GIF"), "type"),
    "gif that moves": (lambda: animated("GIF"), "type"),
    "gif that is a script": (lambda: b"GIF89a/*" + b"\0" * 40 + b"*/=1;alert(1)", "type"),
    "bmp": (lambda: encoded(picture(), "BMP"), "type"),
    "tiff": (lambda: encoded(picture(), "TIFF"), "type"),
    "tiff of 16 bits": (lambda: encoded(picture("I;16"), "TIFF"), "type"),
    "icon": (lambda: encoded(picture("RGBA"), "ICO"), "type"),
    "pdf": (lambda: encoded(picture(), "PDF"), "type"),
    "postscript": (lambda: encoded(picture(), "EPS"), "type"),
    "portable map": (lambda: b"P6 60000 60000 255\n", "type"),
    "jpeg 2000": (lambda: encoded(picture(), "JPEG2000"), "type"),
    "photoshop": (lambda: b"8BPS\0\1" + b"\0" * 200, "type"),
    "archive": (archive, "type"),
    "program": (lambda: b"\x7fELF" + b"\0" * 500, "type"),
    "noise": (lambda: bytes(range(256)) * 40, "type"),
    # Damaged, or lying.
    "jpeg in name alone": (lambda: b"\xff\xd8\xff\xe0" + b"A" * 500, "broken"),
    "half a jpeg": (lambda: half(encoded(picture())), "broken"),
    "half a png": (lambda: half(encoded(picture(), "PNG")), "broken"),
    "half a webp": (lambda: half(encoded(picture(), "WEBP", quality=100)), "broken"),
    "half an avif": (lambda: half(encoded(picture(), "AVIF", quality=100)), "type"),
    "avif that claims another size": (lambda: avif_that_claims(900, 700), MADE),
    "png with a wrong checksum": (wrong_checksum, MADE),
    "png without pixels": (lambda: png(800, 600), "broken"),
    # Too much.
    "png of 900 million pixels": (lambda: png(30_000, 30_000), "large"),
    "png that unfolds": (lambda: png(9_000, 9_000, b"\0" * 9_001 * 9_000), "large"),
    "png just below Pillow's limit": (lambda: png(13_300, 13_300), "large"),
    "jpeg of 4,000 million pixels": (lambda: jpeg_that_claims(65_500, 65_500), "large"),
    "progressive jpeg": (lambda: encoded(picture("RGB", (5000, 4000)), progressive=True), "large"),
    "webp of 20 million pixels": (lambda: encoded(Image.new("RGB", (5000, 4000)), "WEBP"), "large"),
    "avif of 400 million pixels": (lambda: avif_that_claims(20_000, 20_000), "type"),
    "more bytes than we take": (lambda: encoded(picture()) + b"\0" * 12 * 1024 * 1024, "bytes"),
    "animated png": (lambda: animated("PNG"), "moves"),
    "animated webp": (lambda: animated("WEBP"), "moves"),
    "animated avif": (lambda: animated("AVIF"), "moves"),
    # Too little.
    "one pixel": (lambda: encoded(picture("RGB", (1, 1))), "small"),
    "a line": (lambda: png(60_000, 1, b"\0" * 60_001), "small"),
    "a strip": (lambda: encoded(picture("RGB", (20_000, 300)), "PNG"), "small"),
    # Made harmless.
    "jpeg and archive": (lambda: encoded(picture()) + archive(), MADE),
    "jpeg with a script": (lambda: encoded(picture(), comment=SCRIPT), MADE),
    "png with a script": (lambda: encoded(picture(), "PNG", pnginfo=png_text()), MADE),
    "png and page": (lambda: encoded(picture(), "PNG") + b"<html>" + SCRIPT, MADE),
    "png with words that unfold": (lambda: encoded(picture(), "PNG", pnginfo=png_text(True)), "broken"),
    "png with a profile that unfolds": (
        lambda: png(400, 400, b"\0" * 401 * 400, chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(90_000_000)))),
        "broken",
    ),
    "jpeg with a broken profile": (lambda: encoded(picture(), icc_profile=b"no profile" * 50), MADE),
    "jpeg with broken tags": (lambda: encoded(picture(), exif=b"Exif\0\0II*\0\xff\xff\xff\x7f"), MADE),
    "jpeg turned a way that isn't": (lambda: encoded(picture(), exif=exif(99)), MADE),
    "jpeg with a place": (lambda: encoded(picture(), exif=exif(gps=True), icc_profile=srgb()), MADE),
    "jpeg with a place in words": (
        lambda: encoded(picture())[:2] + b"\xff\xe1" + struct.pack(">H", len(XMP) + 2) + XMP
        + encoded(picture())[2:],
        MADE,
    ),
    "png with a place": (lambda: encoded(picture(), "PNG", exif=exif(gps=True)), MADE),
    "webp with a place": (lambda: encoded(picture(), "WEBP", exif=exif(gps=True)), MADE),
    "avif with a place": (lambda: encoded(picture(), "AVIF", exif=exif(gps=True)), MADE),
    # Unusual.
    "two pictures in a jpeg": (lambda: animated("MPO"), MADE),
    "jpeg for print": (lambda: encoded(picture("CMYK")), MADE),
    "grey jpeg": (lambda: encoded(picture("L")), MADE),
    "png of 16 bits": (lambda: encoded(picture("I;16"), "PNG"), MADE),
    "png of 1 bit": (lambda: encoded(picture("1"), "PNG"), MADE),
    "png with a palette": (palette, MADE),
    "clear png": (lambda: encoded(picture("RGBA"), "PNG"), MADE),
    "clear grey png": (lambda: encoded(picture("LA"), "PNG"), MADE),
    "clear webp": (lambda: encoded(picture("RGBA"), "WEBP"), MADE),
    "clear avif": (lambda: encoded(picture("RGBA"), "AVIF"), MADE),
    "grey avif": (lambda: encoded(picture("L"), "AVIF"), MADE),
    # As large as it may be.
    "jpeg of 50 million pixels": (lambda: encoded(picture("RGB", (8160, 6120)), quality=60), MADE),
    "png as large as it may be": (
        lambda: encoded(picture("RGBA", (4096, 3072)), "PNG", compress_level=1), MADE,
    ),
    "webp as large as it may be": (lambda: encoded(picture("RGB", (4096, 3072)), "WEBP", method=0), MADE),
    "clear webp as large as it may be": (
        lambda: encoded(picture("RGBA", (4096, 3072)), "WEBP", lossless=True, method=0), MADE,
    ),
    "clear avif as large as it may be": (
        lambda: encoded(picture("RGBA", (4096, 3072)), "AVIF", speed=10), MADE,
    ),
    "progressive jpeg as large as it may be": (
        lambda: encoded(picture("RGB", (4096, 3072)), progressive=True, subsampling=0), MADE,
    ),
}  # fmt: skip


def make_all(folder: Path, into: Path) -> dict[str, Any]:
    """What becomes of each file, and the most memory, in MiB, of this process and of those it started."""
    import django

    django.setup()
    from django.core.files.uploadedfile import TemporaryUploadedFile

    from clinic.pictures import storing

    found: dict[str, Any] = {}
    for path in sorted(folder.iterdir()):
        with TemporaryUploadedFile(path.name, "image/jpeg", path.stat().st_size, None) as upload:
            upload.write(path.read_bytes())
            upload.seek(0)
            try:
                for name, content in storing.make(upload).files.items():
                    (into / f"{path.name} {name}").write_bytes(content)
                found[path.name] = MADE
            except storing.PictureRefused as refusal:
                found[path.name] = refusal.word
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    own = next(line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
    return {"found": found, "site": int(own.split()[1]) // 1024, "apart": children}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(make_all(Path(sys.argv[1]), Path(sys.argv[2]))))
