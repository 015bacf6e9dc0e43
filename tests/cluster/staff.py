"""Staff of `make cluster-check`, by HTTP to one host or the other: a code counts once on both, and what is
uploaded at one is seen at the other."""

import http.client
import io
import re
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

from allauth.mfa.app_settings import TOTP_PERIOD
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from PIL import Image

from tests.cluster.machines import PORT, SITE, Machines
from tests.cluster.patients import Browser
from tests.deployed import manage
from tests.faults.stage import Row

PASSWORD = "only-for-this-check-4711"
# Prints the secret of an authenticator app for head, and where the doctor's picture and page are.
SET_UP = """
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import User
from clinic.models import Practitioner
secret = generate_totp_secret()
TOTP.activate(User.objects.get(username="head"), secret)
doctor = Practitioner.objects.get(slug="dr-umar")
print(secret, f"/admin/clinic/practitioner/{doctor.pk}/picture/", doctor.get_absolute_url())
"""


def code_now(secret: str) -> str:
    """The code that an authenticator app would show."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // TOTP_PERIOD)))


@dataclass
class Staff:
    """One browser, which talks to hosts as nginx does. Its cookies are the same for both."""

    cookies: dict[str, str] = field(default_factory=dict)

    def ask(
        self, host: str, path: str, body: bytes | None = None, kind: str = "application/x-www-form-urlencoded"
    ) -> tuple[int, str, bytes]:
        """Status, Location and body of a GET, or of a POST of `body`."""
        connection = http.client.HTTPConnection(host, PORT, timeout=30)
        headers = {
            "Host": SITE.partition("//")[2], "Origin": SITE, "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "10.30.200.1", "Content-Type": kind,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }  # fmt: skip
        try:
            connection.request("GET" if body is None else "POST", path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.headers.get("Location", ""), content

    def post(self, host: str, path: str, **fields: str) -> tuple[int, str, bytes]:
        """A form with its token."""
        token = self._token(host, path)
        return self.ask(host, path, urlencode({"csrfmiddlewaretoken": token, **fields}).encode())

    def upload(self, host: str, path: str, file: bytes, **fields: str) -> tuple[int, str, bytes]:
        """A form with a file."""
        edge = secrets.token_hex(16)
        fields["csrfmiddlewaretoken"] = self._token(host, path)
        begin = f"--{edge}\r\nContent-Disposition: form-data; name="
        parts = [f'{begin}"{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
        head = f'{begin}"file"; filename="p.webp"\r\nContent-Type: image/webp\r\n\r\n'
        body = "".join([*parts, head]).encode() + file + f"\r\n--{edge}--\r\n".encode()
        return self.ask(host, path, body, f"multipart/form-data; boundary={edge}")

    def _token(self, host: str, path: str) -> str:
        found = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', self.ask(host, path)[2])
        return found[1].decode() if found else ""


def create(machines: Machines) -> None:
    """The superuser whose name the desk uses too."""
    env = machines.hosts[0].web.env | {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    manage(env, "createsuperuser", "--noinput", "--username=head", "--email=head@example.org")


def signs_in_and_uploads(machines: Machines) -> list[Row]:
    """A row about the code, and one about the picture."""
    script = manage(machines.hosts[0].web.env, "shell", "--no-imports", "-c", SET_UP)
    secret, page_of_picture, page = script.split()[-3:]
    owner = Staff()
    return [_code(machines, owner, secret), _picture(machines, owner, page_of_picture, page)]


def _code(machines: Machines, owner: Staff, secret: str) -> Row:
    """The owner signs in at one host; somebody who saw it tries the same code at the other."""
    first, second = (host.address for host in machines.hosts)
    code, thief = code_now(secret), Staff()
    for each in (owner, thief):
        each.post(first, "/accounts/login/", login="head", password=PASSWORD)
    owner.post(first, "/accounts/2fa/authenticate/", code=code)
    thief.post(second, "/accounts/2fa/authenticate/", code=code)
    here, there, theirs = (
        who.ask(host, "/admin/")[0] for who, host in ((owner, first), (owner, second), (thief, second))
    )
    figures = (
        f"signed in at host 1: admin {here} there, {there} at host 2; the code again at host 2: {theirs}"
    )
    return Row("staff: one session, a code counts once", figures, (here, there, theirs) == (200, 200, 302))


def _picture(machines: Machines, owner: Staff, page_of_picture: str, page: str) -> Row:
    first, second = (host.address for host in machines.hosts)
    uploaded, _location, _body = owner.upload(
        first, page_of_picture, _portrait(), alt="Dr. Umar", alt_es="Dr. Umar", credit="This check"
    )
    time.sleep(1.2)  # a page is kept for a second in each process
    found = re.search(rb"/media/pictures/[^\" ]+\.jpg", Staff().ask(second, page)[2])
    file = found[0].decode() if found else "/media/none"
    answers = (Staff().ask(second, file)[0], Browser().ask("GET", file)[0])
    figures = (
        f"uploaded through host 1 ({uploaded}); its file {answers[0]} at host 2, {answers[1]} through nginx"
    )
    return Row("pictures: storage that both share", figures, (uploaded, *answers) == (302, 200, 200))


def _portrait() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((400, 400)).convert("RGB").save(out, "WEBP")
    return out.getvalue()
