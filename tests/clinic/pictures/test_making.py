"""Uploads: what is refused and why, what is left of the others, and how much memory they take."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from clinic.pictures import storing
from tests.clinic.pictures.files import FILES, SIZE, encoded, exif, palette, picture, swapped_profile
from tests.test_project import ROOT

TRACES = (b"script", b"php", b"GPS", b"Ada", b"PK\3\4")


def made(content: bytes, name: str = "picture.jpg") -> storing.Made:
    return storing.make(SimpleUploadedFile(name, content))


def pixels(result: storing.Made, ending: str = "jpg") -> Image.Image:
    return Image.open(io.BytesIO(result.files[f"{result.widths[-1]}.{ending}"]))


def brightness(image: Image.Image, x: float) -> int:
    """At that part of the width, halfway down."""
    value = image.convert("L").getpixel((int((image.width - 1) * x), image.height // 2))
    assert isinstance(value, int)
    return value


@pytest.mark.skipif(sys.platform != "linux", reason="the limits are those of Linux")
def test_hostile_files_are_refused_or_made_harmless_in_little_memory(tmp_path: Path) -> None:
    uploads, into = tmp_path / "uploads", tmp_path / "made"
    uploads.mkdir()
    into.mkdir()
    for name, (build, _) in FILES.items():
        (uploads / name).write_bytes(build())
    done = subprocess.run(
        [sys.executable, "-m", "tests.clinic.pictures.files", str(uploads), str(into)],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout)
    assert said["found"] == {name: becomes for name, (_, becomes) in FILES.items()}
    assert len(FILES) > 50
    assert said["site"] < 200
    assert said["apart"] < 200
    for path in into.iterdir():
        left_of(path)


def left_of(path: Path) -> None:
    """Nothing but pixels."""
    with Image.open(path) as image:
        assert image.mode == "RGB", path.name
        assert not image.getexif(), path.name
        assert not {"exif", "xmp", "icc_profile", "comment", "Comment"} & image.info.keys(), path.name
    content = path.read_bytes()
    assert not [trace for trace in TRACES if trace in content], path.name


@pytest.mark.parametrize(
    "name",
    [
        "jpeg for print",
        "grey jpeg",
        "grey avif",
        "avif with a place",
        "webp with a place",
        "png of 16 bits",
        "two pictures in a jpeg",
    ],
)
def test_unusual_pictures_look_as_they_did(name: str) -> None:
    """Dark on the left, light on the right, and grey between."""
    image = pixels(made(FILES[name][0]()))
    assert brightness(image, 0) < 40
    assert 90 < brightness(image, 0.5) < 165
    assert brightness(image, 1) > 215


def test_what_was_clear_is_white() -> None:
    assert brightness(pixels(made(palette())), 0) > 240
    assert brightness(pixels(made(encoded(picture("RGBA"), "PNG"))), 0) > 240


@pytest.mark.parametrize(
    ("orientation", "is_turned"), [(1, False), (3, False), (6, True), (8, True), (99, False)]
)
@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF"])
def test_a_picture_stands_upright(orientation: int, is_turned: bool, kind: str) -> None:
    image = pixels(made(encoded(picture(), kind, exif=exif(orientation))))
    assert image.size == (SIZE[::-1] if is_turned else SIZE)
    assert (brightness(image, 0) < 40) == (orientation in (1, 99))


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF"])
def test_colours_of_another_profile_become_those_of_the_web(kind: str) -> None:
    blue = Image.new("RGB", SIZE, (0, 0, 250))
    image = pixels(made(encoded(blue, kind, quality=95, icc_profile=swapped_profile())))
    brightest = [band.getextrema()[1] for band in image.split()]
    assert brightest[0] > 230  # type: ignore[operator]
    assert brightest[2] < 40  # type: ignore[operator]


def test_each_width_is_there_in_each_format_and_none_is_blown_up() -> None:
    result = made(encoded(picture("RGB", (1200, 900))))
    assert result.widths == [360, 720, 1080, 1200]
    sizes = {f"{width}.{e}" for width in result.widths for e in ("avif", "webp", "jpg")}
    assert set(result.files) == sizes | {"shared.jpg"}  # wide enough for the image of a shared link
    assert result.height == 900
    assert Image.open(io.BytesIO(result.files["360.webp"])).size == (360, 270)


def test_a_tall_picture_is_bounded_too() -> None:
    result = made(encoded(picture("RGB", (1000, 6000))))
    assert (result.widths, result.height) == ([333], 2000)


def test_the_name_of_the_files_follows_their_content() -> None:
    assert made(encoded(picture())).digest == made(encoded(picture()), "../../other.php").digest
    assert made(encoded(picture())).digest != made(encoded(picture().rotate(180))).digest


def test_a_refusal_is_a_sentence_that_says_what_to_do() -> None:
    with pytest.raises(storing.PictureRefused, match="Choose a JPEG, PNG, WebP or AVIF file"):
        made(b"<svg/>")


def test_the_making_knows_nothing_of_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who breaks a decoder finds no key in its environment."""
    seen: list[dict[str, str]] = []
    real = subprocess.run

    def run(command: list[str], **options: object) -> object:
        seen.append(options["env"])  # type: ignore[arg-type]
        return real(command, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", run)
    made(encoded(picture()))
    assert seen == [{}]


def test_a_decoder_that_hangs_or_dies_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "_COMMAND", [sys.executable, "-c", "import os; os.kill(os.getpid(), 11)"])
    with pytest.raises(storing.PictureRefused, match="damaged"):
        made(encoded(picture()))
    monkeypatch.setattr(storing, "_COMMAND", [sys.executable, "-c", "import time; time.sleep(60)"])
    monkeypatch.setattr(storing, "_SECONDS", 0.3)
    with pytest.raises(storing.PictureRefused, match="more pixels"):
        made(encoded(picture()))
