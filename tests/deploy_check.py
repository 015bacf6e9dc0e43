"""`make deploy-check`: brings up what lies in deploy/ on this machine, and walks through it in a browser.

nginx, gunicorn, PostgreSQL with setup.sql and the worker really run, from the very files in deploy/ with only
their paths, ports and names replaced. Everything is in one folder that is thrown away afterwards; only
programs started here are ended. Needs root, nginx, PostgreSQL and Chromium; takes about a minute.
"""

import contextlib
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyrage
from playwright.sync_api import Page, expect, sync_playwright

from tests import observatory
from tests.deployed import (
    DEPLOY,
    GUNICORN,
    environment_from_example,
    make_certificate,
    manage,
    replace_in,
    running,
    say,
    write_nginx_configuration,
)
from tests.faults import places

HTTPS, HTTP, METRICS = 8240, 8241, 8242
SITE = f"https://localhost:{HTTPS}"
PASSWORD = "only-for-this-check-4711"
TOKEN = "only-for-the-figures-of-this-check-4711"
BEARER = f"Bearer {TOKEN}"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


def environment(folder: Path, database: str) -> dict[str, str]:
    """deploy/env.example, with the values of this check."""
    identity = pyrage.x25519.Identity.generate()
    (folder / "identity").write_text(str(identity))
    return environment_from_example(
        folder,
        SITE_URL=SITE,
        DATABASE_URL=database,
        BACKUP_RECIPIENT=str(identity.to_public()),
        VAR_DIR=str(folder / "var"),
        EMAIL_URL=f"file://{folder / 'mail'}",
        GUNICORN_BIND=f"unix:{folder / 'gunicorn.sock'}",
        WEB_CONCURRENCY="2",
        METRICS_TOKEN=TOKEN,
    )


def nginx_of(folder: Path) -> Path:
    """nginx as on one machine, on the ports of this check; its main file."""
    make_certificate(folder, "localhost")
    own = {
        "listen 80;": f"listen 127.0.0.1:{HTTP};",
        "listen 443 ssl": f"listen 127.0.0.1:{HTTPS} ssl",
        "listen 127.0.0.1:9180;": f"listen 127.0.0.1:{METRICS};",
        "https://www.example.org$request_uri": f"{SITE}$request_uri",
        "www.example.org example.org": "localhost",
        "www.example.org": "localhost",
    }
    main = write_nginx_configuration(folder, "finetouch-hosts.conf", own)
    # The browser names the port, which the site's own address has too.
    replace_in(folder / "finetouch-proxy.conf", "Host $host;", "Host $http_host;")
    replace_in(folder / "finetouch-hosts.conf", "/run/finetouch/gunicorn.sock", f"{folder}/gunicorn.sock")
    return main


