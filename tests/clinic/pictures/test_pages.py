"""Pictures in the admin and on the pages: chosen, shown, changed, taken away, served and swept."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from clinic.models import Clinic, Picture, Practitioner
from clinic.pictures import storing
from tests import builders
from tests.clinic.pictures.files import encoded, picture
from treatments.models import Source, Treatment

pytestmark = pytest.mark.usefixtures("empty_storage")

WORDS = {"alt": "Dr. Umar at her desk", "alt_es": "La Dra. Umar en su escritorio", "credit": "Ada Example"}


@pytest.fixture
def doctor(clinic: Clinic) -> Practitioner:
    return builders.practitioner(slug="dr-umar", name="Dr. Umar")


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


class TestOnAPage:
    """A picture is part of a version, so that whoever stands for the page stands for it too."""

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

    def sign(self, by: User, version: Any, step: str = "sign-off") -> None:
        at = f"/admin/treatments/{version.page._meta.model_name}/{version.page_id}/versions/{version.pk}/"
        client = client_of(by)
        client.post(at, {"step": step, "asks-nothing": "yes", "seen": client.get(at).context["seen"]})

    def test_it_waits_for_who_signs_on_today_too(self, page: Treatment, editor: User, signer: User) -> None:
        add(editor, page, alt="Safe in pregnancy")
        waits = page.versions.get(state="waiting")
        assert "Safe in pregnancy" not in self.html()
        assert "A change waits for a sign-off" in client_of(signer).get("/admin/").text
        shown = client_of(signer).get(f"/admin/treatments/treatment/{page.pk}/versions/{waits.pk}/").text
        assert "<ins>Safe in pregnancy</ins>" in shown
        self.sign(editor, waits)
        assert "Safe in pregnancy" not in self.html()
        self.sign(signer, waits, "pass")
        assert 'alt="Safe in pregnancy"' in self.html()
        assert WORDS["alt_es"] in Client().get("/es/treatments/botox/").text

    def test_an_article_too(self, editor: User, clinic: Clinic) -> None:
        row, doctor = builders.article("botox-aftercare"), builders.physician()
        add(editor, row, alt="A quiet room")
        assert "<picture>" not in Client().get(row.get_absolute_url()).text
        self.sign(doctor, row.versions.get(state="waiting"))
        assert 'alt="A quiet room"' in Client().get(row.get_absolute_url()).text

    def test_other_words_are_another_version_and_the_last_one_counts(
        self, page: Treatment, editor: User, signer: User
    ) -> None:
        for alt in ("A room", "Lasts 12 months", "A quiet room"):
            add(editor, page, file=upload() if alt == "A room" else "", alt=alt)
        assert page.versions.filter(state="waiting").count() == 1
        self.sign(signer, page.versions.get(state="waiting"))
        assert 'alt="A quiet room"' in self.html()
        client_of(editor).post(page_of(page), {"_take_away": "1"})
        assert 'alt="A quiet room"' in self.html()
        self.sign(signer, page.versions.get(state="waiting"))
        assert "<picture>" not in self.html()

    def test_it_goes_into_the_draft_that_there_is(self, page: Treatment, editor: User) -> None:
        draft = builders.version(page, state="draft", body="<p>Half a sen</p>")
        add(editor, page)
        draft.refresh_from_db()
        assert (draft.state, draft.picture.alt, draft.body) == ("draft", WORDS["alt"], "<p>Half a sen</p>")

    def test_the_database_keeps_what_was_signed(self, page: Treatment, editor: User, signer: User) -> None:
        add(editor, page)
        version = page.versions.get(state="waiting")
        kept = version.picture
        assert kept
        self.sign(signer, version)
        other = storing.keep(page, "picture", None, storing.Words("x", "x", "x"), kept)
        for rows, values in (
            (page.versions.filter(pk=version.pk), {"picture": other}),
            (page.versions.filter(pk=version.pk), {"sources": [["Proven", "", ""]]}),
            (Picture.objects.filter(pk=kept.pk), {"alt": "Lasts 12 months"}),
            (Picture.objects.filter(pk=kept.pk), {"digest": "0" * 32}),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                rows.update(**values)
        storing.sweep(timezone.now() + storing.KEPT + timedelta(days=1))
        assert set(Picture.objects.all()) == {kept}
        assert Client().get(kept.url).status_code == 200

    def test_what_is_cited_stays_as_it_was_signed(self, page: Treatment, editor: User, signer: User) -> None:
        source = Source.objects.create(title="A label", publisher="The FDA")
        builders.version(page, sources=[["A label", "The FDA", ""]], by=signer)
        path = f"/admin/treatments/source/{source.pk}/change/"
        assert client_of(editor).post(path, {"title": "Proven", "url": ""}).status_code == 302
        assert "A label, The FDA" in self.html()
        assert "Proven" not in self.html()


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


def test_the_same_file_twice_is_stored_once_and_outlives_either(clinic: Clinic, dermatologist: User) -> None:
    rows = [builders.practitioner(), builders.practitioner()]
    for row in rows:
        add(dermatologist, row)
    assert len(default_storage.listdir("pictures")[0]) == 1
    assert len(default_storage.listdir(f"pictures/{Picture.objects.all()[0].digest}")[1]) == 6
    storing.take_away(rows[0], "portrait")
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
