"""What every answer says to the browser, and what no answer gives away."""

import io
import json
import re
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from clinic.http.headers import FILES_POLICY
from tests import builders
from tests.test_project import ROOT

PUBLIC = (
    "/",
    "/privacy/",
    "/contact/",
    "/appointments/request/",
    "/nowhere/",
    "/accounts/login/",
    "/healthz",
)


@pytest.mark.django_db
@pytest.mark.parametrize("path", PUBLIC)
def test_every_answer_is_closed_to_others(client: Client, path: str) -> None:
    answer = client.get(path)
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    for name, sources in policy.items():
        assert "unsafe" not in sources, name
        assert "http" not in sources, name
        assert "*" not in sources, name
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == "'none'"
    assert policy["report-uri"] == "/csp-report"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert "camera=()" in answer["Permissions-Policy"]


def test_a_file_has_a_policy_of_its_own(client: Client) -> None:
    answer = client.get("/static/clinic/site.css")
    assert answer["Content-Security-Policy"] == FILES_POLICY
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert FILES_POLICY in (ROOT / "deploy/nginx/finetouch.conf").read_text()


@pytest.mark.django_db
class TestOtherSites:
    """A page elsewhere, in a colleague's browser, asks for something here."""

    def asked(self, path: str, client: Client, site: str, mode: str, dest: str, method: str = "GET") -> int:
        headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}
        return int(client.generic(method, path, headers=headers).status_code)

    @pytest.mark.parametrize("site", ["cross-site", "same-site"])
    def test_a_link_opens_a_page_and_nothing_else_is_answered(self, desk_client: Client, site: str) -> None:
        for path in ("/admin/", "/accounts/sessions/"):
            assert self.asked(path, desk_client, site, "navigate", "document") == 200
            for mode, dest in (("no-cors", "image"), ("navigate", "iframe"), ("cors", "empty")):
                assert self.asked(path, desk_client, site, mode, dest) == 403
            assert self.asked(path, desk_client, site, "navigate", "document", "POST") == 403

    def test_a_link_from_elsewhere_loads_nothing_down(self, desk_client: Client, front_desk: User) -> None:
        TOTP.activate(front_desk, generate_totp_secret())
        RecoveryCodes.activate(front_desk)
        codes = reverse("mfa_download_recovery_codes")
        assert self.asked(codes, desk_client, "same-origin", "navigate", "document") == 200
        assert self.asked(codes, desk_client, "cross-site", "navigate", "document") == 403
        assert self.asked("/admin/jobs/1/file/", desk_client, "cross-site", "navigate", "document") == 403

    def test_our_own_pages_and_older_browsers_ask_as_ever(self, desk_client: Client) -> None:
        for site in ("same-origin", "none"):
            assert self.asked("/admin/today/", desk_client, site, "cors", "empty") == 200
        assert desk_client.get("/admin/").status_code == 200


@pytest.mark.django_db
def test_admin_pages_have_the_same_policy(desk_client: Client) -> None:
    assert "'unsafe" not in desk_client.get("/admin/")["Content-Security-Policy"]


@pytest.mark.django_db
def test_personal_pages_stay_out_of_every_cache(desk_client: Client) -> None:
    row = builders.callback_request()
    paths = [
        "/admin/",
        "/admin/nowhere/",
        "/accounts/login/",
        row.get_absolute_url(),
        "/es" + row.get_absolute_url(),
        reverse("admin:appointments_patientrequest_change", args=[row.pk]),
    ]
    for path in paths:
        answer = desk_client.get(path)
        assert answer["Cache-Control"] == "no-store, private", path
        assert not answer.has_header("ETag"), path


@pytest.mark.django_db
def test_a_site_on_https_says_so_for_two_years(client: Client, settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 2 * 365 * 86400
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    answer = Client().get("/", secure=True)
    assert answer["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains; preload"


@pytest.mark.django_db
def test_every_wrong_link_gets_the_same_answer(client: Client) -> None:
    token = builders.callback_request().token
    wrong = [token[:-1], token + "A", token.swapcase(), "A" * 22, "x", "%00", "..", "A" * 300, token + "%20"]
    answers = [client.get(f"/appointments/status/{each}/") for each in wrong]
    assert {answer.status_code for answer in answers} == {404}
    # The one difference is the link to the same page in Spanish, which repeats what was asked for.
    assert len({re.sub(rb'href="[^"]*/status/[^"]*"', b"", answer.content) for answer in answers}) == 1
    posts = [client.post(f"/appointments/status/{each}/withdraw/") for each in wrong]
    assert {answer.status_code for answer in posts} == {404}


@pytest.mark.django_db
def test_the_link_is_in_no_redirect_and_no_log(client: Client, written_log: io.StringIO) -> None:
    row = builders.callback_request()
    without_slash = client.get(row.get_absolute_url().rstrip("/"))
    client.get(row.get_absolute_url())
    client.get(row.get_absolute_url() + "nowhere/")
    client.put(row.get_absolute_url())
    assert "answered" in written_log.getvalue()
    if without_slash.status_code in (301, 302):
        assert without_slash["Location"].startswith("/appointments/status/")
    assert row.token not in written_log.getvalue()


OLD_FORMAT = {
    "csp-report": {"violated-directive": "script-src", "blocked-uri": "https://evil.example/x?patient=Ada"}
}
NEW_FORMAT = [
    {
        "type": "csp-violation",
        "body": {
            "effectiveDirective": "img-src",
            "blockedURL": "inline",
            "documentURL": "http://testserver/appointments/status/secret/",
        },
    }
]


@pytest.mark.django_db
class TestReports:
    @pytest.mark.parametrize(
        ("content_type", "content", "words"),
        [
            ("application/csp-report", OLD_FORMAT, "script-src from evil example"),
            ("application/reports+json", NEW_FORMAT, "img-src from inline"),
        ],
    )
    def test_what_was_stopped_is_logged_and_nothing_else(
        self, content_type: str, content: Any, words: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        browser = Client(enforce_csrf_checks=True)
        answer = browser.post("/csp-report", json.dumps(content), content_type=content_type)
        assert answer.status_code == 204
        assert words in caplog.text
        assert "Ada" not in caplog.text
        assert "secret" not in caplog.text

    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"[1, 2]", b'"x"', b"\xff\xfe", b"x" * 20_000, b'{"csp-report": 3}', b"[" * 16_000],
    )
    def test_nonsense_is_taken_calmly(
        self, client: Client, body: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert client.post("/csp-report", body, content_type="application/csp-report").status_code == 204
        assert [record for record in caplog.records if record.name == "clinic.http.csp_reports"] == []

    def test_a_log_line_can_not_be_forged(self, client: Client, caplog: pytest.LogCaptureFixture) -> None:
        forged = {"csp-report": {"violated-directive": "x\nERROR all is lost", "blocked-uri": "a\nb"}}
        client.post("/csp-report", json.dumps(forged), content_type="application/csp-report")
        (line,) = [record for record in caplog.records if record.name == "clinic.http.csp_reports"]
        assert "\n" not in line.getMessage()

    def test_one_address_can_not_fill_the_log(self, client: Client, settings: Any, caplog: Any) -> None:
        settings.RATE_LIMITS = True
        for _ in range(30):
            client.post("/csp-report", json.dumps(OLD_FORMAT), content_type="application/csp-report")
        assert len([record for record in caplog.records if record.name == "clinic.http.csp_reports"]) == 20

    def test_it_only_takes_reports(self, client: Client) -> None:
        assert client.get("/csp-report").status_code == 405
