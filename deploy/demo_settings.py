"""The settings of `make run`: those of the site, and its mail to read in the browser.

Kept apart from the site's own settings, so that no environment value can bring the mail pages onto a real
site. They are left out too where the address is not this machine's, or where mail goes out.
"""

from pathlib import Path

from clinic.checks import is_public
from clinic.settings import *  # noqa: F403
from clinic.settings import SITE_URL

# The site's settings set these by name, too.
_said = globals()
if _said["EMAIL_BACKEND"].endswith("filebased.EmailBackend") and not is_public(SITE_URL):
    EMAIL_BACKEND = "appointments.demo.mail.OneFileEach"
    ROOT_URLCONF = "appointments.demo.urls"
    DEMO_MAIL = Path(_said["EMAIL_FILE_PATH"])
    TEXTS_BACKEND, TEXTS_SENDER = "appointments.demo.mail.TextsBesideMail", "13105550100"
