"""Checks that the database makes, spelt once."""

from django.db import models


def choices_check(field: str, choices: type[models.TextChoices], name: str) -> models.CheckConstraint:
    """A check that `field` holds one of `choices`; an empty string only where the choices have it."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": choices.values}), name=name)
