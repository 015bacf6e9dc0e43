"""Pictures in the admin and on the pages: chosen, shown, changed, taken away, served and swept."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from clinic.models import Clinic, Picture, Practitioner
from clinic.pictures import storing
from tests import builders
from tests.clinic.pictures.files import encoded, picture
from treatments.models import Source, Treatment

WORDS = {"alt": "Dr. Umar at her desk", "alt_es": "La Dra. Umar en su escritorio", "credit": "Ada Example"}


@pytest.fixture
def doctor(clinic: Clinic) -> Practitioner:
    return builders.practitioner(slug="dr-umar", name="Dr. Umar")


@pytest.fixture(autouse=True)
def empty_storage(db: None) -> None:
    """What an earlier test stored would be taken for a leftover."""
    storing.sweep(timezone.now() + timedelta(days=2))


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def upload(content: bytes = b"", name: str = "me.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or encoded(picture()))


def page_of(row: Any) -> str:
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/picture/"


def on_page(row: Any) -> Picture:
    row.refresh_from_db()
    return row.portrait  # type: ignore[no-any-return]


def add(user: User, row: Any, **values: Any) -> Any:
    return client_of(user).post(page_of(row), {"file": upload(), **WORDS, **values})


def test_a_portrait_shows_at_once_in_both_languages(doctor: Practitioner, dermatologist: User) -> None:
    assert add(dermatologist, doctor).status_code == 302
    for path, alt in (
        ("/doctors/dr-umar/", WORDS["alt"]),
        ("/es/doctors/dr-umar/", WORDS["alt_es"]),
        ("/", WORDS["alt"]),
    ):
        html = Client().get(path).content.decode()
        image = re.search(r"<img[^>]*>", html)
        assert image, path
        assert f'alt="{alt}"' in image[0]
        assert 'width="640" height="480"' in image[0]
        assert html.count("<source ") == 2
        assert "Ada Example" in html
    assert 'loading="lazy"' in html
    assert 'loading="lazy"' not in Client().get("/doctors/dr-umar/").content.decode()


def test_each_file_on_the_page_is_served_to_be_kept(doctor: Practitioner, dermatologist: User) -> None:
    add(dermatologist, doctor)
    html = Client().get("/doctors/dr-umar/").content.decode()
    addresses = {
        address for each in re.findall(r'srcset="([^"]*)"', html) for address in re.findall(r"/\S+", each)
    }
    assert len(addresses) == 6
    for address in addresses:
        answer = Client().get(address)
        assert answer.status_code == 200
        assert (
            answer["Content-Type"]
            == {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}[address.rsplit(".")[-1]]
        )
        assert "immutable" in answer["Cache-Control"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert b"".join(answer)


ELSEWHERE = [
    "", "secret_key", "../secret_key", "pictures/", "pictures/../../secret_key", f"pictures/{'0' * 32}/1.svg",
    f"pictures/{'0' * 32}/", f"pictures/{'a' * 32}/360.jpg", f"pictures/{'0' * 32}/360.jpg/../../x",
]  # fmt: skip


@pytest.mark.parametrize("name", ELSEWHERE)
def test_nothing_else_of_the_storage_is_served(clinic: Clinic, name: str) -> None:
    assert Client().get(f"/media/{name}").status_code == 404


def test_pages_of_editors(clinic: Clinic, editor: User) -> None:
    treatment, article = builders.treatment("botox"), builders.article("botox-aftercare")
    for row in (treatment, article):
        assert "<picture>" not in Client().get(row.get_absolute_url()).content.decode()
        assert add(editor, row, alt="A quiet room").status_code == 302
        assert 'alt="A quiet room"' in Client().get(row.get_absolute_url()).content.decode()
        assert (
            "A quiet room"
            in client_of(editor)
            .get(f"/admin/treatments/{row._meta.model_name}/{row.pk}/change/")
            .content.decode()
        )


def test_the_front_desk_sees_a_portrait_and_can_not_change_it(
    doctor: Practitioner, dermatologist: User, front_desk: User
) -> None:
    add(dermatologist, doctor)
    html = client_of(front_desk).get(f"/admin/clinic/practitioner/{doctor.pk}/change/").content.decode()
    assert WORDS["alt"] in html
    assert page_of(doctor) not in html
    assert add(front_desk, doctor).status_code == 403


@pytest.mark.parametrize("missing", ["alt", "alt_es", "credit", "file"])
def test_a_picture_needs_its_words(doctor: Practitioner, dermatologist: User, missing: str) -> None:
    answer = add(dermatologist, doctor, **{missing: ""})
    assert answer.status_code == 422
    assert not Picture.objects.exists()


def test_the_database_keeps_no_picture_without_words(db: None) -> None:
    for name in WORDS:
        with pytest.raises(IntegrityError), transaction.atomic():
            Picture.objects.create(digest="0" * 32, widths=[1], height=1, **(WORDS | {name: ""}))


def test_a_refused_file_is_told_beside_its_field(doctor: Practitioner, dermatologist: User) -> None:
    answer = add(dermatologist, doctor, file=upload(b"<svg/>", "me.svg"))
    assert answer.status_code == 422
    assert "Choose a JPEG, PNG, WebP or AVIF file." in answer.content.decode()
    assert WORDS["alt"] in answer.content.decode()
    answer = add(dermatologist, doctor, file=SimpleUploadedFile("me.jpg", b""))
    assert "empty" in answer.content.decode()


def test_words_change_without_a_new_file(doctor: Practitioner, dermatologist: User) -> None:
    add(dermatologist, doctor)
    before = Picture.objects.get()
    add(dermatologist, doctor, file="", alt="Dr. Umar smiles")
    after = on_page(doctor)
    assert (after.digest, after.alt) == (before.digest, "Dr. Umar smiles")


def test_another_picture_takes_its_place(doctor: Practitioner, dermatologist: User) -> None:
    add(dermatologist, doctor)
    before = Picture.objects.get()
    add(dermatologist, doctor, file=upload(encoded(picture().rotate(180))))
    after = on_page(doctor)
    assert after.digest != before.digest
    assert after.url in Client().get("/doctors/dr-umar/").content.decode()
    # Whoever has the page open still finds the files of the one before.
    assert Client().get(before.url).status_code == 200


def test_a_picture_is_taken_off(doctor: Practitioner, dermatologist: User) -> None:
    add(dermatologist, doctor)
    client = client_of(dermatologist)
    client.post(page_of(doctor), {"_take_away": "1"})
    assert "<picture>" not in Client().get("/doctors/dr-umar/").content.decode()
    # It comes back with one click, its words and files with it, until it is forgotten.
    gone = Picture.objects.get()
    storing.sweep(timezone.now() + storing.KEPT - timedelta(days=1))
    assert f'name="_put" value="{gone.pk}"' in client.get(page_of(doctor)).text
    client.post(page_of(doctor), {"_put": gone.pk})
    assert on_page(doctor) == gone
    assert Client().get(gone.url).status_code == 200
    client.post(page_of(doctor), {"_take_away": "1"})
    storing.sweep(timezone.now() + storing.KEPT + timedelta(days=1))
    assert not Picture.objects.exists()
    assert Client().get(gone.url).status_code == 404


@pytest.mark.parametrize("pk", ["", "x", "²", "9" * 30, "0"])
def test_only_a_picture_of_this_page_comes_back(doctor: Practitioner, dermatologist: User, pk: str) -> None:
    other = builders.practitioner()
    for row in (doctor, other):
        add(dermatologist, row)
    storing.take_away(other, "portrait")
    before, foreign = on_page(doctor), Picture.objects.get(standing="earlier").pk
    client_of(dermatologist).post(page_of(doctor), {"_put": pk if pk != "0" else foreign})
    assert on_page(doctor) == before


class TestSignedPage:
    """Whoever doesn't sign proposes."""

    @pytest.fixture
    def page(self, clinic: Clinic) -> Treatment:
        row = builders.treatment("botox")
        builders.version(row, by=builders.physician())
        return row

    @pytest.fixture
    def signer(self, page: Treatment) -> User:
        return User.objects.get(practitioner__is_physician=True)

    def html(self) -> str:
        return Client().get("/treatments/botox/").text

    def test_a_picture_waits_for_who_signs(self, page: Treatment, editor: User, signer: User) -> None:
        add(editor, page, alt="Safe in pregnancy")
        assert "Safe in pregnancy" not in self.html()
        waits = Picture.objects.get(standing="proposed")
        assert "Safe in pregnancy" in client_of(signer).get(page_of(page)).text
        for step in ("_put", "_turn_down", "_take_away"):
            assert client_of(editor).post(page_of(page), {step: waits.pk}).status_code == 403
        client_of(signer).post(page_of(page), {"_put": waits.pk})
        assert "Safe in pregnancy" in self.html()

    def test_other_words_wait_too_and_the_last_proposal_counts(
        self, page: Treatment, editor: User, signer: User
    ) -> None:
        add(signer, page, alt="A room")
        for alt in ("Lasts 12 months", "A quiet room"):
            add(editor, page, file="", alt=alt)
            assert 'alt="A room"' in self.html()
        waits = Picture.objects.get(standing="proposed")
        assert waits.alt == "A quiet room"
        client_of(signer).post(page_of(page), {"_turn_down": waits.pk})
        assert not Picture.objects.filter(standing="proposed").exists()
        assert 'alt="A room"' in self.html()

    def test_sources_are_changed_by_who_signs(self, page: Treatment, editor: User, signer: User) -> None:
        source = Source.objects.create(title="A label")
        page.sources.add(source)
        path = f"/admin/treatments/source/{source.pk}/change/"
        for user, status in ((editor, 403), (signer, 302)):
            assert "Words on the page" not in client_of(user).get(path).text
            assert client_of(user).post(path, {"title": "Proven", "url": ""}).status_code == status
        form = f"/admin/treatments/treatment/{page.pk}/change/"
        assert 'name="sources"' not in client_of(editor).get(form).text
        assert 'name="sources"' in client_of(signer).get(form).text


