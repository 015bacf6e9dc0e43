"""The town's people: they read, ask for appointments and calls, and take times, through nginx alone."""

import http.client
import itertools
import random
import re
import ssl
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.cluster import network
from tests.cluster.machines import SITE

APPOINTMENT, CALL = "/appointments/request/consultation/", "/appointments/callback/"
READ = ("/", "/treatments/botox/", "/articles/botox-aftercare/", "/contact/", "/es/")
TIMEOUT = 30.0
# The numbers 555-0100 to 555-0199 of each are kept for fiction; above six requests for one within an hour the
# desk is told.
AREAS = (213, 310, 323, 415, 510, 530, 559, 562, 619, 626, 650, 661, 707, 714, 760, 805, 818, 831, 858, 909)
# People take longer to fill a form in than the site takes for the shortest visit of a person.
FILLING_IN = 2.3
_TLS = ssl._create_unverified_context()  # noqa: S323 - the check's own certificate
_numbers = itertools.count()


@dataclass
class Browser:
    """One person: an address of their own, cookies, and what the site last said."""

    address: str = field(default_factory=lambda: _address(next(_numbers)))
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, Location, text. Raises OSError or HTTPException where no answer comes."""
        connection = http.client.HTTPSConnection(
            network.OUTSIDE, 443, timeout=TIMEOUT, context=_TLS, source_address=(self.address, 0)
        )
        headers = {"Host": SITE.partition("//")[2], "Origin": SITE}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, None if fields is None else urlencode(fields), headers)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.headers.get("Location", ""), text


@dataclass(frozen=True)
class Failure:
    """A request that got no answer, or another than it should have."""

    began: float
    ended: float
    what: str


@dataclass
class Town:
    """What all of them were told. Times are of the monotonic clock."""

    told: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    with_email: set[str] = field(default_factory=set)
    taken: set[int] = field(default_factory=set)
    told_at: list[float] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    read: int = 0
    given_up: int = 0
    stopping: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def live(self) -> None:
        """One person after the other, until it is enough."""
        while not self.stopping:
            one = Browser()
            self.reads(one)
            self.sends(one, random.choice((APPOINTMENT, CALL)))

    def reads(self, one: Browser) -> None:
        """A page and its style sheet, whose name only one version knows while one host is ahead."""
        page = self.gets(one, random.choice(READ))
        styles = re.search(r'href="(/static/[^"]+site[^"]*\.css)"', page)
        if styles:
            self.gets(one, styles[1])

    def sends(self, one: Browser, form: str) -> None:
        """A form, filled in, until told a page; often once more, as a double click; then that page."""
        fields = self._opened(one, form)
        if not fields:
            return
        time.sleep(FILLING_IN)
        filled = {**fields, **(_appointment() if form == APPOINTMENT else _call())}
        page = self.until_told(one, form, filled)
        if page is None:
            return
        with self.lock:
            self.told[fields["submission_id"]].add(page)
            self.told_at.append(time.monotonic())
            if filled["email"]:
                self.with_email.add(fields["submission_id"])
        if random.random() < 0.3:
            again = self.until_told(one, form, filled)
            with self.lock:
                self.told[fields["submission_id"]].add(again or "nowhere")
        self.gets(one, page)

    def _opened(self, one: Browser, form: str) -> dict[str, str]:
        text = self.gets(one, form)
        names = ("csrfmiddlewaretoken", "submission_id", "privacy_version")
        found = {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', text) for name in names}
        return {name: value[1] for name, value in found.items() if value} if found["submission_id"] else {}

    def gets(self, one: Browser, path: str) -> str:
        """The text of a page, read anew until it is there, at most for a minute; '' if it never was."""
        for _attempt in range(200):
            status, _location, text = self.ask(one, "GET", path, {200})
            if status == 200:
                with self.lock:
                    self.read += 1
                return text
            time.sleep(0.3)
        self._gives_up()
        return ""

    def until_told(
        self, one: Browser, path: str, fields: dict[str, str], well: tuple[int, ...] = (302,)
    ) -> str | None:
        """Where a form leads once taken; '' for another answer that is well, None if none came."""
        for _attempt in range(200):
            status, location, _text = self.ask(one, "POST", path, {*well}, fields)
            if status in well:
                return location if status == 302 else ""
            time.sleep(0.3)
        self._gives_up()
        return None

    def ask(
        self, one: Browser, method: str, path: str, well: set[int], fields: dict[str, str] | None = None
    ) -> tuple[int, str, str]:
        """As Browser.ask; notes a failure where the answer isn't `well`, and answers 0 where none came."""
        began = time.monotonic()
        try:
            status, location, text = one.ask(method, path, fields)
        except (OSError, http.client.HTTPException) as error:
            status, location, text = 0, "", type(error).__name__
        if status not in well:
            # Without the page's address, which may be a patient's.
            what = f"{method} {status or text}"
            with self.lock:
                self.failures.append(Failure(began, time.monotonic(), what))
        return status, location, text

    def _gives_up(self) -> None:
        with self.lock:
            self.given_up += 1

    def takes(self, page: str, held: list[int]) -> None:
        """Takes two held times at once, in two tabs: one is told that it is theirs."""
        tabs = [threading.Thread(target=self._takes_one, args=(page, each)) for each in held[:2]]
        for tab in tabs:
            tab.start()
        for tab in tabs:
            tab.join()

    def _takes_one(self, page: str, held: int) -> None:
        one = Browser()
        address = f"{page}accept/{held}/"
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.gets(one, page))
        fields = {"csrfmiddlewaretoken": token[1] if token else ""}
        # Who comes second is told so (409), or that the request isn't on offer any more.
        if token and self.until_told(one, address, fields, (302, 409)):
            with self.lock:
                self.taken.add(held)


def _address(number: int) -> str:
    return f"10.30.{number // 250 % 250}.{number % 250 + 1}"


def _person() -> dict[str, str]:
    number = next(_numbers)
    email = f"patient{number}@example.org" if random.random() < 0.6 else ""
    return {
        "first_name": "Ada", "last_name": f"Example{chr(97 + number % 26)}", "consent": "on", "website": "",
        "phone": f"({AREAS[number // 100 % len(AREAS)]}) 555-01{number % 100:02}", "email": email,
    }  # fmt: skip


def _appointment() -> dict[str, str]:
    return {
        **_person(), "date_of_birth_month": "5", "date_of_birth_day": "17", "date_of_birth_year": "1990",
        "contact_by": "phone", "returning_patient": "no", "message": "",
    }  # fmt: skip


def _call() -> dict[str, str]:
    return {
        **_person(),
        "topic": "billing",
        "preferred_times": "morning",
        "voicemail_ok": "no",
        "message": "",
    }
