"""What is known of an account of the staff beside what Django knows."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class GivenPassword(models.Model):
    """A password that somebody else chose: for the first sign-in alone, and not for long."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.user_id)


class DeskDoctor(models.Model):
    """Whose times somebody at the desk chose last: the first to be shown where nothing else says whose."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    practitioner = models.ForeignKey("clinic.Practitioner", on_delete=models.CASCADE, related_name="+")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.user_id)