def fetch(address: str, sent: bytes | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers in lower case, and body; redirects are not followed. With `sent` it is a POST."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: object, **kwargs: object) -> None:
            return None

    opener = urllib.request.build_opener(
        Stay,
        urllib.request.HTTPSHandler(context=ssl._create_unverified_context()),  # noqa: S323 - our own
    )
    named = {k.replace("_", "-"): v for k, v in headers.items()}
    request = urllib.request.Request(address, sent, named)  # noqa: S310 - our own
    try:
        with opener.open(request, timeout=10) as response:
            return response.status, {k.lower(): v for k, v in response.headers.items()}, response.read()
    except urllib.error.HTTPError as error:
        return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()


def wait_until_ready(folder: Path) -> None:
    """Waits until the site is ready, the worker included; else ends the program with the last of its logs."""
    for _attempt in range(150):
        with contextlib.suppress(OSError):
            if fetch(f"{SITE}/readyz")[0] == 200 and '"worker": {"ok": true' in status():
                return
        time.sleep(0.2)
    for log in sorted(folder.glob("*.log")):
        say(f"{log.name}: {log.read_text()[-1000:]}")
    try:
        sys.exit(f"The site is not ready: {status()}")
    except OSError:
        sys.exit("The site is not ready: nothing answers. What its programs said stands above.")


def status() -> str:
    """What the site says of itself to a monitor on this machine."""
    return fetch(f"http://127.0.0.1:{METRICS}/statusz", Authorization=BEARER)[2].decode()


def check_the_edge() -> None:
    """What nginx adds or keeps out."""
    status, headers, _ = fetch(f"http://localhost:{HTTP}/contact/")
    verify("plain HTTP leads to HTTPS", status == 301 and headers["location"] == f"{SITE}/contact/")
    status, headers, body = fetch(f"{SITE}/")
    verify(
        "HSTS and a strict CSP",
        "strict-transport-security" in headers and "content-security-policy" in headers,
    )
    name = re.search(rb'href="(/static/[^"]+\.css)"', body)
    assert name
    status, headers, _ = fetch(SITE + name[1].decode(), Accept_Encoding="br")
    verify(
        "static files: brotli, kept for a year",
        status == 200 and headers.get("content-encoding") == "br" and "immutable" in headers["cache-control"],
    )
    check_kept_pages()
    verify("no figures for the outside", fetch(f"{SITE}/metrics")[0] == 404)
    verify("but for who has the token", fetch(f"{SITE}/metrics", Authorization=BEARER)[0] == 200)
    status, headers, body = fetch(f"{SITE}/appointments/callback/", b"a" * 100_000)
    verify(
        "what nginx refuses is a page of ours",
        status == 413
        and b"(310) 318-1500" in body
        and {"strict-transport-security", "content-security-policy", "referrer-policy"} <= set(headers),
    )
    status, _, body = fetch(f"http://127.0.0.1:{METRICS}/metrics", Authorization=BEARER)
    verify("figures for the inside", status == 200 and b"finetouch_database_up 1" in body)


def check_kept_pages() -> None:
    """nginx keeps public pages for a second, for everybody for whom they are the same, and nothing else."""

    def made(path: str, **headers: str) -> str:
        """Which answer of the site this was."""
        return fetch(SITE + path, None, **headers)[1]["x-request-id"]

    def same(path: str, other: str, **headers: str) -> bool:
        """Whether one answer is given to both; a second may end between them."""
        return any(made(path) == made(other, **headers) for _attempt in range(3))

    page = "/treatments/botox/"
    verify("a public page is kept by nginx", same(page, page))
    verify("and is the same with an advertisement's address", same(page, f"{page}?utm_source=x&gclid=1"))
    verify("and with cookies that change nothing", same(page, page, Cookie="_ga=1; csrftoken=a"))
    verify("but not for who has signed in", not same(page, page, Cookie="_ga=1; sessionid=a"))
    verify("nor with another question", not same(page, f"{page}?utm_source=x&q=1"))
    verify("nor in another coding", not same(page, page, Accept_Encoding="br"))
    verify("a form is never kept", not same("/appointments/callback/", "/appointments/callback/"))
    _, headers, body = fetch(SITE + page, Accept_Encoding="gzip;q=0, br")
    verify("it comes compressed", headers.get("content-encoding") == "br" and len(body) < 20_000)


# Stores a portrait as the page for it does, and names the page and a file of it.
PORTRAIT = """
import io
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from clinic.models import Practitioner
from clinic.pictures import storing
out = io.BytesIO()
Image.linear_gradient("L").resize((400, 400)).convert("RGB").save(out, "WEBP")
made = storing.make(SimpleUploadedFile("p.webp", out.getvalue()))
doctor = Practitioner.objects.get(slug="dr-umar")
storing.place(doctor, "portrait", made, storing.Words("Dr. Umar", "Dr. Umar", "This check"))
print(made.digest, doctor.get_absolute_url())
"""


def check_pictures(folder: Path, env: dict[str, str]) -> None:
    """nginx itself gives the pictures that the site has made, and never as a page."""
    digest, page = manage(env, "shell", "--no-imports", "-c", PORTRAIT).split()[-2:]
    verify("the picture stands on its page", digest.encode() in fetch(SITE + page)[2])
    place = f"/media/pictures/{digest}"
    for ending, kind in {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}.items():
        status, headers, body = fetch(f"{SITE}{place}/360.{ending}")
        verify(
            f"a picture as {ending}, kept for good, taken for nothing else",
            (status, headers.get("content-type"), headers.get("x-content-type-options"), bool(body))
            == (200, kind, "nosniff", True)
            and "immutable" in headers["cache-control"]
            and "strict-transport-security" in headers,
        )
    (folder / "var" / place[1:] / "page.html").write_text("<script>alert(1)</script>")
    status, headers, _ = fetch(f"{SITE}{place}/page.html")
    verify("nothing there is a page", status == 404 or headers["content-type"] == "application/octet-stream")
    for outside in (f"{place}/../../../secret_key", "/media/pictures../secret_key", f"{place}/"):
        verify(f"nothing beside them: {outside[-30:]}", fetch(SITE + outside)[0] in (400, 403, 404))
    verify("nginx gives them without asking the site", "/media/" not in (folder / "gunicorn.log").read_text())


def verify(what: str, holds: bool) -> None:
    """Prints one line of the table; ends the check at the first that doesn't hold."""
    say(f"  {'good' if holds else 'BAD '}  {what}")
    if not holds:
        sys.exit(1)


def walk(page: Page) -> str:
    """A patient's way to the status page, whose address it returns."""
    page.goto(f"{SITE}/")
    expect(page.locator("h1")).to_have_count(1)
    page.goto(f"{SITE}/appointments/callback/")
    page.get_by_label("First name").fill("Ada")
    page.get_by_label("Last name").fill("Example")
    page.get_by_label(re.compile("phone", re.I)).first.fill("(310) 555-0123")
    page.locator("[name=topic][value=billing]").check()
    page.locator("[name=preferred_times]").first.check()
    page.locator("[name=voicemail_ok][value=no]").check()
    page.locator("[name=consent]").check()
    page.wait_for_timeout(2500)  # people take longer than two seconds
    page.locator("main form [type=submit]").click()
    page.wait_for_url("**/appointments/status/**")
    expect(page.locator("h1")).to_have_count(1)
    verify("a patient's request reaches its status page over TLS", "/appointments/status/" in page.url)
    return page.url


def grade_pages(folder: Path, status_page: str) -> None:
    """Mozilla's observatory on each page of the sitemap, the forms, a patient's page and the sign-in."""
    if not observatory.install():
        say("  LEFT OUT  Mozilla's observatory: its rules are not here, and npm could not fetch them")
        if os.environ.get("CI"):
            sys.exit(1)
        return
    listed = re.findall(rf"<loc>{SITE}([^<]*)</loc>", fetch(f"{SITE}/sitemap.xml")[2].decode())
    personal = status_page.removeprefix(SITE)
    others = ["/appointments/callback/", "/appointments/request/consultation/", "/accounts/login/", personal]
    pages = list(dict.fromkeys(listed + others))
    grades = observatory.grades("localhost", HTTP, HTTPS, folder / "certificate.pem", pages)
    for grade in grades:
        shown = grade["path"].replace(personal, "(a patient's page)")
        points = [f"{rule['rule']} {rule['points']:+}" for rule in grade["rules"] if rule["points"]]
        say(f"        {grade['grade']} {grade['score']} {shown}: {', '.join(points)}")
        for words in observatory.shortcomings(grade):
            verify(f"{shown}: {words}", False)
    lowest = min(grade["score"] for grade in grades)
    verify(
        f"Mozilla's observatory: A+ on {len(grades)} pages, {lowest} points or more",
        len(listed) > 10 and len(grades) == len(pages) and all(grade["status"] == 200 for grade in grades),
    )


def sign_in(page: Page) -> None:
    """Staff sign in and are asked for the second factor."""
    page.goto(f"{SITE}/admin/")
    page.locator("[name=login]").fill("head")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()  # the one above it is a passkey's
    page.wait_for_url(lambda address: "/accounts/login/" not in address)
    page.goto(f"{SITE}/admin/")
    verify("staff are asked for a second factor", "/accounts/2fa/" in page.url)


@contextmanager
def site_up(*fill: Sequence[str]) -> Iterator[tuple[Path, dict[str, str]]]:
    """What lies in deploy/, running, once the commands of `fill` have filled its database; its folder and its
    environment. Ends the program where something is missing on this machine."""
    missing = [name for name in ("nginx", "openssl", "chromium") if not shutil.which(name)]
    if os.geteuid() != 0 or missing or not places.BINARIES:
        sys.exit(
            f"This check needs root, nginx, PostgreSQL and Chromium; missing: {', '.join(missing) or 'root'}."
        )
    with tempfile.TemporaryDirectory(prefix="deploy-check-") as name, places.cluster() as cluster:
        assert cluster
        folder = Path(name)
        for part in ("var", "mail"):
            (folder / part).mkdir()
        subprocess.run(
            ["psql", "--quiet", "--set=ON_ERROR_STOP=1", f"{cluster['server']}/postgres",
             f"--file={DEPLOY / 'postgresql' / 'setup.sql'}"], check=True,
        )  # fmt: skip
        env = environment(folder, f"postgres://finetouch@127.0.0.1:{places.PORT}/finetouch")
        # As nobody but this machine reaches the site yet: else the demonstration would refuse to fill it.
        alone = env | {"SITE_URL": f"http://localhost:{HTTP}", "ALLOWED_HOSTS": "localhost"}
        for command in (("migrate", "-v0"), ("createcachetable", "-v0"), *fill):
            manage(alone, *command)
        manage(env, "collectstatic", "--noinput", "-v0")
        nginx = ["nginx", "-c", str(nginx_of(folder)), "-g", "daemon off;"]
        with (
            running(*GUNICORN, env=env, log=folder / "gunicorn.log"),
            running(sys.executable, "manage.py", "worker", env=env, log=folder / "worker.log"),
            running(*nginx, env=env, log=folder / "nginx.log"),
        ):
            wait_until_ready(folder)
            yield folder, env


def main() -> int:
    """Everything, bounded; 0 when all of it holds."""
    superuser = ("createsuperuser", "--noinput", "--username=head", "--email=head@example.org")
    with site_up(("load_content",), superuser) as (folder, env):
        verify("ready: database, migrations, worker, mail, disk", True)
        # With a mail server, as on a real site: the check asks for one, and sends nothing.
        mail = {"EMAIL_URL": "submission://user:password@mail.example.org:587"}
        words = manage(env | mail, "check", "--deploy", "--fail-level=WARNING")
        verify("manage.py check --deploy is silent", "no issues" in words)
        check_the_edge()
        check_pictures(folder, env)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            page = browser.new_context(ignore_https_errors=True).new_page()
            page.set_default_timeout(15_000)
            status_page = walk(page)
            sign_in(browser.new_context(ignore_https_errors=True).new_page())
            browser.close()
        grade_pages(folder, status_page)
        backup = folder / "check.backup"
        manage(env, "backup", str(backup), "--recipient", env["BACKUP_RECIPIENT"])
        manage(env, "backup", str(backup), "--check", "--identity", str(folder / "identity"))
        verify("an encrypted backup of the live site", backup.read_bytes().startswith(b"age-encryption.org"))
        token = status_page.rstrip("/").rpartition("/")[2]
        logs = {path.name: path.read_text() for path in folder.glob("*.log")}
        verify("the patient's link stands in no log", not any(token in text for text in logs.values()))
        verify("the site's log has the request by its route", "request-status" in logs["gunicorn.log"])
    return 0


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    sys.exit(main())
