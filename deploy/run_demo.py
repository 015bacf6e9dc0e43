"""What `make run` does: everything from nothing to a running site with its worker beside it.

A demonstration on one machine, never the way to run the real site (that is docs/operations.md): plain HTTP,
no second factor for staff, mail as files that the browser shows. Everything it writes lies under var/; what
the environment says already is left as it is. With --full-day (`make demo-day`) the doctor's day is full.
One run after another keeps the data; `rm -r var` starts anew.
"""

import ctypes
import hashlib
import io
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import types
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

BASE_DIR = Path(__file__).resolve().parent.parent
START_WITHIN = 60.0  # seconds
STOP_WITHIN = 15.0
PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Stopped(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


def say(words: str = "") -> None:
    """Prints a line at once, so that it stands in the right place among those of the children."""
    print(words, flush=True)  # noqa: T201 - this is a program for a terminal


def stop_now(signum: int, frame: types.FrameType | None) -> None:
    """The handler of both signals. A second one changes nothing: the stop is already under way."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped


def prepare_environment(port: int) -> Path:
    """Sets what the environment doesn't say yet, and returns the folder for data."""
    var = Path(os.environ.setdefault("VAR_DIR", str(BASE_DIR / "var"))).resolve()
    var.mkdir(parents=True, exist_ok=True)
    if "SECRET_KEY" not in os.environ and "SECRET_KEY_FILE" not in os.environ:
        os.environ["SECRET_KEY_FILE"] = str(secret_key_file(var))
    if "SITE_URL" not in os.environ:
        os.environ["SITE_URL"] = f"http://127.0.0.1:{port}"
        os.environ.setdefault("ALLOWED_HOSTS", "127.0.0.1,localhost")
    if "EMAIL_URL" not in os.environ:
        (var / "mail").mkdir(exist_ok=True)
        os.environ["EMAIL_URL"] = f"file://{var / 'mail'}"
    os.environ.setdefault("STAFF_SECOND_FACTOR", "off")
    os.environ.setdefault("DEBUG", "off")
    # Of no use to somebody at a terminal, where these lines would bury the addresses printed below.
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    os.environ["DJANGO_SETTINGS_MODULE"] = "deploy.demo_settings"
    return var


def secret_key_file(var: Path) -> Path:
    """The demo's own secret key."""
    return kept_secret(var / "secret_key", 64)


def kept_secret(path: Path, length: int) -> Path:
    """A file with a random secret, made on the first run and readable to its owner alone."""
    if not path.exists():
        unfinished = path.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_text(secrets.token_urlsafe(length))
        unfinished.rename(path)
    return path


def read_port() -> int:
    """The port of $PORT. Ends the program with a sentence when it is none, or when it is in use."""
    text = os.environ.get("PORT") or "8000"
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        sys.exit(f"PORT is {text!r}, but has to be a number from 1 to 65535.")
    port = int(text)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            sys.exit(
                f"Port {port} needs rights that you don't have. Choose one above 1023: make run PORT=8000"
            )
        except OSError:
            sys.exit(
                f"Port {port} is in use by another program, perhaps an earlier 'make run'. "
                f"Stop that one, or choose another port: make run PORT={port % 65535 + 1}"
            )
    return port


def prepare_site(var: Path) -> None:
    """Fills the database and, beside it, collects the static files if they changed. Ends the program when
    they can't be collected."""
    sys.path.insert(0, str(BASE_DIR))
    django.setup()
    stamp, now = var / "static.stamp", static_files_digest()
    if stamp.exists() and stamp.read_text() == now:
        prepare_database(var)
        return
    command = [sys.executable, str(BASE_DIR / "manage.py"), "collectstatic", "-v0", "--noinput", "--clear"]
    collecting = {
        "collectstatic": subprocess.Popen(  # noqa: S603 - our own program
            command, cwd=BASE_DIR, stdin=subprocess.DEVNULL, **OWN_SESSION
        )
    }
    try:
        prepare_database(var)
        if collecting["collectstatic"].wait():
            sys.exit("The static files could not be collected.")
    finally:
        stop(collecting)
    stamp.write_text(now)


def prepare_database(var: Path) -> None:
    """Migrates, and brings the demo's content into a new database."""
    call_command("migrate", verbosity=0)
    # Kept, because every start shows it: this is a demonstration on one machine.
    if "DEMO_PASSWORD" not in os.environ:
        os.environ["DEMO_PASSWORD"] = kept_secret(var / "demo_password", 9).read_text()
    if not apps.get_model("clinic", "Clinic").objects.exists():
        call_command("demo", weeks_before=True, stdout=io.StringIO())
    if "--full-day" in sys.argv:
        call_command("demo", full_day=True, stdout=io.StringIO())


def static_files_digest() -> str:
    """Changes when any static file does."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: str(found[0])):
            facts = Path(storage.path(name)).stat()
            digest.update(f"{name} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def end_with_parent() -> None:
    """Asks Linux to end this process with the one that started it, should that one be killed outright."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


# For Popen: a session of its own, which ends with ours at the latest.
OWN_SESSION: dict[str, Any] = {"start_new_session": True, "preexec_fn": end_with_parent}


def start(port: int) -> dict[str, subprocess.Popen[bytes]]:
    """Starts both programs; Ctrl-C reaches this one alone and it stops them in order."""
    commands = {
        # Threads, because without nginx in front a browser's idle connection would block a whole process.
        "site": [
            "-m", "gunicorn", "--config", str(BASE_DIR / "deploy" / "gunicorn.conf.py"),
            "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--workers", "2", "--threads", "4",
        ],
        "worker": [str(BASE_DIR / "manage.py"), "worker"],
    }  # fmt: skip
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, arguments in commands.items():
            children[name] = subprocess.Popen(  # noqa: S603 - our own programs
                [sys.executable, *arguments], cwd=BASE_DIR, stdin=subprocess.DEVNULL, **OWN_SESSION
            )
    except BaseException:
        stop(children)
        raise
    return children


def ended(children: dict[str, subprocess.Popen[bytes]]) -> str | None:
    """The name of one that has ended, if any."""
    return next((name for name, child in children.items() if child.poll() is not None), None)


def wait_until_served(port: int, children: dict[str, subprocess.Popen[bytes]]) -> bool:
    """Waits until the site answers; False when a child ended first or the time is up."""
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline and not ended(children):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return True
        except urllib.error.HTTPError:
            return True  # it answers, if only that this is not one of its hosts
        except OSError:
            time.sleep(0.1)
    return False


def stop(children: dict[str, subprocess.Popen[bytes]]) -> None:
    """Asks all to end, waits, and ends those that don't."""
    for child in children.values():
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + STOP_WITHIN
    for name, child in children.items():
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            say(f"The {name} did not stop in time, so it is ended.")
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def announce(port: int, sign_in: list[str]) -> None:
    """Says where everything is, and who signs in with what."""
    site, mail = f"http://127.0.0.1:{port}", os.environ["EMAIL_URL"]
    say()
    say(f"  The site    {site}/")
    say(f"  Staff       {site}/admin/")
    for line in sign_in:
        say(f"              {line}")
    if folder := getattr(settings, "DEMO_MAIL", None):
        say(f"  E-mail      {site}/demo/mail/")
        say(f"              as .eml files in {folder}")
    else:
        say("  E-mail      " + (mail.removeprefix("file://") if mail.startswith("file:") else "EMAIL_URL"))
    say("  Stop        Ctrl-C")
    say()


def staff_sign_in() -> list[str]:
    """Lines that say how the demo's staff sign in: those whose password is still the demo's."""
    staff = list(apps.get_model("auth", "User").objects.filter(is_staff=True, is_active=True).order_by("pk"))
    password = os.environ["DEMO_PASSWORD"]
    # They share one hash, so that looking costs the time of one.
    hashes = {user.password for user in staff if user.email.endswith("@example.org")}
    good = next((each for each in hashes if check_password(password, each)), None)
    if good is None:
        return ["with the passwords of the first start; `rm -r var` starts anew and shows them"]
    names = [user.username for user in staff if user.password == good]
    return [", ".join(names), f"password of each: {password}"]


def run() -> int:
    """The exit code: 0 when asked to stop, 1 when either program ended by itself."""
    port = read_port()
    var = prepare_environment(port)
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        say("Preparing the site ...")
        prepare_site(var)
        children = start(port)
        if wait_until_served(port, children):
            announce(port, staff_sign_in())
        while not ended(children):
            time.sleep(0.2)
        name = ended(children)
        code = children[name or "site"].returncode
        other = next(other for other in children if other != name)
        say(f"The {name} ended by itself (exit code {code}), so the {other} is stopped too.")
        return 1
    except Stopped:
        say("\nStopping ...")
        return 0
    finally:
        stop(children)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, stop_now)
    signal.signal(signal.SIGTERM, stop_now)
    sys.exit(run())
