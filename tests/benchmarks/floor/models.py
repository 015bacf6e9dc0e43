"""What the floor of a form stores."""

from django.db import models


class Note(models.Model):
    """One row of plain fields."""

    name = models.CharField(max_length=80)
    phone = models.CharField(max_length=40)
    topic = models.CharField(max_length=20, choices=[("billing", "Billing"), ("other", "Other")])
    message = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "floor"

    def __str__(self) -> str:
        return self.name
