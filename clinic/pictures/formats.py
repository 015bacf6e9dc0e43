"""In which forms and widths a picture is kept, the one that browsers like best first. Imports nothing."""

FORMATS = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}
WIDTHS = (360, 720, 1080, 1600)
# Of what somebody uploads.
MOST_BYTES = 12 * 1024 * 1024
SMALLEST = 300
# A JPEG is decoded at a fraction of its size, unless it is progressive: then all of it is held at once.
MOST_PIXELS_OF_JPEG = 51_000_000
MOST_PIXELS = 12_600_000
# How the program that makes the files ends when it says why it makes none.
REFUSED = 3
FOLDER = "pictures"
# Of an image that goes with a shared link; a picture that is wide enough has one cut out of it.
SHARED_SIZE = (1200, 630)
SHARED = "shared.jpg"
# What the storage has of a picture.
FILE_NAME = rf"{FOLDER}/[0-9a-f]{{32}}/(?:shared|\d{{1,4}})\.(?:{'|'.join(FORMATS)})"


def is_wide(width: int, height: int) -> bool:
    """Whether a picture can stand for its page where a link is shared."""
    return width >= SHARED_SIZE[0] and width >= 1.2 * height
