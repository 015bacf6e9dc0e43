"""The rows of `make bench`: what is asked, against which floor, and the goal."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import brotli
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.management import call_command
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from appointments.models import PatientRequest
from appointments.patients.forms import submissions
from appointments.worker.statistics import refresh_statistics
from tests import builders
from tests.appointments import posts
from tests.benchmarks.asking import Asked, Form
from tests.benchmarks.figures import fill, token_of
from tests.benchmarks.servers import SITE, Server

BOTOX = "/treatments/botox/"
REQUEST = "/appointments/request/botox/"
INBOX = "/admin/appointments/patientrequest/"
F1, F2, F3 = "F1 fixed answer, 21 KB", "F2 page of templates, 17 KB", "F3 form that stores a row"
BARE = "F1, asked as HEAD is"
FILE = "nginx, the same bytes as a file"
# One colleague at a time: of a page of theirs it counts how long it takes.
STAFF = {
    "Today": "/admin/",
    "inbox, page 1": INBOX,
    "inbox, by phone": f"{INBOX}?q=310-200-1234",
    "inbox, by name": f"{INBOX}?q=example77",
    "inbox, two common names": f"{INBOX}?q=maria+garcia",
}


@dataclass(frozen=True)
class Row:
    """One line of the table. `goal` is a part of what `against` reaches; without a floor, milliseconds."""

    name: str
    asked: Asked
    against: str = ""
    goal: float | None = None


def prepare(requests: int) -> None:
    """The texts that ship, and so many requests in the inbox of the environment's database."""
    call_command("load_content", verbosity=0)
    call_command("createcachetable", verbosity=0)
    builders.superuser(username="bench")
    fill(requests)
    refresh_statistics(timezone.now())


def rows(site: Server, bare: Server, usual: Server) -> list[Row]:
    """All but nginx's. Each floor stands before what is held against it."""
    tag = site.ask(BOTOX, {"Accept-Encoding": "gzip, deflate, br"}).headers["ETag"]
    page = Asked(site, BOTOX)
    analytics, own = {"Cookie": "_ga=GA1.1.2; _fbp=fb.1.2"}, {"Cookie": site.ask(posts.CALLBACK).cookies}
    fixed = Asked(bare, "/fixed/")
    return [
        Row(F1, fixed),
        Row("home", Asked(site, "/"), F1, 0.95),
        Row("Botox", page, F1, 0.95),
        Row("article", Asked(site, "/articles/botox-aftercare/"), F1, 0.95),
        Row("Botox, analytics cookies", replace(page, headers=analytics), F1, 0.9),
        Row("Botox, the form's own cookie", replace(page, headers=own), F1, 0.9),
        Row("Botox, ?utm_source", replace(page, path=f"{BOTOX}?utm_source=x&utm_medium=y"), F1, 0.9),
        Row("Botox, 304", replace(page, headers={"If-None-Match": tag}, status=304), F1, 1.0),
        Row(BARE, replace(fixed, bare="GET"), F1),
        Row("Botox, HEAD", replace(page, bare="HEAD"), BARE, 0.9),
        Row(F2, Asked(usual, "/page/")),
        Row("Botox request form", Asked(site, REQUEST), F2, 0.8),
        Row("callback form", Asked(site, posts.CALLBACK), F2, 0.8),
        Row(F3, _note(usual)),
        Row("callback POST", _callback(site), F3, 0.6),
        Row("appointment POST", _appointment(site), F3, 0.5),
        *_of_staff(site),
    ]


def of_nginx(server: Server) -> list[Row]:
    """What nginx keeps, held against a file of the same bytes."""
    return [
        Row(FILE, Asked(server, "/static/same.html")),
        Row("nginx, Botox kept", Asked(server, BOTOX), FILE, 0.8),
    ]


def as_files(site: Server) -> Mapping[str, bytes]:
    """The page that nginx keeps, by the ending of the file that it would be."""
    content = site.ask(BOTOX).body
    packed = site.ask(BOTOX, {"Accept-Encoding": "br"}).body
    assert brotli.decompress(packed) == content
    return {"": content, ".br": packed, ".gz": gzip.compress(content)}


def _note(usual: Server) -> Asked:
    shown = usual.ask("/form/")
    body = {"csrfmiddlewaretoken": token_of(shown.body.decode()), "name": "Ada @ID@", "topic": "billing"}
    return _sent(
        usual, "/form/", {**body, "phone": "(310) 2@NUMBER@"}, shown.cookies,
        lambda: int(usual.ask("/rows/").body),
    )  # fmt: skip


def _callback(site: Server) -> Asked:
    return _of_patient(site, posts.CALLBACK, posts.callback(topic="billing", **_own_each_time()))


def _appointment(site: Server) -> Asked:
    shown = site.ask(REQUEST).body.decode()
    asked = [name for number in range(1, 30) if (name := f"screening_{number}") in shown]
    assert asked, "the form asks nothing"
    return _of_patient(
        site, REQUEST, posts.appointment(**dict.fromkeys(asked, "no"), **_own_each_time(email=True))
    )


def _own_each_time(email: bool = False) -> dict[str, Any]:
    """Nobody sends twice, or the desk would be told of somebody who floods it."""
    own = {"phone": "(310) 2@NUMBER@", "last_name": "Example", "submission_id": "@ID@"}
    return own | ({"email": "ada.@NUMBER@@example.com"} if email else {})


def _of_patient(site: Server, path: str, post: Mapping[str, Any]) -> Asked:
    shown = site.ask(path)
    body = {"csrfmiddlewaretoken": token_of(shown.body.decode()), **post}
    return _sent(site, path, body, shown.cookies, PatientRequest.objects.count)


def _sent(server: Server, path: str, body: Mapping[str, Any], cookies: str, stored: Any) -> Asked:
    # wrk.lua fills in what stands between these signs.
    text = urlencode(body, doseq=True, safe="@")
    headers = {
        "Content-Type": "application/x-www-form-urlencoded", "Cookie": cookies, "Origin": SITE,
    }  # fmt: skip
    return Asked(server, path, headers, status=302, form=Form(text, _ids, stored))


def _ids(number: int) -> list[str]:
    """Of pages that were loaded a minute ago."""
    loaded = timezone.now() - timedelta(minutes=1)
    return [str(submissions.new_id(loaded)) for _id in range(number)]


def _of_staff(site: Server) -> list[Row]:
    cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={_signed_in()}"}
    goal = 150.0 if "sqlite" in settings.DATABASES["default"]["ENGINE"] else 100.0
    return [Row(name, Asked(site, path, cookie, clients=1), goal=goal) for name, path in STAFF.items()]


def _signed_in() -> str:
    """The key of a session that has shown a second factor."""
    user = builders.superuser(username="bench-staff")
    factor = Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    client = Client()
    client.force_login(user)
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, user, "mfa", id=factor.pk, type=factor.type)
    request.session.save()
    return str(request.session.session_key)
