"""The site's settings as the next version might have them: with one migration more."""

from clinic.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.expansion"]  # noqa: F405
