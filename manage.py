#!/usr/bin/env python
"""Runs Django's and the clinic's management commands."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError

if __name__ == "__main__":
    if sys.argv[1:2] == ["test"]:
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, OperationalError) as error:
        # What is wrong with the environment is said in a sentence; where Python noticed it helps nobody.
        if "--traceback" in sys.argv:
            raise
        sys.exit(f"The database said: {error}" if isinstance(error, OperationalError) else str(error))
