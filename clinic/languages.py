"""The languages that the clinic writes in."""

from django.db import models


class Language(models.TextChoices):
    ENGLISH = "en", "English"
    SPANISH = "es", "Español"


# The language that pages are written in first, with their facts; without words in another it is shown.
MAIN = Language.ENGLISH
