"""What lies in deploy/, with only its paths and names replaced, so that a check can really run it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
# In a checkout.
GUNICORN = (sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py")


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def environment_from_example(folder: Path, **own: str) -> dict[str, str]:
    """deploy/env.example, with a secret key of its own, made once in `folder`, and these values."""
    values = dict(
        line.split("=", 1)
        for line in (DEPLOY / "env.example").read_text().splitlines()
        if line and not line.startswith("#")
    )
    key = folder / "secret_key"
    if not key.exists():
        key.write_text(os.urandom(48).hex())
    return {
        **os.environ,
        **values,
        "SECRET_KEY_FILE": str(key),
        "DEFAULT_FROM_EMAIL": "no-reply@example.org",
        "DJANGO_SETTINGS_MODULE": "clinic.settings",
        **own,
    }


def make_certificate(folder: Path, name: str) -> None:
    """certificate.pem and key.pem, which nobody has signed, good for two days."""
    command = [
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
        "-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem"),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)


def write_nginx_configuration(folder: Path, hosts: str, own: Mapping[str, str]) -> Path:
    """The site of deploy/nginx with what it needs in `folder`, the file `hosts` of deploy/nginx, `own` other
    replacements, and a main file around it, whose path it returns. The certificate has to be there."""
    nginx = DEPLOY / "nginx"
    site = re.sub(r"^ *listen \[::\].*\n", "", (nginx / "finetouch.conf").read_text(), flags=re.M)
    paths = {
        "/etc/letsencrypt/live/www.example.org/fullchain.pem": f"{folder}/certificate.pem",
        "/etc/letsencrypt/live/www.example.org/privkey.pem": f"{folder}/key.pem",
        "/var/lib/finetouch/": f"{folder}/var/",
        "/var/lib/nginx/finetouch": f"{folder}/kept",
        "/run/finetouch-files": f"{folder}/files",
        "/var/log/nginx/": f"{folder}/",
        "/etc/nginx/finetouch-": f"{folder}/finetouch-",
    }
    for old, new in {**paths, **own}.items():
        assert old in site, old
        site = site.replace(old, new)
    (folder / "site.conf").write_text(site)
    shutil.copy(nginx / "finetouch-proxy.conf", folder)
    shutil.copy(nginx / hosts, folder / "finetouch-hosts.conf")
    pages = folder / "var" / "pages"
    pages.mkdir(parents=True)
    for page in ("unavailable.html", "refused.html"):
        shutil.copy(nginx / page, pages)
    main = folder / "nginx.conf"
    main.write_text(
        f"include /etc/nginx/modules-enabled/*.conf;\nuser root;\npid {folder}/nginx.pid;\n"
        f"error_log {folder}/error.log warn;\nevents {{ worker_connections 256; }}\n"
        f"http {{ include /etc/nginx/mime.types; include {folder}/site.conf; }}\n"
    )
    return main


def replace_in(path: Path, old: str, new: str) -> None:
    """In the text of a file; what isn't there can't be replaced."""
    text = path.read_text()
    assert old in text, old
    path.write_text(text.replace(old, new))


@contextmanager
def running(*command: str, env: dict[str, str], log: Path) -> Iterator[int]:
    """A program that runs as long as this is open; its process."""
    with (
        log.open("w") as output,
        subprocess.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=output) as program,
    ):
        try:
            yield program.pid
        finally:
            program.terminate()
            program.wait(30)


def manage(env: dict[str, str], *arguments: str, checkout: Path = ROOT) -> str:
    """One command of manage.py; ends the check when it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=checkout,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"manage.py {arguments[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr
