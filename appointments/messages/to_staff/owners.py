"""Who is told of what concerns the whole site."""

from django.contrib.auth.models import User

from clinic.models import Clinic


def addresses() -> list[str]:
    """The clinic's e-mail address and the superusers', each once."""
    superusers = User.objects.filter(is_superuser=True, is_active=True).order_by("pk")
    given = (Clinic.facts().email, *superusers.values_list("email", flat=True))
    return list(dict.fromkeys(address for address in given if address))