def test_files_without_a_picture_are_swept_when_they_are_old(
    doctor: Practitioner, dermatologist: User
) -> None:
    add(dermatologist, doctor)
    kept = Picture.objects.get()
    gone = storing.make(upload(encoded(picture().rotate(180))))
    for name, content in gone.files.items():
        storing._store(f"pictures/{gone.digest}/{name}", content)
    now = timezone.now()
    assert storing.sweep(now) == 0
    assert storing.sweep(now + timedelta(days=2)) == len(gone.files)
    assert default_storage.listdir("pictures")[0] == [kept.digest]
    assert default_storage.exists(kept.file_name(360, "jpg"))


def test_the_same_file_twice_is_stored_once_and_outlives_either(clinic: Clinic, editor: User) -> None:
    rows = [builders.treatment(), builders.article()]
    for row in rows:
        add(editor, row)
    assert len(default_storage.listdir("pictures")[0]) == 1
    assert len(default_storage.listdir(f"pictures/{Picture.objects.all()[0].digest}")[1]) == 6
    storing.take_away(rows[0], "picture")
    storing.sweep(timezone.now() + timedelta(days=2))
    assert Client().get(Picture.objects.get(standing="shown").url).status_code == 200


class TestSizes:
    """Long bodies are for signed-in staff, and only where a picture is uploaded."""

    HEAVY = 2 * 1024 * 1024

    def heavy(self, client: Client, path: str, size: int = HEAVY) -> int:
        answer = client.post(path, {"file": SimpleUploadedFile("me.jpg", b"\0" * size), **WORDS})
        return int(answer.status_code)

    def test_signed_in_staff(self, doctor: Practitioner, dermatologist: User) -> None:
        client = client_of(dermatologist)
        assert self.heavy(client, page_of(doctor)) == 422
        assert self.heavy(client, page_of(doctor), 13 * 1024 * 1024) == 413
        assert self.heavy(client, f"/admin/clinic/practitioner/{doctor.pk}/change/") == 413
        assert self.heavy(client, "/admin/login/") == 413

    def test_others(self, doctor: Practitioner) -> None:
        somebody = User.objects.create_user("somebody", password="long-enough-for-tests")
        for client in (Client(), client_of(somebody)):
            assert self.heavy(client, page_of(doctor)) == 413

    def test_the_refusal_says_how_large_a_picture_may_be(
        self, doctor: Practitioner, dermatologist: User
    ) -> None:
        body = {"file": SimpleUploadedFile("me.jpg", b"\0" * 13 * 1024 * 1024)}
        answer = client_of(dermatologist).post(page_of(doctor), body)
        assert "12 MB" in answer.content.decode()
