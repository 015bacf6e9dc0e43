"""The project's settings as the tests use them: a made-up environment, a fast password hasher."""

import os
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "only-for-tests-0123456789-0123456789-0123456789-0123456789")
os.environ.setdefault("DATABASE_URL", "sqlite://:memory:")
os.environ.setdefault("SITE_URL", "http://testserver")
os.environ.setdefault("ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")
os.environ.setdefault("VAR_DIR", str(Path(__file__).resolve().parent.parent / "var" / "test"))
os.environ.setdefault("STAFF_SECOND_FACTOR", "off")
os.environ.setdefault("RATE_LIMITS", "off")

from clinic.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
STORAGES["default"] = {"BACKEND": "django.core.files.storage.InMemoryStorage"}  # noqa: F405
JOBS_DIR = Path(os.environ.get("JOBS_DIR_OF_TESTS", VAR_DIR / "exports" / str(os.getpid())))  # noqa: F405
WHITENOISE_AUTOREFRESH = True
PAGE_CACHE_SECONDS = 0.0
TEST_RUNNER = "tests.runner.Pytest"
if "timeout" in DATABASES["default"].get("OPTIONS", {}):  # noqa: F405
    # A machine that is busy with much else keeps a writer waiting for longer than any page may take.
    DATABASES["default"]["OPTIONS"]["timeout"] = 120  # noqa: F405
if DATABASES["default"]["ENGINE"].endswith("postgresql"):  # noqa: F405
    # Nobody pulls the plug on the tests' database: no commit waits for the disk.
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off"  # noqa: F405
# A live server's threads need a file on SQLite: the database in memory knows no waiting.
if "TEST_SQLITE_FILE" in os.environ:
    DATABASES["default"]["TEST"] = {"NAME": os.environ["TEST_SQLITE_FILE"]}  # noqa: F405
