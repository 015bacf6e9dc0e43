"""The WSGI application, `clinic.wsgi:application`. It doesn't start on settings that would be unsafe."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

_django = get_wsgi_application()

from clinic.checks import refuse_unsafe  # noqa: E402 - the settings are read by the line above
from clinic.http.kept.answers import KeptAnswers  # noqa: E402

refuse_unsafe()
application = KeptAnswers(_django)
